#pragma once
/// Random canonical programs, for the compiler (native_programs_*_test.cpp) and at run time: one generator that draws
/// its choices from whatever it is given.
#include <array>
#include <cstdint>
#include <vector>

#include "chunkwise/kernel/program.hpp"

namespace chunkwise::properties {

/// A sequence of choices that the compiler can make too (SplitMix64).
class Sequence {
 public:
  constexpr explicit Sequence(std::uint64_t seed) : state_(seed) {}
  constexpr std::uint64_t bits() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// A number of [0, n).
  constexpr std::int64_t operator()(std::int64_t n) {
    return static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(n));
  }

 private:
  std::uint64_t state_;
};

/// Grows the tree of a program in post-order. `Choose` is a function: choose(n) gives a number of [0, n).
template <class Choose>
class ProgramGrower {
 public:
  static constexpr std::size_t most_operations = 12;
  /// Twelve operations of three operands, and their casts.
  static constexpr std::size_t most_instructions = 64;

  /// A program of 1 to `operations` operations that gives elements of `result`.
  constexpr void grow(Choose& choose, DType result, std::size_t operations) {
    choose_ = &choose;
    left_ = operations;
    operation(result);
    choose_ = nullptr;
  }

  std::array<Instruction, most_instructions> code{};
  std::size_t size = 0;
  std::uint16_t inputs = 0;
  std::uint16_t parameters = 0;

 private:
  constexpr std::uint16_t append(const Instruction& instruction) {
    code[size] = instruction;
    return static_cast<std::uint16_t>(size++);
  }
  constexpr std::int64_t choose(std::int64_t n) { return (*choose_)(n); }
  constexpr DType any_type() { return static_cast<DType>(choose(static_cast<std::int64_t>(dtype_count))); }
  constexpr DType floating_type() { return choose(2) == 0 ? DType::float32 : DType::float64; }

  constexpr std::uint16_t value(DType type) {
    if (left_ > 0 && choose(4) != 0) return operation(type);
    if (choose(4) == 0) return append({OpCode::parameter, type, type, {parameters++}});
    return append({OpCode::input, type, type, {inputs++}});
  }

  constexpr std::uint16_t operation(DType result) {
    --left_;
    for (;;) {
      const op::Description& description = op::descriptions[static_cast<std::size_t>(choose(op::descriptions.size()))];
      DType type = result;
      switch (description.signature) {
        case op::Signature::conversion:
          type = any_type();
          if (type == result) continue;
          break;
        case op::Signature::arithmetic:
        case op::Signature::numeric:
          if (result == DType::boolean) continue;
          break;
        case op::Signature::integral:
          if (is_floating(result)) continue;
          break;
        case op::Signature::shifting:
          if (!is_integer(result)) continue;
          break;
        case op::Signature::closeness:
          if (result != DType::boolean) continue;
          type = floating_type();
          break;
        case op::Signature::division:
        case op::Signature::floating:
          if (!is_floating(result)) continue;
          break;
        case op::Signature::comparison:
        case op::Signature::predicate:
          if (result != DType::boolean) continue;
          type = choose(2) == 0 ? floating_type() : any_type();
          break;
        case op::Signature::logical:
          if (result != DType::boolean) continue;
          break;
        case op::Signature::ordering:
        case op::Signature::selection:
          break;
      }
      Instruction instruction{description.code, type, result, {}};
      for (int i = 0; i < description.arity; ++i)
        instruction.arguments[static_cast<std::size_t>(i)] =
            value(description.signature == op::Signature::selection && i == 0 ? DType::boolean : type);
      return append(instruction);
    }
  }

  Choose* choose_ = nullptr;
  std::size_t left_ = 0;
};

/// A program of 1 to `operations` operations.
template <class Choose>
Program random_program(Choose& choose, DType result, std::size_t operations) {
  ProgramGrower<Choose> grower;
  grower.grow(choose, result, operations);
  return Program(
      std::vector<Instruction>(grower.code.begin(), grower.code.begin() + static_cast<std::ptrdiff_t>(grower.size)));
}

/// Elements of a kind that goes wrong easily: what `fill` and `scalar` draw from.
enum class Flavour { small_integers, ordinary, special };

/// A value of the type: NaN, infinities, zeros of both signs, the smallest and the largest among them when special.
[[nodiscard]] Scalar random_scalar(Sequence& sequence, DType dtype, Flavour flavour);
/// n elements.
void random_elements(Sequence& sequence, DType dtype, Flavour flavour, void* to, std::int64_t n);

}  // namespace chunkwise::properties
