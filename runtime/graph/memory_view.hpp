#pragma once
/// Views of arrays that lie in memory, through the views of a graph.
#include <unordered_map>

#include "chunkwise/core/ndarray.hpp"
#include "chunkwise/graph/node.hpp"
#include "runtime/graph/kinds.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

/// Arrays that exist in memory while a plan runs: complete folds, and arrays that stages hold for others.
using Materialised = std::unordered_map<const Node*, UntypedNdArray>;

template <class OfSource>
UntypedNdArray view_through(const NodePtr& node, const Region& region, const Materialised& finished,
                            const OfSource& of_source);

/// Returns a box of an array that has another shape in memory; data is null if its elements do not lie there in
/// row-major order.
template <class OfSource>
UntypedNdArray reshaped_in_memory(const Node& node, const NodePtr& input, const Region& region,
                                  const Materialised& finished, const OfSource& of_source) {
  UntypedNdArray all = view_through(input, Region::whole(input->shape), finished, of_source);
  if (!all.data || !(all.strides == row_major_strides(all.shape))) return {};
  all.shape = node.shape;
  all.strides = row_major_strides(node.shape);
  return part_of(all, region);
}

/// Returns a box of a view in memory that holds its input; data is null if strides cannot say where it lies.
template <class OfSource>
UntypedNdArray view_in_memory(const Node& node, const ViewNode& view, const Region& region,
                              const Materialised& finished, const OfSource& of_source) {
  if (view.reshapes) return reshaped_in_memory(node, view.part(0), region, finished, of_source);
  if (view.fill || (view.joins() && region.elements() == 0)) return {};
  const auto of_part = [&](Region box) {
    const NodePtr* const part = only_part(view, box);
    return part ? view_through(*part, box, finished, of_source) : UntypedNdArray{};
  };
  if (!view.moves()) return of_part(region);
  if (has_list(view)) return {};
  const Region box = input_region(view.axes, region);
  UntypedNdArray seen = view.joins() ? of_part(box) : view_through(view.part(0), box, finished, of_source);
  if (!seen.data) return seen;
  const StridedView strided = view_strides(view.axes, region, box, seen.strides);
  seen.data = static_cast<const std::byte*>(seen.data) + strided.first * static_cast<std::int64_t>(size_of(seen.dtype));
  seen.strides = strided.strides;
  seen.shape = region.shape();
  return seen;
}

/// view_of, with `of_source(source, region)` for the views of sources.
template <class OfSource>
UntypedNdArray view_through(const NodePtr& node, const Region& region, const Materialised& finished,
                            const OfSource& of_source) {
  if (const auto found = finished.find(node.get()); found != finished.end()) return part_of(found->second, region);
  return by_kind(
      *node, [&](const SourceNode& source) { return of_source(*source.source, region); },
      [&](const ViewNode& view) { return view_in_memory(*node, view, region, finished, of_source); },
      [](const MapNode& /*map*/) { return UntypedNdArray{}; },
      [](const AlongNode& /*along*/) { return UntypedNdArray{}; },
      [](const FoldNode& /*fold*/) { return UntypedNdArray{}; });
}

/// Returns a view of a part of an array that lies in memory (or a complete fold), through views; data is null if it
/// does not lie there in one piece.
[[nodiscard]] inline UntypedNdArray view_of(const NodePtr& node, const Region& region, const Materialised& finished) {
  return view_through(node, region, finished,
                      [](const Source& source, const Region& part) { return source.view(part); });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
