#pragma once
/// The functions of the notation that are made of others: of several elementwise operations (composed.cpp), of several
/// functions along an axis (sequences.cpp), or between elements (interpolate.cpp).
#include <array>

#include "runtime/notation/functions.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

constexpr Function composed_function(Composed composed, std::string_view name, std::string_view alias,
                                     std::size_t arrays, std::string_view parameters,
                                     std::array<std::string_view, 4> keywords, std::string_view summary,
                                     bool is_method = false) {
  Function function = function_of(Function::Kind::composed, name, arrays, is_method, parameters, keywords, summary);
  function.composed = composed;
  function.alias = alias;
  return function;
}
inline constexpr std::array composed_functions{
    composed_function(Composed::round, "round", "around", 1, "x, decimals=0", {"decimals"},
                      "x rounded to so many decimals, a half to the even neighbour; integers stay integers.", true),
    composed_function(Composed::clip, "clip", "", 3, "x, min=None, max=None", {"min", "max", "a_min", "a_max"},
                      "x between two limits; NaN stays NaN.", true),
    composed_function(Composed::isclose, "isclose", "", 2, "x, y, rtol=1e-05, atol=1e-08, equal_nan=False",
                      {"rtol", "atol", "equal_nan"}, "True where x is within atol + rtol * abs(y) of y."),
    composed_function(Composed::nan_to_num, "nan_to_num", "", 1, "x, nan=0.0, posinf=None, neginf=None",
                      {"nan", "posinf", "neginf"},
                      "x with numbers in place of NaN and infinities, for these the largest and smallest of the type."),
    composed_function(Composed::positive, "positive", "", 1, "x", {}, "x itself; not of bool."),
    composed_function(Composed::fillna, "fillna", "combine_first", 2, "x, value", {"value"},
                      "x with another value in place of NaN.", true),
    composed_function(Composed::notnull, "notnull", "notna", 1, "x", {}, "True where an element is not missing.", true),
    composed_function(Composed::isposinf, "isposinf", "", 1, "x", {}, "True where x is infinite and above zero."),
    composed_function(Composed::isneginf, "isneginf", "", 1, "x", {}, "True where x is infinite and below zero."),
    composed_function(Composed::float_power, "float_power", "", 2, "x, y", {}, "The power in float64."),
    composed_function(Composed::sinc, "sinc", "", 1, "x", {}, "sin(pi x) / (pi x), and 1 of 0."),
    composed_function(Composed::real, "real", "", 1, "x", {}, "The real part: x itself."),
    composed_function(Composed::conj, "conj", "conjugate", 1, "x", {}, "The complex conjugate: x itself.", true),
    composed_function(Composed::imag, "imag", "", 1, "x", {}, "The imaginary part: 0."),
    composed_function(Composed::angle, "angle", "", 1, "x", {}, "The angle as a complex number: 0, or pi below zero."),
    composed_function(Composed::isreal, "isreal", "", 1, "x", {}, "True: the imaginary part is 0."),
};

constexpr Function composed_along(Function::Kind kind, std::string_view name, std::size_t arrays, bool is_method,
                                  std::string_view parameters, std::array<std::string_view, 4> keywords,
                                  std::string_view summary) {
  Function function = composed_function({}, name, "", arrays, parameters, keywords, summary, is_method);
  function.kind = kind;
  return function;
}
inline constexpr std::array sequence_functions{
    composed_along(Function::Kind::sequence, "cumulative_sum", 1, false,
                   "x, axis=None, dtype=None, include_initial=False", {"axis", "dim", "dtype", "include_initial"},
                   "Running sum along an axis, behind a 0 if include_initial asks for it."),
    composed_along(Function::Kind::sequence, "cumulative_prod", 1, false,
                   "x, axis=None, dtype=None, include_initial=False", {"axis", "dim", "dtype", "include_initial"},
                   "Running product along an axis, behind a 1 if include_initial asks for it."),
    composed_along(Function::Kind::sequence, "convolve", 2, false, "x, kernel, mode='full', axis=-1",
                   {"mode", "axis", "dim"}, "Convolution along an axis with a kernel of one axis."),
    composed_along(Function::Kind::sequence, "correlate", 2, false, "x, kernel, mode='valid', axis=-1",
                   {"mode", "axis", "dim"}, "Correlation along an axis with a kernel of one axis."),
    composed_along(Function::Kind::sequence, "cross", 2, false, "x, y, axis=-1", {"axis", "dim"},
                   "Product of vectors of three elements along an axis."),
    composed_along(Function::Kind::interpolation, "interp_like", 2, true, "x, y, method='linear'", {"method"},
                   "x at the coordinates of y, between its elements."),
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
