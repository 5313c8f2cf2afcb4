#pragma once
/// Comparison, logic, choice and conversion. IEEE 754: every comparison with NaN is false but `!=`.
/// Neighbours: op/arithmetic.hpp; the list is op/catalog.hpp.
#include <limits>
#include <type_traits>

#include "chunkwise/op/operation.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::op {

/// a == b
struct Equal {
  static constexpr OpCode code{32};
  static constexpr std::string_view name = "equal";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::comparison;
  template <Element T>
  static constexpr CHUNKWISE_INLINE bool apply(T a, T b) {
    return a == b;
  }
};

/// a != b; true if either is NaN
struct NotEqual {
  static constexpr OpCode code{33};
  static constexpr std::string_view name = "not_equal";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::comparison;
  template <Element T>
  static constexpr CHUNKWISE_INLINE bool apply(T a, T b) {
    return a != b;
  }
};

/// a < b
struct Less {
  static constexpr OpCode code{34};
  static constexpr std::string_view name = "less";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::comparison;
  template <Element T>
  static constexpr CHUNKWISE_INLINE bool apply(T a, T b) {
    return a < b;
  }
};

/// a <= b
struct LessEqual {
  static constexpr OpCode code{35};
  static constexpr std::string_view name = "less_equal";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::comparison;
  template <Element T>
  static constexpr CHUNKWISE_INLINE bool apply(T a, T b) {
    return a <= b;
  }
};

/// a > b
struct Greater {
  static constexpr OpCode code{36};
  static constexpr std::string_view name = "greater";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::comparison;
  template <Element T>
  static constexpr CHUNKWISE_INLINE bool apply(T a, T b) {
    return a > b;
  }
};

/// a >= b
struct GreaterEqual {
  static constexpr OpCode code{37};
  static constexpr std::string_view name = "greater_equal";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::comparison;
  template <Element T>
  static constexpr CHUNKWISE_INLINE bool apply(T a, T b) {
    return a >= b;
  }
};

/// Both are true (not zero; NaN is true).
struct LogicalAnd {
  static constexpr OpCode code{38};
  static constexpr std::string_view name = "logical_and";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::logical;
  template <std::same_as<bool> T>
  static constexpr CHUNKWISE_INLINE bool apply(T a, T b) {
    return a & b;
  }
};

/// Either is true.
struct LogicalOr {
  static constexpr OpCode code{39};
  static constexpr std::string_view name = "logical_or";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::logical;
  template <std::same_as<bool> T>
  static constexpr CHUNKWISE_INLINE bool apply(T a, T b) {
    return a | b;
  }
};

/// The element is not true.
struct LogicalNot {
  static constexpr OpCode code{40};
  static constexpr std::string_view name = "logical_not";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::logical;
  template <std::same_as<bool> T>
  static constexpr CHUNKWISE_INLINE bool apply(T a) {
    return !a;
  }
};

/// The element is not a number; false for integers.
struct IsNan {
  static constexpr OpCode code{41};
  static constexpr std::string_view name = "isnan";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::predicate;
  template <Element T>
  static constexpr CHUNKWISE_INLINE bool apply([[maybe_unused]] T a) {
    if constexpr (std::is_floating_point_v<T>)
      return a != a;
    else
      return false;
  }
};

/// Exactly one is true.
struct LogicalXor {
  static constexpr OpCode code{43};
  static constexpr std::string_view name = "logical_xor";
  static constexpr int arity = 2;
  static constexpr Signature signature = Signature::logical;
  template <std::same_as<bool> T>
  static constexpr CHUNKWISE_INLINE bool apply(T a, T b) {
    return a != b;
  }
};

/// The element is neither infinite nor NaN; true for integers.
struct IsFinite {
  static constexpr OpCode code{44};
  static constexpr std::string_view name = "isfinite";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::predicate;
  template <Element T>
  static constexpr CHUNKWISE_INLINE bool apply([[maybe_unused]] T a) {
    if constexpr (std::is_floating_point_v<T>)
      return __builtin_fabs(a) < std::numeric_limits<T>::infinity();
    else
      return true;
  }
};

/// The element is infinite; false for integers.
struct IsInf {
  static constexpr OpCode code{45};
  static constexpr std::string_view name = "isinf";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::predicate;
  template <Element T>
  static constexpr CHUNKWISE_INLINE bool apply([[maybe_unused]] T a) {
    if constexpr (std::is_floating_point_v<T>)
      return __builtin_fabs(a) == std::numeric_limits<T>::infinity();
    else
      return false;
  }
};

/// a and b differ by at most the tolerance, or are equal; an infinite b is near nothing but itself.
struct Within {
  static constexpr OpCode code{46};
  static constexpr std::string_view name = "within";
  static constexpr int arity = 3;
  static constexpr Signature signature = Signature::closeness;
  template <std::floating_point T>
  static constexpr CHUNKWISE_INLINE bool apply(T a, T b, T tolerance) {
    CHUNKWISE_STRICT_FLOATS
    const T difference = a - b;
    const T distance = difference < 0 ? -difference : difference;
    return ((distance <= tolerance) & IsFinite::apply(b)) | (a == b);
  }
};

/// `to` if the element equals `from` (NaN equals NaN), else the element.
struct Replace {
  static constexpr OpCode code{47};
  static constexpr std::string_view name = "replace";
  static constexpr int arity = 3;
  static constexpr Signature signature = Signature::ordering;
  template <Element T>
  static constexpr CHUNKWISE_INLINE T apply(T a, T from, T to) {
    if constexpr (std::is_floating_point_v<T>)
      return (a == from) | ((a != a) & (from != from)) ? to : a;
    else
      return a == from ? to : a;
  }
};

/// a if the condition is true, else b.
struct Where {
  static constexpr OpCode code{42};
  static constexpr std::string_view name = "where";
  static constexpr int arity = 3;
  static constexpr Signature signature = Signature::selection;
  template <Element T>
  static constexpr CHUNKWISE_INLINE T apply(bool condition, T a, T b) {
    return condition ? a : b;
  }
};

/// The element in another type. Floating to integer truncates towards zero, saturates, and makes NaN 0, on every CPU;
/// integer to integer wraps; anything but zero is true.
struct Cast {
  static constexpr OpCode code{2};
  static constexpr std::string_view name = "cast";
  static constexpr int arity = 1;
  static constexpr Signature signature = Signature::conversion;
  template <Element To, Element From>
  static constexpr CHUNKWISE_INLINE To convert(From a) {
    if constexpr (std::is_same_v<To, From>)
      return a;
    else if constexpr (std::is_same_v<To, bool>)
      return a != From{};
    else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
      // 2^digits is exact in From; the largest To may not be.
      constexpr From above = static_cast<From>(std::uint64_t{1} << (std::numeric_limits<To>::digits - 1)) * From{2};
      constexpr From below = std::is_signed_v<To> ? -above : From{0};
      if (a != a) return To{0};
      if (a >= above) return std::numeric_limits<To>::max();
      if (a <= below) return std::numeric_limits<To>::min();
      return static_cast<To>(a);
    } else
      return static_cast<To>(a);
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::op
