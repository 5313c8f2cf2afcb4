#pragma once
/// Programs that are installed with chunkwise and started by it.
#include <string>
#include <vector>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the places of such a program in a build folder and in an installation: beside this program, and in
/// ../libexec/chunkwise. None if the system does not tell where this program is.
[[nodiscard]] std::vector<std::string> places_of_program(const std::string& name);

/// Returns the first of these places at which there is a program; empty if there is none. Sets `tried` to a text of all
/// places that were looked at in vain.
[[nodiscard]] std::string first_program(const std::vector<std::string>& places, std::string& tried);

}  // namespace chunkwise::inline CHUNKWISE_ABI
