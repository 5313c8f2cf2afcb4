#pragma once
/// The events that a Machine is told (Event) and the commands that it answers with (Command).
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "backends/cluster/run_spec.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

// ---------------------------------------------------------------- events

struct WorkerJoined {
  WorkerId worker = 0;  ///< chosen by the driver, never used before
  std::string name, address;
  int threads = 1;
  std::int64_t memory_limit = 0;
  bool can_spill = false;
  struct Holding {
    StepKey key;
    std::vector<Items> items;
  };
  std::vector<Holding> holdings;  ///< of runs known already (RunRecovered comes before)
};
struct WorkerHeard {
  WorkerId worker = 0;
  std::int64_t ticket = 0;  ///< the worker has received all ranges and copies up to this one
  std::optional<std::int64_t> memory_used = {};
};
/// A worker was asked to end. It gets nothing more, its ranges are given to others, and the products that it alone
/// holds are copied to them (handing_over()). A WorkerGone follows when it leaves.
struct WorkerRetires {
  WorkerId worker = 0;
};
/// A worker has the products that it was told to copy, or could not get them.
struct CopyDone {
  WorkerId worker = 0;
  std::int64_t ticket = 0;
};
struct CopyFailed {
  WorkerId worker = 0;
  std::int64_t ticket = 0;
};
/// The connection of a worker closed, or the worker said that it leaves.
struct WorkerGone {
  WorkerId worker = 0;
  bool wanted = false;
};
struct ClientJoined {
  ClientId client = 0;  ///< may have been there before a restart
};
struct ClientHeard {
  ClientId client = 0;
  std::vector<StepKey> arrays;  ///< of which the client has handles: kept, if they are still there
};
struct ClientGone {
  ClientId client = 0;
};
struct RunSubmitted {
  RunSpec run;
};
/// A run that a worker told of after a restart of the coordinator: only its arrays, and the steps that they need,
/// count. Work items that no worker brings within the worker timeout are made again. An array without a name is given
/// up unless a client says within the client timeout (ClientHeard) that it has a handle of it.
struct RunRecovered {
  RunSpec run;
  std::vector<std::pair<std::string, std::int32_t>> names;  ///< under which its steps were published
};
/// Work items of a step; the run is named beside it.
struct Product {
  std::int32_t step = 0;
  Items items;
};
struct RangeDone {
  WorkerId worker = 0;
  std::int64_t ticket = 0;
  StepKey key;
  Items items;
  std::int64_t bytes_read = 0;
  std::vector<Product> also;  ///< of later steps of the run, with which the worker went on
};
struct RangeFailed {
  WorkerId worker = 0;
  std::int64_t ticket = 0;
  StepKey key;
  Items items;
  Problem problem;
  WorkerId unreachable = 0;  ///< not 0: an input could not be fetched from this worker; the range is tried again
};
struct WorkerMemory {
  WorkerId worker = 0;
  std::int64_t used = 0;
  std::int64_t spilled = 0;    ///< bytes of its products that lie in files
  bool spill_is_full = false;  ///< its disk takes nothing more at present
};
/// Chunks that a worker held are not there any more, for example because their files were removed.
struct ProductsLost {
  WorkerId worker = 0;
  StepKey key;
  Items items;
  std::string why;  ///< naming the chunk and the file
};
/// The client has chunks of a streamed output.
struct Consumed {
  ClientId client = 0;
  StepKey key;
  Items items;
};
/// The client could not fetch work items from a worker, ready ones or those of an array: the worker is taken not to
/// hold them (any more). An upload is not changed, since work items of it that are given up cannot be made again.
struct Missing {
  ClientId client = 0;
  StepKey key;
  Items items;
  WorkerId worker = 0;
};
/// All chunks of an upload are where placement() said.
struct Uploaded {
  ClientId client = 0;
  StepKey key;
};
/// Ends a run that is not finished with a RunFailed, except for arrays that are published or opened by others. Of a
/// finished run everything is released.
struct Cancelled {
  ClientId client = 0;
  RunId run = 0;
};
struct Released {
  ClientId client = 0;
  StepKey key;
};
struct Published {
  ClientId client = 0;
  StepKey key;
  std::string name;
};
struct Unpublished {
  std::string name;
};
/// A client opened a published array: it has a handle now.
struct Opened {
  ClientId client = 0;
  StepKey key;
};
/// Time passes.
struct Tick {};

using Event =
    std::variant<WorkerJoined, WorkerHeard, WorkerRetires, CopyDone, CopyFailed, WorkerGone, ClientJoined, ClientHeard,
                 ClientGone, RunSubmitted, RunRecovered, RangeDone, RangeFailed, WorkerMemory, ProductsLost, Consumed,
                 Missing, Uploaded, Cancelled, Released, Published, Unpublished, Opened, Tick>;

// ---------------------------------------------------------------- commands

/// Work items of a product, and the worker that holds them.
struct Held {
  Items items;
  WorkerId worker = 0;
};
struct Inputs {
  StepKey key;
  std::vector<Held> ranges;
};

struct Assign {
  WorkerId worker = 0;
  std::int64_t ticket = 0;
  StepKey key;
  Items items;
  std::vector<Inputs> inputs;  ///< products it needs, each work item once
};
/// The worker fetches products from another worker, which is about to go, and reports a CopyDone or CopyFailed.
struct Copy {
  WorkerId worker = 0;
  std::int64_t ticket = 0;
  StepKey key;
  Held held;  ///< the work items, and the worker that has them
};
struct Drop {
  WorkerId worker = 0;
  StepKey key;
  std::optional<Items> items;  ///< only these; nothing: all work items
  bool urgent = true;          ///< false: it frees little, and may be told with another command
};
/// The worker stops working on a run, and forgets the run and all its products.
struct ForgetRun {
  WorkerId worker = 0;
  RunId run = 0;
  bool urgent = true;  ///< false: the worker works on none of it, and holds little
};
/// The worker was taken for lost; everything that it says from now on is answered with that fact.
struct Expel {
  WorkerId worker = 0;
};
/// Streamed chunks that the client can fetch.
struct Ready {
  ClientId client = 0;
  StepKey key;
  Held held;
};
/// All outputs are there. Told again if work items were lost after that and have been made again.
struct RunFinished {
  ClientId client = 0;
  RunId run = 0;
};
/// The run is over, and all that it made is gone. A finished run fails too, if an array of it is lost for good.
struct RunFailed {
  ClientId client = 0;
  RunId run = 0;
  Problem problem;
};
/// A line for the log.
struct Log {
  std::string line;
};

using Command = std::variant<Assign, Copy, Drop, ForgetRun, Expel, Ready, RunFinished, RunFailed, Log>;

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
