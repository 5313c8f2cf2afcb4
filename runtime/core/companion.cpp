#include "chunkwise/core/companion.hpp"

#include <algorithm>
#include <cstring>

#include "chunkwise/core/error.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/core/lies_within.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Companions of more bytes are not compared: if they are not known to be the same, they count as different.
constexpr std::size_t most_compared_bytes = std::size_t{1} << 26;

class MemoryValues final : public CompanionValues {
 public:
  explicit MemoryValues(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
  [[nodiscard]] std::optional<std::vector<std::byte>> read() const override { return bytes_; }
  [[nodiscard]] std::string identity() const override {
    return "memory|" + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  }

 private:
  std::vector<std::byte> bytes_;
};

/// The values of parts, one after the other along an axis.
class JoinedValues final : public CompanionValues {
 public:
  /// `outer` is the number of elements along the axes before it.
  JoinedValues(std::vector<Companion> parts, std::size_t outer) : parts_(std::move(parts)), outer_(outer) {}

  [[nodiscard]] std::optional<std::vector<std::byte>> read() const override {
    std::vector<std::vector<std::byte>> read;
    std::size_t bytes = 0;
    for (const Companion& part : parts_) {
      auto elements = part.read();
      if (!elements) return std::nullopt;
      bytes += elements->size();
      read.push_back(*std::move(elements));
    }
    std::vector<std::byte> joined;
    joined.reserve(bytes);
    for (std::size_t i = 0; i < outer_; ++i)
      for (const std::vector<std::byte>& part : read) {
        const std::size_t each = part.size() / outer_;
        const auto from = part.begin() + static_cast<std::ptrdiff_t>(i * each);
        joined.insert(joined.end(), from, from + static_cast<std::ptrdiff_t>(each));
      }
    return joined;
  }
  [[nodiscard]] std::string identity() const override {
    return "joined|" + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  }

 private:
  std::vector<Companion> parts_;
  std::size_t outer_;
};

/// The elements at some indices of an axis of another companion.
class GatheredValues final : public CompanionValues {
 public:
  /// `inner_bytes` is the number of bytes of the elements along the axes behind it.
  GatheredValues(Companion from, std::vector<std::int64_t> indices, std::int64_t extent, std::size_t inner_bytes)
      : from_(std::move(from)), indices_(std::move(indices)), extent_(extent), inner_bytes_(inner_bytes) {}

  [[nodiscard]] std::optional<std::vector<std::byte>> read() const override {
    const auto all = from_.read();
    if (!all) return std::nullopt;
    const std::size_t each = inner_bytes_ * static_cast<std::size_t>(extent_);
    std::vector<std::byte> gathered;
    for (std::size_t begin = 0; each > 0 && begin < all->size(); begin += each)
      for (const std::int64_t index : indices_) {
        const auto from =
            all->begin() + static_cast<std::ptrdiff_t>(begin + static_cast<std::size_t>(index) * inner_bytes_);
        gathered.insert(gathered.end(), from, from + static_cast<std::ptrdiff_t>(inner_bytes_));
      }
    return gathered;
  }
  [[nodiscard]] std::string identity() const override {
    return "gathered|" + std::to_string(reinterpret_cast<std::uintptr_t>(this));
  }

 private:
  Companion from_;
  std::vector<std::int64_t> indices_;
  std::int64_t extent_;
  std::size_t inner_bytes_;
};

/// The ways in which an attribute names variables.
enum class Syntax { none, list, pairs, mapping };

Syntax syntax_of(std::string_view attribute) {
  for (const std::string_view name : {"coordinates", "ancillary_variables", "bounds", "climatology"})
    if (attribute == name) return Syntax::list;
  for (const std::string_view name : {"cell_measures", "formula_terms"})
    if (attribute == name) return Syntax::pairs;
  return attribute == "grid_mapping" ? Syntax::mapping : Syntax::none;
}

std::vector<std::string> words_of(const std::string& text) {
  constexpr std::string_view blanks = " \t\r\n";
  std::vector<std::string> words;
  for (std::size_t at = text.find_first_not_of(blanks); at != std::string::npos;
       at = text.find_first_not_of(blanks, at)) {
    const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

bool is_key(const std::string& word) { return word.ends_with(':'); }

}  // namespace

std::shared_ptr<const CompanionValues> companion_values(std::vector<std::byte> bytes) {
  return std::make_shared<const MemoryValues>(std::move(bytes));
}

Companion::Companion(TextArgument name, DType dtype, bool is_text, std::vector<Axis> axes, Attributes attributes,
                     std::shared_ptr<const CompanionValues> values)
    : name_(std::move(name)),
      dtype_(dtype),
      is_text_(is_text),
      axes_(std::move(axes)),
      attributes_(std::move(attributes)),
      values_(std::move(values)) {
  if (!is_text_ && !is_dtype(dtype_))
    throw Error(ErrorCode::invalid_argument, "the companion '" + name_ + "' has an element type that there is not");
  for (const Axis& axis : axes_)
    if (axis.stored < 0 || !lies_within(axis.range, axis.stored))
      throw Error(ErrorCode::invalid_argument, "the companion '" + name_ + "' takes " + to_string(Region{axis.range}) +
                                                   " of an axis of extent " + std::to_string(axis.stored));
}

std::vector<std::string> Companion::dimensions() const {
  std::vector<std::string> names;
  for (const Axis& axis : axes_)
    if (!axis.dropped) names.push_back(axis.dimension);
  return names;
}

std::vector<std::int64_t> Companion::extents() const {
  std::vector<std::int64_t> extents;
  for (const Axis& axis : axes_)
    if (!axis.dropped) extents.push_back(axis.range.count);
  return extents;
}

bool Companion::has(const TextArgument& dimension) const {
  return std::any_of(axes_.begin(), axes_.end(),
                     [&](const Axis& axis) { return !axis.dropped && axis.dimension == dimension; });
}

std::size_t Companion::element_bytes() const { return is_text_ ? 1 : size_of(dtype_); }

std::optional<std::vector<std::byte>> Companion::read() const {
  if (!values_) return std::nullopt;
  auto stored = values_->read();
  if (!stored) return std::nullopt;
  const std::size_t element = element_bytes();
  std::size_t elements = 1;
  std::size_t taken = 1;
  bool whole = true;
  for (const Axis& axis : axes_) {
    elements *= static_cast<std::size_t>(axis.stored);
    taken *= static_cast<std::size_t>(axis.range.count);
    whole = whole && axis.range == AxisRange{0, 1, axis.stored};
  }
  if (stored->size() != elements * element) return std::nullopt;
  if (whole || taken == 0) {
    if (taken == 0) stored->clear();
    return stored;
  }
  std::vector<std::byte> part;
  part.reserve(taken * element);
  std::vector<std::int64_t> at(axes_.size(), 0);
  for (std::size_t i = 0; i < taken; ++i) {
    std::int64_t place = 0;
    for (std::size_t a = 0; a < axes_.size(); ++a)
      place = place * axes_[a].stored + axes_[a].range.start + at[a] * axes_[a].range.step;
    const auto from = stored->begin() + place * static_cast<std::int64_t>(element);
    part.insert(part.end(), from, from + static_cast<std::ptrdiff_t>(element));
    for (std::size_t a = axes_.size(); a-- > 0 && ++at[a] == axes_[a].range.count;) at[a] = 0;
  }
  return part;
}

bool Companion::equals(const Companion& other) const {
  if (!values_ || !other.values_) return !values_ && !other.values_;
  if (name_ != other.name_ || is_text_ != other.is_text_ || (!is_text_ && dtype_ != other.dtype_) ||
      dimensions() != other.dimensions() || extents() != other.extents())
    return false;
  const auto same_axis = [](const Axis& a, const Axis& b) {
    return a.dimension == b.dimension && a.stored == b.stored && a.range == b.range && a.dropped == b.dropped;
  };
  const bool same_part = std::equal(axes_.begin(), axes_.end(), other.axes_.begin(), other.axes_.end(), same_axis);
  if (same_part && (values_ == other.values_ || values_->identity() == other.values_->identity())) return true;
  std::size_t bytes = element_bytes();
  for (const std::vector<Axis>& axes : {axes_, other.axes_}) {
    bytes = element_bytes();
    for (const Axis& axis : axes) bytes *= static_cast<std::size_t>(axis.stored);
    if (bytes > most_compared_bytes) return false;
  }
  for (const std::string_view name : {"units", "calendar"})
    if (text_attribute(attributes_, name) != text_attribute(other.attributes_, name)) return false;
  return read() == other.read();
}

Companion Companion::cut(const TextArgument& dimension, const AxisRange& range) const {
  Companion result = *this;
  for (Axis& axis : result.axes_)
    if (!axis.dropped && axis.dimension == dimension) {
      if (!lies_within(range, axis.range.count)) return disputed();
      const std::int64_t step = range.count <= 1 ? 1 : range.step * axis.range.step;
      const std::int64_t start = range.count <= 0 ? 0 : axis.range.start + range.start * axis.range.step;
      axis.range = {start, step, range.count};
    }
  return result;
}

Companion Companion::take(const TextArgument& dimension, std::int64_t index) const {
  Companion result = cut(dimension, {index, 1, 1});
  for (Axis& axis : result.axes_)
    if (axis.dimension == dimension) axis.dropped = true;
  return result;
}

Companion Companion::gather(const TextArgument& dimension, const std::vector<std::int64_t>& indices) const {
  const std::vector<std::string> dimensions = this->dimensions();
  const std::vector<std::int64_t> extents = this->extents();
  const auto along =
      static_cast<std::size_t>(std::ranges::find(dimensions, std::string(dimension)) - dimensions.begin());
  if (along == dimensions.size()) return *this;
  for (const std::int64_t index : indices)
    if (index < 0 || index >= extents[along]) return disputed();
  if (!values_) return *this;
  std::vector<Axis> axes;
  std::size_t inner_bytes = element_bytes();
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    const std::int64_t extent = i == along ? static_cast<std::int64_t>(indices.size()) : extents[i];
    if (i > along) inner_bytes *= static_cast<std::size_t>(extent);
    axes.push_back({dimensions[i], extent, {0, 1, extent}, false});
  }
  auto values = std::make_shared<const GatheredValues>(*this, indices, extents[along], inner_bytes);
  return {name_, dtype_, is_text_, std::move(axes), attributes_, std::move(values)};
}

Companion Companion::renamed(const TextArgument& dimension, const TextArgument& name) const {
  Companion result = *this;
  for (Axis& axis : result.axes_)
    if (axis.dimension == dimension) axis.dimension = name;
  return result;
}

Companion Companion::disputed() const {
  Companion result = *this;
  result.values_.reset();
  return result;
}

Companion Companion::join(std::span<const Companion> parts, const TextArgument& dimension) {
  if (parts.empty()) throw Error(ErrorCode::invalid_argument, "no companions to join");
  const Companion& first = parts.front();
  const std::vector<std::string> dimensions = first.dimensions();
  if (!first.has(dimension))
    throw Error(ErrorCode::not_found, "companions to join have no dimension " + quoted(dimension));
  const auto along = std::find(dimensions.begin(), dimensions.end(), dimension) - dimensions.begin();
  std::vector<std::int64_t> extents = first.extents();
  extents[static_cast<std::size_t>(along)] = 0;
  for (const Companion& part : parts) {
    std::vector<std::int64_t> own = part.extents();
    if (!part.values_ || part.dimensions() != dimensions || part.is_text_ != first.is_text_ ||
        (!first.is_text_ && part.dtype_ != first.dtype_) || part.attributes_ != first.attributes_)
      return first.disputed();
    extents[static_cast<std::size_t>(along)] += std::exchange(own[static_cast<std::size_t>(along)], 0);
    own[static_cast<std::size_t>(along)] = extents[static_cast<std::size_t>(along)];
    if (own != extents) return first.disputed();
  }
  std::size_t outer = 1;
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    if (i < static_cast<std::size_t>(along)) outer *= static_cast<std::size_t>(extents[i]);
    axes.push_back({dimensions[i], extents[i], {0, 1, extents[i]}, false});
  }
  return {first.name_,
          first.dtype_,
          first.is_text_,
          std::move(axes),
          first.attributes_,
          std::make_shared<const JoinedValues>(std::vector<Companion>(parts.begin(), parts.end()), outer)};
}

bool is_reference(const TextArgument& attribute) { return syntax_of(attribute) != Syntax::none; }

std::vector<std::string> references_of(const Attributes& attributes) {
  std::vector<std::string> names;
  for (const Attribute& attribute : attributes) {
    const auto text = text_of(attribute);
    const Syntax syntax = text ? syntax_of(attribute.name) : Syntax::none;
    if (syntax == Syntax::none) continue;
    for (std::string& word : words_of(*text)) {
      if (is_key(word)) {
        if (syntax != Syntax::mapping) continue;
        word.pop_back();
      }
      if (!word.empty() && std::find(names.begin(), names.end(), word) == names.end()) names.push_back(std::move(word));
    }
  }
  return names;
}

namespace {

using NameOf = std::function<std::optional<std::string>(const std::string&)>;

/// Returns the mappings that have coordinates left, "crs: x y other: lon"; if none has, the first of them alone: "crs".
std::string renamed_mappings(const std::vector<std::string>& words, const NameOf& name_of) {
  std::string result, alone, mapping;
  bool is_there = true;  ///< the mapping is there, or is not named
  for (std::string word : words) {
    const bool begins = is_key(word);
    if (begins) word.pop_back();
    const auto name = name_of(word);
    if (begins) {
      is_there = name.has_value();
      mapping = name.value_or("");
      if (alone.empty()) alone = mapping;
      continue;
    }
    if (!name || !is_there) continue;
    if (!mapping.empty()) result += (result.empty() ? "" : " ") + std::exchange(mapping, "") + ":";
    result += (result.empty() ? "" : " ") + *name;
  }
  return result.empty() ? alone : result;
}

}  // namespace

std::string renamed_references(const Attribute& attribute, const NameOf& name_of) {
  const auto text = text_of(attribute);
  if (!text) return {};
  const Syntax syntax = syntax_of(attribute.name);
  if (syntax == Syntax::mapping) return renamed_mappings(words_of(*text), name_of);
  std::string result;
  std::string key;  // of a pair
  for (const std::string& word : words_of(*text)) {
    if (is_key(word) && syntax == Syntax::pairs) {
      key = word;
      continue;
    }
    const auto name = name_of(word);
    // The terms of a formula mean something only together.
    if (!name && attribute.name == "formula_terms") return {};
    if (name) result += (result.empty() ? "" : " ") + (key.empty() ? *name : key + " " + *name);
    if (syntax == Syntax::pairs) key.clear();
  }
  return result;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
