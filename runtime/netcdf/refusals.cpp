#include "runtime/netcdf/refusals.hpp"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <variant>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/exact.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// Returns true for an attribute of this number, also one that was written as an integer or as text.
bool is_one_number(const Attribute& attribute, double number) {
  if (const auto* reals = std::get_if<std::vector<double>>(&attribute.value))
    return reals->size() == 1 && reals->front() == number;
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute.value))
    return integers->size() == 1 && static_cast<double>(integers->front()) == number;
  const std::string text = text_of(attribute).value_or(std::string());
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() && value == number;
}

}  // namespace

void require_unpacked(const Labels& labels, const std::string& name, const std::string& doing) {
  if (labels.holds_stored_values()) return;
  for (const Attribute& attribute : labels.attributes())
    if (is_packing(attribute.name))
      throw Error(ErrorCode::invalid_argument,
                  doing + ": '" + name + "' has the attribute '" + attribute.name +
                      "', by which readers would change its values; leave the attribute out, or say that the values "
                      "are packed: x.with_stored_values()");
}

void require_unpacked(const Coordinate& coordinate, const std::string& name, const std::string& doing) {
  if (coordinate.holds_stored_values()) return;
  for (const Attribute& attribute : coordinate.attributes()) {
    const bool scales = attribute.name == "scale_factor";
    if ((!scales && attribute.name != "add_offset") || is_one_number(attribute, scales ? 1.0 : 0.0)) continue;
    throw Error(ErrorCode::invalid_argument,
                doing + ": the coordinate along '" + name + "' has the attribute '" + attribute.name +
                    "', by which readers would change its values; leave the attribute out");
  }
}

void require_different(const Attributes& attributes, const std::string& doing) {
  for (const Attribute& attribute : attributes)
    if (find_attribute(attributes, attribute.name) != &attribute)
      throw Error(ErrorCode::invalid_argument,
                  doing + ": two attributes are called '" + attribute.name + "'; leave one out");
}

std::vector<double> exact_numbers(const Coordinate& values, const std::string& name, const std::string& doing) {
  const std::vector<std::byte> bytes = values.to_bytes();
  dispatch(values.dtype(), [&]<class T>(T value) {
    if constexpr (std::is_integral_v<T> && sizeof(T) == sizeof(std::int64_t))
      for (std::size_t at = 0; at < bytes.size(); at += sizeof value) {
        std::memcpy(&value, bytes.data() + at, sizeof value);
        if (!is_exact_in<double>(value))
          throw Error(ErrorCode::unsupported, doing + ": '" + name + "' has the value " + std::to_string(value) +
                                                  ", which float64, the type that this format has in place of " +
                                                  std::string(name_of(values.dtype())) +
                                                  ", does not have; choose netcdf4 or cdf5");
      }
  });
  return values.to_vector();
}

void refuse_in_place_of_coordinate(const std::string& name, const std::string& doing) {
  throw Error(ErrorCode::invalid_argument,
              doing + ": a result is called '" + name + "', like a dimension whose coordinate has other values, and " +
                  "these would be lost; give the result another name, or write it without_coordinate(\"" + name +
                  "\")");
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
