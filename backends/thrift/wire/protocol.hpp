#pragma once
/// Thrift's binary protocol over Transport, which generated code calls without virtual functions. The headers of
/// messages, fields and containers are read here: types are checked before they become enums, sizes before they are
/// multiplied, and containers are charged for the memory that their elements take. Next: services.hpp.
#include <thrift/protocol/TBinaryProtocol.h>

#include <cstdint>
#include <memory>
#include <string>

#include "backends/thrift/wire/transport.hpp"

namespace chunkwise::wire {

class Protocol : public apache::thrift::protocol::TBinaryProtocolT<Transport> {
  using TMessageType = apache::thrift::protocol::TMessageType;
  using TType = apache::thrift::protocol::TType;

 public:
  /// Memory that an element of a container is charged with; no struct of the protocol is larger (services.cpp).
  static constexpr std::uint64_t element_memory = 640;

  explicit Protocol(const std::shared_ptr<Transport>& transport) : TBinaryProtocolT(transport, 0, 0, true, true) {}
  [[nodiscard]] Transport& transport() { return *trans_; }

  std::uint32_t readMessageBegin(std::string& name, TMessageType& type, std::int32_t& sequence) {
    std::int32_t version = 0;
    readI32(version);
    const std::int32_t number = version & 0xff;
    if ((version & VERSION_MASK) != VERSION_1 || number < apache::thrift::protocol::T_CALL ||
        number > apache::thrift::protocol::T_ONEWAY)
      refuse("it is no message of this protocol");
    type = static_cast<TMessageType>(number);
    return 8 + readString(name) + readI32(sequence);
  }
  std::uint32_t readFieldBegin(std::string&, TType& type, std::int16_t& id) {
    read_type(type);
    id = 0;
    return type == apache::thrift::protocol::T_STOP ? 1 : 1 + readI16(id);
  }
  std::uint32_t readListBegin(TType& element, std::uint32_t& size) {
    read_type(element);
    return 1 + read_size(size);
  }
  std::uint32_t readSetBegin(TType& element, std::uint32_t& size) { return readListBegin(element, size); }
  std::uint32_t readMapBegin(TType& key, TType& value, std::uint32_t& size) {
    read_type(key);
    read_type(value);
    return 2 + read_size(size);
  }
  std::uint32_t skip(TType type) { return apache::thrift::protocol::skip(*this, type); }

  // Methods of the base service, and unknown ones, go through virtual functions: to the same.
  std::uint32_t readMessageBegin_virt(std::string& name, TMessageType& type, std::int32_t& sequence) override {
    return readMessageBegin(name, type, sequence);
  }
  std::uint32_t readFieldBegin_virt(std::string& name, TType& type, std::int16_t& id) override {
    return readFieldBegin(name, type, id);
  }
  std::uint32_t readListBegin_virt(TType& element, std::uint32_t& size) override {
    return readListBegin(element, size);
  }
  std::uint32_t readSetBegin_virt(TType& element, std::uint32_t& size) override { return readSetBegin(element, size); }
  std::uint32_t readMapBegin_virt(TType& key, TType& value, std::uint32_t& size) override {
    return readMapBegin(key, value, size);
  }
  std::uint32_t skip_virt(TType type) override { return skip(type); }

 private:
  [[noreturn]] static void refuse(const char* why) {
    using apache::thrift::protocol::TProtocolException;
    throw TProtocolException(TProtocolException::INVALID_DATA, why);
  }
  void read_type(TType& type) {
    std::int8_t number = 0;
    readByte(number);
    if (number < apache::thrift::protocol::T_STOP || number > apache::thrift::protocol::T_LIST)
      refuse("it has a type that there is not");
    type = static_cast<TType>(number);
  }
  /// Reads the size of a container, and charges for its elements whatever their type is said to be: generated code
  /// makes room for elements of the type that it expects.
  std::uint32_t read_size(std::uint32_t& size) {
    std::int32_t read = 0;
    readI32(read);
    if (read < 0) refuse("it has a container of a negative size");
    size = static_cast<std::uint32_t>(read);
    trans_->budget().take_memory(size * element_memory);
    return 4;
  }
};

}  // namespace chunkwise::wire
