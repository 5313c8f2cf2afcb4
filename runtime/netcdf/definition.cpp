// Defines a file before its elements are written. The file is long because everything in it is chosen before anything
// is defined: names, dimensions, companions and records are decisions of one Definer, each of which needs those before
// it.
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
#include "runtime/core/agreement.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/netcdf/attributes.hpp"
#include "runtime/netcdf/changes.hpp"
#include "runtime/netcdf/external_type.hpp"
#include "runtime/netcdf/fill_value.hpp"
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

/// A dimension of the file, and the coordinate variable along it.
struct FileDimension {
  std::string label;  // its name in the arrays
  std::string name;   // its name in the file
  std::int64_t extent = 0;
  Coordinate coordinate;
  const LoadedCompanion* texts = nullptr;  // names of its places, in a variable of its own name
  std::size_t owner = 0;                   // the array that it was made for
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
  Definer(int file, std::span<const Definition> definitions, const NetcdfWriteOptions& options, const std::string& path)
      : file_(file),
        definitions_(definitions),
        options_(options),
        doing_("cannot write " + path),
        changes_(path, options.warn) {}

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
  /// Returns the nearest name that NetCDF allows; `what` is the kind of thing that has it: "variable".
  std::string allowed(const char* what, const std::string& label) {
    std::string name = valid_name(label);
    if (name != label)
      changes_.lose("the " + std::string(what) + " '" + printable(label) + "'", "called '" + name + "'",
                    "NetCDF does not allow its name");
    return name;
  }

  void choose_name(const Definition& definition) {
    const std::string& label = definition.labels.name();
    std::string name = !options_.variable.empty() ? options_.variable
                       : label.empty()            ? "data"
                                                  : allowed("variable", label);
    if (std::find(names_.begin(), names_.end(), name) != names_.end())
      throw Error(ErrorCode::invalid_argument,
                  doing_ + ": two of its arrays would be called '" + name + "'; give them different names");
    names_.push_back(std::move(name));
  }

  /// Adds a dimension of that name, made different from all others, and returns its number.
  std::size_t add_dimension(FileDimension dimension) {
    dimension.name = dimension.label;
    const auto is_used = [&](const FileDimension& there) { return there.name == dimension.name; };
    while (std::any_of(dimensions_.begin(), dimensions_.end(), is_used)) dimension.name += "_";
    dimensions_.push_back(std::move(dimension));
    return dimensions_.size() - 1;
  }

  /// Returns a name for an axis without one; no named axis has it.
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

  /// Returns the companion that has a dimension's name and texts along it; null if there is none.
  static const LoadedCompanion* texts_along(const Definition& definition, const std::string& dimension) {
    for (const LoadedCompanion& loaded : definition.companions) {
      const std::vector<std::string> dimensions = loaded.companion.dimensions();
      if (loaded.companion.is_text() && loaded.companion.name() == dimension && !dimensions.empty() &&
          dimensions.front() == dimension)
        return &loaded;
    }
    return nullptr;
  }

  static bool have_same_texts(const LoadedCompanion* a, const LoadedCompanion* b) {
    return a == nullptr || b == nullptr ? a == b : a->companion.equals(b->companion);
  }

  /// Returns true if one variable can stand for both: the numbers are the same, and mean the same.
  static bool are_one(const Coordinate& a, const Coordinate& b) { return a == b && agree(a, b); }

  /// Returns the file's dimension for an axis, and makes it if none fits yet.
  std::size_t dimension_of(std::size_t array, int axis, const std::vector<std::size_t>& taken) {
    const Definition& definition = definitions_[array];
    const std::string& text = definition.labels.dimension(axis);
    const std::string label = text.empty() ? label_of_unnamed(axis) : allowed("dimension", text);
    const std::int64_t extent = definition.shape[axis];
    const Coordinate& own = definition.labels.coordinate(axis);
    const Coordinate coordinate = own && own.size() == extent ? own : Coordinate();
    const LoadedCompanion* const texts = texts_along(definition, text);
    for (std::size_t i = 0; i < dimensions_.size(); ++i) {
      FileDimension& there = dimensions_[i];
      const bool fits = there.label == label && there.extent == extent &&
                        std::find(taken.begin(), taken.end(), i) == taken.end() &&
                        static_cast<bool>(there.coordinate) == static_cast<bool>(coordinate) &&
                        (!coordinate || are_one(there.coordinate, coordinate)) && have_same_texts(there.texts, texts);
      if (!fits) continue;
      there.is_record = there.is_record || definition.labels.is_record(axis);
      return i;
    }
    return add_dimension({label, {}, extent, coordinate, texts, array, definition.labels.is_record(axis)});
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
      std::string name = allowed("variable", loaded.companion.name());
      // Names of a dimension's places stand in its coordinate variable.
      const bool is_coordinate = texts_along(definitions_[array], loaded.companion.name()) == &loaded &&
                                 std::find(names_.begin(), names_.end(), name) == names_.end();
      if (is_coordinate)
        name = dimensions_[axes.front()].name;
      else
        while (is_used(name)) name += "_";
      known_as_[{array, loaded.companion.name()}] = name;
      companions_.push_back({loaded, std::move(name), std::move(axes), array});
    }
  }

  /// Returns the array's dimension of that name, or one of companions.
  std::size_t companion_dimension(std::size_t array, const std::string& dimension, std::int64_t extent) {
    for (std::size_t axis = 0; axis < axes_[array].size(); ++axis)
      if (definitions_[array].labels.dimension(static_cast<int>(axis)) == dimension) return axes_[array][axis];
    const std::string label = allowed("dimension", dimension);
    for (std::size_t i = 0; i < dimensions_.size(); ++i) {
      const FileDimension& there = dimensions_[i];
      if (there.label == label && there.extent == extent && !there.coordinate && !there.is_record) return i;
    }
    return add_dimension({label, {}, extent, {}, nullptr, array, false});
  }

  /// Chooses the record dimensions. A classic file has at most one, the first of each variable which has it.
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

  /// Returns the file's name of a variable that an attribute of an array's labels names; none if it is not there.
  [[nodiscard]] std::optional<std::string> name_in_file(std::size_t array, const std::string& name) const {
    if (const auto companion = known_as_.find({array, name}); companion != known_as_.end()) return companion->second;
    for (std::size_t axis = 0; axis < axes_[array].size(); ++axis) {
      const FileDimension& dimension = dimensions_[axes_[array][axis]];
      if (definitions_[array].labels.dimension(static_cast<int>(axis)) == name && has_variable(dimension))
        return dimension.name;
    }
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) return name;
    // A file may say of areas of cells and the like that they are elsewhere.
    const std::string elsewhere = text_attribute(file_attributes(), "external_variables");
    const std::vector<std::string> external = references_of({{"coordinates", DType::float64, elsewhere}});
    return std::find(external.begin(), external.end(), name) != external.end() ? std::optional(name) : std::nullopt;
  }

  [[nodiscard]] bool has_variable(const FileDimension& dimension) const {
    return dimension.coordinate && std::find(names_.begin(), names_.end(), dimension.name) == names_.end();
  }

  [[nodiscard]] AttributeOwner owner(int variable, const std::string& shown) {
    return {file_, variable, shown, options_.format, doing_, changes_};
  }

  /// Writes the attributes of a variable that belongs to an array, except its fill value. Attributes that name others
  /// name variables that are there.
  void write_attributes(const AttributeOwner& owner, const Attributes& attributes, std::size_t array) {
    require_different(attributes, doing_);
    for (Attribute attribute : with_valid_names(attributes, owner.shown, changes_)) {
      if (attribute.name == fill_value_name) continue;
      if (is_reference(attribute.name)) {
        std::string text =
            renamed_references(attribute, [&](const std::string& name) { return name_in_file(array, name); });
        if (text.empty()) continue;
        attribute.value = std::move(text);
      }
      write_attribute(owner, attribute);
    }
  }

  /// Returns the file attributes of the first array that has any.
  [[nodiscard]] const Attributes& file_attributes() const {
    for (const Definition& definition : definitions_)
      if (!definition.labels.file_attributes().empty()) return definition.labels.file_attributes();
    return definitions_.front().labels.file_attributes();
  }

  /// Writes the file's attributes. The newest line of a history is its first.
  void write_file_attributes() {
    const AttributeOwner file = owner(NC_GLOBAL, "the file");
    require_different(file_attributes(), doing_);
    std::string history = options_.history;
    for (const Attribute& attribute : with_valid_names(file_attributes(), file.shown, changes_)) {
      const auto earlier = attribute.name == "history" ? text_of(attribute) : std::nullopt;
      if (earlier)
        history += (history.empty() || earlier->empty() ? "" : "\n") + *earlier;
      else if (attribute.name != "history" || history.empty())
        write_attribute(file, attribute);
      else
        changes_.lose("the attribute 'history' of the file", "left out",
                      "it holds numbers, and a line of text is added");
    }
    if (!history.empty()) write_attribute(file, {"history", history});
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
    const AttributeOwner owner = this->owner(id, "'" + dimension.name + "'");
    write_attributes(owner, attributes, dimension.owner);
    if (dimension.is_record) define_pieces({dimension.extent}, size_of(coordinate.dtype()), id);
    write_fill_value(owner, type, coordinate.dtype(), coordinate.attributes());
  }

  /// Returns the type of coordinates in the format: without their own type float64, as which they are used anyway.
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

  void define_companion(FileCompanion& made) {
    const Companion& companion = made.loaded.companion;
    const int type = companion.is_text() ? NC_CHAR : type_in_format(companion.dtype());
    const std::vector<int> ids = ids_of(made.axes);
    check(nc_->def_var(file_, made.name.c_str(), type, static_cast<int>(ids.size()), ids.data(), &made.id), doing_);
    const AttributeOwner owner = this->owner(made.id, "'" + made.name + "'");
    write_attributes(owner, companion.attributes(), made.owner);
    write_fill_value(owner, type, companion.dtype(), companion.attributes());
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
    const std::vector<double> numbers = exact_numbers(Coordinate(std::move(values)), made.name, doing_);
    check(nc_->put_vara_double(file_, made.id, start.data(), counts.data(), numbers.data()), doing_);
  }

  /// Writes the last record: a classic file knows by it how many records it has.
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
    const bool in_pieces = options_.deflate > 0 || has_record(axes_[i]) || lies_in_chunks(definition);
    if (definition.shape.rank() > 0 && in_pieces) {
      define_pieces({chunk.begin(), chunk.end()}, size_of(definition.dtype), variable);
      if (options_.deflate > 0) check(nc_->def_var_deflate(file_, variable, NC_SHUFFLE, 1, options_.deflate), doing_);
    }
    const AttributeOwner owner = this->owner(variable, "'" + names_[i] + "'");
    const Labels& labels = definition.labels;
    Attributes attributes;
    for (const Attribute& attribute : labels.attributes())
      if (labels.holds_stored_values() && is_packing(attribute.name))
        attributes.push_back(attribute);
      else if (auto fitted = fitted_attribute(attribute, definition.dtype))
        attributes.push_back(*std::move(fitted));
      else if (attribute.name == "flag_values")
        changes_.tell("the attribute 'flag_values' of " + owner.shown, "left out",
                      "its numbers are not all of " + std::string(name_of(definition.dtype)));
    write_attributes(owner, attributes, i);
    // The attributes of stored numbers may say themselves whether these have a sign.
    if (external.attribute != nullptr && find_attribute(attributes, external.attribute) == nullptr)
      write_attribute(owner, {external.attribute, external.text});
    if (labels.holds_stored_values()) {
      write_fill_value(owner, external.type, definition.dtype, labels.attributes());
    } else if (is_floating(definition.dtype)) {
      const double nan = std::numeric_limits<double>::quiet_NaN();
      check(nc_->put_att_double(file_, variable, fill_value_name, external.type, 1, &nan), doing_);
    }
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
    // Stored as they are if the file has their type: float64 does not hold every int64.
    if (type_in_format(coordinate.dtype()) == external_of_dtype(coordinate.dtype()))
      check(nc_->put_vara(file_, id, &start, &count, coordinate.to_bytes().data()), doing_);
    else
      check(nc_->put_vara_double(file_, id, &start, &count, exact_numbers(coordinate, dimension.name, doing_).data()),
            doing_);
  }

  LibraryLock nc_;
  int file_;
  std::span<const Definition> definitions_;
  const NetcdfWriteOptions& options_;
  std::string doing_;
  Changes changes_;
  std::vector<std::string> names_;  // of the variables
  std::vector<FileDimension> dimensions_;
  std::vector<std::vector<std::size_t>> axes_;  // each array's dimensions
  std::vector<FileCompanion> companions_;
  std::map<std::pair<std::size_t, std::string>, std::string> known_as_;  // the file's name of an array's companion
  std::vector<int> variables_;
};

}  // namespace

bool lies_in_chunks(const Definition& definition) {
  if (definition.shape.elements() * static_cast<std::int64_t>(size_of(definition.dtype)) <= piece_bytes) return false;
  bool is_deep = false;  // chunks have several indices of an axis before
  for (const AxisChunks& chunks : definition.grid) {
    if (is_deep && chunks.count() > 1) return true;
    is_deep = is_deep || chunks.largest() > 1;
  }
  return false;
}

std::vector<int> define_file(int file, std::span<const Definition> definitions, const NetcdfWriteOptions& options,
                             const std::string& path) {
  return Definer(file, definitions, options, path).run();
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
