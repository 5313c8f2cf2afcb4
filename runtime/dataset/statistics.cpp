// Statistics of arrays, made of formulas.
#include "chunkwise/dataset/statistics.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "chunkwise/core/error.hpp"
#include "chunkwise/graph/node.hpp"
#include "runtime/core/unravel.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

UntypedArray formula_of(const std::string& text, const UntypedArray& x) {
  const notation::Variables variables{[&](std::string_view) { return std::optional(x); }, {}, nullptr};
  return notation::arrays_of(text, variables).front().array;
}

/// Returns an element of a computed array, as a float64.
double number_at(const UntypedNdArray& array, const PerAxis<std::int64_t>& index) {
  std::int64_t offset = 0;
  for (int axis = 0; axis < index.rank(); ++axis) offset += index[axis] * array.strides[axis];
  double number = 0;
  dispatch(array.dtype, [&]<class T>(T) { number = static_cast<double>(static_cast<const T*>(array.data)[offset]); });
  return number;
}

}  // namespace

namespace detail {

void require_dimensions(const Dataset& dataset, std::span<const std::string> names) {
  std::vector<std::string> there;
  for (const auto& [variable, array] : dataset.variables())
    for (int axis = 0; axis < array.shape.rank(); ++axis)
      if (std::ranges::find(there, array.labels.dimension(axis)) == there.end())
        there.push_back(array.labels.dimension(axis));
  for (const std::string& name : names) {
    if (std::ranges::find(there, name) != there.end()) continue;
    std::string all;
    for (const std::string& dimension : there) all += (all.empty() ? "" : ", ") + dimension;
    throw Error(ErrorCode::not_found,
                "no variable has the dimension '" + name + "'" + (all.empty() ? std::string() : "; there are: " + all));
  }
}

}  // namespace detail

StatisticArrays statistic_arrays(const UntypedArray& array, std::span<const std::string> by) {
  StatisticArrays made;
  std::string axes;
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    if (std::ranges::find(by, array.labels.dimension(axis)) != by.end())
      made.kept.push_back(axis);
    else
      axes += std::to_string(axis) + ",";
  }
  if (array.shape.elements() == 0) return made;
  // Without labels: a number has no name, and attributes of the elements do not matter.
  const UntypedArray x{array.node, array.shape, {}};
  if (axes.empty())
    made.arrays = {formula_of("where(isnan(x), 0, 1)", x), x, x, x};
  else
    for (const char* reduction : {"count", "nanmin", "nanmean", "nanmax"})
      made.arrays.push_back(formula_of(std::string(reduction) + "(x, (" + axes + "))", x));
  return made;
}

std::vector<Statistics> statistics_from(const std::string& name, const UntypedArray& array, const StatisticArrays& made,
                                        std::span<const UntypedNdArray> computed) {
  Shape extents;
  for (const int axis : made.kept) extents.push_back(array.shape[axis]);
  const std::int64_t parts = extents.elements();
  std::vector<Statistics> rows;
  if (parts == 0) return rows;
  const std::int64_t elements = array.shape.elements() / parts;
  for (std::int64_t part = 0; part < parts; ++part) {
    const PerAxis<std::int64_t> index = unravel(part, extents);
    Statistics& row = rows.emplace_back();
    row.variable = name;
    row.index.assign(index.begin(), index.end());
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    row.count = computed.empty() ? 0 : static_cast<std::int64_t>(number_at(computed[0], index));
    row.missing = elements - row.count;
    row.min = row.count == 0 ? nan : number_at(computed[1], index);
    row.mean = row.count == 0 ? nan : number_at(computed[2], index);
    row.max = row.count == 0 ? nan : number_at(computed[3], index);
  }
  return rows;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
