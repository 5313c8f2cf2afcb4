#include "runtime/dataset/units.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <map>
#include <string_view>
#include <utility>

#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/since.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

/// Names of one unit, the first of which stands for all.
constexpr std::array<std::array<std::string_view, 8>, 22> synonyms{{
    {"1", "dimensionless", "unitless", "none", "-"},
    {"K", "kelvin", "Kelvin", "degK", "deg_K", "degree_K", "degrees_K", "degrees_kelvin"},
    {"degC", "celsius", "Celsius", "deg_C", "degree_C", "degrees_C", "degree_Celsius", "degrees_Celsius"},
    {"degC", "degree_celsius", "degrees_celsius", "degreeC", "degreesC", "°C"},
    {"degrees_north", "degree_north", "degree_N", "degrees_N", "degreeN", "degreesN"},
    {"degrees_east", "degree_east", "degree_E", "degrees_E", "degreeE", "degreesE"},
    {"degree", "degrees", "deg", "arc_degree", "°"},
    {"%", "percent"},
    {"m", "meter", "meters", "metre", "metres"},
    {"km", "kilometer", "kilometers", "kilometre", "kilometres"},
    {"s", "second", "seconds", "sec", "secs"},
    {"min", "minute", "minutes", "mins"},
    {"h", "hour", "hours", "hr", "hrs"},
    {"d", "day", "days"},
    {"Pa", "pascal", "pascals", "Pascal"},
    {"hPa", "hectopascal", "hectopascals", "millibar", "millibars", "mbar", "mb"},
    {"kg", "kilogram", "kilograms"},
    {"g", "gram", "grams"},
    {"W", "watt", "watts", "Watt", "Watts"},
    {"J", "joule", "joules", "Joule", "Joules"},
    {"N", "newton", "newtons"},
    {"mol", "mole", "moles"},
}};

std::string known_name(std::string_view name) {
  for (const auto& names : synonyms)
    if (!name.empty() && std::find(names.begin(), names.end(), name) != names.end()) return std::string(names.front());
  return std::string(name);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_of_name(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '%' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// The powers of units by their names; read() returns false for a text that is no product of powers.
class Powers {
 public:
  explicit Powers(std::string_view text) : text_(text) {}

  bool read() {
    int sign = 1;
    for (skip_between(sign); at_ < text_.size(); skip_between(sign)) {
      if (!factor(sign)) return false;
      sign = 1;
    }
    return sign == 1;
  }

  [[nodiscard]] std::string text() const {
    std::string result;
    for (const auto& [name, power] : powers_)
      if (power != 0 && name != "1") result += (result.empty() ? "" : " ") + name + "^" + std::to_string(power);
    return result;
  }

 private:
  void skip_between(int& sign) {
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '/')
        sign = -sign;
      else if (text_[at_] != ' ' && text_[at_] != '.' && text_[at_] != '*')
        return;
    }
  }

  bool factor(int sign) {
    const std::size_t begin = at_;
    if (is_digit(text_[at_])) {
      while (at_ < text_.size() && (is_digit(text_[at_]) || text_[at_] == '.')) ++at_;
    } else {
      while (at_ < text_.size() && is_of_name(text_[at_])) ++at_;
    }
    if (at_ == begin) return false;
    std::string name = known_name(text_.substr(begin, at_ - begin));
    int power = 1;
    if (at_ < text_.size() && !exponent(power)) return false;
    powers_[std::move(name)] += sign * power;
    return true;
  }

  bool exponent(int& power) {
    const bool is_marked = text_[at_] == '^' || text_.substr(at_).starts_with("**");
    if (is_marked) at_ += text_[at_] == '^' ? 1 : 2;
    if (at_ < text_.size() && text_[at_] == '+') ++at_;
    const char* const end = text_.data() + text_.size();
    const auto [stop, error] = std::from_chars(text_.data() + at_, end, power);
    if (error != std::errc{}) {
      power = 1;
      return !is_marked && text_[at_] != '-';
    }
    at_ = static_cast<std::size_t>(stop - text_.data());
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::map<std::string, int> powers_;
};

std::optional<TimeUnits> times_of(const Counting& counting) {
  return parse_time_units(counting.units, counting.calendar);
}

const char* name_of_unit(double seconds) {
  return seconds >= 86400  ? "days"
         : seconds >= 3600 ? "hours"
         : seconds >= 60   ? "minutes"
         : seconds >= 1    ? "seconds"
         : seconds >= 1e-3 ? "milliseconds"
         : seconds >= 1e-6 ? "microseconds"
                           : "nanoseconds";
}

bool are_same_calendar(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto known = parse_calendar(a);
  return known && known == parse_calendar(b);
}

}  // namespace

std::string canonical_units(const std::string& units) {
  const std::size_t begin = units.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  const std::string trimmed = units.substr(begin, units.find_last_not_of(' ') - begin + 1);
  if (known_name(trimmed) != trimmed) return canonical_units(known_name(trimmed));
  Powers powers(trimmed);
  return powers.read() ? powers.text() : trimmed;
}

std::optional<Conversion> conversion(const Counting& from, const Counting& to, bool lenient) {
  if (from == to) return Conversion{};
  const auto a = times_of(from);
  const auto b = times_of(to);
  if (a && b) {
    const bool same_days =
        a->calendar == b->calendar || (has_days_of_the_world(a->calendar) && has_days_of_the_world(b->calendar));
    if (!same_days) return std::nullopt;
    return time_conversion(*a, *b);
  }
  const bool are_times = are_time_units(from.units);
  if (from.units == to.units && (!are_times || are_same_calendar(from.calendar, to.calendar))) return Conversion{};
  if (lenient && !are_times && canonical_units(from.units) == canonical_units(to.units)) return Conversion{};
  return std::nullopt;
}

void CommonCounting::add(const Counting& other) {
  if (other == common_) return;
  const auto ours = times_of(common_);
  const auto theirs = times_of(other);
  if (!ours || !theirs || theirs->seconds_per_unit >= ours->seconds_per_unit) return;
  const std::size_t since = common_.units.find(' ', common_.units.find_first_not_of(' '));
  common_.units = name_of_unit(theirs->seconds_per_unit) + common_.units.substr(since);
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
