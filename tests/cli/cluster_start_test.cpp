// chunkwise cluster start: one command from nothing to a cluster and back, whatever happens in between.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/start_cluster.hpp"
#include "tests/caught.hpp"
#include "tests/cli/started_clusters.hpp"

using namespace chunkwise_test;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {

// ---------------------------------------------------------------- on this machine

TEST_F(ClusterStart, RunsACommandOnLocalWorkersAndEndsThem) {
  const Outcome outcome =
      run({"--local", "-n", "2", "--threads", "1", "--name", "weather"}, {"sh", "-c", show + " && echo done"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("2 workers"));
  EXPECT_THAT(outcome.out, HasSubstr("weather-1 at 127.0.0.1:"));
  EXPECT_THAT(outcome.out, HasSubstr("weather-2 at 127.0.0.1:"));
  EXPECT_THAT(outcome.out, HasSubstr("done\n"));
  expect_nothing_left();
}

TEST_F(ClusterStart, WorkersOfOneMachineShareIt) {
  const Outcome outcome = run({"--local", "-n", "4"}, {"sh", "-c", show});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto threads = std::max(std::thread::hardware_concurrency() / 4, 1U);
  EXPECT_THAT(outcome.out, HasSubstr(std::to_string(threads) + (threads == 1 ? " thread," : " threads,")));
}

TEST_F(ClusterStart, WorkersThatMayYetComeHaveTheirShare) {
  const Outcome outcome = run({"--local", "--adapt", "1:16"}, {"sh", "-c", show});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto threads = std::max(std::thread::hardware_concurrency() / 16, 1U);
  EXPECT_THAT(outcome.out, HasSubstr(std::to_string(threads) + (threads == 1 ? " thread," : " threads,")));
}

TEST_F(ClusterStart, SettingsOfAnotherClusterAreNotItsOwn) {
  std::ofstream(folder_ / "other") << "the secret of another cluster";
  ::chmod((folder_ / "other").c_str(), 0600);
  const Setting worker_secret("CHUNKWISE_WORKER_SECRET_FILE", folder_ / "other");
  const Setting secret("CHUNKWISE_SECRET_FILE", folder_ / "other");
  const Setting certificate("CHUNKWISE_TLS_CERTIFICATE", folder_ / "nowhere.pem");
  const Outcome outcome = run({"--local", "--threads", "1"}, {"sh", "-c", show});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("1 worker"));
}

TEST_F(ClusterStart, BeyondThisMachineIsUnderTls) {
  const Outcome outcome = run({"--local", "--threads", "1", "--listen", "0.0.0.0:0"},
                              {"sh", "-c", show + " && test -n \"$CHUNKWISE_TLS_CERTIFICATE\""});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

TEST_F(ClusterStart, TellsACommandsEndWhereItsParentIgnoresChildren) {
  const std::string line =
      "trap '' CHLD; exec '" CHUNKWISE_PROGRAM "' cluster start --local --threads 1 -- sh -c 'exit 7'";
  const Outcome outcome = Command(folder_ / "", {"-c", line}, {}, "/bin/sh").wait();
  EXPECT_EQ(outcome.code, 7) << outcome.err;
}

TEST_F(ClusterStart, PassesTheCommandsExitCodeOn) {
  EXPECT_EQ(run({"--local"}, {"sh", "-c", "exit 7"}).code, 7);
  const Outcome missing = run({"--local"}, {"no-such-program-here"});
  EXPECT_EQ(missing.code, 127);
  EXPECT_THAT(missing.err, HasSubstr("cannot run no-such-program-here"));
  expect_nothing_left();
}

TEST_F(ClusterStart, AnInterruptEndsCommandAndWorkers) {
  Command command(folder_ / "", start({"--local", "-n", "2"}, {"sh", "-c", "echo ready >ready; sleep 600"}));
  ASSERT_TRUE(eventually([this] { return fs::exists(folder_ / "ready"); }));
  EXPECT_EQ(workers().size(), 2U);
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait().code, 128 + SIGTERM);
  expect_nothing_left();
}

TEST_F(ClusterStart, ACommandThatIgnoresAnInterruptIsKilledByTheSecond) {
  Command command(folder_ / "", start({"--local"}, {"sh", "-c", "trap '' TERM; echo ready >ready; sleep 600"}));
  ASSERT_TRUE(eventually([this] { return fs::exists(folder_ / "ready"); }));
  command.signal(SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait().code, 128 + SIGKILL);
  EXPECT_TRUE(eventually([this] { return workers().empty(); }));
}

TEST_F(ClusterStart, WorkersAndCommandEndIfItIsKilled) {
  Command command(folder_ / "", start({"--local", "-n", "2"}, {"sh", "-c", "echo ready >ready; exec sleep 611"}));
  ASSERT_TRUE(eventually([this] { return fs::exists(folder_ / "ready"); }));
  ASSERT_EQ(workers().size(), 2U);
  command.signal(SIGKILL);
  EXPECT_EQ(command.wait().code, 128 + SIGKILL);
  EXPECT_TRUE(eventually([this] { return processes().empty(); }));
}

TEST_F(ClusterStart, AWorkerThatDiesIsReplaced) {
  Command command(folder_ / "", start({"--local", "-n", "2", "--threads", "1", "--name", "again"},
                                      {"sh", "-c",
                                       "echo ready >ready; for i in $(seq 1200); do " + show +
                                           " | grep again-3 && exit 0; sleep .05; done; exit 1"}));
  ASSERT_TRUE(eventually([this] { return fs::exists(folder_ / "ready"); }));
  const std::vector<pid_t> both = workers();
  ASSERT_EQ(both.size(), 2U);
  ::kill(both[0], SIGKILL);
  const Outcome outcome = command.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("has ended, by signal 9"));
  expect_nothing_left();
}

TEST_F(ClusterStart, WorkersThatCannotEvenStartAreAnErrorWithTheirLog) {
  program("broken", "echo 'this worker is broken' >&2; exit 3\n");
  const Outcome outcome = run({"--local", "--program", folder_ / "bin/broken"}, {"true"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("workers end as soon as they are started"));
  EXPECT_THAT(outcome.err, HasSubstr("this worker is broken"));
  EXPECT_THAT(outcome.err, HasSubstr("exit code 3"));
  expect_nothing_left();
}

TEST_F(ClusterStart, TooFewWorkersInTimeAreAnError) {
  program("sleeper", "exec sleep 612\n");
  const Outcome outcome = run({"--local", "-n", "2", "--wait", "0.5", "--program", folder_ / "bin/sleeper"}, {"true"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("there are 0 of 2 workers after 0.5 s (--wait)"));
  expect_nothing_left();
}

TEST_F(ClusterStart, WithoutACommandOthersUseItsFileUntilItIsInterrupted) {
  const std::string file = folder_ / "cluster.address";
  Command command(folder_ / "",
                  start({"--local", "-n", "1", "--threads", "1", "--address-file", file, "--logs", "logs"}));
  {
    // The file is waited for, and brings the secret along.
    const chunkwise::BackendPtr backend = chunkwise::connect("thrift://" + file);
    EXPECT_EQ(chunkwise::compute(backend, chunkwise::sum(chunkwise::arange<std::int64_t>(0, 1000))), 499500);
    const std::string text = text_of_file(file);
    EXPECT_THAT(text, HasSubstr("\nsecret-file "));
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    EXPECT_EQ(chunkwise::cluster_status(file).workers.size(), 1U);
    const Outcome shown = Command(folder_ / "", {"cluster", "cluster.address"}).wait();
    EXPECT_THAT(shown.out, HasSubstr("1 worker"));
    // Who has no more than the address is not let in.
    const Caught caught = error_of([&] { (void)chunkwise::connect("thrift://" + text.substr(0, text.find('\n'))); });
    EXPECT_TRUE(caught.says("wants the shared secret")) << caught.message;
  }
  command.signal(SIGINT);
  const Outcome outcome = command.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "export CHUNKWISE_BACKEND=thrift://" + file + "\n");
  EXPECT_FALSE(fs::exists(file));
  EXPECT_THAT(text_of_file(folder_ / "logs/worker-1.log"), HasSubstr("joined the coordinator"));
  EXPECT_THAT(text_of_file(folder_ / "logs/coordinator.log"), HasSubstr("coordinator listens on"));
  expect_nothing_left();
}

TEST_F(ClusterStart, LinesThatContradictThemselvesAreMistakes) {
  const auto says = [&](const std::vector<std::string>& options, const std::string& text) {
    const Outcome outcome = run(options, {"true"});
    EXPECT_EQ(outcome.code, 2) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(text));
  };
  says({}, "who starts the workers?");
  says({"--local", "--slurm"}, "not several");
  says({"--local", "--scheduler-option=-q all"}, "is for a scheduler, and there is none");
  says({"--local", "--template", "job.sh"}, "is for jobs of a scheduler");
  says({"--local", "--name", "two words"}, "is no name of a cluster");
  says({"--local", "-n", "many"}, "--workers is 'many'");
  says({"--ssh", "-oProxyCommand=true"}, "is no host for ssh");
  says({"--template", "nowhere.sh"}, "nowhere.sh");
  says({"--local", "-n", "8", "--adapt", "0:4"}, "8 workers to begin with, of 0 to 4");
  says({"--local", "-n", "2", "--wait-for", "3"}, "--wait-for 3: there will be 2 workers at most");
  says({"--loca"}, "there is no option '--loca'; did you mean '--local'?");
}

// ---------------------------------------------------------------- jobs

/// A scheduler that runs an array of jobs as processes, as Slurm does. What is submitted is run as it stands.
class Jobs : public ClusterStart {
 protected:
  Jobs() {
    program("sbatch",
            "printf '%s\\n' \"$*\" >>'" + (folder_ / "submitted") + "'\n" +
                "for word; do script=$word; case $word in --array=1-*) count=${word#--array=1-} ;; esac; done\n"
                "cp \"$script\" '" +
                (folder_ / "script") + "'\n" + "job=$(( $(cat '" + (folder_ / "jobs") +
                "' 2>/dev/null | wc -l) + 41 ))\n"
                "for i in $(seq $count); do\n"
                "  SLURM_JOB_ID=$((job + i)) SLURM_ARRAY_JOB_ID=$job SLURM_ARRAY_TASK_ID=$i SLURMD_NODENAME=n$i "
                "SLURM_CPUS_PER_TASK=1 setsid \"$script\" >/dev/null 2>&1 </dev/null &\n"
                "  echo $job $! >>'" +
                (folder_ / "jobs") +
                "'\n"
                "done\n"
                "echo $job\n");
    program("squeue", "while read job process; do kill -0 $process 2>/dev/null && echo $job; done <'" +
                          (folder_ / "jobs") + "'\nexit 0\n");
    program("scancel", "echo $1 >>'" + (folder_ / "cancelled") +
                           "'\nwhile read job process; do "
                           "[ $job = $1 ] && kill $process; done <'" +
                           (folder_ / "jobs") + "' 2>/dev/null\nexit 0\n");
    // Grid Engine is spoken to in other words.
    program("qsub",
            "for word; do last=$word; case $word in 1-*) count=${word#1-} ;; esac; done\n"
            "SGE=1 sbatch --array=1-$count $last | sed \"s/\\$/.1-$count:1/\"\n");
    program("qstat", "echo 'job-ID prior name'; squeue | sed 's/$/ 0.5 name/'\n");
    program("qdel", "exec scancel $1\n");
  }
  [[nodiscard]] std::string submitted() const { return text_of_file(folder_ / "submitted"); }
};

TEST_F(Jobs, OfSlurmAreAnArrayThatIsCancelledAtTheEnd) {
  fs::create_directories(folder_ / "data of mine");
  const Outcome outcome = run({"--slurm", "-n", "2", "--wait-for", "2", "--threads", "1", "--memory", "300MB",
                               "--scheduler-option=--partition=long", "--data-root", "data of mine"},
                              {"sh", "-c", show});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("2 workers"));
  EXPECT_THAT(outcome.out, HasSubstr("n1:41_1 at "));
  EXPECT_THAT(outcome.out, HasSubstr("n2:41_2 at "));
  EXPECT_THAT(outcome.out, HasSubstr("of 300 MB used"));
  EXPECT_THAT(submitted(), HasSubstr("--parsable --array=1-2 "));
  const std::string script = text_of_file(folder_ / "script");
  EXPECT_THAT(script, HasSubstr("#SBATCH --job-name=chunkwise\n"));
  EXPECT_THAT(script, HasSubstr("#SBATCH --partition=long\n#SBATCH --cpus-per-task=1\n#SBATCH --mem=401M\n"));
  EXPECT_THAT(script, HasSubstr("--data-root '" + (folder_ / "data of mine") + "'"));
  EXPECT_THAT(script, HasSubstr("--ends-with-coordinator"));
  EXPECT_EQ(text_of_file(folder_ / "cancelled"), "41\n");
  EXPECT_THAT(outcome.err, HasSubstr("job 41 of 2 workers submitted"));
  expect_nothing_left();
}

TEST_F(Jobs, AreUnderTlsWithACertificateOfTheirOwn) {
  const Outcome outcome =
      run({"--slurm", "-n", "1", "--threads", "1"}, {"sh", "-c",
                                                     show +
                                                         "; env -u CHUNKWISE_TLS_CERTIFICATE -u CHUNKWISE_TLS_KEY -u "
                                                         "CHUNKWISE_TLS_AUTHORITY " +
                                                         show});
  EXPECT_THAT(outcome.out, HasSubstr("1 worker"));
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("speaks TLS"));
}

TEST_F(Jobs, DoNotTakeTheFactsOfTheJobTheyAreStartedIn) {
  program("squeue", "env >'" + (folder_ / "environment") + "'\nexit 0\n");
  const Setting of_the_job("SLURM_MEM_PER_NODE", "2048");
  const Setting of_the_scheduler("SLURM_CONF", "/etc/slurm/slurm.conf");
  (void)run({"--slurm", "-n", "1", "--threads", "1"}, {"sleep", "3"});
  const std::string environment = text_of_file(folder_ / "environment");
  EXPECT_THAT(environment, HasSubstr("SLURM_CONF=/etc/slurm/slurm.conf\n"));
  EXPECT_THAT(environment, Not(HasSubstr("SLURM_MEM_PER_NODE")));
}

TEST_F(Jobs, ComputeWhatTheirClientAsks) {
  const Outcome outcome = run({"--slurm", "-n", "2", "--wait-for", "2", "--threads", "1"},
                              {CHUNKWISE_PROGRAM, "eval", "arange(1000).sum()"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "499500\n");
}

TEST_F(Jobs, OfGridEngineAreAnArrayThatIsDeletedAtTheEnd) {
  const Outcome outcome = run({"--sge", "-n", "2", "--wait-for", "2", "--scheduler-option=-pe smp 1", "--threads", "1"},
                              {"sh", "-c", show});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("2 workers"));
  const std::string script = text_of_file(folder_ / "script");
  EXPECT_THAT(script, HasSubstr("#$ -N chunkwise\n"));
  EXPECT_THAT(script, HasSubstr("#$ -pe smp 1\n"));
  EXPECT_EQ(text_of_file(folder_ / "cancelled"), "41\n");
  expect_nothing_left();
}

TEST_F(Jobs, ThatEndAreReplaced) {
  Command command(folder_ / "", start({"--slurm", "-n", "1", "--threads", "1"},
                                      {"sh", "-c",
                                       "echo ready >ready; for i in $(seq 1200); do " + show +
                                           " | grep n1:42_1 && exit 0; sleep .05; done; exit 1"}));
  ASSERT_TRUE(eventually([this] { return fs::exists(folder_ / "ready"); }));
  ASSERT_EQ(workers().size(), 1U);
  ::kill(workers()[0], SIGKILL);
  const Outcome outcome = command.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("1 worker's job has ended; the newest log ends with:"));
  expect_nothing_left();
}

TEST_F(Jobs, ThatAreRefusedAreAnErrorInTheSchedulersWords) {
  program("sbatch", "echo 'sbatch: error: invalid partition specified: long' >&2; exit 1\n");
  const Outcome outcome = run({"--slurm", "--scheduler-option=--partition=long"}, {"true"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("Slurm has not taken the job"));
  EXPECT_THAT(outcome.err, HasSubstr("invalid partition specified: long"));
  expect_nothing_left();
}

TEST_F(Jobs, OfAnotherSchedulerAreDescribedByATemplate) {
  program("bsub", "exec sbatch \"$@\"\n");
  std::ofstream(folder_ / "job.sh")
      << "#!/bin/sh\n"
         "#chunkwise submit: echo \"Job <$(bsub --array=1-@count@ @script@)> is submitted\"\n"
         "#chunkwise id: <([0-9]+)>\n"
         "#chunkwise alive: squeue | grep -x @id@ || true\n"
         "#chunkwise cancel: scancel @id@\n"
         "#chunkwise option: #BSUB\n"
         "#BSUB -J @name@\n"
         "@options@"
         "exec @worker@ >>@folder@/worker-1.log 2>&1\n";
  const Outcome outcome =
      run({"--template", "job.sh", "--scheduler-option=-q night", "--threads", "1"}, {"sh", "-c", show});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("1 worker"));
  EXPECT_THAT(text_of_file(folder_ / "script"), HasSubstr("#BSUB -J chunkwise\n#BSUB -q night\nexec "));
  expect_nothing_left();

  std::ofstream(folder_ / "half.sh") << "#!/bin/sh\n#chunkwise submit: bsub\nexec @worker@\n";
  const Outcome half = run({"--template", "half.sh"}, {"true"});
  EXPECT_EQ(half.code, 2);
  EXPECT_THAT(half.err, HasSubstr("it lacks id, alive, cancel"));
  std::ofstream(folder_ / "bare.sh") << "#!/bin/sh\nexec @worker@\n";
  const Outcome bare = run({"--slurm", "--template", "bare.sh", "--threads", "1"}, {"true"});
  EXPECT_EQ(bare.code, 2);
  EXPECT_THAT(bare.err, HasSubstr("has no place for '--cpus-per-task=1'"));
  std::ofstream(folder_ / "word.sh") << "#!/bin/sh\nexec @worker@ @numthreads@\n";
  const Outcome word = run({"--slurm", "--template", "word.sh"}, {"true"});
  EXPECT_EQ(word.code, 2);
  EXPECT_THAT(word.err, HasSubstr("@numthreads@, which stands for nothing"));
}

// ---------------------------------------------------------------- ssh

/// ssh to any host, which is this one.
class Ssh : public ClusterStart {
 protected:
  Ssh() {
    program("ssh", "printf '%s\\n' \"$*\" >>'" + (folder_ / "called") + "'\n" +
                       "while [ \"${1#-}\" != \"$1\" ]; do case $1 in -o) shift ;; esac; shift; done\n"
                       "host=$1; shift\n"
                       "cd / && TMPDIR='" +
                       (folder_ / "tmp") + "' exec sh -c \"$*\"\n");
  }
};

TEST_F(Ssh, ReplacesAWorkerOnItsHost) {
  Command command(folder_ / "", start({"--ssh", "node1,node2,node3", "-n", "3", "--threads", "1"},
                                      {"sh", "-c",
                                       "echo ready >ready; for i in $(seq 1200); do " + show +
                                           " | grep node2-4 && exit 0; sleep .05; done; exit 1"}));
  ASSERT_TRUE(eventually([this] { return fs::exists(folder_ / "ready"); }));
  for (const pid_t process : processes("node2-2")) ::kill(process, SIGKILL);
  const Outcome outcome = command.wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  expect_nothing_left();
}

TEST_F(Ssh, StartsWorkersOnItsHosts) {
  const Outcome outcome =
      run({"--ssh", "node1,ada@node2", "-n", "2", "--threads", "1"}, {"sh", "-c", show + " && " + show});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("2 workers"));
  EXPECT_THAT(outcome.out, HasSubstr("node1-1 at "));
  EXPECT_THAT(outcome.out, HasSubstr("node2-2 at "));
  const std::string called = text_of_file(folder_ / "called");
  EXPECT_THAT(called, HasSubstr("BatchMode=yes"));
  EXPECT_THAT(called, HasSubstr(" ada@node2 /bin/sh"));
  EXPECT_THAT(called, Not(HasSubstr("secret")));
  expect_nothing_left();
}

TEST_F(ClusterStart, SshThatCannotConnectIsAnErrorWithItsWords) {
  program("ssh", "echo 'ssh: Could not resolve hostname node9' >&2; exit 255\n");
  const Outcome outcome = run({"--ssh", "node9"}, {"true"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("Could not resolve hostname node9"));
  expect_nothing_left();
}

// ---------------------------------------------------------------- from a program

TEST_F(ClusterStart, ABackendStartsAClusterThatEndsWithIt) {
  chunkwise::BackendPtr backend = chunkwise::connect("local-cluster://?workers=2&threads=1&memory=200MB");
  EXPECT_EQ(backend->uri(), "local-cluster://?workers=2&threads=1&memory=200MB");
  EXPECT_EQ(workers().size(), 2U);
  auto kept = std::make_optional(chunkwise::persist(backend, chunkwise::arange<std::int64_t>(0, 1000) * 2));
  backend = nullptr;
  // An array keeps it.
  EXPECT_EQ(workers().size(), 2U);
  kept.reset();
  expect_nothing_left();
}

TEST_F(ClusterStart, TheCommandTakesSuchABackendToo) {
  const Outcome outcome =
      Command(folder_ / "", {"eval", "arange(1000).sum()", "--backend", "local-cluster://?workers=1&threads=1"}).wait();
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "499500\n");
  expect_nothing_left();
}

TEST_F(ClusterStart, UrisOfClustersSayWhatIsWrongWithThem) {
  const auto says = [](const std::string& uri, const std::string& text) {
    const Caught caught = error_of([&] { (void)chunkwise::connect(uri); });
    EXPECT_EQ(caught.code, chunkwise::ErrorCode::invalid_argument) << caught.message;
    EXPECT_TRUE(caught.says(text)) << caught.message;
  };
  says("local-cluster://four", "has 'four' in it");
  says("local-cluster://?workers", "which is no WORD=VALUE");
  says("local-cluster://?worker=4", "'worker' is no word for a cluster; there are: workers, adapt,");
  says("local-cluster://?workers=-1", "is no number of workers");
  says("ssh://?workers=2", "ssh needs the names of hosts");
  says("scheduler://", "no scheduler is named");
  const Caught caught = error_of([] { (void)chunkwise::connect("slurm://?template=/nowhere/%41"); });
  EXPECT_TRUE(caught.says("/nowhere/A")) << caught.message;
}

TEST_F(ClusterStart, AProgramMayScaleIt) {
  chunkwise::ClusterOptions options;
  options.workers = 1;
  options.threads = 1;
  chunkwise::RunningCluster cluster(options);
  EXPECT_TRUE(cluster.wait_for_workers(1, 60));
  cluster.scale(3);
  EXPECT_TRUE(cluster.wait_for_workers(3, 60));
  cluster.scale(1);
  EXPECT_TRUE(eventually([&] { return cluster.status().workers.size() == 1; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(cluster.status().workers.size(), 1U);  // those that were ended are not replaced
  // Two targets while workers go: no more of them go than that.
  cluster.scale(4);
  EXPECT_TRUE(cluster.wait_for_workers(4, 60));
  cluster.scale(3);
  cluster.scale(2);
  EXPECT_TRUE(eventually([&] { return cluster.status().workers.size() == 2; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  EXPECT_EQ(cluster.status().workers.size(), 2U);
}

}  // namespace
