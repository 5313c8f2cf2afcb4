#include "runtime/explore/query.hpp"

#include <charconv>
#include <cmath>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/shape.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& text, const std::string& what) {
  constexpr std::size_t shown = 40;
  throw Error(ErrorCode::invalid_argument,
              name + " is '" + text.substr(0, shown) + (text.size() > shown ? "..." : "") + "', which is no " + what);
}

std::optional<std::int64_t> integer_in(std::string_view text) {
  std::int64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string Query::text(const std::string& name) const {
  const auto found = parameters_.find(name);
  if (found == parameters_.end()) throw Error(ErrorCode::invalid_argument, "the request lacks '" + name + "'");
  return found->second;
}

std::int64_t Query::integer(const std::string& name, std::int64_t least, std::int64_t most) const {
  const std::string given = text(name);
  const auto value = integer_in(given);
  if (!value || *value < least || *value > most)
    refuse(name, given, "whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return *value;
}

std::int64_t Query::integer(const std::string& name, std::int64_t least, std::int64_t most,
                            std::int64_t otherwise) const {
  return parameters_.contains(name) ? integer(name, least, most) : otherwise;
}

double Query::number(const std::string& name) const {
  const std::string given = text(name);
  double value = 0;
  const auto read = std::from_chars(given.data(), given.data() + given.size(), value);
  if (read.ec != std::errc{} || read.ptr != given.data() + given.size() || !std::isfinite(value))
    refuse(name, given, "finite number");
  return value;
}

std::vector<std::int64_t> Query::indices(const std::string& name) const {
  const std::string given = text(name);
  std::vector<std::int64_t> indices;
  for (std::size_t begin = 0; begin < given.size();) {
    const std::size_t end = std::min(given.find(',', begin), given.size());
    const auto value = integer_in(std::string_view(given).substr(begin, end - begin));
    if (!value || indices.size() >= static_cast<std::size_t>(max_rank)) refuse(name, given, "list of indices");
    indices.push_back(*value);
    begin = end + 1;
  }
  return indices;
}

std::optional<Span> Query::span(const std::string& name) const {
  if (!parameters_.contains(name)) return std::nullopt;
  const std::string given = text(name);
  const std::size_t colon = std::min(given.find(':'), given.size());
  const auto first = integer_in(std::string_view(given).substr(0, colon));
  const auto last = integer_in(std::string_view(given).substr(std::min(colon + 1, given.size())));
  if (!first || !last) refuse(name, given, "range such as 10:20");
  return Span{*first, *last};
}

SliceRequest Query::field() const {
  SliceRequest request;
  request.rows = static_cast<int>(integer("rows", 0, max_rank - 1));
  request.columns = static_cast<int>(integer("columns", 0, max_rank - 1));
  request.at = indices("at");
  request.row_span = span("row_span");
  request.column_span = span("column_span");
  constexpr std::int64_t most = 8192, usual = 1024;
  request.most = integer("max", 1, most, usual);
  if (parameters_.contains("method")) {
    const std::string method = text("method");
    if (method != "mean" && method != "sample") refuse("method", method, "'mean' or 'sample'");
    request.sampled = method == "sample";
  }
  return request;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
