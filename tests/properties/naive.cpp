// The naive evaluator. The file is long because it says once more, in its own words, what each kind of node and each
// function means; what it shared with the runtime it could not check.
#include "tests/properties/naive.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/op/catalog.hpp"
#include "chunkwise/op/line/catalog.hpp"
#include "tests/graph/place_of.hpp"

namespace chunkwise::naive {

namespace {

// ---------------------------------------------------------------- elements

/// Calls visit(index) for each index of a shape in row-major order.
template <class Visit>
void for_each_index(const Shape& shape, Visit&& visit) {
  PerAxis<std::int64_t> index = PerAxis<std::int64_t>::filled(shape.rank(), 0);
  for (std::int64_t left = shape.elements(); left > 0; --left) {
    visit(static_cast<const PerAxis<std::int64_t>&>(index));
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
}

std::int64_t position_of(const PerAxis<std::int64_t>& index, const Shape& shape) {
  std::int64_t position = 0;
  for (int axis = 0; axis < shape.rank(); ++axis) position = position * shape[axis] + index[axis];
  return position;
}

Values values_for(const Node& node) {
  return {node.dtype, node.shape,
          std::vector<std::byte>(static_cast<std::size_t>(node.shape.elements()) * size_of(node.dtype))};
}

void put(Values& values, std::int64_t position, const Scalar& scalar) {
  const std::size_t size = size_of(values.dtype);
  std::memcpy(values.bytes.data() + static_cast<std::size_t>(position) * size, scalar.bytes.data(), size);
}

Scalar load(DType dtype, const std::byte* from) {
  Scalar scalar;
  scalar.dtype = dtype;
  std::memcpy(scalar.bytes.data(), from, size_of(dtype));
  return scalar;
}

template <class To>
To convert(const Scalar& scalar) {
  return dispatch(scalar.dtype, [&](auto zero) {
    using From = decltype(zero);
    return op::Cast::convert<To, From>(scalar.as<From>());
  });
}

Scalar cast(const Scalar& scalar, DType to) {
  return dispatch(to, [&](auto zero) { return Scalar(convert<decltype(zero)>(scalar)); });
}

// ---------------------------------------------------------------- programs

using Operation = Scalar (*)(const Scalar* arguments);

template <class Op, class T>
Scalar apply(const Scalar* a) {
  if constexpr (op::OnlyBlockwise<Op>) {
    T out{};
    const T x = a[0].as<T>();
    if constexpr (Op::arity == 1)
      Op::apply_block(&x, &out, 1);
    else {
      const T y = a[1].as<T>();
      Op::apply_block(&x, &y, &out, 1);
    }
    return Scalar(out);
  } else if constexpr (Op::arity == 1)
    return Scalar(Op::template apply<T>(a[0].as<T>()));
  else if constexpr (Op::arity == 2)
    return Scalar(Op::template apply<T>(a[0].as<T>(), a[1].as<T>()));
  else if constexpr (Op::signature == op::Signature::selection)
    return Scalar(Op::template apply<T>(a[0].as<bool>(), a[1].as<T>(), a[2].as<T>()));
  else
    return Scalar(Op::template apply<T>(a[0].as<T>(), a[1].as<T>(), a[2].as<T>()));
}

template <class Op, class T>
constexpr bool is_defined() {
  switch (Op::signature) {
    case op::Signature::arithmetic:
    case op::Signature::numeric:
      return !std::is_same_v<T, bool>;
    case op::Signature::integral:
      return std::is_integral_v<T>;
    case op::Signature::shifting:
      return std::is_integral_v<T> && !std::is_same_v<T, bool>;
    case op::Signature::division:
    case op::Signature::floating:
    case op::Signature::closeness:
      return std::is_floating_point_v<T>;
    case op::Signature::logical:
      return std::is_same_v<T, bool>;
    case op::Signature::conversion:
      return false;
    default:
      return true;
  }
}

Operation find_operation(const Instruction& instruction) {
  Operation found = nullptr;
  boost::hana::for_each(op::catalog, [&](auto type) {
    using Op = typename decltype(type)::type;
    if (Op::code != instruction.code) return;
    dispatch(instruction.type, [&](auto zero) {
      if constexpr (is_defined<Op, decltype(zero)>()) found = &apply<Op, decltype(zero)>;
    });
  });
  if (!found) throw std::logic_error("naive: no such operation");
  return found;
}

/// A program, looked up once and applied to one element after the other.
class Formula {
 public:
  explicit Formula(const Program& program) : program_(&program), values_(program.code().size()) {
    for (const Instruction& in : program.code()) {
      const bool is_operation = in.code != OpCode::input && in.code != OpCode::parameter && in.code != op::Cast::code;
      operations_.push_back(is_operation ? find_operation(in) : nullptr);
    }
  }
  const Scalar& operator()(const std::vector<Scalar>& inputs, const std::vector<Scalar>& parameters) {
    const auto code = program_->code();
    for (std::size_t i = 0; i < code.size(); ++i) {
      const Instruction& in = code[i];
      if (in.code == OpCode::input)
        values_[i] = inputs.at(in.arguments[0]);
      else if (in.code == OpCode::parameter)
        values_[i] = parameters.at(in.arguments[0]);
      else if (in.code == op::Cast::code)
        values_[i] = cast(values_[in.arguments[0]], in.result);
      else {
        const Scalar arguments[] = {values_[in.arguments[0]], values_[in.arguments[1]], values_[in.arguments[2]]};
        values_[i] = operations_[i](arguments);
      }
    }
    return values_.back();
  }

 private:
  const Program* program_;
  std::vector<Operation> operations_;
  std::vector<Scalar> values_;
};

// ---------------------------------------------------------------- reductions

/// What one output has seen: of one lane, one chunk, one run, or everything.
template <class T>
struct State {
  // Integers are compared as integers; everything that is averaged is float64.
  using Value = std::conditional_t<std::is_floating_point_v<T>, double,
                                   std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>>;
  double count = 0;  ///< elements, or those that are not NaN where NaN is skipped
  double sum = 0;
  double product = 1;
  std::uint64_t wrapped = 0;
  std::uint64_t wrapped_product = 1;
  double shift = 0, deviation = 0, m2 = 0;  ///< in a lane m2 is the sum of squared distances from the shift
  Value value{};
};

template <class T>
class Reducer {
 public:
  using S = State<T>;
  using Value = typename S::Value;

  explicit Reducer(const FoldNode& node) : node_(&node) {
    switch (node.op) {
      case aggregate::NanSum::code:
      case aggregate::NanMean::code:
      case aggregate::NanVariance::code:
      case aggregate::NanStandardDeviation::code:
      case aggregate::NanMinimum::code:
      case aggregate::NanMaximum::code:
      case aggregate::NanProduct::code:
      case aggregate::Count::code:
        skips_nan_ = std::is_floating_point_v<T>;
        break;
      default:
        break;
    }
    seeks_minimum_ = node.op == aggregate::Minimum::code || node.op == aggregate::NanMinimum::code;
    seeks_maximum_ = node.op == aggregate::Maximum::code || node.op == aggregate::NanMaximum::code;
  }

  /// Elements of one output in one chunk, in row-major order.
  [[nodiscard]] S chunk(const std::vector<T>& elements) const {
    std::vector<S> lanes(node_->definition.lanes, start());
    // One shift for all lanes: the first element that counts.
    double shift = 0;
    for (const T& element : elements)
      if (!skipped(element)) {
        shift = static_cast<double>(element);
        break;
      }
    for (std::size_t k = 0; k < elements.size(); ++k) add(lanes[k % lanes.size()], elements[k], shift);
    for (std::size_t half = lanes.size() / 2; half > 0; half /= 2)
      for (std::size_t j = 0; j < half; ++j) join(lanes[j], lanes[j + half]);
    S result = lanes[0];
    result.shift = shift;
    if (result.count > 0) {
      const double infinity = std::numeric_limits<double>::infinity();
      const double squares = result.m2;
      const double square = result.deviation * result.deviation;
      const double inverse = 1.0 / result.count;
      result.m2 = squares - (square == infinity ? result.deviation * (result.deviation * inverse) : square * inverse);
      if (result.m2 < 0.0) result.m2 = 0.0;
      // Squares beyond the range of float64 are infinite, and no number where an element is infinite.
      const bool infinite = std::any_of(elements.begin(), elements.end(),
                                        [](const T& element) { return std::isinf(static_cast<double>(element)); });
      if (squares == infinity) result.m2 = infinite ? std::numeric_limits<double>::quiet_NaN() : infinity;
    }
    return result;
  }

  /// `right` follows `left`.
  void merge(S& left, const S& right) const {
    left.value = better(left.value, right.value);
    left.wrapped += right.wrapped;
    left.sum += right.sum;
    left.product *= right.product;
    left.wrapped_product *= right.wrapped_product;
    if (right.count == 0) return;
    if (left.count == 0) {
      left.count = right.count;
      left.shift = right.shift;
      left.deviation = right.deviation;
      left.m2 = right.m2;
      return;
    }
    const double nl = left.count;
    const double nr = right.count;
    const double between = right.shift - left.shift;
    // Counts that are known beforehand divide by their reciprocals.
    const double right_mean = skips_nan_ ? right.deviation / nr : right.deviation * (1.0 / nr);
    const double left_mean = skips_nan_ ? left.deviation / nl : left.deviation * (1.0 / nl);
    const double delta = (between + right_mean) - left_mean;
    const double both = left.m2 + right.m2;
    left.m2 = both + (delta * delta) * (nl * (nr / (nl + nr)));
    if (std::isnan(left.m2) && !std::isnan(both)) left.m2 = std::numeric_limits<double>::infinity();
    left.deviation = left.deviation + (right.deviation + nr * between);
    left.count = nl + nr;
  }

  [[nodiscard]] Scalar finish(const S& state) const {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    switch (node_->op) {
      case aggregate::Sum::code:
      case aggregate::NanSum::code:
      case aggregate::ExactSum::code:
      case aggregate::ExactNanSum::code:
        if constexpr (std::is_same_v<T, double>)
          return Scalar(state.sum);
        else if constexpr (std::is_same_v<T, float>)
          return Scalar(static_cast<float>(state.sum));
        else if constexpr (std::is_unsigned_v<T> && !std::is_same_v<T, bool>)
          return Scalar(state.wrapped);
        else
          return Scalar(static_cast<std::int64_t>(state.wrapped));
      case aggregate::Product::code:
      case aggregate::NanProduct::code:
        if constexpr (std::is_floating_point_v<T>)
          return floating(state.product);
        else if constexpr (std::is_unsigned_v<T> && !std::is_same_v<T, bool>)
          return Scalar(state.wrapped_product);
        else
          return Scalar(static_cast<std::int64_t>(state.wrapped_product));
      case aggregate::Mean::code:
      case aggregate::NanMean::code:
        return floating(state.sum / state.count);
      case aggregate::Variance::code:
      case aggregate::StandardDeviation::code:
      case aggregate::NanVariance::code:
      case aggregate::NanStandardDeviation::code: {
        const bool skipping =
            node_->op == aggregate::NanVariance::code || node_->op == aggregate::NanStandardDeviation::code;
        const double freedom = state.count - static_cast<double>(node_->ddof);
        if (skipping && freedom <= 0) return floating(nan);
        const double variance = state.m2 / std::max(freedom, 0.0);
        const bool root =
            node_->op == aggregate::StandardDeviation::code || node_->op == aggregate::NanStandardDeviation::code;
        return floating(root ? std::sqrt(variance) : variance);
      }
      case aggregate::Count::code:
        return Scalar(static_cast<std::int64_t>(state.count));
      default:
        return Scalar(static_cast<T>(state.value));
    }
  }

  [[nodiscard]] S start() const {
    S state;
    if (!seeks_minimum_ && !seeks_maximum_) return state;
    using Limits = std::numeric_limits<Value>;
    if (skips_nan_)
      state.value = Limits::quiet_NaN();
    else if constexpr (std::is_floating_point_v<Value>)
      state.value = seeks_minimum_ ? Limits::infinity() : -Limits::infinity();
    else
      state.value = seeks_minimum_ ? Limits::max() : Limits::min();
    return state;
  }

 private:
  [[nodiscard]] bool skipped(const T& element) const { return skips_nan_ && element != element; }

  void add(S& lane, const T& element, double shift) const {
    if constexpr (!std::is_floating_point_v<T>) {
      lane.wrapped += static_cast<std::uint64_t>(element);
      lane.wrapped_product *= static_cast<std::uint64_t>(element);
    }
    lane.value = better(lane.value, static_cast<Value>(element));
    if (skipped(element)) {
      lane.sum += 0.0;
      lane.deviation += 0.0;
      lane.m2 += 0.0;
      return;
    }
    const auto x = static_cast<double>(element);
    const double distance = x - shift;
    lane.count += 1;
    lane.sum += x;
    lane.product *= x;
    lane.deviation += distance;
    lane.m2 += distance * distance;
  }

  /// Lanes share a shift, so all they hold simply adds up.
  void join(S& left, const S& right) const {
    left.count += right.count;
    left.sum += right.sum;
    left.wrapped += right.wrapped;
    left.product *= right.product;
    left.wrapped_product *= right.wrapped_product;
    left.deviation += right.deviation;
    left.m2 += right.m2;
    left.value = better(left.value, right.value);
  }

  /// The value to keep of what was seen (`a`) and what comes (`b`).
  [[nodiscard]] Value better(Value a, Value b) const {
    if (!seeks_minimum_ && !seeks_maximum_) return a;
    if (skips_nan_) {
      if (b != b) return a;  // nothing comes
    } else if (a != a)
      return a;  // NaN was seen, and stays
    return (seeks_minimum_ ? a < b : a > b) ? a : b;
  }

  static Scalar floating(double value) {
    if constexpr (std::is_same_v<T, float>)
      return Scalar(static_cast<float>(value));
    else
      return Scalar(value);
  }

  const FoldNode* node_;
  bool skips_nan_ = false, seeks_minimum_ = false, seeks_maximum_ = false;
};

/// The part of `shape` that is on the axes of a mask (or off them); 1 elsewhere.
Shape masked(const Shape& shape, std::uint32_t axes, bool on) {
  Shape result;
  for (int axis = 0; axis < shape.rank(); ++axis) result.push_back(((axes >> axis & 1U) != 0) == on ? shape[axis] : 1);
  return result;
}

/// Returns the sign of an exact sum, whose parts are put into others that do not overlap (Shewchuk, 1997).
int sign_of_sum(const std::vector<long double>& numbers) {
  std::vector<long double> parts;
  for (long double x : numbers) {
    std::size_t kept = 0;
    for (long double y : parts) {
      if (std::fabs(x) < std::fabs(y)) std::swap(x, y);
      const long double high = x + y;
      const long double low = y - (high - x);
      if (low != 0) parts[kept++] = low;
      x = high;
    }
    parts.resize(kept);
    parts.push_back(x);
  }
  for (std::size_t i = parts.size(); i-- > 0;)
    if (parts[i] != 0) return parts[i] > 0 ? 1 : -1;
  return 0;
}

/// Returns the float64 that is nearest to a true sum, of two the even one, by bisection.
double nearest_to_sum(const std::vector<double>& numbers) {
  double special = 0;
  for (const double x : numbers)
    if (!std::isfinite(x)) special += x;
  if (special != 0) return special;
  std::vector<long double> all(numbers.begin(), numbers.end());
  all.push_back(0);
  const auto compared_with = [&](long double limit) {
    all.back() = -limit;
    return sign_of_sum(all);
  };
  const int sign = compared_with(0);
  if (sign == 0) return 0;
  // Positive doubles have the order of their bits.
  const auto number = [](std::uint64_t bits) { return std::bit_cast<double>(bits); };
  std::uint64_t low = 0, high = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::infinity());
  while (high - low > 1) {
    const std::uint64_t middle = low + (high - low) / 2;
    (sign * compared_with(sign * static_cast<long double>(number(middle))) >= 0 ? low : high) = middle;
  }
  const long double below = number(low);
  const bool is_largest = std::isinf(number(high));
  const long double half = is_largest ? std::ldexp(1.0L, 970) : (static_cast<long double>(number(high)) - below) / 2;
  const int above = sign * compared_with(sign * (below + half));
  return sign * number(above > 0 || (above == 0 && low % 2 == 1) ? high : low);
}

/// An exact sum or mean of elements.
template <class T>
Scalar exactly(AggregateCode code, const std::vector<T>& elements) {
  const bool skips = code == aggregate::ExactNanSum::code || code == aggregate::ExactNanMean::code;
  std::vector<double> numbers;
  for (const T element : elements)
    if (!skips || element == element) numbers.push_back(static_cast<double>(element));
  double value = nearest_to_sum(numbers);
  if (code == aggregate::ExactMean::code || code == aggregate::ExactNanMean::code)
    value /= static_cast<double>(numbers.size());
  if constexpr (std::is_same_v<T, float>) return Scalar(static_cast<float>(value));
  return Scalar(value);
}

/// The result of an aggregate that has no rounding, from all elements in row-major order and their positions; none for
/// others.
template <class T>
std::optional<Scalar> without_rounding(AggregateCode code, const std::vector<T>& elements,
                                       const std::vector<std::int64_t>& positions) {
  const bool skips = aggregate::find(code)->name.starts_with("nan");
  const auto is_true = [](T element) { return element != T{}; };
  [[maybe_unused]] const bool sums = code == aggregate::ExactSum::code || code == aggregate::ExactNanSum::code;
  if (code == aggregate::ExactMean::code || code == aggregate::ExactNanMean::code) return exactly(code, elements);
  if constexpr (std::is_floating_point_v<T>)
    if (sums) return exactly(code, elements);
  if (code == aggregate::Any::code) return Scalar(std::ranges::any_of(elements, is_true));
  if (code == aggregate::All::code) return Scalar(std::ranges::all_of(elements, is_true));
  const bool smallest = code == aggregate::ArgMinimum::code || code == aggregate::NanArgMinimum::code;
  const bool largest = code == aggregate::ArgMaximum::code || code == aggregate::NanArgMaximum::code;
  const bool first = code == aggregate::First::code || code == aggregate::NanFirst::code;
  const bool last = code == aggregate::Last::code || code == aggregate::NanLast::code;
  if (!smallest && !largest && !first && !last) return std::nullopt;
  std::int64_t place = -1;
  for (std::int64_t i = 0; i < std::ssize(elements); ++i) {
    const T element = elements[static_cast<std::size_t>(i)];
    if (skips && element != element) continue;
    const T best = place < 0 ? T{} : elements[static_cast<std::size_t>(place)];
    const bool is_better = best == best && (element != element || (smallest ? element < best : element > best));
    if (place < 0 || last || (!first && is_better)) place = i;
  }
  if (smallest || largest) return Scalar(place < 0 ? place : positions.at(static_cast<std::size_t>(place)));
  if constexpr (std::is_floating_point_v<T>)
    if (place < 0) return Scalar(std::numeric_limits<T>::quiet_NaN());
  return Scalar(elements.at(static_cast<std::size_t>(place)));
}

template <class T>
void reduce(const FoldNode& node, const Values& input, Values& output) {
  const Reducer<T> reducer(node);
  const auto* elements = reinterpret_cast<const T*>(input.bytes.data());
  Shape chunk_counts;
  for (int axis = 0; axis < input.shape.rank(); ++axis) chunk_counts.push_back(node.value_grid[axis].count());
  chunk_counts = masked(chunk_counts, node.axes, true);
  std::int64_t number = 0;
  // By groups an output has a group's number in the place of an index of the grouped axis.
  const int grouped = node.grouping ? node.grouping->axis : -1;
  Shape outputs = masked(input.shape, node.axes, false);
  if (grouped >= 0) outputs[grouped] = node.grouping->groups;
  for_each_index(outputs, [&](const PerAxis<std::int64_t>& output_index) {
    PerAxis<std::int64_t> kept = output_index;
    if (grouped >= 0) kept[grouped] = 0;
    const auto counts = [&](const PerAxis<std::int64_t>& at) {
      return grouped < 0 || node.grouping->labels[static_cast<std::size_t>(at[grouped])] == output_index[grouped];
    };
    std::vector<T> all;
    std::vector<std::int64_t> positions;
    std::int64_t position = 0;
    for_each_index(masked(input.shape, node.axes, true), [&](const PerAxis<std::int64_t>& reduced) {
      PerAxis<std::int64_t> at = kept;
      for (int axis = 0; axis < at.rank(); ++axis) at[axis] += reduced[axis];
      if (counts(at)) {
        all.push_back(elements[position_of(at, input.shape)]);
        positions.push_back(position);
      }
      ++position;
    });
    if (const auto result = without_rounding<T>(node.op, all, positions)) return put(output, number++, *result);
    // A chunk, and a merge group, without an element of the group has no state.
    std::vector<std::optional<State<T>>> runs;
    const auto merge = [&](std::optional<State<T>>& left, const std::optional<State<T>>& right) {
      if (left && right)
        reducer.merge(*left, *right);
      else if (right)
        left = right;
    };
    std::int64_t chunks = 0;
    for_each_index(chunk_counts, [&](const PerAxis<std::int64_t>& chunk) {
      Shape extents;
      for (int axis = 0; axis < input.shape.rank(); ++axis)
        extents.push_back(node.axes >> axis & 1U ? node.value_grid[axis].size(chunk[axis]) : 1);
      std::vector<T> mine;
      for_each_index(extents, [&](const PerAxis<std::int64_t>& inside) {
        PerAxis<std::int64_t> at = kept;
        for (int axis = 0; axis < at.rank(); ++axis)
          if (node.axes >> axis & 1U) at[axis] = node.value_grid[axis].offset(chunk[axis]) + inside[axis];
        if (counts(at)) mine.push_back(elements[position_of(at, input.shape)]);
      });
      std::optional<State<T>> state;
      if (!mine.empty()) state = reducer.chunk(mine);
      if (chunks++ % node.definition.merge_group_size == 0)
        runs.push_back(state);
      else
        merge(runs.back(), state);
    });
    if (runs.empty()) runs.emplace_back();
    while (runs.size() > 1) {
      std::vector<std::optional<State<T>>> next;
      for (std::size_t i = 0; i + 1 < runs.size(); i += 2) {
        next.push_back(runs[i]);
        merge(next.back(), runs[i + 1]);
      }
      if (runs.size() % 2 == 1) next.push_back(runs.back());
      runs = std::move(next);
    }
    put(output, number++, reducer.finish(runs[0].value_or(reducer.start())));
  });
}

// ---------------------------------------------------------------- lines

/// The place of an element in the order of numbers: -0.0 before 0.0, NaN behind all others.
template <class T>
bool comes_before(T a, T b) {
  if (a != a || b != b) return a == a;
  if constexpr (std::is_floating_point_v<T>)
    if (a == b) return std::signbit(a) && !std::signbit(b);
  return a < b;
}

/// The quantile of sorted numbers, at least one, by the definitions of NumPy's manual: so much of the way from an
/// element to the next one. Elements count from 0.
double quantile_of(const std::vector<double>& sorted, double q, QuantileMethod method) {
  const auto n = static_cast<double>(sorted.size());
  const auto element = [&](double i) { return sorted[static_cast<std::size_t>(std::clamp(i, 0.0, n - 1))]; };
  const auto mixed = [&](double at) {
    at = std::clamp(at, 0.0, n - 1);
    const double i = std::floor(at), way = at - i;
    const double a = element(i), b = element(i + 1);
    if (way == 0 || a == b) return a;
    return way < 0.5 ? a + (b - a) * way : b - (b - a) * (1 - way);
  };
  const auto fitted = [&](double alpha, double beta) { return mixed(n * q + (alpha + q * (1 - alpha - beta)) - 1); };
  const double at = (n - 1) * q;
  const double cut = n * q - 1, half = n * q - 1 - 0.5;
  const bool is_whole = cut == std::floor(cut);
  switch (method) {
    case QuantileMethod::inverted_cdf:
      return element(std::ceil(cut));
    case QuantileMethod::averaged_inverted_cdf:
      return is_whole ? mixed(cut + 0.5) : element(std::ceil(cut));
    case QuantileMethod::closest_observation:
      return element(half == std::floor(half) && std::fmod(half, 2) == 0 ? half + 1 : std::ceil(half));
    case QuantileMethod::interpolated_inverted_cdf:
      return fitted(0, 1);
    case QuantileMethod::hazen:
      return fitted(0.5, 0.5);
    case QuantileMethod::weibull:
      return fitted(0, 0);
    case QuantileMethod::median_unbiased:
      return fitted(1.0 / 3, 1.0 / 3);
    case QuantileMethod::normal_unbiased:
      return fitted(3.0 / 8, 3.0 / 8);
    case QuantileMethod::lower:
      return element(std::floor(at));
    case QuantileMethod::higher:
      return element(std::ceil(at));
    case QuantileMethod::midpoint:
      return mixed((std::floor(at) + std::ceil(at)) / 2);
    case QuantileMethod::nearest:
      return element(std::nearbyint(at));
    case QuantileMethod::linear:
      break;
  }
  return mixed(at);
}

/// Angles of a line without jumps.
template <class T>
std::vector<Scalar> of_angles(const AlongNode& node, const std::vector<T>& line) {
  using R = std::conditional_t<std::is_floating_point_v<T>, T, double>;
  const double period = node.parameters[1];
  const R half = static_cast<R>(period / 2);
  const R least = static_cast<R>(std::max(node.parameters[0], period / 2));
  std::vector<Scalar> result;
  R correction = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const R own = static_cast<R>(line[i]);
    if (i == 0) {
      result.push_back(Scalar(own));
      continue;
    }
    const R step = own - static_cast<R>(line[i - 1]);
    R turned = op::Remainder::apply(static_cast<R>(step + half), static_cast<R>(period));
    turned = turned - half;
    if (turned == -half && step > 0) turned = half;
    if (!(std::fabs(step) < least)) correction = correction + (turned - step);
    result.push_back(Scalar(static_cast<R>(own + correction)));
  }
  return result;
}

/// A line whose gaps are filled by straight lines.
template <class T>
std::vector<Scalar> of_gaps(const AlongNode& node, const std::vector<T>& line) {
  const auto n = static_cast<std::int64_t>(line.size());
  const auto at = [&](std::int64_t i) { return static_cast<double>(line[static_cast<std::size_t>(i)]); };
  const auto place = [&](std::int64_t i) {
    return node.parameters[0] == 0 ? static_cast<double>(i) : node.parameters[static_cast<std::size_t>(i) + 1];
  };
  std::vector<Scalar> result;
  for (std::int64_t i = 0; i < n; ++i) {
    std::int64_t before = i, behind = i;
    while (before >= 0 && std::isnan(at(before))) --before;
    while (behind < n && std::isnan(at(behind))) ++behind;
    T value = line[static_cast<std::size_t>(i)];
    if (before >= 0 && behind < n && before < i) {
      const double slope = (at(behind) - at(before)) / (place(behind) - place(before));
      value = static_cast<T>(slope * (place(i) - place(before)) + at(before));
    }
    result.push_back(Scalar(value));
  }
  return result;
}

/// NumPy's interp of one element.
double at_points(const std::vector<double>& numbers, double x) {
  const auto points = static_cast<std::size_t>(numbers[0]);
  const double* const abscissas = numbers.data() + 3;
  const double* const ordinates = abscissas + points;
  if (std::isnan(x)) return x;
  if (x < abscissas[0]) return numbers[1];
  if (x > abscissas[points - 1]) return numbers[2];
  std::size_t below = points - 1;
  while (abscissas[below] > x) --below;
  if (below + 1 == points || abscissas[below] == x) return ordinates[below];
  const double slope = (ordinates[below + 1] - ordinates[below]) / (abscissas[below + 1] - abscissas[below]);
  return slope * (x - abscissas[below]) + ordinates[below];
}

/// What a function of the catalogue with parameters, or a trend, makes of a line.
template <class T>
std::vector<Scalar> of_measured_line(const AlongNode& node, const std::vector<T>& line) {
  using R = std::conditional_t<std::is_floating_point_v<T>, T, double>;
  const LineCode code = node.function;
  const auto n = static_cast<std::int64_t>(line.size());
  const auto at = [&](std::int64_t i) { return line[static_cast<std::size_t>(i)]; };
  std::vector<Scalar> result;
  if (code == linewise::Gradient::code) {
    const auto spacing = static_cast<R>(node.parameters[0]);
    const auto slope = [&](std::int64_t i, std::int64_t j, R distance) {
      return Scalar(static_cast<R>((static_cast<R>(at(j)) - static_cast<R>(at(i))) / distance));
    };
    if (n == 1) return {Scalar(std::numeric_limits<R>::quiet_NaN())};
    for (std::int64_t i = 0; i < n; ++i)
      result.push_back(i == 0       ? slope(0, 1, spacing)
                       : i == n - 1 ? slope(n - 2, n - 1, spacing)
                                    : slope(i - 1, i + 1, static_cast<R>(2 * spacing)));
    return result;
  }
  if (code == linewise::Trapezoid::code) {
    double area = 0;
    for (std::int64_t i = 0; i + 1 < n; ++i)
      area += node.parameters[0] * (static_cast<double>(at(i + 1)) + static_cast<double>(at(i))) / 2;
    return {Scalar(static_cast<R>(area))};
  }
  if (code == linewise::Detrend::code) {
    double sum = 0, product = 0, squares = 0;
    for (const T element : line) sum += static_cast<double>(element);
    const double mean = sum / static_cast<double>(n), middle = (static_cast<double>(n) - 1) / 2;
    for (std::int64_t i = 0; i < n; ++i) {
      const double place = static_cast<double>(i) - middle;
      product += place * (static_cast<double>(at(i)) - mean);
      squares += place * place;
    }
    const double slope = n > 1 ? product / squares : 0;
    for (std::int64_t i = 0; i < n; ++i)
      result.push_back(
          Scalar(static_cast<R>(static_cast<double>(at(i)) - (mean + slope * (static_cast<double>(i) - middle)))));
    return result;
  }
  if (code == linewise::Unwrap::code) return of_angles(node, line);
  if (code == linewise::InterpolateNan::code) return of_gaps(node, line);
  if (code == linewise::Interp::code) {
    for (const T element : line) result.push_back(Scalar(at_points(node.parameters, static_cast<double>(element))));
    return result;
  }
  std::vector<T> numbers;
  for (const T element : line)
    if (element == element) numbers.push_back(element);
  if (numbers.empty() || (code == linewise::Quantile::code && numbers.size() < line.size()))
    return {Scalar(std::numeric_limits<R>::quiet_NaN())};
  std::stable_sort(numbers.begin(), numbers.end(), [](T a, T b) { return comes_before(a, b); });
  const std::vector<double> sorted(numbers.begin(), numbers.end());
  return {
      Scalar(static_cast<R>(quantile_of(sorted, node.parameters[0], static_cast<QuantileMethod>(node.parameters[1]))))};
}

/// A window's state: how many numbers, a sum or another number, and squares of deviations from the mean.
struct WindowState {
  double count = 0, value = 0, squares = 0;
};

/// What windows of a line are by definition: the end of one block merged with the beginning of the next.
template <class T>
std::vector<Scalar> of_windows(const AlongNode& node, const std::vector<T>& line) {
  namespace a = aggregate;
  using R = std::conditional_t<std::is_floating_point_v<T>, T, double>;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const auto code = static_cast<AggregateCode>(node.parameters[0]);
  const auto size = static_cast<std::int64_t>(node.parameters[1]);
  const auto offset = static_cast<std::int64_t>(node.parameters[2]);
  const double ddof = node.parameters[3];
  const auto is = [&](auto... codes) { return ((code == codes) || ...); };
  const bool skips =
      is(a::NanSum::code, a::NanMean::code, a::NanVariance::code, a::NanStandardDeviation::code, a::NanProduct::code);
  const bool varies =
      is(a::Variance::code, a::StandardDeviation::code, a::NanVariance::code, a::NanStandardDeviation::code);
  const auto of = [&](std::int64_t i) -> WindowState {
    const double x = i >= 0 && i < std::ssize(line) ? static_cast<double>(line[static_cast<std::size_t>(i)]) : nan;
    if (code == a::Count::code) return {1, x == x ? 1.0 : 0.0, 0};
    if (is(a::Any::code, a::All::code)) return {1, x != 0 ? 1.0 : 0.0, 0};
    if (skips && x != x) return {0, code == a::NanProduct::code ? 1.0 : 0.0, 0};
    return {1, x, varies ? x - x : 0};
  };
  const auto merged = [&](const WindowState& l, const WindowState& r) -> WindowState {
    const double count = l.count + r.count;
    if (varies) {
      if (skips && r.count == 0) return l;
      if (skips && l.count == 0) return r;
      const double share = r.count / count, delta = r.value - l.value;
      return {count, l.value + delta * share, (l.squares + r.squares) + (delta * delta) * (l.count * share)};
    }
    const double x = l.value, y = r.value;
    double value = x + y;
    if (is(a::Minimum::code)) value = x < y || x != x ? x : y;
    if (is(a::Maximum::code)) value = x > y || x != x ? x : y;
    if (is(a::NanMinimum::code)) value = x < y || y != y ? x : y;
    if (is(a::NanMaximum::code)) value = x > y || y != y ? x : y;
    if (is(a::Product::code, a::NanProduct::code)) value = x * y;
    if (is(a::Any::code)) value = x > y ? x : y;
    if (is(a::All::code)) value = x < y ? x : y;
    if (is(a::First::code) || (is(a::NanFirst::code) && x == x)) value = x;
    if (is(a::Last::code) || (is(a::NanFirst::code) && x != x)) value = y;
    if (is(a::NanLast::code)) value = y == y ? y : x;
    return {count, value, 0};
  };
  std::vector<Scalar> result;
  for (std::int64_t i = 0; i < std::ssize(line); ++i) {
    const std::int64_t begin = i + offset;
    std::int64_t block = begin / size * size;
    if (block > begin) block -= size;
    WindowState left = of(block + size - 1);
    for (std::int64_t k = block + size - 2; k >= begin; --k) left = merged(of(k), left);
    if (begin > block) {
      WindowState right = of(block + size);
      for (std::int64_t k = block + size + 1; k < begin + size; ++k) right = merged(right, of(k));
      left = merged(left, right);
    }
    double value = left.value;
    if (is(a::Mean::code)) value = left.value / static_cast<double>(size);
    if (is(a::NanMean::code)) value = left.value / left.count;
    if (varies) {
      const double freedom = left.count - ddof;
      value = skips && freedom <= 0 ? nan : left.squares / (freedom < 0 ? 0 : freedom);
      if (is(a::StandardDeviation::code, a::NanStandardDeviation::code)) value = std::sqrt(value);
    }
    result.push_back(Scalar(static_cast<R>(value)));
  }
  return result;
}

/// What a running extreme or a filled gap makes of a line.
template <class T>
std::vector<Scalar> of_filled_line(LineCode code, const std::vector<T>& line) {
  std::vector<Scalar> result;
  const auto is_nan = [](T element) { return element != element; };
  const bool skips = code == linewise::NanCumulativeMaximum::code || code == linewise::NanCumulativeMinimum::code;
  const bool is_largest = code == linewise::CumulativeMaximum::code || code == linewise::NanCumulativeMaximum::code;
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::size_t from = i;
    if (code == linewise::ForwardFill::code)
      for (std::size_t k = i + 1; is_nan(line[from]) && k-- > 0;) from = is_nan(line[k]) ? from : k;
    else if (code == linewise::BackwardFill::code)
      for (std::size_t k = i; is_nan(line[from]) && k < line.size(); ++k) from = is_nan(line[k]) ? from : k;
    else
      for (std::size_t k = from = 0; k <= i && (skips || !is_nan(line[from])); ++k)
        if ((is_nan(line[k]) && !skips) || (skips && is_nan(line[from])) ||
            (is_largest ? line[k] > line[from] : line[k] < line[from]))
          from = k;
    result.push_back(Scalar(line[from]));
  }
  return result;
}

/// Elements among numbers, one number after the other, and elements at positions.
template <class T>
std::vector<Scalar> of_looked_up_line(const AlongNode& node, const std::vector<T>& line) {
  const LineCode code = node.function;
  const bool searches = code == linewise::SearchSorted::code;
  const std::vector<double> numbers(node.parameters.begin() + (searches ? 2 : 1), node.parameters.end());
  const auto is_below = [](long double a, long double b) { return a < b || (b != b && a == a); };
  std::vector<Scalar> result;
  if (code == linewise::Gather::code) {
    const auto count = static_cast<std::size_t>(node.parameters[0]);
    for (std::size_t i = count; i < line.size(); ++i) {
      const auto position = static_cast<std::int64_t>(line[i]);
      result.push_back(Scalar(
          line[static_cast<std::size_t>(position < 0 ? position + static_cast<std::int64_t>(count) : position)]));
    }
    return result;
  }
  if (code == linewise::WeightedCount::code) {
    std::vector<double> sums(static_cast<std::size_t>(node.parameters[0]), 0.0);
    for (std::size_t i = 0; i < line.size() / 2; ++i) {
      const auto place = std::floor(static_cast<double>(line[i]));
      for (std::size_t k = 0; k < sums.size(); ++k)
        if (place == static_cast<double>(k)) sums[k] += static_cast<double>(line[line.size() / 2 + i]);
    }
    for (const double sum : sums) result.push_back(Scalar(sum));
    return result;
  }
  if (code == linewise::Histogram::code) {
    for (std::size_t bin = 0; bin + 1 < numbers.size(); ++bin)
      result.push_back(Scalar(static_cast<std::int64_t>(std::ranges::count_if(line, [&](T own) {
        const auto x = static_cast<long double>(own);
        // Of edges that are equal the last one counts.
        const bool is_last = bin + 2 == numbers.size() && x == static_cast<long double>(numbers[bin + 1]);
        return is_last ||
               (x >= static_cast<long double>(numbers[bin]) && x < static_cast<long double>(numbers[bin + 1]));
      }))));
    return result;
  }
  for (const T element : line) {
    const auto x = static_cast<long double>(element);
    if (code == linewise::IsIn::code)
      result.push_back(
          Scalar(std::ranges::any_of(numbers, [&](double n) { return static_cast<long double>(n) == x; })));
    else
      result.push_back(Scalar(static_cast<std::int64_t>(std::ranges::count_if(numbers, [&](double n) {
        return node.parameters[1] == 1 ? !is_below(x, static_cast<long double>(n))
                                       : is_below(static_cast<long double>(n), x);
      }))));
  }
  return result;
}

/// The product of a line with a sparse matrix, a row after the other.
template <class T>
std::vector<Scalar> of_sparse_product(const AlongNode& node, const std::vector<T>& line) {
  using R = std::conditional_t<std::is_same_v<T, float>, float, double>;
  const std::vector<double>& table = node.parameters;
  const auto rows = static_cast<std::size_t>(table[2]);
  std::vector<Scalar> result;
  std::size_t next = 3 + rows;
  for (std::size_t row = 0; row < rows; ++row) {
    const auto head = static_cast<std::int64_t>(table[3 + row]);
    std::vector<std::pair<double, double>> links;  // elements and weights
    for (std::int64_t i = 0; i < head / 2; ++i, next += 2)
      links.emplace_back(static_cast<double>(line[static_cast<std::size_t>(table[next])]), table[next + 1]);
    const auto is_nan = [](const auto& link) { return link.first != link.first; };
    const bool has_nan = std::ranges::any_of(links, is_nan);
    if (head % 2 == 1) std::erase_if(links, is_nan);
    double sum = links.empty() ? std::numeric_limits<double>::quiet_NaN() : 0, weights = 0;
    for (const auto& [element, weight] : links) {
      sum += weight * element;
      weights += weight;
    }
    result.push_back(Scalar(static_cast<R>(head % 2 == 1 && has_nan && !links.empty() ? sum / weights : sum)));
  }
  return result;
}

/// The weighted quantile of the first half of a line by the weights in the second: each element has as large a part of
/// the places from h - 1 to h as its share of the weights covers.
template <class T>
std::vector<Scalar> of_weighted_line(const AlongNode& node, const std::vector<T>& line) {
  using R = std::conditional_t<std::is_floating_point_v<T>, T, double>;
  const Scalar none(std::numeric_limits<R>::quiet_NaN());
  std::vector<std::pair<T, T>> kept;
  const std::size_t half = line.size() / 2;
  for (std::size_t i = 0; i < half; ++i) {
    const T weight = line[half + i];
    if (weight == T{}) continue;
    if (!(weight > T{})) return {none};
    if (line[i] == line[i])
      kept.emplace_back(line[i], weight);
    else if (node.parameters[1] == 0)
      return {none};
  }
  if (kept.empty()) return {none};
  double total = 0, squares = 0;
  for (const auto& [element, weight] : kept) {
    total += static_cast<double>(weight);
    squares += static_cast<double>(weight) * static_cast<double>(weight);
  }
  std::stable_sort(kept.begin(), kept.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const double size = total * total / squares, h = (size - 1) * node.parameters[0] + 1;
  double sum = 0, share = 0;
  for (const auto& [element, weight] : kept) {
    const auto covered = [&](double up_to) {
      return std::max((h - 1) / size, std::min(h / size, up_to)) * size - h + 1;
    };
    const double before = covered(share);
    share += static_cast<double>(weight) / total;
    if (covered(share) != before) sum += static_cast<double>(element) * (covered(share) - before);
  }
  return {Scalar(static_cast<R>(sum))};
}

/// What a function of the catalogue makes of a line.
template <class T>
std::vector<Scalar> of_line(const AlongNode& node, const std::vector<T>& line) {
  const LineCode code = node.function;
  const auto is_nan = [](T element) { return element != element; };
  if (code == linewise::Windows::code) return of_windows(node, line);
  for (const LineCode looked_up : {linewise::Gather::code, linewise::SearchSorted::code, linewise::IsIn::code,
                                   linewise::Histogram::code, linewise::WeightedCount::code})
    if (code == looked_up) return of_looked_up_line(node, line);
  if (code == linewise::SparseProduct::code) return of_sparse_product(node, line);
  if (code == linewise::WeightedQuantile::code) return of_weighted_line(node, line);
  if (!node.parameters.empty() || code == linewise::Detrend::code) return of_measured_line(node, line);
  for (const LineCode filled :
       {linewise::CumulativeMaximum::code, linewise::CumulativeMinimum::code, linewise::ForwardFill::code,
        linewise::BackwardFill::code, linewise::NanCumulativeMaximum::code, linewise::NanCumulativeMinimum::code})
    if (code == filled) return of_filled_line(code, line);
  std::vector<Scalar> result;
  if (code == linewise::Sort::code || code == linewise::ArgSort::code) {
    std::vector<std::int64_t> order(line.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<std::int64_t>(i);
    const bool of_values = code == linewise::Sort::code;
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      const T left = line[static_cast<std::size_t>(a)];
      const T right = line[static_cast<std::size_t>(b)];
      return (of_values || left != right) && comes_before(left, right);
    });
    for (const std::int64_t i : order)
      result.push_back(of_values ? Scalar(line[static_cast<std::size_t>(i)]) : Scalar(i));
    return result;
  }
  if (code == linewise::Median::code || code == linewise::NanMedian::code) {
    using R = std::conditional_t<std::is_floating_point_v<T>, T, double>;
    std::vector<T> numbers;
    std::ranges::copy_if(line, std::back_inserter(numbers), [&](T element) { return !is_nan(element); });
    const bool fails = code == linewise::Median::code && numbers.size() < line.size();
    if (numbers.empty() || fails) return {Scalar(std::numeric_limits<R>::quiet_NaN())};
    std::stable_sort(numbers.begin(), numbers.end(), [](T a, T b) { return comes_before(a, b); });
    const R middle = static_cast<R>(numbers[numbers.size() / 2]);
    if (numbers.size() % 2 == 1) return {Scalar(middle)};
    return {Scalar(static_cast<R>((static_cast<R>(numbers[numbers.size() / 2 - 1]) + middle) / R{2}))};
  }
  const bool adds = code == linewise::CumulativeSum::code || code == linewise::NanCumulativeSum::code;
  const bool skips = code == linewise::NanCumulativeSum::code || code == linewise::NanCumulativeProduct::code;
  const auto run = [&]<class R>(R running) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      const T element = skips && is_nan(line[i]) ? static_cast<T>(adds ? 0 : 1) : line[i];
      const auto x = static_cast<R>(element);
      running = i == 0 ? x : adds ? running + x : running * x;
      if constexpr (std::is_floating_point_v<T>)
        result.push_back(Scalar(running));
      else if constexpr (std::is_unsigned_v<T> && !std::is_same_v<T, bool>)
        result.push_back(Scalar(running));
      else
        result.push_back(Scalar(static_cast<std::int64_t>(running)));
    }
  };
  if constexpr (std::is_floating_point_v<T>)
    run(T{});
  else
    run(std::uint64_t{});
  return result;
}

template <class T>
void along(const AlongNode& node, const Values& input, Values& output) {
  const auto* elements = reinterpret_cast<const T*>(input.bytes.data());
  Shape others = input.shape;
  others[node.axis] = 1;
  for_each_index(others, [&](const PerAxis<std::int64_t>& index) {
    PerAxis<std::int64_t> at = index;
    std::vector<T> line;
    for (at[node.axis] = 0; at[node.axis] < input.shape[node.axis]; ++at[node.axis])
      line.push_back(elements[position_of(at, input.shape)]);
    PerAxis<std::int64_t> to = index;
    if (node.one_result && !node.keepdims) to.erase(node.axis);
    const std::vector<Scalar> results = of_line<T>(node, line);
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (!node.one_result) to[node.axis] = static_cast<std::int64_t>(i);
      put(output, position_of(to, output.shape), results[i]);
    }
  });
}

// ---------------------------------------------------------------- sources

Scalar decode(const Encoding& encoding, DType dtype, const Scalar& stored) {
  const bool missing = dispatch(encoding.stored, [&](auto zero) {
    using T = decltype(zero);
    const T raw = stored.as<T>();
    for (const Scalar& value : encoding.missing)
      if (raw == value.as<T>()) return true;
    return encoding.has_valid_range && (raw < encoding.valid_min.as<T>() || raw > encoding.valid_max.as<T>());
  });
  if (missing) return cast(Scalar(std::numeric_limits<double>::quiet_NaN()), dtype);
  if (!encoding.scaled) return cast(stored, dtype);
  const double scaled = convert<double>(stored) * encoding.scale;
  return cast(Scalar(scaled + encoding.offset), dtype);
}

Values read(const Node& node, const Source& source) {
  const Encoding& encoding = source.encoding();
  const std::size_t size = size_of(encoding.stored);
  std::vector<std::byte> stored(static_cast<std::size_t>(node.shape.elements()) * size);
  if (!stored.empty()) source.read(Region::whole(node.shape), stored.data());
  Values values = values_for(node);
  for (std::int64_t i = 0; i < node.shape.elements(); ++i)
    put(values, i,
        decode(encoding, node.dtype, load(encoding.stored, stored.data() + static_cast<std::size_t>(i) * size)));
  return values;
}

}  // namespace

// ---------------------------------------------------------------- nodes

Scalar Values::at(std::int64_t position) const {
  return load(dtype, bytes.data() + static_cast<std::size_t>(position) * size_of(dtype));
}

Scalar evaluate(const Program& program, const std::vector<Scalar>& inputs, const std::vector<Scalar>& parameters) {
  return Formula(program)(inputs, parameters);
}

const Values& Evaluator::operator()(const NodePtr& node) {
  if (const auto found = done_.find(node); found != done_.end()) return found->second;
  Values values = values_for(*node);
  if (const auto* source = node->as<SourceNode>()) {
    values = read(*node, *source->source);
  } else if (const auto* view = node->as<ViewNode>()) {
    std::int64_t i = 0;
    for_each_index(node->shape, [&](const PerAxis<std::int64_t>& index) {
      if (view->reshapes) return put(values, i, (*this)(view->part(0)).at(i)), void(++i);
      PerAxis<std::int64_t> at = view->moves() ? chunkwise_test::place_of(view->axes, index) : index;
      if (view->fill) {
        Shape joined = view->part(0)->shape;
        if (view->joins()) joined[view->joined] = view->offsets->back();
        bool is_outside = false;
        for (int axis = 0; axis < joined.rank(); ++axis)
          is_outside = is_outside || at[axis] < 0 || at[axis] >= joined[axis];
        if (is_outside) return put(values, i++, *view->fill);
      }
      std::size_t part = 0;
      while (at[view->joined] >= view->part(part)->shape[view->joined] && part + 1 < view->count)
        at[view->joined] -= view->part(part++)->shape[view->joined];
      const Values& from = (*this)(view->part(part));
      put(values, i++, from.at(position_of(at, from.shape)));
    });
  } else if (const auto* map = node->as<MapNode>()) {
    std::vector<const Values*> inputs;
    for (const NodePtr& input : map->inputs) inputs.push_back(&(*this)(input));
    Formula formula(*map->program);
    std::vector<Scalar> elements(inputs.size());
    std::int64_t i = 0;
    for_each_index(node->shape, [&](const PerAxis<std::int64_t>& index) {
      for (std::size_t slot = 0; slot < inputs.size(); ++slot) {
        const Shape& shape = inputs[slot]->shape;
        PerAxis<std::int64_t> at;
        for (int axis = 0; axis < shape.rank(); ++axis)
          at.push_back(shape[axis] == 1 ? 0 : index[axis + node->shape.rank() - shape.rank()]);
        elements[slot] = inputs[slot]->at(position_of(at, shape));
      }
      put(values, i++, formula(elements, map->parameters));
    });
  } else if (const auto* lines = node->as<AlongNode>()) {
    const Values& input = (*this)(lines->input);
    dispatch(input.dtype, [&](auto zero) { along<decltype(zero)>(*lines, input, values); });
  } else {
    const auto& reduction = std::get<FoldNode>(node->data);
    const Values& input = (*this)(reduction.input);
    dispatch(input.dtype, [&](auto zero) { reduce<decltype(zero)>(reduction, input, values); });
  }
  return done_.emplace(node, std::move(values)).first->second;
}

// ---------------------------------------------------------------- comparison

bool same(const Scalar& a, const Scalar& b) {
  if (a.dtype != b.dtype) return false;
  if (a.dtype == DType::float32 && std::isnan(a.as<float>()) && std::isnan(b.as<float>())) return true;
  if (a.dtype == DType::float64 && std::isnan(a.as<double>()) && std::isnan(b.as<double>())) return true;
  return std::memcmp(a.bytes.data(), b.bytes.data(), size_of(a.dtype)) == 0;
}

std::string with_bits(const Scalar& scalar) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, scalar.bytes.data(), size_of(scalar.dtype));
  char text[64];
  if (scalar.dtype == DType::float32)
    std::snprintf(text, sizeof text, "%.9g", static_cast<double>(scalar.as<float>()));
  else if (scalar.dtype == DType::float64)
    std::snprintf(text, sizeof text, "%.17g", scalar.as<double>());
  else
    std::snprintf(text, sizeof text, "%lld", static_cast<long long>(convert<std::int64_t>(scalar)));
  char hexadecimal[32];
  std::snprintf(hexadecimal, sizeof hexadecimal, " (0x%llx)", static_cast<unsigned long long>(bits));
  return std::string(text) + hexadecimal;
}

std::string difference(const Values& expected, const UntypedNdArray& actual) {
  if (actual.dtype != expected.dtype)
    return "the type is " + std::string(name_of(actual.dtype)) + ", not " + std::string(name_of(expected.dtype));
  if (!(actual.shape == expected.shape))
    return "the shape is " + chunkwise::to_string(actual.shape) + ", not " + chunkwise::to_string(expected.shape);
  if (expected.shape.elements() > 0 && !actual.data) return "there is no memory";
  std::string text;
  std::int64_t i = 0;
  std::int64_t differences = 0;
  for_each_index(expected.shape, [&](const PerAxis<std::int64_t>& index) {
    std::int64_t offset = 0;
    for (int axis = 0; axis < index.rank(); ++axis) offset += index[axis] * actual.strides[axis];
    const Scalar is = load(actual.dtype, static_cast<const std::byte*>(actual.data) +
                                             offset * static_cast<std::int64_t>(size_of(actual.dtype)));
    const Scalar wanted = expected.at(i++);
    if (same(is, wanted)) return;
    if (differences++ < 3)
      text += "element " + chunkwise::to_string(Shape(index)) + " is " + with_bits(is) + ", not " + with_bits(wanted) +
              "; ";
  });
  return differences ? text + std::to_string(differences) + " elements of " +
                           std::to_string(expected.shape.elements()) + " differ"
                     : text;
}

std::string difference(const Values& expected, const Values& actual) {
  return difference(expected, UntypedNdArray{actual.dtype, actual.shape, row_major_strides(actual.shape), nullptr,
                                             actual.bytes.data()});
}

}  // namespace chunkwise::naive
