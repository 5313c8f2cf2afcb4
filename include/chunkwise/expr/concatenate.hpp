#pragma once
/// Arrays joined along an axis. The list is a run-time one of any length: 136 files or 100,000, never a pack of types.
#include <type_traits>
#include <utility>
#include <vector>

#include "chunkwise/expr/array.hpp"
#include "chunkwise/expr/axis.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Arrays of one type, joined.
template <Element T, int N>
class Concatenation : public ExpressionBase<Concatenation<T, N>, T, N> {
 public:
  /// Throws shape_mismatch or name_mismatch naming the position of the array that does not fit, invalid_argument if all
  /// of them together have too many elements.
  Concatenation(std::vector<Array<T, N>> parts, axis<N> along) : parts_(std::move(parts)) {
    if (parts_.empty()) throw Error(ErrorCode::invalid_argument, "concatenate needs at least one array");
    along_ = along.resolve(parts_.front().labels());
    this->shape_ = parts_.front().shape();
    std::vector<Labels> labels{parts_.front().labels()};
    labels.reserve(parts_.size());
    for (std::size_t i = 1; i < parts_.size(); ++i) {
      check(i);
      this->shape_[along_] += parts_[i].shape()[along_];
      static_cast<void>(count_elements(this->shape_));
      labels.push_back(parts_[i].labels());
    }
    this->labels_ = concatenate_labels(labels, N, along_);
  }
  /// Returns the arrays that are joined, in their order.
  [[nodiscard]] const std::vector<Array<T, N>>& parts() const { return parts_; }
  /// Returns the axis along which they are joined.
  [[nodiscard]] int along() const { return along_; }

 private:
  void check(std::size_t i) const {
    const Shape& first = parts_.front().shape();
    const Shape& own = parts_[i].shape();
    for (int axis = 0; axis < N; ++axis)
      if (axis != along_ && own[axis] != first[axis])
        throw Error(ErrorCode::shape_mismatch, "concatenate: array " + std::to_string(i) +
                                                   " does not fit the first: shape " + to_string(own) + " against " +
                                                   to_string(first) + "; only the extent along axis " +
                                                   std::to_string(along_) + " may differ");
  }

  std::vector<Array<T, N>> parts_;
  int along_ = 0;
};

/// Returns arrays joined along an axis, by number or name; every other extent must agree.
template <Element T, int N>
[[nodiscard]] Concatenation<T, N> concatenate(std::vector<Array<T, N>> parts, std::type_identity_t<axis<N>> along) {
  static_assert(N >= 1, "chunkwise: arrays of rank 0 have no axis to be joined along; give them one with newaxis");
  return {std::move(parts), along};
}

/// Returns expressions of one type joined along an axis.
template <Expression E>
requires(!std::same_as<E, Array<value_type_of<E>, rank_of<E>>>)
    [[nodiscard]] auto concatenate(const std::vector<E>& parts, axis<rank_of<E>> along) {
  return Concatenation<value_type_of<E>, rank_of<E>>({parts.begin(), parts.end()}, along);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
