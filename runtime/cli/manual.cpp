#include "runtime/cli/manual.hpp"

#include <cctype>
#include <sstream>
#include <vector>

#include "chunkwise/notation.hpp"
#include "runtime/cli/verbs.hpp"

namespace chunkwise::cli {

namespace {

/// Returns the verbs, each followed by the verbs that it has itself.
std::vector<const CLI::App*> verbs_of(const CLI::App& app) {
  std::vector<const CLI::App*> verbs;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    verbs.push_back(verb);
    for (const CLI::App* below : verbs_of(*verb)) verbs.push_back(below);
  }
  return verbs;
}

/// Returns text that troff takes literally.
std::string escaped(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool begins_line = i == 0 || text[i - 1] == '\n';
    if (begins_line && (c == '.' || c == '\'')) result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else if (c == '\'')
      result += "\\(aq";
    else
      result += c;
  }
  return result;
}

bool is_flag(const CLI::Option& option) { return option.get_expected_max() == 0; }

/// Returns a text such as "-o, --output FILE".
std::string usage_of(const CLI::Option& option) {
  std::string text;
  for (const std::string& name : option.get_snames()) text += (text.empty() ? "" : ", ") + ("-" + name);
  for (const std::string& name : option.get_lnames()) text += (text.empty() ? "" : ", ") + ("--" + name);
  if (!is_flag(option)) text += " " + option.get_type_name();
  return text;
}

std::string sentence(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text.ends_with('.') ? text : text + ".";
}

void write_options(std::ostream& out, const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional() && !option->get_lnames().size())
      out << ".TP\n\\fI" << escaped(option->get_type_name()) << "\\fR\n";
    else
      out << ".TP\n\\fB" << escaped(usage_of(*option)) << "\\fR\n";
    out << escaped(sentence(option->get_description()));
    if (!option->get_default_str().empty()) out << " Default: " << escaped(option->get_default_str()) << ".";
    out << "\n";
  }
}

/// Writes the examples of a verb, which stand in its footer between "Example" and the last indented line.
void write_footer(std::ostream& out, const std::string& footer) {
  std::istringstream lines(footer);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("Example"))
      continue;
    else if (line.starts_with("  "))
      out << ".PP\n.nf\n.RS\n" << escaped(line.substr(2)) << "\n.RE\n.fi\n";
    else
      out << ".PP\n" << escaped(line) << "\n";
  }
}

void write_verb(std::ostream& out, const CLI::App& verb) {
  out << ".SS chunkwise " << words_of(verb);
  for (const CLI::Option* option : verb.get_options())
    if (option->get_positional() && option->get_lnames().empty())
      out << " \\fI" << escaped(option->get_type_name()) << "\\fR" << (option->get_expected_max() > 1 ? "..." : "");
  out << "\n" << escaped(sentence(verb.get_description())) << "\n";
  write_options(out, verb);
  write_footer(out, verb.get_footer());
}

/// Returns the words that an option's value can be, from its type name "text|json|csv".
std::vector<std::string> values_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  if (type.find('|') == std::string::npos) return {};
  std::vector<std::string> words;
  std::istringstream in(type);
  for (std::string word; std::getline(in, word, '|');) words.push_back(word);
  return words;
}

std::vector<std::string> names_of(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) names.push_back("--" + name);
  return names;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

/// Returns the words of a verb as a pattern of the shell.
std::string pattern_of(const CLI::App& verb) {
  const std::string words = words_of(verb);
  return words.find(' ') == std::string::npos ? words : "'" + words + "'";
}

/// Writes the options of a verb that take a value, each with its completion.
void write_values(std::ostream& out, const CLI::App& verb) {
  for (const CLI::Option* option : verb.get_options()) {
    const std::vector<std::string> names = names_of(*option);
    if (names.empty() || is_flag(*option)) continue;
    const std::string type = option->get_type_name();
    const std::string before = pattern_of(verb) + ":";
    out << "      " << before << joined(names, ("|" + before).c_str()) << ") ";
    if (const std::vector<std::string> words = values_of(*option); !words.empty())
      out << "COMPREPLY=($(compgen -W '" << joined(words, " ") << "' -- \"$cur\"))";
    else if (type == "FILE")
      out << "COMPREPLY=($(compgen -f -- \"$cur\"))";
    else if (type == "FOLDER")
      out << "COMPREPLY=($(compgen -d -- \"$cur\"))";
    else
      out << "COMPREPLY=()";
    out << "; return ;;\n";
  }
}

}  // namespace

std::string manual_page(const CLI::App& app) {
  std::ostringstream out;
  out << ".TH CHUNKWISE 1 \"\" \"" << escaped(app.version()) << "\" \"User Commands\"\n"
      << ".SH NAME\nchunkwise \\- " << escaped(app.get_description()) << "\n"
      << ".SH SYNOPSIS\n";
  for (const CLI::App* verb : verbs_of(app)) {
    out << "\\fBchunkwise " << words_of(*verb) << "\\fR";
    for (const CLI::Option* option : verb->get_options())
      if (option->get_positional() && option->get_lnames().empty())
        out << " \\fI" << escaped(option->get_type_name()) << "\\fR" << (option->get_expected_max() > 1 ? "..." : "");
    out << " [\\fIOPTION\\fR...]\n.br\n";
  }
  out << ".SH DESCRIPTION\n"
         "Computes formulas in NumPy's notation over arrays that lie in NetCDF files, in a bounded amount of memory, "
         "with all threads of this machine or on a cluster. Results go to standard output or to a file, everything "
         "else "
         "to standard error. A bar shows the progress of longer runs on a terminal.\n"
         ".SH VERBS\n";
  for (const CLI::App* verb : verbs_of(app)) write_verb(out, *verb);
  out << ".SH FUNCTIONS OF FORMULAS\n";
  for (const notation::FunctionHelp& function : notation::functions())
    out << ".TP\n\\fB" << escaped(function.signature) << "\\fR\n" << escaped(std::string(function.summary)) << "\n";
  out << ".SH EXIT STATUS\n"
         ".TP\n0\nWhat was asked is done.\n"
         ".TP\n1\nIt failed: a file is damaged, the disk is full, the memory limit is too small, a cluster is not "
         "there.\n"
         ".TP\n2\nThe line is at fault: an option, a formula, a file or a variable that is not there.\n"
         ".TP\n130, 143\nInterrupted by Ctrl-C, ended by SIGTERM. Nothing half done remains.\n"
         ".SH ENVIRONMENT\n"
         ".TP\n\\fBCHUNKWISE_BACKEND\\fR\nThe backend where \\fB\\-\\-backend\\fR is not given.\n"
         ".TP\n\\fBCHUNKWISE_ISOLATED\\fR\n1: every NetCDF-4 file is opened as with \\fB\\-\\-isolated\\fR.\n"
         ".TP\n\\fBCHUNKWISE_HELPER_SECONDS\\fR, \\fBCHUNKWISE_HELPER_MEMORY\\fR\nHow long the process that opens "
         "isolated "
         "files may take for an answer (60), and what memory (2GiB).\n"
         ".TP\n\\fBCHUNKWISE_SECRET_FILE\\fR, \\fBCHUNKWISE_TLS_CERTIFICATE\\fR, \\fBCHUNKWISE_TLS_KEY\\fR, "
         "\\fBCHUNKWISE_TLS_AUTHORITY\\fR\nWhat the options of these names would say.\n"
         ".TP\n\\fBCHUNKWISE_WORKER_SECRET_FILE\\fR\nThe secret of workers, in place of that of "
         "\\fBCHUNKWISE_SECRET_FILE\\fR.\n"
         ".TP\n\\fBCHUNKWISE_COASTLINES\\fR\nThe folder with the coasts of GSHHG.\n"
         ".TP\n\\fBCHUNKWISE_CPU\\fR\nThe instructions that kernels use at most: baseline or avx2.\n"
         ".TP\n\\fBCHUNKWISE_LIBEXEC\\fR\nThe folder of chunkwise-netcdf, the program that opens isolated files.\n"
         ".TP\n\\fBSOURCE_DATE_EPOCH\\fR\nThe time that stands in the history of files written, in seconds since "
         "1970.\n";
  return out.str();
}

std::string bash_completion(const CLI::App& app) {
  std::ostringstream out;
  std::vector<std::string> verbs;
  for (const CLI::App* verb : verbs_of(app))
    if (verb->get_parent() == &app) verbs.push_back(verb->get_name());
  std::vector<std::string> common;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : names_of(*option)) common.push_back(name);
  out << "# bash completion for chunkwise\n"
         "_chunkwise() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]}\n"
         "  if [[ $COMP_CWORD -eq 1 ]]; then\n"
         "    COMPREPLY=($(compgen -W '"
      << joined(verbs, " ") << " " << joined(common, " ")
      << "' -- \"$cur\"))\n"
         "    return\n"
         "  fi\n"
         "  case $verb in\n";
  // The verbs of verbs are the second words of their lines.
  for (const CLI::App* verb : verbs_of(app)) {
    std::vector<std::string> below;
    for (const CLI::App* one : verb->get_subcommands([](const CLI::App*) { return true; }))
      below.push_back(one->get_name());
    if (below.empty()) continue;
    out << "    " << verb->get_name() << ")\n"
        << "      if [[ $COMP_CWORD -eq 2 && $cur != -* ]]; then\n"
        << "        COMPREPLY=($(compgen -W '" << joined(below, " ") << "' -- \"$cur\") $(compgen -f -- \"$cur\"))\n"
        << "        return\n"
        << "      fi\n"
        << "      case ${COMP_WORDS[2]} in " << joined(below, "|") << ") verb=\"$verb ${COMP_WORDS[2]}\" ;; esac ;;\n";
  }
  out << "  esac\n"
         "  case $verb:$previous in\n";
  for (const CLI::App* verb : verbs_of(app)) write_values(out, *verb);
  out << "  esac\n"
         "  if [[ $cur == -* ]]; then\n"
         "    case $verb in\n";
  for (const CLI::App* verb : verbs_of(app)) {
    std::vector<std::string> names;
    for (const CLI::Option* option : verb->get_options())
      for (const std::string& name : names_of(*option)) names.push_back(name);
    out << "      " << pattern_of(*verb) << ") COMPREPLY=($(compgen -W '" << joined(names, " ")
        << "' -- \"$cur\")) ;;\n";
  }
  out << "    esac\n"
         "    return\n"
         "  fi\n"
         "  COMPREPLY=($(compgen -f -- \"$cur\"))\n"
         "}\n"
         "complete -o filenames -F _chunkwise chunkwise\n";
  return out.str();
}

}  // namespace chunkwise::cli
