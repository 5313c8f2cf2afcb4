#pragma once
/// The one team of threads of the process. Plans submit ranges of items; threads take items from the oldest job that
/// has room for them. Threads are made when first needed and stay; nothing is started or locked for an item. If the
/// system refuses threads there are fewer, and without any, jobs run in the threads of their callers. A forked child
/// has a team of its own.
#include <atomic>
#include <cstdint>
#include <functional>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

/// The work of a job: item `item` of [0, items), on the worker slot `worker` of [0, threads).
using ItemFunction = std::function<void(int worker, std::int64_t item)>;

/// Runs all items on at most `threads` threads and returns when none runs any more. `threads` of 1, or a single item,
/// runs in the calling thread, if that has stack enough, and so do the items of a job that an item starts. `tick` is
/// called in the calling thread about ten times a second. The first exception of an item (or of tick) stops the job and
/// is thrown here. Items are handed out in order.
void run_items(int threads, std::int64_t items, const ItemFunction& body, const std::function<void()>& tick);

/// Makes the team, still without threads, so that it outlives the objects that are made after it. An object that runs
/// items calls this in its constructor: it may be a static object, which is used until the end of the process.
void make_team();

namespace detail {
/// Called first by every thread of the team: OpenMP regions in its items get no threads beside it.
void become_member();
}  // namespace detail

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
