// Views with a fill value and arrays in another shape, held against their definitions.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "chunkwise/graph/serialize.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/reshape.hpp"
#include "tests/caught.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

std::int64_t position(const Shape& shape, const PerAxis<std::int64_t>& at) {
  std::int64_t result = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) result = result * shape[axis] + at[axis];
  return result;
}

/// Calls visit(index) for each index of a box.
template <class Visit>
void for_each_index(const Region& region, Visit&& visit) {
  PerAxis<std::int64_t> k = PerAxis<std::int64_t>::filled(region.rank(), 0);
  for (std::int64_t left = region.elements(); left > 0; --left) {
    PerAxis<std::int64_t> at;
    for (int axis = 0; axis < region.rank(); ++axis) at.push_back(region[axis].start + k[axis] * region[axis].step);
    visit(at);
    for (int axis = region.rank() - 1; axis >= 0 && ++k[axis] == region[axis].count; --axis) k[axis] = 0;
  }
}

const std::vector<std::pair<Shape, Shape>> shapes{{{4, 6, 5}, {24, 5}},
                                                  {{4, 6, 5}, {4, 30}},
                                                  {{4, 6, 5}, {120}},
                                                  {{120}, {4, 6, 5}},
                                                  {{4, 6}, {6, 4}},
                                                  {{4, 6}, {3, 8}},
                                                  {{2, 3, 4}, {6, 4}},
                                                  {{2, 1, 3}, {6}},
                                                  {{6}, {1, 6, 1}},
                                                  {{1, 1}, {}},
                                                  {{}, {1}},
                                                  {{5, 1, 4}, {5, 4}},
                                                  {{2, 6, 2}, {4, 3, 2}},
                                                  {{7}, {7}},
                                                  {{12, 2}, {2, 6, 2}},
                                                  {{3, 4, 2, 5}, {12, 10}}};

TEST(AxisGroups, HaveAsManyElementsInBothShapes) {
  for (const auto& [input, output] : shapes) {
    int i = 0, o = 0;
    for (const graph::AxisGroup& group : graph::axis_groups(input, output)) {
      EXPECT_EQ(group.input_first, i);
      EXPECT_EQ(group.output_first, o);
      std::int64_t before = 1, after = 1;
      for (int n = 0; n < group.input_count; ++n) before *= input[i++];
      for (int n = 0; n < group.output_count; ++n) after *= output[o++];
      EXPECT_EQ(before, after) << input << ' ' << output;
    }
    EXPECT_EQ(i, input.rank());
    EXPECT_EQ(o, output.rank());
  }
}

TEST(ReshapedPieces, AreEachElementOfABoxOnceAtItsPlace) {
  std::mt19937 random(3);
  const auto pick = [&](std::int64_t n) { return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(n)); };
  for (const auto& [input, output] : shapes)
    for (int tries = 0; tries < 40; ++tries) {
      Region region;
      for (const std::int64_t extent : output) {
        const std::int64_t step = 1 + pick(2);
        const std::int64_t start = pick(extent);
        const std::int64_t count = tries == 0 ? extent : 1 + pick((extent - 1 - start) / step + 1);
        region.push_back(tries == 0 ? AxisRange{0, 1, extent} : AxisRange{start, step, count});
        if (tries % 3 == 2) region[region.rank() - 1] = {start + step * (count - 1), -step, count};
      }
      std::vector<std::int64_t> wanted;
      for_each_index(region, [&](const auto& at) { wanted.push_back(position(output, at)); });
      std::vector<std::int64_t> found(wanted.size(), -1);
      const Region around = graph::reshaped_box(input, output, region);
      graph::for_each_reshaped_piece(input, output, region, [&](const graph::ReshapedPiece& piece) {
        PerAxis<std::int64_t> k = PerAxis<std::int64_t>::filled(piece.box.rank(), 0);
        for_each_index(piece.box, [&](const auto& at) {
          std::int64_t place = piece.offset;
          for (int axis = 0; axis < k.rank(); ++axis) {
            k[axis] = (at[axis] - piece.box[axis].start) / piece.box[axis].step;
            place += k[axis] * piece.strides[axis];
            const AxisRange& all = around[axis];
            const std::int64_t end = all.start + all.step * (all.count - 1);
            EXPECT_TRUE(at[axis] >= std::min(all.start, end) && at[axis] <= std::max(all.start, end));
          }
          ASSERT_TRUE(place >= 0 && place < static_cast<std::int64_t>(found.size()));
          ASSERT_EQ(found[static_cast<std::size_t>(place)], -1);
          found[static_cast<std::size_t>(place)] = position(input, at);
        });
      });
      ASSERT_EQ(found, wanted) << input << " as " << output << ' ' << region;
    }
}

TEST(ReshapedGrid, HasChunksOfAsManyElementsThatLieTogether) {
  const auto grid = [](const Shape& input, const Shape& chunks, const Shape& output) {
    return graph::reshaped_grid(output, ChunkGrid::regular(input, chunks));
  };
  EXPECT_EQ(grid({4, 6, 5}, {2, 6, 5}, {4, 30}), ChunkGrid::regular({4, 30}, {2, 30}));
  EXPECT_EQ(grid({4, 6, 5}, {1, 2, 5}, {120}), ChunkGrid::regular({120}, {10}));
  EXPECT_EQ(grid({120}, {40}, {4, 6, 5}), ChunkGrid::regular({4, 6, 5}, {1, 6, 5}));
  EXPECT_EQ(grid({120}, {10}, {4, 6, 5}), ChunkGrid::regular({4, 6, 5}, {1, 2, 5}));
  EXPECT_EQ(grid({0, 3}, {0, 3}, {3, 0}).shape(), (Shape{3, 0}));
}

NodePtr numbers(const Shape& shape) { return counting<double, 2>(shape, {2, 2}).node(); }

TEST(FilledViews, ThatStayWithinTheArrayAreNoFilledViews) {
  const NodePtr x = numbers({4, 3});
  const IndexTransform inner{{2, 3}, {AxisTransform::along(0, 1), AxisTransform::along(1)}};
  const NodePtr plain = build::view(x, inner);
  const NodePtr filled = build::view(x, inner, Scalar(0.0));
  EXPECT_EQ(filled->as<ViewNode>()->fill, nullptr);
  EXPECT_TRUE(equal_shallow(*plain, *filled));
  EXPECT_EQ(build::view(x, IndexTransform::identity({4, 3}), Scalar(1.0)), x);
}

TEST(FilledViews, DifferByTheirFillValueAndNameIt) {
  const NodePtr x = numbers({4, 3});
  const IndexTransform transform{{6, 3}, {AxisTransform::along(0, -1), AxisTransform::along(1)}};
  const NodePtr zero = build::view(x, transform, Scalar(0.0));
  EXPECT_TRUE(equal_shallow(*zero, *build::view(x, transform, Scalar(0.0))));
  EXPECT_FALSE(equal_shallow(*zero, *build::view(x, transform, Scalar(-0.0))));
  const NodePtr nan = build::view(x, transform, Scalar(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_TRUE(equal_shallow(*nan, *build::view(x, transform, Scalar(std::numeric_limits<double>::quiet_NaN()))));
  EXPECT_FALSE(equal_shallow(*nan, *zero));
  EXPECT_TRUE(describe(*zero).find("outside") != std::string::npos) << describe(*zero);
  EXPECT_EQ(zero->grid, ChunkGrid::regular({6, 3}, {2, 2}));
  EXPECT_EQ(error_of([&] { (void)build::view(x, transform, Scalar(1)); }).code, ErrorCode::type_mismatch);
  EXPECT_EQ(error_of([&] { (void)build::view(x, transform); }).code, ErrorCode::out_of_range);
  const IndexTransform far{{6, 3}, {AxisTransform::along(0, INT64_MAX - 2), AxisTransform::along(1)}};
  EXPECT_EQ(error_of([&] { (void)build::view(x, far, Scalar(0.0)); }).code, ErrorCode::out_of_range);
}

TEST(FilledViews, NeedTheBoxOfTheInputThatIsInside) {
  const NodePtr x = numbers({4, 3});
  const NodePtr view =
      build::view(x, {{10, 3}, {AxisTransform::along(0, 7, -1), AxisTransform::along(1)}}, Scalar(0.0));
  std::vector<Region> boxes;
  const auto visit = [&](std::size_t, const Region& box) { boxes.push_back(box); };
  graph::for_each_box(*view, {{0, 1, 4}, {0, 1, 3}}, visit);
  EXPECT_TRUE(boxes.empty());
  graph::for_each_box(*view, {{2, 1, 4}, {1, 1, 2}}, visit);
  ASSERT_EQ(boxes.size(), 1U);
  EXPECT_EQ(boxes[0], (Region{{3, -1, 2}, {1, 1, 2}}));
}

std::vector<double> computed_values(const NodePtr& node) {
  return compute(local(), Array<double, 2>(UntypedArray{node, node->shape, {}})).mutable_copy();
}

TEST(FilledViews, OfViewsAndViewsOfThemHaveTheElementsOfTheirDefinition) {
  const NodePtr part = build::view(numbers({4, 3}), {{2, 2}, {AxisTransform::along(0, 1), AxisTransform::along(1, 1)}});
  const NodePtr padded =
      build::view(part, {{4, 4}, {AxisTransform::along(0, -1), AxisTransform::along(1, -1)}}, Scalar(9.0));
  // What lies beside the part in its array is outside.
  EXPECT_EQ(computed_values(padded), (std::vector<double>{9, 9, 9, 9, 9, 4, 5, 9, 9, 7, 8, 9, 9, 9, 9, 9}));
  EXPECT_EQ(computed_values(build::view(padded, {{2, 2}, {AxisTransform::along(1, 1), AxisTransform::along(0)}})),
            (std::vector<double>{9, 9, 4, 7}));
  const auto indices = std::make_shared<const std::vector<std::int64_t>>(std::vector<std::int64_t>{-1, 1, 5, 0});
  const NodePtr listed =
      build::view(part, {{4, 2}, {AxisTransform::listed(0, indices), AxisTransform::along(1)}}, Scalar(9.0));
  EXPECT_EQ(computed_values(listed), (std::vector<double>{9, 9, 7, 8, 9, 9, 4, 5}));
  // Part of a list without the indices that are outside.
  EXPECT_EQ(computed_values(build::index(listed, {{AxisSubscript::Kind::range, {1, 2, 2}}})),
            (std::vector<double>{7, 8, 4, 5}));
  const NodePtr windows =
      build::view(build::view(part, {{2}, {AxisTransform::along(0), AxisTransform::constant(1)}}),
                  {{2, 3}, {{-1, 2, {AxisTransform::Term{0, 1}, AxisTransform::Term{1, 1}}, nullptr}}}, Scalar(9.0));
  EXPECT_EQ(computed_values(windows), (std::vector<double>{9, 5, 8, 5, 8, 9}));
}

TEST(ReshapedArrays, OfReshapedArraysAreOne) {
  const NodePtr x = numbers({4, 3});
  const NodePtr once = build::reshape(x, {6, 2});
  EXPECT_TRUE(equal_shallow(*build::reshape(build::reshape(x, {12}), {6, 2}), *once));
  EXPECT_EQ(build::reshape(once, {4, 3}), x);
  EXPECT_EQ(describe(*once), "reshape (4, 3) to (6, 2)");
  EXPECT_EQ(error_of([&] { (void)build::reshape(x, {5, 2}); }).code, ErrorCode::shape_mismatch);
}

TEST(GraphBytes, HaveFilledViewsAndOtherShapesFromVersion5On) {
  const SourcePtr source = random_source({4, 3}, DType::float64, 1, {2, 2});
  const NodePtr x = build::source(source);
  const SourceWriter writer = [](const Source&) { return std::vector<std::byte>(1); };
  const SourceReader reader = [&](std::span<const std::byte>) { return source; };
  const NodePtr filled = build::view(x, {{6, 3}, {AxisTransform::along(0, -1), AxisTransform::along(1)}}, Scalar(-0.0));
  for (const NodePtr& node : {filled, build::reshape(x, {2, 6})}) {
    auto bytes = to_bytes({{node}}, writer);
    EXPECT_EQ(bytes[0], std::byte{5});
    const Graph back = graph_from_bytes(bytes, reader);
    EXPECT_EQ(back.outputs[0]->hash, node->hash);
    EXPECT_EQ(back.outputs[0]->grid, node->grid);
    EXPECT_EQ(to_bytes(back, writer), bytes);
    bytes[0] = std::byte{4};
    EXPECT_EQ(error_of([&] { (void)graph_from_bytes(bytes, reader); }).code, ErrorCode::invalid_argument);
  }
  EXPECT_EQ(to_bytes({{build::index(x, {{AxisSubscript::Kind::integer, {1, 1, 1}}})}}, writer)[0], std::byte{2});
}

}  // namespace
}  // namespace chunkwise_test
