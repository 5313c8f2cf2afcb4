#include "backends/cluster/worker/worker_run.hpp"

#include <algorithm>

#include "runtime/executor/states_bytes.hpp"
#include "runtime/store/stored_source.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

store::ArrayId store_id(const StepKey& key) { return {key.run, key.step}; }

/// The time for which memory of persisted chunks is waited for: the coordinator may have told us to drop them already.
constexpr std::chrono::milliseconds dropped_soon{5000};

/// Products of up to so many bytes are made where their inputs are, without an assignment.
constexpr std::int64_t little_bytes = std::int64_t{1} << 16;
/// A chunk of up to so many bytes goes to the client with the report of it.
constexpr std::int64_t carried_bytes = 4096;

/// The spans that a worker records of a run at most, whatever its client asks for: 11 MB.
constexpr std::int64_t most_spans = 200'000;

std::shared_ptr<trace::Recorder> recorder_for(const Submission& submission) {
  if (submission.trace_spans <= 0) return nullptr;
  return std::make_shared<trace::Recorder>(static_cast<std::size_t>(std::min(submission.trace_spans, most_spans)));
}

/// Returns the name of work on a step, for people: "reduce (step 1)".
std::string work_name(StepKind kind, int step) {
  const char* const name = kind == StepKind::reduce ? "reduce" : kind == StepKind::combine ? "combine" : "write";
  return std::string(name) + " (step " + std::to_string(step) + ")";
}

Error never(const char* what) { return Error(ErrorCode::invalid_argument, what); }

}  // namespace

WorkerRun::WorkerRun(std::shared_ptr<const Workplace> place, const Submission& submission)
    : place_(std::move(place)),
      run_(submission.run),
      recorder_(recorder_for(submission)),
      persisted_(submission.persisted) {
  Graph graph = graph_from_bytes(
      submission.graph, [this](std::span<const std::byte> bytes) { return open(source_spec_from_bytes(bytes)); });
  if (cluster::is_upload(graph)) {
    const Node& array = *graph.outputs.front();
    arrays_[0] = {array.dtype, array.shape, array.grid};
    steps_.steps.push_back({StepKind::upload, 0, array.grid.chunks(), {}, {}, 0});
    return;
  }
  steps_ = steps_on_worker(std::move(graph), submission, place_->threads, place_->admission->limit());
  for (const plan::Stage& stage : steps_.plan.stages) {
    StageState state;
    state.partition = std::make_unique<executor::Partition>(stage);
    stages_.push_back(std::move(state));
  }
  for (std::size_t i = 0; i < steps_.output_steps.size(); ++i) {
    const Node& output = *steps_.plan.graph.outputs[i];
    arrays_[steps_.output_steps[i]] = {output.dtype, output.shape, output.grid};
  }
}

SourcePtr WorkerRun::open(const SourceSpec& source) {
  if (!source.array)
    return deferred_source(
        source, {[place = place_](const std::string& path) { return place->roots.resolve(path); }, place_->isolated});
  const SourceFacts& facts = source.facts;
  const StepKey key = *source.array;
  return std::make_shared<store::StoredSource>(
      place_->store, store_id(key), facts.dtype, facts.shape, facts.grid,
      [this, key, dtype = facts.dtype, grid = facts.grid](const Region& region, void* out) {
        std::shared_ptr<const Placement> placement;
        {
          const std::scoped_lock lock(mutex_);
          placement = placements_[key];
        }
        if (!placement) throw never("an assignment does not say where an array lies");
        fetch_region(*place_->peers, key, dtype, grid, *placement, region, out, stop_.get_token());
      });
}

const Step& WorkerRun::step_at(int step) const {
  if (step < 0 || static_cast<std::size_t>(step) >= steps_.steps.size())
    throw Error(ErrorCode::invalid_argument, "run " + std::to_string(run_) + " has no step " + std::to_string(step));
  return steps_.steps[static_cast<std::size_t>(step)];
}

bool WorkerRun::persists(int step) const {
  if (step_at(step).kind == StepKind::upload) return true;
  for (std::size_t i = 0; i < steps_.output_steps.size(); ++i)
    if (steps_.output_steps[i] == step) return persisted_[i];
  return false;
}

DType WorkerRun::dtype_of(int step) const {
  const auto array = arrays_.find(step);
  if (array == arrays_.end()) throw never("chunks were asked of a step that makes none");
  return array->second.dtype;
}

std::int64_t WorkerRun::chunk_bytes(std::int64_t item) const {
  const Array& array = arrays_.at(0);
  if (item < 0 || item >= array.grid.chunks())
    throw Error(ErrorCode::out_of_range,
                "chunk " + std::to_string(item) + " of an array that has " + std::to_string(array.grid.chunks()));
  return array.grid.region(array.grid.chunk(item)).elements() * static_cast<std::int64_t>(size_of(array.dtype));
}

void WorkerRun::create_array(int step) {
  const Array& array = arrays_.at(step);
  place_->store->create({run_, step}, array.dtype, array.shape, array.grid);
}

// ---------------------------------------------------------------- products for others

std::shared_ptr<executor::StageResults> WorkerRun::finished_of(std::size_t stage) {
  const std::scoped_lock lock(mutex_);
  StageState& state = stages_[stage];
  if (!state.finished) state.finished = std::make_shared<executor::StageResults>(*state.partition);
  return state.finished;
}

executor::TileParts WorkerRun::own_states(int step, std::int64_t tile) {
  const std::scoped_lock lock(mutex_);
  const Step& own = step_at(step);
  if (own.kind != StepKind::reduce) throw never("states were asked of a step that does not reduce");
  StageState& stage = stages_[own.stage];
  const auto parts = stage.partials.find(tile);
  if (parts == stage.partials.end())
    throw Error(ErrorCode::not_found, "the states of tile " + std::to_string(tile) + " are not here (any more)");
  return parts->second;
}

SharedBytes WorkerRun::states(int step, std::int64_t tile) { return executor::to_bytes(own_states(step, tile)); }

SharedBytes WorkerRun::finished(int step, std::int64_t tile) {
  const Step& own = step_at(step);
  if (own.kind != StepKind::combine) throw never("finished values were asked of a step that does not combine");
  if (tile < 0 || tile >= own.items) throw never("a tile that is not there");
  const auto stage = finished_of(own.stage);
  if (!stage->has(tile))
    throw Error(ErrorCode::not_found, "the values of tile " + std::to_string(tile) + " are not here (any more)");
  return stage->bytes(tile);
}

void WorkerRun::drop(int step) {
  const Step& own = step_at(step);
  if (own.kind == StepKind::write || own.kind == StepKind::upload) {
    place_->store->drop({run_, step});
    return;
  }
  const std::scoped_lock lock(mutex_);
  if (own.kind == StepKind::reduce)
    stages_[own.stage].partials.clear();
  else
    stages_[own.stage].finished.reset();
}

// ---------------------------------------------------------------- inputs

graph::Materialised WorkerRun::take_inputs(const Assign& assignment) {
  graph::Materialised finished;
  for (const Inputs& inputs : assignment.inputs) {
    const StepKey& key = inputs.key;
    if (key.run == run_ && step_at(key.step).kind == StepKind::combine) {
      gather(inputs)->publish(finished);
    } else if (key.run != run_) {
      auto placement = std::make_shared<const Placement>(inputs.ranges);
      const std::scoped_lock lock(mutex_);
      placements_[key] = std::move(placement);
    }
  }
  return finished;
}

std::shared_ptr<const executor::StageResults> WorkerRun::gather(const Inputs& inputs) {
  const std::scoped_lock one_at_a_time(gathering_);
  const Step& own = step_at(inputs.key.step);
  const auto stage = finished_of(own.stage);
  if (stage->complete()) return stage;
  const Placement placement(inputs.ranges);
  for (std::int64_t tile = 0; tile < own.items; ++tile) {
    if (stage->has(tile)) continue;
    const Held* holder = placement.find(tile);
    if (!holder) throw never("an assignment does not say where finished values lie");
    trace::Scope fetching(recorder_.get(), trace::Kind::fetch, "values of reductions", tile);
    const SharedBytes values = place_->peers->read_finished(holder->worker, inputs.key, tile, stop_.get_token());
    fetching.bytes(values.bytes.size());
    stage->put(tile, values.bytes);
  }
  return stage;
}

executor::TileParts WorkerRun::fetch_states(WorkerId holder, int step, std::int64_t tile) {
  trace::Scope fetching(recorder_.get(), trace::Kind::fetch, "states of reductions", tile);
  const SharedBytes states = place_->peers->read_states(holder, StepKey{run_, step}, tile, stop_.get_token());
  fetching.bytes(states.bytes.size());
  return executor::parts_from_bytes(*stages_[step_at(step).stage].partition, tile, states);
}

// ---------------------------------------------------------------- work

void WorkerRun::combine(const Assign& assignment) {
  const int reduce_step = assignment.key.step - 1;
  const std::size_t stage = step_at(assignment.key.step).stage;
  const executor::Partition& partition = *stages_[stage].partition;
  const auto values = finished_of(stage);
  for (std::int64_t tile = assignment.items.first; tile < assignment.items.last; ++tile) {
    if (values->has(tile)) continue;
    std::vector<executor::TileParts> parts;
    std::vector<WorkerId> asked;
    for (const Inputs& inputs : assignment.inputs) {
      if (inputs.key.step != reduce_step || inputs.key.run != run_) continue;
      for (const Held& range : inputs.ranges) {
        if (!partition.touches(range.items.first, range.items.last, tile) ||
            std::find(asked.begin(), asked.end(), range.worker) != asked.end())
          continue;
        asked.push_back(range.worker);
        if (range.worker == assignment.worker)
          parts.push_back(own_states(reduce_step, tile));
        else
          parts.push_back(fetch_states(range.worker, reduce_step, tile));
      }
    }
    const trace::Scope combining(recorder_.get(), trace::Kind::combine, "combine", tile);
    values->combine(tile, std::move(parts));
  }
}

void WorkerRun::prepare(executor::RunContext& context) {
  context.plan = &steps_.plan;
  context.cancelled = &cancelled_;
  context.trace = recorder_.get();
}

void WorkerRun::reduce(const Step& step, Items items, executor::RunContext& context) {
  StageState& stage = stages_[step.stage];
  for (executor::TileParts& part : executor::fold_work_items(*stage.partition, items.first, items.last, context))
    add_states(stage, std::move(part));
}

void WorkerRun::add_states(StageState& stage, executor::TileParts part) {
  for (;;) {
    // States that are there already are taken out to be merged, since that may take a while.
    std::unique_lock lock(mutex_);
    const auto here = stage.partials.find(part.tile);
    if (here == stage.partials.end()) {
      stage.partials.emplace(part.tile, std::move(part));
      return;
    }
    std::vector<executor::TileParts> both;
    both.push_back(std::move(here->second));
    stage.partials.erase(here);
    lock.unlock();
    both.push_back(std::move(part));
    part = executor::merge_parts(*stage.partition, std::move(both));
  }
}

void WorkerRun::write(int step, Items items, executor::RunContext& context) {
  const store::ArrayId id{run_, step};
  create_array(step);
  // The store may be told to drop chunks while they are made: they are held here until nobody writes to them.
  std::mutex making;
  std::map<std::int64_t, Buffer> chunks;
  executor::Destination destination;
  destination.chunk_memory = [&](std::int64_t chunk) {
    const std::scoped_lock lock(making);
    Buffer& memory = chunks[chunk];
    if (!memory) memory = place_->store->allocate(id, chunk);
    return memory.get();
  };
  try {
    executor::write_work_items(*stages_[step_at(step).stage].partition, items.first, items.last, destination, context);
    place_->store->commit(id, {items.first, items.last});
    // The run was forgotten meanwhile: forget() may have looked into the store before these chunks were in it.
    if (cancelled_) throw Error(ErrorCode::cancelled, "the run is over");
  } catch (...) {
    place_->store->drop(id, {items.first, items.last});
    throw;
  }
}

WorkerRun::Done WorkerRun::execute(const Assign& assignment) {
  const int step = assignment.key.step;
  const Step& own = step_at(step);
  if (own.kind == StepKind::upload) throw never("an upload was assigned as work");
  const Items items = assignment.items;
  if (items.first < 0 || items.last > own.items || items.first > items.last)
    throw never("work items were assigned that the step does not have");
  trace::Scope working(
      recorder_.get(), trace::Kind::run, [&] { return work_name(own.kind, step); }, items.first);
  executor::RunContext context;
  prepare(context);
  context.finished = take_inputs(assignment);
  if (own.kind == StepKind::combine) {
    combine(assignment);
    return {0, go_on(step)};
  }
  const std::int64_t chunks = own.kind == StepKind::write ? (items.last - items.first) * own.bytes_per_item : 0;
  const executor::Admission::Reservation reservation = [&] {
    const trace::Scope waiting(recorder_.get(), trace::Kind::wait, "wait for memory");
    return place_->admission->reserve(steps_.plan.memory.total(), &cancelled_, dropped_soon,
                                      static_cast<std::uint64_t>(chunks));
  }();
  if (own.kind == StepKind::reduce) {
    reduce(own, items, context);
    working.bytes(context.bytes_read.load());
    return {context.bytes_read.load(), go_on(step)};
  }
  std::unique_lock alone(going_on_, std::defer_lock);
  if (is_little(step)) alone.lock();
  write(step, items, context);
  working.bytes(context.bytes_read.load());
  return {context.bytes_read.load(), {}};
}

// ---------------------------------------------------------------- copies from a worker that goes

void WorkerRun::copy_chunks(int step, const Held& held) {
  const store::ArrayId id{run_, step};
  const Items items = held.items;
  const Array& array = arrays_.at(step);
  const Placement placement({held});
  create_array(step);
  // The same chunks may be made here meanwhile: nobody sees them before all of them are here.
  std::vector<Buffer> chunks;
  for (std::int64_t item = items.first; item < items.last; ++item) {
    chunks.push_back(place_->store->room_for(id, item));
    fetch_region(*place_->peers, {run_, step}, array.dtype, array.grid, placement,
                 array.grid.region(array.grid.chunk(item)), chunks.back().get(), stop_.get_token());
  }
  for (std::int64_t item = items.first; item < items.last; ++item)
    place_->store->put(id, item, std::move(chunks[static_cast<std::size_t>(item - items.first)]));
  if (!cancelled_) return;
  place_->store->drop(id, {items.first, items.last});
  throw Error(ErrorCode::cancelled, "the run is over");
}

void WorkerRun::copy(const Copy& copy) {
  const int step = copy.key.step;
  const Step& own = step_at(step);
  const Items items = copy.held.items;
  const trace::Scope copying(recorder_.get(), trace::Kind::fetch, "copies from a worker that goes", items.first);
  if (items.first < 0 || items.last > own.items || items.first >= items.last)
    throw never("work items are to be copied that the step does not have");
  if (own.kind == StepKind::write || own.kind == StepKind::upload) return copy_chunks(step, copy.held);
  StageState& stage = stages_[own.stage];
  if (own.kind == StepKind::combine) {
    const auto values = finished_of(own.stage);
    for (std::int64_t tile = items.first; tile < items.last; ++tile)
      if (!values->has(tile))
        values->put(tile, place_->peers->read_finished(copy.held.worker, {run_, step}, tile, stop_.get_token()).bytes);
    return;
  }
  const auto [first, last] = stage.partition->tiles_around(items.first, items.last);
  for (std::int64_t tile = first; tile < last; ++tile)
    if (stage.partition->touches(items.first, items.last, tile))
      add_states(stage, fetch_states(copy.held.worker, step, tile));
}

// ---------------------------------------------------------------- later steps

bool WorkerRun::has_all(int step) {
  const Step& own = step_at(step);
  if (own.kind == StepKind::combine) return finished_of(own.stage)->complete();
  if (own.kind != StepKind::reduce) return false;
  const std::scoped_lock lock(mutex_);
  const StageState& stage = stages_[own.stage];
  return static_cast<std::int64_t>(stage.partials.size()) == stage.partition->tiles() &&
         std::all_of(stage.partials.begin(), stage.partials.end(),
                     [&](const auto& entry) { return executor::is_whole(*stage.partition, entry.second); });
}

bool WorkerRun::is_little(int step) const {
  const Step& own = step_at(step);
  const bool may =
      own.kind == StepKind::combine || (own.kind == StepKind::write && own.reads.empty() && !persists(step));
  return may && own.items * own.bytes_per_item <= little_bytes;
}

void WorkerRun::finish(int step) {
  const Step& own = step_at(step);
  if (own.kind == StepKind::combine) {
    const auto values = finished_of(own.stage);
    for (std::int64_t tile = 0; tile < own.items; ++tile)
      if (!values->has(tile)) values->combine(tile, {own_states(step - 1, tile)});
    return;
  }
  executor::RunContext context;
  prepare(context);
  for (const std::int32_t needed : own.needs) finished_of(step_at(needed).stage)->publish(context.finished);
  write(step, {0, own.items}, context);
}

std::vector<WorkerRun::Made> WorkerRun::go_on(int step) {
  const std::scoped_lock alone(going_on_);
  std::vector<Made> products;
  if (!has_all(step)) return products;
  std::vector<int> complete{step};
  const auto follows = [&](const Step& next) {
    return std::any_of(next.needs.begin(), next.needs.end(), [&](int needed) {
      return std::find(complete.begin(), complete.end(), needed) != complete.end();
    });
  };
  for (int next = step + 1; next < static_cast<int>(steps_.steps.size()); ++next) {
    const Step& own = step_at(next);
    if (!follows(own) || !is_little(next) ||
        !std::all_of(own.needs.begin(), own.needs.end(), [this](int needed) { return has_all(needed); }) ||
        !place_->store->held({run_, next}).empty())
      continue;
    try {
      finish(next);
    } catch (const std::exception&) {
      break;  // The step is assigned in its turn, and tells then what is wrong.
    }
    complete.push_back(next);
    if (own.items == 0) continue;
    Made& made = products.emplace_back();
    made.product = {next, {0, own.items}};
    const Buffer chunk = own.items == 1 ? place_->store->find({run_, next}, 0) : nullptr;
    if (own.kind == StepKind::write && chunk && own.bytes_per_item <= carried_bytes) {
      made.values = chunk;
      made.values_bytes = static_cast<std::size_t>(own.bytes_per_item);
    }
  }
  return products;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
