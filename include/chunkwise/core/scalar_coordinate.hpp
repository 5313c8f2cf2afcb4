#pragma once
/// Scalar coordinates: the place of an array along a dimension that it no longer has. An integer index leaves one,
/// `t2m(0, all, all)` the time of its elements. They are companions without axes (core/companion.hpp), which the
/// attribute `coordinates` names, and files have them as CF's scalar coordinate variables.
#include <string>
#include <vector>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the names of the scalar coordinates, in the order in which they came about.
[[nodiscard]] std::vector<std::string> scalar_coordinates(const Labels& labels);

/// Returns a scalar coordinate as a coordinate of one value; none if there is none of this name, if it is text, or if
/// operands with different ones have met.
///
///     scalar_coordinate(t2m(0, all, all).labels(), "time")   // float64 (1): 0.0, hours since 2015-01-01
[[nodiscard]] Coordinate scalar_coordinate(const Labels& labels, const TextArgument& name);

/// Returns the labels without a scalar coordinate; as they are if there is none of this name.
[[nodiscard]] Labels without_scalar_coordinate(const Labels& labels, const TextArgument& name);

}  // namespace chunkwise::inline CHUNKWISE_ABI
