/**
 * The protocol of a chunkwise cluster (docs/cluster.md tells how it is used).
 *
 * Three kinds of connection: client to coordinator, worker to coordinator, and client or worker to a worker. Each
 * begins with challenge() and hello(); any other call before that is refused. Numbers of enums are fixed: append, never
 * renumber. All sizes are bytes and all indices count from 0 unless said otherwise. Binary protocol over TCP, or TLS.
 *
 * Ids (i64) of workers, clients and runs are known to everybody. A caller that acts for one of them shows a *token*: 32
 * random bytes that only it was given.
 */
namespace cpp chunkwise.wire

cpp_include "backends/thrift/wire/blob.hpp"

/** Bytes that are received straight into their place (wire/blob.hpp). */
typedef string (cpp.type = "::chunkwise::wire::Blob") Blob

/** Raised when the protocol changes; both ends must have the same. */
const i32 PROTOCOL_VERSION = 3

/** An error with type and cause. */
exception Failure {
  /** chunkwise::ErrorCode as a number. */
  1: i32 code
  /** For people: what failed, where, and what to do. */
  2: string message
  /** The worker that it happened on; empty: none. */
  3: string worker
  /** i64 id of a worker that could not be reached, if that is the cause; else 0. */
  4: i64 unreachable
}

// ---------------------------------------------------------------- handshake

/** The kind of caller. */
enum Role { CLIENT = 0, WORKER = 1 }

struct Hello {
  /** PROTOCOL_VERSION of the caller. */
  1: i32 protocol
  /** Fingerprint of the caller's catalogue of operations and reductions (wire/handshake.hpp). */
  2: i64 catalogue
  /** Version of the caller's library, for the message when the others differ. */
  3: string version
  4: Role role
  /** HMAC-SHA256 with the shared secret over the nonce of challenge(), the role and `nonce`; empty without a secret. */
  5: binary proof
  /** 32 random bytes, for the server to prove that it knows the secret too. */
  6: binary nonce
  /** The secret is the caller's default, that of its user: nobody gave it the secret of this cluster. */
  7: optional bool user_secret
}

struct Welcome {
  1: string version
  /** HMAC-SHA256 with the shared secret over Hello.nonce and the server's nonce; empty without a secret. */
  2: binary proof
  /** 32 random bytes, chosen when the server began: tells servers apart that had the same address. */
  3: binary server
}

/** The calls that every server answers. */
service Peer {
  /** 32 random bytes, new for each connection. */
  binary challenge() throws (1: Failure failure)
  /** Refuses another protocol, catalogue or secret, and says which of them differs. */
  Welcome hello(1: Hello hello) throws (1: Failure failure)
}

// ---------------------------------------------------------------- products and their places

/** A step of a run, by which products are named. */
struct StepKey {
  /** Number of the run; unique over restarts of the coordinator. */
  1: i64 run
  /** Index of the step in the run. */
  2: i32 step
}

/** Work items [first, last) of a step, held by a worker. */
struct HeldRange {
  1: i64 first
  2: i64 last
  /** Id of the worker. */
  3: i64 worker
  /** HOST:PORT of the worker's server. */
  4: string address
  /** The elements of one streamed chunk that is no more than a few kilobytes: it need not be fetched. */
  5: optional Blob values
}

/** Where the products of one step lie. */
struct Location {
  1: StepKey key
  2: list<HeldRange> ranges
}

// ---------------------------------------------------------------- client and coordinator

/** The fate of an output's chunks. */
enum OutputKind {
  /** Its chunks are fetched and released by the client as they come. */
  STREAMED = 0,
  /** Its chunks stay until released. */
  PERSISTED = 1
}

struct RunRequest {
  /** The graph after the graph passes, by chunkwise::to_bytes with sources as in backends/cluster/source_spec.hpp. */
  1: Blob graph
  /** One for each output of the graph. */
  2: list<OutputKind> outputs
  /** Passes that are switched off, by name. */
  3: list<string> disabled_passes
  /** The spans that each worker records of the run, for Worker.read_trace; 0: none. */
  4: i64 trace_spans
}

struct RunAccepted {
  1: i64 run
  /** The step that produces each output. */
  2: list<i32> steps
  /** Memory that the plan needs at most on each worker. */
  3: i64 memory_bound
  4: i32 stages
}

enum RunState { RUNNING = 0, FINISHED = 1, FAILED = 2, WAITING_FOR_WORKERS = 3, WAITING_FOR_RELEASE = 4 }

struct RunStatus {
  1: RunState state
  /** Elements streamed so far and in all, over all steps. */
  2: i64 elements_done
  3: i64 elements_total
  4: i64 bytes_read
  /** Chunks of streamed outputs that are ready and were not told of yet in this call's `seen`. */
  5: list<Location> ready
  /** Set if state is FAILED. */
  6: optional Failure failure
  /** Workers that there are. */
  7: i32 workers
  /** If there are none: the reasons for which workers were refused in the last half minute, one an entry. */
  8: list<string> refused
}

struct PublishedArray {
  1: StepKey key
  /** Meaning of the array: dtype, shape, grid and labels as in backends/cluster/array_record.hpp. */
  2: Blob record
}

/** What a process uses, as the system counts it. */
struct ProcessUse {
  /** Memory; 0: it is not known yet. */
  1: i64 resident_bytes
  /** Hundredths of a CPU that it has kept busy over the last second or more. */
  2: i32 cpu_percent
}

struct WorkerStatus {
  1: i64 id
  2: string name
  3: string address
  4: i32 threads
  5: i64 memory_limit
  6: i64 memory_used
  7: i64 held_bytes
  8: i32 running_ranges
  /** What its process uses. */
  9: ProcessUse usage
  /** It was asked to end, and hands over what it holds. */
  10: bool retiring
}

struct RunSummary {
  1: i64 run
  2: i64 client
  3: RunState state
  4: i64 elements_done
  5: i64 elements_total
}

struct ArraySummary {
  1: StepKey key
  2: i64 client
  /** Names it is published under. */
  3: list<string> names
  4: i64 bytes
}

struct ClusterStatus {
  1: list<WorkerStatus> workers
  2: list<RunSummary> runs
  3: list<ArraySummary> arrays
  4: i32 clients
  5: string version
  /** The reasons for which workers were refused in the last half minute, one an entry. */
  6: list<string> refused
  /** HOST:PORT that other machines know the coordinator by; empty: it listens on loopback alone. */
  7: string address
  /** Workers that whoever starts them for this coordinator wants; -1: nobody starts any. */
  8: i32 workers_wanted = -1
  /** Since the coordinator began. */
  9: i64 uptime_ms
  /** What the coordinator's process uses. */
  10: ProcessUse usage
}

/** How a worker is to end. */
enum WorkerEnd {
  /** It hands over the products that it alone holds, then ends. */
  HAND_OVER = 0,
  /** At once, with all that it holds: the cluster ends. */
  AT_ONCE = 1,
  /** It hands over what it holds, and begins anew, with the options that it had. */
  RESTART = 2
}

/** Whether a worker can be connected to. */
struct WorkerContact {
  1: bool reached
  /** Its name; empty: there is no such worker (any more). */
  2: string name
  /** HOST:PORT at which the caller reaches the coordinator. */
  3: string coordinator
}

/** The workers that an upload goes to. */
struct UploadPlaces {
  1: Location places
  /** A ticket to show to the workers (Worker.upload). */
  2: binary ticket
}

/** A name that an array is published under. */
struct Publication {
  1: StepKey key
  2: string name
  /** As in PublishedArray; empty: the name is taken away. */
  3: Blob record
  /** SHA-256 of the owner (open_session) of the session that published it; empty: it has none. */
  4: binary owner
}

/** How the outputs of a stage are cut, and its work items counted (plan::Tiling). */
struct Tiling {
  /** Of a tile at most; 0: the stage is cut along chunks. */
  1: i64 outputs
  /** Of the block that no tile cuts: an extent an axis of the stage's domain, if there are tiles. */
  2: list<i64> extents
  /** Work items are counted position by position, all tiles of each; else tile by tile. */
  3: bool by_position
}

struct RunDescription {
  1: i64 run
  2: i64 client
  3: Blob graph
  4: list<OutputKind> outputs
  5: list<string> disabled_passes
  /** How stages are cut into tiles, one a stage, so that everybody counts the same work items. */
  6: list<Tiling> tilings
  /** Names that steps of the run are published under. */
  7: list<Publication> publications
  /** For an upload: the ticket that its client shows to workers (UploadPlaces.ticket). */
  8: binary upload_ticket
  /** Memory that the run is planned for on every worker, in bytes; 0: each plans for its own limit. */
  9: i64 memory_limit
  /** As in RunRequest. */
  10: i64 trace_spans
}

struct Assignment {
  1: StepKey key
  2: i64 first
  3: i64 last
  /** Products that it needs. */
  4: list<Location> inputs
  /** Counts assignments of a worker; the report has it too. */
  5: i64 ticket
  /** The step's run, if the worker has not been told of it before. */
  6: optional RunDescription run
  /** A copy, not work: `inputs` names a worker that is about to go, whose products of the step are to be held too. */
  7: bool copy
}

struct WorkerCommand {
  /** To be made: work items [first, last) of a step. */
  1: optional Assignment assignment
  /** Forget the products of a step; products that a range in flight still reads stay until it is done. */
  2: optional StepKey drop
  /** Stop working on a run and forget it. */
  3: optional i64 forget_run
  /** For drop: only work items [first, last) of the step. */
  4: optional HeldRange dropped_items
  /** To be remembered with the run, for a coordinator that is restarted. */
  5: optional Publication publication
  /** End, as an operator asks. */
  6: optional WorkerEnd ending
}

/** Products of a run that a worker holds when it joins, with the description of the run. */
struct Holding {
  1: RunDescription run
  2: i32 step
  /** Ranges of work items; worker and address are left out. */
  3: list<HeldRange> ranges
}

/** A function of a user's own (chunkwise::Function). */
struct Function {
  1: string name
  2: i32 version
  /** chunkwise::DType as a number, a byte for each argument. */
  3: binary arguments
  4: i8 result
}

struct Registration {
  1: string name
  /** HOST:PORT of its server. */
  2: string address
  3: i32 threads
  4: i64 memory_limit
  /** It was given a directory to spill chunks to. */
  5: bool can_spill
  /** The id that it had with a coordinator before; 0: none. Products of runs that the same coordinator has forgotten
      are dropped; a restarted coordinator learns of them. */
  6: i64 previous_id
  7: list<Holding> holdings
  /** The functions of a user's own that it knows since it was started; none is added later. */
  8: list<Function> functions
  /** Welcome.server of its server, by which the coordinator knows that it has reached this worker and no other. */
  9: binary server
  /** The token that it had with previous_id; without it, that worker is somebody else. */
  10: binary previous_token
}

struct Registered {
  1: i64 id
  /** How often the worker must be heard at least, in milliseconds. */
  2: i32 heartbeat_ms
  /** Known to this worker alone. */
  3: binary token
}

/** Work items [first, last) of a step; the run is named beside it. */
struct Product {
  1: i32 step
  2: i64 first
  3: i64 last
  /** For one streamed chunk of no more than a few kilobytes: its elements, to go on to the client. */
  4: optional Blob values
}

struct RangeReport {
  1: StepKey key
  2: i64 first
  3: i64 last
  4: i64 ticket
  /** Set if it failed. */
  5: optional Failure failure
  6: i64 bytes_read
  /** Of the limit: chunks in memory, and the memory that ranges under way may take. */
  7: i64 memory_used
  8: i64 held_bytes
  /** Products that were made along with it, because all their inputs were here and they are little: reductions
      combined, streamed outputs written. */
  9: list<Product> also
  /** The report is of a copy that was made, or failed; not of a range. */
  10: bool copied
  /** Of the chunks it holds, bytes that lie in files. */
  11: i64 spilled_bytes
  /** Its folder to spill to takes nothing more at present. */
  12: bool spill_is_full
  /** No range: work items that the worker held are not there any more, as `failure` says. */
  13: bool lost
}

service Coordinator extends Peer {
  // -- for clients

  // `session` is the caller's token; a call about a run or array of another session is refused.

  /** Begins a session, or goes on with the one of that token after the connection or the coordinator was lost. Returns
      its token. A session that is not heard of for the client timeout ends: its runs are cancelled, its arrays freed.
      `owner`: a token that all sessions of a user have; arrays that one of them published, the others may unpublish.
      Empty: none. */
  binary open_session(1: binary previous, 2: binary owner) throws (1: Failure failure)
  /** Says that the client is there; `arrays` are those that it has handles of. */
  void keep_alive(1: binary session, 2: list<StepKey> arrays) throws (1: Failure failure)
  /** Begins a run. Refused if it cannot fit, names an operation that is not in the catalogue, or calls a function of a
      user's own that not every worker knows. */
  RunAccepted submit(1: binary session, 2: RunRequest request) throws (1: Failure failure)
  /** Waits until something of a run changes, `milliseconds` at most. Chunks in `ready` are told once. */
  RunStatus wait(1: binary session, 2: i64 run, 3: i32 milliseconds) throws (1: Failure failure)
  void cancel(1: binary session, 2: i64 run) throws (1: Failure failure)
  /** The client has fetched work items [first, last) of a streamed output. It does not wait for an answer. */
  oneway void consumed(1: binary session, 2: StepKey key, 3: i64 first, 4: i64 last)
  /** Work items of a streamed output that were ready could not be fetched from a worker: they will be ready again. */
  void missing(1: binary session, 2: StepKey key, 3: i64 first, 4: i64 last, 5: i64 worker) throws (1: Failure failure)
  /** The last handle of a persisted array is gone. */
  void release(1: binary session, 2: list<StepKey> arrays) throws (1: Failure failure)
  /** Returns where the chunks of a persisted array lie, once all of them are there; waits for that `milliseconds` at
      most. */
  Location locate(1: binary session, 2: StepKey key, 3: i32 milliseconds) throws (1: Failure failure)
  /** Places an array of the client's memory: returns the workers that are to be given its chunks by Worker.upload.
      `description` is its RunRequest.graph, with the array as its one source. No ranges: there is no worker now. */
  UploadPlaces begin_upload(1: binary session, 2: Blob description, 3: i64 items, 4: i64 bytes)
    throws (1: Failure failure)
  /** All chunks were given to the workers that begin_upload named. */
  void uploaded(1: binary session, 2: StepKey key) throws (1: Failure failure)
  /** Gives a persisted array a name, under which others find it, and which keeps it. */
  void publish(1: binary session, 2: string name, 3: PublishedArray published) throws (1: Failure failure)
  void unpublish(1: binary session, 2: string name) throws (1: Failure failure)
  PublishedArray open_published(1: binary session, 2: string name) throws (1: Failure failure)

  // -- for operators: refused (denied) unless `owner` (open_session) is that of the coordinator's own user, if it has one

  /** Asks the workers of that name to end. Refused (not_found) if there is none. */
  void end_worker(1: binary owner, 2: string name, 3: WorkerEnd how) throws (1: Failure failure)
  /** Has more workers started, or some ended, until there are so many. Refused (unsupported) if nobody starts workers for
      this coordinator. */
  void scale(1: binary owner, 2: i32 workers) throws (1: Failure failure)
  /** Ends all workers, with what they hold, and the coordinator. */
  void shut_down(1: binary owner) throws (1: Failure failure)

  // -- for both

  ClusterStatus status() throws (1: Failure failure)

  /** Returns whether the coordinator can connect to a worker's server, for a caller that cannot: if it can, the network
      in between is to blame. */
  WorkerContact reach_worker(1: i64 worker) throws (1: Failure failure)

  // -- for workers

  // `worker` is the caller's token (Registered.token).

  /** Refused (not_found) while there are runs or arrays whose functions it does not know; to be tried again. Refused
      (io) if the coordinator cannot connect to its server. */
  Registered register_worker(1: Registration registration) throws (1: Failure failure)
  /** Waits until there is something to do, `milliseconds` at most; the call says that the worker is alive. A worker
      that was taken for lost gets a Failure (lost): it drops everything but chunks of persisted arrays, and registers
      anew. `memory_used`: as in a RangeReport, since a worker that has nothing to do reports nothing. */
  list<WorkerCommand> next_commands(1: binary worker, 2: i32 milliseconds, 3: i64 memory_used, 4: ProcessUse usage)
    throws (1: Failure failure)
  /** A range is done, or failed. Returns the next assignments of the worker, if they are known at once and may be told
      before all other commands; otherwise next_commands returns them. */
  list<Assignment> report(1: binary worker, 2: RangeReport report) throws (1: Failure failure)
  /** The worker is asked to end: it gets no more work, and others copy products that it alone holds. To be called again
      until it returns false: nothing is left that could be handed over. Waits for that `milliseconds` at most. */
  bool retire(1: binary worker, 2: i32 milliseconds) throws (1: Failure failure)
  /** The worker ends as it was told to, and takes its products with it. */
  void leave(1: binary worker) throws (1: Failure failure)
  RunDescription describe_run(1: i64 run) throws (1: Failure failure)
}

// ---------------------------------------------------------------- products of workers

service Worker extends Peer {
  /** Elements of a region of a step's output, row-major without gaps, at most 16 MB; the work items that hold it
      are here. start, step and count have an entry an axis. */
  Blob read_chunks(1: StepKey key, 2: list<i64> start, 3: list<i64> step, 4: list<i64> count)
    throws (1: Failure failure)
  /** Bytes [offset, offset + length) of the states of one tile of a reduce step that are here
      (executor/states_bytes.hpp). */
  Blob read_states(1: StepKey key, 2: i64 tile, 3: i64 offset, 4: i64 length) throws (1: Failure failure)
  /** Bytes of the finished values of one tile of a combine step, one array after the other. */
  Blob read_finished(1: StepKey key, 2: i64 tile) throws (1: Failure failure)
  /** Bytes from `offset` on of a chunk (row-major) of the client's memory, placed by Coordinator.begin_upload. A chunk
      is there when its last byte is. */
  void upload(1: StepKey key, 2: i64 item, 3: i64 offset, 4: Blob bytes, 5: binary ticket) throws (1: Failure failure)
  /** The last lines of its log, `bytes` at most. */
  string read_log(1: i32 bytes) throws (1: Failure failure)
  /** Nanoseconds of the clock that its spans are measured by. */
  i64 read_clock() throws (1: Failure failure)
  /** What it has recorded of a run (trace::to_bytes), which it forgets; it records no more of the run. Empty: nothing. */
  Blob read_trace(1: i64 run) throws (1: Failure failure)
}
