#pragma once
/// THE list of elementwise operations. The native kernels, the interpreter, the wire numbers and the names all come
/// from here: an operation that is not in this list does not exist, one that is in it exists everywhere.
#include <array>
#include <boost/hana/at.hpp>
#include <boost/hana/for_each.hpp>
#include <boost/hana/tuple.hpp>
#include <boost/hana/type.hpp>
#include <boost/hana/unpack.hpp>
#include <optional>

#include "chunkwise/op/arithmetic.hpp"
#include "chunkwise/op/bits.hpp"
#include "chunkwise/op/comparison.hpp"
#include "chunkwise/op/division.hpp"
#include "chunkwise/op/rounding.hpp"
#include "chunkwise/op/transcendental.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::op {

namespace hana = boost::hana;

/// All operations.
inline constexpr auto catalog =
    hana::tuple_t<Cast, Add, Subtract, Multiply, Divide, FloorDivide, Remainder, Fmod, Negate, Abs, Sqrt, Square,
                  Reciprocal, Gcd, Lcm, Minimum, Maximum, Fmin, Fmax, Floor, Ceil, Trunc, Rint, Sign, CopySign, SignBit,
                  Heaviside, NextAfter, Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, LogicalAnd, LogicalOr,
                  LogicalXor, LogicalNot, BitwiseAnd, BitwiseOr, BitwiseXor, Invert, LeftShift, RightShift, IsNan,
                  IsFinite, IsInf, Within, Where, Replace, Exp, Exp2, Expm1, Log, Log2, Log10, Log1p, Pow, Cbrt, Hypot,
                  Sin, Cos, Tan, Arcsin, Arccos, Arctan, Arctan2, LogAddExp, Sinh, Cosh, Tanh, Arcsinh, Arccosh,
                  Arctanh, Deg2rad, Rad2deg>;

/// An operation that is computed in blocks, by a function of the library.
template <class Op>
concept Blockwise = requires(const double* a, double* out) {
  requires Op::arity == 1;
  Op::apply_block(a, out, 1);
}
|| requires(const double* a, double* out) {
  requires Op::arity == 2;
  Op::apply_block(a, a, out, 1);
};

/// One that has no other form: Sqrt is in blocks for speed alone.
template <class Op>
concept OnlyBlockwise = Blockwise<Op> && !requires(double a) {
  Op::template apply<double>(a);
};

/// The facts about an operation at run time.
struct Description {
  OpCode code{};                                ///< on the wire and in files
  std::string_view name;                        ///< in C++
  int arity = 0;                                ///< operands that it takes
  Signature signature = Signature::arithmetic;  ///< the rule for its types
  bool blockwise = false;  ///< computed by a function of the library, which takes tens of times as long as a sum
};

/// The descriptions in the catalogue's order.
inline constexpr auto descriptions = hana::unpack(catalog, [](auto... types) {
  return std::array{Description{decltype(types)::type::code, decltype(types)::type::name, decltype(types)::type::arity,
                                decltype(types)::type::signature, OnlyBlockwise<typename decltype(types)::type>}...};
});

static_assert(detail::codes_and_names_are_unique(descriptions), "chunkwise: two operations share an OpCode or a name");

/// Returns the position of an operation in the catalogue, or the catalogue's size if it has none.
[[nodiscard]] constexpr std::size_t position(OpCode code) {
  std::size_t i = 0;
  while (i < descriptions.size() && descriptions[i].code != code) ++i;
  return i;
}

/// Returns the catalogue's description of a code; null if it has no such operation.
[[nodiscard]] constexpr const Description* find(OpCode code) {
  const std::size_t i = position(code);
  return i < descriptions.size() ? &descriptions[i] : nullptr;
}

/// The operation of a code, as a type.
template <OpCode Code>
using operation = typename decltype(+hana::at_c<position(Code)>(catalog))::type;

}  // namespace chunkwise::inline CHUNKWISE_ABI::op
