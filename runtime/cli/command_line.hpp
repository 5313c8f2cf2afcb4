#pragma once
/// The line that the process was started with, as a person would write it.
#include <string>

namespace chunkwise::cli {

/// To be called once, at the beginning.
void remember_command_line(int argc, char** argv);

/// Returns the line with what a shell needs quoted; of many words of a row that look like files, the first and the
/// last.
[[nodiscard]] std::string command_line();

/// Returns the words as they were given, ended by null: for another program that is to do the same.
[[nodiscard]] char* const* arguments();

}  // namespace chunkwise::cli
