#pragma once
/// From the indices of a view to those of the array that it is a view of: slices, new axes, permutations, repeated
/// axes, windows and lists of indices are all such a transform, and transforms of transforms are one. The model is
/// TensorStore's index transform. Next: graph/node.hpp, whose View nodes carry one.
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chunkwise/core/region.hpp"
#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The index along one axis of the input, as a function of an index of the view:
///
///     i = offset + terms[0].stride * v[terms[0].axis] + terms[1].stride * v[terms[1].axis]
///
/// with v the index in the view, and, if there is a list, the i-th number of the list in place of i; then there is one
/// term at most. No term: one index for all of the view (x[3]). One term: a slice. Two terms: a window's start and the
/// place within the window. In a view with a fill value an index may lie outside the input, and stands for that value.
struct AxisTransform {
  /// The contribution of one axis of the view to the index.
  struct Term {
    int axis = 0;             ///< of the view
    std::int64_t stride = 1;  ///< not 0
    bool operator==(const Term&) const = default;
  };
  std::int64_t offset = 0;  ///< the index before terms are added
  int count = 0;            ///< terms that are used
  std::array<Term, 2> terms = {};
  IndexList list = nullptr;  ///< null: none

  /// Returns the transform to one index of the input.
  [[nodiscard]] static AxisTransform constant(std::int64_t index) { return {index, 0, {}, nullptr}; }
  /// Returns the transform to indices of the input in equal steps, along an axis of the view.
  [[nodiscard]] static AxisTransform along(int axis, std::int64_t offset = 0, std::int64_t stride = 1) {
    return {offset, 1, {Term{axis, stride}}, nullptr};
  }
  /// Returns the transform to indices of the input from a list, along an axis of the view; a slice if they are in equal
  /// steps.
  [[nodiscard]] static AxisTransform listed(int axis, IndexList list);
  /// Returns true for a slice or a single index: one term at most, and no list.
  [[nodiscard]] bool is_slice() const { return count <= 1 && !list; }
  /// Returns true if the index depends on the view's index along `axis`.
  [[nodiscard]] bool uses(int axis) const {
    return (count > 0 && terms[0].axis == axis) || (count > 1 && terms[1].axis == axis);
  }
  bool operator==(const AxisTransform& other) const {
    return offset == other.offset && count == other.count && terms == other.terms &&
           (list == other.list || (list && other.list && *list == *other.list));
  }
};

/// A view's shape, and for each axis of the input the origin of its index. An axis of the view that no axis of the
/// input uses repeats the elements.
struct IndexTransform {
  Shape shape;                      ///< of the view
  std::vector<AxisTransform> axes;  ///< one an axis of the input

  /// Returns the transform of a view that is all of an input of this shape.
  [[nodiscard]] static IndexTransform identity(const Shape& shape);
  /// Returns true if the transform changes nothing of an input of this shape.
  [[nodiscard]] bool is_identity(const Shape& input) const;
  /// Returns true if the view's elements, in row-major order, are those of a box of the input in row-major order:
  /// slices, in the order of the input's axes, with new axes of extent 1 between them.
  [[nodiscard]] bool keeps_order() const;
  /// Returns true if some axis of the input uses an axis of the view.
  [[nodiscard]] bool uses(int axis) const;
  bool operator==(const IndexTransform&) const = default;
};

/// Returns the transform of subscripts, which stand for the input's axes in order with `create` entries between them;
/// missing ones at the end mean everything. Several lists are as long as each other and go along one axis together:
/// each place of it is one point. Throws out_of_range for too many subscripts.
[[nodiscard]] IndexTransform to_transform(const Shape& input, const std::vector<AxisSubscript>& subscripts);

/// Returns the transform that is `inner` after `outer`: of a view by `outer` of a view by `inner`. None if that takes
/// more than two terms, or a list of a window. `inner` may be that of a view with a fill value; its indices outside the
/// input stay outside.
[[nodiscard]] std::optional<IndexTransform> compose(const IndexTransform& inner, const IndexTransform& outer);

/// Returns true if some index that an axis of a view takes lies outside the input's axis of extent `extent`.
[[nodiscard]] bool leaves(const AxisTransform& axis, const Shape& view, std::int64_t extent);

/// Returns text such as "[2, 0:4, newaxis]" if subscripts can say the transform of an input of this shape, else the
/// axes one by one.
[[nodiscard]] std::string to_string(const IndexTransform& transform, const Shape& input);

/// Returns the box of the input that a box of the view is taken from: all of it and, if an axis has two terms or a
/// list, the indices in between as well.
[[nodiscard]] Region input_region(const std::vector<AxisTransform>& axes, const Region& region);

/// The place of a box of a view in memory that holds its input.
struct StridedView {
  std::int64_t first = 0;         ///< of its first element, in elements from the first of the input's box
  PerAxis<std::int64_t> strides;  ///< in elements, one an axis of the view
};
/// Returns the place of a box of the view in memory that holds its input_region with strides `input`. There is no list.
[[nodiscard]] StridedView view_strides(const std::vector<AxisTransform>& axes, const Region& region,
                                       const Region& input_region, const PerAxis<std::int64_t>& input);

/// Returns the transform of part of the view: of `count` indices from `first` on along an axis.
[[nodiscard]] IndexTransform restricted(IndexTransform transform, int axis, std::int64_t first, std::int64_t count);

/// Returns how many indices of a range of a list, from its k-th on, go up or down in equal steps: such a stretch of a
/// list can be read as a slice.
[[nodiscard]] std::int64_t stretch_length(const std::vector<std::int64_t>& list, const AxisRange& positions,
                                          std::int64_t k);

}  // namespace chunkwise::inline CHUNKWISE_ABI
