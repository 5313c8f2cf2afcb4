#pragma once
/// A coordinate as numbers among which values and times are looked for.
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/expr/select.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/expr/coordinate_values.hpp"
#include "runtime/io/floor_divide.hpp"
#include "runtime/io/time_fields.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A coordinate as numbers that values can be compared with: its own, or of times seconds since 1970.
class CoordinateScale {
 public:
  /// Of an axis, for the function `who`. Throws as coordinate_along does.
  CoordinateScale(const Labels& labels, int axis, std::string who)
      : who_(std::move(who)),
        coordinate_(coordinate_along(labels, axis, who_, "; take a part by position")),
        dimension_(labels.dimension(axis)),
        values_(exact_values(coordinate_)),
        units_(time_units_of(coordinate_)) {}

  [[nodiscard]] const std::string& dimension() const { return dimension_; }
  [[nodiscard]] const Coordinate& coordinate() const { return coordinate_; }
  [[nodiscard]] std::int64_t size() const { return coordinate_.size(); }
  [[nodiscard]] Exact operator[](std::int64_t i) const { return values_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] bool is_float32() const { return coordinate_.dtype() == DType::float32; }
  /// True if an index has a value of its own.
  [[nodiscard]] bool has(std::int64_t i) const { return !std::isnan((*this)[i]); }
  [[nodiscard]] std::int64_t milliseconds(std::int64_t i) const { return milliseconds_of(moment_of(*units_, time(i))); }

  [[nodiscard]] Period period(const std::string& text) const {
    if (!units_)
      throw Error(ErrorCode::invalid_argument, who_ + ": " + quoted(text) + " is no value of " + quoted(dimension_) +
                                                   ", whose coordinate is no time");
    const std::optional<Period> found = parse_period(units_->calendar, text);
    if (!found)
      throw Error(
          ErrorCode::invalid_argument,
          who_ + ": " + quoted(text) + " is no time" +
              (has_days_of_the_world(units_->calendar) ? std::string() : " of the calendar of " + quoted(dimension_)) +
              "; a time is written '2014', '2014-02', '2014-02-11', "
              "'2014-02-11T06' or '2014-02-11T06:30:00'");
    return *found;
  }

  [[nodiscard]] std::string text(std::int64_t i) const {
    return units_ ? exact_time_text(*units_, time(i)) : exact_text((*this)[i]);
  }
  [[nodiscard]] std::string extent() const {
    if (size() == 0) return "it has no element";
    return "it goes from " + text(0) + " to " + text(size() - 1);
  }
  /// True if a text that names times as finely as this tells those of the coordinate apart.
  [[nodiscard]] bool is_as_fine(TimeField named) const {
    const std::int64_t unit = named == TimeField::second   ? 1000
                              : named == TimeField::minute ? 60'000
                              : named == TimeField::hour   ? 3'600'000
                                                           : 86'400'000;
    if (named < TimeField::day) return false;
    for (std::int64_t i = 0; i < size(); ++i)
      if (has(i) && moment_of(*units_, time(i)).milliseconds % unit != 0) return false;
    return true;
  }

  /// Returns a value in the coordinate's own numbers: of a time in words its begin. Throws invalid_argument for NaN,
  /// and for words that are no time of the coordinate.
  [[nodiscard]] Exact number_of(const CoordinateValue& value) const {
    if (!value.text) {
      if (std::isnan(value.number))
        throw Error(ErrorCode::invalid_argument, who_ + ": NaN is no value of " + quoted(dimension_));
      return value.number;
    }
    constexpr std::int64_t day = 86'400'000;
    const std::int64_t begin = period(*value.text).begin;
    const std::int64_t days = floor_divide(begin, day);
    return chunkwise::number_of(*units_, Moment{days, begin - days * day});
  }

  /// Returns -1 for a coordinate that goes down, 1 for one that goes up; throws invalid_argument for others, with a
  /// consequence of it.
  [[nodiscard]] int direction(const std::string& consequence) const {
    int found = 0;
    for (std::int64_t i = 1; i < size(); ++i) {
      const Exact step = (*this)[i] - (*this)[i - 1];
      if (step == 0) continue;
      const int own = step > 0 ? 1 : -1;
      if (std::isnan(step) || (found != 0 && own != found))
        throw Error(ErrorCode::invalid_argument, who_ + ": the coordinate of " + quoted(dimension_) +
                                                     " does not go up or down all along: " + text(i - 1) +
                                                     " at index " + std::to_string(i - 1) + " and " + text(i) +
                                                     " at the next; " + consequence);
      found = own;
    }
    return found < 0 ? -1 : 1;
  }

 private:
  [[nodiscard]] double time(std::int64_t i) const { return static_cast<double>((*this)[i]); }

  std::string who_;
  const Coordinate& coordinate_;
  const std::string& dimension_;
  std::vector<Exact> values_;
  std::optional<TimeUnits> units_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
