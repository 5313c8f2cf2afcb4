// Statistics of files, computed by the array language, against known ones: of real files of many origins those that
// NumPy found, of files that are made here those of plain loops over the numbers that were written.
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>

#include "chunkwise/netcdf.hpp"
#include "tests/expr/arrays.hpp"
#include "tests/netcdf/reference_files.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using nlohmann::json;

constexpr double largest = std::numeric_limits<double>::max();

class Reference : public testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] std::string path_of(const std::string& file) const { return files.path(file); }
  const ReferenceFiles& files = reference_files(GetParam());
  const json statistics = files.statistics();
};
INSTANTIATE_TEST_SUITE_P(Folders, Reference, testing::ValuesIn(reference_names()),
                         [](const auto& folder) { return folder.param; });

bool is_number(const json& variable) {
  const auto type = variable["dtype"].get<std::string>();
  return type.size() == 3 && std::string("iuf").find(type[1]) != std::string::npos;
}

/// Calls f with a std::integral_constant of the rank.
template <class F>
void with_rank(std::size_t rank, F&& f) {
  switch (rank) {
    case 0:
      return f(std::integral_constant<int, 0>{});
    case 1:
      return f(std::integral_constant<int, 1>{});
    case 2:
      return f(std::integral_constant<int, 2>{});
    case 3:
      return f(std::integral_constant<int, 3>{});
    case 4:
      return f(std::integral_constant<int, 4>{});
    case 5:
      return f(std::integral_constant<int, 5>{});
    case 6:
      return f(std::integral_constant<int, 6>{});
    default:
      FAIL() << "no variable has rank " << rank;
  }
}

/// The variable as the statistics see it: infinity is left out, and in bytes without a fill value of their own -127.
template <int N>
auto usable(const Array<double, N>& x, const json& expected) {
  const bool masks_default =
      expected["dtype"] == "|i1" && !expected.contains("_FillValue") && !expected.contains("_Unsigned");
  return where((abs(x) <= largest) && (x != (masks_default ? -127.0 : nan)), x, nan);
}

TEST_P(Reference, EveryVariableHasTheStatisticsThatAreKnown) {
  int compared = 0;
  for (const auto& [file, description] : statistics.items()) {
    if (!description.contains("variables")) continue;
    for (const auto& [variable, expected] : description["variables"].items()) {
      if (!is_number(expected) || !expected.contains("count_valid")) continue;
      SCOPED_TRACE(file + ": " + variable);
      with_rank(expected["shape"].size(), [&, &f = file, &v = variable, &e = expected](auto rank) {
        const auto x = open_netcdf<double, rank>(path_of(f), v);
        const auto y = usable<rank>(x, e);
        const auto valid = e["count_valid"].template get<std::int64_t>();
        if (y.shape().elements() == 0) {
          EXPECT_EQ(valid, 0);
          EXPECT_EQ(compute(local(), count(y)), 0);
          EXPECT_EQ(compute(local(), nansum(y)), 0);
          return;
        }
        const auto [n, total, m, s, low, high] =
            compute(local(), count(y), nansum(y), nanmean(y), nanstddev(y), nanmin(y), nanmax(y));
        EXPECT_EQ(n, valid);
        if (valid == 0) {
          EXPECT_TRUE(std::isnan(m) && std::isnan(s) && std::isnan(low) && std::isnan(high));
          return;
        }
        const double scale = std::max(std::abs(low), std::abs(high));
        EXPECT_EQ(low, e["min"].template get<double>());
        EXPECT_EQ(high, e["max"].template get<double>());
        EXPECT_NEAR(m, e["mean"].template get<double>(), 1e-13 * scale);
        EXPECT_NEAR(total, e["sum"].template get<double>(), 1e-12 * scale * static_cast<double>(valid));
        // Squares of numbers beyond 1e150 are beyond float64.
        if (scale > 1e150) return;
        const auto deviation = e["std"].template get<double>();
        EXPECT_NEAR(s, deviation, 1e-12 * deviation + 1e-15 * scale);
        ++compared;
      });
    }
  }
  EXPECT_GT(compared, files.least_numbers);
}

/// Returns a number of the reference, in which null stands for NaN.
double number(const json& value) { return value.is_null() ? nan : value.get<double>(); }

/// Compares a result with its recorded shape, number of values, sum and samples.
template <class T, int N>
void expect_result(const NdArray<T, N>& found, const json& expected, double tolerance) {
  ASSERT_EQ(expected["shape"].size(), static_cast<std::size_t>(N));
  for (int axis = 0; axis < N; ++axis)
    EXPECT_EQ(found.shape()[axis], expected["shape"][static_cast<std::size_t>(axis)].template get<std::int64_t>());
  long double sum = 0;
  std::int64_t valid = 0;
  for (const T value : found.mutable_copy()) {
    const auto v = static_cast<double>(value);
    if (std::isnan(v)) continue;
    sum += v;
    ++valid;
  }
  EXPECT_EQ(valid, expected["n_valid"].template get<std::int64_t>());
  EXPECT_NEAR(static_cast<double>(sum), number(expected["sum"]), tolerance * static_cast<double>(valid) + 1e-300);
  for (const json& sample : expected["samples"]) {
    std::int64_t offset = 0;
    const PerAxis<std::int64_t> strides = found.strides();
    for (int axis = 0; axis < N; ++axis)
      offset += sample[0][static_cast<std::size_t>(axis)].template get<std::int64_t>() * strides[axis];
    const auto value = static_cast<double>(found.data()[offset]);
    const double wanted = number(sample[1]);
    if (std::isnan(wanted))
      EXPECT_TRUE(std::isnan(value)) << sample;
    else
      EXPECT_NEAR(value, wanted, tolerance) << sample;
  }
}

TEST_P(Reference, ReductionsAlongEveryAxisAreThoseThatAreKnown) {
  const json golden = files.reductions();
  int compared = 0;
  for (const auto& [key, expected] : golden.items()) {
    const std::size_t colon = key.find(':');
    const std::string file = key.substr(0, colon);
    const std::string variable = key.substr(colon + 1);
    with_rank(expected["shape"].size(), [&, &k = key, &e = expected](auto rank) {
      if constexpr (rank >= 2) {
        const auto opened = open_netcdf<double, rank>(path_of(file), variable);
        const auto x = where(abs(opened) <= largest, opened, nan);
        const double scale = compute(local(), nanmax(abs(x)));
        for (int a = 0; a < rank; ++a) {
          const auto along = runtime_axis(a);
          const auto name = [&](const char* what) { return std::string(what) + "_axis" + std::to_string(a); };
          const auto [m, s, low, high, n] = compute(local(), nanmean(x, along), nanstddev(x, along), nanmin(x, along),
                                                    nanmax(x, along), count(x, along));
          SCOPED_TRACE(k + ", axis " + std::to_string(a));
          expect_result(m, e[name("mean")], 1e-13 * scale);
          expect_result(s, e[name("std")], 1e-13 * scale);
          expect_result(low, e[name("min")], 1e-14 * scale);
          expect_result(high, e[name("max")], 1e-14 * scale);
          expect_result(n, e[name("count")], 0);
          compared += 5;
        }
      }
    });
  }
  EXPECT_GT(compared, 100);
}

// ---------------------------------------------------------------- several files

/// Count, sum and extremes over all files of a series, put together from the statistics of each.
struct Together {
  std::int64_t count = 0;
  double sum = 0, min = largest, max = -largest;
};
Together together(const ReferenceFiles& all, const std::vector<std::string>& files, const std::string& variable) {
  Together result;
  const json statistics = all.statistics();
  for (const std::string& file : files) {
    const json& v = statistics[std::filesystem::relative(file, all.folder).string()]["variables"][variable];
    if (v["count_valid"].get<std::int64_t>() == 0) continue;
    result.count += v["count_valid"].get<std::int64_t>();
    result.sum += v["sum"].get<double>();
    result.min = std::min(result.min, v["min"].get<double>());
    result.max = std::max(result.max, v["max"].get<double>());
  }
  return result;
}

TEST_P(Reference, MonthsOfAnOceanAreOneArray) {
  const std::string pattern = path_of("series_nemo/*.nc");
  const auto x = open_netcdf<double, 3>(pattern, "tos");
  EXPECT_EQ(x.shape(), (Shape{3, 330, 360}));
  EXPECT_EQ(x.labels().dimension(0), "time_counter");
  const auto paths = expand_glob(pattern);
  const Together expected = together(this->files, paths, "tos");
  const auto [n, total, low, high] = compute(local(), count(x), nansum(x), nanmin(x), nanmax(x));
  EXPECT_EQ(n, expected.count);
  EXPECT_NEAR(total, expected.sum, 1e-9 * std::abs(expected.sum));
  EXPECT_EQ(low, expected.min);
  EXPECT_EQ(high, expected.max);
  for (std::size_t month = 0; month < paths.size(); ++month) {
    const auto part = x(static_cast<std::int64_t>(month));
    const auto file = open_netcdf<double, 3>(paths[month], "tos");
    EXPECT_EQ(compute(local(), nansum(part)), compute(local(), nansum(file(0))));
  }
  // Anomalies of each month from the mean of all; land stays land.
  const auto anomaly = x - nanmean(x, 0);
  EXPECT_NEAR(compute(local(), nanmean(anomaly)), 0, 1e-12);
  EXPECT_EQ(compute(local(), count(anomaly)), n);
}

TEST_P(Reference, HoursWithUnequalNumbersOfReportsAreOneArray) {
  const std::string pattern = path_of("series_sao/*.cdf");
  const auto paths = expand_glob(pattern);
  for (const char* variable : {"T", "lat", "lon", "elev", "PSL", "SPD", "VIS"}) {
    SCOPED_TRACE(variable);
    const auto x = open_netcdf<double, 1>(pattern, variable);
    EXPECT_EQ(x.shape(), (Shape{1645 + 1589 + 1767}));
    EXPECT_EQ(x.node()->grid.chunks(), 3);
    const Together expected = together(this->files, paths, variable);
    const auto [n, total, low, high] = compute(local(), count(x), nansum(x), nanmin(x), nanmax(x));
    EXPECT_EQ(n, expected.count);
    EXPECT_NEAR(total, expected.sum, 1e-11 * std::abs(expected.sum));
    EXPECT_EQ(low, expected.min);
    EXPECT_EQ(high, expected.max);
  }
  const auto x = open_netcdf<double, 2>(pattern, "ZCL");
  EXPECT_EQ(x.shape(), (Shape{1645 + 1589 + 1767, 4}));
  EXPECT_EQ(values(count(x, 0)).size(), 4U);
}

TEST_P(Reference, APartAcrossTheBordersOfFilesIsThatOfEach) {
  const std::string pattern = path_of("series_sao/*.cdf");
  const auto x = open_netcdf<double, 1>(pattern, "lat");
  std::vector<double> all;
  for (const std::string& file : expand_glob(pattern))
    for (const double value : values(open_netcdf<double, 1>(file, "lat"))) all.push_back(value);
  const auto part = values(x(range(4000, 100, -7)));
  ASSERT_EQ(part.size(), 558U);
  for (std::size_t i = 0; i < part.size(); ++i) {
    const double expected = all[4000 - 7 * i];
    EXPECT_TRUE(part[i] == expected || (std::isnan(part[i]) && std::isnan(expected))) << i;
  }
}

// ---------------------------------------------------------------- what cannot be

TEST_P(Reference, WhatCannotBeReadIsRefusedWithASentence) {
  const auto refusal = [&](const std::string& file, const char* variable) {
    return error_of([&] { (void)open_netcdf<double, 1>(path_of(file), variable); });
  };
  Caught caught = refusal("edge/bad_cdf5_begin.nc", "v");
  EXPECT_EQ(caught.code, ErrorCode::corrupt);
  EXPECT_TRUE(caught.says("bad_cdf5_begin.nc")) << caught.message;
  caught = refusal("edge/absent.nc", "v");
  EXPECT_EQ(caught.code, ErrorCode::not_found);
  EXPECT_TRUE(caught.says("absent.nc")) << caught.message;
  caught = refusal("real/sst.mnmean.nc", "temperature");
  EXPECT_EQ(caught.code, ErrorCode::not_found);
  EXPECT_TRUE(caught.says("temperature") && caught.says("sst")) << caught.message;
  int refused = 0;
  for (const auto& [file, description] : statistics.items()) {
    if (!description.contains("variables")) continue;
    for (const auto& [variable, expected] : description["variables"].items()) {
      if (is_number(expected)) continue;
      EXPECT_EQ(refusal(file, variable.c_str()).code, ErrorCode::unsupported) << file << ": " << variable;
      ++refused;
    }
  }
  EXPECT_GT(refused, files.least_texts);
}

TEST_P(Reference, AnotherRankOrTypeThanTheFileHasIsAnError) {
  Caught caught = error_of([&] { (void)open_netcdf<double, 2>(path_of("real/sst.mnmean.nc"), "sst"); });
  EXPECT_EQ(caught.code, ErrorCode::shape_mismatch);
  EXPECT_TRUE(caught.says("3 dimensions") && caught.says("(128, 89, 180)")) << caught.message;
  // Packed values and missing ones need a floating type.
  caught = error_of([&] { (void)open_netcdf<std::int16_t, 4>(path_of("real/sub.nc"), "u"); });
  EXPECT_EQ(caught.code, ErrorCode::type_mismatch);
}

TEST_P(Reference, FilesThatDoNotFitTogetherAreNamed) {
  const std::vector<std::string> files{path_of("real/tos_O1_2001-2002.nc"),
                                       path_of("series_nemo/nemo_1m_20150101-20150201_grid-T.nc")};
  const Caught caught = error_of([&] { (void)open_netcdf<double, 3>(files, "tos"); });
  EXPECT_TRUE(caught.code == ErrorCode::shape_mismatch || caught.code == ErrorCode::name_mismatch);
  EXPECT_TRUE(caught.says("nemo_1m_20150101-20150201_grid-T.nc")) << caught.message;
}

}  // namespace
}  // namespace chunkwise_test
