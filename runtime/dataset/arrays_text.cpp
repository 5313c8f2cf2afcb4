// Datasets as text, in the layout of xarray.
#include <algorithm>
#include <set>
#include <sstream>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/scalar_coordinate.hpp"
#include "chunkwise/dataset/dataset.hpp"
#include "chunkwise/graph/node.hpp"
#include "chunkwise/io/cf_time.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/io/number_text.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// A line of the text: `  * time  (time) int32 2015-01-01 00:00 ... 2015-01-03 18:00`
struct Line {
  std::string name, dimensions, content;
  bool is_index = false;
};

std::string in_parentheses(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + (name.empty() ? "?" : printable(name));
  return names.empty() ? std::string() : "(" + text + ") ";
}

std::string values_text(const Coordinate& coordinate) {
  const auto time = time_units_of(coordinate);
  const auto value = [&](std::int64_t i) {
    return time                                   ? time_text(*time, coordinate[i])
           : coordinate.dtype() == DType::float32 ? number_text(std::stod([&] {
               std::string text;
               append_number(text, static_cast<float>(coordinate[i]), {"nan", "inf", "-inf", "", ""});
               return text;
             }()))
                                                  : number_text(coordinate[i]);
  };
  const std::int64_t shown = time ? 1 : 3, size = coordinate.size();
  std::string text;
  for (std::int64_t i = 0; i < size; ++i) {
    if (size > 2 * shown && i == shown) {
      text += " ...";
      i = size - shown;
    }
    text += " " + value(i);
  }
  return text;
}

std::vector<std::string> dimensions_of(const UntypedArray& array) {
  std::vector<std::string> names;
  for (int axis = 0; axis < array.shape.rank(); ++axis) names.push_back(array.labels.dimension(axis));
  return names;
}

class Text {
 public:
  explicit Text(const Dataset& dataset) : dataset_(dataset) {
    for (const auto& [name, array] : dataset.variables()) variables_.insert(name);
    for (const auto& [name, array] : dataset.variables()) add(name, array);
  }

  [[nodiscard]] std::string run() const {
    std::size_t width = 0;
    for (const auto* lines : {&coordinates_, &data_})
      for (const Line& line : *lines) width = std::max(width, printable(line.name).size());
    std::ostringstream out;
    out << "<chunkwise.Dataset>\nDimensions:  (" << sizes_ << ")\n";
    write(out, "Coordinates", coordinates_, width);
    write(out, "Data variables", data_, width);
    if (dataset_.attributes().empty()) return out.str();
    out << "Attributes:\n";
    for (const Attribute& attribute : dataset_.attributes()) {
      const std::string text = text_of(attribute).value_or(to_string(attribute).substr(attribute.name.size() + 3));
      out << "    " << printable(attribute.name) << ":  " << printable(text) << '\n';
    }
    return out.str();
  }

 private:
  static void write(std::ostream& out, const char* title, const std::vector<Line>& lines, std::size_t width) {
    if (lines.empty()) return;
    out << title << ":\n";
    for (const Line& line : lines) {
      const std::string name = printable(line.name);
      out << (line.is_index ? "  * " : "    ") << name << std::string(width - name.size() + 2, ' ') << line.dimensions
          << line.content << '\n';
    }
  }

  void add(const std::string& name, const UntypedArray& array) {
    for (int axis = 0; axis < array.shape.rank(); ++axis) {
      const std::string& dimension = array.labels.dimension(axis);
      if (!sized_.insert(dimension).second) continue;
      sizes_ += (sizes_.empty() ? "" : ", ") + (dimension.empty() ? "?" : printable(dimension)) + ": " +
                std::to_string(array.shape[axis]);
      if (const Coordinate& coordinate = array.labels.coordinate(axis))
        coordinates_.push_back({dimension, in_parentheses({dimension}),
                                std::string(name_of(coordinate.dtype())) + values_text(coordinate), true});
    }
    for (const Companion& companion : array.labels.companions())
      if (companion && !variables_.contains(companion.name()) && described_.insert(companion.name()).second) {
        const Coordinate scalar = scalar_coordinate(array.labels, companion.name());
        coordinates_.push_back({companion.name(), in_parentheses(companion.dimensions()),
                                companion.is_text() ? "text"
                                                    : std::string(name_of(companion.dtype())) +
                                                          (scalar ? values_text(scalar) : std::string()),
                                false});
      }
    const ChunkGrid& grid = array.node->grid;
    const double bytes = static_cast<double>(array.shape.elements()) * static_cast<double>(size_of(array.node->dtype));
    std::string content(name_of(array.node->dtype));
    if (grid.chunks() > 1) content += ", " + std::to_string(grid.chunks()) + " chunks of " + to_string(grid.largest());
    data_.push_back({name, in_parentheses(dimensions_of(array)), content + ", " + format_bytes(bytes), false});
  }

  const Dataset& dataset_;
  std::set<std::string> variables_, sized_, described_;
  std::string sizes_;
  std::vector<Line> coordinates_, data_;
};

}  // namespace

std::string to_string(const Dataset& dataset) { return Text(dataset).run(); }

std::ostream& operator<<(std::ostream& out, const Dataset& dataset) { return out << to_string(dataset); }

}  // namespace chunkwise::inline CHUNKWISE_ABI
