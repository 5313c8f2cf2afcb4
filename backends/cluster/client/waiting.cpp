#include "backends/cluster/client/waiting.hpp"

#include <algorithm>

#include "runtime/core/durations.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

/// Returns the text after the news that there is no worker: the first reason, if the coordinator refused some.
std::string of_refused(const std::vector<std::string>& refused) {
  return refused.empty() ? "" : "; refused lately: " + printable(refused.front());
}

}  // namespace

Error cancelled() { return {ErrorCode::cancelled, "the run was cancelled by its caller; nothing of it remains"}; }

void Patience::nobody(const std::vector<std::string>& refused) const {
  if (seconds_ > 0 && std::chrono::duration<double>(std::chrono::steady_clock::now() - since_).count() > seconds_)
    throw Error(ErrorCode::io, session_.uri() + " has had no worker for " + seconds_text(seconds_) +
                                   " s; start some with: chunkwise worker HOST:PORT" + of_refused(refused));
}

Tally::Tally(const RunOptions& own, const ClientSession& session)
    : options(own),
      note("waiting for workers: " + session.uri() + " has none; start some with: " + session.how_to_start_workers()) {}

void Tally::tell(const RunStatus* status) {
  progress.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  progress.done = uploaded;
  progress.bytes_read = bytes;
  if (status) {
    progress.done += static_cast<std::uint64_t>(status->view.elements_done);
    progress.total =
        uploaded + static_cast<std::uint64_t>(std::max(status->view.elements_total, status->view.elements_done));
    progress.bytes_read += static_cast<std::uint64_t>(status->view.bytes_read);
    const bool waits = status->view.state == RunView::State::waiting_for_workers;
    progress.note = waits ? note + of_refused(status->refused) : "";
  }
  if (options.progress) options.progress(progress);
}

void Tally::wait_for_workers() {
  RunStatus nobody;
  nobody.view.state = RunView::State::waiting_for_workers;
  tell(&nobody);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
