/// The functions of the notation that put arrays together.
#include "chunkwise/expr/stacking.hpp"

#include <array>
#include <optional>
#include <utility>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/creation.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Most parts of delete and insert, as their functions in C++ have it.
constexpr std::int64_t most_parts = std::int64_t{1} << 20;

UntypedArray in_a_row(const UntypedArray& x) { return chunkwise::reshape(x, {-1}); }

/// Returns arrays in their common type.
std::vector<UntypedArray> of_one_type(Term x, Term y) {
  const DType common = promote(x.dtype, y.dtype);
  std::vector<UntypedArray> arrays;
  for (Term* const one : {&x, &y})
    arrays.push_back(array_of(one->dtype == common ? std::move(*one) : cast(std::move(*one), common)));
  return arrays;
}

class StackingCall {
 public:
  explicit StackingCall(Arguments arguments) : arguments_(std::move(arguments)) {}

  UntypedArray run() {
    using Do = UntypedArray (StackingCall::*)();
    struct Entry {
      std::string_view name;
      std::size_t most;  ///< arguments by position
      Do apply;
    };
    constexpr std::array entries{
        Entry{"vstack", 1, &StackingCall::of_arrays},
        Entry{"hstack", 1, &StackingCall::of_arrays},
        Entry{"dstack", 1, &StackingCall::of_arrays},
        Entry{"column_stack", 1, &StackingCall::of_arrays},
        Entry{"append", 3, &StackingCall::appended},
        Entry{"delete", 3, &StackingCall::without},
        Entry{"insert", 4, &StackingCall::inserted},
        Entry{"atleast_1d", 1, &StackingCall::with_more_axes},
        Entry{"atleast_2d", 1, &StackingCall::with_more_axes},
        Entry{"atleast_3d", 1, &StackingCall::with_more_axes},
        Entry{"rot90", 3, &StackingCall::turned},
        Entry{"fliplr", 1, &StackingCall::flipped},
        Entry{"flipud", 1, &StackingCall::flipped},
    };
    for (const Entry& entry : entries)
      if (entry.name == name()) {
        arguments_.expect(1, entry.most);
        return (this->*entry.apply)();
      }
    throw Error(ErrorCode::unsupported, "there is no function that joins arrays called '" + std::string(name()) + "'");
  }

 private:
  [[nodiscard]] std::string_view name() const { return arguments_.function().name; }
  [[nodiscard]] Term first() { return take_array(std::move(arguments_.by_position()[0]), quoted(name())); }
  /// Returns x, or without an axis its elements in a row, and the axis.
  [[nodiscard]] std::pair<UntypedArray, int> along(Term x, std::size_t position) {
    const Value* const axis = arguments_.option("axis", position);
    const bool has_axis = axis && !axis->as<NoValue>();
    const int number = has_axis ? one_axis(*axis, x) : 0;
    UntypedArray array = array_of(std::move(x));
    return {has_axis ? std::move(array) : in_a_row(array), number};
  }

  UntypedArray of_arrays() {
    const Value place = arguments_.by_position()[0];
    const std::vector<UntypedArray> arrays = arrays_of(arguments_.by_position()[0], arguments_.function());
    return about(place, [&] {
      return name() == "vstack"   ? chunkwise::vstack(arrays)
             : name() == "hstack" ? chunkwise::hstack(arrays)
             : name() == "dstack" ? chunkwise::dstack(arrays)
                                  : chunkwise::column_stack(arrays);
    });
  }
  UntypedArray appended() {
    Value values = needed_option(arguments_, "values", 1);
    const Value place = values;
    std::vector<UntypedArray> both = of_one_type(first(), array_of_value(std::move(values)));
    const Value* const axis = arguments_.option("axis", 2);
    const bool has_axis = axis && !axis->as<NoValue>();
    const int number = has_axis ? one_axis(*axis, term_of(both[0])) : 0;
    if (!has_axis)
      for (UntypedArray& one : both) one = in_a_row(one);
    return about(place, [&] { return chunkwise::concatenate(std::span<const UntypedArray>(both), number); });
  }
  /// Returns an array, or a number as one without axes.
  [[nodiscard]] Term array_of_value(Value value) const {
    if (const Number* const number = value.as<Number>()) {
      const WeakKind kind = kind_of(*number);
      const DType type = kind == WeakKind::boolean   ? DType::boolean
                         : kind == WeakKind::integer ? DType::int64
                                                     : DType::float64;
      return term_of(chunkwise::full(Shape{}, element_of(value, type, "a value")));
    }
    return take_array(std::move(value), quoted(name()));
  }

  /// Returns x with `values` in place of `count` elements of an axis from `first` on.
  static UntypedArray around(const UntypedArray& x, std::int64_t first, std::int64_t count,
                             const std::optional<UntypedArray>& values, int axis) {
    const std::array borders{first, first + count};
    const std::vector<UntypedArray> all = chunkwise::split_at(x, std::span<const std::int64_t>(borders), axis);
    std::vector<UntypedArray> parts;
    if (first > 0) parts.push_back(all[0]);
    if (values && values->shape[axis] > 0) parts.push_back(*values);
    if (first + count < x.shape[axis] || parts.empty()) parts.push_back(all[2]);
    return chunkwise::concatenate(std::span<const UntypedArray>(parts), axis);
  }
  UntypedArray without() {
    const Value& what = needed_option(arguments_, "obj", 1);
    const auto [x, axis] = along(first(), 2);
    std::vector<std::int64_t> indices;
    if (const Slice* const slice = what.as<Slice>()) {
      const auto bound = [&](std::size_t i) -> std::optional<std::int64_t> {
        const Value& part = slice->parts[i];
        if (part.as<LeftOut>() || part.as<NoValue>()) return std::nullopt;
        return take_int(part, "a bound of a slice");
      };
      const std::optional<std::int64_t> start = bound(0), stop = bound(1);
      const AxisRange range = about(what, [&, &array = x, &number = axis] {
        return build::resolve_range(start.has_value(), start.value_or(0), stop.has_value(), stop.value_or(0),
                                    bound(2).value_or(1), array.shape[number]);
      });
      if (range.count > 0 && (range.step == 1 || range.step == -1)) {
        const std::int64_t least = range.step > 0 ? range.start : range.start - (range.count - 1);
        return around(x, least, range.count, std::nullopt, axis);
      }
      if (range.count > most_parts)
        throw Mistake{ErrorCode::unsupported,
                      "delete: " + std::to_string(range.count) + " parts; at most 2**20 are supported", what.offset};
      for (std::int64_t i = 0; i < range.count; ++i) indices.push_back(range.start + i * range.step);
    } else {
      indices = ints_of(what, "an index that goes");
    }
    return about(what, [&, &array = x, &number = axis] {
      return chunkwise::delete_at(array, std::span<const std::int64_t>(indices), number);
    });
  }
  UntypedArray inserted() {
    const Value& what = needed_option(arguments_, "obj", 1);
    const bool is_one = !what.as<Tuple>();
    Value values = needed_option(arguments_, "values", 2);
    const Value place = values;
    std::vector<std::int64_t> indices = ints_of(what, "an index");
    const auto [x, axis] = along(first(), 3);
    const DType dtype = x.node->dtype;
    Term own = array_of_value(std::move(values));
    if (own.dtype != dtype) own = cast(std::move(own), dtype);
    UntypedArray all = array_of(std::move(own));
    if (is_one) {
      // NumPy takes axis 0 of the values for the axis along which they are inserted.
      const int missing = x.shape.rank() - all.shape.rank();
      if (missing > 0) all = chunkwise::expand_dims(all, (1U << missing) - 1U);
      const int from[]{0};
      const int to[]{axis};
      all = chunkwise::transpose(all, moved_axes(all.shape.rank(), from, to));
      return about(what, [&, &array = x, &number = axis] {
        const std::int64_t index = indices.front(), extent = array.shape[number];
        if (index < -extent || index > extent)
          throw Error(ErrorCode::out_of_range, "insert: index " + std::to_string(index) + " is outside axis " +
                                                   std::to_string(number) + ", whose extent is " +
                                                   std::to_string(extent));
        Shape wanted = array.shape;
        wanted[number] = all.shape[number];
        return around(array, index < 0 ? index + extent : index, 0, chunkwise::broadcast_to(all, wanted), number);
      });
    }
    return about(place, [&, &array = x, &number = axis] {
      return chunkwise::insert(array, std::span<const std::int64_t>(indices), all, number);
    });
  }

  UntypedArray with_more_axes() { return chunkwise::with_axes(array_of(first()), name()[8] - '0'); }
  UntypedArray turned() {
    const Value* const turns = arguments_.option("k", 1);
    const Value* const axes = arguments_.option("axes", 2);
    const std::int64_t k = turns ? take_int(*turns, "k") : 1;
    Term x = first();
    std::vector<int> plane{0, 1};
    if (axes) {
      plane.clear();
      for (const Value* const axis : values_of(*axes)) plane.push_back(one_axis(*axis, x));
    }
    if (plane.size() != 2)
      throw Mistake{ErrorCode::invalid_argument, "a turn is in the plane of two axes", axes->offset};
    require_axes(x, 2);
    return chunkwise::rot90(array_of(std::move(x)), k, plane[0], plane[1]);
  }
  UntypedArray flipped() {
    const int axis = name() == "fliplr" ? 1 : 0;
    Term x = first();
    require_axes(x, axis + 1);
    return chunkwise::flip(array_of(std::move(x)), 1U << axis);
  }
  void require_axes(const Term& x, int least) const {
    if (x.shape.rank() < least)
      throw Mistake{ErrorCode::shape_mismatch,
                    quoted(name()) + " needs " + std::to_string(least) + (least == 1 ? " axis" : " axes") +
                        ", and this array has " + std::to_string(x.shape.rank()),
                    arguments_.offset()};
  }

  Arguments arguments_;
};

}  // namespace

Term stacking_call(Arguments arguments) { return term_of(StackingCall(std::move(arguments)).run()); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
