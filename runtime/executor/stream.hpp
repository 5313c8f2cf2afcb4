#pragma once
/// One thread's work: boxes of a stage, streamed slab by slab into states and outputs.
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "runtime/executor/accumulate.hpp"
#include "runtime/executor/results.hpp"
#include "runtime/executor/team.hpp"
#include "runtime/executor/units.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

class Streamer {
 public:
  Streamer(const plan::Stage& stage, RunContext& context);
  ~Streamer();
  Streamer(const Streamer&) = delete;

  /// Where a write task's elements of a box go: memory at its first element, with the strides of the axes, or a sink.
  struct Target {
    std::byte* memory = nullptr;
    PerAxis<std::int64_t> strides;
    Sink* sink = nullptr;
  };
  /// Streams every `pieces`-th slab of a box, from slab `piece` on; `targets` are those of the stage's write tasks.
  /// With reductions all slabs are one piece.
  void stream(const Region& box, std::span<const Target> targets = {}, std::int64_t piece = 0, std::int64_t pieces = 1);
  /// The states of the box that was streamed, of one of the stage's reductions.
  States close(std::size_t task) { return accumulators_[task].close(); }
  /// Streams chunks, one after the other, and merges their states into those of the chunks before them, of all
  /// reductions, which have the same axes; `folded` is without states before the first.
  void fold(std::span<const Region> boxes, std::vector<States>& folded);

 private:
  /// Counts elements for whoever watches the run.
  void count(const Region& slab);
  void write(const plan::WriteTask& task, const Region& part, const Region& box, const Target& to);

  const plan::Stage& stage_;
  RunContext& context_;
  Evaluator evaluator_;
  std::vector<ChunkAccumulator> accumulators_;
  std::uint64_t uncounted_ = 0;  ///< elements that context_ does not know of
};

/// The target of a chunk of an output, whose box it is.
[[nodiscard]] Streamer::Target target_of(const Destination& to, const Node& output, const Region& box,
                                         std::int64_t chunk);
/// How many pieces each of a few chunks is cut into where nothing is reduced, so that all threads have something to do.
[[nodiscard]] std::int64_t pieces_for(std::int64_t chunks, int threads);

/// How many of a plan's threads so many elements of a stage are worth waking: few elements are done before another
/// thread is awake.
[[nodiscard]] int threads_for(const plan::Plan& plan, const plan::Stage& stage, std::int64_t elements);

/// Calls run(streamer, item) for items [0, items), on the threads that the elements are worth.
template <class Run>
void run_streamers(const plan::Stage& stage, RunContext& context, std::int64_t items, std::int64_t elements,
                   const std::function<void()>& tick, const Run& run) {
  const int threads = threads_for(*context.plan, stage, elements);
  std::vector<std::unique_ptr<Streamer>> streamers;
  for (int i = 0; i < threads; ++i) streamers.push_back(std::make_unique<Streamer>(stage, context));
  run_items(
      threads, items, [&](int worker, std::int64_t item) { run(*streamers[static_cast<std::size_t>(worker)], item); },
      tick);
}

/// Runs all units of a reduce stage and finishes each tile as soon as it is complete.
void reduce_all(const Cut& cut, const std::vector<Results>& results, RunContext& context,
                const std::function<void()>& tick);

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
