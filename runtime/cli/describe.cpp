#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/cli/verbs.hpp"
#include "runtime/core/version.hpp"
#include "runtime/io/visible.hpp"
#include "runtime/notation/place.hpp"

namespace chunkwise::cli {

namespace {

/// Returns the verb that a line names, and of verbs that have verbs themselves the innermost; null if it names none.
const CLI::App* verb_of(const CLI::App& app) {
  const std::vector<CLI::App*> verbs = app.get_subcommands();
  if (verbs.empty()) return nullptr;
  const CLI::App* const below = verb_of(*verbs.front());
  return below == nullptr ? verbs.front() : below;
}

/// Returns the names that a verb's help has for its words without an option: "FORMULA [FILE...]".
std::string positionals_of(const CLI::App& verb) {
  std::string text;
  for (const CLI::Option* option : verb.get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    const std::string name = option->get_type_name();
    text += (text.empty() ? "" : " ") + (option->get_expected_max() > 1 ? "[" + name + "...]" : name);
  }
  return text;
}

std::string of_extra(const CLI::App& verb, const std::string& word) {
  if (word.starts_with('-') && word.size() > 1) {
    std::vector<std::string> names;
    for (const CLI::Option* option : verb.get_options([](const CLI::Option* o) { return !o->get_positional(); }))
      names.push_back(option->get_name());
    return "there is no option '" + word + "'" + notation::did_you_mean(word.substr(0, word.find('=')), names);
  }
  const std::string takes = positionals_of(verb);
  return "'" + word + "' is one word too many: " + words_of(verb) + " takes " +
         (takes.empty() ? "options alone" : takes + " and options");
}

/// Returns the option whose name a sentence of the parser begins with, or holds behind `before`; null if there is none.
const CLI::Option* named_option(const CLI::App& verb, std::string_view sentence, std::string_view before = {}) {
  if (!before.empty()) {
    const std::size_t at = sentence.find(before);
    if (at == std::string_view::npos) return nullptr;
    sentence.remove_prefix(at + before.size());
  }
  const std::string name(sentence.substr(0, sentence.find_first_of(": ")));
  for (const CLI::Option* option : verb.get_options())
    if (option->get_name() == name || option->check_lname(name) || option->check_sname(name)) return option;
  return nullptr;
}

/// Returns an option as the manual shows it: --threads, or FORMULA.
std::string shown(const CLI::Option& option) {
  return option.get_positional() ? option.get_type_name() : option.get_name();
}

/// Returns the complaint of a check about a value, to stand behind the name of its option: " is 'two', which is no
/// whole number from 1 to 8".
std::string of_value(const std::string& rest) {
  constexpr std::string_view range = ": Value ", out_of = " not in range ", none = " not in {";
  if (const std::size_t at = rest.find(out_of); at != std::string::npos && rest.starts_with(range))
    return " is '" + rest.substr(range.size(), at - range.size()) + "', which is no whole number from " +
           rest.substr(at + out_of.size());
  if (const std::size_t at = rest.rfind(none); at != std::string::npos && rest.ends_with('}')) {
    std::string all;
    for (const char c : rest.substr(at + none.size(), rest.size() - at - none.size() - 1))
      all += c == ',' ? std::string(", ") : std::string(1, c);
    return " is '" + rest.substr(2, at - 2) + "', which is none of " + all;
  }
  return rest.starts_with(": is ") ? rest.substr(1) : rest;
}

/// Returns a sentence of the parser in our words, if its own is not what a person would write.
std::string in_our_words(const CLI::App& verb, const CLI::Error& error) {
  using CLI::ExitCodes;
  const std::string text = error.what();
  const auto code = static_cast<ExitCodes>(error.get_exit_code());
  if (code == ExitCodes::ConversionError) {
    const CLI::Option* const option = named_option(verb, text, "Could not convert: ");
    if (option == nullptr) return text;
    std::string given;
    for (const std::string& word : option->results()) given += (given.empty() ? "" : " ") + word;
    return shown(*option) + " is '" + given + "', which is no " + option->get_type_name();
  }
  const CLI::Option* const option = named_option(verb, text);
  if (option == nullptr) return text;
  if (code == ExitCodes::RequiredError)
    return shown(*option) + " is missing" +
           (option->get_positional() ? "; " + verb.get_name() + " takes " + positionals_of(verb) + " and options"
                                     : ", which takes " + option->get_type_name());
  if (code == ExitCodes::ArgumentMismatch) {
    if (text.find("At Most 1 required") != std::string::npos) return shown(*option) + " is given more than once";
    if (text.find("flag override") != std::string::npos) return shown(*option) + " takes no value";
    return shown(*option) + " takes " + option->get_type_name();
  }
  if (code == ExitCodes::ExcludesError) {
    const std::size_t at = text.find(" excludes ");
    return at == std::string::npos
               ? text
               : shown(*option) + " and " + text.substr(at + 10) + " do not go together; leave one out";
  }
  return code == ExitCodes::ValidationError ? shown(*option) + of_value(text.substr(option->get_name().size())) : text;
}

/// Returns a sentence that says why a line is wrong, and where to read on.
std::string complaint(const CLI::App* app, const CLI::Error& error) {
  const CLI::App* verb = verb_of(*app);
  std::string text;
  const std::vector<std::string> left = app->remaining(true);
  if (verb == nullptr) {
    const auto word = std::find_if(left.begin(), left.end(), [](const auto& w) { return !w.starts_with('-'); });
    std::vector<std::string> verbs;
    for (const CLI::App* known : app->get_subcommands([](const CLI::App*) { return true; }))
      verbs.push_back(known->get_name());
    text = word == left.end() ? "name a verb; there are: " + notation::listed(verbs)
                              : "there is no verb '" + *word + "'" + notation::choices(*word, verbs);
  } else if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !left.empty()) {
    text = of_extra(*verb, left.front());
  } else {
    text = in_our_words(*verb, error);
  }
  return "chunkwise: " + visible(text) + "\n'chunkwise " + (verb == nullptr ? "" : words_of(*verb) + " ") +
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

/// Returns a check for options whose empty value would be taken for none.
CLI::Validator not_empty(bool required) {
  return CLI::Validator(
      [required](std::string& value) {
        if (!value.empty()) return std::string();
        return std::string(required ? "is empty; give it a value" : "is empty; leave it out, or give it a value");
      },
      "");
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

namespace {

/// Gives all verbs, and those below them, what they have in common.
void complete_verbs(CLI::App& above) {
  for (CLI::App* verb : above.get_subcommands([](const CLI::App*) { return true; })) {
    verb->footer(verb->get_footer() + "\n");  // the parser ends its help where the footer ends
    for (CLI::Option* option : verb->get_options([](const CLI::Option* o) { return o->get_expected_max() > 0; }))
      option->transform(not_empty(option->get_required()));  // before its other checks
    for (CLI::Option* flag : verb->get_options([](const CLI::Option* o) { return o->get_expected_max() == 0; }))
      flag->disable_flag_override();
    complete_verbs(*verb);
  }
}

}  // namespace

std::string words_of(const CLI::App& verb) {
  const CLI::App* const above = verb.get_parent();
  const bool is_below = above != nullptr && above->get_parent() != nullptr;
  return (is_below ? words_of(*above) + " " : "") + verb.get_name();
}

void describe(CLI::App& app, Action& action) {
  app.name("chunkwise");
  app.description("Lazy chunked n-d arrays over NetCDF files");
  app.require_subcommand(1);
  app.failure_message(&complaint);
  app.set_version_flag("--version", "chunkwise " + library_version(), "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit");
  app.footer("'chunkwise VERB --help' tells more of a verb, with examples.\n");
  add_info(app, action);
  add_dates(app, action);
  add_stats(app, action);
  add_eval(app, action);
  add_plot(app, action);
  add_explore(app, action);
  add_explain(app, action);
  add_cat(app, action);
  add_regrid(app, action);
  add_set(app, action);
  add_diff(app, action);
  add_sample(app, action);
  add_coordinator(app, action);
  add_worker(app, action);
  add_cluster(app, action);
  complete_verbs(app);
}

}  // namespace chunkwise::cli
