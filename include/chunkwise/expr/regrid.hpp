#pragma once
/// Fields on other grids of the sphere: nearest, bilinear and conservative. The weights are computed once, when the
/// expression is built; they are a sparse matrix, by which each field is multiplied when it is run.
/// docs/regridding.md defines the methods and their missing values.
#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/expr/grid.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The ways to make a cell of others.
enum class RegridMethod : std::uint8_t {
  nearest,       ///< the cell whose centre is nearest
  bilinear,      ///< between the four centres around a point
  conservative,  ///< the mean of the cells that overlap, by the areas of the overlaps: first order
};
/// The names of the methods, by their numbers.
inline constexpr std::array<std::string_view, 3> regrid_methods{"nearest", "bilinear", "conservative"};

/// The cells of one grid as weighted sums of cells of another one.
struct RegridWeights {
  /// A cell of the source and its weight.
  struct Link {
    std::int64_t source = 0;
    double weight = 0;
  };
  std::int64_t sources = 0;        ///< the cells of the source
  std::vector<std::int64_t> ends;  ///< for each cell of the target, row by row, the end of its links
  std::vector<bool> skips_nan;     ///< for each cell of the target: missing cells are left out, else it is missing too
  std::vector<Link> links;         ///< of each cell in the order of sources
};

/// Returns the weights from one grid to another. A target cell outside the source has no links, but of `nearest`.
/// Throws not_found if `conservative` needs corners that are not known, invalid_argument for cells that are 180 degrees
/// wide or more, unsupported for grids whose weights would be more than 2^26 numbers.
[[nodiscard]] RegridWeights regrid_weights(const Grid& source, const Grid& target, RegridMethod method);

/// Returns regrid for arrays whose rank is known at run time.
[[nodiscard]] UntypedArray regrid(const UntypedArray& x, const Grid& target, RegridMethod method);
/// Returns the same by weights that were computed before, between these grids; throws shape_mismatch if they are of
/// other numbers of cells.
[[nodiscard]] UntypedArray regrid(const UntypedArray& x, const Grid& target, const RegridWeights& weights);

/// Returns x on another grid, which takes the place of the two axes of its own. float32 stays float32, all other types
/// become float64; sums are added in float64. A cell that the source does not reach is NaN; `nearest` reaches all.
/// Names and coordinates of the two axes are the target's, or of a named grid the names are those of x. Units are kept.
/// Throws as Grid::of and regrid_weights do.
///
///     compute(regrid(t2m, Grid::named("r180x91"), RegridMethod::bilinear))
template <Expression E>
[[nodiscard]] auto regrid(const E& x, const Grid& target, RegridMethod method) {
  static_assert(rank_of<E> >= 2, "chunkwise: a field has an axis of latitude and one of longitude");
  using T = std::conditional_t<std::is_same_v<value_type_of<E>, float>, float, double>;
  return Array<T, rank_of<E>>(regrid(detail::handle_of(x), target, method));
}
/// Returns x on the grid of another array.
template <Expression E, Expression F>
[[nodiscard]] auto regrid(const E& x, const F& like, RegridMethod method) {
  return regrid(x, Grid::of(like.labels(), like.shape()), method);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
