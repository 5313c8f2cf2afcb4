#pragma once
/// The native engine: a Program that the compiler knows becomes one fused loop. Its functions have internal linkage, so
/// a file's compiler flags stay its own; each exists for the CPU's baseline and for AVX2 and is chosen at run time,
/// because a user's file is usually compiled for neither. Elements only: the runtime loads, broadcasts and stores.
#include <algorithm>
#include <array>
#include <memory>
#include <tuple>
#include <utility>

#include "chunkwise/core/made_once.hpp"
#include "chunkwise/kernel/registry.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::kernel {

#if defined(__x86_64__)
#define CHUNKWISE_TARGET_AVX2 target("avx2"),
#else
#define CHUNKWISE_TARGET_AVX2
#endif
#if defined(__clang__)
#define CHUNKWISE_KERNEL_BASELINE
#define CHUNKWISE_KERNEL_AVX2 __attribute__((CHUNKWISE_TARGET_AVX2))
#else
#define CHUNKWISE_KERNEL_BASELINE \
  __attribute__((optimize("O3", "fp-contract=off", "no-math-errno", "no-trapping-math")))
#define CHUNKWISE_KERNEL_AVX2 \
  __attribute__((CHUNKWISE_TARGET_AVX2 optimize("O3", "fp-contract=off", "no-math-errno", "no-trapping-math")))
#endif

/// Elements of the temporaries between block-wise operations: they stay in the first-level cache.
inline constexpr std::size_t temporary_elements = 256;

/// Returns true if instruction I of P is, or needs, an operation that only exists block-wise.
template <auto P, std::size_t I>
constexpr bool needs_blocks() {
  constexpr Instruction instruction = P.code[I];
  if constexpr (instruction.code == OpCode::input || instruction.code == OpCode::parameter)
    return false;
  else {
    using Op = op::operation<instruction.code>;
    if constexpr (op::Blockwise<Op>)
      return true;
    else if constexpr (Op::arity == 1)
      return needs_blocks<P, instruction.arguments[0]>();
    else if constexpr (Op::arity == 2)
      return needs_blocks<P, instruction.arguments[0]>() || needs_blocks<P, instruction.arguments[1]>();
    else
      return needs_blocks<P, instruction.arguments[0]>() || needs_blocks<P, instruction.arguments[1]>() ||
             needs_blocks<P, instruction.arguments[2]>();
  }
}

/// Pointers and scalars of a call, as local values that the compiler can keep in registers.
template <auto P>
struct Slots {
  std::array<const void*, (P.inputs ? P.inputs : 1)> inputs{};         ///< the first element of each input's block
  std::array<Scalar, (P.parameters ? P.parameters : 1)> parameters{};  ///< the numbers that were filled in
};

/// Returns the value of instruction I for element i.
template <auto P, std::size_t I>
static CHUNKWISE_INLINE auto value(const Slots<P>& slots, std::size_t i) {
  constexpr Instruction in = P.code[I];
  if constexpr (in.code == OpCode::input)
    return static_cast<const type_of<in.result>*>(slots.inputs[in.arguments[0]])[i];
  else if constexpr (in.code == OpCode::parameter)
    return __builtin_bit_cast(std::array<type_of<in.result>, 8 / sizeof(type_of<in.result>)>,
                              slots.parameters[in.arguments[0]].bytes)[0];
  else {
    using Op = op::operation<in.code>;
    if constexpr (std::is_same_v<Op, op::Cast>)
      return Op::template convert<type_of<in.result>, type_of<in.type>>(value<P, in.arguments[0]>(slots, i));
    else if constexpr (Op::arity == 1)
      return Op::template apply<type_of<in.type>>(value<P, in.arguments[0]>(slots, i));
    else if constexpr (Op::arity == 2)
      return Op::template apply<type_of<in.type>>(value<P, in.arguments[0]>(slots, i),
                                                  value<P, in.arguments[1]>(slots, i));
    else
      return Op::template apply<type_of<in.type>>(value<P, in.arguments[0]>(slots, i),
                                                  value<P, in.arguments[1]>(slots, i),
                                                  value<P, in.arguments[2]>(slots, i));
  }
}

/// Returns true if instruction I applies a block-wise operation whose second operand is one number for all elements,
/// and which makes use of that.
template <auto P, std::size_t I>
constexpr bool takes_one_number() {
  constexpr Instruction in = P.code[I];
  if constexpr (in.code == op::Pow::code)
    return P.code[in.arguments[1]].code == OpCode::parameter;
  else
    return false;
}

/// Computes instruction I over elements [base, base + n), n at most temporary_elements, into `out`.
template <auto P, std::size_t I>
static CHUNKWISE_INLINE void block(const Slots<P>& slots, std::size_t base, type_of<P.code[I].result>* out,
                                   std::size_t n) {
  constexpr Instruction in = P.code[I];
  if constexpr (!needs_blocks<P, I>()) {
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) out[i] = value<P, I>(slots, base + i);
  } else if constexpr (takes_one_number<P, I>()) {
    using T = type_of<in.type>;
    constexpr Instruction first = P.code[in.arguments[0]];
    const T number = value<P, in.arguments[1]>(slots, 0);
    if constexpr (first.code == OpCode::input) {
      const T* const elements = static_cast<const T*>(slots.inputs[first.arguments[0]]) + base;
      op::operation<in.code>::apply_block(elements, number, out, n);
    } else {
      std::array<T, temporary_elements> argument;
      block<P, in.arguments[0]>(slots, base, argument.data(), n);
      op::operation<in.code>::apply_block(argument.data(), number, out, n);
    }
  } else {
    using Op = op::operation<in.code>;
    using T = type_of<in.type>;
    [&]<std::size_t... A>(std::index_sequence<A...>) __attribute__((always_inline)) {
      std::tuple<std::array<type_of<P.code[in.arguments[A]].result>, temporary_elements>...> arguments;
      (block<P, in.arguments[A]>(slots, base, std::get<A>(arguments).data(), n), ...);
      if constexpr (op::Blockwise<Op>)
        Op::apply_block(std::get<A>(arguments).data()..., out, n);
      else if constexpr (std::is_same_v<Op, op::Cast>) {
        CHUNKWISE_INDEPENDENT
        for (std::size_t i = 0; i < n; ++i)
          out[i] = Op::template convert<type_of<in.result>, T>(std::get<0>(arguments)[i]);
      } else {
        CHUNKWISE_INDEPENDENT
        for (std::size_t i = 0; i < n; ++i) out[i] = Op::template apply<T>(std::get<A>(arguments)[i]...);
      }
    }
    (std::make_index_sequence<static_cast<std::size_t>(Op::arity)>{});
  }
}

/// Runs the loop of a whole program.
template <auto P>
static CHUNKWISE_INLINE void loop(const void* const* inputs, const Scalar* parameters, void* output, std::size_t n) {
  constexpr std::size_t last = P.code.size() - 1;
  using Result = type_of<P.code[last].result>;
  Slots<P> slots;
  for (std::size_t i = 0; i < P.inputs; ++i) slots.inputs[i] = inputs[i];
  for (std::size_t i = 0; i < P.parameters; ++i) slots.parameters[i] = parameters[i];
  Result* out = static_cast<Result*>(output);
  if constexpr (needs_blocks<P, last>()) {
    for (std::size_t base = 0; base < n; base += temporary_elements)
      block<P, last>(slots, base, out + base, std::min(temporary_elements, n - base));
  } else {
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) out[i] = value<P, last>(slots, i);
  }
}

// Not every formula can be vectorised, and a user cannot help it: clang need not warn.
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

/// The kernel of P for any CPU of the architecture: n elements of each input, of unit stride, to as many of the output.
template <auto P>
CHUNKWISE_KERNEL_BASELINE static void run_baseline(const void* const* inputs, const Scalar* parameters, void* output,
                                                   std::size_t n) {
  loop<P>(inputs, parameters, output, n);
}

/// The same for CPUs that have AVX2.
template <auto P>
CHUNKWISE_KERNEL_AVX2 static void run_avx2(const void* const* inputs, const Scalar* parameters, void* output,
                                           std::size_t n) {
  loop<P>(inputs, parameters, output, n);
}

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

/// Returns the Program of P as a shared value, its native kernel registered: made once a program and file.
template <auto P>
static const ProgramPtr& native_program() {
  return *detail::made_once([] {
    auto made = std::make_shared<const Program>(P);
    register_kernel(*made, cpu_level() == CpuLevel::baseline ? &run_baseline<P> : &run_avx2<P>);
    return new const ProgramPtr(std::move(made));
  });
}

/// Makes a native kernel of each Program.
struct Native {
  /// Returns the Program, whose kernel is registered.
  template <auto P>
  static const ProgramPtr& program() {
    return native_program<P>();
  }
};
/// Leaves Programs to the interpreter, or to a kernel that another file has registered. Compiles no loop.
struct Interpreted {
  template <auto P>
  static const ProgramPtr& program() {
    return *detail::made_once([] { return new const ProgramPtr(std::make_shared<const Program>(P)); });
  }
};

/// The engine of this file's formulas: CHUNKWISE_INTERPRETED, defined before its first include of chunkwise, saves the
/// compilation of their kernels. Values have the same bits.
#if defined(CHUNKWISE_INTERPRETED)
using EngineOfFile = Interpreted;
#else
using EngineOfFile = Native;
#endif

}  // namespace chunkwise::inline CHUNKWISE_ABI::kernel
