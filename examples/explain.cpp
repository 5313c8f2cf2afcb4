// The plan of a run: stages, bytes, memory and fused maps, as text, as data, and as a picture in the DOT language.
#include <chunkwise/chunkwise.hpp>
#include <fstream>
#include <iostream>

namespace cw = chunkwise;

int main() {
  auto backend = cw::connect("local:2");

  // [explain]
  const auto x = cw::random<double, 3>({136, 73, 144}, 1, {4, 73, 144});
  const auto z = (x - cw::mean(x, 0)) / cw::stddev(x, 0);
  const cw::Explanation plan = cw::explain(backend, z);  // nothing is computed
  std::cout << plan;
  // [/explain]

  // [data]
  std::cout << plan.stages.size() << " stages, at most " << plan.memory_bound << " bytes of memory\n";
  for (const cw::StageExplanation& stage : plan.stages)
    if (!stage.native) std::cout << "interpreted: " << stage.tasks.front() << '\n';
  std::ofstream("plan.dot") << plan.dot;  // dot -Tsvg plan.dot > plan.svg
  // [/data]

  // [write]
  std::cout << "to a file: at most " << cw::explain_write(backend, z).memory_bound << " bytes of memory\n";
  // [/write]

  // [without]
  std::cout << cw::explain(backend, z, cw::without_pass("share_reads")).stages.size()
            << " stages without shared reads\n";
  // [/without]
}
