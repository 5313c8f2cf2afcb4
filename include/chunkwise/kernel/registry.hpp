#pragma once
/// The registers of native kernels, by their Programs, and of functions of a user's own. One rule everywhere: a Program
/// is computed natively if it is registered, else interpreted. Both ways need the functions.
#include <cstddef>

#include "chunkwise/kernel/program.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A fused kernel over a block: element i of `output` from element i of each input; unit stride; `output` may be one of
/// the inputs if their types are equal, and overlaps none otherwise.
using KernelFunction = void (*)(const void* const* inputs, const Scalar* parameters, void* output, std::size_t n);

/// Registers a kernel under its program; the first one registered stays. Thread-safe.
void register_kernel(const Program& program, KernelFunction kernel);
/// Returns the kernel of an equal program, or null. Thread-safe.
[[nodiscard]] KernelFunction find_kernel(const Program& program);

/// Registers a function of a user's own in this process: `kernel` has all its arguments as inputs. The first one
/// registered stays. Thread-safe. For a struct: register_function<F>() (kernel/function.hpp).
void register_function(const Function& function, KernelFunction kernel);
/// Returns the kernel of an equal function, or null. Thread-safe.
[[nodiscard]] KernelFunction find_function(const Function& function);
/// Returns all functions that were registered here, in that order. Thread-safe.
[[nodiscard]] std::vector<Function> known_functions();
/// Returns the same; throws not_found if the function is not known (explain_unknown).
KernelFunction require_function(const Function& function);
/// Returns "WHO does not know the function ...": with the known ones of that name, and the remedy.
[[nodiscard]] std::string explain_unknown(const Function& function, std::span<const Function> known,
                                          const std::string& who);

/// The instruction sets kernels are made for. The bits of results do not depend on them.
enum class CpuLevel { baseline, avx2, avx512 };
/// Returns this CPU's level, or a lower one if the environment variable CHUNKWISE_CPU says "baseline" or "avx2".
[[nodiscard]] CpuLevel cpu_level();

}  // namespace chunkwise::inline CHUNKWISE_ABI
