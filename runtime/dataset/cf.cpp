#include "runtime/dataset/cf.hpp"

#include <algorithm>
#include <bit>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <sstream>
#include <tuple>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/dataset/format/variable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

constexpr std::size_t most_missing_values = 255;

/// The integer type of as many bytes and the other sign.
DType with_sign(DType type, bool is_signed) {
  const int distance = static_cast<int>(DType::uint8) - static_cast<int>(DType::int8);
  if (is_signed && is_unsigned_integer(type)) return static_cast<DType>(static_cast<int>(type) - distance);
  if (!is_signed && is_signed_integer(type)) return static_cast<DType>(static_cast<int>(type) + distance);
  return type;
}

/// The type of stored elements after `_Unsigned`.
DType stored_type(const CfVariable& variable) {
  std::string text = text_attribute(variable.attributes, "_Unsigned");
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (text == "true") return with_sign(variable.type, false);
  if (text == "false") return with_sign(variable.type, true);
  return variable.type;
}

template <class T>
std::optional<Scalar> exactly(std::int64_t value) {
  if (!std::in_range<T>(value)) return std::nullopt;
  return Scalar(static_cast<T>(value));
}

/// An integer of an attribute as a value of `type`; none where the type does not have it.
std::optional<Scalar> as_type(DType type, std::int64_t value, bool is_uint64) {
  return dispatch(type, [&]<class T>(T) -> std::optional<Scalar> {
    if constexpr (std::is_floating_point_v<T>)
      return Scalar(is_uint64 ? static_cast<T>(static_cast<std::uint64_t>(value)) : static_cast<T>(value));
    else if constexpr (std::is_same_v<T, bool>)
      return std::nullopt;
    else if (is_uint64 && !std::in_range<T>(static_cast<std::uint64_t>(value)))
      return std::nullopt;
    else if (is_uint64)
      return Scalar(static_cast<T>(static_cast<std::uint64_t>(value)));
    else
      return exactly<T>(value);
  });
}

/// A floating number of an attribute as a value of `type`; none where an integer type does not have it, or where it
/// lies beyond the range of a floating type.
std::optional<Scalar> as_type(DType type, double value) {
  return dispatch(type, [&]<class T>(T) -> std::optional<Scalar> {
    if constexpr (std::is_floating_point_v<T>) {
      const T rounded = static_cast<T>(value);
      if (std::isinf(rounded) && !std::isinf(value)) return std::nullopt;
      return Scalar(rounded);
    } else if constexpr (std::is_same_v<T, bool>) {
      return std::nullopt;
    } else {
      // 2^63 and 2^64 are the first values beyond the 64-bit types; every smaller integral float64 converts exactly.
      const double beyond = std::ldexp(1.0, std::numeric_limits<T>::digits);
      if (!(value >= static_cast<double>(std::numeric_limits<T>::min()) && value < beyond)) return std::nullopt;
      if (value != std::trunc(value)) return std::nullopt;
      return Scalar(static_cast<T>(value));
    }
  });
}

/// The same bytes as a value of a type of the same size.
Scalar reinterpreted(Scalar value, DType type) {
  value.dtype = type;
  return value;
}

/// The values of an attribute that elements of `type`, seen as `stored`, can equal; others are left as none.
std::vector<std::optional<Scalar>> values_of(const Attribute* attribute, DType type, DType stored) {
  std::vector<std::optional<Scalar>> values;
  if (attribute == nullptr) return values;
  const auto add = [&](auto... number) {
    // Writers store the bit pattern in the external type, as the conventions ask, or the number that is meant.
    if (auto value = as_type(type, number...))
      values.push_back(reinterpreted(*value, stored));
    else
      values.push_back(as_type(stored, number...));
  };
  if (const auto* numbers = std::get_if<std::vector<double>>(&attribute->value))
    for (const double number : *numbers) add(number);
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&attribute->value))
    for (const std::int64_t number : *numbers) add(number, attribute->dtype == DType::uint64);
  return values;
}

bool is_nan(const Scalar& value) {
  return (value.dtype == DType::float32 && std::isnan(value.as<float>())) ||
         (value.dtype == DType::float64 && std::isnan(value.as<double>()));
}

/// What a prefilled variable holds before it is written. Bytes have so few values that none is taken for missing.
std::optional<Scalar> default_fill(DType type) {
  switch (type) {
    case DType::int16:
      return Scalar(DefaultFill::int16);
    case DType::uint16:
      return Scalar(DefaultFill::uint16);
    case DType::int32:
      return Scalar(DefaultFill::int32);
    case DType::uint32:
      return Scalar(DefaultFill::uint32);
    case DType::int64:
      return Scalar(DefaultFill::int64);
    case DType::uint64:
      return Scalar(DefaultFill::uint64);
    case DType::float32:
      return Scalar(DefaultFill::float32);
    case DType::float64:
      return Scalar(DefaultFill::float64);
    default:
      return std::nullopt;
  }
}

/// The lowest and highest values of a type, infinities included.
std::pair<Scalar, Scalar> limits_of(DType type) {
  return dispatch(type, []<class T>(T) {
    using Limits = std::numeric_limits<T>;
    if constexpr (std::is_floating_point_v<T>)
      return std::pair(Scalar(-Limits::infinity()), Scalar(Limits::infinity()));
    else
      return std::pair(Scalar(Limits::lowest()), Scalar(Limits::max()));
  });
}

/// One side of a valid range.
enum class Side { low, high };

/// The bound of elements of `type` that an integer means: the nearest value that is not beyond it; none where every
/// value of the type is beyond it.
std::optional<Scalar> bound_of(DType type, Side side, std::int64_t bound, bool is_uint64) {
  return dispatch(type, [&]<class T>(T) -> std::optional<Scalar> {
    if constexpr (std::is_floating_point_v<T>) {
      return Scalar(is_uint64 ? static_cast<T>(static_cast<std::uint64_t>(bound)) : static_cast<T>(bound));
    } else {
      using Limits = std::numeric_limits<T>;
      const auto within = [&](auto value) -> std::optional<Scalar> {
        if constexpr (std::is_same_v<T, bool>)
          return std::nullopt;
        else if (std::cmp_less(value, Limits::min()))
          return side == Side::low ? std::optional(Scalar(Limits::min())) : std::nullopt;
        else if (std::cmp_greater(value, Limits::max()))
          return side == Side::high ? std::optional(Scalar(Limits::max())) : std::nullopt;
        else
          return Scalar(static_cast<T>(value));
      };
      return is_uint64 ? within(static_cast<std::uint64_t>(bound)) : within(bound);
    }
  });
}

/// The same of a floating number, which is not NaN; for floating types it is rounded to the type.
std::optional<Scalar> bound_of(DType type, Side side, double bound) {
  return dispatch(type, [&]<class T>(T) -> std::optional<Scalar> {
    if constexpr (std::is_floating_point_v<T>) {
      return Scalar(static_cast<T>(bound));
    } else if constexpr (std::is_same_v<T, bool>) {
      return std::nullopt;
    } else {
      using Limits = std::numeric_limits<T>;
      const double whole = side == Side::low ? std::ceil(bound) : std::floor(bound);
      const double beyond = std::ldexp(1.0, Limits::digits);
      if (whole >= beyond) return side == Side::high ? std::optional(Scalar(Limits::max())) : std::nullopt;
      if (whole < static_cast<double>(Limits::min()))
        return side == Side::low ? std::optional(Scalar(Limits::min())) : std::nullopt;
      return Scalar(static_cast<T>(whole));
    }
  });
}

/// The stored numbers of a type in their order, as integers: float32 by its bits, of which negative ones run backwards.
template <class T>
struct InOrder {
  static constexpr bool is_float = std::is_same_v<T, float>;
  using Place = std::conditional_t<is_float, std::int32_t, T>;
  static T value(Place place) {
    if constexpr (is_float)
      return std::bit_cast<float>(place < 0 ? place ^ std::numeric_limits<Place>::max() : place);
    else
      return place;
  }
  static Place last() {
    if constexpr (is_float)
      return std::bit_cast<Place>(std::numeric_limits<float>::infinity());
    else
      return std::numeric_limits<T>::max();
  }
  static Place first() {
    if constexpr (is_float)
      return std::bit_cast<Place>(-std::numeric_limits<float>::infinity()) ^ std::numeric_limits<Place>::max();
    else
      return std::numeric_limits<T>::min();
  }
};

/// Returns the bound of stored numbers, integers or float32, whose scaled values are not beyond `bound`; none if there
/// is no such number. Scaling is monotonic, so it is found by bisection, with the arithmetic that scales elements.
std::optional<Scalar> unscaled_bound(DType type, Side side, double bound, double scale, double offset) {
  return dispatch(type, [&]<class T>(T) -> std::optional<Scalar> {
    if constexpr (std::is_same_v<T, double> || std::is_same_v<T, bool>) {
      return std::nullopt;
    } else {
      CHUNKWISE_STRICT_FLOATS
      using Numbers = InOrder<T>;
      const auto is_valid = [&](typename Numbers::Place place) {
        const double value = static_cast<double>(Numbers::value(place)) * scale + offset;
        return side == Side::low ? value >= bound : value <= bound;
      };
      // With a negative scale the low bound of values is a high one of stored numbers.
      const bool upwards = (side == Side::low) == (scale > 0);
      auto good = upwards ? Numbers::last() : Numbers::first();
      auto bad = upwards ? Numbers::first() : Numbers::last();
      if (!is_valid(good)) return std::nullopt;
      if (is_valid(bad)) return Scalar(Numbers::value(bad));
      while (good > bad ? good - 1 != bad : bad - 1 != good) {
        const auto middle = std::midpoint(good, bad);
        (is_valid(middle) ? good : bad) = middle;
      }
      return Scalar(Numbers::value(good));
    }
  });
}

/// scale_factor or add_offset in float64; a number that was written as text counts.
double factor(const Attributes& attributes, std::string_view name, double otherwise, const std::string& where) {
  const Attribute* attribute = find_attribute(attributes, name);
  if (attribute == nullptr) return otherwise;
  const auto* floating = std::get_if<std::vector<double>>(&attribute->value);
  if (floating != nullptr && floating->size() == 1) return floating->front();
  const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute->value);
  if (integers != nullptr && integers->size() == 1)
    return attribute->dtype == DType::uint64 ? static_cast<double>(static_cast<std::uint64_t>(integers->front()))
                                             : static_cast<double>(integers->front());
  if (const auto* text = std::get_if<std::string>(&attribute->value)) {
    double value = 0;
    const auto result = std::from_chars(text->data(), text->data() + text->size(), value);
    if (result.ec == std::errc() && result.ptr == text->data() + text->size()) return value;
  }
  throw Error(ErrorCode::unsupported, where + ": its attribute " + std::string(name) +
                                          " is not one number; open it with decode=false to get the stored numbers");
}

class Decoder {
 public:
  Decoder(const CfVariable& variable, const std::string& where) : variable_(variable), where_(where) {
    encoding_.stored = stored_type(variable);
  }

  Encoding decode(DType as, std::string* remark) {
    const bool filled = add_missing("_FillValue");
    bool declared = filled;
    if (add_missing("missing_value")) declared = true;
    if (add_scaling()) declared = true;
    if (add_valid_range()) declared = true;
    if (declared && !is_floating(as))
      throw Error(ErrorCode::type_mismatch, where_ + " declares missing values or scaling, which " +
                                                std::string(name_of(as)) +
                                                " cannot express; open it as double, or with decode=false");
    if (!filled && variable_.prefilled && is_floating(as))
      if (const auto value = default_fill(variable_.type)) add_missing(reinterpreted(*value, encoding_.stored));
    if (encoding_.missing.size() > most_missing_values)
      throw Error(ErrorCode::unsupported,
                  where_ + " declares " + std::to_string(encoding_.missing.size()) + " missing values; at most " +
                      std::to_string(most_missing_values) +
                      " can be told apart. Open it with decode=false to get the stored numbers");
    if (remark != nullptr && excludes_everything())
      *remark = where_ + ": its valid range excludes every number that can be stored, so all of it is missing; " +
                "decode=false gives the stored numbers";
    else if (remark != nullptr && has_stored_floats_as_bounds_)
      *remark = where_ +
                ": its valid range has the type of the stored numbers, so it is of them and lets values from " +
                decoded_range() + " through; if it is meant of unpacked values, decode=false gives the stored numbers";
    else if (remark != nullptr && is_suspiciously_narrow())
      *remark = where_ +
                ": its valid range is of integers, so of numbers as they are stored, and lets only values from " +
                decoded_range() + " through; if it is meant of unpacked values, decode=false gives the stored numbers";
    return std::move(encoding_);
  }

 private:
  /// True where the attribute names a value that counts. A missing NaN needs no comparison: it is NaN already.
  bool add_missing(std::string_view name) {
    bool counts = false;
    for (const auto& value : values_of(find_attribute(variable_.attributes, name), variable_.type, encoding_.stored)) {
      if (!value) continue;
      counts = true;
      add_missing(*value);
    }
    return counts;
  }

  void add_missing(const Scalar& value) {
    auto& missing = encoding_.missing;
    if (!is_nan(value) && std::find(missing.begin(), missing.end(), value) == missing.end()) missing.push_back(value);
  }

  /// The range of stored numbers that are valid, once the scaling is known. True where it excludes any.
  bool add_valid_range() {
    const auto [lowest, highest] = limits_of(encoding_.stored);
    encoding_.valid_min = lowest;
    encoding_.valid_max = highest;
    const Attribute* range = find_attribute(variable_.attributes, "valid_range");
    if (range != nullptr && has_bound(*range, 2, 0) && has_bound(*range, 2, 1)) {
      add_bound(*range, 0, Side::low);
      add_bound(*range, 1, Side::high);
    } else {
      const Attribute* low = find_attribute(variable_.attributes, "valid_min");
      const Attribute* high = find_attribute(variable_.attributes, "valid_max");
      if (low != nullptr && has_bound(*low, 1, 0)) add_bound(*low, 0, Side::low);
      if (high != nullptr && has_bound(*high, 1, 0)) add_bound(*high, 0, Side::high);
    }
    if (nothing_is_valid_) {
      encoding_.valid_min = highest;
      encoding_.valid_max = lowest;
    }
    return encoding_.has_valid_range = encoding_.valid_min != lowest || encoding_.valid_max != highest;
  }

  /// True for an attribute of so many numbers whose i-th is a number that can be compared with.
  static bool has_bound(const Attribute& attribute, std::size_t count, std::size_t i) {
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute.value))
      return integers->size() == count;
    const auto* floating = std::get_if<std::vector<double>>(&attribute.value);
    return floating != nullptr && floating->size() == count && !std::isnan((*floating)[i]);
  }

  void add_bound(const Attribute& attribute, std::size_t i, Side side) {
    std::optional<Scalar> bound;
    // The side of the stored numbers, which a negative scale turns round.
    Side of_stored = side;
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute.value)) {
      has_integer_bounds_ = true;
      const std::int64_t number = (*integers)[i];
      const bool is_uint64 = attribute.dtype == DType::uint64;
      // Writers store the bit pattern in the external type, as the conventions ask, or the number that is meant.
      if (const auto pattern = as_type(variable_.type, number, is_uint64))
        bound = reinterpreted(*pattern, encoding_.stored);
      else
        bound = bound_of(encoding_.stored, side, number, is_uint64);
    } else {
      const double number = std::get<std::vector<double>>(attribute.value)[i];
      // A bound of the type of the stored numbers is of them as they are stored; another floating one of their values.
      const bool of_values = encoding_.stored != DType::float64 && attribute.dtype != encoding_.stored;
      if (encoding_.scaled && !of_values) has_stored_floats_as_bounds_ = true;
      if (encoding_.scaled && encoding_.scale != 0 && of_values) {
        bound = unscaled_bound(encoding_.stored, side, number, encoding_.scale, encoding_.offset);
        if (encoding_.scale < 0) of_stored = side == Side::low ? Side::high : Side::low;
      } else if (const auto pattern = as_type(variable_.type, number); pattern && is_integer(encoding_.stored)) {
        bound = reinterpreted(*pattern, encoding_.stored);
      } else {
        bound = bound_of(encoding_.stored, side, number);
      }
    }
    if (!bound)
      nothing_is_valid_ = true;
    else
      (of_stored == Side::low ? encoding_.valid_min : encoding_.valid_max) = *bound;
  }

  /// No stored number lies within the range.
  [[nodiscard]] bool excludes_everything() const {
    return encoding_.has_valid_range && dispatch(encoding_.stored, [&]<class T>(T) {
             return encoding_.valid_min.as<T>() > encoding_.valid_max.as<T>();
           });
  }

  /// Integer bounds beside a scale, within which there are few of the numbers that can be stored: they may be meant of
  /// unpacked values, though the conventions ask for floating numbers then.
  [[nodiscard]] bool is_suspiciously_narrow() const {
    if (!encoding_.has_valid_range || !encoding_.scaled || !is_integer(encoding_.stored) || !has_integer_bounds_)
      return false;
    constexpr double few = 0.01;
    const auto [lowest, highest] = limits_of(encoding_.stored);
    return number(encoding_.valid_max) - number(encoding_.valid_min) < few * (number(highest) - number(lowest));
  }

  [[nodiscard]] static double number(const Scalar& scalar) {
    return dispatch(scalar.dtype, [&]<class T>(T) { return static_cast<double>(scalar.as<T>()); });
  }

  [[nodiscard]] std::string decoded_range() const {
    double low = number(encoding_.valid_min) * encoding_.scale + encoding_.offset;
    double high = number(encoding_.valid_max) * encoding_.scale + encoding_.offset;
    if (low > high) std::swap(low, high);
    std::ostringstream text;
    text << low << " to " << high;
    return text.str();
  }

  bool add_scaling() {
    encoding_.scale = factor(variable_.attributes, "scale_factor", 1.0, where_);
    encoding_.offset = factor(variable_.attributes, "add_offset", 0.0, where_);
    return encoding_.scaled = encoding_.scale != 1.0 || encoding_.offset != 0.0;
  }

  const CfVariable& variable_;
  const std::string& where_;
  Encoding encoding_;
  bool nothing_is_valid_ = false;
  bool has_integer_bounds_ = false;
  bool has_stored_floats_as_bounds_ = false;
};

}  // namespace

Encoding cf_encoding(const CfVariable& variable, DType as, const std::string& where, std::string* remark) {
  return Decoder(variable, where).decode(as, remark);
}

DType decoded_type(const CfVariable& variable, const std::string& where) {
  const Encoding declared = cf_encoding({variable.type, variable.attributes, false}, DType::float64, where);
  if (is_floating(variable.type)) return declared.scaled ? DType::float64 : variable.type;
  if (!declared.is_plain()) return DType::float64;
  if (variable.type == DType::int8 && text_attribute(variable.attributes, "dtype") == "bool") return DType::boolean;
  return declared.stored;
}

Attributes decoded_attributes(const Attributes& attributes) {
  Attributes kept;
  for (const Attribute& attribute : attributes)
    if (!is_packing(attribute.name)) kept.push_back(attribute);
  return kept;
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
