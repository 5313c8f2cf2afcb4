#pragma once
/// The functions of chunkwise::math by way of computing, so that tests can compare the ways. All ways give the same
/// bits; chunkwise::math takes the widest that cpu_level() allows.
#include <cstddef>
#include <vector>

#include "chunkwise/op/transcendental.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::math {

/// The ways to compute a block of elements: one by one in plain C, or in vectors of 128 (sse2, neon), 256 or 512 bits.
enum class Way { portable, sse2, avx, avx512, neon };

/// Returns the ways that this CPU can go, whatever CHUNKWISE_CPU says.
[[nodiscard]] std::vector<Way> available_ways();

/// Applies a function of chunkwise::math in one way, which must be available.
void apply(Way way, Unary function, const float* a, float* out, std::size_t n);
void apply(Way way, Unary function, const double* a, double* out, std::size_t n);
void hypot(Way way, const float* a, const float* b, float* out, std::size_t n);
void hypot(Way way, const double* a, const double* b, double* out, std::size_t n);
void atan2(Way way, const float* a, const float* b, float* out, std::size_t n);
void atan2(Way way, const double* a, const double* b, double* out, std::size_t n);
void logaddexp(Way way, const float* a, const float* b, float* out, std::size_t n);
void logaddexp(Way way, const double* a, const double* b, double* out, std::size_t n);
void exp(Way way, const float* a, float* out, std::size_t n);
void exp(Way way, const double* a, double* out, std::size_t n);
void log(Way way, const float* a, float* out, std::size_t n);
void log(Way way, const double* a, double* out, std::size_t n);
void pow(Way way, const float* a, const float* b, float* out, std::size_t n);
void pow(Way way, const double* a, const double* b, double* out, std::size_t n);

}  // namespace chunkwise::inline CHUNKWISE_ABI::math
