#include "runtime/cli/indices.hpp"

#include <cstring>
#include <numeric>

namespace chunkwise::cli {

namespace {

/// No variable of a file can have this name.
constexpr std::string_view prefix = "/index along ";

std::string name_of(const std::string& dimension, std::int64_t length) {
  return std::string(prefix) + dimension + "/" + std::to_string(length);
}

Companion make(const std::string& dimension, std::int64_t length) {
  std::vector<std::int64_t> indices(static_cast<std::size_t>(length));
  std::iota(indices.begin(), indices.end(), 0);
  std::vector<std::byte> bytes(indices.size() * sizeof(std::int64_t));
  if (!bytes.empty()) std::memcpy(bytes.data(), indices.data(), bytes.size());
  return {name_of(dimension, length),        DType::int64, false, {{dimension, length, {0, 1, length}, false}}, {},
          companion_values(std::move(bytes))};
}

std::optional<std::vector<std::int64_t>> read(const Companion& companion) {
  const auto bytes = companion.read();
  if (!bytes) return std::nullopt;
  std::vector<std::int64_t> indices(bytes->size() / sizeof(std::int64_t));
  if (!bytes->empty()) std::memcpy(indices.data(), bytes->data(), bytes->size());
  return indices;
}

/// Returns true if a companion lies along this axis: one of the same name and size.
bool is_along(const Companion& companion, const UntypedArray& array, int axis) {
  return companion && companion.dimensions() == std::vector{array.labels.dimension(axis)} &&
         companion.extents() == std::vector{array.shape[axis]};
}

}  // namespace

Labels DimensionIndices::added_to(const UntypedArray& array) {
  std::vector<Companion> companions = array.labels.companions();
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    const std::string& dimension = array.labels.dimension(axis);
    if (dimension.empty()) continue;
    const std::pair key(dimension, array.shape[axis]);
    companions.push_back(known_.try_emplace(key, make(key.first, key.second)).first->second);
  }
  return array.labels.with_companions(std::move(companions));
}

std::optional<std::vector<std::int64_t>> indices_of(const UntypedArray& array, int axis, std::int64_t length) {
  const std::string name = name_of(array.labels.dimension(axis), length);
  for (const Companion& companion : array.labels.companions())
    if (companion.name() == name && is_along(companion, array, axis)) return read(companion);
  return std::nullopt;
}

Labels with_indices_as_coordinates(const UntypedArray& array) {
  Labels labels = array.labels;
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    const Coordinate& there = array.labels.coordinate(axis);
    if (there || there.is_mixed()) continue;
    std::optional<std::vector<std::int64_t>> indices;
    int found = 0;
    for (const Companion& companion : array.labels.companions()) {
      if (!companion.name().starts_with(prefix) || !is_along(companion, array, axis)) continue;
      indices = read(companion);
      ++found;
    }
    // Of variables of different lengths none is the right one.
    if (!indices || found != 1) continue;
    const std::string name = "index along " + array.labels.dimension(axis);
    labels = labels.with_coordinate(
        axis, Coordinate(std::vector<double>(indices->begin(), indices->end()), {{"long_name", DType::float64, name}}));
  }
  return labels;
}

}  // namespace chunkwise::cli
