// The differences of two sets of files.
#include "chunkwise/dataset/difference.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/notation.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/dataset/format/file.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Returns the names of all variables in the order of the files.
std::vector<std::string> all_names(const NetcdfDataset& files) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < files.paths().size(); ++i)
    for (const VariableDescription& variable : files.file(i).variables)
      if (seen.insert(variable.name).second) names.push_back(variable.name);
  return names;
}

/// Returns the description in the first file that has the variable.
const VariableDescription& first_of(const NetcdfDataset& files, const std::string& name) {
  for (std::size_t i = 0;; ++i)
    if (const VariableDescription* found = files.file(i).find(name)) return *found;
}

std::string dimensions_text(const UntypedArray& array) {
  std::string text = "(";
  for (int axis = 0; axis < array.shape.rank(); ++axis)
    text += (axis > 0 ? ", " : "") + array.labels.dimension(axis) + " " + std::to_string(array.shape[axis]);
  return text + ")";
}

/// Returns true for attributes that say how values are stored, which may differ for the same values.
bool is_of_storage(const std::string& name) { return is_packing(name) || name.starts_with("_"); }

bool is_text(const VariableDescription& variable) { return variable.type == "text" || variable.type == "strings"; }

bool is_wide_integer(DType dtype) { return dtype == DType::int64 || dtype == DType::uint64; }

class Comparer {
 public:
  Comparer(const NetcdfDataset& a, const NetcdfDataset& b, const DifferenceOptions& options)
      : a_(a), b_(b), options_(options) {
    for (const double tolerance : {options.absolute, options.relative})
      if (!(tolerance >= 0) || std::isinf(tolerance))
        throw Error(ErrorCode::invalid_argument,
                    "a tolerance is " + number_text(tolerance) + "; it is a number from 0");
  }

  Comparison run() {
    if (!options_.values_only) compare_attributes("the files", a_.file(0).attributes, b_.file(0).attributes, true);
    const std::vector<std::string> here = all_names(a_), there = all_names(b_);
    for (const std::string& name : here) {
      if (std::ranges::find(there, name) == there.end())
        remark("'" + name + "' is in the first alone");
      else
        compare(name);
    }
    for (const std::string& name : there)
      if (std::ranges::find(here, name) == here.end()) remark("'" + name + "' is in the second alone");
    return std::move(result_);
  }

 private:
  void remark(std::string sentence) { result_.known.remarks.push_back(std::move(sentence)); }

  void compare_attributes(const std::string& owner, const Attributes& a, const Attributes& b, bool of_file) {
    const auto counts = [&](const Attribute& attribute) {
      return of_file ? attribute.name != "history" && !attribute.name.starts_with("_") : !is_of_storage(attribute.name);
    };
    for (const Attribute& attribute : a) {
      if (!counts(attribute)) continue;
      const Attribute* const other = find_attribute(b, attribute.name);
      if (other == nullptr)
        remark("attribute of " + owner + ": " + to_string(attribute) + " is in the first alone");
      else if (!have_equal_values(attribute, *other))
        remark("attribute of " + owner + ": " + to_string(attribute) + " in the first, " + to_string(*other) +
               " in the second");
    }
    for (const Attribute& attribute : b)
      if (counts(attribute) && find_attribute(a, attribute.name) == nullptr)
        remark("attribute of " + owner + ": " + to_string(attribute) + " is in the second alone");
  }

  void compare(const std::string& name) {
    const VariableDescription& here = first_of(a_, name);
    const VariableDescription& there = first_of(b_, name);
    if (!options_.values_only)
      compare_attributes("'" + name + "'", here.attributes, there.attributes, false);
    else if (text_attribute(here.attributes, "units").find(" since ") != std::string::npos)
      for (const char* const word : {"units", "calendar"})
        if (text_attribute(here.attributes, word) != text_attribute(there.attributes, word))
          remark("'" + name + "' counts times in other " + word + "; its numbers alone are compared");
    if (is_text(here) && is_text(there)) return compare_texts(name);
    std::optional<UntypedArray> a, b;
    try {
      a = a_.open(name).array;
      b = b_.open(name).array;
    } catch (const Error& error) {
      return remark("'" + name + "' cannot be compared: " + error.what());
    }
    bool alike = a->shape == b->shape;
    for (int axis = 0; alike && axis < a->shape.rank(); ++axis)
      alike = a->labels.dimension(axis) == b->labels.dimension(axis);
    if (!alike)
      return remark("'" + name + "' is " + dimensions_text(*a) + " in the first, " + dimensions_text(*b) +
                    " in the second");
    const DType type = a->node->dtype, other = b->node->dtype;
    if (type != other && (is_wide_integer(type) || is_wide_integer(other)))
      return remark("'" + name + "' is " + std::string(name_of(type)) + " in the first, " +
                    std::string(name_of(other)) + " in the second");
    VariableDifference& counted = result_.known.variables.emplace_back();
    counted.name = name;
    counted.elements = a->shape.elements();
    if (counted.elements > 0) add_arrays(*a, *b, is_wide_integer(type));
  }

  void compare_texts(const std::string& name) {
    if (a_.paths().size() > 1 || b_.paths().size() > 1)
      return remark("'" + name + "' cannot be compared: it is text, in several files; compare them one by one");
    try {
      const auto read = [&](const NetcdfDataset& files) {
        return dataset::open_file(files.paths().front(), false)
            ->read_text(name, true, name + " of " + files.paths().front());
      };
      const dataset::TextVariable a = read(a_), b = read(b_);
      if (!options_.values_only) compare_attributes("'" + name + "'", a.attributes, b.attributes, false);
      if (a.dimensions != b.dimensions || a.shape != b.shape)
        remark("'" + name + "' is text of another shape in the second");
      else if (a.bytes != b.bytes)
        remark("'" + name + "' is another text in the second");
    } catch (const Error& error) {
      remark("'" + name + "' cannot be compared: " + error.what());
    }
  }

  /// Adds the arrays that count. Labels do not matter: the values at the same place are compared.
  void add_arrays(const UntypedArray& a, const UntypedArray& b, bool wide) {
    const notation::Variables operands{
        [&](std::string_view name) {
          return std::optional(name == "first" ? UntypedArray{a.node, a.shape, {}} : UntypedArray{b.node, b.shape, {}});
        },
        {},
        nullptr};
    // A difference of 64-bit integers is exact as an integer without a sign; float64 has all others exactly.
    const std::string end = a.shape.rank() == 0 ? "[None]; " : "; ";
    std::string text = "a = first" + end + "b = second" + end;
    text += wide ? "x = float64(a); y = float64(b); d = float64(uint64(where(a > b, a - b, b - a))); "
                 : "x = float64(a); y = float64(b); d = abs(x - y); ";
    text += "m = maximum(abs(x), abs(y)); one = isnan(x) != isnan(y); ";
    text += "differ = (a != b) & ~(isnan(x) & isnan(y))";
    if (options_.absolute > 0) text += " & ~(d <= " + digits(options_.absolute) + ")";
    if (options_.relative > 0) text += " & (isinf(d) | ~(d <= " + digits(options_.relative) + " * m))";
    text += "; r = where(isinf(d), inf, d / m); ";
    text +=
        "n = sum(differ); o = sum(one); l = nanmax(where(differ, d, 0)); q = nanmax(where(differ, r, 0)); n; o; l; q";
    for (notation::Output& output : notation::arrays_of(text, operands)) {
      output.array.labels = {};
      result_.arrays.push_back(std::move(output.array));
    }
  }

  static std::string digits(double number) {
    std::string text;
    append_number(text, number, {});
    return text;
  }

  const NetcdfDataset& a_;
  const NetcdfDataset& b_;
  DifferenceOptions options_;
  Comparison result_;
};

double number_of(const UntypedNdArray& array) {
  double number = 0;
  dispatch(array.dtype, [&]<class T>(T) { number = static_cast<double>(*static_cast<const T*>(array.data)); });
  return number;
}

}  // namespace

bool Difference::same() const {
  return remarks.empty() &&
         std::ranges::all_of(variables, [](const VariableDifference& variable) { return variable.differing == 0; });
}

Comparison comparison(const NetcdfDataset& a, const NetcdfDataset& b, const DifferenceOptions& options) {
  return Comparer(a, b, options).run();
}

Difference difference_from(const Comparison& comparison, std::span<const UntypedNdArray> computed) {
  Difference result = comparison.known;
  std::size_t next = 0;
  for (VariableDifference& variable : result.variables) {
    if (variable.elements == 0) continue;
    variable.differing = static_cast<std::int64_t>(number_of(computed[next]));
    variable.missing = static_cast<std::int64_t>(number_of(computed[next + 1]));
    // NaN: each value is missing in one of both.
    const auto largest = [&](std::size_t at) {
      return std::isnan(number_of(computed[at])) ? 0 : number_of(computed[at]);
    };
    variable.absolute = largest(next + 2);
    variable.relative = largest(next + 3);
    next += 4;
  }
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
