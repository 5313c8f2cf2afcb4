// Variances and quantiles of elements that have weights; values are those of xarray 2023.1.
#include "chunkwise/expr/weighted.hpp"

#include <cmath>
#include <vector>

#include "chunkwise/expr/align.hpp"
#include "tests/caught.hpp"
#include "tests/expr/arrays.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

const Numbers elements{3, 1, 4, 1, 5, 9, 2, 6};
const Numbers weights{1, 2, 0, 0.5, 3, 1, 1, 2};

static_assert(is<float, decltype(weighted_quantile(make<Cube<float>>(), make<Cube<float>>(), 0.5, 0))>);
static_assert(is<double, decltype(weighted_quantile(make<Cube<float>>(), make<Cube<double>>(), 0.5, 0))>);
static_assert(rank_of<decltype(weighted_std(make<Cube<float>>(), make<Array<double, 1>>(), axes(0, 1)))> == 1);

TEST(Weighted, VarianceIsTheWeightedMeanOfSquaredDeviations) {
  const auto x = vector_of(elements), w = vector_of(weights);
  EXPECT_NEAR(values(weighted_std(x, w))[0], 2.4550378580286174, 1e-15);
  EXPECT_NEAR(values(weighted_var(x, w, 0))[0], 2.4550378580286174 * 2.4550378580286174, 1e-14);
}

TEST(Weighted, VarianceOfEqualWeightsIsThePlainOne) {
  const auto x = counting<double, 3>({4, 3, 2}, {2, 2, 2});
  const auto ones = full<1>({3}, 2.0).with_labels(Labels());
  const auto turned = transpose(x, axes(0, 2, 1));
  const Numbers ours = values(weighted_var(turned, ones, axes(0, 2))), plain = values(var(turned, axes(0, 2)));
  for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_NEAR(ours[i], plain[i], 1e-13);
}

TEST(Weighted, VarianceOfAnyNaNIsNaN) {
  Numbers with_gap = elements;
  with_gap[3] = nan;
  EXPECT_TRUE(std::isnan(values(weighted_var(vector_of(with_gap), vector_of(weights)))[0]));
}

TEST(Weighted, LabelsAreThoseOfTheReduction) {
  const auto x = vector_of(elements).with_labels(Labels({"i"}, {}, "t", {{"units", "degC"}}));
  EXPECT_EQ(to_string(weighted_std(x, vector_of(weights)).labels().attributes()[0]), "units = \"K\"");
  EXPECT_EQ(to_string(weighted_quantile(x, vector_of(weights), 0.5, 0).labels().attributes()[0]), "units = \"degC\"");
  EXPECT_EQ(weighted_std(x, vector_of(weights)).labels().name(), "t");
}

TEST(Weighted, QuantilesAreThoseOfXarray) {
  const auto x = vector_of(elements), w = vector_of(weights);
  const Numbers q{0, 0.1, 0.5, 0.9, 1};
  const Numbers wanted{0.9999999999999999, 1.1481481481481477, 4.777777777777779, 6.222222222222226, 7.555555555555549};
  for (std::size_t i = 0; i < q.size(); ++i)
    EXPECT_NEAR(values(weighted_quantile(x, w, q[i], 0))[0], wanted[i], 1e-13) << q[i];
}

TEST(Weighted, QuantilesRefuseWeightsOfOtherPlaces) {
  const auto placed = [](const Numbers& numbers, const Numbers& latitudes) {
    return vector_of(numbers).with_labels(Labels({"latitude"}, {Coordinate(latitudes, Attributes())}, "v", {}));
  };
  const auto x = placed({1, 2, 3}, {-50, 0, 50});
  const auto w = placed({30, 2, 1}, {50, 0, -50});
  EXPECT_EQ(error_of([&] { (void)weighted_quantile(x, w, 0.5, 0); }).code, ErrorCode::name_mismatch);
  EXPECT_NO_THROW((void)weighted_quantile(x, align(w, x), 0.5, 0));
}

TEST(Weighted, QuantilesLeaveNaNOutIfTheyAreTold) {
  Numbers with_gap = elements;
  with_gap[3] = nan;
  const UntypedArray x = vector_of(with_gap).handle(), w = vector_of(weights).handle();
  EXPECT_TRUE(std::isnan(values(Array<double, 0>(weighted_quantile(x, w, 0.5, 1U, false, false)))[0]));
  EXPECT_NEAR(values(Array<double, 0>(weighted_quantile(x, w, 0.5, 1U, false, true)))[0], 5, 1e-13);
}

TEST(Weighted, QuantilesOfElementsWithoutWeightAreThoseOfTheOthers) {
  const auto x = vector_of<double>({7, nan, 5}), w = vector_of<double>({1, 0, 1});
  EXPECT_EQ(values(weighted_quantile(x, w, 0.5, 0))[0], 6);
  EXPECT_TRUE(std::isnan(values(weighted_quantile(x, vector_of<double>({0, 0, 0}), 0.5, 0))[0]));
  EXPECT_TRUE(std::isnan(values(weighted_quantile(x, vector_of<double>({1, 0, -1}), 0.5, 0))[0]));
}

TEST(Weighted, QuantilesGoAlongAnyAxisAndSeveral) {
  const auto x = counting<double, 3>({3, 4, 2}, {2, 3, 1});
  const auto even = full<3>({3, 4, 2}, 1.0, {1, 4, 2});
  const auto near = [](const Numbers& a, const Numbers& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-12);
  };
  near(values(weighted_quantile(x, even, 0.3, 1)), values(quantile(x, 0.3, 1)));
  near(values(weighted_quantile(x, even, 0.3, 0)), values(quantile(x, 0.3, 0)));
  const UntypedArray both = weighted_quantile(x.handle(), even.handle(), 0.3, 0b101U, true, false);
  EXPECT_EQ(both.shape, (Shape{1, 4, 1}));
  near(values(Array<double, 3>(both)), values(quantile(reshape(transpose(x, axes(1, 0, 2)), {4, 6}), 0.3, 1)));
}

TEST(Weighted, QuantilesAreFromZeroToOne) {
  const auto x = vector_of(elements), w = vector_of(weights);
  EXPECT_EQ(error_of([&] { (void)values(weighted_quantile(x, w, 1.5, 0)); }).code, ErrorCode::out_of_range);
}

}  // namespace
}  // namespace chunkwise_test
