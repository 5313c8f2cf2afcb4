#include "runtime/cli/allotment.hpp"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <optional>
#include <system_error>

#include "chunkwise/core/error.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::cli {

namespace {

constexpr std::uint64_t mega = 1024 * 1024;

std::string text(const Environment& environment, const char* variable) {
  const char* const value = environment(variable);
  return value == nullptr ? "" : value;
}

/// Returns a positive number that a variable holds; nullopt if it is not set, or 0.
std::optional<std::uint64_t> number(const Environment& environment, const char* variable) {
  const std::string value = text(environment, variable);
  if (value.empty()) return {};
  std::uint64_t found = 0;
  const char* const last = value.data() + value.size();
  const auto [end, error] = std::from_chars(value.data(), last, found);
  if (error != std::errc{} || end != last)
    throw Error(ErrorCode::invalid_argument, std::string(variable) + "=" + printable(value) +
                                                 " is no number; give the worker --threads and --memory, and unset it");
  return found > 0 ? std::optional(found) : std::nullopt;
}

/// Returns the tasks on this node, from a text such as "2(x3),1": two on each of three nodes, one on the fourth.
std::uint64_t tasks_here(const Environment& environment) {
  const std::string counts = text(environment, "SLURM_STEP_TASKS_PER_NODE");
  std::uint64_t node = number(environment, "SLURM_NODEID").value_or(0);
  const char* at = counts.data();
  const char* const last = at + counts.size();
  while (at < last) {
    std::uint64_t tasks = 0, times = 1;
    at = std::from_chars(at, last, tasks).ptr;
    if (at + 2 < last && at[0] == '(' && at[1] == 'x') at = std::from_chars(at + 2, last, times).ptr + 1;
    if (node < times) return std::max<std::uint64_t>(tasks, 1);
    node -= times;
    if (at >= last || *at != ',') break;
    ++at;
  }
  return 1;
}

/// Returns a folder if it can be written to and lies on a disk; else an empty text.
std::string usable_folder(const std::string& folder) {
  std::error_code ignored;
  struct statfs system {};
  const bool is_good = !folder.empty() && std::filesystem::is_directory(folder, ignored) &&
                       ::access(folder.c_str(), W_OK) == 0 && ::statfs(folder.c_str(), &system) == 0 &&
                       system.f_type != TMPFS_MAGIC && system.f_type != RAMFS_MAGIC;
  return is_good ? folder : "";
}

/// Returns the memory in proportion to the CPUs that the worker has, or a limit that its process has if that is less.
std::uint64_t part_of(const MachineFacts& machine, int threads) {
  const int cpus = std::max(machine.cpus, 1);
  const std::uint64_t part =
      machine.physical / static_cast<std::uint64_t>(cpus) * static_cast<std::uint64_t>(std::clamp(threads, 1, cpus));
  return std::min(part, machine.memory);
}

void take_slurm(Allotment& taken, const Environment& environment, const MachineFacts& machine) {
  const std::uint64_t tasks = tasks_here(environment);
  const auto on_node = number(environment, "SLURM_CPUS_ON_NODE");
  const std::uint64_t threads = number(environment, "SLURM_CPUS_PER_TASK")
                                    .value_or(on_node ? std::max<std::uint64_t>(*on_node / tasks, 1)
                                                      : static_cast<std::uint64_t>(machine.threads));
  taken.threads = static_cast<int>(std::clamp<std::uint64_t>(threads, 1, 1024));
  if (const auto node = number(environment, "SLURM_MEM_PER_NODE"))
    taken.memory = std::min(machine.memory, *node * mega / tasks);
  else if (const auto cpu = number(environment, "SLURM_MEM_PER_CPU"))
    taken.memory = std::min(machine.memory, *cpu * mega * threads);
  else
    taken.memory = part_of(machine, taken.threads);
  const std::string given = text(environment, "SLURMD_NODENAME");
  const std::string node = given.empty() ? machine.host : given;
  const std::string array = text(environment, "SLURM_ARRAY_JOB_ID");
  std::string job =
      array.empty() ? text(environment, "SLURM_JOB_ID") : array + "_" + text(environment, "SLURM_ARRAY_TASK_ID");
  // A step of several tasks has several workers on a node.
  if (const std::string rank = text(environment, "SLURM_PROCID"); tasks > 1 && !rank.empty()) job += "." + rank;
  taken.name = node + ":" + job;
  taken.scratch = usable_folder(text(environment, "SLURM_TMPDIR"));
  // A job without a limit ends years ahead.
  constexpr std::int64_t longest = 365 * 86400;
  if (const auto end = number(environment, "SLURM_JOB_END_TIME")) {
    const std::int64_t left =
        static_cast<std::int64_t>(std::min<std::uint64_t>(*end, std::uint64_t{1} << 40)) - machine.time;
    if (left < longest) taken.lifetime = static_cast<double>(std::max<std::int64_t>(left, 1));
  }
  taken.said = "Slurm's job " + job + " on node " + node;
}

void take_grid_engine(Allotment& taken, const Environment& environment, const MachineFacts& machine) {
  const auto slots = number(environment, "NSLOTS");
  taken.threads = static_cast<int>(std::clamp<std::uint64_t>(slots.value_or(1), 1, 1024));
  taken.memory = part_of(machine, taken.threads);
  std::string job = text(environment, "JOB_ID");
  const std::string task = text(environment, "SGE_TASK_ID");
  if (!task.empty() && task != "undefined") job += "." + task;
  taken.name = machine.host + ":" + job;
  taken.scratch = usable_folder(text(environment, "TMPDIR"));
  taken.said = "Grid Engine's job " + job + " on " + machine.host;
}

}  // namespace

MachineFacts this_machine() {
  std::array<char, 256> host{};
  (void)::gethostname(host.data(), host.size() - 1);
  const long cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  const auto physical =
      static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGE_SIZE));
  return {usable_threads(), static_cast<int>(std::max(cpus, 1L)),         usable_memory(), physical,
          host.data(),      static_cast<std::int64_t>(std::time(nullptr))};
}

Allotment allotment(const Environment& environment, const MachineFacts& machine, int share) {
  Allotment taken;
  taken.threads = machine.threads;
  taken.memory = machine.memory;
  if (!text(environment, "SLURM_JOB_ID").empty())
    take_slurm(taken, environment, machine);
  else if (!text(environment, "JOB_ID").empty() && !text(environment, "SGE_TASK_ID").empty())
    take_grid_engine(taken, environment, machine);
  taken.threads = std::max(taken.threads / std::max(share, 1), 1);
  taken.memory = taken.memory / static_cast<std::uint64_t>(std::max(share, 1)) / 4 * 3;
  return taken;
}

}  // namespace chunkwise::cli
