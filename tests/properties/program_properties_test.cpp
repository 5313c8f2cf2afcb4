// What holds for every program, made at run time.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "runtime/interpret/interpret.hpp"
#include "tests/properties/check.hpp"
#include "tests/properties/naive.hpp"
#include "tests/properties/random_program.hpp"

namespace chunkwise::properties {
namespace {

auto chosen = [](std::int64_t n) { return choose(n); };

DType any_type() { return static_cast<DType>(choose(static_cast<std::int64_t>(dtype_count))); }
Program any_program(DType result) { return random_program(chosen, result, static_cast<std::size_t>(1 + choose(12))); }

std::vector<Scalar> scalars(Sequence& sequence, std::span<const DType> types, Flavour flavour) {
  std::vector<Scalar> result;
  for (const DType type : types) result.push_back(random_scalar(sequence, type, flavour));
  return result;
}

/// The interpreter's value of a program, for one element of each input.
Scalar interpreted(const Program& program, const std::vector<Scalar>& inputs, const std::vector<Scalar>& parameters) {
  std::vector<const void*> pointers;
  for (const Scalar& input : inputs) pointers.push_back(input.bytes.data());
  Scalar result;
  result.dtype = program.result();
  interpret::run(program, pointers.data(), parameters.data(), result.bytes.data(), 1);
  return result;
}

TEST(EveryProgram, SurvivesItsBytes) {
  check(2000, [] {
    const Program program = any_program(any_type());
    const Program again = Program::from_bytes(program.to_bytes());
    RC_ASSERT(again == program);
    RC_ASSERT(again.id() == program.id());
    RC_ASSERT(to_string(again) == to_string(program));
  });
}

TEST(EveryProgram, IsInterpretedElementByElement) {
  check(2000, [] {
    const Program program = any_program(any_type());
    Sequence sequence(static_cast<std::uint64_t>(choose(1 << 20)));
    const auto flavour = static_cast<Flavour>(choose(3));
    const std::vector<Scalar> inputs = scalars(sequence, program.inputs(), flavour);
    const std::vector<Scalar> parameters = scalars(sequence, program.parameters(), flavour);
    const Scalar is = interpreted(program, inputs, parameters);
    const Scalar wanted = naive::evaluate(program, inputs, parameters);
    if (!naive::same(is, wanted))
      RC_FAIL(to_string(program) + " is " + naive::with_bits(is) + ", not " + naive::with_bits(wanted));
  });
}

TEST(EveryComposition, IsTheOuterProgramOfTheInnerOne) {
  check(2000, [] {
    const Program outer = any_program(any_type());
    RC_PRE(!outer.inputs().empty());
    const auto slot = static_cast<std::size_t>(choose(static_cast<std::int64_t>(outer.inputs().size())));
    const Program inner = any_program(outer.inputs()[slot]);
    const Program both = compose(outer, slot, inner);
    RC_ASSERT(both.operations() == outer.operations() + inner.operations());

    Sequence sequence(static_cast<std::uint64_t>(choose(1 << 20)));
    const auto flavour = static_cast<Flavour>(choose(3));
    std::vector<Scalar> outer_inputs = scalars(sequence, outer.inputs(), flavour);
    const std::vector<Scalar> inner_inputs = scalars(sequence, inner.inputs(), flavour);
    const std::vector<Scalar> outer_parameters = scalars(sequence, outer.parameters(), flavour);
    const std::vector<Scalar> inner_parameters = scalars(sequence, inner.parameters(), flavour);
    outer_inputs[slot] = interpreted(inner, inner_inputs, inner_parameters);
    const Scalar wanted = interpreted(outer, outer_inputs, outer_parameters);

    // The inner program's inputs stand in place of the slot; its parameters behind those that appear before the slot.
    std::vector<Scalar> inputs(outer_inputs.begin(), outer_inputs.begin() + static_cast<std::ptrdiff_t>(slot));
    inputs.insert(inputs.end(), inner_inputs.begin(), inner_inputs.end());
    inputs.insert(inputs.end(), outer_inputs.begin() + static_cast<std::ptrdiff_t>(slot) + 1, outer_inputs.end());
    std::ptrdiff_t before = 0;
    for (const Instruction& instruction : outer.code()) {
      if (instruction.code == OpCode::input && instruction.arguments[0] == slot) break;
      before += instruction.code == OpCode::parameter;
    }
    std::vector<Scalar> parameters(outer_parameters.begin(), outer_parameters.begin() + before);
    parameters.insert(parameters.end(), inner_parameters.begin(), inner_parameters.end());
    parameters.insert(parameters.end(), outer_parameters.begin() + before, outer_parameters.end());
    const Scalar is = interpreted(both, inputs, parameters);
    if (!naive::same(is, wanted))
      RC_FAIL(to_string(both) + " is " + naive::with_bits(is) + ", not " + naive::with_bits(wanted));
  });
}

}  // namespace
}  // namespace chunkwise::properties
