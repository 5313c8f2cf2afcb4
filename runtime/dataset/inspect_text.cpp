/// Descriptions of files as text and as JSON.
#include <algorithm>
#include <ostream>
#include <sstream>
#include <string>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/io/inspect.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/dataset/describe.hpp"
#include "runtime/io/json.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

std::string shape_text(const VariableDescription& variable) {
  std::string text = "(";
  for (std::size_t i = 0; i < variable.shape.size(); ++i)
    text += (i > 0 ? ", " : "") + printable(variable.dimensions[i]) + " " + std::to_string(variable.shape[i]);
  return text + ")";
}

std::string storage_text(const VariableDescription& variable) {
  std::string text = variable.type;
  if (variable.packed) {
    text += " packed by ";
    append_number(text, variable.scale, {});
    text += " and ";
    append_number(text, variable.offset, {});
  }
  if (variable.has_missing) text += ", with missing values";
  if (!variable.chunks.empty()) {
    text += variable.compressed ? ", compressed pieces of (" : ", pieces of (";
    for (std::size_t i = 0; i < variable.chunks.size(); ++i)
      text += (i > 0 ? ", " : "") + std::to_string(variable.chunks[i]);
    text += ")";
  }
  return text;
}

std::string meaning_text(const VariableDescription& variable) {
  std::string name = text_attribute(variable.attributes, "long_name");
  if (name.empty()) name = text_attribute(variable.attributes, "standard_name");
  const std::string units = text_attribute(variable.attributes, "units");
  if (name.empty() || units.empty()) return name + units;
  return name + ", " + units;
}

namespace {

std::string value_text(const Attribute& attribute) {
  if (const auto* text = std::get_if<std::string>(&attribute.value); text && texts_in(*text).size() == 1) return *text;
  return dump(to_json(attribute));
}

Json json_of(const VariableDescription& variable) {
  Json json;
  json["name"] = variable.name;
  json["type"] = variable.type;
  if (!variable.problem.empty()) {
    json["problem"] = variable.problem;
    return json;
  }
  json["dtype"] = name_of(variable.dtype);
  json["dimensions"] = variable.dimensions;
  json["shape"] = variable.shape;
  if (!variable.chunks.empty()) json["chunks"] = variable.chunks;
  json["compressed"] = variable.compressed;
  json["coordinate"] = variable.coordinate;
  if (variable.packed) json["packing"] = {{"scale", variable.scale}, {"offset", variable.offset}};
  json["missing_values"] = variable.has_missing;
  json["bytes"] = variable.bytes;
  json["attributes"] = to_json(variable.attributes);
  return json;
}

}  // namespace
}  // namespace dataset

std::ostream& operator<<(std::ostream& stream, const FileDescription& file) {
  std::ostringstream out;
  out << printable(file.path) << ": " << file.format << ", " << format_bytes(static_cast<double>(file.bytes)) << '\n';
  std::size_t width = 0;
  const auto widen = [&width](const std::string& name) { width = std::max(width, printable(name).size()); };
  for (const DimensionDescription& dimension : file.dimensions) widen(dimension.name);
  for (const VariableDescription& variable : file.variables) widen(variable.name);
  const auto padded = [width](const std::string& name) {
    const std::string shown = printable(name);
    return shown + std::string(width - shown.size() + 2, ' ');
  };
  const auto write_attributes = [&out](const Attributes& attributes, const std::string& indent) {
    for (const Attribute& attribute : attributes)
      out << indent << printable(attribute.name) << ": " << printable(dataset::value_text(attribute)) << '\n';
  };

  out << "  dimensions\n";
  for (const DimensionDescription& dimension : file.dimensions)
    out << "    " << padded(dimension.name) << dimension.length << (dimension.unlimited ? " (unlimited)" : "") << '\n';
  out << "  variables\n";
  for (const VariableDescription& variable : file.variables) {
    out << "    " << padded(variable.name);
    if (!variable.problem.empty()) {
      out << printable(variable.problem) << '\n';
      continue;
    }
    out << dataset::shape_text(variable) << ", " << format_bytes(static_cast<double>(variable.bytes)) << " of "
        << printable(dataset::storage_text(variable)) << '\n';
    write_attributes(variable.attributes, std::string(width + 6, ' '));
  }
  if (!file.attributes.empty()) out << "  attributes\n";
  write_attributes(file.attributes, "    ");
  return stream << out.str();
}

std::string to_json(const FileDescription& file) {
  Json json;
  json["path"] = file.path;
  json["format"] = file.format;
  json["bytes"] = file.bytes;
  Json& dimensions = json["dimensions"] = Json::array();
  for (const DimensionDescription& dimension : file.dimensions)
    dimensions.push_back({{"name", dimension.name}, {"length", dimension.length}, {"unlimited", dimension.unlimited}});
  Json& variables = json["variables"] = Json::array();
  for (const VariableDescription& variable : file.variables) variables.push_back(dataset::json_of(variable));
  json["attributes"] = to_json(file.attributes);
  return dump(json);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
