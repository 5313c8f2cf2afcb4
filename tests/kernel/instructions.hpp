#pragma once
/// Instructions of programs in few words: what is read, and what is called with the results of which instructions.
#include <array>
#include <cstdint>

#include "chunkwise/kernel/program.hpp"

namespace chunkwise_test {

inline constexpr chunkwise::DType f64 = chunkwise::DType::float64;
inline constexpr chunkwise::DType f32 = chunkwise::DType::float32;
inline constexpr chunkwise::DType i32 = chunkwise::DType::int32;
inline constexpr chunkwise::DType i16 = chunkwise::DType::int16;
inline constexpr chunkwise::DType truth = chunkwise::DType::boolean;

constexpr chunkwise::Instruction input(std::uint16_t slot, chunkwise::DType type = f64) {
  return {chunkwise::OpCode::input, type, type, {slot}};
}
constexpr chunkwise::Instruction parameter(std::uint16_t slot, chunkwise::DType type = f64) {
  return {chunkwise::OpCode::parameter, type, type, {slot}};
}
template <class Op>
constexpr chunkwise::Instruction call(std::array<std::uint16_t, 3> arguments, chunkwise::DType type = f64,
                                      chunkwise::DType result = f64) {
  return {Op::code, type, result, arguments};
}

}  // namespace chunkwise_test
