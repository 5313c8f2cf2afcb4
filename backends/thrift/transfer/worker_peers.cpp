#include "backends/thrift/transfer/worker_peers.hpp"

#include <algorithm>

#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

Unreachable unreachable(WorkerId holder, const std::string& address, const std::string& why, bool connected = true) {
  return {holder, printable("chunks could not be fetched from the worker at " + address + ": " + why, true), connected};
}

SharedBytes bytes_of(const wire::Blob& blob) { return {blob.bytes(), blob.owner()}; }

}  // namespace

Held WorkerPeers::learn(const wire::HeldRange& range) {
  if (!range.address.empty()) {
    const std::scoped_lock lock(mutex_);
    addresses_.insert_or_assign(range.worker, range.address);
  }
  return {{range.first, range.last}, range.worker};
}

Inputs WorkerPeers::learn(const wire::Location& location) {
  Inputs inputs{from_wire(location.key), {}};
  for (const wire::HeldRange& range : location.ranges) inputs.ranges.push_back(learn(range));
  return inputs;
}

std::string WorkerPeers::address_of(WorkerId worker) {
  const std::scoped_lock lock(mutex_);
  const auto found = addresses_.find(worker);
  return found == addresses_.end() ? std::string() : found->second;
}

template <class Ask>
void WorkerPeers::ask_holder(WorkerId holder, const Ask& ask, const std::stop_token& stop) {
  const std::string address = address_of(holder);
  try {
    pool_.with(address, ask, stop);
  } catch (const wire::NotConnected& error) {
    throw unreachable(holder, address, error.what(), false);
  } catch (const wire::PeerLost& error) {
    throw unreachable(holder, address, error.what());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::lost) throw;
    throw unreachable(holder, address, error.what());
  }
}

void WorkerPeers::read_chunks(WorkerId holder, const StepKey& key, const Region& region, std::span<std::byte> out,
                              const std::stop_token& stop) {
  std::vector<std::int64_t> start;
  std::vector<std::int64_t> step;
  std::vector<std::int64_t> count;
  for (const AxisRange& range : region) {
    start.push_back(range.start);
    step.push_back(range.step);
    count.push_back(range.count);
  }
  wire::Blob blob = wire::Blob::receive_into(out.data(), out.size());
  ask_holder(
      holder, [&](auto& client) { client.read_chunks(blob, to_wire(key), start, step, count); }, stop);
}

SharedBytes WorkerPeers::read_states(WorkerId holder, const StepKey& key, std::int64_t tile,
                                     const std::stop_token& stop) {
  std::vector<wire::Blob> pieces;
  std::size_t size = 0;
  const auto fetch = [&](auto& client) {
    do {
      client.read_states(pieces.emplace_back(), to_wire(key), tile, static_cast<std::int64_t>(size), piece_bytes);
      size += pieces.back().size();
    } while (static_cast<std::int64_t>(pieces.back().size()) == piece_bytes);
  };
  ask_holder(holder, fetch, stop);
  if (pieces.size() == 1) return bytes_of(pieces.front());
  const Buffer all = allocate_buffer(size);
  std::byte* to = all.get();
  for (const wire::Blob& piece : pieces) to = std::ranges::copy(piece.bytes(), to).out;
  return share(all, size);
}

SharedBytes WorkerPeers::read_finished(WorkerId holder, const StepKey& key, std::int64_t tile,
                                       const std::stop_token& stop) {
  wire::Blob blob;
  ask_holder(
      holder, [&](auto& client) { client.read_finished(blob, to_wire(key), tile); }, stop);
  return bytes_of(blob);
}

void WorkerPeers::upload(WorkerId holder, const StepKey& key, std::int64_t item, std::span<const std::byte> chunk,
                         const std::string& ticket) {
  const auto bytes = static_cast<std::int64_t>(chunk.size());
  const auto give = [&](auto& client) {
    for (std::int64_t offset = 0; offset == 0 || offset < bytes; offset += piece_bytes)
      client.upload(
          to_wire(key), item, offset,
          wire::Blob(chunk.data() + offset, static_cast<std::size_t>(std::min(piece_bytes, bytes - offset)), nullptr),
          ticket);
  };
  ask_holder(holder, give, {});
}

void WorkerPeers::blame_network(const Unreachable& error, const std::string& who, const AskReach& ask) {
  if (error.connected()) return;
  wire::WorkerContact contact;
  try {
    ask(contact, error.worker());
  } catch (const Error&) {
    return;  // the coordinator is away: the next call to it says so
  }
  if (!contact.reached) return;
  const std::string address = address_of(error.worker());
  try {
    pool_.with(address, [](auto&) {});
  } catch (const wire::NotConnected& still) {
    throw Error(ErrorCode::io, who + " cannot connect to worker " + contact.name + " at " + address +
                                   ", though the coordinator at " + contact.coordinator + " can: " + still.cause() +
                                   "; let the network between them through, or start that worker with --listen "
                                   "ADDRESS:PORT or --advertise HOST:PORT that both can connect to");
  } catch (const Error&) {
    // The worker is there, but something else is wrong: the next call finds out.
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
