#include "chunkwise/op/function.hpp"

#include <algorithm>
#include <mutex>
#include <new>
#include <shared_mutex>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/made_once.hpp"
#include "chunkwise/kernel/registry.hpp"
#include "chunkwise/op/aggregate/own.hpp"
#include "chunkwise/op/line/line.hpp"
#include "runtime/core/forks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

struct Functions {
  /// Held by writers, beside the other mutex: a child of fork() then finds the whole in order, and makes the other
  /// anew, which threads that read may have held.
  std::mutex writing;
  std::shared_mutex mutex;
  std::vector<Function> known;
  std::vector<KernelFunction> kernels;

  KernelFunction find(const Function& function) {
    const auto found = std::ranges::find(known, function);
    return found == known.end() ? nullptr : kernels[static_cast<std::size_t>(found - known.begin())];
  }
};

/// Never destroyed, like the registry of kernels.
Functions& functions() {
  return *detail::made_once([] {
    auto* const made = new Functions;
    hold_over_forks(made->writing);
    call_around_forks([] {}, [] {}, [] { new (&functions().mutex) std::shared_mutex; });
    return made;
  });
}

}  // namespace

std::string to_string(const Function& function) {
  aggregate::OwnFacts facts;
  const std::string name = is_line_function(function) ? "of lines " + function.name.substr(function.name.find(':') + 1)
                           : aggregate::read_own(function, facts) ? "that aggregates, " + std::string(facts.name)
                                                                  : function.name;
  std::string text = name + " version " + std::to_string(function.version) + " (";
  for (const DType argument : function.arguments)
    text += (text.back() == '(' ? "" : ", ") + std::string(name_of(argument));
  return text + ") -> " + std::string(name_of(function.result));
}

void register_function(const Function& function, KernelFunction kernel) {
  register_kernel(Program::call(function), kernel);
  Functions& all = functions();
  const std::scoped_lock lock(all.writing, all.mutex);
  if (all.find(function)) return;
  all.known.push_back(function);
  all.kernels.push_back(kernel);
}

KernelFunction find_function(const Function& function) {
  Functions& all = functions();
  const std::shared_lock lock(all.mutex);
  return all.find(function);
}

std::vector<Function> known_functions() {
  Functions& all = functions();
  const std::shared_lock lock(all.mutex);
  return all.known;
}

KernelFunction require_function(const Function& function) {
  if (const KernelFunction kernel = find_function(function)) return kernel;
  throw Error(ErrorCode::not_found, explain_unknown(function, known_functions(), "this process"));
}

std::string explain_unknown(const Function& function, std::span<const Function> known, const std::string& who) {
  std::string others;
  for (const Function& other : known)
    if (other.name == function.name) others += (others.empty() ? "" : ", ") + to_string(other);
  return who + " does not know the function " + to_string(function) + (others.empty() ? "" : ", but " + others) +
         "; call " +
         (is_line_function(function)    ? "register_line_function"
          : aggregate::is_own(function) ? "register_aggregate"
                                        : "register_function") +
         " for it first thing in that program's main, and build it from the same source "
         "(docs/own_functions.md)";
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
