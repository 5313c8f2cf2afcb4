#include "chunkwise/expr/units.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "tests/expr/arrays.hpp"

namespace cw = chunkwise;
namespace chunkwise_test {
namespace {

template <class T>
cw::Array<T, 1> in(const std::string& units, std::vector<T> values) {
  const auto n = static_cast<std::int64_t>(values.size());
  return cw::from_vector<1>(std::move(values), {n})
      .with_labels(
          cw::Labels({"x"}, {}, "t", {{"units", units}, {"standard_name", "air_temperature"}, {"valid_max", 400.0}}));
}

std::string units_of(const cw::Labels& labels) {
  for (const cw::Attribute& attribute : labels.attributes())
    if (attribute.name == "units") return std::get<std::string>(attribute.value);
  return "";
}

TEST(ConvertedUnits, AreConvertedByUdunits) {
  using Doubles = std::vector<double>;
  EXPECT_EQ(values(cw::convert_units_to(in<double>("K", {273.15, 300.0}), "degC")), (Doubles{0.0, 300.0 + -273.15}));
  EXPECT_EQ(values(cw::convert_units_to(in<double>("degC", {100.0}), "degF")), (Doubles{100.0 * 1.8 + 32}));
  EXPECT_EQ(values(cw::convert_units_to(in<double>("Pa", {101325.0}), "hPa")), (Doubles{101325.0 * 0.01}));
  EXPECT_EQ(values(cw::convert_units_to(in<double>("m s**-1", {10.0}), "km/h")), (Doubles{36.0}));
  EXPECT_EQ(values(cw::convert_units_to(in<double>("%", {50.0}), "1")), (Doubles{0.5}));
  EXPECT_EQ(values(cw::convert_units_to(in<double>("knot", {1.0}), "m s-1")), (Doubles{1.852 / 3.6}));
  EXPECT_EQ(values(cw::convert_units_to(in<double>("K", {1.5}), "K")), (Doubles{1.5}));
  EXPECT_EQ(values(cw::convert_units_to(in<double>("kelvin", {1.5}), "K")), (Doubles{1.5}));
}

TEST(ConvertedUnits, OfIntegersGiveFloat64AndOfFloat32StayFloat32) {
  EXPECT_EQ(values(cw::convert_units_to(in<std::int16_t>("m", {1500}), "km")), std::vector<double>{1.5});
  EXPECT_EQ(values(cw::convert_units_to(in<float>("m", {1500.0F}), "km")), std::vector<float>{1500.0F * 0.001F});
}

TEST(ConvertedUnits, OfTheResultAreThoseGivenAndOtherAttributesStay) {
  const cw::Labels labels = cw::convert_units_to(in<double>("K", {1.0}), "degC").labels();
  EXPECT_EQ(units_of(labels), "degC");
  EXPECT_EQ(labels.name(), "t");
  EXPECT_EQ(labels.dimension(0), "x");
  bool has_standard_name = false;
  for (const cw::Attribute& attribute : labels.attributes()) {
    EXPECT_NE(attribute.name, "valid_max") << "it is told in the old units";
    has_standard_name |= attribute.name == "standard_name";
  }
  EXPECT_TRUE(has_standard_name);
}

TEST(ConvertedUnits, ThatCannotBeConvertedAreRefused) {
  const auto caught = [](const std::string& from, const std::string& to) {
    return error_of([&] { (void)cw::convert_units_to(in<double>(from, {1.0}), to); });
  };
  EXPECT_TRUE(caught("K", "m").says("'K' cannot become numbers in 'm': they measure different things"));
  EXPECT_TRUE(caught("K", "frobs").says("UDUNITS does not know the units 'frobs'"));
  EXPECT_TRUE(caught("psu salt", "1").says("UDUNITS does not know the units 'psu salt'"));
  EXPECT_TRUE(caught("", "m").says("the array has no units"));
  EXPECT_TRUE(caught("m", "").says("is empty"));
  EXPECT_TRUE(caught("days since 2000-01-01", "hours since 2000-01-01").says("counts from a date"));
  EXPECT_TRUE(caught("mW", "lg(re 1 mW)").says("no straight line"));
  for (const auto& [from, to] : {std::pair{"K", "m"}, {"K", "frobs"}, {"", "m"}, {"mW", "lg(re 1 mW)"}})
    EXPECT_EQ(caught(from, to).code, cw::ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace chunkwise_test
