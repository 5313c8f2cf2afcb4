/// Reductions of groups whose windows have weights: x.groupby('time.dayofyear', window=[1, 2, 1]).mean().
#include "chunkwise/expr/shape.hpp"
#include "chunkwise/op/arithmetic.hpp"
#include "chunkwise/op/comparison.hpp"
#include "runtime/expr/along_axis.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

Term weighted_window_method(std::string_view name, std::size_t offset, const Grouped& grouped,
                            std::vector<Value> arguments) {
  const std::string_view plain = name.starts_with("nan") ? name.substr(3) : name;
  if (plain != "mean" && plain != "sum")
    throw Mistake{ErrorCode::unsupported,
                  "windows with weights have mean, sum, nanmean and nansum, and not " + quoted(name) +
                      "; a number of steps, window=5, has every reduction",
                  offset};
  const auto skip = std::ranges::find(arguments, "skipna", &Value::keyword);
  const bool skips = plain != name || (skip != arguments.end() && !skip->as<NoValue>() && truth(&*skip, "skipna"));
  if (skip != arguments.end()) arguments.erase(skip);
  for (const Value& value : arguments)
    if (!value.keyword.empty() && value.keyword != "axis" && value.keyword != "dim")
      throw Mistake{ErrorCode::unsupported, "windows with weights take an axis and skipna alone", value.keyword_offset};
  const KeyedArray& keys = *grouped.keys;
  const Term x = settled(term_of(keys.array));
  const Term weights =
      term_of(numbers_along_axis(grouped.weights, DType::float64, x.shape.rank(), keys.groups.grouping->axis));
  const Term missing = skips ? settled(apply(op::IsNan::code, x)) : Term{};
  const auto reduced = [&](std::string_view how, Term array) {
    KeyedArray with = keys;
    with.array = array_of(std::move(array));
    Grouped plainly{grouped.array, grouped.groups, std::make_shared<const KeyedArray>(std::move(with)), {}, true, {}};
    return grouped_method(how, offset, std::move(plainly), arguments);
  };
  Term products = apply(op::Multiply::code, x, weights);
  if (skips) products = apply(op::Where::code, missing, Number(0.0), settled(std::move(products)));
  Term sum = reduced("sum", std::move(products));
  if (plain == "sum") return sum;
  // In the shape of the elements, so that the weight of each is added, whatever axes are reduced.
  Term counted = term_of(broadcast_to(array_of(weights), x.shape));
  counted.labels = x.labels;
  if (skips) counted = apply(op::Where::code, missing, Number(0.0), settled(std::move(counted)));
  Term mean = apply(op::Divide::code, std::move(sum), reduced("sum", std::move(counted)));
  mean.labels = reduced("mean", x).labels;
  return mean;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
