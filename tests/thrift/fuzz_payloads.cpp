// libFuzzer: what the blobs of the protocol hold. The first byte chooses: a graph with its plan and steps as a
// coordinator derives them, partial states as a worker combines them, the record of a published array.
#include <cstddef>
#include <cstdint>
#include <span>

#include "backends/cluster/array_record.hpp"
#include "backends/cluster/source_spec.hpp"
#include "backends/cluster/steps.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/op/aggregate/catalog.hpp"
#include "runtime/executor/stage_results.hpp"
#include "runtime/executor/states_bytes.hpp"

namespace cw = chunkwise;

namespace {

/// A stage to combine states for: mean and deviation of 96 chunks of 5 columns.
const cw::cluster::Steps& steps() {
  static const cw::cluster::Steps made = [] {
    const cw::NodePtr x = cw::build::source(cw::random_source({96 * 3, 5}, cw::DType::float64, 1, {3, 5}));
    cw::Graph graph;
    graph.outputs = {cw::build::fold(cw::aggregate::Mean::code, x, 1, false, 0),
                     cw::build::fold(cw::aggregate::StandardDeviation::code, x, 1, false, 0)};
    return cw::cluster::make_steps(std::move(graph), {}, 2, std::uint64_t{1} << 30);
  }();
  return made;
}

void try_graph(std::span<const std::byte> bytes) {
  cw::Graph graph = cw::cluster::known_graph(bytes);
  if (graph.outputs.empty()) return;
  const std::vector<bool> persisted(graph.outputs.size(), true);
  if (cw::cluster::is_upload(graph)) {
    (void)cw::cluster::upload_spec(graph, 1, 1);
    return;
  }
  const cw::cluster::Steps made = cw::cluster::make_steps(std::move(graph), {}, 2, std::uint64_t{1} << 30);
  std::int64_t items = 0;
  for (const cw::cluster::Step& step : made.steps) items += step.items;
  if (items < 10000) (void)cw::cluster::spec_of(made, persisted, 1, 1);
}

void try_states(std::span<const std::byte> bytes) {
  const cw::executor::Partition cut(steps().plan.stages.front());
  cw::executor::StageResults finished(cut);
  finished.combine(0, {cw::executor::parts_from_bytes(cut, 0, {bytes, nullptr})});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto bytes = std::as_bytes(std::span(data, size)).subspan(1);
  try {
    if (data[0] % 3 == 0)
      try_graph(bytes);
    else if (data[0] % 3 == 1)
      try_states(bytes);
    else
      (void)cw::cluster::record_from_bytes(bytes);
  } catch (const cw::Error&) {
  }
  return 0;
}
