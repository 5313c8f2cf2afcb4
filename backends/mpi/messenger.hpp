#pragma once
/// Messages between the ranks of an MPI job, and the one thread of a process that owns MPI. No other code calls it, so
/// the lowest thread level is enough, and a program's own threads may ask and answer at any time.
///
/// A message is a head, sent with one tag, and a payload of any size with another one. The head tells the size of the
/// payload, so the receiver posts its place before it looks for the next head: a payload lands where it is wanted.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "backends/cluster/run_spec.hpp"
#include "runtime/core/shared_bytes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::mpi {

/// A message that has come.
struct Incoming {
  int from = 0;            ///< rank
  std::uint64_t call = 0;  ///< to be given to answer(); 0: nobody waits for an answer
  std::vector<std::byte> text;
  Buffer payload;
  std::size_t payload_bytes = 0;
};

struct Answer {
  std::vector<std::byte> text;
  SharedBytes payload;  ///< empty if it was received into its place
};

/// The answer to a call was a failure on the other side, or no answer came because of `stop` or the end of MPI.
class AskFailed : public Error {
 public:
  AskFailed(ErrorCode code, const std::string& message) : Error(code, message) {}
};

/// Thread-safe.
class Messenger {
 public:
  /// Is given each message, in the thread that owns MPI: it must not wait. Messages of one rank come in their order.
  using Handler = std::function<void(Incoming&&)>;

  /// Starts MPI, unless the program has, and the thread. Throws unsupported if the program has started MPI without
  /// MPI_THREAD_MULTIPLE, or has ended it.
  explicit Messenger(Handler handler);
  /// Ends as stop() does.
  ~Messenger();
  Messenger(const Messenger&) = delete;
  Messenger& operator=(const Messenger&) = delete;

  [[nodiscard]] int rank() const;
  [[nodiscard]] int size() const;
  /// Returns the number of ranks on this host.
  [[nodiscard]] int size_here() const;
  [[nodiscard]] const std::string& host() const;
  /// Returns true if this object started MPI, and so ends it.
  [[nodiscard]] bool owns_mpi() const;

  /// Sends a message that nobody answers.
  void tell(int to, std::vector<std::byte> text);
  /// Sends a message and waits for its answer. The answer's payload is received into `into` if that is not empty, and
  /// then has to have its size. Throws AskFailed.
  [[nodiscard]] Answer ask(int to, std::vector<std::byte> text, SharedBytes payload = {},
                           std::span<std::byte> into = {}, const std::stop_token& stop = {});
  void answer(const Incoming& call, std::vector<std::byte> text, SharedBytes payload = {});
  void answer_failure(const Incoming& call, const cluster::Problem& problem);

  /// Sends what was told, and ends the thread, and MPI if it is ours: every rank has to come to this. Calls that wait
  /// for an answer fail.
  void stop();
  /// Ends an MPI that the program has started, in the thread that did so, if nobody has.
  static void finalize();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::mpi
