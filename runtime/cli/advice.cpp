#include "runtime/cli/advice.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace chunkwise::cli {

namespace {

/// The longer of two that begin alike comes first.
constexpr std::array<std::pair<std::string_view, std::string_view>, 19> words{{
    {"this program was linked without any format of files; link it with chunkwise::netcdf",
     "this chunkwise was built without NetCDF; install the package chunkwise, or build it with -DCHUNKWISE_NETCDF=ON "
     "(on "
     "Debian that needs libnetcdf-dev libhdf5-dev libdeflate-dev)"},
    {"open it as double, or with decode=false", "open it with --no-decode"},
    {"NetcdfOptions::join", "--join"},
    {"NetcdfOptions::lenient", "--lenient"},
    {"decode=false", "--no-decode"},
    {"cast=true", "--cast"},
    {"with newaxis, or rename them with with_labels, in formulas", "as in x[:, None], or rename them with"},
    {"with with_labels, in formulas", "with"},
    {"open both apart and join them", "take both apart with --var A=NAME@FILE --var B=NAME@FILE and join them"},
    {"weather: times_per_day is", "--times is"},
    {"weather: days is", "--days is"},
    {"weather: latitudes is", "--latitudes is"},
    {"weather: longitudes is", "--longitudes is"},
    {"weather: threads is", "--threads is"},
    {"weather: '", "--start '"},
    {"weather: a grid", "a grid"},
    {"connect: no backend", "no backend"},
    {"connect: '", "the backend '"},
    {"open it from one file", "take it from one file with --var NAME=VARIABLE@FILE"},
}};

}  // namespace

std::string in_words_of_the_command(std::string sentence) {
  // The command's own name comes before it.
  constexpr std::string_view name = "chunkwise: ";
  if (sentence.starts_with(name)) sentence.erase(0, name.size());
  for (const auto& [ours, theirs] : words)
    for (std::size_t at = sentence.find(ours); at != std::string::npos; at = sentence.find(ours, at + theirs.size()))
      sentence.replace(at, ours.size(), theirs);
  return sentence;
}

}  // namespace chunkwise::cli
