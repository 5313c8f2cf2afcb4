#include "runtime/core/attribute_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/core/labels.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::text;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

/// The names that are left, and the texts of those that are text.
std::map<std::string, std::string> after(const Attributes& attributes, Meaning meaning,
                                         std::vector<std::string> reduced = {}) {
  std::map<std::string, std::string> left;
  for (const Attribute& attribute : attributes_after(attributes, meaning, reduced)) {
    const auto* own = std::get_if<std::string>(&attribute.value);
    left[attribute.name] = own ? *own : "numbers";
  }
  return left;
}

const Attributes stored{text("dtype", "bool"),
                        text("_Unsigned", "true"),
                        {"_FillValue", DType::int8, std::vector<std::int64_t>{-1}},
                        {"scale_factor", DType::float64, std::vector<double>{0.5}},
                        {"valid_range", DType::int8, std::vector<std::int64_t>{0, 1}},
                        {"flag_values", DType::int8, std::vector<std::int64_t>{0, 1}},
                        text("flag_meanings", "no yes")};

TEST(AttributesAfter, HowElementsAreStoredHoldsForStoredElementsAlone) {
  for (const Meaning meaning : {Meaning::part, Meaning::joined})
    EXPECT_EQ(after(stored, meaning).size(), stored.size());
  // Of bytes that are read as unsigned, the smallest as it is stored is not the smallest value.
  Attributes in_order = stored;
  std::erase_if(in_order, [](const Attribute& attribute) { return attribute.name == "_Unsigned"; });
  for (const Meaning meaning : {Meaning::minimum, Meaning::maximum}) {
    EXPECT_EQ(after(in_order, meaning).size(), in_order.size());
    EXPECT_FALSE(after(stored, meaning).contains("scale_factor"));
  }
  for (const Meaning meaning :
       {Meaning::mean, Meaning::sum, Meaning::deviation, Meaning::variance, Meaning::converted, Meaning::elementwise})
    EXPECT_THAT(after(stored, meaning), IsEmpty());
}

TEST(AttributesAfter, TheActualRangeIsThatOfTheWholeArray) {
  const Attributes range{{"actual_range", DType::float64, std::vector<double>{0, 1}}};
  EXPECT_THAT(after(range, Meaning::part), IsEmpty());
  EXPECT_THAT(after(range, Meaning::mean), IsEmpty());
}

TEST(AttributesAfter, UnitsAreThoseOfTheResult) {
  const auto units = [](const char* of, Meaning meaning) {
    const auto left = after({text("units", of)}, meaning);
    return left.contains("units") ? left.at("units") : "none";
  };
  EXPECT_EQ(units("K", Meaning::mean), "K");
  EXPECT_EQ(units("K", Meaning::sum), "K");
  EXPECT_EQ(units("K", Meaning::maximum), "K");
  EXPECT_EQ(units("K", Meaning::deviation), "K");
  EXPECT_EQ(units("K", Meaning::variance), "K2");
  EXPECT_EQ(units("m s-1", Meaning::variance), "(m s-1)2");
  EXPECT_EQ(units("1", Meaning::variance), "1");
  EXPECT_EQ(units("K", Meaning::count), "1");
  EXPECT_EQ(units("K", Meaning::converted), "K");
  EXPECT_EQ(units("K", Meaning::elementwise), "none");
  // Scales with a zero of their own.
  EXPECT_EQ(units("degC", Meaning::mean), "degC");
  EXPECT_EQ(units("degC", Meaning::deviation), "K");
  EXPECT_EQ(units("degC", Meaning::variance), "K2");
  EXPECT_EQ(units("degC", Meaning::sum), "none");
  EXPECT_EQ(units("days since 2000-01-01", Meaning::minimum), "days since 2000-01-01");
  EXPECT_EQ(units("days since 2000-01-01", Meaning::deviation), "days");
  EXPECT_EQ(units("days since 2000-01-01", Meaning::sum), "none");
}

TEST(AttributesAfter, NamesOfQuantitiesStayWithCellMethodsThatSayWhatWasDone) {
  const Attributes named{text("standard_name", "air_temperature"), text("cell_methods", "area: mean"),
                         text("comment", "c")};
  EXPECT_EQ(after(named, Meaning::mean, {"time"}).at("cell_methods"), "area: mean time: mean");
  EXPECT_EQ(after(named, Meaning::variance, {"time", "level"}).at("cell_methods"), "area: mean time: level: variance");
  EXPECT_EQ(after(named, Meaning::maximum, {"time"}).at("standard_name"), "air_temperature");
  EXPECT_FALSE(after(named, Meaning::mean, {""}).contains("cell_methods")) << "an axis without a name";
  EXPECT_THAT(after(named, Meaning::count, {"time"}), ElementsAre(std::pair("units", "1")));
  EXPECT_THAT(after(named, Meaning::elementwise), IsEmpty());
}

TEST(AttributesAfter, WhereElementsLieHoldsForAnyResult) {
  const Attributes where{text("coordinates", "lat lon"), text("grid_mapping", "crs"), text("ancillary_variables", "q")};
  EXPECT_THAT(after(where, Meaning::elementwise),
              ElementsAre(std::pair("coordinates", "lat lon"), std::pair("grid_mapping", "crs")));
  EXPECT_THAT(after(where, Meaning::part),
              Contains(std::pair<const std::string, std::string>("ancillary_variables", "q")));
}

}  // namespace
}  // namespace chunkwise
