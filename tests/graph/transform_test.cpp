#include "chunkwise/graph/transform.hpp"

#include <gtest/gtest.h>

#include <random>

#include "chunkwise/chunkwise.hpp"
#include "runtime/graph/kinds/view.hpp"
#include "runtime/optimize/passes.hpp"
#include "tests/caught.hpp"
#include "tests/expr/arrays.hpp"
#include "tests/graph/place_of.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Index = PerAxis<std::int64_t>;

template <class Visit>
void for_each(const Shape& shape, Visit&& visit) {
  Index at = Index::filled(shape.rank(), 0);
  for (std::int64_t left = shape.elements(); left > 0; --left) {
    visit(static_cast<const Index&>(at));
    for (int axis = shape.rank() - 1; axis >= 0 && ++at[axis] == shape[axis]; --axis) at[axis] = 0;
  }
}

/// A view of an array of this shape: slices, permuted, with single indices, new axes, windows and lists.
IndexTransform random_transform(std::mt19937& random, const Shape& input) {
  const auto pick = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n)); };
  IndexTransform transform;
  const auto add = [&](std::int64_t extent) {
    transform.shape.push_back(extent);
    return transform.shape.rank() - 1;
  };
  for (const std::int64_t extent : input) {
    switch (transform.shape.rank() > 3 ? 0 : pick(5)) {
      case 0:
        transform.axes.push_back(AxisTransform::constant(pick(extent)));
        break;
      case 1: {
        const std::int64_t width = 1 + pick(extent);
        const int start = add(extent - width + 1);
        transform.axes.push_back({0, 2, {AxisTransform::Term{start, 1}, AxisTransform::Term{add(width), 1}}, nullptr});
        break;
      }
      case 2: {
        auto list = std::make_shared<std::vector<std::int64_t>>();
        for (std::int64_t more = pick(4); more >= 0; --more) list->push_back(pick(extent));
        transform.axes.push_back(AxisTransform::along(add(static_cast<std::int64_t>(list->size()))));
        transform.axes.back().list = std::move(list);
        break;
      }
      default: {
        const bool back = pick(2) == 0;
        transform.axes.push_back(AxisTransform::along(add(extent), back ? extent - 1 : 0, back ? -1 : 1));
      }
    }
  }
  if (pick(2) == 0) add(1 + pick(2));
  return transform;
}

TEST(IndexTransforms, OfTransformsAreOneThatTakesTheSameElements) {
  std::mt19937 random(1);
  int composed = 0;
  for (int i = 0; i < 500; ++i) {
    const IndexTransform inner = random_transform(random, {3, 4});
    const IndexTransform outer = random_transform(random, inner.shape);
    const auto both = compose(inner, outer);
    if (!both) continue;
    ++composed;
    ASSERT_EQ(both->shape, outer.shape);
    for_each(outer.shape, [&](const Index& at) {
      ASSERT_EQ(place_of(both->axes, at), place_of(inner.axes, place_of(outer.axes, at)));
    });
  }
  EXPECT_GT(composed, 200);
}

TEST(IndexTransforms, TakeTheirElementsFromTheBoxThatTheyName) {
  std::mt19937 random(2);
  for (int i = 0; i < 500; ++i) {
    const IndexTransform transform = random_transform(random, {5, 6, 3});
    const Region box = input_region(transform.axes, Region::whole(transform.shape));
    for_each(transform.shape, [&](const Index& at) {
      const Index place = place_of(transform.axes, at);
      for (int axis = 0; axis < place.rank(); ++axis) {
        const std::int64_t last = box[axis].start + box[axis].step * (box[axis].count - 1);
        ASSERT_GE(place[axis], std::min(box[axis].start, last));
        ASSERT_LE(place[axis], std::max(box[axis].start, last));
      }
    });
  }
}

TEST(IndexTransforms, ReadAsSubscriptsWhereSubscriptsCanSayThem) {
  EXPECT_EQ(
      to_string(IndexTransform{{2, 1, 3},
                               {AxisTransform::along(0, 8, -2), AxisTransform::constant(5), AxisTransform::along(2)}},
                {10, 20, 3}),
      "[8:4:-2, 5, newaxis, 0:3]");
  EXPECT_EQ(to_string(IndexTransform{{3, 2}, {AxisTransform::along(1), AxisTransform::along(0)}}, {2, 3}),
            "(v1, v0) of (2, 3)");
}

TEST(BuildView, ATransformThatLeavesTheArrayIsAnError) {
  const NodePtr x = build::source(full_source({4, 3}, Scalar(1.0)));
  const auto refused = [&](IndexTransform transform) {
    return error_of([&] { (void)build::view(x, std::move(transform)); }).code == ErrorCode::out_of_range;
  };
  EXPECT_TRUE(refused({{4}, {AxisTransform::along(0)}}));
  EXPECT_TRUE(refused({{5, 3}, {AxisTransform::along(0), AxisTransform::along(1)}}));
  EXPECT_TRUE(refused({{4, 3}, {AxisTransform::along(0), AxisTransform::along(2)}}));
  EXPECT_TRUE(refused({{4, 3}, {AxisTransform::along(0, 0, 0), AxisTransform::along(1)}}));
  EXPECT_TRUE(refused({{4}, {AxisTransform::along(0), AxisTransform::constant(3)}}));
  EXPECT_TRUE(refused({{2}, {AxisTransform::along(0, 0, std::int64_t{1} << 62), AxisTransform::constant(0)}}));
  AxisTransform listed = AxisTransform::along(0);
  listed.list = std::make_shared<const std::vector<std::int64_t>>(std::vector<std::int64_t>{0, 4});
  EXPECT_TRUE(refused({{2}, {listed, AxisTransform::constant(0)}}));
}

TEST(BuildView, TakesWindowsWithoutElementsOfJoins) {
  // The other axis of the windows alone would leave each part of the join, and the join.
  const NodePtr part = arange(0.0, 4.0, 1.0, 4).node();
  const auto joined = build::concatenate({part, part}, 0);
  for (const std::int64_t windows : {1, 5, 9, 24}) {
    IndexTransform transform{{windows, 0}, {{0, 2, {AxisTransform::Term{0, 1}, AxisTransform::Term{1, 1}}, nullptr}}};
    EXPECT_EQ(build::view(part, transform)->shape, (Shape{windows, 0}));
    const NodePtr view = build::view(joined, transform);
    const NodePtr of_view = build::view(view, {{1, 0}, {AxisTransform::along(0), AxisTransform::along(1)}});
    EXPECT_EQ(optimize::push_indices({{of_view}}).outputs[0]->shape, (Shape{1, 0}));
  }
}

TEST(BuildView, ComputesTransposesWindowsListsAndDiagonals) {
  const auto x = counting<double, 2>({4, 3});  // x[i, j] = 3 i + j
  const auto values = [&](IndexTransform transform) {
    const NodePtr node = build::view(x.node(), std::move(transform));
    const UntypedNdArray array = connect("local:2")->run({{node}}, std::vector<Target>(1), {}).front();
    const auto* data = static_cast<const double*>(array.data);
    std::vector<double> all;
    for_each(array.shape, [&](const Index& at) {
      std::int64_t offset = 0;
      for (int axis = 0; axis < at.rank(); ++axis) offset += at[axis] * array.strides[axis];
      all.push_back(data[offset]);
    });
    return all;
  };
  EXPECT_EQ(values({{3, 4}, {AxisTransform::along(1), AxisTransform::along(0)}}),
            (std::vector<double>{0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11}));
  EXPECT_EQ(values({{3}, {AxisTransform::along(0), AxisTransform::along(0)}}), (std::vector<double>{0, 4, 8}));
  EXPECT_EQ(
      values({{3, 2},
              {{0, 2, {AxisTransform::Term{0, 1}, AxisTransform::Term{1, 1}}, nullptr}, AxisTransform::constant(1)}}),
      (std::vector<double>{1, 4, 4, 7, 7, 10}));
  AxisTransform listed = AxisTransform::along(0);
  listed.list = std::make_shared<const std::vector<std::int64_t>>(std::vector<std::int64_t>{3, 0, 0, 2});
  EXPECT_EQ(values({{4}, {listed, AxisTransform::constant(2)}}), (std::vector<double>{11, 2, 2, 8}));
  EXPECT_EQ(values({{2, 3}, {AxisTransform::constant(1), AxisTransform::along(1)}}),
            (std::vector<double>{3, 4, 5, 3, 4, 5}));
}

}  // namespace
}  // namespace chunkwise_test
