// --trace: a line's time line as a file, also of a line that fails, at home and on a cluster.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/cli/sample_files.hpp"
#include "tests/trace_events.hpp"

namespace {

using chunkwise_test::Outcome;
using chunkwise_test::SampleFiles;
using chunkwise_test::text_of_file;
using chunkwise_test::TraceEvents;
using testing::HasSubstr;

class LineTrace : public SampleFiles {
 protected:
  static TraceEvents trace(const std::string& name) { return TraceEvents(text_of_file(*folder / name)); }
};

TEST_F(LineTrace, IsWrittenByTheVerbsThatRunSomething) {
  const std::vector<std::vector<std::string>> lines{{"eval", "mean(t2m, 0)", "data/*.nc", "-o", "mean.nc", "--force"},
                                                    {"eval", "max(t2m)", "data/*.nc"},
                                                    {"plot", "t2m[3]", "data/*.nc", "-o", "map.png", "--force"},
                                                    {"stats", "data/*.nc"},
                                                    {"cat", "data/*.nc", "-o", "all.nc", "--force"}};
  for (std::vector<std::string> line : lines) {
    line.insert(line.end(), {"--trace", "line.json"});
    const Outcome outcome = run(line);
    ASSERT_EQ(outcome.code, 0) << line[0] << outcome.err;
    const TraceEvents events = trace("line.json");
    events.expect_valid();
    EXPECT_FALSE(events.named("run").empty()) << line[0];
    EXPECT_GT(events.bytes_of("read"), 0U) << line[0];
  }
}

TEST_F(LineTrace, OfALineThatFailsIsWrittenToo) {
  const Outcome outcome =
      run({"eval", "t2m - mean(t2m, 0)", "data/*.nc", "-o", "x.nc", "--memory", "1kB", "--trace", "failed.json"});
  EXPECT_EQ(outcome.code, 1) << outcome.err;
  trace("failed.json").expect_valid();
}

TEST_F(LineTrace, LeavesOtherFilesAlone) {
  std::ofstream(*folder / "precious.txt") << "not a trace";
  const Outcome outcome = run({"eval", "max(t2m)", "data/*.nc", "--trace", "precious.txt"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("precious.txt exists, and is no trace"));
  EXPECT_EQ(text_of_file(*folder / "precious.txt"), "not a trace");
  EXPECT_EQ(run({"eval", "max(t2m)", "data/*.nc", "--trace", "none/line.json"}).code, 2);
}

}  // namespace
