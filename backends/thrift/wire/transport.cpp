#include "backends/thrift/wire/transport.hpp"

#include <sys/uio.h>
#include <thrift/protocol/TProtocolException.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "chunkwise/core/made_once.hpp"

namespace chunkwise::wire {

using apache::thrift::protocol::TProtocolException;

void MessageBudget::too_large() {
  throw TProtocolException(TProtocolException::SIZE_LIMIT, "a message is larger than is accepted");
}

namespace {
/// Thrift's own limits are out of the way: the budget is ours.
std::shared_ptr<apache::thrift::TConfiguration> unlimited() {
  return *detail::made_once([] {
    constexpr int most = std::numeric_limits<int>::max();
    return new const auto(std::make_shared<apache::thrift::TConfiguration>(most, most));
  });
}
}  // namespace

Transport::Transport(std::shared_ptr<Socket> socket, std::uint32_t limit)
    : TVirtualTransport(unlimited()), socket_(std::move(socket)), budget_(limit) {
  setReadBuffer(in_.data(), 0);
  setWriteBuffer(out_.data(), static_cast<std::uint32_t>(out_.size()));
}

bool Transport::peek() {
  if (rBase_ == rBound_)
    setReadBuffer(in_.data(), static_cast<std::uint32_t>(socket_->receive(in_.data(), in_.size(), false)));
  return rBase_ != rBound_;
}

std::uint32_t Transport::read(std::uint8_t* out, std::uint32_t size) {
  budget_.expect(size);
  const std::uint32_t got = Base::read(out, size);
  budget_.take(got);
  return got;
}

std::uint32_t Transport::readSlow(std::uint8_t* out, std::uint32_t size) {
  std::uint32_t got = 0;
  if (rBase_ == rBound_ && size >= in_.size()) {
    got = static_cast<std::uint32_t>(socket_->receive(out, size, true));
  } else if (peek()) {
    got = std::min(static_cast<std::uint32_t>(rBound_ - rBase_), size);
    std::memcpy(out, rBase_, got);
    rBase_ += got;
  }
  if (got == 0) throw PeerLost(socket_->peer(), socket_->peer() + " has ended the connection");
  return got;
}

void Transport::writeSlow(const std::uint8_t* data, std::uint32_t size) {
  const auto waiting = static_cast<std::size_t>(wBase_ - out_.data());
  wBase_ = out_.data();
  sent_ += waiting + size;
  if (sent_ > budget_.limit())
    throw Error(ErrorCode::unsupported, "a message to " + socket_->peer() + " would have more than " +
                                            std::to_string(budget_.limit()) + " bytes; it takes several");
  iovec parts[] = {{out_.data(), waiting}, {const_cast<std::uint8_t*>(data), size}};
  socket_->send(parts, 2, true);
}

void Transport::flush() {
  iovec part{out_.data(), static_cast<std::size_t>(wBase_ - out_.data())};
  wBase_ = out_.data();
  if (part.iov_len != 0)
    socket_->send(&part, 1, false);
  else if (sent_ != 0)
    socket_->push();
  sent_ = 0;
}

}  // namespace chunkwise::wire
