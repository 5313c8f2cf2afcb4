#pragma once
/// The load stage: turns stored elements into a block of unit stride in the array's type: gather, splat, cast, unpack,
/// mask. It surrounds the kernels, so that a file's packing and an operand's broadcasting never need kernels of their
/// own.
#include <cstddef>
#include <cstdint>

#include "chunkwise/io/source.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::load {

/// The parameters of an Encoding in the form that the kernels take: a kernel always compares with two missing values.
/// If there are fewer, one is repeated, or stands for a value that the range excludes anyway; further ones are found in
/// a second pass.
struct Decoding {
  DType stored = DType::float64;
  bool masked = false;
  bool scaled = false;
  double scale = 1.0;
  double offset = 0.0;
  Scalar missing[2];
  Scalar low, high;  ///< inclusive; stored type
  std::vector<Scalar> further;

  Decoding() = default;
  explicit Decoding(const Encoding& encoding);
};

/// Decodes n stored elements with unit stride into `out` of type `dtype` (floating if anything is masked).
void decode(const Decoding& decoding, DType dtype, const void* stored, void* out, std::size_t n);
/// Copies n elements of `size` bytes that lie `stride` elements apart into unit stride.
void gather(const void* from, std::int64_t stride, std::size_t size, void* out, std::size_t n);
/// Writes n copies of one element of `size` bytes.
void splat(const void* from, std::size_t size, void* out, std::size_t n);

namespace detail {
using DecodeFunction = void (*)(const Decoding&, const void* stored, void* out, std::size_t n);
/// Kernels by [stored type][float64?][masked * 2 + scaled - 1]; null if a type has none.
struct Table {
  DecodeFunction decode[dtype_count][2][3];
};
}  // namespace detail
namespace baseline {
const detail::Table& table();
}
namespace avx2 {
const detail::Table& table();
}
namespace avx512 {
const detail::Table& table();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::load
