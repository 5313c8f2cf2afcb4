#pragma once
/// The line that the process was started with, as a person would write it.
#include <string>

namespace chunkwise::cli {

/// Remembers the line. To be called once, at the beginning.
void remember_command_line(int argc, char** argv);

/// Returns the line with quotes that a shell needs; of many words of a row that look like files, the first and the
/// last.
[[nodiscard]] std::string command_line();

/// Returns the words as they were given, ended by null: for another program that will do the same.
[[nodiscard]] char* const* arguments();

}  // namespace chunkwise::cli
