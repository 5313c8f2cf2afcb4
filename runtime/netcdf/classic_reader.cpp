#include "runtime/netcdf/classic_reader.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/dataset/format/descriptor.hpp"
#include "runtime/netcdf/byte_order.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// Bytes of one read: few enough to be still in the cache when their order is reversed.
constexpr std::int64_t piece_bytes = std::int64_t{256} << 10;
/// Reading over a gap of this many bytes costs less than another system call.
constexpr std::int64_t gap_bytes = std::int64_t{16} << 10;

/// One axis of the selection, from outer to inner. File steps are positive: a negative range is walked from its end.
struct Loop {
  std::int64_t count = 1;
  std::int64_t file_step = 0;  // bytes
  std::int64_t out_step = 0;   // bytes
};

/// A selection as loops over stretches of bytes that are contiguous in file and result.
struct Walk {
  std::int64_t file_begin = 0;
  std::int64_t out_begin = 0;
  std::int64_t stretch = 0;  // bytes
  std::vector<Loop> loops;
  /// Bytes of the innermost loops whose gaps are worth reading over, and the number of those loops.
  std::int64_t dense = 0;
  std::size_t dense_loops = 0;
};

Walk plan_walk(const ClassicLayout& layout, const Region& region) {
  const auto element = static_cast<std::int64_t>(layout.element_bytes);
  Walk walk;
  walk.file_begin = static_cast<std::int64_t>(layout.begin);
  walk.stretch = element;
  const auto out_strides = row_major_strides(region.shape());
  bool merging = true;
  for (int axis = region.rank() - 1; axis >= 0; --axis) {
    const AxisRange& range = region[axis];
    Loop loop{range.count, range.step * layout.strides[axis], out_strides[axis] * element};
    walk.file_begin += range.start * layout.strides[axis];
    if (range.count == 1) continue;
    if (loop.file_step < 0) {
      walk.file_begin += (range.count - 1) * loop.file_step;
      walk.out_begin += (range.count - 1) * loop.out_step;
      loop.file_step = -loop.file_step;
      loop.out_step = -loop.out_step;
    }
    merging = merging && loop.file_step == walk.stretch && loop.out_step == walk.stretch;
    if (merging)
      walk.stretch *= range.count;
    else
      walk.loops.push_back(loop);
  }

  walk.dense = walk.stretch;
  for (const Loop& loop : walk.loops) {
    if (loop.file_step - walk.dense > gap_bytes) break;
    walk.dense += (loop.count - 1) * loop.file_step;
    ++walk.dense_loops;
  }
  std::reverse(walk.loops.begin(), walk.loops.end());
  return walk;
}

class Walker {
 public:
  Walker(const Descriptor& file, std::size_t element_bytes, Walk walk, std::byte* out, const std::string& doing)
      : file_(file), element_(element_bytes), walk_(std::move(walk)), out_(out), doing_(doing) {}

  void run() { visit(0, walk_.file_begin, out_ + walk_.out_begin); }

 private:
  /// Walks loop `depth` and those inside it, for elements from `at` in the file.
  void visit(std::size_t depth, std::int64_t at, std::byte* out) {
    const std::size_t outside = walk_.loops.size() - walk_.dense_loops;
    if (depth == outside) dense_end_ = at + walk_.dense;
    if (depth == walk_.loops.size()) return read_stretch(at, out);
    const Loop& loop = walk_.loops[depth];
    if (depth >= outside && depth + 1 == walk_.loops.size()) return read_row(loop, at, out);
    for (std::int64_t i = 0; i < loop.count; ++i) visit(depth + 1, at + i * loop.file_step, out + i * loop.out_step);
  }

  /// Reads a long contiguous stretch straight to its place, piece by piece.
  void read_stretch(std::int64_t at, std::byte* out) {
    for (std::int64_t done = 0; done < walk_.stretch; done += piece_bytes) {
      const std::int64_t bytes = std::min(piece_bytes, walk_.stretch - done);
      fill(at + done, out + done, bytes);
      make_native(element_, out + done, static_cast<std::size_t>(bytes));
    }
  }

  /// Reads the innermost loop, over gaps: stretches that lie close together are taken from a window over the file.
  void read_row(const Loop& loop, std::int64_t at, std::byte* out) {
    for (std::int64_t i = 0; i < loop.count;) {
      const std::int64_t first = at + i * loop.file_step;
      if (walk_.stretch >= piece_bytes) {
        read_stretch(first, out + i * loop.out_step);
        ++i;
        continue;
      }
      if (first < window_begin_ || first + walk_.stretch > window_end_) slide_window(first);
      const std::int64_t inside = (window_end_ - first - walk_.stretch) / loop.file_step + 1;
      const std::int64_t n = std::min(inside, loop.count - i);
      take(first, loop, n, out + i * loop.out_step);
      i += n;
    }
  }

  void slide_window(std::int64_t first) {
    const std::int64_t bytes = std::min(std::max(piece_bytes, walk_.stretch), dense_end_ - first);
    if (static_cast<std::int64_t>(window_.size()) < bytes) window_.resize(static_cast<std::size_t>(bytes));
    window_begin_ = window_end_ = 0;
    fill(first, window_.data(), bytes);
    window_begin_ = first;
    window_end_ = first + bytes;
  }

  /// Copies n stretches of the loop out of the window.
  void take(std::int64_t first, const Loop& loop, std::int64_t n, std::byte* out) const {
    const std::byte* from = window_.data() + (first - window_begin_);
    if (walk_.stretch == static_cast<std::int64_t>(element_))
      return with_unsigned_of(element_, [&]<class U>(U) {
        copy_elements<U>(from, loop.file_step, out, loop.out_step, n, [](U value) { return from_big_endian(value); });
      });
    for (std::int64_t i = 0; i < n; ++i) {
      const auto bytes = static_cast<std::size_t>(walk_.stretch);
      std::memcpy(out + i * loop.out_step, from + i * loop.file_step, bytes);
      make_native(element_, out + i * loop.out_step, bytes);
    }
  }

  void fill(std::int64_t at, std::byte* out, std::int64_t bytes) const {
    const auto wanted = static_cast<std::size_t>(bytes);
    if (file_.read(static_cast<std::uint64_t>(at), out, wanted) != wanted)
      throw Error(ErrorCode::corrupt, doing_ + ": the file ends before byte " + std::to_string(at + bytes));
  }

  const Descriptor& file_;
  std::size_t element_;
  Walk walk_;
  std::byte* out_;
  const std::string& doing_;
  std::int64_t dense_end_ = 0;
  std::vector<std::byte> window_;
  std::int64_t window_begin_ = 0;
  std::int64_t window_end_ = 0;
};

}  // namespace

ClassicLayout layout_of(const ClassicHeader& header, const ClassicVariable& variable) {
  ClassicLayout layout;
  layout.begin = variable.begin;
  layout.element_bytes = static_cast<std::size_t>(classic_type_bytes(variable.type));
  Shape shape;
  for (const std::uint64_t extent : variable.shape) shape.push_back(static_cast<std::int64_t>(extent));
  layout.strides = row_major_strides(shape);
  for (std::int64_t& stride : layout.strides) stride *= static_cast<std::int64_t>(layout.element_bytes);
  if (variable.is_record) layout.strides[0] = static_cast<std::int64_t>(header.record_stride);
  return layout;
}

void read_classic(const Descriptor& file, const ClassicLayout& layout, const Region& region, void* out,
                  const std::string& doing) {
  if (region.elements() == 0) return;
  Walker(file, layout.element_bytes, plan_walk(layout, region), static_cast<std::byte*>(out), doing).run();
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
