#pragma once
/// Operations on the bits of integers; of bool they are those of logic. There are none of floating-point numbers.
/// Neighbours: op/arithmetic.hpp, op/comparison.hpp; the list is op/catalog.hpp.
#include "chunkwise/op/arithmetic.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::op {

/// The bits that both have.
struct BitwiseAnd {
  static constexpr OpCode code{128};
  static constexpr std::string_view name = "bitwise_and";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::integral;
  template <std::integral T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    return static_cast<T>(a & b);
  }
};

/// The bits that either has.
struct BitwiseOr {
  static constexpr OpCode code{129};
  static constexpr std::string_view name = "bitwise_or";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::integral;
  template <std::integral T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    return static_cast<T>(a | b);
  }
};

/// The bits that exactly one has.
struct BitwiseXor {
  static constexpr OpCode code{130};
  static constexpr std::string_view name = "bitwise_xor";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::integral;
  template <std::integral T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    return static_cast<T>(a ^ b);
  }
};

/// Every bit inverted: -a - 1 of signed integers.
struct Invert {
  static constexpr OpCode code{131};
  static constexpr std::string_view name = "invert";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::integral;
  template <std::integral T>
  static constexpr CHUNKWISE_INLINE T apply(T a) {
    if constexpr (std::is_same_v<T, bool>)
      return !a;
    else
      return static_cast<T>(~a);
  }
};

/// The bits moved to the left by the second, zeros following; bits beyond the width are lost. 0 if the second is not
/// below the width, or negative.
struct LeftShift {
  static constexpr OpCode code{132};
  static constexpr std::string_view name = "left_shift";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::shifting;
  template <detail::Integer T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    using Unsigned = std::make_unsigned_t<T>;
    constexpr unsigned width = 8 * sizeof(T);
    const auto by = static_cast<Unsigned>(b);
    const auto moved = static_cast<T>(static_cast<detail::Wrapping<T>>(a) << (by & (width - 1)));
    return by < width ? moved : T{0};
  }
};

/// The bits moved to the right by the second, copies of the sign following. If the second is not below the width, or
/// negative, only copies of the sign are left: 0 or -1.
struct RightShift {
  static constexpr OpCode code{133};
  static constexpr std::string_view name = "right_shift";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::shifting;
  template <detail::Integer T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T b) {
    using Unsigned = std::make_unsigned_t<T>;
    constexpr unsigned width = 8 * sizeof(T);
    const auto by = static_cast<Unsigned>(b);
    const auto moved = static_cast<T>(a >> (by & (width - 1)));
    if constexpr (std::is_signed_v<T>)
      return by < width ? moved : a < 0 ? static_cast<T>(-1) : T{0};
    else
      return by < width ? moved : T{0};
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::op
