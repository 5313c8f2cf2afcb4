#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/plot.hpp"
#include "runtime/plot/axis.hpp"
#include "runtime/plot/canvas.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

constexpr Colour bar = {0.16, 0.42, 0.56};

struct Counts {
  Limits limits;
  std::vector<std::int64_t> bins;
  std::int64_t outside = 0;  // of the limits
  std::int64_t missing = 0;  // NaN and infinities
};

Limits limits_of(const Histogram& histogram) {
  if (histogram.limits) return *histogram.limits;
  Limits limits{0, 0};
  bool found = false;
  for (std::size_t i = 0; i < histogram.values.size(); ++i) {
    const double value = histogram.values[i];
    if (!std::isfinite(value)) continue;
    limits = found ? Limits{std::min(limits.low, value), std::max(limits.high, value)} : Limits{value, value};
    found = true;
  }
  if (limits.low < limits.high) return limits;
  return {limits.low - 0.5, limits.high + 0.5};  // no value, or one
}

Counts count(const Histogram& histogram) {
  Counts result{limits_of(histogram), {}};
  const auto [low, high] = result.limits;
  const int bins = histogram.bins > 0
                       ? histogram.bins
                       : std::clamp(static_cast<int>(std::sqrt(static_cast<double>(histogram.values.size()))), 10, 100);
  result.bins.resize(static_cast<std::size_t>(bins));
  const double scale = bins / (high - low);
  for (std::size_t i = 0; i < histogram.values.size(); ++i) {
    const double value = histogram.values[i];
    if (!std::isfinite(value))
      ++result.missing;
    else if (value < low || value > high)
      ++result.outside;
    else
      ++result.bins[static_cast<std::size_t>(std::min(static_cast<int>((value - low) * scale), bins - 1))];
  }
  return result;
}

/// "1 204" of 1204.
std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, "\u2009");
  return text;
}

}  // namespace

std::string png(const Histogram& histogram, Size size) {
  if (histogram.bins < 0 || (histogram.limits && !(histogram.limits->low < histogram.limits->high)))
    throw Error(ErrorCode::invalid_argument, "plot: a histogram needs bins, and limits of which the first is lower");
  const Counts counts = count(histogram);
  const double most =
      static_cast<double>(std::max<std::int64_t>(1, *std::max_element(counts.bins.begin(), counts.bins.end())));
  const Limits up{0, most * 1.05};

  const Canvas canvas(size);
  cairo_t* const cairo = canvas.cairo();
  const auto rows = ticks(up, 8);
  std::vector<std::string> labels;
  for (const double value : rows.values) labels.push_back(grouped(std::llround(value)));
  const double left = canvas.left_margin(labels);
  const Box box{left, 66, canvas.width() - left - 30, canvas.height() - 66 - 54};
  std::string subtitle = histogram.subtitle + (histogram.subtitle.empty() ? "" : "; ") +
                         grouped(static_cast<std::int64_t>(histogram.values.size())) + " values";
  if (counts.outside > 0) subtitle += ", " + grouped(counts.outside) + " outside the range";
  if (counts.missing > 0) subtitle += ", " + grouped(counts.missing) + " missing";
  canvas.heading(box.left, histogram.title, subtitle);

  const auto x = [&](double value) {
    return box.left + box.width * (value - counts.limits.low) / (counts.limits.high - counts.limits.low);
  };
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
  const auto columns = ticks(counts.limits, 12);
  for (const double value : columns.values) {
    canvas.colour(ink);
    canvas.line(x(value), box.bottom(), x(value), box.bottom() + 3);
    canvas.text(x(value), box.bottom() + 15, label(value, columns.step), {.align = Align::centre});
  }
  canvas.text(box.left + box.width / 2, box.bottom() + 34, histogram.label, {.size = 10, .align = Align::centre});
  canvas.text(18, box.top + box.height / 2, "values in each interval",
              {.size = 10, .align = Align::centre, .upwards = true});
  return canvas.png();
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
