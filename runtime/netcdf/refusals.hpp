#pragma once
/// Refusals of arrays that a file would describe otherwise than they are. `doing` begins each message.
#include <string>
#include <vector>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// Throws invalid_argument if labels have an attribute by which readers would change values that are not packed; `name`
/// is the variable's.
void require_unpacked(const Labels& labels, const std::string& name, const std::string& doing);

/// The same for a coordinate along the dimension `name`. Reading multiplies and adds to coordinates, and ignores all
/// their other attributes.
void require_unpacked(const Coordinate& coordinate, const std::string& name, const std::string& doing);

/// Throws invalid_argument for two attributes of one name.
void require_different(const Attributes& attributes, const std::string& doing);

/// Returns the values as float64; throws unsupported for an integer that float64 cannot hold exactly. `name` is that of
/// the variable.
[[nodiscard]] std::vector<double> exact_numbers(const Coordinate& values, const std::string& name,
                                                const std::string& doing);

/// Throws invalid_argument: a variable of a dimension's name would stand in place of its coordinate.
[[noreturn]] void refuse_in_place_of_coordinate(const std::string& name, const std::string& doing);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
