#include "tests/properties/random_program.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

namespace chunkwise::properties {

namespace {

template <class T>
T special(Sequence& sequence) {
  using Limits = std::numeric_limits<T>;
  if constexpr (std::is_floating_point_v<T>) {
    const T values[] = {Limits::quiet_NaN(),
                        Limits::infinity(),
                        -Limits::infinity(),
                        T{0},
                        -T{0},
                        Limits::denorm_min(),
                        -Limits::denorm_min(),
                        Limits::min(),
                        Limits::max(),
                        Limits::lowest(),
                        T{1},
                        -T{1},
                        static_cast<T>(0x1p31),
                        static_cast<T>(-0x1p63),
                        static_cast<T>(0x1p64),
                        T{0.5}};
    return values[sequence(static_cast<std::int64_t>(std::size(values)))];
  } else {
    const T values[] = {Limits::min(),     Limits::max(), T{0}, T{1}, static_cast<T>(Limits::max() - 1),
                        static_cast<T>(-1)};
    return values[sequence(static_cast<std::int64_t>(std::size(values)))];
  }
}

template <class T>
T element(Sequence& sequence, Flavour flavour) {
  if constexpr (std::is_same_v<T, bool>)
    return sequence(2) != 0;
  else {
    if (flavour == Flavour::special && sequence(4) == 0) return special<T>(sequence);
    if (flavour == Flavour::small_integers) return static_cast<T>(sequence(5) - (std::is_unsigned_v<T> ? 0 : 2));
    const double uniform = static_cast<double>(sequence.bits() >> 11) * 0x1p-53;
    if constexpr (std::is_floating_point_v<T>) {
      const double centred = (uniform - 0.5) * 20;
      if (flavour == Flavour::special && sequence(3) == 0)
        return static_cast<T>(std::ldexp(centred, static_cast<int>(sequence(80)) - 40));
      return static_cast<T>(centred);
    } else
      return static_cast<T>(sequence.bits());
  }
}

}  // namespace

Scalar random_scalar(Sequence& sequence, DType dtype, Flavour flavour) {
  return dispatch(dtype, [&](auto zero) { return Scalar(element<decltype(zero)>(sequence, flavour)); });
}

void random_elements(Sequence& sequence, DType dtype, Flavour flavour, void* to, std::int64_t n) {
  dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    for (std::int64_t i = 0; i < n; ++i) static_cast<T*>(to)[i] = element<T>(sequence, flavour);
  });
}

}  // namespace chunkwise::properties
