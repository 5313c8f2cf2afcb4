// What is published of an array besides its elements.
#include "backends/cluster/array_record.hpp"

#include <gtest/gtest.h>

#include <array>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/error.hpp"

namespace chunkwise::cluster {
namespace {

Attribute text(const std::string& name, const std::string& value) { return {name, DType::float64, value}; }

ArrayRecord travelled(const Shape& shape, const Labels& labels) {
  return record_from_bytes(to_bytes(ArrayRecord{DType::float64, shape, ChunkGrid::automatic(shape), labels}));
}

const Labels days({"time", "x"}, {Coordinate({0, 1, 2, 3}, {text("units", "days since 2000-01-01")}), {}}, "t", {});

Labels days_from(std::int64_t first) {
  const std::array<AxisSubscript, 1> subscripts{{{AxisSubscript::Kind::range, {first, 1, 2}}}};
  return index_labels(days, subscripts);
}

TEST(PublishedLabels, KnowFromWhichCoordinateTheyWereCut) {
  const Labels early = travelled({2, 3}, days_from(0)).labels;
  EXPECT_EQ(early.coordinate(0), days_from(0).coordinate(0));
  EXPECT_TRUE(broadcast_labels(early, 2, days_from(1), 2).coordinate(0).is_mixed());
  const Labels other({"time", "x"}, {Coordinate({7, 8}, {text("units", "days since 2000-01-01")}), {}}, "t", {});
  EXPECT_THROW((void)broadcast_labels(early, 2, other, 2), Error);
}

TEST(PublishedLabels, StayWithoutACoordinateThatWasLost) {
  const Labels difference = travelled({2, 3}, broadcast_labels(days_from(0), 2, days_from(1), 2)).labels;
  EXPECT_TRUE(difference.coordinate(0).is_mixed());
  EXPECT_TRUE(broadcast_labels(difference, 2, days_from(2), 2).coordinate(0).is_mixed());
}

TEST(PublishedLabels, BringCompanionsTheRecordDimensionAndTheFilesAttributes) {
  const std::vector<std::byte> bytes{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}};
  const Companion names("names", DType::int8, true, {{"x", 3, {0, 1, 3}, false}}, {text("long_name", "l")},
                        companion_values(bytes));
  const Labels labels =
      travelled({4, 3}, days.with_companions({names}).with_record(0).with_file_attributes({text("title", "a title")}))
          .labels;
  ASSERT_EQ(labels.companions().size(), 1U);
  EXPECT_TRUE(labels.companions()[0].equals(names));
  EXPECT_EQ(labels.companions()[0].attributes(), names.attributes());
  EXPECT_TRUE(labels.is_record(0));
  EXPECT_FALSE(labels.is_record(1));
  EXPECT_EQ(labels.file_attributes(), (Attributes{text("title", "a title")}));
}

TEST(PublishedLabels, SayWhetherValuesAreAsTheirFileStoresThem) {
  auto packed = std::make_shared<CoordinateValues>();
  packed->bytes.resize(4 * sizeof(double));
  packed->attributes = {{"scale_factor", 0.5}};
  packed->as_stored = true;
  const Labels bare({"time", "x"}, {Coordinate(packed), {}}, "t", {{"scale_factor", 0.5}});
  const Labels stored = travelled({4, 3}, bare.with_stored_values()).labels;
  EXPECT_TRUE(stored.holds_stored_values());
  EXPECT_TRUE(stored.coordinate(0).holds_stored_values());
  EXPECT_EQ(stored.coordinate(0), bare.coordinate(0));
  EXPECT_FALSE(travelled({4, 3}, bare).labels.holds_stored_values());
  EXPECT_FALSE(travelled({4, 3}, days).labels.coordinate(0).holds_stored_values());
}

TEST(PublishedLabels, ThatAreCutOffAreRefused) {
  const auto bytes = to_bytes(ArrayRecord{
      DType::float64, {2, 3}, ChunkGrid::automatic({2, 3}), broadcast_labels(days_from(0), 2, days_from(1), 2)});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW((void)record_from_bytes(std::span(bytes).first(size)), Error);
}

}  // namespace
}  // namespace chunkwise::cluster
