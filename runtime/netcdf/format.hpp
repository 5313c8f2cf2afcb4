#pragma once
/// NetCDF as one format of the table (runtime/dataset/format/format.hpp), which opens files as NetcdfFile.
#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace dataset {
class Descriptor;
class OpenFile;
struct Format;
}  // namespace dataset

namespace netcdf {

using namespace dataset;  // NOLINT: a format tells of its files in the table's words

/// Returns the entry of the table, which refers to this weakly: chunkwise::netcdf has it linked.
[[nodiscard]] const dataset::Format& netcdf_format();

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
