#pragma once
/// The names and places of an array's axes: dimension names, coordinates, attributes. Labels travel beside an array
/// through every operation (this module says how) and into files; the Graph below knows none of them.
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "chunkwise/core/dtype.hpp"
#include "chunkwise/core/region.hpp"
#include "chunkwise/core/shape.hpp"
#include "chunkwise/core/text_argument.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A named value as NetCDF knows it: text, or numbers of one element type. A file is not written (invalid_argument)
/// with a name that NetCDF does not allow, or with numbers that their type does not have.
/// `Attribute{"units", "K"}`, `Attribute{"scale", 0.5}`, `Attribute{"levels", DType::int32,
/// std::vector<std::int64_t>{1}}`
struct Attribute {
  /// Text, floating-point numbers or integers, as `dtype` has it.
  using Value = std::variant<std::string, std::vector<double>, std::vector<std::int64_t>>;
  std::string name;
  DType dtype = DType::float64;  ///< of the numbers; without meaning for text
  Value value;

  Attribute() = default;
  /// Text. A null pointer in place of a name or a text throws invalid_argument.
  Attribute(TextArgument attribute, TextArgument text)
      : name(std::move(attribute)), value(std::in_place_type<std::string>, std::move(text)) {}
  /// A number, in its own type.
  template <Element T>
  Attribute(TextArgument attribute, T number) : name(std::move(attribute)), dtype(dtype_of<T>) {
    if constexpr (std::is_floating_point_v<T>)
      value = std::vector<double>{static_cast<double>(number)};
    else
      value = std::vector<std::int64_t>{static_cast<std::int64_t>(number)};
  }
  /// Text or numbers, and the type in which a file holds the numbers.
  Attribute(TextArgument attribute, DType type, Value values)
      : name(std::move(attribute)), dtype(type), value(std::move(values)) {}
  bool operator==(const Attribute&) const = default;
};
/// Attributes in the order of the file.
using Attributes = std::vector<Attribute>;

/// Returns `units = "K"`, `scale_factor = 0.5 (float64)`, `valid_range = [0, 100] (int16)`
[[nodiscard]] std::string to_string(const Attribute& attribute);
std::ostream& operator<<(std::ostream& out, const Attribute& attribute);

/// Returns true for an attribute that tells readers how stored numbers become values: `scale_factor`, `add_offset`,
/// `_FillValue`, `missing_value`, `valid_range`, `valid_min`, `valid_max` and `_Unsigned`. Reading applies these and
/// takes them away, so that they stand only beside values as they are stored (Labels::holds_stored_values).
[[nodiscard]] bool is_packing(const TextArgument& attribute);

/// The values of a dimension's coordinate variable, as stored in its file.
struct CoordinateValues {
  DType dtype = DType::float64;  ///< of the elements
  std::vector<std::byte> bytes;  ///< the elements, one after the other
  Attributes attributes;         ///< of the coordinate variable, its units among them
  bool as_stored = false;        ///< the values are packed, as the attributes say
};

/// A coordinate along one dimension: a range of shared values, so that slicing costs nothing. It knows its origins, the
/// coordinates that its values were taken from. Slices of one origin may meet in a formula though their values differ;
/// the result is *mixed*: it has no values, and nothing that is made of it has any (docs/semantics.md).
class Coordinate {
 public:
  /// Values that parts share: coordinates with a common origin know each other.
  using Origin = std::shared_ptr<const CoordinateValues>;

  Coordinate() = default;
  /// Throws invalid_argument if the bytes do not divide into elements of the type.
  explicit Coordinate(std::shared_ptr<const CoordinateValues> values);
  /// A coordinate of numbers.
  Coordinate(const std::vector<double>& values, Attributes attributes);

  /// Returns true if there are values.
  [[nodiscard]] explicit operator bool() const { return values_ != nullptr; }
  /// Returns true if different slices of one coordinate met by position. Such a coordinate has a size and no values.
  [[nodiscard]] bool is_mixed() const { return !values_ && origins_; }
  [[nodiscard]] std::int64_t size() const { return range_.count; }
  /// Returns the type of the values; float64 if there are none.
  [[nodiscard]] DType dtype() const { return values_ ? values_->dtype : DType::float64; }
  /// Returns value i as a float64; throws out_of_range beyond the axis, not_found for a mixed coordinate.
  [[nodiscard]] double operator[](std::int64_t i) const;
  /// Returns the attributes; empty if there are no values.
  [[nodiscard]] const Attributes& attributes() const;
  /// Returns true if the values are packed, as their file stores them.
  [[nodiscard]] bool holds_stored_values() const { return values_ && values_->as_stored; }
  /// Returns all values as elements of dtype(); throws not_found for a mixed coordinate.
  [[nodiscard]] std::vector<std::byte> to_bytes() const;
  /// Returns all values as float64; throws not_found for a mixed coordinate.
  [[nodiscard]] std::vector<double> to_vector() const;
  /// Returns the values of a range; throws out_of_range if it does not lie within the axis.
  [[nodiscard]] Coordinate slice(const AxisRange& range) const;
  /// Returns the values of these indices, in their order; origins stay. Throws out_of_range for an index that is not
  /// there.
  [[nodiscard]] Coordinate take(std::span<const std::int64_t> indices) const;
  /// Returns the values of all parts, one after the other, with the attributes of the first. Numbers of times that
  /// count from different days are made to count from the first's. None if a part has none, mixed if a part is; slices
  /// of one origin keep that origin. Throws name_mismatch for other units, calendars or packing than the first's.
  [[nodiscard]] static Coordinate join(std::span<const Coordinate> parts);
  /// Returns true for equal values (attributes do not count).
  bool operator==(const Coordinate& other) const;

  /// Returns the coordinates that it was taken from by slicing, or the coordinate itself.
  [[nodiscard]] std::span<const Origin> origins() const;
  /// Returns the same coordinate, with or without values, with these origins.
  [[nodiscard]] Coordinate with_origins(std::vector<Origin> origins) const;
  /// Returns a mixed coordinate of that size; throws invalid_argument if the size is negative.
  [[nodiscard]] static Coordinate mixed(std::int64_t size, std::vector<Origin> origins);

 private:
  void require_values() const;
  std::shared_ptr<const CoordinateValues> values_;
  AxisRange range_;
  std::shared_ptr<const std::vector<Origin>> origins_;  ///< null: values_ alone
};

/// Returns `float64 (3): 10.0 20.0 30.0, degrees_north`; of more than six values the first and last three.
[[nodiscard]] std::string to_string(const Coordinate& coordinate);
std::ostream& operator<<(std::ostream& out, const Coordinate& coordinate);

class Companion;

/// The effect of an operation on the meaning of elements. It decides which attributes still hold (docs/semantics.md,
/// "Attributes"); the table of this stands in runtime/core/attribute_table.cpp.
enum class Meaning : std::uint8_t {
  part,         ///< some of the elements, as they are
  joined,       ///< the elements of several arrays, as they are
  minimum,      ///< one of the elements
  maximum,      ///< one of the elements
  mean,         ///< in the units of the elements, and within their range
  sum,          ///< in the units of the elements
  deviation,    ///< a difference of elements
  variance,     ///< a square of differences
  count,        ///< a number of elements
  converted,    ///< the elements in another type
  elementwise,  ///< anything else
  median,       ///< in the units of the elements, and within their range
  quantile,     ///< as median; for results that cell_methods have no word for
};

/// Names, coordinates and attributes of an array. Empty names mean "not named". Copies share their content.
class Labels {
 public:
  Labels() = default;
  /// Names of the axes; throws invalid_argument if two of them are equal and not empty, or if there are more than an
  /// array has axes (max_rank).
  explicit Labels(std::vector<std::string> dimensions);
  /// Names of the axes, their coordinates in the same order, the name and the attributes of the array. Throws
  /// invalid_argument if two names are equal and not empty.
  Labels(std::vector<std::string> dimensions, std::vector<Coordinate> coordinates, TextArgument name,
         Attributes attributes);

  /// Returns true if there are none: no name, no coordinate, no attribute, no companion.
  [[nodiscard]] bool empty() const { return !data_; }
  /// Returns the name of an axis; empty if it has none.
  [[nodiscard]] const std::string& dimension(int axis) const;
  /// Returns the coordinate along an axis; false if there is none.
  [[nodiscard]] const Coordinate& coordinate(int axis) const;
  /// Returns the name of the variable; empty if it has none.
  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] const Attributes& attributes() const;
  /// Returns the axis of this name; throws not_found naming the dimensions that exist.
  [[nodiscard]] int axis(const TextArgument& dimension, int rank) const;
  /// Returns the same labels under another variable name.
  [[nodiscard]] Labels renamed(TextArgument name, Attributes attributes = {}) const;
  /// Returns true for values as a file stores them, beside the attributes that say how they are packed: those of a
  /// variable opened with `decode = false`, and parts of it. Other operations, and attributes that pack otherwise, end
  /// this.
  [[nodiscard]] bool holds_stored_values() const;
  /// Returns labels of an array whose values are packed as the attributes say; of an expression,
  /// `x.with_labels(packed).with_stored_values()` says so. Without it no file is written that has such attributes
  /// (invalid_argument): its readers would get other values.
  [[nodiscard]] Labels with_stored_values(bool stored = true) const;
  /// Returns the same labels with other names of the axes; throws as the constructor does.
  [[nodiscard]] Labels with_dimensions(std::vector<std::string> dimensions) const;
  /// Returns the same labels with another coordinate along an axis, or with none: `Coordinate()`. Labels do not know
  /// how many axes an array has, so axes count from the front alone; throws out_of_range for an axis that no array has.
  [[nodiscard]] Labels with_coordinate(int axis, Coordinate coordinate) const;

  /// Returns true for an axis that files call unlimited: their record dimension, along which other files continue them.
  [[nodiscard]] bool is_record(int axis) const;
  /// Returns the same labels with an axis that is unlimited, or not. Throws as with_coordinate does.
  [[nodiscard]] Labels with_record(int axis, bool record = true) const;
  /// Returns the variables beside the array that its attributes name: `coordinates`, `bounds`, `grid_mapping`,
  /// `cell_measures` and the like (core/companion.hpp).
  [[nodiscard]] const std::vector<Companion>& companions() const;
  /// Returns the same labels with these companions in place of their own.
  [[nodiscard]] Labels with_companions(std::vector<Companion> companions) const;
  /// Returns the attributes of the file that the array comes from, `title`, `history` and the like; results keep them.
  [[nodiscard]] const Attributes& file_attributes() const;
  /// Returns the same labels with these attributes of a file in place of their own.
  [[nodiscard]] Labels with_file_attributes(Attributes attributes) const;

  struct Data;

 private:
  explicit Labels(std::shared_ptr<const Data> data);
  std::shared_ptr<const Data> data_;
  friend struct LabelsAccess;
};

/// Returns the name and the axes, with a line for each coordinate and attribute.
///
///   t2m (time, x)
///     time: float64 (2): 0.0 6.0, hours since 2000-01-01
///     units = "K"
[[nodiscard]] std::string to_string(const Labels& labels);
std::ostream& operator<<(std::ostream& out, const Labels& labels);

/// Throws invalid_argument if labels do not fit an array of this shape: more axes, or a coordinate of another size.
void require_fitting(const Labels& labels, const Shape& shape);

/// Returns the labels of an array after subscripts without lists; throws invalid_argument for a list, which
/// subscripted_labels (expr/index.hpp) takes.
[[nodiscard]] Labels index_labels(const Labels& labels, std::span<const AxisSubscript> subscripts);
/// Returns the labels after a reduction over the axes whose bit is set.
[[nodiscard]] Labels reduce_labels(const Labels& labels, int rank, std::uint32_t axes, bool keepdims,
                                   Meaning meaning = Meaning::mean);
/// Returns the labels after a function of lines that keeps the shape: its axis keeps its coordinate or loses it.
[[nodiscard]] Labels line_labels(const Labels& labels, int axis, bool keeps_coordinate, Meaning meaning);
/// Returns the labels of an elementwise result of one array, whose name it keeps.
[[nodiscard]] Labels map_labels(const Labels& labels, Meaning meaning = Meaning::elementwise);
/// Returns the labels of an elementwise result. Names are aligned at the last axis; two different names in one place
/// throw name_mismatch. Coordinates in one place must agree, or be slices of one coordinate, which make a mixed one;
/// else name_mismatch says how they differ. A name that both have, or one beside no labels, is the result's. So are
/// units that both have, if `meaning` is that of a sum, a difference (Meaning::deviation), a minimum or a maximum.
[[nodiscard]] Labels broadcast_labels(const Labels& a, int rank_a, const Labels& b, int rank_b,
                                      Meaning meaning = Meaning::elementwise);
/// Returns the labels of arrays joined along an axis; throws name_mismatch if names or coordinates differ.
[[nodiscard]] Labels concatenate_labels(std::span<const Labels> parts, int rank, int axis);

}  // namespace chunkwise::inline CHUNKWISE_ABI
