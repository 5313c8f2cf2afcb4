#pragma once
/// Named lazy arrays that belong together, as xarray's Dataset: the variables of files, or results to be written as one
/// file. Arithmetic, formulas and selections take all of them at once. chunkwise/dataset.hpp has the files that they
/// come from, untyped.hpp the functions that compute and write single arrays.
#include <functional>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/dataset.hpp"
#include "chunkwise/notation.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The name that stands for each variable of a dataset in turn, in formulas: `ds - ds.mean("time")`.
inline constexpr std::string_view each_name = "ds";

/// Called with a sentence about a variable that a formula leaves out. Empty: not called.
using LeftOut = std::function<void(const std::string&)>;

/// Returns the results of a text for each of `names`, with `ds` in it standing for that variable, in the order of the
/// names. A result has the name of its variable; of a line `m = ds.mean("time")` it is called `t2m_m`. A variable
/// without a dimension or a coordinate that the text names is left out, and `left_out` is told why. Throws the errors
/// of notation::arrays_of, and not_found if all variables are left out or there is no name.
[[nodiscard]] std::vector<notation::Output> evaluate_each(const TextArgument& text, std::span<const std::string> names,
                                                          const notation::Variables& variables,
                                                          std::span<const std::string> keep, const LeftOut& left_out);

/// Returns the data variables of files without those that belong to others: bounds, grid mappings, areas of cells and
/// auxiliary coordinates, which travel with the variables that name them.
[[nodiscard]] std::vector<std::string> data_variables(const NetcdfDataset& files);

/// An ordered set of lazy arrays with different names, and the attributes of the whole. Copies share the arrays; no
/// function changes the object itself.
class Dataset {
 public:
  /// Without variables.
  Dataset() = default;
  /// The arrays with their names. Throws invalid_argument if a name is empty or stands twice, or an array is none.
  explicit Dataset(std::vector<std::pair<std::string, UntypedArray>> variables, Attributes attributes = {});

  /// Returns the variables in their order.
  [[nodiscard]] const std::vector<std::pair<std::string, UntypedArray>>& variables() const { return variables_; }
  /// Returns the names in their order.
  [[nodiscard]] std::vector<std::string> names() const;
  /// Returns the arrays in their order, labelled with their names: for compute and write of untyped.hpp.
  [[nodiscard]] std::vector<UntypedArray> arrays() const;
  /// Returns the attributes of the set.
  [[nodiscard]] const Attributes& attributes() const { return attributes_; }
  /// Returns true if there is a variable of this name.
  [[nodiscard]] bool has(const TextArgument& name) const;
  /// Returns the variable of this name; throws not_found with the names that exist.
  [[nodiscard]] const UntypedArray& operator[](const TextArgument& name) const;

  /// Returns these variables alone, in this order; throws not_found for one that is not there.
  [[nodiscard]] Dataset select(const std::vector<std::string>& names) const;
  /// Returns the others; throws not_found for one that is not there.
  [[nodiscard]] Dataset drop(const std::vector<std::string>& names) const;
  /// Returns the same with another name for a variable, in its place. Throws not_found, and invalid_argument if the new
  /// name is taken.
  [[nodiscard]] Dataset rename(const TextArgument& name, const TextArgument& to) const;
  /// Returns the same with an array in place of the variable of this name, or behind the others.
  [[nodiscard]] Dataset with(const TextArgument& name, UntypedArray array) const;
  /// Returns the variables of both. Throws name_mismatch if both have one name for different arrays, and for
  /// coordinates of one dimension that do not agree.
  [[nodiscard]] Dataset merge(const Dataset& other) const;

  /// Returns the results of a formula for each variable, with `ds` in it standing for the variable; other names are
  /// variables of this dataset. A variable without a dimension that the formula names is left out, and told.
  ///
  ///   data.each("ds - ds.mean('time')")
  [[nodiscard]] Dataset each(const TextArgument& formula, const LeftOut& left_out = {}) const;

  /// Variable by variable. Throws name_mismatch if the datasets have different names, and the errors of arithmetic.
  friend Dataset operator+(const Dataset& a, const Dataset& b) { return a.with_each(b, "+"); }
  friend Dataset operator-(const Dataset& a, const Dataset& b) { return a.with_each(b, "-"); }
  friend Dataset operator*(const Dataset& a, const Dataset& b) { return a.with_each(b, "*"); }
  friend Dataset operator/(const Dataset& a, const Dataset& b) { return a.with_each(b, "/"); }
  /// Each variable and a number, which is weak as in all arithmetic.
  friend Dataset operator+(const Dataset& a, double number) { return a.with_number("+", number); }
  friend Dataset operator-(const Dataset& a, double number) { return a.with_number("-", number); }
  friend Dataset operator*(const Dataset& a, double number) { return a.with_number("*", number); }
  friend Dataset operator/(const Dataset& a, double number) { return a.with_number("/", number); }

 private:
  [[nodiscard]] Dataset with_each(const Dataset& other, std::string_view operation) const;
  [[nodiscard]] Dataset with_number(std::string_view operation, double number) const;
  std::vector<std::pair<std::string, UntypedArray>> variables_;
  Attributes attributes_;
};

/// Returns the data variables of files, lazily, with the attributes of the first file. Throws as NetcdfDataset does.
///
///   const Dataset data = open_dataset(NetcdfDataset(expand_glob("weather/*.nc")));
[[nodiscard]] Dataset open_dataset(const NetcdfDataset& files);

/// Returns the text that xarray prints of a dataset: dimensions, coordinates, data variables, attributes. Of long
/// coordinates the first and last values.
[[nodiscard]] std::string to_string(const Dataset& dataset);
std::ostream& operator<<(std::ostream& out, const Dataset& dataset);

}  // namespace chunkwise::inline CHUNKWISE_ABI
