#pragma once
/// Holds a text against the formula in C++ that means the same: the same programs and nodes to the byte, before and
/// after the passes, the same shapes, names, coordinates and attributes.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "chunkwise/graph/serialize.hpp"
#include "runtime/optimize/passes.hpp"
#include "runtime/plan/plan.hpp"
#include "tests/notation/variables.hpp"

namespace chunkwise_test {

inline std::vector<std::byte> bytes_of(const cw::Graph& graph) {
  return cw::to_bytes(graph, [](const cw::Source& source) {
    // Sources of one identity have the same elements; one without is equal to itself alone.
    const auto address = reinterpret_cast<std::uintptr_t>(&source);
    const std::string identity = source.identity().empty() ? std::to_string(address) : source.identity();
    const auto* const begin = reinterpret_cast<const std::byte*>(identity.data());
    return std::vector<std::byte>(begin, begin + identity.size());
  });
}

inline void expect_same_labels(const cw::Labels& text, const cw::Labels& typed, int rank) {
  EXPECT_EQ(text.name(), typed.name());
  EXPECT_EQ(text.attributes(), typed.attributes());
  for (int axis = 0; axis < rank; ++axis) {
    EXPECT_EQ(text.dimension(axis), typed.dimension(axis));
    ASSERT_EQ(static_cast<bool>(text.coordinate(axis)), static_cast<bool>(typed.coordinate(axis)));
    if (text.coordinate(axis)) {
      EXPECT_EQ(text.coordinate(axis), typed.coordinate(axis));
    }
  }
}

/// The text has as many results as formulas are given, which are these.
template <cw::Expression... E>
void expect_same(std::string_view text, const E&... typed) {
  SCOPED_TRACE(std::string(text));
  std::vector<cw::notation::Output> outputs;
  ASSERT_NO_THROW(outputs = cw::notation::arrays_of(text, variables()));
  ASSERT_EQ(outputs.size(), sizeof...(typed));
  cw::Graph of_text;
  for (const cw::notation::Output& output : outputs) of_text.outputs.push_back(output.array.node);
  const cw::Graph of_types{{lower(typed)...}};
  EXPECT_TRUE(bytes_of(of_text) == bytes_of(of_types)) << "as it is made";
  EXPECT_TRUE(bytes_of(cw::optimize::fuse_maps(of_text)) == bytes_of(cw::optimize::fuse_maps(of_types))) << "fused";
  EXPECT_TRUE(bytes_of(cw::plan::optimize(of_text, {})) == bytes_of(cw::plan::optimize(of_types, {}))) << "optimised";
  std::size_t i = 0;
  const auto compare = [&](const auto& expression) {
    const cw::UntypedArray& array = outputs[i++].array;
    EXPECT_EQ(array.shape, expression.shape());
    EXPECT_EQ(array.node->shape, expression.shape());
    EXPECT_EQ(array.node->dtype, cw::dtype_of<cw::value_type_of<decltype(expression)>>);
    expect_same_labels(array.labels, expression.labels(), expression.shape().rank());
  };
  (compare(typed), ...);
}

/// The variables by the names that texts have for them.
inline const auto& x = fields().x;
inline const auto& f = fields().f;
inline const auto& i = fields().i;
inline const auto& u = fields().u;
inline const auto& b = fields().b;
inline const auto& row = fields().row;
inline const auto& s = fields().s;
inline const auto& r8 = fields().r8;

}  // namespace chunkwise_test
