// Workers as jobs of a scheduler.
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backends/thrift/launch/process.hpp"
#include "backends/thrift/launch/starter.hpp"
#include "chunkwise/core/error.hpp"
#include "runtime/core/durations.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/core/shell.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Schedulers of busy machines take their time.
constexpr double command_seconds = 120;

class Jobs final : public Starter {
 public:
  Jobs(Workplan plan, Scheduler scheduler) : plan_(std::move(plan)), scheduler_(std::move(scheduler)) {
    // A worker whose job begins late waits for its coordinator no longer than it takes to see that it is gone.
    std::vector<std::string> words = worker_words(plan_, plan_.address_file);
    words.insert(words.end(), {"--coordinator-timeout", "30"});
    if (const double seconds = wall_seconds(scheduler_, plan_.options.job_options); seconds > 0)
      words.insert(words.end(), {"--lifetime", seconds_text(seconds)});
    values_["worker"] = shell_line(words);
    values_["folder"] = shell_quoted(plan_.folder->path());
    values_["name"] = plan_.options.name;
    values_["count"] = "1";
    values_["threads"] = std::to_string(std::max(plan_.options.threads, 1));
    values_["megabytes"] = std::to_string(megabytes());
    values_["options"] = options_of();
    script_ = plan_.folder->write("job.sh", fill(scheduler_.script, values_, scheduler_.name + "'s script"), true);
    values_.erase("options");
    values_["script"] = shell_quoted(script_);
  }

  void start(int workers) override {
    Values values = values_;
    values["count"] = std::to_string(workers);
    const std::string line = fill(scheduler_.submit, values, scheduler_.name + "'s command of submission");
    const Said said = run(line);
    if (said.code != 0)
      throw Error(ErrorCode::io, printable(scheduler_.name) + " has not taken the job ('" + printable(line) +
                                     "' ended with " + std::to_string(said.code) + "): " + printable(said.err, true) +
                                     printable(said.out, true));
    jobs_.push_back(job_of(scheduler_, said.out));
    counted_ = {};
    alive_ += workers;
    submitted_ += workers;
    news_ += (news_.empty() ? "" : "\n") + ("job " + jobs_.back() + " of " + std::to_string(workers) +
                                            (workers == 1 ? " worker" : " workers") + " submitted");
  }

  int alive() override {
    // The scheduler serves others too.
    const auto pause = std::chrono::seconds(Clock::now() - began_ < std::chrono::minutes(1) ? 2 : 10);
    if (jobs_.empty() || Clock::now() - counted_ < pause) return alive_;
    int alive = 0;
    for (const std::string& job : jobs_) {
      const Said said = ask(scheduler_.alive, job, "command that counts workers");
      if (said.code != 0) {
        tell("the jobs cannot be counted at present: " + printable(said.err, true));
        counted_ = Clock::now();
        return alive_;
      }
      for (const char c : said.out) alive += c == '\n' ? 1 : 0;
    }
    counted_ = Clock::now();
    if (alive < submitted_ - ended_) {
      const std::string log = end_of_newest_log();
      const int fewer = submitted_ - ended_ - alive;
      tell(std::to_string(fewer) + (fewer == 1 ? " worker's job has" : " workers' jobs have") + " ended; " +
           (log.empty() ? "there is no log in " + plan_.folder->path() + ": do the machines of " + scheduler_.name +
                              " see this folder, and " + plan_.options.program + "?"
                        : "the newest log ends with:\n" + log));
      ended_ += fewer;
    }
    alive_ = alive;
    return alive_;
  }

  void end_all() override {
    for (const std::string& job : jobs_) {
      const Said said = ask(scheduler_.cancel, job, "command that cancels");
      if (said.code != 0) tell("job " + job + " cannot be cancelled: " + printable(said.err, true));
    }
    // Their logs are written to the folder, which is removed after this.
    const auto limit = Clock::now() + std::chrono::seconds(15);
    for (counted_ = {}; alive() > 0 && Clock::now() < limit; counted_ = {})
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    jobs_.clear();
  }

  std::string take_news() override { return std::exchange(news_, {}); }

 private:
  [[nodiscard]] std::uint64_t megabytes() const {
    constexpr std::uint64_t mega = 1'000'000;
    return plan_.options.memory_limit / 3 * 4 / mega + 1;
  }
  [[nodiscard]] std::string options_of() const {
    std::vector<std::string> lines = plan_.options.job_options;
    if (plan_.options.threads > 0 && !scheduler_.threads.empty())
      lines.push_back(fill(scheduler_.threads, values_, scheduler_.name));
    if (plan_.options.memory_limit > 0 && !scheduler_.memory.empty())
      lines.push_back(fill(scheduler_.memory, values_, scheduler_.name));
    std::string text;
    for (const std::string& line : lines) text += scheduler_.option + line + "\n";
    if (!lines.empty() && (scheduler_.option.empty() || scheduler_.script.find("@options@") == std::string::npos))
      throw Error(ErrorCode::invalid_argument,
                  "the template of a job " + printable(scheduler_.name) + " has no place for '" +
                      printable(lines.front()) +
                      "': it needs a line @options@, and '#chunkwise option: TEXT' with the text that begins a line of "
                      "options, such as #SBATCH");
    return text;
  }
  [[nodiscard]] Said run(const std::string& line) const {
    return run_shell("cd " + values_.at("folder") + " && " + line, plan_.folder->path(), command_seconds,
                     plan_.hurries);
  }
  [[nodiscard]] Said ask(const std::string& command, const std::string& job, const char* what) const {
    Values values = values_;
    values["id"] = shell_quoted(job);
    try {
      return run(fill(command, values, scheduler_.name + "'s " + what));
    } catch (const Error& error) {
      return {1, "", error.what()};
    }
  }
  [[nodiscard]] std::string end_of_newest_log() const {
    std::string newest;
    fs::file_time_type time{};
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(plan_.folder->path(), ignored)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with("worker-") || !name.ends_with(".log")) continue;
      const auto written = fs::last_write_time(entry.path(), ignored);
      if (newest.empty() || written > time) newest = entry.path().string(), time = written;
    }
    return newest.empty() ? "" : end_of_file(newest);
  }
  void tell(const std::string& line) { news_ += (news_.empty() ? "" : "\n") + line; }

  Workplan plan_;
  Scheduler scheduler_;
  Values values_;
  std::string script_, news_;
  std::vector<std::string> jobs_;
  int alive_ = 0, submitted_ = 0, ended_ = 0;
  Clock::time_point began_ = Clock::now(), counted_;
};

}  // namespace

std::unique_ptr<Starter> start_as_jobs(Workplan plan, Scheduler scheduler) {
  return std::make_unique<Jobs>(std::move(plan), std::move(scheduler));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
