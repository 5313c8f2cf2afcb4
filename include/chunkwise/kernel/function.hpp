#pragma once
/// The kernels of a user's own functions. A function is one loop over its `apply`, the same for native programs and for
/// the interpreter, so both give the same bits.
#include <array>
#include <utility>

#include "chunkwise/core/made_once.hpp"
#include "chunkwise/kernel/native.hpp"
#include "chunkwise/op/function.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace kernel {

/// An argument of a call: the elements of an input, or a number that is the same for all of them.
template <class T, bool Number>
struct Argument {
  const T* elements;  ///< of the block
  /// Takes the input in a slot, of the inputs of a kernel.
  Argument(const void* const* inputs, const Scalar*, std::size_t slot)
      : elements(static_cast<const T*>(inputs[slot])) {}
  /// Returns the argument for element i.
  CHUNKWISE_INLINE T operator[](std::size_t i) const { return elements[i]; }
};
/// A number that is the same for all elements.
template <class T>
struct Argument<T, true> {
  T value;  ///< the number
  /// Takes the number in a slot, of the parameters of a kernel.
  Argument(const void* const*, const Scalar* parameters, std::size_t slot)
      : value(__builtin_bit_cast(std::array<T, 8 / sizeof(T)>, parameters[slot].bytes)[0]) {}
  CHUNKWISE_INLINE T operator[](std::size_t) const { return value; }
};

/// Returns the slot of argument `i` among the inputs, or among the parameters if it is one.
template <bool... Numbers>
constexpr std::size_t slot_of(std::size_t i) {
  constexpr std::array<bool, sizeof...(Numbers)> numbers{Numbers...};
  std::size_t slot = 0;
  for (std::size_t j = 0; j < i; ++j) slot += numbers[j] == numbers[i];
  return slot;
}

/// Runs the loop of a call of F; the arguments in `Numbers` are parameters.
template <UserFunction F, bool... Numbers>
static CHUNKWISE_INLINE void call_loop(const void* const* inputs, const Scalar* parameters, void* output,
                                       std::size_t n) {
  [&]<class... T, std::size_t... I>(chunkwise::detail::Types<T...>, std::index_sequence<I...>)
      __attribute__((always_inline)) {
    const std::tuple arguments{Argument<T, Numbers>(inputs, parameters, slot_of<Numbers...>(I))...};
    auto* out = static_cast<typename signature_of<F>::result*>(output);
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) out[i] = F::apply(std::get<I>(arguments)[i]...);
  }
  (typename signature_of<F>::arguments{}, std::make_index_sequence<sizeof...(Numbers)>{});
}

#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wpass-failed"
#endif

template <UserFunction F, bool... Numbers>
CHUNKWISE_KERNEL_BASELINE static void call_baseline(const void* const* inputs, const Scalar* parameters, void* output,
                                                    std::size_t n) {
  call_loop<F, Numbers...>(inputs, parameters, output, n);
}

template <UserFunction F, bool... Numbers>
CHUNKWISE_KERNEL_AVX2 static void call_avx2(const void* const* inputs, const Scalar* parameters, void* output,
                                            std::size_t n) {
  call_loop<F, Numbers...>(inputs, parameters, output, n);
}

#if defined(__clang__)
#pragma clang diagnostic pop
#endif

template <UserFunction F, bool... Numbers>
static KernelFunction call_kernel() {
  return cpu_level() == CpuLevel::baseline ? &call_baseline<F, Numbers...> : &call_avx2<F, Numbers...>;
}

}  // namespace kernel

/// Registers a function of a user's own in this process, so that graphs from elsewhere may call it: first thing in the
/// main of a worker. A program that writes call<F> in a formula need not.
template <class F>
void register_function() {
  if constexpr (detail::checked_function<F>())
    []<class... T>(detail::Types<T...>) {
      register_function(function_of<F>(), kernel::call_kernel<F, !Element<T>...>());  // none is a number
    }(typename signature_of<F>::arguments{});
}

namespace kernel {

/// Returns the Program that calls F; the arguments in `Numbers` are parameters. F and its kernel are registered.
template <UserFunction F, bool... Numbers>
static const ProgramPtr& call_program() {
  return *chunkwise::detail::made_once([] {
    register_function<F>();
    constexpr std::array<bool, sizeof...(Numbers)> numbers{Numbers...};
    auto made = std::make_shared<const Program>(Program::call(function_of<F>(), numbers));
    register_kernel(*made, call_kernel<F, Numbers...>());
    return new const ProgramPtr(std::move(made));
  });
}

}  // namespace kernel

}  // namespace chunkwise::inline CHUNKWISE_ABI
