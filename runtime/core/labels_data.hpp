#pragma once
/// The content of Labels, for the files that make labels from others.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/labels.hpp"
#include "runtime/core/attributes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

struct Labels::Data {
  std::vector<std::string> dimensions;
  std::vector<Coordinate> coordinates;
  std::string name;
  Attributes attributes;
  bool stored = false;       ///< see Labels::holds_stored_values
  std::uint32_t record = 0;  ///< bit i: axis i is a record dimension
  std::vector<Companion> companions;
  std::shared_ptr<const Attributes> file_attributes;
};

struct LabelsAccess {
  /// Returns labels of this content; they are empty if it says nothing.
  static Labels make(Labels::Data data);
  /// Returns a copy of the content.
  static Labels::Data data(const Labels& labels) { return labels.data_ ? *labels.data_ : Labels::Data(); }
  static bool are_same(const Labels& a, const Labels& b) { return a.data_ == b.data_; }
};

/// Returns the attributes among them that say how stored numbers become values.
inline Attributes packing_of(const Attributes& attributes) {
  Attributes packing;
  for (const Attribute& attribute : attributes)
    if (is_packing(attribute.name)) packing.push_back(attribute);
  return packing;
}

/// Returns true if both pack numbers in the same way, in whatever order they say so.
inline bool have_same_packing(const Attributes& a, const Attributes& b) {
  const auto sorted = [](Attributes packing) {
    std::ranges::sort(packing, {}, &Attribute::name);
    return packing;
  };
  return std::ranges::equal(sorted(packing_of(a)), sorted(packing_of(b)), are_same);
}

/// Returns the same numbers with other attributes.
inline Coordinate with_attributes(const Coordinate& coordinate, Attributes attributes) {
  auto values = std::make_shared<CoordinateValues>();
  values->dtype = coordinate.dtype();
  values->bytes = coordinate.to_bytes();
  values->attributes = std::move(attributes);
  values->as_stored = coordinate.holds_stored_values();
  return Coordinate(std::shared_ptr<const CoordinateValues>(std::move(values)));
}

inline std::string quoted(std::string_view name) { return "'" + std::string(name) + "'"; }

}  // namespace chunkwise::inline CHUNKWISE_ABI
