// Windows along an axis, weighted means and differences of neighbours.
#include "chunkwise/expr/rolling.hpp"

#include <cmath>
#include <limits>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/core/companion.hpp"
#include "tests/expr/arrays.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

static_assert(rank_of<decltype(rolling(make<Cube<float>>(), 0, 3))> == 4);
static_assert(is<float, decltype(rolling(make<Cube<float>>(), 0, 3))>);
static_assert(is<double, decltype(rolling(make<Cube<std::int16_t>>(), 0, 3))>);
static_assert(rank_of<decltype(average(make<Cube<float>>(), make<Array<double, 1>>(), 1))> == 2);

void expect_same(const Numbers& ours, const Numbers& wanted) {
  ASSERT_EQ(ours.size(), wanted.size());
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_TRUE(ours[i] == wanted[i] || (std::isnan(ours[i]) && std::isnan(wanted[i]))) << ours[i] << " at " << i;
}

auto in_time() {
  return counting<double, 2>({5, 2}, {2, 1})
      .with_labels(Labels({"time", "x"}, {Coordinate(Numbers{0, 6, 12, 18, 24}, {}), Coordinate(Numbers{1, 2}, {})},
                          "t", {{"units", "K"}}));
}

TEST(Rolling, AWindowEndsAtItsIndexAndIsNaNWhereItIsIncomplete) {
  const auto means = mean(rolling(in_time(), "time", 3), -1);
  expect_same(values(means), {nan, nan, nan, nan, 2, 3, 4, 5, 6, 7});
  EXPECT_EQ(means.labels().dimension(0), "time");
  EXPECT_EQ(means.labels().coordinate(0).to_vector(), (Numbers{0, 6, 12, 18, 24}));
  EXPECT_EQ(means.labels().name(), "t");
  expect_same(values(nanmean(rolling(in_time(), "time", 3), -1)), {0, 1, 1, 2, 2, 3, 4, 5, 6, 7});
  expect_same(values(sum(rolling(counting<std::int32_t, 1>({4}), 0, 2), -1)), {nan, 1, 3, 5});
  EXPECT_EQ(values(count(rolling(counting<float, 1>({4}, {3}), 0, 3), -1)), (std::vector<std::int64_t>{1, 2, 3, 3}));
}

TEST(Rolling, TheBoundsOfSinglePlacesAreNoneOfWindows) {
  const auto bounds = [](const std::string& name, const std::string& along, std::int64_t extent) {
    const std::size_t bytes = static_cast<std::size_t>(extent) * 2 * sizeof(double);
    return Companion(name, DType::float64, false, {{along, extent, {0, 1, extent}}, {"two", 2, {0, 1, 2}}}, {},
                     companion_values(std::vector<std::byte>(bytes)));
  };
  const Labels labels({"time", "x"},
                      {Coordinate(Numbers{0, 6, 12, 18, 24}, {{"bounds", "time_bnds"}, {"units", "hours"}}),
                       Coordinate(Numbers{1, 2}, {{"bounds", "x_bnds"}})},
                      "t", {});
  const auto x = counting<double, 2>({5, 2}, {2, 1})
                     .with_labels(labels.with_companions({bounds("time_bnds", "time", 5), bounds("x_bnds", "x", 2)}));
  const Labels windows = mean(rolling(x, "time", 3), -1).labels();
  EXPECT_EQ(windows.coordinate(0).to_vector(), (Numbers{0, 6, 12, 18, 24}));
  ASSERT_EQ(windows.coordinate(0).attributes().size(), 1U);
  EXPECT_EQ(windows.coordinate(0).attributes()[0].name, "units");
  EXPECT_EQ(windows.coordinate(1).attributes().size(), 1U) << "cells along other axes stay";
  ASSERT_EQ(windows.companions().size(), 1U);
  EXPECT_EQ(windows.companions()[0].name(), "x_bnds");
}

TEST(Rolling, AWindowMayLieAroundItsIndex) {
  const auto x = counting<double, 1>({5}, {2});
  expect_same(values(mean(rolling(x, 0, 3, WindowPlace::centered), -1)), {nan, 1, 2, 3, nan});
  expect_same(values(mean(rolling(x, 0, 4, WindowPlace::centered), -1)), {nan, nan, 1.5, 2.5, nan});
  expect_same(values(nanmax(rolling(x, 0, 4, WindowPlace::centered), -1)), {1, 2, 3, 4, 4});
  expect_same(values(mean(rolling(x, 0, 1), -1)), {0, 1, 2, 3, 4});
  expect_same(values(nanmean(rolling(x, 0, 9), -1)), {0, 0.5, 1, 1.5, 2});
}

TEST(Rolling, WindowsOfTwoAxesAreWindowsOfWindows) {
  const auto x = counting<double, 2>({3, 4}, {2, 3});
  const auto blocks = rolling(rolling(x, 0, 2), 1, 2);
  expect_same(values(mean(blocks, axes(-1, -2))), {nan, nan, nan, nan, nan, 2.5, 3.5, 4.5, nan, 6.5, 7.5, 8.5});
}

TEST(Rolling, AWindowIsTheEndOfOneBlockAndTheBeginningOfTheNext) {
  // In blocks of three; 1e16 + 1 is 1e16, so the order of additions shows.
  const auto x = vector_of<double>({1, 1e16, 1, -1e16, 1, 1});
  expect_same(values(sum(rolling(x, 0, 3), -1)),
              {nan, nan, 1 + (1e16 + 1), (1e16 + 1) + -1e16, 1 + (-1e16 + 1), -1e16 + (1 + 1)});
  EXPECT_NE(lower(sum(rolling(x, 0, 3), -1))->as<AlongNode>(), nullptr);
  EXPECT_NE(lower(mean(rolling(x, 0, 3), -1, keepdims))->as<ViewNode>(), nullptr);
  EXPECT_EQ(sum(rolling(x, 0, 3), -1, keepdims).shape(), lower(sum(rolling(x, 0, 3), -1, keepdims))->shape);
}

TEST(Rolling, EveryAggregateThatMergesHasTheValueOfAFoldOfTheWindows) {
  const auto x = vector_of<double>({3, -1, nan, 4, 1, -5, 9, 2, nan, nan, nan, 6, 5, 3, 5});
  for (const std::int64_t size : {1, 2, 3, 4, 7, 15, 16, 40})
    for (const WindowPlace place : {WindowPlace::behind, WindowPlace::centered}) {
      const auto windows = rolling(x, 0, size, place);
      // Values that are computed first are folded as any array.
      const auto kept = from_vector<2>(values(windows), windows.shape());
      const auto expect_near = [&](const auto& fast, const auto& plain) {
        const auto a = compute(local(), cast<double>(fast)), b = compute(local(), cast<double>(plain));
        for (std::int64_t i = 0; i < 15; ++i)
          EXPECT_TRUE((std::isnan(a(i)) && std::isnan(b(i))) || a(i) == b(i) ||
                      std::abs(a(i) - b(i)) <= 1e-12 * std::abs(b(i)))
              << a(i) << " against " << b(i) << " at " << i << " of " << size;
      };
      const auto both = [&](const auto& reduce) { expect_near(reduce(windows, -1), reduce(kept, -1)); };
      both(sum), both(mean), both(var), both(stddev), both(min), both(max), both(count), both(nansum), both(nanmean);
      both(nanvar), both(nanstddev), both(nanmin), both(nanmax), both(prod), both(nanprod), both(any);
      both(AllFunction{}), both(first), both(last), both(nanfirst), both(nanlast), both(argmin), both(nanargmax);
      expect_near(stddev(windows, -1, ddof(1)), stddev(kept, -1, ddof(1)));
    }
}

TEST(Rolling, WindowsOfSeveralAxesHaveTheValueOfAFoldOfThem) {
  Numbers elements;
  for (int i = 0; i < 120; ++i) elements.push_back(i % 11 == 4 ? nan : i % 7);
  const auto x = from_vector<3>(elements, {6, 5, 4}, {2, 3, 4});
  const auto windows = rolling(rolling(rolling(x, 0, 3), 2, 2, WindowPlace::centered), 1, 4);
  const auto kept = from_vector<6>(values(windows), windows.shape());
  const auto both = [&](const auto& reduce, auto... options) {
    const auto a = compute(local(), cast<double>(reduce(windows, axes(3, 4, 5), options...)));
    const auto b = compute(local(), cast<double>(reduce(kept, axes(3, 4, 5), options...)));
    for (std::int64_t i = 0; i < 120; ++i) {
      const double fast = a.data()[i], plain = b.data()[i];
      EXPECT_TRUE((std::isnan(fast) && std::isnan(plain)) || std::abs(fast - plain) <= 1e-12 * std::abs(plain)) << i;
    }
  };
  both(sum), both(mean), both(var), both(stddev), both(min), both(max), both(count), both(nansum), both(nanmean);
  both(nanvar), both(nanstddev), both(nanmin), both(nanmax), both(prod), both(nanprod), both(any), both(first);
  both(last), both(nanfirst), both(nanlast), both(var, ddof(1)), both(stddev, ddof(24));
}

TEST(Rolling, AnInfiniteElementHasNoVarianceAndIsNotTakenForMissing) {
  const double infinite = std::numeric_limits<double>::infinity();
  const auto x = vector_of<double>({infinite, 1, 2, 4});
  expect_same(values(var(rolling(x, 0, 2), -1)), {nan, nan, 0.25, 1});
  expect_same(values(nanvar(rolling(x, 0, 3), -1)), {nan, nan, nan, 1.5555555555555554});
  const auto y = from_vector<2>(Numbers{infinite, -infinite, 1, 1}, {2, 2});
  expect_same({values(nansum(rolling(rolling(y, 0, 2), 1, 2), axes(-1, -2)))[3]}, {nan});
}

TEST(Rolling, AWindowWithoutPlacesIsRefused) {
  EXPECT_EQ(error_of([] { (void)rolling(in_time(), "time", 0); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([] { (void)rolling(in_time(), "t", 2); }).code, ErrorCode::not_found);
  EXPECT_EQ(error_of([] { (void)rolling(in_time(), "time", std::int64_t{1} << 62); }).code,
            ErrorCode::invalid_argument);
}

TEST(Average, WeightsLieAlongTheDimensionOfTheirName) {
  const auto x = in_time();
  const auto w = vector_of<double>({1, 3}).with_labels(Labels({"x"}));
  expect_same(values(average(x, w, "x")), {0.75, 2.75, 4.75, 6.75, 8.75});
  expect_same({values(average(x, w))[0]}, {4.75});
  const auto in_order = vector_of<double>({1, 0, 0, 0, 1}).with_labels(Labels({"time"}));
  expect_same(values(average(x, in_order, "time")), {4, 5});
  expect_same({values(average(x, in_order, axes("time", "x")))[0]}, {4.5});
  EXPECT_EQ(values(average(counting<float, 2>({2, 2}), vector_of<float>({1, 0}), 1)), (std::vector<float>{0, 2}));
}

TEST(Average, WeightsOfAnotherDimensionOrExtentAreRefused) {
  const auto named = vector_of<double>({1, 3}).with_labels(Labels({"y"}));
  EXPECT_EQ(error_of([&] { (void)average(in_time(), named, "x"); }).code, ErrorCode::name_mismatch);
  EXPECT_EQ(error_of([&] {
              (void)average(in_time(), vector_of<double>({1, 2, 3}), 1);
            }).code,
            ErrorCode::shape_mismatch);
  const auto elsewhere = vector_of<double>({1, 3}).with_labels(Labels({"x"}, {Coordinate(Numbers{7, 8}, {})}, "", {}));
  EXPECT_EQ(error_of([&] { (void)average(in_time(), elsewhere, "x"); }).code, ErrorCode::name_mismatch);
}

TEST(Diff, IsOfEachElementAndTheOneBefore) {
  const auto steps = diff(in_time(), "time");
  expect_same(values(steps), {2, 2, 2, 2, 2, 2, 2, 2});
  EXPECT_EQ(steps.labels().coordinate(0).to_vector(), (Numbers{6, 12, 18, 24}));
  EXPECT_EQ(values(diff(vector_of<std::uint8_t>({3, 1}), 0)), (std::vector<std::uint8_t>{254}));
  EXPECT_EQ(values(diff(vector_of<std::int64_t>({5, 7, 4}) > 5, 0)), (std::vector<bool>{true, true}));
  EXPECT_EQ(diff(counting<double, 1>({1}), 0).shape(), (Shape{0}));
  EXPECT_EQ(diff(counting<double, 2>({0, 2}), 0).shape(), (Shape{0, 2}));
}

}  // namespace
}  // namespace chunkwise_test
