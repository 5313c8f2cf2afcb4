#include "runtime/netcdf/definition.hpp"

#include <netcdf.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/netcdf/attributes.hpp"
#include "runtime/netcdf/library.hpp"
#include "runtime/netcdf/names.hpp"
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
  int id = 0;
  int coordinate_id = -1;
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
    for (const Definition& definition : definitions_) define_dimensions(definition);
    for (FileDimension& dimension : dimensions_) define_coordinate(dimension);
    for (std::size_t i = 0; i < definitions_.size(); ++i) define_variable(i);
    if (!options_.history.empty())
      write_attribute(file_, NC_GLOBAL, {"history", DType::float64, options_.history}, true, doing_);
    check(nc_->enddef(file_), doing_);
    for (const FileDimension& dimension : dimensions_) write_coordinate(dimension);
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

  /// The file's dimension for an axis, made where there is none yet that fits.
  std::size_t dimension_of(const Definition& definition, int axis, const std::vector<std::size_t>& taken) {
    const std::string& text = definition.labels.dimension(axis);
    const std::string label = text.empty() ? "dim_" + std::to_string(axis) : valid_name(text);
    const std::int64_t extent = definition.shape[axis];
    const Coordinate& own = definition.labels.coordinate(axis);
    const Coordinate coordinate = own && own.size() == extent ? own : Coordinate();
    for (std::size_t i = 0; i < dimensions_.size(); ++i) {
      const FileDimension& there = dimensions_[i];
      const bool fits = there.label == label && there.extent == extent &&
                        std::find(taken.begin(), taken.end(), i) == taken.end() &&
                        static_cast<bool>(there.coordinate) == static_cast<bool>(coordinate) &&
                        (!coordinate || there.coordinate == coordinate);
      if (fits) return i;
    }
    std::string name = label;
    const auto is_used = [&](const FileDimension& there) { return there.name == name; };
    while (std::any_of(dimensions_.begin(), dimensions_.end(), is_used)) name += "_";
    dimensions_.push_back({label, name, extent, coordinate});
    return dimensions_.size() - 1;
  }

  void define_dimensions(const Definition& definition) {
    std::vector<std::size_t> axes;
    for (int axis = 0; axis < definition.shape.rank(); ++axis) {
      // NetCDF knows no fixed dimension of length 0, but one of unlimited length that nobody has written yet.
      if (definition.shape[axis] == 0 && axis > 0 && options_.format != Format::netcdf4)
        throw Error(ErrorCode::unsupported, doing_ + ": axis " + std::to_string(axis) +
                                                " is empty, and this format allows that for the first axis only; "
                                                "choose netcdf4");
      const std::size_t before = dimensions_.size();
      axes.push_back(dimension_of(definition, axis, axes));
      if (axes.back() < before) continue;
      FileDimension& made = dimensions_.back();
      check(nc_->def_dim(file_, made.name.c_str(),
                         made.extent == 0 ? NC_UNLIMITED : static_cast<std::size_t>(made.extent), &made.id),
            [&] { return doing_ + ", dimension " + made.name + " of " + std::to_string(made.extent); });
    }
    axes_.push_back(std::move(axes));
  }

  void define_coordinate(FileDimension& dimension) {
    const Coordinate& coordinate = dimension.coordinate;
    if (!coordinate || std::find(names_.begin(), names_.end(), dimension.name) != names_.end()) return;
    const int type = coordinate_type(coordinate);
    int& id = dimension.coordinate_id;
    check(nc_->def_var(file_, dimension.name.c_str(), type, 1, &dimension.id, &id), doing_);
    for (const Attribute& attribute : coordinate.attributes())
      if (attribute.name != "_Unsigned") write_attribute(file_, id, attribute, has_all_types(options_.format), doing_);
    write_fill_value(id, type, coordinate.attributes());
  }

  /// Where the format lacks a type, coordinates become float64, which is how they are used anyway.
  [[nodiscard]] int coordinate_type(const Coordinate& coordinate) const {
    const int type = external_of_dtype(coordinate.dtype());
    return !has_all_types(options_.format) && (type > NC_DOUBLE || type == NC_CHAR) ? NC_DOUBLE : type;
  }

  void define_variable(std::size_t i) {
    const Definition& definition = definitions_[i];
    const ExternalType external = external_type(definition.dtype, options_.format, doing_);
    std::vector<int> ids;
    for (const std::size_t dimension : axes_[i]) ids.push_back(dimensions_[dimension].id);
    int variable = -1;
    check(nc_->def_var(file_, names_[i].c_str(), external.type, definition.shape.rank(), ids.data(), &variable),
          doing_);
    variables_.push_back(variable);
    if (options_.deflate > 0 && definition.shape.rank() > 0) define_compression(definition, variable);
    for (const Attribute& attribute : definition.labels.attributes())
      write_attribute(file_, variable, attribute, has_all_types(options_.format), doing_);
    if (external.attribute != nullptr)
      write_attribute(file_, variable, {external.attribute, DType::float64, std::string(external.text)}, true, doing_);
    if (is_floating(definition.dtype)) {
      const double nan = std::numeric_limits<double>::quiet_NaN();
      check(nc_->put_att_double(file_, variable, fill_value_name, external.type, 1, &nan), doing_);
    } else {
      write_fill_value(variable, external.type, definition.labels.attributes());
    }
  }

  /// A fill value that the labels brought along from a file, where it still has the variable's type.
  void write_fill_value(int variable, int type, const Attributes& attributes) const {
    const Attribute* fill = find_attribute(attributes, fill_value_name);
    if (fill == nullptr || external_of_dtype(fill->dtype) != type) return;
    if (const auto* floating = std::get_if<std::vector<double>>(&fill->value); floating && floating->size() == 1) {
      // Not by a conversion of netcdf-c's, which refuses an infinite float.
      const auto single = static_cast<float>(floating->front());
      const void* const value = type == NC_FLOAT ? static_cast<const void*>(&single) : floating->data();
      check(nc_->put_att(file_, variable, fill_value_name, type, 1, value), doing_);
    }
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&fill->value);
        integers && integers->size() == 1) {
      const long long number = integers->front();
      check(nc_->put_att_longlong(file_, variable, fill_value_name, type, 1, &number), doing_);
    }
  }

  void define_compression(const Definition& definition, int variable) const {
    const int rank = definition.shape.rank();
    Shape piece = definition.grid.largest();
    std::array<std::size_t, max_rank> extents{};
    for (std::int64_t& extent : piece) extent = std::max<std::int64_t>(extent, 1);
    for (int axis = 0; axis < rank; ++axis) {
      const std::int64_t bytes = piece.elements() * static_cast<std::int64_t>(size_of(definition.dtype));
      const std::int64_t parts = (bytes + piece_bytes - 1) / piece_bytes;
      piece[axis] = std::max<std::int64_t>(piece[axis] / parts, 1);
    }
    for (int axis = 0; axis < rank; ++axis)
      extents[static_cast<std::size_t>(axis)] = static_cast<std::size_t>(piece[axis]);
    check(nc_->def_var_chunking(file_, variable, NC_CHUNKED, extents.data()), doing_);
    check(nc_->def_var_deflate(file_, variable, NC_SHUFFLE, 1, options_.deflate), doing_);
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
    if (coordinate_type(coordinate) == external_of_dtype(coordinate.dtype()))
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
  std::vector<int> variables_;
};

}  // namespace

std::vector<int> define_file(int file, std::span<const Definition> definitions, const NetcdfWriteOptions& options,
                             const std::string& doing) {
  return Definer(file, definitions, options, doing).run();
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
