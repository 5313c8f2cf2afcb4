#pragma once
/// Sources and sinks that watch what a run does with them.
#include <atomic>
#include <functional>
#include <mutex>
#include <numeric>

#include "chunkwise/io/sink.hpp"
#include "chunkwise/io/source.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {

/// A source like a file: it has to be read, and counts what is read. Its element is a function of its row-major index.
template <class T>
class WatchedSource final : public cw::Source {
 public:
  using Function = std::function<T(std::int64_t)>;
  WatchedSource(const cw::Shape& shape, const cw::Shape& chunks, Function value, cw::Shape read_block = {})
      : shape_(shape), grid_(cw::ChunkGrid::regular(shape, chunks)), value_(std::move(value)), read_block_(read_block) {
    encoding_.stored = cw::dtype_of<T>;
    dtype_ = cw::dtype_of<T>;
  }
  /// Elements are decoded to float64 by this encoding.
  void decode(cw::Encoding encoding) {
    encoding_ = std::move(encoding);
    dtype_ = cw::DType::float64;
  }
  [[nodiscard]] cw::DType dtype() const override { return dtype_; }
  [[nodiscard]] const cw::Shape& shape() const override { return shape_; }
  [[nodiscard]] const cw::ChunkGrid& grid() const override { return grid_; }
  [[nodiscard]] const cw::Encoding& encoding() const override { return encoding_; }
  [[nodiscard]] std::string describe() const override { return "watched " + to_string(shape_); }
  [[nodiscard]] cw::Shape read_block() const override {
    return read_block_.empty() ? Source::read_block() : read_block_;
  }
  void read(const cw::Region& region, void* out) const override {
    if (before_read) before_read();
    reads.fetch_add(1);
    elements_read.fetch_add(static_cast<std::uint64_t>(region.elements()));
    std::int64_t most = largest.load();
    while (most < region.elements() && !largest.compare_exchange_weak(most, region.elements())) {
    }
    T* to = static_cast<T*>(out);
    fill(region, 0, 0, to);
  }

  std::function<void()> before_read;
  mutable std::atomic<std::uint64_t> reads{0}, elements_read{0};
  mutable std::atomic<std::int64_t> largest{0};

 private:
  void fill(const cw::Region& region, int axis, std::int64_t position, T*& to) const {
    if (axis == region.rank()) {
      *to++ = value_(position);
      return;
    }
    position *= shape_[axis];
    for (std::int64_t i = 0; i < region[axis].count; ++i)
      fill(region, axis + 1, position + region[axis].start + i * region[axis].step, to);
  }

  cw::Shape shape_;
  cw::ChunkGrid grid_;
  Function value_;
  cw::Shape read_block_;
  cw::Encoding encoding_;
  cw::DType dtype_ = cw::DType::float64;
};

/// A number in [0, 1) that depends on the index alone and has no pattern.
inline double noise(std::int64_t i) {
  auto z = static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15ULL + 0x1234567;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

template <class T>
std::shared_ptr<WatchedSource<T>> watched(const cw::Shape& shape, const cw::Shape& chunks,
                                          typename WatchedSource<T>::Function value, const cw::Shape& read_block = {}) {
  return std::make_shared<WatchedSource<T>>(shape, chunks, std::move(value), read_block);
}
inline std::shared_ptr<WatchedSource<double>> watched_noise(const cw::Shape& shape, const cw::Shape& chunks,
                                                            const cw::Shape& read_block = {}) {
  return watched<double>(shape, chunks, noise, read_block);
}

template <class T, int N>
cw::Array<T, N> array_of(cw::SourcePtr source) {
  const cw::Shape shape = source->shape();
  return cw::Array<T, N>(cw::UntypedArray{cw::build::source(std::move(source)), shape, {}});
}

/// int16 elements that stand for temperatures, -32768 for none, as weather files hold them.
inline std::shared_ptr<WatchedSource<std::int16_t>> packed_temperatures(const cw::Shape& shape,
                                                                        const cw::Shape& chunks) {
  auto source = watched<std::int16_t>(
      shape, chunks, [](std::int64_t i) { return static_cast<std::int16_t>(noise(i) * 20000 - 10000); });
  cw::Encoding encoding;
  encoding.stored = cw::DType::int16;
  encoding.missing = {cw::Scalar(std::int16_t{-32768})};
  encoding.scaled = true;
  encoding.scale = 0.002;
  encoding.offset = 273.15;
  source->decode(encoding);
  return source;
}

/// A sink that notes what happened to it and gives each region to a function.
class WatchedSink final : public cw::Sink {
 public:
  using Function = std::function<void(const cw::Region&, const void*)>;
  explicit WatchedSink(Function look = nullptr) : look_(std::move(look)) {}
  [[nodiscard]] std::string describe() const override { return "watched sink"; }
  void begin(cw::DType, const cw::Shape&, const cw::ChunkGrid&, const cw::Labels&) override { ++begun; }
  void write(const cw::Region& region, const void* data) override {
    elements.fetch_add(static_cast<std::uint64_t>(region.elements()));
    if (look_) look_(region, data);
  }
  void finish() override { ++finished; }
  void abort() noexcept override { ++aborted; }

  int begun = 0, finished = 0, aborted = 0;
  std::atomic<std::uint64_t> elements{0};

 private:
  Function look_;
};

}  // namespace chunkwise_test
