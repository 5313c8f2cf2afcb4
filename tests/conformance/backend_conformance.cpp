// The tests that every backend passes, compiled once for all programs that instantiate them (backend_under_test.hpp).
// The file is long because it is one suite, all of which is instantiated for each backend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/op/catalog.hpp"
#include "chunkwise/op/line/catalog.hpp"
#include "chunkwise/untyped.hpp"
#include "tests/conformance/backend_under_test.hpp"
#include "tests/conformance/made_of_others.hpp"
#include "tests/conformance/sources.hpp"
#include "tests/line_parameters.hpp"

namespace chunkwise::conformance {

/// 0, 1, 2, ... in chunks of (2, 3, 5).
inline Array<double, 3> counting() {
  std::vector<double> values(5 * 7 * 11);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
  return from_vector<3>(std::move(values), {5, 7, 11}, {2, 3, 5});
}

inline double counted(std::int64_t i, std::int64_t j, std::int64_t k) {
  return static_cast<double>((i * 7 + j) * 11 + k);
}

template <Element T, int N>
Array<T, N> array_of(SourcePtr source) {
  return detail::array_of<T, N>(std::move(source));
}

template <Element T, int N>
std::vector<std::uint64_t> bits_of(const NdArray<T, N>& array) {
  std::vector<std::uint64_t> result;
  for (const T value : array.mutable_copy()) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof value);
    result.push_back(bits);
  }
  return result;
}

/// (4, 5, 6) elements of a type, among them equal ones and, if there is such a thing, NaN; in chunks of (2, 3, 4).
inline SourcePtr patterned(DType dtype) {
  const Shape shape{4, 5, 6};
  return dispatch(dtype, [&](auto zero) {
    using T = decltype(zero);
    const auto elements = std::shared_ptr<T[]>(new T[120]);
    for (int i = 0; i < 120; ++i) {
      elements[static_cast<std::size_t>(i)] = static_cast<T>(i * 37 % 23);
      if constexpr (std::is_floating_point_v<T>)
        if (i % 17 == 3) elements[static_cast<std::size_t>(i)] = std::numeric_limits<T>::quiet_NaN();
    }
    return memory_source({dtype, shape, row_major_strides(shape), elements, elements.get()},
                         ChunkGrid::regular(shape, {2, 3, 4}));
  });
}

inline std::vector<std::byte> bytes_of(const BackendPtr& backend, const UntypedArray& array) {
  const std::vector<UntypedArray> arrays{array};
  const UntypedNdArray result = compute(backend, arrays).at(0);
  const auto* const bytes = static_cast<const std::byte*>(result.data);
  return {bytes, bytes + static_cast<std::size_t>(result.shape.elements()) * size_of(result.dtype)};
}

/// Returns the Error that f throws; fails the test if it throws none.
template <class F>
Error error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return {ErrorCode::unsupported, "no error"};
}

// ---------------------------------------------------------------- elements

TEST_P(BackendConformance, GivesSingleElements) {
  const BackendPtr backend = connected();
  const auto x = counting();
  EXPECT_EQ(compute(backend, x(0, 0, 0)), 0.0);
  EXPECT_EQ(compute(backend, x(3, 4, 5)), counted(3, 4, 5));
  EXPECT_EQ(compute(backend, x(-1, -1, -1)), counted(4, 6, 10));
  EXPECT_EQ(compute(backend, (x + 1.0)(4, 0, 9)), counted(4, 0, 9) + 1.0);
}

TEST_P(BackendConformance, GivesSlicesWithStepsInBothDirections) {
  const BackendPtr backend = connected();
  const auto x = counting();
  const auto part = compute(backend, (x * 1.0)(range(4, none, -2), all, range(1, 10, 3)));
  ASSERT_EQ(part.shape(), (Shape{3, 7, 3}));
  for (std::int64_t i = 0; i < 3; ++i)
    for (std::int64_t j = 0; j < 7; ++j)
      for (std::int64_t k = 0; k < 3; ++k) EXPECT_EQ(part(i, j, k), counted(4 - 2 * i, j, 1 + 3 * k));
  const auto backwards = compute(backend, x(2, range(none, none, -1), newaxis, 7));
  ASSERT_EQ(backwards.shape(), (Shape{7, 1}));
  for (std::int64_t j = 0; j < 7; ++j) EXPECT_EQ(backwards(j, 0), counted(2, 6 - j, 7));
}

TEST_P(BackendConformance, ReducesOverAxes) {
  const BackendPtr backend = connected();
  const auto x = counting();
  EXPECT_EQ(compute(backend, sum(x)), 384.0 * 385.0 / 2.0);
  EXPECT_EQ(compute(backend, mean(x)), 192.0);
  EXPECT_EQ(compute(backend, min(x)), 0.0);
  EXPECT_EQ(compute(backend, max(x)), 384.0);
  EXPECT_EQ(compute(backend, count(x)), 385);
  EXPECT_NEAR(compute(backend, var(x)), (385.0 * 385.0 - 1.0) / 12.0, 1e-9);
  const auto over_first = compute(backend, mean(x, 0));
  const auto deviation = compute(backend, stddev(x, axes(0, 2), keepdims, ddof(1)));
  ASSERT_EQ(over_first.shape(), (Shape{7, 11}));
  ASSERT_EQ(deviation.shape(), (Shape{1, 7, 1}));
  for (std::int64_t j = 0; j < 7; ++j) {
    EXPECT_EQ(over_first(j, 3), counted(2, j, 3));
    EXPECT_NEAR(deviation(0, j, 0), std::sqrt((55 * (121 - 1) / 12.0 + 55 * 2.0 * 77 * 77) / 54), 1e-9);
  }
}

/// Many chunks along both axes, so that states are merged in runs and trees, and later chunks have earlier positions.
TEST_P(BackendConformance, FindsPlacesAndEndsWhateverTheChunks) {
  const BackendPtr backend = connected();
  constexpr std::int64_t rows = 203;
  constexpr std::int64_t columns = 91;
  std::vector<double> elements;
  for (std::int64_t i = 0; i < rows * columns; ++i) elements.push_back(static_cast<double>(i * 7919 % 4001));
  elements[137 * columns + 4] = elements[138 * columns] = 5000;  // the second one is in an earlier chunk of columns
  elements[20 * columns + 70] = elements[21 * columns + 2] = -1;
  const auto x = from_vector<2>(elements, {rows, columns}, {5, 3});
  const auto at = [&](std::int64_t i, std::int64_t j) { return elements[static_cast<std::size_t>(i * columns + j)]; };
  const auto formula = x * 2.0 - 7.0;
  const auto [largest, smallest, first_of_all, last_of_all] =
      compute(backend, argmax(formula), argmin(formula), first(formula), last(formula));
  EXPECT_EQ(largest, 137 * columns + 4);
  EXPECT_EQ(smallest, 20 * columns + 70);
  EXPECT_EQ(first_of_all, at(0, 0) * 2.0 - 7.0);
  EXPECT_EQ(last_of_all, at(rows - 1, columns - 1) * 2.0 - 7.0);
  const auto [along_first, along_last, ends] = compute(backend, argmax(x, 0), argmin(formula, 1), last(x, 0));
  ASSERT_EQ(along_first.shape(), (Shape{columns}));
  ASSERT_EQ(along_last.shape(), (Shape{rows}));
  for (std::int64_t j = 0; j < columns; ++j) {
    std::int64_t best = 0;
    for (std::int64_t i = 1; i < rows; ++i)
      if (at(i, j) > at(best, j)) best = i;
    EXPECT_EQ(along_first(j), best);
    EXPECT_EQ(ends(j), at(rows - 1, j));
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    std::int64_t best = 0;
    for (std::int64_t j = 1; j < columns; ++j)
      if (at(i, j) < at(i, best)) best = j;
    EXPECT_EQ(along_last(i), best);
  }
  const auto truth = x > 4999.0;
  EXPECT_TRUE(compute(backend, any(truth)));
  EXPECT_FALSE(compute(backend, all(truth)));
  EXPECT_EQ(compute(backend, sum(any(truth, 0))), 2);
  EXPECT_EQ(compute(backend, prod(where(truth, 3.0, 1.0))), 9.0);
  const auto nothing = where(x < 6000.0, NAN, x);
  EXPECT_EQ(compute(backend, nanargmax(nothing)), -1);
  EXPECT_TRUE(std::isnan(compute(backend, nanlast(nothing))));
  EXPECT_EQ(compute(backend, nanprod(nothing)), 1.0);
}

/// Outputs enough for tiles, over chunks of few rows.
TEST_P(BackendConformance, FindsPlacesInTilesOfOutputs) {
  const BackendPtr backend = connected();
  constexpr std::int64_t steps = 40;
  constexpr std::int64_t places = 30000;
  const auto x = random<float, 2>({steps, places}, 11, {1, places});
  const auto values = compute(backend, x);
  const auto [largest, smallest, average] = compute(backend, argmax(x, 0), nanargmin(x, 0), mean(x, 0));
  EXPECT_EQ(bits_of(average), bits_of(compute(backend, mean(x, 0))));
  for (std::int64_t j = 0; j < places; j += 97) {
    std::int64_t high = 0;
    std::int64_t low = 0;
    for (std::int64_t i = 1; i < steps; ++i) {
      if (values(i, j) > values(high, j)) high = i;
      if (values(i, j) < values(low, j)) low = i;
    }
    ASSERT_EQ(largest(j), high) << j;
    ASSERT_EQ(smallest(j), low) << j;
  }
}

/// Labels for an axis: stretches, alternating ones, and some that are in no group.
inline std::vector<int> some_labels(std::int64_t extent, int groups, int pattern) {
  std::vector<int> labels;
  for (std::int64_t i = 0; i < extent; ++i) {
    const auto of_stretches = static_cast<int>(i * groups / extent);
    const auto alternating = static_cast<int>(i % groups);
    labels.push_back(pattern == 0 ? of_stretches : pattern == 1 ? alternating : i % 5 == 4 ? -1 : alternating);
  }
  return labels;
}

TEST_P(BackendConformance, ReducesByGroupsWhateverTheChunks) {
  const BackendPtr backend = connected();
  const auto x = counting();
  const auto labels = std::vector{0, 1, 0, -1, 1, 1, 0};
  const auto means = compute(backend, mean(x, by(1, labels, 3)));
  const auto of_each = compute(backend, max(x, by(1, labels), axes(0)));
  ASSERT_EQ(means.shape(), (Shape{5, 3, 11}));
  ASSERT_EQ(of_each.shape(), (Shape{2, 11}));
  for (std::int64_t i = 0; i < 5; ++i)
    for (std::int64_t k = 0; k < 11; ++k) {
      EXPECT_DOUBLE_EQ(means(i, 0, k), (counted(i, 0, k) + counted(i, 2, k) + counted(i, 6, k)) / 3);
      EXPECT_DOUBLE_EQ(means(i, 1, k), (counted(i, 1, k) + counted(i, 4, k) + counted(i, 5, k)) / 3);
      EXPECT_TRUE(std::isnan(means(i, 2, k)));
      EXPECT_EQ(of_each(0, k), counted(4, 6, k));
      EXPECT_EQ(of_each(1, k), counted(4, 5, k));
    }
  // Anomalies from the mean of each group; a reduction of groups; groups of a kept array, of lines and of an index.
  const auto kept = persist(backend, sum(x, by(2, some_labels(11, 4, 1))));
  EXPECT_EQ(compute(backend, sum(kept)), 384.0 * 385.0 / 2.0);
  EXPECT_EQ(compute(backend, sum(sum(x, by(2, some_labels(11, 4, 1))), by(0, std::vector{0, 0, 1, 1, 1})))(1, 6, 0),
            9 * counted(3, 6, 4));
  EXPECT_EQ(compute(backend, last(cumsum(x, 0), by(0, std::vector{0, 0, 1, 1, 1})))(1, 2, 3), 5 * counted(2, 2, 3));
  EXPECT_EQ(compute(backend, argmax(x, by(1, labels)))(2, 0, 5), 6);
}

TEST_P(BackendConformance, GivesEveryAggregateOfEveryTypeByGroupsAlongEachAxis) {
  const BackendPtr backend = connected();
  const BackendPtr plain = connect("local:1");
  for (std::size_t type = 0; type < dtype_count; ++type) {
    const SourcePtr source = patterned(static_cast<DType>(type));
    for (int axis = 0; axis < 3; ++axis) {
      std::vector<UntypedArray> results;
      const NodePtr x = build::source(source);
      for (const aggregate::Description& aggregate : aggregate::descriptions) {
        const std::vector<int> labels = some_labels(x->shape[axis], 2, static_cast<int>(results.size()) % 3);
        const auto grouping = std::make_shared<const Grouping>(Grouping{axis, {labels.begin(), labels.end()}, 2});
        const auto others = static_cast<std::uint32_t>(results.size() / 3 % 8);
        const NodePtr node = build::fold(aggregate.code, x, others, results.size() % 2 == 0, 0, grouping);
        results.push_back({node, node->shape, {}});
      }
      const std::vector<UntypedNdArray> there = compute(backend, results);
      const std::vector<UntypedNdArray> here = compute(plain, results);
      for (std::size_t i = 0; i < results.size(); ++i) {
        const auto bytes = static_cast<std::size_t>(here[i].shape.elements()) * size_of(here[i].dtype);
        EXPECT_EQ(std::memcmp(there[i].data, here[i].data, bytes), 0)
            << aggregate::descriptions[i].name << " of " << name_of(static_cast<DType>(type)) << " along " << axis;
      }
    }
  }
}

/// Outputs enough for tiles, over chunks of few rows, by groups of long stretches and by alternating ones.
TEST_P(BackendConformance, ReducesByGroupsInTilesOfOutputs) {
  const BackendPtr backend = connected();
  constexpr std::int64_t steps = 40;
  constexpr std::int64_t places = 30000;
  const auto x = random<float, 2>({steps, places}, 11, {3, places});
  const auto values = compute(backend, x);
  for (const int pattern : {0, 1, 2}) {
    const std::vector<int> labels = some_labels(steps, 4, pattern);
    const auto [largest, total, least] =
        compute(backend, argmax(x, by(0, labels)), count(x, by(0, labels)), min(x, by(0, labels), keepdims));
    for (std::int64_t j = 0; j < places; j += 97)
      for (int group = 0; group < 4; ++group) {
        std::int64_t high = -1;
        std::int64_t number = 0;
        float low = 2;
        for (std::int64_t i = 0; i < steps; ++i) {
          if (labels[static_cast<std::size_t>(i)] != group) continue;
          ++number;
          low = std::min(low, values(i, j));
          if (high < 0 || values(i, j) > values(high, j)) high = i;
        }
        ASSERT_EQ(largest(group, j), high) << pattern << ' ' << j;
        ASSERT_EQ(total(group, j), number) << pattern << ' ' << j;
        ASSERT_EQ(least(group, j), low) << pattern << ' ' << j;
      }
  }
}

/// The elements of an array, which may be a view of strides, in row-major order.
inline std::vector<std::byte> in_order(const UntypedNdArray& array) {
  const std::size_t size = size_of(array.dtype);
  std::vector<std::byte> bytes;
  Shape at = Shape::filled(array.shape.rank(), 0);
  for (std::int64_t left = array.shape.elements(); left > 0; --left) {
    std::int64_t offset = 0;
    for (int axis = 0; axis < at.rank(); ++axis) offset += at[axis] * array.strides[axis];
    const auto* const from = static_cast<const std::byte*>(array.data) + offset * static_cast<std::int64_t>(size);
    bytes.insert(bytes.end(), from, from + size);
    for (int axis = at.rank() - 1; axis >= 0 && ++at[axis] == array.shape[axis]; --axis) at[axis] = 0;
  }
  return bytes;
}

/// The results of each function of shape of an array of (4, 5, 6).
inline std::vector<UntypedArray> in_other_shapes(const UntypedArray& x) {
  const std::vector<std::int64_t> twice{2};
  const std::vector<std::int64_t> each{2, 0, 1, 3};
  const std::vector<std::int64_t> copies{2, 1, 2};
  const Scalar zero = dispatch(x.node->dtype, [](auto value) { return Scalar(value); });
  const std::vector<int> order{2, 0, 1};
  const std::vector<Padding> widths{{1, 2}, {0, 0}, {3, 1}};
  std::vector<UntypedArray> results{transpose(x, order),
                                    flip(x, 5),
                                    roll(x, 2, 1),
                                    repeat(x, std::span<const std::int64_t>(twice), 2),
                                    repeat(x, std::span<const std::int64_t>(each), 0),
                                    tile(x, std::span<const std::int64_t>(copies)),
                                    take(x, {3, 0, 0, -2, 1}, 1),
                                    diagonal(x, 1, 0, 2),
                                    expand_dims(x, 2),
                                    broadcast_to(expand_dims(x, 2), {4, 3, 5, 6}),
                                    stack(std::vector{x, flip(x, 1)}, 1),
                                    reshape(x, {20, 6}),
                                    reshape(x, {-1}),
                                    reshape(transpose(x, order), {3, 40}),
                                    transpose(reshape(x, {2, 2, 30}), order),
                                    take(pad(x, widths, PadMode::constant, zero), {6, 0, 2}, 0)};
  for (const PadMode mode : {PadMode::constant, PadMode::edge, PadMode::reflect, PadMode::symmetric, PadMode::wrap})
    results.push_back(pad(x, widths, mode, zero));
  return results;
}

TEST_P(BackendConformance, GivesEveryFunctionOfShapeOfEveryType) {
  const BackendPtr backend = connected();
  const BackendPtr plain = connect("local:1");
  for (std::size_t type = 0; type < dtype_count; ++type) {
    const NodePtr source = build::source(patterned(static_cast<DType>(type)));
    std::vector<UntypedArray> results = in_other_shapes({source, source->shape, {}});
    for (std::size_t i = results.size(); i-- > 0;) {
      const NodePtr sum = build::fold(aggregate::Sum::code, results[i].node, 1, false, 0);
      results.push_back({sum, sum->shape, {}});
    }
    const std::vector<UntypedNdArray> there = compute(backend, results);
    const std::vector<UntypedNdArray> here = compute(plain, results);
    for (std::size_t i = 0; i < results.size(); ++i)
      EXPECT_EQ(in_order(there[i]), in_order(here[i]))
          << describe(*results[i].node) << " of " << name_of(static_cast<DType>(type));
  }
}

/// Holds what `make` makes of an array of each type, (4, 5, 6), against the results of this process.
template <class Make>
inline void expect_same_of_every_type(const BackendPtr& backend, const Make& make) {
  const BackendPtr plain = connect("local:1");
  for (std::size_t type = 0; type < dtype_count; ++type) {
    const NodePtr source = build::source(patterned(static_cast<DType>(type)));
    const std::vector<UntypedArray> results = make(UntypedArray{source, source->shape, {}});
    const std::vector<UntypedNdArray> there = compute(backend, results);
    const std::vector<UntypedNdArray> here = compute(plain, results);
    for (std::size_t i = 0; i < results.size(); ++i)
      EXPECT_EQ(in_order(there[i]), in_order(here[i]))
          << i << ": " << describe(*results[i].node) << " of " << name_of(static_cast<DType>(type));
  }
}

TEST_P(BackendConformance, GivesWhatIsMadeOfOtherFunctionsOfEveryType) {
  expect_same_of_every_type(connected(), [](const UntypedArray& array) {
    const UntypedArray x = with_coordinates(array);
    std::vector<UntypedArray> results = with_options(x);
    std::ranges::move(along_and_between(x), std::back_inserter(results));
    return results;
  });
}

/// Elements that are looked up in an array of (4, 5, 6), and arrays that are put together and taken apart.
inline std::vector<UntypedArray> looked_up(const UntypedArray& x) {
  const std::vector<double> numbers{-3, 0, 0.5, 2, 40};
  const std::span<const double> few(numbers);
  const auto order = [&](int axis) {
    const NodePtr node = build::along(linewise::ArgSort::code, x.node, axis, false);
    return UntypedArray{node, node->shape, {}};
  };
  const std::vector<std::int64_t> places{1, 3};
  const std::span<const std::int64_t> two(places);
  const UntypedArray kind{build::cast(x.node, DType::boolean), x.shape, {}};
  // Points at computed indices of the first two axes, or of the first and the last.
  const auto points = [&](std::size_t second) {
    using Raw = detail::RawSubscript;
    const UntypedArray indices = unstack(unstack(order(0), 0)[1], 0)[2];
    std::vector<Raw> subscripts(3);
    subscripts[0] =
        subscripts[second] = {Raw::Kind::array, 0, {}, nullptr, std::make_shared<const UntypedArray>(indices)};
    return subscripted(x, subscripts);
  };
  std::vector<UntypedArray> results{take_along_axis(x, order(0), 0),
                                    take_along_axis(x, order(2), 2),
                                    take(x, unstack(unstack(order(1), 0)[0], 1)[0], 1),
                                    take(x, unstack(order(2), 1)[0], 2, TakeMode::clip),
                                    searchsorted(few, x, Side::left),
                                    searchsorted(few, x, Side::right),
                                    digitize(x, few, false),
                                    isin(x, few),
                                    histogram(x, few),
                                    bincount(kind, 3),
                                    histogram(x, few, x),
                                    histogram_density(histogram(x, few), few),
                                    bincount(kind, 3, x),
                                    points(1),
                                    points(2),
                                    topk(x, 2, 0),
                                    argtopk(x, -3, 1),
                                    vstack(std::vector{x, x}),
                                    dstack(std::vector{x, x}),
                                    delete_at(x, two, 1),
                                    insert(x, two, split_into(x, 2, 0, true)[1], 0),
                                    rot90(x, 1, 0, 2),
                                    full_like(x, dispatch(x.node->dtype, [](auto zero) { return Scalar(zero); }))};
  for (const UntypedArray& part : split_at(x, two, 2)) results.push_back(part);
  return results;
}

TEST_P(BackendConformance, LooksElementsUpOfEveryType) { expect_same_of_every_type(connected(), looked_up); }

TEST_P(BackendConformance, TellsOfAnIndexOutsideItsAxisAndRunsOn) {
  const BackendPtr backend = connected();
  const auto x = counting();
  const auto far = cast<std::int64_t>(x(0, 0, all)) + 3;
  try {
    (void)compute(backend, take(x, far, 2));
    ADD_FAILURE() << "an index outside the axis was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::out_of_range);
    EXPECT_NE(std::string(error.what()).find("take: index 11 is outside an axis whose extent is 11"), std::string::npos)
        << error.what();
  }
  EXPECT_EQ(compute(backend, take(x, far, 2, TakeMode::clip)(0, 0, -1)), counted(0, 0, 10));
}

TEST_P(BackendConformance, MakesArraysFromNothing) {
  const BackendPtr backend = connected();
  EXPECT_EQ(compute(backend, linspace(0, 1, 5)).mutable_copy(), (std::vector<double>{0, 0.25, 0.5, 0.75, 1}));
  EXPECT_EQ(compute(backend, eye<int>(2, 3, 1)).mutable_copy(), (std::vector<int>{0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(compute(backend, sum(indices({30, 40})(1))), 30 * 780);
  const auto [across, down] = meshgrid(linspace(0, 3, 4), linspace(0, 2, 3));
  EXPECT_EQ(compute(backend, sum(across * down)), 18.0);
  EXPECT_EQ(compute(backend, sum(ones_like(counting()))), 385.0);
}

TEST_P(BackendConformance, FindsWhereAndWhichElementsThereAre) {
  const BackendPtr backend = connected();
  const auto x = counting();
  EXPECT_EQ(compute(backend, masked(backend, x, x > 380.0)).mutable_copy(), (std::vector<double>{381, 382, 383, 384}));
  const auto chosen = compress(backend, x(all, 0, 0) > 100.0, x, 0);
  EXPECT_EQ(chosen.shape(), (Shape{3, 7, 11}));
  EXPECT_EQ(compute(backend, chosen(0, 0, 0)), counted(2, 0, 0));
  const auto [i, j, k] = nonzero(backend, x > 383.0);
  EXPECT_EQ(compute(backend, i).mutable_copy(), (std::vector<std::int64_t>{4}));
  EXPECT_EQ(compute(backend, j + k).mutable_copy(), (std::vector<std::int64_t>{16}));
  EXPECT_EQ(compute(backend, argwhere(backend, x > 383.0)).mutable_copy(), (std::vector<std::int64_t>{4, 6, 10}));
  const auto [values, counts] = unique_counts(backend, floor(x / 200.0));
  EXPECT_EQ(compute(backend, values).mutable_copy(), (std::vector<double>{0, 1}));
  EXPECT_EQ(compute(backend, counts).mutable_copy(), (std::vector<std::int64_t>{200, 185}));
}

TEST_P(BackendConformance, KeepsArraysInOtherShapes) {
  const BackendPtr backend = connected();
  const auto x = counting();
  const auto turned = persist(backend, transpose(x, axes(2, 0, 1)) + 1.0);
  EXPECT_EQ(compute(backend, turned(10, 4, 6)), counted(4, 6, 10) + 1.0);
  const auto row = persist(backend, ravel(transpose(turned, axes(1, 2, 0))));
  EXPECT_EQ(compute(backend, sum(row)), 385.0 * 386.0 / 2.0);
  EXPECT_EQ(compute(backend, row(100)), 101.0);
  const auto wide = persist(backend, pad(x, {2, 3}, 1, PadMode::constant, -1.0));
  EXPECT_EQ(compute(backend, wide(4, 1, 3)), -1.0);
  EXPECT_EQ(compute(backend, wide(4, 8, 3)), counted(4, 6, 3));
  EXPECT_EQ(compute(backend, sum(wide)), 384.0 * 385.0 / 2.0 - 5.0 * 5 * 11);
  EXPECT_EQ(compute(backend, take(wide, {0, 2, 2}, 1)(1, all, 0)).mutable_copy(),
            (std::vector<double>{-1, counted(1, 0, 0), counted(1, 0, 0)}));
}

TEST_P(BackendConformance, GivesTheSameBitsTogetherAndAlone) {
  const BackendPtr backend = connected();
  const auto x = random<double, 2>({300, 211}, 7, {37, 50});
  const auto z = (x - mean(x, 0)) / stddev(x, 0);
  const auto [m, s, total, part] = compute(backend, mean(x, 0), stddev(x, 0), sum(z), z(range(10, 20), all));
  EXPECT_EQ(bits_of(m), bits_of(compute(backend, mean(x, 0))));
  EXPECT_EQ(bits_of(s), bits_of(compute(backend, stddev(x, 0))));
  EXPECT_EQ(total, compute(backend, sum(z)));
  EXPECT_EQ(bits_of(part), bits_of(compute(backend, z(range(10, 20), all))));
}

TEST_P(BackendConformance, ComputesArraysOfRank0) {
  const BackendPtr backend = connected();
  const auto x = from_vector<0>(std::vector<std::int32_t>{42}, {});
  EXPECT_EQ(compute(backend, x), 42);
  EXPECT_EQ(compute(backend, x + 1), 43);
  EXPECT_EQ(compute(backend, mean(x)), 42.0);
  EXPECT_EQ(compute(backend, x(newaxis)).shape(), (Shape{1}));
  EXPECT_EQ(compute(backend, persist(backend, x + 1)), 43);
}

TEST_P(BackendConformance, ComputesArraysWithoutElements) {
  const BackendPtr backend = connected();
  const auto x = from_vector<2>(std::vector<float>{}, {0, 3});
  EXPECT_EQ(compute(backend, x).shape(), (Shape{0, 3}));
  EXPECT_EQ(compute(backend, x + 1.0F).shape(), (Shape{0, 3}));
  EXPECT_EQ(compute(backend, sum(x)), 0.0F);
  EXPECT_TRUE(std::isnan(compute(backend, mean(x))));
  EXPECT_EQ(compute(backend, count(x, 0)).mutable_copy(), (std::vector<std::int64_t>{0, 0, 0}));
  EXPECT_EQ(compute(backend, min(x, 1)).shape(), (Shape{0}));
  EXPECT_EQ(error_of([&] { (void)compute(backend, min(x)); }).code(), ErrorCode::invalid_argument);
  EXPECT_EQ(compute(backend, persist(backend, x * 2.0F)).shape(), (Shape{0, 3}));
  EXPECT_EQ(compute(backend, counting()(range(2, 2), all, all)).shape(), (Shape{0, 7, 11}));
}

// ---------------------------------------------------------------- large lists

TEST_P(BackendConformance, JoinsAHundredThousandParts) {
  const BackendPtr backend = connected();
  std::vector<Array<double, 1>> parts;
  parts.reserve(100000);
  for (int i = 0; i < 100000; ++i) parts.push_back(full<1>({3}, static_cast<double>(i)));
  const auto x = concatenate(std::move(parts), 0);
  EXPECT_EQ(compute(backend, x(123456)), 41152.0);
  EXPECT_EQ(compute(backend, mean(x)), 49999.5);
  EXPECT_EQ(compute(backend, x(range(none, none, -100000))).mutable_copy(), (std::vector<double>{99999, 66666, 33333}));
}

TEST_P(BackendConformance, PlansAValueThatIsUsedTwiceAtEachOfSixtyLevels) {
  const BackendPtr backend = connected();
  NodePtr node = build::source(full_source({4, 5}, Scalar(0x1p-60), {2, 5}));
  for (int level = 0; level < 60; ++level) {
    const NodePtr twice[] = {node, node};
    node = build::apply(op::Add::code, twice);
  }
  const Graph graph{{build::index(node, {{AxisSubscript::Kind::integer, {3, 1, 1}}}),
                     build::fold(aggregate::Sum::code, node, 3, false, 0)}};
  for (const char* off : {"", "fuse_maps", "push_indices"}) {
    RunOptions options;
    if (*off) options.disabled_passes = {off};
    const auto arrays = backend->run(graph, std::vector<Target>(2), options);
    EXPECT_EQ((NdArray<double, 1>(arrays[0])(4)), 1.0) << off;
    EXPECT_EQ((NdArray<double, 0>(arrays[1])()), 20.0) << off;
  }
}

// ---------------------------------------------------------------- persisted arrays

TEST_P(BackendConformance, ReadsWhatIsPersistedOnce) {
  const BackendPtr backend = connected();
  const auto source = std::make_shared<WatchedSource>(Shape{40, 100}, Shape{7, 100});
  const auto x = array_of<double, 2>(source);
  const auto z = persist(backend, x * 2.0);
  EXPECT_EQ(source->elements_read(), 4000);
  EXPECT_EQ(compute(backend, z(3, 4)), 2.0 * WatchedSource::value(304));
  EXPECT_EQ(compute(backend, mean(z)), compute(backend, mean(x * 2.0)));
  EXPECT_EQ(source->elements_read(), 8000);
}

TEST_P(BackendConformance, SharesAPersistedArrayAmongThreads) {
  const BackendPtr backend = connected();
  const auto z = persist(backend, counting() + 0.5);
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const auto mine = z;
        right += compute(backend, mine(t, all, i % 11))(6) == counted(t, 6, i % 11) + 0.5;
        right += compute(backend, mean(mine)) == 192.5;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 160);
}

TEST_P(BackendConformance, KeepsNothingBorrowedInAPersistedArray) {
  const BackendPtr backend = connected();
  std::vector<double> memory{1, 2, 3};
  const auto vector = persist(backend, from_memory<1>(memory.data(), {3}));
  const auto single = persist(backend, from_memory<1>(memory.data(), {3})(1));
  memory.assign(3, 0);
  EXPECT_EQ(compute(backend, vector).mutable_copy(), (std::vector<double>{1, 2, 3}));
  EXPECT_EQ(compute(backend, single), 2.0);
}

// ---------------------------------------------------------------- sinks

// ---------------------------------------------------------------- functions of lines

TEST_P(BackendConformance, GivesFunctionsOfLinesWhateverTheChunks) {
  const BackendPtr backend = connected();
  const auto x = counting();
  const auto sums = compute(backend, cumsum(x, 0));
  const auto last = compute(backend, sort(0.0 - x, 2));
  const auto middle = compute(backend, median(x, 1));
  ASSERT_EQ(middle.shape(), (Shape{5, 11}));
  for (std::int64_t i = 0; i < 5; ++i)
    for (std::int64_t j = 0; j < 7; ++j)
      for (std::int64_t k = 0; k < 11; ++k) {
        double sum = 0;
        for (std::int64_t t = 0; t <= i; ++t) sum += counted(t, j, k);
        EXPECT_EQ(sums(i, j, k), sum);
        EXPECT_EQ(last(i, j, k), 0.0 - counted(i, j, 10 - k));
        EXPECT_EQ(middle(i, k), counted(i, 3, k));
      }
  // Those of a kept array, of a reduction and of lines; an index of lines; lines that are broadcast and reduced.
  const auto kept = persist(backend, cumsum(x, 2));
  EXPECT_EQ(bits_of(compute(backend, median(kept, 0))), bits_of(compute(backend, median(cumsum(x, 2), 0))));
  EXPECT_EQ(compute(backend, cumsum(mean(x, axes(1, 2)), 0))(4), 5 * 2 * 77.0 + 5 * 38.0);
  EXPECT_EQ(compute(backend, cumsum(x, 0)(-1, 2, 3)), 5 * counted(2, 2, 3));
  EXPECT_EQ(compute(backend, max(x - median(x, 0, keepdims))), 2 * 77.0);
}

TEST_P(BackendConformance, GivesEveryFunctionOfLinesOfEveryTypeAlongEachAxis) {
  const BackendPtr backend = connected();
  const BackendPtr plain = connect("local:1");
  for (std::size_t type = 0; type < dtype_count; ++type) {
    const SourcePtr source = patterned(static_cast<DType>(type));
    for (const linewise::Description& function : linewise::descriptions) {
      if (!function.is_function) continue;
      for (int axis = 0; axis < 3; ++axis) {
        const NodePtr in_chunks = build::source(source);
        const std::vector<double> parameters =
            chunkwise_test::some_parameters(function, in_chunks->shape[axis], [](std::int64_t n) { return n - 1; });
        const std::vector<UntypedArray> results{
            {build::along(function.code, in_chunks, axis, false, parameters), {}, {}},
            {build::along(function.code, in_chunks, axis, true, parameters), {}, {}},
        };
        for (UntypedArray result : results) {
          result.shape = result.node->shape;
          EXPECT_EQ(bytes_of(backend, result), bytes_of(plain, result))
              << function.name << " of " << name_of(static_cast<DType>(type)) << " along " << axis;
        }
      }
    }
  }
}

TEST_P(BackendConformance, GivesEveryReductionOfWindows) {
  const BackendPtr backend = connected();
  const BackendPtr plain = connect("local:1");
  for (const DType type : {DType::float32, DType::float64})
    for (const aggregate::Description& description : aggregate::descriptions)
      for (int axis = 0; axis < 3; ++axis) {
        const UntypedArray x{build::source(patterned(type)), build::source(patterned(type))->shape, {}};
        const UntypedArray one = rolling(x, axis, 3, WindowPlace::behind);
        const UntypedArray two = rolling(one, (axis + 1) % 3, 4, WindowPlace::centered);
        for (const auto& [windows, axes] : {std::pair(one, 8U), std::pair(two, 24U)}) {
          const NodePtr node = build::fold(description.code, windows.node, axes, false, description.takes_ddof ? 1 : 0);
          const UntypedArray result{node, node->shape, {}};
          EXPECT_EQ(bytes_of(backend, result), bytes_of(plain, result)) << description.name << " along " << axis;
        }
      }
}

TEST_P(BackendConformance, GivesExactSumsAndProductsOfMatrices) {
  const BackendPtr backend = connected();
  const BackendPtr plain = connect("local:1");
  const auto x = random<double, 2>({60, 70}, 1, {7, 30}) * 1e10 - random<double, 2>({60, 70}, 2, {7, 30});
  const auto same = [&](const auto& formula) {
    EXPECT_EQ(bits_of(compute(backend, formula)), bits_of(compute(plain, formula)));
  };
  same(sum(x, 0, exact));
  same(mean(x, 1, exact));
  same(matmul(x, transpose(x)));
  same(tensordot(x, x, axes(0), axes(0)));
  EXPECT_EQ(compute(backend, sum(x, exact)), compute(plain, sum(transpose(x), exact)));
  EXPECT_EQ(compute(backend, sum(x, exact)), compute(plain, sum(sum(x, axes(0, 1), keepdims, exact))));
}

TEST_P(BackendConformance, GivesEveryElementwiseOperationOfEveryTypeItIsDefinedFor) {
  const BackendPtr backend = connected();
  const BackendPtr plain = connect("local:1");
  std::size_t made = 0;
  for (std::size_t type = 0; type < dtype_count; ++type) {
    const NodePtr x = build::source(patterned(static_cast<DType>(type)));
    const NodePtr y = build::index(x, {{AxisSubscript::Kind::range, {3, -1, 4}}});
    std::vector<UntypedArray> results;
    std::vector<std::string_view> names;
    for (const op::Description& operation : op::descriptions) {
      const NodePtr operands[] = {x, y, x};
      try {
        if (operation.signature == op::Signature::conversion) continue;
        const NodePtr node =
            build::apply(operation.code, std::span(operands).first(static_cast<std::size_t>(operation.arity)));
        results.push_back({node, node->shape, {}});
        names.push_back(operation.name);
      } catch (const Error& error) {
        ASSERT_EQ(error.code(), ErrorCode::type_mismatch);
      }
    }
    made += results.size();
    const std::vector<UntypedNdArray> found = compute(backend, results);
    for (std::size_t i = 0; i < results.size(); ++i) {
      const auto* const bytes = static_cast<const std::byte*>(found[i].data);
      const std::size_t size = static_cast<std::size_t>(found[i].shape.elements()) * size_of(found[i].dtype);
      EXPECT_EQ(std::vector(bytes, bytes + size), bytes_of(plain, results[i]))
          << names[i] << " of " << name_of(static_cast<DType>(type));
    }
  }
  EXPECT_GT(made, 9 * op::descriptions.size());
}

TEST_P(BackendConformance, GivesASinkEveryElementOnce) {
  const BackendPtr backend = connected();
  const auto x = counting();
  const auto sink = std::make_shared<WatchedSink>();
  write(backend, x * 2.0, sink);
  EXPECT_THAT(sink->times_written(), testing::Each(1));
  EXPECT_EQ(sink->finished(), 1);
  EXPECT_EQ(sink->aborted(), 0);
  EXPECT_EQ(sink->values<double>(), compute(backend, x * 2.0).mutable_copy());
}

TEST_P(BackendConformance, FinishesASinkThatGetsNoElements) {
  const BackendPtr backend = connected();
  const auto sink = std::make_shared<WatchedSink>();
  write(backend, from_vector<1>(std::vector<double>{}, {0}), sink);
  EXPECT_EQ(sink->finished(), 1);
  EXPECT_EQ(sink->aborted(), 0);
}

TEST_P(BackendConformance, WritesAReductionToASink) {
  const BackendPtr backend = connected();
  const auto x = counting();
  const auto sink = std::make_shared<WatchedSink>();
  write(backend, mean(x, 1), sink);
  EXPECT_THAT(sink->times_written(), testing::Each(1));
  EXPECT_EQ(sink->values<double>(), compute(backend, mean(x, 1)).mutable_copy());
}

// ---------------------------------------------------------------- errors

TEST_P(BackendConformance, TellsWhatASourceThrewAndRunsOn) {
  const BackendPtr backend = connected();
  const auto source = std::make_shared<WatchedSource>(Shape{400, 100}, Shape{7, 100});
  const auto x = array_of<double, 2>(source);
  source->fail_at(213 * 100, Error(ErrorCode::corrupt, "t2m of a.nc: record 213 is torn"));
  const auto sink = std::make_shared<WatchedSink>();
  const Error written = error_of([&] { write(backend, x + 1.0, sink); });
  EXPECT_EQ(written.code(), ErrorCode::corrupt);
  EXPECT_STREQ(written.what(), "t2m of a.nc: record 213 is torn");
  EXPECT_EQ(sink->finished(), 0);
  EXPECT_EQ(sink->aborted(), 1);
  EXPECT_EQ(error_of([&] { (void)compute(backend, mean(x)); }).code(), ErrorCode::corrupt);
  EXPECT_EQ(error_of([&] { (void)persist(backend, x + 1.0); }).code(), ErrorCode::corrupt);
  EXPECT_EQ(error_of([&] { (void)compute(backend, x(213, 0)); }).code(), ErrorCode::corrupt);
  EXPECT_EQ(compute(backend, x(1, 5)), WatchedSource::value(105)) << "what does not touch the record is there";
  source->fail_at(-1, Error(ErrorCode::corrupt, ""));
  EXPECT_EQ(compute(backend, x(213, 5)), WatchedSource::value(21305));
}

TEST_P(BackendConformance, TellsWhatASinkThrewAndAbortsIt) {
  const BackendPtr backend = connected();
  const auto sink = std::make_shared<WatchedSink>();
  sink->fail_after(3, Error(ErrorCode::io, "no space left for out.nc"));
  const auto x = random<double, 2>({100, 100}, 1, {10, 10});
  const Error error = error_of([&] { write(backend, x, sink); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_STREQ(error.what(), "no space left for out.nc");
  EXPECT_EQ(sink->finished(), 0);
  EXPECT_EQ(sink->aborted(), 1);
}

TEST_P(BackendConformance, AbortsOnlyWhatIsNotFinished) {
  const BackendPtr backend = connected();
  const auto x = counting();
  const Graph graph{{lower(x + 1.0), lower(x + 2.0), lower(x + 3.0)}};
  const std::shared_ptr<WatchedSink> sinks[] = {std::make_shared<WatchedSink>(), std::make_shared<WatchedSink>(),
                                                std::make_shared<WatchedSink>()};
  std::vector<Target> targets;
  for (const auto& sink : sinks) {
    sink->begin(DType::float64, x.shape(), graph.outputs[0]->grid, {});
    targets.push_back({sink});
  }
  sinks[1]->fail_to_finish(Error(ErrorCode::io, "no permission to rename out.nc"));
  EXPECT_STREQ(error_of([&] { (void)backend->run(graph, targets, {}); }).what(), "no permission to rename out.nc");
  EXPECT_EQ(sinks[0]->finished(), 1);
  EXPECT_EQ(sinks[0]->aborted(), 0);
  EXPECT_EQ(sinks[1]->aborted(), 1);
  EXPECT_EQ(sinks[2]->finished(), 0);
  EXPECT_EQ(sinks[2]->aborted(), 1);
}

TEST_P(BackendConformance, RefusesUnknownPassesByName) {
  const BackendPtr backend = connected();
  const Error error = error_of([&] { (void)compute(backend, counting() + 1.0, without_pass("inline")); });
  EXPECT_EQ(error.code(), ErrorCode::not_found);
  EXPECT_THAT(error.what(), testing::HasSubstr("push_indices"));
}

TEST_P(BackendConformance, RefusesWhatExceedsTheMemoryLimitAndSaysHowMuch) {
  const BackendPtr backend = connected(1 << 20);
  const auto x = random<double, 2>({1000, 1000}, 3, {100, 1000});
  const Error error = error_of([&] { (void)compute(backend, x + 1.0); });
  EXPECT_EQ(error.code(), ErrorCode::memory_limit);
  EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("8 MB"), testing::HasSubstr("the limit is 1 MB")));
  const auto sink = std::make_shared<WatchedSink>();
  EXPECT_EQ(error_of([&] {
              write(backend, stddev(random<double, 2>({1000000, 2}, 3), 1), sink);
            }).code(),
            ErrorCode::memory_limit);
  EXPECT_EQ(sink->aborted(), 1) << "a run that is refused leaves nothing behind either";
  const std::vector<double> lent(200000);
  EXPECT_EQ(error_of([&] { (void)compute(backend, from_memory<1>(lent.data(), {200000})); }).code(),
            ErrorCode::memory_limit)
      << "a result is no view of memory without an owner, and its copy counts";
  EXPECT_EQ(compute(backend, max(x) < 1.0), true) << "what fits is computed";
}

TEST_P(BackendConformance, CountsPersistedArraysIntoTheMemoryLimit) {
  const BackendPtr backend = connected(4 << 20);
  const auto x = random<double, 1>({300000}, 3, {10000});
  {
    const auto kept = persist(backend, x + 1.0);
    EXPECT_EQ(error_of([&] { (void)persist(backend, x + 2.0); }).code(), ErrorCode::memory_limit);
    EXPECT_GT(compute(backend, mean(kept)), 1.0);
  }
  EXPECT_NO_THROW((void)persist(backend, x + 2.0)) << "what was let go is free again";
}

// ---------------------------------------------------------------- cancelling and progress

TEST_P(BackendConformance, EndsARunThatIsCancelled) {
  const BackendPtr backend = connected();
  const auto source = std::make_shared<WatchedSource>(Shape{100000, 10}, Shape{10, 10});
  source->take(std::chrono::milliseconds(1));
  const auto x = array_of<double, 2>(source);
  const CancelToken token;
  std::thread other([&] {
    while (source->elements_read() < 1000) std::this_thread::yield();
    token.cancel();
  });
  const auto sink = std::make_shared<WatchedSink>();
  const Error error = error_of([&] { write(backend, x + 1.0, sink, cancel_on(token)); });
  other.join();
  EXPECT_EQ(error.code(), ErrorCode::cancelled);
  EXPECT_EQ(sink->aborted(), 1);
  EXPECT_LT(source->elements_read(), 500000);
  source->take(std::chrono::milliseconds(0));
  EXPECT_EQ(compute(backend, x(7, 3)), WatchedSource::value(73)) << "the next run is not cancelled";
}

TEST_P(BackendConformance, DoesNotBeginARunThatIsCancelledAlready) {
  const BackendPtr backend = connected();
  const auto source = std::make_shared<WatchedSource>(Shape{100, 10}, Shape{10, 10});
  const CancelToken token;
  token.cancel();
  EXPECT_EQ(error_of([&] { (void)compute(backend, mean(array_of<double, 2>(source)), cancel_on(token)); }).code(),
            ErrorCode::cancelled);
  EXPECT_EQ(source->elements_read(), 0);
}

TEST_P(BackendConformance, EndsARunThatIsCancelledWhileItWaitsForMemory) {
  const BackendPtr backend = connected(4 << 20);
  const auto slow = std::make_shared<WatchedSource>(Shape{1000, 300}, Shape{10, 300});
  slow->take(std::chrono::milliseconds(5));
  Future<NdArray<double, 2>> first = submit(backend, array_of<double, 2>(slow));
  while (slow->elements_read() == 0) std::this_thread::yield();
  Future<NdArray<double, 1>> second = submit(backend, random<double, 1>({300000}, 3, {10000}) + 1.0);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  second.cancel();
  EXPECT_EQ(error_of([&] { (void)second.get(); }).code(), ErrorCode::cancelled);
  EXPECT_FALSE(first.ready()) << "the first run was still under way";
  first.cancel();
  EXPECT_EQ(error_of([&] { (void)first.get(); }).code(), ErrorCode::cancelled);
}

TEST_P(BackendConformance, TellsItsProgressUpToTheEnd) {
  const BackendPtr backend = connected();
  const auto source = std::make_shared<WatchedSource>(Shape{400, 100}, Shape{4, 100});
  source->take(std::chrono::milliseconds(30));  // slow until the caller was told of it
  const auto x = array_of<double, 2>(source);
  const auto caller = std::this_thread::get_id();
  std::vector<Progress> told;
  RunReport report;
  (void)compute(backend, (x - mean(x, 0)) / 2.0, report_to(report), on_progress([&](const Progress& progress) {
                  EXPECT_EQ(std::this_thread::get_id(), caller);
                  told.push_back(progress);
                  source->take(std::chrono::milliseconds(0));
                }));
  ASSERT_GE(told.size(), 2U);
  for (std::size_t i = 0; i < told.size(); ++i) {
    EXPECT_EQ(told[i].finished, i + 1 == told.size());
    EXPECT_EQ(told[i].total, told[0].total);
    EXPECT_LE(told[i].done, told[i].total);
    if (i == 0) continue;
    EXPECT_GE(told[i].done, told[i - 1].done);
    EXPECT_GE(told[i].bytes_read, told[i - 1].bytes_read);
    EXPECT_GE(told[i].seconds, told[i - 1].seconds);
  }
  EXPECT_EQ(told.back().done, told.back().total);
  EXPECT_EQ(report.bytes_read, (GetParam().reads_in_place ? 2U : 1U) * 40000U * sizeof(double));
  EXPECT_EQ(report.stages, 2U);
  EXPECT_GT(report.memory_bound, 40000U * sizeof(double));
}

TEST_P(BackendConformance, TellsTheEndOfARunThatHasNothingToDo) {
  const BackendPtr backend = connected();
  std::vector<Progress> told;
  RunReport report{-1, 1, 1, 1};
  (void)compute(backend, counting()(1), report_to(report),
                on_progress([&](const Progress& progress) { told.push_back(progress); }));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].finished);
  EXPECT_EQ(report.bytes_read, 0U);
  EXPECT_GE(report.seconds, 0);
}

TEST_P(BackendConformance, EndsWithWhatTheProgressCallbackThrows) {
  const BackendPtr backend = connected();
  const auto source = std::make_shared<WatchedSource>(Shape{1000, 10}, Shape{1, 10});
  source->take(std::chrono::milliseconds(2));
  const auto sink = std::make_shared<WatchedSink>();
  EXPECT_THROW(write(backend, array_of<double, 2>(source) + 1.0, sink,
                     on_progress([](const Progress&) { throw std::length_error("enough"); })),
               std::length_error);
  EXPECT_EQ(sink->finished() + sink->aborted(), 1);
}

// ---------------------------------------------------------------- several at a time

TEST_P(BackendConformance, RunsForSeveralThreadsAtATime) {
  const BackendPtr backend = connected();
  const auto x = random<double, 2>({500, 400}, 11, {60, 400});
  const auto expected = bits_of(compute(backend, stddev(x, 0)));
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) right += bits_of(compute(backend, stddev(x, 0))) == expected;
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 20);
}

TEST_P(BackendConformance, RunsOneAfterTheOtherWhereMemoryIsScarce) {
  const BackendPtr backend = connected(4 << 20);
  const auto x = random<double, 1>({300000}, 3, {10000});
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) threads.emplace_back([&] { done += compute(backend, x + 1.0).size() == 300000; });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 4);
}

TEST_P(BackendConformance, KeepsTheErrorsOfConcurrentRunsApart) {
  const BackendPtr backend = connected();
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      const auto source = std::make_shared<WatchedSource>(Shape{400, 100}, Shape{7, 100});
      if (t % 2 == 1) source->fail_at(100 * t, Error(ErrorCode::io, "thread " + std::to_string(t)));
      for (int i = 0; i < 5; ++i) try {
          (void)compute(backend, mean(array_of<double, 2>(source), 0));
          right += t % 2 == 0;
        } catch (const Error& error) {
          right += t % 2 == 1 && error.what() == "thread " + std::to_string(t);
        }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 20);
}

TEST_P(BackendConformance, ComputesInsideAReadOfItsOwn) {
  const BackendPtr backend = connected();
  // An array whose elements are computed, by the same backend, when they are read.
  class Computed final : public WatchedSource {
   public:
    explicit Computed(BackendPtr backend) : WatchedSource({64, 1000}, {1, 1000}), backend_(std::move(backend)) {}
    void read(const Region& region, void* out) const override {
      const auto part = compute(backend_, random<double, 2>({100, 1000}, 5, {10, 1000}) + 1.0);
      WatchedSource::read(region, out);
      if (part(0, 0) < 1.0) throw Error(ErrorCode::corrupt, "random numbers are not below zero");
    }

   private:
    BackendPtr backend_;
  };
  const auto x = array_of<double, 2>(std::make_shared<Computed>(backend));
  const auto y = array_of<double, 2>(std::make_shared<WatchedSource>(Shape{64, 1000}, Shape{1, 1000}));
  EXPECT_EQ(compute(backend, sum(x)), compute(backend, sum(y)));
}

// ---------------------------------------------------------------- plans

TEST_P(BackendConformance, ExplainsWithoutReading) {
  const BackendPtr backend = connected();
  const auto source = std::make_shared<WatchedSource>(Shape{40, 100}, Shape{7, 100});
  const auto x = array_of<double, 2>(source);
  const Explanation explanation = explain(backend, mean(x, 0), x(3, all) * 2.0);
  EXPECT_EQ(source->elements_read(), 0);
  EXPECT_EQ(explanation.backend, backend->uri());
  EXPECT_EQ(explanation.bytes_read, 4100U * sizeof(double));
  EXPECT_GE(explanation.stages.size(), 2U) << "a view may be a stage of its own";
  EXPECT_THAT(explanation.dot, testing::HasSubstr("digraph"));
}

TEST_P(BackendConformance, KnowsItsName) {
  const BackendPtr backend = connected();
  EXPECT_EQ(backend->uri(), GetParam().uri.empty() ? backend->uri() : GetParam().uri);
  EXPECT_FALSE(backend->uri().empty());
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(BackendConformance);

}  // namespace chunkwise::conformance
