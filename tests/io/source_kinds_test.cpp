// Sources that describe themselves are the same sources when they are opened elsewhere; whatever else the bytes may be
// is refused.
#include "chunkwise/io/source_kinds.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "chunkwise/chunkwise.hpp"
#include "tests/caught.hpp"

namespace chunkwise {
namespace {

const SourceAccess no_files{
    [](const std::string& path) -> std::string { throw Error(ErrorCode::denied, path + " was asked for"); }};

std::vector<std::byte> elements_of(const Source& source) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(source.shape().elements()) * size_of(source.dtype()));
  source.read(Region::whole(source.shape()), bytes.data());
  return bytes;
}

std::vector<SourcePtr> travellers() {
  std::vector<std::int16_t> values(60);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::int16_t>(7 * i);
  const NdArray<std::int16_t, 2> whole({6, 10}, values);
  UntypedNdArray columns = whole.untyped();  // every second column, not contiguous
  columns.shape = {6, 5};
  columns.strides = {10, 2};
  return {full_source({3, 4}, Scalar(2.5F)),
          full_source({2}, Scalar(true)),
          arange_source(Scalar(std::int64_t{5}), Scalar(std::int64_t{-3}), 100),
          arange_source(Scalar(0.1), Scalar(0.25), 33),
          random_source({4, 5, 6}, DType::float32, 42),
          memory_source(whole.untyped()),
          memory_source(columns),
          memory_source(UntypedNdArray{DType::float64, {0, 3}, {3, 1}, nullptr, nullptr})};
}

TEST(ASourceThatDescribesItself, IsTheSameElsewhere) {
  for (const SourcePtr& source : travellers()) {
    const SourceDescription description = source->description();
    ASSERT_FALSE(description.kind.empty()) << source->describe();
    const SourcePtr other = open_source(description, no_files);
    EXPECT_EQ(other->dtype(), source->dtype()) << source->describe();
    EXPECT_EQ(other->shape(), source->shape()) << source->describe();
    EXPECT_EQ(elements_of(*other), elements_of(*source)) << source->describe();
  }
}

TEST(ASourceThatDescribesItself, IsRefusedWhenItsBytesAreCutOrGoOn) {
  for (const SourcePtr& source : travellers()) {
    SourceDescription description = source->description();
    const std::vector<std::byte> whole = description.parameters;
    for (std::size_t size = 0; size < whole.size(); ++size) {
      description.parameters.assign(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(chunkwise_test::error_of([&] { (void)open_source(description, no_files); }).code,
                ErrorCode::invalid_argument);
    }
    description.parameters = whole;
    description.parameters.push_back(std::byte{0});
    EXPECT_EQ(chunkwise_test::error_of([&] { (void)open_source(description, no_files); }).code,
              ErrorCode::invalid_argument);
  }
}

TEST(ASourceThatDescribesItself, IsOpenedOrRefusedWhateverItsBytesAre) {
  std::mt19937 random(1);
  for (const SourcePtr& source : travellers()) {
    for (int i = 0; i < 500; ++i) {
      SourceDescription description = source->description();
      auto& bytes = description.parameters;
      bytes[random() % bytes.size()] ^= static_cast<std::byte>(1U << (random() % 8));
      try {
        const SourcePtr other = open_source(description, no_files);
        EXPECT_EQ(other->grid().shape(), other->shape());
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::invalid_argument) << error.what();
      }
    }
  }
}

TEST(AKindOfSource, IsNamedAmongThoseThereAreWhenItIsNotKnown) {
  const auto error = chunkwise_test::error_of([] { (void)open_source({"tape", {}}, no_files); });
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_THAT(error.message, testing::AllOf(testing::HasSubstr("'tape'"), testing::HasSubstr("arange"),
                                            testing::HasSubstr("random"), testing::HasSubstr("register_source_kind")));
}

TEST(AKindOfSource, CanBeRegistered) {
  register_source_kind("seven", [](std::span<const std::byte> parameters, const SourceAccess&) {
    return full_source({static_cast<std::int64_t>(parameters.size())}, Scalar(7.0));
  });
  const SourcePtr source = open_source({"seven", {std::byte{1}, std::byte{2}}}, no_files);
  EXPECT_EQ(source->shape(), (Shape{2}));
}

}  // namespace
}  // namespace chunkwise
