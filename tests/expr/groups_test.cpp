// Reductions by groups: shapes, labels and errors of the C++ door, and values held against NumPy's (group_cases.py).
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/untyped.hpp"
#include "tests/expr/arrays.hpp"
#include "tests/recorded.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Json = nlohmann::json;

static_assert(rank_of<decltype(mean(make<Cube<float>>(), make<By>()))> == 3);
static_assert(rank_of<decltype(mean(make<Cube<float>>(), make<By>(), 1))> == 2);
static_assert(rank_of<decltype(mean(make<Cube<float>>(), make<By>(), axes(0, "longitude")))> == 1);
static_assert(rank_of<decltype(var(make<Cube<float>>(), make<By>(), 1, ddof(1), keepdims))> == 3);

const std::vector<int> labels{0, 1, 0, -1, 1};

TEST(Groups, AMeanOfEachTakesThePlaceOfTheAxis) {
  const auto x = counting<double, 2>({5, 2}, {2, 2});
  const auto means = mean(x, by(0, labels));
  EXPECT_EQ(means.shape(), (Shape{2, 2}));
  EXPECT_EQ(values(means), (std::vector<double>{2, 3, 5, 6}));
  const auto counts = count(x, by(0, labels, 3));
  EXPECT_EQ(values(counts), (std::vector<std::int64_t>{2, 2, 2, 2, 0, 0}));
}

TEST(Groups, OtherAxesAreReducedWithThem) {
  const auto x = counting<double, 3>({5, 2, 3}, {2, 1, 3});
  EXPECT_EQ(values(sum(x, by(0, labels), 1)), (std::vector<double>{30, 34, 38, 66, 70, 74}));
  EXPECT_EQ(values(sum(x, by(0, labels), axes(1, -1))), (std::vector<double>{102, 210}));
  EXPECT_EQ(sum(x, by(0, labels), 1, keepdims).shape(), (Shape{2, 1, 3}));
  EXPECT_EQ(values(max(x, by(-1, std::vector{1, 0, 1}), axes(0, 1))), (std::vector<double>{28, 29}));
}

TEST(Groups, LabelsAreIntegersOfAnyKind) {
  const auto x = counting<float, 1>({3});
  const std::vector<double> wanted{1, 1};
  EXPECT_EQ(values(cast<double>(mean(x, by(0, std::vector<std::uint8_t>{0, 1, 0})))), wanted);
  EXPECT_EQ(values(cast<double>(mean(x, by(0, std::vector<std::int64_t>{0, 1, 0})))), wanted);
  const NdArray<std::int32_t, 1> computed = compute(local(), vector_of<std::int32_t>({0, 1, 0}));
  EXPECT_EQ(values(cast<double>(mean(x, by(0, computed)))), wanted);
}

TEST(Groups, OfNoElementsAreWhatAReductionOfNoneIs) {
  const auto x = counting<double, 1>({2});
  const std::vector<int> none{-1, -1};
  EXPECT_EQ(values(sum(x, by(0, none, 2))), (std::vector<double>{0, 0}));
  EXPECT_EQ(values(prod(x, by(0, none, 1))), (std::vector<double>{1}));
  EXPECT_TRUE(std::isnan(values(mean(x, by(0, none, 1)))[0]));
  EXPECT_TRUE(std::isnan(values(stddev(x, by(0, none, 1)))[0]));
  EXPECT_TRUE(std::isnan(values(nanmean(x, by(0, none, 1)))[0]));
  EXPECT_EQ(values(all(x, by(0, none, 1))), (std::vector<bool>{true}));
  EXPECT_EQ(values(any(x, by(0, none, 1))), (std::vector<bool>{false}));
  // An axis without indices has groups all the same, and other axes without indices leave nothing.
  EXPECT_EQ(values(sum(counting<double, 2>({0, 2}), by(0, std::vector<int>{}, 2))), (std::vector<double>{0, 0, 0, 0}));
  EXPECT_EQ(max(counting<double, 2>({2, 0}), by(0, none, 2)).shape(), (Shape{2, 0}));
}

TEST(Groups, AnAggregateThatNeedsElementsNamesTheGroupWithoutAny) {
  const auto x = counting<double, 1>({3});
  const Caught caught = error_of([&] { (void)min(x, by(0, std::vector{0, 2, -1})); });
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("group 1 of 3 has no index")) << caught.message;
  EXPECT_EQ(error_of([&] {
              (void)argmax(x, by(0, std::vector{0, 0, 0}, 1'000'000'000));
            }).code,
            ErrorCode::invalid_argument);
}

TEST(Groups, PositionsAreThoseOfTheWholeAxis) {
  const auto x = counting<double, 2>({5, 2});
  EXPECT_EQ(values(argmax(x, by(0, labels))), (std::vector<std::int64_t>{2, 2, 4, 4}));
  EXPECT_EQ(values(argmin(x, by(0, labels), 1)), (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(values(first(x, by(0, labels))), (std::vector<double>{0, 1, 2, 3}));
  EXPECT_EQ(values(last(x, by(0, labels))), (std::vector<double>{4, 5, 8, 9}));
}

TEST(Groups, KeepTheDimensionAndNoCoordinate) {
  const Labels named({"time", "place"}, {Coordinate(std::vector<double>{0, 6, 12, 18, 24}, {}), Coordinate()}, "t2m",
                     {});
  const auto x = counting<double, 2>({5, 2}).with_labels(named);
  const auto means = mean(x, by("time", labels), "place");
  ASSERT_EQ(means.shape(), (Shape{2}));
  EXPECT_EQ(means.labels().dimension(0), "time");
  EXPECT_FALSE(means.labels().coordinate(0));
}

TEST(Groups, WhatDoesNotFitIsRefusedWhereItIsWritten) {
  const auto x = counting<double, 2>({5, 2});
  const auto code = [](const auto& call) { return error_of(call).code; };
  EXPECT_EQ(code([&] { (void)mean(x, by(0, std::vector{0, 1})); }), ErrorCode::shape_mismatch);
  EXPECT_EQ(code([&] { (void)mean(x, by(1, labels)); }), ErrorCode::shape_mismatch);
  EXPECT_EQ(code([&] { (void)mean(x, by(2, labels)); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([&] { (void)mean(x, by("time", labels)); }), ErrorCode::not_found);
  EXPECT_EQ(code([&] { (void)mean(x, by(0, labels), 0); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code([&] { (void)by(0, std::vector{0, -2}); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([&] { (void)by(0, std::vector{0, 3}, 3); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([&] { (void)by(0, std::vector{-1, -1}); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code([&] { (void)by(0, std::vector{0, 1}, -2); }), ErrorCode::invalid_argument);
  EXPECT_EQ(code([&] { (void)by(0, std::vector<std::int64_t>{std::int64_t{1} << 40}); }), ErrorCode::out_of_range);
  EXPECT_EQ(code([&] { (void)by(0, std::vector<std::uint64_t>{~std::uint64_t{0}}); }), ErrorCode::out_of_range);
}

/// Any aggregate of any type, over any axes, as NumPy reduces the elements of each group.
TEST(Groups, AreWhatNumpyMakesOfTheElementsOfEach) {
  std::ifstream file(CHUNKWISE_TESTS_DIR "/expr/group_cases.json");
  const Json json = Json::parse(file);
  ASSERT_GT(json.at("cases").size(), 100U);
  for (const Json& one : json.at("cases")) {
    const Json& variable = json.at("variables").at(one.at("of").get<std::string>());
    const auto bytes = std::make_shared<const std::vector<std::byte>>(bytes_from(variable.at("bytes")));
    const Shape shape{7, 12, 5};
    const DType type = dtype_from(one.at("of"));
    const NodePtr x =
        build::source(memory_source({type, shape, row_major_strides(shape), bytes, bytes->data()}, {3, 5, 2}));
    AggregateCode code{};
    for (const aggregate::Description& description : aggregate::descriptions)
      if (description.name == one.at("aggregate").get<std::string>()) code = description.code;
    const auto grouping = std::make_shared<const Grouping>(
        Grouping{one.at("axis"), one.at("labels").get<std::vector<std::int32_t>>(), one.at("groups")});
    const NodePtr node = build::fold(code, x, one.at("axes"), false, 0, grouping);
    const std::string what = one.at("aggregate").get<std::string>() + " of " + one.at("of").get<std::string>();
    ASSERT_EQ(name_of(node->dtype), one.at("dtype").get<std::string>()) << what;
    const std::vector<UntypedArray> arrays{{node, node->shape, {}}};
    const UntypedNdArray result = compute(local(), arrays).at(0);
    const std::vector<std::byte> wanted = bytes_from(one.at("bytes"));
    ASSERT_EQ(wanted.size(), static_cast<std::size_t>(result.shape.elements()) * size_of(result.dtype)) << what;
    const auto error = one.at("error").get<double>();
    dispatch(result.dtype, [&](auto zero) {
      using T = decltype(zero);
      for (std::int64_t i = 0; i < result.shape.elements(); ++i) {
        T theirs;
        std::memcpy(&theirs, wanted.data() + static_cast<std::size_t>(i) * sizeof theirs, sizeof theirs);
        const T ours = static_cast<const T*>(result.data)[i];
        if (ours == theirs || (ours != ours && theirs != theirs)) continue;
        const auto distance = std::abs(static_cast<double>(ours) - static_cast<double>(theirs));
        EXPECT_LE(distance, error * std::abs(static_cast<double>(theirs))) << what << " at " << i;
      }
    });
  }
}

}  // namespace
}  // namespace chunkwise_test
