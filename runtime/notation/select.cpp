/// The functions of the notation that take parts by name: isel by positions, sel by values of coordinates.
#include "chunkwise/expr/select.hpp"

#include <algorithm>

#include "chunkwise/core/scalar_coordinate.hpp"
#include "chunkwise/expr/index.hpp"
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/positions.hpp"
#include "runtime/expr/seam.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

bool is_left_out(const Value& value) { return value.as<LeftOut>() || value.as<NoValue>(); }

CoordinateValue selected_value(const Value& value) {
  return coordinate_value(value, "sel takes a number, a time in quotes, or a slice or a list of them");
}

/// The options of sel beside dimensions.
struct SelectOptions {
  bool nearest = false;
  double tolerance = INFINITY;
};

SelectOptions take_options(std::vector<Value>& arguments) {
  SelectOptions options;
  const Value* tolerance = nullptr;
  for (const Value& value : arguments) {
    if (value.keyword == "method") {
      const Word* word = value.as<Word>();
      options.nearest = word && word->text == "nearest";
      if (!options.nearest && !value.as<NoValue>())
        throw Mistake{ErrorCode::unsupported, "sel has the method 'nearest', and this is " + describe(value),
                      value.offset};
    } else if (value.keyword == "tolerance") {
      const Number* number = value.as<Number>();
      if (!number)
        throw Mistake{ErrorCode::type_mismatch, "tolerance is a number, and this is " + describe(value), value.offset};
      options.tolerance = as_double(*number);
      tolerance = &value;
    }
  }
  if (tolerance && !options.nearest)
    throw Mistake{ErrorCode::invalid_argument, "a tolerance belongs to method='nearest'", tolerance->keyword_offset};
  std::erase_if(arguments, [](const Value& v) { return v.keyword == "method" || v.keyword == "tolerance"; });
  return options;
}

/// Returns the places along an axis at which a condition of that axis is true, of which there has to be one.
UntypedArray select_true(const UntypedArray& x, int axis, const Value& condition, const BackendPtr& backend) {
  const Term& mask = *condition.as<Term>();
  if (mask.dtype != DType::boolean)
    throw Mistake{ErrorCode::type_mismatch,
                  "an array that selects is a condition, such as x.time.dt.month == 1, and this is " +
                      describe(condition) + "; x[indices] takes indices",
                  condition.offset};
  if (mask.shape.rank() != 1)
    throw Mistake{ErrorCode::shape_mismatch,
                  "a condition that selects along a dimension has that dimension alone; x.where(condition, drop=True) "
                  "takes one of several",
                  condition.offset};
  static_cast<void>(chunkwise::detail::masked_axes(x, array_of(mask), axis));
  std::vector<std::int64_t> places = truths_of(condition, backend);
  if (places.empty())
    throw Mistake{
        ErrorCode::not_found,
        "the condition is true nowhere along " + quoted(x.labels.dimension(axis)) + ", and nothing would be left",
        condition.offset};
  return take(x, std::move(places), axis);
}

UntypedArray select_value(const UntypedArray& x, int axis, const Value& value, const SelectOptions& options,
                          const BackendPtr& backend) {
  if (value.as<Term>()) return select_true(x, axis, value, backend);
  if (const Tuple* several = value.as<Tuple>()) {
    std::vector<std::int64_t> indices;
    for (const Value& one : several->values)
      indices.push_back(about(one, [&] {
        const CoordinateValue wanted = selected_value(one);
        return options.nearest ? index_at(x.labels, axis, nearest(wanted, options.tolerance))
                               : index_at(x.labels, axis, wanted);
      }));
    return take(x, std::move(indices), axis);
  }
  if (const Slice* slice = value.as<Slice>()) {
    if (!is_left_out(slice->parts[2]))
      throw Mistake{ErrorCode::unsupported, "a slice of values has no step; take one of positions afterwards",
                    slice->parts[2].offset};
    Between bounds;
    if (!is_left_out(slice->parts[0])) bounds.from = selected_value(slice->parts[0]);
    if (!is_left_out(slice->parts[1])) bounds.to = selected_value(slice->parts[1]);
    return take_between(x, axis, bounds);
  }
  const CoordinateValue wanted = selected_value(value);
  if (options.nearest) return take_index(x, axis, index_at(x.labels, axis, nearest(wanted, options.tolerance)));
  if (wanted.text && !is_one_time(x.labels, axis, *wanted.text))
    return take_range(x, axis, indices_between(x.labels, axis, within(*wanted.text)));
  return take_index(x, axis, index_at(x.labels, axis, wanted));
}

UntypedArray select_position(const UntypedArray& x, int axis, const Value& value, const BackendPtr& backend) {
  if (const Term* const term = value.as<Term>(); term && term->shape.rank() > 0 && term->dtype == DType::boolean)
    return select_true(x, axis, value, backend);
  const std::int64_t extent = x.shape[axis];
  if (const Tuple* several = value.as<Tuple>()) {
    std::vector<std::int64_t> indices;
    for (const Value& one : several->values) indices.push_back(take_int(one, "a position"));
    return take(x, std::move(indices), axis);
  }
  if (const Slice* slice = value.as<Slice>()) {
    std::array<std::int64_t, 3> bounds{0, 0, 1};
    std::array<bool, 3> given{};
    for (std::size_t i = 0; i < 3; ++i) {
      given[i] = !is_left_out(slice->parts[i]);
      if (given[i]) bounds[i] = take_int(slice->parts[i], "a bound of a slice");
    }
    return take_range(x, axis, build::resolve_range(given[0], bounds[0], given[1], bounds[1], bounds[2], extent));
  }
  return take_index(x, axis, build::resolve_integer(take_int(value, "a position"), axis, extent));
}

/// x in chunks of a shape, or of extents along dimensions that are named; others stay as they are.
Term rechunked(const Function& function, std::size_t offset, const UntypedArray& x,
               const std::vector<Value>& arguments) {
  const auto extent_of = [](const Value& value) { return take_int(value, "the extent of a chunk"); };
  if (arguments.size() == 1 && (arguments[0].keyword.empty() || arguments[0].keyword == "chunks")) {
    Shape chunks;
    if (const Tuple* tuple = arguments[0].as<Tuple>())
      for (const Value& value : tuple->values) chunks.push_back(extent_of(value));
    else
      chunks = Shape::filled(x.shape.rank(), extent_of(arguments[0]));
    return term_of(about(arguments[0], [&] { return rechunk(x, chunks); }));
  }
  if (arguments.empty()) throw wrong(function, "needs the extents of chunks", offset);
  ChunkGrid grid = x.node->grid;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].keyword.empty())
      throw wrong(function, "takes the extents together, or dimensions by their names", arguments[i].offset);
    require_once(arguments, i);
    const int axis = axis_of_keyword(arguments[i], x.labels, x.shape.rank());
    const std::int64_t given = extent_of(arguments[i]);
    const std::int64_t extent = x.shape[axis];
    grid[axis] = AxisChunks::regular(extent, given > 0 ? given : std::max<std::int64_t>(extent, 1));
  }
  NodePtr node = build::rechunk(x.node, std::move(grid));
  return term_of({std::move(node), x.shape, x.labels});
}

}  // namespace

Term selection_call(const Function& function, std::size_t offset, std::vector<Value> arguments,
                    const BackendPtr& backend) {
  if (is_xarray_method(function)) return xarray_method(function, offset, std::move(arguments), backend);
  if (function.name == "sortby" || function.name.starts_with("reindex"))
    return reindex_call(function, offset, std::move(arguments));
  if (arguments.empty() || !arguments[0].keyword.empty()) throw wrong(function, "takes an array", offset);
  UntypedArray x = array_of(take_array(std::move(arguments[0]), quoted(function.name)));
  arguments.erase(arguments.begin());
  if (function.name == "rechunk") return rechunked(function, offset, x, arguments);
  const bool by_value = function.name == "sel";
  const auto drop = std::ranges::find(arguments, "drop", &Value::keyword);
  const bool drops = drop != arguments.end() && truth(&*drop, "drop");
  if (drop != arguments.end()) arguments.erase(drop);
  const SelectOptions options = by_value ? take_options(arguments) : SelectOptions();
  if (arguments.empty()) throw wrong(function, "needs a dimension by its name", offset);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const Value& value = arguments[i];
    if (value.keyword.empty()) throw wrong(function, "takes dimensions by their names", value.offset);
    require_once(arguments, i);
    const int axis = axis_of_keyword(value, x.labels, x.shape.rank());
    x = about(value, [&] {
      return by_value ? select_value(x, axis, value, options, backend) : select_position(x, axis, value, backend);
    });
    if (drops) x.labels = without_scalar_coordinate(x.labels, std::string(value.keyword));
  }
  return term_of(x);
}

Slice slice_call(std::size_t offset, std::vector<Value> arguments) {
  const auto named = std::ranges::find_if(arguments, [](const Value& value) { return !value.keyword.empty(); });
  if (arguments.empty() || arguments.size() > 3 || named != arguments.end())
    throw Mistake{ErrorCode::invalid_argument, "'slice' takes 1 to 3 arguments: slice(start, stop, step)", offset};
  Slice slice;
  if (arguments.size() == 1) arguments.insert(arguments.begin(), Value{NoValue{}, offset});
  while (arguments.size() < 3) arguments.push_back(Value{NoValue{}, offset});
  slice.parts = std::move(arguments);
  return slice;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
