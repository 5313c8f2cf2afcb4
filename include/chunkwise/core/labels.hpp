#pragma once
/// What an array's axes are called and where they lie: dimension names, coordinates, attributes. Labels travel beside
/// an array through every operation (this module says how) and into files; the Graph below knows none of them.
#include <cstdint>
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

namespace chunkwise::inline CHUNKWISE_ABI {

/// A named value as NetCDF knows it: text, or numbers of one element type.
/// `Attribute{"units", "K"}`, `Attribute{"scale", 0.5}`, `Attribute{"levels", DType::int32,
/// std::vector<std::int64_t>{1}}`
struct Attribute {
  using Value = std::variant<std::string, std::vector<double>, std::vector<std::int64_t>>;
  std::string name;
  DType dtype = DType::float64;  ///< of the numbers; without meaning for text
  Value value;

  Attribute() = default;
  /// Text.
  Attribute(std::string attribute, std::string text) : name(std::move(attribute)), value(std::move(text)) {}
  Attribute(std::string attribute, const char* text) : Attribute(std::move(attribute), std::string(text)) {}
  /// A number, in its own type.
  template <Element T>
  Attribute(std::string attribute, T number) : name(std::move(attribute)), dtype(dtype_of<T>) {
    if constexpr (std::is_floating_point_v<T>)
      value = std::vector<double>{static_cast<double>(number)};
    else
      value = std::vector<std::int64_t>{static_cast<std::int64_t>(number)};
  }
  /// Text or numbers, and the type in which a file holds the numbers.
  Attribute(std::string attribute, DType type, Value values)
      : name(std::move(attribute)), dtype(type), value(std::move(values)) {}
  bool operator==(const Attribute&) const = default;
};
using Attributes = std::vector<Attribute>;

/// The values of a dimension's coordinate variable, as stored in its file.
struct CoordinateValues {
  DType dtype = DType::float64;
  std::vector<std::byte> bytes;
  Attributes attributes;
};

/// A coordinate along one dimension: a range of shared values, so that slicing costs nothing.
class Coordinate {
 public:
  Coordinate() = default;
  explicit Coordinate(std::shared_ptr<const CoordinateValues> values);
  /// A coordinate of numbers.
  Coordinate(const std::vector<double>& values, Attributes attributes);

  [[nodiscard]] explicit operator bool() const { return values_ != nullptr; }
  [[nodiscard]] std::int64_t size() const { return range_.count; }
  [[nodiscard]] DType dtype() const { return values_->dtype; }
  /// Value i as a float64.
  [[nodiscard]] double operator[](std::int64_t i) const;
  [[nodiscard]] const Attributes& attributes() const { return values_->attributes; }
  /// All values as elements of dtype().
  [[nodiscard]] std::vector<std::byte> to_bytes() const;
  /// All values as float64.
  [[nodiscard]] std::vector<double> to_vector() const;
  [[nodiscard]] Coordinate slice(const AxisRange& range) const;
  /// Values of both, one after the other; attributes of the first.
  [[nodiscard]] static Coordinate join(std::span<const Coordinate> parts);
  /// Equal values (attributes do not count).
  bool operator==(const Coordinate& other) const;

 private:
  std::shared_ptr<const CoordinateValues> values_;
  AxisRange range_;
};

/// Names, coordinates and attributes of an array. Empty names mean "not named". Copies share their content.
class Labels {
 public:
  Labels() = default;
  /// Names of the axes; throws invalid_argument when two of them are equal and not empty.
  explicit Labels(std::vector<std::string> dimensions);
  Labels(std::vector<std::string> dimensions, std::vector<Coordinate> coordinates, std::string name,
         Attributes attributes);

  [[nodiscard]] bool empty() const { return !data_; }
  /// The name of an axis; empty where it has none.
  [[nodiscard]] const std::string& dimension(int axis) const;
  /// The coordinate along an axis; false where there is none.
  [[nodiscard]] const Coordinate& coordinate(int axis) const;
  /// The name of the variable; empty where it has none.
  [[nodiscard]] const std::string& name() const;
  [[nodiscard]] const Attributes& attributes() const;
  /// The axis of this name; throws not_found naming the dimensions that exist.
  [[nodiscard]] int axis(std::string_view dimension, int rank) const;
  /// The same labels under another variable name.
  [[nodiscard]] Labels renamed(std::string name, Attributes attributes = {}) const;

 private:
  struct Data {
    std::vector<std::string> dimensions;
    std::vector<Coordinate> coordinates;
    std::string name;
    Attributes attributes;
  };
  std::shared_ptr<const Data> data_;
  friend Labels broadcast_labels(const Labels&, int, const Labels&, int);
  friend Labels concatenate_labels(std::span<const Labels>, int, int);
};

/// One subscript as labels see it: a range of an old axis, an old axis that goes, or a new axis.
struct LabelSubscript {
  enum class Kind { range, drop, create } kind = Kind::range;
  AxisRange range;
};

/// Labels of an array after subscripts.
[[nodiscard]] Labels index_labels(const Labels& labels, std::span<const LabelSubscript> subscripts);
/// Labels after a reduction over the axes whose bit is set.
[[nodiscard]] Labels reduce_labels(const Labels& labels, int rank, std::uint32_t axes, bool keepdims);
/// Labels of an elementwise result: names are aligned at the last axis; two different names in one place throw
/// name_mismatch. A coordinate on which the operands disagree is dropped.
[[nodiscard]] Labels broadcast_labels(const Labels& a, int rank_a, const Labels& b, int rank_b);
/// Labels of arrays joined along an axis; throws name_mismatch where names differ.
[[nodiscard]] Labels concatenate_labels(std::span<const Labels> parts, int rank, int axis);

}  // namespace chunkwise::inline CHUNKWISE_ABI
