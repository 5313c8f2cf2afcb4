#include "chunkwise/core/companion.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "tests/caught.hpp"
#include "tests/core/labels.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::text;
using testing::ElementsAre;
using testing::IsEmpty;
using Kind = AxisSubscript::Kind;

/// 0, 1, 2, ... as bytes.
Companion counting(const std::string& name, const std::vector<std::pair<std::string, std::int64_t>>& axes) {
  std::vector<Companion::Axis> made;
  std::size_t count = 1;
  for (const auto& [dimension, extent] : axes) {
    made.push_back({dimension, extent, {0, 1, extent}, false});
    count *= static_cast<std::size_t>(extent);
  }
  std::vector<std::byte> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(i);
  return {name, DType::int8, false, std::move(made), {}, companion_values(std::move(bytes))};
}

std::vector<int> elements(const Companion& companion) {
  std::vector<int> values;
  const auto read = companion.read();
  EXPECT_TRUE(read);
  for (const std::byte byte : read.value_or(std::vector<std::byte>())) values.push_back(std::to_integer<int>(byte));
  return values;
}

/// Over (time 2, y 2, x 3) with two-dimensional latitudes and bounds of times.
Labels curvilinear() {
  return Labels({"time", "y", "x"}, {Coordinate({0, 6}, {text("bounds", "time_bnds")}), {}, {}}, "t",
                {text("coordinates", "lat height"), text("units", "K")})
      .with_companions({counting("lat", {{"y", 2}, {"x", 3}}), counting("height", {}),
                        counting("time_bnds", {{"time", 2}, {"nb", 2}})});
}

const Companion& named(const Labels& labels, const std::string& name) {
  for (const Companion& companion : labels.companions())
    if (companion.name() == name) return companion;
  ADD_FAILURE() << "no " << name;
  return labels.companions().front();
}

std::vector<std::string> names(const Labels& labels) {
  std::vector<std::string> all;
  for (const Companion& companion : labels.companions())
    if (companion) all.push_back(companion.name());
  return all;
}

TEST(Companions, AreCutAsTheArrayIs) {
  const std::array<AxisSubscript, 3> subscripts{
      {{Kind::integer, {1, 1, 1}}, {Kind::range, {1, 1, 1}}, {Kind::range, {2, -2, 2}}}};
  const Labels part = index_labels(curvilinear(), subscripts);
  EXPECT_THAT(elements(named(part, "lat")), ElementsAre(5, 3));
  EXPECT_THAT(named(part, "lat").dimensions(), ElementsAre("y", "x"));
  EXPECT_THAT(elements(named(part, "time_bnds")), ElementsAre(2, 3));
  EXPECT_THAT(named(part, "time_bnds").dimensions(), ElementsAre("nb"));
  EXPECT_THAT(elements(named(part, "height")), ElementsAre(0));
}

TEST(Companions, GoWithAnAxisThatIsReduced) {
  EXPECT_THAT(names(reduce_labels(curvilinear(), 3, 0b001, false)), ElementsAre("lat", "height"));
  EXPECT_THAT(names(reduce_labels(curvilinear(), 3, 0b100, true)), ElementsAre("height", "time_bnds"));
}

TEST(Companions, StayInFormulasUnlessOperandsHaveDifferentOnes) {
  const Labels x = curvilinear();
  const Labels sum = broadcast_labels(x, 3, Labels({"y", "x"}), 2);
  EXPECT_THAT(names(sum), ElementsAre("lat", "height", "time_bnds"));
  EXPECT_EQ(sum.attributes(), (Attributes{text("coordinates", "lat height")}));
  EXPECT_THAT(names(broadcast_labels(x, 3, curvilinear(), 3)), ElementsAre("lat", "height", "time_bnds"))
      << "equal elements, wherever they are";

  std::vector<std::byte> other(6, std::byte{1});
  const Labels y = x.with_companions({{"lat",
                                       DType::int8,
                                       false,
                                       {{"y", 2, {0, 1, 2}, false}, {"x", 3, {0, 1, 3}, false}},
                                       {},
                                       companion_values(std::move(other))}});
  const Labels both = broadcast_labels(x, 3, y, 3);
  EXPECT_THAT(names(both), ElementsAre("height", "time_bnds"));
  EXPECT_THAT(names(broadcast_labels(both, 3, x, 3)), ElementsAre("height", "time_bnds")) << "nor do they come back";
}

TEST(Companions, AreJoinedAlongTheirOwnAxis) {
  const std::array parts{curvilinear(), curvilinear()};
  const Labels in_time = concatenate_labels(parts, 3, 0);
  EXPECT_THAT(elements(named(in_time, "time_bnds")), ElementsAre(0, 1, 2, 3, 0, 1, 2, 3));
  EXPECT_THAT(elements(named(in_time, "lat")), ElementsAre(0, 1, 2, 3, 4, 5));
  const Labels in_x = concatenate_labels(parts, 3, 2);
  EXPECT_THAT(elements(named(in_x, "lat")), ElementsAre(0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5));
}

TEST(Companions, AreNotJoinedAlongADimensionThatTheyLack) {
  const std::vector parts{named(curvilinear(), "lat"), named(curvilinear(), "lat")};
  const chunkwise_test::Caught error = chunkwise_test::error_of([&] { (void)Companion::join(parts, "depth"); });
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_TRUE(error.says("'depth'")) << error.message;
}

TEST(Companions, FollowAnAxisToItsNewName) {
  const Labels renamed = curvilinear().with_dimensions({"time", "x", "y"});
  EXPECT_THAT(named(renamed, "lat").dimensions(), ElementsAre("x", "y"));
}

TEST(References, AreReadInEachSyntax) {
  EXPECT_THAT(references_of({text("coordinates", "lat  lon"), text("cell_measures", "area: cell_area volume: v"),
                             text("grid_mapping", "crs: x y"), text("units", "K"), text("bounds", "lat_bnds")}),
              ElementsAre("lat", "lon", "cell_area", "v", "crs", "x", "y", "lat_bnds"));
}

TEST(References, KeepWhatIsThere) {
  const auto kept = [](const char* name, const char* value) {
    return renamed_references(text(name, value), [](const std::string& word) {
      return word == "lat" || word == "area" || word == "crs" || word == "x" ? std::optional(word + "_") : std::nullopt;
    });
  };
  EXPECT_EQ(kept("coordinates", "lat lon"), "lat_");
  EXPECT_EQ(kept("coordinates", "lon"), "");
  EXPECT_EQ(kept("cell_measures", "area: area volume: v"), "area: area_");
  EXPECT_EQ(kept("grid_mapping", "crs"), "crs_");
  EXPECT_EQ(kept("grid_mapping", "crs: x y other: x"), "crs_: x_");
  EXPECT_EQ(kept("grid_mapping", "crs: y"), "crs_");
  EXPECT_EQ(kept("grid_mapping", "crs: y area: x"), "area_: x_");
  EXPECT_EQ(kept("grid_mapping", "crs: y area: z"), "crs_");
  EXPECT_EQ(kept("grid_mapping", "other: x"), "");
  EXPECT_EQ(kept("formula_terms", "a: lat b: lon"), "");
}

TEST(Companion, NothingIsReadBeyondItsElements) {
  const auto make = [](std::int64_t stored, const AxisRange& range, DType dtype = DType::int8) {
    return chunkwise_test::error_of([&] {
             (void)Companion("c", dtype, false, {{"x", stored, range, false}}, {}, companion_values({}));
           })
        .code;
  };
  EXPECT_EQ(make(3, {0, 1, 100}), ErrorCode::invalid_argument);
  EXPECT_EQ(make(3, {-1, 1, 2}), ErrorCode::invalid_argument);
  EXPECT_EQ(make(-3, {0, 1, 0}), ErrorCode::invalid_argument);
  EXPECT_EQ(make(0, {0, 1, 0}, static_cast<DType>(99)), ErrorCode::invalid_argument);
  const Companion c = counting("c", {{"x", 3}});
  EXPECT_FALSE(c.cut("x", {2, 1, 2}));
  EXPECT_FALSE(c.take("x", 3));
  EXPECT_FALSE(c.take("x", -1));
  EXPECT_EQ(chunkwise_test::error_of([] { (void)Companion::join({}, "x"); }).code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace chunkwise
