// The notation has what the lists of operations and reductions have, under their names and NumPy's, and the page on it
// says so.
#include "runtime/notation/functions.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>

#include "chunkwise/op/numpy.hpp"
#include "tests/notation/variables.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

/// An array that suits an operation.
std::string array_for(const op::Description& operation) {
  if (operation.signature == op::Signature::logical) return "b";
  return operation.signature == op::Signature::integral || operation.signature == op::Signature::shifting ? "i" : "x";
}

/// A call of an elementwise function over arrays that suit it.
std::string call_of(std::string_view name, const op::Description& operation) {
  const std::string array = array_for(operation);
  if (operation.signature == op::Signature::conversion) return std::string(name) + "(x, float32)";
  std::string call = std::string(name) + "(" + array;
  for (int i = 1; i < operation.arity; ++i) call += ", " + array;
  return call + ")";
}

OpCode last_operation(const UntypedArray& array) {
  const auto* map = array.node->as<MapNode>();
  if (!map) return OpCode::input;
  return map->program->code().back().code;
}

TEST(NotationFunctions, EveryOperationOfTheCatalogueIsReachedByItsNameAndNumpys) {
  for (std::size_t i = 0; i < op::descriptions.size(); ++i) {
    const op::Description& operation = op::descriptions[i];
    std::set<std::string_view> names{operation.name, op::numpy_names[i].name};
    for (const notation::FunctionHelp& help : notation::functions())
      if (help.name == op::numpy_names[i].name) names.insert(help.aliases.begin(), help.aliases.end());
    for (const std::string_view name : names) {
      SCOPED_TRACE(std::string(name));
      EXPECT_EQ(last_operation(array_of_text(call_of(name, operation))), operation.code);
      EXPECT_EQ(last_operation(array_of_text("np." + call_of(name, operation))), operation.code);
    }
    const std::string sign(op::numpy_names[i].sign);
    if (sign.empty()) continue;
    SCOPED_TRACE(sign);
    const std::string array = array_for(operation);
    EXPECT_EQ(last_operation(array_of_text(operation.arity == 1 ? sign + array : array + sign + array)),
              operation.code);
  }
}

TEST(NotationFunctions, EveryReductionIsReachedByItsNameAndNumpys) {
  std::size_t reductions = 0;
  for (const notation::Function& function : notation::all_functions()) {
    if (function.kind != notation::Function::Kind::reduction) continue;
    ++reductions;
    // The library's own name, as explanations show it, works too.
    for (const std::string_view name : {function.name, function.alias, function.aggregate->name}) {
      if (name.empty()) continue;
      SCOPED_TRACE(std::string(name));
      for (const std::string& text : {std::string(name) + "(x, 0)", "x." + std::string(name) + "(axis='time')"}) {
        const UntypedArray array = array_of_text(text);
        const auto* reduce = array.node->as<FoldNode>();
        ASSERT_NE(reduce, nullptr);
        EXPECT_EQ(reduce->op, function.aggregate->code);
        EXPECT_EQ(reduce->axes, 1U);
      }
    }
  }
  EXPECT_EQ(reductions, aggregate::descriptions.size());
}

TEST(NotationFunctions, EveryElementTypeIsAFunctionAndATypeToConvertTo) {
  for (std::size_t i = 0; i < dtype_count; ++i) {
    const auto dtype = static_cast<DType>(i);
    const std::string name(name_of(dtype));
    for (const std::string& text :
         {name + "(x)", "np." + name + "(x)", "x.astype(" + name + ")", "astype(x, np." + name + ")",
          "x.astype('" + name + "')", "x.astype(dtype=" + name + ")"})
      EXPECT_EQ(array_of_text(text).node->dtype, dtype) << text;
  }
}

TEST(NotationFunctions, WhatIsLookedForAndIsNotHereIsSaidSoAndNotGuessedAt) {
  const auto expect_said = [](const std::string& name, const std::string& words) {
    SCOPED_TRACE(name);
    ASSERT_EQ(notation::find_function(name), nullptr);
    const Caught error = error_of([&] { (void)array_of_text(name + "(x, 0)"); });
    EXPECT_EQ(error.code, ErrorCode::not_found);
    EXPECT_TRUE(error.says("there is no function '" + name + "': " + words)) << error.message;
    EXPECT_FALSE(error.says("did you mean")) << error.message;
  };
  for (const char* const name : {"loc", "month", "monmean"}) expect_said(name, "a part is chosen by position");
  expect_said("divmod", "its parts are x // y and x % y");
  expect_said("einsum", "there are no transforms and no general products");
  expect_said("rand", "arrays come from variables");
}

TEST(NotationFunctions, HelpIsCompleteAndUsable) {
  std::set<std::string_view> names;
  for (const notation::FunctionHelp& help : notation::functions()) {
    EXPECT_TRUE(names.insert(help.name).second) << help.name;
    for (const std::string_view alias : help.aliases) EXPECT_TRUE(names.insert(alias).second) << alias;
    EXPECT_TRUE(help.signature.starts_with(std::string(help.name) + "(")) << help.signature;
    EXPECT_TRUE(help.summary.ends_with(".")) << help.name;
  }
  EXPECT_EQ(notation::functions().size(), notation::all_functions().size());
}

TEST(NotationFunctions, ThePageHasTheirTable) {
  const std::string path = CHUNKWISE_TESTS_DIR "/../docs/notation.md";
  std::ifstream file(path);
  std::stringstream page;
  page << file.rdbuf();
  const std::string head = "| function | also | operator | |\n|---|---|---|---|\n";
  std::string table = head;
  for (const notation::FunctionHelp& help : notation::functions()) {
    const notation::Function& function = *notation::find_function(help.name);
    std::string sign;
    for (const op::NumpyNames& names : op::numpy_names)
      if (function.operation && names.code == function.operation->code) sign = names.sign;
    const auto code = [](const std::string& text) { return text.empty() ? "" : "`" + text + "`"; };
    std::string escaped;
    for (const char c : sign) escaped += c == '|' ? std::string("\\|") : std::string(1, c);
    std::string aliases;
    for (const std::string_view alias : help.aliases)
      aliases += (aliases.empty() ? "" : ", ") + code(std::string(alias));
    table +=
        "| `" + help.signature + "` | " + aliases + " | " + code(escaped) + " | " + std::string(help.summary) + " |\n";
  }
  const std::string text = page.str();
  const std::size_t from = text.find(head);
  ASSERT_NE(from, text.npos) << path;
  const std::size_t to = text.find("\n\n", from) + 1;
  if (std::getenv("CHUNKWISE_UPDATE_DOCS")) {
    std::ofstream(path) << text.substr(0, from) + table + text.substr(to);
    return;
  }
  EXPECT_TRUE(text.substr(from, to - from) == table)
      << path << " should have, which CHUNKWISE_UPDATE_DOCS=1 writes there:\n"
      << table;
}

TEST(NotationValues, OfComposedFunctionsAreThoseOfTheirOperations) {
  using Floats = std::vector<float>;
  EXPECT_EQ(values_of_text<float>("(row / 8).round(1)"), (Floats{0, 0.1F, 0.2F, 0.4F}));
  EXPECT_EQ(values_of_text<float>("round(row * 10 + 5, -1)"), (Floats{0, 20, 20, 40}));
  EXPECT_EQ(values_of_text<std::int16_t>("round(i[0, 0] * 10 + 5, -1)"), (std::vector<std::int16_t>{0, 20, 20, 40}));
  EXPECT_EQ(values_of_text<std::int16_t>("i[0, 0].round()"), (std::vector<std::int16_t>{0, 1, 2, 3}));
  EXPECT_EQ(values_of_text<float>("row.clip(1, 2)"), (Floats{1, 1, 2, 2}));
  EXPECT_EQ(values_of_text<float>("np.clip(row, a_min=None, a_max=2)"), (Floats{0, 1, 2, 2}));
  EXPECT_EQ(values_of_text<float>("clip(row, row[::-1], 2)"), (Floats{2, 2, 2, 2}));
  EXPECT_EQ(values_of_text<float>("maximum(row, 1, row[::-1])"), (Floats{3, 2, 2, 3}));
  EXPECT_EQ(values_of_text<float>("nan_to_num(log(row - 1), nan=7, neginf=-9)"),
            (Floats{7, -9, 0, static_cast<float>(std::log(2.0))}));
  EXPECT_EQ(values_of_text<float>("nan_to_num(row / 0)[1:]"), Floats(3, std::numeric_limits<float>::max()));
  EXPECT_EQ(values_of_text<bool>("isclose(row, 1.05, rtol=0.1)"), (std::vector<bool>{false, true, false, false}));
  EXPECT_EQ(values_of_text<bool>("isclose(row / 0, row / 0)"), (std::vector<bool>{false, true, true, true}));
  EXPECT_EQ(values_of_text<bool>("isclose(row / 0, row / 0, equal_nan=True)"), std::vector<bool>(4, true));
  EXPECT_EQ(values_of_text<float>("positive(row)"), (Floats{0, 1, 2, 3}));
  EXPECT_EQ(values_of_text<std::int16_t>("(i[0, 0] & 1 | 4) << 1 ^ 2"), (std::vector<std::int16_t>{10, 8, 10, 8}));
  EXPECT_EQ(values_of_text<std::int64_t>("b[0, 0] | 2"), (std::vector<std::int64_t>{2, 3, 3, 3}));
  EXPECT_EQ(values_of_text<float>("row // 2 + row % 2 * 10"), (Floats{0, 10, 1, 11}));
}

TEST(NotationValues, ArangeCountsBeforeItRounds) {
  EXPECT_EQ(array_of_text("arange(0, 1, 0.01, dtype=float32)").shape, Shape{100});
  EXPECT_EQ(array_of_text("arange(0, 1, 0.1, dtype=float32)").shape, Shape{10});
  EXPECT_EQ(array_of_text("arange(1.1, dtype=float32)").shape, Shape{2});
  EXPECT_EQ(values_of_text<float>("arange(1, 0, -0.25, dtype=float32)"), (std::vector<float>{1, 0.75, 0.5, 0.25}));
}

TEST(NotationValues, HistogramWithoutARangeHasTheExtremeIntegers) {
  const auto counts = [](const char* text) {
    notation::Variables known = variables();
    known.backend = local();
    return elements_of<std::int64_t>(computed(notation::arrays_of(text, known).at(0).array.node));
  };
  using Counts = std::vector<std::int64_t>;
  EXPECT_EQ(counts("histogram(array([0, 2**53 + 1]), 2)[0]"), (Counts{1, 1}));
  EXPECT_EQ(counts("histogram(array([-2**53 - 1, 0, 2**53 + 1]), 2)[0]"), (Counts{1, 2}));
  EXPECT_EQ(counts("histogram(array([-2**62 - 1, 1, 9223372036854775807]), 2)[0]"), (Counts{2, 1}));
  EXPECT_EQ(counts("histogram(i, 4)[0]"), (Counts{12, 12, 12, 12}));
}

TEST(NotationNames, AreThoseThatEvaluatingAsksFor) {
  using Names = std::vector<std::string>;
  const auto check = [](std::string_view text, const Names& names) {
    EXPECT_EQ(notation::names_used(text), names) << text;
    Names asked;
    (void)notation::arrays_of(text, variables(&asked));
    EXPECT_EQ(asked, names) << text;
  };
  check("x", {"x"});
  check("x + f * x - 2 * pi", {"x", "f"});
  check("m = mean(x, 0); z = (x - m) / std(x, 0)", {"x"});
  check("x = x * 2; y = x", {"x"});
  check("y = f; z = y + x", {"f", "x"});
  check("mean('group/t2m', 'time')", {"group/t2m"});
  check("'group/t2m'.mean('time', keepdims=True) + x[0]", {"group/t2m", "x"});
  check("mean(x, axis=('time', 'latitude'))", {"x"});
  check("x.astype('float32') + astype(f, 'int16')", {"x", "f"});
  check("where('b', 'x', f[..., None, 0])", {"b", "x", "f"});
  check("maximum('x', 'f', 'i') + clip('u', 'row', 2).round(1)", {"x", "f", "i", "u", "row"});
  check("concatenate(('x', ('group/t2m')), axis='time')", {"x", "group/t2m"});
  check("float32('x') + np.float64(f)", {"x", "f"});
  check("-'x' ** 'f'", {"x", "f"});
  check("(x > nan) & True | b", {"x", "b"});
}

TEST(NotationNames, AreNotToldOfWhatIsNoFormula) {
  EXPECT_EQ(error_of([] { (void)notation::names_used("x +"); }).code, ErrorCode::invalid_argument);
  const Caught error = error_of([] { (void)notation::names_used("x + men(x, 'time')"); });
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_TRUE(error.message.ends_with("did you mean 'mean'?\n  x + men(x, 'time')\n      ^")) << error.message;
}

TEST(NotationValues, AreComputed) {
  EXPECT_EQ(values_of_text<double>("(x - x.mean(0))[0, 0]"), (std::vector<double>(4, -18)));
  EXPECT_EQ(values_of_text<float>("f[0, 0] * 2.0 + row"), (std::vector<float>{0, 3, 6, 9}));
  EXPECT_EQ(values_of_text<std::uint8_t>("u[0, 0] + 255"), (std::vector<std::uint8_t>{255, 0, 1, 2}));
  EXPECT_EQ(values_of_text<float>("row[::-1]"), (std::vector<float>{3, 2, 1, 0}));
  EXPECT_EQ(values_of_text<std::int64_t>("count(where(x > 5, x, nan))"), (std::vector<std::int64_t>{42}));
  EXPECT_EQ(values_of_text<float>("-row ** 2"), (std::vector<float>{-0.0F, -1, -4, -9}));
}

}  // namespace
}  // namespace chunkwise_test
