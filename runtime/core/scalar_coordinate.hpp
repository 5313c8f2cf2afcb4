#pragma once
/// Scalar coordinates in the making of labels: an integer index leaves one, and a dimension of its name takes its
/// place.
#include <string>

#include "chunkwise/core/scalar_coordinate.hpp"
#include "runtime/core/labels_data.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Adds what is left of a dimension of which one index was taken: its coordinate there, `one`, and the text at that
/// place, which is among the companions already.
void leave_scalar(Labels::Data& data, const std::string& dimension, const Coordinate& one);

/// Takes out the scalar coordinates that have the name of a dimension.
void drop_scalars_of_dimensions(Labels::Data& data);

}  // namespace chunkwise::inline CHUNKWISE_ABI
