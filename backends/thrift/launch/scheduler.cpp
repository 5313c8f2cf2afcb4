#include "backends/thrift/launch/scheduler.hpp"

#include <array>
#include <regex>
#include <sstream>
#include <utility>

#include "backends/thrift/wire/small_file.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/core/made_once.hpp"
#include "runtime/core/durations.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

constexpr std::array<std::pair<const char*, std::string Scheduler::*>, 7> settings{{{"submit", &Scheduler::submit},
                                                                                    {"id", &Scheduler::id},
                                                                                    {"alive", &Scheduler::alive},
                                                                                    {"cancel", &Scheduler::cancel},
                                                                                    {"option", &Scheduler::option},
                                                                                    {"threads", &Scheduler::threads},
                                                                                    {"memory", &Scheduler::memory}}};

std::string known_settings() {
  std::string text;
  for (const auto& [name, member] : settings) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

}  // namespace

const Scheduler& slurm() {
  return *detail::made_once([] {
    return new Scheduler{"Slurm",
                         // The log is the script's own, since a name in --output has rules of its own.
                         "#!/bin/sh\n"
                         "#SBATCH --job-name=@name@\n"
                         "#SBATCH --output=/dev/null\n"
                         "@options@"
                         "exec >>@folder@/worker-${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}.log 2>&1 </dev/null\n"
                         "exec @worker@\n",
                         "#SBATCH ", "--cpus-per-task=@threads@", "--mem=@megabytes@M",
                         "sbatch --parsable --array=1-@count@ @script@", "^([0-9]+)",
                         // Jobs that have ended are unknown after a while, which is an error of squeue -j.
                         "jobs=$(squeue --noheader --array --user=\"$(id -un)\" --format=%F) || exit 1\n"
                         "printf '%s\\n' \"$jobs\" | grep -x ' *@id@ *'\n"
                         "exit 0",
                         "scancel @id@", "^(?:--time[= ]|-t *)([-0-9:]+)$", 60};
  });
}

const Scheduler& grid_engine() {
  return *detail::made_once([] {
    return new Scheduler{"Grid Engine",
                         "#!/bin/sh\n"
                         "#$ -S /bin/sh\n"
                         "#$ -N @name@\n"
                         "#$ -V\n"
                         "#$ -j y\n"
                         "#$ -o /dev/null\n"
                         "@options@"
                         "exec >>@folder@/worker-${JOB_ID}_${SGE_TASK_ID}.log 2>&1 </dev/null\n"
                         "exec @worker@\n",
                         "#$ ",
                         "",
                         "",
                         "qsub -terse -t 1-@count@ @script@",
                         "^([0-9]+)",
                         "jobs=$(qstat -g d -u \"$(id -un)\") || exit 1\n"
                         "printf '%s\\n' \"$jobs\" | awk '$1 == @id@ && $5 !~ /E/'\n"
                         "exit 0",
                         "qdel @id@",
                         "h_rt=([0-9:]+)",
                         1};
  });
}

Scheduler read_scheduler(const std::string& file, const Scheduler* base) {
  constexpr std::size_t most = std::size_t{1} << 20;
  constexpr const char* mark = "#chunkwise ";
  const std::string text = wire::read_small_file("the template of a job", file, most).bytes;
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::invalid_argument, "the template of a job " + printable(file) + " " + why);
  };
  Scheduler scheduler = base != nullptr ? *base : Scheduler{};
  scheduler.name = file;
  scheduler.script.clear();
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(mark)) {
      scheduler.script += line + "\n";
      continue;
    }
    const std::string rest = line.substr(std::string(mark).size());
    const std::size_t colon = rest.find(':');
    std::string Scheduler::*member = nullptr;
    for (const auto& [name, known] : settings)
      if (rest.substr(0, colon) == name) member = known;
    if (member == nullptr || colon == std::string::npos)
      throw refuse("has the line '" + printable(line) + "'; write " + mark + "WORD: TEXT, where WORD is one of " +
                   known_settings());
    std::string value = trimmed(rest.substr(colon + 1));
    if (member == &Scheduler::option) value += ' ';
    scheduler.*member = std::move(value);
  }
  std::string missing;
  for (const auto& [name, member] : settings) {
    const bool is_required =
        member != &Scheduler::option && member != &Scheduler::threads && member != &Scheduler::memory;
    if (is_required && (scheduler.*member).empty()) missing += (missing.empty() ? "" : ", ") + std::string(name);
  }
  if (!missing.empty())
    throw refuse("does not say how its scheduler is spoken to: it lacks " + missing + "; write lines '" + mark +
                 "WORD: TEXT', or give --slurm or --sge with it");
  if (scheduler.script.find("@worker@") == std::string::npos)
    throw refuse("has no @worker@, in whose place the worker's command comes");
  return scheduler;
}

std::string fill(const std::string& text, const Values& values, const std::string& where) {
  std::string filled;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t first = text.find('@', at);
    const std::size_t last = first == std::string::npos
                                 ? std::string::npos
                                 : text.find_first_not_of("abcdefghijklmnopqrstuvwxyz", first + 1);
    const bool is_word = last != std::string::npos && last > first + 1 && text[last] == '@';
    if (!is_word) {
      const std::size_t end = first == std::string::npos ? text.size() : first + 1;
      filled += text.substr(at, end - at);
      at = end;
      continue;
    }
    filled += text.substr(at, first - at);
    const std::string word = text.substr(first + 1, last - first - 1);
    const auto value = values.find(word);
    if (value == values.end()) {
      std::string known;
      for (const auto& [name, meaning] : values) known += (known.empty() ? "@" : ", @") + name + "@";
      throw Error(ErrorCode::invalid_argument,
                  printable(where) + " has @" + word + "@, which stands for nothing; there are: " + known);
    }
    filled += value->second;
    at = last + 1;
  }
  return filled;
}

double wall_seconds(const Scheduler& scheduler, const std::vector<std::string>& options) {
  if (scheduler.wall.empty()) return 0;
  const std::regex pattern(scheduler.wall);
  double seconds = 0;
  for (const std::string& option : options) {
    std::smatch found;
    if (!std::regex_search(option, found, pattern)) continue;
    const std::string time = found[1].str();
    try {
      seconds = parse_seconds(time, "the wall time");
    } catch (const Error&) {
      return 0;  // "2-12" and its like: the scheduler ends the worker, which is told by a signal
    }
    if (time.find(':') == std::string::npos) seconds *= scheduler.wall_unit;
  }
  return seconds;
}

std::string job_of(const Scheduler& scheduler, const std::string& said) {
  std::smatch found;
  try {
    const std::regex pattern(scheduler.id, std::regex::ECMAScript | std::regex::multiline);
    if (std::regex_search(said, found, pattern) && found.size() > 1 && found[1].length() > 0) return found[1].str();
  } catch (const std::regex_error& error) {
    throw Error(ErrorCode::invalid_argument, printable(scheduler.name) + ": '" + printable(scheduler.id) +
                                                 "' is no regular expression: " + error.what());
  }
  throw Error(ErrorCode::io, printable(scheduler.name) + " has not told the number of the job, but: " +
                                 (said.empty() ? "nothing" : printable(said)));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
