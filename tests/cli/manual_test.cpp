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
  std::vector<CLI::App*> verbs() {
    return app_.get_subcommands([](const CLI::App*) { return true; });
  }
  CLI::App app_;
  chunkwise::cli::Action action_;
};

TEST_F(Manual, ThePageHasEveryOption) {
  const std::string page = chunkwise::cli::manual_page(app_);
  EXPECT_EQ(verbs().size(), 15U);
  for (const CLI::App* verb : verbs()) {
    EXPECT_THAT(page, HasSubstr(".SS chunkwise " + verb->get_name()));
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
    const std::size_t begin = script.find("      " + verb->get_name() + ") COMPREPLY");
    ASSERT_NE(begin, std::string::npos);
    const std::string line = script.substr(begin, script.find('\n', begin) - begin);
    for (const CLI::Option* option : verb->get_options())
      for (const std::string& name : option->get_lnames()) EXPECT_THAT(line, HasSubstr("--" + name));
  }
}

}  // namespace
