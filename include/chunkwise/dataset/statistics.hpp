#pragma once
/// A few numbers that describe arrays: how many values there are and how many are missing, the least, the mean and the
/// largest, of each whole array or of each of its steps and levels. As CDO's infon; `chunkwise stats` prints them.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "chunkwise/dataset/dataset.hpp"
#include "chunkwise/untyped.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The numbers of one array, or of one of its parts. NaN if there is no value.
struct Statistics {
  std::string variable;             ///< the name of the array
  std::vector<std::int64_t> index;  ///< of the part along each dimension that was kept, in the order of the array
  std::int64_t count = 0;           ///< values that are there
  std::int64_t missing = 0;         ///< values that are NaN
  double min = 0;                   ///< of the values that are there
  double mean = 0;                  ///< of the values that are there, without weights
  double max = 0;                   ///< of the values that are there
};

/// The lazy arrays that statistics of one array are made of, with the dimensions `by` kept.
struct StatisticArrays {
  std::vector<int> kept;             ///< the axes that were kept
  std::vector<UntypedArray> arrays;  ///< count, min, mean, max; none if the array has no elements
};
/// Returns the arrays of which the statistics of `array` are made. Names in `by` that the array does not have are
/// passed over.
[[nodiscard]] StatisticArrays statistic_arrays(const UntypedArray& array, std::span<const std::string> by);
/// Returns the statistics of computed statistic_arrays, in row-major order of the parts.
[[nodiscard]] std::vector<Statistics> statistics_from(const std::string& name, const UntypedArray& array,
                                                      const StatisticArrays& made,
                                                      std::span<const UntypedNdArray> computed);

namespace detail {
/// Throws not_found for a dimension that no variable has.
void require_dimensions(const Dataset& dataset, std::span<const std::string> names);
}  // namespace detail

/// Returns the statistics of all variables, computed together: each file is read once. `by` names dimensions whose
/// indices are described one by one. Throws not_found for a dimension that no variable has.
///
///   for (const Statistics& s : statistics(backend, open_dataset(files))) std::cout << s.variable << s.mean << '\n';
template <class... Options>
[[nodiscard]] std::vector<Statistics> statistics(const BackendPtr& backend, const Dataset& dataset,
                                                 const std::vector<std::string>& by = {}, const Options&... options) {
  detail::require_dimensions(dataset, by);
  std::vector<StatisticArrays> made;
  std::vector<UntypedArray> wanted;
  for (const auto& [name, array] : dataset.variables()) {
    const StatisticArrays& its = made.emplace_back(statistic_arrays(array, by));
    wanted.insert(wanted.end(), its.arrays.begin(), its.arrays.end());
  }
  const std::vector<UntypedNdArray> computed =
      wanted.empty() ? std::vector<UntypedNdArray>() : compute(backend, wanted, options...);
  std::vector<Statistics> all;
  std::size_t next = 0;
  for (std::size_t i = 0; i < made.size(); ++i) {
    const auto& [name, array] = dataset.variables()[i];
    const std::span<const UntypedNdArray> its = std::span(computed).subspan(next, made[i].arrays.size());
    next += its.size();
    const std::vector<Statistics> rows = statistics_from(name, array, made[i], its);
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
