#pragma once
/// The part of a machine that a worker may take: what its job scheduler has given it, or its share among others.
#include <cstdint>
#include <functional>
#include <string>

namespace chunkwise::cli {

/// Returns the value of an environment variable; null if it is not set.
using Environment = std::function<const char*(const char*)>;

/// The machine as this process sees it.
struct MachineFacts {
  int threads = 1;             ///< CPUs that this process may use
  int cpus = 1;                ///< CPUs of the machine
  std::uint64_t memory = 0;    ///< bytes that this process may use (usable_memory)
  std::uint64_t physical = 0;  ///< bytes of memory of the machine
  std::string host = "host";   ///< its name
  std::int64_t time = 0;       ///< seconds since 1970
};
[[nodiscard]] MachineFacts this_machine();

/// The share of a machine that a worker takes if its line says nothing else.
struct Allotment {
  int threads = 1;
  std::uint64_t memory = 0;  ///< three quarters of what the worker may use
  std::string name;          ///< empty: the worker's usual name
  std::string scratch;       ///< a folder of the job's own; empty: none
  double lifetime = 0;       ///< seconds until the job's wall time is over; 0: not known
  std::string said;          ///< for the log: "Slurm's job 17 on node n1"; empty: no scheduler is known
};

/// Returns a worker's part of the machine. Of Slurm: SLURM_CPUS_PER_TASK, SLURM_MEM_PER_NODE or SLURM_MEM_PER_CPU,
/// SLURMD_NODENAME, SLURM_TMPDIR, SLURM_JOB_END_TIME; tasks of one step on a node share its memory. Of Grid Engine:
/// NSLOTS, JOB_ID, SGE_TASK_ID, TMPDIR. Without a number for the memory, it is in proportion to the CPUs. `share`: so
/// many workers share what there is. Throws invalid_argument for a variable that is no number.
[[nodiscard]] Allotment allotment(const Environment& environment, const MachineFacts& machine, int share);

}  // namespace chunkwise::cli
