#pragma once
/// Advice of the library in the words of the command: a shell has options, C++ has members and functions.
#include <string>

namespace chunkwise::cli {

/// Returns a sentence of the library with the options of the command in place of those of C++: "NetcdfOptions::join"
/// becomes "--join", "decode=false" becomes "--no-decode".
[[nodiscard]] std::string in_words_of_the_command(std::string sentence);

}  // namespace chunkwise::cli
