#include "runtime/cli/cluster_json.hpp"

#include <utility>

namespace chunkwise::cli {

std::int64_t number_of(const ClusterStatus::Run& run) {
  constexpr std::int64_t shown_bits = 0xffffffff;
  return run.number & shown_bits;
}

Totals totals_of(const ClusterStatus& status) {
  Totals all;
  for (const auto& worker : status.workers) {
    all.threads += worker.threads;
    all.ranges += worker.running;
    all.limit += worker.memory_limit;
    all.used += worker.memory_used;
    all.held += worker.held;
    all.resident += worker.resident;
    all.cpu += worker.cpu;
  }
  for (const auto& array : status.arrays) all.kept += array.bytes;
  return all;
}

Json json_of(const ClusterStatus& status) {
  const Totals all = totals_of(status);
  Json object;
  object["workers_wanted"] = status.workers_wanted >= 0 ? Json(status.workers_wanted) : Json();
  object["clients"] = status.clients;
  object["uptime"] = status.uptime;
  object["resident"] = status.resident;
  object["cpu"] = status.cpu;
  object["total"] = {{"threads", all.threads}, {"memory_limit", all.limit}, {"memory_used", all.used},
                     {"held", all.held},       {"ranges", all.ranges},      {"resident", all.resident},
                     {"cpu", all.cpu},         {"kept", all.kept}};
  object["workers"] = Json::array();
  for (const auto& worker : status.workers)
    object["workers"].push_back({{"name", worker.name},
                                 {"address", worker.address},
                                 {"threads", worker.threads},
                                 {"memory_limit", worker.memory_limit},
                                 {"memory_used", worker.memory_used},
                                 {"held", worker.held},
                                 {"ranges", worker.running},
                                 {"resident", worker.resident},
                                 {"cpu", worker.cpu},
                                 {"retiring", worker.retiring}});
  object["runs"] = Json::array();
  for (const auto& run : status.runs)
    object["runs"].push_back({{"number", number_of(run)},
                              {"done", run.done},
                              {"waits_for", run.waits_for.empty() ? Json() : Json(run.waits_for)}});
  object["arrays"] = Json::array();
  for (const auto& array : status.arrays) object["arrays"].push_back({{"names", array.names}, {"bytes", array.bytes}});
  object["refused"] = status.refused;
  return object;
}

}  // namespace chunkwise::cli
