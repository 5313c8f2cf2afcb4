#pragma once
/// Lines that are looked up: elements at positions, places among numbers in order, numbers of elements between edges.
/// None of them is a function of its own name in formulas; expr/search.hpp and expr/gather.hpp make their formulas.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "chunkwise/core/error.hpp"
#include "chunkwise/op/aggregate/aggregate.hpp"
#include "chunkwise/op/line/line.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::linewise {

namespace detail {
[[nodiscard]] constexpr bool is_count(double value) {
  return value >= 0 && value <= 0x1p53 && value == static_cast<double>(static_cast<std::int64_t>(value));
}

/// Returns true if a number is less than an element, and the other way round, as the numbers that they are: integers
/// are not rounded. NaN is larger than all others.
template <class T>
[[nodiscard]] CHUNKWISE_INLINE bool is_below(double number, T element) {
  if constexpr (std::is_floating_point_v<T>) {
    return number < static_cast<double>(element) || (aggregate::is_nan(element) && !aggregate::is_nan(number));
  } else if constexpr (sizeof(T) < 8) {
    return number < static_cast<double>(element);
  } else {
    if (!(number < static_cast<double>(std::numeric_limits<T>::max()))) return false;  // 2^63 and 2^64 are above all
    if (number < static_cast<double>(std::numeric_limits<T>::min())) return true;
    return static_cast<T>(std::floor(number)) < element;
  }
}
template <class T>
[[nodiscard]] CHUNKWISE_INLINE bool is_below(T element, double number) requires(!std::is_same_v<T, double>) {
  if constexpr (std::is_floating_point_v<T>) {
    return static_cast<double>(element) < number || (aggregate::is_nan(number) && !aggregate::is_nan(element));
  } else if constexpr (sizeof(T) < 8) {
    return static_cast<double>(element) < number || aggregate::is_nan(number);
  } else {
    if (!(number <= static_cast<double>(std::numeric_limits<T>::max()))) return true;
    if (number <= static_cast<double>(std::numeric_limits<T>::min())) return false;
    const double above = std::ceil(number);
    if (above >= static_cast<double>(std::numeric_limits<T>::max())) return true;
    return element < static_cast<T>(above);
  }
}

/// Returns the number of leading numbers that are below an element, or that the element is not below, if `right`:
/// numbers `first` to `first + count - 1` are in order.
template <class T>
[[nodiscard]] CHUNKWISE_INLINE std::size_t place_among(Numbers numbers, std::size_t first, std::size_t count, T element,
                                                       bool right) {
  std::size_t low = 0;
  while (count > 0) {
    const std::size_t half = count / 2;
    const double number = numbers[first + low + half];
    const bool is_before = right ? !is_below(element, number) : is_below(number, element);
    low = is_before ? low + half + 1 : low;
    count = is_before ? count - half - 1 : half;
  }
  return low;
}

/// Returns true if the first of a table's numbers is the number of those that follow.
[[nodiscard]] constexpr bool tells_its_size(std::span<const double> numbers) {
  return !numbers.empty() && numbers[0] == static_cast<double>(numbers.size() - 1);
}

[[nodiscard]] constexpr bool is_ascending(std::span<const double> numbers) {
  for (std::size_t i = 1; i < numbers.size(); ++i)
    if (numbers[i] < numbers[i - 1] || (numbers[i - 1] != numbers[i - 1] && numbers[i] == numbers[i])) return false;
  return true;
}
}  // namespace detail

/// Elements at positions: a line is that of an array, of so many elements as the parameter says, followed by positions
/// among them, negative ones from the end; it becomes the elements at these. Throws out_of_range for a position that is
/// not among them. int64, uint64 and float64 hold all positions, so lines are of one of these.
struct Gather : Common {
  static constexpr LineCode code{60};
  static constexpr std::string_view name = "gather";
  static constexpr bool is_function = false;
  static constexpr bool own_length = true;
  static constexpr Meaning meaning = Meaning::part;
  static constexpr std::size_t parameters = 1;
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t /*extent*/) {
    return detail::is_count(values[0]);
  }
  static constexpr std::string_view wanted = "a line has a number of elements before its positions";
  static std::int64_t length(std::int64_t line, const double* values) {
    return line - static_cast<std::int64_t>(values[0]);
  }
  template <Element T>
  using result = T;
  template <Element T>
  static void apply(std::span<T> line, std::span<T> out, const double* values) {
    const auto count = static_cast<std::int64_t>(values[0]);
    const std::span<const T> positions = line.subspan(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::int64_t position = as_position(positions[i], count);
      out[i] = line[static_cast<std::size_t>(position < 0 ? position + count : position)];
    }
  }

 private:
  template <Element T>
  static std::int64_t as_position(T value, std::int64_t count) {
    std::int64_t position = std::numeric_limits<std::int64_t>::max();
    if constexpr (std::is_floating_point_v<T>) {
      if (value >= static_cast<T>(-0x1p62) && value <= static_cast<T>(0x1p62))
        position = static_cast<std::int64_t>(value);
    } else {
      position = static_cast<std::int64_t>(value);  // of uint64 the bits are a signed position's
    }
    if (position == std::numeric_limits<std::int64_t>::max())
      throw Error(ErrorCode::out_of_range, "take: an index is outside its axis");
    if (position < -count || position >= count)
      throw Error(ErrorCode::out_of_range, "take: index " + std::to_string(position) +
                                               " is outside an axis whose extent is " + std::to_string(count));
    return position;
  }
};

/// The place of each element among numbers in ascending order, as int64: how many are below it, or, if the second
/// parameter is 1, not above it. NaN comes last. The numbers are the parameters behind it.
struct SearchSorted : Common {
  static constexpr LineCode code{61};
  static constexpr std::string_view name = "searchsorted";
  static constexpr bool is_function = false;
  static constexpr bool keeps_coordinate = true;
  static constexpr std::size_t parameters = any_number;
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t /*extent*/) {
    return detail::tells_its_size(values) && values[0] >= 1 && (values[1] == 0 || values[1] == 1) &&
           detail::is_ascending(values.subspan(2));
  }
  static constexpr std::string_view wanted = "numbers in which places are searched are in ascending order";
  template <Element T>
  using result = std::int64_t;
  template <Element T>
  static void apply(std::span<T> line, std::span<std::int64_t> out, Numbers values) {
    const auto count = static_cast<std::size_t>(values[0]) - 1;
    const bool right = values[1] == 1;
    for (std::size_t i = 0; i < line.size(); ++i)
      out[i] = static_cast<std::int64_t>(detail::place_among(values, 2, count, line[i], right));
  }
};

/// Whether each element is among numbers, which are the parameters, in ascending order. NaN is among none.
struct IsIn : Common {
  static constexpr LineCode code{62};
  static constexpr std::string_view name = "isin";
  static constexpr bool is_function = false;
  static constexpr bool keeps_coordinate = true;
  static constexpr std::size_t parameters = any_number;
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t /*extent*/) {
    return detail::tells_its_size(values) && detail::is_ascending(values.subspan(1));
  }
  static constexpr std::string_view wanted = "numbers among which elements are looked for are in ascending order";
  template <Element T>
  using result = bool;
  template <Element T>
  static void apply(std::span<T> line, std::span<bool> out, Numbers values) {
    const auto count = static_cast<std::size_t>(values[0]);
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::size_t place = detail::place_among(values, 1, count, line[i], false);
      out[i] = place < count && !aggregate::is_nan(line[i]) && !aggregate::is_nan(values[1 + place]) &&
               !detail::is_below(line[i], values[1 + place]);
    }
  }
};

/// How many elements lie between each two of the edges, which are the parameters, as int64: from the left one on up to
/// the right one, which the last interval has too. NaN lies nowhere.
struct Histogram : Common {
  static constexpr LineCode code{63};
  static constexpr std::string_view name = "histogram";
  static constexpr bool is_function = false;
  static constexpr bool own_length = true;
  static constexpr std::size_t parameters = any_number;
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t /*extent*/) {
    return detail::tells_its_size(values) && values.size() > 1 && detail::is_ascending(values.subspan(1)) &&
           values.back() == values.back();
  }
  static constexpr std::string_view wanted = "edges of a histogram are numbers in ascending order, at least one";
  static std::int64_t length(std::int64_t /*line*/, const double* values) {
    return static_cast<std::int64_t>(values[0]) - 1;
  }
  template <Element T>
  using result = std::int64_t;
  template <Element T>
  static void apply(std::span<T> line, std::span<std::int64_t> out, Numbers values) {
    std::fill(out.begin(), out.end(), 0);
    const std::size_t bins = out.size();
    if (bins == 0) return;
    for (const T element : line) {
      const std::size_t place = detail::place_among(values, 1, bins + 1, element, true);
      if (place >= 1 && place <= bins)
        ++out[place - 1];
      else if (place == bins + 1 && !detail::is_below(values[1 + bins], element))
        ++out[bins - 1];
    }
  }
};

/// How many elements are 0, 1, 2, ..., up to one less than the parameter, as int64. Throws out_of_range for an element
/// that is none of these.
struct BinCount : Common {
  static constexpr LineCode code{64};
  static constexpr std::string_view name = "bincount";
  static constexpr bool is_function = false;
  static constexpr bool own_length = true;
  static constexpr std::size_t parameters = 1;
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t /*extent*/) {
    return detail::is_count(values[0]);
  }
  static constexpr std::string_view wanted = "a number of counts is not negative";
  static std::int64_t length(std::int64_t /*line*/, const double* values) {
    return static_cast<std::int64_t>(values[0]);
  }
  template <Element T>
  using result = std::int64_t;
  template <Element T>
  static void apply(std::span<T> line, std::span<std::int64_t> out, const double* /*values*/) {
    std::fill(out.begin(), out.end(), 0);
    const auto count = static_cast<double>(out.size());
    for (const T element : line) {
      if (!(static_cast<double>(element) >= 0 && static_cast<double>(element) < count))
        throw Error(ErrorCode::out_of_range, "bincount: element " + to_string(Scalar(element)) + " is not from 0 to " +
                                                 std::to_string(out.size()) +
                                                 " - 1, of which there are counts; give a larger minlength");
      ++out[static_cast<std::size_t>(element)];
    }
  }
};

/// Sums of weights: a line is of places, followed by as many weights; it becomes the sums, in float64, of the weights
/// at the places 0, 1, 2, ..., up to one less than the first parameter, added in the order of the line. Other places
/// are left out if the second parameter is 1; if it is 0 they are an error, out_of_range.
struct WeightedCount : Common {
  static constexpr LineCode code{65};
  static constexpr std::string_view name = "weightedcount";
  static constexpr bool is_function = false;
  static constexpr bool own_length = true;
  static constexpr std::size_t parameters = 2;
  [[nodiscard]] static constexpr bool fits(std::span<const double> values, std::int64_t /*extent*/) {
    return detail::is_count(values[0]) && (values[1] == 0 || values[1] == 1);
  }
  static constexpr std::string_view wanted = "a number of sums is not negative";
  static std::int64_t length(std::int64_t line, const double* values) {
    return line % 2 == 0 ? static_cast<std::int64_t>(values[0]) : -1;
  }
  template <Element T>
  using result = double;
  template <Element T>
  static void apply(std::span<T> line, std::span<double> out, const double* values) {
    std::fill(out.begin(), out.end(), 0.0);
    const std::size_t half = line.size() / 2;
    const auto count = static_cast<double>(out.size());
    for (std::size_t i = 0; i < half; ++i) {
      const auto place = static_cast<double>(line[i]);
      if (place >= 0 && place < count)
        out[static_cast<std::size_t>(place)] += static_cast<double>(line[half + i]);
      else if (values[1] == 0)
        throw Error(ErrorCode::out_of_range, "bincount: element " + to_string(Scalar(line[i])) + " is not from 0 to " +
                                                 std::to_string(out.size()) +
                                                 " - 1, of which there are sums; give a larger minlength");
    }
  }
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::linewise
