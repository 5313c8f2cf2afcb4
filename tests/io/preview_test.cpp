#include <gtest/gtest.h>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/untyped.hpp"

namespace {

namespace cw = chunkwise;

template <class Array>
void expect_same_text(const Array& array) {
  const auto backend = cw::connect("local:1");
  const cw::UntypedArray handle = cw::Array<cw::value_type_of<Array>, cw::rank_of<Array>>(array).handle();
  EXPECT_EQ(cw::preview(backend, {&handle, 1}).front(), cw::to_string(cw::compute(backend, array).untyped()));
}

TEST(Preview, IsTheTextOfTheWhole) {
  expect_same_text(cw::random<double, 3>({20, 30, 7}, 1));
  expect_same_text(cw::random<float, 2>({5, 300}, 2) * 1e6F);
  expect_same_text(cw::random<double, 2>({1001, 1}, 3));
  expect_same_text(cw::random<double, 2>({30, 30}, 4));
  expect_same_text(cw::arange<std::int64_t>(0, 100000));
  expect_same_text(cw::full<2>({0, 5000}, 1.0));
}

TEST(Preview, ComputesWhatIsShownAlone) {
  const cw::Array<double, 2> large = cw::exp(cw::random<double, 2>({10'000'000, 10'000'000}, 1));
  const cw::UntypedArray handle = large.handle();
  EXPECT_EQ(cw::edges_of(handle).shape, (cw::Shape{6, 6}));
  cw::RunReport report;
  const auto texts =
      cw::preview(cw::connect("local:1", {.memory_limit = 1'000'000}), {&handle, 1}, cw::report_to(report));
  EXPECT_NE(texts.front().find("..."), std::string::npos);
}

}  // namespace
