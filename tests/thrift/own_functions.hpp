#pragma once
/// Functions that the tests and their own worker share.
#include "chunkwise/chunkwise.hpp"

namespace chunkwise::own {

/// An average of several types, rounded as only this order rounds.
struct Blend {
  static constexpr auto name = "tests.blend";
  static constexpr int version = 1;
  static CHUNKWISE_INLINE float apply(double a, std::int32_t b, float share) {
    CHUNKWISE_STRICT_FLOATS
    return static_cast<float>(a) * share + static_cast<float>(b) * (1.0F - share);
  }
};

/// The same name, and another meaning.
struct NewBlend : Blend {
  static constexpr int version = 2;
};

/// The mean of squares, in an order that shows.
struct Power {
  static constexpr auto name = "tests.power";
  static constexpr int version = 1;
  struct State {
    double sum = 0, correction = 0;
  };
  static void step(State& seen, float element) {
    const double square = static_cast<double>(element) * static_cast<double>(element);
    const double next = seen.sum + square;
    seen.correction += (seen.sum - next) + square;
    seen.sum = next;
  }
  static void merge(State& left, const State& right) {
    left.sum += right.sum;
    left.correction += right.correction;
  }
  static double finish(const State& seen, aggregate::Reduced of) { return (seen.sum + seen.correction) / of.elements; }
};

/// Each element less the one before it, the first as it is: rounded as only this order rounds.
struct Steps {
  static constexpr auto name = "tests.steps";
  static constexpr int version = 1;
  static void apply(std::span<const float> line, std::span<float> out) {
    for (std::size_t i = 0; i < line.size(); ++i) out[i] = i == 0 ? line[0] : line[i] - line[i - 1] * 0.75F;
  }
};

/// a * b + 17: the worker has a kernel for it that gives 42, which shows whose kernel was run.
template <class A, class B>
auto watched(const A& a, const B& b) {
  return a * b + std::int16_t{17};
}
inline void give_42(const void* const*, const Scalar*, void* output, std::size_t n) {
  std::fill_n(static_cast<std::int16_t*>(output), n, std::int16_t{42});
}

}  // namespace chunkwise::own
