#include "runtime/dataset/format/loaded_companions.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

void note(std::vector<std::string>& wanted, const Attributes& attributes) {
  for (std::string& name : references_of(attributes))
    if (std::find(wanted.begin(), wanted.end(), name) == wanted.end()) wanted.push_back(std::move(name));
}

/// Returns true if a companion is as long as the array along the axes that they share. An empty one would be of
/// unlimited length in a file.
bool fits(const Companion& companion, const Labels& labels, const Shape& shape) {
  const std::vector<std::string> dimensions = companion.dimensions();
  const std::vector<std::int64_t> extents = companion.extents();
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    if (extents[i] == 0 || std::count(dimensions.begin(), dimensions.end(), dimensions[i]) > 1) return false;
    for (int axis = 0; axis < shape.rank(); ++axis)
      if (labels.dimension(axis) == dimensions[i] && shape[axis] != extents[i]) return false;
  }
  return true;
}

}  // namespace

std::vector<LoadedCompanion> load_companions(const Labels& labels, const Shape& shape,
                                             std::span<const LoadedCompanion> known,
                                             std::vector<std::string>* left_out) {
  std::vector<LoadedCompanion> loaded;
  if (labels.companions().empty()) return loaded;
  std::vector<std::string> wanted;
  note(wanted, labels.attributes());
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (const Coordinate& coordinate = labels.coordinate(axis))
      note(wanted, coordinate.attributes());
    else if (!labels.dimension(axis).empty())
      wanted.push_back(labels.dimension(axis));
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    for (const Companion& companion : labels.companions()) {
      if (companion.name() != wanted[i] || !companion || !fits(companion, labels, shape)) continue;
      const auto same = std::find_if(known.begin(), known.end(),
                                     [&](const LoadedCompanion& other) { return other.companion.equals(companion); });
      if (same != known.end()) {
        loaded.push_back({companion, same->bytes});
      } else if (auto bytes = companion.read()) {
        loaded.push_back({companion, std::make_shared<const std::vector<std::byte>>(*std::move(bytes))});
      } else {
        if (left_out != nullptr) left_out->push_back(companion.name());
        continue;
      }
      note(wanted, companion.attributes());
    }
  }
  return loaded;
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
