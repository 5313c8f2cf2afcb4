// What the command owes whoever types: nothing is taken in silence, and nothing is printed that a terminal would obey.
#include <fstream>

#include "runtime/core/printable.hpp"
#include "tests/cli/sample_files.hpp"

namespace {

namespace fs = std::filesystem;
using chunkwise::printable;
using chunkwise_test::Command;
using chunkwise_test::Outcome;
using chunkwise_test::SampleFiles;
using chunkwise_test::text_of_file;
using ::testing::HasSubstr;
using ::testing::Not;

class Manners : public SampleFiles {
 protected:
  /// Runs a line of the shell, in which $0 is the command.
  static Outcome shell(const std::string& line) {
    return Command(*folder / "", {"-c", line, CHUNKWISE_PROGRAM}, {}, "/bin/sh").wait();
  }
  /// A file of the sample whose variable has another name of three bytes.
  static std::string file_with_variable(const std::string& name) {
    std::string bytes = text_of_file(*folder / "data/t2m_2015-01-01.nc");
    for (std::size_t at = bytes.find("t2m"); at != std::string::npos; at = bytes.find("t2m", at + 3))
      bytes.replace(at, 3, name);
    std::ofstream(*folder / "named.nc", std::ios::binary) << bytes;
    return "named.nc";
  }
};

/// What a terminal would obey, hide or show as something else: ESC, a mark of direction, one without width, no UTF-8.
const std::vector<std::string>& strange_names() {
  static const std::vector<std::string> names{"\x1b[2Jx", "x\xe2\x80\xaey", "x\xe2\x80\x8by", "x\xffy"};
  return names;
}

TEST_F(Manners, StandardOutputIsWrittenWhereTheShellHasOpenedIt) {
  const std::string eval = "\"$0\" eval 'max(t2m)' 'data/*.nc' --format csv -o ";
  for (const char* target : {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})
    for (const char* force : {"", " --force"}) {
      SCOPED_TRACE(std::string(target) + force);
      const Outcome outcome = shell("(echo one; " + eval + target + force + "; echo two) > to.txt");
      EXPECT_EQ(outcome.code, 0) << outcome.err;
      const std::string text = text_of_file(*folder / "to.txt");
      EXPECT_THAT(text, ::testing::StartsWith("one\nt2m\n"));
      EXPECT_THAT(text, ::testing::EndsWith("\ntwo\n"));
      std::ofstream(*folder / "to.txt") << "old\n";
      EXPECT_EQ(shell(eval + target + force + " >> to.txt").code, 0);
      EXPECT_THAT(text_of_file(*folder / "to.txt"), ::testing::StartsWith("old\nt2m\n"));
    }
}

TEST_F(Manners, AnyOpenDescriptorIsWrittenWhereTheShellHasOpenedIt) {
  std::ofstream(*folder / "five.txt") << "old\n";
  const Outcome outcome = shell("\"$0\" eval 'max(t2m)' 'data/*.nc' --format csv -o /dev/fd/5 5>> five.txt");
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(text_of_file(*folder / "five.txt"), ::testing::StartsWith("old\nt2m\n"));
}

TEST_F(Manners, NumbersOfSecondsThatCannotBeAreRefused) {
  for (const char* seconds : {"nan", "-1", "inf", "1e308", "x"})
    for (const std::vector<std::string>& line :
         std::vector<std::vector<std::string>>{{"coordinator", "--worker-timeout"},
                                               {"coordinator", "--client-timeout"},
                                               {"worker", "127.0.0.1:1", "--coordinator-timeout"},
                                               {"worker", "127.0.0.1:1", "--grace"}}) {
      std::vector<std::string> all = line;
      all.emplace_back(seconds);
      expect_mistake(all, line.back() + ": " + seconds + " is no number of seconds from 0");
    }
  for (const char* seconds : {"0", "1e-7"})
    for (const char* option : {"--worker-timeout", "--client-timeout"})
      expect_mistake({"coordinator", option, seconds}, "is no number of seconds from 0.001 to 1000000000");
}

TEST_F(Manners, AWorkersMemoryThatNothingFitsIntoIsRefused) {
  for (const char* memory : {"0", "1", "99999"})
    expect_mistake({"worker", "127.0.0.1:1", "--memory", memory}, "is too little to work with");
  for (const char* memory : {"nan", "-5", "2XB"})
    expect_mistake({"worker", "127.0.0.1:1", "--memory", memory}, "is not a number of bytes");
}

TEST_F(Manners, FilesThatTheFormulaTakesNothingOfAreRefused) {
  expect_mistake({"eval", "mean(t2m)", "data/t2m_2015-01-01.nc", "--var", "t2m=t2m@data/t2m_2015-01-02.nc"},
                 "data/t2m_2015-01-01.nc: the formula takes nothing of the files behind it; leave them out");
}

TEST_F(Manners, AnOptionThatIsGivenTwiceIsRefused) {
  for (const auto& [option, one, other] :
       {std::tuple{"--threads", "1", "2"}, std::tuple{"--memory", "1GB", "2GB"}, std::tuple{"--join", "time", "time"},
        std::tuple{"-o", "a.nc", "b.nc"}, std::tuple{"--backend", "local", "local:2"}}) {
    const Outcome outcome = run({"eval", "mean(t2m)", "data/*.nc", option, one, option, other});
    EXPECT_EQ(outcome.code, 2) << option;
    EXPECT_THAT(outcome.err, HasSubstr("is given more than once"));
  }
}

TEST_F(Manners, APaletteOfAProfileIsRefused) {
  expect_mistake({"plot", "--kind", "profile", "t2m[0]", "data/*.nc", "-o", "x.png", "--cmap", "heat"},
                 "--cmap is for maps, and --kind profile draws none");
  expect_mistake({"plot", "t2m[0, 0]", "data/*.nc", "-o", "x.png", "--cmap", "heat"},
                 "--cmap is for maps, and a result of one axis draws none");
}

TEST_F(Manners, StrangeNamesAreWrittenOutInErrors) {
  for (const std::string& name : strange_names()) {
    const std::string shown = printable(name);
    SCOPED_TRACE(shown);
    for (const std::vector<std::string>& line :
         std::vector<std::vector<std::string>>{{"info", name},
                                               {"eval", "t2m", name},
                                               {"eval", "t2m", "data/*.nc", "--var", name + "=t2m"},
                                               {"eval", "t2m", "data/*.nc", "--join", name},
                                               {"eval", "t2m", "data/*.nc", "-o", name + "/x.nc"},
                                               {"eval", "t2m", "data/*.nc", "--backend", name + ":x"},
                                               {"eval", "t2m", "data/*.nc", "--backend", "thrift://" + name + ":1"},
                                               {"worker", "127.0.0.1:1", "--name", name},
                                               {"worker", name + ":1"},
                                               {name}}) {
      const Outcome outcome = run(line);
      EXPECT_NE(outcome.code, 0);
      EXPECT_THAT(outcome.err, HasSubstr(shown)) << line.front();
      EXPECT_THAT(outcome.err, Not(HasSubstr(name)));
    }
  }
}

TEST_F(Manners, StrangeNamesOfVariablesAndFilesAreWrittenOut) {
  for (const char* name : {"t\x1bm", "t\xffm", "t\x7fm"}) {
    const std::string shown = printable(name);
    SCOPED_TRACE(shown);
    const std::string file = file_with_variable(name);
    const Outcome info = run({"info", file});
    EXPECT_EQ(info.code, 0) << info.err;
    EXPECT_THAT(info.out, HasSubstr("  " + shown + "  "));
    EXPECT_THAT(info.out, Not(HasSubstr(name)));
    const Outcome missing = run({"eval", "x", file});
    EXPECT_EQ(missing.code, 2);
    EXPECT_THAT(missing.err, Not(HasSubstr(name)));
  }
  for (const std::string& name : strange_names()) {
    fs::copy_file(*folder / "data/t2m_2015-01-01.nc", *folder / (name + ".nc"));
    const Outcome joined = run({"info", "data/t2m_2015-01-02.nc", name + ".nc"});
    EXPECT_THAT(joined.out + joined.err, Not(HasSubstr(name)));
    const Outcome wrong = run({"eval", "x", name + ".nc"});
    EXPECT_EQ(wrong.code, 2);
    EXPECT_THAT(wrong.err, Not(HasSubstr(name)));
    fs::remove(*folder / (name + ".nc"));
  }
}

TEST_F(Manners, TextOfAFileStaysOnItsLine) {
  std::string bytes = text_of_file(*folder / "data/t2m_2015-01-01.nc");
  // A text of the file, and one of as many bytes: with a line break, ESC, and a control character of two bytes.
  const std::string there = "2 metre temperature";
  const std::string strange = std::string("2\nmetre\x1b[31m") + "\xc2\x9b" + "ature";
  ASSERT_EQ(there.size(), strange.size());
  for (std::size_t at = bytes.find(there); at != std::string::npos; at = bytes.find(there, at + 1))
    bytes.replace(at, there.size(), strange);
  std::ofstream(*folder / "text\nof.nc", std::ios::binary) << bytes;
  const std::string shown = "2\\x0ametre\\x1b[31m\\xc2\\x9bature";
  EXPECT_THAT(run({"info", "text\nof.nc"}).out, HasSubstr(shown + ", K\n"));
  EXPECT_THAT(run({"info", "--each", "text\nof.nc"}).out, HasSubstr("long_name: " + shown + "\n"));
  EXPECT_THAT(run({"info", "--each", "text\nof.nc"}).out, ::testing::StartsWith("text\\x0aof.nc: "));
  EXPECT_THAT(run({"explain", "mean(t2m)", "text\nof.nc"}).out, HasSubstr("source t2m of text\\x0aof.nc"));
  EXPECT_THAT(run({"explain", "--dot", "mean(t2m)", "text\nof.nc"}).out, Not(HasSubstr("text\nof.nc")));
  for (const std::vector<std::string>& line : std::vector<std::vector<std::string>>{
           {"info", "--json"}, {"info", "--json", "--each"}, {"eval", "t2m", "--json"}}) {
    std::vector<std::string> all = line;
    all.emplace_back("text\nof.nc");
    const std::string json = run(all).out;
    EXPECT_THAT(json, HasSubstr("2\\nmetre\\u001b[31m\\u009bature"));
    EXPECT_EQ(printable(json, true), json);
  }
  fs::remove(*folder / "text\nof.nc");
}

TEST_F(Manners, AWordTooManyIsToldWithWhatTheVerbTakes) {
  expect_mistake({"cluster", "127.0.0.1:1", "more"},
                 "'more' is one word too many: cluster takes COORDINATOR and options");
  expect_mistake({"sample", "a", "more"}, "'more' is one word too many: sample takes FOLDER and options");
  expect_mistake({"coordinator", "more"}, "'more' is one word too many: coordinator takes options alone");
  expect_mistake({"cluster", "127.0.0.1:1", "--more"}, "there is no option '--more'");
}

TEST_F(Manners, AVerbOrAnOptionThatIsMisspeltIsToldWithTheNearest) {
  expect_mistake({"evl", "t2m", "data/*.nc"},
                 "there is no verb 'evl'; did you mean 'eval'? (there are: info, dates, stats, eval, ");
  expect_mistake({"eval", "t2m", "data/*.nc", "--no-decod"},
                 "there is no option '--no-decod'; did you mean '--no-decode'?");
  expect_mistake({"eval", "t2m", "data/*.nc", "--formt=csv"},
                 "there is no option '--formt=csv'; did you mean '--format'?");
  expect_mistake({"explain", "t2m", "data/*.nc", "-o"}, "there is no option '-o'\n");
}

TEST_F(Manners, ValuesThatAnOptionCannotHaveAreToldInWords) {
  expect_mistake({"sample", "a", "--days", "ten"}, "--days is 'ten', which is no COUNT");
  expect_mistake({"sample", "a", "--days", "100000000000"}, "--days is '100000000000', which is no COUNT");
  expect_mistake({"plot", "t2m[0]", "data/*.nc", "-o", "x.png", "--range", "a", "b"},
                 "--range is 'a b', which is no LOW HIGH");
  expect_mistake({"plot", "t2m[0]", "data/*.nc", "-o", "x.png", "--range", "1"}, "--range takes LOW HIGH");
  expect_mistake({"eval", "t2m", "data/*.nc", "--threads"}, "--threads takes COUNT");
  expect_mistake({"eval", "t2m", "data/*.nc", "--threads", "two"},
                 "--threads is 'two', which is no whole number from 1");
  expect_mistake({"eval", "t2m", "data/*.nc", "--quiet=3"}, "--quiet takes no value");
  expect_mistake({"eval", "", "data/*.nc"}, "FORMULA is empty; give it a value");
  expect_mistake({"eval", "t2m", "data/*.nc", "--backend", "local:0"},
                 "chunkwise: the backend 'local:0' does not name");
  expect_mistake({"eval", "t2m", "data/*.nc", "--backend", "dask"}, "chunkwise: no backend has the scheme 'dask'");
}

TEST_F(Manners, ADimensionWithoutQuotesIsToldOfThem) {
  expect_mistake({"eval", "mean(t2m, time)", "data/*.nc"}, "write the dimension as \"time\"\n");
}

TEST_F(Manners, NoMessageHasItsPrefixTwice) {
  const Outcome outcome = run({"eval", "t2m[None, None, None, None, None, None]", "data/*.nc"});
  EXPECT_THAT(outcome.err, ::testing::StartsWith("chunkwise: an array can have at most 8 axes"));
}

TEST_F(Manners, FilesInThePlaceOfAnotherThingAreToldByName) {
  expect_mistake({"eval", "data/t2m_2015-01-01.nc", "t2m"},
                 "'data/t2m_2015-01-01.nc' is a file, where the formula is expected");
  for (const char* verb : {"cluster"})
    expect_mistake({verb, "data/t2m_2015-01-01.nc"},
                   "the file data/t2m_2015-01-01.nc holds no address of a coordinator");
  for (const char* spill : {"none", "data/t2m_2015-01-01.nc"})
    expect_mistake({"worker", "127.0.0.1:1", "--spill", spill}, std::string("--spill ") + spill + " is no folder");
}

TEST_F(Manners, SamplesThatNoMachineHoldsAreRefusedAtOnce) {
  expect_mistake({"sample", "a", "--latitudes", "1000000000", "--longitudes", "100000000"},
                 "a grid of 1000000000 x 100000000 places takes ");
  expect_mistake({"sample", "a", "--latitudes", "2147483647", "--longitudes", "2147483647", "--times", "24"},
                 "ask for fewer places");
  expect_mistake({"sample", "a", "--days", "100000000"},
                 "--days is 100000000; give it at most 31411 from 2015-01-01 on");
}

TEST_F(Manners, FilesThatTheFormulaTakesNothingOfAreTold) {
  ASSERT_EQ(run({"eval", "other = t2m[0] * 2", "data/t2m_2015-01-01.nc", "-o", "other.nc"}).code, 0);
  EXPECT_EQ(run({"eval", "max(t2m)", "data/t2m_2015-01-01.nc", "other.nc"}).err,
            "chunkwise: the formula takes nothing of other.nc\n");
  EXPECT_EQ(run({"eval", "max(t2m) - max(other)", "data/t2m_2015-01-01.nc", "other.nc"}).err, "");
  fs::remove(*folder / "other.nc");
}

TEST_F(Manners, MissingValuesBelowSeveralReductionsAreCountedOnce) {
  // 12 times and 36 longitudes; the first element of each time is missing.
  const std::string gaps = "x = t2m[:, 0, :]; v = concatenate((x[:, :1] * nan, x[:, 1:]), 1);";
  for (const char* formula : {"mean(v - mean(v, 0))", "a = mean(v); max(v - a)", "mean(v - mean(v, 0) + mean(v, 0))"}) {
    const Outcome outcome = run({"eval", gaps + formula, "data/*.nc"});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("the result is NaN: 12 of the 432 values that mean takes are missing; nanmean"))
        << formula;
  }
}

}  // namespace
