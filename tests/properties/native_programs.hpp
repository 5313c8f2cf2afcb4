#pragma once
/// Programs that the compiler makes from a recorded seed, so that each has a native kernel; and what must hold for it.
/// The programs are spread over the native_programs_*_test.cpp files, fifty each, to keep compile times apart.
#include <array>
#include <utility>

#include "chunkwise/kernel/native.hpp"
#include "tests/properties/random_program.hpp"

namespace chunkwise::properties {

/// Changing it changes every program.
inline constexpr std::uint64_t native_seed = 20160817;
inline constexpr std::size_t programs_per_file = 50;

struct GrownProgram {
  std::array<Instruction, ProgramGrower<Sequence>::most_instructions> code;
  std::size_t size;
  std::uint16_t inputs, parameters;
};

/// Program `Number` of the sequence, in more room than it needs: 1 to 12 operations, any type.
template <std::size_t Number>
inline constexpr auto grown_program = [] {
  Sequence sequence(native_seed + Number);
  ProgramGrower<Sequence> grower;
  // Half of the programs are floating point at their root, as most are in life.
  const auto type = sequence(2) == 0   ? static_cast<DType>(sequence(static_cast<std::int64_t>(dtype_count)))
                    : sequence(2) == 0 ? DType::float32
                                       : DType::float64;
  const auto operations = static_cast<std::size_t>(1 + sequence(static_cast<std::int64_t>(grower.most_operations)));
  grower.grow(sequence, type, operations);
  return GrownProgram{grower.code, grower.size, grower.inputs, grower.parameters};
}();

template <std::size_t Number>
inline constexpr auto static_program = [] {
  StaticProgram<grown_program<Number>.size> program;
  for (std::size_t i = 0; i < program.code.size(); ++i) program.code[i] = grown_program<Number>.code[i];
  program.inputs = grown_program<Number>.inputs;
  program.parameters = grown_program<Number>.parameters;
  return program;
}();

/// Fails the running test where the native kernel and the interpreter differ, for inputs of every flavour and lengths
/// around the sizes of blocks; or where the program does not survive its bytes.
void expect_native_equals_interpreted(const ProgramPtr& program, std::size_t number);

/// The same for programs First, First + 1, ...
template <std::size_t First, std::size_t... I>
void expect_native_equals_interpreted(std::index_sequence<I...>) {
  (expect_native_equals_interpreted(kernel::native_program<static_program<First + I>>(), First + I), ...);
}

}  // namespace chunkwise::properties
