#pragma once
/// Job schedulers as text: the script that is submitted, and the commands that submit it, count its jobs and cancel
/// them. Slurm and Grid Engine are two such texts; any other is a user's file (docs/cluster.md, "Another scheduler").
#include <map>
#include <string>
#include <vector>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

/// A scheduler. In the texts, @word@ stands for a value (fill()).
struct Scheduler {
  std::string name;     ///< for errors: "Slurm", or the file it was read from
  std::string script;   ///< what is submitted; "@options@" are the lines of further options
  std::string option;   ///< the beginning of such a line: "#SBATCH "
  std::string threads;  ///< the option that asks for @threads@; empty: the script says it, or nobody
  std::string memory;   ///< the option that asks for @megabytes@; empty: as above
  std::string submit;   ///< the command that submits @script@ for @count@ workers
  std::string id;       ///< a regular expression whose first group is the job's number, in what `submit` says
  std::string alive;    ///< the command that prints a line for each worker of the job @id@ that waits or runs
  std::string cancel;   ///< the command that cancels the job @id@
  /// A regular expression for lines of further options, whose first group is the wall time; empty: it is not known.
  std::string wall = {};
  double wall_unit = 1;  ///< seconds that a number alone stands for there
};

[[nodiscard]] const Scheduler& slurm();
[[nodiscard]] const Scheduler& grid_engine();

/// Returns the scheduler of a user's file: a script whose lines "#chunkwise WORD: TEXT" are submit, id, alive, cancel,
/// option, threads and memory. Those that the file has not are taken from `base`; null: submit, id, alive and cancel
/// are required. Throws not_found, io, or invalid_argument with what is missing or unknown.
[[nodiscard]] Scheduler read_scheduler(const std::string& file, const Scheduler* base);

/// The values that words stand for.
using Values = std::map<std::string, std::string>;
/// Returns a text with the value of each @word@; `where` names the text in errors. Throws invalid_argument for a word
/// that has no value.
[[nodiscard]] std::string fill(const std::string& text, const Values& values, const std::string& where);

/// Returns the seconds of wall time that lines of further options ask for; 0: none does, or not as a time.
[[nodiscard]] double wall_seconds(const Scheduler& scheduler, const std::vector<std::string>& options);

/// Returns the job's number in what the submitting command said; throws io with that if there is none.
[[nodiscard]] std::string job_of(const Scheduler& scheduler, const std::string& said);

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
