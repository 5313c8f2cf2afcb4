#include "runtime/dataset/static_variable.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>

#include "chunkwise/core/error.hpp"
#include "runtime/core/unravel.hpp"
#include "runtime/io/number_text.hpp"
#include "runtime/load/load.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

constexpr std::size_t most_files = 1000;
constexpr std::int64_t most_bytes = std::int64_t{64} << 20;

/// Returns the number of files that may be read if each has so many bytes.
std::size_t affordable_files(std::int64_t bytes) {
  return static_cast<std::size_t>(std::max<std::int64_t>(most_bytes / std::max<std::int64_t>(bytes, 1), 1));
}

/// Returns the positions of `count` of `from` things, spread evenly, the last among them.
std::vector<std::size_t> spread(std::size_t count, std::size_t from) {
  std::vector<std::size_t> positions;
  count = std::min(count, from);
  for (std::size_t i = 1; i <= count; ++i) positions.push_back(i * from / count - 1);
  return positions;
}

/// The values of a region that begins at 0, stored and decoded.
class Values {
 public:
  Values(const OpenedVariable& opened, const Region& region, bool decode) {
    Reading reading;
    reading.decode = decode;
    reading.cast = true;
    const SourcePtr source = make_source(opened, reading);
    encoding_ = source->encoding();
    count_ = static_cast<std::size_t>(region.elements());
    stored_.resize(count_ * size_of(encoding_.stored));
    source->read(region, stored_.data());
  }

  /// Returns the first element that differs; none if all are equal. NaN equals NaN.
  [[nodiscard]] std::optional<std::size_t> first_difference(const Values& other) const {
    if (encoding_ == other.encoding_ && stored_ == other.stored_) return std::nullopt;
    if (encoding_ == other.encoding_ && encoding_.is_plain())
      return dispatch(encoding_.stored, [&]<class T>(T) { return first_difference_of<T>(stored_, other.stored_); });
    const std::vector<std::byte> a = decoded(), b = other.decoded();
    return first_difference_of<double>(a, b);
  }

  [[nodiscard]] double operator[](std::size_t i) const {
    double value = 0;
    load::decode(load::Decoding(encoding_), DType::float64, stored_.data() + i * size_of(encoding_.stored), &value, 1);
    return value;
  }

 private:
  template <class T>
  static std::optional<std::size_t> first_difference_of(const std::vector<std::byte>& a,
                                                        const std::vector<std::byte>& b) {
    for (std::size_t i = 0; i < a.size() / sizeof(T); ++i) {
      T x, y;
      std::memcpy(&x, a.data() + i * sizeof(T), sizeof x);
      std::memcpy(&y, b.data() + i * sizeof(T), sizeof y);
      if (!(x == y || (x != x && y != y))) return i;
    }
    return std::nullopt;
  }

  [[nodiscard]] std::vector<std::byte> decoded() const {
    std::vector<std::byte> values(count_ * sizeof(double));
    load::decode(load::Decoding(encoding_), DType::float64, stored_.data(), values.data(), count_);
    return values;
  }

  Encoding encoding_;
  std::size_t count_ = 0;
  std::vector<std::byte> stored_;
};

std::string place_text(const Region& region, std::size_t at) {
  std::string text;
  for (const std::int64_t i : unravel(static_cast<std::int64_t>(at), region.shape()))
    text += (text.empty() ? "" : ", ") + std::to_string(i);
  return region.rank() == 0 ? "" : "[" + text + "]";
}

/// Returns the variable in one file; none if the file does not have it.
std::optional<OpenedVariable> find_variable(const std::string& path, const std::string& variable, const Opening& how) {
  try {
    return open_variable(path, variable, how);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found || !std::filesystem::exists(path)) throw;
    return std::nullopt;
  }
}

/// Returns the whole variable, or as many of its first rows as may be read.
Region compared_region(const OpenedVariable& opened) {
  Region region = Region::whole(opened.found.shape);
  const auto element = static_cast<std::int64_t>(size_of(opened.found.type));
  if (region.rank() == 0 || region.elements() <= most_bytes / element) return region;
  const std::int64_t row = std::max<std::int64_t>(region.elements() / std::max<std::int64_t>(region[0].count, 1), 1);
  region[0].count = std::clamp<std::int64_t>(most_bytes / element / row, 1, region[0].count);
  return region;
}

}  // namespace

std::vector<std::size_t> files_to_compare(std::size_t count, std::int64_t bytes) {
  return spread(std::min(most_files, affordable_files(bytes)), count);
}

void require_equal(const OpenedVariable& first, const std::vector<std::string>& paths, const SeriesRules& rules) {
  if (paths.size() < 2) return;
  SeriesRules every_axis = rules;
  every_axis.dimension.clear();
  const Region region = compared_region(first);
  const std::int64_t bytes = region.elements() * static_cast<std::int64_t>(size_of(first.found.type));
  const std::vector<std::size_t> files = spread(most_files, paths.size() - 1);
  const std::vector<std::size_t> read = spread(affordable_files(bytes), files.size());
  std::optional<Values> values;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string& path = paths[files[i] + 1];
    const auto other = find_variable(path, first.variable, rules.opening);
    if (!other) continue;
    require_fit(first, *other, every_axis);
    if (region.elements() == 0 || !std::binary_search(read.begin(), read.end(), i)) continue;
    if (!values) values.emplace(first, region, rules.opening.decode);
    const Values own(*other, region, rules.opening.decode);
    if (const auto at = values->first_difference(own))
      throw Error(ErrorCode::name_mismatch,
                  first.variable + " lacks the dimension " + (rules.dimension.empty() ? "" : rules.dimension + ", ") +
                      "along which files are joined, and is not the same in all of them: " + first.variable +
                      place_text(region, *at) + " is " + number_text((*values)[*at]) + " in " + first.path + " and " +
                      number_text(own[*at]) + " in " + path +
                      "; open it from one file, or NetcdfOptions::join names another " + "dimension");
  }
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
