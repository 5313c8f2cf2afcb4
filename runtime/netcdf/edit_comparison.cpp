#include "runtime/netcdf/edit_comparison.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/error.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/dataset/format/open_file.hpp"
#include "runtime/netcdf/pieces.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// Returns the name that a thing has after the changes.
std::string renamed(const std::string& path, const std::vector<std::pair<std::string, std::string>>& renames) {
  for (const auto& [from, to] : renames)
    if (from == path) return in_group_of(path, to);
  return path;
}

[[noreturn]] void fail_comparison(const std::string& doing, const std::string& what) {
  throw Error(ErrorCode::corrupt, doing + ": the NetCDF library did not write what it was told (" + what +
                                      "); nothing was changed. Copy the file with chunkwise cat, and change the copy");
}

}  // namespace

void require_same_description(const FileDescription& before, const FileDescription& after, const NetcdfEdits& edits,
                              const std::string& doing) {
  if (before.variables.size() != after.variables.size() || before.dimensions.size() != after.dimensions.size())
    fail_comparison(doing, "the number of variables or dimensions");
  for (const DimensionDescription& dimension : before.dimensions) {
    const std::string name = renamed(dimension.name, edits.rename_dimensions);
    const auto found = std::ranges::find(after.dimensions, name, &DimensionDescription::name);
    if (found == after.dimensions.end() || found->length != dimension.length || found->unlimited != dimension.unlimited)
      fail_comparison(doing, "the dimension '" + name + "'");
  }
  for (const VariableDescription& variable : before.variables) {
    const std::string name = renamed(variable.name, edits.rename_variables);
    const VariableDescription* const found = after.find(name);
    if (found == nullptr || found->type != variable.type || found->shape != variable.shape ||
        found->chunks != variable.chunks || found->compressed != variable.compressed ||
        found->problem.empty() != variable.problem.empty())
      fail_comparison(doing, "the variable '" + name + "'");
    for (std::size_t axis = 0; axis < variable.dimensions.size(); ++axis) {
      std::string dimension = variable.dimensions[axis];
      for (const auto& [from, to] : edits.rename_dimensions)
        if (name_of_path(from) == dimension && found->dimensions[axis] == to) dimension = to;
      if (found->dimensions[axis] != dimension) fail_comparison(doing, "the dimensions of '" + name + "'");
    }
    const auto is_changed = [&](const std::string& attribute) {
      const auto fits = [&](const auto& change, const std::string& its) {
        return change.variable == variable.name && its == attribute;
      };
      return is_reference(attribute) ||
             std::ranges::any_of(edits.set, [&](const auto& set) { return fits(set, set.attribute.name); }) ||
             std::ranges::any_of(edits.remove, [&](const auto& remove) { return fits(remove, remove.attribute); }) ||
             std::ranges::any_of(
                 edits.fill, [&](const auto& fill) { return fits(fill, "_FillValue") || fits(fill, "missing_value"); });
    };
    for (const Attribute& attribute : variable.attributes) {
      if (is_changed(attribute.name)) continue;
      const Attribute* const there = find_attribute(found->attributes, attribute.name);
      if (there == nullptr || !are_same(*there, attribute))
        fail_comparison(doing, "the attribute '" + attribute.name + "' of '" + name + "'");
    }
  }
}

void require_same_elements(const dataset::File& before, const dataset::File& after, const NetcdfEdits& edits,
                           const std::string& doing) {
  const std::shared_ptr<const dataset::OpenFile> old_contents = before.open(), contents = after.open();
  for (const dataset::VariableEntry& entry : old_contents->variables()) {
    if (std::ranges::any_of(edits.fill, [&](const auto& fill) { return fill.variable == entry.name; })) continue;
    const std::string name = renamed(entry.name, edits.rename_variables);
    dataset::Variable variable;
    try {
      variable = old_contents->describe(entry.location, entry.name);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::unsupported) throw;
      if (entry.type != "text" && entry.type != "strings") continue;  // a type of the file's own
      const dataset::TextVariable a = before.read_text(entry.name, true, doing), b = after.read_text(name, true, doing);
      if (a.shape != b.shape || a.bytes != b.bytes) fail_comparison(doing, "the text of '" + name + "'");
      continue;
    }
    if (variable.shape.elements() == 0) continue;
    const dataset::Location at = contents->locate(name);
    const auto old_reader = before.reader(*old_contents, entry.location, entry.name, variable);
    const auto reader = after.reader(*contents, at, name, contents->describe(at, name));
    const std::size_t element = size_of(variable.type);
    const Buffer first = allocate_buffer(static_cast<std::size_t>(elements_at_a_time) * element);
    const Buffer second = allocate_buffer(static_cast<std::size_t>(elements_at_a_time) * element);
    for_each_piece(Region::whole(variable.shape), elements_at_a_time, 0, [&](const Region& piece, std::int64_t) {
      old_reader->read(piece, first.get(), doing);
      reader->read(piece, second.get(), doing);
      if (std::memcmp(first.get(), second.get(), static_cast<std::size_t>(piece.elements()) * element) != 0)
        fail_comparison(doing, "the elements of '" + name + "'");
    });
  }
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
