#pragma once
/// Reads the labels of an array for a picture: its axes, its categories, its name and unit.
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/plot.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// Returns the numbers of an attribute; empty if there is no such attribute or if it is not numbers.
[[nodiscard]] std::vector<double> numbers_of(const Attributes& attributes, std::string_view name);
/// Returns a quantity with its unit for a title: "2 metre temperature, K".
[[nodiscard]] std::string quantity(const std::string& name, const Attributes& attributes);

/// One axis of a picture.
struct Side {
  Axis axis = Axis::number;
  std::vector<double> positions;
  std::string label;  // empty if the axis needs none, as for dates or angles
  std::string units;
  bool vertical = false;   // height, depth, pressure
  bool downwards = false;  // it grows towards the ground
};
[[nodiscard]] Side side_of(const Labels& labels, int axis, std::int64_t extent);

/// Returns true if a side belongs below the picture and the other at its left, whichever comes first in the array.
[[nodiscard]] bool lies_across(const Side& side, const Side& other);

/// Returns the categories that values stand for: by flag_values and flag_meanings, by the type bool, or because they
/// are few whole numbers without a unit. Empty if values are amounts.
[[nodiscard]] std::vector<Category> categories_of(const std::vector<double>& values, DType dtype, const Labels& labels);

/// Returns true if all finite values are whole numbers.
[[nodiscard]] bool are_whole(const std::vector<double>& values);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
