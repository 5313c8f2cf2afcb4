// Handles that stand for nothing: null pointers, and what was moved from.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <sstream>
#include <utility>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/untyped.hpp"
#include "tests/caught.hpp"

namespace cw = chunkwise;

namespace chunkwise_test {
namespace {

using cw::ErrorCode;

template <class F>
void expect_refused(const F& use, const char* what) {
  const Caught error = error_of(use);
  EXPECT_EQ(error.code, ErrorCode::invalid_argument) << error.message;
  EXPECT_TRUE(error.says(what)) << error.message;
}

TEST(Handles, ANullBackendIsAnError) {
  const cw::BackendPtr none;
  const auto x = cw::full<1>({3}, 1.0);
  expect_refused([&] { (void)cw::compute(none, x); }, "the backend is null: make one with connect");
  expect_refused([&] { (void)cw::persist(none, x); }, "the backend is null");
  expect_refused([&] { (void)cw::explain(none, x); }, "the backend is null");
  expect_refused([&] { (void)cw::explain_write(none, x); }, "the backend is null");
  expect_refused([&] { (void)cw::submit(none, x); }, "the backend is null");
  expect_refused([&] { cw::write(none, x, nullptr); }, "the backend is null");
  const std::vector arrays{x.handle()};
  expect_refused([&] { (void)cw::compute(none, arrays); }, "the backend is null");
  expect_refused([&] { (void)cw::explain(none, arrays, false); }, "the backend is null");
  expect_refused([&] { (void)cw::preview(none, arrays); }, "the backend is null");
}

TEST(Handles, ANullSinkIsAnError) {
  const auto x = cw::full<1>({3}, 1.0);
  expect_refused([&] { cw::write(cw::default_backend(), x, nullptr); }, "the sink is null");
  const std::vector arrays{x.handle()};
  const std::vector<cw::SinkPtr> sinks(1);
  expect_refused([&] { cw::write(cw::default_backend(), arrays, sinks); }, "a sink is null");
}

TEST(Handles, ANullSourceOrNodeIsAnError) {
  expect_refused([] { (void)cw::from_source<double, 1>(nullptr); }, "the source is null");
  expect_refused([] { (void)cw::build::source(nullptr); }, "a source that is null");
  const cw::NodePtr none;
  const cw::NodePtr x = cw::full<1>({3}, 1.0).node();
  expect_refused([&] { (void)cw::build::concatenate({x, none}, 0); }, "its node is null");
  expect_refused([&] { (void)cw::build::index(none, {}); }, "its node is null");
  expect_refused([&] { (void)cw::build::fold(cw::aggregate::Sum::code, none, 1, false, 0); }, "its node is null");
  const std::vector operands{x, none};
  expect_refused([&] { (void)cw::build::apply(cw::op::Add::code, operands); }, "its node is null");
  expect_refused([&] { (void)cw::build::map(nullptr, {x}, {}); }, "the program is null");
  const std::vector<cw::UntypedArray> handles(1);
  expect_refused([&] { (void)cw::compute(cw::default_backend(), handles); }, "stands for nothing");
  const std::vector<cw::Target> targets(1);
  expect_refused([&] { (void)cw::default_backend()->run(cw::Graph{{none}}, targets, {}); }, "stands for nothing");
  expect_refused([&] { (void)cw::default_backend()->persist(cw::Graph{{none}}, {}); }, "stands for nothing");
}

TEST(Handles, MemoryThatIsNullIsAnErrorWhereThereAreElements) {
  expect_refused([] { (void)cw::from_memory<1>(static_cast<const double*>(nullptr), {3}); }, "its data is null");
  EXPECT_EQ(cw::compute(cw::from_memory<1>(static_cast<const double*>(nullptr), {0})).size(), 0);
  expect_refused(
      [] {
        (void)cw::NdArray<double, 1>(cw::UntypedNdArray{cw::DType::float64, {2}, {1}, nullptr, nullptr});
      },
      "its data is null");
}

TEST(Handles, AnArrayThatWasMovedFromIsAnErrorWhereItIsUsed) {
  auto x = cw::full<1>({3}, 2.0);
  const auto y = std::move(x);
  EXPECT_EQ(cw::compute(y * 2.0)(0), 4);
  const char* const what = "it was moved from";
  expect_refused([&] { (void)cw::compute(x); }, what);            // NOLINT(bugprone-use-after-move)
  expect_refused([&] { (void)cw::compute(x + y); }, what);        // NOLINT
  expect_refused([&] { (void)cw::compute(cw::mean(x)); }, what);  // NOLINT
  expect_refused([&] { (void)cw::compute(x(0)); }, what);         // NOLINT
  expect_refused([&] { (void)cw::compute(cw::concatenate(std::vector{x, x}, 0)); }, what);  // NOLINT
  expect_refused([&] { (void)x.handle(); }, what);                                          // NOLINT
  expect_refused([&] { (void)cw::compute(x.with_labels(cw::Labels({"time"}))); }, what);    // NOLINT
  expect_refused(
      [&] {
        std::ostringstream text;
        text << x;  // NOLINT
      },
      what);
  x = y;
  EXPECT_EQ(cw::compute(x)(2), 2);
}

TEST(Handles, AnNdArrayThatWasMovedFromIsEmpty) {
  auto x = cw::compute(cw::arange(0, 6));
  auto y = std::move(x);
  EXPECT_EQ(x.size(), 0);                 // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(x.data(), nullptr);           // NOLINT
  EXPECT_TRUE(x.mutable_copy().empty());  // NOLINT
  EXPECT_EQ(y(5), 5);
  x = std::move(y);
  EXPECT_EQ(x(5), 5);
  EXPECT_EQ(y.shape(), cw::Shape{0});  // NOLINT
}

TEST(Handles, AResultIsTakenOnce) {
  auto future = cw::submit(cw::default_backend(), cw::full<0>({}, 1.0) + 1.0);
  EXPECT_EQ(future.get(), 2);
  expect_refused([&] { (void)future.get(); }, "get() gives it once");
  expect_refused([&] { (void)future.ready(); }, "get() gives it once");
}

TEST(Handles, ATokenThatWasMovedFromEndsNothing) {
  cw::CancelToken token;
  const cw::CancelToken other = std::move(token);
  token.cancel();                   // NOLINT(bugprone-use-after-move)
  EXPECT_FALSE(token.cancelled());  // NOLINT
  EXPECT_FALSE(other.cancelled());
  const auto x = cw::full<0>({}, 1.0) + 1.0;
  EXPECT_EQ(cw::compute(cw::default_backend(), x, cw::cancel_on(token)), 2);  // NOLINT
  auto future = cw::submit(cw::default_backend(), x);
  auto moved = std::move(future);
  future.cancel();  // NOLINT
  EXPECT_EQ(moved.get(), 2);
}

TEST(NdArrays, AreRangesOfTheirElements) {
  const auto x = cw::compute(cw::from_vector<2>(std::vector{1, 2, 3, 4, 5, 6}, {2, 3}));
  std::vector<int> seen;
  for (const int value : x) seen.push_back(value);
  EXPECT_EQ(seen, (std::vector{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(std::accumulate(x.begin(), x.end(), 0), 21);
  EXPECT_EQ(*std::ranges::max_element(x), 6);
  // Views go backwards and leave out.
  const auto view = cw::compute(cw::from_ndarray(x)(cw::range(cw::none, cw::none, -1), cw::range(0, cw::none, 2)));
  EXPECT_EQ(std::vector(view.begin(), view.end()), (std::vector{4, 6, 1, 3}));
  const cw::NdArray<int, 2> empty;
  EXPECT_TRUE(empty.begin() == empty.end());
  static_assert(std::forward_iterator<cw::NdArray<int, 2>::Iterator>);
}

TEST(NdArrays, ShapesRegionsAndChunksArePrinted) {
  std::ostringstream text;
  text << cw::Shape{4, 3} << ' ' << cw::Region::whole({4, 3}) << ' ' << cw::ChunkGrid::regular({4, 3}, {2, 3});
  EXPECT_EQ(text.str(), "(4, 3) [0:4, 0:3] 2 chunks of (2, 3)");
}

TEST(Attributes, OfTextAndOfANumberNeedNoType) {
  const cw::Attributes attributes{{"units", "K"}, {"scale", 0.5}, {"level", std::int16_t{7}}, {"half", 0.5F}};
  EXPECT_EQ(std::get<std::string>(attributes[0].value), "K");
  EXPECT_EQ(attributes[1], cw::Attribute("scale", cw::DType::float64, std::vector{0.5}));
  EXPECT_EQ(attributes[2], cw::Attribute("level", cw::DType::int16, std::vector<std::int64_t>{7}));
  EXPECT_EQ(attributes[3].dtype, cw::DType::float32);
}

TEST(Handles, AnElementTypeThatThereIsNotIsAnError) {
  const auto none = static_cast<cw::DType>(99);
  const double value = 1;
  EXPECT_EQ(error_of([&] {
              (void)cw::memory_source({none, {1}, {1}, nullptr, &value});
            }).code,
            ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] {
              (void)to_string(cw::UntypedNdArray{none, {1}, {1}, nullptr, &value});
            }).code,
            ErrorCode::invalid_argument);
  const cw::SourcePtr source = cw::memory_source({cw::DType::float64, {1}, {1}, nullptr, &value});
  double read[2];
  EXPECT_EQ(error_of([&] { source->read(cw::Region{{0, 1, 2}}, read); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)to_string(cw::UntypedArray()); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { (void)cw::arange_source(cw::Scalar(1.0), cw::Scalar(1.0F), 3); }).code,
            ErrorCode::type_mismatch);
  EXPECT_EQ(error_of([&] { (void)cw::random_source({3}, cw::DType::int32, 1); }).code, ErrorCode::type_mismatch);
}

}  // namespace
}  // namespace chunkwise_test
