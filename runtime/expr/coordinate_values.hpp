#pragma once
/// The values of coordinates as numbers to compare and to count with.
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A number that holds each coordinate's values exactly: integers of 64 bits too.
using Exact = long double;
static_assert(std::numeric_limits<Exact>::digits >= 64);

/// Returns the coordinate along an axis. Throws, for the function `who`, not_found if there is none, with `advice` at
/// the end, and invalid_argument if its numbers are packed as they are stored.
[[nodiscard]] const Coordinate& coordinate_along(const Labels& labels, int axis, const std::string& who,
                                                 const std::string& advice = {});

/// Returns attributes of values that are made of a coordinate's: without those that name other variables, such as its
/// bounds.
[[nodiscard]] Attributes without_references(Attributes attributes);

/// Returns the attributes of a part of times: of seasons the names that their numbers stand for.
[[nodiscard]] Attributes attributes_of_time_part(std::string_view part);

/// Returns the values of a coordinate. NaN stands for those that its attributes `_FillValue` and `missing_value` call
/// missing, which a coordinate variable should not have and files do have.
[[nodiscard]] std::vector<Exact> exact_values(const Coordinate& coordinate);
/// Returns the same as float64.
[[nodiscard]] std::vector<double> present_values(const Coordinate& coordinate);

/// Returns a value as messages write it: integers of 64 bits with all their digits.
[[nodiscard]] std::string exact_text(Exact value);

/// Returns a coordinate of these values in an element type that holds them.
[[nodiscard]] Coordinate coordinate_of(DType dtype, const std::vector<Exact>& values, Attributes attributes);

}  // namespace chunkwise::inline CHUNKWISE_ABI
