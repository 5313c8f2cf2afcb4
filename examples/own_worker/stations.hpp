// The parts that the clients and the workers of a project share: a function, a formula, an aggregate, and a source of
// its own.
#pragma once
#include <algorithm>
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/io/source_kinds.hpp>
#include <cstring>

namespace cw = chunkwise;

// [function]
/// The pressure in hPa at which vapour over water of so many degrees Celsius is saturated (Lowe 1977, -50 to 50).
struct SaturationPressure {
  static constexpr auto name = "stations.saturation_pressure";
  static constexpr int version = 1;  // another one as soon as any value changes
  static CHUNKWISE_INLINE double apply(double t) {
    CHUNKWISE_STRICT_FLOATS
    return 6.107799961 +
           t * (4.436518521e-1 +
                t * (1.428945805e-2 +
                     t * (2.650648471e-4 + t * (3.031240396e-6 + t * (2.034080948e-8 + t * 6.136820929e-11)))));
  }
};
// [/function]

// [formula]
/// Relative humidity in percent.
template <cw::Expression T, cw::Expression D>
auto humidity(const T& temperature, const D& dew_point) {
  return 100 * cw::call<SaturationPressure>(dew_point) / cw::call<SaturationPressure>(temperature);
}
// [/formula]

// [aggregate]
/// The most hours in a row that are drier than 80 percent.
struct LongestDry {
  static constexpr auto name = "stations.longest_dry";  // 48 letters at most
  static constexpr int version = 1;                     // another one as soon as any value changes
  struct State {                                        // trivially copyable; State{} has seen no element
    std::int64_t length = 0, before = 0, after = 0, longest = 0;
  };
  static void step(State& seen, double humidity) {
    seen.after = humidity < 80 ? seen.after + 1 : 0;
    seen.before += seen.after > seen.length ? 1 : 0;
    ++seen.length;
    seen.longest = std::max(seen.longest, seen.after);
  }
  static void merge(State& left, const State& right) {  // right is of later chunks
    left.longest = std::max({left.longest, right.longest, left.after + right.before});
    left.before += left.before == left.length ? right.before : 0;
    left.after = right.after == right.length ? left.after + right.length : right.after;
    left.length += right.length;
  }
  static std::int64_t finish(const State& seen) { return seen.longest; }
};
// [/aggregate]

/// Temperatures by station and hour, from instruments that only workers reach. (Here: made up of the indices.)
class Stations final : public cw::Source {
 public:
  static constexpr auto kind = "stations";
  explicit Stations(const cw::Shape& shape) : shape_(shape), grid_(cw::ChunkGrid::regular(shape, {3, 0})) {}
  [[nodiscard]] cw::DType dtype() const override { return cw::DType::float64; }
  [[nodiscard]] const cw::Shape& shape() const override { return shape_; }
  [[nodiscard]] const cw::ChunkGrid& grid() const override { return grid_; }
  [[nodiscard]] const cw::Encoding& encoding() const override { return encoding_; }
  [[nodiscard]] std::string describe() const override { return "stations " + to_string(shape_); }
  void read(const cw::Region& region, void* out) const override {
    auto* to = static_cast<double*>(out);
    for (std::int64_t i = 0; i < region[0].count; ++i)
      for (std::int64_t j = 0; j < region[1].count; ++j) {
        const std::int64_t station = region[0].start + i * region[0].step;
        const std::int64_t hour = region[1].start + j * region[1].step;
        *to++ = static_cast<double>((station * 37 + hour * 61) % 300) / 10 - 5;
      }
  }
  /// Returns the description from which a worker makes it again: the two extents.
  [[nodiscard]] cw::SourceDescription description() const override {
    cw::SourceDescription description{kind, std::vector<std::byte>(16)};
    std::memcpy(description.parameters.data(), shape_.begin(), 16);
    return description;
  }
  static cw::SourcePtr open(std::span<const std::byte> parameters, const cw::SourceAccess&) {
    std::int64_t extents[2] = {};
    if (parameters.size() == 16) std::memcpy(extents, parameters.data(), 16);
    if (extents[0] < 1 || extents[1] < 1)
      throw cw::Error(cw::ErrorCode::invalid_argument, "stations are described by two extents");
    return std::make_shared<Stations>(cw::Shape{extents[0], extents[1]});
  }

 private:
  cw::Shape shape_;
  cw::ChunkGrid grid_;
  cw::Encoding encoding_;
};
