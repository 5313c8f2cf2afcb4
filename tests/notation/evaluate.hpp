#pragma once
/// What texts give: their arrays, elements and errors, over the variables of variables.hpp or over others.
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chunkwise/notation.hpp"
#include "tests/caught.hpp"
#include "tests/notation/variables.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {

inline constexpr auto not_found = cw::ErrorCode::not_found;
inline constexpr auto invalid = cw::ErrorCode::invalid_argument;
inline constexpr auto type_mismatch = cw::ErrorCode::type_mismatch;
inline constexpr auto shape_mismatch = cw::ErrorCode::shape_mismatch;
inline constexpr auto out_of_range = cw::ErrorCode::out_of_range;

/// Expects an error of a text over the variables of variables.hpp.
inline void expect_refused(const std::string& text, cw::ErrorCode code, const std::string& sentence) {
  const Caught error = error_of([&] { (void)cw::notation::arrays_of(text, variables()); });
  EXPECT_EQ(to_string(error.code), std::string(to_string(code))) << text << ": " << error.message;
  EXPECT_TRUE(error.says(sentence)) << text << ": " << error.message;
}

/// Returns the elements of an array as doubles, in row-major order.
inline std::vector<double> elements(const cw::UntypedArray& array) {
  return elements_of<double>(computed(cw::build::cast(array.node, cw::DType::float64)));
}

using Arrays = std::map<std::string, cw::UntypedArray, std::less<>>;

/// Returns the variables `own`, and under other names those of `others`.
inline cw::notation::Variables with(Arrays own, cw::notation::Variables others = {}) {
  others.find = [own = std::move(own), find = others.find](std::string_view name) -> std::optional<cw::UntypedArray> {
    const auto at = own.find(name);
    if (at != own.end()) return at->second;
    return find ? find(name) : std::nullopt;
  };
  return others;
}

/// Texts over variables that are made for each of them.
class Texts {
 public:
  explicit Texts(std::function<cw::notation::Variables()> variables) : variables_(std::move(variables)) {}

  [[nodiscard]] cw::UntypedArray evaluated(const std::string& text) const {
    return cw::notation::arrays_of(text, variables_()).back().array;
  }
  [[nodiscard]] std::vector<double> elements(const std::string& text) const {
    return chunkwise_test::elements(evaluated(text));
  }
  void expect_equal(const std::string& text, const std::vector<double>& wanted) const {
    EXPECT_TRUE(same_numbers(elements(text), wanted)) << text;
  }
  /// Expects the shape and the elements of another text.
  void expect_same(const std::string& text, const std::string& other) const {
    expect_equal(text, elements(other));
    EXPECT_EQ(evaluated(text).shape, evaluated(other).shape) << text;
  }
  /// Expects the type, the shape, the labels and the elements of a formula in C++.
  template <cw::Expression E>
  void expect_same(const std::string& text, const E& typed) const {
    const cw::UntypedArray array = evaluated(text);
    EXPECT_EQ(array.node->dtype, cw::dtype_of<cw::value_type_of<E>>) << text;
    EXPECT_EQ(array.shape, typed.shape()) << text;
    EXPECT_EQ(to_string(array.labels), to_string(typed.labels())) << text;
    EXPECT_TRUE(same_numbers(elements(text), values(cw::cast<double>(typed)))) << text;
  }
  /// Expects an error that says `what`, and whose caret stands under `place`, if that is given.
  void expect_refused(const std::string& text, const std::string& what, const std::string& place = {}) const {
    const Caught caught = error_of([&] { (void)evaluated(text); });
    EXPECT_TRUE(caught.says(what)) << caught.message;
    if (!place.empty()) {
      const std::string caret = std::string(text.find(place), ' ') + "^";
      EXPECT_TRUE(caught.says(text + "\n  " + caret)) << caught.message;
    }
  }

 private:
  std::function<cw::notation::Variables()> variables_;
};

}  // namespace chunkwise_test
