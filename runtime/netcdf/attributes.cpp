#include "runtime/netcdf/attributes.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/io/number_text.hpp"
#include "runtime/netcdf/external_type.hpp"
#include "runtime/netcdf/library.hpp"
#include "runtime/netcdf/names.hpp"
#include "runtime/netcdf/types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

std::string read_strings(int group, int variable, const char* name, std::size_t length, const std::string& doing) {
  const LibraryLock nc;
  std::vector<char*> strings(length, nullptr);
  if (length > 0) check(nc->get_att_string(group, variable, name, strings.data()), doing);
  std::string text;
  for (std::size_t i = 0; i < length; ++i) {
    if (i > 0) text += text_separator;
    if (strings[i] != nullptr) text += strings[i];
  }
  if (length > 0) nc->free_string(length, strings.data());
  return text;
}

/// Returns the elements of an attribute as numbers of the type that holds them all.
template <class Stored, class Held>
std::vector<Held> numbers_of(std::span<const std::byte> elements) {
  std::vector<Held> numbers(elements.size() / sizeof(Stored));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    Stored element;
    std::memcpy(&element, elements.data() + i * sizeof element, sizeof element);
    numbers[i] = static_cast<Held>(element);
  }
  return numbers;
}

/// Returns true for names that netcdf-c or the HDF5 dimension scales below it use for themselves in NetCDF-4 files.
bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 13> reserved{"_NCProperties",
                                                      "_Netcdf4Dimid",
                                                      "_Netcdf4Coordinates",
                                                      "_nc3_strict",
                                                      "_IsNetcdf4",
                                                      "_SuperblockVersion",
                                                      "_Format",
                                                      "_Codecs",
                                                      "CLASS",
                                                      "NAME",
                                                      "DIMENSION_LIST",
                                                      "REFERENCE_LIST",
                                                      "DIMENSION_LABELS"};
  return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

/// The variable or file that an attribute is written to.
struct Place {
  int file;
  int variable;
  std::string name;
  bool has_all_types;  ///< the format has more than the types of the classic model
  const std::string& doing;
  const std::string& owner;
  Changes& changes;

  [[nodiscard]] std::string shown() const { return "the attribute '" + printable(name) + "' of " + owner; }
};

/// Writes numbers as elements of T, bit by bit: netcdf-c would convert them, and refuse an infinity that is a float.
template <class T, class Number>
void write_as(const Place& place, const std::vector<Number>& numbers) {
  std::vector<T> elements;
  elements.reserve(numbers.size());
  for (const Number number : numbers) elements.push_back(static_cast<T>(number));
  const LibraryLock nc;
  check(nc->put_att(place.file, place.variable, place.name.c_str(), external_of_dtype(dtype_of<T>), elements.size(),
                    elements.data()),
        place.doing);
}

void write_text(const Place& place, const std::string& text) {
  const LibraryLock nc;
  check(nc->put_att_text(place.file, place.variable, place.name.c_str(), text.size(), text.data()), place.doing);
}

/// Writes several texts that stand in one: as lines if the format has no lists of them.
void write_texts(const Place& place, const Attribute& attribute, bool has_lists) {
  const std::vector<std::string> texts = texts_in(std::get<std::string>(attribute.value));
  if (texts.size() == 1) return write_text(place, texts.front());
  if (!has_lists) {
    place.changes.lose(place.shown(), "written as one text of " + std::to_string(texts.size()) + " lines",
                       "this format has no lists of texts, as netcdf4 has");
    return write_text(place, *text_of(attribute));
  }
  std::vector<const char*> strings;
  for (const std::string& text : texts) strings.push_back(text.c_str());
  const LibraryLock nc;
  check(nc->put_att(place.file, place.variable, place.name.c_str(), NC_STRING, strings.size(), strings.data()),
        place.doing);
}

[[noreturn]] void refuse_number(const Place& place, DType dtype, const std::string& number) {
  throw Error(ErrorCode::invalid_argument, place.doing + ": the attribute '" + place.name + "' holds " + number +
                                               " as " + std::string(name_of(dtype)) +
                                               ", which has no such number; give it a type that has");
}

/// Returns the number as text.
std::string digits_of(std::int64_t number, bool is_unsigned) {
  return is_unsigned ? std::to_string(static_cast<std::uint64_t>(number)) : std::to_string(number);
}
std::string digits_of(double number) {
  std::string text;
  append_number(text, number, {"nan", "inf", "-inf", "", ""});
  return text;
}

void write_integers(const Place& place, DType dtype, const std::vector<std::int64_t>& numbers);

/// Writes numbers in an attribute's type: a float32 is rounded to, as a literal is; others hold the number itself.
void write_numbers(const Place& place, DType dtype, const std::vector<double>& numbers) {
  if (dtype == DType::float64) return write_as<double>(place, numbers);
  if (dtype == DType::float32) {
    for (const double number : numbers)
      if (std::isfinite(number) && !std::isfinite(static_cast<float>(number)))
        refuse_number(place, dtype, digits_of(number));
    return write_as<float>(place, numbers);
  }
  std::vector<std::int64_t> integers;
  for (const double number : numbers) {
    // Integers of at most as many digits as a float64 has, whatever their type.
    const bool has_sign = std::signbit(number) && number != 0 && is_unsigned_integer(dtype);
    if (number != std::trunc(number) || std::fabs(number) > 0x1p53 || has_sign)
      refuse_number(place, dtype, digits_of(number));
    integers.push_back(static_cast<std::int64_t>(number));
  }
  write_integers(place, dtype, integers);
}

void write_numbers(const Place& place, DType dtype, const std::vector<std::int64_t>& numbers) {
  if (!is_floating(dtype)) return write_integers(place, dtype, numbers);
  const std::int64_t most = std::int64_t{1} << (dtype == DType::float32 ? 24 : 53);
  for (const std::int64_t number : numbers)
    if (number < -most || number > most) refuse_number(place, dtype, std::to_string(number));
  if (dtype == DType::float32) return write_as<float>(place, numbers);
  write_as<double>(place, numbers);
}

/// Writes integers in their own type, if the format has it; else in the smallest that holds them: a signed integer,
/// float64 if it is exact, or their digits as text.
void write_integers(const Place& place, DType dtype, const std::vector<std::int64_t>& numbers) {
  const bool is_unsigned = dtype == DType::uint64;
  const auto all = [&](auto&& holds) { return std::all_of(numbers.begin(), numbers.end(), holds); };
  const auto fit_into = [&]<class T>(T) {
    return all([&](std::int64_t n) {
      return is_unsigned ? std::in_range<T>(static_cast<std::uint64_t>(n)) : std::in_range<T>(n);
    });
  };
  for (const std::int64_t n : numbers) {
    const bool fits = dispatch(dtype, [&]<class T>(T) {
      if constexpr (std::is_same_v<T, bool>)
        return n == 0 || n == 1;
      else if constexpr (std::is_integral_v<T>)
        return is_unsigned || std::in_range<T>(n);
      else
        return false;
    });
    if (!fits) refuse_number(place, dtype, digits_of(n, is_unsigned));
  }
  if (dtype == DType::boolean) dtype = DType::int8;
  bool written = false;
  if (place.has_all_types || (is_signed_integer(dtype) && dtype != DType::int64))
    dispatch(dtype, [&]<class T>(T zero) {
      if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
        if (fit_into(zero)) write_as<T>(place, numbers), written = true;
    });
  if (written) return;
  if (fit_into(std::int32_t{})) return write_as<std::int32_t>(place, numbers);
  if (place.has_all_types)
    return is_unsigned ? write_as<std::uint64_t>(place, numbers) : write_as<std::int64_t>(place, numbers);
  const bool exact = all([&](std::int64_t n) {
    const double number = is_unsigned ? static_cast<double>(static_cast<std::uint64_t>(n)) : static_cast<double>(n);
    return is_unsigned ? number < 0x1p64 && static_cast<std::uint64_t>(number) == static_cast<std::uint64_t>(n)
                       : number < 0x1p63 && static_cast<std::int64_t>(number) == n;
  });
  if (exact) {
    std::vector<double> values;
    for (const std::int64_t n : numbers)
      values.push_back(is_unsigned ? static_cast<double>(static_cast<std::uint64_t>(n)) : static_cast<double>(n));
    return write_as<double>(place, values);
  }
  std::string text;
  for (const std::int64_t n : numbers) text += (text.empty() ? "" : ", ") + digits_of(n, is_unsigned);
  place.changes.tell(place.shown(), "written as text", "this format has no type for such integers, as netcdf4 has");
  write_text(place, text);
}

}  // namespace

Attributes read_attributes(int group, int variable, const std::string& doing, std::vector<std::string>* unread) {
  const LibraryLock nc;
  int count = 0;
  check(nc->inq_varnatts(group, variable, &count), doing);
  Attributes attributes;
  for (int i = 0; i < count; ++i) {
    char name[NC_MAX_NAME + 1] = {};
    check(nc->inq_attname(group, variable, i, name), doing);
    int type = 0;
    std::size_t length = 0;
    check(nc->inq_att(group, variable, name, &type, &length), doing);
    const auto dtype = dtype_of_external(type);
    if (type == NC_STRING) {
      attributes.push_back({name, DType::float64, read_strings(group, variable, name, length, doing)});
    } else if (type == NC_CHAR || dtype) {
      std::vector<std::byte> elements(length * (dtype ? size_of(*dtype) : 1));
      if (length > 0) check(nc->get_att(group, variable, name, elements.data()), doing);
      attributes.push_back(make_attribute(name, type, elements));
    } else if (unread != nullptr) {
      unread->emplace_back(name);
    }
  }
  return attributes;
}

Attribute make_attribute(std::string_view name, int type, std::span<const std::byte> elements) {
  Attribute attribute;
  attribute.name = name;
  const auto dtype = dtype_of_external(type);
  if (!dtype) {
    std::string text(reinterpret_cast<const char*>(elements.data()), elements.size());
    text.erase(text.find_last_not_of('\0') + 1);
    attribute.value = std::move(text);
    return attribute;
  }
  attribute.dtype = *dtype;
  dispatch(*dtype, [&]<class T>(T) {
    if constexpr (std::is_floating_point_v<T>)
      attribute.value = numbers_of<T, double>(elements);
    else
      attribute.value = numbers_of<T, std::int64_t>(elements);
  });
  return attribute;
}

void write_attribute(const AttributeOwner& owner, const Attribute& attribute) {
  const bool is_netcdf4 = owner.format == NetcdfWriteOptions::Format::netcdf4;
  const Place place{owner.file,  owner.variable, attribute.name, has_all_types(owner.format),
                    owner.doing, owner.shown,    owner.changes};
  if (attribute.name.empty()) throw Error(ErrorCode::invalid_argument, owner.doing + ": an attribute has no name");
  if (is_netcdf4 && is_reserved(attribute.name))
    return owner.changes.lose(place.shown(), "left out", "NetCDF-4 files keep this name for themselves");
  if (!is_dtype(attribute.dtype) && !holds_text(attribute))
    throw Error(ErrorCode::invalid_argument,
                owner.doing + ": the attribute '" + attribute.name + "' has a type that there is not");
  if (holds_text(attribute))
    write_texts(place, attribute, is_netcdf4);
  else if (const auto* numbers = std::get_if<std::vector<double>>(&attribute.value))
    write_numbers(place, attribute.dtype, *numbers);
  else
    write_numbers(place, attribute.dtype, std::get<std::vector<std::int64_t>>(attribute.value));
}

Attributes with_valid_names(Attributes attributes, const std::string& owner, Changes& changes) {
  std::set<std::string> used;
  for (const Attribute& attribute : attributes) used.insert(attribute.name);
  for (Attribute& attribute : attributes) {
    std::string valid = attribute.name.empty() ? std::string() : valid_name(attribute.name);
    if (valid == attribute.name) continue;
    while (!used.insert(valid).second) valid += "_";
    changes.lose("the attribute '" + printable(attribute.name) + "' of " + owner, "called '" + valid + "'",
                 "NetCDF does not allow its name");
    attribute.name = std::move(valid);
  }
  return attributes;
}

namespace {

/// Returns the number that an attribute holds as `number`; a uint64 is held by its bits.
double value_of(const Attribute&, double number) { return number; }
double value_of(const Attribute& attribute, std::int64_t number) {
  return attribute.dtype == DType::uint64 ? static_cast<double>(static_cast<std::uint64_t>(number))
                                          : static_cast<double>(number);
}

}  // namespace

std::optional<Attribute> fitted_attribute(const Attribute& attribute, DType elements) {
  // xarray's word for bytes that are truth values.
  if (attribute.name == "dtype" && attribute.value == decltype(attribute.value)(std::string("bool")))
    return elements == DType::boolean || elements == DType::int8 ? std::optional(attribute) : std::nullopt;
  const bool lists_elements = std::ranges::any_of(
      std::array{"flag_values", "valid_range", "valid_min", "valid_max", "missing_value", "_FillValue"},
      [&](std::string_view name) { return attribute.name == name; });
  if (attribute.name == "flag_masks" && is_floating(elements)) return std::nullopt;
  if (!lists_elements || attribute.dtype == elements || holds_text(attribute)) return attribute;
  if (elements == DType::boolean) return std::nullopt;
  Attribute fitted{attribute.name, elements, {}};
  bool fits = true;
  const auto convert = [&](const auto& numbers) {
    dispatch(elements, [&]<class T>(T) {
      std::vector<std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>> converted;
      for (const auto number : numbers) {
        const double as_double = value_of(attribute, number);
        // A number that both types hold, and that float64 tells apart from others.
        const bool is_there =
            std::is_floating_point_v<T> || (as_double >= static_cast<double>(std::numeric_limits<T>::lowest()) &&
                                            as_double <= static_cast<double>(std::numeric_limits<T>::max()) &&
                                            as_double == std::trunc(as_double) && std::fabs(as_double) < 0x1p53);
        fits = fits && is_there;
        if (is_there) converted.push_back(static_cast<typename decltype(converted)::value_type>(as_double));
      }
      fitted.value = std::move(converted);
    });
  };
  if (const auto* reals = std::get_if<std::vector<double>>(&attribute.value))
    convert(*reals);
  else
    convert(std::get<std::vector<std::int64_t>>(attribute.value));
  return fits ? std::optional(std::move(fitted)) : std::nullopt;
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
