#pragma once
/// A picture of an array, chosen by the array: a field over two axes becomes a map, a line a profile. Names,
/// coordinates and units come from its labels: longitudes and times lie below, heights, depths and pressures at the
/// left, with the upper end on top. plot.hpp has the pictures themselves, for programs that choose.
#include <optional>
#include <string>
#include <vector>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/ndarray.hpp"
#include "chunkwise/plot.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// The options of a picture. Options that are left out follow from the array.
struct PictureOptions {
  /// The kinds of picture.
  enum class Kind {
    automatic,  ///< map for two axes, profile for one; axes of a single element do not count
    map,
    profile,
    histogram,               ///< of an array of any rank
  } kind = Kind::automatic;  ///< which of them
  /// Without: red_blue for deviations, else viridis. Values that stand for things, by their flag_values and
  /// flag_meanings, by being bool, or as few whole numbers without a unit, have a colour each and a legend.
  std::optional<Colours> colours = {};
  /// Whether values are deviations: their colours are as strong below zero as above. Without: by the array's name and
  /// attributes (are_deviations), else if the values lie on both sides of zero. Setting it makes the pictures of a
  /// series look alike.
  std::optional<bool> deviations = {};
  std::optional<Limits> limits = {};  ///< of the colours, of the profile's y axis, of the histogram's x axis
  std::string title = {};             ///< empty: the long name
  std::string subtitle = {};          ///< the line below the title; empty: none
  std::string label = {};             ///< empty: the quantity and its unit, as far as they are known
  int bins = 0;                       ///< of a histogram; 0: by the number of values
  Size size = {};                     ///< in pixels
  /// The coasts of the earth on a map of latitudes and longitudes. An array does not tell of which planet it is.
  enum class Coastlines {
    none,
    available,  ///< if this machine has them (has_coastlines) and the picture is such a map
    required,   ///< throws not_found or invalid_argument if it has none, or the picture is no such map
  } coastlines = Coastlines::none;  ///< whether they are drawn
  /// For a map whose two axes are no latitudes and longitudes, as on rotated and curvilinear grids: the place of each
  /// element, row by row. Both empty, or one for each element.
  std::vector<double> latitudes = {};
  /// The longitude of each element, as latitudes.
  std::vector<double> longitudes = {};
};

/// Returns true if an array's name, long_name or standard_name says that its values are deviations, tendencies, or
/// components of a direction, false for temperatures, whose zero has no meaning, and nothing if it cannot tell.
[[nodiscard]] std::optional<bool> are_deviations(const Labels& labels);

/// Returns the kind of picture that Kind::automatic means for an array: a profile if one axis has more than one
/// element, else a map.
[[nodiscard]] PictureOptions::Kind automatic_kind(const Shape& shape);

/// Throws invalid_argument for an array that this kind of picture cannot show, with the way out: to be called
/// before the array is computed.
void require_drawable(const Shape& shape, const Labels& labels, const PictureOptions& options = {});

/// Returns the picture as the bytes of a PNG file. Throws as require_drawable does.
[[nodiscard]] std::string png(const UntypedNdArray& array, const Labels& labels, const PictureOptions& options = {});

/// Draws the picture into a file, which appears when it is complete; throws invalid_argument if the file exists and
/// `overwrite` is false.
void save(const UntypedNdArray& array, const Labels& labels, const TextArgument& path,
          const PictureOptions& options = {}, bool overwrite = true);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
