#include "runtime/executor/lines.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>

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

/// Copies whole rows of a tile, each an element of neighbouring lines.
void copy_rows(const std::byte* from, std::int64_t stride, std::byte* to, std::int64_t n) {
  for (std::int64_t i = 0; i < n; ++i)
    std::memcpy(to + i * static_cast<std::int64_t>(linewise::tile_row_bytes), from + i * stride,
                linewise::tile_row_bytes);
}

/// Lines that are loaded together if they do not lie in memory one after the other: then their elements share cache
/// lines.
constexpr std::int64_t most_lines = 16;
/// Lines of elements in memory whose newest results stay in the second cache while one goes along them: the more there
/// are, the longer are the stretches of memory that are read and written one after the other.
constexpr std::int64_t direct_elements = 16384;
/// Most lines of the tiles that are searched one after the other.
constexpr std::size_t most_tile_lines = 512;

/// Returns how many of n lines to take at a time, at most `most`: as few times as possible, about as many each time,
/// and whole cache lines of their elements, since the few that remain would take as long as many.
std::int64_t even_width(std::int64_t n, std::int64_t most) {
  if (n <= most) return n;
  const std::int64_t times = (n + most - 1) / most;
  const std::int64_t even = (n + times - 1) / times;
  const std::int64_t rounded = (even + 15) / 16 * 16;
  return rounded <= most && 2 * (n - rounded * (times - 1)) >= rounded ? rounded : even;
}

/// Returns true if stored numbers have the order of the elements that they mean, and their missing ones are told by two
/// values and a range: then an element at a place in the order is found among them.
bool has_order_of_elements(const load::Decoding& decoding, DType dtype) {
  const bool rises =
      !decoding.scaled || (decoding.scale > 0 && std::isfinite(decoding.scale) && std::isfinite(decoding.offset));
  return rises && is_floating(dtype) && !is_floating(decoding.stored) && decoding.further.empty();
}

class LineRunner {
 public:
  LineRunner(const AlongNode& along, const Operand& input, const Shape& shape, const LineTarget& target,
             std::byte* held)
      : along_(along),
        kernels_(linewise::kernels_of(along)),
        shape_(shape),
        target_(target),
        held_(held),
        input_(input),
        runner_(input),
        strides_(input.strides),
        length_(shape[along.axis]),
        out_length_(along.length),
        size_(size_of(along.input->dtype)),
        out_size_(size_of(target.dtype)),
        each_(static_cast<std::size_t>(std::max<std::int64_t>(length_, 1)) * size_ +
              static_cast<std::size_t>(std::max<std::int64_t>(out_length_, 1)) * out_size_ +
              linewise::work_bytes(along)) {
    if (strides_[along.axis] != 1) lines_ = lines_held(most_lines);
  }

  void run() {
    const bool is_whole = target_.wanted == AxisRange{0, 1, length_};
    const int last = shape_.rank() - 1;
    if ((kernels_.step || kernels_.windows) && is_whole && along_.axis != last && target_.strides[last] == 1)
      find_row();
    if (row_length_ > 1) return kernels_.step ? run_rows() : run_windows();
    if (kernels_.place && run_tiles()) return;
    for_each_other(along_.axis, [this](std::int64_t from, std::int64_t to) {
      from_[static_cast<std::size_t>(count_)] = from;
      to_[static_cast<std::size_t>(count_++)] = to;
      if (count_ == lines_) run_lines();
    });
    run_lines();
  }

 private:
  /// Returns how many lines of at most `most` are held at a time, with what they become.
  [[nodiscard]] std::int64_t lines_held(std::int64_t most) const {
    return std::clamp<std::int64_t>(static_cast<std::int64_t>(plan::held_lines_bytes / each_), 1, most);
  }

  /// Finds the axes behind the line's whose elements lie beside each other, here and in the target: together a row, if
  /// there are several.
  void find_row() {
    const int last = shape_.rank() - 1;
    row_axis_ = last;
    row_length_ = shape_[last];
    const auto follows = [&](const PerAxis<std::int64_t>& strides, int axis) {
      return strides[axis] == strides[last] * row_length_;
    };
    for (int axis = last - 1; axis > along_.axis; --axis) {
      if (shape_[axis] > 1 && !(follows(strides_, axis) && follows(target_.strides, axis))) break;
      row_axis_ = axis;
      row_length_ *= shape_[axis];
    }
    if (row_length_ <= 1) row_axis_ = max_rank;
  }

  /// Calls visit(offset of the input, offset of the target) for all indices of the axes but `axis`, and those of a row.
  template <class Visit>
  void for_each_other(int axis, Visit&& visit) {
    Shape rest = shape_;
    rest[axis] = 1;
    for (int own = row_axis_; own < rest.rank(); ++own) rest[own] = 1;
    if (rest.elements() == 0) return;
    PerAxis<std::int64_t> to = target_.strides;
    to[axis] = 0;
    const std::array maps{strides_, to};
    Walk walk(rest, maps);
    walk.for_each_stretch([&](std::span<const std::int64_t> offsets) {
      for (std::int64_t i = 0; i < walk.stretch_length(); ++i)
        visit(offsets[0] + i * walk.stretch_stride(0), offsets[1] + i * walk.stretch_stride(1));
    });
  }

  /// Makes what a line in memory becomes. Windows want memory for their states.
  void run_line(const std::byte* line, std::byte* result, std::byte* work) {
    const void* const in = line;
    if (kernels_.windows)
      windows_of(in, 1, result, 1, 1, work);
    else if (kernels_.own)
      kernels_.own(&in, nullptr, result, static_cast<std::size_t>(length_));
    else
      kernels_.line(in, along_.parameters.data(), result, static_cast<std::size_t>(length_));
  }

  void windows_of(const void* in, std::int64_t in_step, std::byte* out, std::int64_t out_step, std::int64_t width,
                  std::byte* work) {
    if (length_ == 0) return;
    kernels_.windows({in, in_step, out, out_step, static_cast<std::size_t>(width), length_,
                      static_cast<std::int64_t>(along_.parameters[1]), static_cast<std::int64_t>(along_.parameters[2]),
                      static_cast<std::int64_t>(along_.parameters[3]), reinterpret_cast<double*>(work)});
  }

  /// Loads the lines whose places are known, makes what they become and stores it.
  void run_lines() {
    if (count_ == 0) return;
    const std::size_t line_bytes = static_cast<std::size_t>(length_) * size_;
    std::byte* const results = held_ + in_cache_lines(static_cast<std::size_t>(lines_) * line_bytes);
    const std::size_t result_bytes = static_cast<std::size_t>(out_length_) * out_size_;
    std::byte* const work = results + in_cache_lines(static_cast<std::size_t>(lines_) * result_bytes);
    const std::int64_t step = strides_[along_.axis];
    for (std::int64_t begin = 0; begin < length_; begin += block_elements)
      for (std::int64_t l = 0; l < count_; ++l)
        runner_.block(&from_[static_cast<std::size_t>(l)], &step, begin, std::min(block_elements, length_ - begin),
                      held_ + static_cast<std::size_t>(l) * line_bytes + static_cast<std::size_t>(begin) * size_);
    for (std::int64_t l = 0; l < count_; ++l)
      run_line(held_ + static_cast<std::size_t>(l) * line_bytes, results + static_cast<std::size_t>(l) * result_bytes,
               work);
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
    const std::int64_t step = strides_[shape_.rank() - 1];
    const auto size = static_cast<std::int64_t>(out_size_);
    const std::int64_t most = runner_.direct(&step) ? direct_elements : block_elements;
    for_each_other(along_.axis, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t begin = 0; begin < row_length_; begin += most) {
        const std::int64_t n = std::min(most, row_length_ - begin);
        std::byte* before = nullptr;
        for (std::int64_t k = 0; k < length_; ++k) {
          const std::int64_t offset = from + k * strides_[along_.axis];
          const void* const row = runner_.block(&offset, &step, begin, n, nullptr);
          std::byte* const out = target_.memory + (to + k * target_.strides[along_.axis] + begin) * size;
          (k == 0 ? kernels_.first : kernels_.step)(before, row, out, static_cast<std::size_t>(n));
          before = out;
        }
      }
    });
  }

  /// Makes windows of lines that lie beside each other, as many at a time as fit with their states into what is held.
  void run_windows() {
    const std::int64_t step = strides_[shape_.rank() - 1];
    const bool direct = runner_.direct(&step);
    const std::size_t line_bytes = direct ? 0 : static_cast<std::size_t>(length_) * size_;
    const std::size_t each = line_bytes + linewise::work_bytes(along_);
    const std::int64_t width = even_width(
        row_length_,
        std::clamp<std::int64_t>(static_cast<std::int64_t>(plan::held_lines_bytes / each), 1, block_elements));
    std::byte* const work = held_ + in_cache_lines(static_cast<std::size_t>(width) * line_bytes);
    for_each_other(along_.axis, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t begin = 0; begin < row_length_; begin += width) {
        const std::int64_t n = std::min(width, row_length_ - begin);
        std::byte* const out = target_.memory + (to + begin) * static_cast<std::int64_t>(out_size_);
        const std::int64_t out_step = target_.strides[along_.axis];
        if (direct) {
          const void* const in = runner_.block(&from, &step, begin, n, nullptr);
          windows_of(in, strides_[along_.axis], out, out_step, n, work);
          continue;
        }
        for (std::int64_t k = 0; k < length_; ++k) {
          const std::int64_t offset = from + k * strides_[along_.axis];
          runner_.block(&offset, &step, begin, n, held_ + static_cast<std::size_t>(k * n) * size_);
        }
        windows_of(held_, n, out, out_step, n, work);
      }
    });
  }

  /// Finds elements at a place in the order of lines, as many at a time as a tile has; among stored numbers, if they
  /// have the order of the elements. Returns false, and does nothing, if elements are of a type that is not searched
  /// so.
  bool run_tiles() {
    const load::Decoding* const decoding = input_.decoding;
    const bool is_stored = decoding && has_order_of_elements(*decoding, input_.dtype) &&
                           linewise::tile_kernels().select[static_cast<std::size_t>(decoding->stored)];
    const DType type = is_stored ? decoding->stored : input_.dtype;
    const auto select = linewise::tile_kernels().select[static_cast<std::size_t>(type)];
    const std::size_t size = size_of(type);
    const std::size_t tile_bytes = static_cast<std::size_t>(length_) * tile_row_bytes;
    if (!select || length_ == 0 || tile_bytes > plan::held_lines_bytes) return false;
    const std::size_t lines = tile_row_bytes / size;
    const std::size_t together = std::min(plan::held_lines_bytes / tile_bytes * lines, most_tile_lines);
    const bool is_raw = is_stored || !decoding;

    std::array<std::int64_t, most_tile_lines> from, to;
    std::size_t count = 0;
    const std::int64_t step = strides_[along_.axis];
    alignas(64) std::array<std::byte, plan::block_bytes> block;
    const auto load_tile = [&](std::size_t first, std::byte* tile) {
      const std::size_t own = std::min(lines, count - first);
      bool lie_beside = is_raw && own == lines;
      for (std::size_t l = 1; lie_beside && l < lines; ++l)
        lie_beside = from[first + l] == from[first] + static_cast<std::int64_t>(l);
      const auto bytes = static_cast<std::int64_t>(size);
      if (lie_beside) return copy_rows(input_.data + from[first] * bytes, step * bytes, tile, length_);
      if (own < lines) std::memset(tile, 0, tile_bytes);
      for (std::size_t l = 0; l < own; ++l) {
        const auto stride = static_cast<std::int64_t>(lines);
        std::byte* const line = tile + l * size;
        if (is_raw) {
          scatter(input_.data + from[first + l] * bytes, step, line, stride, size, length_);
          continue;
        }
        for (std::int64_t begin = 0; begin < length_; begin += block_elements) {
          const std::int64_t n = std::min(block_elements, length_ - begin);
          runner_.block(&from[first + l], &step, begin, n, block.data());
          scatter(block.data(), 1, line + begin * stride * bytes, stride, size, n);
        }
      }
    };
    const auto run_tile = [&](std::size_t first, std::byte* tile) {
      std::array<std::int64_t, tile_row_bytes> numbers;
      std::array<double, tile_row_bytes> way;
      alignas(8) std::array<std::byte, tile_row_bytes> below, next;
      alignas(8) std::array<std::byte, tile_row_bytes * 8> a, b, out;
      const load::Decoding* const missing = is_stored && decoding->masked ? decoding : nullptr;
      select({tile, static_cast<std::size_t>(length_), missing, kernels_.place, along_.parameters.data(),
              numbers.data(), below.data(), next.data(), way.data()});
      if (is_stored) {
        load::decode(*decoding, input_.dtype, below.data(), a.data(), lines);
        load::decode(*decoding, input_.dtype, next.data(), b.data(), lines);
      }
      kernels_.between(is_stored ? a.data() : below.data(), is_stored ? b.data() : next.data(), way.data(), out.data(),
                       lines);
      for (std::size_t l = 0; l < lines && first + l < count; ++l) {
        std::byte* const place = target_.memory + to[first + l] * static_cast<std::int64_t>(out_size_);
        const bool fails = numbers[l] == 0 || (numbers[l] < length_ && !kernels_.skips_nan);
        if (!fails)
          std::memcpy(place, out.data() + l * out_size_, out_size_);
        else if (target_.dtype == DType::float64)
          store_nan<double>(place);
        else
          store_nan<float>(place);
      }
    };
    const auto run_all = [&] {
      std::byte* tile = held_;
      for (std::size_t first = 0; first < count; first += lines, tile += tile_bytes) load_tile(first, tile);
      tile = held_;
      for (std::size_t first = 0; first < count; first += lines, tile += tile_bytes) run_tile(first, tile);
      count = 0;
    };
    for_each_other(along_.axis, [&](std::int64_t own, std::int64_t target) {
      from[count] = own;
      to[count++] = target;
      if (count == together) run_all();
    });
    run_all();
    return true;
  }

  template <class R>
  static void store_nan(std::byte* to) {
    const R nan = std::numeric_limits<R>::quiet_NaN();
    std::memcpy(to, &nan, sizeof nan);
  }
  static constexpr std::size_t in_cache_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }
  static constexpr std::size_t tile_row_bytes = linewise::tile_row_bytes;

  const AlongNode& along_;
  linewise::Kernels kernels_;
  const Shape& shape_;
  const LineTarget& target_;
  std::byte* held_;
  const Operand& input_;
  BodyRunner runner_;
  PerAxis<std::int64_t> strides_;
  std::int64_t length_, out_length_;
  std::size_t size_, out_size_;
  std::size_t each_;             ///< bytes of a line, what it becomes, and what making it takes
  int row_axis_ = max_rank;      ///< the first of the axes of a row; none yet
  std::int64_t row_length_ = 1;  ///< lines that lie beside each other
  std::int64_t lines_ = 1;       ///< at a time
  std::int64_t count_ = 0;       ///< lines whose places are known
  std::array<std::int64_t, most_lines> from_{}, to_{};
};

}  // namespace

void apply_to_lines(const AlongNode& along, const Operand& input, const Shape& shape, const LineTarget& target,
                    std::byte* held) {
  LineRunner(along, input, shape, target, held).run();
}

Operand Evaluator::fetch_along(const Node& node, const AlongNode& along, const Region& region) {
  const Shape shape = region.shape();
  const auto elements = static_cast<std::size_t>(std::max<std::int64_t>(shape.elements(), 1));
  const Place to{scratch(elements * size_of(node.dtype)), row_major_strides(shape)};
  if (shape.elements() > 0) place_lines(node, along, region, to);
  return {to.memory, to.strides, node.dtype, nullptr};
}

void Evaluator::place_lines(const Node& node, const AlongNode& along, const Region& region, const Place& to) {
  const auto size = static_cast<std::int64_t>(size_of(node.dtype));
  const Region box = graph::lines_of(along, region);
  const Shape lines = box.shape();
  LineTarget target{to.memory, {}, node.dtype, {0, 1, 1}};
  for (int axis = 0; axis < lines.rank(); ++axis) {
    const int own = graph::result_axis(along, axis);
    target.strides.push_back(own < 0 ? 0 : to.strides[own]);
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
    return;
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
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
