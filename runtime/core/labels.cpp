#include "chunkwise/core/labels.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

template <class T>
T load(const CoordinateValues& values, std::int64_t i) {
  T value;
  std::memcpy(&value, values.bytes.data() + static_cast<std::size_t>(i) * sizeof(T), sizeof(T));
  return value;
}

double load_as_double(const CoordinateValues& values, std::int64_t i) {
  return dispatch(values.dtype, [&](auto zero) { return static_cast<double>(load<decltype(zero)>(values, i)); });
}

/// What accessors give where labels have nothing; never destroyed, because arrays may outlive static objects.
struct Nothing {
  std::string text;
  Attributes attributes;
  Coordinate coordinate;
};
const Nothing& nothing() {
  static const Nothing* const instance = new Nothing;
  return *instance;
}

/// "(time, ?, longitude)"
std::string dimension_list(const Labels& labels, int rank) {
  std::string text = "(";
  for (int axis = 0; axis < rank; ++axis) {
    const std::string& name = labels.dimension(axis);
    text += (axis ? ", " : "") + (name.empty() ? std::string("?") : name);
  }
  return text + ")";
}

std::string quoted(const std::string& name) { return "'" + name + "'"; }

const Attribute* find_attribute(const Attributes& attributes, std::string_view name) {
  const auto found =
      std::find_if(attributes.begin(), attributes.end(), [&](const Attribute& a) { return a.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

/// True where numbers of both coordinates mean the same: hours since one day are not hours since another.
bool same_units(const Coordinate& a, const Coordinate& b) {
  for (const std::string_view name : {"units", "calendar"}) {
    const Attribute* in_a = find_attribute(a.attributes(), name);
    const Attribute* in_b = find_attribute(b.attributes(), name);
    if ((in_a == nullptr) != (in_b == nullptr) || (in_a && *in_a != *in_b)) return false;
  }
  return true;
}

/// The coordinate of an axis that two operands share. An axis of one index stretches over the other's, so a coordinate
/// of size 1 says nothing about the result unless the other agrees; `other_has_axis` is false where an operand has no
/// such axis at all.
Coordinate merge(const Coordinate& a, bool a_has_axis, const Coordinate& b, bool b_has_axis) {
  if (!a_has_axis) return b;
  if (!b_has_axis) return a;
  if (a && b) {
    if (a.size() == b.size()) return a == b ? a : Coordinate();
    return a.size() == 1 ? b : b.size() == 1 ? a : Coordinate();
  }
  const Coordinate& only = a ? a : b;
  return only && only.size() != 1 ? only : Coordinate();
}

}  // namespace

Coordinate::Coordinate(std::shared_ptr<const CoordinateValues> values) : values_(std::move(values)) {
  if (values_) range_ = {0, 1, static_cast<std::int64_t>(values_->bytes.size() / size_of(values_->dtype))};
}

Coordinate::Coordinate(const std::vector<double>& values, Attributes attributes) {
  auto made = std::make_shared<CoordinateValues>();
  made->dtype = DType::float64;
  made->bytes.resize(values.size() * sizeof(double));
  if (!values.empty()) std::memcpy(made->bytes.data(), values.data(), made->bytes.size());
  made->attributes = std::move(attributes);
  values_ = std::move(made);
  range_ = {0, 1, static_cast<std::int64_t>(values.size())};
}

double Coordinate::operator[](std::int64_t i) const {
  assert(values_ && i >= 0 && i < range_.count);
  return load_as_double(*values_, range_.start + i * range_.step);
}

std::vector<std::byte> Coordinate::to_bytes() const {
  const std::size_t size_each = size_of(values_->dtype);
  std::vector<std::byte> result(static_cast<std::size_t>(size()) * size_each);
  for (std::int64_t i = 0; i < size(); ++i)
    std::memcpy(result.data() + static_cast<std::size_t>(i) * size_each,
                values_->bytes.data() + static_cast<std::size_t>(range_.start + i * range_.step) * size_each,
                size_each);
  return result;
}

std::vector<double> Coordinate::to_vector() const {
  std::vector<double> result;
  result.reserve(static_cast<std::size_t>(size()));
  for (std::int64_t i = 0; i < size(); ++i) result.push_back((*this)[i]);
  return result;
}

Coordinate Coordinate::slice(const AxisRange& range) const {
  if (!values_) return {};
  Coordinate result;
  result.values_ = values_;
  if (range.count <= 0) return result;
  assert(range.start >= 0 && range.start < range_.count);
  // The step of a single index has no meaning and could overflow.
  const std::int64_t step = range.count == 1 ? 1 : range.step * range_.step;
  result.range_ = {range_.start + range.start * range_.step, step, range.count};
  return result;
}

Coordinate Coordinate::join(std::span<const Coordinate> parts) {
  if (parts.empty()) return {};
  DType common = DType::boolean;
  std::int64_t count = 0;
  for (const Coordinate& part : parts) {
    if (!part) return {};
    common = &part == parts.data() ? part.dtype() : promote(common, part.dtype());
    count += part.size();
  }
  if (parts.size() == 1) return parts[0];
  auto joined = std::make_shared<CoordinateValues>();
  joined->dtype = common;
  joined->attributes = parts[0].attributes();
  joined->bytes.resize(static_cast<std::size_t>(count) * size_of(common));
  dispatch(common, [&](auto zero) {
    using To = decltype(zero);
    std::byte* out = joined->bytes.data();
    for (const Coordinate& part : parts)
      dispatch(part.dtype(), [&](auto from) {
        for (std::int64_t i = 0; i < part.size(); ++i, out += sizeof(To)) {
          const To value =
              static_cast<To>(load<decltype(from)>(*part.values_, part.range_.start + i * part.range_.step));
          std::memcpy(out, &value, sizeof value);
        }
      });
  });
  return Coordinate(std::move(joined));
}

bool Coordinate::operator==(const Coordinate& other) const {
  if (!values_ || !other.values_) return !values_ && !other.values_;
  if (size() != other.size()) return false;
  if (values_ == other.values_ && range_ == other.range_) return true;
  // A NaN in a coordinate is a place without a value: it equals its like, or no copy would equal its original.
  const auto equal = [&](auto get) {
    for (std::int64_t i = 0; i < size(); ++i) {
      const auto a = get(*values_, range_.start + i * range_.step);
      const auto b = get(*other.values_, other.range_.start + i * other.range_.step);
      if (!(a == b || (a != a && b != b))) return false;
    }
    return true;
  };
  if (dtype() != other.dtype()) return equal(load_as_double);
  return dispatch(dtype(), [&](auto zero) { return equal(load<decltype(zero)>); });
}

Labels::Labels(std::vector<std::string> dimensions) : Labels(std::move(dimensions), {}, {}, {}) {}

Labels::Labels(std::vector<std::string> dimensions, std::vector<Coordinate> coordinates, std::string name,
               Attributes attributes) {
  for (std::size_t i = 0; i < dimensions.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!dimensions[i].empty() && dimensions[i] == dimensions[j])
        throw Error(ErrorCode::invalid_argument, "axes " + std::to_string(j) + " and " + std::to_string(i) +
                                                     " are both named " + quoted(dimensions[i]) +
                                                     "; dimensions of an array need different names");
  const bool blank = std::all_of(dimensions.begin(), dimensions.end(), [](const auto& d) { return d.empty(); }) &&
                     std::none_of(coordinates.begin(), coordinates.end(), [](const auto& c) { return bool(c); }) &&
                     name.empty() && attributes.empty();
  if (blank) return;
  auto data = std::make_shared<Data>();
  data->dimensions = std::move(dimensions);
  data->coordinates = std::move(coordinates);
  data->name = std::move(name);
  data->attributes = std::move(attributes);
  data_ = std::move(data);
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

int Labels::axis(std::string_view dimension, int rank) const {
  std::string names;
  for (int axis = 0; axis < rank; ++axis) {
    const std::string& name = this->dimension(axis);
    if (name.empty()) continue;
    if (name == dimension) return axis;
    names += (names.empty() ? "" : ", ") + name;
  }
  const std::string array = this->name().empty() ? "the array" : quoted(this->name());
  throw Error(ErrorCode::not_found,
              "no dimension '" + std::string(dimension) + "'; " + array +
                  (names.empty() ? " has no named dimensions; use numbers of axes, or name them with with_labels"
                                 : " has: " + names));
}

Labels Labels::renamed(std::string name, Attributes attributes) const {
  if (name == this->name() && attributes == this->attributes()) return *this;
  if (!data_) return Labels({}, {}, std::move(name), std::move(attributes));
  return Labels(data_->dimensions, data_->coordinates, std::move(name), std::move(attributes));
}

Labels index_labels(const Labels& labels, std::span<const LabelSubscript> subscripts) {
  if (labels.empty()) return labels;
  std::vector<std::string> dimensions;
  std::vector<Coordinate> coordinates;
  bool changed = false;
  int axis = 0;
  for (const LabelSubscript& subscript : subscripts) {
    if (subscript.kind == LabelSubscript::Kind::create) {
      dimensions.emplace_back();
      coordinates.emplace_back();
      changed = true;
      continue;
    }
    const int old = axis++;
    if (subscript.kind == LabelSubscript::Kind::drop) {
      changed = true;
      continue;
    }
    const Coordinate& coordinate = labels.coordinate(old);
    changed = changed || (coordinate && subscript.range != AxisRange{0, 1, coordinate.size()});
    dimensions.push_back(labels.dimension(old));
    coordinates.push_back(coordinate.slice(subscript.range));
  }
  if (!changed) return labels;
  // Axes that no subscript stands for are kept whole.
  for (; axis < max_rank; ++axis) {
    if (static_cast<int>(dimensions.size()) == max_rank) break;
    dimensions.push_back(labels.dimension(axis));
    coordinates.push_back(labels.coordinate(axis));
  }
  while (!dimensions.empty() && dimensions.back().empty() && !coordinates.back()) {
    dimensions.pop_back();
    coordinates.pop_back();
  }
  return Labels(std::move(dimensions), std::move(coordinates), labels.name(), labels.attributes());
}

Labels reduce_labels(const Labels& labels, int rank, std::uint32_t axes, bool keepdims) {
  if (labels.empty() || axes == 0) return labels;
  std::vector<std::string> dimensions;
  std::vector<Coordinate> coordinates;
  for (int axis = 0; axis < rank; ++axis) {
    const bool reduced = (axes >> axis & 1U) != 0;
    if (reduced && !keepdims) continue;
    dimensions.push_back(labels.dimension(axis));
    coordinates.push_back(reduced ? Coordinate() : labels.coordinate(axis));
  }
  return Labels(std::move(dimensions), std::move(coordinates), labels.name(), labels.attributes());
}

Labels broadcast_labels(const Labels& a, int rank_a, const Labels& b, int rank_b) {
  if (rank_a == rank_b && a.data_ == b.data_) return a.renamed({});
  if (rank_a >= rank_b && b.empty()) {
    // A coordinate of one index may be stretched by the other operand, so only larger ones are sure to stay.
    bool sure = true;
    for (int axis = rank_a - rank_b; axis < rank_a; ++axis)
      sure = sure && !(a.coordinate(axis) && a.coordinate(axis).size() == 1);
    if (sure) return a.renamed({});
  }
  const int rank = std::max(rank_a, rank_b);
  std::vector<std::string> dimensions;
  std::vector<Coordinate> coordinates;
  for (int axis = 0; axis < rank; ++axis) {
    const int in_a = axis - (rank - rank_a);
    const int in_b = axis - (rank - rank_b);
    const std::string& name_a = a.dimension(in_a);
    const std::string& name_b = b.dimension(in_b);
    if (!name_a.empty() && !name_b.empty() && name_a != name_b)
      throw Error(ErrorCode::name_mismatch,
                  "dimensions " + dimension_list(a, rank_a) + " and " + dimension_list(b, rank_b) +
                      " do not fit together: aligned at the last axis, " + quoted(name_a) + " meets " + quoted(name_b) +
                      " at axis " + std::to_string(axis) +
                      " of the result; keep a reduced axis with keepdims, put axes into place with newaxis, or rename "
                      "them with with_labels");
    dimensions.push_back(name_a.empty() ? name_b : name_a);
    coordinates.push_back(merge(a.coordinate(in_a), in_a >= 0, b.coordinate(in_b), in_b >= 0));
  }
  for (std::size_t i = 0; i < dimensions.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!dimensions[i].empty() && dimensions[i] == dimensions[j])
        throw Error(ErrorCode::name_mismatch,
                    "dimensions " + dimension_list(a, rank_a) + " and " + dimension_list(b, rank_b) +
                        " do not fit together: aligned at the last axis, " + quoted(dimensions[i]) +
                        " stands at axis " + std::to_string(j) + " and at axis " + std::to_string(i) +
                        " of the result; keep a reduced axis with keepdims, put axes into place with newaxis, or "
                        "rename them with with_labels");
  return Labels(std::move(dimensions), std::move(coordinates), {}, {});
}

namespace {

/// Most values of a coordinate that a formula joins.
constexpr std::int64_t most_joined = std::int64_t{1} << 24;

/// Throws unsupported for a coordinate of more values than are written down: a line that joins an array with itself
/// doubles them, and the next line again.
void require_joinable(std::span<const Coordinate> parts, const std::string& dimension) {
  std::int64_t values = 0;
  for (const Coordinate& part : parts) values += std::min(part.size(), most_joined);
  if (values > most_joined)
    throw Error(ErrorCode::unsupported,
                "the arrays to join have a coordinate along " + quoted(dimension) + ", which would have more than " +
                    std::to_string(most_joined) +
                    " values; join files by opening them together, or join arrays without that coordinate");
}

}  // namespace

Labels concatenate_labels(std::span<const Labels> parts, int rank, int axis) {
  if (parts.empty()) return {};
  std::vector<std::string> dimensions(static_cast<std::size_t>(rank));
  std::vector<std::size_t> named_by(static_cast<std::size_t>(rank));
  std::vector<Coordinate> coordinates(static_cast<std::size_t>(rank));
  std::vector<bool> disagree(static_cast<std::size_t>(rank));
  std::vector<Coordinate> along;
  std::string name = parts[0].name();
  Attributes attributes = parts[0].attributes();
  for (std::size_t part = 0; part < parts.size(); ++part) {
    const Labels& labels = parts[part];
    along.push_back(labels.coordinate(axis));
    if (part > 0 && labels.data_ == parts[part - 1].data_) continue;
    for (int position = 0; position < rank; ++position) {
      const auto i = static_cast<std::size_t>(position);
      if (const std::string& dimension = labels.dimension(position); !dimension.empty()) {
        if (dimensions[i].empty()) {
          dimensions[i] = dimension;
          named_by[i] = part;
        } else if (dimensions[i] != dimension) {
          throw Error(ErrorCode::name_mismatch,
                      "arrays to join name axis " + std::to_string(position) + " differently: " +
                          quoted(dimensions[i]) + " in part " + std::to_string(named_by[i]) + ", " + quoted(dimension) +
                          " in part " + std::to_string(part) + "; rename the axes with with_labels");
        }
      }
      const Coordinate& coordinate = labels.coordinate(position);
      if (position == axis || !coordinate || disagree[i]) continue;
      if (!coordinates[i])
        coordinates[i] = coordinate;
      else if (coordinates[i] != coordinate)
        disagree[i] = true;
    }
    // What is said of the whole must be true of each part.
    if (labels.name() != name) name.clear();
    std::erase_if(attributes, [&](const Attribute& attribute) {
      const Attribute* same = find_attribute(labels.attributes(), attribute.name);
      return same == nullptr || *same != attribute;
    });
  }
  for (std::size_t i = 0; i < disagree.size(); ++i)
    if (disagree[i]) coordinates[i] = {};
  const bool joinable = std::all_of(along.begin(), along.end(),
                                    [&](const Coordinate& c) { return c && along[0] && same_units(c, along[0]); });
  if (joinable) {
    require_joinable(along, dimensions[static_cast<std::size_t>(axis)]);
    coordinates[static_cast<std::size_t>(axis)] = Coordinate::join(along);
  }
  for (std::size_t i = 0; i < dimensions.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!dimensions[i].empty() && dimensions[i] == dimensions[j])
        throw Error(ErrorCode::name_mismatch,
                    "arrays to join disagree on which axis is " + quoted(dimensions[i]) + ": axis " +
                        std::to_string(j) + " in part " + std::to_string(named_by[j]) + ", axis " + std::to_string(i) +
                        " in part " + std::to_string(named_by[i]) + "; rename the axes with with_labels");
  return Labels(std::move(dimensions), std::move(coordinates), std::move(name), std::move(attributes));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
