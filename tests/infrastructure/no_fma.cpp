// Native kernels in a user's file, where contraction into FMA would be tempting. no_fma.sh compiles this without the
// flags that chunkwise asks for and looks at the instructions.
#include "chunkwise/expr/mathematics.hpp"
#include "chunkwise/lower.hpp"

namespace cw = chunkwise;

cw::NodePtr multiply_add(const cw::Array<double, 1>& a, const cw::Array<double, 1>& b, const cw::Array<double, 1>& c) {
  return lower(a * b + c);
}

cw::NodePtr multiply_subtract(const cw::Array<float, 1>& a, const cw::Array<float, 1>& b) {
  return lower(-(a * 2) - b * b);
}

cw::NodePtr with_choice(const cw::Array<double, 1>& a, const cw::Array<double, 1>& b) {
  return lower(cw::where(a > b, a * a + b, a - b * 3.0));
}

cw::NodePtr in_blocks(const cw::Array<double, 1>& a, const cw::Array<double, 1>& b) {
  return lower(cw::exp(a * b + 1.0) * b + a * cw::sqrt(b));
}

cw::NodePtr remainders(const cw::Array<double, 1>& a, const cw::Array<float, 1>& b) {
  return lower(a % 360.0 + cw::floor_divide(b, 2.5) * cw::square(b));
}

struct OwnFunction {
  static constexpr auto name = "own_function";
  static constexpr int version = 1;
  static CHUNKWISE_INLINE double apply(double a, double b) {
    CHUNKWISE_STRICT_FLOATS
    return a * b + a * 0.5;
  }
};

cw::NodePtr own_function(const cw::Array<double, 1>& a) { return lower(cw::call<OwnFunction>(a, 1.5)); }
