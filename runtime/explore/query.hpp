#pragma once
/// The parameters of a request, checked.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/explore/views.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

/// Each function throws invalid_argument with the parameter's name for a text that it cannot read, or that is missing.
class Query {
 public:
  explicit Query(const std::multimap<std::string, std::string>& parameters) : parameters_(parameters) {}

  [[nodiscard]] std::string text(const std::string& name) const;
  [[nodiscard]] std::int64_t integer(const std::string& name, std::int64_t least, std::int64_t most) const;
  [[nodiscard]] std::int64_t integer(const std::string& name, std::int64_t least, std::int64_t most,
                                     std::int64_t otherwise) const;
  /// Returns a finite number.
  [[nodiscard]] double number(const std::string& name) const;
  /// Returns the indices of a list such as "3,0,0"; none for an empty text.
  [[nodiscard]] std::vector<std::int64_t> indices(const std::string& name) const;
  /// Returns "10:20" as a span; none if the parameter is not there.
  [[nodiscard]] std::optional<Span> span(const std::string& name) const;
  /// Returns the field of rows, columns, at, row_span, column_span, max and method (mean or sample).
  [[nodiscard]] SliceRequest field() const;

 private:
  const std::multimap<std::string, std::string>& parameters_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
