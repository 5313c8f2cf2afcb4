#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/plot.hpp"
#include "runtime/plot/axis.hpp"
#include "runtime/plot/canvas.hpp"
#include "runtime/plot/limits.hpp"
#include "runtime/plot/marks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

constexpr Colour bar = {0.16, 0.42, 0.56};

struct Counts {
  Limits limits;
  std::vector<std::int64_t> bins;
  std::int64_t outside = 0;  // of the limits
  std::int64_t missing = 0;
  std::int64_t infinite = 0;
};

/// Intervals that suit the values: of whole numbers each interval holds as many as the next.
struct Intervals {
  Limits limits;
  int count;
};

bool are_whole(const Numbers& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isfinite(values[i]) && values[i] != std::floor(values[i])) return false;
  return true;
}

Intervals intervals_of(const Histogram& histogram) {
  const Numbers& values = histogram.values;
  const int usual = std::clamp(static_cast<int>(std::sqrt(static_cast<double>(values.size()))), 10, 100);
  if (histogram.limits) return {*histogram.limits, histogram.bins > 0 ? histogram.bins : usual};
  const auto found = finite_extent(values);
  const Limits limits = found ? *found : Limits{0, 1};
  constexpr double largest_exact = 1e15;
  if (found && histogram.bins == 0 && limits.low >= -largest_exact && limits.high <= largest_exact &&
      are_whole(values)) {
    const double width = std::ceil((limits.high - limits.low + 1) / 100);
    const double count = std::ceil((limits.high - limits.low + 1) / width);
    return {{limits.low - 0.5, limits.low - 0.5 + count * width}, static_cast<int>(count)};
  }
  return {apart(limits), histogram.bins > 0 ? histogram.bins : usual};
}

Counts count(const Histogram& histogram) {
  const Intervals intervals = intervals_of(histogram);
  Counts result{intervals.limits, std::vector<std::int64_t>(static_cast<std::size_t>(intervals.count))};
  const auto [low, high] = result.limits;
  for (std::size_t i = 0; i < histogram.values.size(); ++i) {
    const double value = histogram.values[i];
    if (std::isnan(value)) {
      ++result.missing;
    } else if (std::isinf(value)) {
      ++result.infinite;
    } else if (value < low || value > high) {
      ++result.outside;
    } else {
      const double place = std::clamp(fraction(result.limits, value), 0.0, 1.0) * intervals.count;
      ++result.bins[std::min(static_cast<std::size_t>(place), result.bins.size() - 1)];
    }
  }
  return result;
}

}  // namespace

std::string png(const Histogram& histogram, Size size) {
  constexpr int most = 100'000;
  if (histogram.bins < 0 || histogram.bins > most)
    throw Error(ErrorCode::invalid_argument, "plot: a histogram of " + std::to_string(histogram.bins) +
                                                 " intervals; choose from 1 to 100000, or 0 for as many as suit");
  if (histogram.limits) check_range(*histogram.limits);
  const Counts counts = count(histogram);
  const double highest =
      static_cast<double>(std::max<std::int64_t>(1, *std::max_element(counts.bins.begin(), counts.bins.end())));
  const Limits up{0, highest * 1.05};

  const Canvas canvas(size);
  cairo_t* const cairo = canvas.cairo();
  Ticks rows = ticks(up, 8);
  std::erase_if(rows.values, [](double value) { return value != std::floor(value); });  // there is no half of a value
  std::vector<std::string> labels;
  for (const double value : rows.values) labels.push_back(grouped(std::llround(value)));
  const double left = canvas.left_margin(labels);
  const Box box{left, 66, canvas.width() - left - 30, canvas.height() - 66 - 54};
  std::string subtitle = histogram.subtitle + (histogram.subtitle.empty() ? "" : "; ") +
                         grouped(static_cast<std::int64_t>(histogram.values.size())) +
                         (histogram.values.size() == 1 ? " value" : " values");
  if (counts.outside > 0) subtitle += ", " + grouped(counts.outside) + " outside the range";
  if (counts.missing > 0) subtitle += ", " + grouped(counts.missing) + " missing";
  if (counts.infinite > 0) subtitle += ", " + grouped(counts.infinite) + " infinite";
  canvas.heading(box.left, histogram.title, subtitle);

  const auto x = [&](double value) { return box.left + box.width * visible_fraction(counts.limits, value); };
  const auto y = [&](double value) { return box.bottom() - box.height * value / up.high; };
  cairo_set_line_width(cairo, 0.5);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const double height = y(rows.values[i]);
    canvas.colour(ink, 0.14);
    canvas.line(box.left, height, box.right(), height);
    canvas.text(box.left - 8, height + 3.4, labels[i], {.align = Align::right});
  }

  const double width = box.width / static_cast<double>(counts.bins.size());
  const double gap = std::min(1.0, width * 0.1);
  canvas.colour(bar, 0.85);
  for (std::size_t i = 0; i < counts.bins.size(); ++i) {
    const double top = y(static_cast<double>(counts.bins[i]));
    cairo_rectangle(cairo, box.left + static_cast<double>(i) * width + gap / 2, top, width - gap, box.bottom() - top);
  }
  cairo_fill(cairo);

  canvas.colour(ink);
  cairo_set_line_width(cairo, 0.9);
  canvas.line(box.left, box.bottom(), box.right(), box.bottom());
  const Marks columns = marks_across(canvas, Axis::number, counts.limits, box, 12);
  for (std::size_t i = 0; i < columns.texts.size(); ++i) {
    const double at = x(columns.ticks.values[i]);
    canvas.colour(ink);
    canvas.line(at, box.bottom(), at, box.bottom() + 3);
    canvas.text(middle_on_sheet(canvas, columns.texts[i], at), box.bottom() + 15, columns.texts[i],
                {.align = Align::centre});
  }
  canvas.horizontal_title(box, histogram.label);
  canvas.vertical_title(box, "values in each interval");
  const auto found = finite_extent(histogram.values);
  if (!found)
    canvas.notice(box,
                  nothing_there(static_cast<std::size_t>(counts.missing), static_cast<std::size_t>(counts.infinite)));
  else if (std::all_of(counts.bins.begin(), counts.bins.end(), [](std::int64_t bin) { return bin == 0; }))
    canvas.notice(box, nothing_within(*found));
  return canvas.png();
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
