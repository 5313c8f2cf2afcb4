#pragma once
/// NumPy's words for the operations of the catalogue: names, signs, and a sentence for help. One row for each
/// operation, in the catalogue's order; an operation without a row does not compile. Read by the notation
/// (notation.hpp), which has no other list of elementwise functions.
#include <algorithm>

#include "chunkwise/op/catalog.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::op {

/// An operation in NumPy's words.
struct NumpyNames {
  OpCode code{};           ///< of the operation
  std::string_view name;   ///< the recommended one
  std::string_view alias;  ///< others, with blanks between them; the catalogue's name is among all of them
  std::string_view sign;   ///< the operator; empty if it is only called by name
  std::string_view summary;
};

inline constexpr std::array<NumpyNames, descriptions.size()> numpy_names{{
    {Cast::code, "astype", "cast", "", "The elements in another type; floating to integer truncates and saturates."},
    {Add::code, "add", "", "+", "Sum; of bool, logical or. Integers wrap."},
    {Subtract::code, "subtract", "", "-", "Difference; not of bool. Integers wrap."},
    {Multiply::code, "multiply", "", "*", "Product; of bool, logical and. Integers wrap."},
    {Divide::code, "divide", "true_divide", "/", "Quotient, always floating."},
    {FloorDivide::code, "floor_divide", "", "//", "Quotient rounded down. Integers divided by 0 give 0."},
    {Remainder::code, "remainder", "mod", "%", "Remainder with the divisor's sign. Integers modulo 0 are 0."},
    {Fmod::code, "fmod", "", "", "Remainder with the dividend's sign. Integers modulo 0 are 0."},
    {Negate::code, "negative", "", "-", "The element with its sign changed; not of bool."},
    {Abs::code, "abs", "absolute fabs", "", "Magnitude."},
    {Sqrt::code, "sqrt", "", "", "Square root; NaN below zero."},
    {Square::code, "square", "", "", "The element times itself."},
    {Reciprocal::code, "reciprocal", "", "", "One divided by the element; of integers 0 but for 1 and -1."},
    {Gcd::code, "gcd", "", "", "Greatest common divisor of integers."},
    {Lcm::code, "lcm", "", "", "Least common multiple of integers, which wraps."},
    {Minimum::code, "minimum", "", "", "The smallest of two or more elements; NaN if any is."},
    {Maximum::code, "maximum", "", "", "The largest of two or more elements; NaN if any is."},
    {Fmin::code, "fmin", "", "", "The smaller of two elements; the other one if one is NaN."},
    {Fmax::code, "fmax", "", "", "The larger of two elements; the other one if one is NaN."},
    {Floor::code, "floor", "", "", "The largest whole number that is not above the element."},
    {Ceil::code, "ceil", "", "", "The smallest whole number that is not below the element."},
    {Trunc::code, "trunc", "fix", "", "The element without the digits behind the point."},
    {Rint::code, "rint", "", "", "The nearest whole number, of two the even one."},
    {Sign::code, "sign", "", "", "-1, 0 or 1; not of bool."},
    {CopySign::code, "copysign", "", "", "The magnitude of the first with the sign of the second."},
    {SignBit::code, "signbit", "", "", "True where the element is below zero or the negative zero."},
    {Heaviside::code, "heaviside", "", "", "0 if the first is below zero, 1 if it is above, the second if it is zero."},
    {NextAfter::code, "nextafter", "", "",
     "The next number of the type after the first in the direction of the second."},
    {Equal::code, "equal", "", "==", "True where the elements are equal."},
    {NotEqual::code, "not_equal", "", "!=", "True where the elements differ, or either is NaN."},
    {Less::code, "less", "", "<", "True where the first is smaller."},
    {LessEqual::code, "less_equal", "", "<=", "True where the first is smaller or equal."},
    {Greater::code, "greater", "", ">", "True where the first is larger."},
    {GreaterEqual::code, "greater_equal", "", ">=", "True where the first is larger or equal."},
    {LogicalAnd::code, "logical_and", "", "&&", "True where both are true (not zero)."},
    {LogicalOr::code, "logical_or", "", "||", "True where either is true."},
    {LogicalXor::code, "logical_xor", "", "", "True where one is true and the other is not."},
    {LogicalNot::code, "logical_not", "", "!", "True where the element is not true."},
    {BitwiseAnd::code, "bitwise_and", "", "&", "The bits that both have; of bool, true where both are."},
    {BitwiseOr::code, "bitwise_or", "", "|", "The bits that either has; of bool, true where either is."},
    {BitwiseXor::code, "bitwise_xor", "", "^", "The bits that one has alone; of bool, true where they differ."},
    {Invert::code, "invert", "bitwise_not bitwise_invert", "~", "Every bit inverted; of bool, true where it is not."},
    {LeftShift::code, "left_shift", "bitwise_left_shift", "<<", "The bits moved to the left; 0 beyond the width."},
    {RightShift::code, "right_shift", "bitwise_right_shift", ">>",
     "The bits moved to the right; 0 or -1 beyond the width."},
    {IsNan::code, "isnan", "isnull isna", "", "True where the element is not a number."},
    {IsFinite::code, "isfinite", "", "", "True where the element is neither infinite nor NaN."},
    {IsInf::code, "isinf", "", "", "True where the element is infinite."},
    {Within::code, "within", "", "", "True where the first two differ by at most the third, or are equal."},
    {Where::code, "where", "", "", "The second where the first is true, else the third."},
    {Replace::code, "replace", "", "",
     "The third where the first equals the second, of which NaN equals NaN; else the first."},
    {Exp::code, "exp", "", "", "e to the power of the element."},
    {Exp2::code, "exp2", "", "", "2 to the power of the element."},
    {Expm1::code, "expm1", "", "", "e to the power of the element, minus one."},
    {Log::code, "log", "", "", "Natural logarithm; NaN below zero."},
    {Log2::code, "log2", "", "", "Logarithm to the base 2; NaN below zero."},
    {Log10::code, "log10", "", "", "Logarithm to the base 10; NaN below zero."},
    {Log1p::code, "log1p", "", "", "Natural logarithm of one plus the element; NaN below -1."},
    {Pow::code, "power", "pow", "**", "The first to the power of the second, always floating."},
    {Cbrt::code, "cbrt", "", "", "Cube root."},
    {Hypot::code, "hypot", "", "", "Square root of the sum of the squares of two elements."},
    {Sin::code, "sin", "", "", "Sine of an angle in radians."},
    {Cos::code, "cos", "", "", "Cosine of an angle in radians."},
    {Tan::code, "tan", "", "", "Tangent of an angle in radians."},
    {Arcsin::code, "arcsin", "asin", "", "The angle with this sine; NaN beyond -1 and 1."},
    {Arccos::code, "arccos", "acos", "", "The angle with this cosine; NaN beyond -1 and 1."},
    {Arctan::code, "arctan", "atan", "", "The angle with this tangent."},
    {Arctan2::code, "arctan2", "atan2", "", "The angle of the point with the ordinate x and the abscissa y."},
    {LogAddExp::code, "logaddexp", "", "", "Logarithm of the sum of e to the power of two elements."},
    {Sinh::code, "sinh", "", "", "Hyperbolic sine."},
    {Cosh::code, "cosh", "", "", "Hyperbolic cosine."},
    {Tanh::code, "tanh", "", "", "Hyperbolic tangent."},
    {Arcsinh::code, "arcsinh", "asinh", "", "The number with this hyperbolic sine."},
    {Arccosh::code, "arccosh", "acosh", "", "The number with this hyperbolic cosine; NaN below 1."},
    {Arctanh::code, "arctanh", "atanh", "", "The number with this hyperbolic tangent; NaN beyond -1 and 1."},
    {Deg2rad::code, "deg2rad", "radians", "", "Degrees in radians."},
    {Rad2deg::code, "rad2deg", "degrees", "", "Radians in degrees."},
}};

/// Returns true if a name is one of those that stand between blanks.
[[nodiscard]] constexpr bool is_among(std::string_view names, std::string_view name) {
  while (!name.empty() && !names.empty()) {
    const std::size_t end = std::min(names.find(' '), names.size());
    if (names.substr(0, end) == name) return true;
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return false;
}

namespace detail {
consteval bool every_operation_has_its_numpy_names() {
  for (std::size_t i = 0; i < descriptions.size(); ++i) {
    const bool named =
        numpy_names[i].name == descriptions[i].name || is_among(numpy_names[i].alias, descriptions[i].name);
    if (numpy_names[i].code != descriptions[i].code || !named || numpy_names[i].summary.empty()) return false;
  }
  return true;
}
consteval bool signs_are_unique() {
  for (std::size_t i = 0; i < descriptions.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!numpy_names[i].sign.empty() && numpy_names[i].sign == numpy_names[j].sign &&
          descriptions[i].arity == descriptions[j].arity)
        return false;
  return true;
}
}  // namespace detail
static_assert(detail::every_operation_has_its_numpy_names(),
              "chunkwise: op/numpy.hpp needs a row for each operation, in the catalogue's order, with the catalogue's "
              "name among its names");
static_assert(detail::signs_are_unique(), "chunkwise: two operations have one sign");

}  // namespace chunkwise::inline CHUNKWISE_ABI::op
