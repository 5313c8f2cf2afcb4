#include "runtime/explore/contents.hpp"

#include <algorithm>
#include <cmath>

#include "chunkwise/core/error.hpp"
#include "chunkwise/dataset/dataset.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "chunkwise/notation.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

namespace {

constexpr std::size_t most_formulas = 32;

/// Returns "latitude", "longitude", "time" or "": by what attributes say, else by the name, as CDO and ncview guess.
std::string kind_of(const std::string& dimension, const Coordinate& coordinate) {
  if (!coordinate) return "";
  const Attributes& attributes = coordinate.attributes();
  const std::string units = text_attribute(attributes, "units");
  const std::string standard = text_attribute(attributes, "standard_name");
  const auto is_any = [](const std::string& text, std::initializer_list<std::string_view> known) {
    return std::find(known.begin(), known.end(), text) != known.end();
  };
  if (time_units_of(coordinate)) return "time";
  if (standard == "latitude" || is_any(units, {"degrees_north", "degree_north", "degrees_N", "degree_N"}))
    return "latitude";
  if (standard == "longitude" || is_any(units, {"degrees_east", "degree_east", "degrees_E", "degree_E"}))
    return "longitude";
  if (!standard.empty() || !(units.empty() || units.starts_with("deg"))) return "";
  if (is_any(dimension, {"lat", "latitude"})) return "latitude";
  if (is_any(dimension, {"lon", "longitude"})) return "longitude";
  return "";
}

Json axis_of(const UntypedArray& array, int axis) {
  const std::string name = array.labels.dimension(axis);
  const Coordinate& coordinate = array.labels.coordinate(axis);
  Json json{{"name", printable(name)}, {"size", array.shape[axis]}, {"kind", kind_of(name, coordinate)}};
  if (!coordinate) return json;
  const Attributes& attributes = coordinate.attributes();
  json["units"] = text_attribute(attributes, "units");
  json["long_name"] = text_attribute(attributes, "long_name");
  json["positive"] = text_attribute(attributes, "positive");
  if (coordinate.size() > most_coordinate_values) return json;
  Json values = Json::array();
  const std::vector<double> numbers = coordinate.to_vector();
  for (const double value : numbers) values.push_back(std::isfinite(value) ? Json(value) : Json());
  json["values"] = std::move(values);
  if (const auto units = time_units_of(coordinate)) {
    Json texts = Json::array();
    for (const double value : numbers)
      texts.push_back(std::isfinite(value) ? Json(time_text(*units, value)) : Json("missing"));
    json["texts"] = std::move(texts);
  }
  return json;
}

Json dimensions_of(const VariableDescription& variable) {
  Json dimensions = Json::array();
  for (std::size_t i = 0; i < variable.dimensions.size(); ++i)
    dimensions.push_back({{"name", printable(variable.dimensions[i])}, {"size", variable.shape[i]}});
  return dimensions;
}

Json dimensions_of(const UntypedArray& array) {
  Json dimensions = Json::array();
  for (int axis = 0; axis < array.shape.rank(); ++axis)
    dimensions.push_back({{"name", printable(array.labels.dimension(axis))}, {"size", array.shape[axis]}});
  return dimensions;
}

}  // namespace

Contents::Contents(OpenFiles files, std::vector<std::pair<std::string, UntypedArray>> arrays, bool skipna)
    : open_files_(std::move(files)), arrays_(std::move(arrays)), skipna_(skipna) {}

std::shared_ptr<const NetcdfDataset> Contents::files() const {
  if (!files_ && open_files_) files_ = open_files_();
  return files_;
}

Json Contents::describe() const {
  const std::scoped_lock lock(mutex_);
  Json variables = Json::array();
  for (const auto& [name, array] : arrays_)
    variables.push_back({{"name", name},
                         {"dtype", name_of(array.node->dtype)},
                         {"dimensions", dimensions_of(array)},
                         {"units", text_attribute(array.labels.attributes(), "units")},
                         {"long_name", text_attribute(array.labels.attributes(), "long_name")},
                         {"attributes", to_json(array.labels.attributes())},
                         {"role", "data"},
                         {"problem", ""}});
  Json json{{"variables", std::move(variables)}};
  const std::shared_ptr<const NetcdfDataset> files = this->files();
  if (!files) return json;
  // The first file tells what there is; joined lengths come with an array itself.
  const FileDescription& first = files->file(0);
  const std::vector<std::string> data = data_variables(*files);
  std::vector<const VariableDescription*> described;
  for (const VariableDescription& variable : first.variables) described.push_back(&variable);
  for (const std::string& name : data)
    for (std::size_t i = 0; first.find(name) == nullptr && i < files->paths().size(); ++i)
      if (const VariableDescription* variable = files->file(i).find(name)) {
        described.push_back(variable);
        break;
      }
  // Joined lengths, for as many as are soon opened.
  constexpr std::size_t most_opened = 20;
  const auto dimensions = [&](const VariableDescription& variable, bool is_shown) {
    if (!is_shown || data.size() > most_opened || files->paths().size() == 1) return dimensions_of(variable);
    try {
      return dimensions_of(opened(variable.name));
    } catch (const Error&) {
      return dimensions_of(variable);  // it tells its error when it is shown
    }
  };
  for (const VariableDescription* variable : described) {
    const bool is_data = std::find(data.begin(), data.end(), variable->name) != data.end();
    json["variables"].push_back({{"name", variable->name},
                                 {"dtype", variable->problem.empty() ? name_of(variable->dtype) : variable->type},
                                 {"dimensions", dimensions(*variable, is_data || variable->coordinate)},
                                 {"units", text_attribute(variable->attributes, "units")},
                                 {"long_name", text_attribute(variable->attributes, "long_name")},
                                 {"attributes", to_json(variable->attributes)},
                                 {"role", is_data                ? "data"
                                          : variable->coordinate ? "coordinate"
                                                                 : "other"},
                                 {"problem", variable->problem}});
  }
  Json paths = Json::array();
  for (const std::string& path : files->paths()) paths.push_back(path);
  json["files"] = std::move(paths);
  json["format"] = first.format;
  json["attributes"] = to_json(first.attributes);
  return json;
}

std::optional<UntypedArray> Contents::find(std::string_view name) const {
  for (const auto& [known, array] : arrays_)
    if (known == name) return array;
  const std::scoped_lock lock(mutex_);
  const std::shared_ptr<const NetcdfDataset> files = this->files();
  if (!files || !files->has(name)) return std::nullopt;
  return opened(name);
}

const UntypedArray& Contents::opened(std::string_view name) const {
  if (const auto known = opened_.find(name); known != opened_.end()) return known->second;
  return opened_.emplace(std::string(name), files()->open(name).array).first->second;
}

std::vector<std::string> Contents::names() const {
  std::vector<std::string> names;
  for (const auto& [name, array] : arrays_) names.push_back(name);
  const std::scoped_lock lock(mutex_);
  if (const std::shared_ptr<const NetcdfDataset> files = this->files())
    for (const std::string& variable : files->variables()) names.push_back(variable);
  return names;
}

UntypedArray Contents::open(const std::string& formula, const BackendPtr& backend) const {
  if (formula.size() > most_formula_bytes)
    throw Error(ErrorCode::invalid_argument, "a formula of " + std::to_string(formula.size()) +
                                                 " bytes is more than the explorer takes, " +
                                                 std::to_string(most_formula_bytes) + "; shorten it");
  {
    const std::scoped_lock lock(mutex_);
    const auto known = std::ranges::find(formulas_, formula, &std::pair<std::string, UntypedArray>::first);
    if (known != formulas_.end()) {
      formulas_.splice(formulas_.begin(), formulas_, known);
      return known->second;
    }
  }
  const notation::Variables variables{[this](std::string_view name) { return find(name); }, [this] { return names(); },
                                      backend, skipna_};
  std::vector<notation::Output> outputs = notation::arrays_of(formula, variables);
  if (outputs.size() != 1)
    throw Error(ErrorCode::invalid_argument, "the explorer shows one array, and the formula has " +
                                                 std::to_string(outputs.size()) +
                                                 " results; end it with the one to show: '; x'");
  UntypedArray array = std::move(outputs.front().array);
  if (!outputs.front().name.empty())
    array.labels = array.labels.renamed(outputs.front().name, array.labels.attributes());
  const std::scoped_lock lock(mutex_);
  formulas_.emplace_front(formula, array);
  if (formulas_.size() > most_formulas) formulas_.pop_back();
  return array;
}

Json Contents::words() const {
  Json json{{"names", names()}};
  Json functions = Json::array();
  for (const notation::FunctionHelp& function : notation::functions())
    functions.push_back({{"name", function.name},
                         {"aliases", function.aliases},
                         {"signature", function.signature},
                         {"summary", function.summary}});
  json["functions"] = std::move(functions);
  return json;
}

void Contents::forget() {
  const std::scoped_lock lock(mutex_);
  files_ = nullptr;
  opened_.clear();
  formulas_.clear();
}

Json describe(const UntypedArray& array) {
  const Attributes& attributes = array.labels.attributes();
  Json axes = Json::array();
  for (int axis = 0; axis < array.shape.rank(); ++axis) axes.push_back(axis_of(array, axis));
  return {{"name", printable(array.labels.name())},
          {"dtype", name_of(array.node->dtype)},
          {"axes", std::move(axes)},
          {"units", text_attribute(attributes, "units")},
          {"long_name", text_attribute(attributes, "long_name")},
          {"attributes", to_json(attributes)},
          {"text", printable(to_string(array))}};
}

std::optional<std::size_t> place_of(const std::string& message, const std::string& formula) {
  // The message ends with a line of the formula, indented, and a caret below the place (notation/place.hpp).
  constexpr std::string_view indent = "  ", cut = "...";
  const std::size_t last = message.rfind('\n');
  if (last == std::string::npos || last == 0 || !message.ends_with("^")) return std::nullopt;
  const std::size_t before = message.rfind('\n', last - 1);
  if (before == std::string::npos) return std::nullopt;
  std::string_view line = std::string_view(message).substr(before + 1, last - before - 1);
  std::size_t columns = message.size() - last - 2;  // before the caret
  if (!line.starts_with(indent) || columns < indent.size()) return std::nullopt;
  line.remove_prefix(indent.size());
  columns -= indent.size();
  std::size_t begin = 0;
  std::string_view shown = line;
  if (line.starts_with(cut) && columns >= cut.size()) {
    shown.remove_prefix(cut.size());
    columns -= cut.size();
    if (shown.ends_with(cut)) shown.remove_suffix(cut.size());
    begin = formula.find(shown);
  } else {
    if (shown.ends_with(cut) && formula.find(shown) == std::string::npos) shown.remove_suffix(cut.size());
    begin = formula.find(shown);
  }
  if (begin == std::string::npos) return std::nullopt;
  // Columns are characters, offsets are bytes.
  std::size_t at = begin;
  const auto continues = [&](std::size_t i) { return (static_cast<unsigned char>(formula[i]) & 0xc0U) == 0x80U; };
  for (; columns > 0 && at < formula.size(); --columns) do
      ++at;
    while (at < formula.size() && continues(at));
  return at;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
