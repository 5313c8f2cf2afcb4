#include "chunkwise/positions.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <string>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/line/order.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/io/row_major.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr std::int64_t most_positions = std::int64_t{1} << 24;
constexpr std::size_t most_values = std::size_t{1} << 20;

/// A sink that looks at elements and keeps what it found.
class Finder : public Sink {
 public:
  void begin(DType dtype, const Shape& shape, const ChunkGrid& /*grid*/, const Labels& /*labels*/) override {
    dtype_ = dtype;
    shape_ = shape;
  }
  void finish() override {}
  void abort() noexcept override {}

 protected:
  /// Calls visit(element, position) for the elements of a box, with their positions in row-major order over the array.
  template <class T, class Visit>
  void for_each_element(const Region& region, const T* elements, const Visit& visit) const {
    for_each_stretch(shape_, region, [&](std::int64_t position, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) visit(*elements++, position + i);
    });
  }
  DType dtype_ = DType::float64;
  Shape shape_;
  std::mutex mutex_;
};

class PositionFinder final : public Finder {
 public:
  [[nodiscard]] std::string describe() const override { return "the positions of elements that are not zero"; }
  void write(const Region& region, const void* data) override {
    std::vector<std::int64_t> found;
    dispatch(dtype_, [&](auto zero) {
      using T = decltype(zero);
      // Whether an element counts is not known beforehand, so that a branch would often be guessed wrong.
      std::array<std::int64_t, 512> block;
      std::size_t count = 0;
      for_each_element(region, static_cast<const T*>(data), [&](T element, std::int64_t position) {
        block[count] = position;
        count += element != T{} ? 1U : 0U;
        if (count < block.size()) return;
        found.insert(found.end(), block.begin(), block.end());
        count = 0;
      });
      found.insert(found.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
    });
    const std::scoped_lock lock(mutex_);
    if (positions.size() + found.size() > static_cast<std::size_t>(most_positions))
      throw Error(ErrorCode::unsupported,
                  "more than 2**24 elements are where the condition is true: their positions would take too much "
                  "memory; take a part of the array first, or where(condition, x, nan), which keeps its shape");
    positions.insert(positions.end(), found.begin(), found.end());
  }
  std::vector<std::int64_t> positions;
};

/// Elements in ascending order, NaN last: with their first position and number.
template <class T>
struct Before {
  bool operator()(T a, T b) const { return a < b || (aggregate::is_nan(b) && !aggregate::is_nan(a)); }
};
struct Seen {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

template <class T>
class UniqueFinder final : public Finder {
 public:
  [[nodiscard]] std::string describe() const override { return "the elements that an array has"; }
  void write(const Region& region, const void* data) override {
    std::map<T, Seen, Before<T>> own;
    for_each_element(region, static_cast<const T*>(data), [&](T element, std::int64_t position) {
      add(own, element, {position, 1});
    });
    const std::scoped_lock lock(mutex_);
    for (const auto& [value, seen] : own) add(values, value, seen);
  }
  std::map<T, Seen, Before<T>> values;

 private:
  static void add(std::map<T, Seen, Before<T>>& to, T value, const Seen& seen) {
    if (value == T{}) value = T{};  // of both zeros the positive one
    const auto [at, is_new] = to.try_emplace(value, seen);
    if (!is_new) {
      at->second.first = std::min(at->second.first, seen.first);
      at->second.count += seen.count;
    }
    if (to.size() > most_values)
      throw Error(ErrorCode::unsupported,
                  "unique: the array has more than 2**20 different elements; round them, or count them by histogram");
  }
};

void run(const BackendPtr& backend, const UntypedArray& x, const std::shared_ptr<Finder>& finder) {
  const SinkPtr sink = finder;
  write(backend, std::span<const UntypedArray>(&x, 1), std::span<const SinkPtr>(&sink, 1));
}

template <class T>
UntypedArray in_memory(std::vector<T> values, const Shape& shape) {
  const std::size_t bytes = values.size() * sizeof(T);
  const Buffer memory = allocate_buffer(std::max<std::size_t>(bytes, 8));
  std::copy(values.begin(), values.end(), reinterpret_cast<T*>(memory.get()));
  NodePtr node = build::source(memory_source({dtype_of<T>, shape, row_major_strides(shape), memory, memory.get()}));
  return {std::move(node), shape, {}};
}
template <class T>
UntypedArray in_memory(std::vector<T> values) {
  const Shape shape{static_cast<std::int64_t>(values.size())};
  return in_memory(std::move(values), shape);
}

}  // namespace

std::vector<std::int64_t> positions_where(const BackendPtr& backend, const UntypedArray& x) {
  const auto finder = std::make_shared<PositionFinder>();
  run(backend, x, finder);
  if (!std::ranges::is_sorted(finder->positions)) std::ranges::sort(finder->positions);
  return std::move(finder->positions);
}

UntypedArray detail::masked_axes(const UntypedArray& x, const UntypedArray& mask, int first) {
  const int rank = x.shape.rank();
  const int count = mask.shape.rank();
  if (mask.node->dtype != DType::boolean)
    throw Error(ErrorCode::type_mismatch,
                "a mask is of bool, such as x > 0, and this is " + std::string(name_of(mask.node->dtype)));
  bool fits = first >= 0 && count >= 1 && first + count <= rank;
  for (int i = 0; fits && i < count; ++i) fits = x.shape[first + i] == mask.shape[i];
  if (!fits)
    throw Error(ErrorCode::shape_mismatch, "a mask of shape " + to_string(mask.shape) + " for an array of shape " +
                                               to_string(x.shape) + " at axis " + std::to_string(first) +
                                               "; it has the extents of the axes that it chooses from");
  // Names and coordinates meet as those of operands do.
  std::uint32_t others = 0;
  for (int axis = 0; axis < rank; ++axis)
    if (axis < first || axis >= first + count) others |= 1U << axis;
  static_cast<void>(broadcast_labels(x.labels, rank, expand_dims(mask, others).labels, rank));
  if (count == 1) return x;
  Shape shape;
  for (int axis = 0; axis < first; ++axis) shape.push_back(x.shape[axis]);
  shape.push_back(mask.shape.elements());
  for (int axis = first + count; axis < rank; ++axis) shape.push_back(x.shape[axis]);
  return reshape(x, shape);
}

UntypedArray masked(const BackendPtr& backend, const UntypedArray& x, const UntypedArray& mask, int first) {
  const UntypedArray in_a_row = detail::masked_axes(x, mask, first);
  return take(in_a_row, positions_where(backend, mask), first);
}

std::vector<UntypedArray> nonzero(const BackendPtr& backend, const UntypedArray& x) {
  if (x.shape.rank() == 0)
    throw Error(ErrorCode::shape_mismatch, "nonzero: an array of rank 0 has no axis along which elements have indices");
  std::vector<std::int64_t> positions = positions_where(backend, x);
  std::vector<UntypedArray> indices(static_cast<std::size_t>(x.shape.rank()));
  for (int axis = x.shape.rank() - 1; axis >= 0; --axis) {
    std::vector<std::int64_t> own;
    own.reserve(positions.size());
    for (std::int64_t& position : positions) {
      own.push_back(position % x.shape[axis]);
      position /= x.shape[axis];
    }
    indices[static_cast<std::size_t>(axis)] = in_memory(std::move(own));
  }
  return indices;
}

UntypedArray argwhere(const BackendPtr& backend, const UntypedArray& x) {
  const std::vector<std::int64_t> positions = positions_where(backend, x);
  const int rank = x.shape.rank();
  const PerAxis<std::int64_t> strides = row_major_strides(x.shape);
  std::vector<std::int64_t> rows;
  rows.reserve(positions.size() * static_cast<std::size_t>(rank));
  for (std::int64_t position : positions)
    for (int axis = 0; axis < rank; ++axis) {
      rows.push_back(position / strides[axis]);
      position %= strides[axis];
    }
  return in_memory(std::move(rows), {static_cast<std::int64_t>(positions.size()), rank});
}

UniqueElements unique(const BackendPtr& backend, const UntypedArray& x) {
  return dispatch(x.node->dtype, [&](auto zero) -> UniqueElements {
    using T = decltype(zero);
    const auto finder = std::make_shared<UniqueFinder<T>>();
    run(backend, x, finder);
    std::vector<T> values;
    std::vector<std::int64_t> first, counts;
    for (const auto& [value, seen] : finder->values) {
      values.push_back(value);
      first.push_back(seen.first);
      counts.push_back(seen.count);
    }
    return {in_memory(std::move(values)), in_memory(std::move(first)), in_memory(std::move(counts))};
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
