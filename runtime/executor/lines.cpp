#include "runtime/executor/lines.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "runtime/graph/kinds/along.hpp"
#include "runtime/plan/cut.hpp"
#include "runtime/plan/lines.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

namespace {

template <std::size_t Size>
void scatter_sized(const std::byte* from, std::int64_t from_stride, std::byte* to, std::int64_t stride,
                   std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i) std::memcpy(to + i * stride, from + i * from_stride, Size);
}

/// Copies elements between strides that are given in elements.
void scatter(const std::byte* from, std::int64_t from_stride, std::byte* to, std::int64_t stride, std::size_t size,
             std::int64_t n) {
  const auto bytes = static_cast<std::int64_t>(size);
  from_stride *= bytes;
  stride *= bytes;
  if (size == 8) return scatter_sized<8>(from, from_stride, to, stride, n);
  if (size == 4) return scatter_sized<4>(from, from_stride, to, stride, n);
  if (size == 2) return scatter_sized<2>(from, from_stride, to, stride, n);
  scatter_sized<1>(from, from_stride, to, stride, n);
}

/// Lines that are loaded together if they do not lie in memory one after the other: then their elements share cache
/// lines.
constexpr std::int64_t most_lines = 16;

class LineRunner {
 public:
  LineRunner(const AlongNode& along, const Operand& input, const Shape& shape, const LineTarget& target,
             std::byte* held)
      : along_(along),
        kernels_(linewise::kernels_of(along)),
        shape_(shape),
        target_(target),
        held_(held),
        parameters_(along.parameters.begin(), along.parameters.end()),
        runner_(input),
        strides_(input.strides),
        length_(shape[along.axis]),
        out_length_(along.one_result ? 1 : length_),
        size_(size_of(along.input->dtype)),
        out_size_(size_of(target.dtype)) {
    const std::size_t each = static_cast<std::size_t>(std::max<std::int64_t>(length_, 1)) * (size_ + out_size_);
    if (strides_[along.axis] != 1)
      lines_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(plan::held_lines_bytes / each), 1, most_lines);
  }

  void run() {
    const bool is_whole = target_.wanted == AxisRange{0, 1, length_};
    const int last = shape_.rank() - 1;
    if (kernels_.step && is_whole && along_.axis != last && shape_[last] > 1 && target_.strides[last] == 1)
      return run_rows();
    for_each_other(along_.axis, [this](std::int64_t from, std::int64_t to) {
      from_[static_cast<std::size_t>(count_)] = from;
      to_[static_cast<std::size_t>(count_++)] = to;
      if (count_ == lines_) run_lines();
    });
    run_lines();
  }

 private:
  /// Calls visit(offset of the input, offset of the target) for all indices of the axes but `axis` and `other`.
  template <class Visit>
  void for_each_other(int axis, Visit&& visit, int other = -1) {
    Shape rest = shape_;
    rest[axis] = 1;
    if (other >= 0) rest[other] = 1;
    if (rest.elements() == 0) return;
    PerAxis<std::int64_t> to = target_.strides;
    to[axis] = 0;
    const std::array maps{strides_, to};
    Walk walk(rest, maps);
    walk.for_each_run([&](std::span<const std::int64_t> offsets) {
      for (std::int64_t i = 0; i < walk.run_length(); ++i)
        visit(offsets[0] + i * walk.run_stride(0), offsets[1] + i * walk.run_stride(1));
    });
  }

  /// Loads the lines whose places are known, makes their results and stores them.
  void run_lines() {
    if (count_ == 0) return;
    const std::size_t line_bytes = static_cast<std::size_t>(length_) * size_;
    std::byte* const results = held_ + (static_cast<std::size_t>(lines_) * line_bytes + 63) / 64 * 64;
    const std::size_t result_bytes = static_cast<std::size_t>(out_length_) * out_size_;
    const std::int64_t step = strides_[along_.axis];
    for (std::int64_t begin = 0; begin < length_; begin += block_elements)
      for (std::int64_t l = 0; l < count_; ++l)
        runner_.block(&from_[static_cast<std::size_t>(l)], &step, begin, std::min(block_elements, length_ - begin),
                      held_ + static_cast<std::size_t>(l) * line_bytes + static_cast<std::size_t>(begin) * size_);
    for (std::int64_t l = 0; l < count_; ++l) {
      const void* const line = held_ + static_cast<std::size_t>(l) * line_bytes;
      kernels_.line(&line, parameters_.data(), results + static_cast<std::size_t>(l) * result_bytes,
                    static_cast<std::size_t>(length_));
    }
    const AxisRange& wanted = target_.wanted;
    const std::int64_t to_step = along_.one_result ? 1 : target_.strides[along_.axis];
    for (std::int64_t begin = 0; begin < wanted.count; begin += block_elements)
      for (std::int64_t l = 0; l < count_; ++l) {
        const std::byte* const from = results + static_cast<std::size_t>(l) * result_bytes +
                                      (wanted.start + begin * wanted.step) * static_cast<std::int64_t>(out_size_);
        std::byte* const to = target_.memory + (to_[static_cast<std::size_t>(l)] + begin * to_step) *
                                                   static_cast<std::int64_t>(out_size_);
        scatter(from, wanted.step, to, to_step, out_size_, std::min(block_elements, wanted.count - begin));
      }
    count_ = 0;
  }

  /// Goes through lines that lie beside each other one element of each at a time.
  void run_rows() {
    const int last = shape_.rank() - 1;
    const std::int64_t step = strides_[last];
    const auto size = static_cast<std::int64_t>(out_size_);
    for_each_other(
        along_.axis,
        [&](std::int64_t from, std::int64_t to) {
          for (std::int64_t begin = 0; begin < shape_[last]; begin += block_elements) {
            const std::int64_t n = std::min(block_elements, shape_[last] - begin);
            std::byte* before = nullptr;
            for (std::int64_t k = 0; k < length_; ++k) {
              const std::int64_t offset = from + k * strides_[along_.axis];
              const void* const row = runner_.block(&offset, &step, begin, n, nullptr);
              std::byte* const out = target_.memory + (to + k * target_.strides[along_.axis] + begin) * size;
              (k == 0 ? kernels_.first : kernels_.step)(before, row, out, static_cast<std::size_t>(n));
              before = out;
            }
          }
        },
        last);
  }

  const AlongNode& along_;
  linewise::Kernels kernels_;
  const Shape& shape_;
  const LineTarget& target_;
  std::byte* held_;
  std::vector<Scalar> parameters_;
  BodyRunner runner_;
  PerAxis<std::int64_t> strides_;
  std::int64_t length_, out_length_;
  std::size_t size_, out_size_;
  std::int64_t lines_ = 1;  ///< at a time
  std::int64_t count_ = 0;  ///< lines whose places are known
  std::array<std::int64_t, most_lines> from_{}, to_{};
};

}  // namespace

void apply_to_lines(const AlongNode& along, const Operand& input, const Shape& shape, const LineTarget& target,
                    std::byte* held) {
  LineRunner(along, input, shape, target, held).run();
}

Operand Evaluator::fetch_along(const Node& node, const AlongNode& along, const Region& region) {
  const Shape shape = region.shape();
  const auto size = static_cast<std::int64_t>(size_of(node.dtype));
  std::byte* const to = scratch(static_cast<std::size_t>(std::max<std::int64_t>(shape.elements(), 1) * size));
  const PerAxis<std::int64_t> strides = row_major_strides(shape);
  const Operand result{to, strides, node.dtype, nullptr};
  if (shape.elements() == 0) return result;

  const Region box = graph::lines_of(along, region);
  const Shape lines = box.shape();
  LineTarget target{to, {}, node.dtype, {0, 1, 1}};
  for (int axis = 0; axis < lines.rank(); ++axis) {
    const int own = graph::result_axis(along, axis);
    target.strides.push_back(own < 0 ? 0 : strides[own]);
  }
  if (!along.one_result) target.wanted = region[along.axis];
  const std::size_t held = plan::line_bytes(along, node.dtype);
  if (!lines_) lines_ = std::make_shared<LineMemory>();
  if (lines_->bytes < held) {
    lines_->memory.reset();
    lines_->memory = allocate_buffer(held);
    lines_->bytes = held;
  }
  const Shape piece = plan::piece_of_lines(*context_->plan, node, lines);
  if (piece == lines) {
    const Operand input = fetch(along.input, box);
    apply_to_lines(along, input, lines, target, lines_->memory.get());
    return result;
  }
  // These are more lines than are held at a time: another evaluator fetches one piece after the other.
  Evaluator& other = inner();
  const bool is_stepped = std::ranges::any_of(box, [](const AxisRange& range) { return range.step != 1; });
  plan::for_each_piece(is_stepped ? Region::whole(lines) : box, piece, [&](const Region& at) {
    Region part = at;
    LineTarget own = target;
    for (int axis = 0; axis < part.rank(); ++axis) {
      const std::int64_t first = at[axis].start - (is_stepped ? 0 : box[axis].start);
      if (is_stepped) part[axis] = {box[axis].start + first * box[axis].step, box[axis].step, at[axis].count};
      own.memory += axis == along.axis ? 0 : first * target.strides[axis] * size;
    }
    other.new_slab();
    const Operand input = other.fetch(along.input, part);
    apply_to_lines(along, input, part.shape(), own, lines_->memory.get());
  });
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
