#pragma once
/// Lazy chunked n-d arrays. This header is the table of contents; files come with chunkwise/netcdf.hpp.
#include "chunkwise/backend.hpp"           // connect("local")
#include "chunkwise/compute.hpp"           // compute, persist, submit, explain
#include "chunkwise/core/config.hpp"       // version, floating-point rules
#include "chunkwise/core/error.hpp"        // Error: what, where, what to do
#include "chunkwise/core/labels.hpp"       // dimension names, coordinates, attributes
#include "chunkwise/core/ndarray.hpp"      // NdArray: results in memory
#include "chunkwise/expr/align.hpp"        // align(x, y): the elements of x at the coordinates of y
#include "chunkwise/expr/along.hpp"        // cumsum sort median ... along<F>(x, axis): functions of whole lines
#include "chunkwise/expr/array.hpp"        // Array: the lazy array
#include "chunkwise/expr/bits.hpp"         // & | ^ ~ << >> of integers, logic of bool
#include "chunkwise/expr/call.hpp"         // call<F>(x): a function of your own
#include "chunkwise/expr/choices.hpp"      // clip fmin fmax isfinite isinf isclose nan_to_num replace logical_and ...
#include "chunkwise/expr/concatenate.hpp"  // concatenate(arrays, axis)
#include "chunkwise/expr/elementwise.hpp"  // + - * / < == && sqrt exp log pow abs minimum maximum where isnan cast
#include "chunkwise/expr/gather.hpp"       // take, take_along_axis by indices that are computed
#include "chunkwise/expr/grid.hpp"         // cell_area, field_mean zonal_mean meridional_mean, Grid
#include "chunkwise/expr/groupby.hpp"      // groupby, resample, coarsen, by: groups for reductions; of_groups
#include "chunkwise/expr/index.hpp"        // x(0, range(0, 10, 2), all, newaxis)
#include "chunkwise/expr/interpolate.hpp"  // interp interp_like interpolate_na: values between elements
#include "chunkwise/expr/mathematics.hpp"  // % floor_divide floor round sign exp2 log10 cbrt hypot sin arctan2 tanh ...
#include "chunkwise/expr/matrices.hpp"     // matmul vecdot outer, tril triu: matrices
#include "chunkwise/expr/neighbours.hpp"   // sliding_window_view neighbourhoods map_overlap<F>
#include "chunkwise/expr/reduce.hpp"       // sum mean var stddev min max count, nan...; axis, axes, keepdims, ddof
#include "chunkwise/expr/reduce_options.hpp"  // where(mask), initial, min_count, as_dtype of reductions
#include "chunkwise/expr/regrid.hpp"          // regrid: nearest, bilinear, conservative
#include "chunkwise/expr/rolling.hpp"         // rolling: windows; average: weighted means; diff
#include "chunkwise/expr/search.hpp"          // searchsorted digitize isin histogram bincount topk argtopk
#include "chunkwise/expr/select.hpp"          // sel: parts by values of coordinates and by times
#include "chunkwise/expr/sequences.hpp"       // cumulative_sum convolve correlate cross broadcast_arrays
#include "chunkwise/expr/shape.hpp"           // transpose squeeze flip roll repeat tile stack take pad reshape ...
#include "chunkwise/expr/stacking.hpp"        // vstack hstack append insert delete_at split unstack rot90
#include "chunkwise/expr/statistics.hpp"      // ptp skew kurtosis cov corr count_nonzero
#include "chunkwise/expr/types.hpp"           // result_type can_cast finfo iinfo isdtype
#include "chunkwise/expr/weighted.hpp"        // weighted_var weighted_std weighted_quantile
#include "chunkwise/io/arrays.hpp"            // from_memory, from_vector, full, arange, random
#include "chunkwise/io/creation.hpp"          // zeros ones linspace eye indices meshgrid, like another array
#include "chunkwise/positions.hpp"            // masked compress nonzero argwhere unique_values: where and which
#include "chunkwise/progress.hpp"             // progress_bar(), cancel_on(token), ...
