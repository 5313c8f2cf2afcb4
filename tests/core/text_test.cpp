// What std::cout shows of types, values and labels.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/untyped_array.hpp"

namespace chunkwise {
namespace {

template <class T>
std::string shown(const T& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

TEST(Text, OfATypeAndOfAnErrorsCodeIsItsName) {
  EXPECT_EQ(shown(DType::uint16), "uint16");
  EXPECT_EQ(shown(static_cast<DType>(200)), "unknown");
  EXPECT_EQ(shown(ErrorCode::not_found), "not_found");
  EXPECT_EQ(shown(static_cast<ErrorCode>(200)), "unknown");
}

TEST(Text, OfAScalarReadsBackToTheSameBits) {
  EXPECT_EQ(shown(Scalar(0.1)), "0.1");
  EXPECT_EQ(shown(Scalar(0.1F)), "0.1");
  EXPECT_EQ(shown(Scalar(-0.0)), "-0.0");
  EXPECT_EQ(shown(Scalar(NAN)), "nan");
  EXPECT_EQ(shown(Scalar(-HUGE_VAL)), "-inf");
  EXPECT_EQ(shown(Scalar(std::int8_t{-3})), "-3");
  EXPECT_EQ(shown(Scalar(UINT64_MAX)), "18446744073709551615");
  EXPECT_EQ(shown(Scalar(true)), "True");
}

TEST(Text, OfAnAttributeHasItsNameItsValueAndTheTypeOfNumbers) {
  EXPECT_EQ(shown(Attribute("units", "K")), "units = \"K\"");
  EXPECT_EQ(shown(Attribute("scale", 0.5)), "scale = 0.5 (float64)");
  EXPECT_EQ(shown(Attribute("range", DType::int16, std::vector<std::int64_t>{0, 100})), "range = [0, 100] (int16)");
  EXPECT_EQ(shown(Attribute("names",
                            "a\x1e\x1e"
                            "b c")),
            "names = [\"a\", \"\", \"b c\"]");
  EXPECT_EQ(shown(Attribute("most", UINT64_MAX)), "most = 18446744073709551615 (uint64)");
  EXPECT_EQ(shown(Attribute("none", DType::float32, std::vector<double>{})), "none = [] (float32)");
  EXPECT_EQ(shown(Attribute("a\nb", "\033[1m")), "a\\x0ab = \"\\x1b[1m\"");
}

TEST(Text, OfACoordinateHasItsEndsAndItsUnits) {
  EXPECT_EQ(shown(Coordinate({10, 20.5}, {{"units", "m"}})), "float64 (2): 10.0 20.5, m");
  EXPECT_EQ(shown(Coordinate({1, 2, 3, 4, 5, 6, 7, 8}, {})), "float64 (8): 1.0 2.0 3.0 ... 6.0 7.0 8.0");
  EXPECT_EQ(shown(Coordinate()), "none");
  EXPECT_EQ(shown(Coordinate(std::vector<double>{}, {})), "float64 (0):");
  EXPECT_EQ(shown(Coordinate::mixed(3, {})), "none: different slices of one coordinate met");
  auto large = std::make_shared<CoordinateValues>();
  large->dtype = DType::int64;
  const std::int64_t value = (std::int64_t{1} << 53) + 1;
  large->bytes.resize(sizeof value);
  std::memcpy(large->bytes.data(), &value, sizeof value);
  EXPECT_EQ(shown(Coordinate(std::move(large))), "int64 (1): 9007199254740993");
}

TEST(Text, OfLabelsHasALineForEachCoordinateAndAttribute) {
  EXPECT_EQ(shown(Labels()), "no labels");
  EXPECT_EQ(shown(Labels({"", "x"})), "unnamed (?, x)");
  const Labels labels({"time", "x"}, {Coordinate({0, 6}, {{"units", "hours since 2000-01-01"}}), {}}, "t2m",
                      {{"units", "K"}, {"scale_factor", 0.5}});
  EXPECT_EQ(shown(labels),
            "t2m (time, x)\n"
            "  time: float64 (2): 0.0 6.0, hours since 2000-01-01\n"
            "  units = \"K\"\n"
            "  scale_factor = 0.5 (float64)");
  const Companion area("area", DType::float32, false, {}, {}, companion_values(std::vector<std::byte>(4)));
  EXPECT_EQ(shown(Labels({"x"}, {}, "v", {{"add_offset", 1}}).with_stored_values().with_companions({area})),
            "v (x)\n"
            "  add_offset = 1 (int32)\n"
            "  its values are as their file stores them\n"
            "  beside it: area");
}

}  // namespace
}  // namespace chunkwise
