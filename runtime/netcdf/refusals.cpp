#include "runtime/netcdf/refusals.hpp"

#include <charconv>
#include <cstdint>
#include <variant>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/core/attributes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// True for an attribute of this number, also one that was written as an integer or as text.
bool is_one_number(const Attribute& attribute, double number) {
  if (const auto* reals = std::get_if<std::vector<double>>(&attribute.value))
    return reals->size() == 1 && reals->front() == number;
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute.value))
    return integers->size() == 1 && static_cast<double>(integers->front()) == number;
  const std::string& text = std::get<std::string>(attribute.value);
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

void refuse_in_place_of_coordinate(const std::string& name, const std::string& doing) {
  throw Error(ErrorCode::invalid_argument,
              doing + ": a result is called '" + name + "', like a dimension whose coordinate has other values, and " +
                  "these would be lost; give the result another name, or write it without_coordinate(\"" + name +
                  "\")");
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
