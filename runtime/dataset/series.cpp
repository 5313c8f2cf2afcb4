#include "runtime/dataset/series.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/agreement.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/exact.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text = "(";
  for (std::size_t i = 0; i < names.size(); ++i) text += (i ? ", " : "") + names[i];
  return text + ")";
}

/// Returns the one number or the text that an attribute holds.
std::string stored_text(const Attribute& attribute) {
  if (const auto* numbers = std::get_if<std::vector<double>>(&attribute.value); numbers && numbers->size() == 1)
    return number_text(numbers->front());
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute.value);
      integers && integers->size() == 1)
    return std::to_string(integers->front());
  if (const auto text = text_of(attribute)) return "'" + *text + "'";
  return "several numbers";
}

/// Returns true if two attributes, null if a file has none, hold the same.
bool have_same_value(const Attribute* a, const Attribute* b) {
  return a != nullptr && b != nullptr ? have_equal_values(*a, *b) : a == b;
}

std::string text_of(const Counting& counting) {
  return "'" + counting.units + "'" + (counting.calendar.empty() ? "" : " of the calendar " + counting.calendar);
}

/// Returns the attributes with this counting. Units without their calendar would be those of other days.
Attributes counted_as(Attributes attributes, const Counting& counting) {
  for (Attribute& attribute : attributes)
    if (attribute.name == "units") attribute.value = counting.units;
  std::erase_if(attributes, [](const Attribute& attribute) { return attribute.name == "calendar"; });
  if (!counting.calendar.empty()) attributes.emplace_back("calendar", counting.calendar);
  return attributes;
}

/// Returns the same places counted in other units.
Coordinate counted_as(const Coordinate& coordinate, const Conversion& convert, const Counting& to) {
  return recounted(coordinate, convert, counted_as(coordinate.attributes(), to));
}

/// Returns true if values differ by rounding alone.
bool are_close(const Coordinate& a, const Coordinate& b) {
  if (a.size() != b.size()) return false;
  if (a == b) return true;
  if (!is_floating(a.dtype()) && !is_floating(b.dtype())) return false;
  double largest = 0;
  double step = std::numeric_limits<double>::infinity();
  for (std::int64_t i = 0; i < a.size(); ++i) {
    if (std::isfinite(a[i])) largest = std::max(largest, std::fabs(a[i]));
    if (i > 0 && a[i] != a[i - 1]) step = std::min(step, std::fabs(a[i] - a[i - 1]));
  }
  const double slack = std::min(1e-6 * largest, 0.01 * step);
  for (std::int64_t i = 0; i < a.size(); ++i) {
    const bool equal = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) || std::fabs(a[i] - b[i]) <= slack;
    if (!equal) return false;
  }
  return true;
}

/// Compares a file with the first.
class Comparison {
 public:
  Comparison(const OpenedVariable& first, const OpenedVariable& other, const SeriesRules& rules)
      : first_(first), other_(other), rules_(rules) {}

  void run() const {
    const std::vector<std::string>& here = other_.found.dimensions;
    const std::vector<std::string>& there = first_.found.dimensions;
    if (here.size() != there.size())
      differ(ErrorCode::shape_mismatch, "has the dimensions " + joined(here), joined(there));
    if (here != there) differ(ErrorCode::name_mismatch, "has the dimensions " + joined(here), joined(there));
    compare_units();
    compare_codes();
    if (!rules_.opening.decode) compare_packing();
    for (int axis = 0; axis < first_.found.shape.rank(); ++axis)
      if (there[static_cast<std::size_t>(axis)] != rules_.dimension) compare_axis(axis);
  }

 private:
  [[noreturn]] void differ(ErrorCode code, const std::string& here, const std::string& there,
                           const std::string& advice = {}) const {
    std::string text = other_.path + " does not fit the other files: its " + first_.found.name + " " + here + ", in " +
                       first_.path + " it is " + there;
    if (!rules_.dimension.empty())
      text += "; files are joined along " + rules_.dimension + ", NetcdfOptions::join names another dimension";
    throw Error(code, text + advice);
  }

  void compare_units() const {
    const Counting here{other_.units, other_.calendar};
    const Counting there{first_.units, first_.calendar};
    const auto convert = conversion(here, there, rules_.lenient);
    if (convert && (rules_.opening.decode || convert->is_identity())) return;
    differ(ErrorCode::name_mismatch, "has the units " + text_of(here), text_of(there), advice_for(here, there));
  }

  /// Throws unless the same codes stand for the same things.
  void compare_codes() const {
    for (const char* name : {"flag_values", "flag_masks", "flag_meanings"}) {
      const Attribute* here = find_attribute(other_.found.attributes, name);
      const Attribute* there = find_attribute(first_.found.attributes, name);
      if (have_same_value(here, there)) continue;
      differ(ErrorCode::name_mismatch, std::string("has ") + (here ? "other " : "no ") + name,
             there ? "there" : "not there", "; convert the codes of one");
    }
  }

  /// Throws for files that are packed differently: their stored numbers mean different things.
  void compare_packing() const {
    for (const char* name : {"scale_factor", "add_offset", "_Unsigned"}) {
      const Attribute* here = find_attribute(other_.found.attributes, name);
      const Attribute* there = find_attribute(first_.found.attributes, name);
      if (have_same_value(here, there)) continue;
      differ(ErrorCode::name_mismatch,
             "has " + (here ? std::string(name) + " = " + stored_text(*here) : std::string("no ") + name),
             there ? stored_text(*there) : "not there",
             "; without decode=false the files can be joined: their numbers are unpacked");
    }
  }

  static std::string advice_for(const Counting& here, const Counting& there) {
    if (!conversion(here, there, true))
      return "; convert the units of one file, or open both apart and join them with concatenate";
    return "; NetcdfOptions::lenient lets other spellings of the same units through";
  }

  void compare_axis(int axis) const {
    const auto i = static_cast<std::size_t>(axis);
    const std::string& name = first_.found.dimensions[i];
    const std::int64_t here = other_.found.shape[axis];
    const std::int64_t there = first_.found.shape[axis];
    if (here != there)
      differ(ErrorCode::shape_mismatch, "has " + std::to_string(here) + " along " + name, std::to_string(there));

    const Coordinate& a = first_.coordinates[i];
    const Coordinate& b = other_.coordinates[i];
    if (static_cast<bool>(a) != static_cast<bool>(b))
      differ(ErrorCode::name_mismatch, std::string(b ? "has a" : "has no") + " coordinate variable " + name,
             a ? "there" : "not there");
    if (!a) return;
    if (!are_packed_alike(a, b))
      differ(ErrorCode::name_mismatch, "has " + name + " packed by another scale_factor or add_offset", "there",
             "; read the files decoded");
    const auto convert = conversion(counting_of(b), counting_of(a), rules_.lenient);
    if (!convert)
      differ(ErrorCode::name_mismatch, "has " + name + " in " + text_of(counting_of(b)), text_of(counting_of(a)),
             advice_for(counting_of(b), counting_of(a)));
    const Coordinate same = counted_as(b, *convert, counting_of(a));
    if (a == same || (rules_.lenient && are_similar(a, b))) return;
    for (std::int64_t k = 0; k < there; ++k)
      if (a[k] != same[k] && !(std::isnan(a[k]) && std::isnan(same[k])))
        differ(ErrorCode::name_mismatch, "has " + name + "[" + std::to_string(k) + "] = " + number_text(same[k]),
               number_text(a[k]),
               are_similar(a, b) ? "; NetcdfOptions::lenient lets differences of rounding through" : "");
  }

  const OpenedVariable& first_;
  const OpenedVariable& other_;
  const SeriesRules& rules_;
};

/// Finds the first place at which values of a joined coordinate leave their order.
class OrderCheck {
 public:
  OrderCheck(const std::vector<OpenedVariable>& files, const std::vector<Coordinate>& parts, std::string name)
      : files_(files), parts_(parts), name_(std::move(name)), times_(time_units_of(parts.front())) {}

  [[nodiscard]] std::string remark() const {
    int direction = 0;
    std::optional<double> before;
    std::size_t file_before = 0;
    for (std::size_t file = 0; file < parts_.size(); ++file)
      for (std::int64_t i = 0; i < parts_[file].size(); ++i) {
        const double value = parts_[file][i];
        // Integers of 64 bits may differ by less than float64 tells.
        if (std::isnan(value) || (value == before && std::abs(value) >= 0x1p53)) continue;
        if (before && !follows(*before, value, direction)) return describe(*before, file_before, value, file);
        before = value;
        file_before = file;
      }
    return {};
  }

 private:
  /// Returns true for a step strictly in the direction of the first.
  static bool follows(double before, double value, int& direction) {
    if (direction == 0) direction = value < before ? -1 : 1;
    return direction > 0 ? value > before : value < before;
  }

  std::string describe(double before, std::size_t file_before, double value, std::size_t file) const {
    const std::string& path = files_[file].path;
    const std::string how = value == before ? " repeats " : value < before ? " runs back to " : " turns round to ";
    if (file == file_before)
      return name_ + ", along which files are joined," + how + text(value) + " after " + text(before) + " in " + path;
    return name_ + ", along which files are joined," + how + text(value) + " in " + path + ", after " + text(before) +
           " in " + files_[file_before].path + ": the files overlap, or are not in order";
  }

  std::string text(double value) const { return times_ ? exact_time_text(*times_, value) : number_text(value); }

  const std::vector<OpenedVariable>& files_;
  const std::vector<Coordinate>& parts_;
  std::string name_;
  std::optional<TimeUnits> times_;
};

/// Throws if an integer of 64 bits would be rounded beside the floating numbers of other files.
void require_exact(const std::vector<Coordinate>& parts, const std::vector<OpenedVariable>& files,
                   const std::string& name) {
  DType common = parts.front().dtype();
  for (const Coordinate& part : parts) common = promote(common, part.dtype());
  if (!is_floating(common)) return;
  for (std::size_t file = 0; file < parts.size(); ++file)
    dispatch(parts[file].dtype(), [&]<class T>(T) {
      if constexpr (std::is_integral_v<T> && sizeof(T) == sizeof(std::int64_t)) {
        const std::vector<std::byte> bytes = parts[file].to_bytes();
        for (std::size_t i = 0; i < bytes.size() / sizeof(T); ++i) {
          T value;
          std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof value);
          if (!is_exact_in<double>(value))
            throw Error(ErrorCode::type_mismatch, files[file].path + " has " + name + " = " + std::to_string(value) +
                                                      ", which float64, the type of other files' " + name +
                                                      ", does not have");
        }
      }
    });
}

}  // namespace

Counting counting_of(const Coordinate& coordinate) {
  return {text_attribute(coordinate.attributes(), "units"), text_attribute(coordinate.attributes(), "calendar")};
}

bool are_similar(const Coordinate& a, const Coordinate& b) {
  if (!a || !b) return !a && !b;
  const auto convert = conversion(counting_of(b), counting_of(a), true);
  if (!convert) return false;
  const Coordinate same = counted_as(b, *convert, counting_of(a));
  return time_units_of(a) ? a == same : are_close(a, same);
}

void require_fit(const OpenedVariable& first, const OpenedVariable& other, const SeriesRules& rules) {
  Comparison(first, other, rules).run();
}

Coordinate join_coordinate(const std::vector<OpenedVariable>& files, int axis, const SeriesRules& rules,
                           const std::function<void(const std::string&)>& warn) {
  const auto at = static_cast<std::size_t>(axis);
  const std::string& name = files.front().found.dimensions[at];
  std::vector<Coordinate> parts;
  for (const OpenedVariable& file : files) parts.push_back(file.coordinates[at]);
  const auto has = [](const Coordinate& part) { return static_cast<bool>(part); };
  if (std::none_of(parts.begin(), parts.end(), has)) return {};
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (has(parts[i]) != has(parts.front()))
      throw Error(ErrorCode::name_mismatch,
                  files[i].path + " has " + (has(parts[i]) ? "a" : "no") + " coordinate variable " + name +
                      ", along which files are joined, and " + files.front().path + " has " +
                      (has(parts[i]) ? "none" : "one") + "; NetcdfOptions::join names another dimension");

  const Counting first = counting_of(parts.front());
  CommonCounting common(first);
  for (const Coordinate& part : parts) common.add(counting_of(part));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Counting own = counting_of(parts[i]);
    const auto convert = conversion(own, common.get(), rules.lenient);
    if (!convert)
      throw Error(ErrorCode::name_mismatch,
                  files[i].path + " does not fit the other files: it counts " + name + " in " + text_of(own) + ", " +
                      files.front().path + " in " + text_of(first) + ", and the one does not convert to the other" +
                      (conversion(own, common.get(), true)
                           ? "; NetcdfOptions::lenient lets other spellings of the same units through"
                           : ""));
    parts[i] = counted_as(parts[i], *convert, common.get());
    // The file has the same units in another spelling, which was let through.
    if (convert->is_identity() && own.units != first.units && !time_units_of(parts[i]))
      parts[i] = with_attributes(parts[i], counted_as(parts[i].attributes(), first));
  }
  if (warn)
    if (const std::string remark = OrderCheck(files, parts, name).remark(); !remark.empty()) warn(remark);
  require_exact(parts, files, name);
  return Coordinate::join(parts);
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
