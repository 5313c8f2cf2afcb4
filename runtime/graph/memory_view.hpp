#pragma once
/// Views of arrays that lie in memory, through the views of a graph.
#include <unordered_map>

#include "chunkwise/core/ndarray.hpp"
#include "chunkwise/graph/node.hpp"
#include "runtime/graph/ask.hpp"
#include "runtime/graph/kinds/view.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

/// Arrays that exist in memory while a plan runs: complete folds, and arrays that stages hold for others.
using Materialised = std::unordered_map<const Node*, UntypedNdArray>;

/// view_of, with `of_source(source, region)` for the views of sources.
template <class OfSource>
UntypedNdArray view_through(const NodePtr& node, const Region& region, const Materialised& finished,
                            const OfSource& of_source) {
  if (const auto found = finished.find(node.get()); found != finished.end()) return part_of(found->second, region);
  if (const SourcePtr* const source = source_of(*node)) return of_source(**source, region);
  const auto* view = node->as<ViewNode>();
  if (!view || view->reshapes || view->fill || (view->joins() && region.elements() == 0)) return {};
  if (!view->moves()) {
    Region own = region;
    const NodePtr* const part = only_part(*view, own);
    return part ? view_through(*part, own, finished, of_source) : UntypedNdArray{};
  }
  if (has_list(*view)) return {};
  const Region box = input_region(view->axes, region);
  const auto of_part = [&] {
    Region own = box;
    const NodePtr* const part = only_part(*view, own);
    return part ? view_through(*part, own, finished, of_source) : UntypedNdArray{};
  };
  UntypedNdArray seen = view->joins() ? of_part() : view_through(view->first[0], box, finished, of_source);
  if (!seen.data) return seen;
  const StridedView strided = view_strides(view->axes, region, box, seen.strides);
  seen.data = static_cast<const std::byte*>(seen.data) + strided.first * static_cast<std::int64_t>(size_of(seen.dtype));
  seen.strides = strided.strides;
  seen.shape = region.shape();
  return seen;
}

/// Returns a view of a part of an array that lies in memory (or a complete fold), through views; data is null if it
/// does not lie there in one piece.
[[nodiscard]] inline UntypedNdArray view_of(const NodePtr& node, const Region& region, const Materialised& finished) {
  return view_through(node, region, finished,
                      [](const Source& source, const Region& part) { return source.view(part); });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
