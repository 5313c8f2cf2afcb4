#pragma once
/// What a part of a text can be: an array, a number, or what functions and subscripts take beside them.
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

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
  bool is_list = false;  ///< in square brackets
};
struct Slice {
  std::vector<Value> parts;  ///< start, stop, step
};

/// A value with its place in the text, which errors about it point to.
struct Value {
  std::variant<LeftOut, NoValue, Ellipses, Word, ElementType, Number, Term, Tuple, Slice> data;
  std::size_t offset = 0;
  std::string_view keyword{};      ///< as an argument `keyword=value`
  std::size_t keyword_offset = 0;  ///< where the keyword stands

  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&data);
  }
};

/// "an array of shape (3,)", "the number 2", "a slice", ...
[[nodiscard]] std::string describe(const Value& value);

/// The value as an array; throws a Mistake that says who wants one.
[[nodiscard]] Term take_array(Value&& value, const std::string& who);
/// The value as an operand: an array or a number.
[[nodiscard]] Operand take_operand(Value&& value, const std::string& who);
/// The value as an int; throws a Mistake that says what it is for. One beyond int64 is the nearest int64.
[[nodiscard]] std::int64_t take_int(const Value& value, const std::string& what);

/// A function's or method's result; the function is called as `name`. Throws Mistakes, and what building arrays throws.
[[nodiscard]] Term call(std::string_view name, std::size_t offset, std::vector<Value> arguments);
[[nodiscard]] Term call_method(std::string_view name, std::size_t offset, std::vector<Value> arguments);

/// A function of Kind::labels.
struct Function;
[[nodiscard]] Term label_call(const Function& function, std::size_t offset, std::vector<Value> arguments);

/// array[subscripts].
[[nodiscard]] Term subscripted(Term array, std::vector<Value> subscripts, std::size_t offset);

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
