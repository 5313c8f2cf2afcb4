#pragma once
/// The things beside a variable in its files that travel with it: the variables that its attributes name, the record
/// dimension, the attributes of the file.
#include <cstdint>
#include <string>
#include <vector>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// A variable joined from files.
struct JoinedVariable {
  const std::vector<std::string>& paths;
  const std::string& variable;               ///< with its groups
  int axis = 0;                              ///< the axis along which files are joined
  const std::vector<std::int64_t>& lengths;  ///< each file's extent along it
  bool isolated = false;                     ///< NetcdfOptions::isolated
};

/// Returns the labels of the variable, with these things of its first file. Companions along the joined axis come from
/// every file: they are read when they are wanted, and are left out if a file lacks one or has one that does not fit.
[[nodiscard]] Labels with_companions(const Labels& labels, const JoinedVariable& joined);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
