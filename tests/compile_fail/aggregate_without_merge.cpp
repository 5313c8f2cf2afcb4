// Chunks are reduced one by one: an aggregate says how their states are put together.
// expect-error: an aggregate of your own is a struct with a name (at most 48 letters, digits and _.:-), an int version, static
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

struct Largest {
  static constexpr auto name = "largest";
  static constexpr int version = 1;
  struct State {
    double largest = 0;
  };
  static void step(State& seen, double element) { seen.largest = element > seen.largest ? element : seen.largest; }
#ifdef CHUNKWISE_GOOD_TWIN
  static void merge(State& left, const State& right) { step(left, right.largest); }
#endif
  static double finish(const State& seen) { return seen.largest; }
};

void attempt(const cw::Array<double, 1>& x) { static_cast<void>(cw::reduction<Largest>(x)); }
