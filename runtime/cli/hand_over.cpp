// Hands the line to chunkwise-plot, which draws.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/command_line.hpp"
#include "runtime/cli/draw.hpp"

namespace chunkwise::cli {

int draw(const PlotOptions&) {
  const auto here = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::filesystem::path places[] = {here / "chunkwise-plot", here / "../libexec/chunkwise/chunkwise-plot"};
  for (const auto& place : places)
    if (std::filesystem::exists(place)) ::execv(place.c_str(), arguments());
  throw Error(ErrorCode::not_found, "cannot start chunkwise-plot, which draws, at " + places[0].string() + " or " +
                                        places[1].lexically_normal().string() + ": " + std::strerror(errno) +
                                        "; it is installed with chunkwise");
}

}  // namespace chunkwise::cli
