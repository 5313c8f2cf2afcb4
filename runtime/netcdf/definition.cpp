#include "runtime/netcdf/definition.hpp"

#include <netcdf.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/netcdf/attributes.hpp"
#include "runtime/netcdf/library.hpp"
#include "runtime/netcdf/names.hpp"
#include "runtime/netcdf/refusals.hpp"
#include "runtime/netcdf/types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

using Format = NetcdfWriteOptions::Format;

/// Most bytes of a compressed piece of the file: small enough that a reader of one element does not decode much.
constexpr std::int64_t piece_bytes = std::int64_t{1} << 20;
constexpr std::size_t write_cache_slots = 1009;
constexpr float write_cache_preemption = 0.75F;
constexpr const char* fill_value_name = "_FillValue";

bool has_all_types(Format format) { return format == Format::netcdf4 || format == Format::cdf5; }

/// The external type of an array's elements, and what tells readers that it is not the whole truth.
struct ExternalType {
  int type = NC_DOUBLE;
  const char* attribute = nullptr;
  const char* text = nullptr;
};

ExternalType external_type(DType dtype, Format format, const std::string& doing) {
  if (dtype == DType::boolean) return {NC_BYTE, "dtype", "bool"};
  if (has_all_types(format)) return {external_of_dtype(dtype)};
  switch (dtype) {
    case DType::uint8:
      return {NC_BYTE, "_Unsigned", "true"};
    case DType::uint16:
      return {NC_SHORT, "_Unsigned", "true"};
    case DType::uint32:
      return {NC_INT, "_Unsigned", "true"};
    case DType::int64:
    case DType::uint64:
      throw Error(ErrorCode::unsupported, doing + ": this format has no " + std::string(name_of(dtype)) +
                                              "; choose netcdf4 or cdf5, or convert the result to double");
    default:
      return {external_of_dtype(dtype)};
  }
}

/// A dimension of the file, and the coordinate variable along it.
struct FileDimension {
  std::string label;  // what the arrays call it
  std::string name;   // what the file calls it
  std::int64_t extent = 0;
  Coordinate coordinate;
  std::size_t owner = 0;  // the array that it was made for
  bool is_record = false;
  int id = 0;
  int coordinate_id = -1;
};

/// A companion's variable in the file.
struct FileCompanion {
  LoadedCompanion loaded;
  std::string name;
  std::vector<std::size_t> axes;  // the file's dimensions
  std::size_t owner = 0;
  int id = -1;
};

class Definer {
 public:
  Definer(int file, std::span<const Definition> definitions, const NetcdfWriteOptions& options,
          const std::string& doing)
      : file_(file), definitions_(definitions), options_(options), doing_(doing) {}

  std::vector<int> run() {
    // Every element is written once, so nothing is filled first.
    int previous = 0;
    check(nc_->set_fill(file_, NC_NOFILL, &previous), doing_);
    for (const Definition& definition : definitions_) choose_name(definition);
    for (std::size_t i = 0; i < definitions_.size(); ++i) choose_dimensions(i);
    for (std::size_t i = 0; i < definitions_.size(); ++i) choose_companions(i);
    for (std::size_t i = 0; i < definitions_.size(); ++i) require_unpacked(definitions_[i].labels, names_[i], doing_);
    for (const FileDimension& dimension : dimensions_) require_kept(dimension);
    choose_records();
    for (FileDimension& dimension : dimensions_) define_dimension(dimension);
    for (FileDimension& dimension : dimensions_) define_coordinate(dimension);
    for (std::size_t i = 0; i < definitions_.size(); ++i) define_variable(i);
    for (FileCompanion& companion : companions_) define_companion(companion);
    write_file_attributes();
    check(nc_->enddef(file_), doing_);
    for (const FileDimension& dimension : dimensions_) write_coordinate(dimension);
    for (const FileCompanion& companion : companions_) write_companion(companion);
    write_records();
    return variables_;
  }

 private:
  void choose_name(const Definition& definition) {
    const std::string& label = definition.labels.name();
    std::string name = !options_.variable.empty() ? options_.variable : label.empty() ? "data" : valid_name(label);
    if (std::find(names_.begin(), names_.end(), name) != names_.end())
      throw Error(ErrorCode::invalid_argument,
                  doing_ + ": two of its arrays would be called '" + name + "'; give them different names");
    names_.push_back(std::move(name));
  }

  /// A dimension of that name that no other has.
  std::size_t add_dimension(FileDimension dimension) {
    dimension.name = dimension.label;
    const auto is_used = [&](const FileDimension& there) { return there.name == dimension.name; };
    while (std::any_of(dimensions_.begin(), dimensions_.end(), is_used)) dimension.name += "_";
    dimensions_.push_back(std::move(dimension));
    return dimensions_.size() - 1;
  }

  /// Returns the name of an axis without one, which no axis has that is named.
  [[nodiscard]] std::string label_of_unnamed(int axis) const {
    std::string label = "dim_" + std::to_string(axis);
    const auto is_named = [&](const Definition& definition) {
      for (int other = 0; other < definition.shape.rank(); ++other)
        if (definition.labels.dimension(other) == label) return true;
      return false;
    };
    while (std::ranges::any_of(definitions_, is_named)) label += "_";
    return label;
  }

  /// The file's dimension for an axis, made where there is none yet that fits.
  std::size_t dimension_of(std::size_t array, int axis, const std::vector<std::size_t>& taken) {
    const Definition& definition = definitions_[array];
    const std::string& text = definition.labels.dimension(axis);
    const std::string label = text.empty() ? label_of_unnamed(axis) : valid_name(text);
    const std::int64_t extent = definition.shape[axis];
    const Coordinate& own = definition.labels.coordinate(axis);
    const Coordinate coordinate = own && own.size() == extent ? own : Coordinate();
    for (std::size_t i = 0; i < dimensions_.size(); ++i) {
      FileDimension& there = dimensions_[i];
      const bool fits = there.label == label && there.extent == extent &&
                        std::find(taken.begin(), taken.end(), i) == taken.end() &&
                        static_cast<bool>(there.coordinate) == static_cast<bool>(coordinate) &&
                        (!coordinate || there.coordinate == coordinate);
      if (!fits) continue;
      there.is_record = there.is_record || definition.labels.is_record(axis);
      return i;
    }
    return add_dimension({label, {}, extent, coordinate, array, definition.labels.is_record(axis)});
  }

  void choose_dimensions(std::size_t array) {
    const Definition& definition = definitions_[array];
    std::vector<std::size_t> axes;
    for (int axis = 0; axis < definition.shape.rank(); ++axis) {
      // NetCDF knows no fixed dimension of length 0, but one of unlimited length that nobody has written yet.
      if (definition.shape[axis] == 0 && axis > 0 && options_.format != Format::netcdf4)
        throw Error(ErrorCode::unsupported, doing_ + ": axis " + std::to_string(axis) +
                                                " is empty, and this format allows that for the first axis only; "
                                                "choose netcdf4");
      axes.push_back(dimension_of(array, axis, axes));
    }
    axes_.push_back(std::move(axes));
  }

  [[nodiscard]] bool is_used(const std::string& name) const {
    const auto has_name = [&](const auto& thing) { return thing.name == name; };
    return std::find(names_.begin(), names_.end(), name) != names_.end() ||
           std::any_of(dimensions_.begin(), dimensions_.end(), has_name) ||
           std::any_of(companions_.begin(), companions_.end(), has_name);
  }

  void choose_companions(std::size_t array) {
    for (const LoadedCompanion& loaded : definitions_[array].companions) {
      std::vector<std::size_t> axes;
      const std::vector<std::string> dimensions = loaded.companion.dimensions();
      const std::vector<std::int64_t> extents = loaded.companion.extents();
      for (std::size_t i = 0; i < dimensions.size(); ++i)
        axes.push_back(companion_dimension(array, dimensions[i], extents[i]));
      const auto same = std::find_if(companions_.begin(), companions_.end(), [&](const FileCompanion& other) {
        return other.loaded.bytes == loaded.bytes && other.axes == axes &&
               other.loaded.companion.equals(loaded.companion);
      });
      if (same != companions_.end()) {
        known_as_[{array, loaded.companion.name()}] = same->name;
        continue;
      }
      std::string name = valid_name(loaded.companion.name());
      while (is_used(name)) name += "_";
      known_as_[{array, loaded.companion.name()}] = name;
      companions_.push_back({loaded, std::move(name), std::move(axes), array});
    }
  }

  /// The array's dimension of that name, or one of companions.
  std::size_t companion_dimension(std::size_t array, const std::string& dimension, std::int64_t extent) {
    for (std::size_t axis = 0; axis < axes_[array].size(); ++axis)
      if (definitions_[array].labels.dimension(static_cast<int>(axis)) == dimension) return axes_[array][axis];
    const std::string label = valid_name(dimension);
    for (std::size_t i = 0; i < dimensions_.size(); ++i) {
      const FileDimension& there = dimensions_[i];
      if (there.label == label && there.extent == extent && !there.coordinate && !there.is_record) return i;
    }
    return add_dimension({label, {}, extent, {}, array, false});
  }

  /// A classic file has one unlimited dimension, and that is the first of each variable which has it.
  void choose_records() {
    for (FileDimension& dimension : dimensions_) dimension.is_record = dimension.is_record && dimension.extent > 0;
    if (options_.format == Format::netcdf4) return;
    bool one = std::any_of(dimensions_.begin(), dimensions_.end(), [](const auto& d) { return d.extent == 0; });
    for (std::size_t i = 0; i < dimensions_.size(); ++i) {
      const auto is_inner = [&](const std::vector<std::size_t>& axes) {
        return std::find(axes.begin() + (axes.empty() ? 0 : 1), axes.end(), i) != axes.end();
      };
      bool fits = std::none_of(axes_.begin(), axes_.end(), is_inner);
      for (const FileCompanion& companion : companions_) fits = fits && !is_inner(companion.axes);
      dimensions_[i].is_record = dimensions_[i].is_record && fits && !one;
      one = one || dimensions_[i].is_record;
    }
  }

  void define_dimension(FileDimension& dimension) const {
    const bool unlimited = dimension.extent == 0 || dimension.is_record;
    check(nc_->def_dim(file_, dimension.name.c_str(),
                       unlimited ? NC_UNLIMITED : static_cast<std::size_t>(dimension.extent), &dimension.id),
          [&] { return doing_ + ", dimension " + dimension.name + " of " + std::to_string(dimension.extent); });
  }

  /// A variable of the dimension's name takes the place of its coordinate: it must be this coordinate.
  void require_kept(const FileDimension& dimension) const {
    if (!dimension.coordinate) return;
    require_unpacked(dimension.coordinate, dimension.name, doing_);
    const auto named = std::find(names_.begin(), names_.end(), dimension.name);
    if (named == names_.end()) return;
    const std::vector<std::size_t>& axes = axes_[static_cast<std::size_t>(named - names_.begin())];
    if (axes.size() == 1 && &dimensions_[axes.front()] == &dimension) return;
    refuse_in_place_of_coordinate(dimension.name, doing_);
  }

  /// What the file calls a variable that an attribute of an array's labels names; none where it is not there.
  [[nodiscard]] std::optional<std::string> name_in_file(std::size_t array, const std::string& name) const {
    if (const auto companion = known_as_.find({array, name}); companion != known_as_.end()) return companion->second;
    for (std::size_t axis = 0; axis < axes_[array].size(); ++axis) {
      const FileDimension& dimension = dimensions_[axes_[array][axis]];
      if (definitions_[array].labels.dimension(static_cast<int>(axis)) == name && has_variable(dimension))
        return dimension.name;
    }
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) return name;
    // Of areas of cells and the like files may say that they are elsewhere.
    const std::string elsewhere = text_attribute(file_attributes(), "external_variables");
    const std::vector<std::string> external = references_of({{"coordinates", DType::float64, elsewhere}});
    return std::find(external.begin(), external.end(), name) != external.end() ? std::optional(name) : std::nullopt;
  }

  [[nodiscard]] bool has_variable(const FileDimension& dimension) const {
    return dimension.coordinate && std::find(names_.begin(), names_.end(), dimension.name) == names_.end();
  }

  /// Writes the attributes of a variable that belongs to an array; those that name others name what is there.
  void write_attributes(int variable, const Attributes& attributes, std::size_t array) const {
    require_different(attributes, doing_);
    for (Attribute attribute : attributes) {
      if (is_reference(attribute.name)) {
        std::string text =
            renamed_references(attribute, [&](const std::string& name) { return name_in_file(array, name); });
        if (text.empty()) continue;
        attribute.value = std::move(text);
      }
      write_attribute(file_, variable, attribute, has_all_types(options_.format), doing_);
    }
  }

  /// Those of the first array that has any.
  [[nodiscard]] const Attributes& file_attributes() const {
    for (const Definition& definition : definitions_)
      if (!definition.labels.file_attributes().empty()) return definition.labels.file_attributes();
    return definitions_.front().labels.file_attributes();
  }

  /// The newest line of a history is its first.
  void write_file_attributes() const {
    require_different(file_attributes(), doing_);
    std::string history = options_.history;
    for (const Attribute& attribute : file_attributes()) {
      if (attribute.name != "history") {
        write_attribute(file_, NC_GLOBAL, attribute, has_all_types(options_.format), doing_);
      } else if (const auto* earlier = std::get_if<std::string>(&attribute.value)) {
        history += (history.empty() || earlier->empty() ? "" : "\n") + *earlier;
      }
    }
    if (!history.empty()) write_attribute(file_, NC_GLOBAL, {"history", DType::float64, history}, true, doing_);
  }

  void define_coordinate(FileDimension& dimension) {
    const Coordinate& coordinate = dimension.coordinate;
    if (!has_variable(dimension)) return;
    const int type = type_in_format(coordinate.dtype());
    int& id = dimension.coordinate_id;
    check(nc_->def_var(file_, dimension.name.c_str(), type, 1, &dimension.id, &id), doing_);
    Attributes attributes = coordinate.attributes();
    if (!coordinate.holds_stored_values())
      std::erase_if(attributes, [](const Attribute& attribute) { return attribute.name == "_Unsigned"; });
    write_attributes(id, attributes, dimension.owner);
    if (dimension.is_record) define_pieces({dimension.extent}, size_of(coordinate.dtype()), id);
    write_fill_value(id, type, coordinate.attributes());
  }

  /// Where the format lacks a type, coordinates become float64, which is how they are used anyway.
  [[nodiscard]] int type_in_format(DType dtype) const {
    const int type = external_of_dtype(dtype);
    return !has_all_types(options_.format) && type > NC_DOUBLE ? NC_DOUBLE : type;
  }

  [[nodiscard]] std::vector<int> ids_of(const std::vector<std::size_t>& axes) const {
    std::vector<int> ids;
    for (const std::size_t dimension : axes) ids.push_back(dimensions_[dimension].id);
    return ids;
  }

  [[nodiscard]] bool has_record(const std::vector<std::size_t>& axes) const {
    return std::any_of(axes.begin(), axes.end(), [&](std::size_t i) { return dimensions_[i].is_record; });
  }

  void define_companion(FileCompanion& made) const {
    const Companion& companion = made.loaded.companion;
    const int type = companion.is_text() ? NC_CHAR : type_in_format(companion.dtype());
    const std::vector<int> ids = ids_of(made.axes);
    check(nc_->def_var(file_, made.name.c_str(), type, static_cast<int>(ids.size()), ids.data(), &made.id), doing_);
    write_attributes(made.id, companion.attributes(), made.owner);
    write_fill_value(made.id, type, companion.attributes());
    const std::vector<std::int64_t> extents = companion.extents();
    if (has_record(made.axes)) define_pieces(extents, companion.is_text() ? 1 : size_of(companion.dtype()), made.id);
  }

  void write_companion(const FileCompanion& made) const {
    const Companion& companion = made.loaded.companion;
    const std::vector<std::int64_t> extents = companion.extents();
    const std::vector<std::size_t> start(extents.size() + 1, 0);
    std::vector<std::size_t> counts(extents.begin(), extents.end());
    counts.push_back(1);
    const std::vector<std::byte>& bytes = *made.loaded.bytes;
    if (companion.is_text() || type_in_format(companion.dtype()) == external_of_dtype(companion.dtype()))
      return check(nc_->put_vara(file_, made.id, start.data(), counts.data(), bytes.data()), doing_);
    auto values = std::make_shared<CoordinateValues>();
    values->dtype = companion.dtype();
    values->bytes = bytes;
    const std::vector<double> numbers = Coordinate(std::move(values)).to_vector();
    check(nc_->put_vara_double(file_, made.id, start.data(), counts.data(), numbers.data()), doing_);
  }

  /// A classic file knows how many records it has by what was written last.
  void write_records() const {
    if (options_.format == Format::netcdf4) return;
    for (std::size_t i = 0; i < definitions_.size(); ++i) {
      if (!has_record(axes_[i]) || definitions_[i].shape.elements() == 0) continue;
      std::array<std::size_t, max_rank> start{};
      std::array<std::size_t, max_rank> count{};
      for (int axis = 0; axis < definitions_[i].shape.rank(); ++axis) {
        start[static_cast<std::size_t>(axis)] = static_cast<std::size_t>(definitions_[i].shape[axis] - 1);
        count[static_cast<std::size_t>(axis)] = 1;
      }
      const std::array<double, 1> zero{};
      check(nc_->put_vara(file_, variables_[i], start.data(), count.data(), zero.data()), doing_);
    }
  }

  void define_variable(std::size_t i) {
    const Definition& definition = definitions_[i];
    const ExternalType external = external_type(definition.dtype, options_.format, doing_);
    const std::vector<int> ids = ids_of(axes_[i]);
    int variable = -1;
    check(nc_->def_var(file_, names_[i].c_str(), external.type, definition.shape.rank(), ids.data(), &variable),
          doing_);
    variables_.push_back(variable);
    const Shape chunk = definition.grid.largest();
    if (definition.shape.rank() > 0 && (options_.deflate > 0 || has_record(axes_[i]))) {
      define_pieces({chunk.begin(), chunk.end()}, size_of(definition.dtype), variable);
      if (options_.deflate > 0) check(nc_->def_var_deflate(file_, variable, NC_SHUFFLE, 1, options_.deflate), doing_);
    }
    const Labels& labels = definition.labels;
    Attributes attributes;
    for (const Attribute& attribute : labels.attributes())
      if (labels.holds_stored_values() && is_packing(attribute.name))
        attributes.push_back(attribute);
      else if (auto fitted = fitted_attribute(attribute, definition.dtype))
        attributes.push_back(*std::move(fitted));
    write_attributes(variable, attributes, i);
    // Stored numbers may say themselves whether they have a sign.
    if (external.attribute != nullptr && find_attribute(attributes, external.attribute) == nullptr)
      write_attribute(file_, variable, {external.attribute, DType::float64, std::string(external.text)}, true, doing_);
    if (labels.holds_stored_values()) {
      write_fill_value_of(definition, external, variable);
    } else if (is_floating(definition.dtype)) {
      const double nan = std::numeric_limits<double>::quiet_NaN();
      check(nc_->put_att_double(file_, variable, fill_value_name, external.type, 1, &nan), doing_);
    }
  }

  /// The fill value of stored numbers, in their type.
  void write_fill_value_of(const Definition& definition, const ExternalType& external, int variable) const {
    const Attribute* fill = find_attribute(definition.labels.attributes(), fill_value_name);
    if (fill == nullptr) return;
    std::optional<Attribute> fitted = fitted_attribute(*fill, definition.dtype);
    if (!fitted)
      throw Error(ErrorCode::invalid_argument, doing_ + ": the attribute '_FillValue' is no number of " +
                                                   std::string(name_of(definition.dtype)) +
                                                   ", the type of the values; give it this type");
    auto* integers = std::get_if<std::vector<std::int64_t>>(&fitted->value);
    if (integers != nullptr && external.type != external_of_dtype(definition.dtype)) {
      // The same bits in the type that the format has in its place.
      for (std::int64_t& number : *integers)
        number = definition.dtype == DType::uint8    ? static_cast<std::int8_t>(number)
                 : definition.dtype == DType::uint16 ? static_cast<std::int16_t>(number)
                                                     : static_cast<std::int32_t>(number);
      fitted->dtype = definition.dtype == DType::uint8    ? DType::int8
                      : definition.dtype == DType::uint16 ? DType::int16
                                                          : DType::int32;
    }
    write_fill_value(variable, external.type, {*std::move(fitted)});
  }

  /// A fill value that the labels brought along from a file, where it still has the variable's type.
  void write_fill_value(int variable, int type, const Attributes& attributes) const {
    const Attribute* fill = find_attribute(attributes, fill_value_name);
    if (fill == nullptr || !is_dtype(fill->dtype) || external_of_dtype(fill->dtype) != type) return;
    // Not by a conversion of netcdf-c's, which refuses an infinite float and a uint64 that is held by its bits.
    dispatch(fill->dtype, [&]<class T>(T) {
      using Held = std::conditional_t<std::is_floating_point_v<T>, double, std::int64_t>;
      const auto* numbers = std::get_if<std::vector<Held>>(&fill->value);
      if (numbers == nullptr || numbers->size() != 1) return;
      const T value = static_cast<T>(numbers->front());
      check(nc_->put_att(file_, variable, fill_value_name, type, 1, &value), doing_);
    });
  }

  /// Stores a variable of a NetCDF-4 file in pieces: chunks of that shape, cut along the first axes until they are
  /// small.
  void define_pieces(std::vector<std::int64_t> piece, std::size_t element_bytes, int variable) const {
    if (options_.format != Format::netcdf4) return;
    std::int64_t bytes = static_cast<std::int64_t>(element_bytes);
    for (std::int64_t& extent : piece) bytes *= extent = std::max<std::int64_t>(extent, 1);
    for (std::int64_t& extent : piece) {
      const std::int64_t parts = (bytes + piece_bytes - 1) / piece_bytes;
      const std::int64_t cut = std::max<std::int64_t>(extent / parts, 1);
      bytes = bytes / extent * cut;
      extent = cut;
    }
    const std::vector<std::size_t> extents(piece.begin(), piece.end());
    check(nc_->def_var_chunking(file_, variable, NC_CHUNKED, extents.data()), doing_);
    check(nc_->set_var_chunk_cache(file_, variable, write_cache_bytes, write_cache_slots, write_cache_preemption),
          doing_);
  }

  void write_coordinate(const FileDimension& dimension) const {
    if (dimension.coordinate_id < 0 || dimension.extent == 0) return;
    const Coordinate& coordinate = dimension.coordinate;
    const int id = dimension.coordinate_id;
    const std::size_t start = 0;
    const auto count = static_cast<std::size_t>(coordinate.size());
    // Stored as they are where the file has their type: float64 does not hold every int64.
    if (type_in_format(coordinate.dtype()) == external_of_dtype(coordinate.dtype()))
      check(nc_->put_vara(file_, id, &start, &count, coordinate.to_bytes().data()), doing_);
    else
      check(nc_->put_vara_double(file_, id, &start, &count, coordinate.to_vector().data()), doing_);
  }

  LibraryLock nc_;
  int file_;
  std::span<const Definition> definitions_;
  const NetcdfWriteOptions& options_;
  const std::string& doing_;
  std::vector<std::string> names_;  // of the variables
  std::vector<FileDimension> dimensions_;
  std::vector<std::vector<std::size_t>> axes_;  // each array's dimensions
  std::vector<FileCompanion> companions_;
  std::map<std::pair<std::size_t, std::string>, std::string> known_as_;  // what the file calls an array's companion
  std::vector<int> variables_;
};

}  // namespace

std::vector<int> define_file(int file, std::span<const Definition> definitions, const NetcdfWriteOptions& options,
                             const std::string& doing) {
  return Definer(file, definitions, options, doing).run();
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
