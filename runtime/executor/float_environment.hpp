#pragma once
/// A program linked with -ffast-math starts with denormal numbers switched off, and a caller may have changed the
/// rounding mode. Results are defined for neither, so a run computes in IEEE 754's default environment and restores the
/// caller's afterwards.
#include <cfenv>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

class FloatEnvironment {
 public:
#if defined(__SSE2__)
  FloatEnvironment() : before_(_mm_getcsr()) { _mm_setcsr(0x1f80); }
  ~FloatEnvironment() { _mm_setcsr(before_); }
#else
  FloatEnvironment() {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~FloatEnvironment() { std::fesetenv(&before_); }
#endif
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;

 private:
#if defined(__SSE2__)
  unsigned before_;
#else
  std::fenv_t before_{};
#endif
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
