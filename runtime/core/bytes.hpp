#pragma once
/// Numbers, shapes and grids as bytes, little endian, and back. Reading believes nothing: anything that does not fit is
/// an Error that says where, before any memory is taken for it.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/core/region.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

class ByteWriter {
 public:
  void number(std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) bytes_.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
  }
  void number(std::int64_t value) { number(static_cast<std::uint64_t>(value), 8); }
  void real(double value) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    number(bits, 8);
  }
  /// Writes bytes as they are; their reader knows how many there are.
  void raw(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  void block(std::span<const std::byte> block) {
    number(block.size(), 8);
    raw(block);
  }
  void reserve(std::size_t size) { bytes_.reserve(size); }
  void text(const std::string& text) { block(std::as_bytes(std::span(text))); }
  void range(const AxisRange& r) {
    number(r.start);
    number(r.step);
    number(r.count);
  }
  void scalar(const Scalar& scalar) {
    number(static_cast<std::uint64_t>(scalar.dtype), 1);
    for (const unsigned char byte : scalar.bytes) number(byte, 1);
  }
  void shape(const Shape& shape) {
    number(static_cast<std::uint64_t>(shape.rank()), 1);
    for (const std::int64_t extent : shape) number(extent);
  }
  void grid(const ChunkGrid& grid) {
    number(static_cast<std::uint64_t>(grid.rank()), 1);
    for (const AxisChunks& axis : grid) {
      // Regular partitions are two numbers, others the list of their sizes.
      number(axis.is_regular() ? 1U : 0U, 1);
      if (axis.is_regular()) {
        number(axis.extent());
        number(axis.count() > 0 ? axis.size(0) : 1);
      } else {
        number(static_cast<std::uint64_t>(axis.count()), 8);
        for (std::int64_t c = 0; c < axis.count(); ++c) number(axis.size(c));
      }
    }
  }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class ByteReader {
 public:
  /// `what` names the bytes in errors: "these bytes are no graph: ...".
  ByteReader(std::span<const std::byte> bytes, const char* what) : bytes_(bytes), what_(what) {}
  [[nodiscard]] Error error(const std::string& why) const {
    return {ErrorCode::invalid_argument,
            std::string("these bytes are no ") + what_ + ": " + why + " at byte " + std::to_string(at_)};
  }
  [[nodiscard]] std::uint64_t number(int bytes) {
    need(static_cast<std::uint64_t>(bytes));
    std::uint64_t value = 0;
    for (int i = 0; i < bytes; ++i) value |= std::to_integer<std::uint64_t>(bytes_[at_++]) << (8 * i);
    return value;
  }
  [[nodiscard]] std::int64_t signed_number() { return static_cast<std::int64_t>(number(8)); }
  [[nodiscard]] double real() {
    const std::uint64_t bits = number(8);
    double value = 0;
    std::memcpy(&value, &bits, sizeof value);
    return value;
  }
  /// Returns a count of things that take at least `each` bytes; a count that the bytes left cannot hold is refused.
  [[nodiscard]] std::size_t count(std::uint64_t each) {
    const std::uint64_t n = number(8);
    if (n > (bytes_.size() - at_) / each) throw error("a count of " + std::to_string(n) + " beyond their end");
    return static_cast<std::size_t>(n);
  }
  [[nodiscard]] std::span<const std::byte> raw(std::size_t size) {
    need(size);
    const auto result = bytes_.subspan(at_, size);
    at_ += size;
    return result;
  }
  [[nodiscard]] std::span<const std::byte> block() { return raw(count(1)); }
  [[nodiscard]] std::string text() {
    const auto bytes = block();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  [[nodiscard]] AxisRange range() {
    AxisRange r;
    r.start = signed_number();
    r.step = signed_number();
    r.count = signed_number();
    return r;
  }
  [[nodiscard]] DType dtype() {
    const auto dtype = number(1);
    if (dtype >= dtype_count) throw error("an element type of number " + std::to_string(dtype));
    return static_cast<DType>(dtype);
  }
  [[nodiscard]] Scalar scalar() {
    Scalar scalar;
    scalar.dtype = dtype();
    for (unsigned char& byte : scalar.bytes) byte = static_cast<unsigned char>(number(1));
    if (scalar.dtype == DType::boolean && scalar.bytes[0] > 1) throw error("a bool that is neither true nor false");
    return scalar;
  }
  /// Returns extents that an array can have (core/shape.hpp: max_elements).
  [[nodiscard]] Shape shape() {
    Shape shape;
    const auto rank = number(1);
    if (rank > max_rank) throw error("a rank of " + std::to_string(rank));
    for (std::uint64_t axis = 0; axis < rank; ++axis) shape.push_back(signed_number());
    try {
      static_cast<void>(count_elements(shape));
    } catch (const Error&) {
      throw error("extents that cannot be, " + to_string(shape) + ",");
    }
    return shape;
  }
  /// Returns a grid over `shape`.
  [[nodiscard]] ChunkGrid grid(const Shape& shape) {
    ChunkGrid grid;
    if (number(1) != static_cast<std::uint64_t>(shape.rank())) throw error("a chunk grid of another rank");
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (number(1) == 1) {
        const std::int64_t extent = signed_number();
        const std::int64_t size = signed_number();
        if (extent != shape[axis] || size < 1) throw error("a chunk size that does not fit");
        grid.push_back(AxisChunks::regular(extent, size));
        continue;
      }
      std::vector<std::int64_t> sizes(count(8));
      std::int64_t left = shape[axis];
      for (std::int64_t& size : sizes) {
        size = signed_number();
        if (size < 1 || size > left) throw error("chunk sizes that do not fit");
        left -= size;
      }
      if (left != 0) throw error("chunk sizes that do not fill their axis");
      grid.push_back(AxisChunks::of_sizes(sizes));
    }
    return grid;
  }
  void end() const {
    if (at_ != bytes_.size()) throw error("more bytes than they say");
  }

 private:
  void need(std::uint64_t n) const {
    if (bytes_.size() - at_ < n) throw error("they end too early");
  }
  std::span<const std::byte> bytes_;
  const char* what_;
  std::size_t at_ = 0;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
