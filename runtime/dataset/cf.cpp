#include "runtime/dataset/cf.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <sstream>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/lower_case.hpp"
#include "runtime/dataset/format/variable.hpp"
#include "runtime/dataset/stored_numbers.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

constexpr std::size_t most_missing_values = 255;

/// Returns the integer type of as many bytes and this sign.
DType with_sign(DType type, bool is_signed) {
  const int distance = static_cast<int>(DType::uint8) - static_cast<int>(DType::int8);
  if (is_signed && is_unsigned_integer(type)) return static_cast<DType>(static_cast<int>(type) - distance);
  if (!is_signed && is_signed_integer(type)) return static_cast<DType>(static_cast<int>(type) + distance);
  return type;
}

/// Returns the type of stored elements after `_Unsigned`.
DType stored_type(const CfVariable& variable) {
  const std::string text = lower_case(text_attribute(variable.attributes, "_Unsigned"));
  if (text == "true") return with_sign(variable.type, false);
  if (text == "false") return with_sign(variable.type, true);
  return variable.type;
}

/// Returns the same bytes as a value of a type of the same size.
Scalar reinterpreted(Scalar value, DType type) {
  value.dtype = type;
  return value;
}

/// Returns the values of an attribute that elements of `type`, seen as `stored`, can equal; others are left as none.
std::vector<std::optional<Scalar>> values_of(const Attribute* attribute, DType type, DType stored) {
  std::vector<std::optional<Scalar>> values;
  if (attribute == nullptr) return values;
  const auto add = [&](auto... number) {
    // Writers store the bit pattern in the external type, as the conventions ask, or the intended number.
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

/// Returns the value of a prefilled variable's unwritten elements. Bytes have so few values that none means missing.
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

/// Returns the lowest and highest values of a type, infinities included.
std::pair<Scalar, Scalar> limits_of(DType type) {
  return dispatch(type, []<class T>(T) {
    using Limits = std::numeric_limits<T>;
    if constexpr (std::is_floating_point_v<T>)
      return std::pair(Scalar(-Limits::infinity()), Scalar(Limits::infinity()));
    else
      return std::pair(Scalar(Limits::lowest()), Scalar(Limits::max()));
  });
}

/// Returns the one number of an attribute in float64, also one that was written as text; none if it is not one number.
std::optional<double> one_number(const Attribute& attribute) {
  const auto* floating = std::get_if<std::vector<double>>(&attribute.value);
  if (floating != nullptr && floating->size() == 1) return floating->front();
  const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute.value);
  if (integers != nullptr && integers->size() == 1)
    return attribute.dtype == DType::uint64 ? static_cast<double>(static_cast<std::uint64_t>(integers->front()))
                                            : static_cast<double>(integers->front());
  if (const auto text = text_of(attribute)) {
    double value = 0;
    const auto result = std::from_chars(text->data(), text->data() + text->size(), value);
    if (result.ec == std::errc() && result.ptr == text->data() + text->size()) return value;
  }
  return std::nullopt;
}

/// Returns scale_factor or add_offset.
double factor(const Attributes& attributes, std::string_view name, double otherwise, const std::string& where) {
  const Attribute* attribute = find_attribute(attributes, name);
  if (attribute == nullptr) return otherwise;
  if (const auto number = one_number(*attribute)) return *number;
  throw Error(ErrorCode::unsupported, where + ": its attribute " + std::string(name) +
                                          " is not one number; open it with decode=false to get the stored numbers");
}

class Decoder {
 public:
  Decoder(const CfVariable& variable, const std::string& where) : variable_(variable), where_(where) {
    encoding_.stored = stored_type(variable);
  }

  Encoding decode(DType as, std::vector<std::string>* remarks) {
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
    if (remarks != nullptr) remark(*remarks);
    return std::move(encoding_);
  }

 private:
  void remark(std::vector<std::string>& remarks) const {
    const auto add = [&](const std::string& what) { remarks.push_back(where_ + ": " + what); };
    const std::string stored = "decode=false gives the stored numbers";
    for (const Attribute& attribute : variable_.attributes)
      if (is_packing(attribute.name) && !counts(attribute))
        add("its " + to_string(attribute) + " does not count: " + why_not(attribute));
    if (!std::isfinite(encoding_.scale) || !std::isfinite(encoding_.offset))
      add(std::string("its ") + (std::isfinite(encoding_.scale) ? "add_offset" : "scale_factor") +
          " is not finite, and so is no value; " + stored);
    else if (encoding_.scale == 0)
      add("its scale_factor is 0, so all values are its add_offset; " + stored);
    else if (excludes_everything())
      add("its valid range excludes every number that can be stored, so all of it is missing; " + stored);
    else if (has_stored_floats_as_bounds_)
      add("its valid range has the type of the stored numbers, so it is of them and lets values from " +
          decoded_range() + " through; if it is meant of unpacked values, " + stored);
    else if (is_suspiciously_narrow())
      add("its valid range is of integers, so of numbers as they are stored, and lets only values from " +
          decoded_range() + " through; if it is meant of unpacked values, " + stored);
  }

  /// Returns false for an attribute that says nothing about any number that can be stored.
  [[nodiscard]] bool counts(const Attribute& attribute) const {
    if (attribute.name == "scale_factor" || attribute.name == "add_offset") return true;
    if (attribute.name == "_Unsigned") {
      const std::string text = lower_case(text_attribute(variable_.attributes, "_Unsigned"));
      return is_integer(variable_.type) && (text == "true" || text == "false");
    }
    if (attribute.name == "valid_range") return has_bound(attribute, 2, 0) && has_bound(attribute, 2, 1);
    if (attribute.name == "valid_min" || attribute.name == "valid_max") return has_bound(attribute, 1, 0);
    const auto* reals = std::get_if<std::vector<double>>(&attribute.value);
    if (reals != nullptr && std::ranges::any_of(*reals, [](double value) { return std::isnan(value); }))
      return true;  // integers are never missing by it, and writers put it everywhere
    const auto values = values_of(&attribute, variable_.type, encoding_.stored);
    return std::any_of(values.begin(), values.end(), [](const auto& value) { return value.has_value(); });
  }

  [[nodiscard]] std::string why_not(const Attribute& attribute) const {
    if (attribute.name == "_Unsigned")
      return is_integer(variable_.type) ? "it says neither true nor false" : "the stored numbers are no integers";
    if (holds_text(attribute)) return "it is text";
    if (attribute.name.starts_with("valid_"))
      return attribute.name == "valid_range" ? "it is not two numbers" : "it is not one number";
    return "no " + std::string(name_of(encoding_.stored)) + " can equal it";
  }

  /// Returns true if the attribute names a value that counts. A missing NaN needs no comparison: it is NaN already.
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

  /// Sets the range of valid stored numbers, once the scaling is known. Returns true if it excludes any.
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

  /// Returns true for an attribute of so many numbers whose i-th can be compared with.
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
      // Writers store the bit pattern in the external type, as the conventions ask, or the intended number.
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

  /// Returns true if no stored number lies within the range.
  [[nodiscard]] bool excludes_everything() const {
    return encoding_.has_valid_range && dispatch(encoding_.stored, [&]<class T>(T) {
             return encoding_.valid_min.as<T>() > encoding_.valid_max.as<T>();
           });
  }

  /// Returns true for integer bounds beside a scale within which there are few of the numbers that can be stored. They
  /// may be meant for unpacked values, though the conventions ask for floating numbers then.
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

Encoding cf_encoding(const CfVariable& variable, DType as, const std::string& where,
                     std::vector<std::string>* remarks) {
  return Decoder(variable, where).decode(as, remarks);
}

std::string remark_on_order(const CfVariable& variable, const std::string& where) {
  const std::string begin =
      where + ": its numbers are taken as they are stored, " + std::string(name_of(variable.type));
  const std::string end = "; sort, min, max and comparisons go by the stored numbers";
  if (const DType meant = stored_type(variable); meant != variable.type)
    return begin + ", though _Unsigned says that they are " + std::string(name_of(meant)) + end;
  const Attribute* const scale = find_attribute(variable.attributes, "scale_factor");
  const bool turns = scale != nullptr && one_number(*scale).value_or(1) < 0;
  return turns ? begin + ", though a negative scale_factor turns their order round" + end : std::string();
}

std::optional<Attribute> default_fill_attribute(const CfVariable& variable) {
  const auto fill = variable.prefilled ? default_fill(variable.type) : std::nullopt;
  if (!fill || find_attribute(variable.attributes, "_FillValue") != nullptr) return std::nullopt;
  try {
    // Other integers stay integers, and none of them is missing.
    if (!is_floating(decoded_type(variable, {}))) return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;  // they can only be read as they are stored
  }
  return dispatch(variable.type, [&]<class T>(T) { return std::optional(Attribute("_FillValue", fill->as<T>())); });
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
