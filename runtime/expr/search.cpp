#include "chunkwise/expr/search.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "chunkwise/expr/index.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/catalog.hpp"
#include "chunkwise/op/line/catalog.hpp"
#include "runtime/expr/handle_of.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// A longer axis is taken in lines of so many elements, so that memory does not grow with it.
constexpr std::int64_t longest_line = std::int64_t{1} << 16;
constexpr std::int64_t line_length = std::int64_t{1} << 12;
/// Lines of fewer elements are put together before what lies between edges is counted.
constexpr std::int64_t shortest_line = std::int64_t{1} << 8;

NodePtr range_of_last(const NodePtr& node, std::int64_t first, std::int64_t count) {
  std::vector<AxisSubscript> subscripts;
  for (const std::int64_t extent : node->shape)
    subscripts.push_back({AxisSubscript::Kind::range, {0, 1, extent}, nullptr});
  subscripts.back().range = {first, 1, count};
  return build::index(node, std::move(subscripts));
}

/// The last axis of an array in lines, which become one more axis, and what is left behind them.
struct InLines {
  NodePtr lines;
  NodePtr rest;  ///< null: nothing
};
InLines in_lines(const NodePtr& x, std::int64_t length) {
  const int rank = x->shape.rank();
  const std::int64_t extent = x->shape[rank - 1];
  const std::int64_t count = extent / length;
  Shape shape = x->shape;
  shape[rank - 1] = count;
  shape.push_back(length);
  const std::int64_t whole = count * length;
  const NodePtr rest = whole < extent ? range_of_last(x, whole, extent - whole) : nullptr;
  return {build::reshape(range_of_last(x, 0, whole), shape), rest};
}

/// A function of lines that makes an element of each element, whatever the lines.
NodePtr of_each(LineCode function, const NodePtr& x, const std::vector<double>& parameters) {
  const Shape shape = x->shape;
  const int rank = shape.rank();
  const auto apply = [&](const NodePtr& lines) { return build::along(function, lines, -1, false, parameters); };
  if (rank == 0) return build::reshape(apply(build::reshape(x, {1})), shape);
  if (shape[rank - 1] <= longest_line || rank == max_rank) return apply(x);
  const InLines parts = in_lines(x, line_length);
  Shape whole = shape;
  whole[rank - 1] = shape[rank - 1] / line_length * line_length;
  const NodePtr of_lines = build::reshape(apply(parts.lines), whole);
  if (!parts.rest) return of_lines;
  return build::concatenate({of_lines, apply(parts.rest)}, rank - 1);
}

/// What a function of lines counts in each line, which is of one array, or of two, one behind the other.
struct Counting {
  LineCode function;
  std::vector<double> parameters;
  std::int64_t bins = 0;  ///< that are counted

  /// Returns the sum of what is counted in the lines of arrays of one shape.
  [[nodiscard]] NodePtr summed(const std::vector<NodePtr>& lines) const {
    NodePtr counts =
        build::along(function, lines.size() == 1 ? lines[0] : build::concatenate(lines, lines[0]->shape.rank() - 1), -1,
                     false, parameters);
    const std::uint32_t others = (1U << (counts->shape.rank() - 1)) - 1U;
    return others == 0 ? counts : build::fold(aggregate::Sum::code, std::move(counts), others, false, 0);
  }
};

/// Each line has counts of all bins, so lines that are no shorter keep these from taking more memory than the arrays.
UntypedArray counted(const Counting& counting, std::vector<NodePtr> arrays) {
  const Shape given = arrays[0]->shape;
  const int rank = given.rank();
  const std::int64_t last = rank > 0 ? given[rank - 1] : 0;
  if (rank == 0 || (rank > 1 && (last < std::max(shortest_line, counting.bins) || last > longest_line)))
    for (NodePtr& one : arrays) one = build::reshape(one, {given.elements()});
  NodePtr counts;
  if (arrays[0]->shape.rank() == 1 && arrays[0]->shape[0] > std::max(longest_line, counting.bins)) {
    std::vector<NodePtr> lines, rests;
    for (const NodePtr& one : arrays) {
      InLines parts = in_lines(one, std::max(line_length, counting.bins));
      lines.push_back(std::move(parts.lines));
      if (parts.rest) rests.push_back(std::move(parts.rest));
    }
    counts = counting.summed(lines);
    if (!rests.empty()) {
      const std::array both{counts, counting.summed(rests)};
      counts = build::apply(op::Add::code, both);
    }
  } else {
    counts = counting.summed(arrays);
  }
  return handle_of(std::move(counts), {});
}

/// The sums of the weights at places of x, which are from 0 to `bins` - 1; others are left out, or an error.
UntypedArray weighted(std::string_view who, const UntypedArray& x, NodePtr places, const UntypedArray& weights,
                      std::int64_t bins, bool leaves_out) {
  if (weights.shape != x.shape)
    throw Error(ErrorCode::shape_mismatch, std::string(who) + ": weights of shape " + to_string(weights.shape) +
                                               " for elements of shape " + to_string(x.shape) +
                                               "; each element has one, and spread(weights, x) makes them fit");
  static_cast<void>(broadcast_labels(x.labels, x.shape.rank(), weights.labels, x.shape.rank()));
  return counted({linewise::WeightedCount::code, {static_cast<double>(bins), leaves_out ? 1.0 : 0.0}, bins},
                 {build::cast(std::move(places), DType::float64), build::cast(weights.node, DType::float64)});
}

NodePtr of_node_and_number(OpCode operation, NodePtr x, std::int64_t number) {
  const std::array operands{std::move(x), build::source(full_source({}, Scalar(number)))};
  return build::apply(operation, operands);
}

UntypedArray of_each(LineCode function, const UntypedArray& x, const std::vector<double>& parameters) {
  return {of_each(function, x.node, parameters), x.shape, map_labels(x.labels)};
}

std::vector<double> counted_parameters(std::span<const double> numbers) {
  std::vector<double> parameters{static_cast<double>(numbers.size())};
  parameters.insert(parameters.end(), numbers.begin(), numbers.end());
  return parameters;
}

void require_counts(const UntypedArray& x, std::int64_t length) {
  if (is_floating(x.node->dtype))
    throw Error(ErrorCode::type_mismatch, "bincount: elements are integers, and these are " +
                                              std::string(name_of(x.node->dtype)) + "; histogram counts numbers");
  if (length < 0)
    throw Error(ErrorCode::invalid_argument,
                "bincount: " + std::to_string(length) + " is no number of counts; it is not negative");
}

UntypedArray ends_of(const UntypedArray& x, LineCode function, std::int64_t k, int along, Meaning meaning) {
  const int axis = normalize_axis(along, x.shape.rank());
  const std::int64_t extent = x.shape[axis];
  const std::int64_t count = std::min(k < 0 ? -std::max(k, -extent) : k, extent);
  NodePtr node = build::along(function, x.node, axis, false);
  const AxisRange range = k < 0 ? AxisRange{0, 1, count} : AxisRange{count > 0 ? extent - 1 : 0, -1, count};
  std::vector<AxisSubscript> subscripts;
  for (int i = 0; i < x.shape.rank(); ++i)
    subscripts.push_back({AxisSubscript::Kind::range, i == axis ? range : AxisRange{0, 1, x.shape[i]}, nullptr});
  Labels labels = subscripted_labels(line_labels(x.labels, axis, false, meaning), subscripts);
  const Shape shape = subscripted_shape(subscripts);
  return {build::index(std::move(node), std::move(subscripts)), shape, std::move(labels)};
}

}  // namespace

UntypedArray searchsorted(std::span<const double> sorted, const UntypedArray& x, Side side) {
  std::vector<double> parameters{static_cast<double>(sorted.size() + 1), side == Side::right ? 1.0 : 0.0};
  parameters.insert(parameters.end(), sorted.begin(), sorted.end());
  return of_each(linewise::SearchSorted::code, x, parameters);
}

UntypedArray digitize(const UntypedArray& x, std::span<const double> bins, bool right) {
  const Side side = right ? Side::left : Side::right;
  if (bins.size() < 2 || !(bins.front() > bins.back())) return searchsorted(bins, x, side);
  const std::vector<double> ascending(bins.rbegin(), bins.rend());
  UntypedArray result = searchsorted(std::span<const double>(ascending), x, side);
  const std::array operands{build::source(full_source({}, Scalar(static_cast<std::int64_t>(bins.size())))),
                            result.node};
  result.node = build::apply(op::Subtract::code, operands);
  return result;
}

UntypedArray isin(const UntypedArray& x, std::span<const double> numbers) {
  std::vector<double> sorted;
  std::ranges::copy_if(numbers, std::back_inserter(sorted), [](double number) { return !std::isnan(number); });
  std::ranges::sort(sorted);
  return of_each(linewise::IsIn::code, x, counted_parameters(sorted));
}

UntypedArray histogram(const UntypedArray& x, std::span<const double> edges) {
  return counted({linewise::Histogram::code, counted_parameters(edges), static_cast<std::int64_t>(edges.size())},
                 {x.node});
}

UntypedArray histogram(const UntypedArray& x, std::span<const double> edges, const UntypedArray& weights) {
  if (!linewise::Histogram::fits(counted_parameters(edges), 0))
    throw Error(ErrorCode::out_of_range, "histogram: " + std::string(linewise::Histogram::wanted));
  // The bin of an element is the number of edges that are not above it less 1; the last edge, which is one of the last
  // bin's elements, moves what is above it out of all bins.
  const auto bins = static_cast<std::int64_t>(edges.size()) - 1;
  const UntypedArray in_order = searchsorted(edges.first(edges.size() - 1), x, Side::right);
  const UntypedArray above = searchsorted(edges.last(1), x, Side::left);
  const std::array places{of_node_and_number(op::Subtract::code, in_order.node, 1),
                          of_node_and_number(op::Multiply::code, above.node, bins)};
  return weighted("histogram", x, build::apply(op::Add::code, places), weights, bins, true);
}

UntypedArray histogram_density(const UntypedArray& histogram, std::span<const double> edges) {
  auto widths = std::make_shared<std::vector<double>>();
  for (std::size_t i = 1; i < edges.size(); ++i) widths->push_back(edges[i] - edges[i - 1]);
  const Shape shape{static_cast<std::int64_t>(widths->size())};
  const double* const first = widths->data();
  const std::array by_width{
      histogram.node,
      build::source(memory_source({DType::float64, shape, row_major_strides(shape), std::move(widths), first}))};
  const std::array by_total{build::apply(op::Divide::code, by_width),
                            build::fold(aggregate::Sum::code, histogram.node, 1, false, 0)};
  return {build::apply(op::Divide::code, by_total), histogram.shape, histogram.labels};
}

std::vector<double> histogram_edges(DType dtype, std::int64_t bins, double low, double high) {
  if (bins < 1 || bins > longest_line)
    throw Error(ErrorCode::invalid_argument,
                "histogram: " + std::to_string(bins) + " bins; there are 1 to 2**16 of them");
  if (!std::isfinite(low) || !std::isfinite(high) || low > high)
    throw Error(ErrorCode::invalid_argument, "histogram: from " + to_string(Scalar(low)) + " to " +
                                                 to_string(Scalar(high)) + " is no range of bins");
  if (low == high) {
    low -= 0.5;
    high += 0.5;
  }
  std::vector<double> edges(static_cast<std::size_t>(bins) + 1);
  linspace_source(low, high, bins + 1, true, DType::float64)->read(Region::whole(Shape{bins + 1}), edges.data());
  if (dtype == DType::float32)
    for (double& edge : edges) edge = static_cast<double>(static_cast<float>(edge));
  return edges;
}

UntypedArray bincount(const UntypedArray& x, std::int64_t length) {
  require_counts(x, length);
  return counted({linewise::BinCount::code, {static_cast<double>(length)}, length}, {x.node});
}

UntypedArray bincount(const UntypedArray& x, std::int64_t length, const UntypedArray& weights) {
  require_counts(x, length);
  return weighted("bincount", x, x.node, weights, length, false);
}

UntypedArray topk(const UntypedArray& x, std::int64_t k, int along) {
  return ends_of(x, linewise::Sort::code, k, along, Meaning::part);
}

UntypedArray argtopk(const UntypedArray& x, std::int64_t k, int along) {
  return ends_of(x, linewise::ArgSort::code, k, along, Meaning::elementwise);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
