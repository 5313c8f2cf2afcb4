#include "runtime/load/load.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "chunkwise/op/catalog.hpp"

namespace chunkwise::load {
namespace {

constexpr std::size_t n = 1000;

template <class T>
std::vector<T> stored_values() {
  std::vector<T> values;
  for (std::size_t i = 0; i < n; ++i) {
    if constexpr (std::is_floating_point_v<T>)
      values.push_back(i % 97 == 0 ? std::numeric_limits<T>::quiet_NaN() : static_cast<T>(i) - T{500});
    else
      values.push_back(static_cast<T>(i * 7 - 500));
  }
  return values;
}

/// The definition, element by element.
template <class Out, class T>
Out plain(const Encoding& encoding, T value) {
  bool missing = false;
  for (const Scalar& m : encoding.missing) missing = missing || value == m.as<T>();
  if (encoding.has_valid_range)
    missing = missing || value < encoding.valid_min.as<T>() || value > encoding.valid_max.as<T>();
  if (missing) return std::numeric_limits<Out>::quiet_NaN();
  return encoding.scaled ? static_cast<Out>(static_cast<double>(value) * encoding.scale + encoding.offset)
                         : static_cast<Out>(value);
}

template <class Out, class T>
void expect_decoded(const Encoding& encoding) {
  const std::vector<T> stored = stored_values<T>();
  std::vector<Out> found(n);
  decode(Decoding(encoding), dtype_of<Out>, stored.data(), found.data(), n);
  for (std::size_t i = 0; i < n; ++i) {
    const Out expected = plain<Out>(encoding, stored[i]);
    EXPECT_TRUE(found[i] == expected || (std::isnan(found[i]) && std::isnan(expected)))
        << "element " << i << ", " << +stored[i] << " of " << name_of(dtype_of<T>) << ": " << found[i] << " instead of "
        << expected;
  }
}

template <class T>
std::vector<Encoding> encodings() {
  using Limits = std::numeric_limits<T>;
  const std::vector<std::vector<Scalar>> missing{{},
                                                 {Scalar(T{20})},
                                                 {Scalar(T{20}), Scalar(Limits::max())},
                                                 {Scalar(T{20}), Scalar(Limits::lowest()), Scalar(T{13})},
                                                 {Scalar(T{20}), Scalar(T{6}), Scalar(T{13}), Scalar(T{27})}};
  const std::vector<std::pair<T, T>> ranges{{T{5}, T{100}},
                                            {Limits::lowest(), T{100}},
                                            {T{5}, Limits::max()},
                                            {Limits::lowest(), Limits::max()},
                                            {T{100}, T{5}}};
  std::vector<Encoding> result;
  for (const auto& values : missing)
    for (std::size_t range = 0; range <= ranges.size(); ++range)
      for (const bool scaled : {false, true}) {
        Encoding encoding;
        encoding.stored = dtype_of<T>;
        encoding.missing = values;
        if (range < ranges.size()) {
          encoding.has_valid_range = true;
          encoding.valid_min = Scalar(ranges[range].first);
          encoding.valid_max = Scalar(ranges[range].second);
        }
        encoding.scaled = scaled;
        encoding.scale = -0.01;
        encoding.offset = 273.15;
        result.push_back(encoding);
      }
  return result;
}

template <class T>
class Decode : public testing::Test {};
using StoredTypes = testing::Types<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                                   std::uint32_t, std::uint64_t, float, double>;
TYPED_TEST_SUITE(Decode, StoredTypes);

TYPED_TEST(Decode, IsWhatTheDefinitionSaysElementByElement) {
  for (const Encoding& encoding : encodings<TypeParam>()) {
    expect_decoded<double, TypeParam>(encoding);
    expect_decoded<float, TypeParam>(encoding);
  }
}

TYPED_TEST(Decode, WithoutMissingValuesAndScaleItIsACast) {
  const std::vector<TypeParam> stored = stored_values<TypeParam>();
  Encoding encoding;
  encoding.stored = dtype_of<TypeParam>;
  std::vector<std::int64_t> integers(n);
  decode(Decoding(encoding), DType::int64, stored.data(), integers.data(), n);
  for (std::size_t i = 0; i < n; ++i) EXPECT_EQ(integers[i], (op::Cast::convert<std::int64_t, TypeParam>(stored[i])));
}

TEST(Decoding, OfANanThatIsTheMissingValueIsNan) {
  Encoding encoding;
  encoding.stored = DType::float32;
  encoding.missing = {Scalar(std::nanf("")), Scalar(-999.0F)};
  encoding.scaled = true;
  encoding.scale = 2;
  const float stored[] = {1, std::nanf(""), -999, 3};
  double found[4];
  decode(Decoding(encoding), DType::float64, stored, found, 4);
  EXPECT_EQ(found[0], 2);
  EXPECT_TRUE(std::isnan(found[1]) && std::isnan(found[2]));
  EXPECT_EQ(found[3], 6);
}

TEST(Decoding, ScalesInFloat64WithoutContraction) {
  Encoding encoding;
  encoding.stored = DType::int16;
  encoding.scaled = true;
  encoding.scale = 0.1;
  encoding.offset = -0.3;
  const std::int16_t stored[] = {3};
  double found = 0;
  decode(Decoding(encoding), DType::float64, stored, &found, 1);
  const volatile double product = 3 * 0.1;
  EXPECT_EQ(found, product - 0.3);
}

TEST(Decoding, NoElementsAreNothingToDo) {
  Encoding encoding;
  encoding.stored = DType::int16;
  encoding.missing = {Scalar(std::int16_t{1})};
  decode(Decoding(encoding), DType::float64, nullptr, nullptr, 0);
}

template <class T>
void expect_gathered() {
  const std::vector<T> from = [] {
    std::vector<T> values;
    for (int i = 0; i < 100; ++i) values.push_back(static_cast<T>(i));
    return values;
  }();
  for (const std::int64_t stride : {1, 2, 7, -1, -3}) {
    const std::size_t first = stride < 0 ? 99 : 0;
    std::vector<T> to(14);
    gather(&from[first], stride, sizeof(T), to.data(), to.size());
    for (std::size_t i = 0; i < to.size(); ++i)
      EXPECT_EQ(to[i], static_cast<T>(static_cast<std::int64_t>(first) + static_cast<std::int64_t>(i) * stride));
  }
  std::vector<T> copies(37);
  splat(&from[42], sizeof(T), copies.data(), copies.size());
  for (const T value : copies) EXPECT_EQ(value, from[42]);
}

TEST(GatherAndSplat, MoveElementsOfAnySize) {
  expect_gathered<std::int8_t>();
  expect_gathered<std::uint16_t>();
  expect_gathered<float>();
  expect_gathered<double>();
}

}  // namespace
}  // namespace chunkwise::load
