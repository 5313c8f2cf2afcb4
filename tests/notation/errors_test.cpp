// What a wrong text is told: what is wrong, what would have been right, and where.
#include "runtime/notation/place.hpp"
#include "tests/notation/evaluate.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

/// The error of a text. `marked` is the text with ^ before the character that the caret has to stand under.
void expect_error(std::string marked, ErrorCode code, const std::string& sentence) {
  const std::size_t at = marked.find('^');
  ASSERT_NE(at, std::string::npos) << marked;
  marked.erase(at, 1);
  const Caught error = error_of([&] { (void)notation::arrays_of(marked, variables()); });
  EXPECT_EQ(to_string(error.code), std::string(to_string(code))) << error.message;
  EXPECT_TRUE(error.says(sentence)) << error.message;
  const std::string place = "\n  " + marked + "\n" + std::string(at + 2, ' ') + "^";
  EXPECT_TRUE(error.message.ends_with(place)) << error.message << "\nshould end with" << place;
}

TEST(NotationErrors, AnUnknownNameIsToldWithTheNearestName) {
  expect_error("x - ^men(x, 0)", not_found, "unknown function 'men'; did you mean 'mean'?");
  expect_error("^stdd(x)", not_found, "did you mean 'std'?");
  expect_error("^fourier(x)", not_found, "unknown function 'fourier'; there are: ");
  expect_error("x + ^t2m", not_found, "no variable 't2m'; there are: b, f, group/t2m, i, r8, row, s, u, x");
  expect_error("^rwo + x", not_found, "no variable 'rwo'; did you mean 'row'? (there are: ");
  expect_error("^'group/t2' + x", not_found, "no variable 'group/t2'; did you mean 'group/t2m'?");
  expect_error("m = mean(x); ^mm", not_found, "there are: b, f, group/t2m, i, r8, row, s, u, x, m");
  expect_error("x + ^mean", not_found, "'mean' is a function; its arguments stand in parentheses");
  expect_error("x.^men(0)", not_found, "arrays have no method 'men'; did you mean 'mean'?");
  expect_error("x.^loc(3)", not_found,
               "arrays have no method 'loc': a part is chosen by position, x[0:31], or by values");
  expect_error("x.^sqrt()", not_found, "arrays have no method 'sqrt'; write sqrt(x)");
  expect_error("x.^real", not_found, "no attribute 'real'");
  expect_error("x.^flip", not_found, "'flip' is a method; its arguments stand in parentheses: .flip()");
  expect_error("x.^mean * 2", not_found, "'mean' is a method; its arguments stand in parentheses: .mean()");
  expect_error("mean(x, ^'tim')", not_found, "no dimension 'tim'; 't2m' has: time, latitude, longitude");
  expect_error("x.astype(^'flot32')", not_found, "no element type 'flot32'; did you mean 'float32'?");
  expect_error("x.astype(^flot32)", not_found, "did you mean 'float32'?");
  expect_error("^np.x", not_found, "variables stand without 'np.'");
}

TEST(NotationErrors, AnArrayThatIsCalledIsToldOfBrackets) {
  expect_error("^x(0)", not_found, "elements of an array are taken in brackets: x[0]");
  expect_error("mean(^x(0, 1))", not_found, "elements of an array are taken in brackets: x[0]");
  expect_error("m = mean(x, 0); ^m(0)", not_found, "elements of an array are taken in brackets: m[0]");
}

TEST(NotationErrors, AWrongArgumentIsToldWithTheSignature) {
  expect_error("mean(x, ^axes=0)", invalid, "'mean' has no argument 'axes'; did you mean 'axis'?");
  expect_error("mean(x, 0, ^ddof=1)", invalid,
               "'mean' has no argument 'ddof' (mean(x, axis=None, keepdims=False, dtype=None, where=None))");
  expect_error("sqrt(x, ^out=x)", invalid, "'sqrt' has no argument 'out' (sqrt(x))");
  expect_error("sqrt(x, ^f)", invalid, "'sqrt' takes 1 argument, and here are 2: sqrt(x)");
  expect_error("^where(x, f)", invalid, "'where' takes 3 arguments, and here are 2: where(condition, x, y)");
  expect_error("^mean()", invalid, "'mean' takes at least 1 argument by position, and here are 0");
  expect_error("mean(x, 0, ^True)", invalid, "'mean' takes at most 2 arguments by position");
  expect_error("mean(x, 0, ^axis=1)", invalid, "'axis' is given twice");
  expect_error("mean(x, axis=1, ^axis=1)", invalid, "'axis' is given twice");
  expect_error("mean(x, keepdims=True, ^0)", invalid, "an argument by position follows one by name");
  expect_error("mean(x, ^3)", out_of_range, "axis 3 is not there: the array has 3 axes");
  expect_error("mean(x, (0, ^-4))", out_of_range, "axis -4 is not there");
  expect_error("mean(x, (0, ^-3))", invalid, "axis 0 is named twice");
  expect_error("mean(x, ^())", invalid, "leave axis out to reduce them all");
  expect_error("mean(x, ^1.0)", type_mismatch, "is an int, and this is the number 1");
  expect_error("max(x, ^f)", type_mismatch, "the smaller and larger of two arrays are minimum(a, b) and maximum(a, b)");
  expect_error("mean(x, keepdims=^'yes')", type_mismatch, "keepdims is True or False");
  expect_error("mean(x, keepdims=^2)", type_mismatch, "keepdims is True or False, and this is the number 2");
  expect_error("mean(x, keepdims=^-1)", type_mismatch, "keepdims is True or False, and this is the number -1");
  expect_error("mean(^2)", type_mismatch, "'mean' needs an array, and this is the number 2");
  expect_error("^sqrt(2)", type_mismatch, "needs an array among its arguments");
  expect_error("sqrt(^None)", type_mismatch, "this is None");
  expect_error("x.^astype()", invalid, "'astype' needs an element type: astype(x, dtype)");
  expect_error("x.astype(^32)", type_mismatch, "dtype is an element type such as float32");
  expect_error("^float32(x, 1)", invalid, "'float32' takes 1 argument");
  expect_error("x.round(^0.5)", type_mismatch, "decimals is an int, and this is the number 0.5");
  expect_error("x.round(^39)", out_of_range, "'round' has at most 38 decimals, before or behind the point");
  expect_error("^clip(x)", invalid, "'clip' needs a limit: clip(x, min=None, max=None)");
  expect_error("clip(x, 0, ^a_min=1)", invalid, "'min' is given twice");
  expect_error("isclose(x, f, ^tol=1)", invalid, "'isclose' has no argument 'tol'");
  expect_error("isclose(x, f, rtol=^f)", type_mismatch, "rtol is a number, and this is an array");
  expect_error("^isclose(1, 2)", type_mismatch, "'isclose' needs an array among its arguments");
  expect_error("^nan_to_num(x, nan=inf)", invalid, "NaN cannot become infinite");
  expect_error("^nan_to_num(x, posinf=-inf)", invalid, "one cannot become the other");
  expect_error("^positive(b)", type_mismatch, "'positive' is not defined for bool arrays");
  expect_error("^maximum(x)", invalid, "'maximum' takes at least 2 arguments");
  expect_error("^maximum(1, 2, x)", type_mismatch, "one of the first two arguments of 'maximum' is an array");
  expect_error("concatenate(^x, x)", type_mismatch, "needs arrays in parentheses or brackets");
  expect_error("concatenate((x, ^2))", type_mismatch, "needs an array");
  expect_error("^concatenate((x, row))", ErrorCode::shape_mismatch, "array 1 does not fit the first");
  expect_error("concatenate((^s, s))", ErrorCode::shape_mismatch, "arrays of rank 0 have no axis");
}

TEST(NotationErrors, OperandsThatDoNotFitAreToldAtTheOperator) {
  expect_error("x * 2 ^+ x[:2]", ErrorCode::shape_mismatch, "shapes (4, 3, 4) and (2, 3, 4) do not broadcast");
  expect_error("x ^- transpose(mean(x, 'longitude'))", ErrorCode::name_mismatch, "'longitude' meets 'time'");
  expect_error("u ^+ 300", out_of_range, "the number 300 does not fit into uint8");
  expect_error("u ^- -1", out_of_range, "the number -1 does not fit into uint8");
  expect_error("u ^== 256", out_of_range, "the number 256 does not fit into uint8");
  expect_error("^sign(b)", type_mismatch, "'sign' is not defined for bool arrays; use ~, != or astype first");
  expect_error("b ^- b", type_mismatch, "'subtract' is not defined for bool arrays; use ~, !=");
  expect_error("^-b", type_mismatch, "'negative' is not defined for bool arrays");
  expect_error("^+b", type_mismatch, "'+' is not defined for bool arrays");
  expect_error("^!2 * x", type_mismatch, "'!' inverts arrays, and this is");
  expect_error("x < f ^< 1 && b", invalid, "write (a < b) & (b < c), or a < b && b < c");
  expect_error("x &&^", invalid, "expected a value where the text ends");
  expect_error("x ^& b", type_mismatch, "'&' works on bool arrays and integers, and here is one of float64");
  expect_error("x ^^ b", type_mismatch, "'^' works on bool arrays and integers, and here is one of float64");
  expect_error("x ^^ 2", type_mismatch, "a power is written **");
  expect_error("^^ b", invalid, "a power is written **");
  expect_error("b ^| 1.5", type_mismatch, "'|' works on bool arrays and integers, and here is the number 1.5");
  expect_error("^~x", type_mismatch, "'~' works on bool arrays and integers");
  expect_error("^~1.5 * x", type_mismatch, "'~' inverts arrays and ints, and this is the number 1.5");
  expect_error("f ^<< 2", type_mismatch, "'left_shift' is not defined for floating-point numbers; use astype first");
  expect_error("^bitwise_and(i, x)", type_mismatch, "'bitwise_and' is not defined for floating-point numbers");
  expect_error("i.astype(int64) ^& i.astype(uint64)", type_mismatch, "not defined for floating-point numbers");
  expect_error("x + ^(x, x)", type_mismatch, "'+' needs an array or a number, and this is a tuple");
  expect_error("x + ^None", type_mismatch, "this is None");
  expect_error("x + ^float32", type_mismatch, "this is the element type float32");
  expect_error("1^/0 * x", invalid, "divided by zero");
  expect_error("x * ^99999999999999999999", out_of_range, "an int that no element type holds");
  expect_error("x * 2^**64", out_of_range, "an int that no element type holds");
  expect_error("x * ^1e999", out_of_range, "beyond the range of float64");
}

TEST(NotationErrors, NoElementsAndTooManyAreRefused) {
  expect_error("^min(x[4:], 0)", invalid, "min over no elements");
  notation::Variables long_axis;
  long_axis.find = [](std::string_view) -> std::optional<UntypedArray> {
    const Shape shape{std::int64_t{1} << 40};
    return UntypedArray{build::source(full_source(shape, Scalar(1.0))), shape, {}};
  };
  const Caught error = error_of([&] { (void)notation::arrays_of("y[:, None] * y", long_axis); });
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(error.says("its elements would be more than 2**56 - 1")) << error.message;
}

TEST(NotationErrors, AWrongSubscriptIsToldAtItsPlace) {
  expect_error("x[0, ^3]", out_of_range, "index 3 is outside axis 1, whose extent is 3");
  expect_error("x[..., ^-5]", out_of_range, "index -5 is outside axis 2, whose extent is 4");
  expect_error("x[0, 0, 0, ^0]", out_of_range, "too many subscripts for an array of 3 axes");
  expect_error("x[..., ^...]", invalid, "only one '...'");
  expect_error("x[::^0]", invalid, "a slice cannot have a step of 0");
  expect_error("x[^1.5]", type_mismatch, "is an int, and this is the number 1.5");
  expect_error("x[^True]", type_mismatch, "is an int, and this is the number True");
  expect_error("x[0, ^'time']", type_mismatch, "this is the text 'time'");
  expect_error("x[x ^> 0]", ErrorCode::unsupported,
               "how often a mask is true has to be known when the formula is made");
  expect_error("x[row ^> 1]", ErrorCode::unsupported, "this formula has no backend (Variables::backend)");
  expect_error("x[:, row ^> 1]", ErrorCode::shape_mismatch,
               "a mask of shape (4,) for an array of shape (4, 3, 4) at axis 1");
  expect_error("x[^f]", type_mismatch, "a subscript: indices are integers, and these are float32");
  expect_error("x[i^[0], i[0, 0, :3]]", ErrorCode::shape_mismatch, "broadcast");
  expect_error("x[i[0, 0], f^[0, 0]]", type_mismatch, "a subscript: indices are integers, and these are float32");
  expect_error("bincount(u, ^48)", type_mismatch, "a least number of counts is minlength=48");
  expect_error("histogram(x, [0, 1], weights=f^[0])", ErrorCode::shape_mismatch, "histogram: weights of shape");
  expect_error("x^[]", invalid, "no subscript in the brackets");
  expect_error("x[[0, ^4]]", out_of_range, "index 4 is outside axis 0, whose extent is 4");
  expect_error("x[..., [0, ^-5]]", out_of_range, "index -5 is outside axis 2, whose extent is 4");
  expect_error("x[[0, ^1.5]]", type_mismatch, "an index of a list is an int, and this is the number 1.5");
  expect_error("x[[^True, 0]]", type_mismatch, "an index of a list is an int, and this is the number True");
  expect_error("x[^[True, False]]", ErrorCode::shape_mismatch,
               "a mask of shape (2,) for an array of shape (4, 3, 4) at axis 0");
  expect_error("x[[[0, 1], ^[2]]]", ErrorCode::shape_mismatch, "the lists of an array are as long as each other");
  expect_error("x^[[0, 1], [0, 1, 2]]", ErrorCode::shape_mismatch, "lists of 2 and 3 indices do not fit together");
  expect_error("x[^(0, 1),]", ErrorCode::unsupported, "a tuple cannot be one subscript among others");
  expect_error("x[0, ^(0, 1)]", ErrorCode::unsupported, "a tuple cannot be one subscript among others");
  expect_error("^2[0]", type_mismatch, "a subscript needs an array");
  expect_error("x[^18446744073709551615]", out_of_range, "is outside axis 0");
  expect_error("r8^[None]", invalid, "at most 8 axes");
}

TEST(NotationErrors, ATextThatIsNoFormulaIsToldWhereItEndsToBeOne) {
  expect_error("^", invalid, "expected a value where the text ends");
  expect_error("x +^", invalid, "expected a value where the text ends");
  expect_error("mean(x, 0^", invalid, "expected ')' where the text ends in the arguments of 'mean'");
  expect_error("x ^x", invalid, "expected an operator or the end where there is 'x'");
  expect_error("x ^) + 1", invalid, "where there is ')'");
  expect_error("x[0^) + 1", invalid, "expected ']' where there is ')'");
  expect_error("x ^$ 1", invalid, "where there is '$'");
  expect_error("0 < x ^< 1", invalid, "write (a < b) & (b < c)");
  expect_error("x ^and f", invalid, "'and' asks for the truth of a whole array; write &");
  expect_error("^not x", invalid, "write ~");
  expect_error("x ^if b else f", invalid, "write where(condition, a, b)");

  expect_error("x ^@ f", invalid, "matrix product");
  expect_error("x ^, f", invalid, "results are separated by ';'");
  expect_error("x = f ^= 2", invalid, "'==' compares");
  expect_error("x + 'abc^", invalid, "expected a closing quote");
  expect_error("^2x + 1", invalid, "'2x' is no number");
  expect_error("^2j * x", invalid, "no complex numbers");
  expect_error("^012 * x", invalid, "an int does not begin with 0");
  expect_error("^1__0 * x", invalid, "'_' stands between digits");
  expect_error("x.^", invalid, "expected the name of a method");
}

TEST(NotationErrors, AResultIsAnArrayUnderANewName) {
  expect_error("1 ^+ 1", invalid, "a result is an array, and this is the number 2");
  expect_error("^(x, x)", invalid, "several are separated by ';'");
  expect_error("^pi = x", invalid, "'pi' has a meaning already");
  expect_error("^float32 = x", invalid, "'float32' has a meaning already");
  expect_error("m = x; ^m = f", invalid, "an earlier line is called 'm'; choose another name");
  expect_error("m = 1; ^m = f", invalid, "an earlier line is called 'm'");
  expect_error("m = x; ^m = 1", invalid, "an earlier line is called 'm'");
  expect_error("j = 2; ^k = 1", invalid, "a result is an array, and 'k' is the number 1");
  expect_error("k = 1; x + k; ^k", invalid, "a result is an array, and this is the number 1");
  expect_error("k = ^(0, 1); mean(x, k)", invalid, "a name stands for an array or a number, and this is a tuple");
  expect_error("k = ^None; x[k]", invalid, "a name stands for an array or a number, and this is None");
  expect_error("k = ^float32; x.astype(k)", invalid,
               "a name stands for an array or a number, and this is the element type float32");
  expect_error("k = 2; ^k(x)", not_found, "unknown function 'k'");
  expect_error("k = 2; u + ^k0", not_found, "no variable 'k0'; did you mean 'k'?");
  expect_error("k = 300; u ^+ k", out_of_range, "the number 300 does not fit into uint8");
}

std::vector<std::string> names_of_results(std::string_view text, const std::vector<std::string>& keep = {}) {
  std::vector<std::string> names;
  for (const notation::Output& output : notation::arrays_of(text, variables(), keep)) names.push_back(output.name);
  return names;
}

TEST(NotationResults, AreWhatNoLaterLineUses) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_of_results("m = mean(x, 0); z = (x - m) / std(x, 0)"), Names{"z"});
  EXPECT_EQ(names_of_results("a = mean(x); b = std(x)"), (Names{"a", "b"}));
  EXPECT_EQ(names_of_results("a = x; b = a; c = b; d = x"), (Names{"c", "d"}));
  EXPECT_EQ(names_of_results("a = x; a + 1; x; x"), (Names{"", "", ""}));
  EXPECT_EQ(names_of_results("k = 2; a = x; z = k * f"), (Names{"a", "z"}));
}

TEST(NotationResults, AreKeptWhereAskedFor) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_of_results("m = mean(x, 0); z = x - m; m"), (Names{"m", "z"}));
  EXPECT_EQ(names_of_results("m = mean(x, 0); z = x - m; m; 'm'"), (Names{"m", "z"}));
  EXPECT_EQ(names_of_results("m = mean(x, 0)\nm"), Names{"m"});
  EXPECT_EQ(names_of_results("m = mean(x, 0); m + 0"), Names{""});
  EXPECT_EQ(names_of_results("m = mean(x, 0); z = x - m", {"m"}), (Names{"m", "z"}));
  EXPECT_EQ(names_of_results("m = mean(x, 0); z = x - m", {"z", "m", "m"}), (Names{"m", "z"}));
  const auto message = [](const char* text, const char* name) {
    return error_of([&] { (void)names_of_results(text, {name}); }).message;
  };
  EXPECT_EQ(
      message("mm = x; mm + 1", "m"),
      "no line gives the name 'm', which is to be kept; did you mean 'mm'? (there are: mm)\n  mm = x; mm + 1\n  ^");
  EXPECT_EQ(message("x + 1", "x"),
            "no line gives the name 'x', which is to be kept; give it, as in: x = ...\n  x + 1\n  ^");
  EXPECT_EQ(message("k = 2; x * k", "k"), "'k' is the number 2, and what is kept is an array\n  k = 2; x * k\n  ^");
}

TEST(NotationErrors, WhatLookingUpThrowsIsToldWithItsPlace) {
  notation::Variables failing;
  failing.find = [](std::string_view) -> std::optional<UntypedArray> {
    throw Error(ErrorCode::io, "the disk is gone");
  };
  const Caught error = error_of([&] { (void)notation::arrays_of("1 + y", failing); });
  EXPECT_EQ(error.code, ErrorCode::io);
  EXPECT_EQ(error.message, "the disk is gone\n  1 + y\n      ^");
}

TEST(NotationErrors, TheLineIsTheOneWithTheMistake) {
  const Caught error = error_of([] { (void)notation::arrays_of("m = mean(x)\nz = x - mm # here\ny", variables()); });
  EXPECT_TRUE(error.message.ends_with("\n  z = x - mm # here\n          ^")) << error.message;
}

TEST(NotationErrors, AFormulaOfTooManyStepsIsOneToo) {
  std::string text = "x";
  for (int k = 0; k < 100000; ++k) text += " + x";
  const Caught error = error_of([&] { (void)notation::arrays_of(text, variables()); });
  EXPECT_EQ(error.code, ErrorCode::unsupported);
  EXPECT_TRUE(error.says("at most 500 are supported")) << error.message;
  EXPECT_TRUE(error.message.ends_with("^")) << error.message;
}

TEST(NotationErrors, NamesFromATextCannotEndAMessage) {
  const std::string text("x + 'a\0b'", 9);
  const Caught error = error_of([&] { (void)notation::arrays_of(text, variables()); });
  EXPECT_TRUE(error.says("no variable 'a?b'")) << error.message;
  EXPECT_TRUE(error.message.ends_with("\n  x + 'a b'\n      ^")) << error.message;
}

TEST(NotationErrors, AnExcerptCountsCharactersAndIsShort) {
  EXPECT_EQ(notation::excerpt("größe + y", 10), "  größe + y\n          ^");
  EXPECT_EQ(notation::excerpt("a\tb\rc", 4), "  a b c\n      ^");
  const std::string cut = notation::excerpt(std::string(1000, 'a') + "b" + std::string(1000, 'c'), 1000);
  EXPECT_EQ(cut,
            "  ..." + std::string(60, 'a') + "b" + std::string(59, 'c') + "...\n     " + std::string(60, ' ') + "^");
  EXPECT_EQ(notation::excerpt("", 0), "  \n  ^");
}

}  // namespace
}  // namespace chunkwise_test
