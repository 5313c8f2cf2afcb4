#pragma once
/// The computation of each element of a domain, with its kernel found.
#include <cstddef>
#include <vector>

#include "chunkwise/graph/node.hpp"
#include "chunkwise/kernel/registry.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::plan {

/// The elements that a task computes, one for each element of the domain: by a program over inputs or, without one,
/// those of the only input.
struct Body {
  NodePtr node;                     ///< the array that the body's elements are
  ProgramPtr program;               ///< null: the elements are those of inputs[0]
  KernelFunction kernel = nullptr;  ///< the native kernel; null: interpreted
  std::vector<NodePtr> inputs;
  std::vector<Scalar> parameters;
};

/// Returns a body that hands on an array's own elements, or, if `take_map`, computes the program of a map.
[[nodiscard]] Body body_of(const NodePtr& node, bool take_map);

/// Returns true if the elements are products of those of two inputs, of one floating type.
[[nodiscard]] bool is_product(const Body& body);

/// Elements that a kernel is given at a time: operands, states and results of a block stay in the first-level cache.
inline constexpr std::int64_t block_elements = 1024;
inline constexpr std::size_t block_bytes = static_cast<std::size_t>(block_elements) * 8;
/// Blocks that a thread keeps for each body that it runs.
inline constexpr std::size_t kept_blocks = 7;
/// Returns the number of blocks: one for each operand, one for gathered elements, one for the result.
[[nodiscard]] constexpr std::size_t blocks_of(std::size_t operands) { return operands + 2; }
/// Returns the most bytes of staging memory that a body with so many operands takes.
[[nodiscard]] constexpr std::size_t staging_bytes(std::size_t operands) {
  return (blocks_of(operands) > kept_blocks ? blocks_of(operands) : kept_blocks) * block_bytes;
}

/// A box of more rows than this stores its states.
inline constexpr std::int64_t most_rows = 32;
/// Bytes of the elements of all rows of a few outputs, which a fold keeps if they do not lie in memory.
inline constexpr std::size_t row_blocks_bytes = 4 * block_elements * 8 + most_rows * 64 * 8;

}  // namespace chunkwise::inline CHUNKWISE_ABI::plan
