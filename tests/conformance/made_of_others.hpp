#pragma once
/// Results of the options of reductions, and of the functions that are made of others, of an array of (4, 5, 6).
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"

namespace chunkwise::conformance {

/// The array with names and coordinates.
inline UntypedArray with_coordinates(UntypedArray x) {
  std::vector<Coordinate> coordinates;
  for (const std::int64_t extent : x.shape) {
    std::vector<double> values(static_cast<std::size_t>(extent));
    std::iota(values.begin(), values.end(), 10.0);
    coordinates.emplace_back(values, Attributes{});
  }
  x.labels = Labels({"a", "b", "c"}, std::move(coordinates), "x", {});
  return x;
}

inline UntypedArray mask_of(const Shape& shape) {
  const auto count = static_cast<std::size_t>(shape.elements());
  const auto elements = std::shared_ptr<bool[]>(new bool[count]);
  for (std::size_t i = 0; i < count; ++i) elements[i] = i * 7 % 5 < 3;
  NodePtr node = build::source(
      memory_source({DType::boolean, shape, row_major_strides(shape), elements, elements.get()}, Shape{2, 4}));
  return {std::move(node), shape, {}};
}

/// Reductions with each option that the aggregate takes, over some axes.
inline std::vector<UntypedArray> with_options(const UntypedArray& x) {
  std::vector<UntypedArray> results;
  const UntypedArray mask = mask_of({5, 6});
  std::uint32_t axes = 0;
  for (const aggregate::Description& aggregate : aggregate::descriptions) {
    const TakenOptions taken = options_of(aggregate.code);
    axes = axes % 7 + 1;
    const auto add = [&](const ReductionOptions& options) {
      results.push_back(reduce_with(aggregate.code, x, axes, results.size() % 2 == 0, 0, options));
    };
    const Scalar start(std::int64_t{x.node->dtype == DType::boolean ? 1 : 3});
    const std::optional<Scalar> initial = taken.initial ? std::optional(start) : std::nullopt;
    if (taken.where) add({mask, {}, initial, {}});
    if (taken.dtype) add({{}, DType::float32, {}, {}});
    if (taken.min_count) add({mask, DType::float64, initial, 9});
  }
  return results;
}

/// Functions along axes and between elements.
inline std::vector<UntypedArray> along_and_between(const UntypedArray& x) {
  const std::vector<CoordinateValue> at{11.25, 10.0, 12.9, 99.0};
  const std::vector<std::int64_t> sizes{2, 3};
  const std::vector<int> axes{2, 0};
  const UntypedArray kernel = take_range(take_index(take_index(x, 0, 0), 0, 0), 0, {1, 1, 3});
  std::vector<UntypedArray> results{
      interp(x, 0, at, InterpolationMethod::linear),
      interp(x, 2, at, InterpolationMethod::nearest),
      interpolate_na(x, 1, true),
      interp(x, Points{{1, 4, 9}, {2, 0, 3}, -1.0}),
      with_initial(x, 1, true),
      sliding_window_view(x, sizes, axes),
      neighbourhoods(x, axes, 1, PadMode::wrap),
      correlate(x, kernel, 1, ConvolveMode::same, true),
      correlate(x, kernel, 0, ConvolveMode::full, false),
      correlate(x, kernel, 2, ConvolveMode::valid, false),
  };
  UntypedArray field = x;
  field.labels =
      Labels({"a", "latitude", "longitude"},
             {Coordinate(), Coordinate(std::vector<double>{60, 30, 0, -30, -60}, {{"units", "degrees_north"}}),
              Coordinate(std::vector<double>{0, 60, 120, 180, 240, 300}, {{"units", "degrees_east"}})},
             "x", {});
  for (const RegridMethod method : {RegridMethod::nearest, RegridMethod::bilinear, RegridMethod::conservative})
    results.push_back(regrid(field, Grid::named("r4x3"), method));
  results.push_back(weighted_quantile(x, x, 0.25, 0b101U, false, true));
  if (x.node->dtype != DType::boolean) {
    const UntypedArray of_three = take_range(x, 1, {0, 1, 3});
    results.push_back(cross(of_three, flip(of_three, 1U), 1));
    results.push_back(diff(x, 1, 2, take_range(x, 1, {0, 1, 1}), x));
  }
  return results;
}

}  // namespace chunkwise::conformance
