#include <algorithm>
#include <cstring>
#include <optional>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/made_once.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/agreement.hpp"
#include "runtime/core/exact.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/core/lies_within.hpp"
#include "runtime/core/recounted.hpp"

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

/// Throws type_mismatch if To is a floating type that cannot hold an integer exactly.
template <class To, class From>
void require_exact(From own) {
  if constexpr (std::is_integral_v<From> && std::is_floating_point_v<To>) {
    if (is_exact_in<To>(own)) return;
    throw Error(ErrorCode::type_mismatch,
                "coordinates to join have the value " + std::to_string(own) + " of " +
                    std::string(name_of(dtype_of<From>)) + ", which " + std::string(name_of(dtype_of<To>)) +
                    ", their common type, does not have; join arrays without_coordinate(...) of that axis");
  }
}

/// Throws type_mismatch if float64 cannot hold one of the integers exactly.
void refuse_rounding(const Coordinate& integers) {
  const std::vector<std::byte> bytes = integers.to_bytes();
  dispatch(integers.dtype(), [&]<class T>(T value) {
    for (std::size_t at = 0; at < bytes.size(); at += sizeof value) {
      std::memcpy(&value, bytes.data() + at, sizeof value);
      require_exact<double>(value);
    }
  });
}

/// Returns the numbers of times as they are when counted in other units. Throws type_mismatch if that rounds integers.
Coordinate recounted_exactly(const Coordinate& times, const TimeUnits& own, const TimeUnits& as,
                             const Attributes& attributes) {
  Coordinate result = recounted(times, time_conversion(own, as), attributes);
  if (is_integer(times.dtype()) && !is_integer(result.dtype())) refuse_rounding(times);
  return result;
}

/// Returns true for an attribute that tells which values are missing.
bool says_missing(std::string_view name) {
  return name == "_FillValue" || name == "missing_value" || name.starts_with("valid_");
}

/// Returns the origins that all parts have, as the first part has them; none if there is none.
std::vector<Coordinate::Origin> common_origins(std::span<const Coordinate> parts) {
  for (const Coordinate& part : parts.subspan(1))
    if (!share_origin(parts[0], part)) return {};
  return {parts[0].origins().begin(), parts[0].origins().end()};
}

}  // namespace

Coordinate::Coordinate(std::shared_ptr<const CoordinateValues> values) : values_(std::move(values)) {
  if (!values_) return;
  if (!is_dtype(values_->dtype))
    throw Error(ErrorCode::invalid_argument, "a coordinate of an element type that there is not");
  const std::size_t size_each = size_of(values_->dtype);
  if (values_->bytes.size() % size_each != 0)
    throw Error(ErrorCode::invalid_argument, "a coordinate of " + std::to_string(values_->bytes.size()) +
                                                 " bytes does not divide into elements of " +
                                                 std::string(name_of(values_->dtype)));
  range_ = {0, 1, static_cast<std::int64_t>(values_->bytes.size() / size_each)};
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

void Coordinate::require_values() const {
  if (is_mixed())
    throw Error(ErrorCode::not_found,
                "the coordinate has no values: different slices of one coordinate met by position; give the result one "
                "with with_labels");
}

const Attributes& Coordinate::attributes() const {
  return values_ ? values_->attributes : *detail::made_once([] { return new const Attributes; });
}

double Coordinate::operator[](std::int64_t i) const {
  if (i < 0 || i >= range_.count)
    throw Error(ErrorCode::out_of_range, "value " + std::to_string(i) + " is outside a coordinate of " +
                                             std::to_string(range_.count) + " values");
  require_values();
  return load_as_double(*values_, range_.start + i * range_.step);
}

std::vector<std::byte> Coordinate::to_bytes() const {
  require_values();
  if (!values_) return {};
  const std::size_t size_each = size_of(values_->dtype);
  std::vector<std::byte> result(static_cast<std::size_t>(size()) * size_each);
  for (std::int64_t i = 0; i < size(); ++i)
    std::memcpy(result.data() + static_cast<std::size_t>(i) * size_each,
                values_->bytes.data() + static_cast<std::size_t>(range_.start + i * range_.step) * size_each,
                size_each);
  return result;
}

std::vector<double> Coordinate::to_vector() const {
  require_values();
  std::vector<double> result;
  result.reserve(static_cast<std::size_t>(size()));
  for (std::int64_t i = 0; i < size(); ++i) result.push_back((*this)[i]);
  return result;
}

Coordinate Coordinate::slice(const AxisRange& range) const {
  if (!values_ && !origins_) return {};
  Coordinate result;
  result.values_ = values_;
  result.origins_ = origins_;
  if (range.count <= 0) return result;
  if (!lies_within(range, range_.count))
    throw Error(ErrorCode::out_of_range, to_string(Region{range}) + " does not lie within a coordinate of " +
                                             std::to_string(range_.count) + " values");
  // The step of a single index has no meaning and could overflow.
  const std::int64_t step = range.count == 1 ? 1 : range.step * range_.step;
  result.range_ = {range_.start + range.start * range_.step, step, range.count};
  if (is_mixed()) result.range_ = {0, 1, range.count};
  return result;
}

Coordinate Coordinate::take(std::span<const std::int64_t> indices) const {
  if (!values_ && !origins_) return {};
  for (const std::int64_t index : indices)
    if (index < 0 || index >= size())
      throw Error(ErrorCode::out_of_range, "value " + std::to_string(index) + " is outside a coordinate of " +
                                               std::to_string(size()) + " values");
  if (is_mixed()) return mixed(static_cast<std::int64_t>(indices.size()), *origins_);
  const std::size_t size_each = size_of(values_->dtype);
  auto taken = std::make_shared<CoordinateValues>();
  taken->dtype = values_->dtype;
  taken->attributes = values_->attributes;
  taken->as_stored = values_->as_stored;
  taken->bytes.resize(indices.size() * size_each);
  for (std::size_t i = 0; i < indices.size(); ++i)
    std::memcpy(taken->bytes.data() + i * size_each,
                values_->bytes.data() + static_cast<std::size_t>(range_.start + indices[i] * range_.step) * size_each,
                size_each);
  return Coordinate(std::move(taken)).with_origins({origins().begin(), origins().end()});
}

std::span<const Coordinate::Origin> Coordinate::origins() const {
  if (origins_) return *origins_;
  return values_ ? std::span<const Origin>(&values_, 1) : std::span<const Origin>();
}

Coordinate Coordinate::with_origins(std::vector<Origin> origins) const {
  Coordinate result = *this;
  if (values_ && origins.size() == 1 && origins.front() == values_)
    result.origins_.reset();
  else if (!origins.empty())
    result.origins_ = std::make_shared<const std::vector<Origin>>(std::move(origins));
  return result;
}

Coordinate Coordinate::mixed(std::int64_t size, std::vector<Origin> origins) {
  if (size < 0)
    throw Error(ErrorCode::invalid_argument, "a coordinate cannot have " + std::to_string(size) + " values");
  Coordinate result;
  result.range_ = {0, 1, size};
  result.origins_ = std::make_shared<const std::vector<Origin>>(std::move(origins));
  return result;
}

Coordinate Coordinate::join(std::span<const Coordinate> parts) {
  if (parts.empty()) return {};
  std::int64_t count = 0;
  bool some_are_mixed = false;
  for (const Coordinate& part : parts) {
    if (!part && !part.is_mixed()) return {};
    some_are_mixed = some_are_mixed || part.is_mixed();
    count += part.size();
  }
  if (parts.size() == 1) return parts[0];
  if (some_are_mixed) {
    std::vector<Origin> origins;
    for (const Coordinate& part : parts) origins = all_origins(mixed(0, origins), part);
    return mixed(count, std::move(origins));
  }

  for (const Coordinate& part : parts) {
    std::string why_not;
    // The parts are compared without values: units, calendars and packing alone decide whether they could be compared.
    if (comparable(parts[0].slice({0, 1, 0}), part.slice({0, 1, 0}), why_not)) continue;
    throw Error(ErrorCode::name_mismatch,
                "coordinates to join: " + why_not +
                    "; convert them, read them decoded, or join arrays without_coordinate(...) of that axis");
  }
  std::vector<Coordinate> readable(parts.begin(), parts.end());
  const auto time = time_units_of(parts[0]);
  DType common = DType::boolean;
  for (Coordinate& part : readable) {
    if (const auto own = time_units_of(part); time && own)
      part = recounted_exactly(part, *own, *time, parts[0].attributes());
    common = &part == readable.data() ? part.dtype() : promote(common, part.dtype());
  }
  auto joined = std::make_shared<CoordinateValues>();
  joined->dtype = common;
  joined->attributes = parts[0].attributes();
  joined->as_stored = parts[0].holds_stored_values();
  const auto packed_alike = [&](const Coordinate& part) {
    return part.holds_stored_values() == joined->as_stored && part.dtype() == common &&
           have_same_packing(part.attributes(), joined->attributes);
  };
  if (!std::ranges::all_of(readable, packed_alike)) {
    if (joined->as_stored)
      std::erase_if(joined->attributes, [](const Attribute& attribute) { return is_packing(attribute.name); });
    joined->as_stored = false;
  }
  // A number that stands for a missing value in one part alone would do so in all.
  if (!joined->as_stored)
    std::erase_if(joined->attributes, [&](const Attribute& attribute) {
      return says_missing(attribute.name) && !std::ranges::all_of(parts, [&](const Coordinate& part) {
               const Attribute* own = find_attribute(part.attributes(), attribute.name);
               return own && *own == attribute;
             });
    });
  joined->bytes.resize(static_cast<std::size_t>(count) * size_of(common));
  dispatch(common, [&](auto zero) {
    using To = decltype(zero);
    std::byte* out = joined->bytes.data();
    for (const Coordinate& part : readable)
      dispatch(part.dtype(), [&](auto from) {
        for (std::int64_t i = 0; i < part.size(); ++i, out += sizeof(To)) {
          const auto own = load<decltype(from)>(*part.values_, part.range_.start + i * part.range_.step);
          require_exact<To>(own);
          const To value = static_cast<To>(own);
          std::memcpy(out, &value, sizeof value);
        }
      });
  });
  return Coordinate(std::move(joined)).with_origins(common_origins(parts));
}

bool Coordinate::operator==(const Coordinate& other) const {
  if (!values_ || !other.values_) return !values_ && !other.values_ && is_mixed() == other.is_mixed();
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

}  // namespace chunkwise::inline CHUNKWISE_ABI
