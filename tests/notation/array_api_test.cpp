// The functions of the Python array API standard, 2023.12: docs/array_api.md says which are here, and under which name.
// The table is made of the lists of functions, so a new function turns its row by itself; what the page then should
// have is written to it if CHUNKWISE_UPDATE_DOCS is set.
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "chunkwise/notation.hpp"
#include "runtime/notation/functions.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

/// A function of the standard that formulas do not have, or did not have once.
struct Elsewhere {
  std::string_view cxx;     ///< the function of C++ that it is; empty: none
  std::string_view reason;  ///< for there being none
};

constexpr std::string_view made_of_values =
    "the shape of the result would depend on values, which are not known when a formula is built";
constexpr std::string_view generated =
    "arrays come from variables; a number stands beside an array for each of its elements";

/// Beside the functions of formulas. Each function of C++ is called below, in EveryFunctionOfCppIsThere.
const std::map<std::string_view, Elsewhere> elsewhere{
    {"arange", {"arange", generated}},
    {"asarray", {"from_ndarray", ""}},
    {"broadcast_arrays", {"broadcast_arrays", ""}},
    {"can_cast", {"can_cast", ""}},
    {"empty", {"", "elements that nobody has set have no value; see full"}},
    {"empty_like", {"", "elements that nobody has set have no value; see full"}},
    {"eye", {"", generated}},
    {"finfo", {"finfo", ""}},
    {"from_dlpack", {"", "from_memory takes memory with its owner, of the same process alone"}},
    {"full", {"full", generated}},
    {"full_like", {"full", generated}},
    {"iinfo", {"iinfo", ""}},
    {"isdtype", {"isdtype", ""}},
    {"linspace", {"", generated}},
    {"meshgrid", {"", "broadcasting takes its place: x[:, None] * y"}},
    {"nonzero", {"", made_of_values}},
    {"ones", {"full", generated}},
    {"ones_like", {"full", generated}},
    {"result_type", {"result_type", ""}},
    {"searchsorted", {"", "there is no search in sorted lines yet"}},
    {"tensordot", {"", "matmul and vecdot are the products of matrices and along an axis"}},
    {"unique_all", {"", made_of_values}},
    {"unique_counts", {"", made_of_values}},
    {"unique_inverse", {"", made_of_values}},
    {"unique_values", {"", made_of_values}},
    {"unstack", {"", "a formula has one array as its value; a part is an index of its own, x[0]"}},
    {"zeros", {"full", generated}},
    {"zeros_like", {"full", generated}},
};

/// The functions of the standard, by its chapters.
const std::vector<std::pair<std::string_view, std::vector<std::string_view>>> standard{
    {"creation",
     {"arange", "asarray", "empty", "empty_like", "eye", "from_dlpack", "full", "full_like", "linspace", "meshgrid",
      "ones", "ones_like", "tril", "triu", "zeros", "zeros_like"}},
    {"data types", {"astype", "can_cast", "finfo", "iinfo", "isdtype", "result_type"}},
    {"elementwise",
     {"abs",
      "acos",
      "acosh",
      "add",
      "asin",
      "asinh",
      "atan",
      "atan2",
      "atanh",
      "bitwise_and",
      "bitwise_invert",
      "bitwise_left_shift",
      "bitwise_or",
      "bitwise_right_shift",
      "bitwise_xor",
      "ceil",
      "clip",
      "conj",
      "copysign",
      "cos",
      "cosh",
      "divide",
      "equal",
      "exp",
      "expm1",
      "floor",
      "floor_divide",
      "greater",
      "greater_equal",
      "hypot",
      "imag",
      "isfinite",
      "isinf",
      "isnan",
      "less",
      "less_equal",
      "log",
      "log10",
      "log1p",
      "log2",
      "logaddexp",
      "logical_and",
      "logical_not",
      "logical_or",
      "logical_xor",
      "maximum",
      "minimum",
      "multiply",
      "negative",
      "not_equal",
      "positive",
      "pow",
      "real",
      "remainder",
      "round",
      "sign",
      "signbit",
      "sin",
      "sinh",
      "sqrt",
      "square",
      "subtract",
      "tan",
      "tanh",
      "trunc"}},
    {"indexing", {"take"}},
    {"linear algebra", {"matmul", "matrix_transpose", "tensordot", "vecdot"}},
    {"manipulation",
     {"broadcast_arrays", "broadcast_to", "concat", "expand_dims", "flip", "moveaxis", "permute_dims", "repeat",
      "reshape", "roll", "squeeze", "stack", "tile", "unstack"}},
    {"searching", {"argmax", "argmin", "nonzero", "searchsorted", "where"}},
    {"sets", {"unique_all", "unique_counts", "unique_inverse", "unique_values"}},
    {"sorting", {"argsort", "sort"}},
    {"statistics", {"cumulative_sum", "max", "mean", "min", "prod", "std", "sum", "var"}},
    {"utilities", {"all", "any"}},
};

struct Table {
  std::string text;
  std::size_t all = 0, here = 0;
};

Table table() {
  Table table;
  std::string rows;
  for (const auto& [chapter, names] : standard)
    for (const std::string_view name : names) {
      ++table.all;
      const notation::Function* function = notation::find_function(name);
      const auto other = elsewhere.find(name);
      rows += "| " + std::string(chapter) + " | `" + std::string(name) + "` | ";
      if (function) {
        rows += "`" + notation::signature_of(*function) + "` |";
      } else if (other != elsewhere.end() && !other->second.cxx.empty()) {
        rows += "in C++: `" + std::string(other->second.cxx) + "` |";
      } else {
        rows += "no: " + std::string(other == elsewhere.end() ? "" : other->second.reason) + " |";
        --table.here;
      }
      ++table.here;
      rows += "\n";
    }
  table.text = "**" + std::to_string(table.here) + " of the " + std::to_string(table.all) +
               "** functions are here.\n\n| chapter | standard | here |\n|---|---|---|\n" + rows;
  return table;
}

TEST(ArrayApi, ThePageHasTheTable) {
  const std::string path = CHUNKWISE_TESTS_DIR "/../docs/array_api.md";
  std::stringstream page;
  page << std::ifstream(path).rdbuf();
  const Table made = table();
  EXPECT_EQ(made.all, 127U);
  EXPECT_GE(made.here, 110U);
  const std::string text = page.str();
  const std::string begin = "<!-- table -->\n";
  const std::string end = "<!-- end of the table -->\n";
  const std::size_t from = text.find(begin);
  const std::size_t to = text.find(end);
  ASSERT_TRUE(from != text.npos && to != text.npos) << path;
  const std::string wanted = text.substr(0, from) + begin + made.text + text.substr(to);
  if (std::getenv("CHUNKWISE_UPDATE_DOCS")) {
    std::ofstream(path) << wanted;
    return;
  }
  EXPECT_TRUE(text == wanted) << path << " should have, which CHUNKWISE_UPDATE_DOCS=1 writes there:\n" << made.text;
}

TEST(ArrayApi, EveryAbsenceIsExplained) {
  for (const auto& [chapter, names] : standard)
    for (const std::string_view name : names)
      if (!notation::find_function(name)) {
        const auto other = elsewhere.find(name);
        ASSERT_NE(other, elsewhere.end()) << name;
        EXPECT_FALSE(other->second.cxx.empty() && other->second.reason.empty()) << name;
      }
}

TEST(ArrayApi, EveryFunctionOfCppIsThere) {
  const auto x = full<2>({2, 3}, 1.5F);
  EXPECT_EQ(arange(0, 3).shape(), (Shape{3}));
  EXPECT_EQ(values(from_ndarray(compute(local(), x)))[0], 1.5F);
  EXPECT_EQ(std::get<1>(broadcast_arrays(x, arange(0, 3))).shape(), (Shape{2, 3}));
  EXPECT_TRUE(can_cast(DType::int8, result_type(DType::int8, DType::float32)));
  EXPECT_EQ(finfo(DType::float32).bits + iinfo(DType::int8).bits, 40);
  EXPECT_TRUE(isdtype(DType::int8, "integral"));
}

}  // namespace
}  // namespace chunkwise_test
