#include "chunkwise/core/labels.hpp"

#include <algorithm>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/groups.hpp"
#include "chunkwise/core/made_once.hpp"
#include "runtime/core/attribute_table.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/core/scalar_coordinate.hpp"
#include "runtime/core/since.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// The answers of accessors that labels have nothing for; never destroyed, because arrays may outlive static objects.
struct Nothing {
  std::string text;
  Attributes attributes;
  Coordinate coordinate;
  std::vector<Companion> companions;
};
const Nothing& nothing() {
  return *detail::made_once([] { return new const Nothing; });
}

void require_dimensions(const std::vector<std::string>& dimensions) {
  for (std::size_t i = max_rank; i < dimensions.size(); ++i)
    if (!dimensions[i].empty())
      throw Error(ErrorCode::invalid_argument, "labels name axis " + std::to_string(i) + " " + quoted(dimensions[i]) +
                                                   "; an array has " + std::to_string(max_rank) + " axes at most");
  for (std::size_t i = 0; i < dimensions.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!dimensions[i].empty() && dimensions[i] == dimensions[j])
        throw Error(ErrorCode::invalid_argument, "axes " + std::to_string(j) + " and " + std::to_string(i) +
                                                     " are both named " + quoted(dimensions[i]) +
                                                     "; dimensions of an array need different names");
}

/// Returns the name in cell_methods of a dimension that is gone: its standard name, known without the dimension.
std::string name_of_what_was(const std::string& dimension, const Coordinate& coordinate) {
  if (dimension.empty() || !coordinate) return dimension;
  if (std::string name = text_attribute(coordinate.attributes(), "standard_name"); !name.empty()) return name;
  const std::string units = text_attribute(coordinate.attributes(), "units");
  if (units == "degrees_north" || units == "degree_north") return "latitude";
  if (units == "degrees_east" || units == "degree_east") return "longitude";
  return are_time_units(units) ? "time" : dimension;
}

/// Returns true if values that were as a file stores them still are, beside these attributes.
bool still_stored(const Labels& labels, const Attributes& attributes) {
  return labels.holds_stored_values() && have_same_packing(attributes, labels.attributes());
}

void require_axis(int axis) {
  if (axis < 0 || axis >= max_rank)
    throw Error(ErrorCode::out_of_range, "labels have no axis " + std::to_string(axis) +
                                             "; they count axes from the front, from 0 to " +
                                             std::to_string(max_rank - 1));
}

template <class T>
void set(std::vector<T>& values, int axis, T value) {
  const auto i = static_cast<std::size_t>(axis);
  if (values.size() <= i) values.resize(i + 1);
  values[i] = std::move(value);
}

}  // namespace

Labels::Labels(std::vector<std::string> dimensions) : Labels(std::move(dimensions), {}, {}, {}) {}

Labels::Labels(std::vector<std::string> dimensions, std::vector<Coordinate> coordinates, TextArgument name,
               Attributes attributes) {
  require_dimensions(dimensions);
  for (std::size_t i = max_rank; i < coordinates.size(); ++i)
    if (coordinates[i] || coordinates[i].is_mixed())
      throw Error(ErrorCode::invalid_argument, "labels have a coordinate along axis " + std::to_string(i) +
                                                   "; an array has " + std::to_string(max_rank) + " axes at most");
  Data data;
  data.dimensions = std::move(dimensions);
  data.coordinates = std::move(coordinates);
  data.name = std::move(name);
  data.attributes = std::move(attributes);
  *this = LabelsAccess::make(std::move(data));
}

Labels::Labels(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

Labels LabelsAccess::make(Labels::Data data) {
  data.stored = data.stored && !packing_of(data.attributes).empty();
  while (!data.dimensions.empty() && data.dimensions.back().empty()) data.dimensions.pop_back();
  while (!data.coordinates.empty() && !data.coordinates.back() && !data.coordinates.back().is_mixed())
    data.coordinates.pop_back();
  if (!data.companions.empty()) drop_scalars_of_dimensions(data);
  const bool blank = data.dimensions.empty() && data.coordinates.empty() && data.name.empty() &&
                     data.attributes.empty() && data.record == 0 && data.companions.empty() && !data.file_attributes;
  return blank ? Labels() : Labels(std::make_shared<const Labels::Data>(std::move(data)));
}

const std::string& Labels::dimension(int axis) const {
  const auto i = static_cast<std::size_t>(axis);
  return data_ && i < data_->dimensions.size() ? data_->dimensions[i] : nothing().text;
}

const Coordinate& Labels::coordinate(int axis) const {
  const auto i = static_cast<std::size_t>(axis);
  return data_ && i < data_->coordinates.size() ? data_->coordinates[i] : nothing().coordinate;
}

const std::string& Labels::name() const { return data_ ? data_->name : nothing().text; }

const Attributes& Labels::attributes() const { return data_ ? data_->attributes : nothing().attributes; }

int Labels::axis(const TextArgument& dimension, int rank) const {
  std::string names;
  for (int axis = 0; axis < rank; ++axis) {
    const std::string& name = this->dimension(axis);
    if (name.empty()) continue;
    if (name == dimension) return axis;
    names += (names.empty() ? "" : ", ") + name;
  }
  const std::string array = this->name().empty() ? "the array" : quoted(this->name());
  throw Error(ErrorCode::not_found,
              "no dimension '" + dimension + "'; " + array +
                  (names.empty() ? " has no named dimensions; use numbers of axes, or name them with with_labels"
                                 : " has: " + names));
}

Labels Labels::renamed(TextArgument name, Attributes attributes) const {
  if (name == this->name() && attributes == this->attributes()) return *this;
  Data data = LabelsAccess::data(*this);
  data.stored = still_stored(*this, attributes);
  data.name = std::move(name);
  data.attributes = std::move(attributes);
  return LabelsAccess::make(std::move(data));
}

bool Labels::holds_stored_values() const { return data_ && data_->stored; }

Labels Labels::with_stored_values(bool stored) const {
  Data data = LabelsAccess::data(*this);
  data.stored = stored;
  return LabelsAccess::make(std::move(data));
}

Labels Labels::with_dimensions(std::vector<std::string> dimensions) const {
  require_dimensions(dimensions);
  Data data = LabelsAccess::data(*this);
  for (Companion& companion : data.companions) {
    // Goes by way of names that no dimension has, so that two can be exchanged.
    for (std::size_t i = 0; i < data.dimensions.size(); ++i)
      if (!data.dimensions[i].empty()) companion = companion.renamed(data.dimensions[i], "\n" + std::to_string(i));
    for (std::size_t i = 0; i < data.dimensions.size(); ++i)
      companion = companion.renamed("\n" + std::to_string(i), i < dimensions.size() ? dimensions[i] : std::string());
  }
  data.dimensions = std::move(dimensions);
  return LabelsAccess::make(std::move(data));
}

Labels Labels::with_coordinate(int axis, Coordinate coordinate) const {
  require_axis(axis);
  Data data = LabelsAccess::data(*this);
  // A coordinate of text is a companion of the dimension's own name.
  const std::string& name = dimension(axis);
  std::erase_if(data.companions, [&](const Companion& other) { return other.name() == name && other.has(name); });
  set(data.coordinates, axis, std::move(coordinate));
  return LabelsAccess::make(std::move(data));
}

bool Labels::is_record(int axis) const {
  return data_ && axis >= 0 && axis < max_rank && (data_->record >> axis & 1U) != 0;
}

Labels Labels::with_record(int axis, bool record) const {
  require_axis(axis);
  Data data = LabelsAccess::data(*this);
  data.record = (data.record & ~(1U << axis)) | (record ? 1U << axis : 0U);
  return LabelsAccess::make(std::move(data));
}

const std::vector<Companion>& Labels::companions() const { return data_ ? data_->companions : nothing().companions; }

Labels Labels::with_companions(std::vector<Companion> companions) const {
  Data data = LabelsAccess::data(*this);
  data.companions = std::move(companions);
  return LabelsAccess::make(std::move(data));
}

const Attributes& Labels::file_attributes() const {
  return data_ && data_->file_attributes ? *data_->file_attributes : nothing().attributes;
}

Labels Labels::with_file_attributes(Attributes attributes) const {
  Data data = LabelsAccess::data(*this);
  data.file_attributes = attributes.empty() ? nullptr : std::make_shared<const Attributes>(std::move(attributes));
  return LabelsAccess::make(std::move(data));
}

void require_fitting(const Labels& labels, const Shape& shape) {
  for (int axis = 0; axis < max_rank; ++axis) {
    const Coordinate& coordinate = labels.coordinate(axis);
    if (axis >= shape.rank() && (coordinate || !labels.dimension(axis).empty()))
      throw Error(ErrorCode::invalid_argument,
                  "labels of " + std::to_string(axis + 1) + " axes do not fit an array of shape " + to_string(shape));
    if ((coordinate || coordinate.is_mixed()) && coordinate.size() != shape[axis])
      throw Error(ErrorCode::invalid_argument, "a coordinate of " + std::to_string(coordinate.size()) +
                                                   " values does not fit axis " + std::to_string(axis) +
                                                   " of an array of shape " + to_string(shape));
  }
}

Labels index_labels(const Labels& labels, std::span<const AxisSubscript> subscripts) {
  if (std::ranges::find(subscripts, AxisSubscript::Kind::list, &AxisSubscript::kind) != subscripts.end())
    throw Error(ErrorCode::invalid_argument, "index_labels takes no list of indices; subscripted_labels does");
  if (labels.empty()) return labels;
  const Labels::Data old_data = LabelsAccess::data(labels);
  Labels::Data data;
  bool changed = false;
  bool is_part = false;
  // If an axis has no coordinate, it is not known here whether a range is all of it.
  const bool says_more_of_the_whole =
      attributes_after(labels.attributes(), Meaning::part).size() != labels.attributes().size();
  data.companions = old_data.companions;
  std::vector<std::pair<int, std::int64_t>> dropped;  // axes, and the index that was taken
  int axis = 0;
  const auto add = [&](int old, Coordinate coordinate) {
    if (labels.is_record(old)) data.record |= 1U << data.dimensions.size();
    data.dimensions.push_back(labels.dimension(old));
    data.coordinates.push_back(std::move(coordinate));
  };
  for (const AxisSubscript& subscript : subscripts) {
    if (subscript.kind == AxisSubscript::Kind::create) {
      data.dimensions.emplace_back();
      data.coordinates.emplace_back();
      changed = true;
      continue;
    }
    const int old = axis++;
    const std::string& dimension = labels.dimension(old);
    const Coordinate& coordinate = labels.coordinate(old);
    const bool drops = subscript.kind == AxisSubscript::Kind::integer;
    const bool has_size = coordinate || coordinate.is_mixed();
    bool whole = !drops && (has_size ? subscript.range == AxisRange{0, 1, coordinate.size()} : !says_more_of_the_whole);
    for (Companion& companion : data.companions) {
      if (dimension.empty() || !companion.has(dimension)) continue;
      const Companion part =
          drops ? companion.take(dimension, subscript.range.start) : companion.cut(dimension, subscript.range);
      whole = whole && part.equals(companion);
      companion = part;
    }
    is_part = is_part || !whole;
    if (drops)
      dropped.emplace_back(old, subscript.range.start);
    else
      add(old, coordinate.slice(subscript.range));
  }
  if (!changed && !is_part) return labels;
  // Axes without a subscript stay whole.
  for (; axis < max_rank && static_cast<int>(data.dimensions.size()) < max_rank; ++axis)
    add(axis, labels.coordinate(axis));
  data.name = labels.name();
  data.attributes = is_part ? attributes_after(labels.attributes(), Meaning::part) : labels.attributes();
  data.stored = still_stored(labels, data.attributes);
  for (const auto& [old, index] : dropped)
    leave_scalar(data, labels.dimension(old), labels.coordinate(old).slice({index, 1, 1}));
  data.file_attributes = old_data.file_attributes;
  return LabelsAccess::make(std::move(data));
}

Labels reduce_labels(const Labels& labels, int rank, std::uint32_t axes, bool keepdims, Meaning meaning) {
  return group_labels(labels, rank, axes, keepdims, meaning, Groups{});
}

Labels group_labels(const Labels& labels, int rank, std::uint32_t axes, bool keepdims, Meaning meaning,
                    const Groups& groups) {
  if (labels.empty()) return labels;
  if (axes == 0) return map_labels(labels, meaning);
  const Labels::Data old_data = LabelsAccess::data(labels);
  Labels::Data data;
  std::vector<std::string> reduced_names;
  const int grouped = groups.grouping ? groups.grouping->axis : -1;
  data.companions = old_data.companions;
  for (int axis = 0; axis < rank; ++axis) {
    const bool reduced = (axes >> axis & 1U) != 0;
    const bool stays = keepdims || axis == grouped;
    const std::string& dimension = labels.dimension(axis);
    if (reduced) {
      reduced_names.push_back(stays ? dimension : name_of_what_was(dimension, labels.coordinate(axis)));
      std::erase_if(data.companions,
                    [&](const Companion& companion) { return !dimension.empty() && companion.has(dimension); });
    }
    if (reduced && !stays) continue;
    // An axis of months from a record axis is a record axis itself, if it has the same name.
    const bool is_axis_still = axis != grouped || groups.dimension == dimension;
    if (labels.is_record(axis) && is_axis_still) data.record |= 1U << data.dimensions.size();
    data.dimensions.push_back(axis == grouped ? groups.dimension : dimension);
    data.coordinates.push_back(axis == grouped ? groups.coordinate : reduced ? Coordinate() : labels.coordinate(axis));
  }
  data.name = labels.name();
  data.attributes = attributes_after(labels.attributes(), meaning, reduced_names);
  data.stored = still_stored(labels, data.attributes);
  data.file_attributes = old_data.file_attributes;
  return LabelsAccess::make(std::move(data));
}

Labels line_labels(const Labels& labels, int axis, bool keeps_coordinate, Meaning meaning) {
  if (labels.empty()) return labels;
  Labels result = map_labels(labels, meaning);
  if (keeps_coordinate) return result;
  // The elements are in the order of their stored numbers, which is not that of the values: they are packed no more.
  if (meaning == Meaning::part && changes_order(labels.attributes())) result = map_labels(labels, Meaning::minimum);
  // Companions along the axis, such as its bounds, lie at the places that the elements have left.
  const std::string& dimension = labels.dimension(axis);
  std::vector<Companion> companions = result.companions();
  std::erase_if(companions, [&](const Companion& companion) { return !dimension.empty() && companion.has(dimension); });
  return result.with_companions(std::move(companions)).with_coordinate(axis, Coordinate());
}

Labels map_labels(const Labels& labels, Meaning meaning) {
  return labels.renamed(labels.name(), attributes_after(labels.attributes(), meaning));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
