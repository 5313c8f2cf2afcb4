#pragma once
/// The kernels of line functions of a user's own. They stand in the register of a user's functions
/// (kernel/registry.hpp): the kernel's one input is a line of n elements, which it may change, and its output the
/// resulting line, or one element.
#include <span>

#include "chunkwise/kernel/registry.hpp"
#include "chunkwise/op/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace kernel {
template <UserLineFunction F>
static void line_kernel(const void* const* inputs, const Scalar* /*parameters*/, void* output, std::size_t n) {
  using Applied = chunkwise::detail::AppliedToLine<decltype(&F::apply)>;
  using T = typename Applied::element;
  const std::span<T> line(static_cast<T*>(const_cast<void*>(inputs[0])), n);
  F::apply(line, {static_cast<typename Applied::result*>(output), chunkwise::detail::gives_one_result<F>() ? 1 : n});
}
}  // namespace kernel

/// Registers a line function of a user's own in this process, so that graphs from elsewhere may call it: first thing in
/// the main of a worker. A program that writes along<F> in a formula need not.
template <class F>
void register_line_function() {
  if constexpr (detail::checked_line_function<F>()) register_function(line_function_of<F>(), &kernel::line_kernel<F>);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
