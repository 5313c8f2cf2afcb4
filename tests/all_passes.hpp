#pragma once
/// All passes, for tests that switch each off: a new one is tested as soon as it stands in the table.
#include <string>
#include <vector>

#include "chunkwise/progress.hpp"
#include "runtime/plan/passes.hpp"

namespace chunkwise_test {

/// Returns the names of all passes.
inline std::vector<std::string> pass_names() {
  std::vector<std::string> names;
  for (const chunkwise::plan::Pass& pass : chunkwise::plan::passes()) names.emplace_back(pass.name);
  return names;
}

/// Returns the option that switches all of them off.
inline chunkwise::RunOption without_any_pass() {
  return {[](chunkwise::RunOptions& options) { options.disabled_passes = pass_names(); }};
}

}  // namespace chunkwise_test
