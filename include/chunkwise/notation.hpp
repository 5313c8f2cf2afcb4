#pragma once
/// NumPy's notation as text: "(t2m - mean(t2m, 'time')) / std(t2m, axis=0)" becomes the graph that the same formula in
/// C++ becomes, with the same programs to the byte, the same types, names and coordinates. docs/notation.md lists its
/// functions and its differences from NumPy. For programs that get their formulas when they run; a formula that is
/// known when a program is compiled is better written in C++ (expr/), whose compiler checks it. Computes nothing: hand
/// the arrays to a Backend (backend.hpp).
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/core/untyped_array.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

/// One result of a text. A line `name = expression` is a result unless a later line uses the name, an expression
/// without `name =` always is one, with an empty name. So `m = mean(x, 0); z = (x - m) / std(x, 0)` has one result, z,
/// and `m = mean(x, 0); s = std(x, 0)` has two, m and s, in this order. The array's labels are those of the typed
/// formula: a mean keeps the name and units of its variable, arithmetic drops them.
struct Output {
  std::string name;
  UntypedArray array;
};

/// The variables that a text can name.
struct Variables {
  /// Returns the array of this name: t2m, or group/t2m if the text has it in quotes; nullopt if there is none. Called
  /// once for each name that is used, in order of appearance. An error that it throws reaches the caller with the place
  /// in the text.
  std::function<std::optional<UntypedArray>(std::string_view)> find;
  /// Returns all names there are, for the error of an unknown name; may be empty.
  std::function<std::vector<std::string>()> names;
  /// Finds out the facts that a formula needs before its arrays have a shape: where a mask is true (x[x > 0], nonzero),
  /// which elements there are (unique), edges that are computed. Null: formulas that ask for these are refused
  /// (unsupported), and nothing is ever computed.
  BackendPtr backend = nullptr;
  /// Reductions and functions of lines leave NaN out, as xarray's and CDO's do: as if each that has a variant without
  /// NaN, and is not told skipna, were told skipna=True. Windows (rolling) count NaN, as xarray's do.
  bool skipna = false;
  /// Returns an array on the grid that a text in quotes names beside regrid, such as a file's path; nullopt for another
  /// text, which then is the name of a grid. Null: there are names of grids alone.
  std::function<std::optional<UntypedArray>(std::string_view)> on_grid = nullptr;
};

/// Returns the arrays that a text describes, at least one. `keep` names lines whose arrays are results although later
/// lines use them; a line that is only such a name does the same in the text: `m = mean(x, 0); z = x - m; m`. A name
/// may stand for a number too, `k = 273.15; x + k`, which is no result. Reads no element and computes nothing, but for
/// the facts that `Variables::backend` finds out. Throws Error if the text is no formula (invalid_argument), names an
/// array that is not there (not_found), or has operands that do not fit (shape_mismatch, name_mismatch, type_mismatch,
/// out_of_range, ...). The message ends with the line and a caret under the place:
///
///     unknown function 'men'; did you mean 'mean'?
///       x - men(x, 0)
///           ^
[[nodiscard]] std::vector<Output> arrays_of(const TextArgument& text, const Variables& variables,
                                            std::span<const std::string> keep = {});

/// Returns the names of variables that a text uses and does not define itself, each once, in order of appearance: those
/// that `arrays_of` asks for. Throws invalid_argument if the text is no formula, not_found for an unknown function.
[[nodiscard]] std::vector<std::string> names_used(const TextArgument& text);

/// A function of the notation, for help and completion.
struct FunctionHelp {
  std::string_view name;                  ///< NumPy's first name of it: "std"
  std::vector<std::string_view> aliases;  ///< others by which it is known: "stddev"
  std::string signature;                  ///< "std(x, axis=None, ddof=0, keepdims=False)"
  std::string_view summary;               ///< one sentence
};

/// Returns all functions, elementwise ones first, in the order of their lists. Names of element types, float32(x), are
/// functions too and are not among them.
[[nodiscard]] std::vector<FunctionHelp> functions();

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
