#include "chunkwise/core/ndarray.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <string_view>
#include <type_traits>

#include "runtime/core/array_text.hpp"
#include "runtime/core/lies_within.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// The part of an array that its text shows.
enum class Shown { excerpt, all };

// NumPy's defaults (numpy.set_printoptions) of an excerpt.
constexpr int digits = 8;
constexpr std::int64_t threshold = 1000;
constexpr std::int64_t edge_items = 3;
constexpr std::size_t line_width = 75;

/// A number's text, cut at its decimal point: "-12" and "5", and the exponent in scientific notation.
struct Decimal {
  std::string whole;
  std::string fraction;
  int exponent = 0;
};

template <class T>
std::string digits_of(T value, std::chars_format format, int precision = -1) {
  // The largest double has 309 digits before its point.
  std::string text(400, '\0');
  const auto end = precision < 0 ? std::to_chars(text.data(), text.data() + text.size(), value, format)
                                 : std::to_chars(text.data(), text.data() + text.size(), value, format, precision);
  text.resize(static_cast<std::size_t>(end.ptr - text.data()));
  return text;
}

Decimal split(std::string text) {
  Decimal result;
  if (const auto e = text.find('e'); e != std::string::npos) {
    const char* first = text.data() + e + 1 + (text[e + 1] == '+');
    std::from_chars(first, text.data() + text.size(), result.exponent);
    text.resize(e);
  }
  const auto point = text.find('.');
  result.whole = text.substr(0, point);
  if (point != std::string::npos) result.fraction = text.substr(point + 1);
  return result;
}

/// Returns the shortest digits that read back to the value, but in an excerpt at most `digits` behind the point.
template <class T>
Decimal decimal(T value, std::chars_format format, Shown shown) {
  Decimal result = split(digits_of(value, format));
  if (shown == Shown::excerpt && result.fraction.size() > static_cast<std::size_t>(digits)) {
    result = split(digits_of(value, format, digits));
    result.fraction.erase(result.fraction.find_last_not_of('0') + 1);
  }
  return result;
}

std::string exponent_text(int exponent, std::size_t width) {
  std::string text = std::to_string(std::abs(exponent));
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return (exponent < 0 ? "e-" : "e+") + text;
}

std::string padded_left(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

std::string_view non_finite(double value) {
  if (std::isnan(value)) return "nan";
  return value < 0 ? "-inf" : "inf";
}

/// The form in which all elements of one array are written, so that they stand below each other.
template <class T>
class Format {
 public:
  explicit Format(Shown shown) : shown_(shown) {}

  void see(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(value)) {
        non_finite_width_ = std::max(non_finite_width_, non_finite(static_cast<double>(value)).size());
        return;
      }
      finite_ = true;
      if (const T magnitude = std::fabs(value); magnitude != T{0}) {
        largest_ = std::max(largest_, magnitude);
        smallest_ = std::min(smallest_, magnitude);
      }
    } else if constexpr (!std::is_same_v<T, bool>) {
      width_ = std::max(width_, std::to_string(value).size());
    }
  }

  /// Chooses the notation. Called between the two passes over the data; the widths are not known yet.
  void choose_notation() {
    if constexpr (std::is_floating_point_v<T>)
      scientific_ = largest_ > T{0} && (static_cast<double>(largest_) >= 1e8 || static_cast<double>(smallest_) < 1e-4 ||
                                        largest_ / smallest_ > T{1000});
  }
  void measure(T value) {
    if constexpr (std::is_floating_point_v<T>) {
      if (!std::isfinite(value)) return;
      const Decimal d = decimal(value, notation(), shown_);
      whole_width_ = std::max(whole_width_, d.whole.size());
      fraction_width_ = std::max(fraction_width_, d.fraction.size());
      exponent_width_ = std::max(exponent_width_, std::to_string(std::abs(d.exponent)).size());
    }
  }
  void finish() {
    if constexpr (std::is_floating_point_v<T>) {
      if (finite_) width_ = whole_width_ + 1 + fraction_width_ + (scientific_ ? exponent_width_ + 2 : 0);
      width_ = std::max(width_, non_finite_width_);
    }
  }

  [[nodiscard]] std::string operator()(T value) const {
    if constexpr (std::is_same_v<T, bool>)
      return value ? " True" : "False";
    else if constexpr (std::is_integral_v<T>)
      return padded_left(std::to_string(value), width_);
    else {
      if (!std::isfinite(value)) return padded_left(std::string(non_finite(static_cast<double>(value))), width_);
      Decimal d = decimal(value, notation(), shown_);
      // Short numbers are filled up: with blanks, or in scientific notation with the digits that come next.
      if (d.fraction.size() < fraction_width_ && scientific_ && shown_ == Shown::excerpt)
        d = split(digits_of(value, notation(), static_cast<int>(fraction_width_)));
      // Digits of different number would tear a number and its exponent apart.
      if (!scientific_ || shown_ == Shown::excerpt) d.fraction.resize(fraction_width_, ' ');
      std::string text = d.whole + "." + d.fraction;
      if (scientific_) text += exponent_text(d.exponent, exponent_width_);
      return padded_left(text, width_);
    }
  }

 private:
  [[nodiscard]] std::chars_format notation() const {
    return scientific_ ? std::chars_format::scientific : std::chars_format::fixed;
  }
  using Magnitude = std::conditional_t<std::is_floating_point_v<T>, T, int>;
  Shown shown_;
  Magnitude largest_ = 0;
  Magnitude smallest_ = std::numeric_limits<Magnitude>::max();
  bool finite_ = false;
  bool scientific_ = false;
  std::size_t width_ = 0;
  std::size_t whole_width_ = 0;
  std::size_t fraction_width_ = 0;
  std::size_t exponent_width_ = 2;
  std::size_t non_finite_width_ = 0;
};

/// Returns the shortest digits that read back to the value.
template <class T>
Decimal shortest(T value, std::chars_format format) {
  if (format == std::chars_format::fixed && std::fabs(value) >= T{1 << 24}) {
    // If the shortest digits end before the point, to_chars goes on with exact digits; Python fills up with zeros.
    Decimal result = split(digits_of(value, std::chars_format::scientific));
    if (result.exponent > static_cast<int>(result.fraction.size())) {
      result.fraction.resize(static_cast<std::size_t>(result.exponent), '0');
      return {result.whole + result.fraction, "", 0};
    }
  }
  return split(digits_of(value, format));
}

/// Returns the text of a single number: all its digits, as Python writes it.
template <class T>
std::string scalar_text(T value) {
  if constexpr (std::is_same_v<T, bool>)
    return value ? "True" : "False";
  else if constexpr (std::is_integral_v<T>)
    return std::to_string(value);
  else {
    if (!std::isfinite(value)) return std::string(non_finite(static_cast<double>(value)));
    const double magnitude = std::fabs(static_cast<double>(value));
    const bool scientific = magnitude != 0 && (magnitude >= 1e16 || magnitude < 1e-4);
    const Decimal d = shortest(value, scientific ? std::chars_format::scientific : std::chars_format::fixed);
    if (scientific) return d.whole + (d.fraction.empty() ? "" : "." + d.fraction) + exponent_text(d.exponent, 2);
    return d.whole + "." + (d.fraction.empty() ? "0" : d.fraction);
  }
}

/// The text of one array, part by part.
template <class T>
class Writer {
 public:
  /// `array` is all of an array of this shape, or its edges: of each axis that is cut, the shown part.
  Writer(const UntypedNdArray& array, const Shape& shape, Shown shown)
      : array_(array), shape_(shape), cut_(shown == Shown::excerpt && shape.elements() > threshold), format_(shown) {
    const T* data = static_cast<const T*>(array.data);
    visit(data, 0, [this](T value) { format_.see(value); });
    format_.choose_notation();
    visit(data, 0, [this](T value) { format_.measure(value); });
    format_.finish();
  }
  [[nodiscard]] std::string write() const { return write(static_cast<const T*>(array_.data), 0); }

 private:
  [[nodiscard]] bool is_cut(int axis) const { return cut_ && shape_[axis] > 2 * edge_items; }
  /// Returns the offset of element i of an axis in the array.
  [[nodiscard]] std::int64_t offset(std::int64_t i, int axis) const {
    const std::int64_t left_out = shape_[axis] - array_.shape[axis];
    return (i < edge_items ? i : i - left_out) * array_.strides[axis];
  }

  /// Calls f with each position of an axis that is shown; -1 stands for the gap.
  void shown(int axis, const std::function<void(std::int64_t)>& f) const {
    const std::int64_t extent = shape_[axis];
    const std::int64_t lead = is_cut(axis) ? edge_items : extent;
    for (std::int64_t i = 0; i < lead; ++i) f(i);
    if (!is_cut(axis)) return;
    f(-1);
    for (std::int64_t i = extent - edge_items; i < extent; ++i) f(i);
  }
  void visit(const T* from, int axis, const std::function<void(T)>& f) const {
    if (axis == array_.shape.rank()) return f(*from);
    shown(axis, [&](std::int64_t i) {
      if (i >= 0) visit(from + offset(i, axis), axis + 1, f);
    });
  }

  [[nodiscard]] std::string write(const T* from, int axis) const {
    const int left = array_.shape.rank() - axis;
    const std::string indent(static_cast<std::size_t>(axis) + 1, ' ');
    std::string text;
    if (left > 1) {
      const std::string separator(static_cast<std::size_t>(left) - 1, '\n');
      shown(axis, [&](std::int64_t i) {
        if (!text.empty()) text += separator + indent;
        text += i < 0 ? std::string("...") : write(from + offset(i, axis), axis + 1);
      });
      return "[" + text + "]";
    }
    // One bracket closes for each axis around this one, and the line must have room for them all.
    const std::size_t room = line_width - static_cast<std::size_t>(axis) - 1;
    std::string line = indent;
    shown(axis, [&](std::int64_t i) {
      const std::string word = i < 0 ? std::string("...") : format_(from[offset(i, axis)]);
      if (line.size() > indent.size() && line.size() + word.size() > room) {
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
        line = indent;
      }
      line += word + " ";
    });
    // Removes the separator behind the last word, but not the padding that belongs to the word.
    line.pop_back();
    text += line;
    return "[" + text.substr(indent.size()) + "]";
  }

  const UntypedNdArray& array_;
  const Shape shape_;
  bool cut_;
  Format<T> format_;
};

}  // namespace

std::int64_t shown_edge(const Shape& shape, int axis) {
  return shape.elements() > threshold && shape[axis] > 2 * edge_items ? edge_items : 0;
}

std::string to_string(const UntypedNdArray& array) { return to_string(array, array.shape); }

namespace {

std::string text_of(const UntypedNdArray& array, const Shape& shape, Shown shown) {
  if (shape.elements() == 0) return "[]";
  return dispatch(array.dtype, [&](auto zero) {
    using T = decltype(zero);
    if (array.shape.rank() == 0) return scalar_text(*static_cast<const T*>(array.data));
    return Writer<T>(array, shape, shown).write();
  });
}

}  // namespace

void require_readable(const UntypedNdArray& array) {
  if (!is_dtype(array.dtype))
    throw Error(ErrorCode::invalid_argument,
                "an array of shape " + to_string(array.shape) + " has an element type that there is not");
  if (array.shape.elements() == 0) return;
  if (array.data == nullptr)
    throw Error(ErrorCode::invalid_argument,
                "an array of shape " + to_string(array.shape) + " has no memory: its data is null");
  for (int axis = 0; axis < array.shape.rank(); ++axis)
    if (array.shape[axis] > 1 && axis >= array.strides.rank())
      throw Error(ErrorCode::shape_mismatch, "an array of shape " + to_string(array.shape) +
                                                 " has no stride for axis " + std::to_string(axis) +
                                                 "; row_major_strides(shape) gives those of elements side by side");
}

std::string to_string(const UntypedNdArray& array, const Shape& shape) {
  require_readable(array);
  bool shows = array.shape.rank() == shape.rank();
  for (int axis = 0; shows && axis < shape.rank(); ++axis) {
    const std::int64_t edge = shown_edge(shape, axis);
    shows = array.shape[axis] == shape[axis] || (edge > 0 && array.shape[axis] == 2 * edge);
  }
  if (!shows)
    throw Error(ErrorCode::shape_mismatch, "an array of shape " + to_string(array.shape) + " is neither one of shape " +
                                               to_string(shape) + " nor its edges (edges_of)");
  return text_of(array, shape, Shown::excerpt);
}

std::string whole_text(const UntypedNdArray& array) {
  require_readable(array);
  return text_of(array, array.shape, Shown::all);
}

UntypedNdArray part_of(const UntypedNdArray& array, const Region& region) {
  if (!lies_within(region, array.shape))
    throw Error(ErrorCode::out_of_range,
                to_string(region) + " does not lie within an array of shape " + to_string(array.shape));
  UntypedNdArray view = array;
  std::int64_t offset = 0;
  view.shape = region.shape();
  for (int axis = 0; axis < region.rank(); ++axis) {
    offset += region[axis].start * array.strides[axis];
    view.strides[axis] = region[axis].step * array.strides[axis];
  }
  view.data = static_cast<const std::byte*>(array.data) + offset * static_cast<std::int64_t>(size_of(array.dtype));
  return view;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
