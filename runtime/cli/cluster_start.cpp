// chunkwise cluster start: a cluster by one command.
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <system_error>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/cluster.hpp"
#include "runtime/cli/decimal.hpp"
#include "runtime/cli/verbs.hpp"

namespace chunkwise::cli {

namespace {

/// The words of the line that say who starts the workers.
struct Chosen {
  bool local = false, slurm = false, sge = false;
  std::string hosts;   ///< with commas
  std::string memory;  ///< as parse_bytes reads it
  std::string adapt;   ///< A:B
  int workers = -1;
};

/// Returns who starts the workers; throws unless that is one.
Launcher launcher_of(const Chosen& chosen, const ClusterOptions& options) {
  const int asked =
      (chosen.local ? 1 : 0) + (chosen.slurm ? 1 : 0) + (chosen.sge ? 1 : 0) + (chosen.hosts.empty() ? 0 : 1);
  if (asked > 1)
    throw Error(ErrorCode::invalid_argument, "give one of --local, --ssh HOSTS, --slurm and --sge, not several");
  if (chosen.slurm) return Launcher::slurm;
  if (chosen.sge) return Launcher::sge;
  if (!chosen.hosts.empty()) return Launcher::ssh;
  if (!chosen.local && !options.job_template.empty()) return Launcher::other;
  if (!chosen.local)
    throw Error(ErrorCode::invalid_argument,
                "who starts the workers? Give --local, --ssh HOSTS, --slurm, --sge, or a --template of another "
                "scheduler");
  return Launcher::local;
}

/// Reads the least and the most workers from A:B.
void read_bounds(const std::string& text, ClusterOptions& options) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const auto read = [&](std::size_t from, std::size_t to, int& number) {
    const char* const last = text.data() + to;
    const auto [end, error] = std::from_chars(text.data() + from, last, number);
    if (from >= to || error != std::errc{} || end != last)
      throw Error(ErrorCode::invalid_argument,
                  "--adapt '" + text + "' is no A:B, the least and the most workers, as in 0:16");
  };
  read(0, colon, options.least_workers);
  read(std::min(colon + 1, text.size()), text.size(), options.most_workers);
  if (options.most_workers == 0)
    throw Error(ErrorCode::invalid_argument, "--adapt '" + text + "' leaves no worker; B is 1 at least");
}

CLI::Validator seconds() {
  return CLI::Validator(
      [](std::string& text) {
        char* end = nullptr;
        const double number = std::strtod(text.c_str(), &end);
        const bool is_good = !text.empty() && *end == '\0' && number >= 0 && number <= 1e9;
        return is_good ? std::string() : text + " is no number of seconds from 0 to 1000000000";
      },
      "");
}

}  // namespace

CLI::App* add_cluster_start(CLI::App& cluster, Action& action) {
  auto request = std::make_shared<StartRequest>();
  auto chosen = std::make_shared<Chosen>();
  ClusterOptions& options = request->cluster;
  CLI::App* verb = cluster.add_subcommand(
      "start", "Start a coordinator and workers, run a command on them, and end them whatever happens");
  verb->footer(
      "Examples:\n"
      "  chunkwise cluster start --local -n 4 --data-root /data -- chunkwise eval 'mean(t2m, 0)' '/data/*.nc' -o m.nc\n"
      "  chunkwise cluster start --slurm -n 16 --threads 8 --memory 20GB --data-root /data -- ./my_program\n"
      "  chunkwise cluster start --ssh node1,node2 --data-root /data\n"
      "The command finds the cluster by CHUNKWISE_BACKEND. Without a command, the cluster stays until it is "
      "interrupted.");
  verb->add_option("command", request->command, "what is run on the cluster, after --")->type_name("COMMAND");
  verb->add_flag("--local", chosen->local, "workers are processes of this machine, which they share");
  verb->add_option("--ssh", chosen->hosts, "hosts on which ssh starts workers, with commas between them")
      ->type_name("HOSTS");
  verb->add_flag("--slurm", chosen->slurm, "workers are an array of jobs of Slurm (sbatch)");
  verb->add_flag("--sge", chosen->sge, "workers are an array of jobs of Grid Engine (qsub)");
  verb->add_option("--template", options.job_template,
                   "script of the jobs with @worker@ in place of the worker's command; for schedulers other than these "
                   "two with the commands that speak to them")
      ->type_name("FILE");
  verb->add_option("-n,--workers", chosen->workers, "workers (a worker a host, else 1)")
      ->transform(decimal())
      ->check(CLI::Range(0, 100000).description(""))
      ->type_name("COUNT");
  verb->add_option(
          "--adapt", chosen->adapt,
          "least and most workers: twice as many while all are busy, as few as may be after a minute without a "
          "run; -n to begin with (A)")
      ->type_name("A:B");
  verb->add_option("--scheduler-option", options.job_options,
                   "further option of the scheduler, such as '--partition=long' or '-pe smp 4'; repeatable")
      ->allow_extra_args(false)
      ->type_name("OPTION");
  verb->add_option("--threads", options.threads, "threads of each worker (its part of the machine or job)")
      ->transform(decimal())
      ->check(CLI::Range(1, 1024).description(""))
      ->type_name("COUNT");
  verb->add_option("--memory", chosen->memory,
                   "limit for runs and kept chunks of each worker, e.g. 20GB; a job of Slurm asks for a third more "
                   "(three quarters "
                   "of its part)")
      ->type_name("BYTES");
  verb->add_option(
          "--data-root", options.data_roots,
          "folder whose files workers may open; CLIENT=LOCAL where clients call it by another name; repeatable")
      ->allow_extra_args(false)
      ->type_name("FOLDER");
  verb->add_option("--spill", options.spill_directory, "folder for chunks that do not fit into a worker's memory")
      ->type_name("FOLDER");
  verb->add_option("--name", options.name, "name of the cluster, its jobs and workers")
      ->capture_default_str()
      ->type_name("NAME");
  verb->add_option("--wait-for", request->wait_for,
                   "workers that have to be there before the command is run (all; of jobs 1)")
      ->transform(decimal())
      ->check(CLI::Range(0, 100000).description(""))
      ->type_name("COUNT");
  verb->add_option("--wait", request->patience,
                   "seconds that they are waited for at most (300; for jobs, which may wait in a queue, 86400)")
      ->check(seconds())
      ->type_name("SECONDS");
  verb->add_option("--idle-timeout", request->idle_timeout,
                   "end a cluster without a command after so many seconds without a client, a run or a kept array")
      ->check(seconds())
      ->type_name("SECONDS");
  verb->add_option("--listen", options.listen,
                   "HOST:PORT of the coordinator (127.0.0.1:0 for --local, else 0.0.0.0:0; with port 0 the system "
                   "chooses one)")
      ->type_name("HOST:PORT");
  verb->add_option("--advertise", options.advertise, "HOST:PORT that workers and clients are told to connect to")
      ->type_name("HOST:PORT");
  verb->add_option("--interface", options.interface,
                   "network interface, such as ib0, at whose address the coordinator listens, and workers at that of "
                   "theirs of this name; with a port that of the coordinator")
      ->excludes("--listen")
      ->type_name("NAME[:PORT]");
  verb->add_option("--address-file", options.address_file,
                   "file that names address, secret and certificate for other clients; removed at the end")
      ->type_name("FILE");
  verb->add_option("--folder", options.folder,
                   "folder for the cluster's secret, scripts and logs, which jobs have to see too (for --local TMPDIR, "
                   "else ~/.cache/chunkwise/clusters)")
      ->type_name("FOLDER");
  verb->add_option("--logs", options.logs, "folder to which the logs of coordinator and workers are copied at the end")
      ->type_name("FOLDER");
  verb->add_option("--metrics", options.metrics,
                   "HOST:PORT at which the coordinator answers HTTP to whoever can connect: /health, and /metrics for "
                   "Prometheus")
      ->type_name("HOST:PORT");
  verb->add_option("--program", options.program, "the command chunkwise on the workers' machines (as here)")
      ->type_name("FILE");
  verb->callback([request, chosen, &action] {
    action = [request, chosen] {
      ClusterOptions& asked = request->cluster;
      asked.launcher = launcher_of(*chosen, asked);
      if (request->idle_timeout > 0 && !request->command.empty())
        throw Error(ErrorCode::invalid_argument,
                    "--idle-timeout is for a cluster without a command, which ends when nobody uses it; leave one out");
      std::istringstream hosts(chosen->hosts);
      for (std::string host; std::getline(hosts, host, ',');) asked.hosts.push_back(host);
      if (!chosen->memory.empty()) asked.memory_limit = parse_bytes(chosen->memory);
      if (!chosen->adapt.empty()) read_bounds(chosen->adapt, asked);
      asked.workers = static_cast<int>(std::max<std::size_t>(asked.hosts.size(), 1));
      if (asked.most_workers > 0) asked.workers = asked.least_workers;
      if (chosen->workers >= 0) asked.workers = chosen->workers;
      return start_cluster(*request);
    };
  });
  return verb;
}

}  // namespace chunkwise::cli
