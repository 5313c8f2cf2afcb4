#include "chunkwise/dataset.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/dataset/join.hpp"
#include "runtime/dataset/open_series.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

UntypedArray to_handle(NetcdfParts parts) {
  std::vector<NodePtr> nodes;
  nodes.reserve(parts.parts.size());
  for (SourcePtr& part : parts.parts) nodes.push_back(build::source(std::move(part)));
  NodePtr node = nodes.size() == 1 ? std::move(nodes.front()) : build::concatenate(std::move(nodes), parts.axis);
  const Shape shape = node->shape;
  return {std::move(node), shape, std::move(parts.labels)};
}

bool has_data(const FileDescription& file) {
  return std::any_of(file.variables.begin(), file.variables.end(), [](const auto& v) { return v.is_data(); });
}

bool has_dimension(const FileDescription& file, const std::string& name) {
  for (const VariableDescription& variable : file.variables)
    if (std::find(variable.dimensions.begin(), variable.dimensions.end(), name) != variable.dimensions.end())
      return true;
  return false;
}

}  // namespace

NetcdfDataset::NetcdfDataset(std::vector<std::string> paths, NetcdfOptions options)
    : paths_(std::move(paths)), options_(std::move(options)), files_(paths_.size()) {
  if (paths_.empty()) throw Error(ErrorCode::invalid_argument, "no file was named");
}

const FileDescription& NetcdfDataset::file(std::size_t i) const {
  if (!files_.at(i)) files_[i] = std::make_unique<const FileDescription>(inspect_netcdf(paths_[i], options_.isolated));
  return *files_[i];
}

std::vector<std::string> NetcdfDataset::variables() const {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < paths_.size(); ++i)
    for (const VariableDescription& variable : file(i).variables)
      if (variable.is_data() && seen.insert(variable.name).second) names.push_back(variable.name);
  return names;
}

bool NetcdfDataset::has(const TextArgument& name) const {
  for (std::size_t i = 0; i < paths_.size(); ++i)
    if (file(i).find(name) != nullptr) return true;
  return false;
}

std::vector<std::string> NetcdfDataset::files_with(const TextArgument& name) const {
  std::vector<std::string> with;
  const FileDescription* hole = nullptr;
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    if (file(i).find(name) != nullptr)
      with.push_back(paths_[i]);
    else if (hole == nullptr && !has_data(file(i)))
      hole = &file(i);
  }
  if (with.empty()) {
    std::string text = "no variable '" + name + "'";
    if (paths_.size() == 1)
      text = paths_.front() + ": " + text;
    else
      text += " in any of " + std::to_string(paths_.size()) + " files";
    std::string there;
    for (const std::string& variable : variables()) there += (there.empty() ? "" : ", ") + variable;
    throw Error(ErrorCode::not_found,
                text + "; there " + (there.empty() ? "is no variable of numbers" : "are: " + there));
  }
  if (hole != nullptr)
    throw Error(ErrorCode::not_found, hole->path + " has no variable '" + name + "', and no other data; " +
                                          with.front() + " has it. Leave that file out, or repair it");
  return with;
}

std::string NetcdfDataset::join_dimension(std::size_t first, const std::string& name) const {
  if (!options_.join.empty()) return options_.join;
  std::size_t last = paths_.size() - 1;
  while (last > first && file(last).find(name) == nullptr) --last;
  if (last == first) {
    (void)files_with(name);  // refuses a series with holes
    return {};
  }
  dataset::JoinChoice choice = dataset::choose_join(file(first), file(last), options_.isolated);
  if (!choice.guess.empty() && options_.warn) options_.warn(choice.guess);
  return std::move(choice.dimension);
}

NetcdfDataset::Joined NetcdfDataset::open(const TextArgument& name) const {
  // If the first file has it, mostly all have; opening the files tells, and they are opened once.
  const bool in_first = file(0).find(name) != nullptr;
  std::vector<std::string> files = in_first ? paths_ : files_with(name);
  const auto at = static_cast<std::size_t>(std::find(paths_.begin(), paths_.end(), files.front()) - paths_.begin());
  const FileDescription& first = file(at);
  const VariableDescription& variable = *first.find(name);
  // The problem may be one of decoding, and stored numbers may be asked for; opening it tells.
  if (options_.decode && !variable.problem.empty()) throw Error(ErrorCode::unsupported, variable.problem);

  const std::string dimension = files.size() > 1 ? join_dimension(at, name) : std::string();
  const bool joins =
      std::find(variable.dimensions.begin(), variable.dimensions.end(), dimension) != variable.dimensions.end();
  if (!joins && files.size() > 1 && !options_.join.empty() && !has_dimension(first, dimension))
    throw Error(ErrorCode::not_found,
                first.path + " cannot be joined along '" + dimension + "': none of its variables has that dimension");
  const auto opened = [&] {
    NetcdfParts parts = dataset::open_series(files, name, std::nullopt, options_, dimension);
    if (parts.dimension.empty()) files.resize(1);
    std::string along = parts.dimension;
    return Joined{to_handle(std::move(parts)), std::move(along), std::move(files)};
  };
  try {
    return opened();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found || !in_first || files.size() == 1) throw;
    files = files_with(name);
    if (files.size() == paths_.size()) throw;
    return opened();
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
