#pragma once
/// A source and a sink that are watched: how much was read, what was written how often; and that fail or dawdle on
/// demand.
#include <atomic>
#include <chrono>
#include <cstring>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/io/sink.hpp"
#include "chunkwise/io/source.hpp"

namespace chunkwise::conformance {

/// float64 elements, computed from their row-major position; not in memory.
class WatchedSource : public Source {
 public:
  WatchedSource(const Shape& shape, const Shape& chunks) : shape_(shape), grid_(ChunkGrid::regular(shape, chunks)) {}

  /// The element at a row-major position.
  static double value(std::int64_t position) { return static_cast<double>(position * 7919 % 1009) / 8.0; }

  [[nodiscard]] DType dtype() const override { return DType::float64; }
  [[nodiscard]] const Shape& shape() const override { return shape_; }
  [[nodiscard]] const ChunkGrid& grid() const override { return grid_; }
  [[nodiscard]] const Encoding& encoding() const override { return encoding_; }
  [[nodiscard]] std::string describe() const override { return "a watched source"; }
  void read(const Region& region, void* out) const override {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds_.load()));
    auto* to = static_cast<double*>(out);
    const auto fill = [&](const auto& self, int axis, std::int64_t position) -> void {
      if (axis == region.rank()) {
        if (position == fail_at_) throw failure_;
        *to++ = value(position);
        return;
      }
      for (std::int64_t i = 0; i < region[axis].count; ++i)
        self(self, axis + 1, position * shape_[axis] + region[axis].start + i * region[axis].step);
    };
    fill(fill, 0, 0);
    elements_read_ += region.elements();
  }

  [[nodiscard]] std::int64_t elements_read() const { return elements_read_; }
  /// Each read takes so long.
  void take(std::chrono::milliseconds time) { milliseconds_ = static_cast<int>(time.count()); }
  /// Reading the element at this position throws; -1: none does. Not while a run is under way.
  void fail_at(std::int64_t position, Error error) {
    fail_at_ = position;
    failure_ = std::move(error);
  }

 private:
  Shape shape_;
  ChunkGrid grid_;
  Encoding encoding_;
  std::atomic<int> milliseconds_{0};
  std::int64_t fail_at_ = -1;
  Error failure_{ErrorCode::io, ""};
  mutable std::atomic<std::int64_t> elements_read_{0};
};

/// Keeps what it is given.
class WatchedSink final : public Sink {
 public:
  [[nodiscard]] std::string describe() const override { return "a watched sink"; }
  void begin(DType dtype, const Shape& shape, const ChunkGrid&, const Labels&) override {
    dtype_ = dtype;
    shape_ = shape;
    bytes_.assign(static_cast<std::size_t>(shape.elements()) * size_of(dtype), std::byte{});
    times_written_.assign(static_cast<std::size_t>(shape.elements()), 0);
  }
  void write(const Region& region, const void* data) override {
    const std::scoped_lock lock(mutex_);
    if (failure_ && writes_++ == fail_after_) throw *failure_;
    const std::size_t size = size_of(dtype_);
    const auto* from = static_cast<const std::byte*>(data);
    const auto copy = [&](const auto& self, int axis, std::int64_t position) -> void {
      if (axis == region.rank()) {
        ++times_written_.at(static_cast<std::size_t>(position));
        std::memcpy(bytes_.data() + static_cast<std::size_t>(position) * size, from, size);
        from += size;
        return;
      }
      for (std::int64_t i = 0; i < region[axis].count; ++i)
        self(self, axis + 1, position * shape_[axis] + region[axis].start + i * region[axis].step);
    };
    copy(copy, 0, 0);
  }
  void finish() override {
    if (finish_failure_) throw *finish_failure_;
    ++finished_;
  }
  void abort() noexcept override { ++aborted_; }

  /// The write after so many throws.
  void fail_after(int writes, Error error) {
    fail_after_ = writes;
    failure_ = std::move(error);
  }
  void fail_to_finish(Error error) { finish_failure_ = std::move(error); }
  [[nodiscard]] const std::vector<int>& times_written() const { return times_written_; }
  [[nodiscard]] int finished() const { return finished_; }
  [[nodiscard]] int aborted() const { return aborted_; }
  template <class T>
  [[nodiscard]] std::vector<T> values() const {
    std::vector<T> values(bytes_.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes_.data(), bytes_.size());
    return values;
  }

 private:
  std::mutex mutex_;
  DType dtype_ = DType::float64;
  Shape shape_;
  std::vector<std::byte> bytes_;
  std::vector<int> times_written_;
  int writes_ = 0, fail_after_ = 0, finished_ = 0, aborted_ = 0;
  std::optional<Error> failure_, finish_failure_;
};

}  // namespace chunkwise::conformance
