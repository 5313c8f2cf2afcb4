#pragma once
/// The dimension along which a set of files is joined: the one that tells the files apart, not the largest.
#include <string>

#include "chunkwise/io/inspect.hpp"
#include "chunkwise/io/netcdf.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// The dimension, without groups, and a sentence that says why it is but a guess; empty if the files tell.
struct JoinChoice {
  std::string dimension;
  std::string guess;
};

/// Chooses by the first and the last file: compares their dimensions, lengths and coordinates, which are read as
/// NetcdfOptions::isolated says. Throws invalid_argument if several dimensions differ and none of them is unlimited or
/// time.
[[nodiscard]] JoinChoice choose_join(const FileDescription& first, const FileDescription& last, bool isolated);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
