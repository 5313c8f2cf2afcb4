#pragma once
/// A Program is the meaning of a fused elementwise subtree: a flat list of {operation, type, arguments}. As a template
/// argument it becomes a native kernel (kernel/native.hpp); as a value it is interpreted, compared, and sent away.
/// It holds no constants, no strides and no identity of arrays: those are filled in when it runs.
///
/// Canonical form: instructions in post-order of the expression's tree, each used exactly once but the last, which is
/// the result; input slots and parameter slots numbered in order of appearance. So two equal subtrees have equal bytes,
/// whether the compiler or a pass made them.
///
/// A program either combines operations of the catalogue, or calls one function of a user's own: its instructions are
/// the slots, one for each argument, and OpCode::call. Such a program also holds the function's name and version; the
/// function's signature is the program's own.
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "chunkwise/op/catalog.hpp"
#include "chunkwise/op/function.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// One step of a Program. For an input or parameter, `arguments[0]` is the slot; for an operation, `arguments` are the
/// positions of the instructions that it takes.
struct Instruction {
  OpCode code{};                             ///< the operation, or that it is an input or a parameter
  DType type = DType::float64;               ///< the type it computes in; of a cast: the type it converts from
  DType result = DType::float64;             ///< the type of its result
  std::array<std::uint16_t, 3> arguments{};  ///< as many as the operation takes; the others are 0
  constexpr bool operator==(const Instruction&) const = default;
};

/// Programs of more operations than this are split: larger kernels compile slowly and spill registers.
inline constexpr std::size_t max_operations = 64;

/// The room of a program that takes others in: the one rule of fusion, for typed expressions, formulas and the pass
/// fuse_maps alike, so that all of them make the same programs.
struct ProgramRoom {
  std::size_t used = 0;  ///< operations that the program has
  /// Takes in a program of `operations` operations if it fits; returns false if it stays an input.
  constexpr bool take(std::size_t operations) {
    if (used + operations > max_operations) return false;
    used += operations;
    return true;
  }
};

/// A Program of a size the compiler knows; a structural type, so that it can be a template argument.
template <std::size_t N>
struct StaticProgram {
  std::array<Instruction, N> code{};  ///< in post-order
  std::uint16_t inputs = 0;           ///< slots for arrays
  std::uint16_t parameters = 0;       ///< slots for numbers
  constexpr bool operator==(const StaticProgram&) const = default;
};

/// Returns a number that is equal for equal programs and the same for ever (FNV-1a over the canonical bytes).
[[nodiscard]] constexpr std::uint64_t program_id(std::span<const Instruction> code) {
  std::uint64_t hash = 1469598103934665603ULL;
  const auto mix = [&hash](std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) hash = (hash ^ ((value >> (8 * i)) & 0xff)) * 1099511628211ULL;
  };
  for (const Instruction& i : code) {
    mix(static_cast<std::uint64_t>(i.code), 2);
    mix(static_cast<std::uint64_t>(i.type), 1);
    mix(static_cast<std::uint64_t>(i.result), 1);
    for (std::uint16_t a : i.arguments) mix(a, 2);
  }
  return hash;
}

/// A Program as a value. Immutable and shared.
class Program {
 public:
  /// Throws invalid_argument with the instruction if the code is not a canonical program.
  explicit Program(std::vector<Instruction> code);
  template <std::size_t N>
  explicit Program(const StaticProgram<N>& program)
      : Program(std::vector<Instruction>(program.code.begin(), program.code.end())) {}
  /// Returns the program that calls a function over its slots; argument i is a parameter if `numbers[i]` is true, else
  /// an input. The function need not be known here. Throws invalid_argument for a name or a number of arguments that no
  /// function has.
  [[nodiscard]] static Program call(Function function, std::span<const bool> numbers = {});

  /// Returns the instructions, in post-order; the last one makes the result.
  [[nodiscard]] std::span<const Instruction> code() const { return code_; }
  /// Returns the element types of the input slots, in order.
  [[nodiscard]] std::span<const DType> inputs() const { return inputs_; }
  /// Returns the element types of the parameter slots, in order.
  [[nodiscard]] std::span<const DType> parameters() const { return parameters_; }
  /// Returns the type of the result.
  [[nodiscard]] DType result() const { return code_.back().result; }
  /// Returns the number of instructions that are neither input nor parameter.
  [[nodiscard]] std::size_t operations() const { return code_.size() - inputs_.size() - parameters_.size(); }
  /// Returns the number by which a kernel of the program is found; equal for equal programs.
  [[nodiscard]] std::uint64_t id() const { return id_; }
  /// Returns true if the program is only its input.
  [[nodiscard]] bool is_identity() const { return code_.size() == 1 && code_[0].code == OpCode::input; }
  /// Returns the function of a user's own that it calls, or null. find_function (registry.hpp) tells whether it is
  /// known here.
  [[nodiscard]] const Function* function() const { return function_.get(); }
  /// Returns true if it holds exp, log, pow or their like, or a call: its results had better not be computed twice.
  [[nodiscard]] bool is_costly() const;
  bool operator==(const Program& other) const;

  /// Returns the program as bytes: the canonical form, little endian. `from_bytes(to_bytes())` is the same program.
  [[nodiscard]] std::vector<std::byte> to_bytes() const;
  /// Returns the program of such bytes. Throws invalid_argument for bytes that are not a canonical program.
  [[nodiscard]] static Program from_bytes(std::span<const std::byte> bytes);

 private:
  Program(std::vector<Instruction> code, std::shared_ptr<const Function> function);
  std::vector<Instruction> code_;
  std::shared_ptr<const Function> function_;
  std::vector<DType> inputs_;
  std::vector<DType> parameters_;
  std::uint64_t id_ = 0;
};

/// A shared program, which nobody changes.
using ProgramPtr = std::shared_ptr<const Program>;

/// Returns "(a - b) / c": the program as a formula over its slots a, b, ... and its parameters p0, p1, ...
[[nodiscard]] std::string to_string(const Program& program);

/// Returns the canonical program that computes `outer` with `inner` in place of its input `slot`. Inputs and parameters
/// of the result are those of the two in order of appearance. Neither may be a call (unsupported).
[[nodiscard]] Program compose(const Program& outer, std::size_t slot, const Program& inner);

}  // namespace chunkwise::inline CHUNKWISE_ABI
