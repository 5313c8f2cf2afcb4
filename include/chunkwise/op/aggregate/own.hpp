#pragma once
/// Aggregates of a user's own: the members that such a struct needs, and the key that tells one from another
/// (docs/own_functions.md). Next: kernel/aggregate.hpp, which makes kernels of it; expr/reduce.hpp, which uses it.
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "chunkwise/op/aggregate/aggregate.hpp"
#include "chunkwise/op/function.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace aggregate {

/// The number of every aggregate of a user's own; its name tells which one it is.
inline constexpr AggregateCode own_code{255};

namespace detail {
template <class Step>
struct Stepped {
  static constexpr bool valid = false;
};
template <class S, class T>
struct Stepped<void (*)(S&, T)> {
  static constexpr bool valid = Element<T> && std::is_trivially_copyable_v<S> && alignof(S) <= 8;
  static constexpr bool takes_position = false;
  using state = S;
  using element = T;
};
template <class S, class T>
struct Stepped<void (*)(S&, T, std::int64_t)> : Stepped<void (*)(S&, T)> {
  static constexpr bool takes_position = true;
};
template <class S, class T>
struct Stepped<void (*)(S&, T) noexcept> : Stepped<void (*)(S&, T)> {};
template <class S, class T>
struct Stepped<void (*)(S&, T, std::int64_t) noexcept> : Stepped<void (*)(S&, T, std::int64_t)> {};

template <class Finish, class S>
struct Finished {
  static constexpr bool valid = false;
};
template <class R, class S>
struct Finished<R (*)(const S&), S> {
  static constexpr bool valid = Element<R>;
  using result = R;
};
template <class R, class S>
struct Finished<R (*)(const S&, Reduced), S> : Finished<R (*)(const S&), S> {};
template <class R, class S>
struct Finished<R (*)(const S&) noexcept, S> : Finished<R (*)(const S&), S> {};
template <class R, class S>
struct Finished<R (*)(const S&, Reduced) noexcept, S> : Finished<R (*)(const S&), S> {};

/// Names in the register of a user's functions: "fold:24ep:stations.range" has a state of 24 bytes, needs elements, and
/// is told positions; l stands for lanes.
inline constexpr std::string_view own_prefix = "fold:";
inline constexpr std::size_t most_name = 48;
inline constexpr std::size_t most_state = 1 << 16;
}  // namespace detail

/// The types of an aggregate of a user's own: `state`, `element` and `takes_position`.
template <class F>
using AppliedTo = detail::Stepped<decltype(&F::step)>;

}  // namespace aggregate

/// A struct that is an aggregate of a user's own:
///     struct Range {
///       static constexpr auto name = "stations.range";   // at most 48 letters, digits and any of _ . : -
///       static constexpr int version = 1;                // another one if the values are others
///       struct State { double low = 1e300, high = -1e300; };     // trivially copyable; State{} has seen no element
///       static void step(State& seen, double element);           // or (State&, double, std::int64_t position)
///       static void merge(State& left, const State& right);      // right is of later chunks
///       static double finish(const State& seen);                 // or (const State&, aggregate::Reduced)
///       // and, if they hold: needs_elements, takes_lanes, meaning (aggregate::Common)
///     };
template <class F>
concept UserAggregate = requires {
  requires is_function_name(F::name) && std::string_view(F::name)
  .size() <= aggregate::detail::most_name;
  requires static_cast<std::int32_t>(F::version) == F::version;
  requires aggregate::AppliedTo<F>::valid;
  requires std::is_default_constructible_v<typename aggregate::AppliedTo<F>::state>;
  requires sizeof(typename aggregate::AppliedTo<F>::state) <= aggregate::detail::most_state;
  requires aggregate::detail::Finished<decltype(&F::finish), typename aggregate::AppliedTo<F>::state>::valid;
  F::merge(std::declval<typename aggregate::AppliedTo<F>::state&>(),
           std::declval<const typename aggregate::AppliedTo<F>::state&>());
};

namespace aggregate {

/// Compiles only if F is an aggregate. The error is a sentence in place of a list of overloads.
template <class F>
constexpr bool checked() {
  static_assert(UserAggregate<F>,
                "chunkwise: an aggregate of your own is a struct with a name (at most 48 letters, digits and _.:-), an "
                "int version, static void step(State&, T element), static void merge(State&, const State&) and static "
                "R finish(const State&), of element types T and R and a trivially copyable State");
  return UserAggregate<F>;
}

/// A user's own aggregate as one of the catalogue: of elements of its own type, to which others are converted.
template <UserAggregate F>
struct Own : Common {
  using function = F;  ///< the user's struct
  static constexpr AggregateCode code = own_code;
  static constexpr std::string_view name = F::name;
  static constexpr bool needs_elements = [] {
    if constexpr (requires { F::needs_elements; })
      return F::needs_elements;
    else
      return false;
  }();
  static constexpr bool takes_lanes = [] {
    if constexpr (requires { F::takes_lanes; })
      return F::takes_lanes;
    else
      return false;
  }();
  static constexpr Meaning meaning = [] {
    if constexpr (requires { F::meaning; })
      return F::meaning;
    else
      return Meaning::elementwise;
  }();
  template <Element T>
  using result = typename detail::Finished<decltype(&F::finish), typename AppliedTo<F>::state>::result;
  template <Element T>
  using state = typename AppliedTo<F>::state;
  using State = typename AppliedTo<F>::state;
  using Taken = typename AppliedTo<F>::element;
  static CHUNKWISE_INLINE void step(State& seen, Taken element) requires(!AppliedTo<F>::takes_position) {
    F::step(seen, element);
  }
  static CHUNKWISE_INLINE void step(State& seen, Taken element,
                                    std::int64_t position) requires(AppliedTo<F>::takes_position) {
    F::step(seen, element, position);
  }
  static CHUNKWISE_INLINE void merge(State& left, const State& right) { F::merge(left, right); }
  static CHUNKWISE_INLINE auto finish(const State& seen, Reduced of) {
    if constexpr (requires { F::finish(seen, of); })
      return F::finish(seen, of);
    else
      return F::finish(seen);
  }
};

/// The facts about an aggregate of a user's own that its name in the register tells.
struct OwnFacts {
  std::string_view name;        ///< that the user gave it; points into the function's
  std::size_t state_bytes = 0;  ///< of an output
  bool needs_elements = false;
  bool takes_lanes = false;
  bool takes_positions = false;
};

/// Returns true and the facts if a function of a user's own is an aggregate.
[[nodiscard]] inline bool read_own(const Function& function, OwnFacts& facts) {
  std::string_view text = function.name;
  if (!text.starts_with(detail::own_prefix) || function.arguments.size() != 1) return false;
  text.remove_prefix(detail::own_prefix.size());
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), facts.state_bytes);
  if (error != std::errc() || facts.state_bytes < 1 || facts.state_bytes > detail::most_state) return false;
  text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
  for (const auto& [letter, fact] :
       {std::pair('e', &facts.needs_elements), {'l', &facts.takes_lanes}, {'p', &facts.takes_positions}}) {
    *fact = text.starts_with(letter);
    if (*fact) text.remove_prefix(1);
  }
  if (!text.starts_with(':') || text.size() < 2) return false;
  facts.name = text.substr(1);
  return true;
}
/// Returns true if a function of a user's own is an aggregate.
[[nodiscard]] inline bool is_own(const Function& function) {
  OwnFacts facts;
  return read_own(function, facts);
}

}  // namespace aggregate

/// Returns the aggregate that a struct defines, as the register knows it.
template <UserAggregate F>
[[nodiscard]] Function aggregate_of() {
  using A = aggregate::Own<F>;
  using Taken = typename aggregate::AppliedTo<F>::element;
  return {std::string(aggregate::detail::own_prefix) + std::to_string(sizeof(typename A::State)) +
              (A::needs_elements ? "e" : "") + (A::takes_lanes ? "l" : "") +
              (aggregate::AppliedTo<F>::takes_position ? "p" : "") + ":" + std::string(F::name),
          F::version,
          {dtype_of<Taken>},
          dtype_of<typename A::template result<Taken>>};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
