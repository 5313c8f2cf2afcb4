#include "runtime/dataset/coordinates.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/dataset/cf.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

template <class T>
double decoded(T stored, const Encoding& encoding) {
  CHUNKWISE_STRICT_FLOATS
  const auto equals = [&](const Scalar& missing) { return missing.as<T>() == stored; };
  const bool outside =
      encoding.has_valid_range && (stored < encoding.valid_min.as<T>() || stored > encoding.valid_max.as<T>());
  if (outside || std::any_of(encoding.missing.begin(), encoding.missing.end(), equals))
    return std::numeric_limits<double>::quiet_NaN();
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
    if (encoding.scaled) {
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
