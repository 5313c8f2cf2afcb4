#pragma once
/// All kinds of node, and a call with the kind that a node has.
#include <type_traits>
#include <utility>
#include <variant>

#include "runtime/graph/kinds/along.hpp"
#include "runtime/graph/kinds/fold.hpp"
#include "runtime/graph/kinds/map.hpp"
#include "runtime/graph/kinds/source.hpp"
#include "runtime/graph/kinds/view.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

template <class... Data>
consteval bool are_complete_kinds(const std::variant<Data...>*) {
  return (is_complete_kind<Kind<Data>, Data>() && ...);
}
static_assert(are_complete_kinds(static_cast<const Node::Data*>(nullptr)));

/// Calls call(kind, data) with the kind of a node and its data.
template <class Call>
decltype(auto) with_kind(const Node& node, Call&& call) {
  return std::visit(
      [&](const auto& data) -> decltype(auto) { return call(Kind<std::decay_t<decltype(data)>>{}, data); }, node.data);
}

/// One call for each kind of node.
template <class... Calls>
struct CallsByKind : Calls... {
  using Calls::operator()...;
};
template <class... Calls>
CallsByKind(Calls...) -> CallsByKind<Calls...>;

/// Returns true if the calls take every kind of node.
template <class Calls, class... Data>
consteval bool take_all_kinds(const std::variant<Data...>*) {
  return (std::is_invocable_v<const Calls&, const Data&> && ...);
}

/// Calls the one of the calls that takes the data of a node's kind. Where kinds are told apart, a further kind does not
/// compile until somebody has said what to do with it.
template <class... Calls>
decltype(auto) by_kind(const Node& node, Calls... calls) {
  using All = CallsByKind<Calls...>;
  constexpr bool are_all = take_all_kinds<All>(static_cast<const Node::Data*>(nullptr));
  static_assert(are_all, "chunkwise: a kind of node has no call here that takes it");
  if constexpr (are_all) return std::visit(All{std::move(calls)...}, node.data);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
