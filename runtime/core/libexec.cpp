#include "runtime/core/libexec.hpp"

#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace chunkwise::inline CHUNKWISE_ABI {

std::vector<std::string> places_of_program(const std::string& name) {
  std::error_code unknown;
  const std::filesystem::path here = std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path();
  if (here.empty()) return {};
  return {here / name, (here / "../libexec/chunkwise" / name).lexically_normal()};
}

std::string first_program(const std::vector<std::string>& places, std::string& tried) {
  tried.clear();
  for (const std::string& place : places) {
    if (::access(place.c_str(), X_OK) == 0) return place;
    tried += (tried.empty() ? "" : ", nor at ") + place;
  }
  return {};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
