#pragma once
/// Random graphs over the run-time front door: any element types, shapes of rank 0 to 4, chunkings, sources in memory
/// and not, broadcasting, subscripts, joins and reductions.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/source.hpp"
#include "tests/properties/random_program.hpp"

namespace chunkwise::properties {

/// choose(n) gives a number of [0, n).
using Choose = std::function<std::int64_t(std::int64_t)>;

/// A source that is not memory: it copies on reading, and what it stores need not be what it means.
class StoredSource final : public Source {
 public:
  StoredSource(DType dtype, ChunkGrid grid, Encoding encoding, std::vector<std::byte> stored, Shape read_block,
               std::string identity);
  [[nodiscard]] DType dtype() const override { return dtype_; }
  [[nodiscard]] const Shape& shape() const override { return shape_; }
  [[nodiscard]] const ChunkGrid& grid() const override { return grid_; }
  [[nodiscard]] const Encoding& encoding() const override { return encoding_; }
  [[nodiscard]] std::string describe() const override;
  [[nodiscard]] Shape read_block() const override { return read_block_; }
  [[nodiscard]] std::string identity() const override { return identity_; }
  void read(const Region& region, void* out) const override;

 private:
  DType dtype_;
  Shape shape_;
  ChunkGrid grid_;
  Encoding encoding_;
  std::vector<std::byte> stored_;
  Shape read_block_;
  std::string identity_;
};

/// How large a graph may become.
struct GraphSize {
  std::int64_t elements = 3000;  ///< most elements of a node
  int operations = 8;            ///< most nodes on top of the sources
};

/// A graph, and the memory that its sources have only borrowed.
struct RandomGraph {
  Graph graph;
  std::vector<std::shared_ptr<const void>> borrowed;
};
[[nodiscard]] RandomGraph random_graph(const Choose& choose, const GraphSize& size);

/// Reductions of one array of up to so many elements (at least 20,000): enough for slabs, tiles and several threads.
[[nodiscard]] RandomGraph random_reductions(const Choose& choose, std::int64_t elements);

/// The nodes of a graph with types, shapes and chunks, inputs first: what a failing property prints.
[[nodiscard]] std::string to_text(const Graph& graph);

}  // namespace chunkwise::properties
