#include "runtime/dataset/coordinates.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/core/exact.hpp"
#include "runtime/dataset/cf.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

template <class T>
double decoded(T stored, const Encoding& encoding) {
  CHUNKWISE_STRICT_FLOATS
  if (is_missing(stored, encoding)) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(stored) * encoding.scale + encoding.offset;
}

std::vector<std::byte> unpacked(const std::vector<std::byte>& stored, const Encoding& encoding) {
  return dispatch(encoding.stored, [&]<class T>(T) {
    const std::size_t count = stored.size() / sizeof(T);
    std::vector<std::byte> values(count * sizeof(double));
    for (std::size_t i = 0; i < count; ++i) {
      T element;
      std::memcpy(&element, stored.data() + i * sizeof(T), sizeof element);
      const double value = decoded(element, encoding);
      std::memcpy(values.data() + i * sizeof value, &value, sizeof value);
    }
    return values;
  });
}

/// Returns true if some values are missing, though none should be of a coordinate, and float64 has all others.
bool has_missing_beside_exact(const std::vector<std::byte>& stored, const Encoding& encoding) {
  return dispatch(encoding.stored, [&]<class T>(T) {
    bool some = false, exact = true;
    for (std::size_t at = 0; at < stored.size(); at += sizeof(T)) {
      T element;
      std::memcpy(&element, stored.data() + at, sizeof element);
      const bool missing = is_missing(element, encoding);
      some = some || missing;
      if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
        exact = exact && (missing || is_exact_in<double>(element));
    }
    return some && exact;
  });
}

}  // namespace

Coordinate read_coordinate(const OpenFile& file, const Location& location, std::int64_t extent, bool decode,
                           const std::string& where) {
  Variable variable = file.describe(location, where);
  auto values = std::make_shared<CoordinateValues>();
  values->dtype = variable.type;
  values->bytes.resize(static_cast<std::size_t>(extent) * size_of(variable.type));
  file.read_line(location, extent, values->bytes.data(), where);

  if (decode) {
    const Encoding encoding =
        cf_encoding({variable.type, variable.attributes, variable.prefilled}, DType::float64, where);
    values->dtype = encoding.stored;
    if (encoding.scaled || (encoding.has_missing() && has_missing_beside_exact(values->bytes, encoding))) {
      values->bytes = unpacked(values->bytes, encoding);
      values->dtype = DType::float64;
      variable.attributes = decoded_attributes(variable.attributes);
    }
  }
  values->as_stored = !decode && std::ranges::any_of(variable.attributes, [](const Attribute& attribute) {
    return is_packing(attribute.name);
  });
  values->attributes = std::move(variable.attributes);
  return Coordinate(std::shared_ptr<const CoordinateValues>(std::move(values)));
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
