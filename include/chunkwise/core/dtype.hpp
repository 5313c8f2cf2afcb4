#pragma once
/// Element types as values (DType) and as C++ types (the concept Element), and the way between them. NumPy's promotion
/// lives here too, as one constexpr table for the compiler and for run time. Next: core/shape.hpp.
#include <array>
#include <cstdint>
#include <cstring>
#include <iosfwd>
#include <string>
#include <string_view>
#include <type_traits>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// An element type as a value. The numbers are written to files and wires: append, never renumber.
enum class DType : std::uint8_t {
  boolean = 0,
  int8 = 1,
  int16 = 2,
  int32 = 3,
  int64 = 4,
  uint8 = 5,
  uint16 = 6,
  uint32 = 7,
  uint64 = 8,
  float32 = 9,
  float64 = 10,
};
/// The number of element types.
inline constexpr std::size_t dtype_count = 11;

namespace detail {
template <class T>
inline constexpr int dtype_index = [] {
  if constexpr (std::is_same_v<T, bool>)
    return 0;
  else if constexpr (std::is_same_v<T, std::int8_t>)
    return 1;
  else if constexpr (std::is_same_v<T, std::int16_t>)
    return 2;
  else if constexpr (std::is_same_v<T, std::int32_t>)
    return 3;
  else if constexpr (std::is_same_v<T, std::int64_t>)
    return 4;
  else if constexpr (std::is_same_v<T, std::uint8_t>)
    return 5;
  else if constexpr (std::is_same_v<T, std::uint16_t>)
    return 6;
  else if constexpr (std::is_same_v<T, std::uint32_t>)
    return 7;
  else if constexpr (std::is_same_v<T, std::uint64_t>)
    return 8;
  else if constexpr (std::is_same_v<T, float>)
    return 9;
  else if constexpr (std::is_same_v<T, double>)
    return 10;
  else
    return -1;
}();
}  // namespace detail

/// A C++ type that arrays can hold: bool, the fixed-width integers, float, double.
template <class T>
concept Element = detail::dtype_index<T>
>= 0;

/// The DType of a C++ element type.
template <Element T>
inline constexpr DType dtype_of = static_cast<DType>(detail::dtype_index<T>);

namespace detail {
template <DType D>
constexpr auto type_of() {
  if constexpr (D == DType::boolean)
    return bool{};
  else if constexpr (D == DType::int8)
    return std::int8_t{};
  else if constexpr (D == DType::int16)
    return std::int16_t{};
  else if constexpr (D == DType::int32)
    return std::int32_t{};
  else if constexpr (D == DType::int64)
    return std::int64_t{};
  else if constexpr (D == DType::uint8)
    return std::uint8_t{};
  else if constexpr (D == DType::uint16)
    return std::uint16_t{};
  else if constexpr (D == DType::uint32)
    return std::uint32_t{};
  else if constexpr (D == DType::uint64)
    return std::uint64_t{};
  else if constexpr (D == DType::float32)
    return float{};
  else
    return double{};
}
}  // namespace detail

/// The C++ type of a DType.
template <DType D>
using type_of = decltype(detail::type_of<D>());

/// Returns the bytes of one element.
[[nodiscard]] constexpr std::size_t size_of(DType d) {
  constexpr std::array<std::uint8_t, dtype_count> sizes{1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8};
  return sizes[static_cast<std::size_t>(d)];
}

/// Returns false for a number that was cast to a DType and is none.
[[nodiscard]] constexpr bool is_dtype(DType d) { return static_cast<std::size_t>(d) < dtype_count; }

/// Returns NumPy's name of an element type: "float64", "int16", "bool"; "unknown" if it is none.
[[nodiscard]] constexpr std::string_view name_of(DType d) {
  constexpr std::array<std::string_view, dtype_count> names{"bool",   "int8",   "int16",  "int32",   "int64",  "uint8",
                                                            "uint16", "uint32", "uint64", "float32", "float64"};
  return is_dtype(d) ? names[static_cast<std::size_t>(d)] : "unknown";
}
/// Prints the name.
std::ostream& operator<<(std::ostream& out, DType d);

/// Returns true for float32 and float64.
[[nodiscard]] constexpr bool is_floating(DType d) { return d == DType::float32 || d == DType::float64; }
/// Returns true for int8 to int64; not for bool.
[[nodiscard]] constexpr bool is_signed_integer(DType d) { return d >= DType::int8 && d <= DType::int64; }
/// Returns true for uint8 to uint64; not for bool.
[[nodiscard]] constexpr bool is_unsigned_integer(DType d) { return d >= DType::uint8 && d <= DType::uint64; }
/// Returns true for the integers of both kinds; not for bool.
[[nodiscard]] constexpr bool is_integer(DType d) { return is_signed_integer(d) || is_unsigned_integer(d); }

/// Returns NumPy 2's promotion of two array element types (NEP 50, `np.result_type`); symmetric.
[[nodiscard]] constexpr DType promote(DType a, DType b) {
  if (a == b) return a;
  if (a == DType::boolean) return b;
  if (b == DType::boolean) return a;
  if (is_floating(a) && is_floating(b)) return DType::float64;
  if (is_floating(a) || is_floating(b)) {
    const DType floating = is_floating(a) ? a : b;
    const DType integer = is_floating(a) ? b : a;
    return floating == DType::float32 && size_of(integer) <= 2 ? DType::float32 : DType::float64;
  }
  if (is_signed_integer(a) == is_signed_integer(b)) return size_of(a) > size_of(b) ? a : b;
  const DType with_sign = is_signed_integer(a) ? a : b;
  const DType without = is_signed_integer(a) ? b : a;
  if (size_of(with_sign) > size_of(without)) return with_sign;
  switch (size_of(without)) {
    case 1:
      return DType::int16;
    case 2:
      return DType::int32;
    case 4:
      return DType::int64;
    default:
      return DType::float64;  // int64 with uint64
  }
}

/// Returns the floating type that holds an element type for functions such as sqrt: NumPy's rule, with float32 in place
/// of NumPy's float16.
[[nodiscard]] constexpr DType promote_to_floating(DType d) {
  if (is_floating(d)) return d;
  return size_of(d) <= 2 ? DType::float32 : DType::float64;
}

/// A C++ arithmetic value beside an array is weak: it adapts to the array's type, and only its kind counts (NEP 50).
enum class WeakKind : std::uint8_t { boolean, integer, floating };

/// Returns the element type of an operation between an array and a weak scalar.
[[nodiscard]] constexpr DType promote(DType array, WeakKind scalar) {
  if (scalar == WeakKind::floating) return is_floating(array) ? array : DType::float64;
  if (scalar == WeakKind::integer) return array == DType::boolean ? DType::int64 : array;
  return array;
}

/// One element as a value whose type is known at run time: a parameter of a Program, the result of a reduction.
struct Scalar {
  DType dtype = DType::float64;                     ///< its type
  alignas(8) std::array<unsigned char, 8> bytes{};  ///< its value, as the type lies in memory; the others are 0

  constexpr Scalar() = default;
  /// A value of the element type T.
  template <Element T>
  explicit Scalar(T value) : dtype(dtype_of<T>) {
    std::memcpy(bytes.data(), &value, sizeof value);
  }
  /// Returns the value; T must be the type of `dtype`.
  template <Element T>
  [[nodiscard]] T as() const {
    T value;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  bool operator==(const Scalar&) const = default;
};

/// Returns the value as Python writes it, with the fewest digits that read back to the same bits: "0.1", "-3", "True",
/// "nan".
[[nodiscard]] std::string to_string(const Scalar& value);
std::ostream& operator<<(std::ostream& out, const Scalar& value);

/// Calls f with a value-initialised element of the C++ type of `d`: the one bridge from run-time to compile-time types.
template <class F>
constexpr decltype(auto) dispatch(DType d, F&& f) {
  switch (d) {
    case DType::boolean:
      return f(bool{});
    case DType::int8:
      return f(std::int8_t{});
    case DType::int16:
      return f(std::int16_t{});
    case DType::int32:
      return f(std::int32_t{});
    case DType::int64:
      return f(std::int64_t{});
    case DType::uint8:
      return f(std::uint8_t{});
    case DType::uint16:
      return f(std::uint16_t{});
    case DType::uint32:
      return f(std::uint32_t{});
    case DType::uint64:
      return f(std::uint64_t{});
    case DType::float32:
      return f(float{});
    case DType::float64:
      break;
  }
  return f(double{});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
