#pragma once
/// Where native kernels are found by their Program. One rule everywhere: registered natively, else interpreted. And
/// where functions of a user's own are found, which both need.
#include <cstddef>

#include "chunkwise/kernel/program.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A fused kernel over a block: element i of `output` from element i of each input; unit stride; `output` may be one of
/// the inputs where their types are equal, and overlaps none otherwise.
using KernelFunction = void (*)(const void* const* inputs, const Scalar* parameters, void* output, std::size_t n);

/// Makes a kernel known under its program; the first one registered stays. Thread-safe.
void register_kernel(const Program& program, KernelFunction kernel);
/// The kernel of an equal program, or null. Thread-safe.
[[nodiscard]] KernelFunction find_kernel(const Program& program);

/// Makes a function of a user's own known in this process: `kernel` has all its arguments as inputs. The first one
/// registered stays. Thread-safe. For a struct: register_function<F>() (kernel/function.hpp).
void register_function(const Function& function, KernelFunction kernel);
/// The kernel of an equal function, or null. Thread-safe.
[[nodiscard]] KernelFunction find_function(const Function& function);
/// All that were registered here, in that order. Thread-safe.
[[nodiscard]] std::vector<Function> known_functions();
/// The same; throws not_found where it is not known (explain_unknown).
KernelFunction require_function(const Function& function);
/// "WHO does not know the function ...": with what it knows under that name, and what to do.
[[nodiscard]] std::string explain_unknown(const Function& function, std::span<const Function> known,
                                          const std::string& who);

/// The instruction sets kernels are made for. The bits of results do not depend on it.
enum class CpuLevel { baseline, avx2, avx512 };
/// What this CPU has, or less where the environment variable CHUNKWISE_CPU says "baseline" or "avx2".
[[nodiscard]] CpuLevel cpu_level();

}  // namespace chunkwise::inline CHUNKWISE_ABI
