#pragma once
/// The differences of two sets of files: of the values of each variable, of their shapes, types and attributes.
/// `chunkwise diff` prints them.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "chunkwise/dataset.hpp"
#include "chunkwise/untyped.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The differences that do not count.
struct DifferenceOptions {
  double absolute = 0;       ///< values that differ by no more are equal
  double relative = 0;       ///< values that differ by no more than this part of the larger magnitude are equal
  bool values_only = false;  ///< attributes are not compared
};

/// The differences of the values of one variable.
struct VariableDifference {
  std::string name;            ///< of the variable
  std::int64_t elements = 0;   ///< values of either
  std::int64_t differing = 0;  ///< values that differ, those that are missing in one of both among them
  std::int64_t missing = 0;    ///< values that are missing (NaN) in one of both
  double absolute = 0;         ///< the largest |a - b| among those that differ and are there in both
  double relative = 0;         ///< the largest |a - b| / max(|a|, |b|) among these
};

/// All differences.
struct Difference {
  std::vector<std::string> remarks;  ///< a sentence each: things that only one has, other shapes, other attributes
  std::vector<VariableDifference> variables;  ///< those whose values could be compared, in the order of the first
  /// Returns true if there is no remark and no value differs.
  [[nodiscard]] bool same() const;
};

/// Two sets of files that are about to be compared: the differences known without reading values, and the lazy arrays
/// that tell the rest.
struct Comparison {
  Difference known;                  ///< differing values are not counted yet
  std::vector<UntypedArray> arrays;  ///< of each variable with elements: differing, missing, absolute, relative
};
/// Returns all variables of both, coordinates included, ready to be compared. Text is compared at once; variables that
/// cannot be compared are a remark. Throws invalid_argument for a negative tolerance.
[[nodiscard]] Comparison comparison(const NetcdfDataset& a, const NetcdfDataset& b, const DifferenceOptions& options);
/// Returns the differences, with the counts that were computed of `arrays`.
[[nodiscard]] Difference difference_from(const Comparison& comparison, std::span<const UntypedNdArray> computed);

/// Returns the differences of two sets of files. Values are compared as they are read, decoded: the same values packed
/// in another way are equal. NaN equals NaN. Not compared: the attribute `history` of files, attributes that say how
/// values are stored, and chunks and compression.
///
///   difference(backend, NetcdfDataset({"a.nc"}), NetcdfDataset({"b.nc"})).same()
template <class... Options>
[[nodiscard]] Difference difference(const BackendPtr& backend, const NetcdfDataset& a, const NetcdfDataset& b,
                                    const DifferenceOptions& ignored = {}, const Options&... options) {
  const Comparison both = comparison(a, b, ignored);
  return difference_from(
      both, both.arrays.empty() ? std::vector<UntypedNdArray>() : compute(backend, both.arrays, options...));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
