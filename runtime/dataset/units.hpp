#pragma once
/// Units as files spell them: tells which spellings mean the same, and converts numbers of one time unit to another.
#include <optional>
#include <string>
#include <utility>

#include "runtime/core/recounted.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// Returns one spelling of units for all that mean the same by their powers and the common names: "m s-1", "m s**-1",
/// "m/s" and "metre second^-1" give one text, "K" and "kelvin" another. A text that is no product of powers stays as it
/// is.
[[nodiscard]] std::string canonical_units(const std::string& units);

/// The units of numbers, and their calendar if they are times.
struct Counting {
  std::string units;
  std::string calendar;
  bool operator==(const Counting&) const = default;
};

/// Returns how numbers of `from` become numbers of `to`: as they are if both are spelt alike, or, `lenient`, mean the
/// same; by their units if both are times of calendars that name the same days. None if they differ.
[[nodiscard]] std::optional<Conversion> conversion(const Counting& from, const Counting& to, bool lenient);

/// One way of counting for the numbers of many files: from the first file's day, in the finest unit of them all.
class CommonCounting {
 public:
  explicit CommonCounting(Counting first) : common_(std::move(first)) {}
  /// Makes the unit as fine as another's if both are times.
  void add(const Counting& other);
  [[nodiscard]] const Counting& get() const { return common_; }

 private:
  Counting common_;
};

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
