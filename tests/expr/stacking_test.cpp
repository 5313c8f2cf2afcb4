#include "chunkwise/expr/stacking.hpp"

#include "tests/conformance/sources.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

Array<double, 1> timed() {
  return counting<double, 1>({5}).with_labels(Labels({"time"}, {Coordinate(Numbers{0, 6, 12, 18, 24}, {})}, "t2m", {}));
}

TEST(Stacking, VectorsAreRowsColumnsAndLayers) {
  const std::vector<Array<double, 1>> arrays{counting<double, 1>({2}), counting<double, 1>({2}) + 5.0};
  EXPECT_EQ(values(vstack(arrays)), (Numbers{0, 1, 5, 6}));
  EXPECT_EQ(vstack(arrays).shape(), (Shape{2, 2}));
  EXPECT_EQ(values(column_stack(arrays)), (Numbers{0, 5, 1, 6}));
  EXPECT_EQ(hstack(arrays).shape(), Shape{4});
  EXPECT_EQ(dstack(arrays).shape(), (Shape{1, 2, 2}));
}

TEST(Stacking, DeletedIndicesLeaveTheCoordinateOfTheOthers) {
  const auto left = delete_at(timed(), {1, -1, 1}, "time");
  EXPECT_EQ(values(left), (Numbers{0, 2, 3}));
  EXPECT_EQ(left.labels().coordinate(0).to_vector(), (Numbers{0, 12, 18}));
  EXPECT_EQ(values(delete_at(timed(), {0, 1, 2, 3, 4}, 0)), (Numbers{}));
  EXPECT_EQ(error_of([&] { (void)delete_at(timed(), {5}, 0); }).code, ErrorCode::out_of_range);
}

TEST(Stacking, InsertedValuesStandInFrontOfIndicesOfTheArray) {
  const auto x = counting<double, 1>({4});
  const auto y = vector_of<int>({-1, -2});
  EXPECT_EQ(values(insert(x, {1, 3}, y, 0)), (Numbers{0, -1, 1, 2, -2, 3}));
  EXPECT_EQ(values(insert(x, {3, 1}, y, 0)), (Numbers{0, -2, 1, 2, -1, 3}));
  EXPECT_EQ(values(insert(x, {4, 4}, y, 0)), (Numbers{0, 1, 2, 3, -1, -2}));
  EXPECT_EQ(values(insert(x, {-1, 0}, y, 0)), (Numbers{-2, 0, 1, 2, -1, 3}));
  EXPECT_FALSE(insert(timed(), {1, 1}, y, 0).labels().coordinate(0));
  EXPECT_EQ(error_of([&] { (void)insert(x, {5}, y(range(0, 1)), 0); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)insert(x, {0, 1, 2}, y, 0); }).code, ErrorCode::shape_mismatch);
}

TEST(Stacking, PartsKeepTheirCoordinateAndReadThemselvesAlone) {
  const auto source = std::make_shared<conformance::WatchedSource>(Shape{10, 20}, Shape{10, 20});
  const auto x = detail::array_of<double, 2>(source);
  const auto parts = array_split(x, 3, 0);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[0].shape(), (Shape{4, 20}));
  (void)compute(local(), parts[2]);
  EXPECT_EQ(source->elements_read(), 60);
  EXPECT_EQ(split_at(timed(), {2}, 0)[1].labels().coordinate(0).to_vector(), (Numbers{12, 18, 24}));
  EXPECT_EQ(unstack(timed(), 0)[3].labels().dimension(0), "");
  const Caught error = error_of([&] { (void)split(x, 3, 0); });
  EXPECT_EQ(error.code, ErrorCode::shape_mismatch);
  EXPECT_TRUE(error.says("array_split makes parts that differ by one")) << error.message;
}

TEST(Stacking, FourTurnsAreNone) {
  const auto x = counting<double, 2>({2, 3});
  EXPECT_EQ(values(rot90(x)), (Numbers{2, 5, 1, 4, 0, 3}));
  EXPECT_EQ(values(rot90(rot90(x, 3))), values(x));
  EXPECT_EQ(values(rot90(x, -2)), values(fliplr(flipud(x))));
}

}  // namespace
}  // namespace chunkwise_test
