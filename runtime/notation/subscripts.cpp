#include "chunkwise/expr/index.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/notation/place.hpp"
#include "runtime/notation/value.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

using Raw = detail::RawSubscript;

std::optional<std::int64_t> bound(const Value& part) {
  if (part.as<LeftOut>() || part.as<NoValue>()) return std::nullopt;
  return take_int(part, "a bound of a slice");
}

Raw raw(const Value& subscript) {
  Raw result;
  if (subscript.as<NoValue>()) {
    result.kind = Raw::Kind::create;
  } else if (subscript.as<Ellipses>()) {
    result.kind = Raw::Kind::ellipsis;
  } else if (const Slice* slice = subscript.as<Slice>()) {
    result.kind = Raw::Kind::range;
    result.range = {bound(slice->parts[0]), bound(slice->parts[1]), bound(slice->parts[2]).value_or(1)};
    if (result.range.step == 0)
      throw Mistake{ErrorCode::invalid_argument, "a slice cannot have a step of 0", slice->parts[2].offset};
  } else if (const Tuple* several = subscript.as<Tuple>()) {
    if (!several->is_list)
      throw Mistake{ErrorCode::unsupported,
                    describe(subscript) +
                        " cannot be one subscript among others; write x[0, 1] for one element and "
                        "x[[0, 1]] for two",
                    subscript.offset};
    std::vector<std::int64_t> indices;
    for (const Value& index : several->values) indices.push_back(take_int(index, "an index of a list"));
    result.kind = Raw::Kind::list;
    result.list = std::make_shared<const std::vector<std::int64_t>>(std::move(indices));
  } else if (subscript.as<Term>()) {
    throw Mistake{ErrorCode::unsupported,
                  "an array cannot be a subscript; to choose by a condition write where(condition, x, nan)",
                  subscript.offset};
  } else {
    result.kind = Raw::Kind::integer;
    result.integer = take_int(subscript, "a subscript that is no slice, None or '...'");
  }
  return result;
}

}  // namespace

Term subscripted(Term array, std::vector<Value> subscripts, std::size_t offset) {
  // x[(0, 1)] is x[0, 1]; x[[0, 1]] would be two elements.
  const Tuple* only = subscripts.size() == 1 ? subscripts[0].as<Tuple>() : nullptr;
  if (only && !only->is_list) {
    std::vector<Value> within = std::move(std::get<Tuple>(subscripts[0].data).values);
    subscripts = std::move(within);
  } else if (subscripts.empty()) {
    throw Mistake{ErrorCode::invalid_argument, "no subscript in the brackets; x[...] is the whole array", offset};
  }
  std::vector<Raw> raws;
  int taken = 0;
  int ellipses = 0;
  for (const Value& subscript : subscripts) {
    raws.push_back(raw(subscript));
    taken += raws.back().kind == Raw::Kind::integer || raws.back().kind == Raw::Kind::range ||
             raws.back().kind == Raw::Kind::list;
    ellipses += raws.back().kind == Raw::Kind::ellipsis;
    if (ellipses > 1) throw Mistake{ErrorCode::invalid_argument, "an index can have only one '...'", subscript.offset};
    if (taken > array.shape.rank())
      throw Mistake{ErrorCode::out_of_range,
                    "too many subscripts for an array of " + std::to_string(array.shape.rank()) +
                        (array.shape.rank() == 1 ? " axis" : " axes"),
                    subscript.offset};
  }
  // Each index is checked by itself first, so that an error points to it.
  int axis = 0;
  for (std::size_t i = 0; i < raws.size(); ++i) {
    if (raws[i].kind == Raw::Kind::ellipsis) axis += array.shape.rank() - taken;
    if (raws[i].kind == Raw::Kind::range) ++axis;
    const auto check = [&](std::int64_t index, std::size_t place) {
      try {
        static_cast<void>(build::resolve_integer(index, axis, array.shape[axis]));
      } catch (const Error& error) {
        throw Mistake{error.code(), error.what(), place};
      }
    };
    if (raws[i].kind == Raw::Kind::list)
      for (std::size_t k = 0; k < raws[i].list->size(); ++k)
        check((*raws[i].list)[k], subscripts[i].as<Tuple>()->values[k].offset);
    if (raws[i].kind == Raw::Kind::integer) check(raws[i].integer, subscripts[i].offset);
    if (raws[i].kind == Raw::Kind::list || raws[i].kind == Raw::Kind::integer) ++axis;
  }
  std::vector<AxisSubscript> resolved = resolve_subscripts(array.shape, raws);
  const Shape shape = subscripted_shape(resolved);
  Labels labels = subscripted_labels(array.labels, resolved);
  NodePtr node = build::index(array_of(std::move(array)).node, std::move(resolved));
  return term_of({std::move(node), shape, std::move(labels)});
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
