#pragma once
/// Values between elements: arrays at other coordinates, gaps that are filled, and functions that are given by points.
/// docs/semantics.md, "Interpolation", defines the values.
#include <initializer_list>
#include <optional>
#include <span>
#include <vector>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/axis.hpp"
#include "chunkwise/expr/select.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// How a value between two elements is made of them.
enum class InterpolationMethod : std::uint8_t {
  linear,   ///< on the straight line between the two; NaN if either is, and they are not the element itself
  nearest,  ///< the nearer element, of two equally near ones the first
};

/// Points of a function, by their abscissas, which do not go down, and their ordinates.
struct Points {
  std::vector<double> x;              ///< the abscissas
  std::vector<double> y;              ///< the ordinates
  std::optional<double> left = {};    ///< the value before the first point; that of the first if there is none
  std::optional<double> right = {};   ///< the value behind the last point; that of the last if there is none
  std::optional<double> period = {};  ///< abscissas that differ by it are one; `left` and `right` do not count
};

// ---------------------------------------------------------------- arrays whose rank is known at run time

/// Returns interp at several values of a coordinate, for arrays of run-time types.
[[nodiscard]] UntypedArray interp(const UntypedArray& x, int along, std::span<const CoordinateValue> at,
                                  InterpolationMethod method);
/// Returns interp at the values that the coordinates of another array have, along the dimensions of the same names.
[[nodiscard]] UntypedArray interp_like(const UntypedArray& x, const Labels& like, int rank, InterpolationMethod method);
/// Returns interpolate_na, by the coordinate of the axis if it has one and `by_coordinate` asks for it.
[[nodiscard]] UntypedArray interpolate_na(const UntypedArray& x, int along, bool by_coordinate);
/// Returns interp by points.
[[nodiscard]] UntypedArray interp(const UntypedArray& x, const Points& points);

// ---------------------------------------------------------------- typed expressions

namespace detail {
template <Expression E, int N>
using FloatingArray =
    Array<std::conditional_t<std::is_floating_point_v<value_type_of<E>>, value_type_of<E>, double>, N>;
template <Expression E>
[[nodiscard]] UntypedArray untyped(const E& x) {
  return Array<value_type_of<E>, rank_of<E>>(x).handle();
}
}  // namespace detail

/// Returns x at other values of the coordinate along an axis, which are its coordinate then; NaN beyond the ends.
/// float32 stays, other types give float64. Only the elements beside these values are read. Throws not_found if the
/// axis has no coordinate, invalid_argument if the coordinate does not go up or down all along.
/// `interp(t2m, "latitude", {52.5, 53.0})`, `interp(t2m, "time", {"2014-02-11T03"}, InterpolationMethod::nearest)`
template <Expression E>
[[nodiscard]] detail::FloatingArray<E, rank_of<E>> interp(const E& x, axis<rank_of<E>> along,
                                                          std::initializer_list<CoordinateValue> at,
                                                          InterpolationMethod method = InterpolationMethod::linear) {
  return detail::FloatingArray<E, rank_of<E>>(
      interp(detail::untyped(x), along.resolve(x.labels()), std::span(at.begin(), at.size()), method));
}
/// Returns interp at many values: `interp(t2m, "latitude", latitudes)`
template <Expression E>
[[nodiscard]] detail::FloatingArray<E, rank_of<E>> interp(const E& x, axis<rank_of<E>> along,
                                                          const std::vector<double>& at,
                                                          InterpolationMethod method = InterpolationMethod::linear) {
  const std::vector<CoordinateValue> values(at.begin(), at.end());
  return detail::FloatingArray<E, rank_of<E>>(
      interp(detail::untyped(x), along.resolve(x.labels()), std::span(values), method));
}
/// Returns x at the coordinates of y, along the dimensions of the same names of which both have coordinates.
template <Expression E, Expression Y>
[[nodiscard]] detail::FloatingArray<E, rank_of<E>> interp_like(
    const E& x, const Y& y, InterpolationMethod method = InterpolationMethod::linear) {
  return detail::FloatingArray<E, rank_of<E>>(interp_like(detail::untyped(x), y.labels(), rank_of<Y>, method));
}

/// Returns x with the straight line between the elements before and behind a gap in place of the gap's NaN; NaN at the
/// ends stay. The line goes by the coordinate of the axis, or, if it has none, by positions. Type, coordinates and
/// units stay. `interpolate_na(t2m, "time")`
template <Expression E>
[[nodiscard]] Array<value_type_of<E>, rank_of<E>> interpolate_na(const E& x, axis<rank_of<E>> along) {
  return Array<value_type_of<E>, rank_of<E>>(interpolate_na(detail::untyped(x), along.resolve(x.labels()), true));
}

/// Returns NumPy's interp: at each element the value of the function that goes through the points in straight lines, in
/// float64; NaN of NaN. Throws invalid_argument for points without a meaning.
/// `interp(pressure, Points{{100, 500, 1000}, {16000, 5600, 100}})`
template <Expression E>
[[nodiscard]] Array<double, rank_of<E>> interp(const E& x, const Points& points) {
  return Array<double, rank_of<E>>(interp(detail::untyped(x), points));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
