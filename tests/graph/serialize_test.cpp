#include "chunkwise/graph/serialize.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "chunkwise/chunkwise.hpp"
#include "tests/caught.hpp"
#include "tests/recorded.hpp"

namespace cw = chunkwise;

namespace {

/// Stands for sources by their position in a table that both ends share.
struct SourceTable {
  std::vector<cw::SourcePtr> sources;
  cw::SourceWriter writer() {
    return [this](const cw::Source& source) {
      std::size_t i = 0;
      while (sources[i].get() != &source) ++i;
      return std::vector<std::byte>{static_cast<std::byte>(i)};
    };
  }
  cw::SourceReader reader() {
    return [this](std::span<const std::byte> bytes) {
      if (bytes.size() != 1 || std::to_integer<std::size_t>(bytes[0]) >= sources.size())
        throw cw::Error(cw::ErrorCode::invalid_argument, "no such source");
      return sources[std::to_integer<std::size_t>(bytes[0])];
    };
  }
};

struct Example {
  SourceTable table;
  cw::Graph graph;
  Example() {
    table.sources = {cw::random_source({8, 6, 5}, cw::DType::float64, 1, {3, 6, 5}),
                     cw::random_source({4, 6, 5}, cw::DType::float64, 2, {4, 6, 5})};
    const auto a = cw::build::source(table.sources[0]);
    const auto b = cw::build::source(table.sources[1]);
    const cw::Array<double, 3> x(
        cw::UntypedArray{cw::build::concatenate({a, b}, 0), cw::Shape{12, 6, 5}, cw::Labels{}});
    graph.outputs = {cw::lower((x - cw::mean(x, 0)) / cw::stddev(x, 0, cw::ddof(1)) * 2.5),
                     cw::lower(cw::sum(x(cw::range(cw::none, cw::none, -2), cw::newaxis, 3), 2, cw::keepdims))};
  }
};

std::vector<cw::UntypedNdArray> run(const cw::Graph& graph) {
  return cw::connect("local:2")->run(graph, std::vector<cw::Target>(graph.outputs.size()), {});
}

}  // namespace

TEST(GraphBytes, GiveTheSameGraphBack) {
  Example example;
  const auto bytes = to_bytes(example.graph, example.table.writer());
  const cw::Graph back = cw::graph_from_bytes(bytes, example.table.reader());
  ASSERT_EQ(back.outputs.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(back.outputs[i]->dtype, example.graph.outputs[i]->dtype);
    EXPECT_EQ(back.outputs[i]->shape, example.graph.outputs[i]->shape);
    EXPECT_EQ(back.outputs[i]->grid, example.graph.outputs[i]->grid);
    EXPECT_EQ(back.outputs[i]->hash, example.graph.outputs[i]->hash);
  }
  EXPECT_EQ(to_bytes(back, example.table.writer()), bytes);
}

TEST(GraphBytes, GiveTheSameValues) {
  Example example;
  const auto bytes = to_bytes(example.graph, example.table.writer());
  const auto before = run(example.graph);
  const auto after = run(cw::graph_from_bytes(bytes, example.table.reader()));
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(std::memcmp(before[i].data, after[i].data,
                          static_cast<std::size_t>(before[i].shape.elements()) * size_of(before[i].dtype)),
              0);
}

TEST(GraphBytes, OfViewsOfAnArrayWithoutAxesAreRead) {
  Example example;
  const cw::NodePtr one =
      cw::build::index(cw::build::source(example.table.sources[0]),
                       std::vector<cw::AxisSubscript>(3, {cw::AxisSubscript::Kind::integer, {1, 1, 1}}));
  ASSERT_EQ(one->shape.rank(), 0);
  example.graph.outputs = {cw::build::reshape(one, cw::Shape{1}), cw::build::reshape(one, cw::Shape{1, 1})};
  const auto bytes = to_bytes(example.graph, example.table.writer());
  const cw::Graph back = cw::graph_from_bytes(bytes, example.table.reader());
  ASSERT_EQ(back.outputs.size(), 2U);
  EXPECT_EQ(back.outputs[1]->shape, (cw::Shape{1, 1}));
  EXPECT_EQ(*static_cast<const double*>(run(back)[1].data), *static_cast<const double*>(run(example.graph)[1].data));
}

TEST(GraphBytes, WriteASharedNodeOnce) {
  SourceTable table{{cw::full_source({3}, cw::Scalar(1.0))}};
  cw::NodePtr node = cw::build::source(table.sources[0]);
  for (int i = 0; i < 40; ++i) {
    const cw::NodePtr both[] = {node, node};
    node = cw::build::apply(cw::op::Add::code, both);
  }
  EXPECT_LT(to_bytes({{node}}, table.writer()).size(), 10000U);
}

TEST(GraphBytes, AnotherVersionIsToldApart) {
  Example example;
  auto bytes = to_bytes(example.graph, example.table.writer());
  bytes[0] = std::byte{9};
  try {
    (void)cw::graph_from_bytes(bytes, example.table.reader());
    FAIL() << "a graph of version 9 was read";
  } catch (const cw::Error& error) {
    EXPECT_EQ(error.code(), cw::ErrorCode::unsupported);
  }
}

TEST(GraphBytes, OfVersion1AreRead) {
  // x[3:1:-1, newaxis, :, 5] three times, less the mean over the first axis; and the three by themselves.
  const std::string hex =
      "01000500000000000000b6010000000000000000000000000000000201040000000000000002000000000000000106000000"
      "0000000003000000000000000200000000000000000300000000000000000300000000000000ffffffffffffffff02000000"
      "0000000002000000000000000001000000000000000100000000000000010500000000000000010000000000000001000000"
      "0000000002010200000000000000020000000000000001010000000000000001000000000000000100030000000000000001"
      "0000000000000001000000000000000100000000000000020106000000000000000200000000000000010100000000000000"
      "0100000000000000040102000000000000000100000000000000000000000002010600000000000000020000000000000001"
      "0100000000000000010000000000000001000000200000001000000001010100000000000000010000000000000003220000"
      "00000000000100030000000a0a00000000000000000a0a01000000000011000a0a0000010000000200000000000000020000"
      "0000000000030000000000000000000000000000000201060000000000000002000000000000000101000000000000000100"
      "000000000000020000000000000004000000000000000200000000000000";
  const std::vector<std::byte> bytes = chunkwise_test::bytes_from(hex);
  const cw::NodePtr x = cw::build::source(cw::full_source({4, 6}, cw::Scalar(1.5), {2, 3}));
  const cw::Graph graph =
      cw::graph_from_bytes(bytes, [&](std::span<const std::byte>) { return x->as<cw::SourceNode>()->source; });
  using Kind = cw::AxisSubscript::Kind;
  const cw::NodePtr part =
      cw::build::index(x, {{Kind::range, {3, -1, 2}}, {Kind::create, {0, 1, 1}}, {Kind::integer, {5, 1, 1}}});
  const cw::NodePtr joined = cw::build::concatenate({part, part, part}, 0);
  const cw::NodePtr operands[] = {joined, cw::build::fold(cw::aggregate::Mean::code, joined, 1, false, 0)};
  const auto nothing = [](const cw::Source&) { return std::vector<std::byte>{}; };
  EXPECT_EQ(cw::to_bytes(graph, nothing),
            cw::to_bytes(cw::Graph{{cw::build::apply(cw::op::Subtract::code, operands), joined}}, nothing));
}

TEST(GraphBytes, FunctionsOfLinesAreOfVersion3AndOtherGraphsOfVersion2) {
  SourceTable table{{cw::random_source({8, 6, 5}, cw::DType::float32, 1, {3, 6, 5})}};
  const cw::NodePtr x = cw::build::source(table.sources[0]);
  const cw::Function own{"line1:tests.spread", 4, {cw::DType::float32}, cw::DType::float64};
  const cw::Graph graph{{cw::build::along(cw::linewise::CumulativeSum::code, x, 0, false),
                         cw::build::along(cw::linewise::Median::code, x, -1, true),
                         cw::build::along(own, x, 1, false)}};
  const auto bytes = to_bytes(graph, table.writer());
  EXPECT_EQ(bytes[0], std::byte{3});
  EXPECT_EQ(to_bytes(cw::Graph{{x}}, table.writer())[0], std::byte{2});
  const cw::Graph read = cw::graph_from_bytes(bytes, table.reader(), cw::UnknownFunctions::accepted);
  EXPECT_EQ(to_bytes(read, table.writer()), bytes);
  EXPECT_EQ(describe(*read.outputs[0]), "cumsum along axis 0");
  EXPECT_EQ(read.outputs[1]->shape, (cw::Shape{8, 6, 1}));
  EXPECT_EQ(read.outputs[2]->shape, (cw::Shape{8, 5}));
  EXPECT_EQ(read.outputs[2]->dtype, cw::DType::float64);
  EXPECT_EQ(*read.outputs[2]->as<cw::AlongNode>()->own, own);
  // A function that nobody knows, one of no number, and lines in a version that had none.
  const auto refused = [&](std::vector<std::byte> bad) {
    return chunkwise_test::error_of([&] { (void)cw::graph_from_bytes(bad, table.reader()); }).code;
  };
  EXPECT_EQ(refused(bytes), cw::ErrorCode::not_found);
  const auto sums = to_bytes(cw::Graph{{graph.outputs[0]}}, table.writer());
  std::vector<std::byte> old = sums;
  old[0] = std::byte{2};
  EXPECT_NE(refused(old), cw::ErrorCode::not_found);
  EXPECT_EQ(to_bytes(cw::graph_from_bytes(sums, table.reader()), table.writer()), sums);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_THROW(
        (void)cw::graph_from_bytes(std::span(bytes).first(length), table.reader(), cw::UnknownFunctions::accepted),
        cw::Error)
        << length;
}

TEST(GraphBytes, ReductionsByGroupsAreOfVersion4AndTheirLabelsAreChecked) {
  SourceTable table{{cw::random_source({8, 6}, cw::DType::float32, 1, {3, 6})}};
  const cw::NodePtr x = cw::build::source(table.sources[0]);
  const auto grouping = std::make_shared<const cw::Grouping>(cw::Grouping{0, {0, 1, 2, -1, 2, 1, 0, 0}, 4});
  const cw::Graph graph{{cw::build::fold(cw::aggregate::Mean::code, x, 0b11, false, 0, grouping),
                         cw::build::fold(cw::aggregate::Sum::code, x, 0b10, true, 0)}};
  const auto bytes = to_bytes(graph, table.writer());
  EXPECT_EQ(bytes[0], std::byte{4});
  EXPECT_EQ(to_bytes(cw::Graph{{graph.outputs[1]}}, table.writer())[0], std::byte{2});
  const cw::Graph read = cw::graph_from_bytes(bytes, table.reader());
  EXPECT_EQ(to_bytes(read, table.writer()), bytes);
  EXPECT_EQ(*read.outputs[0]->as<cw::FoldNode>()->grouping, *grouping);
  EXPECT_EQ(read.outputs[0]->shape, (cw::Shape{4}));
  EXPECT_EQ(read.outputs[1]->shape, (cw::Shape{8, 1}));
  EXPECT_EQ(describe(*read.outputs[0]), "mean over axes 0, 1 by 4 groups along axis 0");

  const auto refused = [&](std::vector<std::byte> bad) {
    return chunkwise_test::error_of([&] { (void)cw::graph_from_bytes(bad, table.reader()); }).code ==
           cw::ErrorCode::invalid_argument;
  };
  // The labels as they lie there: axis, groups, their number, each of them.
  std::vector<std::byte> pattern{std::byte{0}, std::byte{4}};
  pattern.resize(9);
  pattern.push_back(std::byte{8});
  const auto found = std::search(bytes.begin(), bytes.end(), pattern.begin(), pattern.end());
  ASSERT_NE(found, bytes.end());
  const auto changed = [&](std::ptrdiff_t at, int value) {
    std::vector<std::byte> bad = bytes;
    bad[static_cast<std::size_t>(found - bytes.begin() + at)] = static_cast<std::byte>(value);
    return bad;
  };
  EXPECT_TRUE(refused(changed(0, 2)));     // an axis that is not there
  EXPECT_TRUE(refused(changed(0, 1)));     // one of another extent
  EXPECT_TRUE(refused(changed(1, 2)));     // fewer groups than the labels name
  EXPECT_TRUE(refused(changed(1, 0)));     // none
  EXPECT_TRUE(refused(changed(8, 0x40)));  // groups beyond any number
  EXPECT_TRUE(refused(changed(9, 7)));     // a label too few
  EXPECT_TRUE(refused(changed(15, 1)));    // labels beyond the end
  EXPECT_TRUE(refused(changed(17, 4)));    // a label that is no group
  EXPECT_TRUE(refused(changed(20, 0x80)));
  EXPECT_TRUE(refused(changed(-1, 4)));  // another way to keep axes
  for (const int version : {2, 3}) {
    std::vector<std::byte> old = bytes;
    old[0] = static_cast<std::byte>(version);
    EXPECT_TRUE(refused(old)) << version;
  }
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_THROW((void)cw::graph_from_bytes(std::span(bytes).first(length), table.reader()), cw::Error) << length;
}

TEST(GraphBytes, EveryTruncationIsRefused) {
  Example example;
  const auto bytes = to_bytes(example.graph, example.table.writer());
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_THROW((void)cw::graph_from_bytes(std::span(bytes).first(length), example.table.reader()), cw::Error)
        << length;
}

TEST(GraphBytes, AGraphThatIsTooDeepIsRefused) {
  SourceTable table{{cw::full_source({3}, cw::Scalar(1.0))}};
  const cw::NodePtr source = cw::build::source(table.sources[0]);
  const cw::NodePtr negated = cw::build::apply(cw::op::Negate::code, {&source, 1});
  const auto shallow = to_bytes({{source}}, table.writer());
  const auto bytes = to_bytes({{negated}}, table.writer());
  constexpr std::size_t head = 2 + 8 + 8;         // version, count of nodes, size of their bytes
  constexpr std::size_t tail = 8 + 8;             // count of outputs, the output
  const std::size_t own = shallow.size() - tail;  // where the map's bytes begin
  const std::size_t input = 1 + 8 + negated->as<cw::MapNode>()->program->to_bytes().size() + 8;  // its input's number
  constexpr std::uint64_t maps = 100'000;
  std::vector<std::byte> deep(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(own));
  const auto put = [&deep](std::size_t at, std::uint64_t value) { std::memcpy(deep.data() + at, &value, 8); };
  for (std::uint64_t i = 0; i < maps; ++i) {
    deep.insert(deep.end(), bytes.begin() + static_cast<std::ptrdiff_t>(own), bytes.end() - tail);
    put(deep.size() - (bytes.size() - tail - own) + input, i);
  }
  put(2, maps + 1);
  put(10, deep.size() - head);
  deep.insert(deep.end(), bytes.end() - tail, bytes.end());
  put(deep.size() - 8, maps);
  try {
    (void)cw::graph_from_bytes(deep, table.reader());
    FAIL() << "a graph of depth " << maps << " was read";
  } catch (const cw::Error& error) {
    EXPECT_EQ(error.code(), cw::ErrorCode::unsupported) << error.what();
  }
}

TEST(GraphBytes, HostileBytesGetAnErrorOrAGraph) {
  Example example;
  const auto bytes = to_bytes(example.graph, example.table.writer());
  std::mt19937 random(20161123);
  int refused = 0;
  for (int i = 0; i < 20000; ++i) {
    auto mutated = bytes;
    for (auto flips = 1 + random() % 3; flips > 0; --flips)
      mutated[random() % mutated.size()] = static_cast<std::byte>(random() % 256);
    try {
      (void)cw::graph_from_bytes(mutated, example.table.reader());
    } catch (const cw::Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
}

TEST(GraphBytes, CallOnlyWhatIsKnownHere) {
  SourceTable table{{cw::full_source({3}, cw::Scalar(1.0))}};
  const cw::Function function{"tests.nobody_has", 1, {cw::DType::float64}, cw::DType::float32};
  const cw::Graph graph{{cw::build::map(std::make_shared<const cw::Program>(cw::Program::call(function)),
                                        {cw::build::source(table.sources[0])}, {})}};
  EXPECT_EQ(functions_of(graph), std::vector<cw::Function>{function});
  const auto bytes = to_bytes(graph, table.writer());
  const auto read = [&](auto... unknown) { return cw::graph_from_bytes(bytes, table.reader(), unknown...); };
  const auto caught = chunkwise_test::error_of([&] { static_cast<void>(read()); });
  EXPECT_EQ(caught.code, cw::ErrorCode::not_found);
  EXPECT_TRUE(caught.says("tests.nobody_has version 1 (float64) -> float32")) << caught.message;
  // Whoever only plans it need not know it.
  const cw::Graph back = read(cw::UnknownFunctions::accepted);
  EXPECT_EQ(back.outputs[0]->hash, graph.outputs[0]->hash);
  EXPECT_EQ(to_bytes(back, table.writer()), bytes);
  EXPECT_TRUE(chunkwise_test::error_of([&] { run(back); }).says("tests.nobody_has"));

  const auto ones = [](const void* const*, const cw::Scalar*, void* out, std::size_t n) {
    std::fill_n(static_cast<float*>(out), n, 1.0F);
  };
  cw::register_function(function, ones);
  const auto result = run(read());
  EXPECT_EQ(static_cast<const float*>(static_cast<const void*>(result[0].data))[2], 1.0F);
}
