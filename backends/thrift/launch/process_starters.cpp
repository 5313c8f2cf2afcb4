// Workers as processes: of this machine, and over ssh.
#include <algorithm>
#include <csignal>
#include <list>
#include <utility>

#include "backends/thrift/launch/process.hpp"
#include "backends/thrift/launch/starter.hpp"
#include "chunkwise/core/error.hpp"
#include "runtime/core/machine.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

using std::chrono::milliseconds;

/// Workers, each behind one process of this machine.
class ProcessStarter : public Starter {
 public:
  explicit ProcessStarter(Workplan plan) : plan_(std::move(plan)) {}
  ~ProcessStarter() override = default;

  void start(int workers) override {
    for (int i = 0; i < workers; ++i) {
      const int number = ++started_;
      const std::string name = name_of(number);
      const std::string log = *plan_.folder / ("worker-" + std::to_string(number) + ".log");
      workers_.push_back({name, log, ChildProcess(start_of(number, name, log))});
    }
  }

  int alive() override {
    for (auto worker = workers_.begin(); worker != workers_.end();) {
      const std::optional<int> code = worker->process.ended();
      if (!code) {
        ++worker;
        continue;
      }
      if (!worker->is_ending) tell_ended(*worker, *code);
      worker = workers_.erase(worker);
    }
    return static_cast<int>(std::ranges::count_if(workers_, [](const auto& worker) { return !worker.is_ending; }));
  }

  bool end_some(int workers) override {
    for (auto worker = workers_.rbegin(); worker != workers_.rend() && workers > 0; ++worker)
      if (!std::exchange(worker->is_ending, true)) {
        end(worker->process);
        --workers;
      }
    return true;
  }

  void end_all() override {
    for (Member& worker : workers_) end_at_once(worker.process);
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    for (Member& worker : workers_)
      (void)worker.process.wait_for(std::chrono::duration_cast<milliseconds>(limit - std::chrono::steady_clock::now()));
    workers_.clear();  // kills those that are still there
  }

  std::string take_news() override { return std::exchange(news_, {}); }

 protected:
  [[nodiscard]] const Workplan& plan() const { return plan_; }
  [[nodiscard]] virtual std::string name_of(int number) const = 0;
  [[nodiscard]] virtual Start start_of(int number, const std::string& name, const std::string& log) const = 0;
  /// Asks a worker to hand over what it holds, and to end.
  virtual void end(ChildProcess& process) const = 0;
  virtual void end_at_once(ChildProcess& process) const = 0;

 private:
  struct Member {
    std::string name, log;
    ChildProcess process;
    bool is_ending = false;
  };

  void tell_ended(const Member& worker, int code) {
    const std::string end = end_of_file(worker.log);
    news_ += (news_.empty() ? "" : "\n") + ("worker " + worker.name + " has ended, ") +
             (code > 128 ? "by signal " + std::to_string(code - 128) : "with exit code " + std::to_string(code)) +
             (end.empty() ? "" : "; its log ends with:\n" + end);
  }

  Workplan plan_;
  std::list<Member> workers_;
  int started_ = 0;
  std::string news_;
};

class Here final : public ProcessStarter {
 public:
  using ProcessStarter::ProcessStarter;

 private:
  [[nodiscard]] std::string name_of(int number) const override {
    return plan().options.name + "-" + std::to_string(number);
  }
  [[nodiscard]] Start start_of(int, const std::string& name, const std::string& log) const override {
    std::vector<std::string> words = worker_words(plan(), plan().address_file);
    words.insert(words.end(), {"--name", name, "--coordinator-timeout", "5"});
    if (plan().options.workers > 1) words.insert(words.end(), {"--share", std::to_string(plan().options.workers)});
    return {std::move(words), log, {}};
  }
  void end(ChildProcess& process) const override { process.signal(SIGTERM); }
  void end_at_once(ChildProcess& process) const override {
    process.signal(SIGTERM);
    (void)process.wait_for(milliseconds(50));
    process.signal(SIGTERM);  // the second one says: at once
  }
};

/// The shell on the other host gets a script on its standard input: it writes the files, which no other way leads
/// there, and runs the worker. What comes after the script asks the worker to end: a line to hand over what it holds,
/// the end of the input, which the end of this process is too, to do so at once.
class BySsh final : public ProcessStarter {
 public:
  using ProcessStarter::ProcessStarter;

 private:
  [[nodiscard]] const std::string& host_of(int number) const {
    const std::vector<std::string>& hosts = plan().options.hosts;
    return hosts[static_cast<std::size_t>(number - 1) % hosts.size()];
  }
  [[nodiscard]] std::string name_of(int number) const override {
    const std::string& host = host_of(number);
    return host.substr(host.find('@') + 1) + "-" + std::to_string(number);
  }
  [[nodiscard]] Start start_of(int number, const std::string& name, const std::string& log) const override {
    const auto file = [&](const char* what, const std::string& path) {
      return std::string("cat >\"$d/") + what + "\" <<'END_OF_FILE'\n" + text_of_file(path) + "END_OF_FILE\n";
    };
    // The name of the address file is the one word that the shell there has to make out.
    std::string command = shell_line(worker_words(plan(), "@@@"));
    command.replace(command.find("@@@"), 3, "\"$d/address\"");
    command += " --coordinator-timeout 15 --name " + shell_quoted(name);
    const auto sharing = static_cast<int>(
        std::ranges::count_if(numbers(), [&](int other) { return host_of(other) == host_of(number); }));
    if (sharing > 1) command += " --share " + std::to_string(sharing);
    // A function is read to its end before it runs: nothing of the input is lost to the shell's buffer.
    const std::string script =
        "main() {\n"
        "umask 077\n"
        "d=$(mktemp -d \"${TMPDIR:-/tmp}/chunkwise-XXXXXX\") || exit 1\n" +
        file("secret", plan().security.secret_file) + file("certificate.pem", plan().security.certificate) +
        file("key.pem", plan().security.key) + "cat >\"$d/address\" <<'END_OF_FILE'\n" + plan().address +
        "\nsecret-file secret\ncertificate certificate.pem\nkey key.pem\nauthority certificate.pem\nEND_OF_FILE\n" +
        command +
        " </dev/null &\n"
        "w=$!\n"
        "{ while read line; do kill $w; done; kill $w; sleep 1; kill $w; sleep 9; kill -9 $w; } <&3 >/dev/null 2>&1 &\n"
        "r=$!\n"
        "trap 'kill $w' TERM HUP INT\n"
        "wait $w; code=$?\n"
        "while kill -0 $w 2>/dev/null; do wait $w; code=$?; done\n"
        "kill $r 2>/dev/null\n"
        "rm -rf \"$d\"\n"
        "exit $code\n"
        "}\n"
        "exec 3<&0\n"
        "main\n";
    return {
        {"ssh", "-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=15", host_of(number), "/bin/sh"}, log, script};
  }
  void end(ChildProcess& process) const override { process.send("end\n"); }
  void end_at_once(ChildProcess& process) const override { process.close_input(); }
  [[nodiscard]] std::vector<int> numbers() const {
    std::vector<int> all(static_cast<std::size_t>(std::max(plan().options.workers, 1)));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i) + 1;
    return all;
  }
};

}  // namespace

std::unique_ptr<Starter> start_here(Workplan plan) { return std::make_unique<Here>(std::move(plan)); }
std::unique_ptr<Starter> start_by_ssh(Workplan plan) { return std::make_unique<BySsh>(std::move(plan)); }

std::vector<std::string> worker_words(const Workplan& plan, const std::string& address_file) {
  const ClusterOptions& options = plan.options;
  std::vector<std::string> words{options.program, "worker", address_file, "--ends-with-coordinator"};
  if (options.threads > 0) words.insert(words.end(), {"--threads", std::to_string(options.threads)});
  if (options.memory_limit > 0) words.insert(words.end(), {"--memory", std::to_string(options.memory_limit)});
  if (!options.spill_directory.empty()) words.insert(words.end(), {"--spill", options.spill_directory});
  if (!options.interface.empty()) words.insert(words.end(), {"--interface", options.interface});
  for (const std::string& root : options.data_roots) words.insert(words.end(), {"--data-root", root});
  return words;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
