#pragma once
/// The value of a part of a text: an array, a number, or an argument that only functions and subscripts take.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/expr/groupby.hpp"
#include "runtime/expr/group_keys.hpp"
#include "runtime/notation/roles.hpp"
#include "runtime/notation/term.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

struct Ellipses {};
/// A part of a slice that is left out.
struct LeftOut {};
/// Text in quotes that is no variable: a dimension, an element type.
struct Word {
  std::string_view text;
};
struct ElementType {
  DType dtype = DType::float64;
};

struct Value;
struct Tuple {
  std::vector<Value> values;
  bool is_list = false;  ///< is in square brackets
};
struct Slice {
  std::vector<Value> parts;  ///< start, stop, step
};

/// An array whose indices along an axis are in groups: x.groupby('time.month').
struct Grouped {
  std::shared_ptr<Term> array;
  Groups groups;                           ///< of `array`, or of the array of `keys`
  std::shared_ptr<const KeyedArray> keys;  ///< of several keys, bins and arrays of labels; else null
  std::optional<std::string> frequency;    ///< of resample, whose groups may be filled too
  bool keeps_axes = false;                 ///< of coarsen along several dimensions: a result has the axes' order
  bool overlap = false;                    ///< has windows: an element is in several groups
  std::vector<double> weights = {};        ///< of windows: of each index along the axis of `keys`; none: all alike
};

/// Times of which `x.time.dt` has the month, the hour and so on.
struct Times {
  std::vector<double> numbers;
  Labels labels;  ///< with the units of the numbers among its attributes
  Shape shape;
};

/// The windows of an array along their last axes: x.rolling(time=5).
struct Windows {
  std::shared_ptr<Term> array;
  std::size_t axes = 1;               ///< how many
  std::optional<std::int64_t> least;  ///< elements that are not NaN, which a window needs; none: all
};
/// An array with weights of its shape: x.weighted(w).
struct Weighted {
  std::shared_ptr<Term> array;
  std::shared_ptr<Term> weights;
};

/// A value with its place in the text, which errors about it point to.
struct Value {
  std::variant<LeftOut, NoValue, Ellipses, Word, ElementType, Number, Term, Tuple, Slice, Grouped, Windows, Weighted,
               Times>
      data;
  std::size_t offset = 0;
  std::string_view keyword{};      ///< of an argument `keyword=value`
  std::size_t keyword_offset = 0;  ///< the place of the keyword

  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }
};

/// Returns a value in words: "an array of shape (3,)", "the number 2", "a slice".
[[nodiscard]] std::string describe(const Value& value);

/// Returns the value as an array; throws a Mistake that begins with `who`, which wants one.
[[nodiscard]] Term take_array(Value&& value, const std::string& who);
/// Returns the value as an operand: an array or a number; throws a Mistake as take_array does.
[[nodiscard]] Operand take_operand(Value&& value, const std::string& who);
/// Returns the value as an int, one beyond int64 as the nearest int64; throws a Mistake that names its use, `what`.
[[nodiscard]] std::int64_t take_int(const Value& value, const std::string& what);

/// Returns the result of the function or method `name`. Throws Mistakes, and the errors of building arrays.
[[nodiscard]] Term call(std::string_view name, std::size_t offset, std::vector<Value> arguments);
[[nodiscard]] Term call_method(std::string_view name, std::size_t offset, std::vector<Value> arguments);

struct Function;
/// Returns the result of a function of Kind::labels.
[[nodiscard]] Term label_call(const Function& function, std::size_t offset, std::vector<Value> arguments);

/// Returns the groups that a function of Kind::groups makes.
[[nodiscard]] Grouped grouping_call(const Function& function, std::size_t offset, std::vector<Value> arguments,
                                    const BackendPtr& backend);
/// Returns the windows or weights that a function of Kind::windows makes.
[[nodiscard]] std::variant<Windows, Weighted> windows_call(const Function& function, std::size_t offset,
                                                           std::vector<Value> arguments);
/// Returns the reduction `name` of each window.
[[nodiscard]] Term windows_method(std::string_view name, std::size_t offset, const Windows& windows,
                                  std::vector<Value> arguments);
/// Returns the weighted mean, the sum or the sum of weights.
[[nodiscard]] Term weighted_method(std::string_view name, std::size_t offset, const Weighted& weighted,
                                   std::vector<Value> arguments);
/// Returns average(x, axis, weights).
[[nodiscard]] Term average_call(const Function& function, std::size_t offset, std::vector<Value> arguments);
/// Returns diff(x, n, axis).
[[nodiscard]] Term diff_call(const Function& function, std::size_t offset, std::vector<Value> arguments);
/// Returns the part that a function of Kind::selection takes.
[[nodiscard]] Term selection_call(const Function& function, std::size_t offset, std::vector<Value> arguments,
                                  const BackendPtr& backend);
/// Returns true for a function that xarray_method does.
[[nodiscard]] bool is_xarray_method(const Function& function);
/// Returns the result of shift, head, assign_coords and their like.
[[nodiscard]] Term xarray_method(const Function& function, std::size_t offset, std::vector<Value> arguments,
                                 const BackendPtr& backend);
/// Returns the arguments of a function of Kind::shape as NumPy writes them, if xarray's are others: roll(longitude=3),
/// pad(time=1), squeeze(drop=True), expand_dims("member"), transpose("longitude", ...). The first is the array.
[[nodiscard]] std::optional<Term> xarray_shape(const Function& function, std::size_t offset,
                                               std::vector<Value>& arguments);
/// Gives operands the axes of all of them, in the order in which their names occur, if names that differ would meet at
/// one place, all axes have names, and the names that operands share stand in one order. Else operands stay as they
/// are.
void lay_by_names(std::vector<Operand>& operands);
/// Returns the result of reindex, reindex_like or sortby.
[[nodiscard]] Term reindex_call(const Function& function, std::size_t offset, std::vector<Value> arguments);
/// Returns an array in equal steps of time, filled as `name` says: ffill, bfill, nearest, interpolate, asfreq.
[[nodiscard]] Term filled_method(std::string_view name, std::size_t offset, const Grouped& grouped,
                                 const std::vector<Value>& arguments);
/// Returns true for the name of a method of filled_method.
[[nodiscard]] bool is_filling(std::string_view name);

/// Returns xarray's x.where(condition, other, drop): with `drop`, for which the backend computes the condition, without
/// the places along each dimension where the condition is nowhere true.
[[nodiscard]] Term where_method(std::size_t offset, std::vector<Value> arguments, const BackendPtr& backend);
/// Returns an array with the axes of another, by the names of dimensions, if it has fewer of them or in another order
/// and all have names; else the array.
[[nodiscard]] Term fitted(Term part, const Labels& labels, const Shape& shape);

/// Returns the coordinate of a dimension, `x.latitude`; null if the array has no such dimension.
[[nodiscard]] std::optional<Term> coordinate_term(const Term& array, std::string_view dimension);
/// Returns a coordinate, `x["latitude"]`, or a part of its times, `x["time.month"]`.
[[nodiscard]] Term named_coordinate(const Term& array, std::string_view name, std::size_t offset);
/// Returns `array.dt`, for which the backend computes the times unless they are known.
[[nodiscard]] Times times_of(const Term& array, std::size_t offset, const BackendPtr& backend);
/// Returns a part of times, `x.time.dt.month`.
[[nodiscard]] Term part_of_times(const Times& times, std::string_view part, std::size_t offset);
/// Returns the number that a word stands for beside an array: a name of its flags, or a time in its units.
[[nodiscard]] Number number_of_word(const Term& beside, const Value& word);
/// Returns slice(start, stop, step).
[[nodiscard]] Slice slice_call(std::size_t offset, std::vector<Value> arguments);
/// Returns the reduction `name` of each group.
[[nodiscard]] Term grouped_method(std::string_view name, std::size_t offset, Grouped grouped,
                                  std::vector<Value> arguments);
/// Returns the mean or the sum of groups whose windows have weights.
[[nodiscard]] Term weighted_window_method(std::string_view name, std::size_t offset, const Grouped& grouped,
                                          std::vector<Value> arguments);
/// Returns an operand beside groups: if it is an array with an element a group, the element of each index's group, else
/// the operand.
[[nodiscard]] Value spread_over_groups(const Grouped& grouped, Value operand);
class Arguments;
/// Returns the result of a function of Kind::shape.
[[nodiscard]] Term shape_call(Arguments arguments);

/// Returns the result of a function of Kind::search, for which the backend finds out what has to be known.
[[nodiscard]] Term search_call(const Function& function, std::size_t offset, std::vector<Value> arguments,
                               const BackendPtr& backend);
/// Returns the arrays of a function of Kind::several.
[[nodiscard]] Tuple several_call(const Function& function, std::size_t offset, std::vector<Value> arguments,
                                 const BackendPtr& backend);
/// Returns tuple[subscripts]: one of its values.
[[nodiscard]] Value one_of_several(Tuple tuple, const std::vector<Value>& subscripts, std::size_t offset);

/// Returns array[subscripts]. For a mask the backend finds out how often it is true.
[[nodiscard]] Term subscripted(Term array, std::vector<Value> subscripts, std::size_t offset,
                               const BackendPtr& backend);

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
