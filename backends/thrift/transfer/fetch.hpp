#pragma once
/// Reads a region of an array whose chunks workers hold, in pieces that a message can carry, with one call for
/// neighbouring chunks of one worker. A piece is read straight into the reader's memory if it is contiguous there. Used
/// by clients, and by workers among themselves.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "backends/thrift/wire/client.hpp"
#include "backends/thrift/wire/wire_types.hpp"
#include "chunkwise/core/chunk_grid.hpp"
#include "chunkwise/core/dtype.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

using WorkerPool = wire::ConnectionPool<wire::WorkerService>;

/// The time for which a worker may be silent while it is asked for a product: a frozen one holds nobody up for longer.
inline constexpr std::chrono::milliseconds longest_silence{5000};

/// Bytes of a call's answer, at most.
inline constexpr std::int64_t piece_bytes = std::int64_t{8} << 20;

/// The workers that hold units, by ranges in ascending order. Cheap to ask.
class Placement {
 public:
  Placement() = default;
  explicit Placement(const wire::Location& location);
  /// Returns the range that holds a unit; null if none is known.
  [[nodiscard]] const wire::HeldRange* find(std::int64_t unit) const;
  [[nodiscard]] bool empty() const { return ranges_.empty(); }

 private:
  std::vector<wire::HeldRange> ranges_;
};

/// A worker that did not give a product that it was said to hold.
class Unreachable : public wire::RemoteError {
 public:
  /// `connected`: there was a connection to it.
  Unreachable(const wire::HeldRange& holder, const std::string& why, bool connected = true);
  [[nodiscard]] bool connected() const noexcept { return connected_; }
  [[nodiscard]] const std::string& address() const noexcept { return address_; }

 private:
  std::string address_;
  bool connected_;
};

/// Asks the coordinator whether it can connect to a worker.
using AskReach = std::function<void(wire::WorkerContact& contact, WorkerId worker)>;
/// Throws io, with the addresses of both, if `who` could not connect to a worker, and still cannot, though the
/// coordinator can: the worker is there, but not on a network of `who`, and to try again would be in vain.
void blame_network(WorkerPool& pool, const Unreachable& error, const std::string& who, const AskReach& ask);

/// Calls ask(client) on a connection to a worker. Throws Unreachable, naming the worker, if it cannot be asked, has not
/// got the product, or a `stop` came first. Any other Error of the worker is thrown as it is.
template <class Ask>
void ask_holder(WorkerPool& pool, const wire::HeldRange& holder, const Ask& ask, const std::stop_token& stop) {
  try {
    pool.with(holder.address, ask, stop);
  } catch (const wire::NotConnected& error) {
    throw Unreachable(holder, error.what(), false);
  } catch (const wire::PeerLost& error) {
    throw Unreachable(holder, error.what());
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::lost) throw;
    throw Unreachable(holder, error.what());
  }
}

/// Returns true if the positions of a box follow each other in a row-major whole of this shape.
[[nodiscard]] bool is_contiguous_in(const Region& box, const Shape& whole);

/// Reads `region` of the array `key` into `out`, row-major without gaps. Throws Unreachable, naming the worker, if one
/// cannot be asked, has not got the chunk, or a `stop` came first. Throws lost if nobody is known to have a chunk.
void fetch_region(WorkerPool& pool, const StepKey& key, DType dtype, const ChunkGrid& grid, const Placement& placement,
                  const Region& region, void* out, const std::stop_token& stop = {});

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
