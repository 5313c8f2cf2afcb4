#include "chunkwise/expr/units.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <mutex>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/made_once.hpp"
#include "chunkwise/expr/meaning.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/forks.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/core/shared_library.hpp"
#include "runtime/core/since.hpp"

#ifdef CHUNKWISE_UDUNITS_LIBRARY
#include <udunits2.h>
#endif

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Numbers of one unit become those of another: number * scale + offset.
struct UnitConversion {
  double scale = 1;
  double offset = 0;
};

[[noreturn]] void refuse(const std::string& sentence) { throw Error(ErrorCode::invalid_argument, sentence); }

#ifdef CHUNKWISE_UDUNITS_LIBRARY

/// UDUNITS by its names there, and its database of units. It serves one thread at a time.
class Udunits {
 public:
  Udunits() {
    set_messages_(silent_);
    system_ = read_xml_(nullptr);
    if (system_ == nullptr)
      throw Error(ErrorCode::io, "UDUNITS finds no database of units; UDUNITS2_XML_PATH names its file, udunits2.xml");
  }

  UnitConversion conversion(const std::string& from, const std::string& to) const {
    ut_unit* const source = unit(from);
    ut_unit* const target = unit(to, source);
    cv_converter* const converter = converter_(source, target);
    free_unit_(source);
    free_unit_(target);
    if (converter == nullptr)
      refuse("numbers in '" + printable(from) + "' cannot become numbers in '" + printable(to) +
             "': they measure different things");
    // So large a number that its digits are those of the scale.
    constexpr double large = 0x1p40;
    const double offset = convert_(converter, 0.0);
    const double scale = (convert_(converter, large) - offset) / large;
    const bool is_line = std::isfinite(scale) && std::isfinite(offset) && scale != 0 &&
                         is_close(convert_(converter, 1.0), scale + offset, scale, offset) &&
                         is_close(convert_(converter, 1000.0), 1000.0 * scale + offset, 1000 * scale, offset);
    free_converter_(converter);
    if (!is_line)
      refuse("numbers in '" + printable(from) + "' become numbers in '" + printable(to) +
             "' by no straight line; write the conversion as a formula");
    // An offset is a difference of larger numbers, and has as few right digits less.
    return {short_number(scale, 15, 2 * std::numeric_limits<double>::epsilon()), short_number(offset, 13, 1e-14)};
  }

 private:
  static bool is_close(double a, double b, double first, double second) {
    return std::abs(a - b) <= 1e-12 * (std::abs(first) + std::abs(second));
  }

  /// Returns the number of so many digits if it is as near as that, 1.8 for 1.7999999999999998; else the number itself.
  static double short_number(double number, int digits, double near) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*g", digits, number);
    const double rounded = std::strtod(text.data(), nullptr);
    return std::abs(rounded - number) <= near * std::abs(number) ? rounded : number;
  }

  ut_unit* unit(const std::string& text, ut_unit* held = nullptr) const {
    std::string trimmed = text;
    trim_(trimmed.data(), UT_UTF8);
    ut_unit* const found = parse_(system_, trimmed.c_str(), UT_UTF8);
    if (found != nullptr) return found;
    if (held != nullptr) free_unit_(held);
    refuse("UDUNITS does not know the units '" + printable(text) +
           "'; it knows 'degC', 'hPa', 'mm day-1' and the like");
  }

  SharedLibrary library_{CHUNKWISE_UDUNITS_LIBRARY, "UDUNITS, which converts units,"};
  decltype(&::ut_set_error_message_handler) set_messages_ = library_["ut_set_error_message_handler"];
  decltype(&::ut_ignore) silent_ = library_["ut_ignore"];
  decltype(&::ut_read_xml) read_xml_ = library_["ut_read_xml"];
  decltype(&::ut_trim) trim_ = library_["ut_trim"];
  decltype(&::ut_parse) parse_ = library_["ut_parse"];
  decltype(&::ut_free) free_unit_ = library_["ut_free"];
  decltype(&::ut_get_converter) converter_ = library_["ut_get_converter"];
  decltype(&::cv_convert_double) convert_ = library_["cv_convert_double"];
  decltype(&::cv_free) free_converter_ = library_["cv_free"];
  ut_system* system_ = nullptr;
};

UnitConversion by_udunits(const std::string& from, const std::string& to) {
  const std::scoped_lock lock(*detail::made_once([] { return new_mutex_over_forks(); }));
  return detail::made_once([] { return new Udunits; })->conversion(from, to);
}

#else

UnitConversion by_udunits(const std::string& from, const std::string& to) {
  throw Error(ErrorCode::unsupported, "numbers in '" + printable(from) + "' do not become numbers in '" +
                                          printable(to) + "': this chunkwise was built without UDUNITS");
}

#endif

UnitConversion conversion_of_units(const std::string& from, const std::string& to) {
  if (from.empty())
    refuse("the array has no units; it cannot be converted to '" + printable(to) +
           "'. `set` gives a variable of a file the attribute units");
  if (to.empty()) refuse("units to convert to are a text such as 'degC', and this one is empty");
  for (const std::string& units : {from, to})
    if (are_time_units(units))
      refuse("'" + printable(units) + "' counts from a date: times are decoded, and not converted");
  if (from == to) return {};
  return by_udunits(from, to);
}

}  // namespace

namespace detail {

UnitChange unit_change(const Labels& labels, const std::string& units) {
  const UnitConversion conversion = conversion_of_units(text_attribute(labels.attributes(), "units"), units);
  const Labels kept = map_labels(labels, Meaning::converted);
  Attributes attributes;
  for (const Attribute& attribute : kept.attributes())
    if (attribute.name != "units") attributes.push_back(attribute);
  attributes.push_back({"units", units});
  return {conversion.scale, conversion.offset, kept.renamed(kept.name(), std::move(attributes))};
}

}  // namespace detail

}  // namespace chunkwise::inline CHUNKWISE_ABI
