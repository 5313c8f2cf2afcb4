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

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
