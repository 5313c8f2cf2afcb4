// The manual page and the completion know every verb and option that the parser knows.
#include "runtime/cli/manual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "runtime/cli/verbs.hpp"

namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Manual : public ::testing::Test {
 protected:
  Manual() { chunkwise::cli::describe(app_, action_); }
  /// Returns the verbs, and those below them.
  std::vector<CLI::App*> verbs() {
    std::vector<CLI::App*> all;
    for (CLI::App* verb : app_.get_subcommands([](const CLI::App*) { return true; })) {
      all.push_back(verb);
      for (CLI::App* below : verb->get_subcommands([](const CLI::App*) { return true; })) all.push_back(below);
    }
    return all;
  }
  /// Returns the words of a verb as the completion has them.
  static std::string pattern_of(const CLI::App& verb) {
    const std::string words = chunkwise::cli::words_of(verb);
    return words == verb.get_name() ? words : "'" + words + "'";
  }
  CLI::App app_;
  chunkwise::cli::Action action_;
};

TEST_F(Manual, ThePageHasEveryOption) {
  const std::string page = chunkwise::cli::manual_page(app_);
  EXPECT_EQ(verbs().size(), 21U);
  for (const CLI::App* verb : verbs()) {
    EXPECT_THAT(page, HasSubstr(".SS chunkwise " + chunkwise::cli::words_of(*verb)));
    for (const CLI::Option* option : verb->get_options())
      for (std::string name : option->get_lnames()) {
        for (std::size_t i = 0; (i = name.find('-', i)) != std::string::npos; i += 2) name.insert(i, "\\");
        EXPECT_THAT(page, HasSubstr("\\-\\-" + name)) << verb->get_name();
      }
  }
  EXPECT_THAT(page, HasSubstr("mean(x"));  // the functions of formulas
}

TEST_F(Manual, EveryValueHasAName) {
  for (const CLI::App* verb : verbs())
    for (const CLI::Option* option : verb->get_options()) {
      EXPECT_THAT(option->get_description(), Not(::testing::IsEmpty())) << verb->get_name();
      if (option->get_expected_max() == 0) continue;
      for (const char* vague : {"INT", "UINT", "FLOAT"})
        EXPECT_THAT(option->get_type_name(), Not(HasSubstr(vague))) << verb->get_name() << " " << option->get_name();
    }
}

TEST_F(Manual, CompletionHasEveryOption) {
  const std::string script = chunkwise::cli::bash_completion(app_);
  for (const CLI::App* verb : verbs()) {
    const std::size_t begin = script.find("      " + pattern_of(*verb) + ") COMPREPLY");
    ASSERT_NE(begin, std::string::npos);
    const std::string line = script.substr(begin, script.find('\n', begin) - begin);
    for (const CLI::Option* option : verb->get_options())
      for (const std::string& name : option->get_lnames()) EXPECT_THAT(line, HasSubstr("--" + name));
  }
}

}  // namespace
