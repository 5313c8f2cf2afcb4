#pragma once
/// Coordinate variables: the numbers along a dimension.
#include <cstdint>
#include <string>

#include "chunkwise/core/labels.hpp"
#include "runtime/dataset/format/open_file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// Reads the coordinate variable of `file` at `location`, which has `extent` values. Values stay as stored, by
/// _Unsigned's rule, unless they are packed: those become float64, missing ones NaN. With decode=false all stay as
/// stored.
[[nodiscard]] Coordinate read_coordinate(const OpenFile& file, const Location& location, std::int64_t extent,
                                         bool decode, const std::string& where);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
