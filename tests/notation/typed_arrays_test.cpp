// A text becomes what the same formula in C++ becomes: reductions, subscripts, joins, long formulas.
#include "tests/notation/same_formula.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

TEST(NotationIsTheTypedFormula, Reductions) {
  expect_same("mean(x)", mean(x));
  expect_same("x.mean()", mean(x));
  expect_same("x.mean(0)", mean(x, 0));
  expect_same("mean(x, axis=-1)", mean(x, -1));
  expect_same("mean(x, axis=None)", mean(x));
  expect_same("mean(x, 'time')", mean(x, "time"));
  expect_same("std(x, axis=(0, 2))", stddev(x, axes(0, 2)));
  expect_same("std(x, axis=('longitude', 0), keepdims=True, ddof=1)",
              stddev(x, axes("longitude", 0), keepdims, ddof(1)));
  expect_same("nanvar(f, 1, ddof=2)", nanvar(f, 1, ddof(2)));
  expect_same("amax(x) - amin(x)", max(x) - min(x));
  expect_same("max(u, 0) - min(u, 0)", max(u, 0) - min(u, 0));
  expect_same("sum(b) / count(x)", sum(b) / count(x));
  expect_same("var(i, 'latitude')", var(i, "latitude"));
  expect_same("nansum(f) + nanmean(f) + nanstd(f) + nanmin(f) + nanmax(f)",
              nansum(f) + nanmean(f) + nanstddev(f) + nanmin(f) + nanmax(f));
  expect_same("count(x, 0)", count(x, 0));
  expect_same("(x * f).sum(axis=2, keepdims=False)", sum(x * f, 2));
  expect_same("mean(s)", mean(s));
  expect_same("sum(r8, (0, 2, 4, 6))", sum(r8, axes(0, 2, 4, 6)));
}

TEST(NotationIsTheTypedFormula, Subscripts) {
  expect_same("x[0, ::-1, 1:3]", x(0, range(none, none, -1), range(1, 3)));
  expect_same("x[0, ::-1, 1:3].mean()", mean(x(0, range(none, none, -1), range(1, 3))));
  expect_same("x[...]", x());
  expect_same("x[..., -1]", x(ellipsis, -1));
  expect_same("x[1:, None, ..., ::2]", x(range(1, none), newaxis, ellipsis, range(none, none, 2)));
  expect_same("x[np.newaxis]", x(newaxis));
  expect_same("x[:, :]", x(all, all));
  expect_same("x[-1]", x(-1));
  expect_same("x[1+1]", x(2));
  expect_same("x[(0, 1)]", x(0, 1));
  expect_same("x[None:2:None, 3:0:-2]", x(range(none, 2), range(3, 0, -2)));
  expect_same("x[-3:-1][0]", x(range(-3, -1))(0));
  expect_same("(x * 2)[0] + row[None, :]", (x * 2)(0) + row(newaxis, all));
  expect_same("x[0:10**18 // 1000]", x(range(0, 1000000000000000LL)));
  expect_same("r8[0, ..., 1]", r8(0, ellipsis, 1));
}

TEST(NotationIsTheTypedFormula, ArraysFromNothing) {
  expect_same("zeros((2, 3), dtype=float32)", zeros<float, 2>({2, 3}));
  expect_same("ones(4)", ones<double, 1>({4}));
  expect_same("full((2, 2), 7)", full<2>(Shape{2, 2}, std::int64_t{7}));
  expect_same("zeros_like(x)", zeros_like(x));
  expect_same("ones_like(i)", ones_like(i));
  expect_same("full_like(f, nan)", full_like(f, std::numeric_limits<double>::quiet_NaN()));
  expect_same("arange(2, 9, 3)", arange<std::int64_t>(2, 9, 3));
  expect_same("linspace(0, 1, 5)", linspace(0, 1, 5));
  expect_same("linspace(0, 10, 4, dtype=int32)", linspace<std::int32_t>(0, 10, 4));
  expect_same("logspace(0, 2, 3)", logspace(0, 2, 3));
  expect_same("eye(3, 4, 1)", eye(3, 4, 1));
  expect_same("eye(2, dtype=float32)", eye<float>(2));
  expect_same("indices((2, 3))", indices({2, 3}));
  const auto [across, down] = meshgrid(arange<std::int64_t>(0, 4), linspace(0, 1, 3));
  expect_same("g = meshgrid(arange(4), linspace(0, 1, 3)); g[0] + 0; g[1]", across + 0, down);
  expect_same("meshgrid(row, row, indexing='ij')[1]", std::get<1>(meshgrid(Indexing::ij, row, row)));
}

TEST(NotationIsTheTypedFormula, ArraysPutTogetherAndTakenApart) {
  const Array y = x;
  expect_same("vstack((x, x))", vstack(std::vector{y, y}));
  expect_same("vstack((row, row))", vstack(std::vector{row, row}));
  expect_same("hstack((row, row))", hstack(std::vector{row, row}));
  expect_same("dstack((row, row))", dstack(std::vector{row, row}));
  expect_same("column_stack((row, row))", column_stack(std::vector{row, row}));
  expect_same("append(row, row, 0)", append(row, row, 0));
  expect_same("append(x, x.without_coordinate('time') * 2, 'time')",
              append(x, x.without_coordinate("time") * 2, "time"));
  expect_same("delete(x, [0, -1], 'time')", delete_at(x, {0, -1}, "time"));
  expect_same("insert(x, [1], x[:1], 0)", insert(x, {1}, x(range(0, 1)), 0));
  expect_same("atleast_2d(row)", atleast_2d(row));
  expect_same("atleast_3d(row)", atleast_3d(row));
  expect_same("split(x, 2)[1]", split(x, 2, 0)[1]);
  expect_same("split(x, [1, 3], 2)[2]", split_at(x, {1, 3}, 2)[2]);
  expect_same("array_split(x, 3)[0]", array_split(x, 3, 0)[0]);
  expect_same("unstack(x, axis='latitude')[1]", unstack(x, "latitude")[1]);
  expect_same("rot90(x[0])", rot90(x(0)));
  expect_same("rot90(x, 3, ('latitude', 'longitude'))", rot90(x, 3, "latitude", "longitude"));
  expect_same("fliplr(x)", fliplr(x));
  expect_same("flipud(x)", flipud(x));
  expect_same("concatenate((x, x), axis=None)", append(ravel(x), ravel(x), 0));
}

TEST(NotationIsTheTypedFormula, ElementsThatAreLookedUp) {
  expect_same("take_along_axis(x, argsort(x, 0), 0)", take_along_axis(x, argsort(x, 0), 0));
  expect_same("take(x, argsort(x[:, 0, 0]), 'time')", take(x, argsort(x(all, 0, 0), 0), "time"));
  expect_same("x[argsort(x[:, 0, 0])]", take(x, argsort(x(all, 0, 0), 0), "time"));
  expect_same("take(i, array([0, 2]), 1)", take(i, std::vector<std::int64_t>{0, 2}, 1));
  expect_same("take(x, argsort(row) * 3, 2, mode='wrap')", take(x, argsort(row, 0) * 3, 2, TakeMode::wrap));
  expect_same("searchsorted([0, 5, 9], x)", searchsorted({0, 5, 9}, x));
  expect_same("searchsorted([0, 5, 9], x, side='right')", searchsorted({0, 5, 9}, x, Side::right));
  expect_same("digitize(x, [9, 5])", digitize(x, {9, 5}));
  expect_same("isin(u, [3, 1])", isin(u, {1, 3}));
  expect_same("histogram(f, 4, (0, 40))[0]", histogram(f, 4, 0, 40));
  expect_same("histogram(x, [0, 5, 9])[0]", histogram(x, {0, 5, 9}));
  expect_same("histogram(x, [0, 5, 9], weights=f)[0]", histogram(x, {0, 5, 9}, f));
  expect_same("bincount(u, minlength=48)", bincount(u, 48));
  expect_same("bincount(u, x, 48)", bincount(u, 48, x));
  expect_same("x[argmax(x[0, 0]), 1, argmax(x[0], 0)]", x(argmax(x(0, 0)), 1, argmax(x(0), 0)));
  expect_same("topk(x, 2, 'time')", topk(x, 2, "time"));
  expect_same("argtopk(x, -2, axis=1)", argtopk(x, -2, 1));
  expect_same("partition(x, 1, axis=0)", sort(x, 0));
}

TEST(NotationIsTheTypedFormula, Concatenation) {
  expect_same("concatenate((x, x[:2]), axis=0)",
              concatenate(std::vector<Array<double, 3>>{x, Array<double, 3>(x(range(none, 2)))}, 0));
  expect_same("concatenate([x, x * 2], 'longitude')",
              concatenate(std::vector<Array<double, 3>>{x, Array<double, 3>(x * 2)}, "longitude"));
  // C++ wants one type; the notation promotes.
  expect_same("concatenate((x, f), 1)",
              concatenate(std::vector<Array<double, 3>>{x, Array<double, 3>(cast<double>(f))}, 1));
}

TEST(NotationIsTheTypedFormula, FunctionsOfShape) {
  expect_same("transpose(x)", transpose(x));
  expect_same("x.T", transpose(x));
  expect_same("x.transpose('longitude', 'time', 1)", transpose(x, axes(2, 0, 1)));
  expect_same("swapaxes(x, 0, 'longitude')", swapaxes(x, 0, 2));
  expect_same("np.moveaxis(x, 'time', -1) * 2", moveaxis(x, 0, -1) * 2);
  expect_same("(x[:1] + 1).squeeze(0)", squeeze(x(range(none, 1)) + 1, "time"));
  expect_same("x[:1].squeeze()", squeeze(x(range(none, 1)), 0));
  expect_same("expand_dims(x, (0, 2))", x(newaxis, all, newaxis));
  expect_same("broadcast_to(row, (3, 4))", broadcast_to(row, {3, 4}));
  expect_same("flip(x, 'latitude')", flip(x, 1));
  expect_same("flip(x, (0, 1))", flip(x, axes(0, 1)));
  expect_same("x - roll(x, 1, 'longitude')", x - roll(x, 1, "longitude"));
  expect_same("repeat(x, 3, axis=0)", repeat(x, 3, 0));
  expect_same("x.repeat([1, 0, 2], 1)", repeat(x, std::vector<std::int64_t>{1, 0, 2}, 1));
  expect_same("tile(row, (2, 3))", tile(row, {2, 3}));
  expect_same("take(x, [0, -1, 1], 'time')", take(x, {0, -1, 1}, 0));
  expect_same("x[[0, -1, 1]]", take(x, {0, 3, 1}, 0));
  expect_same("x[0, :, [3, 1]]", x(0, all, list(3, 1)));
  expect_same("x[[0, 1], 1:, [3, 1]].mean(0)", mean(x(list(0, 1), range(1, none), list(3, 1)), 0));
  expect_same("x.diagonal(1, 'latitude', 'longitude')", diagonal(x, 1, 1, 2));
  expect_same("stack((x, x * 2), axis=-1)", stack(std::vector{Array(x), Array(x * 2)}, -1));
  expect_same("pad(x, ((0, 0), (0, 0), (1, 2)), constant_values=nan)",
              pad(x, {1, 2}, 2, PadMode::constant, std::numeric_limits<double>::quiet_NaN()));
  expect_same("pad(row, 2, mode='reflect')", pad(row, {2, 2}, 0, PadMode::reflect));
  expect_same("x.reshape(4, -1)", reshape(x, {4, -1}));
  expect_same("reshape(x, (12, 4)) + 1", reshape(x, {12, 4}) + 1);
  expect_same("x.flatten()", ravel(x));
}

TEST(NotationIsTheTypedFormula, SeveralResults) {
  const Array m = mean(x, 0);
  expect_same("m = mean(x, 0); s = std(x, 0)", m, stddev(x, 0));
  expect_same("m = mean(x, 0); z = (x - m) / std(x, 0)", (x - m) / stddev(x, 0));
  expect_same("m = mean(x, 0); z = (x - m) / std(x, 0); m", m, (x - m) / stddev(x, 0));
  const Array y = exp(f) + 1;
  expect_same("y = exp(f) + 1\nz = y * y  # twice\n\n w = y[0]\ny", y, y * y, y(0));
  const Array twice = x * 2;
  expect_same("x = x * 2; y = x; 'x'", twice, twice);
}

TEST(NotationIsTheTypedFormula, NamedNumbersAreNumbers) {
  expect_same("k = 273.15; x + k", x + 273.15);
  const Array product = f * -8;
  expect_same("k = -2**3; p = f * k; p / 'k'", product / -8);
  expect_same("n = 1\naxis = 0\ndrop = False\nstd(x[n:, ::n+1], axis, ddof=n, keepdims=drop)",
              stddev(x(range(1, none), range(none, none, 2)), 0, ddof(1)));
  expect_same("x = 3; f + x", f + 3);  // before the variable of that name
  expect_same("k = 2; j = k * k; f ** j", pow(f, 4));
}

TEST(NotationIsTheTypedFormula, Broadcasting) {
  expect_same("x - mean(x, 'latitude', keepdims=True)", x - mean(x, "latitude", keepdims));
  expect_same("row[:, None] * row", row(all, newaxis) * row);
  expect_same("(row + 1) * x + (row + 1) * (s + 2)", (row + 1) * x + (row + 1) * (s + 2));
  expect_same("(x - x.mean(0)) / x.std(0)", (x - mean(x, 0)) / stddev(x, 0));
  expect_same("s * s", s * s);
  expect_same("r8 * r8[0]", r8 * r8(0));
}

#ifndef CHUNKWISE_SANITIZED
// Formulas of a hundred operations take a sanitizer's compiler minutes.

/// The text of long_sum<n>.
std::string long_text(const std::string& name, int n) {
  if (n == 0) return name;
  return "(" + long_text(name, (n - 1) / 2) + " + " + long_text(name, n / 2) + ")";
}

TEST(NotationIsTheTypedFormula, LongFormulasAreSplitAtTheSamePlaces) {
  expect_same(long_text("x", 64), long_sum<64>(x));
  expect_same(long_text("x", 65), long_sum<65>(x));
  expect_same(long_text("x", 40) + " * " + long_text("x", 30), long_sum<40>(x) * long_sum<30>(x));
  expect_same(long_text("i", 63) + ".astype(float32).astype(int16)", cast<std::int16_t>(cast<float>(long_sum<63>(i))));
}

#endif

}  // namespace
}  // namespace chunkwise_test
