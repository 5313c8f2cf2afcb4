// A function that has no version would be taken for an older self.
// expect-error: a function of your own is a struct with a name (letters, digits and _.:-), an int version, and one static apply
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

struct Magnus {
  static constexpr auto name = "magnus";
#ifdef CHUNKWISE_GOOD_TWIN
  static constexpr int version = 1;
#endif
  static double apply(double t) { return t; }
};

void attempt(const cw::Array<double, 1>& x) { static_cast<void>(cw::call<Magnus>(x)); }
