#include "backends/cluster/client/remote_run.hpp"

#include <algorithm>
#include <functional>
#include <future>
#include <map>
#include <utility>

#include "backends/cluster/client/kept_source.hpp"
#include "backends/cluster/source_spec.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

/// Returns a source as it travels.
std::vector<std::byte> written(const Source& source) {
  SourceSpec spec{facts_of(source), {}, {}};
  if (const auto* kept = dynamic_cast<const KeptSource*>(&source)) {
    spec.array = kept->key();
  } else {
    spec.description = source.description();
  }
  return to_bytes(spec);
}

}  // namespace

RemoteRun::RemoteRun(std::shared_ptr<ClientSession> session, const Graph& graph, bool persisted,
                     const RunOptions& options)
    : session_(std::move(session)), recorder_(trace::current()) {
  session_->send_releases();
  const trace::Scope submitting(recorder_.get(), trace::Kind::plan, "submit");
  try {
    accepted_ = session_->submit({to_bytes(graph, &written), graph.outputs.size(), persisted, options.disabled_passes,
                                  recorder_ ? recorder_->limit() : 0});
  } catch (const CoordinatorAway& error) {
    throw coordinator_lost(error);  // it may have begun the run already
  }
  if (accepted_.steps.size() != graph.outputs.size())
    throw Error(ErrorCode::io, session_->uri() + " accepted a run of another number of arrays than were asked for");
}

RemoteRun::~RemoteRun() {
  try {
    if (!is_over_) session_->cancel(accepted_.run);
  } catch (const std::exception&) {
    // The coordinator is away: it ends the run when it does not hear of this client any more.
  }
  if (!recorder_) return;
  const trace::Scope collecting(recorder_.get(), trace::Kind::wait, "collect spans of workers");
  try {
    session_->collect_trace(accepted_.run, *recorder_);
  } catch (const std::exception&) {
    recorder_->miss("all workers");
  }
}

Error RemoteRun::coordinator_lost(const CoordinatorAway& error) const {
  return {ErrorCode::lost, "the coordinator of " + session_->uri() + " went away while a run was under way: " +
                               error.what() + "; run it again when there is one"};
}

void RemoteRun::follow(std::vector<Output>& outputs, Tally& tally, double patience) {
  const auto complete = [&] {
    return std::all_of(outputs.begin(), outputs.end(), [](const Output& output) { return output.complete(); });
  };
  Patience workers(*session_, patience);
  try {
    for (;;) {
      if (tally.options.cancel.cancelled()) throw cancelled();
      RunStatus status = [&] {
        const trace::Scope waiting(recorder_.get(), trace::Kind::wait, "wait for the cluster");
        return session_->wait(accepted_.run, wait_ms);
      }();
      if (status.view.state == RunView::State::waiting_for_workers)
        workers.nobody(status.refused);
      else
        workers.somebody();
      for (const ReadyChunks& ready : status.ready) take(ready, outputs);
      if (status.view.state == RunView::State::finished && complete()) {
        status_ = std::move(status);
        is_over_ = true;
        return;
      }
      tally.tell(&status);
    }
  } catch (const CoordinatorAway& error) {
    // A worker that is lost is Unreachable, and the coordinator's business.
    throw coordinator_lost(error);
  }
}

void RemoteRun::report(const std::vector<Output>& outputs, Tally& tally) const {
  tally.progress.finished = true;
  tally.tell(&status_);
  std::uint64_t results = 0;
  for (const Output& output : outputs) results += output.bytes();
  if (tally.options.report)
    *tally.options.report = {tally.progress.seconds, tally.progress.bytes_read,
                             results + static_cast<std::uint64_t>(accepted_.memory_bound), accepted_.stages};
}

void RemoteRun::take(const ReadyChunks& ready, std::vector<Output>& outputs) {
  const StepKey& key = ready.key;
  const auto output = std::find_if(outputs.begin(), outputs.end(), [&](const Output& o) { return o.key() == key; });
  if (output == outputs.end() || ready.ranges.empty()) return;
  const std::map<WorkerId, std::vector<Output::Claim>> holders = output->claim(ready);
  const auto take_from = [&](const std::vector<Output::Claim>& claims) {
    ItemSet missed;
    for (const Output::Claim& claim : claims) {
      if (claim.items.empty()) continue;
      const ReadyRange& range = *claim.range;
      try {
        if (!output->take(range, claim.items)) output->fetch(session_->workers(), range.held, claim.items);
        // Other chunks of the range may be on their way from elsewhere, and fail.
        for (const Items& items : claim.items) session_->consumed(key, items);
      } catch (const Unreachable& error) {
        session_->blame_network(error);
        missed.add(claim.items);
        session_->missing(key, range.held);
      }
    }
    return missed;
  };
  const auto take_beside = [&, caller = trace::this_thread()](std::int64_t number,
                                                              const std::vector<Output::Claim>& claims) {
    const trace::Lane lane("fetching", caller, number);
    (void)trace::exchange_current(recorder_);
    return take_from(claims);
  };
  std::vector<std::future<ItemSet>> others;
  for (auto holder = std::next(holders.begin()); holder != holders.end(); ++holder)
    others.push_back(std::async(std::launch::async, take_beside, static_cast<std::int64_t>(others.size()),
                                std::cref(holder->second)));
  output->miss(take_from(holders.begin()->second));
  for (std::future<ItemSet>& other : others) output->miss(other.get());
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
