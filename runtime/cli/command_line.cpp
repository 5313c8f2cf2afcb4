#include "runtime/cli/command_line.hpp"

#include <algorithm>
#include <vector>

#include "runtime/core/shell.hpp"

namespace chunkwise::cli {

namespace {

char** given = nullptr;

std::vector<std::string>& words() {
  static std::vector<std::string> words;
  return words;
}

}  // namespace

void remember_command_line(int argc, char** argv) {
  given = argv;
  words().assign(argv, argv + argc);
  if (!words().empty()) words().front() = "chunkwise";
}

char* const* arguments() { return given; }

std::string command_line() {
  constexpr std::ptrdiff_t most = 8;
  // The longest row of words that are no options: the files.
  const auto is_option = [](const std::string& word) { return word.starts_with('-'); };
  auto first = words().begin(), last = first;
  for (auto begin = words().begin(); begin != words().end();) {
    const auto end = std::find_if(begin, words().end(), is_option);
    if (end - begin > last - first) first = begin, last = end;
    begin = end == words().end() ? end : end + 1;
  }
  std::string line;
  for (auto word = words().begin(); word != words().end(); ++word) {
    if (last - first > most && word > first + most / 2 && word < last - 1) continue;
    const bool gap = last - first > most && word == last - 1;
    line += (line.empty() ? "" : " ") + std::string(gap ? "... " : "") + shell_quoted(*word);
  }
  return line;
}

}  // namespace chunkwise::cli
