#include "chunkwise/expr/search.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/op/line/catalog.hpp"
#include "chunkwise/untyped.hpp"
#include "tests/expr/arrays.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;
using Counts = std::vector<std::int64_t>;

TEST(SearchSorted, FindsPlacesOnEitherSideAndNanBehindAll) {
  const auto x = vector_of<double>({-1, 0, 5, 10, 20, 21, nan});
  EXPECT_EQ(values(searchsorted({0, 10, 20}, x)), (Counts{0, 0, 1, 1, 2, 3, 3}));
  EXPECT_EQ(values(searchsorted({0, 10, 20}, x, Side::right)), (Counts{0, 1, 1, 2, 3, 3, 3}));
  EXPECT_EQ(values(searchsorted({0, nan}, x)), (Counts{0, 0, 1, 1, 1, 1, 1}));
  EXPECT_EQ(error_of([&] { (void)searchsorted({1, 0}, x); }).code, ErrorCode::out_of_range);
}

TEST(SearchSorted, ComparesLargeIntegersWithoutRounding) {
  const std::int64_t large = (std::int64_t{1} << 53) + 1;
  const auto x = vector_of<std::int64_t>({large - 1, large, large + 1, std::numeric_limits<std::int64_t>::max()});
  EXPECT_EQ(values(searchsorted({0x1p53}, x, Side::right)), (Counts{1, 1, 1, 1}));
  EXPECT_EQ(values(searchsorted({0x1p53}, x)), (Counts{0, 1, 1, 1}));
  EXPECT_EQ(values(searchsorted({0x1p63}, x, Side::right)), (Counts{0, 0, 0, 0}));
  EXPECT_EQ(values(isin(x, {0x1p53, 0x1p63})), (std::vector<bool>{true, false, false, false}));
  const auto u = vector_of<std::uint64_t>({0, ~std::uint64_t{0}});
  EXPECT_EQ(values(searchsorted({-1, 0.5, 0x1p64}, u)), (Counts{1, 2}));
  EXPECT_EQ(values(isin(u, {0, 0x1p64})), (std::vector<bool>{true, false}));
}

TEST(SearchSorted, OfALongTableIsTheSameInAnyPieces) {
  Numbers table(100'000);
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<double>(i);
  const auto x = random<double, 2>({300, 40}, 3, {1, 40}) * 100'000.0;
  EXPECT_EQ(values(sum(searchsorted(table, x))), values(sum(cast<std::int64_t>(ceil(x)))));
}

TEST(Digitize, NumbersBinsOfEitherDirection) {
  const auto x = vector_of<double>({-1, 0, 5, 10, 20});
  EXPECT_EQ(values(digitize(x, {0, 10, 20})), (Counts{0, 1, 1, 2, 3}));
  EXPECT_EQ(values(digitize(x, {0, 10, 20}, true)), (Counts{0, 0, 1, 1, 2}));
  EXPECT_EQ(values(digitize(x, {20, 10, 0})), (Counts{3, 2, 2, 1, 0}));
}

TEST(IsIn, KeepsShapeAndCoordinates) {
  const auto x =
      vector_of<double>({3, nan, 1}).with_labels(Labels({"station"}, {Coordinate(Numbers{7, 8, 9}, {})}, "", {}));
  const auto found = isin(x, {nan, 1});
  EXPECT_EQ(values(found), (std::vector<bool>{false, false, true}));
  EXPECT_EQ(found.labels().coordinate(0).to_vector(), (Numbers{7, 8, 9}));
}

TEST(Histogram, CountsEachElementOnceWhateverTheShapeAndChunks) {
  const auto x = random<double, 1>({300'001}, 7, {70'000});
  const Counts counts = values(histogram(x, {0, 0.25, 0.5, 1}));
  const Counts wanted{values(sum(cast<std::int64_t>(x < 0.25)))[0],
                      values(sum(cast<std::int64_t>(x >= 0.25 && x < 0.5)))[0],
                      values(sum(cast<std::int64_t>(x >= 0.5)))[0]};
  EXPECT_EQ(counts, wanted);
  EXPECT_EQ(values(histogram(reshape(x(range(0, 300'000)), {1000, 300}), {0, 0.25, 0.5, 1})),
            values(histogram(reshape(x(range(0, 300'000)), {100'000, 3}), {0, 0.25, 0.5, 1})));
  EXPECT_EQ(values(histogram(vector_of<double>({0, 1, 2, nan, 3}), {0, 1, 2})), (Counts{1, 2}));
  EXPECT_EQ(values(histogram(vector_of<int>({0, 1, 2, 3}), 2, 0, 3)), (Counts{2, 2}));
  EXPECT_EQ(values(histogram(x(range(0, 0)), {0, 1})), (Counts{0}));
  EXPECT_EQ(error_of([&] { (void)histogram(x, {1, 0}); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)histogram(x, 0, 0, 1); }).code, ErrorCode::invalid_argument);
}

TEST(Histogram, HasRoomForMoreBinsThanALineHasElements) {
  const auto x = random<double, 1>({300'000}, 7, {70'000});
  const auto few = x(range(0, 100));
  EXPECT_EQ(values(histogram(few(range(none, none, -1)), 65'536, 0, 1)), values(histogram(few, 65'536, 0, 1)));
  const auto many = reshape(x, {1000, 300});
  EXPECT_EQ(values(histogram(many(all, range(none, none, -1)), 5000, 0, 1)), values(histogram(x, 5000, 0, 1)));
  // Several lines at a time, whatever histogram makes of their shape.
  const auto counts = [](const auto& lines) {
    const std::vector<double> edges = histogram_edges(DType::float64, 5000, 0, 1);
    std::vector<double> parameters{static_cast<double>(edges.size())};
    parameters.insert(parameters.end(), edges.begin(), edges.end());
    NodePtr node = build::along(linewise::Histogram::code, lower(lines), 1, false, parameters);
    const Shape shape = node->shape;
    const UntypedArray array{build::fold(aggregate::Sum::code, std::move(node), 1, false, 0), Shape{shape[1]}, {}};
    return compute(local(), std::span<const UntypedArray>(&array, 1)).front();
  };
  const UntypedNdArray turned = counts(many(all, range(none, none, -1)));
  const auto* const found = static_cast<const std::int64_t*>(turned.data);
  EXPECT_EQ(Counts(found, found + 5000), values(histogram(x, 5000, 0, 1)));
}

TEST(Histogram, OfWeightsHasTheirSums) {
  const auto x = random<double, 1>({300'001}, 7, {70'000});
  const auto weights = cast<double>(cast<std::int64_t>(random<double, 1>({300'001}, 8, {70'000}) * 100.0));
  const std::vector<double> edges{0, 0.25, 0.5, 1};
  const auto of_bin = [&](double low, double high) {
    return values(sum(where(x >= low && x < high, weights, 0.0)))[0];
  };
  const Numbers wanted{of_bin(0, 0.25), of_bin(0.25, 0.5), of_bin(0.5, 1)};
  EXPECT_EQ(values(histogram(x, edges, weights)), wanted);
  const auto in_rows = [](const auto& all) { return reshape(all(range(0, 300'000)), {1000, 300}); };
  EXPECT_EQ(values(histogram(in_rows(x), edges, in_rows(weights))),
            values(histogram(x(range(0, 300'000)), edges, weights(range(0, 300'000)))));
  // The last bin has its right edge, NaN and what lies outside are nowhere, and so are their weights.
  const auto few = vector_of<double>({0, 1, 2, nan, 3, -1, 1});
  const auto own = vector_of<double>({1, 2, 4, nan, nan, nan, 8});
  EXPECT_EQ(values(histogram(few, {0, 1, 2}, own)), (Numbers{1, 14}));
  EXPECT_EQ(values(histogram(few, {0, 1, 1}, own)), (Numbers{1, 10}));
  EXPECT_EQ(values(histogram(few, {2}, own)), Numbers{});
  EXPECT_EQ(values(histogram(few, 2, 0, 2, own)), (Numbers{1, 14}));
  const auto large = vector_of<std::int64_t>({(std::int64_t{1} << 53) + 1, std::int64_t{1} << 53});
  EXPECT_EQ(values(histogram(large, {0, 0x1p53}, vector_of<int>({5, 7}))), (Numbers{7}));
}

TEST(Histogram, AsDensityIsDividedByWidthsAndTheSum) {
  const auto x = vector_of<double>({0, 1, 1, 3});
  EXPECT_EQ(values(histogram(x, {0, 1, 4}, density)), (Numbers{0.25, 0.25}));
  EXPECT_EQ(values(histogram(x, {0, 1, 4}, vector_of<int>({3, 1, 0, 0}), density)), (Numbers{0.75, 1.0 / 3 / 4}));
  EXPECT_EQ(values(histogram(x, 2, 0, 4, density)), (Numbers{0.375, 0.125}));
}

TEST(Histogram, RefusesWeightsOfAnotherShapeOrOfOtherAxes) {
  const auto x = counting<double, 2>({2, 3}).with_labels(Labels({"time", "latitude"}));
  EXPECT_EQ(error_of([&] { (void)histogram(x, {0, 1}, x(range(0, 1))); }).code, ErrorCode::shape_mismatch);
  const auto other = x.with_labels(Labels({"time", "longitude"}));
  EXPECT_EQ(error_of([&] { (void)histogram(x, {0, 1}, other); }).code, ErrorCode::name_mismatch);
  const Caught error = error_of([&] { (void)histogram(x, {1, 0}, x); });
  EXPECT_EQ(error.code, ErrorCode::out_of_range);
  EXPECT_TRUE(error.says("edges of a histogram are numbers in ascending order")) << error.message;
}

TEST(BinCount, OfWeightsHasTheirSums) {
  const auto x = vector_of<int>({0, 2, 2, 5});
  EXPECT_EQ(values(bincount(x, 6, vector_of<float>({0.5, 1, 2, 3}))), (Numbers{0.5, 0, 3, 0, 0, 3}));
  const Caught error = error_of([&] { (void)compute(local(), bincount(x, 5, x)); });
  EXPECT_EQ(error.code, ErrorCode::out_of_range);
  EXPECT_TRUE(error.says("is not from 0 to 5 - 1")) << error.message;
  EXPECT_EQ(error_of([&] { (void)compute(local(), bincount(x - 1, 6, x)); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)bincount(x, -1, x); }).code, ErrorCode::invalid_argument);
}

TEST(BinCount, CountsSmallIntegersAndRefusesOthersWhenItRuns) {
  EXPECT_EQ(values(bincount(vector_of<int>({0, 2, 2, 5}), 6)), (Counts{1, 0, 2, 0, 0, 1}));
  EXPECT_EQ(values(bincount(counting<std::uint8_t, 2>({2, 2}) > std::uint8_t{0}, 2)), (Counts{1, 3}));
  const Caught error = error_of([&] { (void)compute(local(), bincount(vector_of<int>({0, 3}), 3)); });
  EXPECT_EQ(error.code, ErrorCode::out_of_range);
  EXPECT_TRUE(error.says("element 3 is not from 0 to 3 - 1")) << error.message;
  EXPECT_EQ(error_of([&] { (void)compute(local(), bincount(vector_of<int>({-1}), 3)); }).code, ErrorCode::out_of_range);
}

TEST(BinCount, OfMoreCountsThanALineUsuallyHasElementsIsTheSame) {
  const auto x = cast<std::int64_t>(random<double, 1>({250'000}, 5, {70'000}) * 100'000.0);
  const Counts counts = values(bincount(x, 100'000));
  EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}), 250'000);
  EXPECT_EQ(counts[777], values(sum(cast<std::int64_t>(x == std::int64_t{777})))[0]);
  EXPECT_EQ(values(bincount(reshape(x, {1000, 250}), 100'000)), counts);
}

TEST(Along, CutsChunksByWhatLinesBecomeIfThatIsLonger) {
  const auto x = full<2>({1024, 1024}, std::int64_t{3}, {1024, 1024});
  const NodePtr counts = build::along(linewise::BinCount::code, lower(x), 1, false, {0x1p20});
  EXPECT_LE(counts->grid.largest().elements(), std::int64_t{1} << 25);
}

TEST(TopK, AreTheEndsOfTheOrder) {
  const auto x = vector_of<double>({3, 1, 3, 2});
  EXPECT_EQ(values(topk(x, 2, 0)), (Numbers{3, 3}));
  EXPECT_EQ(values(argtopk(x, 3, 0)), (Counts{2, 0, 3}));
  EXPECT_EQ(values(topk(x, -2, 0)), (Numbers{1, 2}));
  EXPECT_EQ(values(topk(x, 9, 0)), (Numbers{3, 3, 2, 1}));
  EXPECT_EQ(topk(x, 0, 0).shape(), Shape{0});
}

}  // namespace
}  // namespace chunkwise_test
