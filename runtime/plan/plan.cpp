#include "runtime/plan/plan.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "chunkwise/core/untyped_array.hpp"
#include "runtime/plan/direct_folds.hpp"
#include "runtime/plan/fetches.hpp"
#include "runtime/plan/lines.hpp"
#include "runtime/plan/memory_bound.hpp"
#include "runtime/plan/read_blocks.hpp"
#include "runtime/plan/rechunk.hpp"
#include "runtime/plan/stages.hpp"
#include "runtime/plan/tiling.hpp"
#include "runtime/plan/usable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

namespace {

/// The way in which the slabs of a stage follow the read blocks of its sources.
enum class Blocks : bool {
  in_pieces,  ///< a block is read several times, which takes least memory and longest
  whole,
};

/// Tries to make plans of a graph fit into memory.
class Planner {
 public:
  Planner(const Graph& graph, std::span<const OutputKind> outputs, const Passes& passes, int threads,
          std::uint64_t limit, std::vector<PassReport>* reports)
      : graph_(graph), outputs_(outputs), passes_(passes), threads_(threads), limit_(limit), reports_(reports) {}

  /// Returns a plan of any stages.
  Plan mixed() {
    for (const std::uint64_t budget : {limit_ / 8, std::uint64_t{0}}) {
      Attempt all = attempt(passes_, budget, Outputs::unless_seen, Sharing::any);
      if (fit(all.plan, Blocks::whole)) return chosen(std::move(all));
      if (Attempt separate = attempt(passes_.without_costly(), budget, Outputs::unless_seen, Sharing::any);
          fit(separate.plan, Blocks::whole) || fit(separate.plan, Blocks::in_pieces))
        return chosen(std::move(separate));
      if (fit(all.plan, Blocks::in_pieces)) return chosen(std::move(all));
    }
    throw_too_large();
  }

  /// Returns a plan of divisible stages, which are the same whatever the limit is; cut as `tilings` say, if any.
  Plan divisible(const std::vector<Tiling>& tilings) {
    tilings_ = &tilings;
    Attempt only = attempt(passes_, 0, Outputs::all, Sharing::divisible);
    if (fit(only.plan, Blocks::whole) || fit(only.plan, Blocks::in_pieces)) return chosen(std::move(only));
    throw_too_large();
  }

 private:
  struct Attempt {
    Plan plan;
    std::vector<PassReport> reports;
  };

  Attempt attempt(const Passes& passes, std::uint64_t budget, Outputs written, Sharing sharing) {
    Attempt result{stages_of(graph_, outputs_, budget, written), {}};
    optimize(result.plan, passes, sharing, reports_ ? &result.reports : nullptr);
    if (sharing == Sharing::any) write_folds_directly(result.plan, outputs_, limit_);
    return result;
  }

  [[nodiscard]] bool is_fixed() const { return tilings_ && !tilings_->empty(); }

  /// Chooses read blocks and tilings as if memory were plenty.
  void choose(Plan& plan, Blocks blocks) const {
    plan.threads = threads_;
    plan.lines.clear();
    plan.whole_blocks = blocks == Blocks::whole;
    for (Stage& stage : plan.stages) {
      const Shape whole = read_block_of(plan, stage);
      stage.read_block = blocks == Blocks::whole ? whole : Shape(Shape::filled(stage.domain.rank(), 1));
      // Others count on the tiles of a divisible plan, which memory does not change.
      if (auto* const fold = std::get_if<Fold>(&stage.work))
        fold->tiling.tiles = choose_tiles(plan, stage, *fold, tilings_ ? whole : stage.read_block);
      hold_lines(plan, stage, tilings_ != nullptr);
      if (const auto* const write = std::get_if<Write>(&stage.work); write && !tilings_ && blocks == Blocks::whole)
        take_neighbouring_chunks(stage, !outputs_[write->output].in_memory, threads_, limit_);
      else if (write && !tilings_)
        stage.grid = write->body.node->grid;
    }
    if (is_fixed()) take_tilings(plan, *tilings_);
  }

  /// Makes slabs and tiles smaller, and threads fewer, until the plan fits; returns false if it does not.
  bool fit(Plan& plan, Blocks blocks) {
    choose(plan, blocks);
    const LargestBlock block = largest_block(plan);
    plan.block_bytes = block.bytes;
    plan.slab_elements = first_slab_elements(plan, std::max(block.elements, std::int64_t{1} << 18), limit_);
    for (;;) {
      plan.memory = memory_bound(plan, outputs_);
      if (plan.memory.total() <= limit_) return true;
      bool shrunk = false;
      if (plan.slab_elements / 2 >= block.elements) plan.slab_elements /= 2, shrunk = true;
      for (Stage& stage : plan.stages) {
        auto* const fold = std::get_if<Fold>(&stage.work);
        if (!fold || is_fixed() || !fold->tiling.tiles || fold->tiling.tiles->outputs <= 1024) continue;
        fold->tiling.tiles->outputs /= 2, shrunk = true;
      }
      if (!shrunk && plan.threads > 1) --plan.threads, shrunk = true;
      if (shrunk) continue;
      if (!least_ || plan.memory.total() < least_->total()) {
        least_ = plan.memory;
        longest_line_ = longest_line(plan);
      }
      return false;
    }
  }

  Plan chosen(Attempt&& attempt) {
    Plan plan = std::move(attempt.plan);
    if (reports_) std::move(attempt.reports.begin(), attempt.reports.end(), std::back_inserter(*reports_));
    find_inner_bodies(plan);
    count_reads(plan);
    return plan;
  }

  static void count_reads(Plan& plan) {
    std::unordered_map<const Source*, std::size_t> position;
    for (const Stage& stage : plan.stages)
      for (SourceRead& read : reads_of(plan, stage)) {
        const auto [entry, added] = position.try_emplace(read.of, plan.reads.size());
        if (added)
          plan.reads.push_back(std::move(read));
        else
          plan.reads[entry->second].bytes = added_up(plan.reads[entry->second].bytes, read.bytes);
      }
  }

  [[noreturn]] void throw_too_large() const {
    const auto text = [](std::uint64_t bytes) { return format_bytes(static_cast<double>(bytes)); };
    throw Error(ErrorCode::memory_limit,
                "the plan needs up to " + text(least_->total()) + " of memory (results " + text(least_->results) +
                    ", reductions " + text(least_->states) + ", work in progress " + text(least_->scratch) +
                    "), but the limit is " + text(limit_) + longest_line_ +
                    (least_->results > 0 ? "; raise the limit, write the result to a file, or ask for less at a time"
                                         : "; raise the limit, or ask for less at a time"));
  }

  const Graph& graph_;
  std::span<const OutputKind> outputs_;
  const Passes& passes_;
  int threads_;
  std::uint64_t limit_;
  std::vector<PassReport>* reports_;
  const std::vector<Tiling>* tilings_ = nullptr;  ///< of a divisible plan
  std::optional<MemoryBound> least_;              ///< of the plans that did not fit
  std::string longest_line_;                      ///< of that plan, for the error
};

}  // namespace

std::vector<SourceRead> reads_of(const Plan& plan, const Stage& stage) {
  std::unordered_map<const Source*, std::size_t> position;
  std::vector<SourceRead> reads;
  for (const Fetch& fetch : fetches_of(plan, stage)) {
    const Source& source = *fetch.source;
    if (source.is_generated() || source.in_memory().data) continue;
    const auto [entry, added] = position.try_emplace(&source, reads.size());
    if (added) reads.push_back({&source, source.describe(), 0});
    const double bytes = fetch.elements * static_cast<double>(size_of(source.encoding().stored)) + 0.5;
    reads[entry->second].bytes = added_up(reads[entry->second].bytes, whole_bytes(bytes));
  }
  return reads;
}

Plan make_plan(const Graph& graph, std::span<const OutputKind> outputs, const Passes& passes, int threads,
               std::uint64_t limit, std::vector<PassReport>* reports) {
  require_usable(graph);
  return Planner(graph, outputs, passes, threads, limit, reports).mixed();
}

Plan make_divisible_plan(const Graph& graph, const Passes& passes, int threads, std::uint64_t limit,
                         const std::vector<Tiling>& tilings, std::vector<PassReport>* reports) {
  require_usable(graph);
  const std::vector<OutputKind> outputs(graph.outputs.size(), OutputKind{false});
  return Planner(graph, outputs, passes, threads, limit, reports).divisible(tilings);
}

std::vector<Tiling> tilings_of(const Plan& plan) {
  std::vector<Tiling> tilings;
  for (const Stage& stage : plan.stages) {
    const auto* const fold = std::get_if<Fold>(&stage.work);
    tilings.push_back(fold ? fold->tiling : Tiling{});
  }
  return tilings;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
