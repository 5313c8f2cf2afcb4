#pragma once
/// The loops of an aggregate whose state has no kernels of its own (kernel/aggregate.hpp), and the finishing of every
/// aggregate that has. Included by kernels.cpp, once for each instruction set, so all
/// of it has internal linkage.
#include <type_traits>

#include "chunkwise/kernel/aggregate.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "chunkwise/op/comparison.hpp"
#include "runtime/reduce/reduce.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::reduce {
namespace {

/// The number of fields of a state that has kernels of its own.
template <class S>
constexpr std::size_t field_count = sizeof(S) / sizeof(typename S::Field);

/// Tells the kernels of this file, compiled for its instruction set, from those of others.
struct Here {};
template <class A, class T>
using Own = kernel::AggregateLoops<A, T, Here>;

/// Returns the state of output i, from its fields.
template <class S>
CHUNKWISE_INLINE S state_at(const typename S::Field* const (&field)[max_fields], std::size_t i) {
  constexpr std::size_t count = field_count<S>;
  if constexpr (count == 1)
    return S{field[0][i]};
  else if constexpr (count == 2)
    return S{field[0][i], field[1][i]};
  else if constexpr (count == 4)
    return S{field[0][i], field[1][i], field[2][i], field[3][i]};
  else
    return S{field[0][i], field[1][i], field[2][i], field[3][i], field[4][i]};
}

template <class A, class S, class T>
CHUNKWISE_INLINE bool finish_as(AggregateCode aggregate, void* const* fields, std::size_t n, aggregate::Reduced of,
                                void* out) {
  CHUNKWISE_STRICT_FLOATS
  using Wanted = typename A::template state<T>;
  if constexpr (aggregate::Special<Wanted> && std::is_convertible_v<S, Wanted>) {
    if (aggregate != A::code) return false;
    using R = typename A::template result<T>;
    const typename S::Field* field[max_fields];
    for (std::size_t f = 0; f < max_fields; ++f)
      field[f] = static_cast<const typename S::Field*>(fields[f < field_count<S> ? f : 0]);
    R* __restrict to = static_cast<R*>(out);
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) {
      const Wanted seen = state_at<S>(field, i);
      to[i] = op::Cast::convert<R>(aggregate::detail::finish_one<A>(seen, of));
    }
    return true;
  } else {
    return false;
  }
}

template <class S, class T, class... A>
CHUNKWISE_INLINE void finish_listed(aggregate::List<A...> /*catalog*/, AggregateCode aggregate, void* const* fields,
                                    std::size_t n, aggregate::Reduced of, void* out) {
  static_cast<void>((finish_as<A, S, T>(aggregate, fields, n, of, out) || ...));
}

/// Finishes any aggregate that a state with kernels of its own holds.
template <class S, class T>
void finish_fields(AggregateCode aggregate, void* const* fields, std::size_t n, aggregate::Reduced of, void* out) {
  finish_listed<S, T>(aggregate::Catalog{}, aggregate, fields, n, of, out);
}

}  // namespace
}  // namespace chunkwise::inline CHUNKWISE_ABI::reduce
