#include "runtime/netcdf/fill_value.hpp"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "runtime/core/attributes.hpp"
#include "runtime/core/exact.hpp"
#include "runtime/netcdf/library.hpp"
#include "runtime/netcdf/types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

constexpr const char* fill_value_name = "_FillValue";

/// Returns the integer type of as many bytes and the other sign.
DType with_other_sign(DType type) {
  const int distance = static_cast<int>(DType::uint8) - static_cast<int>(DType::int8);
  return static_cast<DType>(static_cast<int>(type) + (is_unsigned_integer(type) ? -distance : distance));
}

/// Returns the fill value as an element of this type, perhaps by the bits that it has without the sign that `_Unsigned`
/// speaks of; none if no element can equal it.
std::optional<Attribute> as_element(const Attribute& fill, DType type, const Attributes& attributes) {
  if (holds_text(fill) || !is_dtype(fill.dtype)) return std::nullopt;
  const auto has_one = [](const auto& values) { return values.size() == 1; };
  if (!std::visit(has_one, fill.value)) return std::nullopt;
  if (auto fitted = fitted_attribute(fill, type)) return fitted;
  if (!is_integer(type) || find_attribute(attributes, "_Unsigned") == nullptr) return std::nullopt;
  auto bits = fitted_attribute(fill, with_other_sign(type));
  auto* numbers = bits ? std::get_if<std::vector<std::int64_t>>(&bits->value) : nullptr;
  if (numbers == nullptr) return std::nullopt;
  dispatch(type, [&]<class T>(T) { numbers->front() = static_cast<std::int64_t>(static_cast<T>(numbers->front())); });
  bits->dtype = type;
  return bits;
}

/// Writes a fill value; returns false if the type of the file cannot hold the number.
template <class T, class Number>
bool put(const AttributeOwner& owner, int external, Number number) {
  if constexpr (std::is_floating_point_v<T> && std::is_integral_v<Number>)
    if (!is_exact_in<T>(number)) return false;
  const T value = static_cast<T>(number);
  const LibraryLock nc;
  // netcdf-c's conversion is avoided: it refuses an infinite float and a uint64 that is held by its bits.
  check(nc->put_att(owner.file, owner.variable, fill_value_name, external, 1, &value), owner.doing);
  return true;
}

bool put(const AttributeOwner& owner, int external, const Attribute& fill) {
  return dispatch(*dtype_of_external(external), [&]<class T>(T) {
    if (const auto* reals = std::get_if<std::vector<double>>(&fill.value))
      return put<T>(owner, external, reals->front());
    const std::int64_t number = std::get<std::vector<std::int64_t>>(fill.value).front();
    if (fill.dtype == DType::uint64) return put<T>(owner, external, static_cast<std::uint64_t>(number));
    return put<T>(owner, external, number);
  });
}

}  // namespace

void write_fill_value(const AttributeOwner& owner, int external, DType elements, const Attributes& attributes) {
  const Attribute* fill = find_attribute(attributes, fill_value_name);
  if (fill == nullptr) return;
  const std::string thing = std::string("the attribute '") + fill_value_name + "' of " + owner.shown;
  if (external == NC_CHAR) {
    const auto* text = std::get_if<std::string>(&fill->value);
    if (text == nullptr || text->size() != 1)
      return owner.changes.tell(thing, "left out", "text that was made of strings is filled with zeros");
    const LibraryLock nc;
    return check(nc->put_att_text(owner.file, owner.variable, fill_value_name, 1, text->data()), owner.doing);
  }
  const auto element = as_element(*fill, elements, attributes);
  if (element && put(owner, external, *element)) return;
  const auto* reals = std::get_if<std::vector<double>>(&fill->value);
  if (reals != nullptr && reals->size() == 1 && std::isnan(reals->front()))
    owner.changes.tell(thing, "left out", "no integer is not a number");
  else
    owner.changes.lose(thing, "left out",
                       "it is not one number of " + std::string(name_of(elements)) +
                           ", the type of the values, so that none can equal it");
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
