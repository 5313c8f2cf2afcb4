#include "runtime/core/agreement.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/core/lower_case.hpp"
#include "runtime/core/since.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Part of the smallest step: far less than the distance of two positions, far more than rounding leaves.
constexpr double step_tolerance = 1e-3;
/// Relative; for a coordinate without a step.
constexpr double value_tolerance = 1e-9;
constexpr double float32_rounding = 0x1p-23;
constexpr double whole_turn = 360;

/// The spellings of one unit stand in one row; those of `degrees` that say a direction agree with those that do not.
constexpr std::array<std::array<std::string_view, 6>, 6> spellings{{
    {"degrees_north", "degree_north", "degree_N", "degrees_N", "degreeN", "degreesN"},
    {"degrees_east", "degree_east", "degree_E", "degrees_E", "degreeE", "degreesE"},
    {"degrees", "degree", "deg", "degrees", "degrees", "degrees"},
    {"m", "metre", "metres", "meter", "meters", "m"},
    {"hPa", "mbar", "millibar", "millibars", "mb", "hectopascal"},
    {"1", "", "level", "levels", "layer", "1"},
}};
constexpr std::size_t degrees_east = 1;
constexpr std::size_t plain_degrees = 2;

std::size_t row_of(std::string_view units) {
  for (std::size_t row = 0; row < spellings.size(); ++row)
    if (std::find(spellings[row].begin(), spellings[row].end(), units) != spellings[row].end()) return row;
  return spellings.size();
}

bool are_same_units(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty() || a == b) return true;
  const std::size_t in_a = row_of(a);
  const std::size_t in_b = row_of(b);
  if (in_a == spellings.size() || in_b == spellings.size()) return false;
  return in_a == in_b || (std::max(in_a, in_b) == plain_degrees);
}

/// Returns one name for each calendar; those that are Gregorian since 1582 count as one.
std::string calendar_of(const Coordinate& coordinate) {
  const std::string name = lower_case(text_attribute(coordinate.attributes(), "calendar"));
  if (name.empty() || name == "gregorian" || name == "proleptic_gregorian") return "standard";
  if (name == "365_day") return "noleap";
  if (name == "366_day") return "all_leap";
  return name;
}

/// Returns true if a day of the one has a name in the other.
bool have_same_days(const Coordinate& a, const Coordinate& b) {
  const auto in_a = parse_calendar(text_attribute(a.attributes(), "calendar"));
  const auto in_b = parse_calendar(text_attribute(b.attributes(), "calendar"));
  if (in_a && in_b && has_days_of_the_world(*in_a) && has_days_of_the_world(*in_b)) return true;
  return calendar_of(a) == calendar_of(b);
}

/// Returns the integers of a coordinate of integers.
std::vector<WideInteger> integers_of(const Coordinate& coordinate) {
  const std::vector<std::byte> bytes = coordinate.to_bytes();
  std::vector<WideInteger> integers;
  dispatch(coordinate.dtype(), [&]<class T>(T value) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof value) {
      std::memcpy(&value, bytes.data() + at, sizeof value);
      integers.push_back(static_cast<WideInteger>(value));
    }
  });
  return integers;
}

/// The integers of two coordinates some of which float64 does not tell apart.
struct LargeIntegers {
  std::vector<WideInteger> a, b;
};

/// Returns true if float64 has all integers that are no further from 0.
bool is_exact(WideInteger integer) {
  constexpr WideInteger most = WideInteger{1} << 53;
  return -most <= integer && integer <= most;
}

std::optional<LargeIntegers> large_integers(const Coordinate& a, const Coordinate& b) {
  if (!is_integer(a.dtype()) || !is_integer(b.dtype()) || std::max(size_of(a.dtype()), size_of(b.dtype())) < 8)
    return {};
  LargeIntegers large{integers_of(a), integers_of(b)};
  if (std::ranges::all_of(large.a, is_exact) && std::ranges::all_of(large.b, is_exact)) return {};
  return large;
}

/// Counts large integers from the first of them, if that tells them apart.
void count_from_base(Comparable& numbers, const LargeIntegers& large) {
  if (large.a.empty()) return;
  const WideInteger base = large.a.front();
  const auto is_near = [base](WideInteger integer) { return is_exact(integer - base); };
  if (!std::ranges::all_of(large.a, is_near) || !std::ranges::all_of(large.b, is_near)) return;
  const auto from_base = [base](WideInteger integer) { return static_cast<double>(integer - base); };
  numbers.base = base;
  std::ranges::transform(large.a, numbers.a.begin(), from_base);
  std::ranges::transform(large.b, numbers.b.begin(), from_base);
}

/// Returns the text of an integer of at most 64 bits and a sign.
std::string text_of(WideInteger integer) {
  return (integer < 0 ? "-" : "") + std::to_string(static_cast<std::uint64_t>(integer < 0 ? -integer : integer));
}

double smallest_step(const std::vector<double>& values) {
  double smallest = INFINITY;
  for (std::size_t i = 1; i < values.size(); ++i)
    if (const double step = std::fabs(values[i] - values[i - 1]); step > 0) smallest = std::min(smallest, step);
  return smallest;
}

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const double value : values)
    if (std::isfinite(value)) most = std::max(most, std::fabs(value));
  return most;
}

/// Returns a text such as "6 hours" or "-1 day".
std::string hours_text(double seconds) {
  constexpr double hour = 3600;
  constexpr double day = 24 * hour;
  const bool are_days = std::fmod(seconds, day) == 0;
  const double count = seconds / (are_days ? day : hour);
  return number_text(count) + (are_days ? " day" : " hour") + (std::fabs(count) == 1 ? "" : "s");
}

/// Returns the values sorted, and within one turn.
std::vector<double> round_the_world(std::vector<double> values) {
  for (double& value : values) value -= std::floor(value / whole_turn) * whole_turn;
  std::sort(values.begin(), values.end());
  return values;
}

bool agree(const Comparable& numbers, const std::vector<double>& a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (!numbers.agree(a[i], b[i])) return false;
  return a.size() == b.size();
}

/// Returns a text such as "'degrees_north'" or "no units".
std::string shown(const std::string& units) { return units.empty() ? "no units" : quoted(units); }

bool are_same_values(const CoordinateValues& a, const CoordinateValues& b) {
  const auto not_owned = [](const CoordinateValues& values) {
    return Coordinate(Coordinate::Origin(Coordinate::Origin(), &values));
  };
  return agree(not_owned(a), not_owned(b));
}

}  // namespace

bool Comparable::agree(double x, double y) const {
  if (x == y || (std::isnan(x) && std::isnan(y))) return true;
  const double apart = std::fabs(x - y);
  return apart <= tolerance || apart <= rounding * std::max(std::fabs(x), std::fabs(y));
}

std::optional<Comparable> comparable(const Coordinate& a, const Coordinate& b, std::string& why_not) {
  const std::string units_a = text_attribute(a.attributes(), "units");
  const std::string units_b = text_attribute(b.attributes(), "units");
  if (!are_packed_alike(a, b)) {
    why_not = "they were read as their files store them, and are packed by different scale_factor or add_offset";
    return std::nullopt;
  }
  const std::string positive_a = text_attribute(a.attributes(), "positive");
  const std::string positive_b = text_attribute(b.attributes(), "positive");
  if (!positive_a.empty() && !positive_b.empty() && lower_case(positive_a) != lower_case(positive_b)) {
    why_not = "one is positive " + shown(positive_a) + ", the other " + shown(positive_b);
    return std::nullopt;
  }
  Comparable result;
  result.a = a.to_vector();
  result.b = b.to_vector();
  result.rounding = a.dtype() == DType::float32 || b.dtype() == DType::float32 ? float32_rounding : 0;
  if (are_time_units(units_a) && are_time_units(units_b)) {
    if (!have_same_days(a, b)) {
      why_not = "their calendars differ, " + quoted(calendar_of(a)) + " and " + quoted(calendar_of(b));
      return std::nullopt;
    }
    const auto time_a = time_units_of(a);
    const auto time_b = time_units_of(b);
    if (time_a && time_b) {
      for (double& value : result.a) value = time_a->seconds(value);
      for (double& value : result.b) value = time_b->seconds(value);
      // The rounding is that of the stored numbers, which begin elsewhere.
      if (result.rounding > 0)
        result.tolerance = result.rounding * std::max(largest(a.to_vector()) * time_a->seconds_per_unit,
                                                      largest(b.to_vector()) * time_b->seconds_per_unit);
      result.rounding = 0;
      result.are_seconds = true;
      result.calendar = time_a->calendar;
    } else if (units_a != units_b) {
      why_not = "they are counted in " + shown(units_a) + " and " + shown(units_b);
      return std::nullopt;
    }
  } else if (!are_same_units(units_a, units_b)) {
    why_not = "they are in " + shown(units_a) + " and " + shown(units_b);
    return std::nullopt;
  }
  if (!result.are_seconds)
    if (const auto large = large_integers(a, b)) count_from_base(result, *large);
  result.are_longitudes = holds_longitudes(a) || holds_longitudes(b);
  const double step = std::min(smallest_step(result.a), smallest_step(result.b));
  const double own =
      std::isfinite(step) ? step_tolerance * step : value_tolerance * std::max(largest(result.a), largest(result.b));
  result.tolerance = std::max(result.tolerance, own);
  return result;
}

bool holds_longitudes(const Coordinate& coordinate) {
  return row_of(text_attribute(coordinate.attributes(), "units")) == degrees_east ||
         text_attribute(coordinate.attributes(), "standard_name") == "longitude";
}

bool are_packed_alike(const Coordinate& a, const Coordinate& b) {
  return std::ranges::all_of(std::array{"scale_factor", "add_offset", "_Unsigned"}, [&](const char* name) {
    const Attribute* const of_a = a.holds_stored_values() ? find_attribute(a.attributes(), name) : nullptr;
    const Attribute* const of_b = b.holds_stored_values() ? find_attribute(b.attributes(), name) : nullptr;
    return of_a && of_b ? have_equal_values(*of_a, *of_b) : of_a == of_b;
  });
}

bool agree(const Coordinate& a, const Coordinate& b) {
  if (!a || !b || a.size() != b.size() || !are_packed_alike(a, b)) return false;
  for (const std::string_view name : {"units", "calendar", "positive"})
    if (text_attribute(a.attributes(), name) != text_attribute(b.attributes(), name)) {
      std::string why_not;
      const auto numbers = comparable(a, b, why_not);
      return numbers && agree(*numbers, numbers->a, numbers->b);
    }
  if (a == b) return true;
  // Most coordinates that differ do so at the first value, and by much.
  if (a.size() > 1 && b.size() > 1) {
    const double apart = std::fabs(a[0] - b[0]);
    const double step = std::max(std::fabs(a[1] - a[0]), std::fabs(b[1] - b[0]));
    if (apart > step && apart > float32_rounding * std::max(std::fabs(a[0]), std::fabs(b[0]))) return false;
  }
  if (const auto large = large_integers(a, b)) return large->a == large->b;
  std::string why_not;
  const auto numbers = comparable(a, b, why_not);
  return numbers && agree(*numbers, numbers->a, numbers->b);
}

bool share_origin(const Coordinate& a, const Coordinate& b) {
  for (const Coordinate::Origin& in_a : a.origins())
    for (const Coordinate::Origin& in_b : b.origins())
      if (in_a == in_b || are_same_values(*in_a, *in_b)) return true;
  return false;
}

std::vector<Coordinate::Origin> all_origins(const Coordinate& a, const Coordinate& b) {
  std::vector<Coordinate::Origin> all(a.origins().begin(), a.origins().end());
  for (const Coordinate::Origin& origin : b.origins()) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const Coordinate::Origin& other) {
      return other == origin || are_same_values(*other, *origin);
    });
    if (!known) all.push_back(origin);
  }
  return all;
}

std::string difference(const Coordinate& a, const Coordinate& b) {
  if (a.is_mixed() || b.is_mixed())
    return std::string("the ") + (a.is_mixed() ? "first" : "second") +
           " has none left, since slices of one coordinate met in it by position, and the " +
           (a.is_mixed() ? "second" : "first") + " has values that come from another";
  std::string why_not;
  const auto numbers = comparable(a, b, why_not);
  if (!numbers) return why_not;
  const auto text = [&](double value) {
    if (numbers->are_seconds) return exact_time_text({1, 0, numbers->calendar}, value);
    return numbers->base != 0 ? text_of(numbers->base + static_cast<WideInteger>(value)) : number_text(value);
  };
  const auto& [first, second] = std::pair(numbers->a, numbers->b);
  const std::string ranges = text(first.front()) + " to " + text(first.back()) + " in the first, " +
                             text(second.front()) + " to " + text(second.back()) + " in the second";
  if (agree(*numbers, first, {second.rbegin(), second.rend()})) return "they run in opposite directions, " + ranges;
  const double shift = second.front() - first.front();
  std::vector<double> shifted = first;
  for (double& value : shifted) value += shift;
  if (first.size() > 1 && agree(*numbers, shifted, second))
    return (numbers->are_seconds ? std::string("the second's are ") + (shift < 0 ? "earlier" : "later") + " by " +
                                       hours_text(std::abs(shift))
                                 : std::string("the second's are ") + (shift < 0 ? "smaller" : "larger") + " by " +
                                       number_text(std::abs(shift))) +
           ", " + ranges;
  if (numbers->are_longitudes && agree(*numbers, round_the_world(first), round_the_world(second)))
    return "the same longitudes begin elsewhere, " + ranges;
  std::size_t i = 0;
  while (numbers->agree(first[i], second[i])) ++i;
  return "index " + std::to_string(i) + " is " + text(first[i]) + " in the first and " + text(second[i]) +
         " in the second";
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
