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

class Definer {
 public:
  Definer(int file, const Definition& definition, const NetcdfWriteOptions& options, const std::string& doing)
      : file_(file), definition_(definition), options_(options), doing_(doing) {}

  int run() {
    // Every element is written once, so nothing is filled first.
    int previous = 0;
    check(nc_set_fill(file_, NC_NOFILL, &previous), doing_);
    define_dimensions();
    define_coordinates();
    define_variable();
    if (!options_.history.empty())
      write_attribute(file_, NC_GLOBAL, {"history", DType::float64, options_.history}, true, doing_);
    check(nc_enddef(file_), doing_);
    write_coordinates();
    return variable_;
  }

 private:
  [[nodiscard]] int rank() const { return definition_.shape.rank(); }

  [[nodiscard]] std::string variable_name() const {
    if (!options_.variable.empty()) return options_.variable;
    const std::string& name = definition_.labels.name();
    return name.empty() ? "data" : valid_name(name);
  }

  /// The file's name of an axis: its label made valid, or its number; no two alike.
  [[nodiscard]] std::string unused_name(int axis) const {
    const std::string& label = definition_.labels.dimension(axis);
    std::string name = label.empty() ? "dim_" + std::to_string(axis) : valid_name(label);
    while (std::find(names_.begin(), names_.end(), name) != names_.end()) name += "_";
    return name;
  }

  void define_dimensions() {
    for (int axis = 0; axis < rank(); ++axis) {
      const std::int64_t extent = definition_.shape[axis];
      // NetCDF knows no fixed dimension of length 0, but one of unlimited length that nobody has written yet.
      if (extent == 0 && axis > 0 && options_.format != Format::netcdf4)
        throw Error(ErrorCode::unsupported, doing_ + ": axis " + std::to_string(axis) +
                                                " is empty, and this format allows that for the first axis only; "
                                                "choose netcdf4");
      names_.push_back(unused_name(axis));
      int id = 0;
      check(
          nc_def_dim(file_, names_.back().c_str(), extent == 0 ? NC_UNLIMITED : static_cast<std::size_t>(extent), &id),
          [&] { return doing_ + ", dimension " + names_.back() + " of " + std::to_string(extent); });
      dimensions_.push_back(id);
    }
  }

  void define_coordinates() {
    for (int axis = 0; axis < rank(); ++axis) {
      coordinates_.push_back(-1);
      const Coordinate& coordinate = definition_.labels.coordinate(axis);
      const auto i = static_cast<std::size_t>(axis);
      if (!coordinate || coordinate.size() != definition_.shape[axis] || names_[i] == variable_name()) continue;
      // Where the format lacks a type, coordinates become float64, which is how they are used anyway.
      int type = external_of_dtype(coordinate.dtype());
      if (!has_all_types(options_.format) && (type > NC_DOUBLE || type == NC_CHAR)) type = NC_DOUBLE;
      check(nc_def_var(file_, names_[i].c_str(), type, 1, &dimensions_[i], &coordinates_.back()), doing_);
      for (const Attribute& attribute : coordinate.attributes())
        if (attribute.name != "_Unsigned")
          write_attribute(file_, coordinates_.back(), attribute, has_all_types(options_.format), doing_);
      write_fill_value(coordinates_.back(), type, coordinate.attributes());
    }
  }

  void define_variable() {
    const ExternalType external = external_type(definition_.dtype, options_.format, doing_);
    const std::string name = variable_name();
    check(nc_def_var(file_, name.c_str(), external.type, rank(), dimensions_.data(), &variable_), doing_);
    if (options_.deflate > 0 && rank() > 0) define_compression();
    for (const Attribute& attribute : definition_.labels.attributes())
      write_attribute(file_, variable_, attribute, has_all_types(options_.format), doing_);
    if (external.attribute != nullptr)
      write_attribute(file_, variable_, {external.attribute, DType::float64, std::string(external.text)}, true, doing_);
    if (is_floating(definition_.dtype)) {
      const double nan = std::numeric_limits<double>::quiet_NaN();
      check(nc_put_att_double(file_, variable_, fill_value_name, external.type, 1, &nan), doing_);
    } else {
      write_fill_value(variable_, external.type, definition_.labels.attributes());
    }
  }

  /// A fill value that the labels brought along from a file, where it still has the variable's type.
  void write_fill_value(int variable, int type, const Attributes& attributes) const {
    const Attribute* fill = find_attribute(attributes, fill_value_name);
    if (fill == nullptr || external_of_dtype(fill->dtype) != type) return;
    if (const auto* floating = std::get_if<std::vector<double>>(&fill->value); floating && floating->size() == 1)
      check(nc_put_att_double(file_, variable, fill_value_name, type, 1, floating->data()), doing_);
    if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&fill->value);
        integers && integers->size() == 1) {
      const long long number = integers->front();
      check(nc_put_att_longlong(file_, variable, fill_value_name, type, 1, &number), doing_);
    }
  }

  void define_compression() const {
    Shape piece = definition_.grid.largest();
    std::array<std::size_t, max_rank> extents{};
    for (std::int64_t& extent : piece) extent = std::max<std::int64_t>(extent, 1);
    for (int axis = 0; axis < rank(); ++axis) {
      const std::int64_t bytes = piece.elements() * static_cast<std::int64_t>(size_of(definition_.dtype));
      const std::int64_t parts = (bytes + piece_bytes - 1) / piece_bytes;
      piece[axis] = std::max<std::int64_t>(piece[axis] / parts, 1);
    }
    for (int axis = 0; axis < rank(); ++axis)
      extents[static_cast<std::size_t>(axis)] = static_cast<std::size_t>(piece[axis]);
    check(nc_def_var_chunking(file_, variable_, NC_CHUNKED, extents.data()), doing_);
    check(nc_def_var_deflate(file_, variable_, NC_SHUFFLE, 1, options_.deflate), doing_);
    check(nc_set_var_chunk_cache(file_, variable_, write_cache_bytes, write_cache_slots, write_cache_preemption),
          doing_);
  }

  void write_coordinates() const {
    for (int axis = 0; axis < rank(); ++axis) {
      const int id = coordinates_[static_cast<std::size_t>(axis)];
      if (id < 0 || definition_.shape[axis] == 0) continue;
      const std::vector<double> values = definition_.labels.coordinate(axis).to_vector();
      const std::size_t start = 0;
      const std::size_t count = values.size();
      check(nc_put_vara_double(file_, id, &start, &count, values.data()), doing_);
    }
  }

  int file_;
  const Definition& definition_;
  const NetcdfWriteOptions& options_;
  const std::string& doing_;
  std::vector<std::string> names_;
  std::vector<int> dimensions_;
  std::vector<int> coordinates_;
  int variable_ = -1;
};

}  // namespace

int define_file(int file, const Definition& definition, const NetcdfWriteOptions& options, const std::string& doing) {
  const LibraryLock lock;
  return Definer(file, definition, options, doing).run();
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
