// Where results go: files, what is there already, and what is no file.
#include <sys/stat.h>
#include <unistd.h>

#include <future>

#include "tests/cli/sample_files.hpp"

namespace {

namespace fs = std::filesystem;
using chunkwise_test::Command;
using chunkwise_test::Outcome;
using chunkwise_test::SampleFiles;
using chunkwise_test::TemporaryFolder;
using chunkwise_test::text_of_file;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Case {
  const char* file;
  std::vector<std::string> line;
};

/// A line for each format, and its usual name of a file.
std::vector<Case> lines() {
  const std::string data = "data/*.nc";
  return {{"a.npy", {"eval", "t2m[0]", data, "--format", "npy"}},  {"a.nc", {"eval", "t2m[0]", data, "--format", "nc"}},
          {"a.csv", {"eval", "t2m[0]", data, "--format", "csv"}},  {"a.json", {"eval", "t2m[0]", data, "--json"}},
          {"a.txt", {"eval", "t2m[0]", data, "--format", "text"}}, {"a.png", {"plot", "t2m[0]", data}}};
}

std::vector<std::string> to(const Case& one, const std::string& path, const std::vector<std::string>& more = {}) {
  std::vector<std::string> line = one.line;
  line.insert(line.end(), {"-o", path});
  line.insert(line.end(), more.begin(), more.end());
  return line;
}

class Output : public SampleFiles {
 protected:
  static void SetUpTestSuite() {
    ::setenv("SOURCE_DATE_EPOCH", "1500000000", 1);
    SampleFiles::SetUpTestSuite();
  }
};

TEST_F(Output, AFileKeepsItsModeWhereItIsReplaced) {
  for (const Case& one : lines()) {
    SCOPED_TRACE(one.file);
    ASSERT_EQ(run(to(one, one.file)).code, 0);
    ASSERT_EQ(::chmod((*folder / one.file).c_str(), 0640), 0);
    expect_mistake(to(one, one.file), "exists; --force replaces it");
    ASSERT_EQ(run(to(one, one.file, {"--force"})).code, 0);
    EXPECT_EQ(fs::status(*folder / one.file).permissions(), fs::perms{0640});
  }
}

TEST_F(Output, ALinkStaysOneAndItsTargetIsReplaced) {
  for (const Case& one : lines()) {
    SCOPED_TRACE(one.file);
    const std::string target = std::string("target_") + one.file, link = std::string("link_") + one.file;
    std::ofstream(*folder / target) << "old";
    fs::create_symlink(target, *folder / link);
    expect_mistake(to(one, link), "exists; --force replaces it");
    ASSERT_EQ(run(to(one, link, {"--force"})).code, 0);
    EXPECT_TRUE(fs::is_symlink(fs::symlink_status(*folder / link)));
    EXPECT_FALSE(fs::is_symlink(fs::symlink_status(*folder / target)));
    EXPECT_GT(fs::file_size(*folder / target), 3U);
  }
}

TEST_F(Output, AFifoReceivesTheSameBytesAndStaysOne) {
  for (const Case& one : lines())
    for (const bool force : {false, true}) {
      SCOPED_TRACE(one.file);
      const std::string file = std::string("of_") + one.file;
      ASSERT_EQ(run(to(one, file, {"--force"})).code, 0);
      const std::string fifo = *folder / "fifo";
      ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
      auto reader = std::async(std::launch::async, [&] { return text_of_file(fifo); });
      const Outcome outcome =
          run(to(one, "fifo", force ? std::vector<std::string>{"--force"} : std::vector<std::string>{}));
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      EXPECT_TRUE(fs::is_fifo(fifo));
      // The history of a NetCDF file has the line that made it.
      const std::string read = reader.get(), wanted = text_of_file(*folder / file);
      if (std::string(one.file) == "a.nc")
        EXPECT_EQ(read.substr(0, 8), wanted.substr(0, 8));
      else
        EXPECT_EQ(read, wanted);
      fs::remove(fifo);
    }
}

TEST_F(Output, ADeviceIsWrittenToAndStaysOne) {
  fs::create_symlink("/dev/null", *folder / "null");
  for (const Case& one : lines())
    for (const char* device : {"/dev/null", "null"}) {
      const Outcome outcome = run(to(one, device, {"--force"}));
      EXPECT_EQ(outcome.code, 0) << one.file << ": " << outcome.err;
      EXPECT_TRUE(fs::is_character_file("/dev/null"));
      const Outcome full = run(to(one, "/dev/full"));
      EXPECT_EQ(full.code, 1) << one.file;
      EXPECT_THAT(full.err, HasSubstr("cannot write to /dev/full: No space left on device"));
    }
}

TEST_F(Output, StandardOutputHasANameToo) {
  EXPECT_EQ(run({"eval", "--json", "max(t2m)", "data/*.nc", "-o", "/dev/stdout", "--force"}).code, 0);
}

TEST_F(Output, ASampleFileIsReplacedByOnesOfItsKindAlone) {
  const auto sample = [](const std::string& where, const std::string& seed) {
    return run({"sample", "--days", "1", "--latitudes", "3", "--longitudes", "4", "--seed", seed, where});
  };
  ASSERT_EQ(sample("weather", "1").code, 0);
  const std::string file = *folder / "weather/t2m_2015-01-01.nc", first = text_of_file(file);
  ASSERT_EQ(::chmod(file.c_str(), 0600), 0);
  fs::rename(file, *folder / "kept.nc");
  fs::create_symlink("../kept.nc", file);
  ASSERT_EQ(sample("weather", "2").code, 0);
  EXPECT_TRUE(fs::is_symlink(fs::symlink_status(file)));
  EXPECT_NE(text_of_file(*folder / "kept.nc"), first);
  EXPECT_EQ(fs::status(*folder / "kept.nc").permissions(), fs::perms{0600});

  fs::remove(file);
  std::ofstream(file) << "somebody's own";
  expect_mistake({"sample", "--days", "1", "weather"}, "exists and is not one of these sample files");
  EXPECT_EQ(text_of_file(file), "somebody's own");
  ASSERT_EQ(run({"eval", "mean(t2m, 0)", "data/*.nc", "-o", "weather/t2m_2015-01-01.nc", "--force"}).code, 0);
  expect_mistake({"sample", "--days", "1", "weather"}, "exists and is not one of these sample files");

  fs::remove(file);
  ASSERT_EQ(::mkfifo(file.c_str(), 0600), 0);
  expect_mistake({"sample", "--days", "1", "weather"}, "it is a FIFO");
  EXPECT_TRUE(fs::is_fifo(file));
}

TEST_F(Output, WhatCannotBeWrittenIsSaidBeforeAnythingIsComputed) {
  for (const Case& one : lines()) {
    const std::string path = std::string("/proc/self/") + one.file;
    const Outcome outcome = run(to(one, path));
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.err,
                AllOf(StartsWith("chunkwise: cannot write " + path + ": no file can be created in the folder"),
                      EndsWith("\n")));
  }
}

TEST_F(Output, NamesAndOptionsThatTellDifferentFormatsAreRefused) {
  expect_mistake({"eval", "t2m[0]", "data/*.nc", "-o", "z.nc", "--csv"},
                 "z.nc: the name tells the format nc, and the options ask for csv");
  expect_mistake({"eval", "t2m[0]", "data/*.nc", "-o", "z.txt", "--format", "json"}, "let one of them go");
}

TEST_F(Output, OptionsThatHaveNothingToDoAreRefused) {
  expect_mistake({"eval", "mean(t2m)", "data/*.nc", "--force"}, "--force is for a file that exists");
  for (const char* option : {"--secret-file", "--tls-certificate", "--tls-key", "--tls-authority"})
    expect_mistake({"eval", "mean(t2m)", "data/*.nc", option, "x"}, std::string(option) + " is for clusters");
}

TEST_F(Output, ATimeForHistoriesThatIsNoneIsRefused) {
  for (const char* time : {"yesterday", "1e9", "-1", "99999999999999"}) {
    ::setenv("SOURCE_DATE_EPOCH", time, 1);
    expect_mistake({"eval", "mean(t2m)", "data/*.nc", "-o", "z.nc"}, "SOURCE_DATE_EPOCH is");
  }
  ::setenv("SOURCE_DATE_EPOCH", "1500000000", 1);
}

/// How often a text has another in it.
int count_of(const std::string& text, const std::string& part) {
  int count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST_F(Output, MissingValuesBehindNaNAreToldOnceWithWhatLeavesThemOut) {
  // 12 times of 19 latitudes and 36 longitudes; the first element of each time is missing.
  const std::string gaps = "x = t2m[:, 0, :]; y = concatenate((x[:, :1] * nan, x[:, 1:]), 1);";
  const std::string told = "12 of the 432 values that mean takes are missing; nanmean leaves them out";
  for (const std::vector<std::string>& to : std::vector<std::vector<std::string>>{
           {}, {"--json"}, {"-o", "gaps.nc"}, {"-o", "gaps.npy"}, {"-o", "gaps.csv"}, {"-o", "gaps.txt"}, {"-q"}}) {
    std::vector<std::string> line{"eval", gaps + "mean(y, 1)", "data/*.nc"};
    line.insert(line.end(), to.begin(), to.end());
    const Outcome outcome = run(line);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(count_of(outcome.err, told), 1) << outcome.err;
    EXPECT_EQ(count_of(outcome.err, "12 of 12 values of the result are NaN"), 1) << outcome.err;
  }
  EXPECT_THAT(run({"plot", gaps + "mean(y, 1)", "data/*.nc", "-o", "gaps.png"}).err, HasSubstr(told));
  EXPECT_THAT(run({"eval", gaps + "(y - mean(y)) / std(y)", "data/*.nc"}).err,
              HasSubstr("nanstd and nanmean leave them out"));
}

TEST_F(Output, FunctionsWhoseResultsMissingValuesChangeTellOfThemOnce) {
  // 12 times and 36 longitudes; the first element of each time is missing.
  const std::string gaps = "x = t2m[:, 0, :]; y = concatenate((x[:, :1] * nan, x[:, 1:]), 1);";
  using Row = std::pair<std::string, std::string>;
  for (const auto& [formula, told] :
       {Row{"median(y, 1)", "median takes are missing; nanmedian leaves them out"},
        Row{"cumsum(y, 1)", "cumsum takes are missing; nancumsum leaves them out"},
        Row{"cumprod(y, 1)", "cumprod takes are missing; nancumprod leaves them out"},
        Row{"prod(y)", "prod takes are missing; nanprod leaves them out"},
        Row{"first(y, 1)", "first takes are missing; nanfirst leaves them out"},
        Row{"last(y[:, ::-1], 1)", "last takes are missing; nanlast leaves them out"},
        Row{"sort(y, 1)", "sort takes are missing; sort puts NaN last"},
        Row{"argsort(y, 1)", "argsort takes are missing; argsort puts the positions of NaN last"},
        Row{"gradient(y, 1)", "gradient takes are missing; gradient is NaN where it takes NaN"},
        Row{"cummax(y, 1)", "cummax takes are missing; nancummax leaves them out"},
        Row{"skew(y, 1)", "the formula takes are missing; skipna=True leaves them out"},
        Row{"vecdot(y, x)", "the formula takes are missing; fillna(x, 0) puts a number in place of them"},
        Row{"average(y, 1, weights=x)", "the formula takes are missing; skipna=True leaves them out"},
        Row{"argmax(y)", "argmax takes are missing; nanargmax leaves them out"},
        Row{"argmin(y, 1)", "argmin takes are missing; nanargmin leaves them out"},
        Row{"any(y)", "any takes are missing; any takes NaN for true"},
        Row{"argmax(mean(y, 1))", "mean takes are missing; nanmean leaves them out"},
        Row{"max(median(y, 1))", "median takes are missing; nanmedian leaves them out"},
        Row{"mean(y - sort(y, 1))", "sort takes are missing; sort puts NaN last"}}) {
    for (const std::vector<std::string>& to :
         std::vector<std::vector<std::string>>{{"--json"}, {"-o", "line.nc", "-f"}}) {
      std::vector<std::string> line{"eval", gaps + formula, "data/*.nc"};
      line.insert(line.end(), to.begin(), to.end());
      const Outcome outcome = run(line);
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      const std::string also = told.ends_with("leaves them out") ? ", and --skipna does it in all functions" : "";
      EXPECT_EQ(count_of(outcome.err, "12 of the 432 values that " + told + also + "\n"), 1)
          << formula << ": " << outcome.err;
      EXPECT_EQ(count_of(outcome.err, "missing"), 1) << formula << ": " << outcome.err;
    }
  }
}

TEST_F(Output, FunctionsThatMissingValuesDoNotChangeTellNothing) {
  const std::string gaps = "x = t2m[:, 0, :]; y = concatenate((x[:, :1] * nan, x[:, 1:]), 1);";
  for (const char* formula :
       {"count(y, 1)", "nanmedian(y, 1)", "nancumsum(y, 1)", "nanargmax(y)", "nanfirst(y, 1)", "last(y, 1)",
        "first(y[:, 1:], 1)", "argmax(x)", "sort(x, 1)", "cumsum(y[:, 1:], 1)", "any(y > 0)", "argsort(int32(x), 1)",
        "ffill(y[:, ::-1], 1)", "interp(y, [0, 1], [0, 1])", "nanskew(y, 1)", "x.rolling(longitude=3).mean()"})
    EXPECT_EQ(run({"eval", gaps + formula, "data/*.nc", "-q"}).err, "") << formula;
}

TEST_F(Output, OneMissingValueIsToldInTheSingular) {
  EXPECT_EQ(run({"eval", "x = t2m[0, 0]; mean(concatenate((x[:1] * nan, x[1:]), 0))", "data/*.nc", "-q"}).err,
            "chunkwise: the result is NaN: 1 of the 36 values that mean takes is missing; nanmean leaves it out, and "
            "--skipna "
            "does it in all functions\n");
}

TEST_F(Output, AMeanOfNoValuesIsToldApartFromOneOfMissingValues) {
  EXPECT_EQ(run({"eval", "mean(t2m[:0])", "data/*.nc", "-q"}).err,
            "chunkwise: the result is NaN: mean takes no values, since its array is empty\n");
  EXPECT_EQ(run({"eval", "mean(t2m[:0, 0], 0)", "data/*.nc", "-q"}).err,
            "chunkwise: 36 of 36 values of the result are NaN: mean takes no values, since its array is empty\n");
}

TEST_F(Output, MissingValuesOfSeveralArraysAreCountedTogether) {
  const std::string one = "x = t2m[0, 0, :10]; y = concatenate((x[:1] * nan, x[1:]), 0);";
  const std::string two = "z = concatenate((t2m[0, 1, :3] * nan, t2m[0, 1, 3:20]), 0);";
  EXPECT_THAT(run({"eval", one + two + "a = mean(y); b = mean(z)", "data/*.nc"}).err,
              HasSubstr("4 of the 30 values that mean takes are missing"));
}

TEST_F(Output, NothingIsToldWhereNoValueWouldBeSaved) {
  // Where nothing is missing, where a part is missing throughout, as land is in a field of the sea, and where NaN comes
  // from elsewhere.
  for (const char* formula : {"mean(t2m)", "x = t2m[:, 0, :]; mean(concatenate((x[:, :1] * nan, x[:, 1:]), 1), 0)",
                              "nanmean(t2m * nan)", "t2m * nan", "mean(t2m) * nan"})
    EXPECT_EQ(run({"eval", formula, "data/*.nc", "-q"}).err, "") << formula;
}

TEST_F(Output, AResultThatIsMissingThroughoutIsTold) {
  EXPECT_THAT(run({"eval", "mean(t2m[:, 0] * nan, 0)", "data/*.nc", "-o", "none.nc"}).err,
              HasSubstr("36 of 36 values of the result are NaN: all values that mean takes are missing"));
  EXPECT_EQ(run({"eval", "argmax(t2m * nan)", "data/*.nc", "-q"}).err,
            "chunkwise: all values that argmax takes are missing\n");
}

}  // namespace
