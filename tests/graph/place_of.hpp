#pragma once
/// The definition of a transform, element by element.
#include <vector>

#include "chunkwise/graph/transform.hpp"

namespace chunkwise_test {

/// Returns the index of the input that an index of the view stands for.
inline chunkwise::PerAxis<std::int64_t> place_of(const std::vector<chunkwise::AxisTransform>& axes,
                                                 const chunkwise::PerAxis<std::int64_t>& index) {
  chunkwise::PerAxis<std::int64_t> at;
  for (const chunkwise::AxisTransform& axis : axes) {
    std::int64_t i = axis.offset;
    for (int t = 0; t < axis.count; ++t) {
      const auto& term = axis.terms[static_cast<std::size_t>(t)];
      i += term.stride * index[term.axis];
    }
    at.push_back(axis.list ? axis.list->at(static_cast<std::size_t>(i)) : i);
  }
  return at;
}

}  // namespace chunkwise_test
