#include "runtime/executor/stage_runner.hpp"

#include "runtime/executor/copy.hpp"
#include "runtime/plan/cut.hpp"
#include "runtime/plan/read_blocks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

StageRunner::StageRunner(const plan::Stage& stage, RunContext& context)
    : stage_(stage),
      context_(context),
      written_(plan::written_bodies(stage)),
      evaluator_(context, std::holds_alternative<plan::Write>(stage.work)) {
  for (const plan::FoldTask& task : plan::folds_of(stage)) accumulators_.push_back(accumulator_of(task));
}

StageRunner::~StageRunner() { context_.elements_done.fetch_add(uncounted_, std::memory_order_relaxed); }

void StageRunner::count(const Region& slab) {
  // In portions: threads that each add a few elements at a time would wait for each other.
  uncounted_ += static_cast<std::uint64_t>(slab.elements());
  if (uncounted_ < 1 << 16) return;
  context_.elements_done.fetch_add(std::exchange(uncounted_, 0), std::memory_order_relaxed);
}

void StageRunner::stream(const Region& box, std::span<const Target> targets, std::int64_t piece, std::int64_t pieces) {
  for (const auto& accumulator : accumulators_) accumulator->begin(box);
  const Shape slab = plan::slab_shape(stage_, box.shape(), context_.plan->slab_elements);
  std::int64_t number = 0;
  plan::for_each_piece(box, slab, [&](const Region& part) {
    if (number++ % pieces != piece) return;
    evaluator_.new_slab();
    for (const auto& accumulator : accumulators_) accumulator->add(evaluator_, part, stage_.domain.rank());
    for (std::size_t t = 0; t < targets.size(); ++t) write(*written_[t], part, box, targets[t]);
    count(part);
  });
  evaluator_.leave_chunk();
}

void StageRunner::write(const plan::Body& body, const Region& part, const Region& box, const Target& to) {
  const std::size_t size = size_of(body.node->dtype);
  if (to.sink) {
    const std::size_t bytes = static_cast<std::size_t>(part.elements()) * size;
    const auto give = [&](const void* elements) {
      trace::Scope writing(context_.trace, trace::Kind::write, "write");
      writing.bytes(bytes);
      to.sink->write(part, elements);
    };
    if (const void* const there = evaluator_.rechunked(body, part, stage_.domain)) return give(there);
    const Buffer elements = allocate_buffer(bytes);
    evaluator_.evaluate(body, part, stage_.domain, elements.get());
    give(elements.get());
    return;
  }
  std::int64_t offset = 0;
  for (int axis = 0; axis < part.rank(); ++axis) offset += (part[axis].start - box[axis].start) * to.strides[axis];
  evaluator_.evaluate(body, part, stage_.domain, to.memory + offset * static_cast<std::int64_t>(size), to.strides);
}

void StageRunner::fold(std::span<const Region> boxes, std::vector<States>& folded) {
  folded.resize(accumulators_.size());
  while (!boxes.empty()) {
    const Region& box = boxes.front();
    const Shape shape = box.shape();
    std::size_t taken = 1;
    const std::int64_t largest = context_.plan->slab_elements;
    if ((stage_.weight == 1 && shape.elements() <= largest) || plan::slab_shape(stage_, shape, largest) == shape) {
      evaluator_.new_slab();
      // Several reductions share the elements that are read of a chunk.
      const std::size_t most = accumulators_.size() == 1 ? boxes.size() : 1;
      for (std::size_t t = 0; t < accumulators_.size(); ++t)
        taken = accumulators_[t]->fold(evaluator_, boxes.first(most), stage_.domain.rank(), folded[t]);
      for (const Region& done : boxes.first(taken)) count(done);
    } else {
      stream(box);
      for (std::size_t t = 0; t < accumulators_.size(); ++t) fold_in(folded[t], accumulators_[t]->close());
    }
    boxes = boxes.subspan(taken);
  }
  evaluator_.leave_chunk();
}

StageRunner::Target target_of(const Destination& to, const Node& output, const Region& box, std::int64_t chunk) {
  if (to.sink) return {nullptr, {}, to.sink};
  if (to.chunk_memory) return {to.chunk_memory(chunk), row_major_strides(box.shape()), nullptr};
  const PerAxis<std::int64_t> strides = row_major_strides(output.shape);
  return {to.memory + first_position(box, strides) * static_cast<std::int64_t>(size_of(output.dtype)), strides,
          nullptr};
}

std::string stage_name(const plan::Plan& plan, const plan::Stage& stage) {
  struct Name {
    const char* operator()(const plan::Write&) const { return "write"; }
    const char* operator()(const plan::Materialise&) const { return "materialise"; }
    const char* operator()(const plan::Fold&) const { return "fold"; }
    const char* operator()(const plan::Shared&) const { return "fold and write"; }
  };
  const auto number =
      std::find_if(plan.stages.begin(), plan.stages.end(), [&](const auto& s) { return &s == &stage; }) -
      plan.stages.begin() + 1;
  return "stage " + std::to_string(number) + ": " + std::visit(Name{}, stage.work);
}

int threads_for(const plan::Plan& plan, const plan::Stage& stage, std::int64_t elements) {
  const std::vector<const plan::Body*> bodies = plan::bodies_of(stage);
  const bool cheap = plan.reads.empty() && std::none_of(bodies.begin(), bodies.end(), [](const plan::Body* body) {
                       return body->program && body->program->is_costly();
                     });
  // About a tenth of a millisecond of a thread's work, as long as waking one takes.
  const std::int64_t worth = std::int64_t{1} << (cheap ? 18 : 15);
  const double work = static_cast<double>(elements) * static_cast<double>(stage.weight) * (plan.lines.empty() ? 1 : 8);
  return static_cast<int>(std::clamp(work / static_cast<double>(worth), 1.0, static_cast<double>(plan.threads)));
}

std::int64_t pieces_for(std::int64_t chunks, int threads) {
  const std::int64_t wanted = 4 * static_cast<std::int64_t>(threads);
  return chunks > 0 && chunks < wanted ? (wanted + chunks - 1) / chunks : 1;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
