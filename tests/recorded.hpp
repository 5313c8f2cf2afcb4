#pragma once
/// What records of NumPy's results are written with: element types by name, bytes as hexadecimal digits.
#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

#include "chunkwise/core/dtype.hpp"

namespace chunkwise_test {

inline chunkwise::DType dtype_from(const std::string& name) {
  for (std::size_t i = 0; i < chunkwise::dtype_count; ++i)
    if (name == chunkwise::name_of(static_cast<chunkwise::DType>(i))) return static_cast<chunkwise::DType>(i);
  throw std::invalid_argument(name);
}

inline std::vector<std::byte> bytes_from(const std::string& hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

}  // namespace chunkwise_test
