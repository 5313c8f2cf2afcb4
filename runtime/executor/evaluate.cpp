#include "runtime/executor/evaluate.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "runtime/graph/ask.hpp"
#include "runtime/graph/broadcast.hpp"
#include "runtime/graph/kinds.hpp"
#include "runtime/interpret/interpret.hpp"
#include "runtime/plan/cut.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

void RunContext::check_cancelled() const {
  if (cancelled && cancelled->load(std::memory_order_relaxed))
    throw Error(ErrorCode::cancelled, "the run was cancelled by its caller; nothing of it remains");
}

// ---------------------------------------------------------------- Walk

Walk::Walk(const Shape& shape, std::span<const PerAxis<std::int64_t>> maps) : strides_(maps.size()) {
  for (int axis = 0; axis < shape.rank(); ++axis) {
    if (shape[axis] == 1) continue;
    const int last = shape_.rank() - 1;
    bool joins = last >= 0;
    for (std::size_t m = 0; joins && m < maps.size(); ++m) joins = strides_[m][last] == maps[m][axis] * shape[axis];
    if (joins) {
      shape_[last] *= shape[axis];
      for (std::size_t m = 0; m < maps.size(); ++m) strides_[m][last] = maps[m][axis];
    } else {
      shape_.push_back(shape[axis]);
      for (std::size_t m = 0; m < maps.size(); ++m) strides_[m].push_back(maps[m][axis]);
    }
  }
  if (shape_.rank() == 0) {
    shape_.push_back(1);
    for (auto& strides : strides_) strides.push_back(1);
  }
}

// ---------------------------------------------------------------- BodyRunner

namespace {
using plan::block_bytes;
using plan::blocks_of;
using plan::kept_blocks;

/// Returns memory for `blocks` blocks. If they are few, it is memory that an earlier runner of this thread has left:
/// for a slab of one element, allocating would cost more than all else.
Buffer staging(std::size_t blocks) {
  thread_local std::array<Buffer, 4> kept;  // as many as runners are nested, mostly
  if (blocks > kept_blocks) return allocate_buffer(blocks * block_bytes);
  for (Buffer& buffer : kept) {
    if (!buffer) buffer = allocate_buffer(kept_blocks * block_bytes);
    if (buffer.use_count() == 1) return buffer;
  }
  return allocate_buffer(blocks * block_bytes);
}
}  // namespace

BodyRunner::BodyRunner(const plan::Body& body, PerOperand<Operand> operands)
    : BodyRunner(body.program ? &body : nullptr, body.node->dtype, std::move(operands)) {}

BodyRunner::BodyRunner(const Operand& operand) : BodyRunner(nullptr, operand.dtype, PerOperand<Operand>{operand}) {}

BodyRunner::BodyRunner(const plan::Body* body, DType dtype, PerOperand<Operand> operands)
    : body_(body),
      operands_(std::move(operands)),
      dtype_(dtype),
      inputs_(operands_.size()),
      splatted_(operands_.size(), std::pair<const std::byte*, std::int64_t>{nullptr, 0}) {}

std::byte* BodyRunner::stage(std::size_t number) {
  if (!staging_) staging_ = staging(blocks_of(operands_.size()));
  return staging_.get() + number * block_bytes;
}

bool BodyRunner::direct(const std::int64_t* strides) const {
  return !body_ && !operands_[0].decoding && strides[0] == 1;
}

const void* BodyRunner::load(std::size_t slot, const std::byte* from, std::int64_t stride, std::int64_t n, void* out) {
  const Operand& operand = operands_[slot];
  const auto count = static_cast<std::size_t>(n);
  if (!operand.decoding && stride == 1 && !out) return from;
  std::byte* staged = out ? static_cast<std::byte*>(out) : stage(slot);
  const std::size_t size = size_of(operand.stored());
  if (stride == 0) {
    // The same element for the whole stretch, and often for the next: decoded once, splatted once.
    auto& [source, filled] = splatted_[slot];
    if (!out && source == from && filled >= n) return staged;
    alignas(8) std::array<std::byte, 8> element{};
    if (operand.decoding)
      load::decode(*operand.decoding, operand.dtype, from, element.data(), 1);
    else
      std::memcpy(element.data(), from, size);
    load::splat(element.data(), size_of(operand.dtype), staged, count);
    if (!out) splatted_[slot] = {from, n};
    return staged;
  }
  if (!operand.decoding) {
    if (stride == 1)
      std::memcpy(staged, from, count * size);
    else
      load::gather(from, stride, size, staged, count);
    return staged;
  }
  const std::byte* stored = from;
  if (stride != 1) {
    std::byte* gathered = stage(operands_.size());
    load::gather(from, stride, size, gathered, count);
    stored = gathered;
  }
  load::decode(*operand.decoding, operand.dtype, stored, staged, count);
  return staged;
}

const void* BodyRunner::block(const std::int64_t* offsets, const std::int64_t* strides, std::int64_t begin,
                              std::int64_t n, void* out) {
  const auto at = [&](std::size_t i) {
    return operands_[i].data +
           (offsets[i] + begin * strides[i]) * static_cast<std::int64_t>(size_of(operands_[i].stored()));
  };
  if (!body_) return load(0, at(0), strides[0], n, out);
  for (std::size_t i = 0; i < operands_.size(); ++i) inputs_[i] = load(i, at(i), strides[i], n, nullptr);
  void* result = out ? out : stage(operands_.size() + 1);
  if (body_->kernel)
    body_->kernel(inputs_.data(), body_->parameters.data(), result, static_cast<std::size_t>(n));
  else
    interpret::run(*body_->program, inputs_.data(), body_->parameters.data(), result, static_cast<std::size_t>(n));
  return result;
}

// ---------------------------------------------------------------- Evaluator

void Evaluator::new_slab() {
  context_->check_cancelled();
  fetched_.clear();
  held_.clear();
  scratch_used_ = 0;
}

void Evaluator::leave_chunk() {
  for (ChunkView& known : chunk_views_)
    if (known.source) known = {};
  next_view_ = 0;
  if (inner_) inner_->leave_chunk();
}

std::byte* Evaluator::scratch(std::size_t bytes) {
  // Buffers are taken in the order of requests, which is the same for every slab, so each finds one of its size.
  if (scratch_used_ == scratch_.size()) scratch_.emplace_back(allocate_buffer(bytes), bytes);
  auto& [buffer, size] = scratch_[scratch_used_++];
  if (size < bytes) {
    buffer.reset();
    buffer = allocate_buffer(bytes);
    size = bytes;
  }
  return buffer.get();
}

Operand Evaluator::fetch(const NodePtr& node, const Region& region) {
  // Finding it takes no longer than remembering it.
  if (const Operand part = part_of_memory(*node, region); part.data) return part;
  for (const Fetched& f : fetched_)
    if (f.node == node.get() && f.region == region) return f.operand;
  Operand operand = fetch_new(node, region);
  fetched_.push_back({node.get(), region, operand});
  return operand;
}

const UntypedNdArray& Evaluator::memory_of(const Source& source) {
  if (asked_ != &source) {
    memory_ = source.in_memory();
    asked_ = &source;
  }
  return memory_;
}

UntypedNdArray Evaluator::view_of_source(const Source& source, const Region& region) {
  for (ChunkView& known : chunk_views_) {
    if (known.source != &source || !plan::contains(known.box, region)) continue;
    // A caller that asks for a second part will ask for more.
    if (!known.view.data) known.view = source.view(known.box);
    return known.view.data ? part_of(known.view, plan::relative(region, known.box)) : source.view(region);
  }
  UntypedNdArray view = source.view(region);
  if (!view.data) return view;
  const std::optional<ChunkIndex> chunk = plan::chunk_around(source.grid(), region);
  if (!chunk) return view;
  Region box = source.grid().region(*chunk);
  if (box.elements() == region.elements()) return view;
  chunk_views_[next_view_] = {&source, std::move(box), {}};
  next_view_ = (next_view_ + 1) % chunk_views_.size();
  return view;
}

// The graph keeps joined and other memory alive as long as it runs.
Operand Evaluator::part_of_memory(const Node& node, const Region& region) {
  return graph::by_kind(
      node,
      [&](const SourceNode& source) {
        const UntypedNdArray& whole = memory_of(*source.source);
        Operand part{static_cast<const std::byte*>(whole.data), whole.strides, whole.dtype, nullptr};
        if (!part.data) return part;
        for (int axis = 0; axis < region.rank(); ++axis) {
          part.data += region[axis].start * whole.strides[axis] * static_cast<std::int64_t>(size_of(whole.dtype));
          part.strides[axis] *= region[axis].step;
        }
        return part;
      },
      [&](const ViewNode& join) {
        if (!join.of_memory) return Operand{};
        Region own = region;
        const NodePtr* const part = graph::only_part(join, own);
        return part ? part_of_memory(**part, own) : Operand{};
      },
      [](const MapNode& /*map*/) { return Operand{}; }, [](const AlongNode& /*along*/) { return Operand{}; },
      [](const FoldNode& /*fold*/) { return Operand{}; });
}

Operand Evaluator::fetch_new(const NodePtr& node, const Region& region) {
  const auto of_source = [this](const Source& source, const Region& part) { return view_of_source(source, part); };
  if (UntypedNdArray view = graph::view_through(node, region, context_->finished, of_source); view.data) {
    held_.push_back(std::move(view.owner));
    return {static_cast<const std::byte*>(view.data), view.strides, view.dtype, nullptr};
  }
  return graph::by_kind(
      *node, [&](const SourceNode& source) { return fetch_source(source, region); },
      [&](const ViewNode& view) { return fetch_view(*node, view, region); },
      [&](const MapNode& /*map*/) { return fetch_map(*node, region); },
      [&](const AlongNode& along) { return fetch_along(*node, along, region); },
      [&](const FoldNode& /*fold*/) -> Operand {
        throw std::logic_error(describe(*node) + " is read before it is finished");
      });
}

Operand Evaluator::fetch_source(const SourceNode& node, const Region& region) {
  const Source& source = *node.source;
  const Encoding& encoding = source.encoding();
  const std::size_t bytes = static_cast<std::size_t>(region.elements()) * size_of(encoding.stored);
  std::byte* to = scratch(bytes);
  if (bytes > 0) {
    trace::Scope reading(context_->trace, source.is_generated() ? trace::Kind::derive : trace::Kind::read,
                         [&] { return source.describe(); });
    reading.bytes(bytes);
    source.read(region, to);
  }
  if (!source.is_generated()) context_->bytes_read.fetch_add(bytes, std::memory_order_relaxed);
  const load::Decoding* decoding = nullptr;
  if (!encoding.is_plain() || encoding.stored != source.dtype())
    decoding = &decodings_.try_emplace(&source, encoding).first->second;
  return {to, row_major_strides(region.shape()), source.dtype(), decoding};
}

void Evaluator::copy_out(const Operand& operand, const Shape& shape, std::byte* out,
                         const PerAxis<std::int64_t>& strides) {
  const std::array maps{operand.strides, strides};
  const Walk walk(shape, maps);
  const auto size = static_cast<std::int64_t>(size_of(operand.dtype));
  BodyRunner runner(operand);
  const std::int64_t step = walk.stretch_stride(0);
  const std::int64_t to_step = walk.stretch_stride(1);
  const std::int64_t length = walk.stretch_length();
  std::vector<std::byte> block;
  if (to_step != 1) block.resize(block_bytes);
  walk.for_each_stretch([&](std::span<const std::int64_t> offsets) {
    for (std::int64_t begin = 0; begin < length; begin += block_elements) {
      const std::int64_t n = std::min(block_elements, length - begin);
      std::byte* to = out + (offsets[1] + begin * to_step) * size;
      if (to_step == 1) {
        runner.block(offsets.data(), &step, begin, n, to);
      } else {
        runner.block(offsets.data(), &step, begin, n, block.data());
        for (std::int64_t i = 0; i < n; ++i)
          std::memcpy(to + i * to_step * size, block.data() + i * size, static_cast<std::size_t>(size));
      }
    }
  });
}

namespace {

/// Returns an operand over the box of a view's input as an operand over the box of the view.
Operand seen_through(const std::vector<AxisTransform>& axes, const Region& region, const Region& box, Operand operand) {
  const StridedView view = view_strides(axes, region, box, operand.strides);
  operand.data += view.first * static_cast<std::int64_t>(size_of(operand.stored()));
  operand.strides = view.strides;
  return operand;
}

}  // namespace

Operand Evaluator::fetch_view(const Node& node, const ViewNode& view, const Region& region) {
  if (graph::is_placed(view)) {
    const Shape shape = region.shape();
    const auto elements = static_cast<std::size_t>(std::max<std::int64_t>(shape.elements(), 1));
    const Place to{scratch(elements * size_of(node.dtype)), row_major_strides(shape)};
    if (shape.elements() > 0) place(node, view, region, to);
    return {to.memory, to.strides, node.dtype, nullptr};
  }
  if (!view.moves()) return fetch_joined(node.dtype, view, region);
  const Region box = input_region(view.axes, region);
  Operand operand = fetch_joined(node.dtype, view, box);
  return seen_through(view.axes, region, box, std::move(operand));
}

const NodePtr* Evaluator::only_part_of_join(const NodePtr& node, Region& box) const {
  return context_->finished.contains(node.get()) ? nullptr : graph::only_joined_part(*node, box);
}

Operand Evaluator::fetch_joined(DType dtype, const ViewNode& view, const Region& region) {
  if (!view.joins()) return fetch(view.part(0), region);
  const Shape shape = region.shape();
  if (shape.elements() == 0) return {scratch(64), row_major_strides(shape), dtype, nullptr};
  Region own = region;
  if (const NodePtr* part = graph::only_part(view, own)) {
    // Passes through joins of joins at once: fetch looks for memory below each node that it is asked for.
    while (const NodePtr* const inner = only_part_of_join(*part, own)) part = inner;
    return fetch(*part, own);
  }
  std::byte* to = scratch(static_cast<std::size_t>(shape.elements()) * size_of(dtype));
  const PerAxis<std::int64_t> strides = row_major_strides(shape);
  const std::int64_t step = strides[view.joined] * static_cast<std::int64_t>(size_of(dtype));
  graph::for_each_part(view, region[view.joined], [&](std::size_t part, const AxisRange& along, std::int64_t first) {
    own[view.joined] = along;
    const Operand piece = fetch(view.part(part), own);
    copy_out(piece, own.shape(), to + first * step, strides);
  });
  return {to, strides, dtype, nullptr};
}

Operand Evaluator::fetch_map(const Node& node, const Region& region) {
  const Shape shape = region.shape();
  std::byte* to = scratch(static_cast<std::size_t>(std::max<std::int64_t>(shape.elements(), 1)) * size_of(node.dtype));
  evaluate(context_->plan->inner_bodies.at(&node), region, node.shape, to);
  return {to, row_major_strides(shape), node.dtype, nullptr};
}

PerOperand<Operand> Evaluator::operands(const plan::Body& body, const Region& region, int domain_rank) {
  PerOperand<Operand> result;
  result.reserve(body.inputs.size());
  for (const NodePtr& input : body.inputs) {
    const int lead = domain_rank - input->shape.rank();
    Operand operand = fetch(input, graph::broadcast_region(region, body.node->shape, input->shape));
    PerAxis<std::int64_t> strides;
    for (int axis = 0; axis < domain_rank; ++axis) {
      const bool still = axis < lead || (input->shape[axis - lead] == 1 && body.node->shape[axis] != 1);
      strides.push_back(still ? 0 : operand.strides[axis - lead]);
    }
    operand.strides = strides;
    result.push_back(operand);
  }
  return result;
}

const void* Evaluator::rechunked(const plan::Body& body, const Region& region, const Shape& domain) {
  if (body.program || body.inputs.size() != 1 || !graph::is_rechunked(*body.inputs.front())) return nullptr;
  const Operand own = operands(body, region, domain.rank())[0];
  const Shape shape = region.shape();
  const PerAxis<std::int64_t> strides = row_major_strides(shape);
  if (!own.decoding && own.strides == strides) return own.data;
  std::byte* const to =
      scratch(static_cast<std::size_t>(std::max<std::int64_t>(shape.elements(), 1)) * size_of(own.dtype));
  copy_out(own, shape, to, strides);
  return to;
}

void Evaluator::evaluate(const plan::Body& body, const Region& region, const Shape& domain, std::byte* out) {
  evaluate(body, region, domain, out, row_major_strides(region.shape()));
}

void Evaluator::evaluate(const plan::Body& body, const Region& region, const Shape& domain, std::byte* out,
                         const PerAxis<std::int64_t>& strides) {
  if (place_body(body, region, domain, {out, strides})) return;
  BodyRunner runner(body, operands(body, region, domain.rank()));
  PerOperand<PerAxis<std::int64_t>> maps;
  for (const Operand& operand : runner.operands()) maps.push_back(operand.strides);
  maps.push_back(strides);
  Walk walk(region.shape(), {maps.data(), maps.size()});
  const std::size_t target = maps.size() - 1;
  if (walk.stretch_stride(target) != 1) walk.single_elements();
  PerOperand<std::int64_t> steps;
  for (std::size_t m = 0; m < maps.size(); ++m) steps.push_back(walk.stretch_stride(m));
  const auto size = static_cast<std::int64_t>(size_of(runner.dtype()));
  const std::int64_t length = walk.stretch_length();
  walk.for_each_stretch([&](std::span<const std::int64_t> offsets) {
    for (std::int64_t begin = 0; begin < length; begin += block_elements)
      runner.block(offsets.data(), steps.data(), begin, std::min(block_elements, length - begin),
                   out + (offsets[target] + begin) * size);
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
