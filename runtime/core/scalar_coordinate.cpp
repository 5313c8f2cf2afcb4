#include "runtime/core/scalar_coordinate.hpp"

#include <algorithm>

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr std::string_view coordinates = "coordinates";

bool is_named(const Attributes& attributes, const std::string& name) {
  const Attribute* const there = find_attribute(attributes, coordinates);
  if (there == nullptr) return false;
  const std::vector<std::string> names = references_of({*there});
  return std::ranges::find(names, name) != names.end();
}

/// Adds a name to the attribute `coordinates`.
void name_it(Attributes& attributes, const std::string& name) {
  if (is_named(attributes, name)) return;
  for (Attribute& attribute : attributes) {
    if (attribute.name != coordinates) continue;
    const std::string names = text_of(attribute).value_or(std::string());
    attribute = Attribute(std::string(coordinates), names.empty() ? name : names + " " + name);
    return;
  }
  attributes.emplace_back(std::string(coordinates), name);
}

/// Takes a name out of the attribute `coordinates`.
void forget_it(Attributes& attributes, const std::string& name) {
  if (!is_named(attributes, name)) return;
  const auto there = std::ranges::find(attributes, coordinates, &Attribute::name);
  std::string left;
  for (const std::string& other : references_of({*there}))
    if (other != name) left += (left.empty() ? "" : " ") + other;
  if (left.empty())
    attributes.erase(there);
  else
    *there = Attribute(std::string(coordinates), left);
}

bool is_scalar(const Companion& companion, const Attributes& attributes) {
  return companion.dimensions().empty() && is_named(attributes, companion.name());
}

}  // namespace

void leave_scalar(Labels::Data& data, const std::string& dimension, const Coordinate& one) {
  if (dimension.empty()) return;
  const auto known = std::ranges::find(data.companions, dimension, &Companion::name);
  if (known != data.companions.end()) {
    // Text along the dimension was its coordinate; anything else of this name is another matter.
    if (known->is_text() && known->dimensions().empty()) name_it(data.attributes, dimension);
    return;
  }
  if (!one) return;
  data.companions.emplace_back(dimension, one.dtype(), false, std::vector<Companion::Axis>(), one.attributes(),
                               companion_values(one.to_bytes()));
  name_it(data.attributes, dimension);
}

void drop_scalars_of_dimensions(Labels::Data& data) {
  std::erase_if(data.companions, [&](const Companion& companion) {
    if (std::ranges::find(data.dimensions, companion.name()) == data.dimensions.end() ||
        !is_scalar(companion, data.attributes))
      return false;
    forget_it(data.attributes, companion.name());
    return true;
  });
}

std::vector<std::string> scalar_coordinates(const Labels& labels) {
  std::vector<std::string> names;
  for (const Companion& companion : labels.companions())
    if (companion && is_scalar(companion, labels.attributes())) names.push_back(companion.name());
  return names;
}

Coordinate scalar_coordinate(const Labels& labels, const TextArgument& name) {
  for (const Companion& companion : labels.companions()) {
    if (companion.name() != name || !companion || companion.is_text() || !is_scalar(companion, labels.attributes()))
      continue;
    auto bytes = companion.read();
    if (!bytes) return {};
    auto values = std::make_shared<CoordinateValues>();
    values->dtype = companion.dtype();
    values->bytes = *std::move(bytes);
    values->attributes = companion.attributes();
    values->as_stored = !packing_of(values->attributes).empty();
    return Coordinate(std::move(values));
  }
  return {};
}

Labels without_scalar_coordinate(const Labels& labels, const TextArgument& name) {
  Labels::Data data = LabelsAccess::data(labels);
  const auto gone = std::erase_if(data.companions, [&](const Companion& companion) {
    return companion.name() == name && is_scalar(companion, data.attributes);
  });
  if (gone == 0) return labels;
  forget_it(data.attributes, name);
  return LabelsAccess::make(std::move(data));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
