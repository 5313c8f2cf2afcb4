#pragma once
/// What labels say of a picture: its axes, its categories, its name and unit.
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/plot.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// An attribute that is text; empty where there is none.
[[nodiscard]] std::string text_of(const Attributes& attributes, std::string_view name);
/// An attribute that is numbers.
[[nodiscard]] std::vector<double> numbers_of(const Attributes& attributes, std::string_view name);
/// "2 metre temperature, K"
[[nodiscard]] std::string quantity(const std::string& name, const Attributes& attributes);

/// One axis of a picture.
struct Side {
  Axis axis = Axis::number;
  std::vector<double> positions;
  std::string label;  // empty where the axis speaks for itself
  std::string units;
  bool vertical = false;   // height, depth, pressure
  bool downwards = false;  // it grows towards the ground
};
[[nodiscard]] Side side_of(const Labels& labels, int axis, std::int64_t extent);

/// Returns true if a side lies below, the other at the left, whichever comes first in the array.
[[nodiscard]] bool lies_across(const Side& side, const Side& other);

/// The things that values stand for, by flag_values and flag_meanings, by being bool, or by being few whole numbers
/// without a unit. Empty where values are amounts.
[[nodiscard]] std::vector<Category> categories_of(const std::vector<double>& values, DType dtype, const Labels& labels);

/// Returns true if all finite values are whole numbers.
[[nodiscard]] bool are_whole(const std::vector<double>& values);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
