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
#include "runtime/core/shell.hpp"

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
      const std::size_t place = emptiest_place();
      const std::string name = name_of(place) + "-" + std::to_string(number);
      const std::string log = *plan_.folder / ("worker-" + std::to_string(number) + ".log");
      workers_.push_back({name, log, place, ChildProcess(start_at(place, name, log))});
    }
  }

  int alive() override {
    for (auto worker = workers_.begin(); worker != workers_.end();) {
      const std::optional<int> code = worker->process.ended();
      if (!code) {
        ++worker;
        continue;
      }
      tell_ended(*worker, *code);
      worker = workers_.erase(worker);
    }
    return static_cast<int>(workers_.size());
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
  /// Workers run at so many places, numbered from 0.
  [[nodiscard]] virtual std::size_t places() const = 0;
  /// Returns that with which the names of the workers of a place begin.
  [[nodiscard]] virtual std::string name_of(std::size_t place) const = 0;
  [[nodiscard]] virtual Start start_at(std::size_t place, const std::string& name, const std::string& log) const = 0;
  virtual void end_at_once(ChildProcess& process) const = 0;

 private:
  struct Member {
    std::string name, log;
    std::size_t place;
    ChildProcess process;
  };

  /// Returns the place that has the fewest workers, so that a worker is replaced where it was.
  [[nodiscard]] std::size_t emptiest_place() const {
    std::vector<int> members(places());
    for (const Member& worker : workers_) ++members[worker.place];
    return static_cast<std::size_t>(std::ranges::min_element(members) - members.begin());
  }

  void tell_ended(const Member& worker, int code) {
    news_ += (news_.empty() ? "" : "\n") + ("worker " + worker.name + " has ended, ");
    if (code == 0) {
      news_ += "as it was asked to";
      return;
    }
    const std::string end = end_of_file(worker.log);
    news_ += (code > 128 ? "by signal " + std::to_string(code - 128) : "with exit code " + std::to_string(code)) +
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
  [[nodiscard]] std::size_t places() const override { return 1; }
  [[nodiscard]] std::string name_of(std::size_t) const override { return plan().options.name; }
  [[nodiscard]] Start start_at(std::size_t, const std::string& name, const std::string& log) const override {
    std::vector<std::string> words = worker_words(plan(), plan().address_file);
    words.insert(words.end(), {"--name", name, "--coordinator-timeout", "5"});
    if (const int most = most_workers(plan().options); most > 1)
      words.insert(words.end(), {"--share", std::to_string(most)});
    return {std::move(words), log, {}};
  }
  void end_at_once(ChildProcess& process) const override {
    process.signal(SIGTERM);
    (void)process.wait_for(milliseconds(50));
    process.signal(SIGTERM);  // the second one says: at once
  }
};

/// The shell on the other host gets a script on its standard input: it writes the files, which no other way leads
/// there, and runs the worker. The end of the input, which the end of this process is too, asks the worker to end at
/// once.
class BySsh final : public ProcessStarter {
 public:
  using ProcessStarter::ProcessStarter;

 private:
  [[nodiscard]] std::size_t places() const override { return plan().options.hosts.size(); }
  [[nodiscard]] std::string name_of(std::size_t place) const override {
    const std::string& host = plan().options.hosts[place];
    return host.substr(host.find('@') + 1);
  }
  /// Returns how many workers share the host of a place, which may be that of other places too.
  [[nodiscard]] int sharing(std::size_t place) const {
    const std::vector<std::string>& hosts = plan().options.hosts;
    int workers = 0;
    for (int number = 0; number < most_workers(plan().options); ++number)
      workers += hosts[static_cast<std::size_t>(number) % hosts.size()] == hosts[place] ? 1 : 0;
    return workers;
  }
  [[nodiscard]] Start start_at(std::size_t place, const std::string& name, const std::string& log) const override {
    const auto file = [&](const char* what, const std::string& path) {
      return std::string("cat >\"$d/") + what + "\" <<'END_OF_FILE'\n" + text_of_file(path) + "END_OF_FILE\n";
    };
    // The name of the address file is the one word that the shell there has to make out.
    std::string command = shell_line(worker_words(plan(), "@@@"));
    command.replace(command.find("@@@"), 3, "\"$d/address\"");
    command += " --coordinator-timeout 15 --name " + shell_quoted(name);
    if (const int workers = sharing(place); workers > 1) command += " --share " + std::to_string(workers);
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
        "{ cat; kill $w; sleep 1; kill $w; sleep 9; kill -9 $w; } <&3 >/dev/null 2>&1 &\n"
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
        {"ssh", "-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=15", plan().options.hosts[place], "/bin/sh"},
        log,
        script};
  }
  void end_at_once(ChildProcess& process) const override { process.close_input(); }
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
