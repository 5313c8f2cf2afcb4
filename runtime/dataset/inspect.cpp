#include "chunkwise/io/inspect.hpp"

#include <memory>

#include "runtime/core/attributes.hpp"
#include "runtime/dataset/cf.hpp"
#include "runtime/dataset/format/file.hpp"
#include "runtime/dataset/format/open_file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

/// Describes how stored numbers of a variable become values.
void describe_encoding(const Variable& variable, const std::string& where, VariableDescription& result) {
  const CfVariable cf{variable.type, variable.attributes, variable.prefilled};
  const Encoding encoding = cf_encoding(cf, DType::float64, where);
  result.packed = encoding.scaled;
  result.scale = encoding.scale;
  result.offset = encoding.offset;
  const CfVariable declared{variable.type, variable.attributes, false};
  result.has_missing = cf_encoding(declared, DType::float64, where).has_missing();
  result.dtype = decoded_type(cf, where);
}

VariableDescription describe(const OpenFile& file, const VariableEntry& entry, const std::string& shown) {
  VariableDescription result;
  result.name = entry.name;
  result.type = entry.type;
  const std::string where = entry.name + " of " + shown;
  try {
    const Variable variable = file.describe(entry.location, where);
    result.stored = variable.type;
    result.dimensions = variable.dimensions;
    result.shape.assign(variable.shape.begin(), variable.shape.end());
    result.chunks.assign(variable.chunks.begin(), variable.chunks.end());
    result.compressed = variable.filtered;
    result.coordinate = variable.dimensions == std::vector<std::string>{variable.name};
    result.bytes = static_cast<std::uint64_t>(variable.shape.elements()) * size_of(variable.type);
    result.attributes = variable.attributes;
    describe_encoding(variable, where, result);
  } catch (const Error& error) {
    result.problem = error.what();
  }
  return result;
}

}  // namespace

}  // namespace dataset

const VariableDescription* FileDescription::find(const TextArgument& name) const {
  for (const VariableDescription& variable : variables)
    if (variable.name == name) return &variable;
  return nullptr;
}

FileDescription inspect_netcdf(const TextArgument& path, bool isolated) {
  const std::shared_ptr<const dataset::File> file = dataset::open_file(path, isolated);
  FileDescription result;
  result.path = path;
  result.bytes = file->stamp().size;
  const std::shared_ptr<const dataset::OpenFile> contents = file->open();
  result.format = contents->format();
  result.attributes = contents->attributes();
  result.dimensions = contents->dimensions();
  for (const dataset::VariableEntry& entry : contents->variables())
    result.variables.push_back(dataset::describe(*contents, entry, path));
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
