#include "runtime/expr/running_groups.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/expr/coordinate_values.hpp"
#include "runtime/expr/handle_of.hpp"
#include "runtime/io/floor_divide.hpp"
#include "runtime/io/time_fields.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Most indices along the axis of an array that has each element once for each of its windows.
constexpr std::int64_t most_elements = std::int64_t{1} << 24;
/// Most steps from the first time to the last.
constexpr std::int64_t most_steps = std::int64_t{1} << 24;
constexpr std::int64_t most_window_steps = 10'000;

/// Returns the number of the step that a time lies in; successive steps have successive numbers.
std::int64_t step_of(const TimeUnits& units, double number, TimeField field) {
  const auto months = [&] {
    return field_of(units, number, TimeField::year) * 12 + field_of(units, number, TimeField::month) - 1;
  };
  switch (field) {
    case TimeField::year:
      return field_of(units, number, TimeField::year);
    case TimeField::quarter:
      return floor_divide(months(), 3);
    case TimeField::season:
      return floor_divide(months() + 1, 3);  // December belongs to the winter of the next year.
    case TimeField::month:
      return months();
    case TimeField::hour:
      return floor_divide(milliseconds_of(moment_of(units, number)), 3'600'000);
    case TimeField::day:
    case TimeField::dayofyear:
    case TimeField::dayofweek:
      return moment_of(units, number).day;
    default:
      throw Error(
          ErrorCode::invalid_argument,
          "groupby: windows have the steps of year, quarter, season, month, day, dayofyear, dayofweek and hour, "
          "and not of " +
              std::string(name_of(field)));
  }
}

/// The steps of a series of times, counted from the first.
struct Steps {
  std::vector<std::int64_t> of_index;       ///< -1 if the time is missing
  std::vector<std::optional<Exact>> parts;  ///< of each step: the part that names its group; none: it has no element
  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(parts.size()); }
  [[nodiscard]] bool has(std::int64_t step) const {
    return step >= 0 && step < count() && parts[static_cast<std::size_t>(step)].has_value();
  }
};

Steps steps_of(const Coordinate& coordinate, TimeField field, const KeyNumbers& key) {
  const TimeUnits units = *time_units_of(coordinate);
  const std::vector<double> numbers = present_values(coordinate);
  Steps steps;
  std::optional<std::int64_t> least, most;
  for (const double number : numbers) {
    steps.of_index.push_back(std::isnan(number) ? -1 : step_of(units, number, field));
    if (std::isnan(number)) continue;
    least = std::min(least.value_or(steps.of_index.back()), steps.of_index.back());
    most = std::max(most.value_or(steps.of_index.back()), steps.of_index.back());
  }
  if (!least)
    throw Error(ErrorCode::invalid_argument, "groupby: " + quoted(key.name) + " has no value to be grouped by");
  if (*most - *least >= most_steps)
    throw Error(ErrorCode::invalid_argument, "groupby: windows along " + std::to_string(*most - *least + 1) +
                                                 " steps from the first time to the last; there are " +
                                                 std::to_string(most_steps) + " at most");
  steps.parts.resize(static_cast<std::size_t>(*most - *least + 1));
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (std::isnan(numbers[i])) continue;
    steps.of_index[i] -= *least;
    steps.parts[static_cast<std::size_t>(steps.of_index[i])] = key.numbers[i];
  }
  return steps;
}

/// The windows around the steps of a series.
class Around {
 public:
  Around(const Steps& steps, const StepWindow& window)
      : steps_(steps), before_(window.steps / 2), after_(window.steps - 1 - before_), ends_(window.ends) {
    for (std::int64_t step = 0; step < steps.count(); ++step) present_.push_back(present_.back() + steps.has(step));
    for (std::int64_t middle = 0; middle < steps.count(); ++middle) counts_.push_back(counts(middle));
  }

  /// Calls f(middle, place) for each window that counts and has the step, at this place.
  template <class F>
  void for_each_of(std::int64_t step, const F& f) const {
    for (std::int64_t away = -after_; away <= before_; ++away) {
      const std::int64_t middle = at(step + away);
      if (middle >= 0 && middle < steps_.count() && counts_[static_cast<std::size_t>(middle)])
        f(middle, before_ - away);
    }
  }

 private:
  [[nodiscard]] std::int64_t at(std::int64_t step) const {
    return ends_ == WindowEnds::wrap ? floor_remainder(step, steps_.count()) : step;
  }
  [[nodiscard]] bool counts(std::int64_t middle) const {
    if (!steps_.has(middle)) return false;
    if (ends_ == WindowEnds::pad) return true;
    const std::int64_t first = middle - before_, last = middle + after_, count = steps_.count();
    if (ends_ == WindowEnds::exact) return first >= 0 && last < count && are_present(first, last);
    return are_present(std::max<std::int64_t>(first, 0), std::min(last, count - 1)) &&
           (first >= 0 || are_present(first + count, count - 1)) && (last < count || are_present(0, last - count));
  }
  /// Returns true if steps from the first to the last have elements.
  [[nodiscard]] bool are_present(std::int64_t first, std::int64_t last) const {
    return present_[static_cast<std::size_t>(last + 1)] - present_[static_cast<std::size_t>(first)] == last - first + 1;
  }

  const Steps& steps_;
  std::int64_t before_, after_;
  WindowEnds ends_;
  std::vector<std::int64_t> present_{0};  ///< how many steps before each have elements
  std::vector<char> counts_;
};

/// Returns x with these indices along an axis, in ascending order, each as often as it stands there. A chunk has the
/// places of one chunk of x, so that each is read once.
UntypedArray with_indices(const UntypedArray& x, std::vector<std::int64_t> indices, int axis) {
  const AxisChunks& chunks = x.node->grid[axis];
  std::vector<std::int64_t> sizes;
  auto from = indices.begin();
  for (std::int64_t chunk = 0; chunk < chunks.count(); ++chunk) {
    const auto to = std::lower_bound(from, indices.end(), chunks.offset(chunk + 1));
    if (to != from) sizes.push_back(to - from);
    from = to;
  }
  const UntypedArray taken = take_or_missing(x, std::move(indices), axis, "groupby");
  ChunkGrid grid = taken.node->grid;
  grid[axis] = AxisChunks::of_sizes(sizes);
  return handle_of(build::rechunk(taken.node, std::move(grid)), taken.labels);
}

}  // namespace

RunningGroups running_groups(const UntypedArray& x, const std::string& key, const StepWindow& window) {
  KeyNumbers numbers = key_numbers(x.labels, x.shape, key);
  const int axis = numbers.axes.front();
  const std::optional<TimeField> field = time_field(std::string_view(key).substr(key.rfind('.') + 1));
  if (!field || numbers.name == x.labels.dimension(axis))
    throw Error(ErrorCode::invalid_argument,
                "groupby: a window goes around a part of a time, such as 'time.dayofyear', and " + quoted(key) +
                    " is a coordinate; rolling(x, " + key + "=" + std::to_string(window.steps) +
                    ") has windows of neighbours");
  if (window.steps < 1 || window.steps > most_window_steps)
    throw Error(ErrorCode::invalid_argument, "groupby: a window of " + std::to_string(window.steps) +
                                                 " steps; it has 1 to " + std::to_string(most_window_steps));
  const Steps steps = steps_of(x.labels.coordinate(axis), *field, numbers);
  if (window.steps > steps.count() && window.ends != WindowEnds::pad)
    throw Error(ErrorCode::invalid_argument, "groupby: a window of " + std::to_string(window.steps) +
                                                 " steps is longer than the series, which has " +
                                                 std::to_string(steps.count()));
  const Around around(steps, window);
  std::vector<std::int64_t> indices;
  std::vector<double> weights;
  KeyNumbers repeated{std::move(numbers.name), {axis}, numbers.dtype, {}, std::move(numbers.attributes)};
  for (std::size_t i = 0; i < steps.of_index.size(); ++i) {
    if (steps.of_index[i] < 0) continue;
    around.for_each_of(steps.of_index[i], [&](std::int64_t middle, std::int64_t place) {
      indices.push_back(static_cast<std::int64_t>(i));
      repeated.numbers.push_back(*steps.parts[static_cast<std::size_t>(middle)]);
      if (!window.weights.empty()) weights.push_back(window.weights[static_cast<std::size_t>(place)]);
    });
    if (static_cast<std::int64_t>(indices.size()) > most_elements)
      throw Error(ErrorCode::unsupported,
                  "groupby: the windows have more than 2**24 elements along " + quoted(x.labels.dimension(axis)));
  }
  if (indices.empty())
    throw Error(ErrorCode::invalid_argument,
                "groupby: no window of " + std::to_string(window.steps) + " steps along " +
                    quoted(x.labels.dimension(axis)) +
                    " has elements at all of them; boundary 'pad' takes windows that lack some");
  const UntypedArray array = with_indices(x, std::move(indices), axis);
  return {keyed(array, {equal_numbers(std::move(repeated))}), std::move(weights)};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
