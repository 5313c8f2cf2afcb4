#pragma once
/// The parts that this command was built with. It does without NetCDF, pictures, clusters or the explorer if
/// CHUNKWISE_NETCDF, CHUNKWISE_PLOT, CHUNKWISE_THRIFT or CHUNKWISE_EXPLORER is off: the lines that need the part are
/// refused with where to get it.
#include <string>

namespace chunkwise::cli {

/// A part of chunkwise that a build may lack.
struct Part {
  const char* name;      ///< "NetCDF"
  const char* option;    ///< of CMake: "CHUNKWISE_NETCDF"
  const char* packages;  ///< packages of Debian that the build needs: "libnetcdf-dev"
};
inline constexpr Part netcdf_part{"NetCDF", "CHUNKWISE_NETCDF", "libnetcdf-dev libhdf5-dev libdeflate-dev"};
inline constexpr Part plot_part{"pictures", "CHUNKWISE_PLOT", "libcairo2-dev"};
inline constexpr Part cluster_part{"clusters", "CHUNKWISE_THRIFT", "libthrift-dev thrift-compiler libssl-dev"};
inline constexpr Part explorer_part{"the explorer", "CHUNKWISE_EXPLORER", "libcpp-httplib-dev npm"};

/// Throws unsupported: `what`, for example "plot", needs a part that this command was built without.
[[noreturn]] void refuse_without(const Part& part, const std::string& what);

}  // namespace chunkwise::cli
