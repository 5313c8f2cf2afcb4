#pragma once
/// The companions that a file of results is to hold, with their elements.
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

/// Returns those of an array's companions that its attributes, its coordinates' and theirs name, or that are called
/// like an axis without a coordinate, that fit an array of this shape, and whose elements are there. Those that `known`
/// has already are not read again.
/// `left_out`, if it is not null, receives the names of those that differ from file to file.
[[nodiscard]] std::vector<LoadedCompanion> load_companions(const Labels& labels, const Shape& shape,
                                                           std::span<const LoadedCompanion> known,
                                                           std::vector<std::string>* left_out = nullptr);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
