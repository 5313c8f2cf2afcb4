#pragma once
/// Thrift's transport over a Socket: small reads and writes go through a buffer of 16 KiB, large ones straight between
/// the socket and the caller's memory. Counts the bytes and memory of a message and ends a connection whose message is
/// too large, before memory is taken for it. Next: protocol.hpp.
#include <thrift/transport/TBufferTransports.h>

#include <array>
#include <cstdint>
#include <memory>

#include "backends/thrift/wire/socket.hpp"

namespace chunkwise::wire {

/// Bytes that a message may have once its sender is known, and before.
inline constexpr std::uint32_t max_message = 64u << 20;
inline constexpr std::uint32_t max_greeting = 4096;

/// The bytes and memory that a message may still take. Thrift's own account (TTransport::remainingMessageSize_) is not
/// used: it is neither reset by a plain transport (a connection dies after 100 MiB in all) nor charged by buffered
/// reads.
class MessageBudget {
 public:
  explicit MessageBudget(std::uint32_t limit) { set_limit(limit); }
  [[nodiscard]] std::uint64_t limit() const { return limit_; }
  void set_limit(std::uint32_t limit) {
    limit_ = limit;
    reset();
  }
  /// A message has been read, or begins.
  void reset() { left_ = memory_left_ = limit_; }
  /// Throws TProtocolException(SIZE_LIMIT) if less than `bytes` are left.
  void expect(std::uint64_t bytes) const {
    if (bytes > left_) too_large();
  }
  void take(std::uint32_t bytes) {
    expect(bytes);
    left_ -= bytes;
  }
  /// Takes memory for elements of containers, which may be more than their bytes in the message.
  void take_memory(std::uint64_t bytes) {
    if (bytes > memory_left_) too_large();
    memory_left_ -= bytes;
  }

 private:
  [[noreturn]] static void too_large();
  std::uint64_t limit_ = 0, left_ = 0, memory_left_ = 0;
};

class Transport
    : public apache::thrift::transport::TVirtualTransport<Transport, apache::thrift::transport::TBufferBase> {
  using Base = apache::thrift::transport::TBufferBase;

 public:
  explicit Transport(std::shared_ptr<Socket> socket, std::uint32_t limit = max_message);

  [[nodiscard]] MessageBudget& budget() { return budget_; }
  [[nodiscard]] Socket& socket() { return *socket_; }
  /// Waits for the first byte of a message. Returns false if the peer has ended the connection.
  bool peek() override;

  // The functions that protocols call; TVirtualTransport finds these without a virtual call.
  std::uint32_t read(std::uint8_t* out, std::uint32_t size);
  std::uint32_t readAll(std::uint8_t* out, std::uint32_t size) {
    budget_.take(size);
    return Base::readAll(out, size);
  }
  const std::uint8_t* borrow(std::uint8_t*, std::uint32_t* size) {
    budget_.expect(*size);  // asked before a string makes room for its bytes
    return *size <= static_cast<std::uint32_t>(rBound_ - rBase_) ? rBase_ : nullptr;
  }
  void consume(std::uint32_t size) {
    budget_.take(size);
    rBase_ += size;
  }
  std::uint32_t readEnd() override {
    budget_.reset();
    return 0;
  }
  void flush() override;
  bool isOpen() const override { return true; }
  void close() override { socket_->shut_down(); }
  const std::string getOrigin() const override { return socket_->peer(); }

 protected:
  std::uint32_t readSlow(std::uint8_t* out, std::uint32_t size) override;
  void writeSlow(const std::uint8_t* data, std::uint32_t size) override;
  const std::uint8_t* borrowSlow(std::uint8_t*, std::uint32_t*) override { return nullptr; }

 private:
  std::shared_ptr<Socket> socket_;
  MessageBudget budget_;
  std::uint64_t sent_ = 0;  // of the message that is being written
  std::array<std::uint8_t, 16384> in_, out_;
};

}  // namespace chunkwise::wire
