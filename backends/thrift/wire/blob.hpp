#pragma once
/// The bytes of the protocol's Blob: shared memory that is sent from its place and received straight into its place.
/// Generated code sees it as a string, hence the few member functions with a string's names.
#include <cstddef>
#include <cstring>
#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/core/error.hpp"

namespace chunkwise::wire {

/// A blob that was to be received into place came with another size.
class WrongSize : public Error {
 public:
  WrongSize(std::size_t size, std::size_t expected)
      : Error(ErrorCode::io,
              "it brings " + std::to_string(size) + " bytes where " + std::to_string(expected) + " were asked for") {}
};

/// Bytes with shared ownership; a copy shares them. Received bytes lie in memory of the pool, or in the destination of
/// receive_into().
class Blob {
 public:
  Blob() = default;
  /// A view of memory that `owner` keeps alive (null: the caller does, until the message is sent).
  Blob(const void* data, std::size_t size, std::shared_ptr<const void> owner)
      : owner_(std::move(owner)), data_(static_cast<const std::byte*>(data)), size_(size) {}
  /// Pooled memory of `size` bytes, to be filled through room().
  explicit Blob(std::size_t size) { allocate(size); }
  /// Returns a copy of bytes.
  static Blob copy_of(std::span<const std::byte> bytes) {
    Blob blob(bytes.size());
    if (!bytes.empty()) std::memcpy(blob.room_, bytes.data(), bytes.size());
    return blob;
  }
  static Blob copy_of(std::string_view text) { return copy_of(std::as_bytes(std::span(text))); }
  /// Returns a blob to be received: exactly `size` bytes, into `destination`. Any other size ends the call with an
  /// Error (io), and not a byte is written. `destination` must outlive the call.
  static Blob receive_into(void* destination, std::size_t size) {
    Blob blob;
    blob.data_ = blob.room_ = static_cast<std::byte*>(destination);
    blob.size_ = blob.expected_ = size;
    return blob;
  }

  [[nodiscard]] const std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {data_, size_}; }
  [[nodiscard]] std::string_view text() const { return {reinterpret_cast<const char*>(data_), size_}; }
  /// Returns the owner that keeps the bytes alive; null if the caller does.
  [[nodiscard]] const std::shared_ptr<const void>& owner() const { return owner_; }
  /// Returns the bytes to write to; null for a view.
  [[nodiscard]] std::byte* room() { return room_; }

  bool operator==(const Blob& other) const { return text() == other.text(); }
  bool operator<(const Blob& other) const { return text() < other.text(); }

  // The functions of a string that generated code calls while it receives one; sizes were checked against the message's
  // (transport.hpp).
  void clear() { resize(0); }
  void resize(std::size_t size) {
    if (expected_ == any_size) return allocate(size);
    if (size != expected_) throw WrongSize(size, expected_);
  }
  void assign(const char* bytes, std::size_t size) {
    resize(size);
    if (size != 0) std::memcpy(room_, bytes, size);
  }
  std::byte& operator[](std::size_t i) { return room_[i]; }
  /// Thrift's path through virtual functions knows std::string only; it is compiled, but never taken (protocol.hpp).
  operator std::string&() { throw Error(ErrorCode::unsupported, "a blob went through TProtocol"); }
  operator const std::string&() const { throw Error(ErrorCode::unsupported, "a blob went through TProtocol"); }

 private:
  static constexpr std::size_t any_size = ~std::size_t{0};

  void allocate(std::size_t size) {
    *this = Blob();
    if (size == 0) return;
    Buffer buffer = allocate_buffer(size);
    data_ = room_ = buffer.get();
    owner_ = std::move(buffer);
    size_ = size;
  }

  std::shared_ptr<const void> owner_;
  const std::byte* data_ = nullptr;
  std::byte* room_ = nullptr;
  std::size_t size_ = 0;
  std::size_t expected_ = any_size;
};

/// Prints the size of a blob; generated code prints structs with it.
inline std::ostream& operator<<(std::ostream& out, const Blob& blob) { return out << blob.size() << " bytes"; }

}  // namespace chunkwise::wire
