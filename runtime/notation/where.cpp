/// xarray's x.where(condition), whose condition lies along the dimensions of its names.
#include <algorithm>
#include <limits>

#include "chunkwise/expr/rolling.hpp"
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Returns the number of the axis of a name, or -1.
int axis_called(const Labels& labels, int rank, const std::string& name) {
  for (int axis = 0; axis < rank; ++axis)
    if (!name.empty() && labels.dimension(axis) == name) return axis;
  return -1;
}

/// Cuts x and the condition to the places along each dimension of the condition at which it is true somewhere.
void drop_false(Term& x, Term& condition, const Value& place, const BackendPtr& backend) {
  const int rank = condition.shape.rank();
  UntypedArray whole = array_of(std::move(condition));
  UntypedArray mask = whole;
  UntypedArray cut = array_of(std::move(x));
  for (int axis = 0; axis < rank; ++axis) {
    const std::uint32_t others = ((1U << rank) - 1U) & ~(1U << axis);
    NodePtr any = others ? build::fold(aggregate::Any::code, whole.node, others, false, 0) : whole.node;
    const Shape extent = any->shape;
    const Value truths{term_of({std::move(any), extent, {}}), place.offset};
    std::vector<std::int64_t> kept = truths_of(truths, backend);
    const std::string& name = whole.labels.dimension(axis);
    if (kept.empty())
      throw Mistake{ErrorCode::not_found, "the condition is true nowhere, and nothing would be left", place.offset};
    const int own = axis_called(cut.labels, cut.shape.rank(), name);
    if (own < 0 || cut.shape[own] != whole.shape[axis])
      throw Mistake{ErrorCode::name_mismatch,
                    "with drop=True the condition has dimensions of the array, by their names, and this one has " +
                        (name.empty() ? "an axis without a name" : quoted(name)),
                    place.offset};
    mask = chunkwise::take(mask, kept, axis);
    cut = chunkwise::take(cut, std::move(kept), own);
  }
  condition = term_of(mask);
  x = term_of(cut);
}

}  // namespace

Term fitted(Term part, const Labels& labels, const Shape& shape) {
  const int rank = part.shape.rank();
  if (rank == 0 || rank > shape.rank()) return part;
  bool is_there_already = true;
  for (int axis = 0; axis < rank; ++axis) {
    const std::string& name = part.labels.dimension(axis);
    const int place = axis_called(labels, shape.rank(), name);
    if (place < 0 || part.shape[axis] != shape[place]) return part;
    is_there_already = is_there_already && place == axis + shape.rank() - rank;
  }
  return is_there_already ? std::move(part) : term_of(spread(array_of(std::move(part)), labels, shape));
}

Term where_method(std::size_t offset, std::vector<Value> arguments, const BackendPtr& backend) {
  const auto drop = std::ranges::find(arguments, "drop", &Value::keyword);
  const bool drops = drop != arguments.end() && truth(&*drop, "drop");
  if (drop != arguments.end()) arguments.erase(drop);
  for (std::size_t i = 1; i < arguments.size(); ++i)
    if ((i == 1 && arguments[i].keyword == "cond") || (i == 2 && arguments[i].keyword == "other"))
      arguments[i].keyword = {};
  const bool is_complete = arguments.size() == 2 || arguments.size() == 3;
  for (const Value& value : arguments)
    if (!is_complete || !value.keyword.empty())
      throw Mistake{ErrorCode::invalid_argument,
                    "'where' takes a condition and another number or array: x.where(condition, other=nan, drop=False)",
                    value.keyword.empty() ? offset : value.keyword_offset};
  Term x = take_array(std::move(arguments[0]), "'where'");
  const Value place{NoValue{}, arguments[1].offset};
  Operand condition = take_operand(std::move(arguments[1]), "'where'");
  Operand other = Number(std::numeric_limits<double>::quiet_NaN());
  if (arguments.size() == 3) other = take_operand(std::move(arguments[2]), "'where'");
  if (drops && arguments.size() == 3)
    throw Mistake{ErrorCode::invalid_argument, "'where' has another array or drop=True, and not both", offset};
  if (drops && !std::holds_alternative<Term>(condition))
    throw Mistake{ErrorCode::type_mismatch, "with drop=True the condition is an array", place.offset};
  x = settled(std::move(x));
  if (drops) drop_false(x, std::get<Term>(condition), place, backend);
  const Labels labels = x.labels;
  const Shape shape = x.shape;
  about(place, [&] {
    if (Term* const own = std::get_if<Term>(&condition)) *own = fitted(std::move(*own), labels, shape);
    if (Term* const own = std::get_if<Term>(&other)) *own = fitted(std::move(*own), labels, shape);
    return 0;
  });
  return apply(op::Where::code, std::move(condition), std::move(x), std::move(other));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
