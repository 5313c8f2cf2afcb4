#pragma once
/// Options that can follow the expressions of compute, persist and write: progress, cancelling, a report, passes.
#include <functional>
#include <string>
#include <utility>

#include "chunkwise/backend.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A change of RunOptions, as the functions below return it.
struct RunOption {
  std::function<void(RunOptions&)> apply;  ///< changes them
};

/// Returns a bar on standard error with percent, rate and time left, for runs of more than 0.3 s. If standard error is
/// no terminal, it prints a line when a run has waited for workers for 2 s, and again while it waits; nothing else.
[[nodiscard]] RunOption progress_bar(TextArgument title = {});
/// Returns the option that calls `callback` in the calling thread about ten times a second, and once at the end.
[[nodiscard]] inline RunOption on_progress(std::function<void(const Progress&)> callback) {
  return {[callback = std::move(callback)](RunOptions& o) { o.progress = callback; }};
}
/// Returns the option that ends the run when the token says so.
[[nodiscard]] inline RunOption cancel_on(CancelToken token) {
  return {[token](RunOptions& o) { o.cancel = token; }};
}
/// Returns the option that fills `report` when the run is over; `report` must live as long as the run.
[[nodiscard]] inline RunOption report_to(RunReport& report) {
  return {[&report](RunOptions& o) { o.report = &report; }};
}
/// Returns the option that switches off a pass: "merge_equal_nodes", "push_indices", "fuse_maps", "fuse_reductions" or
/// "share_reads". Values stay.
[[nodiscard]] inline RunOption without_pass(TextArgument name) {
  return {[name = std::string(std::move(name))](RunOptions& o) { o.disabled_passes.push_back(name); }};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
