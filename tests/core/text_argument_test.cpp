// Texts that callers give to public functions.
#include "chunkwise/core/text_argument.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/core/companion.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "chunkwise/io/inspect.hpp"
#include "chunkwise/io/npy.hpp"
#include "chunkwise/io/source_kinds.hpp"
#include "chunkwise/notation.hpp"
#include "tests/caught.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::Caught;
using chunkwise_test::error_of;

std::string taken(const TextArgument& text) { return text; }

TEST(TextArguments, AreMadeOfWhateverIsAText) {
  const char letters[] = "letters";
  const char* pointer = letters;
  EXPECT_EQ(taken("letters"), "letters");
  EXPECT_EQ(taken(letters), "letters");
  EXPECT_EQ(taken(pointer), "letters");
  EXPECT_EQ(taken(std::string("with\0nought", 11)), std::string("with\0nought", 11));
  EXPECT_EQ(taken(std::string_view("letters").substr(0, 3)), "let");
  EXPECT_EQ(taken(std::filesystem::path("/tmp") / "x.nc"), "/tmp/x.nc");
  EXPECT_EQ(taken({}), "");
}

TEST(TextArguments, ANullPointerIsAnErrorWhereverATextIsTaken) {
  const char* const none = nullptr;
  const Labels labels({"x"});
  const Companion companion("x_bnds", DType::float64, false, {}, {}, nullptr);
  const auto x = full<1>({3}, 1.0);
  const std::vector<std::function<void()>> uses{
      [&] { (void)taken(nullptr); },
      [&] { (void)Attribute(none, "K"); },
      [&] { (void)Attribute("units", none); },
      [&] { (void)Attribute(none, 0.5); },
      [&] { (void)Attribute(none, DType::int8, Attribute::Value{}); },
      [&] { (void)is_packing(none); },
      [&] { (void)is_reference(none); },
      [&] { (void)Labels({"x"}, {}, none, {}); },
      [&] { (void)labels.axis(none, 1); },
      [&] { (void)labels.renamed(none); },
      [&] { (void)Companion(none, DType::float64, false, {}, {}, nullptr); },
      [&] { (void)companion.has(none); },
      [&] {
        (void)companion.cut(none, {0, 1, 1});
      },
      [&] { (void)companion.take(none, 0); },
      [&] { (void)companion.renamed("x", none); },
      [&] { (void)Companion::join(std::vector{companion}, none); },
      [&] { (void)connect(none); },
      [&] { (void)parse_bytes(none); },
      [&] { (void)parse_calendar(none); },
      [&] { (void)parse_time_units(none); },
      [&] { (void)parse_time_units("days since 2000-01-01", none); },
      [&] { (void)FileDescription().find(none); },
      [&] { (void)npy_sink(none); },
      [&] { register_source_kind(none, nullptr); },
      [&] { (void)memory_source(compute(x).untyped(), ChunkGrid::single({3}), none); },
      [&] { (void)progress_bar(none); },
      [&] { (void)without_pass(none); },
      [&] { (void)notation::arrays_of(none, {}); },
      [&] { (void)notation::names_used(none); },
  };
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const Caught caught = error_of(uses[i]);
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument) << i << ": " << caught.message;
    EXPECT_TRUE(caught.says("null pointer")) << i << ": " << caught.message;
  }
}

TEST(TextArguments, ADimensionOfNoNameIsThere) {
  const char* const none = nullptr;
  const auto x = full<1>({3}, 1.0).with_labels(Labels({"x"}));
  EXPECT_EQ(error_of([&] { (void)mean(x, none); }).code, ErrorCode::not_found);
  EXPECT_EQ(error_of([&] { (void)mean(x, axes(none)); }).code, ErrorCode::not_found);
}

}  // namespace
}  // namespace chunkwise
