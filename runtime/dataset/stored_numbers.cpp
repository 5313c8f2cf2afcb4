#include "runtime/dataset/stored_numbers.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <type_traits>
#include <utility>

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

template <class T>
std::optional<Scalar> exactly(std::int64_t value) {
  if (!std::in_range<T>(value)) return std::nullopt;
  return Scalar(static_cast<T>(value));
}

/// The stored numbers of a type in their order, as integers: float32 by its bits, of which negative ones run backwards.
template <class T>
struct InOrder {
  static constexpr bool is_float = std::is_same_v<T, float>;
  using Place = std::conditional_t<is_float, std::int32_t, T>;
  static T value(Place place) {
    if constexpr (is_float)
      return std::bit_cast<float>(place < 0 ? place ^ std::numeric_limits<Place>::max() : place);
    else
      return place;
  }
  static Place last() {
    if constexpr (is_float)
      return std::bit_cast<Place>(std::numeric_limits<float>::infinity());
    else
      return std::numeric_limits<T>::max();
  }
  static Place first() {
    if constexpr (is_float)
      return std::bit_cast<Place>(-std::numeric_limits<float>::infinity()) ^ std::numeric_limits<Place>::max();
    else
      return std::numeric_limits<T>::min();
  }
};

}  // namespace

std::optional<Scalar> as_type(DType type, std::int64_t value, bool is_uint64) {
  return dispatch(type, [&]<class T>(T) -> std::optional<Scalar> {
    if constexpr (std::is_floating_point_v<T>)
      return Scalar(is_uint64 ? static_cast<T>(static_cast<std::uint64_t>(value)) : static_cast<T>(value));
    else if constexpr (std::is_same_v<T, bool>)
      return std::nullopt;
    else if (is_uint64 && !std::in_range<T>(static_cast<std::uint64_t>(value)))
      return std::nullopt;
    else if (is_uint64)
      return Scalar(static_cast<T>(static_cast<std::uint64_t>(value)));
    else
      return exactly<T>(value);
  });
}

std::optional<Scalar> as_type(DType type, double value) {
  return dispatch(type, [&]<class T>(T) -> std::optional<Scalar> {
    if constexpr (std::is_floating_point_v<T>) {
      const T rounded = static_cast<T>(value);
      if (std::isinf(rounded) && !std::isinf(value)) return std::nullopt;
      return Scalar(rounded);
    } else if constexpr (std::is_same_v<T, bool>) {
      return std::nullopt;
    } else {
      // 2^63 and 2^64 are the first values beyond the 64-bit types; every smaller integral float64 converts exactly.
      const double beyond = std::ldexp(1.0, std::numeric_limits<T>::digits);
      if (!(value >= static_cast<double>(std::numeric_limits<T>::min()) && value < beyond)) return std::nullopt;
      if (value != std::trunc(value)) return std::nullopt;
      return Scalar(static_cast<T>(value));
    }
  });
}

std::optional<Scalar> bound_of(DType type, Side side, std::int64_t bound, bool is_uint64) {
  return dispatch(type, [&]<class T>(T) -> std::optional<Scalar> {
    if constexpr (std::is_floating_point_v<T>) {
      return Scalar(is_uint64 ? static_cast<T>(static_cast<std::uint64_t>(bound)) : static_cast<T>(bound));
    } else {
      using Limits = std::numeric_limits<T>;
      const auto within = [&](auto value) -> std::optional<Scalar> {
        if constexpr (std::is_same_v<T, bool>)
          return std::nullopt;
        else if (std::cmp_less(value, Limits::min()))
          return side == Side::low ? std::optional(Scalar(Limits::min())) : std::nullopt;
        else if (std::cmp_greater(value, Limits::max()))
          return side == Side::high ? std::optional(Scalar(Limits::max())) : std::nullopt;
        else
          return Scalar(static_cast<T>(value));
      };
      return is_uint64 ? within(static_cast<std::uint64_t>(bound)) : within(bound);
    }
  });
}

std::optional<Scalar> bound_of(DType type, Side side, double bound) {
  return dispatch(type, [&]<class T>(T) -> std::optional<Scalar> {
    if constexpr (std::is_floating_point_v<T>) {
      return Scalar(static_cast<T>(bound));
    } else if constexpr (std::is_same_v<T, bool>) {
      return std::nullopt;
    } else {
      using Limits = std::numeric_limits<T>;
      const double whole = side == Side::low ? std::ceil(bound) : std::floor(bound);
      const double beyond = std::ldexp(1.0, Limits::digits);
      if (whole >= beyond) return side == Side::high ? std::optional(Scalar(Limits::max())) : std::nullopt;
      if (whole < static_cast<double>(Limits::min()))
        return side == Side::low ? std::optional(Scalar(Limits::min())) : std::nullopt;
      return Scalar(static_cast<T>(whole));
    }
  });
}

std::optional<Scalar> unscaled_bound(DType type, Side side, double bound, double scale, double offset) {
  return dispatch(type, [&]<class T>(T) -> std::optional<Scalar> {
    if constexpr (std::is_same_v<T, double> || std::is_same_v<T, bool>) {
      return std::nullopt;
    } else {
      CHUNKWISE_STRICT_FLOATS
      using Numbers = InOrder<T>;
      // A bound near the value of an integer is that value, rounded or computed otherwise: 3 * 0.1 is more than 0.3.
      const double slack = std::is_integral_v<T> ? std::abs(scale) / 100 : 0;
      const auto is_valid = [&](typename Numbers::Place place) {
        const double value = static_cast<double>(Numbers::value(place)) * scale + offset;
        return side == Side::low ? value >= bound - slack : value <= bound + slack;
      };
      // With a negative scale the low bound of values is a high one of stored numbers.
      const bool upwards = (side == Side::low) == (scale > 0);
      auto good = upwards ? Numbers::last() : Numbers::first();
      auto bad = upwards ? Numbers::first() : Numbers::last();
      if (!is_valid(good)) return std::nullopt;
      if (is_valid(bad)) return Scalar(Numbers::value(bad));
      while (good > bad ? good - 1 != bad : bad - 1 != good) {
        const auto middle = std::midpoint(good, bad);
        (is_valid(middle) ? good : bad) = middle;
      }
      return Scalar(Numbers::value(good));
    }
  });
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
