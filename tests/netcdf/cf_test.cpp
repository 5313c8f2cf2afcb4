#include "runtime/dataset/cf.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netcdf.h>

#include <limits>

#include "tests/core/labels.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

using cw::Attribute;
using cw::Attributes;
using cw::DType;
using cw::Encoding;
using cw::ErrorCode;
using cw::Scalar;

cw::Attribute integers(const std::string& name, DType type, std::vector<std::int64_t> values) {
  return {name, type, std::move(values)};
}
cw::Attribute floats(const std::string& name, std::vector<double> values, DType type = DType::float64) {
  return {name, type, std::move(values)};
}

Encoding encode(DType type, const Attributes& attributes, DType as = DType::float64, bool prefilled = true) {
  return cw::dataset::cf_encoding({type, attributes, prefilled}, as, "v of a.nc");
}

constexpr std::int16_t short_fill = -32767;

TEST(Cf, WithoutAttributesTheDefaultFillValueIsMissing) {
  const Encoding encoding = encode(DType::int16, {});
  EXPECT_EQ(encoding.stored, DType::int16);
  EXPECT_EQ(encoding.missing, std::vector{Scalar(short_fill)});
  EXPECT_FALSE(encoding.has_valid_range);
  EXPECT_FALSE(encoding.scaled);
  EXPECT_EQ(encode(DType::float32, {}).missing, std::vector{Scalar(NC_FILL_FLOAT)});
  EXPECT_EQ(encode(DType::float64, {}).missing, std::vector{Scalar(NC_FILL_DOUBLE)});
  EXPECT_EQ(encode(DType::int64, {}).missing, std::vector{Scalar(std::int64_t{NC_FILL_INT64})});
  EXPECT_EQ(encode(DType::uint64, {}).missing, std::vector{Scalar(std::uint64_t{NC_FILL_UINT64})});
}

TEST(Cf, BytesHaveNoDefaultFillValue) {
  EXPECT_TRUE(encode(DType::int8, {}).is_plain());
  EXPECT_TRUE(encode(DType::uint8, {}).is_plain());
}

TEST(Cf, AVariableThatIsNotPrefilledHasNoDefaultFillValue) {
  EXPECT_TRUE(encode(DType::int16, {}, DType::float64, false).is_plain());
}

TEST(Cf, AFillValueReplacesTheDefault) {
  const Encoding encoding = encode(DType::int16, {integers("_FillValue", DType::int16, {-999})});
  EXPECT_EQ(encoding.missing, std::vector{Scalar(std::int16_t{-999})});
}

TEST(Cf, MissingValuesStandBesideTheFillValue) {
  const Encoding encoding = encode(DType::int16, {integers("_FillValue", DType::int16, {-999}),
                                                  integers("missing_value", DType::int16, {-1, -2, -999})});
  EXPECT_EQ(encoding.missing,
            (std::vector{Scalar(std::int16_t{-999}), Scalar(std::int16_t{-1}), Scalar(std::int16_t{-2})}));
}

TEST(Cf, ValuesOfAnotherNumericTypeCountWhereTheyFit) {
  EXPECT_EQ(encode(DType::int32, {floats("_FillValue", {-999.0})}).missing, std::vector{Scalar(std::int32_t{-999})});
  EXPECT_EQ(encode(DType::float32, {integers("_FillValue", DType::int32, {-999})}).missing,
            std::vector{Scalar(-999.0F)});
}

TEST(Cf, ValuesThatNoElementCanEqualAreIgnored) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& attribute : {text("_FillValue", "-999"), floats("_FillValue", {nan}), floats("_FillValue", {0.5}),
                                floats("_FillValue", {1e20}), integers("_FillValue", DType::int32, {70000})}) {
    const Encoding encoding = encode(DType::int16, {attribute});
    EXPECT_EQ(encoding.missing, std::vector{Scalar(short_fill)}) << "the default stays";
  }
  EXPECT_EQ(encode(DType::int16, {text("missing_value", "-1.e+34f")}).missing, std::vector{Scalar(short_fill)});
  EXPECT_EQ(encode(DType::int64, {floats("_FillValue", {9223372036854775808.0})}).missing.size(), 1U);
  EXPECT_EQ(encode(DType::float32, {floats("_FillValue", {1e300})}).missing, std::vector{Scalar(NC_FILL_FLOAT)});
}

TEST(Cf, ADoubleFillValueOfFloatsIsRoundedAsTheElementsAre) {
  EXPECT_EQ(encode(DType::float32, {floats("_FillValue", {1e20})}).missing, std::vector{Scalar(1e20F)});
}

TEST(Cf, AFillValueOfNanNeedsNoComparisonAndLeavesNoDefault) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(encode(DType::float32, {floats("_FillValue", {nan}, DType::float32)}).is_plain());
  EXPECT_EQ(error_of([&] { (void)encode(DType::float32, {floats("_FillValue", {nan})}, DType::int32); }).code,
            ErrorCode::type_mismatch);
}

TEST(Cf, UnsignedChangesTheSignOfElementsAndOfTheirMissingValues) {
  const Encoding encoding = encode(DType::int16, {text("_Unsigned", "true"), integers("_FillValue", DType::int16, {-1}),
                                                  integers("valid_range", DType::int16, {0, -6})});
  EXPECT_EQ(encoding.stored, DType::uint16);
  EXPECT_EQ(encoding.missing, std::vector{Scalar(std::uint16_t{65535})});
  EXPECT_EQ(encoding.valid_min, Scalar(std::uint16_t{0}));
  EXPECT_EQ(encoding.valid_max, Scalar(std::uint16_t{65530}));
}

TEST(Cf, UnsignedAcceptsTheNumberThatIsMeant) {
  const Encoding encoding =
      encode(DType::int8, {text("_Unsigned", "True"), integers("_FillValue", DType::int16, {255})});
  EXPECT_EQ(encoding.stored, DType::uint8);
  EXPECT_EQ(encoding.missing, std::vector{Scalar(std::uint8_t{255})});
}

TEST(Cf, UnsignedFalseGivesUnsignedBytesASign) {
  EXPECT_EQ(encode(DType::uint8, {text("_Unsigned", "false")}).stored, DType::int8);
  EXPECT_EQ(encode(DType::int8, {text("_Unsigned", "false")}).stored, DType::int8);
  EXPECT_EQ(encode(DType::float32, {text("_Unsigned", "true")}).stored, DType::float32);
}

TEST(Cf, TheDefaultFillValueOfUnsignedElementsIsWhatWasWrittenBeforeThem) {
  EXPECT_EQ(encode(DType::int16, {text("_Unsigned", "true")}).missing, std::vector{Scalar(std::uint16_t{32769})});
}

TEST(Cf, AValidRangeMayBeOpenOnOneSide) {
  const Encoding low = encode(DType::int8, {integers("valid_min", DType::int32, {1})});
  EXPECT_TRUE(low.has_valid_range);
  EXPECT_EQ(low.valid_min, Scalar(std::int8_t{1}));
  EXPECT_EQ(low.valid_max, Scalar(std::int8_t{127}));
  const Encoding high = encode(DType::float32, {floats("valid_max", {2.0})});
  EXPECT_EQ(high.valid_min, Scalar(-std::numeric_limits<float>::infinity()));
  EXPECT_EQ(high.valid_max, Scalar(2.0F));
}

TEST(Cf, AValidRangeGoesBeforeMinimumAndMaximum) {
  const Encoding encoding = encode(DType::float64, {floats("valid_min", {5.0}), floats("valid_range", {0.0, 1.0})});
  EXPECT_EQ(encoding.valid_min, Scalar(0.0));
  EXPECT_EQ(encoding.valid_max, Scalar(1.0));
}

TEST(Cf, BoundsThatAreNoNumbersOfTheTypeAreIgnored) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE(encode(DType::int16, {text("valid_min", "0")}).has_valid_range);
  EXPECT_FALSE(encode(DType::int16, {integers("valid_max", DType::int32, {100000})}).has_valid_range);
  EXPECT_FALSE(encode(DType::float32, {floats("valid_range", {nan, nan})}).has_valid_range);
  EXPECT_FALSE(encode(DType::float32, {floats("valid_range", {0.0})}).has_valid_range);
}

TEST(Cf, ScaleAndOffsetAreFloat64) {
  const Encoding encoding = encode(DType::int16, {floats("scale_factor", {0.5}), floats("add_offset", {273.0})});
  EXPECT_TRUE(encoding.scaled);
  EXPECT_EQ(encoding.scale, 0.5);
  EXPECT_EQ(encoding.offset, 273.0);
  const double tenth = static_cast<double>(0.1F);
  EXPECT_EQ(encode(DType::int16, {floats("scale_factor", {tenth}, DType::float32)}).scale, tenth);
  EXPECT_EQ(encode(DType::int16, {integers("add_offset", DType::int32, {7})}).offset, 7.0);
}

TEST(Cf, AScaleOfOneWithoutOffsetIsNoScaling) {
  EXPECT_FALSE(encode(DType::int16, {floats("scale_factor", {1.0}), floats("add_offset", {0.0})}).scaled);
}

TEST(Cf, AScaleInTextCountsWhereItIsANumber) {
  EXPECT_EQ(encode(DType::int16, {text("scale_factor", "0.25")}).scale, 0.25);
  const Caught caught = error_of([] { (void)encode(DType::int16, {text("scale_factor", "a tenth")}); });
  EXPECT_EQ(caught.code, ErrorCode::unsupported);
  EXPECT_TRUE(caught.says("v of a.nc") && caught.says("scale_factor") && caught.says("decode=false")) << caught.message;
  EXPECT_EQ(error_of([] {
              (void)encode(DType::int16, {floats("add_offset", {1.0, 2.0})});
            }).code,
            ErrorCode::unsupported);
}

TEST(Cf, IntegersCannotExpressWhatIsDeclared) {
  for (const auto& attribute :
       {integers("_FillValue", DType::int16, {-1}), integers("missing_value", DType::int16, {-1}),
        integers("valid_min", DType::int16, {0}), floats("scale_factor", {0.1})}) {
    const Caught caught = error_of([&] { (void)encode(DType::int16, {attribute}, DType::int32); });
    EXPECT_EQ(caught.code, ErrorCode::type_mismatch);
    EXPECT_TRUE(caught.says("open it as double, or with decode=false")) << caught.message;
  }
}

TEST(Cf, IntegersIgnoreTheDefaultFillValue) { EXPECT_TRUE(encode(DType::int16, {}, DType::int32).is_plain()); }

TEST(Cf, ManyMissingValuesCount) {
  EXPECT_EQ(encode(DType::int8, {integers("missing_value", DType::int8, {1, 2, 3, 4, 5})}).missing.size(), 5U);
  std::vector<std::int64_t> many(256);  // and the default fill value
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<std::int64_t>(i);
  const Caught caught = error_of([&] { (void)encode(DType::int16, {integers("missing_value", DType::int16, many)}); });
  EXPECT_EQ(caught.code, ErrorCode::unsupported);
  EXPECT_TRUE(caught.says("257 missing values") && caught.says("decode=false")) << caught.message;
}

TEST(Cf, ABoundThatTheTypeDoesNotHaveLeavesTheOther) {
  const Encoding bytes = encode(DType::uint8, {integers("valid_range", DType::int16, {-1, 100})});
  EXPECT_EQ(bytes.valid_min, Scalar(std::uint8_t{0}));
  EXPECT_EQ(bytes.valid_max, Scalar(std::uint8_t{100}));
  const Encoding shorts = encode(DType::int16, {floats("valid_range", {-1e20, 10.5})});
  EXPECT_EQ(shorts.valid_min, Scalar(std::int16_t{-32768}));
  EXPECT_EQ(shorts.valid_max, Scalar(std::int16_t{10}));
  const Encoding real = encode(DType::float32, {floats("valid_range", {0.0, 1e300})});
  EXPECT_EQ(real.valid_min, Scalar(0.0F));
  EXPECT_EQ(real.valid_max, Scalar(std::numeric_limits<float>::infinity()));
  EXPECT_FALSE(encode(DType::int8, {integers("valid_range", DType::int16, {-1000, 1000})}).has_valid_range);
}

TEST(Cf, ARangeThatExcludesEverythingIsSaid) {
  std::vector<std::string> remarks;
  const Attributes attributes{integers("valid_min", DType::int16, {300})};
  const Encoding encoding =
      cw::dataset::cf_encoding({DType::uint8, attributes, true}, DType::float64, "v of a.nc", &remarks);
  EXPECT_GT(encoding.valid_min.as<std::uint8_t>(), encoding.valid_max.as<std::uint8_t>());
  EXPECT_THAT(remarks, testing::ElementsAre(testing::HasSubstr("excludes every number")));
}

TEST(Cf, AttributesThatDoNotCountAreSaid) {
  const auto remark_on = [](DType type, Attribute attribute) {
    std::vector<std::string> remarks;
    const Attributes attributes{std::move(attribute)};
    (void)cw::dataset::cf_encoding({type, attributes, false}, DType::float64, "v of a.nc", &remarks);
    return remarks.empty() ? std::string() : remarks.size() == 1 ? remarks.front() : "several";
  };
  EXPECT_EQ(remark_on(DType::int16, integers("_FillValue", DType::int32, {100000})),
            "v of a.nc: its _FillValue = 100000 (int32) does not count: no int16 can equal it");
  EXPECT_THAT(remark_on(DType::int16, text("missing_value", "-1")), testing::EndsWith("does not count: it is text"));
  EXPECT_THAT(remark_on(DType::int16, text("valid_min", "1")), testing::EndsWith("does not count: it is text"));
  EXPECT_THAT(remark_on(DType::int16, integers("valid_range", DType::int16, {1, 2, 3})),
              testing::EndsWith("it is not two numbers"));
  EXPECT_THAT(remark_on(DType::float32, floats("missing_value", {1e300})),
              testing::EndsWith("no float32 can equal it"));
  EXPECT_THAT(remark_on(DType::int16, text("_Unsigned", "yes")), testing::EndsWith("it says neither true nor false"));
  EXPECT_THAT(remark_on(DType::float32, text("_Unsigned", "true")), testing::EndsWith("are no integers"));
  for (const Attribute& counts :
       {integers("_FillValue", DType::int32, {-1}), integers("missing_value", DType::int32, {100000, 7}),
        text("_Unsigned", "TRUE"), floats("valid_min", {1.5}), floats("scale_factor", {2.0}), text("add_offset", "1")})
    EXPECT_EQ(remark_on(DType::int16, counts), "") << to_string(counts);
}

TEST(Cf, AScaleThatLeavesNoNumberIsSaid) {
  const auto remark_on = [](const char* name, double number) {
    std::vector<std::string> remarks;
    const Attributes attributes{floats(name, {number})};
    (void)cw::dataset::cf_encoding({DType::int16, attributes, false}, DType::float64, "v of a.nc", &remarks);
    return remarks.empty() ? std::string() : remarks.front();
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(remark_on("scale_factor", nan), testing::HasSubstr("its scale_factor is not finite"));
  EXPECT_THAT(remark_on("add_offset", -HUGE_VAL), testing::HasSubstr("its add_offset is not finite"));
  EXPECT_THAT(remark_on("scale_factor", 0), testing::HasSubstr("its scale_factor is 0"));
  EXPECT_EQ(remark_on("scale_factor", -2), "");
}

TEST(Cf, StoredNumbersInAnotherOrderThanTheirValuesAreSaid) {
  const auto remark_on = [](DType type, Attribute attribute) {
    const Attributes attributes{std::move(attribute)};
    return cw::dataset::remark_on_order({type, attributes, false}, "v of a.nc");
  };
  EXPECT_THAT(remark_on(DType::int8, text("_Unsigned", "True")), testing::HasSubstr("says that they are uint8"));
  EXPECT_THAT(remark_on(DType::uint16, text("_Unsigned", "false")), testing::HasSubstr("says that they are int16"));
  EXPECT_THAT(remark_on(DType::int16, floats("scale_factor", {-1.0})), testing::HasSubstr("turns their order round"));
  EXPECT_EQ(remark_on(DType::uint8, text("_Unsigned", "true")), "");
  EXPECT_EQ(remark_on(DType::int16, floats("scale_factor", {0.5})), "");
  EXPECT_EQ(remark_on(DType::int16, text("scale_factor", "no number")), "");
}

TEST(Cf, IntegerBoundsThatMayBeMeantOfScaledValuesAreSaid) {
  const auto remark_on = [](DType bounds, std::vector<std::int64_t> range) {
    std::vector<std::string> remarks;
    const Attributes attributes{floats("scale_factor", {0.01}), floats("add_offset", {273.15}),
                                integers("valid_range", bounds, std::move(range))};
    (void)cw::dataset::cf_encoding({DType::int16, attributes, false}, DType::float64, "v of a.nc", &remarks);
    return remarks.empty() ? std::string() : remarks.front();
  };
  EXPECT_NE(remark_on(DType::int16, {200, 330}).find("lets only values from 275.15 to 276.45 through"),
            std::string::npos);
  EXPECT_NE(remark_on(DType::int32, {200, 330}).find("lets only values from 275.15 to 276.45 through"),
            std::string::npos);
  EXPECT_EQ(remark_on(DType::int16, {-20000, 20000}), "");
}

TEST(Cf, FloatingBoundsOfScaledIntegersAreScaledValues) {
  const auto packed = [](double scale) {
    return encode(DType::int16, {floats("scale_factor", {scale}), floats("add_offset", {273.0}),
                                 floats("valid_range", {200.0, 330.0})});
  };
  EXPECT_EQ(packed(0.5).valid_min, Scalar(std::int16_t{-146}));
  EXPECT_EQ(packed(0.5).valid_max, Scalar(std::int16_t{114}));
  EXPECT_EQ(packed(-0.5).valid_min, Scalar(std::int16_t{-114}));
  EXPECT_EQ(packed(-0.5).valid_max, Scalar(std::int16_t{146}));
  const Encoding stored =
      encode(DType::int16, {floats("scale_factor", {0.5}), integers("valid_range", DType::int16, {200, 330})});
  EXPECT_EQ(stored.valid_min, Scalar(std::int16_t{200}));
}

TEST(Cf, BoundsOfScaledFloatsThatAreOfAnotherTypeAreScaledValues) {
  for (const double scale : {0.01, -0.01}) {
    const Encoding packed = encode(DType::float32, {floats("scale_factor", {scale}), floats("add_offset", {273.15}),
                                                    floats("valid_range", {200.0, 330.0})});
    const auto unpacked = [&](float stored) { return static_cast<double>(stored) * scale + 273.15; };
    const float low = packed.valid_min.as<float>(), high = packed.valid_max.as<float>();
    for (const float inside : {low, high}) {
      EXPECT_GE(unpacked(inside), 200.0);
      EXPECT_LE(unpacked(inside), 330.0);
    }
    const float below = std::nextafter(low, -HUGE_VALF), above = std::nextafter(high, HUGE_VALF);
    for (const float outside : {below, above}) EXPECT_TRUE(unpacked(outside) < 200.0 || unpacked(outside) > 330.0);
  }
}

TEST(Cf, BoundsOfScaledIntegersAreTheNumbersThatTheyMean) {
  // 3 * 0.1 is a little more than 0.3, and 300 times the 0.1 of float32 more than 30.
  EXPECT_EQ(encode(DType::int16, {floats("scale_factor", {0.1}), floats("valid_max", {0.3})}).valid_max,
            Scalar(std::int16_t{3}));
  const Encoding packed = encode(
      DType::int16, {floats("scale_factor", {0.1F}, DType::float32), floats("valid_range", {-30, 30}, DType::float32)});
  EXPECT_EQ(packed.valid_min, Scalar(std::int16_t{-300}));
  EXPECT_EQ(packed.valid_max, Scalar(std::int16_t{300}));
  EXPECT_EQ(encode(DType::int16, {floats("scale_factor", {0.1}), floats("valid_max", {0.35})}).valid_max,
            Scalar(std::int16_t{3}));
}

TEST(Cf, BoundsOfScaledFloatsThatAreOfTheirTypeAreStoredValuesAndSaid) {
  std::vector<std::string> remarks;
  const Attributes attributes{floats("scale_factor", {0.01}, DType::float32), floats("add_offset", {273.15}),
                              floats("valid_range", {200.0, 330.0}, DType::float32)};
  const Encoding encoding =
      cw::dataset::cf_encoding({DType::float32, attributes, false}, DType::float64, "v of a.nc", &remarks);
  EXPECT_EQ(encoding.valid_min, Scalar(200.0F));
  EXPECT_THAT(remarks, testing::ElementsAre(testing::HasSubstr("lets values from 275.15 to 276.45 through")));
}

TEST(Cf, DecodedValuesKeepTheOtherAttributes) {
  const Attributes kept = cw::dataset::decoded_attributes(
      {text("units", "K"), floats("scale_factor", {2.0}), text("_Unsigned", "true"), text("long_name", "t")});
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[0].name, "units");
  EXPECT_EQ(kept[1].name, "long_name");
}

}  // namespace
}  // namespace chunkwise_test
