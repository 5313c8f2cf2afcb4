#pragma once
/// Where the elements of a chunk stand among all that are reduced: their positions, counted in row-major order of the
/// reduced axes. Elements of a chunk that is narrower than the array along an inner axis have gaps between them.
#include <algorithm>
#include <cstdint>

#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The positions of a box of the domain, of which `axes` are reduced. Elements of the box are numbered in row-major
/// order of its reduced axes.
class Positions {
 public:
  Positions() = default;
  Positions(const Shape& domain, std::uint32_t axes, const Region& box) {
    std::int64_t stride = 1;
    bool whole = true;
    for (int axis = domain.rank() - 1; axis >= 0; --axis) {
      if (!(axes >> axis & 1U)) continue;
      first_ += box[axis].start * stride;
      if (whole) stretch_ *= box[axis].count;
      whole = whole && box[axis].count == domain[axis];
      counts_.push_back(box[axis].count);
      strides_.push_back(stride);
      stride *= domain[axis];
    }
  }

  /// Returns the position of element `number` of the box.
  [[nodiscard]] std::int64_t of(std::int64_t number) const {
    std::int64_t position = first_;
    for (int i = 0; i < counts_.rank() && number > 0; ++i) {
      position += number % counts_[i] * strides_[i];
      number /= counts_[i];
    }
    return position;
  }
  /// Returns how many elements from `number` on have positions that follow each other.
  [[nodiscard]] std::int64_t together(std::int64_t number) const { return stretch_ - number % stretch_; }

  /// Calls visit(offset, count, position) for elements [number, number + n), as many at a time as follow each other.
  template <class Visit>
  void for_each_stretch(std::int64_t number, std::int64_t n, const Visit& visit) const {
    for (std::int64_t offset = 0; offset < n;) {
      const std::int64_t count = std::min(together(number + offset), n - offset);
      visit(offset, count, of(number + offset));
      offset += count;
    }
  }

 private:
  std::int64_t first_ = 0;
  std::int64_t stretch_ = 1;
  PerAxis<std::int64_t> counts_, strides_;  ///< of the reduced axes, the last one first
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
