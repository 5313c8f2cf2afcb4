#include "runtime/plot/bar.hpp"

#include <algorithm>

#include "runtime/plot/limits.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {
namespace {

constexpr double gap = 14;    // between the map and the bar
constexpr double thick = 12;  // the bar
constexpr double beside = 6;  // between the bar and its texts
constexpr double title = 22;  // the room of the title
constexpr double point = 9;   // the height of a pointed end

}  // namespace

ColourBar::ColourBar(const Canvas& canvas, const Map& map, const Paint& paint, double height)
    : canvas_(canvas), map_(map), paint_(paint) {
  if (map.categories.empty()) {
    widest_ = canvas.widest(marks_up(Axis::number, paint.limits(), height - 2 * point).texts);
  } else {
    std::vector<std::string> texts;
    for (const Category& category : map.categories) texts.push_back(category.label);
    widest_ = std::min(canvas.widest(texts), canvas.width() * 0.25);
  }
  width_ = std::max(88.0, gap + thick + beside + widest_ + title + 8);
}

void ColourBar::draw(const Box& box) const {
  if (map_.categories.empty())
    draw_bar({box.right() + gap, box.top + point, thick, std::max(box.height - 2 * point, 1.0)});
  else
    draw_legend(box);
  const double middle = box.top + box.height / 2;
  const double room = 2 * std::min(middle - 60, canvas_.height() - middle - 8);
  canvas_.text_within(room, box.right() + gap + thick + beside + widest_ + 16, middle, map_.label,
                      {.size = 10, .align = Align::centre, .upwards = true});
}

void ColourBar::draw_bar(const Box& bar) const {
  cairo_t* const cairo = canvas_.cairo();
  const auto& colours = colour_table(map_.colours);

  const double lower_end = paint_.reaches_below() ? bar.bottom() + point : bar.bottom();
  const double upper_end = paint_.reaches_above() ? bar.top - point : bar.top;
  cairo_move_to(cairo, bar.left, bar.bottom());
  cairo_line_to(cairo, bar.left + bar.width / 2, lower_end);
  cairo_line_to(cairo, bar.right(), bar.bottom());
  cairo_line_to(cairo, bar.right(), bar.top);
  cairo_line_to(cairo, bar.left + bar.width / 2, upper_end);
  cairo_line_to(cairo, bar.left, bar.top);
  cairo_close_path(cairo);
  cairo_path_t* const shape = cairo_copy_path(cairo);

  cairo_pattern_t* const gradient = cairo_pattern_create_linear(0, bar.bottom(), 0, bar.top);
  for (std::size_t i = 0; i < colours.size(); ++i) {
    const double offset = static_cast<double>(i) / (static_cast<double>(colours.size()) - 1);
    cairo_pattern_add_color_stop_rgb(gradient, offset, colours[i].red, colours[i].green, colours[i].blue);
  }
  cairo_set_source(cairo, gradient);
  cairo_fill(cairo);
  cairo_pattern_destroy(gradient);

  cairo_append_path(cairo, shape);
  cairo_path_destroy(shape);
  canvas_.colour(ink);
  cairo_set_line_width(cairo, 0.7);
  cairo_stroke(cairo);

  const Limits limits = paint_.limits();
  const Marks marks = marks_up(Axis::number, limits, bar.height);
  for (std::size_t i = 0; i < marks.texts.size(); ++i) {
    const double y = bar.bottom() - bar.height * visible_fraction(limits, marks.ticks.values[i]);
    canvas_.colour(ink);
    canvas_.line(bar.right(), y, bar.right() + 3, y);
    canvas_.text(bar.right() + beside, y + 3.4, marks.texts[i], {});
  }
}

void ColourBar::draw_legend(const Box& box) const {
  cairo_t* const cairo = canvas_.cairo();
  const auto count = static_cast<double>(map_.categories.size());
  // The bar is as high as the map, and higher if the map is a narrow strip.
  const double room = std::max(box.height, std::min(count * 11, canvas_.height() - box.top - 20));
  const double step = std::min(17.0, room / count);
  const double side = std::min(thick, step * 0.8);
  for (std::size_t i = 0; i < map_.categories.size(); ++i) {
    const double top = box.top + static_cast<double>(i) * step;
    const Box swatch{box.right() + gap, top, thick, side};
    cairo_rectangle(cairo, swatch.left, swatch.top, swatch.width, swatch.height);
    canvas_.colour(paint_.category_colours()[i]);
    cairo_fill_preserve(cairo);
    canvas_.colour(ink);
    cairo_set_line_width(cairo, 0.5);
    cairo_stroke(cairo);
    const double size = std::min(9.5, step);
    canvas_.text_within(widest_ + 2, swatch.right() + beside, top + side / 2 + size * 0.36, map_.categories[i].label,
                        {.size = size});
  }
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
