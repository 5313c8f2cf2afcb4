#include "runtime/explore/views.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <sstream>
#include <type_traits>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/grouping.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/text.hpp"
#include "chunkwise/notation.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/op/catalog.hpp"
#include "chunkwise/op/comparison.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/io/number_text.hpp"
#include "runtime/io/row_major.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

void require_axis(const UntypedArray& array, int axis) {
  if (axis < 0 || axis >= array.shape.rank())
    throw Error(ErrorCode::out_of_range,
                "there is no axis " + std::to_string(axis) + "; the array has " + std::to_string(array.shape.rank()));
}

AxisSubscript integer(const UntypedArray& array, int axis, const std::vector<std::int64_t>& at) {
  if (static_cast<int>(at.size()) != array.shape.rank())
    throw Error(ErrorCode::invalid_argument, std::to_string(at.size()) + " indices for an array of " +
                                                 std::to_string(array.shape.rank()) + " axes; give one an axis");
  const std::int64_t index = at[static_cast<std::size_t>(axis)];
  if (index < 0 || index >= array.shape[axis])
    throw Error(ErrorCode::out_of_range, "index " + std::to_string(index) + " is outside axis " + std::to_string(axis) +
                                             " of " + std::to_string(array.shape[axis]));
  return {AxisSubscript::Kind::integer, {index, 1, 1}, nullptr};
}

AxisSubscript range(std::int64_t first, std::int64_t step, std::int64_t count) {
  return {AxisSubscript::Kind::range, {first, step, count}, nullptr};
}

Span checked(const UntypedArray& array, int axis, const std::optional<Span>& span) {
  require_axis(array, axis);
  const Span all = span.value_or(Span{0, array.shape[axis]});
  if (all.first < 0 || all.last > array.shape[axis] || all.first > all.last)
    throw Error(ErrorCode::out_of_range, "indices " + std::to_string(all.first) + " to " + std::to_string(all.last) +
                                             " are not within axis " + std::to_string(axis) + " of " +
                                             std::to_string(array.shape[axis]));
  return all;
}

UntypedArray cut(const UntypedArray& array, const std::vector<AxisSubscript>& subscripts) {
  NodePtr node = build::index(array.node, subscripts);
  const Shape shape = node->shape;
  return {std::move(node), shape, index_labels(array.labels, subscripts)};
}

std::vector<UntypedNdArray> run(Backend& backend, std::vector<NodePtr> outputs, const RunOptions& options) {
  Graph graph;
  graph.outputs = std::move(outputs);
  return backend.run(graph, std::vector<Target>(graph.outputs.size()), options);
}

/// Returns the elements of a field as float64, row by row; `turned` if its first axis is that of the columns.
std::vector<double> numbers_of(const UntypedNdArray& array, bool turned) {
  const Shape& shape = array.shape;
  std::vector<double> numbers;
  numbers.reserve(static_cast<std::size_t>(shape.elements()));
  const int row = turned ? 1 : 0, column = turned ? 0 : 1;
  if (shape.elements() == 0) return numbers;
  dispatch(array.dtype, [&]<class T>(T) {
    const T* const first = static_cast<const T*>(array.data);
    for (std::int64_t r = 0; r < shape[row]; ++r)
      for (std::int64_t c = 0; c < shape[column]; ++c)
        numbers.push_back(static_cast<double>(first[r * array.strides[row] + c * array.strides[column]]));
  });
  return numbers;
}

/// Returns the sums over blocks of `block` by `block` elements of a field of two axes.
NodePtr block_sums(NodePtr node, AggregateCode along_rows, std::int64_t block) {
  const auto grouped = [&](NodePtr input, int axis, AggregateCode aggregate) {
    auto grouping = std::make_shared<Grouping>();
    grouping->axis = axis;
    const std::int64_t extent = input->shape[axis];
    for (std::int64_t i = 0; i < extent; ++i) grouping->labels.push_back(static_cast<std::int32_t>(i / block));
    grouping->groups = (extent + block - 1) / block;
    return build::fold(aggregate, std::move(input), 1U << static_cast<unsigned>(axis), false, 0, std::move(grouping));
  };
  return grouped(grouped(std::move(node), 0, along_rows), 1, aggregate::Sum::code);
}

/// What a field's values reach, and which of them are no numbers.
template <class T>
struct Extent {
  T low = std::numeric_limits<T>::infinity(), high = -low;  // of the finite values
  std::int64_t missing = 0, infinite = 0;

  /// Adds `count` values that are `step` apart. Lanes of their own, which the compiler makes vectors of.
  void add(const T* values, std::int64_t count, std::int64_t step) {
    constexpr std::int64_t lanes = 16;
    std::array<T, lanes> lows, highs;
    std::array<std::int32_t, lanes> missing_in{}, infinite_in{};
    lows.fill(low);
    highs.fill(high);
    const auto add_one = [&](T value, std::size_t lane) {
      const bool is_finite = std::abs(value) <= std::numeric_limits<T>::max();
      missing_in[lane] += value != value ? 1 : 0;
      infinite_in[lane] += is_finite || value != value ? 0 : 1;
      lows[lane] = is_finite && value < lows[lane] ? value : lows[lane];
      highs[lane] = is_finite && value > highs[lane] ? value : highs[lane];
    };
    std::int64_t i = 0;
    if (step == 1)
      for (; i + lanes <= count; i += lanes)
        for (std::size_t lane = 0; lane < lanes; ++lane) add_one(values[i + static_cast<std::int64_t>(lane)], lane);
    for (; i < count; ++i) add_one(values[i * step], 0);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      low = std::min(low, lows[lane]);
      high = std::max(high, highs[lane]);
      missing += missing_in[lane];
      infinite += infinite_in[lane];
    }
  }
};

/// Chooses offset and scale of the slice, so that float32 tells its values apart and holds them.
void choose_scale(Slice& slice) {
  if (std::isnan(slice.low)) return;
  const double greatest = std::max(std::abs(slice.low), std::abs(slice.high)), reach = (slice.high - slice.low) / 2;
  // A float32 has 24 bits: 2^-10 of the range is told apart by values up to a thousand times as large.
  constexpr double narrow = 1e-3, largest = 1e37, smallest = 1e-34;
  if (slice.high > slice.low && 2 * reach < narrow * greatest) slice.offset = slice.low + reach;
  const double most = slice.offset == 0 ? greatest : reach;
  if (most > largest || (most > 0 && most < smallest)) slice.scale = most;
}

/// Fills in what a field of the slice's shape has: its numbers, how far they reach, and which are missing. Strides are
/// in elements.
template <class T>
void encode(Slice& slice, const T* values, std::int64_t row_stride, std::int64_t column_stride) {
  using Value = std::conditional_t<std::is_same_v<T, float>, float, double>;  // of a field's own precision
  std::vector<Value> row(static_cast<std::size_t>(std::is_same_v<T, Value> ? 0 : slice.columns));
  Extent<Value> extent;
  for (std::int64_t r = 0; r < slice.rows; ++r) {
    const T* const first = values + r * row_stride;
    if constexpr (std::is_same_v<T, Value>) {
      extent.add(first, slice.columns, column_stride);
    } else {
      for (std::int64_t c = 0; c < slice.columns; ++c)
        row[static_cast<std::size_t>(c)] = static_cast<Value>(first[c * column_stride]);
      extent.add(row.data(), slice.columns, 1);
    }
  }
  const bool is_empty = !(extent.low <= extent.high);
  slice.low = is_empty ? nothing : static_cast<double>(extent.low);
  slice.high = is_empty ? nothing : static_cast<double>(extent.high);
  slice.missing = extent.missing;
  slice.infinite = extent.infinite;
  choose_scale(slice);
  slice.numbers.resize(static_cast<std::size_t>(slice.rows * slice.columns));
  const bool is_plain = slice.offset == 0 && slice.scale == 1;
  for (std::int64_t r = 0; r < slice.rows; ++r) {
    const T* const first = values + r * row_stride;
    float* const to = slice.numbers.data() + r * slice.columns;
    if (is_plain)
      for (std::int64_t c = 0; c < slice.columns; ++c) to[c] = static_cast<float>(first[c * column_stride]);
    else
      for (std::int64_t c = 0; c < slice.columns; ++c)
        to[c] = static_cast<float>((static_cast<double>(first[c * column_stride]) - slice.offset) / slice.scale);
  }
}

/// Returns the field that a request asks for, lazily, with its axes in the order of the array.
UntypedArray field_of(const UntypedArray& array, const SliceRequest& request, std::int64_t step) {
  if (request.rows == request.columns)
    throw Error(ErrorCode::invalid_argument, "rows and columns are both axis " + std::to_string(request.rows));
  const Span rows = checked(array, request.rows, request.row_span);
  const Span columns = checked(array, request.columns, request.column_span);
  std::vector<AxisSubscript> subscripts;
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    const Span& span = axis == request.rows ? rows : columns;
    if (axis == request.rows || axis == request.columns)
      subscripts.push_back(range(span.first, step, (span.last - span.first + step - 1) / step));
    else
      subscripts.push_back(integer(array, axis, request.at));
  }
  return cut(array, subscripts);
}

/// Returns the one result of a formula over arrays, which it calls `s` and `w`.
UntypedArray formula_over(const UntypedArray& s, const std::string& text, const UntypedArray& w = {}) {
  const notation::Variables variables{[&](std::string_view name) {
                                        return name == "s"             ? std::optional<UntypedArray>(s)
                                               : name == "w" && w.node ? std::optional<UntypedArray>(w)
                                                                       : std::nullopt;
                                      },
                                      [] { return std::vector<std::string>{}; }, nullptr, false};
  return notation::arrays_of(text, variables).front().array;
}

/// Returns the areas of the cells of a box; none if the two axes are no latitudes and longitudes.
UntypedArray areas_of(const UntypedArray& array, const SliceRequest& box, const Span& rows, const Span& columns) {
  UntypedArray areas;
  try {
    areas = formula_over(array, "cell_area(s)");
  } catch (const Error&) {
    return {};  // no grid of the earth
  }
  std::vector<AxisSubscript> subscripts;
  for (int axis = 0; axis < areas.shape.rank(); ++axis) {
    const std::string& name = areas.labels.dimension(axis);
    const bool is_row = name == array.labels.dimension(box.rows),
               is_column = name == array.labels.dimension(box.columns);
    if (!is_row && !is_column) return {};
    const Span& span = is_row ? rows : columns;
    subscripts.push_back(range(span.first, 1, span.last - span.first));
  }
  return areas.shape.rank() == 2 ? cut(areas, subscripts) : UntypedArray{};
}

}  // namespace

Slice slice(Backend& backend, const UntypedArray& array, const SliceRequest& request, const RunOptions& options) {
  if (request.most < 1) throw Error(ErrorCode::invalid_argument, "a slice has one row and column at least");
  Slice slice;
  slice.row_span = checked(array, request.rows, request.row_span);
  slice.column_span = checked(array, request.columns, request.column_span);
  const std::int64_t height = slice.row_span.last - slice.row_span.first;
  const std::int64_t width = slice.column_span.last - slice.column_span.first;
  slice.block = std::max<std::int64_t>(1, (std::max(height, width) + request.most - 1) / request.most);
  slice.rows = (height + slice.block - 1) / slice.block;
  slice.columns = (width + slice.block - 1) / slice.block;
  if (slice.rows * slice.columns > most_cells)
    throw Error(ErrorCode::invalid_argument, std::to_string(slice.rows) + " x " + std::to_string(slice.columns) +
                                                 " cells are more than a page takes; ask for a smaller `max`");
  const bool turned = request.rows > request.columns;
  const bool means = slice.block > 1 && !request.sampled;
  const UntypedArray field = field_of(array, request, means ? 1 : slice.block);
  if (!means) {
    const UntypedNdArray result = run(backend, {field.node}, options).front();
    const int row = turned ? 1 : 0, column = turned ? 0 : 1;
    dispatch(result.dtype, [&]<class T>(T) {
      encode(slice, static_cast<const T*>(result.data), result.strides[row], result.strides[column]);
    });
    return slice;
  }
  // Sums and counts, so that each element counts alike wherever others are missing.
  const bool has_nan = is_floating(field.node->dtype);
  std::vector<NodePtr> outputs;
  // Integers wrap, so their sums are taken as float64.
  outputs.push_back(has_nan ? block_sums(field.node, aggregate::NanSum::code, slice.block)
                            : block_sums(build::cast(field.node, DType::float64), aggregate::Sum::code, slice.block));
  if (has_nan) {
    const std::array<NodePtr, 2> same{field.node, field.node};
    outputs.push_back(block_sums(build::apply(op::Equal::code, same), aggregate::Sum::code, slice.block));
  }
  const std::vector<UntypedNdArray> results = run(backend, std::move(outputs), options);
  std::vector<double> values = numbers_of(results[0], turned);
  const std::vector<double> counts = has_nan ? numbers_of(results[1], turned) : std::vector<double>();
  for (std::int64_t r = 0; r < slice.rows; ++r)
    for (std::int64_t c = 0; c < slice.columns; ++c) {
      const auto i = static_cast<std::size_t>(r * slice.columns + c);
      const std::int64_t elements =
          std::min(slice.block, height - r * slice.block) * std::min(slice.block, width - c * slice.block);
      const double count = has_nan ? counts[i] : static_cast<double>(elements);
      values[i] = count > 0 ? values[i] / count : nothing;
    }
  encode(slice, values.data(), slice.columns, 1);
  return slice;
}

std::optional<Quantised> quantised(const Slice& slice) {
  if (slice.infinite > 0) return std::nullopt;
  constexpr double steps = Quantised::missing - 1;
  Quantised result;
  // In the slice's own scale, so that what its float32 numbers tell apart is not lost twice.
  const double low = (slice.low - slice.offset) / slice.scale, high = (slice.high - slice.offset) / slice.scale;
  const double step = high > low ? (high - low) / steps : 1;
  result.offset = std::isfinite(slice.low) ? slice.low : 0;
  result.scale = step * slice.scale;
  result.numbers.reserve(slice.numbers.size());
  for (const float number : slice.numbers)
    result.numbers.push_back(
        std::isnan(number) ? Quantised::missing
                           : static_cast<std::uint16_t>(std::clamp(std::nearbyint((number - low) / step), 0.0, steps)));
  return result;
}

UntypedArray field(const UntypedArray& array, const SliceRequest& request) { return field_of(array, request, 1); }

std::vector<double> line(Backend& backend, const UntypedArray& array, int along, const std::vector<std::int64_t>& at,
                         const RunOptions& options) {
  require_axis(array, along);
  if (array.shape[along] > most_line)
    throw Error(ErrorCode::invalid_argument, "a line of " + std::to_string(array.shape[along]) +
                                                 " elements is more than a page takes, " + std::to_string(most_line) +
                                                 "; take a part of the axis in the formula");
  std::vector<AxisSubscript> subscripts;
  for (int axis = 0; axis < array.shape.rank(); ++axis)
    subscripts.push_back(axis == along ? range(0, 1, array.shape[axis]) : integer(array, axis, at));
  return numbers_of(run(backend, {cut(array, subscripts).node}, options).front());
}

BoxMeans box_means(Backend& backend, const UntypedArray& array, int along, const SliceRequest& box,
                   const RunOptions& options) {
  require_axis(array, along);
  if (along == box.rows || along == box.columns || box.rows == box.columns)
    throw Error(ErrorCode::invalid_argument, "a box lies over two axes, and its mean along a third");
  const Span rows = checked(array, box.rows, box.row_span), columns = checked(array, box.columns, box.column_span);
  if (rows.first == rows.last || columns.first == columns.last)
    throw Error(ErrorCode::invalid_argument, "the box is empty");
  if (array.shape[along] > most_line)
    throw Error(ErrorCode::invalid_argument,
                "an axis of " + std::to_string(array.shape[along]) + " elements is longer than a page takes");
  std::vector<AxisSubscript> subscripts;
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    if (axis == along)
      subscripts.push_back(range(0, 1, array.shape[axis]));
    else if (axis == box.rows)
      subscripts.push_back(range(rows.first, 1, rows.last - rows.first));
    else if (axis == box.columns)
      subscripts.push_back(range(columns.first, 1, columns.last - columns.first));
    else
      subscripts.push_back(integer(array, axis, box.at));
  }
  const UntypedArray part = cut(array, subscripts);
  // The axes that the cut part has them at.
  std::array<int, 3> axes{along, box.rows, box.columns};
  std::sort(axes.begin(), axes.end());
  std::string over;
  for (std::size_t k = 0; k < axes.size(); ++k)
    if (axes[k] != along) over += std::to_string(k) + ", ";
  BoxMeans result;
  const UntypedArray areas = areas_of(array, box, rows, columns);
  result.weighted = areas.node != nullptr;
  const UntypedArray means = result.weighted
                                 ? formula_over(part, "s.weighted(w).mean((" + over + "), skipna=True)", areas)
                                 : formula_over(part, "nanmean(s, (" + over + "))");
  result.values = numbers_of(run(backend, {means.node}, options).front());
  return result;
}

std::vector<std::int64_t> histogram(Backend& backend, const UntypedArray& array, const SliceRequest& field, double low,
                                    double high, int bins, const RunOptions& options) {
  const UntypedArray part = field_of(array, field, 1);
  const UntypedArray counts = formula_over(
      part, "histogram(s, " + std::to_string(bins) + ", (" + number_text(low) + ", " + number_text(high) + "))[0]");
  std::vector<std::int64_t> result;
  for (const double count : numbers_of(run(backend, {counts.node}, options).front()))
    result.push_back(static_cast<std::int64_t>(count));
  return result;
}

std::string element(Backend& backend, const UntypedArray& array, const std::vector<std::int64_t>& at,
                    const RunOptions& options) {
  std::vector<AxisSubscript> subscripts;
  for (int axis = 0; axis < array.shape.rank(); ++axis) subscripts.push_back(integer(array, axis, at));
  std::ostringstream text;
  write_text(text, run(backend, {cut(array, subscripts).node}, options).front());
  std::string line = text.str();
  while (line.ends_with('\n')) line.pop_back();
  return line;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
