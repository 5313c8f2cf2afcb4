// The cost of a coordinator's decisions about one run, by chunks and by workers: the machine alone, with workers that
// are done with each range at once, so that neither bytes nor sockets nor arithmetic are in the way.
#include <cstdlib>
#include <vector>

#include "backends/cluster/machine/machine.hpp"
#include "beside.hpp"
#include "suite.hpp"

namespace chunkwise::bench {

namespace {

class DecidedCluster {
 public:
  explicit DecidedCluster(std::int64_t workers) {
    for (std::int64_t id = 1; id <= workers; ++id)
      tell(cluster::WorkerJoined{id, "worker", "host", 2, std::int64_t{1} << 40, false, {}});
    tell(cluster::ClientJoined{client});
  }

  /// A mean over chunks of the study's size: its run, from the first message to the last.
  void mean(std::int64_t chunks) {
    cluster::StepSpec reduce, combine, write;
    reduce.kind = cluster::StepKind::reduce;
    reduce.items = chunks;
    reduce.elements = chunks * chunk_steps * latitudes * longitudes;
    reduce.bytes_per_item = 64;
    reduce.grain = 16;
    combine.kind = cluster::StepKind::combine;
    combine.items = combine.elements = 1;
    combine.bytes_per_item = 8;
    combine.needs = {0};
    write.items = write.elements = 1;
    write.bytes_per_item = 8;
    write.needs = {1};
    finished_ = false;
    tell(cluster::RunSubmitted{{++run_, client, {reduce, combine, write}, 1 << 20, "a mean"}});
    while (!said_.empty()) {
      const std::vector<cluster::Command> commands = std::exchange(said_, {});
      for (const cluster::Command& command : commands) answer(command);
    }
    if (!finished_) std::abort();
  }

 private:
  static constexpr cluster::ClientId client = 1;

  void tell(const cluster::Event& event) {
    for (cluster::Command& command : machine_.handle(event, 0)) said_.push_back(std::move(command));
  }
  void answer(const cluster::Command& command) {
    if (const auto* range = std::get_if<cluster::Assign>(&command))
      tell(cluster::RangeDone{range->worker, range->ticket, range->key, range->items, 0, {}});
    else if (const auto* ready = std::get_if<cluster::Ready>(&command))
      tell(cluster::Consumed{ready->client, ready->key, ready->held.items});
    else if (std::get_if<cluster::RunFinished>(&command))
      finished_ = true, tell(cluster::Cancelled{client, run_});
  }

  cluster::Machine machine_;
  std::vector<cluster::Command> said_;
  cluster::RunId run_ = 0;
  bool finished_ = false;
};

void by_chunks(benchmark::State& state, std::int64_t chunks) {
  DecidedCluster cluster(4);
  alone(state, {.items = static_cast<double>(chunks)}, [&] { cluster.mean(chunks); });
}

void by_workers(benchmark::State& state, std::int64_t workers) {
  DecidedCluster cluster(workers);
  alone(state, {.items = static_cast<double>(workers)}, [&] { cluster.mean(1'000'000); });
}

}  // namespace

void add_coordinator() {
  add_curve("decisions of 4 workers, by chunks", 10, 1'000'000, by_chunks);
  add_curve("decisions of 1,000,000 chunks, by workers", 1, 1'000, by_workers);
}

}  // namespace chunkwise::bench
