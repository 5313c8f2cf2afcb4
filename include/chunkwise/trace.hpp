#pragma once
/// Time lines of runs: when each thread of each process read, computed and sent, as a file that Perfetto
/// (ui.perfetto.dev) and chrome://tracing open. The sums alone are in a RunReport (progress.hpp: report_to).
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "chunkwise/core/config.hpp"
#include "chunkwise/core/text_argument.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace trace {
class Recorder;
}

/// The spans of time of the runs that were recorded in it (Tracing). Copies share them. Thread-safe.
///
///     cw::Trace trace;
///     {
///       const cw::Tracing tracing(trace);
///       cw::write_netcdf(backend, cw::mean(x, 0), "mean.nc");
///     }
///     trace.save("mean.trace.json");   // open it at ui.perfetto.dev
///
/// Each process is a group of lines, each of its threads a line. A span has a category: run (a whole run, or a stage of
/// it), plan, wait, compute (one piece of a stage), read (from a source), derive (elements that a source makes, or that
/// workers keep), write (to a sink), combine (states of reductions), fetch (from another process), send (to one).
/// Spans of one thread lie beside or within each other; the time of a compute span without those within it is
/// arithmetic. `args.bytes` are stored bytes: those of all read spans of a run add up to RunReport::bytes_read.
///
/// On a cluster over Thrift the workers record too, and the program asks them for their spans at the end of each run,
/// also of one that failed. Times of a worker are put onto this program's clock by an offset that is estimated then:
/// half way between asking for the worker's time and its answer, of the quickest of several answers. It is wrong by
/// half of that answer's time at most, which stands with the worker's name in the file. Spans of workers that died are
/// lost; a worker that does not answer is named. Ranks of an MPI job record nothing; rank 0 does as a client.
class CHUNKWISE_API Trace {
 public:
  /// The spans that a Trace holds at most, unless told otherwise; they take about 13 MB.
  static constexpr std::size_t default_limit = 200'000;

  /// Holds `most_spans` spans at most; further ones are counted, and the file says so. Each worker records as many at
  /// most. Throws invalid_argument for 0 or more than 10,000,000.
  explicit Trace(std::size_t most_spans = default_limit);

  /// Returns the number of spans, of all processes.
  [[nodiscard]] std::size_t spans() const;
  /// Returns the number of spans that there was no room for.
  [[nodiscard]] std::uint64_t left_out() const;
  /// Returns the trace in the trace event format: one JSON object.
  [[nodiscard]] std::string json() const;
  /// Writes json() to a file, which appears when it is complete. Replaces a file only if that is such a trace; throws
  /// invalid_argument for any other, and io if it cannot be written.
  void save(const TextArgument& path) const;

  /// Returns where spans are recorded; for the library's own parts.
  [[nodiscard]] const std::shared_ptr<trace::Recorder>& recorder() const { return recorder_; }

 private:
  std::shared_ptr<trace::Recorder> recorder_;
};

/// While it lives, runs that its thread starts are recorded: those of compute, persist, write and of all functions that
/// use them, and those that its thread begins by submit. Objects are nested as blocks are: the innermost one counts.
/// A run without any costs a branch for each piece of work.
class CHUNKWISE_API Tracing {
 public:
  /// Begins: runs are recorded in `trace`, and in no other of this thread.
  explicit Tracing(const Trace& trace);
  ~Tracing();
  Tracing(const Tracing&) = delete;
  Tracing& operator=(const Tracing&) = delete;

 private:
  std::shared_ptr<trace::Recorder> before_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
