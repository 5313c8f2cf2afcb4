/// Subscripts among which arrays of indices are: NumPy's x[i, j], the elements at points.
#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>

#include "chunkwise/expr/gather.hpp"
#include "chunkwise/expr/index.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/catalog.hpp"
#include "runtime/core/list_place.hpp"
#include "runtime/core/rearranged_labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using Raw = detail::RawSubscript;
using Kind = AxisSubscript::Kind;

/// More of them are computed, so that no list is longer.
constexpr std::int64_t most_known_points = std::int64_t{1} << 24;

NodePtr whole_number(std::int64_t value) { return build::source(full_source({}, Scalar(value))); }
NodePtr of_two(OpCode operation, NodePtr a, NodePtr b) {
  const std::array operands{std::move(a), std::move(b)};
  return build::apply(operation, operands);
}
NodePtr chosen(NodePtr condition, NodePtr yes, NodePtr no) {
  const std::array operands{std::move(condition), std::move(yes), std::move(no)};
  return build::apply(op::Where::code, operands);
}

/// Returns the elements of a list of this shape, stretched to another one, in a row.
IndexList in_shape_of(const IndexList& list, const Shape& own, const Shape& shape) {
  if (own == shape) return list;
  const PerAxis<std::int64_t> strides = row_major_strides(own);
  const PerAxis<std::int64_t> steps = row_major_strides(shape);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(shape.elements()));
  for (std::size_t i = 0; i < indices.size(); ++i) {
    auto left = static_cast<std::int64_t>(i);
    std::int64_t from = 0;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const int of_own = axis - (shape.rank() - own.rank());
      if (of_own >= 0 && own[of_own] != 1) from += left / steps[axis] * strides[of_own];
      left %= steps[axis];
    }
    indices[i] = (*list)[static_cast<std::size_t>(from)];
  }
  return std::make_shared<const std::vector<std::int64_t>>(std::move(indices));
}

/// The subscripts of one index with arrays: what they ask for, before any node is made.
class SubscriptsWithArrays {
 public:
  SubscriptsWithArrays(const UntypedArray& x, std::span<const Raw> given) : x_(x), raws_(given.begin(), given.end()) {
    int taken = 0;
    for (Raw& raw : raws_) {
      taken += raw.kind != Raw::Kind::create && raw.kind != Raw::Kind::ellipsis;
      if (raw.kind == Raw::Kind::array) add(raw);
      if (raw.kind == Raw::Kind::list) add_list(raw.list, {static_cast<std::int64_t>(raw.list->size())});
    }
    if (taken > x.shape.rank())
      throw Error(ErrorCode::out_of_range, "too many subscripts for an array of " + std::to_string(x.shape.rank()) +
                                               (x.shape.rank() == 1 ? " axis" : " axes"));
    for (const Indices& one : indices_) shape_ = broadcast(shape_, one.shape);
  }

  [[nodiscard]] UntypedArray result() {
    const bool all_are_known = shape_.elements() <= most_known_points &&
                               std::ranges::all_of(indices_, [](const Indices& one) { return one.known != nullptr; });
    std::vector<Raw> lists = raws_;
    std::size_t next = 0;
    const auto none = std::make_shared<const std::vector<std::int64_t>>();
    for (Raw& raw : lists)
      if (raw.kind == Raw::Kind::array || raw.kind == Raw::Kind::list) {
        const Indices& one = indices_[next++];
        raw.kind = Raw::Kind::list;
        raw.list = all_are_known ? in_shape_of(one.known, one.shape, shape_) : none;
      }
    const std::vector<AxisSubscript> resolved = resolve_subscripts(x_.shape, lists);
    const int place = list_place(resolved);
    if (place < 0) return plain(resolved);
    Shape shape;
    for (const AxisSubscript& s : resolved)
      if (s.kind == Kind::range || s.kind == Kind::create) shape.push_back(s.range.count);
    if (shape.rank() + shape_.rank() > max_rank)
      throw Error(ErrorCode::invalid_argument,
                  "subscripts: an array can have at most 8 axes, and this one would have " +
                      std::to_string(shape.rank() + shape_.rank()));
    for (int axis = 0; axis < shape_.rank(); ++axis) shape.insert(place + axis, shape_[axis]);
    NodePtr node = all_are_known ? build::reshape(build::index(x_.node, resolved), shape) : gathered(resolved, place);
    return {std::move(node), shape, labels(resolved, place, all_are_known)};
  }

 private:
  struct Indices {
    Shape shape;
    IndexList known;     ///< null: they are computed
    UntypedArray array;  ///< if they are
  };

  void add(Raw& raw) {
    detail::require_integers(*raw.array, "a subscript");
    const IndexList known = detail::known_indices(*raw.array);
    if (known && raw.array->shape.rank() == 0) {
      raw.kind = Raw::Kind::integer;
      raw.integer = known->front();
      return;
    }
    if (raw.array->shape.rank() == 1) name_ = broadcast_labels(name_, 1, raw.array->labels, 1);
    indices_.push_back({raw.array->shape, known, *raw.array});
  }
  void add_list(const IndexList& list, const Shape& shape) { indices_.push_back({shape, list, {}}); }

  /// An index without arrays is one as all are.
  [[nodiscard]] UntypedArray plain(const std::vector<AxisSubscript>& resolved) const {
    return {build::index(x_.node, resolved), subscripted_shape(resolved), subscripted_labels(x_.labels, resolved)};
  }

  /// Returns indices without labels.
  [[nodiscard]] static NodePtr node_of(const Indices& one) {
    if (!one.known) return one.array.node;
    return build::source(
        memory_source({DType::int64, one.shape, row_major_strides(one.shape), one.known, one.known->data()}));
  }

  /// Returns the position, in row-major order over some axes, of the element at each point: if an index is outside its
  /// axis, one that is outside all.
  [[nodiscard]] NodePtr position(const std::vector<std::int64_t>& extents) const {
    NodePtr sum, valid;
    for (std::size_t i = 0; i < indices_.size(); ++i) {
      const NodePtr given = detail::as_positions(node_of(indices_[i]));
      const NodePtr from_front = chosen(of_two(op::Less::code, given, whole_number(0)),
                                        of_two(op::Add::code, given, whole_number(extents[i])), given);
      const NodePtr is_there = of_two(op::LogicalAnd::code, of_two(op::GreaterEqual::code, from_front, whole_number(0)),
                                      of_two(op::Less::code, from_front, whole_number(extents[i])));
      sum = sum ? of_two(op::Add::code, of_two(op::Multiply::code, sum, whole_number(extents[i])), from_front)
                : from_front;
      valid = valid ? of_two(op::LogicalAnd::code, valid, is_there) : is_there;
    }
    return chosen(valid, sum, whole_number(std::numeric_limits<std::int64_t>::max()));
  }

  /// Returns the elements at points that are computed: the axes that have indices become one, whose lines they are
  /// taken from.
  [[nodiscard]] NodePtr gathered(std::vector<AxisSubscript> resolved, int place) const {
    std::vector<int> order, rest;
    std::vector<std::int64_t> extents;
    int axis_of_x = 0, axis = 0;
    for (AxisSubscript& s : resolved) {
      if (s.kind == Kind::list) {
        if (const IndexList& known = indices_[extents.size()].known)
          for (const std::int64_t index : *known)
            static_cast<void>(build::resolve_integer(index, axis_of_x, x_.shape[axis_of_x]));
        extents.push_back(x_.shape[axis_of_x]);
        s = {Kind::range, {0, 1, x_.shape[axis_of_x]}, nullptr};
        order.push_back(axis++);
      } else if (s.kind != Kind::integer) {
        rest.push_back(axis++);
      }
      axis_of_x += s.kind != Kind::create;
    }
    NodePtr node = build::index(x_.node, std::move(resolved));
    const auto moved = [&](NodePtr from, int at) {
      if (at == place || shape_.rank() == 0) return from;
      std::vector<int> sources, targets;
      for (int i = 0; i < shape_.rank(); ++i) {
        sources.push_back(at + i);
        targets.push_back(place + i);
      }
      const Shape shape = from->shape;
      return transpose({std::move(from), shape, {}}, moved_axes(shape.rank(), sources, targets)).node;
    };
    if (indices_.size() == 1) {
      const Shape shape = node->shape;
      const UntypedArray wanted{node_of(indices_[0]), indices_[0].shape, {}};
      return moved(take(UntypedArray{std::move(node), shape, {}}, wanted, order[0]).node, order[0]);
    }
    Shape in_a_row{1}, result = shape_;
    for (const std::int64_t extent : extents) in_a_row[0] *= extent;
    for (const int other : rest) {
      in_a_row.push_back(node->shape[other]);
      result.push_back(node->shape[other]);
    }
    order.insert(order.end(), rest.begin(), rest.end());
    const Shape shape = node->shape;
    node = build::reshape(transpose(UntypedArray{std::move(node), shape, {}}, order).node, in_a_row);
    const Shape points{shape_.elements()};
    const NodePtr at = build::reshape(broadcast_to({position(extents), shape_, {}}, shape_).node, points);
    return moved(build::reshape(take(UntypedArray{node, in_a_row, {}}, {at, points, {}}, 0).node, result), 0);
  }

  /// Axes that are subscripted keep their labels; that of points has none but the name of the indices, if they have one
  /// axis, or, of one array of indices, that of the axis that they are taken from.
  [[nodiscard]] Labels labels(const std::vector<AxisSubscript>& resolved, int place, bool are_known) const {
    Labels all;
    if (shape_.rank() == 1 && are_known) {
      all = subscripted_labels(x_.labels, resolved);
    } else {
      std::vector<AxisOrigin> origins;
      std::vector<AxisThatGoes> going;
      std::optional<int> only;
      int axis = 0;
      for (const AxisSubscript& s : resolved) {
        if (s.kind == Kind::create) {
          origins.emplace_back();
          continue;
        }
        if (s.kind == Kind::range)
          origins.push_back({axis, AxisOrigin::Elements::part, s.range});
        else if (s.kind == Kind::list && indices_.size() == 1 && shape_.rank() == 1)
          only = axis;
        else
          going.push_back({axis, s.kind == Kind::integer ? s.range.start : -1});
        ++axis;
      }
      for (int i = 0; i < shape_.rank(); ++i) {
        AxisOrigin origin;
        if (only) origin = {*only, AxisOrigin::Elements::moved};
        origins.insert(origins.begin() + place + i, origin);
      }
      all = rearranged_labels(x_.labels, origins, going, true);
    }
    const std::string& name = name_.dimension(0);
    const int rank =
        static_cast<int>(std::ranges::count_if(
            resolved, [](const AxisSubscript& s) { return s.kind == Kind::range || s.kind == Kind::create; })) +
        shape_.rank();
    if (shape_.rank() != 1 || name.empty() || name == all.dimension(place)) return all;
    std::vector<std::string> names;
    for (int i = 0; i < rank; ++i) {
      if (i != place && all.dimension(i) == name) return all;
      names.push_back(i == place ? name : all.dimension(i));
    }
    return line_labels(all, place, false, Meaning::part).with_dimensions(std::move(names));
  }

  const UntypedArray& x_;
  std::vector<Raw> raws_;
  std::vector<Indices> indices_;
  Labels name_;  ///< of the axis of indices that have one axis
  Shape shape_;  ///< of the points
};

}  // namespace

UntypedArray subscripted(const UntypedArray& x, std::span<const detail::RawSubscript> subscripts) {
  return SubscriptsWithArrays(x, subscripts).result();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
