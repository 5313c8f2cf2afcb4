#pragma once
/// Variables that describe an array without being it: two-dimensional latitudes, bounds of cells, a grid mapping,
/// areas. Files name them in attributes (`coordinates`, `bounds`, `grid_mapping`, `cell_measures`,
/// `ancillary_variables`); they travel in the array's labels, are cut as it is cut, and are read when a file that holds
/// the array is written.
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The elements of a companion, in memory or in a file.
class CompanionValues {
 public:
  virtual ~CompanionValues() = default;
  /// Returns all elements, row-major, in native byte order. None if they turn out to be missing: the companion is left
  /// out.
  [[nodiscard]] virtual std::optional<std::vector<std::byte>> read() const = 0;
  /// Returns a text; values of equal identities are equal.
  [[nodiscard]] virtual std::string identity() const = 0;
};

/// Returns elements that lie in memory.
[[nodiscard]] std::shared_ptr<const CompanionValues> companion_values(std::vector<std::byte> bytes);

/// A companion, or a part of it. Copies share the elements.
class Companion {
 public:
  /// An axis: its name, and the stored elements that it takes. An axis of the array has the array's name for it.
  struct Axis {
    std::string dimension;    ///< its name
    std::int64_t stored = 0;  ///< its extent among the stored elements
    AxisRange range;          ///< the stored elements that are left
    bool dropped = false;     ///< one index was taken, and the axis is gone
  };
  /// Text has elements of one byte; its dtype has no meaning. Throws invalid_argument for a negative extent, and for a
  /// range that does not lie within its axis.
  Companion(TextArgument name, DType dtype, bool is_text, std::vector<Axis> axes, Attributes attributes,
            std::shared_ptr<const CompanionValues> values);

  /// Returns its name.
  [[nodiscard]] const std::string& name() const { return name_; }
  /// Returns the type of the elements.
  [[nodiscard]] DType dtype() const { return dtype_; }
  /// Returns true if the elements are text, of one byte each.
  [[nodiscard]] bool is_text() const { return is_text_; }
  /// Returns the attributes of the file's variable.
  [[nodiscard]] const Attributes& attributes() const { return attributes_; }
  /// Returns the names of the dimensions that are left.
  [[nodiscard]] std::vector<std::string> dimensions() const;
  /// Returns the extents of dimensions(), in their order.
  [[nodiscard]] std::vector<std::int64_t> extents() const;
  /// Returns true if a dimension is left.
  [[nodiscard]] bool has(const TextArgument& dimension) const;
  /// Returns false if the operands of a formula had different companions of this name: then there is none.
  [[nodiscard]] explicit operator bool() const { return values_ != nullptr; }
  /// Returns the elements that are left, row-major; none if they are missing.
  [[nodiscard]] std::optional<std::vector<std::byte>> read() const;
  /// Returns true for the same elements under the same names, by identity or else by comparing them.
  [[nodiscard]] bool equals(const Companion& other) const;

  /// Returns a part; disputed() if the range does not lie within the axis.
  [[nodiscard]] Companion cut(const TextArgument& dimension, const AxisRange& range) const;
  /// Returns the part at one index of a dimension, which goes.
  [[nodiscard]] Companion take(const TextArgument& dimension, std::int64_t index) const;
  /// Returns the elements at several indices of a dimension, in their order.
  [[nodiscard]] Companion gather(const TextArgument& dimension, const std::vector<std::int64_t>& indices) const;
  /// Returns the same companion with another name for a dimension.
  [[nodiscard]] Companion renamed(const TextArgument& dimension, const TextArgument& name) const;
  /// Returns the companion that stands for different ones of one name: it has no elements.
  [[nodiscard]] Companion disputed() const;
  /// Returns the parts' elements one after the other along a dimension that each has. There is at least one part.
  [[nodiscard]] static Companion join(std::span<const Companion> parts, const TextArgument& dimension);

 private:
  [[nodiscard]] std::size_t element_bytes() const;
  std::string name_;
  DType dtype_;
  bool is_text_;
  std::vector<Axis> axes_;
  Attributes attributes_;
  std::shared_ptr<const CompanionValues> values_;
};

/// Returns the names of variables in the attributes of a variable that refer to others; each once.
[[nodiscard]] std::vector<std::string> references_of(const Attributes& attributes);
/// Returns true for an attribute that names other variables.
[[nodiscard]] bool is_reference(const TextArgument& attribute);
/// Returns the attribute's text with the names that `name_of` returns for its names, without those for which it returns
/// none; empty if nothing is left to say.
[[nodiscard]] std::string renamed_references(
    const Attribute& attribute, const std::function<std::optional<std::string>(const std::string&)>& name_of);

}  // namespace chunkwise::inline CHUNKWISE_ABI
