// What a plan costs is bounded by the nodes of its graph, not by the ways through it: each of these formulas has more
// than 10^9 ways from its result to its source.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/graph/serialize.hpp"
#include "chunkwise/io/source_kinds.hpp"
#include "chunkwise/notation.hpp"
#include "chunkwise/untyped.hpp"
#include "tests/caught.hpp"

namespace cw = chunkwise;

namespace chunkwise_test {
namespace {

/// The last result of a text of lines, over x, which is random numbers.
cw::UntypedArray last_of(const std::string& text, const cw::Shape& shape = {2}) {
  cw::notation::Variables variables;
  const cw::UntypedArray x{cw::build::source(cw::random_source(shape, cw::DType::float64, 1)), shape, {}};
  variables.find = [&](std::string_view name) { return name == "x" ? std::optional(x) : std::nullopt; };
  return cw::notation::arrays_of(text, variables).back().array;
}

/// "a1 = LINE with a0; a2 = LINE with a1; ...", a0 being x.
std::string doubled(int lines, const std::string& line) {
  std::string text = "a0 = x * 1";
  for (int i = 1; i <= lines; ++i) {
    std::string next = line;
    for (std::size_t at = next.find('@'); at != std::string::npos; at = next.find('@'))
      next.replace(at, 1, "a" + std::to_string(i - 1));
    text += "\na" + std::to_string(i) + " = " + next;
  }
  return text;
}

/// Has the graph optimised, planned, explained, drawn and written. A plan may be refused for the memory that it needs;
/// that is soon said too.
void expect_cheap(const cw::UntypedArray& array, bool to_sink = false) {
  const std::vector arrays{array};
  for (const char* pass : {"", "push_indices", "merge_equal_nodes", "fuse_maps"}) {
    const auto options = *pass ? cw::without_pass(pass) : cw::RunOption{[](cw::RunOptions&) {}};
    try {
      const cw::Explanation plan = cw::explain(cw::default_backend(), arrays, to_sink, options);
      EXPECT_LT(plan.dot.size(), 1U << 20);
    } catch (const cw::Error& error) {
      EXPECT_EQ(error.code(), cw::ErrorCode::memory_limit) << error.what();
    }
  }
  const auto bytes = cw::to_bytes(cw::Graph{{array.node}}, [](const cw::Source&) { return std::vector<std::byte>(1); });
  EXPECT_LT(bytes.size(), 1U << 20);
  EXPECT_FALSE(to_string(array).empty());
}

TEST(PlanCost, OfJoinsOfAnArrayWithItself) {
  const cw::UntypedArray array = last_of(doubled(40, "concatenate((@, @), 0)"));
  EXPECT_EQ(array.shape[0], std::int64_t{2} << 40);
  expect_cheap(array, true);
  const std::vector part{last_of(doubled(40, "concatenate((@, @), 0)") + "\ny = a40[::1000000000] * 0")};
  EXPECT_EQ(cw::compute(cw::default_backend(), part).front().shape[0], 2200);
}

TEST(PlanCost, CoordinatesThatDoubleWithEachLineAreRefused) {
  cw::notation::Variables variables;
  const cw::Labels labels({"time"}, {cw::Coordinate(std::vector<double>(3000, 1.0), {})}, "x", {});
  const cw::Shape shape{3000};
  const cw::UntypedArray x{cw::build::source(cw::random_source(shape, cw::DType::float64, 1)), shape, labels};
  variables.find = [&](std::string_view name) { return name == "x" ? std::optional(x) : std::nullopt; };
  EXPECT_EQ(cw::notation::arrays_of(doubled(8, "concatenate((@, @), 0)"), variables).size(), 1U);
  const Caught error =
      error_of([&] { (void)cw::notation::arrays_of(doubled(40, "concatenate((@, @), 0)"), variables); });
  EXPECT_EQ(error.code, cw::ErrorCode::unsupported);
  EXPECT_TRUE(error.says("a coordinate along 'time'")) << error.message;
}

TEST(PlanCost, OfJoinsOfDifferentArrays) {
  std::string text = "a0 = x * 1\na1 = x * 2";
  for (int i = 2; i < 70; ++i) {
    const std::string before = "a" + std::to_string(i - 1);
    text += "\na" + std::to_string(i) + " = concatenate((" + before + ", a" + std::to_string(i - 2) + "), 0)";
  }
  expect_cheap(last_of(text), true);
}

TEST(PlanCost, OfIndicesIntoOneArray) {
  expect_cheap(last_of(doubled(60, "@[1:] + @[:-1]"), {100}));
  expect_cheap(last_of(doubled(12, "concatenate((@[::-1], @[:1], @[1:]), 0)"), {2}), true);
}

TEST(PlanCost, OfOperationsOnOneArray) {
  expect_cheap(last_of(doubled(60, "exp(@) + log(@) * @"), {100}));
  expect_cheap(last_of(doubled(60, "(@ - mean(@)) / std(@)"), {100}));
}

TEST(PlanCost, ChunksThatWouldHaveToBeListedAreRefused) {
  // Chunks of 3, 2, 3, 2, ... indices.
  const auto three = cw::full<1>({3}, 1.0, {3});
  cw::NodePtr node = cw::build::concatenate({cw::full<1>({2}, 1.0, {2}).node(), three.node()}, 0);
  const Caught error = error_of([&] {
    for (int i = 0; i < 60; ++i) node = cw::build::concatenate({node, node}, 0);
  });
  EXPECT_EQ(error.code, cw::ErrorCode::unsupported);
  EXPECT_TRUE(error.says("chunks of different sizes")) << error.message;
}

TEST(PlanCost, JoinedPartitionsAreWhatTheirSizesMake) {
  using cw::AxisChunks;
  const std::vector<std::vector<AxisChunks>> cases{
      {AxisChunks::regular(8, 4), AxisChunks::regular(8, 4)},
      {AxisChunks::regular(8, 4), AxisChunks::regular(7, 4)},
      {AxisChunks::regular(7, 4), AxisChunks::regular(8, 4)},
      {AxisChunks::regular(4, 4), AxisChunks::regular(2, 2)},
      {AxisChunks::regular(2, 2), AxisChunks::regular(4, 4)},
      {AxisChunks::regular(4, 2), AxisChunks::regular(4, 4)},
      {AxisChunks::regular(4, 4), AxisChunks::regular(2, 2), AxisChunks::regular(2, 2)},
      {AxisChunks::regular(0, 1), AxisChunks::regular(5, 5), AxisChunks::regular(0, 1), AxisChunks::regular(5, 5)},
      {AxisChunks::of_sizes({3, 1, 3}), AxisChunks::regular(3, 3)},
      {AxisChunks::regular(3, 1), AxisChunks::regular(1, 1)},
      {}};
  for (const auto& parts : cases) {
    std::vector<std::int64_t> sizes;
    for (const AxisChunks& part : parts)
      for (std::int64_t i = 0; i < part.count(); ++i) sizes.push_back(part.size(i));
    EXPECT_EQ(AxisChunks::join(parts), AxisChunks::of_sizes(sizes));
  }
}

}  // namespace
}  // namespace chunkwise_test
