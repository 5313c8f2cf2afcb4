// A function is called with its arguments.
// expect-error: a function is called with as many arguments as its apply takes
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

struct Mix {
  static constexpr auto name = "mix";
  static constexpr int version = 1;
  static double apply(double a, double b) { return a + b; }
};

void attempt(const cw::Array<double, 1>& x) {
#ifdef CHUNKWISE_GOOD_TWIN
  static_cast<void>(cw::call<Mix>(x, 2.0));
#else
  static_cast<void>(cw::call<Mix>(x));
#endif
}
