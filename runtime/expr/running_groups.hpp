#pragma once
/// Groups of the parts of times that overlap: of each day of the year, all elements of the days around it, in each year
/// and across the year's end. A climatology of such groups is called running.
#include <cstdint>
#include <string>
#include <vector>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/expr/grouped.hpp"
#include "runtime/expr/group_keys.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Windows of neighbouring steps of a time: days, months, hours.
struct StepWindow {
  std::int64_t steps = 1;               ///< of one window; one more of them lies before its middle if they are even
  std::vector<double> weights = {};     ///< of the steps, the earliest first; none: all count alike
  WindowEnds ends = WindowEnds::exact;  ///< which windows count
};

/// An array whose elements are in the groups of all windows that have them.
struct RunningGroups {
  /// Each element of the array before, once for each window that has it, in the array's order; and the groups of these.
  KeyedArray keyed;
  std::vector<double> weights;  ///< of each index along the axis of `keyed`; none: all count alike
};

/// Returns groups of a part of a time, "time.dayofyear": the elements of all windows around the steps that have this
/// part. Steps are days for day, dayofyear and dayofweek, else the part's own: year, quarter, season, month, hour.
/// Groups without a window that counts are left out. Throws as groupby does, and invalid_argument for another part, for
/// less than one step, if no window counts, and if windows of a series that wraps are longer than it; unsupported for
/// more than 2^24 elements along the axis in all windows.
[[nodiscard]] RunningGroups running_groups(const UntypedArray& x, const std::string& key, const StepWindow& window);

}  // namespace chunkwise::inline CHUNKWISE_ABI
