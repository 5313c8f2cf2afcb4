// The part of a machine that a worker takes by default: of its job, or of its share.
#include "runtime/cli/allotment.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"

using namespace chunkwise::cli;
using namespace chunkwise_test;

namespace {

constexpr std::uint64_t giga = std::uint64_t{1} << 30;
constexpr std::uint64_t mega = std::uint64_t{1} << 20;

/// A machine of 16 CPUs and 64 GB.
MachineFacts machine() { return {16, 16, 64 * giga, 64 * giga, "head"}; }

Allotment taken(const std::map<std::string, std::string>& variables, int share = 1,
                const MachineFacts& facts = machine()) {
  return allotment(
      [&](const char* variable) {
        const auto found = variables.find(variable);
        return found == variables.end() ? nullptr : found->second.c_str();
      },
      facts, share);
}

TEST(Allotment, WithoutASchedulerIsTheMachine) {
  const Allotment all = taken({});
  EXPECT_EQ(all.threads, 16);
  EXPECT_EQ(all.memory, 48 * giga);
  EXPECT_EQ(all.name, "");
  EXPECT_EQ(all.scratch, "");
}

TEST(Allotment, SharesAreEqual) {
  const Allotment fifth = taken({}, 5);
  EXPECT_EQ(fifth.threads, 3);
  EXPECT_EQ(fifth.memory, 64 * giga / 5 / 4 * 3);
  EXPECT_EQ(taken({}, 100).threads, 1);
}

TEST(Allotment, EndsWithTheJob) {
  MachineFacts facts = machine();
  facts.time = 1'700'000'000;
  const auto lifetime = [&](const std::string& end) {
    return taken({{"SLURM_JOB_ID", "17"}, {"SLURM_JOB_END_TIME", end}}, 1, facts).lifetime;
  };
  EXPECT_EQ(lifetime("1700003600"), 3600);
  EXPECT_EQ(lifetime("1699990000"), 1) << "it should be gone already";
  EXPECT_EQ(lifetime("4294967294"), 0) << "no limit";
  EXPECT_EQ(taken({{"SLURM_JOB_ID", "17"}}, 1, facts).lifetime, 0);
  EXPECT_EQ(taken({}, 1, facts).lifetime, 0);
}

TEST(Allotment, OfASlurmJobIsWhatTheJobHas) {
  const Allotment job = taken({{"SLURM_JOB_ID", "17"},
                               {"SLURM_CPUS_PER_TASK", "4"},
                               {"SLURM_MEM_PER_NODE", "8192"},
                               {"SLURMD_NODENAME", "n3"},
                               {"SLURM_ARRAY_JOB_ID", "16"},
                               {"SLURM_ARRAY_TASK_ID", "2"}});
  EXPECT_EQ(job.threads, 4);
  EXPECT_EQ(job.memory, 8192 * mega / 4 * 3);
  EXPECT_EQ(job.name, "n3:16_2");
  EXPECT_EQ(job.said, "Slurm's job 16_2 on node n3");
}

TEST(Allotment, OfASlurmJobCanBeMemoryOfCpus) {
  const Allotment job = taken({{"SLURM_JOB_ID", "17"}, {"SLURM_CPUS_PER_TASK", "4"}, {"SLURM_MEM_PER_CPU", "1024"}});
  EXPECT_EQ(job.memory, 4096 * mega / 4 * 3);
  EXPECT_EQ(job.name, "head:17");
}

TEST(Allotment, WithoutASchedulersWordOnMemoryIsInProportionToTheCpus) {
  const Allotment job = taken({{"SLURM_JOB_ID", "17"}, {"SLURM_CPUS_PER_TASK", "4"}});
  EXPECT_EQ(job.memory, 16 * giga / 4 * 3);
  // A limit of the process itself is not shared out again.
  MachineFacts limited = machine();
  limited.memory = 2 * giga;
  EXPECT_EQ(taken({{"SLURM_JOB_ID", "17"}, {"SLURM_CPUS_PER_TASK", "4"}}, 1, limited).memory, 2 * giga / 4 * 3);
}

TEST(Allotment, OfTasksOnOneNodeIsAPartOfTheNodes) {
  const Allotment task = taken({{"SLURM_JOB_ID", "17"},
                                {"SLURM_CPUS_ON_NODE", "8"},
                                {"SLURM_MEM_PER_NODE", "8192"},
                                {"SLURM_STEP_TASKS_PER_NODE", "2(x3),4"},
                                {"SLURM_NODEID", "3"},
                                {"SLURM_PROCID", "7"},
                                {"SLURMD_NODENAME", "n4"}});
  EXPECT_EQ(task.threads, 2);
  EXPECT_EQ(task.memory, 2048 * mega / 4 * 3);
  EXPECT_EQ(task.name, "n4:17.7");
}

TEST(Allotment, OfGridEngineIsItsSlots) {
  const TemporaryFolder scratch;
  const Allotment task = taken({{"JOB_ID", "5"}, {"SGE_TASK_ID", "3"}, {"NSLOTS", "2"}, {"TMPDIR", scratch / ""}});
  EXPECT_EQ(task.threads, 2);
  EXPECT_EQ(task.memory, 8 * giga / 4 * 3);
  EXPECT_EQ(task.name, "head:5.3");
  EXPECT_EQ(taken({{"JOB_ID", "5"}, {"SGE_TASK_ID", "undefined"}}).name, "head:5");
}

TEST(Allotment, AJobsFolderOfItsOwnIsTaken) {
  EXPECT_EQ(taken({{"SLURM_JOB_ID", "1"}, {"SLURM_TMPDIR", "/nowhere/at/all"}}).scratch, "");
  EXPECT_EQ(taken({{"SLURM_JOB_ID", "1"}, {"SLURM_TMPDIR", "/dev/shm"}}).scratch, "");  // it is memory
  EXPECT_EQ(taken({{"SLURM_JOB_ID", "1"}, {"SLURM_TMPDIR", CHUNKWISE_TESTS_DIR}}).scratch, CHUNKWISE_TESTS_DIR);
}

TEST(Allotment, AVariableThatIsNoNumberIsAnError) {
  const Caught caught = error_of([] { (void)taken({{"SLURM_JOB_ID", "1"}, {"SLURM_CPUS_PER_TASK", "many"}}); });
  EXPECT_EQ(caught.code, chunkwise::ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("SLURM_CPUS_PER_TASK=many")) << caught.message;
}

}  // namespace
