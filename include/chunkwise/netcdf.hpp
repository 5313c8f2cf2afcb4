#pragma once
/// NetCDF files as arrays and arrays as NetCDF files. Needs the library chunkwise::netcdf. Opening reads metadata only.
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/compute.hpp"
#include "chunkwise/io/netcdf.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns a variable of one file or of many, joined along a dimension (NetcdfOptions::join). Values are CF-decoded
/// into T: scaled by each file's own attributes, missing values NaN. T must be able to hold the values of every file,
/// as NumPy's "safe" casting has it: int16 opens as std::int32_t, float or double, int32 and float64 do not open as
/// float unless NetcdfOptions::cast is set. Throws not_found, shape_mismatch, name_mismatch, type_mismatch, corrupt or
/// io, naming the file and how it differs.
template <Element T, int N>
[[nodiscard]] Array<T, N> open_netcdf(const std::vector<std::string>& paths, const TextArgument& variable,
                                      const NetcdfOptions& options = {}) {
  NetcdfParts opened = open_netcdf_parts(paths, variable, dtype_of<T>, options);
  const Shape& first = opened.parts.front()->shape();
  if (first.rank() != N)
    throw Error(ErrorCode::shape_mismatch, opened.parts.front()->describe() + " has " + std::to_string(first.rank()) +
                                               " dimensions, " + to_string(first) + ", but was opened as an array of " +
                                               std::to_string(N));
  std::vector<NodePtr> parts;
  parts.reserve(opened.parts.size());
  for (SourcePtr& part : opened.parts) parts.push_back(build::source(std::move(part)));
  NodePtr node = parts.size() == 1 ? std::move(parts.front()) : build::concatenate(std::move(parts), opened.axis);
  const Shape shape = node->shape;
  return Array<T, N>(UntypedArray{std::move(node), shape, std::move(opened.labels)});
}

/// Returns the same for a path or a glob, whose files are joined in the order of their names.
template <Element T, int N>
[[nodiscard]] Array<T, N> open_netcdf(const TextArgument& pattern, const TextArgument& variable,
                                      const NetcdfOptions& options = {}) {
  return open_netcdf<T, N>(expand_glob(pattern), variable, options);
}

/// Streams an expression of any size into a file, with its dimensions, coordinates and attributes. The file appears
/// under its name when it is complete; a run that fails leaves nothing.
template <Expression E, class... Options>
void write_netcdf(const BackendPtr& backend, const TextArgument& path, const E& expression,
                  const NetcdfWriteOptions& write_options, const Options&... options) {
  write(backend, expression, netcdf_sink(path, write_options), options...);
}
/// Uses the default NetcdfWriteOptions: NetCDF-4 without compression.
template <Expression E, class... Options>
void write_netcdf(const BackendPtr& backend, const TextArgument& path, const E& expression, const Options&... options) {
  write_netcdf(backend, path, expression, NetcdfWriteOptions{}, options...);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
