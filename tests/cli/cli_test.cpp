// Every line that the command's help shows, on files of its own making, against what C++ computes from the same files.
// The file is long because each way in and out of the command has its test, on files that one fixture makes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/netcdf.hpp"
#include "tests/cli/sample_files.hpp"
#include "tests/netcdf/files.hpp"

namespace {

namespace cw = chunkwise;
namespace fs = std::filesystem;
using chunkwise_test::Command;
using chunkwise_test::Outcome;
using chunkwise_test::SampleFiles;
using chunkwise_test::TemporaryFolder;
using chunkwise_test::text_of_file;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Json = nlohmann::json;

class Cli : public SampleFiles {
 protected:
  /// Returns the variable of the same files in C++.
  static cw::Array<double, 3> t2m() { return cw::open_netcdf<double, 3>(*folder / "data/*.nc", "t2m"); }
};

// ------------------------------------------------------------------------------------------------------- info

TEST_F(Cli, InfoTellsHowFilesJoin) {
  const Outcome outcome = run({"info", "data/*.nc"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_THAT(outcome.out, HasSubstr("3 files"));
  EXPECT_THAT(outcome.out, HasSubstr("NetCDF 64-bit offset"));
  EXPECT_THAT(outcome.out, HasSubstr("Array float64 (time 12, latitude 19, longitude 36), 3 chunks of (4, 19, 36)"));
  EXPECT_THAT(outcome.out, HasSubstr("joined along time from 3 files"));
  EXPECT_THAT(outcome.out, HasSubstr("2015-01-01 00:00 to 2015-01-03 18:00"));
  EXPECT_THAT(outcome.out, HasSubstr("int16 packed by "));
  EXPECT_THAT(outcome.out, HasSubstr("2 metre temperature, K"));
}

TEST_F(Cli, InfoTellsOfEachFile) {
  const Outcome outcome = run({"info", "--each", "data/t2m_2015-01-01.nc"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("data/t2m_2015-01-01.nc: NetCDF 64-bit offset"));
  EXPECT_THAT(outcome.out, HasSubstr("Conventions: CF-1.6"));
}

TEST_F(Cli, InfoOfEachFileHasTheAttributesOfItsVariables) {
  const std::string text = run({"info", "--each", "data/t2m_2015-01-01.nc"}).out;
  for (const char* attribute :
       {"add_offset: ", "_FillValue: -32767", "standard_name: air_temperature", "calendar: gregorian"})
    EXPECT_THAT(text, HasSubstr(attribute));
}

TEST_F(Cli, InfoIsReadByPrograms) {
  const Json all = Json::parse(run({"info", "--json", "data/*.nc"}).out);
  EXPECT_EQ(all["files"], 3);
  EXPECT_EQ(all["variables"][0]["shape"], Json({12, 19, 36}));
  EXPECT_EQ(all["variables"][0]["joined_along"], "time");
  EXPECT_EQ(all["variables"][0]["storage"].size(), 3U);
  const Json one = Json::parse(run({"info", "--json", "--each", "data/t2m_2015-01-02.nc"}).out);
  EXPECT_EQ(one["variables"].size(), 4U);
  EXPECT_EQ(one["dimensions"][0]["name"], "longitude");
}

// ------------------------------------------------------------------------------------------------------- eval

TEST_F(Cli, ANumberIsPrintedWithAllItsDigits) {
  const double expected = cw::compute(cw::mean(t2m()(0, cw::range(cw::none, cw::none, -1), cw::range(10, 20))));
  const Outcome outcome = run({"eval", "t2m[0, ::-1, 10:20].mean()", "data/*.nc"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, IsEmpty());
  EXPECT_EQ(std::stod(outcome.out), expected);
}

TEST_F(Cli, ALargeArrayIsPrintedAsNumPyDoes) {
  const Outcome outcome = run({"eval", "t2m", "data/*.nc"});
  EXPECT_EQ(outcome.code, 0);
  // The text is that of the whole array, although its edges alone were read.
  EXPECT_EQ(outcome.out, cw::to_string(cw::compute(t2m()).untyped()) + "\n");
  EXPECT_THAT(outcome.out, HasSubstr("..."));
}

TEST_F(Cli, AFileOfTextLeavesNothingOut) {
  EXPECT_EQ(run({"eval", "t2m[0]", "data/*.nc", "-o", "whole.txt"}).code, 0);
  const std::string text = text_of_file(*folder / "whole.txt");
  EXPECT_EQ(text.find("..."), std::string::npos);
  std::string numbers = text;
  std::replace_if(
      numbers.begin(), numbers.end(), [](char c) { return c == '[' || c == ']'; }, ' ');
  std::istringstream in(numbers);
  std::vector<double> read;
  for (double value = 0; in >> value;) read.push_back(value);
  EXPECT_EQ(read, cw::compute(t2m()(0)).mutable_copy());
  fs::remove(*folder / "whole.txt");
}

TEST_F(Cli, SeveralResultsArePrintedWithTheirNames) {
  const Outcome outcome = run({"eval", "low = min(t2m); zonal = mean(t2m, (0, 2))[:2]", "data/*.nc"});
  EXPECT_THAT(outcome.out, AllOf(StartsWith("low = "), HasSubstr("\nzonal = [")));
}

TEST_F(Cli, ANetcdfFileKeepsWhatIsKnown) {
  ASSERT_EQ(run({"eval", "mean(t2m, axis=0)", "data/*.nc", "-o", "mean.nc"}).code, 0);
  const auto mean = cw::open_netcdf<double, 2>(*folder / "mean.nc", "t2m");
  EXPECT_EQ(cw::compute(mean), cw::compute(cw::mean(t2m(), 0)));
  EXPECT_EQ(mean.labels().dimension(0), "latitude");
  EXPECT_EQ(mean.labels().coordinate(0)[0], 90.0);
  const Json file = Json::parse(run({"info", "--json", "--each", "mean.nc"}).out);
  EXPECT_THAT(file["attributes"]["history"].get<std::string>(),
              AllOf(HasSubstr("UTC: chunkwise eval 'mean(t2m, axis=0)' "), HasSubstr("\ngenerated by ")));
}

TEST_F(Cli, SeveralResultsShareAFile) {
  ASSERT_EQ(run({"eval", "m = mean(t2m, 0); z = (t2m - m) / std(t2m, 0); all = max(t2m)", "data/*.nc", "-o", "many.nc",
                 "--memory", "200MB", "--threads", "2", "--keep", "m"})
                .code,
            0);
  const auto x = t2m();
  EXPECT_EQ(cw::compute(cw::open_netcdf<double, 2>(*folder / "many.nc", "m")), cw::compute(cw::mean(x, 0)));
  EXPECT_EQ(cw::compute(cw::open_netcdf<double, 3>(*folder / "many.nc", "z")),
            cw::compute((x - cw::mean(x, 0)) / cw::stddev(x, 0)));
  const Json file = Json::parse(run({"info", "--json", "--each", "many.nc"}).out);
  EXPECT_EQ(file["dimensions"].size(), 3U);  // shared
}

TEST_F(Cli, NamesThatALaterLineUsesAreWrittenWhenAskedFor) {
  const std::string text = "k = 273.15; c = t2m - k; hot = max(c)";
  EXPECT_THAT(run({"eval", text, "data/*.nc"}).out, StartsWith("hot = "));
  EXPECT_THAT(run({"eval", text, "data/*.nc", "--keep", "c"}).out, AllOf(StartsWith("c =\n"), HasSubstr("\nhot = ")));
  EXPECT_EQ(run({"eval", text + "; c", "data/*.nc"}).out, run({"eval", text, "data/*.nc", "--keep", "c"}).out);
  expect_mistake({"eval", text, "data/*.nc", "--keep", "cold"}, "no line gives the name 'cold', which is to be kept");
  expect_mistake({"eval", text, "data/*.nc", "--keep", "k"}, "'k' is the number 273.15");
  EXPECT_EQ(run({"plot", "m = mean(t2m, 0); t2m[3] - m", "data/*.nc", "-o", "one.png"}).code, 0);
}

TEST_F(Cli, NpyHoldsTheSameBits) {
  const auto expected = cw::compute(cw::mean(t2m(), cw::axes(0, 2))).mutable_copy();
  ASSERT_EQ(run({"eval", "mean(t2m, (0, 2))", "data/*.nc", "-o", "zonal.npy"}).code, 0);
  const std::string file = text_of_file(*folder / "zonal.npy");
  EXPECT_EQ(run({"eval", "--npy", "mean(t2m, (0, 2))", "data/*.nc"}).out, file);
  ASSERT_EQ(file.size(), 128 + 19 * sizeof(double));
  EXPECT_THAT(file, StartsWith(std::string("\x93NUMPY\x01\x00\x76\x00", 10)));
  EXPECT_THAT(file.substr(0, 128), HasSubstr("{'descr': '<f8', 'fortran_order': False, 'shape': (19,), }"));
  EXPECT_EQ(std::memcmp(file.data() + 128, expected.data(), 19 * sizeof(double)), 0);
}

TEST_F(Cli, JsonReadsBackToTheSameBits) {
  const auto expected = cw::compute(cw::stddev(t2m(), cw::axes(0, 2))).mutable_copy();
  const Json result = Json::parse(run({"eval", "--json", "std(t2m, (0, 2))", "data/*.nc"}).out);
  EXPECT_EQ(result["values"].get<std::vector<double>>(), expected);
  EXPECT_EQ(result["dtype"], "float64");
  EXPECT_EQ(result["dimensions"], Json({"latitude"}));
  EXPECT_EQ(result["coordinates"]["latitude"][0], 90.0);
  EXPECT_EQ(result["attributes"]["units"], "K");
}

TEST_F(Cli, JsonSpellsWhatIsNoNumber) {
  const Outcome outcome =
      run({"eval", "--json", "a = t2m[0, 0, 0] - t2m[0, 0, 0]; b = log(a); c = a / a; d = 1 / a; a", "data/*.nc"});
  std::istringstream lines(outcome.out);
  std::vector<Json> values;
  for (std::string line; std::getline(lines, line);) values.push_back(Json::parse(line)["values"]);
  EXPECT_THAT(values, ElementsAre(0.0, "-Infinity", "NaN", "Infinity"));
}

TEST_F(Cli, CsvHasCoordinates) {
  const Outcome outcome = run({"eval", "--csv", "t2m[:2, 0, 0]", "data/*.nc"});
  EXPECT_THAT(outcome.out, StartsWith("time,t2m\n1008072,"));
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 3);
}

TEST_F(Cli, NetcdfGoesThroughAPipe) {
  const std::string piped = *folder / "piped.nc";
  ASSERT_EQ(run({"eval", "--format", "nc", "max(t2m, 0)", "data/*.nc"}, piped).code, 0);
  EXPECT_EQ(cw::compute(cw::open_netcdf<double, 2>(piped, "t2m")), cw::compute(cw::max(t2m(), 0)));
}

TEST_F(Cli, NumbersAreTakenAsStoredWhereThatIsAskedFor) {
  const auto make = [](const std::string& path, const char* scale) {
    chunkwise_test::make_file(
        path, 0, NC_SHORT, {{"time", 0}},
        [&](int file, int variable) {
          chunkwise_test::nc(nc_put_att_text(file, variable, "scale_factor", std::strlen(scale), scale));
        },
        chunkwise_test::counting({2}));
  };
  make(*folder / "packed.nc", "0.5");
  EXPECT_EQ(Json::parse(run({"eval", "--json", "v", "packed.nc"}).out)["values"], (Json{0.0, 0.5}));
  const Json stored = Json::parse(run({"eval", "--json", "--no-decode", "v", "packed.nc"}).out);
  EXPECT_EQ(stored["dtype"], "int16");
  EXPECT_EQ(stored["values"], (Json{0, 1}));
  make(*folder / "strange.nc", "a half");
  expect_mistake({"eval", "v", "strange.nc"}, "open it with --no-decode to get the stored numbers");
  EXPECT_EQ(run({"eval", "--no-decode", "v", "strange.nc"}).code, 0);
  EXPECT_EQ(run({"info", "--no-decode", "packed.nc"}).code, 0);
  EXPECT_EQ(run({"explain", "--no-decode", "v", "packed.nc"}).code, 0);
}

TEST_F(Cli, StoredNumbersThatAreWrittenAgainAreReadAsTheSameValues) {
  chunkwise_test::make_file(
      *folder / "stored.nc", NC_NETCDF4, NC_SHORT, {{"time", 0}},
      [](int file, int variable) {
        const double scale = 0.5;
        const short missing = 2;
        chunkwise_test::nc(nc_put_att_double(file, variable, "scale_factor", NC_DOUBLE, 1, &scale));
        chunkwise_test::nc(nc_put_att_short(file, variable, "missing_value", NC_SHORT, 1, &missing));
      },
      chunkwise_test::counting({4}));
  const auto values_of = [&](const std::string& formula) {
    const Outcome written = run({"eval", "--no-decode", "--force", "-o", "again.nc", "r = " + formula, "stored.nc"});
    EXPECT_EQ(written.code, 0) << written.err;
    return Json::parse(run({"eval", "--json", "r", "again.nc"}).out)["values"];
  };
  EXPECT_EQ(values_of("v"), (Json{0.0, 0.5, "NaN", 1.5}));
  EXPECT_EQ(values_of("v[1:]"), (Json{0.5, "NaN", 1.5}));
  EXPECT_EQ(values_of("v.with_labels(v.astype(float64))"), (Json{0.0, 0.5, "NaN", 1.5}));
  EXPECT_EQ(values_of("max(v)"), 1.5);
  EXPECT_EQ(values_of("concatenate((v, v[:1]))"), (Json{0.0, 0.5, "NaN", 1.5, 0.0}));
  for (const char* formula : {"v * 1", "(v * 1).with_labels(v)"}) EXPECT_EQ(values_of(formula), (Json{0, 1, 2, 3}));
  EXPECT_EQ(values_of("concatenate((v, v * 1))"), (Json{0, 1, 2, 3, 0, 1, 2, 3}));
}

TEST_F(Cli, AResultCalledLikeADimensionIsItsCoordinateOrAnError) {
  const auto write = [](const std::string& formula) {
    return run({"eval", "--force", "-o", "times.nc", formula, "data/*.nc"});
  };
  EXPECT_EQ(write("time").code, 0);
  EXPECT_EQ(write("later = time + 1").code, 0);
  expect_mistake({"eval", "--force", "-o", "times.nc", "time = time + 1", "data/*.nc"}, "give the result another name");
}

TEST_F(Cli, TimesThatOverlapAreToldByEveryVerb) {
  for (const std::vector<std::string>& line : {std::vector<std::string>{"info", "data/*.nc", "data/*.nc"},
                                               {"eval", "mean(t2m)", "data/*.nc", "data/*.nc"},
                                               {"explain", "mean(t2m)", "data/*.nc", "data/*.nc"}}) {
    const Outcome outcome = run(line);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr("time, along which files are joined, runs back to 2015-01-01 00:00"));
  }
}

TEST_F(Cli, VariablesHaveOtherNamesAndOtherFiles) {
  ASSERT_EQ(run({"eval", "mean(t2m, 0)", "data/*.nc", "-o", "normal.nc"}).code, 0);
  const Outcome outcome =
      run({"eval", "max(t - normal)", "data/*.nc", "--var", "normal=t2m@normal.nc", "--var", "t=t2m"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const auto x = t2m();
  EXPECT_EQ(std::stod(outcome.out), cw::compute(cw::max(x - cw::mean(x, 0))));
}

TEST_F(Cli, AFormulaMayBeginWithAMinusSign) {
  const Outcome outcome = run({"eval", "--", "-t2m[0, 0, 0]", "data/*.nc"});
  EXPECT_EQ(std::stod(outcome.out), -cw::compute(t2m()(0, 0, 0)));
  const double first = cw::compute(t2m()(0, 0, 0));
  for (const char* formula : {"-t2m[0, 0, 0]", "-(t2m[0, 0, 0])", "-1 * t2m[0, 0, 0]", "---t2m[0, 0, 0]", "-f + 0"}) {
    const Outcome plain = run({"eval", "-q", "--threads", "1", formula, "data/*.nc", "--var", "f=t2m"});
    if (std::string(formula) == "-f + 0") {
      EXPECT_EQ(plain.code, 0) << plain.err;
      continue;
    }
    // The name that no formula uses is said, so the line without it is the one that counts.
    EXPECT_THAT(plain.err, HasSubstr("--var gives the name 'f', which the formula does not use"));
    const Outcome without = run({"eval", "-q", "--threads", "1", formula, "data/*.nc"});
    EXPECT_EQ(without.code, 0) << formula << ": " << without.err;
    EXPECT_EQ(std::stod(without.out), -first) << formula;
  }
  EXPECT_EQ(run({"plot", "--range", "-300", "-200", "-t2m[0]", "data/*.nc", "-o", "minus.png"}).code, 0);
  EXPECT_EQ(run({"explain", "-t2m", "data/*.nc"}).code, 0);
  expect_mistake({"eval", "-t2x", "data/*.nc"}, "did you mean 't2m'? (there are: t2m)\n  -t2x\n   ^");
  expect_mistake({"eval", "--jion", "time", "t2m", "data/*.nc"}, "there is no option '--jion'");
}

TEST_F(Cli, AFileIsReplacedWhenAskedFor) {
  ASSERT_EQ(run({"eval", "t2m[0]", "data/*.nc", "-o", "once.nc"}).code, 0);
  expect_mistake({"eval", "t2m[1]", "data/*.nc", "-o", "once.nc"}, "once.nc exists; --force replaces it");
  EXPECT_EQ(run({"eval", "t2m[1]", "data/*.nc", "-o", "once.nc", "--force"}).code, 0);
  EXPECT_EQ(cw::compute(cw::open_netcdf<double, 2>(*folder / "once.nc", "t2m")), cw::compute(t2m()(1)));
}

TEST_F(Cli, AFileThatCannotBeWrittenIsAFailure) {
  const Outcome outcome = run({"eval", "t2m[0]", "data/*.nc", "--csv"}, "/dev/full");
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("cannot write to standard output"));
}

TEST_F(Cli, ADamagedFileIsAFailure) {
  fs::create_directory(*folder / "cut");
  fs::copy_file(*folder / "data/t2m_2015-01-01.nc", *folder / "cut/half.nc");
  fs::resize_file(*folder / "cut/half.nc", fs::file_size(*folder / "cut/half.nc") / 2);
  const Outcome outcome = run({"eval", "mean(t2m)", "cut/half.nc"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("cut/half.nc"));
}

// --------------------------------------------------------------------------------------------- plot, explain

TEST_F(Cli, PicturesAreDrawn) {
  const std::vector<std::vector<std::string>> lines{
      {"t2m[10]", "-o", "map.png"},
      {"t2m[10] - mean(t2m, 0)", "-o", "anomaly.png", "--cmap", "red_blue", "--range", "-10", "10"},
      {"mean(t2m, (0, 2))", "-o", "profile.png", "--title", "By latitude", "--label", "K"},
      {"mean(t2m, 2)", "-o", "hovmoeller.png", "--size", "800x600"},
      {"--kind", "histogram", "t2m[:, 9]", "-o", "equator.png", "--bins", "20"},
  };
  for (std::vector<std::string> line : lines) {
    line.insert(line.begin(), "plot");
    line.push_back("data/*.nc");
    const Outcome outcome = run(line);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    const std::string path = *folder / *(std::find(line.begin(), line.end(), "-o") + 1);
    EXPECT_THAT(text_of_file(path), AllOf(StartsWith("\x89PNG\r\n"), EndsWith("IEND\xae\x42\x60\x82"))) << path;
  }
  const Outcome piped = run({"plot", "t2m[10]", "data/*.nc", "-o", "-"});
  EXPECT_EQ(piped.out, text_of_file(*folder / "map.png"));
}

TEST_F(Cli, APictureKeepsWithinTheMemoryOfItsRun) {
  const Outcome large =
      run({"plot", "t2m[10]", "data/*.nc", "-o", "l.png", "--size", "20000x20000", "--memory", "50MB"});
  EXPECT_EQ(large.code, 1);
  EXPECT_THAT(large.err, AllOf(HasSubstr("20000x20000 pixels takes 1.6 GB"), HasSubstr("more than --memory 50MB"),
                               HasSubstr("smaller --size")));
  EXPECT_FALSE(fs::exists(*folder / "l.png"));
  EXPECT_EQ(run({"plot", "t2m[10]", "data/*.nc", "-o", "l.png", "--memory", "50MB"}).code, 0);
}

TEST_F(Cli, ExplainTellsThePlan) {
  const Outcome outcome = run({"explain", "std(t2m, axis=(0,2))", "data/*.nc"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("Plan on local: 1 stage, reads 16.4 kB"), HasSubstr("stddev over axes 0, 2")));
  EXPECT_THAT(run({"explain", "--dot", "t2m - mean(t2m, 0)", "data/*.nc"}).out, StartsWith("digraph chunkwise {"));
  EXPECT_THAT(run({"explain", "--to-file", "t2m - mean(t2m, 0)", "data/*.nc", "--memory", "50MB"}).out,
              HasSubstr("2 stages"));
}

// ------------------------------------------------------------------------------------------------- mistakes

TEST_F(Cli, MistakesAreToldApartFromFailures) {
  expect_mistake({}, "name a verb; there are: info, dates, stats, eval, plot");
  expect_mistake({"foo"}, "there is no verb 'foo'");
  expect_mistake({"eval"}, "FORMULA is missing; eval takes FORMULA [FILE...] and options");
  expect_mistake({"eval", "--foo", "t2m", "data/*.nc"}, "there is no option '--foo'");
  expect_mistake({"eval", "mean(t2m", "data/*.nc"}, "expected ')'");
  expect_mistake({"eval", "mean(t2x)", "data/*.nc"}, "did you mean 't2m'?");
  expect_mistake({"eval", "t2m"}, "needs files");
  expect_mistake({"eval", "t2m", "data/no*.nc"}, "no file matches 'data/no*.nc'");
  expect_mistake({"eval", "t2m", "data/none.nc"}, "cannot open data/none.nc");
  expect_mistake({"eval", "t2m", "data"}, "data is a folder");
  expect_mistake({"eval", "t2m[99]", "data/*.nc"}, "99");
  expect_mistake({"eval", "t2m", "data/*.nc", "--join", "depth"}, "cannot be joined along 'depth'");
  expect_mistake({"eval", "t2m", "data/*.nc", "-o", "result"}, "the name does not tell the format");
  expect_mistake({"eval", "t2m", "data/*.nc", "-o", "none/x.nc"}, "there is no folder");
  expect_mistake({"eval", "t2m", "data/*.nc", "--format", "xlsx"},
                 "--format is 'xlsx', which is none of text, json, csv, npy, nc");
  expect_mistake({"eval", "t2m", "data/*.nc", "--json", "--csv"}, "--json and --csv do not go together; leave one out");
  expect_mistake({"eval", "t2m[0]", "data/*.nc", "--deflate", "4"}, "--deflate is for NetCDF files");
  expect_mistake({"eval", "a = t2m; b = t2m", "data/*.nc", "-o", "x.npy"}, "has 2 results (a, b)");
  expect_mistake({"eval", "t2m[0]; t2m[1]", "data/*.nc", "-o", "x.nc"}, "two of its arrays would be called 't2m'");
  expect_mistake({"eval", "t2m", "data/*.nc", "--var", "x"}, "is not NAME=VARIABLE");
  expect_mistake({"eval", "x", "data/*.nc", "--var", "x=t2x"}, "no variable 't2x'");
  expect_mistake({"eval", "t2m", "data/*.nc", "--memory", "2XB"}, "'2XB' is not a number of bytes");
  expect_mistake({"eval", "t2m", "data/*.nc", "--memory", "0"}, "no memory to work with");
  expect_mistake({"eval", "t2m", "data/*.nc", "--threads", "0"},
                 "--threads is '0', which is no whole number from 1 to 1024");
  expect_mistake({"eval", "t2m", "data/*.nc", "--backend", "dask"}, "there are: local, thrift");
  expect_mistake({"eval", "t2m", "data/*.nc", "--backend", "local:2", "--threads", "3"}, "leave one out");
  expect_mistake({"eval", "t2m", "data/*.nc", "--backend", "thrift://127.0.0.1:1", "--threads", "3"}, "each worker");
  for (const char* option : {"--memory", "-o", "--join", "--backend", "--var", "--keep", "--format", "--deflate"})
    expect_mistake({"eval", "t2m", "data/*.nc", option, ""}, "is empty; leave it out, or give it a value");
  expect_mistake({"eval", "t2m", "data/*.nc", "--var", "x=t2m", "--var", "x=t2m"}, "--var gives the name 'x' twice");
  expect_mistake({"eval", "t2m", "data/*.nc", "--var", "x=t2m"}, "'x', which the formula does not use");
  expect_mistake(
      {"eval", "t2m", "data/t2m_2015-01-01.nc", "--join", "depth"},
      "cannot be joined along 'depth': no variable has that dimension; there are: longitude, latitude, time");
  expect_mistake({"info", "data/t2m_2015-01-01.nc", "--join", "depth"}, "cannot be joined along 'depth'");
  expect_mistake({"sample", "none", "--seed", "18446744073709551616"}, "is no integer from 0 to 18446744073709551615");
  expect_mistake({"sample", "none", "--seed", "-1"}, "is no integer from 0 to");
  expect_mistake({"plot", "t2m[0]", "data/*.nc", "-o", "x.png", "--bins", "20"}, "--bins is for histograms");
  expect_mistake({"plot", "--kind", "histogram", "t2m[0]", "data/*.nc", "-o", "x.png", "--cmap", "heat"},
                 "--cmap is for maps");
  expect_mistake({"plot", "--kind", "profile", "t2m[0]", "data/*.nc", "-o", "x.png", "--coastlines"},
                 "--coastlines is for maps");
  expect_mistake({"plot", "t2m[0]", "data/*.nc", "-o", "x.png", "--coastlines", "--no-coastlines"},
                 "do not go together; leave one out");
  expect_mistake({"plot", "t2m[0]", "data/*.nc"}, "--output is missing, which takes FILE");
  expect_mistake({"plot", "t2m", "data/*.nc", "-o", "x.png"}, "a map has 2 axes");
  expect_mistake({"plot", "mean(t2m)", "data/*.nc", "-o", "x.png"}, "is a single number");
  expect_mistake({"plot", "t2m[0]", "data/*.nc", "-o", "x.jpg"}, "let the name end in .png");
  expect_mistake({"plot", "t2m[0]", "data/*.nc", "-o", "x.png", "--range", "3", "1"}, "begins at its lower end");
  expect_mistake({"plot", "t2m[0]", "data/*.nc", "-o", "x.png", "--size", "huge"}, "is not WIDTHxHEIGHT");
  expect_mistake({"plot", "t2m[0]", "data/*.nc", "-o", "x.png", "--cmap", "jet"},
                 "--cmap is 'jet', which is none of blues");
  expect_mistake({"plot", "a = t2m[0]; b = t2m[1]", "data/*.nc", "-o", "x.png"}, "a picture shows one array");
  expect_mistake({"info"}, "FILE is missing; info takes [FILE...] and options");
  expect_mistake({"info", "--var", "t2x", "data/*.nc"}, "there are: t2m");
  expect_mistake({"sample", "--days", "0", "none"}, "days is 0");
  expect_mistake({"eval", "1 + t2m", "--threads", "02000", "data/*.nc"}, "2000");
  expect_mistake({"sample", "--start", "today", "none"}, "'today' is no day");
  // Not the user's fault.
  EXPECT_EQ(run({"eval", "t2m", "data/*.nc", "-o", "x.nc", "--backend", "thrift://127.0.0.1:1"}).code, 1);
  EXPECT_EQ(run({"eval", "t2m", "data/*.nc", "-o", "x.nc", "--memory", "1kB"}).code, 1);
}

// -------------------------------------------------------------------------------------------------- signals

TEST_F(Cli, CtrlCLeavesNothingBehind) {
  // The sum of a product of six vectors along six axes: 60^6 elements, minutes of work.
  for (const char* name : {"a", "b", "c", "d", "e", "f"})
    cw::write_netcdf(cw::default_backend(), *folder / (std::string("axis_") + name + ".nc"),
                     cw::arange(0.0, 60.0).with_labels(cw::Labels({std::string("along_") + name}, {}, name, {})));
  const std::string product =
      "s = sum(a[:,None,None,None,None,None] * b[:,None,None,None,None] * "
      "c[:,None,None,None] * d[:,None,None] * e[:,None] * f)";
  for (const auto& [signal, code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 143)}) {
    fs::create_directory(*folder / "interrupted");
    Command command(*folder / "interrupted", {"eval", product, "../axis_*.nc", "-o", "never.nc"});
    // The hidden file is there as soon as the run is under way.
    while (command.runs() && fs::is_empty(*folder / "interrupted"))
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    command.signal(signal);
    const Outcome outcome = command.wait();
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_EQ(outcome.err, "chunkwise: interrupted\n");
    EXPECT_TRUE(fs::is_empty(*folder / "interrupted"));
    fs::remove_all(*folder / "interrupted");
  }
}

// -------------------------------------------------------------------------------------------------- cluster

TEST_F(Cli, AClusterGivesTheSameBits) {
  const Command coordinator(*folder / "", {"coordinator", "--listen", "127.0.0.1:0", "--address-file", "cluster"});
  while (coordinator.runs() && !fs::exists(*folder / "cluster"))
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::string address = text_of_file(*folder / "cluster");
  address.erase(address.find_last_not_of(" \n") + 1);
  const Command worker(*folder / "", {"worker", address, "--data-root", *folder / "data", "--memory", "200MB"});
  const std::vector<std::string> line{"eval", "--npy", "(t2m - mean(t2m, 0)) / std(t2m, 0)", "data/*.nc"};
  std::vector<std::string> there = line;
  there.insert(there.end(), {"--backend", "thrift://" + address});
  const Outcome outcome = run(there);
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, run(line).out);
  EXPECT_THAT(run({"cluster", address}).out, StartsWith("1 worker, "));

  const Outcome drawn = run({"plot", "t2m[10]", "data/*.nc", "-o", "-", "--backend", "thrift://" + address});
  EXPECT_EQ(drawn.code, 0) << drawn.err;
  EXPECT_EQ(drawn.out, run({"plot", "t2m[10]", "data/*.nc", "-o", "-"}).out);
}

TEST_F(Cli, AProgramThatIsNotBesideThisOneIsNamed) {
  const std::string alone = *folder / "alone";
  fs::copy_file(CHUNKWISE_PROGRAM, alone);
  const auto expect_missing = [&](const std::vector<std::string>& line, const std::string& program) {
    const Outcome outcome = Command(*folder / "", line, {}, alone).wait();
    EXPECT_EQ(outcome.code, 1);
    EXPECT_THAT(outcome.err, AllOf(StartsWith("chunkwise: cannot start " + program), HasSubstr(*folder / program),
                                   HasSubstr("it is installed with chunkwise")));
  };
  expect_missing({"plot", "t2m[10]", "data/*.nc", "-o", "never.png"}, "chunkwise-plot");
  expect_missing({"eval", "t2m[10]", "data/*.nc", "--backend", "thrift://127.0.0.1:1"}, "chunkwise-cluster");
  for (const char* verb : {"cluster", "worker"}) expect_missing({verb, "127.0.0.1:1"}, "chunkwise-cluster");
  expect_missing({"coordinator"}, "chunkwise-cluster");
  fs::remove(alone);
}

TEST_F(Cli, AProgramOfAnotherVersionThanTheCommandSaysSo) {
  ::setenv("CHUNKWISE_HANDED_OVER_BY", "99.0.1", 1);
  const std::string plotter = fs::path(CHUNKWISE_PROGRAM).parent_path() / "chunkwise-plot";
  const Outcome outcome =
      Command(*folder / "", {"plot", "t2m[10]", "data/*.nc", "-o", "never.png"}, {}, plotter).wait();
  ::unsetenv("CHUNKWISE_HANDED_OVER_BY");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr(plotter + " is of version "), HasSubstr("99.0.1; install both from one build")));
  EXPECT_FALSE(fs::exists(*folder / "never.png"));
}

// -------------------------------------------------------------------------------------------------- libraries

/// Stands before the system's libraries in the way of netcdf-c: a file of its name that is none.
class WithoutNetcdf {
 public:
  WithoutNetcdf() {
    std::ofstream(folder_ / fs::path(CHUNKWISE_NETCDF_LIBRARY).filename().string()) << "not a library";
    ::setenv("LD_LIBRARY_PATH", (folder_ / "").c_str(), 1);
  }
  ~WithoutNetcdf() {
    if (before_.empty())
      ::unsetenv("LD_LIBRARY_PATH");
    else
      ::setenv("LD_LIBRARY_PATH", before_.c_str(), 1);
  }
  WithoutNetcdf(const WithoutNetcdf&) = delete;
  WithoutNetcdf& operator=(const WithoutNetcdf&) = delete;

 private:
  TemporaryFolder folder_;
  std::string before_ = std::getenv("LD_LIBRARY_PATH") ? std::getenv("LD_LIBRARY_PATH") : "";
};

TEST_F(Cli, ClassicFilesAreReadWithoutNetcdfC) {
  if (fs::path(CHUNKWISE_NETCDF_LIBRARY).is_absolute()) GTEST_SKIP() << "netcdf-c is loaded from a folder of its own";
  ASSERT_EQ(run({"eval", "t2m[0]", "data/*.nc", "-o", "compressed.nc"}).code, 0);
  const std::vector<std::vector<std::string>> lines{{"eval", "--json", "t2m[1]", "data/*.nc"},
                                                    {"info", "--json", "data/*.nc"},
                                                    {"explain", "mean(t2m, 0)", "data/*.nc"}};
  std::vector<std::string> answers;
  for (const auto& line : lines) answers.push_back(run(line).out);

  const WithoutNetcdf without;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Outcome outcome = run(lines[i]);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, answers[i]);
  }
  for (const std::vector<std::string>& line : std::vector<std::vector<std::string>>{
           {"eval", "t2m", "compressed.nc"}, {"eval", "t2m[0]", "data/*.nc", "-o", "never.nc"}}) {
    const Outcome outcome = run(line);
    EXPECT_EQ(outcome.code, 1);
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, AllOf(StartsWith("chunkwise: "), HasSubstr("netcdf-c, which NetCDF-4 files"),
                                   HasSubstr("cannot be loaded: "), HasSubstr("install it")));
  }
  EXPECT_FALSE(fs::exists(*folder / "never.nc"));
}

TEST_F(Cli, HelpOfEachVerbHasExamples) {
  for (const char* verb :
       {"info", "eval", "plot", "explore", "explain", "sample", "coordinator", "worker", "cluster"}) {
    const Outcome outcome = run({verb, "--help"});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("Example"));
    EXPECT_THAT(outcome.out, HasSubstr(std::string("  chunkwise ") + verb));
  }
}

}  // namespace
