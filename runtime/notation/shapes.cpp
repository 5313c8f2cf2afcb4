/// The functions of the notation that put elements at other places.
#include <array>
#include <utility>

#include "chunkwise/expr/elementwise.hpp"
#include "chunkwise/expr/gather.hpp"
#include "chunkwise/expr/neighbours.hpp"
#include "chunkwise/expr/shape.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// A call whose first argument, the array, has been taken.
class ShapeCall {
 public:
  explicit ShapeCall(Arguments arguments) : arguments_(std::move(arguments)) {
    arguments_.expect(1, 9);  // a transpose of 8 axes
    if (name() != "stack") x_ = take_array(std::move(arguments_.by_position()[0]), quoted(name()));
  }

  Term run() {
    using Do = UntypedArray (ShapeCall::*)();
    struct Entry {
      std::string_view name;
      std::size_t most;  ///< arguments by position
      Do apply;
    };
    constexpr std::array entries{
        Entry{"transpose", 9, &ShapeCall::transposed},
        Entry{"swapaxes", 3, &ShapeCall::swapped},
        Entry{"moveaxis", 3, &ShapeCall::moved},
        Entry{"squeeze", 2, &ShapeCall::squeezed},
        Entry{"expand_dims", 2, &ShapeCall::expanded},
        Entry{"broadcast_to", 2, &ShapeCall::stretched},
        Entry{"flip", 2, &ShapeCall::flipped},
        Entry{"roll", 3, &ShapeCall::rolled},
        Entry{"repeat", 3, &ShapeCall::repeated},
        Entry{"tile", 2, &ShapeCall::tiled},
        Entry{"take", 4, &ShapeCall::taken},
        Entry{"diagonal", 4, &ShapeCall::on_diagonal},
        Entry{"stack", 2, &ShapeCall::stacked},
        Entry{"pad", 4, &ShapeCall::padded},
        Entry{"reshape", 9, &ShapeCall::reshaped},
        Entry{"ravel", 1, &ShapeCall::in_a_row},
        Entry{"sliding_window_view", 3, &ShapeCall::in_windows},
    };
    for (const Entry& entry : entries)
      if (entry.name == name()) {
        arguments_.expect(1, entry.most);
        return term_of((this->*entry.apply)());
      }
    throw Error(ErrorCode::unsupported, "there is no function of shape '" + std::string(name()) + "'");
  }

 private:
  [[nodiscard]] std::string_view name() const { return arguments_.function().name; }
  [[nodiscard]] int rank() const { return x_.shape.rank(); }
  [[nodiscard]] UntypedArray array() { return array_of(std::move(x_)); }

  /// Returns an option that has to be given.
  [[nodiscard]] const Value& needed(std::string_view keyword, std::size_t position) const {
    return needed_option(arguments_, keyword, position);
  }
  /// Returns the values of an option that may also stand one by one, as in x.reshape(2, 3).
  [[nodiscard]] std::vector<const Value*> spread_out(std::string_view keyword) {
    std::vector<Value>& given = arguments_.by_position();
    if (given.size() <= 2) return values_of(needed(keyword, 1));
    static_cast<void>(arguments_.option(keyword, 1));  // throws if it is given by name as well
    std::vector<const Value*> values;
    for (std::size_t i = 1; i < given.size(); ++i) values.push_back(&given[i]);
    return values;
  }
  [[nodiscard]] std::vector<int> axes_in_order(const std::vector<const Value*>& values) const {
    std::vector<int> axes;
    for (const Value* value : values) axes.push_back(one_axis(*value, x_));
    return axes;
  }
  /// Returns the axis of an option, nothing if it is None or not given.
  [[nodiscard]] std::optional<int> axis_of(std::size_t position) const {
    const Value* axis = arguments_.option("axis", position);
    if (!axis || axis->as<NoValue>()) return std::nullopt;
    return one_axis(*axis, x_);
  }
  /// Returns x, or without an axis its elements in a row, and the axis.
  [[nodiscard]] std::pair<UntypedArray, int> along(std::size_t position) {
    const std::optional<int> axis = axis_of(position);
    if (axis) return {array(), *axis};
    return {chunkwise::reshape(array(), {-1}), 0};
  }
  /// Returns f(); its errors point to an option.
  template <class F>
  UntypedArray blaming(std::string_view keyword, std::size_t position, F&& f) const {
    const Value* value = arguments_.option(keyword, position);
    return value ? about(*value, f) : f();
  }

  UntypedArray transposed() {
    std::vector<int> order;
    const Value* axes = arguments_.option("axes", 1);
    if (!axes || axes->as<NoValue>())
      for (int axis = rank(); axis-- > 0;) order.push_back(axis);
    else
      order = axes_in_order(spread_out("axes"));
    return blaming("axes", 1, [&] { return chunkwise::transpose(array(), order); });
  }
  UntypedArray swapped() {
    const int first = one_axis(needed("axis1", 1), x_);
    const int second = one_axis(needed("axis2", 2), x_);
    std::vector<int> order;
    for (int axis = 0; axis < rank(); ++axis) order.push_back(axis == first ? second : axis == second ? first : axis);
    return chunkwise::transpose(array(), order);
  }
  UntypedArray moved() {
    const std::vector<int> from = axes_in_order(values_of(needed("source", 1)));
    const std::vector<int> to = axes_in_order(values_of(needed("destination", 2)));
    return blaming("source", 1, [&] { return chunkwise::transpose(array(), moved_axes(rank(), from, to)); });
  }
  UntypedArray squeezed() {
    const Value* axis = arguments_.option("axis", 1);
    std::uint32_t axes = 0;
    if (!axis || axis->as<NoValue>()) {
      for (int number = 0; number < rank(); ++number)
        if (x_.shape[number] == 1) axes |= 1U << number;
    } else {
      axes = axes_of(axis, x_);
    }
    return blaming("axis", 1, [&] { return chunkwise::squeeze(array(), axes); });
  }
  UntypedArray expanded() {
    const std::vector<const Value*> values = values_of(needed("axis", 1));
    const int result = rank() + static_cast<int>(values.size());
    if (result > max_rank)
      throw Mistake{ErrorCode::invalid_argument,
                    "an array can have at most 8 axes, and this one would have " + std::to_string(result),
                    arguments_.offset()};
    std::uint32_t axes = 0;
    for (const Value* value : values) {
      if (value->as<Word>())
        throw Mistake{ErrorCode::type_mismatch,
                      "the place of a new axis is an int, and this is " + describe(*value) + "; a new axis has no name",
                      value->offset};
      const int number =
          about(*value, [&] { return normalize_axis(take_int(*value, "the place of a new axis"), result); });
      if (axes >> number & 1U)
        throw Mistake{ErrorCode::invalid_argument, "axis " + std::to_string(number) + " is named twice", value->offset};
      axes |= 1U << number;
    }
    return blaming("axis", 1, [&] { return chunkwise::expand_dims(array(), axes); });
  }
  [[nodiscard]] Shape extents_of(const std::vector<const Value*>& values) const {
    Shape shape;
    for (const Value* value : values) {
      if (shape.rank() == max_rank)
        throw Mistake{ErrorCode::invalid_argument, "an array can have at most 8 axes", value->offset};
      shape.push_back(take_int(*value, "an extent"));
    }
    return shape;
  }
  UntypedArray stretched() {
    const Shape shape = extents_of(values_of(needed("shape", 1)));
    return blaming("shape", 1, [&] { return chunkwise::broadcast_to(array(), shape); });
  }
  UntypedArray reshaped() {
    const Shape shape = extents_of(spread_out("shape"));
    return blaming("shape", 1, [&] { return chunkwise::reshape(array(), shape); });
  }
  UntypedArray in_windows() {
    const std::vector<std::int64_t> sizes = ints_of(needed("window_shape", 1), "a number of places");
    std::vector<int> axes;
    if (const Value* axis = arguments_.option("axis", 2); axis && !axis->as<NoValue>())
      axes = axes_in_order(values_of(*axis));
    else
      for (int number = 0; number < rank(); ++number) axes.push_back(number);
    return blaming("window_shape", 1, [&] { return sliding_window_view(array(), sizes, axes); });
  }
  UntypedArray in_a_row() { return chunkwise::reshape(array(), {-1}); }

  UntypedArray flipped() {
    const std::uint32_t axes = axes_of(arguments_.option("axis", 1), x_);
    return chunkwise::flip(array(), axes);
  }
  UntypedArray rolled() {
    const Value& shift = needed("shift", 1);
    const std::vector<std::int64_t> shifts = ints_of(shift, "a shift");
    const Value* axis = arguments_.option("axis", 2);
    if (!axis || axis->as<NoValue>()) {
      if (shifts.size() != 1)
        throw Mistake{ErrorCode::invalid_argument, "several shifts need an axis each", shift.offset};
      const Shape shape = x_.shape;
      const UntypedArray x = array();
      if (shape.rank() == 1) return chunkwise::roll(x, shifts[0], 0);
      UntypedArray result = chunkwise::reshape(chunkwise::roll(chunkwise::reshape(x, {-1}), shifts[0], 0), shape);
      return result;
    }
    const std::vector<int> axes = axes_in_order(values_of(*axis));
    if (axes.size() != shifts.size() && axes.size() != 1 && shifts.size() != 1)
      throw Mistake{ErrorCode::invalid_argument,
                    std::to_string(shifts.size()) + " shifts for " + std::to_string(axes.size()) + " axes",
                    shift.offset};
    UntypedArray result = array();
    for (std::size_t i = 0; i < std::max(axes.size(), shifts.size()); ++i)
      result = chunkwise::roll(result, shifts[shifts.size() == 1 ? 0 : i], axes[axes.size() == 1 ? 0 : i]);
    return result;
  }
  UntypedArray repeated() {
    const std::vector<std::int64_t> counts = ints_of(needed("repeats", 1), "a number of times");
    const auto [x, axis] = along(2);
    return blaming("repeats", 1, [&, &array = x, &number = axis] {
      return chunkwise::repeat(array, std::span<const std::int64_t>(counts), number);
    });
  }
  UntypedArray tiled() {
    const std::vector<std::int64_t> counts = ints_of(needed("reps", 1), "a number of times");
    return blaming("reps", 1, [&] { return chunkwise::tile(array(), std::span<const std::int64_t>(counts)); });
  }
  UntypedArray taken() {
    const Value& indices = needed("indices", 1);
    const TakeMode mode = mode_of_take();
    if (indices.as<Term>() || mode != TakeMode::raise) {
      const UntypedArray wanted =
          array_of(indices.as<Term>() ? *indices.as<Term>()
                                      : call("array", indices.offset, {Value{indices.data, indices.offset}}));
      const auto [x, axis] = along(2);
      return blaming("indices", 1,
                     [&, &array = x, &number = axis] { return chunkwise::take(array, wanted, number, mode); });
    }
    const bool is_one = indices.as<Tuple>() == nullptr;
    std::vector<std::int64_t> list = ints_of(indices, "an index that is not in a list");
    const auto [x, axis] = along(2);
    return blaming("indices", 1, [&, &array = x, &number = axis] {
      UntypedArray result = chunkwise::take(array, std::move(list), number);
      return is_one ? chunkwise::squeeze(result, 1U << number) : result;
    });
  }
  [[nodiscard]] TakeMode mode_of_take() const {
    constexpr std::array<std::pair<std::string_view, TakeMode>, 3> modes{
        {{"raise", TakeMode::raise}, {"wrap", TakeMode::wrap}, {"clip", TakeMode::clip}}};
    const Value* const given = arguments_.option("mode", 3);
    if (!given) return TakeMode::raise;
    const Word* const word = given->as<Word>();
    for (const auto& [known, mode] : modes)
      if (word && word->text == known) return mode;
    throw Mistake{ErrorCode::invalid_argument, "mode is 'raise', 'wrap' or 'clip', and this is " + describe(*given),
                  given->offset};
  }
  UntypedArray on_diagonal() {
    const Value* offset = arguments_.option("offset", 1);
    const Value* first = arguments_.option("axis1", 2);
    const Value* second = arguments_.option("axis2", 3);
    if (rank() < 2)
      throw Mistake{ErrorCode::shape_mismatch,
                    "'diagonal' goes along two axes, and this array has " + std::to_string(rank()),
                    arguments_.offset()};
    const std::int64_t by = offset ? take_int(*offset, "offset") : 0;
    const int rows = first ? one_axis(*first, x_) : 0;
    const int columns = second ? one_axis(*second, x_) : 1;
    return blaming("axis1", 2, [&] { return chunkwise::diagonal(array(), by, rows, columns); });
  }
  UntypedArray stacked() {
    const std::vector<UntypedArray> arrays = arrays_of(arguments_.by_position()[0], arguments_.function());
    const Value* axis = arguments_.option("axis", 1);
    if (axis && axis->as<Word>())
      throw Mistake{ErrorCode::type_mismatch,
                    "the place of a new axis is an int, and this is " + describe(*axis) + "; a new axis has no name",
                    axis->offset};
    const std::int64_t place = axis ? take_int(*axis, "the place of a new axis") : 0;
    const int result = arrays.front().shape.rank() + 1;
    if (result > max_rank)
      throw Mistake{ErrorCode::invalid_argument, "an array can have at most 8 axes, and this one would have 9",
                    arguments_.offset()};
    const int number = axis ? about(*axis, [&] { return normalize_axis(place, result); }) : 0;
    return about(arguments_.by_position()[0], [&] { return chunkwise::stack(arrays, number); });
  }

  /// Returns the places beside each axis: of all axes one number or a pair, or a pair for each.
  [[nodiscard]] std::vector<Padding> widths_of(const Value& value) const {
    const auto pair_of = [](const Value& one) {
      const Tuple* tuple = one.as<Tuple>();
      if (!tuple) {
        const std::int64_t both = take_int(one, "a number of places");
        return Padding{both, both};
      }
      if (tuple->values.empty() || tuple->values.size() > 2)
        throw Mistake{
            ErrorCode::invalid_argument,
            "places before and behind an axis are a pair, and here are " + std::to_string(tuple->values.size()),
            one.offset};
      return Padding{take_int(tuple->values.front(), "a number of places"),
                     take_int(tuple->values.back(), "a number of places")};
    };
    const auto axes = static_cast<std::size_t>(rank());
    const Tuple* tuple = value.as<Tuple>();
    const bool is_nested = tuple && !tuple->values.empty() && tuple->values.front().as<Tuple>();
    if (!is_nested) return std::vector<Padding>(axes, pair_of(value));
    std::vector<Padding> widths;
    for (const Value& one : tuple->values) widths.push_back(pair_of(one));
    if (widths.size() == 1) widths.assign(axes, Padding(widths.front()));
    if (widths.size() != axes)
      throw Mistake{ErrorCode::invalid_argument,
                    "places beside " + std::to_string(widths.size()) + " axes, for an array of " + std::to_string(axes),
                    value.offset};
    return widths;
  }
  UntypedArray padded() {
    constexpr std::array<std::pair<std::string_view, PadMode>, 5> modes{{{"constant", PadMode::constant},
                                                                         {"edge", PadMode::edge},
                                                                         {"reflect", PadMode::reflect},
                                                                         {"symmetric", PadMode::symmetric},
                                                                         {"wrap", PadMode::wrap}}};
    const std::vector<Padding> widths = widths_of(needed("pad_width", 1));
    PadMode mode = PadMode::constant;
    if (const Value* given = arguments_.option("mode", 2)) {
      const Word* word = given->as<Word>();
      std::vector<std::string> names;
      bool is_known = false;
      for (const auto& [known, meaning] : modes) {
        names.emplace_back(known);
        if (word && word->text == known) mode = meaning, is_known = true;
      }
      if (!is_known)
        throw Mistake{ErrorCode::invalid_argument,
                      "mode is one of " + listed(names) + " in quotes, and this is " + describe(*given), given->offset};
    }
    const Value* constant = arguments_.option("constant_values", 3);
    if (constant && mode != PadMode::constant)
      throw Mistake{ErrorCode::invalid_argument, "constant_values are of the mode 'constant' alone", constant->offset};
    const Scalar fill = constant ? element_of(*constant, x_.dtype, "constant_values")
                                 : element_of(Value{Number(false), 0}, x_.dtype, {});
    return blaming("pad_width", 1, [&] { return chunkwise::pad(array(), widths, mode, fill); });
  }

  Arguments arguments_;
  Term x_;
};

}  // namespace

Term shape_call(Arguments arguments) { return ShapeCall(std::move(arguments)).run(); }

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
