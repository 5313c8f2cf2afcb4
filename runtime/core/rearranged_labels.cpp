#include "runtime/core/rearranged_labels.hpp"

#include "chunkwise/core/companion.hpp"
#include "runtime/core/attribute_table.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/core/scalar_coordinate.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using Elements = AxisOrigin::Elements;

/// Moves the companions along a dimension with it.
void follow(std::vector<Companion>& companions, const std::string& dimension, const AxisOrigin& origin) {
  if (dimension.empty() || origin.elements == Elements::all) return;
  if (origin.elements == Elements::moved) {
    std::erase_if(companions, [&](const Companion& companion) { return companion.has(dimension); });
    return;
  }
  for (Companion& companion : companions)
    if (companion.has(dimension))
      companion = origin.list ? companion.gather(dimension, *origin.list) : companion.cut(dimension, origin.range);
}

Coordinate followed(const Coordinate& coordinate, const AxisOrigin& origin) {
  switch (origin.elements) {
    case Elements::all:
      return coordinate;
    case Elements::part:
      return coordinate.slice(origin.range);
    case Elements::list:
      return coordinate.take(*origin.list);
    case Elements::moved:
      break;
  }
  return {};
}

}  // namespace

Labels rearranged_labels(const Labels& labels, std::span<const AxisOrigin> axes, std::span<const AxisThatGoes> going,
                         bool is_part) {
  if (labels.empty()) return labels;
  const Labels::Data old_data = LabelsAccess::data(labels);
  Labels::Data data;
  data.companions = old_data.companions;
  for (const AxisThatGoes& gone : going) {
    const std::string& dimension = labels.dimension(gone.axis);
    if (dimension.empty()) continue;
    if (gone.index < 0)
      std::erase_if(data.companions, [&](const Companion& companion) { return companion.has(dimension); });
    for (Companion& companion : data.companions)
      if (companion.has(dimension)) companion = companion.take(dimension, gone.index);
  }
  for (const AxisOrigin& origin : axes) {
    if (origin.axis == AxisOrigin::is_new) {
      data.dimensions.emplace_back();
      data.coordinates.emplace_back();
      continue;
    }
    if (labels.is_record(origin.axis)) data.record |= 1U << data.dimensions.size();
    data.dimensions.push_back(labels.dimension(origin.axis));
    data.coordinates.push_back(followed(labels.coordinate(origin.axis), origin));
    follow(data.companions, data.dimensions.back(), origin);
  }
  data.name = labels.name();
  data.attributes = is_part ? attributes_after(labels.attributes(), Meaning::part) : labels.attributes();
  data.stored = labels.holds_stored_values() && packing_of(data.attributes) == packing_of(labels.attributes());
  for (const AxisThatGoes& gone : going)
    if (gone.index >= 0)
      leave_scalar(data, labels.dimension(gone.axis), labels.coordinate(gone.axis).slice({gone.index, 1, 1}));
  data.file_attributes = old_data.file_attributes;
  return LabelsAccess::make(std::move(data));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
