#pragma once
/// What labels of tests are made of: attributes that are text, and coordinates as files store them.
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/labels.hpp"

namespace chunkwise_test {

/// Returns an attribute whose value is text.
inline chunkwise::Attribute text(const std::string& name, const std::string& value) {
  return {name, chunkwise::DType::float64, value};
}

/// Returns a coordinate whose values are stored as T.
template <class T>
chunkwise::Coordinate stored_as(const std::vector<T>& values) {
  auto made = std::make_shared<chunkwise::CoordinateValues>();
  made->dtype = chunkwise::dtype_of<T>;
  made->bytes.resize(values.size() * sizeof(T));
  std::memcpy(made->bytes.data(), values.data(), made->bytes.size());
  return chunkwise::Coordinate(std::move(made));
}

}  // namespace chunkwise_test
