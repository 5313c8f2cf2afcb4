#pragma once
/// The parts of an array that the page shows: a slice over two axes, a line along one, the mean of a box along an axis,
/// a histogram, one element. Each is a run of the engine, with its memory bound, and reads only what it needs. Cells of
/// curvilinear grids: cells.hpp.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/core/untyped_array.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

/// Indices first, first + 1, ... last - 1 of an axis.
struct Span {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// Most cells of a slice that is sent, and most elements of a line.
inline constexpr std::int64_t most_cells = std::int64_t{1} << 25U;
inline constexpr std::int64_t most_line = 1'000'000;

/// A field over two axes of an array. Other axes stand at one index.
struct SliceRequest {
  int rows = 0;                     ///< axis from top to bottom of the answer
  int columns = 1;                  ///< axis from left to right
  std::vector<std::int64_t> at;     ///< an index an axis; those of rows and columns do not count
  std::optional<Span> row_span;     ///< all without
  std::optional<Span> column_span;  ///< all without
  std::int64_t most = 1024;         ///< rows and columns of the answer
  bool sampled = false;             ///< every n-th element in place of means of blocks
};

/// A field as the page gets it: value = offset + scale * number.
struct Slice {
  std::int64_t rows = 0, columns = 0;
  std::int64_t block = 1;        ///< rows and columns of the array that a number stands for
  Span row_span, column_span;    ///< of the array
  std::vector<float> numbers;    ///< row-major; NaN where there is no value
  double offset = 0, scale = 1;  ///< not 0 and 1 for values that a float32 would not tell apart, or not hold
  double low = 0, high = 0;      ///< of the finite values; NaN if there are none
  std::int64_t missing = 0;      ///< how many numbers are NaN
  std::int64_t infinite = 0;
};

/// A slice in half the bytes, for a slow link: value = offset + scale * number, within half a scale.
struct Quantised {
  std::vector<std::uint16_t> numbers;  ///< row-major; `missing` where there is no value
  double offset = 0, scale = 1;
  static constexpr std::uint16_t missing = 65535;
};
/// Returns the numbers of a slice in 65,535 steps from the least value to the greatest; none if it has infinite values,
/// which no step stands for.
[[nodiscard]] std::optional<Quantised> quantised(const Slice& slice);

/// Returns the field that a request asks for as an array, every element of it, with its labels; its axes are in the
/// order of the array's. Nothing is computed.
[[nodiscard]] UntypedArray field(const UntypedArray& array, const SliceRequest& request);

/// Returns the field; a number that stands for a block is the mean of its elements that are not NaN. Throws
/// out_of_range or invalid_argument for a request that does not fit the array.
[[nodiscard]] Slice slice(Backend& backend, const UntypedArray& array, const SliceRequest& request,
                          const RunOptions& options);

/// Returns the elements along an axis, the other axes at one index each.
[[nodiscard]] std::vector<double> line(Backend& backend, const UntypedArray& array, int along,
                                       const std::vector<std::int64_t>& at, const RunOptions& options);

/// The mean of a box over two axes, along a third.
struct BoxMeans {
  std::vector<double> values;
  bool weighted = false;  ///< with the areas of the cells; else each element counts alike
};
/// Returns it; elements that are NaN are left out. Cells are weighted where the two axes are latitudes and longitudes.
[[nodiscard]] BoxMeans box_means(Backend& backend, const UntypedArray& array, int along, const SliceRequest& box,
                                 const RunOptions& options);

/// Returns how many elements of a field lie in each of `bins` intervals between two values.
[[nodiscard]] std::vector<std::int64_t> histogram(Backend& backend, const UntypedArray& array,
                                                  const SliceRequest& field, double low, double high, int bins,
                                                  const RunOptions& options);

/// Returns one element as text, with every digit.
[[nodiscard]] std::string element(Backend& backend, const UntypedArray& array, const std::vector<std::int64_t>& at,
                                  const RunOptions& options);

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
