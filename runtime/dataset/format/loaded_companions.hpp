#pragma once
/// The companions that a file of results will hold, with their elements.
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "chunkwise/core/companion.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

struct LoadedCompanion {
  Companion companion;
  std::shared_ptr<const std::vector<std::byte>> bytes;
};

/// Returns the companions of an array whose elements are there and that fit an array of this shape, if the attributes
/// of the array, of its coordinates or of companions name them, or if they have the name of an axis without a
/// coordinate. Those that `known` has already are not read again. `left_out`, if it is not null, receives the names of
/// those that differ from file to file.
[[nodiscard]] std::vector<LoadedCompanion> load_companions(const Labels& labels, const Shape& shape,
                                                           std::span<const LoadedCompanion> known,
                                                           std::vector<std::string>* left_out = nullptr);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
