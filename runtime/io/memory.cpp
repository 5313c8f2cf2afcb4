#include "chunkwise/io/memory.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/io/source_kinds.hpp"
#include "chunkwise/op/arithmetic.hpp"
#include "chunkwise/op/comparison.hpp"
#include "runtime/core/bytes.hpp"
#include "runtime/core/lies_within.hpp"
#include "runtime/io/source_kinds.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

ChunkGrid grid_for(const Shape& shape, const Shape& chunks) {
  if (chunks.empty()) return ChunkGrid::automatic(shape);
  if (chunks.rank() != shape.rank())
    throw Error(ErrorCode::shape_mismatch, "chunks of shape " + to_string(chunks) + " for an array of shape " +
                                               to_string(shape) + ": one number an axis is needed");
  return ChunkGrid::regular(shape, chunks);
}

/// The part that all sources without files share.
class PlainSource : public Source {
 public:
  PlainSource(DType dtype, const Shape& shape, ChunkGrid grid) : shape_(shape), grid_(std::move(grid)) {
    if (!is_dtype(dtype))
      throw Error(ErrorCode::invalid_argument,
                  "an array of shape " + to_string(shape) + " has an element type that there is not");
    encoding_.stored = dtype;
  }
  [[nodiscard]] DType dtype() const override { return encoding_.stored; }
  [[nodiscard]] const Shape& shape() const override { return shape_; }
  [[nodiscard]] const ChunkGrid& grid() const override { return grid_; }
  [[nodiscard]] const Encoding& encoding() const override { return encoding_; }

 private:
  Shape shape_;
  ChunkGrid grid_;
  Encoding encoding_;
};

class MemorySource final : public PlainSource {
 public:
  MemorySource(UntypedNdArray array, ChunkGrid grid, std::string home)
      : PlainSource(array.dtype, array.shape, std::move(grid)), array_(std::move(array)), home_(std::move(home)) {}
  [[nodiscard]] std::string home() const override { return home_; }
  [[nodiscard]] std::string describe() const override {
    return "memory of " + std::string(name_of(dtype())) + " " + to_string(shape());
  }
  [[nodiscard]] UntypedNdArray in_memory() const override { return array_; }
  [[nodiscard]] UntypedNdArray view(const Region& region) const override { return part_of(array_, region); }
  [[nodiscard]] std::string identity() const override {
    std::string identity = "memory " + std::to_string(reinterpret_cast<std::uintptr_t>(array_.data)) + " " +
                           std::string(name_of(dtype())) + to_string(shape());
    for (const std::int64_t stride : array_.strides) identity += " " + std::to_string(stride);
    return identity;
  }
  [[nodiscard]] SourceDescription description() const override {
    ByteWriter out;
    out.number(static_cast<std::uint64_t>(dtype()), 1);
    out.shape(shape());
    std::vector<std::byte> elements(static_cast<std::size_t>(shape().elements()) * size_of(dtype()));
    read(Region::whole(shape()), elements.data());
    out.block(elements);
    return {"memory", out.take()};
  }
  void read(const Region& region, void* out) const override {
    if (!lies_within(region, shape()))
      throw Error(ErrorCode::out_of_range, to_string(region) + " does not lie within the " + describe());
    copy(region, 0, static_cast<const std::byte*>(array_.data), static_cast<std::byte*>(out),
         row_major_strides(region.shape()));
  }

 private:
  void copy(const Region& region, int axis, const std::byte* from, std::byte* to,
            const PerAxis<std::int64_t>& strides) const {
    const auto size = static_cast<std::int64_t>(size_of(dtype()));
    if (axis == region.rank()) {
      std::memcpy(to, from, static_cast<std::size_t>(size));
      return;
    }
    for (std::int64_t i = 0; i < region[axis].count; ++i)
      copy(region, axis + 1, from + (region[axis].start + i * region[axis].step) * array_.strides[axis] * size,
           to + i * strides[axis] * size, strides);
  }
  UntypedNdArray array_;
  std::string home_;
};

/// A source whose element is a function of its row-major position: Generator::value<T>(position).
template <class Generator>
class GeneratedSource final : public PlainSource {
 public:
  GeneratedSource(DType dtype, const Shape& shape, ChunkGrid grid, Generator generator)
      : PlainSource(dtype, shape, std::move(grid)), generator_(std::move(generator)) {}
  [[nodiscard]] std::string describe() const override { return generator_.describe() + " " + to_string(shape()); }
  [[nodiscard]] std::string identity() const override {
    return generator_.describe() + std::string(name_of(dtype())) + to_string(shape());
  }
  [[nodiscard]] bool is_generated() const override { return true; }
  [[nodiscard]] SourceDescription description() const override {
    ByteWriter out;
    out.number(static_cast<std::uint64_t>(dtype()), 1);
    out.shape(shape());
    generator_.write(out);
    return {Generator::kind, out.take()};
  }
  void read(const Region& region, void* out) const override {
    if (region.elements() == 0) return;
    dispatch(dtype(), [&](auto zero) {
      using T = decltype(zero);
      T* to = static_cast<T*>(out);
      fill(region, 0, 0, to);
    });
  }

 private:
  template <class T>
  void fill(const Region& region, int axis, std::int64_t position, T*& to) const {
    if (axis == region.rank()) {
      *to++ = generator_.template value<T>(position);
      return;
    }
    const AxisRange& r = region[axis];
    position *= shape()[axis];
    for (std::int64_t i = 0; i < r.count; ++i) fill(region, axis + 1, position + r.start + i * r.step, to);
  }
  Generator generator_;
};

struct Full {
  static constexpr const char* kind = "full";
  Scalar scalar;
  void write(ByteWriter& out) const { out.scalar(scalar); }
  [[nodiscard]] std::string describe() const {
    return dispatch(scalar.dtype, [&](auto zero) {
      using T = decltype(zero);
      std::uint64_t bits = 0;
      const T value = scalar.as<T>();
      std::memcpy(&bits, &value, sizeof value);
      return "full of " + std::to_string(value) + " (bits " + std::to_string(bits) + ")";
    });
  }
  template <class T>
  [[nodiscard]] T value(std::int64_t) const {
    return scalar.as<T>();
  }
};

struct Arange {
  static constexpr const char* kind = "arange";
  Scalar start, step;
  void write(ByteWriter& out) const {
    out.scalar(start);
    out.scalar(step);
  }
  [[nodiscard]] std::string describe() const {
    return "arange " + Full{start}.describe() + " " + Full{step}.describe();
  }
  template <class T>
  [[nodiscard]] T value(std::int64_t position) const {
    if constexpr (std::is_floating_point_v<T>) {
      const double offset = static_cast<double>(position) * static_cast<double>(step.as<T>());
      return static_cast<T>(static_cast<double>(start.as<T>()) + offset);
    } else if constexpr (std::is_same_v<T, bool>) {
      return position == 0 ? start.as<T>() : (start.as<T>() || step.as<T>());
    } else {
      return op::Add::apply(start.as<T>(), op::Multiply::apply(static_cast<T>(position), step.as<T>()));
    }
  }
};

struct Linspace {
  static constexpr const char* kind = "linspace";
  double start, stop;
  std::int64_t count;
  bool endpoint;
  void write(ByteWriter& out) const {
    out.real(start);
    out.real(stop);
    out.number(endpoint ? 1U : 0U, 1);
  }
  [[nodiscard]] std::string describe() const {
    return "linspace from " + Full{Scalar(start)}.describe() + " to " + Full{Scalar(stop)}.describe() +
           (endpoint ? "" : " without its end");
  }
  template <class T>
  [[nodiscard]] T value(std::int64_t position) const {
    const double number = at(position);
    return op::Cast::convert<T>(std::is_integral_v<T> ? std::floor(number) : number);
  }

 private:
  [[nodiscard]] double at(std::int64_t position) const {
    if (endpoint && count > 1 && position == count - 1) return stop;
    const double distance = stop - start;
    const auto steps = static_cast<double>(endpoint ? count - 1 : count);
    const auto own = static_cast<double>(position);
    if (steps == 0) return own * distance + start;
    const double step = distance / steps;
    // Steps that are too small for a number are taken together.
    return step == 0 ? own / steps * distance + start : own * step + start;
  }
};

struct Eye {
  static constexpr const char* kind = "eye";
  std::int64_t columns, diagonal;
  void write(ByteWriter& out) const { out.number(diagonal); }
  [[nodiscard]] std::string describe() const { return "eye of diagonal " + std::to_string(diagonal); }
  template <class T>
  [[nodiscard]] T value(std::int64_t position) const {
    return static_cast<T>(position % columns - position / columns == diagonal ? 1 : 0);
  }
};

struct Random {
  static constexpr const char* kind = "random";
  std::uint64_t seed;
  void write(ByteWriter& out) const { out.number(seed, 8); }
  [[nodiscard]] std::string describe() const { return "random with seed " + std::to_string(seed); }
  template <class T>
  [[nodiscard]] T value(std::int64_t position) const {
    // The seed is mixed first, so that neighbouring seeds do not make shifted copies of one sequence.
    const std::uint64_t bits = mix(mix(seed) + 0x9e3779b97f4a7c15ULL * (static_cast<std::uint64_t>(position) + 1));
    if constexpr (std::is_same_v<T, float>)
      return static_cast<float>(bits >> 40) * 0x1p-24F;
    else
      return static_cast<T>(static_cast<double>(bits >> 11) * 0x1p-53);
  }

 private:
  static std::uint64_t mix(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
};

}  // namespace

SourcePtr memory_source(UntypedNdArray array, const Shape& chunks) {
  ChunkGrid grid = grid_for(array.shape, chunks);
  return memory_source(std::move(array), std::move(grid));
}

SourcePtr memory_source(UntypedNdArray array, ChunkGrid grid, TextArgument home) {
  static const std::byte nothing[8]{};
  if (!array.data && array.shape.elements() > 0)
    throw Error(ErrorCode::invalid_argument,
                "an array in memory of shape " + to_string(array.shape) + " has no memory: its data is null");
  if (array.strides.rank() != array.shape.rank())
    throw Error(ErrorCode::invalid_argument, "an array in memory of shape " + to_string(array.shape) + " has " +
                                                 std::to_string(array.strides.rank()) +
                                                 " strides; one an axis is needed");
  if (!array.data) array.data = nothing;  // an empty array may come without memory
  return std::make_shared<MemorySource>(std::move(array), std::move(grid), std::move(home));
}

SourcePtr full_source(const Shape& shape, Scalar value, const Shape& chunks) {
  return std::make_shared<GeneratedSource<Full>>(value.dtype, shape, grid_for(shape, chunks), Full{value});
}

SourcePtr full_source(const Shape& shape, Scalar value, ChunkGrid grid) {
  return std::make_shared<GeneratedSource<Full>>(value.dtype, shape, std::move(grid), Full{value});
}

SourcePtr linspace_source(double start, double stop, std::int64_t count, bool endpoint, DType dtype,
                          const Shape& chunks) {
  if (count < 0)
    throw Error(ErrorCode::invalid_argument, "linspace: " + std::to_string(count) + " is no number of elements");
  if (dtype == DType::boolean)
    throw Error(ErrorCode::invalid_argument, "linspace: numbers in equal steps are not bool; compare them with one");
  return std::make_shared<GeneratedSource<Linspace>>(dtype, Shape{count}, grid_for({count}, chunks),
                                                     Linspace{start, stop, count, endpoint});
}

SourcePtr eye_source(std::int64_t rows, std::int64_t columns, std::int64_t diagonal, DType dtype, const Shape& chunks) {
  const Shape shape{rows, columns};
  static_cast<void>(count_elements(shape));
  return std::make_shared<GeneratedSource<Eye>>(dtype, shape, grid_for(shape, chunks), Eye{columns, diagonal});
}

SourcePtr arange_source(Scalar start, Scalar step, std::int64_t count, const Shape& chunks) {
  if (start.dtype != step.dtype)
    throw Error(ErrorCode::type_mismatch, "arange from a " + std::string(name_of(start.dtype)) + " in steps of a " +
                                              std::string(name_of(step.dtype)) + "; both are of one type");
  return std::make_shared<GeneratedSource<Arange>>(start.dtype, Shape{count}, grid_for({count}, chunks),
                                                   Arange{start, step});
}

SourcePtr random_source(const Shape& shape, DType dtype, std::uint64_t seed, const Shape& chunks) {
  if (!is_floating(dtype))
    throw Error(ErrorCode::type_mismatch,
                "random numbers of " + std::string(name_of(dtype)) + "; they are float32 or float64, cast them");
  return std::make_shared<GeneratedSource<Random>>(dtype, shape, grid_for(shape, chunks), Random{seed});
}

namespace io {

namespace {

/// The begin of the description of every source without a file.
struct Facts {
  DType dtype;
  Shape shape;
  explicit Facts(ByteReader& in) : dtype(in.dtype()), shape(in.shape()) {}
};

Scalar scalar_of(ByteReader& in, DType dtype) {
  const Scalar scalar = in.scalar();
  if (scalar.dtype != dtype) throw in.error("a value of another type than the array's");
  return scalar;
}

SourcePtr open_full(std::span<const std::byte> bytes, const SourceAccess&) {
  ByteReader in(bytes, "constant array");
  const Facts facts(in);
  const Scalar value = scalar_of(in, facts.dtype);
  in.end();
  return full_source(facts.shape, value);
}

SourcePtr open_arange(std::span<const std::byte> bytes, const SourceAccess&) {
  ByteReader in(bytes, "arange");
  const Facts facts(in);
  if (facts.shape.rank() != 1) throw in.error("a rank of " + std::to_string(facts.shape.rank()));
  const Scalar start = scalar_of(in, facts.dtype);
  const Scalar step = scalar_of(in, facts.dtype);
  in.end();
  return arange_source(start, step, facts.shape[0]);
}

SourcePtr open_linspace(std::span<const std::byte> bytes, const SourceAccess&) {
  ByteReader in(bytes, "linspace");
  const Facts facts(in);
  if (facts.shape.rank() != 1) throw in.error("a rank of " + std::to_string(facts.shape.rank()));
  const double start = in.real();
  const double stop = in.real();
  const bool endpoint = in.number(1) != 0;
  in.end();
  return linspace_source(start, stop, facts.shape[0], endpoint, facts.dtype);
}

SourcePtr open_eye(std::span<const std::byte> bytes, const SourceAccess&) {
  ByteReader in(bytes, "eye");
  const Facts facts(in);
  if (facts.shape.rank() != 2) throw in.error("a rank of " + std::to_string(facts.shape.rank()));
  const std::int64_t diagonal = in.signed_number();
  in.end();
  return eye_source(facts.shape[0], facts.shape[1], diagonal, facts.dtype);
}

SourcePtr open_random(std::span<const std::byte> bytes, const SourceAccess&) {
  ByteReader in(bytes, "random array");
  const Facts facts(in);
  if (!is_floating(facts.dtype)) throw in.error("an element type that is not floating");
  const std::uint64_t seed = in.number(8);
  in.end();
  return random_source(facts.shape, facts.dtype, seed);
}

SourcePtr open_memory(std::span<const std::byte> bytes, const SourceAccess&) {
  ByteReader in(bytes, "array");
  const Facts facts(in);
  const auto elements = in.block();
  in.end();
  if (elements.size() != static_cast<std::size_t>(facts.shape.elements()) * size_of(facts.dtype))
    throw in.error("another number of elements than its shape's");
  if (facts.dtype == DType::boolean &&
      std::any_of(elements.begin(), elements.end(), [](std::byte b) { return b > std::byte{1}; }))
    throw in.error("a bool that is neither true nor false");
  const Buffer memory = allocate_buffer(std::max<std::size_t>(elements.size(), 8));
  std::memcpy(memory.get(), elements.data(), elements.size());
  const PerAxis<std::int64_t> strides = row_major_strides(facts.shape);
  return memory_source(UntypedNdArray{facts.dtype, facts.shape, strides, memory, memory.get()});
}

}  // namespace

std::vector<std::pair<std::string, SourceOpener>> plain_kinds() {
  return {{Full::kind, &open_full}, {Arange::kind, &open_arange}, {Linspace::kind, &open_linspace},
          {Eye::kind, &open_eye},   {Random::kind, &open_random}, {"memory", &open_memory}};
}

}  // namespace io

}  // namespace chunkwise::inline CHUNKWISE_ABI
