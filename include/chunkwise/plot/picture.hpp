#pragma once
/// A picture of an array, chosen by what the array is: a field over two axes becomes a map, a line a profile. Names,
/// coordinates and units come from its labels. plot.hpp has the pictures themselves, for those who choose.
#include <optional>
#include <string>

#include "chunkwise/core/labels.hpp"
#include "chunkwise/core/ndarray.hpp"
#include "chunkwise/plot.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

/// What is drawn, and how. What is left out follows from the array.
struct PictureOptions {
  enum class Kind {
    automatic,  ///< map for two axes, profile for one; axes of a single element do not count
    map,
    profile,
    histogram,  ///< of an array of any rank
  } kind = Kind::automatic;
  std::optional<Colours> colours = {};  ///< without: red_blue where values lie on both sides of zero, else viridis
  std::optional<Limits> limits = {};    ///< of the colours, of the profile's y axis, of the histogram's x axis
  std::string title = {};               ///< empty: the long name
  std::string subtitle = {};
  std::string label = {};  ///< empty: the quantity and its unit, as far as they are known
  int bins = 0;            ///< of a histogram; 0: by the number of values
  Size size = {};
};

/// Throws invalid_argument for an array that this kind of picture cannot show, saying what can be done: to be asked
/// before the array is computed.
void require_drawable(const Shape& shape, const Labels& labels, const PictureOptions& options = {});

/// The picture as the bytes of a PNG file. Throws as require_drawable does.
[[nodiscard]] std::string png(const UntypedNdArray& array, const Labels& labels, const PictureOptions& options = {});

/// The same into a file, which appears when it is complete; throws invalid_argument where it exists and `overwrite` is
/// false.
void save(const UntypedNdArray& array, const Labels& labels, const std::string& path,
          const PictureOptions& options = {}, bool overwrite = true);

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
