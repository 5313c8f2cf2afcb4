#pragma once
/// The positions of the elements of a chunk among all that are reduced, counted in row-major order of the reduced axes.
/// Elements of a chunk that is narrower than the array along an inner axis have gaps between them.
#include <algorithm>
#include <cstdint>
#include <span>

#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The positions of a box of the domain, of which `axes` are reduced. Elements of the box are numbered in row-major
/// order of its reduced axes.
class Positions {
 public:
  Positions() = default;
  /// Along the axis `grouped` the box has the indices of one group, in their order, in place of a range.
  Positions(const Shape& domain, std::uint32_t axes, const Region& box, int grouped = -1,
            std::span<const std::int64_t> indices = {})
      : indices_(indices) {
    std::int64_t stride = 1;
    bool whole = true;
    for (int axis = domain.rank() - 1; axis >= 0; --axis) {
      if (!(axes >> axis & 1U)) continue;
      if (axis == grouped) {
        grouped_ = counts_.rank();
        together_in_group_ = whole;
        whole = false;
      }
      first_ += (axis == grouped ? indices.front() : box[axis].start) * stride;
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
      const std::int64_t index = number % counts_[i];
      position += (i == grouped_ ? indices_[static_cast<std::size_t>(index)] - indices_.front() : index) * strides_[i];
      number /= counts_[i];
    }
    return position;
  }
  /// Returns how many elements from `number` on have positions that follow each other.
  [[nodiscard]] std::int64_t together(std::int64_t number) const {
    if (!together_in_group_) return stretch_ - number % stretch_;
    auto index = static_cast<std::size_t>(number / stretch_ % counts_[grouped_]);
    std::int64_t follow = 1;
    for (; index + 1 < indices_.size() && indices_[index + 1] == indices_[index] + 1; ++index) ++follow;
    return follow * stretch_ - number % stretch_;
  }

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
  int grouped_ = -1;                        ///< the one of them that is reduced by groups
  bool together_in_group_ = false;          ///< the axes inside of that one are whole
  std::span<const std::int64_t> indices_;   ///< of the group along that axis
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
