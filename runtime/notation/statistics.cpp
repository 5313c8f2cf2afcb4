/// The functions of the notation that are several reductions: the same ones, in the same order, as in
/// expr/statistics.hpp.
#include <limits>
#include <optional>
#include <utility>

#include "chunkwise/op/arithmetic.hpp"
#include "chunkwise/op/comparison.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// The reductions of a call, over its axes.
class Reductions {
 public:
  Reductions(std::size_t offset, const Value* axis, bool keepdims) : offset_(offset), keepdims_(keepdims) {
    if (axis) axis_ = *axis;
  }
  Term operator()(std::string_view name, Term array) const { return reduced(name, std::move(array), keepdims_); }
  /// Returns the reduction with its axes as extents of 1, whatever the call says.
  [[nodiscard]] Term with_axes(std::string_view name, Term array) const {
    return reduced(name, std::move(array), true);
  }

 private:
  [[nodiscard]] Term reduced(std::string_view name, Term array, bool keepdims) const {
    std::vector<Value> arguments;
    arguments.push_back(argument(std::move(array), {}));
    if (axis_) {
      arguments.push_back(*axis_);
      arguments.back().keyword = "axis";
    }
    if (keepdims) arguments.push_back(argument(Number(true), "keepdims"));
    return call(name, offset_, std::move(arguments));
  }
  template <class Data>
  [[nodiscard]] Value argument(Data data, std::string_view keyword) const {
    Value value;
    value.data = std::move(data);
    value.offset = value.keyword_offset = offset_;
    value.keyword = keyword;
    return value;
  }

  std::size_t offset_;
  std::optional<Value> axis_;
  bool keepdims_;
};

Term moment(const Term& x, bool is_third, bool skips, const Reductions& reduce) {
  const std::string_view mean = skips ? "nanmean" : "mean";
  const Term deviation = settled(apply(op::Subtract::code, x, reduce.with_axes(mean, x)));
  const Term squared = settled(apply(op::Multiply::code, deviation, deviation));
  const Term second = settled(reduce(mean, squared));
  const Number resolution(second.dtype == DType::float32 ? 1e-6 : 1e-15);
  Term constant = settled(apply(op::LessEqual::code, second,
                                apply(op::Square::code, apply(op::Multiply::code, reduce(mean, x), resolution))));
  Term value;
  if (is_third) {
    Term third = reduce(mean, apply(op::Multiply::code, squared, deviation));
    value = apply(op::Divide::code, std::move(third), apply(op::Multiply::code, second, apply(op::Sqrt::code, second)));
  } else {
    Term fourth = reduce(mean, apply(op::Multiply::code, squared, squared));
    value = apply(op::Subtract::code,
                  apply(op::Divide::code, std::move(fourth), apply(op::Multiply::code, second, second)), Number(3.0));
  }
  return apply(op::Where::code, std::move(constant), Number(nan), std::move(value));
}

Term of_pairs(const Function& function, std::size_t offset, Arguments arguments) {
  arguments.expect(2, function.name == "cov" ? 4 : 3);
  const Value* axis = arguments.option("dim", 2);
  if (const Value* other = arguments.find("axis")) {
    if (axis) throw Mistake{ErrorCode::invalid_argument, "'axis' is 'dim', which is given too", other->offset};
    axis = other;
  }
  const Value* given = function.name == "cov" ? arguments.option("ddof", 3) : nullptr;
  const std::int64_t freedom = given ? take_int(*given, "ddof") : 1;
  const Reductions reduce(offset, axis, false);
  Term x = take_array(Value(arguments.by_position()[0]), quoted(function.name));
  Term y = take_array(Value(arguments.by_position()[1]), quoted(function.name));
  // Both in one type, so that no mean is rounded to less than the other has.
  const bool are_single = x.dtype == DType::float32 && y.dtype == DType::float32;
  const auto floating = [dtype = are_single ? DType::float32 : DType::float64](Term term) {
    return settled(term.dtype == dtype ? std::move(term) : cast(std::move(term), dtype));
  };
  const Term a = floating(std::move(x)), b = floating(std::move(y));
  if (a.shape.rank() != b.shape.rank())
    throw Mistake{ErrorCode::shape_mismatch,
                  quoted(function.name) + " takes arrays of the same axes, and these have the shapes " +
                      to_string(a.shape) + " and " + to_string(b.shape) + "; x[:, None] has a further axis",
                  arguments.by_position()[1].offset};
  const Term missing = settled(apply(op::LogicalOr::code, apply(op::IsNan::code, a), apply(op::IsNan::code, b)));
  const Term first = settled(apply(op::Where::code, missing, Number(nan), a));
  const Term second = settled(apply(op::Where::code, missing, Number(nan), b));
  Term product = apply(op::Multiply::code, apply(op::Subtract::code, first, reduce.with_axes("nanmean", first)),
                       apply(op::Subtract::code, second, reduce.with_axes("nanmean", second)));
  product = settled(apply(op::Where::code, missing, Number(0.0), std::move(product)));
  const DType dtype = product.dtype;
  Term total = reduce("sum", std::move(product));
  Term number = reduce("sum", settled(apply(op::LogicalNot::code, missing)));
  if (function.name == "corr") {
    const Term spread = settled(apply(op::Multiply::code, reduce("nanstd", first), reduce("nanstd", second)));
    return apply(
        op::Where::code, apply(op::Greater::code, spread, Number(0.0)),
        apply(op::Divide::code, apply(op::Divide::code, std::move(total), cast(std::move(number), dtype)), spread),
        Number(nan));
  }
  number = settled(apply(op::Subtract::code, std::move(number), Number(freedom)));
  return apply(op::Where::code, apply(op::Greater::code, number, Number(std::int64_t{0})),
               apply(op::Divide::code, std::move(total), cast(number, dtype)), Number(nan));
}

}  // namespace

Term statistic_call(const Function& called, std::size_t offset, Arguments arguments) {
  if (called.arrays == 2) return of_pairs(called, offset, std::move(arguments));
  const Function& function = skipping(called, arguments);
  arguments.expect(1, 2);
  const Value* axis = axis_option(arguments);
  const Reductions reduce(offset, axis, truth(arguments.find("keepdims"), "keepdims"));
  Term x = take_array(Value(arguments.by_position()[0]), quoted(function.name));
  if (function.name == "count_nonzero") return reduce("sum", cast(std::move(x), DType::boolean));
  if (function.name == "ptp") return apply(op::Subtract::code, reduce("max", x), reduce("min", x));
  if (function.name == "nanptp") return apply(op::Subtract::code, reduce("nanmax", x), reduce("nanmin", x));
  return moment(x, called.name.ends_with("skew"), function.name.starts_with("nan"), reduce);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
