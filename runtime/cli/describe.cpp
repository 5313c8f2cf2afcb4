#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "runtime/cli/part.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/io/visible.hpp"

namespace chunkwise::cli {

namespace {

/// Returns the verb that a line names, or null.
const CLI::App* verb_of(const CLI::App& app) {
  const std::vector<CLI::App*> verbs = app.get_subcommands();
  return verbs.empty() ? nullptr : verbs.front();
}

/// Returns a sentence that says why a line is wrong, and where to read on.
std::string complaint(const CLI::App* app, const CLI::Error& error) {
  const CLI::App* verb = verb_of(*app);
  std::string text = error.what();
  const std::vector<std::string> left = app->remaining(true);
  if (verb == nullptr) {
    const auto word = std::find_if(left.begin(), left.end(), [](const auto& w) { return !w.starts_with('-'); });
    text = word == left.end() ? "name a verb" : "there is no verb '" + *word + "'";
    std::string verbs;
    for (const CLI::App* known : app->get_subcommands([](const CLI::App*) { return true; }))
      verbs += (verbs.empty() ? "" : ", ") + known->get_name();
    text += "; there are: " + verbs;
  } else if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !left.empty()) {
    text = "there is no option '" + left.front() + "'";
  }
  if (const std::size_t at = text.find(": At Most 1 required but received"); at != std::string::npos)
    text = text.substr(0, at) + " is given more than once";
  return "chunkwise: " + visible(text) + "\n'chunkwise " + (verb == nullptr ? "" : verb->get_name() + " ") +
         "--help' tells more.\n";
}

/// Returns the option that a word is or begins with: --size=800x600, -o, -ofile, -fq. Null if it is none.
const CLI::Option* option_of(const CLI::App& verb, const std::string& word) {
  if (word.starts_with("--")) return verb.get_option_no_throw(word.substr(0, word.find('=')));
  const CLI::Option* const first = verb.get_option_no_throw(word.substr(0, 2));
  if (first == nullptr || word.size() == 2) return first;
  if (first->get_expected_max() > 0) {  // its value follows at once
    const auto next = static_cast<unsigned char>(word[2]);
    return std::isalnum(next) != 0 || next == '/' || next == '.' || next == '_' || next == '=' ? first : nullptr;
  }
  for (std::size_t i = 2; i < word.size(); ++i) {
    const CLI::Option* const flag = verb.get_option_no_throw(std::string("-") + word[i]);
    if (flag == nullptr || flag->get_expected_max() > 0) return nullptr;
  }
  return first;
}

/// Returns true if a word that is no option looks like a formula. One with two minus signs may be an option that is
/// misspelt.
bool looks_like_formula(const std::string& word) {
  if (!word.starts_with("--")) return word.size() > 1;
  return word.substr(0, word.find('=')).find_first_of("([+*/'\" ") != std::string::npos;
}

/// For options whose empty value would be taken for none.
const CLI::Validator& not_empty() {
  static const CLI::Validator validator(
      [](std::string& value) { return value.empty() ? std::string("is empty; leave it out, or give it a value") : ""; },
      "");
  return validator;
}

}  // namespace

std::vector<std::string> words_for_parser(const CLI::App& app, int argc, const char* const* argv) {
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  const CLI::App* verb = nullptr;
  for (const CLI::App* known : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!words.empty() && known->get_name() == words.front()) verb = known;
  if (verb == nullptr || verb->get_option_no_throw("formula") == nullptr) return words;
  for (std::size_t i = 1; i < words.size(); ++i) {
    std::string& word = words[i];
    if (word == "--" || word == "-" || !word.starts_with('-')) break;
    if (const CLI::Option* const option = option_of(*verb, word)) {
      const bool attached = word.starts_with("--") ? word.find('=') != std::string::npos : word.size() > 2;
      if (!attached) i += static_cast<std::size_t>(option->get_expected_max());
      continue;
    }
    if (looks_like_formula(word)) word.insert(0, " ");
    break;
  }
  return words;
}

void describe(CLI::App& app, Action& action) {
  app.name("chunkwise");
  app.description("Lazy chunked n-d arrays over NetCDF files");
  app.require_subcommand(1);
  app.failure_message(&complaint);
  app.set_version_flag("--version", "chunkwise " + version_of_command(), "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.footer("'chunkwise VERB --help' tells more of a verb, with examples.\n");
  add_info(app, action);
  add_eval(app, action);
  add_plot(app, action);
  add_explain(app, action);
  add_sample(app, action);
  add_coordinator(app, action);
  add_worker(app, action);
  add_cluster(app, action);
  // The parser ends its help where the footer ends.
  for (CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    verb->footer(verb->get_footer() + "\n");
    for (CLI::Option* option : verb->get_options([](const CLI::Option* o) { return o->get_expected_max() > 0; }))
      option->check(not_empty());
  }
}

}  // namespace chunkwise::cli
