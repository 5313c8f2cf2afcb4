#pragma once
/// THE list of aggregates. Reductions of every backend, the typed functions' rules, the numbers in graphs and the names
/// all come from here: an aggregate that is in this list exists everywhere but for its name in C++ (expr/reduce.hpp)
/// and its row in NumPy's words (op/aggregate/numpy.hpp).
#include <array>

#include "chunkwise/op/aggregate/exact.hpp"
#include "chunkwise/op/aggregate/extremes.hpp"
#include "chunkwise/op/aggregate/moments.hpp"
#include "chunkwise/op/aggregate/places.hpp"
#include "chunkwise/op/aggregate/product.hpp"
#include "chunkwise/op/operation.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::aggregate {

/// Aggregates as a type.
template <class... A>
struct List {};

/// All aggregates.
using Catalog =
    List<Sum, Mean, Variance, StandardDeviation, Minimum, Maximum, Count, NanSum, NanMean, NanVariance,
         NanStandardDeviation, NanMinimum, NanMaximum, Product, NanProduct, Any, All, ArgMinimum, ArgMaximum,
         NanArgMinimum, NanArgMaximum, First, Last, NanFirst, NanLast, ExactSum, ExactMean, ExactNanSum, ExactNanMean>;

/// The facts about an aggregate at run time.
struct Description {
  AggregateCode code{};
  std::string_view name;
  bool takes_ddof = false;
  bool needs_elements = false;
  Meaning meaning = Meaning::elementwise;
  std::array<DType, dtype_count> result;  ///< by the element type of the reduced array
};

namespace detail {
/// Calls f with a value of each element type, in the order of DType.
template <class F>
constexpr auto for_each_type(F f) {
  return f(bool{}, std::int8_t{}, std::int16_t{}, std::int32_t{}, std::int64_t{}, std::uint8_t{}, std::uint16_t{},
           std::uint32_t{}, std::uint64_t{}, float{}, double{});
}
template <class A>
consteval Description describe() {
  return {A::code, A::name, A::takes_ddof, A::needs_elements, A::meaning, for_each_type([](auto... zeros) {
            std::array<DType, dtype_count> result{};
            ((result[static_cast<std::size_t>(dtype_of<decltype(zeros)>)] =
                  dtype_of<typename A::template result<decltype(zeros)>>),
             ...);
            return result;
          })};
}
template <class... A>
consteval auto describe_all(List<A...> /*catalog*/) {
  return std::array{describe<A>()...};
}
}  // namespace detail

/// The descriptions in the catalogue's order.
inline constexpr auto descriptions = detail::describe_all(Catalog{});

static_assert(op::detail::codes_and_names_are_unique(descriptions),
              "chunkwise: two aggregates share an AggregateCode or a name");

/// Returns the catalogue's description of a code; null if it has no such aggregate.
[[nodiscard]] constexpr const Description* find(AggregateCode code) {
  for (const Description& description : descriptions)
    if (description.code == code) return &description;
  return nullptr;
}

/// Returns the element type of a result; the code is one of the catalogue.
[[nodiscard]] constexpr DType result_type(AggregateCode code, DType element) {
  return find(code)->result[static_cast<std::size_t>(element)];
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::aggregate
