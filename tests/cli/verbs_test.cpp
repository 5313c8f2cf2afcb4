// The verbs that take files as a whole: dates, stats, cat, set, diff, and formulas over all variables.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/netcdf.hpp"
#include "tests/cli/sample_files.hpp"
#include "tests/netcdf/files.hpp"

namespace {

namespace cw = chunkwise;
namespace fs = std::filesystem;
using chunkwise_test::make_file;
using chunkwise_test::nc;
using chunkwise_test::Outcome;
using chunkwise_test::SampleFiles;
using chunkwise_test::text_of_file;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void put_text(int file, int variable, const char* name, const std::string& text) {
  nc(nc_put_att_text(file, variable, name, text.size(), text.c_str()));
}

class Verbs : public SampleFiles {
 protected:
  static cw::Array<double, 3> t2m() { return cw::open_netcdf<double, 3>(*folder / "data/*.nc", "t2m"); }

  /// Makes a file of a time coordinate in a calendar.
  static std::string make_times(const std::string& name, const char* units, const char* calendar,
                                std::vector<double> times) {
    make_file(
        *folder / name, NC_NETCDF4, NC_FLOAT, {{"time", 0}},
        [&](int file, int) {
          const int dimension = 0;
          int time = 0;
          nc(nc_def_var(file, "time", NC_DOUBLE, 1, &dimension, &time));
          put_text(file, time, "units", units);
          put_text(file, time, "calendar", calendar);
        },
        [&](int file, int) {
          const std::size_t start = 0, count = times.size();
          int time = 0;
          nc(nc_inq_varid(file, "time", &time));
          nc(nc_put_vara_double(file, time, &start, &count, times.data()));
        });
    return name;
  }

  /// Makes a file with two variables of (time, x), one of them with two missing values, one of (x), and a text.
  static void make_weather(const std::string& name, float first = 0, bool with_text = false) {
    int file = 0, dimensions[2] = {0, 0}, a = 0, b = 0, height = 0, time = 0, text = 0;
    nc(nc_create((*folder / name).c_str(), NC_NETCDF4 | NC_CLOBBER, &file));
    nc(nc_def_dim(file, "time", NC_UNLIMITED, &dimensions[0]));
    nc(nc_def_dim(file, "x", 4, &dimensions[1]));
    nc(nc_def_var(file, "time", NC_DOUBLE, 1, dimensions, &time));
    put_text(file, time, "units", "days since 2000-01-01");
    nc(nc_def_var(file, "a", NC_FLOAT, 2, dimensions, &a));
    put_text(file, a, "units", "K");
    put_text(file, a, "coordinates", "height");
    nc(nc_def_var(file, "b", NC_SHORT, 2, dimensions, &b));
    const short missing = -1;
    const double scale = 0.5;
    nc(nc_put_att_short(file, b, "_FillValue", NC_SHORT, 1, &missing));
    nc(nc_put_att_double(file, b, "scale_factor", NC_DOUBLE, 1, &scale));
    nc(nc_def_var(file, "height", NC_FLOAT, 1, &dimensions[1], &height));
    if (with_text) nc(nc_def_var(file, "remark", NC_CHAR, 1, &dimensions[1], &text));
    put_text(file, NC_GLOBAL, "title", "two variables");
    nc(nc_enddef(file));
    const std::size_t start[2] = {0, 0}, count[2] = {3, 4}, line = 4, three = 3;
    std::vector<float> numbers(12);
    std::vector<short> shorts(12);
    for (int i = 0; i < 12; ++i) {
      numbers[static_cast<std::size_t>(i)] = first + static_cast<float>(i);
      shorts[static_cast<std::size_t>(i)] = static_cast<short>(i == 5 || i == 6 ? missing : i);
    }
    const double times[3] = {0, 1, 2};
    nc(nc_put_vara_double(file, time, start, &three, times));
    nc(nc_put_vara_float(file, a, start, count, numbers.data()));
    nc(nc_put_vara_short(file, b, start, count, shorts.data()));
    nc(nc_put_vara_float(file, height, start, &line, numbers.data()));
    if (with_text) nc(nc_put_vara_text(file, text, start, &line, "word"));
    nc(nc_close(file));
  }
};

// ------------------------------------------------------------------------------------------------------ dates

TEST_F(Verbs, DatesAreThoseOfAllFiles) {
  const Outcome outcome = run({"dates", "data/*.nc"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const std::vector<std::string> lines = lines_of(outcome.out);
  ASSERT_EQ(lines.size(), 12U);
  EXPECT_EQ(lines.front(), "2015-01-01 00:00");
  EXPECT_EQ(lines[1], "2015-01-01 06:00");
  EXPECT_EQ(lines.back(), "2015-01-03 18:00");
  EXPECT_EQ(run({"dates", "data/*.nc", "--count"}).out, "12\n");
  EXPECT_EQ(run({"dates", "data/*.nc", "--by", "day"}).out, "2015-01-01  4\n2015-01-02  4\n2015-01-03  4\n");
  EXPECT_EQ(run({"dates", "data/*.nc", "--by", "day", "--count"}).out, "3\n");
  EXPECT_EQ(run({"dates", "data/*.nc", "--by", "month"}).out, "2015-01  12\n");
  EXPECT_EQ(run({"dates", "data/*.nc", "--by", "year"}).out, "2015  12\n");
  EXPECT_EQ(Json::parse(run({"dates", "data/*.nc", "--json", "--by", "year"}).out), Json({"2015"}));
}

TEST_F(Verbs, DatesAreThoseOfTheCalendar) {
  const auto dates = [](const std::string& file) { return lines_of(run({"dates", file}).out); };
  const std::vector<double> days{0, 1, 2};
  const char* units = "days since 2000-02-28";
  EXPECT_THAT(dates(make_times("noleap.nc", units, "noleap", days)),
              ElementsAre("2000-02-28 00:00", "2000-03-01 00:00", "2000-03-02 00:00"));
  EXPECT_THAT(dates(make_times("d360.nc", units, "360_day", days)),
              ElementsAre("2000-02-28 00:00", "2000-02-29 00:00", "2000-02-30 00:00"));
  EXPECT_THAT(dates(make_times("leap.nc", "days since 2001-02-28", "all_leap", days)),
              ElementsAre("2001-02-28 00:00", "2001-02-29 00:00", "2001-03-01 00:00"));
  EXPECT_THAT(dates(make_times("standard.nc", "days since 1582-10-04", "standard", {0, 1})),
              ElementsAre("1582-10-04 00:00", "1582-10-15 00:00"));
  EXPECT_THAT(dates(make_times("proleptic.nc", "days since 1582-10-04", "proleptic_gregorian", {0, 1})),
              ElementsAre("1582-10-04 00:00", "1582-10-05 00:00"));
  EXPECT_THAT(dates(make_times("julian.nc", "days since 1900-02-28", "julian", {0, 1})),
              ElementsAre("1900-02-28 00:00", "1900-02-29 00:00"));
  EXPECT_THAT(dates(make_times("seconds.nc", "seconds since 2000-01-01", "standard", {1, 90})),
              ElementsAre("2000-01-01 00:00:01", "2000-01-01 00:01:30"));
}

TEST_F(Verbs, DatesSayWhatIsNoTime) {
  expect_mistake({"dates", "data/*.nc", "--var", "latitude"}, "'latitude' does not count times");
  expect_mistake({"dates", "data/*.nc", "--var", "moment"}, "no variable 'moment'");
  expect_mistake({"dates", make_times("none.nc", "meters", "", {0})}, "no coordinate that counts times");
  expect_mistake({"dates", "data/*.nc", "--by", "week"}, "none of year, month, day");
}

// ------------------------------------------------------------------------------------------------------ stats

TEST_F(Verbs, StatsAreThoseOfFormulas) {
  const Outcome outcome = run({"stats", "data/*.nc", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const Json row = Json::parse(outcome.out);
  EXPECT_EQ(row["variable"], "t2m");
  EXPECT_EQ(row["count"], 12 * 19 * 36);
  EXPECT_EQ(row["missing"], 0);
  EXPECT_EQ(row["min"].get<double>(), cw::compute(cw::min(t2m())));
  EXPECT_EQ(row["mean"].get<double>(), cw::compute(cw::mean(t2m())));
  EXPECT_EQ(row["max"].get<double>(), cw::compute(cw::max(t2m())));
}

TEST_F(Verbs, StatsHaveALineForEachIndexOfADimension) {
  make_weather("weather.nc");
  const std::vector<std::string> lines = lines_of(run({"stats", "weather.nc", "--by", "time", "--csv"}).out);
  EXPECT_THAT(lines, ElementsAre("variable,time,count,missing,min,mean,max",  //
                                 "a,2000-01-01 00:00,4,0,0.0,1.5,3.0",        //
                                 "a,2000-01-02 00:00,4,0,4.0,5.5,7.0",        //
                                 "a,2000-01-03 00:00,4,0,8.0,9.5,11.0",       //
                                 "b,2000-01-01 00:00,4,0,0.0,0.75,1.5",       //
                                 "b,2000-01-02 00:00,2,2,2.0,2.75,3.5",       //
                                 "b,2000-01-03 00:00,4,0,4.0,4.75,5.5"));
  const std::vector<std::string> all = lines_of(run({"stats", "weather.nc", "--var", "b"}).out);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_THAT(all[0], StartsWith("variable  count  missing  min"));
  EXPECT_THAT(all[1], StartsWith("b            10        2    0  2.75  5.5"));
  // Every dimension: each value is a line of its own, and a missing one is told.
  const std::vector<std::string> each =
      lines_of(run({"stats", "weather.nc", "--var", "b", "--by", "x", "--by", "time", "--csv"}).out);
  ASSERT_EQ(each.size(), 13U);
  EXPECT_EQ(each[0], "variable,x,time,count,missing,min,mean,max");
  EXPECT_EQ(each[6], "b,1,2000-01-02 00:00,0,1,,,");
  EXPECT_EQ(each[8], "b,3,2000-01-02 00:00,1,0,3.5,3.5,3.5");
}

TEST_F(Verbs, StatsLeaveOutWhatBelongsToOtherVariables) {
  make_weather("weather.nc", 0, true);
  const std::string text = run({"stats", "weather.nc"}).out;
  EXPECT_THAT(text, Not(HasSubstr("height")));
  EXPECT_THAT(text, Not(HasSubstr("remark")));
  EXPECT_THAT(run({"stats", "weather.nc", "--var", "height"}).out, HasSubstr("height"));
  expect_mistake({"stats", "weather.nc", "--by", "level"}, "no variable has the dimension 'level'; there are: time, x");
  expect_mistake({"stats", "weather.nc", "--var", "c"}, "no variable 'c'; there are: a, b");
}

// -------------------------------------------------------------------------------------------------------- cat

TEST_F(Verbs, CatJoinsFilesThatArePackedInDifferentWays) {
  const Outcome outcome = run({"cat", "data/*.nc", "-o", "all.nc"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("'t2m' is stored in different ways from file to file"));
  const auto joined = cw::open_netcdf<double, 3>(*folder / "all.nc", "t2m");
  EXPECT_EQ(cw::compute(joined), cw::compute(t2m()));
  const Outcome same = run({"diff", "data/*.nc", "all.nc"});
  EXPECT_EQ(same.code, 0) << same.out;
  EXPECT_THAT(same.out, IsEmpty());
}

TEST_F(Verbs, CatKeepsStoredNumbersWhereFilesArePackedAlike) {
  make_weather("one.nc");
  const Outcome outcome = run({"cat", "one.nc", "-o", "copy.nc"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.err, IsEmpty());
  const Json copy = Json::parse(run({"info", "--json", "--each", "copy.nc"}).out);
  for (const Json& variable : copy["variables"])
    if (variable["name"] == "b") {
      EXPECT_EQ(variable["type"], "int16");
      EXPECT_EQ(variable["attributes"]["_FillValue"], -1);
      EXPECT_EQ(variable["attributes"]["scale_factor"], 0.5);
    }
  EXPECT_EQ(copy["variables"].size(), 4U);  // once each
  EXPECT_EQ(copy["attributes"]["title"], "two variables");
  const Outcome same = run({"diff", "one.nc", "copy.nc"});
  EXPECT_EQ(same.code, 0) << same.out;
}

TEST_F(Verbs, CatSelectsVariablesAndLosesNoneInSilence) {
  make_weather("text.nc", 0, true);
  expect_mistake({"cat", "text.nc", "-o", "lost.nc"}, "'remark' would be lost");
  ASSERT_EQ(run({"cat", "text.nc", "--without", "remark", "-o", "rest.nc"}).code, 0);
  ASSERT_EQ(run({"cat", "text.nc", "--var", "b", "-o", "b.nc", "--deflate", "1"}).code, 0);
  EXPECT_THAT(run({"info", "b.nc"}).out, Not(HasSubstr("height")));
  EXPECT_EQ(run({"eval", "--json", "b", "b.nc"}).out, run({"eval", "--json", "b", "text.nc"}).out);
  expect_mistake({"cat", "text.nc", "--var", "c", "-o", "c.nc"}, "no variable 'c'");
  expect_mistake({"cat", "text.nc", "-o", "c.npy"}, "cat writes a NetCDF file");
  expect_mistake({"cat", "text.nc"}, "--output is missing");
}

TEST_F(Verbs, CatConvertsTheBoundsOfTimesAsTheTimes) {
  for (const auto& [name, since] : {std::pair{"january.nc", "2000-01-01"}, std::pair{"february.nc", "2000-02-01"}}) {
    int file = 0, dimensions[2] = {0, 0}, time = 0, bounds = 0, v = 0;
    nc(nc_create((*folder / name).c_str(), NC_CLOBBER, &file));
    nc(nc_def_dim(file, "time", NC_UNLIMITED, &dimensions[0]));
    nc(nc_def_dim(file, "two", 2, &dimensions[1]));
    nc(nc_def_var(file, "time", NC_DOUBLE, 1, dimensions, &time));
    put_text(file, time, "units", std::string("days since ") + since);
    put_text(file, time, "bounds", "tb");
    nc(nc_def_var(file, "tb", NC_DOUBLE, 2, dimensions, &bounds));
    nc(nc_def_var(file, "v", NC_FLOAT, 1, dimensions, &v));
    nc(nc_enddef(file));
    const std::size_t start[2] = {0, 0}, count[2] = {1, 2};
    const double middle = 0.5, edges[2] = {0, 1};
    const float value = 7;
    nc(nc_put_vara_double(file, time, start, count, &middle));
    nc(nc_put_vara_double(file, bounds, start, count, edges));
    nc(nc_put_vara_float(file, v, start, count, &value));
    nc(nc_close(file));
  }
  const Outcome outcome = run({"cat", "january.nc", "february.nc", "-o", "both.nc"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(run({"eval", "--csv", "tb.reshape(4)", "both.nc"}).out, "axis_0,tb\n0,0.0\n1,1.0\n2,31.0\n3,32.0\n");
  EXPECT_EQ(run({"eval", "--json", "v", "both.nc"}).out, run({"eval", "--json", "v", "january.nc", "february.nc"}).out);
  const Json file = Json::parse(run({"info", "--json", "--each", "both.nc"}).out);
  EXPECT_EQ(file["variables"].size(), 3U) << "the bounds are there once";
}

TEST_F(Verbs, CatMergesFilesOfDifferentVariables) {
  make_weather("first.nc");
  ASSERT_EQ(run({"eval", "c = a * 2", "first.nc", "-o", "second.nc", "-f"}).code, 0);
  const Outcome outcome = run({"cat", "first.nc", "second.nc", "-o", "merged.nc"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(run({"eval", "--json", "c - a - a", "merged.nc"}).code, 0);
  EXPECT_THAT(run({"info", "merged.nc"}).out, HasSubstr("height"));
}

// -------------------------------------------------------------------------------------------------------- set

TEST_F(Verbs, SetChangesAttributesAndNothingElse) {
  make_weather("old.nc", 0, true);
  const Outcome outcome =
      run({"set", "old.nc", "--attribute", "a@units=degC", "--attribute", "a@level:float64=2", "--attribute",
           "title=x=y@z", "--attribute", "b@scale_factor=0.25", "--remove", "a@coordinates", "-o", "new.nc"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json file = Json::parse(run({"info", "--json", "--each", "new.nc"}).out);
  EXPECT_EQ(file["attributes"]["title"], "x=y@z");
  EXPECT_THAT(file["attributes"]["history"].get<std::string>(), HasSubstr("chunkwise set old.nc"));
  EXPECT_EQ(file["variables"].size(), 5U);  // the text too
  for (const Json& variable : file["variables"]) {
    if (variable["name"] == "a") {
      EXPECT_EQ(variable["attributes"], Json::parse(R"({"units": "degC", "level": 2.0})"));
    }
    if (variable["name"] == "b") {
      EXPECT_EQ(variable["attributes"]["scale_factor"], 0.25);  // a number still
    }
  }
  EXPECT_THAT(run({"diff", "old.nc", "new.nc"}).out,
              HasSubstr("attribute of 'a': units = \"K\" in the first, units = \"degC\" in the second"));
  const Outcome back = run({"set", "new.nc", "--units", "a=K", "-o", "new.nc"});
  EXPECT_EQ(back.code, 2);  // it exists
  EXPECT_EQ(run({"set", "new.nc", "--units", "a=K", "-f", "-o", "new.nc"}).code, 0);
  EXPECT_THAT(run({"diff", "old.nc", "new.nc"}).out, Not(HasSubstr("units")));
}

TEST_F(Verbs, SetRenamesAVariableItsDimensionAndWhatNamesIt) {
  make_weather("old.nc");
  for (const char* kind : {"old.nc", "classic.nc"}) {
    if (std::string(kind) == "classic.nc") {
      make_file(
          *folder / kind, 0, NC_SHORT, {{"x", 3}},
          [](int file, int variable) {
            const int dimension = 0;
            int x = 0;
            nc(nc_def_var(file, "x", NC_FLOAT, 1, &dimension, &x));
            put_text(file, variable, "coordinates", "x");
          },
          chunkwise_test::counting({3}));
      const Outcome outcome = run({"set", kind, "--rename", "x=longitude", "--rename", "v=value", "-o", "r.nc", "-f"});
      ASSERT_EQ(outcome.code, 0) << outcome.err;
      EXPECT_EQ(Json::parse(run({"eval", "--json", "value", "r.nc"}).out)["values"], Json({0, 1, 2}));
      const Json file = Json::parse(run({"info", "--json", "--each", "r.nc"}).out);
      EXPECT_EQ(file["dimensions"][0]["name"], "longitude");
      EXPECT_EQ(file["variables"][0]["attributes"]["coordinates"], "longitude");
      continue;
    }
    // netcdf-c loses the values of a coordinate whose dimension is renamed with it.
    expect_mistake({"set", kind, "--rename", "time=t", "-o", "renamed.nc", "-f"}, "cannot rename in NetCDF-4 files");
    EXPECT_FALSE(fs::exists(*folder / "renamed.nc"));
    const Outcome outcome = run({"set", kind, "--rename", "height=z", "-o", "renamed.nc", "-f"});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(Json::parse(run({"eval", "--json", "a", "renamed.nc"}).out)["values"],
              Json::parse(run({"eval", "--json", "a", "old.nc"}).out)["values"]);
    const Json file = Json::parse(run({"info", "--json", "--each", "renamed.nc"}).out);
    for (const Json& variable : file["variables"])
      if (variable["name"] == "a") {
        EXPECT_EQ(variable["attributes"]["coordinates"], "z");
      }
  }
}

TEST_F(Verbs, SetFillsMissingValuesWithAnotherNumber) {
  make_weather("old.nc");
  const std::string before = run({"eval", "--json", "b", "old.nc"}).out;
  ASSERT_EQ(run({"set", "old.nc", "--fill", "b=-999", "-o", "filled.nc", "-f"}).code, 0);
  const Json stored = Json::parse(run({"eval", "--json", "--no-decode", "b", "filled.nc"}).out);
  EXPECT_EQ(stored["values"][1], Json({4, -999, -999, 7}));
  EXPECT_EQ(stored["attributes"]["_FillValue"], -999);
  EXPECT_EQ(Json::parse(run({"eval", "--json", "b", "filled.nc"}).out)["values"], Json::parse(before)["values"]);
  expect_mistake({"set", "old.nc", "--fill", "b=7", "-o", "x.nc"}, "7 is a value of the data");
  expect_mistake({"set", "old.nc", "--fill", "b=100000", "-o", "x.nc"}, "is no int16");
  expect_mistake({"set", "old.nc", "--fill", "b=0.5", "-o", "x.nc"}, "0.5 is no int16");
  expect_mistake({"set", "old.nc", "--attribute", "b@_FillValue=3", "-o", "x.nc"}, "_FillValue stands for elements");
  // A variable that declared none: missing values are the library's default, and gaps may be NaN.
  ASSERT_EQ(run({"set", "old.nc", "--fill", "a=-999", "-o", "filled.nc", "-f"}).code, 0);
  EXPECT_EQ(Json::parse(run({"eval", "--json", "a", "filled.nc"}).out)["values"],
            Json::parse(run({"eval", "--json", "a", "old.nc"}).out)["values"]);
}

TEST_F(Verbs, SetSaysWhatIsWrong) {
  make_weather("old.nc");
  expect_mistake({"set", "old.nc", "-o", "x.nc"}, "nothing is to be changed");
  expect_mistake({"set", "old.nc", "--units", "c=K", "-o", "x.nc"}, "'c'");
  expect_mistake({"set", "old.nc", "--rename", "a=b", "-o", "x.nc"}, "the name 'b' is taken");
  expect_mistake({"set", "old.nc", "--rename", "c=d", "-o", "x.nc"}, "no variable or dimension 'c'");
  expect_mistake({"set", "old.nc", "--rename", "a=b/c", "-o", "x.nc"}, "does not allow the name 'b/c'");
  expect_mistake({"set", "old.nc", "--remove", "a@comment", "-o", "x.nc"}, "no attribute 'comment'; there are: units");
  expect_mistake({"set", "old.nc", "--attribute", "a@units", "-o", "x.nc"}, "is not VARIABLE@NAME=VALUE");
  expect_mistake({"set", "old.nc", "--attribute", "a@n:int16=1.5", "-o", "x.nc"}, "'1.5' is no int16");
  expect_mistake({"set", "absent.nc", "--units", "a=K", "-o", "x.nc"}, "absent.nc");
}

// ------------------------------------------------------------------------------------------------------- diff

TEST_F(Verbs, DiffCountsValuesThatDiffer) {
  make_weather("left.nc");
  make_weather("right.nc", 1);
  const Outcome outcome = run({"diff", "left.nc", "right.nc"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(lines_of(outcome.out), ElementsAre("a: 12 of 12 values differ, by at most 1, relative 1",
                                                 "height: 4 of 4 values differ, by at most 1, relative 1"));
  EXPECT_EQ(run({"diff", "left.nc", "right.nc", "--absolute", "1"}).code, 0);
  EXPECT_EQ(run({"diff", "left.nc", "right.nc", "--absolute", "0.999"}).code, 1);
  const Outcome relative = run({"diff", "left.nc", "right.nc", "--relative", "0.5", "--json"});
  EXPECT_EQ(relative.code, 1);
  const Json json = Json::parse(relative.out);
  EXPECT_EQ(json["same"], false);
  for (const Json& variable : json["variables"]) {
    if (variable["name"] == "a") {  // 0 and 1
      EXPECT_EQ(variable["differing"], 1);
    }
    if (variable["name"] == "time") {
      EXPECT_EQ(variable["differing"], 0);
    }
  }
  EXPECT_EQ(lines_of(run({"diff", "left.nc", "right.nc", "--all"}).out).size(), 4U);
  EXPECT_EQ(run({"diff", "left.nc", "left.nc"}).code, 0);
  expect_mistake({"diff", "left.nc"}, "diff takes two files");
  expect_mistake({"diff", "left.nc", "absent.nc"}, "absent.nc");
  expect_mistake({"diff", "left.nc", "right.nc", "--absolute", "-1"}, "a tolerance is -1");
}

TEST_F(Verbs, DiffTellsMissingValuesShapesTextsAndAttributes) {
  make_weather("left.nc", 0, true);
  ASSERT_EQ(run({"eval", "b = b.fillna(0); a = a[:, :2]", "left.nc", "-o", "right.nc", "-f"}).code, 0);
  const Outcome outcome = run({"diff", "left.nc", "right.nc"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("'a' is (time 3, x 4) in the first, (time 3, x"));
  EXPECT_THAT(outcome.out, HasSubstr("b: 2 of 12 values differ, 2 of them missing in one file alone\n"));
  EXPECT_THAT(outcome.out, HasSubstr("'remark' is in the first alone"));
  EXPECT_EQ(run({"diff", "left.nc", "left.nc"}).out, "");
}

TEST_F(Verbs, DiffOfWideIntegersIsExact) {
  const auto make = [](const std::string& name, std::vector<long long> numbers) {
    make_file(*folder / name, NC_NETCDF4, NC_INT64, {{"x", numbers.size()}}, {}, [&](int file, int variable) {
      const std::size_t start = 0, count = numbers.size();
      nc(nc_put_vara_longlong(file, variable, &start, &count, numbers.data()));
    });
  };
  make("i.nc", {(1LL << 60) + 1, 5, -(1LL << 62)});
  make("j.nc", {1LL << 60, 5, 1LL << 62});
  EXPECT_THAT(run({"diff", "i.nc", "j.nc"}).out,
              StartsWith("v: 2 of 3 values differ, by at most 9.223372e+18, relative 2"));
  make("k.nc", {(1LL << 60) + 1, 5, -(1LL << 62) + 1});
  EXPECT_THAT(run({"diff", "i.nc", "k.nc"}).out, StartsWith("v: 1 of 3 values differ, by at most 1, "));
}

// ----------------------------------------------------------------------------------------- all variables: ds

TEST_F(Verbs, AFormulaOfDsIsComputedForEachVariable) {
  make_weather("weather.nc");
  const Outcome outcome = run({"eval", "ds - ds.mean(\"time\")", "weather.nc", "-o", "anomaly.nc", "-f"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  for (const char* name : {"a", "b"})
    EXPECT_EQ(Json::parse(run({"eval", "--json", name, "anomaly.nc"}).out)["values"],
              Json::parse(
                  run({"eval", "--json", std::string(name) + " - mean(" + name + ", 0)", "weather.nc"}).out)["values"]);
  EXPECT_THAT(run({"eval", "low = min(ds); high = nanmax(ds)", "weather.nc"}).out,
              StartsWith("a_low = 0.0\na_high = 11.0\nb_low = nan\nb_high = 5.5\n"));
  EXPECT_EQ(run({"eval", "ds.mean() - t2m.mean()", "data/*.nc"}).out, "t2m = 0.0\n");
}

TEST_F(Verbs, VariablesWithoutTheDimensionAreLeftOutAndTold) {
  make_weather("weather.nc");
  ASSERT_EQ(run({"eval", "y = a * 1; z = a[0].without_coordinate() * 2", "weather.nc", "-o", "mixed.nc", "-f"}).code,
            0);
  const Outcome outcome = run({"eval", "ds.mean(\"time\").sum()", "mixed.nc"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("y = "));
  EXPECT_THAT(outcome.err, HasSubstr("'z' is left out: no dimension 'time'"));
  expect_mistake({"eval", "ds.mean(\"tome\")", "mixed.nc"}, "no dimension 'tome'");
  expect_mistake({"eval", "ds.mean() + q", "mixed.nc"}, "no variable 'q'");
}

TEST_F(Verbs, InfoPrintsADatasetAsXarrayDoes) {
  make_weather("weather.nc");
  const Outcome outcome = run({"info", "--xarray", "weather.nc"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("<chunkwise.Dataset>\n"
                                      "Dimensions:  (time: 3, x: 4)\n"
                                      "Coordinates:\n"
                                      "  * time    (time) float64 2000-01-01 00:00 ... 2000-01-03 00:00\n"
                                      "    height  (x) float32\n"
                                      "Data variables:\n"
                                      "    a       (time, x) float32"));
  EXPECT_THAT(outcome.out, HasSubstr("\n    b       (time, x) float64"));
  EXPECT_THAT(outcome.out, HasSubstr("\nAttributes:\n    title:  two variables\n"));
}

}  // namespace
