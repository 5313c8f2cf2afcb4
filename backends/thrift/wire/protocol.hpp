#pragma once
/// Thrift's binary protocol over Transport, which generated code calls without virtual functions, and which charges
/// containers for the memory their elements take. Next: services.hpp.
#include <thrift/protocol/TBinaryProtocol.h>

#include <cstdint>
#include <memory>
#include <string>

#include "backends/thrift/wire/transport.hpp"

namespace chunkwise::wire {

class Protocol : public apache::thrift::protocol::TBinaryProtocolT<Transport> {
  using Base = apache::thrift::protocol::TBinaryProtocolT<Transport>;
  using TType = apache::thrift::protocol::TType;

 public:
  /// Memory that an element of a container is charged with; no struct of the protocol is larger (services.cpp).
  static constexpr std::uint64_t element_memory = 512;

  explicit Protocol(const std::shared_ptr<Transport>& transport) : Base(transport, 0, 0, true, true) {}
  [[nodiscard]] Transport& transport() { return *trans_; }

  std::uint32_t readListBegin(TType& element, std::uint32_t& size) {
    const std::uint32_t bytes = Base::readListBegin(element, size);
    charge(element, size);
    return bytes;
  }
  std::uint32_t readSetBegin(TType& element, std::uint32_t& size) {
    const std::uint32_t bytes = Base::readSetBegin(element, size);
    charge(element, size);
    return bytes;
  }
  std::uint32_t readMapBegin(TType& key, TType& value, std::uint32_t& size) {
    const std::uint32_t bytes = Base::readMapBegin(key, value, size);
    charge(apache::thrift::protocol::T_MAP, size);
    return bytes;
  }
  std::uint32_t skip(TType type) { return apache::thrift::protocol::skip(*this, type); }

 private:
  /// An element takes a byte of the message at least. Numbers take no more memory than bytes of the message.
  void charge(TType element, std::uint32_t size) {
    using namespace apache::thrift::protocol;
    trans_->budget().expect(size);
    if (element == T_STRUCT || element == T_STRING || element == T_MAP || element == T_LIST || element == T_SET)
      trans_->budget().take_memory(size * element_memory);
  }
};

}  // namespace chunkwise::wire
