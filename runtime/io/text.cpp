#include "chunkwise/io/text.hpp"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "chunkwise/core/companion.hpp"
#include "runtime/core/array_text.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/io/json.hpp"
#include "runtime/io/number_text.hpp"
#include "runtime/io/row_major.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

constexpr NonFinite json_words{R"("NaN")", R"("Infinity")", R"("-Infinity")", "true", "false"};
constexpr NonFinite csv_words{"nan", "inf", "-inf", "True", "False"};
/// Text is handed to the stream in pieces of about this size.
constexpr std::size_t piece = std::size_t{1} << 16;

void flush(std::ostream& out, std::string& text, std::size_t least = 0) {
  if (text.size() < least) return;
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  text.clear();
}

template <Element T>
class JsonValues {
 public:
  JsonValues(std::ostream& out, const UntypedNdArray& array) : out_(out), array_(array) {}
  void write() {
    write(static_cast<const T*>(array_.data), 0);
    flush(out_, text_);
  }

 private:
  void write(const T* from, int axis) {
    if (axis == array_.shape.rank()) {
      append_number(text_, *from, json_words);
      return flush(out_, text_, piece);
    }
    text_ += '[';
    for (std::int64_t i = 0; i < array_.shape[axis]; ++i) {
      if (i > 0) text_ += ',';
      write(from + i * array_.strides[axis], axis + 1);
    }
    text_ += ']';
  }

  std::ostream& out_;
  const UntypedNdArray& array_;
  std::string text_;
};

/// Returns a coordinate's values as texts, or the indices if there is none.
std::vector<std::string> axis_texts(const Labels& labels, int axis, std::int64_t extent) {
  std::vector<std::string> texts(static_cast<std::size_t>(extent));
  const Coordinate& coordinate = labels.coordinate(axis);
  if (!coordinate || coordinate.size() != extent) {
    for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = std::to_string(i);
    return texts;
  }
  const std::vector<std::byte> bytes = coordinate.to_bytes();
  dispatch(coordinate.dtype(), [&]<class T>(T) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      T value;
      std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
      append_number(texts[i], value, csv_words);
    }
  });
  return texts;
}

/// Returns the names of a table's columns: of the axes, then of the values. Names of a file may be equal, like those of
/// a coordinate and its axis, and a reader would keep one of such columns.
std::vector<std::string> column_names(const Labels& labels, int rank) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name, const std::string& otherwise) {
    const auto is_free = [&](const std::string& text) { return std::ranges::find(names, text) == names.end(); };
    std::string free = name.empty() || !is_free(name) ? otherwise : name;
    while (!is_free(free)) free += '_';
    names.push_back(std::move(free));
  };
  for (int axis = 0; axis < rank; ++axis) add(labels.dimension(axis), "axis_" + std::to_string(axis));
  add(labels.name(), "value");
  return names;
}

/// Returns a field by RFC 4180: with quotes if it has a comma or quote. A line of the table is one of the text.
std::string csv_field(const std::string& name) {
  const std::string text = printable(name);
  if (text.find_first_of(",\"") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

template <Element T>
void write_table(std::ostream& out, const UntypedNdArray& array, const std::vector<std::vector<std::string>>& axes) {
  PerAxis<std::int64_t> at = PerAxis<std::int64_t>::filled(array.shape.rank(), 0);
  std::string text;
  for_each_row(array, [&](const void* first, std::int64_t count, std::int64_t stride) {
    const auto* from = static_cast<const T*>(first);
    const int last = array.shape.rank() - 1;
    std::string before;
    for (int axis = 0; axis < last; ++axis)
      before += axes[static_cast<std::size_t>(axis)][static_cast<std::size_t>(at[axis])] + ',';
    for (std::int64_t i = 0; i < count; ++i) {
      text += before;
      if (last >= 0) text += axes.back()[static_cast<std::size_t>(i)] + ',';
      append_number(text, from[i * stride], csv_words);
      text += '\n';
      flush(out, text, piece);
    }
    for (int axis = last - 1; axis >= 0 && ++at[axis] == array.shape[axis]; --axis) at[axis] = 0;
  });
  flush(out, text);
}

}  // namespace

void write_json(std::ostream& out, const UntypedNdArray& array, const Labels& labels) {
  require_readable(array);
  Json head;
  if (!labels.name().empty()) head["name"] = labels.name();
  head["dtype"] = name_of(array.dtype);
  head["shape"] = std::vector<std::int64_t>(array.shape.begin(), array.shape.end());
  Json dimensions = Json::array();
  Json coordinates = Json::object();
  for (int axis = 0; axis < array.shape.rank(); ++axis) {
    const std::string& name = labels.dimension(axis);
    dimensions.push_back(name.empty() ? Json() : Json(name));
    const Coordinate& coordinate = labels.coordinate(axis);
    if (!name.empty() && coordinate && coordinate.size() == array.shape[axis]) coordinates[name] = to_json(coordinate);
  }
  head["dimensions"] = std::move(dimensions);
  // An attribute may name only things that are here: companions stay behind.
  const auto named = [&](const std::string& name) {
    return coordinates.contains(name) ? std::optional(name) : std::nullopt;
  };
  Attributes attributes;
  for (Attribute attribute : labels.attributes()) {
    if (is_reference(attribute.name)) attribute.value = renamed_references(attribute, named);
    if (!is_reference(attribute.name) || !text_of(attribute)->empty()) attributes.push_back(std::move(attribute));
  }
  if (!coordinates.empty()) head["coordinates"] = std::move(coordinates);
  if (!attributes.empty()) head["attributes"] = to_json(attributes);
  std::string text = dump(head);
  text.pop_back();
  out << text << ",\"values\":";
  dispatch(array.dtype, [&]<class T>(T) { JsonValues<T>(out, array).write(); });
  out << "}\n";
}

void write_text(std::ostream& out, const UntypedNdArray& array) { out << whole_text(array) << '\n'; }

void write_csv(std::ostream& out, const UntypedNdArray& array, const Labels& labels) {
  require_readable(array);
  std::vector<std::vector<std::string>> axes;
  for (int axis = 0; axis < array.shape.rank(); ++axis) axes.push_back(axis_texts(labels, axis, array.shape[axis]));
  std::string names;
  for (const std::string& name : column_names(labels, array.shape.rank()))
    names += (names.empty() ? "" : ",") + csv_field(name);
  out << names << '\n';
  dispatch(array.dtype, [&]<class T>(T) { write_table<T>(out, array, axes); });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
