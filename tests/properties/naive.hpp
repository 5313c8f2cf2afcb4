#pragma once
/// The meaning of a graph, written down plainly: every node is computed whole, element by element, straight from its
/// definition. Slow, and shares nothing with the code that runs plans: what both agree on is what was meant.
#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "chunkwise/core/ndarray.hpp"
#include "chunkwise/graph/node.hpp"

namespace chunkwise::naive {

/// An array whose elements lie row-major without gaps.
struct Values {
  DType dtype = DType::float64;
  Shape shape;
  std::vector<std::byte> bytes;

  [[nodiscard]] Scalar at(std::int64_t position) const;
};

/// Computes nodes; each once, however often it is used.
class Evaluator {
 public:
  const Values& operator()(const NodePtr& node);

 private:
  std::unordered_map<NodePtr, Values> done_;
};

/// The value of a program for one element of each input.
[[nodiscard]] Scalar evaluate(const Program& program, const std::vector<Scalar>& inputs,
                              const std::vector<Scalar>& parameters);

/// Returns true if both have the same bits, or both are NaN.
[[nodiscard]] bool same(const Scalar& a, const Scalar& b);
/// The element as text, with its bits.
[[nodiscard]] std::string with_bits(const Scalar& scalar);

/// Says where two arrays differ; empty where they are the same, bit for bit (any NaN being any NaN).
[[nodiscard]] std::string difference(const Values& expected, const UntypedNdArray& actual);
[[nodiscard]] std::string difference(const Values& expected, const Values& actual);

}  // namespace chunkwise::naive
