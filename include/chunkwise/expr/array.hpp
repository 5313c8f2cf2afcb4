#pragma once
/// Array<T, N>: a lazy, chunked n-d array. A handle: copies are cheap and share one node; nothing is read or computed
/// until compute, persist or a sink asks. Made from files (netcdf.hpp), memory (io/arrays.hpp) or any expression.
#include <ostream>
#include <utility>

#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/expr/expression.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// A lazy array. A moved-from one has no node: every use of it throws invalid_argument.
template <Element T, int N>
class Array : public ExpressionBase<Array<T, N>, T, N> {
  using Base = ExpressionBase<Array<T, N>, T, N>;

 public:
  /// Adopts a node whose dtype and rank are T's and N's (lower.hpp and the functions that open files see to that).
  explicit Array(UntypedArray handle) : Base(handle.shape, handle.labels), node_(std::move(handle.node)) {}
  /// Makes one array of any expression of the same element type and rank; still lazy. `lower` is found in lower.hpp.
  template <Expression E>
  requires(!std::same_as<E, Array>) Array(const E& expression)  // NOLINT: implicit on purpose
      : Base(expression.shape(), expression.labels()), node_(lower(expression)) {
    static_assert(rank_of<E> == N, "chunkwise: the expression has another rank than the Array it is to become");
    static_assert(std::same_as<value_type_of<E>, T>,
                  "chunkwise: the expression has another element type than the Array it is to become; use cast");
  }

  /// Returns the node, never null. Throws invalid_argument if the array was moved from.
  [[nodiscard]] const std::shared_ptr<const Node>& node() const {
    if (!node_)
      throw Error(ErrorCode::invalid_argument,
                  "this array stands for nothing: it was moved from; copy it where it is wanted twice");
    return node_;
  }
  /// Returns the array without its types. Throws as node() does.
  [[nodiscard]] UntypedArray handle() const { return {node(), this->shape(), this->labels()}; }

 private:
  std::shared_ptr<const Node> node_;
};

/// Of an expression, `Array y = x + 1`, the types follow.
template <Expression E>
Array(const E&) -> Array<value_type_of<E>, rank_of<E>>;

/// Prints dtype, dimensions, chunks and bytes on one line; computes nothing, and makes no native kernel. `described` is
/// found in lower.hpp.
template <Expression E>
std::ostream& operator<<(std::ostream& out, const E& expression) {
  return out << to_string(described(expression));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
