// Signals that end the command, whatever it is doing: with a word, the right exit code and nothing half written.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/netcdf.hpp"
#include "tests/cli/sample_files.hpp"

namespace {

namespace cw = chunkwise;
namespace fs = std::filesystem;
using chunkwise_test::Command;
using chunkwise_test::Outcome;
using chunkwise_test::SampleFiles;
using chunkwise_test::text_of_file;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Signals : public SampleFiles {
 protected:
  /// Waits until the process sleeps in the system's `call`, as one that is blocked does.
  static void wait_until_blocked(const Command& command) {
    for (int quiet = 0; command.runs() && quiet < 5;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      const std::string status = text_of_file("/proc/" + std::to_string(command.process()) + "/stat");
      const std::size_t name_ends = status.rfind(") ");
      quiet = name_ends != std::string::npos && status.compare(name_ends + 2, 1, "S") == 0 ? quiet + 1 : 0;
    }
  }
  static std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path)) names.push_back(entry.path().filename().string());
    return names;
  }
  static const char* words_for(int signal) {
    switch (signal) {
      case SIGHUP:
        return "chunkwise: interrupted by SIGHUP: the terminal is gone\n";
      case SIGXCPU:
        return "chunkwise: interrupted by SIGXCPU: the limit of processor time (ulimit -t) is reached\n";
      case SIGUSR1:
        return "chunkwise: interrupted by SIGUSR1\n";
      case SIGUSR2:
        return "chunkwise: interrupted by SIGUSR2\n";
      default:
        return "chunkwise: interrupted\n";
    }
  }
};

TEST_F(Signals, EndALineThatWaitsForTheReaderOfAFifo) {
  const std::string fifo = *folder / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const char* format : {"npy", "nc", "csv", "json", "text"})
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
      Command command(*folder / "", {"eval", "t2m[0]", "data/*.nc", "-o", "fifo", "--format", format});
      wait_until_blocked(command);
      command.signal(signal);
      const Outcome outcome = command.wait();
      EXPECT_EQ(outcome.code, 128 + signal) << format;
      EXPECT_EQ(outcome.err, words_for(signal)) << format;
    }
  Command command(*folder / "", {"plot", "t2m[0]", "data/*.nc", "-o", "fifo"});
  wait_until_blocked(command);
  command.signal(SIGTERM);
  EXPECT_EQ(command.wait().code, 143);
  fs::remove(fifo);
}

TEST_F(Signals, EndALineWhosePipeIsFull) {
  const std::string fifo = *folder / "pipe";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);  // which never reads
  ASSERT_GE(reader, 0);
  for (const char* format : {"npy", "nc", "csv", "json"}) {
    Command command(*folder / "", {"eval", "concatenate((t2m, t2m), 0)", "data/*.nc", "--format", format}, fifo);
    wait_until_blocked(command);
    command.signal(SIGTERM);
    const Outcome outcome = command.wait();
    EXPECT_EQ(outcome.code, 143) << format;
    EXPECT_EQ(outcome.err, words_for(SIGTERM)) << format;
  }
  ::close(reader);
  fs::remove(fifo);
}

TEST_F(Signals, LeaveNoFileOfAResultThatWasOnItsWayThroughAPipe) {
  const std::string fifo = *folder / "pipe", scratch = *folder / "scratch";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  fs::create_directory(scratch);
  const int reader = ::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  for (const int signal : {SIGTERM, SIGUSR1, SIGQUIT, SIGPIPE}) {
    Command command(*folder / "",
                    {"-c", "TMPDIR=scratch exec \"$0\" eval 'concatenate((t2m, t2m), 0)' 'data/*.nc' --format nc",
                     CHUNKWISE_PROGRAM},
                    fifo, "/bin/sh");
    wait_until_blocked(command);
    command.signal(signal);
    EXPECT_EQ(command.wait().code, 128 + signal);
    EXPECT_THAT(names_in(scratch), IsEmpty()) << signal;
  }
  ::close(reader);
  fs::remove(fifo);
}

TEST_F(Signals, CancelARunWithAWordAndLeaveNothing) {
  for (const char* name : {"a", "b", "c", "d", "e", "f"})
    cw::write_netcdf(cw::default_backend(), *folder / (std::string("axis_") + name + ".nc"),
                     cw::arange(0.0, 60.0).with_labels(cw::Labels({std::string("along_") + name}, {}, name, {})));
  const std::string product =
      "sum(a[:,None,None,None,None,None] * b[:,None,None,None,None] * c[:,None,None,None] * d[:,None,None] * e[:,None] "
      "* f)";
  for (const char* file : {"never.nc", "never.npy", "never.csv", "never.json", "never.txt"})
    for (const int signal : {SIGHUP, SIGXCPU, SIGUSR1, SIGUSR2, SIGQUIT}) {
      fs::create_directory(*folder / "interrupted");
      Command command(*folder / "interrupted", {"eval", product, "../axis_*.nc", "-o", file});
      // The hidden file is there before the run.
      while (command.runs() && fs::is_empty(*folder / "interrupted"))
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      command.signal(signal);
      const Outcome outcome = command.wait();
      EXPECT_EQ(outcome.code, 128 + signal) << file << ": " << outcome.err;
      EXPECT_EQ(outcome.err, signal == SIGQUIT ? "" : words_for(signal));
      EXPECT_THAT(names_in(*folder / "interrupted"), IsEmpty()) << file;
      fs::remove_all(*folder / "interrupted");
    }
}

TEST_F(Signals, AreIgnoredWhereTheProcessWasStartedToIgnoreThem) {
  const std::string fifo = *folder / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  // What nohup does.
  Command command(*folder / "",
                  {"-c", "trap '' HUP; exec \"$0\" eval 'max(t2m)' 'data/*.nc' --json -o fifo", CHUNKWISE_PROGRAM}, {},
                  "/bin/sh");
  wait_until_blocked(command);
  command.signal(SIGHUP);
  const std::string read = text_of_file(fifo);
  EXPECT_EQ(command.wait().code, 0);
  EXPECT_THAT(read, HasSubstr("values"));
  fs::remove(fifo);
}

TEST_F(Signals, AFileThatMayNotGrowIsAnErrorAndLeavesNothing) {
  fs::create_directory(*folder / "small");
  for (const char* file : {"a.nc", "a.npy", "a.csv", "a.json"}) {
    Command command(
        *folder / "small",
        {"-c", "ulimit -f 8; exec \"$0\" eval t2m '../data/*.nc' -o " + std::string(file), CHUNKWISE_PROGRAM}, {},
        "/bin/sh");
    const Outcome outcome = command.wait();
    EXPECT_EQ(outcome.code, 1) << file << ": " << outcome.err;
    EXPECT_THAT(outcome.err, StartsWith("chunkwise: cannot write"));
    EXPECT_THAT(names_in(*folder / "small"), IsEmpty()) << file;
  }
}

TEST_F(Signals, AProcessWithoutStandardStreamsWritesNoErrorIntoItsResult) {
  const Outcome outcome =
      Command(*folder / "",
              {"-c", "exec \"$0\" eval 't2m[0]; t2m[1]' 'data/*.nc' -o two.json 2>&-; exec 2>&1", CHUNKWISE_PROGRAM},
              {}, "/bin/sh")
          .wait();
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(text_of_file(*folder / "two.json"), StartsWith("{"));
  const Outcome closed =
      Command(*folder / "", {"-c", "exec \"$0\" eval 't2m[0]' 'data/*.nc' >&-", CHUNKWISE_PROGRAM}, {}, "/bin/sh")
          .wait();
  EXPECT_EQ(closed.code, 1);
  EXPECT_THAT(closed.err, StartsWith("chunkwise: cannot write to standard output: Bad file descriptor"));
}

}  // namespace
