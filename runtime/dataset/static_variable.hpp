#pragma once
/// A variable without the dimension along which files are joined, such as an orography: the first file's stands for
/// all, so all must be equal.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/dataset/series.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// Throws shape_mismatch or name_mismatch if the variable of another file is not `first`'s, with the first element that
/// differs. Files without it are passed over. At most 1,000 files are looked at and 64 MiB of their values are read,
/// spread evenly and the last file among them.
void require_equal(const OpenedVariable& first, const std::vector<std::string>& paths, const SeriesRules& rules);

/// Returns which of `count` files after the first are compared for a variable of so many bytes: spread evenly, the last
/// among them.
[[nodiscard]] std::vector<std::size_t> files_to_compare(std::size_t count, std::int64_t bytes);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
