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

/// The elements of a companion, wherever they are.
class CompanionValues {
 public:
  virtual ~CompanionValues() = default;
  /// All elements, row-major, in native byte order. None where they turn out not to be there: the companion is left
  /// out.
  [[nodiscard]] virtual std::optional<std::vector<std::byte>> read() const = 0;
  /// Values of equal identities are equal.
  [[nodiscard]] virtual std::string identity() const = 0;
};

/// Elements that lie in memory.
[[nodiscard]] std::shared_ptr<const CompanionValues> companion_values(std::vector<std::byte> bytes);

/// A companion, or a part of it. Copies share the elements.
class Companion {
 public:
  /// An axis: its name, and which of the stored elements it takes. An axis of the array's has the array's name for it.
  struct Axis {
    std::string dimension;    ///< its name
    std::int64_t stored = 0;  ///< its extent among the stored elements
    AxisRange range;          ///< which of the stored elements are left
    bool dropped = false;     ///< one index was taken, and the axis is gone
  };
  /// Text has elements of one byte; its dtype has no meaning. Throws invalid_argument for a negative extent, and for a
  /// range that does not lie within its axis.
  Companion(TextArgument name, DType dtype, bool is_text, std::vector<Axis> axes, Attributes attributes,
            std::shared_ptr<const CompanionValues> values);

  /// Returns the name, the type of the elements, whether they are text, and the attributes of the file's variable.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] DType dtype() const { return dtype_; }
  [[nodiscard]] bool is_text() const { return is_text_; }
  [[nodiscard]] const Attributes& attributes() const { return attributes_; }
  /// Those that are left.
  [[nodiscard]] std::vector<std::string> dimensions() const;
  /// Returns the extents of dimensions(), in their order.
  [[nodiscard]] std::vector<std::int64_t> extents() const;
  /// Returns true if a dimension is left.
  [[nodiscard]] bool has(const TextArgument& dimension) const;
  /// False where the operands of a formula had different ones of this name: then there is none.
  [[nodiscard]] explicit operator bool() const { return values_ != nullptr; }
  /// The elements that are left, row-major; none where they are not there.
  [[nodiscard]] std::optional<std::vector<std::byte>> read() const;
  /// The same elements under the same names, by identity or else by comparing them.
  [[nodiscard]] bool equals(const Companion& other) const;

  /// A part; what stands for different companions where the range does not lie within the axis.
  [[nodiscard]] Companion cut(const TextArgument& dimension, const AxisRange& range) const;
  /// The part at one index of a dimension, which goes.
  [[nodiscard]] Companion take(const TextArgument& dimension, std::int64_t index) const;
  /// The elements at several indices of a dimension, in their order.
  [[nodiscard]] Companion gather(const TextArgument& dimension, const std::vector<std::int64_t>& indices) const;
  /// The same with another name for a dimension.
  [[nodiscard]] Companion renamed(const TextArgument& dimension, const TextArgument& name) const;
  /// What stands for different companions of one name.
  [[nodiscard]] Companion disputed() const;
  /// The parts' elements one after the other along a dimension that each has. There is at least one.
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

/// Names of variables in the attributes of a variable that refer to others; each once.
[[nodiscard]] std::vector<std::string> references_of(const Attributes& attributes);
/// True for an attribute that names other variables.
[[nodiscard]] bool is_reference(const TextArgument& attribute);
/// The attribute's text with the names of others that `name_of` gives, without those for which it gives none; empty
/// where nothing is left to say.
[[nodiscard]] std::string renamed_references(
    const Attribute& attribute, const std::function<std::optional<std::string>(const std::string&)>& name_of);

}  // namespace chunkwise::inline CHUNKWISE_ABI
