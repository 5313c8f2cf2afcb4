#include "backends/mpi/messenger.hpp"

// The C++ bindings that MPI has given up are left out.
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <limits>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/core/bytes.hpp"
#include "runtime/core/threads.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::mpi {

namespace {

constexpr int head_tag = 1, payload_tag = 2;
/// MPI counts in int: a payload goes in parts of this size.
constexpr std::size_t part_bytes = std::size_t{1} << 30;

/// An idle thread looks for messages after a pause that doubles up to the longer of these; for a while after the last
/// message, or if a transfer is under way, up to the shorter one. So a rank that has nothing to do takes no CPU to
/// speak of.
constexpr std::chrono::microseconds first_pause{20}, longest_pause_of_work{80}, longest_pause{1000};
constexpr std::chrono::milliseconds while_of_work{30};
/// So many times it looks again at once before it pauses.
constexpr int eager_looks = 8;

enum class Kind : std::uint8_t { note, call, answer, failure };

struct Head {
  Kind kind = Kind::note;
  std::uint64_t call = 0;
  std::uint64_t payload = 0;
};

/// Returns the bytes of a message. Throws unsupported for one that is longer than MPI counts.
std::vector<std::byte> written(const Head& head, std::span<const std::byte> text) {
  constexpr std::size_t head_bytes = 17;
  if (text.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()) - head_bytes)
    throw Error(ErrorCode::unsupported, "a message of " + std::to_string(text.size()) +
                                            " bytes to another rank: MPI's have 2 GiB at most; use larger chunks");
  ByteWriter out;
  out.reserve(text.size() + head_bytes);
  out.number(static_cast<std::uint64_t>(head.kind), 1);
  out.number(head.call, 8);
  out.number(head.payload, 8);
  out.raw(text);
  return out.take();
}

Error ended() { return AskFailed(ErrorCode::io, "MPI has ended in this process"); }

}  // namespace

struct Messenger::State {
  struct Letter {
    int to = 0;
    std::vector<std::byte> head;
    SharedBytes payload;
  };
  /// A call that waits for its answer.
  struct Pending {
    std::span<std::byte> into;
    Answer answer;
    bool receiving = false;  ///< the payload is on its way into its place
    bool done = false;
    std::unique_ptr<AskFailed> failure;
  };
  /// Something that MPI does meanwhile; `keeps` is kept until then.
  struct Transfer {
    std::shared_ptr<const void> keeps;
    std::shared_ptr<int> parts;  ///< of a payload, those that are left
    std::function<void()> then;  ///< after the last part
  };

  Handler handler;
  MPI_Comm comm = MPI_COMM_NULL;
  int rank = 0, size = 1, size_here = 1;
  std::string host;
  bool ours = false;

  std::mutex mutex;                 ///< of the members that follow
  std::condition_variable wake;     ///< for the thread
  std::condition_variable changed;  ///< for those that wait for answers or the start
  std::deque<Letter> letters;
  std::map<std::uint64_t, std::shared_ptr<Pending>> pending;
  std::uint64_t last_call = 0;
  bool stopping = false, started = false, is_over = false;
  std::string problem;  ///< why it did not start

  // Of the thread.
  std::vector<MPI_Request> requests;
  std::vector<Transfer> transfers;
  std::thread thread;

  void post(Letter letter) {
    {
      const std::scoped_lock lock(mutex);
      if (stopping) return;
      letters.push_back(std::move(letter));
    }
    wake.notify_one();
  }

  void begin();
  void run();
  void end();
  [[nodiscard]] bool send_letters();
  [[nodiscard]] bool receive();
  [[nodiscard]] bool complete();
  void take(int from, std::span<const std::byte> message);
  void receive_payload(int from, std::byte* place, std::size_t size, std::shared_ptr<const void> keeps,
                       std::function<void()> then);
};

// ---------------------------------------------------------------- the thread

void Messenger::State::begin() {
  int is_initialised = 0;
  int is_finalised = 0;
  MPI_Initialized(&is_initialised);
  MPI_Finalized(&is_finalised);
  if (is_finalised != 0)
    throw Error(ErrorCode::unsupported, "MPI has been ended (MPI_Finalize): connect(\"mpi:\") comes before that");
  if (is_initialised != 0) {
    int level = 0;
    MPI_Query_thread(&level);
    if (level < MPI_THREAD_MULTIPLE)
      throw Error(ErrorCode::unsupported,
                  "this program has started MPI without MPI_THREAD_MULTIPLE, which it needs beside connect(\"mpi:\"): "
                  "start it with MPI_Init_thread(..., MPI_THREAD_MULTIPLE, ...), or leave the start to connect()");
  } else {
    // This thread sleeps by itself while it is idle: Open MPI need not yield at each look, which on a busy machine
    // takes a slice of time of every other thread.
    ::setenv("OMPI_MCA_mpi_yield_when_idle", "0", 0);
    int level = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level);
    ours = true;
  }
  MPI_Comm_dup(MPI_COMM_WORLD, &comm);
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &size);
  MPI_Comm here = MPI_COMM_NULL;
  MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &here);
  MPI_Comm_size(here, &size_here);
  MPI_Comm_free(&here);
  std::array<char, MPI_MAX_PROCESSOR_NAME + 1> name{};
  int length = 0;
  MPI_Get_processor_name(name.data(), &length);
  host.assign(name.data(), static_cast<std::size_t>(length));
}

void Messenger::State::run() {
  try {
    begin();
  } catch (const Error& error) {
    const std::scoped_lock lock(mutex);
    problem = error.what();
  }
  {
    const std::scoped_lock lock(mutex);
    started = true;
    if (!problem.empty()) is_over = true;
  }
  changed.notify_all();
  if (!problem.empty()) return;
  int looks = 0;
  auto last_message = std::chrono::steady_clock::now();
  std::chrono::microseconds pause = first_pause;
  for (;;) {
    bool busy = send_letters();
    busy = receive() || busy;
    busy = complete() || busy;
    if (busy) {
      looks = 0;
      pause = first_pause;
      last_message = std::chrono::steady_clock::now();
      continue;
    }
    std::unique_lock lock(mutex);
    if (stopping && letters.empty() && requests.empty()) break;
    if (!letters.empty()) continue;
    if (++looks < eager_looks) continue;
    wake.wait_for(lock, pause);
    const bool works = !requests.empty() || std::chrono::steady_clock::now() - last_message < while_of_work;
    pause = std::min(pause * 2, works ? longest_pause_of_work : longest_pause);
  }
  end();
}

void Messenger::State::end() {
  {
    const std::scoped_lock lock(mutex);
    is_over = true;
  }
  changed.notify_all();
  MPI_Comm_free(&comm);
  if (ours) MPI_Finalize();
}

bool Messenger::State::send_letters() {
  std::deque<Letter> taken;
  {
    const std::scoped_lock lock(mutex);
    taken.swap(letters);
  }
  for (Letter& letter : taken) {
    const auto head = std::make_shared<std::vector<std::byte>>(std::move(letter.head));
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Isend(head->data(), static_cast<int>(head->size()), MPI_BYTE, letter.to, head_tag, comm, &request);
    requests.push_back(request);
    transfers.push_back({head, nullptr, nullptr});
    const auto owner = std::make_shared<SharedBytes>(std::move(letter.payload));
    for (std::size_t at = 0; at < owner->bytes.size(); at += part_bytes) {
      const auto part = owner->bytes.subspan(at, std::min(part_bytes, owner->bytes.size() - at));
      MPI_Isend(part.data(), static_cast<int>(part.size()), MPI_BYTE, letter.to, payload_tag, comm, &request);
      requests.push_back(request);
      transfers.push_back({owner, nullptr, nullptr});
    }
  }
  return !taken.empty();
}

bool Messenger::State::receive() {
  int is_there = 0;
  MPI_Message message = MPI_MESSAGE_NULL;
  MPI_Status status;
  MPI_Improbe(MPI_ANY_SOURCE, head_tag, comm, &is_there, &message, &status);
  if (is_there == 0) return false;
  int size = 0;
  MPI_Get_count(&status, MPI_BYTE, &size);
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  // The payload's place has to be known before the next head is looked at, so the head is waited for.
  MPI_Mrecv(bytes.data(), size, MPI_BYTE, &message, &status);
  take(status.MPI_SOURCE, bytes);
  return true;
}

void Messenger::State::take(int from, std::span<const std::byte> message) {
  ByteReader in(message, "message of a rank");
  const auto kind = static_cast<Kind>(in.number(1));
  const std::uint64_t call = in.number(8);
  const auto size = static_cast<std::size_t>(in.number(8));
  const auto text = message.subspan(17);
  if (kind == Kind::note || kind == Kind::call) {
    const auto incoming = std::make_shared<Incoming>();
    incoming->from = from;
    incoming->call = kind == Kind::call ? call : 0;
    incoming->text.assign(text.begin(), text.end());
    if (size == 0) return handler(std::move(*incoming));
    incoming->payload = allocate_buffer(size);
    incoming->payload_bytes = size;
    std::byte* const place = incoming->payload.get();
    return receive_payload(from, place, size, incoming, [this, incoming] { handler(std::move(*incoming)); });
  }
  std::shared_ptr<Pending> waiting;
  {
    const std::scoped_lock lock(mutex);
    if (const auto found = pending.find(call); found != pending.end()) {
      waiting = found->second;
      waiting->receiving = true;
      pending.erase(found);
    }
  }
  if (waiting) {
    waiting->answer.text.assign(text.begin(), text.end());
    if (kind == Kind::failure) {
      ByteReader failure(text, "failure of a rank");
      const auto code = static_cast<ErrorCode>(failure.number(1));
      waiting->failure = std::make_unique<AskFailed>(code, failure.text());
    } else if (!waiting->into.empty() && size != waiting->into.size()) {
      waiting->failure = std::make_unique<AskFailed>(
          ErrorCode::io, "rank " + std::to_string(from) + " sent " + std::to_string(size) + " bytes where " +
                             std::to_string(waiting->into.size()) + " were asked for");
    }
  }
  const auto finish = [this, waiting] {
    if (!waiting) return;
    {
      const std::scoped_lock lock(mutex);
      waiting->done = true;
    }
    changed.notify_all();
  };
  if (size == 0) return finish();
  if (waiting && !waiting->failure) {
    if (waiting->into.empty()) {
      const Buffer place = allocate_buffer(size);
      waiting->answer.payload = share(place, size);
      return receive_payload(from, place.get(), size, waiting, finish);
    }
    return receive_payload(from, waiting->into.data(), size, waiting, finish);
  }
  // Nobody wants it any more.
  const Buffer scratch = allocate_buffer(size);
  receive_payload(from, scratch.get(), size, scratch, finish);
}

void Messenger::State::receive_payload(int from, std::byte* place, std::size_t size, std::shared_ptr<const void> keeps,
                                       std::function<void()> then) {
  const auto parts = std::make_shared<int>(0);
  for (std::size_t at = 0; at < size; at += part_bytes) {
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Irecv(place + at, static_cast<int>(std::min(part_bytes, size - at)), MPI_BYTE, from, payload_tag, comm,
              &request);
    ++*parts;
    requests.push_back(request);
    transfers.push_back({keeps, parts, then});
  }
}

bool Messenger::State::complete() {
  if (requests.empty()) return false;
  std::vector<int> done(requests.size());
  int count = 0;
  MPI_Testsome(static_cast<int>(requests.size()), requests.data(), &count, done.data(), MPI_STATUSES_IGNORE);
  if (count == MPI_UNDEFINED || count <= 0) return false;
  done.resize(static_cast<std::size_t>(count));
  std::vector<Transfer> over;
  for (const int i : done) over.push_back(std::move(transfers[static_cast<std::size_t>(i)]));
  std::sort(done.begin(), done.end(), std::greater<>());
  for (const int i : done) {
    requests.erase(requests.begin() + i);
    transfers.erase(transfers.begin() + i);
  }
  for (const Transfer& one : over)
    if (one.parts && --*one.parts == 0 && one.then) one.then();
  return true;
}

// ---------------------------------------------------------------- for other threads

Messenger::Messenger(Handler handler) : state_(std::make_unique<State>()) {
  state_->handler = std::move(handler);
  state_->thread = start_thread("messages over MPI", [state = state_.get()] { state->run(); });
  std::unique_lock lock(state_->mutex);
  state_->changed.wait(lock, [this] { return state_->started; });
  if (state_->problem.empty()) return;
  lock.unlock();
  state_->thread.join();
  throw Error(ErrorCode::unsupported, state_->problem);
}

Messenger::~Messenger() { stop(); }

void Messenger::stop() {
  {
    const std::scoped_lock lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_one();
  state_->changed.notify_all();
  if (state_->thread.joinable()) state_->thread.join();
}

void Messenger::finalize() {
  int is_finalised = 0;
  MPI_Finalized(&is_finalised);
  if (is_finalised == 0) MPI_Finalize();
}

int Messenger::rank() const { return state_->rank; }
int Messenger::size() const { return state_->size; }
int Messenger::size_here() const { return state_->size_here; }
const std::string& Messenger::host() const { return state_->host; }
bool Messenger::owns_mpi() const { return state_->ours; }

void Messenger::tell(int to, std::vector<std::byte> text) { state_->post({to, written({}, text), {}}); }

Answer Messenger::ask(int to, std::vector<std::byte> text, SharedBytes payload, std::span<std::byte> into,
                      const std::stop_token& stop) {
  const auto waiting = std::make_shared<State::Pending>();
  waiting->into = into;
  std::uint64_t call = 0;
  {
    const std::scoped_lock lock(state_->mutex);
    if (state_->stopping || state_->is_over) throw ended();
    call = ++state_->last_call;
    state_->pending.emplace(call, waiting);
    state_->letters.push_back({to, written({Kind::call, call, payload.bytes.size()}, text), std::move(payload)});
  }
  state_->wake.notify_one();
  const std::stop_callback stopped(stop, [this] {
    { const std::scoped_lock lock(state_->mutex); }
    state_->changed.notify_all();
  });
  std::unique_lock lock(state_->mutex);
  // Memory that MPI receives into cannot be left before it is there.
  state_->changed.wait(lock, [&] {
    return waiting->done || (!waiting->receiving && (stop.stop_requested() || state_->stopping)) || state_->is_over;
  });
  if (!waiting->done) {
    state_->pending.erase(call);
    throw state_->stopping || state_->is_over ? AskFailed(ErrorCode::io, "MPI has ended in this process")
                                              : AskFailed(ErrorCode::lost, "it is not waited for any more");
  }
  if (waiting->failure) throw AskFailed(*waiting->failure);
  return std::move(waiting->answer);
}

void Messenger::answer(const Incoming& call, std::vector<std::byte> text, SharedBytes payload) {
  state_->post({call.from, written({Kind::answer, call.call, payload.bytes.size()}, text), std::move(payload)});
}

void Messenger::answer_failure(const Incoming& call, const cluster::Problem& problem) {
  ByteWriter out;
  out.number(static_cast<std::uint64_t>(problem.code), 1);
  out.text(problem.message);
  state_->post({call.from, written({Kind::failure, call.call, 0}, out.take()), {}});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi
