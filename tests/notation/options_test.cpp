// Options of reductions and functions that are made of others, in formulas: they are the C++ functions, and what they
// refuse.
#include "runtime/expr/coordinate_values.hpp"
#include "tests/notation/evaluate.hpp"
#include "tests/notation/same_formula.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

TEST(NotationOptions, OfReductionsAreTheTypedFormulas) {
  const Array warm = x > 20;
  expect_same("w = x > 20; mean(x, 'time', where=w)", mean(x, "time", where(warm)));
  expect_same("w = x > 20; x.std(ddof=1, where=w, axis=(0, 2))", stddev(x, axes(0, 2), ddof(1), where(warm)));
  expect_same("sum(i, 0, dtype=float32)", sum(i, 0, as_dtype<float>));
  expect_same("f.max(0, initial=7)", max(f, 0, initial(7)));
  expect_same("b.max(0, initial=1)", max(fields().b, 0, initial(1)));
  expect_same("f.nansum('time', min_count=2)", nansum(f, "time", min_count(2)));
  expect_same("f.sum('time', skipna=True, min_count=2)", nansum(f, "time", min_count(2)));
  expect_same("x.mean(0, where=True, dtype=None)", mean(x, 0));
}

TEST(NotationOptions, SkipnaTakesTheVariantThatSkipsNaN) {
  expect_same("f.skew('time', skipna=True)", nanskew(f, "time"));
  expect_same("kurtosis(f, 0, skipna=True)", nankurtosis(f, 0));
  expect_same("ptp(f, 0, skipna=True)", nanptp(f, 0));
  expect_same("x.cummax('time', skipna=True)", nancummax(x, "time"));
  expect_refused("count_nonzero(x, skipna=True)", ErrorCode::unsupported, "has no variant that skips NaN");
}

TEST(NotationOptions, ComposedFunctionsAreTheTypedFormulas) {
  expect_same("gcd(i, 6) + lcm(i, u)", gcd(i, 6) + lcm(i, fields().u));
  expect_same("nextafter(f, 0) + logaddexp(x, f)", nextafter(f, 0) + logaddexp(x, f));
  expect_same("float_power(f, 2) + float_power(2, i)", float_power(f, 2) + float_power(2, i));
  expect_same("sinc(f)", sinc(f));
  expect_same("real(x) + conj(f) + imag(i) + angle(f)", real(x) + conj(f) + imag(i) + angle(f));
  expect_same("isposinf(x) | isneginf(f) | isreal(i)", isposinf(x) | isneginf(f) | isreal(i));
  expect_same("x.isnull() | notnull(f)", isnull(x) | notnull(f));
  expect_same("x.fillna(0)", fillna(x, 0));
  expect_same("fillna(f, x)", fillna(f, x));
  expect_same("i.fillna(0.5)", fillna(i, 0.5));
}

TEST(NotationOptions, FunctionsAlongAnAxisAreTheTypedFormulas) {
  expect_same("cumulative_sum(x, axis='time')", cumulative_sum(x, "time"));
  expect_same("cumulative_sum(i, axis=0, include_initial=True)", cumulative_sum(i, 0, include_initial));
  expect_same("cumulative_prod(row, include_initial=True)", cumulative_prod(row, 0, include_initial));
  expect_same("cumsum(i, 0, dtype=float64)", cumsum(cast<double>(i), 0));
  expect_same("convolve(x, row, 'same', axis='time')", convolve(x, row, "time", ConvolveMode::same));
  expect_same("correlate(x, row[:2])", correlate(x, row(range(0, 2)), -1));
  expect_same("cross(x, x * 2, axis='latitude')", cross(x, x * 2, "latitude"));
  expect_same("unwrap(x, period=360, axis=0)", unwrap(x, 0, 360));
  expect_same("nancummin(f, 1)", nancummin(f, 1));
  expect_same("diff(x, 2, 'time')", diff(x, "time", 2));
  expect_same("sliding_window_view(x, 3, axis='time')", sliding_window_view(x, 3, "time"));
  expect_same("x.interpolate_na('time')", interpolate_na(x, "time"));
  expect_same("interp(f, [0, 1], [5, 7], left=0)", interp(f, Points{{0, 1}, {5, 7}, 0.0}));
}

TEST(NotationOptions, InterpolationIsAtCoordinates) {
  EXPECT_EQ(values_of_text<double>("x.interp(time=3)[0]"), values(interp(x, "time", {3.0})(0, 0, all)));
  EXPECT_EQ(values_of_text<double>("x.interp(latitude=[5, -5], time=[3, 9])"),
            values(interp(interp(x, "latitude", {5.0, -5.0}), "time", {3.0, 9.0})));
  EXPECT_EQ(values_of_text<double>("x.interp(time=[2, 4], method='nearest')"),
            values(interp(x, "time", {2.0, 4.0}, InterpolationMethod::nearest)));
  EXPECT_EQ(array_of_text("x.interp(time=3)").labels.dimension(0), "latitude");
  EXPECT_EQ(values_of_text<double>("x.interp_like(x[1:3])"), values_of_text<double>("x[1:3]"));
}

TEST(NotationOptions, InterpolationIsAtAllDigitsOfACoordinate) {
  constexpr std::int64_t first = std::int64_t{1} << 53;
  const Labels labels({"t"}, {coordinate_of(DType::int64, {first, first + 1, first + 2}, {})}, "x", {});
  const UntypedArray numbers = counting<double, 1>({3}).with_labels(labels).handle();
  notation::Variables own;
  own.find = [&](std::string_view) { return std::optional(numbers); };
  for (const std::string text : {"y.interp(t=9007199254740993)", "y.sel(t=9007199254740993)"})
    EXPECT_EQ(elements_of<double>(computed(notation::arrays_of(text, own).at(0).array.node)), std::vector{1.0}) << text;
}

TEST(NotationOptions, WrongOnesAreToldApart) {
  expect_refused("argmax(x, where=x > 0)", ErrorCode::invalid_argument, "'argmax' has no argument 'where'");
  expect_refused("mean(x, dtype=int8)", ErrorCode::type_mismatch, "'mean' gives floating numbers");
  expect_refused("min(x, where=x > 0)", ErrorCode::invalid_argument, "give it one: initial");
  expect_refused("sum(i, initial=0.5)", ErrorCode::type_mismatch, "initial is a floating number");
  expect_refused("sum(x, where=3)", ErrorCode::type_mismatch, "where is True or False");
  expect_refused("sum(row, where=x > 0)", ErrorCode::shape_mismatch, "does not broadcast to that of the array");
  expect_refused("gcd(x, 2)", ErrorCode::type_mismatch, "not defined for floating-point");
  expect_refused("x.interp(time=[f])", ErrorCode::type_mismatch, "known when the formula is built");
  expect_refused("interp(x, row, row)", ErrorCode::type_mismatch, "xp is a list of numbers");
  expect_refused("interp(x, [1, 0], [1, 2])", ErrorCode::invalid_argument, "do not go up");
  expect_refused("x.interp(time=3, method='cubic')", ErrorCode::unsupported, "'linear' and 'nearest'");
  expect_refused("x.interp(height=3)", ErrorCode::not_found, "height");
  expect_refused("interpolate_na(x)", ErrorCode::invalid_argument, "needs a dimension");
  expect_refused("convolve(x, row, 'all')", ErrorCode::invalid_argument, "mode is 'full', 'same' or 'valid'");
  expect_refused("fillna(x)", ErrorCode::invalid_argument, "'fillna' needs a value");
  expect_refused("diff(x, 65)", ErrorCode::out_of_range, "from 0 to 64");
}

}  // namespace
}  // namespace chunkwise_test
