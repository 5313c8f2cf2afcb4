#include "chunkwise/expr/reduce_options.hpp"

#include <limits>
#include <utility>
#include <vector>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/expr/handle_of.hpp"
#include "runtime/expr/term.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using terms::apply;
using terms::cast;
using terms::Number;
using terms::Term;
using terms::term_of;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

Number number_of(const Scalar& value) {
  if (value.dtype == DType::boolean) return value.as<bool>();
  if (is_floating(value.dtype)) return value.as<double>();
  if (is_signed_integer(value.dtype)) return value.as<std::int64_t>();
  return value.as<std::uint64_t>();
}

Number zero() { return std::int64_t{0}; }

/// A reduction whose aggregate may be replaced by others over the same axes.
class ReductionWith {
 public:
  ReductionWith(AggregateCode code, std::uint32_t axes, bool keepdims, std::int64_t ddof,
                const ReductionOptions& options, const Groups& groups)
      : code_(code),
        what_(*aggregate::find(code)),
        axes_(axes),
        keepdims_(keepdims),
        ddof_(ddof),
        options_(options),
        groups_(groups) {}

  [[nodiscard]] UntypedArray of(Term x) const {
    require_taken(x.dtype);
    const Labels labels = group_labels(x.labels, x.shape.rank(), axes_, keepdims_, what_.meaning, groups_);
    // Integers have no NaN, so it is skipped, and counted, before it would become a number.
    const bool loses_nan = options_.dtype && is_floating(x.dtype) && !is_floating(*options_.dtype);
    if (loses_nan) x = settled(std::move(x));
    const Term given = loses_nan ? x : Term();
    if (loses_nan &&
        (is(aggregate::NanSum::code, aggregate::NanProduct::code) || code_ == aggregate::ExactNanSum::code))
      x = apply(op::Where::code, apply(op::IsNan::code, x), Number(std::int64_t{code_ == aggregate::NanProduct::code}),
                x);
    if (options_.dtype) x = cast(std::move(x), *options_.dtype);
    x = settled(std::move(x));
    // The smallest of nothing is what it starts from.
    const bool starts_alone = what_.needs_elements && options_.initial && x.shape.elements() == 0;
    Term result = starts_alone ? apply(op::Add::code, cast(fold(aggregate::Count::code, x), x.dtype), start(x.dtype))
                  : options_.where ? masked(x)
                                   : fold(code_, x);
    if (options_.dtype && result.dtype != *options_.dtype) result = cast(std::move(result), *options_.dtype);
    if (options_.initial && !starts_alone) result = started(std::move(result));
    if (options_.min_count)
      result = apply(op::Where::code,
                     apply(op::GreaterEqual::code, counted(loses_nan ? given : x), Number(*options_.min_count)),
                     std::move(result), Number(not_a_number));
    result.labels = labels;
    return array_of(std::move(result));
  }

 private:
  [[nodiscard]] bool is(AggregateCode one, AggregateCode other) const { return code_ == one || code_ == other; }
  [[nodiscard]] bool is_smallest() const { return is(aggregate::Minimum::code, aggregate::NanMinimum::code); }
  [[nodiscard]] bool is_extreme() const {
    return is_smallest() || is(aggregate::Maximum::code, aggregate::NanMaximum::code);
  }
  [[nodiscard]] bool skips() const { return what_.name.starts_with("nan"); }

  void require_taken(DType dtype) const {
    const auto refuse = [&](ErrorCode code, const std::string& words) {
      throw Error(code, "'" + std::string(what_.name) + "' " + words);
    };
    const TakenOptions taken = options_of(code_);
    if (options_.where && !taken.where) refuse(ErrorCode::invalid_argument, "takes no where");
    if (options_.dtype && !taken.dtype) refuse(ErrorCode::invalid_argument, "takes no dtype");
    if (options_.initial && !taken.initial) refuse(ErrorCode::invalid_argument, "takes no initial");
    if (options_.min_count && !taken.min_count) refuse(ErrorCode::invalid_argument, "takes no min_count");
    const bool is_average = taken.dtype && !taken.initial;
    if (options_.dtype && is_average && !is_floating(*options_.dtype))
      refuse(ErrorCode::type_mismatch, "gives floating numbers, and dtype is " + std::string(name_of(*options_.dtype)));
    if (options_.where && is_extreme() && !options_.initial && !(skips() && is_floating(dtype)))
      refuse(ErrorCode::invalid_argument,
             "of a part of the elements has no value where it takes none; give it one: initial");
    const DType result = options_.dtype.value_or(aggregate::result_type(code_, dtype));
    if (options_.initial && is_floating(options_.initial->dtype) && !is_floating(result))
      refuse(ErrorCode::type_mismatch, "gives " + std::string(name_of(result)) + ", and initial is a floating number");
    if (options_.initial && result == DType::boolean && options_.initial->dtype != DType::boolean) {
      const double number = terms::as_double(number_of(*options_.initial));
      if (number != 0 && number != 1) refuse(ErrorCode::out_of_range, "gives bool, and initial is neither 0 nor 1");
    }
    if (options_.min_count && *options_.min_count < 0)
      refuse(ErrorCode::invalid_argument, "has a min_count of " + std::to_string(*options_.min_count));
  }

  /// The reduction by an aggregate, without labels.
  [[nodiscard]] Term fold(AggregateCode code, Term x) const {
    const NodePtr input = array_of(std::move(x)).node;
    NodePtr node = build::fold(code, input, axes_, keepdims_, ddof_, groups_.grouping);
    return term_of(handle_of(std::move(node), {}));
  }

  /// The mask, which is true where an element counts.
  [[nodiscard]] Term mask(const Term& x) const {
    const UntypedArray& given = *options_.where;
    if (given.shape.rank() > x.shape.rank() || broadcast(x.shape, given.shape) != x.shape)
      throw Error(ErrorCode::shape_mismatch, "where has the shape " + to_string(given.shape) +
                                                 ", which does not broadcast to that of the array, " +
                                                 to_string(x.shape));
    return term_of(given);
  }
  /// x where the mask is true, else a number.
  [[nodiscard]] Term chosen(const Term& x, const Number& otherwise) const {
    return apply(op::Where::code, mask(x), x, otherwise);
  }
  /// The number of elements that count and are not NaN.
  [[nodiscard]] Term counted(const Term& x) const {
    if (!options_.where) return fold(aggregate::Count::code, x);
    return fold(aggregate::Sum::code,
                apply(op::LogicalAnd::code, mask(x), apply(op::LogicalNot::code, apply(op::IsNan::code, x))));
  }

  /// The reduction of the elements where the mask is true.
  [[nodiscard]] Term masked(const Term& x) const {
    using namespace aggregate;
    if (code_ == Count::code) return counted(x);
    if (is(Sum::code, NanSum::code) || is(ExactSum::code, ExactNanSum::code) || code_ == Any::code)
      return fold(code_, chosen(x, zero_of(x.dtype)));
    if (is(Product::code, NanProduct::code) || code_ == aggregate::All::code)
      return fold(code_, chosen(x, one_of(x.dtype)));
    if (is_extreme()) return fold(code_, chosen(x, options_.initial ? start(x.dtype) : Number(not_a_number)));
    const Term wide = is_floating(x.dtype) ? x : settled(cast(x, DType::float64));
    if (is(Mean::code, ExactMean::code)) {
      const AggregateCode sum = code_ == Mean::code ? Sum::code : ExactSum::code;
      const Term all = x.dtype == DType::float64 ? x : cast(x, DType::float64);
      Term mean = apply(op::Divide::code, fold(sum, chosen(all, Number(0.0))), cast(counted(x), DType::float64));
      return mean.dtype == wide.dtype ? std::move(mean) : cast(std::move(mean), wide.dtype);
    }
    const Term kept = settled(chosen(wide, Number(not_a_number)));
    if (code_ == ExactNanMean::code || skips()) return fold(code_, kept);
    if (!is(Variance::code, StandardDeviation::code))
      throw Error(ErrorCode::unsupported, "'" + std::string(what_.name) + "' has no formula with where");
    // The deviation of what is left is that of the variant which skips NaN, and NaN if NaN is among what is left.
    const AggregateCode variant = code_ == Variance::code ? NanVariance::code : NanStandardDeviation::code;
    Term deviation = fold(variant, kept);
    if (!is_floating(x.dtype)) return deviation;
    Term spoilt = fold(Any::code, apply(op::LogicalAnd::code, mask(x), apply(op::IsNan::code, wide)));
    return apply(op::Where::code, std::move(spoilt), Number(not_a_number), std::move(deviation));
  }
  static Number zero_of(DType dtype) { return dtype == DType::boolean ? Number(false) : zero(); }
  static Number one_of(DType dtype) { return dtype == DType::boolean ? Number(true) : Number(std::int64_t{1}); }

  /// The result put together with the number from which it starts.
  [[nodiscard]] Term started(Term result) const {
    Number from = start(result.dtype);
    if (is(aggregate::Sum::code, aggregate::NanSum::code))
      return apply(op::Add::code, std::move(result), std::move(from));
    if (!is_extreme()) return apply(op::Multiply::code, std::move(result), std::move(from));
    if (skips()) return apply(is_smallest() ? op::Fmin::code : op::Fmax::code, std::move(result), std::move(from));
    return apply(is_smallest() ? op::Minimum::code : op::Maximum::code, std::move(result), std::move(from));
  }
  /// The number from which a result of this type starts: beside bool an integer would make integers of it.
  [[nodiscard]] Number start(DType dtype) const {
    const Number number = number_of(*options_.initial);
    return dtype == DType::boolean ? Number(terms::as_double(number) != 0) : number;
  }

  AggregateCode code_;
  const aggregate::Description& what_;
  std::uint32_t axes_;
  bool keepdims_;
  std::int64_t ddof_;
  const ReductionOptions& options_;
  const Groups& groups_;
};

}  // namespace

UntypedArray reduce_with(AggregateCode aggregate, const UntypedArray& x, std::uint32_t axes, bool keepdims,
                         std::int64_t ddof, const ReductionOptions& options, const Groups& groups) {
  if (!aggregate::find(aggregate))
    throw Error(ErrorCode::invalid_argument,
                "no aggregate has the number " + std::to_string(static_cast<unsigned>(aggregate)));
  return ReductionWith(aggregate, axes, keepdims, ddof, options, groups).of(term_of(x));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
