// chunkwise coordinator, worker, cluster: the processes of a cluster.
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/allotment.hpp"
#include "runtime/cli/cluster.hpp"
#include "runtime/cli/decimal.hpp"
#include "runtime/cli/verbs.hpp"
#include "runtime/core/durations.hpp"
#include "runtime/core/interfaces.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::cli {

void add_security(CLI::App& verb, Security& security) {
  verb.add_option("--secret-file", security.secret_file,
                  "file with the secret that coordinator, workers and clients share (on loopback, that of this user)")
      ->type_name("FILE");
  verb.add_option("--tls-certificate", security.certificate, "this side's certificate (PEM): switches on TLS")
      ->type_name("FILE");
  verb.add_option("--tls-key", security.key, "the certificate's private key (PEM)")->type_name("FILE");
  verb.add_option("--tls-authority", security.authority, "certificates that have signed every side's (PEM)")
      ->type_name("FILE");
}

namespace {

void add_log_file(CLI::App& verb, std::string& file) {
  verb.add_option("--log-file", file, "file that the log is appended to; begun anew if it is renamed (standard error)")
      ->type_name("FILE");
}

void add_worker_secret(CLI::App& verb, std::string& file) {
  verb.add_option("--worker-secret-file", file,
                  "file with a secret for coordinator and workers alone, so that no client passes for a worker")
      ->type_name("FILE");
}

/// Adds --interface, beside --listen, which it takes the place of.
CLI::Option* add_interface(CLI::App& verb, std::string& interface, const std::string& port) {
  return verb
      .add_option("--interface", interface,
                  "network interface, such as ib0: listen at its address, and tell others that one; " + port)
      ->excludes("--listen")
      ->type_name("NAME[:PORT]");
}

/// Returns HOST:PORT of a coordinator that may be written as a backend's URI.
std::string without_scheme(const std::string& coordinator) {
  constexpr std::string_view scheme = "thrift://";
  return coordinator.starts_with(scheme) ? coordinator.substr(scheme.size()) : coordinator;
}

/// Returns the coordinator that a line names, else that of CHUNKWISE_BACKEND.
std::string coordinator_or_default(const std::string& named) {
  if (!named.empty()) return named;
  const char* const set = std::getenv("CHUNKWISE_BACKEND");
  if (set == nullptr || !std::string_view(set).starts_with("thrift://"))
    throw Error(ErrorCode::invalid_argument,
                "no coordinator is named; give its HOST:PORT, or the file that it writes that to, or set "
                "CHUNKWISE_BACKEND; 'chunkwise cluster start --help' tells how to start one");
  return set;
}

void require_folder(const std::string& option, const std::string& folder) {
  std::error_code ignored;
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored))
    throw Error(ErrorCode::invalid_argument, option + " " + folder + " is no folder that is there; create it first");
}

/// Returns a limit into which at least some chunk fits.
std::uint64_t memory_of_worker(const std::string& text) {
  constexpr std::uint64_t least = 100'000;
  const std::uint64_t bytes = parse_bytes(text);
  if (bytes < least)
    throw Error(ErrorCode::invalid_argument,
                "--memory " + text + " is too little to work with; a worker takes 100kB at least");
  return bytes;
}

/// Returns the seconds of --lifetime.
double lifetime_of(const std::string& text) {
  const double seconds = parse_seconds(text, "--lifetime");
  if (seconds < 1)
    throw Error(ErrorCode::invalid_argument, "--lifetime " + text + " is no time to work in; give 1s at least");
  return seconds;
}

/// Fills in what the line leaves open with what the worker's job, or its share of the machine, has.
void take_allotment(WorkerOptions& options, WorkerLife& life, int share) {
  const Allotment taken = allotment([](const char* variable) { return std::getenv(variable); }, this_machine(), share);
  if (options.threads == 0) options.threads = taken.threads;
  if (options.memory_limit == 0) options.memory_limit = taken.memory;
  if (options.name.empty() && !taken.name.empty()) options.name = printable(taken.name);
  if (options.spill_directory.empty()) options.spill_directory = taken.scratch;
  if (taken.lifetime > 0 && life.left == 0) life.left = taken.lifetime;
}

/// Returns the check of a number of seconds: finite, from `least` to thirty years.
CLI::Validator seconds_from(double least) {
  return CLI::Validator(
      [least](std::string& text) {
        constexpr double most = 1e9;
        char* end = nullptr;
        const double seconds = std::strtod(text.c_str(), &end);
        const bool is_number = !text.empty() && *end == '\0';
        if (is_number && seconds >= least && seconds <= most) return std::string();
        return text + " is no number of seconds from " + (least > 0 ? "0.001" : "0") + " to 1000000000";
      },
      "");
}

}  // namespace

void add_coordinator(CLI::App& app, Action& action) {
  auto options = std::make_shared<CoordinatorOptions>();
  CLI::App* verb = app.add_subcommand("coordinator", "Start the coordinator of a cluster");
  verb->footer("Example:\n  chunkwise coordinator --listen 127.0.0.1:8786 --address-file cluster.address");
  verb->add_option("--listen", options->listen, "HOST:PORT; with port 0 the system chooses one")
      ->capture_default_str()
      ->type_name("HOST:PORT");
  auto interface = std::make_shared<std::string>();
  add_interface(*verb, *interface, "8786 without a port");
  verb->add_option("--advertise", options->advertise,
                   "HOST:PORT that others are told to connect to; port 0 is the one listened on (as --listen; for "
                   "0.0.0.0 and [::] an address of this machine)")
      ->type_name("HOST:PORT");
  verb->add_option("--address-file", options->address_file, "file to write HOST:PORT to, for workers and clients")
      ->type_name("FILE");
  verb->add_option("--worker-timeout", options->worker_timeout, "seconds of silence after which a worker is lost")
      ->capture_default_str()
      ->check(seconds_from(0.001))
      ->type_name("SECONDS");
  verb->add_option("--client-timeout", options->client_timeout,
                   "seconds of silence after which a client's arrays are freed")
      ->capture_default_str()
      ->check(seconds_from(0.001))
      ->type_name("SECONDS");
  add_security(*verb, options->security);
  add_worker_secret(*verb, options->worker_secret_file);
  auto log = std::make_shared<std::string>();
  add_log_file(*verb, *log);
  verb->add_option(
          "--metrics", options->metrics,
          "HOST:PORT at which it answers HTTP to whoever can connect: /health, and /metrics for Prometheus; with "
          "port 0 the system chooses one")
      ->type_name("HOST:PORT");
  auto dashboard = std::make_shared<DashboardChoice>();
  verb->add_option("--dashboard", dashboard->listen,
                   "HOST:PORT of a page with workers, runs and memory, live; its address, with a token, is logged. "
                   "Beyond this machine it asks for a secret (--page-secret-file)")
      ->type_name("HOST:PORT");
  verb->add_option("--page-secret-file", dashboard->secret_file,
                   "file with the secret that a browser has to be told before it is let in")
      ->type_name("FILE");
  verb->callback([options, interface, dashboard, log, &action] {
    action = [options, interface, dashboard, log] {
      constexpr int usual_port = 8786;
      if (!interface->empty()) options->listen = endpoint_of_interface(*interface, usual_port);
      return run_coordinator(*options, *dashboard, *log);
    };
  });
}

void add_worker(CLI::App& app, Action& action) {
  auto options = std::make_shared<WorkerOptions>();
  auto memory = std::make_shared<std::string>();
  auto direct = std::make_shared<bool>(false);
  auto life = std::make_shared<WorkerLife>();
  auto lifetime = std::make_shared<std::string>();
  auto share = std::make_shared<int>(1);
  CLI::App* verb = app.add_subcommand("worker", "Start a worker of a cluster");
  verb->footer(
      "Examples:\n  chunkwise worker 127.0.0.1:8786 --data-root /data/weather\n"
      "  srun -N4 chunkwise worker cluster.address --data-root /scratch --memory 20GB");
  verb->add_option("coordinator", options->coordinator,
                   "HOST:PORT of the coordinator, or the file that it writes that to; it is waited for")
      ->required()
      ->type_name("COORDINATOR");
  verb->add_option("--listen", options->listen,
                   "HOST:PORT for those who fetch results from here (any port of the address by which it reaches the "
                   "coordinator)")
      ->type_name("HOST:PORT");
  auto interface = std::make_shared<std::string>();
  add_interface(*verb, *interface, "any port without one");
  verb->add_option("--advertise", options->advertise,
                   "HOST:PORT that others are told to fetch from; port 0 is the one listened on (as --listen; for "
                   "0.0.0.0 and [::] the address by which it reaches the coordinator)")
      ->type_name("HOST:PORT");
  verb->add_option("--coordinator-timeout", options->coordinator_timeout,
                   "seconds without a coordinator after which a worker that keeps nothing ends; 0: never")
      ->capture_default_str()
      ->check(seconds_from(0))
      ->type_name("SECONDS");
  verb->add_flag(
      "--ends-with-coordinator", options->ends_with_coordinator,
      "end after --coordinator-timeout although it keeps chunks: for a coordinator that is not started anew");
  verb->add_option("--name", options->name, "what logs call it (node and job, else host name and process number)")
      ->type_name("NAME");
  verb->add_option("--threads", options->threads, "threads that compute (those of its job, else all CPUs)")
      ->transform(decimal())
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("COUNT");
  verb->add_option("--memory", *memory,
                   "limit for runs and kept chunks, e.g. 20GB (three quarters of the job's or the machine's)")
      ->type_name("BYTES");
  verb->add_option("--share", *share, "workers that share what this one would take by default: it takes its part")
      ->transform(decimal())
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("COUNT");
  verb->add_option("--data-root", options->data_roots,
                   "folder whose files it may open; CLIENT=LOCAL where clients call it by another name; repeatable")
      ->type_name("FOLDER");
  verb->add_option("--spill", options->spill_directory, "folder for chunks that do not fit into memory")
      ->type_name("FOLDER");
  verb->add_flag("--no-isolation", *direct,
                 "open NetCDF-4 files in this process: faster, but a damaged file may end it");
  verb->add_option(
          "--grace", life->grace,
          "seconds that it hands over what it holds when SIGTERM asks it to end, at most; 0: it takes all along")
      ->capture_default_str()
      ->check(seconds_from(0))
      ->type_name("SECONDS");
  verb->add_option("--lifetime", *lifetime,
                   "time after which its process is gone, such as 55m or 12h: it hands over what it holds before (the "
                   "end of its job, if Slurm tells it)")
      ->type_name("TIME");
  add_security(*verb, options->security);
  add_worker_secret(*verb, options->worker_secret_file);
  auto log = std::make_shared<std::string>();
  add_log_file(*verb, *log);
  verb->callback([options, interface, memory, life, lifetime, direct, share, log, &action] {
    action = [options, interface, memory, life, lifetime, direct, share, log] {
      options->isolated = !*direct;
      if (!interface->empty()) options->listen = endpoint_of_interface(*interface, 0);
      require_folder("--spill", options->spill_directory);
      options->coordinator = without_scheme(options->coordinator);
      if (!memory->empty()) options->memory_limit = memory_of_worker(*memory);
      if (!lifetime->empty()) life->lifetime = lifetime_of(*lifetime);
      take_allotment(*options, *life, *share);
      return run_worker(*options, *life, *log);
    };
  });
}

void add_cluster(CLI::App& app, Action& action) {
  auto address = std::make_shared<std::string>();
  auto security = std::make_shared<Security>();
  CLI::App* verb = app.add_subcommand("cluster", "Show the workers, runs and arrays of a cluster, or start one");
  verb->footer("Examples:\n  chunkwise cluster 127.0.0.1:8786\n  chunkwise cluster start --local -n 4 -- my_program");
  verb->add_option("coordinator", *address,
                   "HOST:PORT of the coordinator, or the file that it writes that to (CHUNKWISE_BACKEND)")
      ->type_name("COORDINATOR");
  add_security(*verb, *security);
  auto show = std::make_shared<ShowOptions>();
  CLI::Option* const json =
      verb->add_flag("--json", show->json, "one object, with sizes in bytes and times in seconds");
  CLI::Option* const watch =
      verb->add_option("--watch", show->every, "show it again after so many seconds, until it is interrupted")
          ->check(seconds_from(0.001))
          ->type_name("SECONDS");
  CLI::App* const start = add_cluster_start(*verb, action);
  const auto on_worker = [&](const char* name, const char* description, Operation operation) {
    auto worker = std::make_shared<std::string>();
    CLI::App* const below = verb->add_subcommand(name, description);
    below->footer(std::string("Example:\n  chunkwise cluster weather.cluster ") + name + " chunkwise-1");
    below->add_option("worker", *worker, "name of the worker, as 'chunkwise cluster' shows it")
        ->required()
        ->type_name("WORKER");
    below->callback([address, security, worker, operation, &action] {
      action = [address, security, worker, operation] {
        return operate_cluster(coordinator_or_default(*address), *security, operation, *worker, 0);
      };
    });
  };
  on_worker("retire", "Have a worker hand over what it holds, and end", Operation::retire);
  on_worker("restart", "Have a worker hand over what it holds, and begin anew", Operation::restart);
  on_worker("logs", "Show the last lines of a worker's log", Operation::logs);
  auto count = std::make_shared<int>(0);
  CLI::App* const scale = verb->add_subcommand("scale", "Have workers started or ended until there are so many");
  scale->footer("Example:\n  chunkwise cluster weather.cluster scale 16");
  scale->add_option("workers", *count, "workers that there are to be")
      ->required()
      ->transform(decimal())
      ->check(CLI::Range(0, 100000).description(""))
      ->type_name("COUNT");
  scale->callback([address, security, count, &action] {
    action = [address, security, count] {
      return operate_cluster(coordinator_or_default(*address), *security, Operation::scale, "", *count);
    };
  });
  CLI::App* const shutdown =
      verb->add_subcommand("shutdown", "End all workers, with what they hold, and the coordinator");
  shutdown->footer("Example:\n  chunkwise cluster weather.cluster shutdown");
  shutdown->callback([address, security, &action] {
    action = [address, security] {
      return operate_cluster(coordinator_or_default(*address), *security, Operation::shutdown, "", 0);
    };
  });
  verb->require_subcommand(0, 1);
  verb->callback([address, security, show, verb, start, json, watch, &action] {
    if (verb->got_subcommand(start) && !address->empty())
      throw CLI::ValidationError("cluster", "start begins a cluster of its own, and " + *address + " is another's");
    if (!verb->get_subcommands().empty()) {
      if (json->count() + watch->count() > 0)
        throw CLI::ValidationError("cluster", "--json and --watch show a cluster, and go with no other verb");
      return;
    }
    action = [address, security, show] { return show_cluster(coordinator_or_default(*address), *security, *show); };
  });
}

}  // namespace chunkwise::cli
