#include "runtime/netcdf/attributes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "runtime/netcdf/library.hpp"
#include "runtime/netcdf/names.hpp"
#include "runtime/netcdf/types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// Writers in C often count the terminating zero.
std::string without_trailing_zeros(std::string text) {
  text.erase(text.find_last_not_of('\0') + 1);
  return text;
}

std::string read_strings(int group, int variable, const char* name, std::size_t length, const std::string& doing) {
  std::vector<char*> strings(length, nullptr);
  check(nc_get_att_string(group, variable, name, strings.data()), doing);
  std::string text;
  for (std::size_t i = 0; i < length; ++i) {
    if (i > 0) text += '\n';
    if (strings[i] != nullptr) text += strings[i];
  }
  nc_free_string(length, strings.data());
  return text;
}

/// Reads one attribute's value; false where its type is none of ours.
bool read_value(int group, int variable, int type, std::size_t length, Attribute& attribute, const std::string& doing) {
  const char* name = attribute.name.c_str();
  if (type == NC_CHAR) {
    std::string text(length, '\0');
    if (length > 0) check(nc_get_att_text(group, variable, name, text.data()), doing);
    attribute.value = without_trailing_zeros(std::move(text));
    return true;
  }
  if (type == NC_STRING) {
    attribute.value = read_strings(group, variable, name, length, doing);
    return true;
  }
  const auto dtype = dtype_of_external(type);
  if (!dtype) return false;
  attribute.dtype = *dtype;
  if (is_floating(*dtype)) {
    std::vector<double> numbers(length);
    if (length > 0) check(nc_get_att_double(group, variable, name, numbers.data()), doing);
    attribute.value = std::move(numbers);
  } else {
    std::vector<std::int64_t> numbers(length);
    auto* bits = reinterpret_cast<unsigned long long*>(numbers.data());
    if (*dtype == DType::uint64 && length > 0) check(nc_get_att_ulonglong(group, variable, name, bits), doing);
    if (*dtype != DType::uint64 && length > 0)
      check(nc_get_att_longlong(group, variable, name, reinterpret_cast<long long*>(numbers.data())), doing);
    attribute.value = std::move(numbers);
  }
  return true;
}

/// Names that netcdf-c or the HDF5 dimension scales below it use for themselves.
bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 13> reserved{
      "_FillValue",  "_NCProperties",  "_Netcdf4Dimid",      "_Netcdf4Coordinates",
      "_nc3_strict", "_IsNetcdf4",     "_SuperblockVersion", "CLASS",
      "NAME",        "DIMENSION_LIST", "REFERENCE_LIST",     "DIMENSION_LABELS",
      "_Format"};
  return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

void write_numbers(int file, int variable, const std::string& name, DType dtype, const std::vector<double>& numbers,
                   const std::string& doing) {
  const int type = dtype == DType::float32 ? NC_FLOAT : NC_DOUBLE;
  check(nc_put_att_double(file, variable, name.c_str(), type, numbers.size(), numbers.data()), doing);
}

void write_numbers(int file, int variable, const std::string& name, DType dtype,
                   const std::vector<std::int64_t>& numbers, bool has_all_types, const std::string& doing) {
  if (dtype == DType::uint64 && has_all_types) {
    const auto* bits = reinterpret_cast<const unsigned long long*>(numbers.data());
    return check(nc_put_att_ulonglong(file, variable, name.c_str(), NC_UINT64, numbers.size(), bits), doing);
  }
  int type = external_of_dtype(dtype);
  const bool is_classic_type = type <= NC_INT;
  if (!is_classic_type && !has_all_types) {
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    const bool fits = dtype != DType::uint64 && std::all_of(numbers.begin(), numbers.end(),
                                                            [](std::int64_t n) { return n >= -most - 1 && n <= most; });
    if (!fits) {
      std::vector<double> approximate;
      for (const std::int64_t n : numbers)
        approximate.push_back(dtype == DType::uint64 ? static_cast<double>(static_cast<std::uint64_t>(n))
                                                     : static_cast<double>(n));
      return write_numbers(file, variable, name, DType::float64, approximate, doing);
    }
    type = NC_INT;
  }
  check(nc_put_att_longlong(file, variable, name.c_str(), type, numbers.size(),
                            reinterpret_cast<const long long*>(numbers.data())),
        doing);
}

}  // namespace

Attributes read_attributes(int group, int variable, const std::string& doing) {
  const LibraryLock lock;
  int count = 0;
  check(nc_inq_varnatts(group, variable, &count), doing);
  Attributes attributes;
  for (int i = 0; i < count; ++i) {
    char name[NC_MAX_NAME + 1] = {};
    check(nc_inq_attname(group, variable, i, name), doing);
    int type = 0;
    std::size_t length = 0;
    check(nc_inq_att(group, variable, name, &type, &length), doing);
    Attribute attribute;
    attribute.name = name;
    if (read_value(group, variable, type, length, attribute, doing)) attributes.push_back(std::move(attribute));
  }
  return attributes;
}

void write_attribute(int file, int variable, const Attribute& attribute, bool has_all_types, const std::string& doing) {
  if (is_reserved(attribute.name)) return;
  const LibraryLock lock;
  const std::string name = valid_name(attribute.name);
  if (const auto* text = std::get_if<std::string>(&attribute.value))
    check(nc_put_att_text(file, variable, name.c_str(), text->size(), text->data()), doing);
  else if (const auto* numbers = std::get_if<std::vector<double>>(&attribute.value))
    write_numbers(file, variable, name, attribute.dtype, *numbers, doing);
  else
    write_numbers(file, variable, name, attribute.dtype, std::get<std::vector<std::int64_t>>(attribute.value),
                  has_all_types, doing);
}

const Attribute* find_attribute(const Attributes& attributes, std::string_view name) {
  for (const Attribute& attribute : attributes)
    if (attribute.name == name) return &attribute;
  return nullptr;
}

std::string text_attribute(const Attributes& attributes, std::string_view name) {
  const Attribute* attribute = find_attribute(attributes, name);
  const auto* text = attribute != nullptr ? std::get_if<std::string>(&attribute->value) : nullptr;
  return text != nullptr ? *text : std::string();
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
