#pragma once
/// Questions about element types under NumPy's names and those of the array API: which type a result has, which type
/// holds another, and which numbers a type has.
#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/expr/elementwise.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the common type of element types, by NumPy 2's promotion from left to right.
/// `result_type(DType::int8, DType::uint8)` is int16
template <std::same_as<DType>... More>
[[nodiscard]] constexpr DType result_type(DType first, More... more) {
  DType common = first;
  ((common = promote(common, more)), ...);
  return common;
}
/// Returns the common type of arrays and of numbers, which adapt to arrays. `result_type(t2m, 2.0)`
template <class... O>
requires detail::AnyExpression<O...>
[[nodiscard]] constexpr DType result_type(const O&... /*operands*/) {
  return op::common_type(std::array{detail::operand_type<detail::Held<O>>()...});
}

/// Returns true if promotion makes elements of the first type ones of the second: no value is lost, but for large
/// integers, which float64 rounds.
[[nodiscard]] constexpr bool can_cast(DType from, DType to) { return promote(from, to) == to; }

/// The numbers of a floating type.
struct FloatInfo {
  DType dtype = DType::float64;  ///< the type
  int bits = 64;                 ///< of an element
  double eps = 0;                ///< the difference between 1 and the next larger number
  double max = 0;                ///< the largest finite number
  double min = 0;                ///< the smallest, -max
  double smallest_normal = 0;    ///< the smallest number above 0 that has all its digits
};
/// Returns the limits of float32 or float64; throws type_mismatch for another type.
[[nodiscard]] constexpr FloatInfo finfo(DType dtype) {
  const auto of = [dtype](auto zero) {
    using Limits = std::numeric_limits<decltype(zero)>;
    return FloatInfo{
        dtype, 8 * static_cast<int>(sizeof zero), Limits::epsilon(), Limits::max(), Limits::lowest(), Limits::min()};
  };
  if (dtype == DType::float32) return of(float{});
  if (dtype == DType::float64) return of(double{});
  throw Error(ErrorCode::type_mismatch, "finfo: " + std::string(name_of(dtype)) + " is no floating type; see iinfo");
}

/// The numbers of an integer type.
struct IntInfo {
  DType dtype = DType::int64;  ///< the type
  int bits = 64;               ///< of an element
  std::int64_t min = 0;        ///< the smallest number
  std::uint64_t max = 0;       ///< the largest number
};
/// Returns the limits of an integer type; throws type_mismatch for another type.
[[nodiscard]] constexpr IntInfo iinfo(DType dtype) {
  if (!is_integer(dtype))
    throw Error(ErrorCode::type_mismatch, "iinfo: " + std::string(name_of(dtype)) + " is no integer type; see finfo");
  const int bits = 8 * static_cast<int>(size_of(dtype));
  const std::uint64_t all = ~std::uint64_t{0} >> (64 - bits);
  if (is_unsigned_integer(dtype)) return {dtype, bits, 0, all};
  return {dtype, bits, -static_cast<std::int64_t>(all / 2) - 1, all / 2};
}

/// Returns whether a type is of a kind: "bool", "signed integer", "unsigned integer", "integral", "real floating",
/// "complex floating" or "numeric". Throws invalid_argument for another word.
[[nodiscard]] constexpr bool isdtype(DType dtype, std::string_view kind) {
  if (kind == "bool") return dtype == DType::boolean;
  if (kind == "signed integer") return is_signed_integer(dtype);
  if (kind == "unsigned integer") return is_unsigned_integer(dtype);
  if (kind == "integral") return is_integer(dtype);
  if (kind == "real floating") return is_floating(dtype);
  if (kind == "complex floating") return false;
  if (kind == "numeric") return dtype != DType::boolean;
  throw Error(ErrorCode::invalid_argument, "isdtype: there is no kind '" + std::string(kind) + "' of element types");
}
/// Returns whether two types are the same.
[[nodiscard]] constexpr bool isdtype(DType dtype, DType other) { return dtype == other; }

}  // namespace chunkwise::inline CHUNKWISE_ABI
