#pragma once
/// The arguments of a call, and the checks that functions of several kinds make of them.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/expr/select.hpp"
#include "runtime/notation/functions.hpp"
#include "runtime/notation/place.hpp"
#include "runtime/notation/value.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

/// The arguments of a call, sorted: those by position, and a place for each option.
class Arguments {
 public:
  /// Throws a Mistake for an option that the function does not have, or that is given twice.
  Arguments(const Function& function, std::size_t offset, std::vector<Value> values);

  /// Throws unless there are at least so many arguments by position, and at most so many.
  void expect(std::size_t least, std::size_t most) const;

  [[nodiscard]] std::vector<Value>& by_position() { return by_position_; }
  [[nodiscard]] const std::vector<Value>& by_position() const { return by_position_; }
  /// Returns an option that may also stand at a position; null if it is not given.
  [[nodiscard]] const Value* option(std::string_view keyword, std::size_t position) const;
  /// Returns an option by name; null if it is not given.
  [[nodiscard]] const Value* find(std::string_view keyword) const;
  [[nodiscard]] const Function& function() const { return function_; }
  /// Returns the offset of the function's name.
  [[nodiscard]] std::size_t offset() const { return offset_; }

 private:
  const Function& function_;
  std::size_t offset_;
  std::vector<Value> by_position_;
  std::vector<Value> named_;
};

/// Returns f(); turns its errors into Mistakes at the value's place.
template <class F>
auto about(const Value& value, F&& f) {
  try {
    return f();
  } catch (const Error& error) {
    throw Mistake{error.code(), error.what(), value.offset};
  }
}

/// Returns a Mistake about a call of the function: its name, what is wrong with the call, and how it is written.
[[nodiscard]] inline Mistake wrong(const Function& function, const std::string& what, std::size_t offset) {
  return {ErrorCode::invalid_argument, quoted(function.name) + " " + what + ": " + signature_of(function), offset};
}
/// Returns an option that has to be given; throws a Mistake if it is not.
[[nodiscard]] const Value& needed_option(const Arguments& arguments, std::string_view keyword, std::size_t position);
/// Returns the values of a tuple or list, or the one value that is neither.
[[nodiscard]] std::vector<const Value*> values_of(const Value& value);
/// Returns the same as ints; a Mistake names their use, `what`.
[[nodiscard]] std::vector<std::int64_t> ints_of(const Value& value, const std::string& what);
/// Returns a number as an element of an array of this type, which has it; a Mistake names its use, `what`.
[[nodiscard]] Scalar element_of(const Value& value, DType dtype, const std::string& what);
/// Returns the positions, in row-major order, where a mask is true, or null if its elements are not known.
[[nodiscard]] IndexList known_truths(const UntypedArray& mask);
/// Throws a Mistake, "`what`, and nothing is computed before", if there is no backend.
void require_backend(const BackendPtr& backend, const std::string& what, std::size_t offset);
/// Returns the numbers of a tuple or list, or the elements of an array, which the backend computes unless they lie in
/// memory or are generated. Throws a Mistake about `what`, and for integers that float64 does not have.
[[nodiscard]] std::vector<double> numbers_of(const Value& value, const std::string& what, const BackendPtr& backend,
                                             std::int64_t most = std::int64_t{1} << 20);
/// Returns the positions at which a mask of one axis is true, which the backend finds unless they are known.
[[nodiscard]] std::vector<std::int64_t> truths_of(const Value& mask, const BackendPtr& backend);
/// Returns the element type of an option `dtype`.
[[nodiscard]] DType element_type_of(const Value& value);
/// Returns the axis of a reduction or of lines: NumPy's `axis`, which xarray calls `dim`, or the argument behind those
/// that are required; null if it is not given.
[[nodiscard]] const Value* axis_option(const Arguments& arguments, std::size_t required = 1);
/// Returns the number of an axis that is given by number or name.
[[nodiscard]] int one_axis(const Value& value, const Term& array);
/// Returns the number of the axis that an argument `dimension=value` names by its keyword.
[[nodiscard]] int axis_of_keyword(const Value& argument, const Labels& labels, int rank);
/// Returns a number, with all its digits, or a time in quotes as a value of a coordinate; a Mistake says what the
/// function takes, `taken`.
[[nodiscard]] CoordinateValue coordinate_value(const Value& value, std::string_view taken);
/// Throws a Mistake if an argument before the i-th has its keyword.
void require_once(std::span<const Value> arguments, std::size_t i);
/// Returns bit i for axis i; every axis for None and if no axis is given.
[[nodiscard]] std::uint32_t axes_of(const Value* axis, const Term& array);
/// Returns whether an argument is True or 1; false if it is not given.
[[nodiscard]] bool truth(const Value* value, const std::string& what);
/// Returns the function without NaN if skipna=True asks for it; those that do not take NaN anyway are meant already.
[[nodiscard]] const Function& skipping(const Function& function, const Arguments& arguments);
/// Returns the arrays of a tuple or list, all in their common type, as arguments of the function.
[[nodiscard]] std::vector<UntypedArray> arrays_of(Value& tuple, const Function& function);

/// Returns the result of a function of Kind::creation.
[[nodiscard]] Term creation_call(Arguments arguments);
/// Returns the result of a function of Kind::stacking.
[[nodiscard]] Term stacking_call(Arguments arguments);
/// Returns the result of a function of Kind::statistic.
[[nodiscard]] Term statistic_call(const Function& function, std::size_t offset, Arguments arguments);
/// Returns the result of a function of Kind::matrices.
[[nodiscard]] Term matrix_call(const Function& function, std::size_t offset, Arguments arguments);
/// Returns the result of a function of Kind::sequence.
[[nodiscard]] Term sequence_call(Arguments arguments);
/// Returns the result of a function of Kind::interpolation.
[[nodiscard]] Term interpolation_call(const Function& function, std::size_t offset, std::vector<Value> arguments);
/// Returns the result of a function of Kind::grids.
[[nodiscard]] Term grid_call(const Function& function, std::size_t offset, Arguments arguments);
/// Returns the result of a function of Kind::climate.
[[nodiscard]] Term climate_call(const Function& function, std::size_t offset, Arguments arguments);
/// Returns the result of a function of Kind::composed.
[[nodiscard]] Term composed_call(const Function& function, std::size_t offset, Arguments arguments);

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
