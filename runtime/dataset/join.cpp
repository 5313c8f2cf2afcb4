#include "runtime/dataset/join.hpp"

#include <algorithm>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/since.hpp"
#include "runtime/dataset/series.hpp"
#include "runtime/dataset/source.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

std::string without_groups(const std::string& name) { return name.substr(name.rfind('/') + 1); }

bool is_dimension_of(const VariableDescription& variable, const std::string& name) {
  return std::find(variable.dimensions.begin(), variable.dimensions.end(), name) != variable.dimensions.end();
}

const DimensionDescription* find_dimension(const FileDescription& file, const std::string& name) {
  for (const DimensionDescription& dimension : file.dimensions)
    if (dimension.name == name) return &dimension;
  return nullptr;
}

const VariableDescription* coordinate_of(const FileDescription& file, const std::string& dimension) {
  const VariableDescription* variable = file.find(dimension);
  return variable != nullptr && variable->coordinate && variable->problem.empty() ? variable : nullptr;
}

bool is_time(const FileDescription& file, const DimensionDescription& dimension) {
  if (without_groups(dimension.name) == "time") return true;
  const VariableDescription* coordinate = coordinate_of(file, dimension.name);
  if (coordinate == nullptr) return false;
  const Attributes& attributes = coordinate->attributes;
  return text_attribute(attributes, "axis") == "T" || text_attribute(attributes, "standard_name") == "time" ||
         are_time_units(text_attribute(attributes, "units"));
}

std::string list(const std::vector<const DimensionDescription*>& dimensions) {
  std::string text;
  for (const DimensionDescription* dimension : dimensions)
    text += (text.empty() ? "" : ", ") + without_groups(dimension->name);
  return text;
}

/// Chooses by the dimensions of the first and the last file of a set.
class Choice {
 public:
  Choice(const FileDescription& first, const FileDescription& last, bool isolated)
      : first_(first), last_(last), isolated_(isolated) {
    for (const DimensionDescription& dimension : first.dimensions) {
      const std::string name = without_groups(dimension.name);
      // A dimension that only coordinates have still tells the files apart: a field a file, with its time beside it.
      const bool counts = dimension.unlimited || coordinate_of(first, dimension.name) != nullptr ||
                          std::any_of(first.variables.begin(), first.variables.end(), [&](const auto& variable) {
                            return variable.is_data() && is_dimension_of(variable, name);
                          });
      if (counts) dimensions_.push_back(&dimension);
    }
  }

  JoinChoice choose() const {
    Dimensions unlimited, growing, different;
    for (const DimensionDescription* dimension : dimensions_)
      if (dimension->unlimited) unlimited.push_back(dimension);
    if (unlimited.size() == 1) return {without_groups(unlimited.front()->name), {}};
    for (const DimensionDescription* dimension : unlimited)
      if (compare(*dimension) != Comparison::equal) growing.push_back(dimension);
    if (const auto* dimension = one_of(growing, "are unlimited")) return {without_groups(dimension->name), {}};
    if (const auto* dimension = one_of(unlimited, "are unlimited")) return {without_groups(dimension->name), {}};

    for (const DimensionDescription* dimension : dimensions_)
      if (compare(*dimension) == Comparison::different) different.push_back(dimension);
    if (const auto* dimension = one_of(different, "differ from file to file"))
      return {without_groups(dimension->name), {}};
    for (const DimensionDescription* dimension : dimensions_)
      if (is_time(first_, *dimension)) return {without_groups(dimension->name), {}};
    return guess();
  }

 private:
  using Dimensions = std::vector<const DimensionDescription*>;
  enum class Comparison { equal, different, unknown };

  /// Returns whether a dimension tells the files apart: by its length, else by its coordinate, else it is unknown.
  Comparison compare(const DimensionDescription& dimension) const {
    const DimensionDescription* other = find_dimension(last_, dimension.name);
    if (other == nullptr) return Comparison::unknown;
    if (other->length != dimension.length) return Comparison::different;
    if (!coordinate_of(first_, dimension.name) || !coordinate_of(last_, dimension.name)) return Comparison::unknown;
    const OpenedVariable a = open_variable(first_.path, dimension.name, {true, isolated_});
    const OpenedVariable b = open_variable(last_.path, dimension.name, {true, isolated_});
    if (a.coordinates.empty() || b.coordinates.empty()) return Comparison::unknown;
    return are_similar(a.coordinates.front(), b.coordinates.front()) ? Comparison::equal : Comparison::different;
  }

  /// Returns the only dimension of a list, or the one of them that is time; null for an empty list.
  const DimensionDescription* one_of(const Dimensions& dimensions, const char* what) const {
    if (dimensions.size() < 2) return dimensions.empty() ? nullptr : dimensions.front();
    Dimensions times;
    for (const DimensionDescription* dimension : dimensions)
      if (is_time(first_, *dimension)) times.push_back(dimension);
    if (times.size() == 1) return times.front();
    throw Error(ErrorCode::invalid_argument, "the dimensions " + list(dimensions) + " of " + first_.path + " " + what +
                                                 ", so nothing tells along which of them files are joined; name it "
                                                 "with NetcdfOptions::join");
  }

  JoinChoice guess() const {
    std::vector<std::string> single;
    const VariableDescription* most = nullptr;
    for (const VariableDescription& variable : first_.variables) {
      if (!variable.is_data() || variable.dimensions.empty()) continue;
      if (most == nullptr || variable.dimensions.size() > most->dimensions.size()) most = &variable;
      const std::string& leading = variable.dimensions.front();
      if (variable.shape.front() == 1 && std::find(single.begin(), single.end(), leading) == single.end())
        single.push_back(leading);
    }
    if (most == nullptr) return {};
    const bool is_single = single.size() == 1;
    const std::string dimension = is_single ? single.front() : most->dimensions.front();
    return {dimension, "files are joined along " + dimension + ", a guess: it " +
                           (is_single ? "has the length 1" : "is the first dimension of " + most->name) +
                           ", and no dimension is unlimited, time, or different from file to file; name another with "
                           "NetcdfOptions::join"};
  }

  const FileDescription& first_;
  const FileDescription& last_;
  bool isolated_;
  Dimensions dimensions_;
};

}  // namespace

JoinChoice choose_join(const FileDescription& first, const FileDescription& last, bool isolated) {
  return Choice(first, last, isolated).choose();
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
