/// The functions of the notation of which several arrays come.
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "chunkwise/expr/search.hpp"
#include "chunkwise/expr/stacking.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/creation.hpp"
#include "chunkwise/op/catalog.hpp"
#include "chunkwise/op/line/search.hpp"
#include "chunkwise/positions.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

Tuple tuple_of(std::vector<UntypedArray> arrays, std::size_t offset) {
  Tuple tuple;
  for (UntypedArray& one : arrays) tuple.values.push_back(Value{term_of(one), offset});
  return tuple;
}

std::vector<UntypedArray> grid(Arguments arguments) {
  const Function& function = arguments.function();
  arguments.expect(1, max_rank);
  bool xy = true;
  if (const Value* const indexing = arguments.find("indexing")) {
    const Word* const word = indexing->as<Word>();
    if (!word || (word->text != "xy" && word->text != "ij"))
      throw Mistake{ErrorCode::invalid_argument, "indexing is 'xy' or 'ij', and this is " + describe(*indexing),
                    indexing->offset};
    xy = word->text == "xy";
  }
  std::vector<UntypedArray> vectors;
  for (Value& value : arguments.by_position())
    vectors.push_back(array_of(take_array(std::move(value), quoted(function.name))));
  return chunkwise::meshgrid(vectors, xy);
}

/// The axis of hsplit, vsplit and dsplit, which want more of them than it.
int axis_of_split(const Function& function, const Term& x, std::size_t offset) {
  const int rank = x.shape.rank();
  const int least = function.name == "vsplit" ? 2 : function.name == "dsplit" ? 3 : 1;
  if (rank < least)
    throw Mistake{ErrorCode::shape_mismatch,
                  quoted(function.name) + " needs " + std::to_string(least) + (least == 1 ? " axis" : " axes") +
                      ", and this array has " + std::to_string(rank),
                  offset};
  return function.name == "vsplit" ? 0 : function.name == "dsplit" ? 2 : rank == 1 ? 0 : 1;
}

std::vector<UntypedArray> parts(Arguments arguments) {
  const Function& function = arguments.function();
  const bool has_axis = function.name == "split" || function.name == "array_split";
  arguments.expect(1, has_axis ? 3 : 2);
  const Value& where = needed_option(arguments, "indices_or_sections", 1);
  const Value* const axis = has_axis ? arguments.option("axis", 2) : nullptr;
  Term x = take_array(std::move(arguments.by_position()[0]), quoted(function.name));
  const int along = axis       ? one_axis(*axis, x)
                    : has_axis ? one_axis(Value{Number(std::int64_t{0}), arguments.offset()}, x)
                               : axis_of_split(function, x, arguments.offset());
  const UntypedArray array = array_of(std::move(x));
  return about(where, [&] {
    if (where.as<Tuple>()) return chunkwise::split_at(array, ints_of(where, "an index between parts"), along);
    return chunkwise::split_into(array, take_int(where, "a number of parts"), along, function.name != "array_split");
  });
}

std::vector<UntypedArray> unstacked(Arguments arguments) {
  arguments.expect(1, 2);
  const Value* const axis = arguments.option("axis", 1);
  const Value first{Number(std::int64_t{0}), arguments.offset()};
  Term x = take_array(std::move(arguments.by_position()[0]), quoted(arguments.function().name));
  const int along = one_axis(axis ? *axis : first, x);
  return chunkwise::unstack(array_of(std::move(x)), along);
}

/// A literal of NumPy's: numbers as an array of float64.
UntypedArray array_of_numbers(const std::vector<double>& numbers) {
  const auto memory = std::make_shared<const std::vector<double>>(numbers);
  const Shape shape{static_cast<std::int64_t>(numbers.size())};
  NodePtr node =
      build::source(memory_source({DType::float64, shape, row_major_strides(shape), memory, memory->data()}));
  return {std::move(node), shape, {}};
}

/// The least or largest element as float64: of an integer that float64 does not have, the next number outside, so that
/// the element lies between the edges.
double end_of_range(const UntypedNdArray& element, bool is_low) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return dispatch(element.dtype, [&](auto zero) {
    using T = decltype(zero);
    const T value = *static_cast<const T*>(element.data);
    const auto rounded = static_cast<double>(value);
    if constexpr (std::is_integral_v<T> && sizeof(T) == 8) {
      if (is_low && linewise::detail::is_below(value, rounded)) return std::nextafter(rounded, -infinity);
      if (!is_low && linewise::detail::is_below(rounded, value)) return std::nextafter(rounded, infinity);
    }
    return rounded;
  });
}

/// The edges of a histogram: those that are given, or so many bins of one width over a range, or over all elements.
std::vector<double> edges_of(const Arguments& arguments, const UntypedArray& x, const BackendPtr& backend) {
  const Value* const bins = arguments.option("bins", 1);
  const Value* range = arguments.option("range", 2);
  if (range && range->as<NoValue>()) range = nullptr;
  if (bins && (bins->as<Tuple>() || bins->as<Term>())) return numbers_of(*bins, "the edges of a histogram", backend);
  const std::int64_t count = bins ? take_int(*bins, "a number of bins") : 10;
  std::vector<double> ends{0, 1};
  if (range) {
    ends = numbers_of(*range, "the ends of a range", backend);
    if (ends.size() != 2) throw Mistake{ErrorCode::invalid_argument, "a range has two ends", range->offset};
  } else if (x.shape.elements() > 0) {
    require_backend(backend, "the range of a histogram has to be known when the formula is made: give range=(0, 1)",
                    arguments.offset());
    const std::uint32_t all = (1U << x.shape.rank()) - 1U;
    const DType own = x.node->dtype;
    const bool is_wide = is_integer(own) && size_of(own) == 8;
    const NodePtr elements = is_wide ? x.node : build::cast(x.node, DType::float64);
    std::vector<UntypedArray> both;
    for (const AggregateCode code : {aggregate::Minimum::code, aggregate::Maximum::code})
      both.push_back({build::fold(code, elements, all, false, 0), {}, {}});
    const std::vector<UntypedNdArray> found = compute(backend, std::span<const UntypedArray>(both));
    for (std::size_t i = 0; i < 2; ++i) ends[i] = end_of_range(found[i], i == 0);
  }
  return about(range  ? *range
               : bins ? *bins
                      : Value{Number(count), arguments.offset()},
               [&] { return histogram_edges(x.node->dtype, count, ends[0], ends[1]); });
}

std::vector<UntypedArray> histogram(Arguments arguments, const BackendPtr& backend) {
  arguments.expect(1, 5);
  const Value* wants_density = arguments.option("density", 3);
  if (wants_density && wants_density->as<NoValue>()) wants_density = nullptr;
  const bool is_density = truth(wants_density, "density");
  const Value* weights = arguments.option("weights", 4);
  if (weights && weights->as<NoValue>()) weights = nullptr;
  const UntypedArray x = array_of(take_array(std::move(arguments.by_position()[0]), "'histogram'"));
  const std::vector<double> edges = edges_of(arguments, x, backend);
  const Value place{Number(std::int64_t{0}), arguments.offset()};
  const std::span<const double> borders(edges);
  UntypedArray counts = about(weights ? *weights : place, [&] {
    if (!weights) return chunkwise::histogram(x, borders);
    return chunkwise::histogram(x, borders, array_of(take_array(Value(*weights), "the weights of histogram")));
  });
  if (is_density) counts = histogram_density(counts, borders);
  // Edges that are given stay what they are; others are in the type of the elements.
  const Value* const bins = arguments.option("bins", 1);
  if (bins && bins->as<Term>()) return {counts, array_of(*bins->as<Term>())};
  if (bins && bins->as<Tuple>())
    return {counts, array_of(call("array", bins->offset, {Value{bins->data, bins->offset}}))};
  UntypedArray all_edges = array_of_numbers(edges);
  if (x.node->dtype == DType::float32) all_edges.node = build::cast(all_edges.node, DType::float32);
  return {counts, all_edges};
}

std::vector<UntypedArray> found(Arguments arguments, const BackendPtr& backend) {
  const std::string_view name = arguments.function().name;
  arguments.expect(1, 1);
  const UntypedArray x = array_of(take_array(std::move(arguments.by_position()[0]), quoted(name)));
  require_backend(backend,
                  name == "nonzero"
                      ? "the number of elements that are not zero has to be known when the formula is made"
                      : "the number of different elements has to be known when the formula is made",
                  arguments.offset());
  if (name == "nonzero") return chunkwise::nonzero(backend, x);
  const UniqueElements unique = chunkwise::unique(backend, x);
  if (name == "unique_counts") return {unique.values, unique.counts};
  const std::vector<double> values =
      numbers_of(Value{term_of(unique.values), arguments.offset()}, "the places of elements", backend);
  const UntypedArray places{searchsorted(std::span<const double>(values), x, Side::left).node, x.shape, {}};
  if (name == "unique_inverse") return {unique.values, places};
  return {unique.values, unique.first, places, unique.counts};
}

}  // namespace

Tuple several_call(const Function& function, std::size_t offset, std::vector<Value> values, const BackendPtr& backend) {
  Arguments arguments(function, offset, std::move(values));
  if (function.name == "histogram") return tuple_of(histogram(std::move(arguments), backend), offset);
  if (function.name == "nonzero" || function.name.starts_with("unique"))
    return tuple_of(found(std::move(arguments), backend), offset);
  if (function.name == "meshgrid") return tuple_of(grid(std::move(arguments)), offset);
  if (function.name == "unstack") return tuple_of(unstacked(std::move(arguments)), offset);
  return tuple_of(parts(std::move(arguments)), offset);
}

Value one_of_several(Tuple tuple, const std::vector<Value>& subscripts, std::size_t offset) {
  const auto count = static_cast<std::int64_t>(tuple.values.size());
  if (subscripts.size() != 1)
    throw Mistake{ErrorCode::invalid_argument, "one of several arrays is taken by one int", offset};
  std::int64_t index = take_int(subscripts[0], "the place of one of several arrays");
  if (index < -count || index >= count)
    throw Mistake{ErrorCode::out_of_range,
                  "there are " + std::to_string(count) + " arrays, and no one at " + std::to_string(index),
                  subscripts[0].offset};
  if (index < 0) index += count;
  return std::move(tuple.values[static_cast<std::size_t>(index)]);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
