#include "runtime/netcdf/cf.hpp"

#include <netcdf.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/netcdf/attributes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

constexpr std::size_t most_missing_values = 4;
constexpr std::array<std::string_view, 8> encoding_names{"_FillValue",  "missing_value", "valid_min",    "valid_max",
                                                         "valid_range", "_Unsigned",     "scale_factor", "add_offset"};

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

/// What netcdf-c fills a variable with before it is written. Bytes have so few values that none is taken for missing.
std::optional<Scalar> default_fill(DType type) {
  switch (type) {
    case DType::int16:
      return Scalar(std::int16_t{NC_FILL_SHORT});
    case DType::uint16:
      return Scalar(std::uint16_t{NC_FILL_USHORT});
    case DType::int32:
      return Scalar(std::int32_t{NC_FILL_INT});
    case DType::uint32:
      return Scalar(std::uint32_t{NC_FILL_UINT});
    case DType::int64:
      return Scalar(static_cast<std::int64_t>(NC_FILL_INT64));
    case DType::uint64:
      return Scalar(static_cast<std::uint64_t>(NC_FILL_UINT64));
    case DType::float32:
      return Scalar(NC_FILL_FLOAT);
    case DType::float64:
      return Scalar(NC_FILL_DOUBLE);
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
                                          " is not one number; open it with decode=false to get the stored values");
}

class Decoder {
 public:
  Decoder(const CfVariable& variable, const std::string& where) : variable_(variable), where_(where) {
    encoding_.stored = stored_type(variable);
  }

  Encoding decode(DType as) {
    const bool filled = add_missing("_FillValue");
    bool declared = filled;
    if (add_missing("missing_value")) declared = true;
    if (add_valid_range()) declared = true;
    if (add_scaling()) declared = true;
    if (declared && !is_floating(as))
      throw Error(ErrorCode::type_mismatch, where_ + " declares missing values or scaling, which " +
                                                std::string(name_of(as)) +
                                                " cannot express; open it as double, or with decode=false");
    if (!filled && variable_.prefilled && is_floating(as))
      if (const auto value = default_fill(variable_.type)) add_missing(reinterpreted(*value, encoding_.stored));
    if (encoding_.missing.size() > most_missing_values)
      throw Error(ErrorCode::unsupported,
                  where_ + " declares " + std::to_string(encoding_.missing.size()) +
                      " missing values; at most 4 can be told apart. Open it with decode=false");
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

  bool add_valid_range() {
    std::tie(encoding_.valid_min, encoding_.valid_max) = limits_of(encoding_.stored);  // where one side is left open
    const auto range = bounds("valid_range");
    if (range.size() == 2 && range[0] && range[1]) {
      encoding_.valid_min = *range[0];
      encoding_.valid_max = *range[1];
      return encoding_.has_valid_range = true;
    }
    const auto low = bounds("valid_min");
    const auto high = bounds("valid_max");
    const bool has_low = low.size() == 1 && low[0];
    const bool has_high = high.size() == 1 && high[0];
    if (has_low) encoding_.valid_min = *low[0];
    if (has_high) encoding_.valid_max = *high[0];
    return encoding_.has_valid_range = has_low || has_high;
  }

  std::vector<std::optional<Scalar>> bounds(std::string_view name) const {
    auto values = values_of(find_attribute(variable_.attributes, name), variable_.type, encoding_.stored);
    for (auto& value : values)
      if (value && is_nan(*value)) value.reset();
    return values;
  }

  bool add_scaling() {
    encoding_.scale = factor(variable_.attributes, "scale_factor", 1.0, where_);
    encoding_.offset = factor(variable_.attributes, "add_offset", 0.0, where_);
    return encoding_.scaled = encoding_.scale != 1.0 || encoding_.offset != 0.0;
  }

  const CfVariable& variable_;
  const std::string& where_;
  Encoding encoding_;
};

}  // namespace

Encoding cf_encoding(const CfVariable& variable, DType as, const std::string& where) {
  return Decoder(variable, where).decode(as);
}

Attributes decoded_attributes(const Attributes& attributes) {
  Attributes kept;
  for (const Attribute& attribute : attributes)
    if (std::find(encoding_names.begin(), encoding_names.end(), attribute.name) == encoding_names.end())
      kept.push_back(attribute);
  return kept;
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
