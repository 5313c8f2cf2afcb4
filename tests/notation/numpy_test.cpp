// Random formulas with the values that NumPy has given them (numpy_cases.py): the notation gives the same type, the
// same shape, and the same values, to the bit where IEEE 754 defines them. The recorded cases are numpy_cases.json,
// numpy_aggregates.json and numpy_lines.json, and numpy_elementwise.json has every elementwise function of every type
// (numpy_elementwise.py), numpy_statistics.json statistics and products of matrices (numpy_statistics.py),
// numpy_options.json options of reductions and functions that are made of others (numpy_options.py), and
// numpy_arrays.json arrays that are made, joined, looked up and masked (numpy_arrays.py); another file can be named by
// CHUNKWISE_NUMPY_CASES, as numpy_live.sh does with fresh ones.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "tests/notation/variables.hpp"
#include "tests/recorded.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Json = nlohmann::json;

Shape shape_from(const Json& extents) {
  Shape shape;
  for (const Json& extent : extents) shape.push_back(extent.get<std::int64_t>());
  return shape;
}

/// A variable in chunks of about half of each axis.
UntypedArray array_from(const Json& json) {
  const auto bytes = std::make_shared<const std::vector<std::byte>>(bytes_from(json.at("bytes")));
  const Shape shape = shape_from(json.at("shape"));
  Shape chunks;
  for (const std::int64_t extent : shape) chunks.push_back((extent + 1) / 2);
  const DType dtype = dtype_from(json.at("dtype"));
  NodePtr node = build::source(memory_source({dtype, shape, row_major_strides(shape), bytes, bytes->data()}, chunks));
  return {std::move(node), shape, {}};
}

/// How far a result may be from NumPy's: not at all, but for NaN, if nothing else is said.
struct Tolerance {
  double error = 0;    ///< an absolute difference
  double ulps = 0;     ///< a difference in units of the last place
  bool zeros = false;  ///< a zero may have either sign
};

/// Returns the difference between a result and NumPy's, in words; empty if there is none.
std::string difference(const UntypedNdArray& result, const std::vector<std::byte>& wanted, const Tolerance& tolerance) {
  return dispatch(result.dtype, [&](auto zero) -> std::string {
    using T = decltype(zero);
    const std::vector<T> all = elements_of<T>(result);
    for (std::size_t i = 0; i < all.size(); ++i) {
      const T ours = all[i];
      T theirs;
      std::memcpy(&theirs, wanted.data() + i * sizeof theirs, sizeof theirs);
      bool same = std::memcmp(&ours, &theirs, sizeof theirs) == 0;
      if constexpr (std::is_floating_point_v<T>) {
        same = same || (std::isnan(ours) && std::isnan(theirs));
        const double distance = std::fabs(static_cast<double>(ours) - static_cast<double>(theirs));
        if (tolerance.error > 0) same = same || distance <= tolerance.error;
        if (tolerance.ulps > 0 && std::isfinite(theirs)) {
          using Limits = std::numeric_limits<T>;
          const double ulp = std::fabs(static_cast<double>(theirs)) * Limits::epsilon() + Limits::denorm_min();
          same = same || (distance <= tolerance.ulps * ulp && std::signbit(ours) == std::signbit(theirs));
        }
        same = same || (tolerance.zeros && ours == 0 && theirs == 0);
      }
      if (!same)
        return "element " + std::to_string(i) + " is " + std::to_string(ours) + ", not " + std::to_string(theirs);
    }
    return {};
  });
}

/// Returns the faults of a formula's type, shape and values, in words; empty if all are NumPy's.
std::string problem_with(const Json& wanted, const notation::Variables& known) {
  const std::vector<notation::Output> outputs = notation::arrays_of(wanted.at("text").get<std::string>(), known);
  const UntypedArray& array = outputs.at(0).array;
  if (name_of(array.node->dtype) != wanted.at("dtype").get<std::string>())
    return "it is of " + std::string(name_of(array.node->dtype)) + ", not " + wanted.at("dtype").get<std::string>();
  const Shape shape = shape_from(wanted.at("shape"));
  if (!(array.shape == shape)) return "its shape is " + to_string(array.shape) + ", not " + to_string(shape);
  const UntypedNdArray result = computed(array.node);
  if (!(result.shape == shape)) return "its result has the shape " + to_string(result.shape);
  return difference(result, bytes_from(wanted.at("bytes")),
                    {wanted.value("error", 0.0), wanted.value("ulps", 0.0), wanted.value("zeros", false)});
}

const char* cases_file(const char* recorded) {
  const char* const chosen = std::getenv("CHUNKWISE_NUMPY_CASES");
  return chosen ? chosen : recorded;
}

/// Holds the formulas of a file against NumPy's values.
void expect_numpys(const char* cases, std::size_t least = 100) {
  std::ifstream file(cases);
  ASSERT_TRUE(file) << cases;
  const Json recorded = Json::parse(file);
  std::map<std::string, UntypedArray, std::less<>> arrays;
  for (const auto& [name, array] : recorded.at("variables").items()) arrays.emplace(name, array_from(array));
  notation::Variables known;
  known.find = [&](std::string_view name) -> std::optional<UntypedArray> {
    const auto at = arrays.find(name);
    return at == arrays.end() ? std::nullopt : std::optional(at->second);
  };
  known.backend = local();
  ASSERT_GE(recorded.at("cases").size(), least);
  int wrong = 0;
  for (const Json& one : recorded.at("cases")) {
    std::string problem;
    try {
      problem = problem_with(one, known);
    } catch (const Error& error) {
      problem = error.what();
    }
    EXPECT_EQ(problem, "") << one.at("text") << " with the seed " << recorded.at("seed");
    // A mistake shows in many formulas; the first ones tell enough.
    if (!problem.empty() && ++wrong == 10) break;
  }
}

TEST(NotationAgainstNumpy, RandomFormulasHaveItsTypesShapesAndValues) {
  expect_numpys(cases_file(CHUNKWISE_TESTS_DIR "/notation/numpy_cases.json"));
}

TEST(NotationAgainstNumpy, RandomFormulasWithEveryAggregateHaveItsTypesShapesAndValues) {
  expect_numpys(cases_file(CHUNKWISE_TESTS_DIR "/notation/numpy_aggregates.json"));
}

TEST(NotationAgainstNumpy, RandomFormulasWithEveryFunctionOfLinesHaveItsTypesShapesAndValues) {
  expect_numpys(cases_file(CHUNKWISE_TESTS_DIR "/notation/numpy_lines.json"));
}

TEST(NotationAgainstNumpy, RandomFormulasWithEveryFunctionOfShapeHaveItsTypesShapesAndValues) {
  expect_numpys(cases_file(CHUNKWISE_TESTS_DIR "/notation/numpy_shapes.json"));
}

TEST(NotationAgainstNumpy, EveryElementwiseFunctionOfEveryTypeHasItsTypesShapesAndValues) {
  expect_numpys(cases_file(CHUNKWISE_TESTS_DIR "/notation/numpy_elementwise.json"));
}

TEST(NotationAgainstNumpy, StatisticsAndMatricesOfEveryTypeHaveItsTypesShapesAndValues) {
  expect_numpys(cases_file(CHUNKWISE_TESTS_DIR "/notation/numpy_statistics.json"));
}

TEST(NotationAgainstNumpy, OptionsOfReductionsAndComposedFunctionsHaveItsTypesShapesAndValues) {
  expect_numpys(cases_file(CHUNKWISE_TESTS_DIR "/notation/numpy_options.json"));
}

TEST(NotationAgainstNumpy, ThePageForNumpyUsersHasFormulasOfNumpysValues) {
  expect_numpys(cases_file(CHUNKWISE_TESTS_DIR "/notation/numpy_page.json"), 50);
}

/// Returns the formulas in the second column of a table of the page for users of NumPy, Dask and xarray.
std::vector<std::string> formulas_of_page(const std::string& mark) {
  std::ifstream page(CHUNKWISE_TESTS_DIR "/../docs/from_numpy.md");
  std::vector<std::string> formulas;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line == "<!-- end -->") inside = false;
    if (inside && line.starts_with("| `")) {
      const std::size_t begin = line.find("` | `") + 5;
      formulas.push_back(line.substr(begin, line.find('`', begin) - begin));
    }
    inside = inside || line == mark;
  }
  return formulas;
}

TEST(NotationAgainstNumpy, EveryLineOfThePageForNumpyUsersIsRecorded) {
  const Json recorded = Json::parse(std::ifstream(CHUNKWISE_TESTS_DIR "/notation/numpy_page.json"));
  std::vector<std::string> texts;
  for (const Json& one : recorded.at("cases")) texts.push_back(one.at("text"));
  EXPECT_EQ(formulas_of_page("<!-- numpy -->"), texts);
}

TEST(NotationAgainstNumpy, ThePageForXarrayUsersHasFormulas) {
  const std::vector<std::string> formulas = formulas_of_page("<!-- xarray -->");
  EXPECT_GE(formulas.size(), 20U);
  for (const std::string& formula : formulas) EXPECT_NO_THROW((void)computed(array_of_text(formula).node)) << formula;
}

TEST(NotationAgainstNumpy, ArraysThatAreMadeJoinedLookedUpAndMaskedHaveItsTypesShapesAndValues) {
  expect_numpys(cases_file(CHUNKWISE_TESTS_DIR "/notation/numpy_arrays.json"));
}

}  // namespace
}  // namespace chunkwise_test
