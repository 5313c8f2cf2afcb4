// The study's operations on a cluster of 1, 2 and 4 workers, through the same code as on the local backend, which is
// the limit: the figures are the cost of distance. One element stands beside a bare ping over loopback, a slice beside
// a bare transfer. Coordinator and workers are threads of this process and share its CPUs.
#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "bare_server.hpp"
#include "beside.hpp"
#include "chunkwise/cluster.hpp"
#include "chunkwise/core/buffer.hpp"
#include "runtime/core/buffer_pool.hpp"
#include "suite.hpp"

namespace chunkwise::bench {

namespace {

/// Leaves memory for `n` chunks of the study in the pool, touched, and returns its addresses.
std::vector<const double*> fill_pool(std::int64_t n) {
  const auto bytes = static_cast<std::size_t>(chunk_steps * latitudes * longitudes) * sizeof(double);
  set_pool_cap(std::max(pool_cap(), static_cast<std::size_t>(n) * pooled_size(bytes)));
  std::vector<Buffer> buffers;
  std::vector<const double*> places;
  for (std::int64_t i = 0; i < n; ++i) {
    buffers.push_back(allocate_buffer(bytes));
    std::memset(buffers.back().get(), 1, bytes);
    places.push_back(reinterpret_cast<const double*>(buffers.back().get()));
  }
  return places;
}

/// Returns the study's array in the memory in which workers of this process keep it, which is some of `places`: the
/// ways to the elements are compared, and not one memory with another. On a virtual machine whose host has pages of
/// several sizes, memory that was touched first may be a third slower than memory that was touched later.
Array<double, 3> same_memory(const Array<double, 3>& x, std::vector<const double*> places) {
  std::vector<Array<double, 3>> chunks;
  for (std::int64_t first = 0; first < x.shape()[0]; first += chunk_steps) {
    const double begin = compute(local(1), x(first, 0, 0));
    const auto place = std::ranges::find_if(places, [&](const double* elements) { return *elements == begin; });
    if (place == places.end()) throw Error(ErrorCode::not_found, "a worker keeps its chunks in memory of another pool");
    const Shape shape{chunk_steps, latitudes, longitudes};
    chunks.push_back(from_memory<3>(*place, shape, nullptr, shape));
    places.erase(place);
  }
  return concatenate(chunks, 0);
}

/// A coordinator and its workers, which share the CPUs, and the study's array kept there and here.
class Cluster {
 public:
  explicit Cluster(int workers) : workers_(workers), coordinator_(options()) {
    const std::size_t cap = pool_cap();
    for (int i = 0; i < workers; ++i) {
      WorkerOptions options;
      options.coordinator = coordinator_.address();
      options.threads = std::max(1, thread_counts().back() / workers);
      members_.push_back(std::make_unique<Worker>(options));
    }
    while (cluster_status(coordinator_.address()).workers.size() < members_.size())
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    backend_ = connect("thrift://" + coordinator_.address());
    const std::int64_t chunks = steps() / chunk_steps;
    const std::vector<const double*> places = fill_pool(chunks);
    const auto x = generated<double>(steps());
    there_ = persist(backend_, x);
    here_ = same_memory(x, places);
    set_pool_cap(cap);
  }
  [[nodiscard]] int workers() const { return workers_; }
  [[nodiscard]] const BackendPtr& backend() const { return backend_; }
  /// The study's array on the workers, and as an array of this process in the same memory and chunks.
  [[nodiscard]] const Array<double, 3>& there() const { return *there_; }
  [[nodiscard]] const Array<double, 3>& here() const { return *here_; }

 private:
  static CoordinatorOptions options() {
    CoordinatorOptions options;
    options.listen = "127.0.0.1:0";
    return options;
  }
  int workers_;
  Coordinator coordinator_;
  std::vector<std::unique_ptr<Worker>> members_;
  BackendPtr backend_;
  std::optional<Array<double, 3>> there_, here_;
};

/// One cluster at a time: each keeps the study's array.
std::unique_ptr<Cluster>& running_cluster() {
  static std::unique_ptr<Cluster> running;
  return running;
}
const Cluster& cluster(int workers) {
  std::unique_ptr<Cluster>& running = running_cluster();
  if (!running || running->workers() != workers) {
    running.reset();
    forget_study();
    running = std::make_unique<Cluster>(workers);
  }
  return *running;
}

const BareServer& server() {
  static const BareServer running;
  return running;
}

void element(benchmark::State& state, int workers) {
  const Cluster& running = cluster(workers);
  double value = 0;
  std::int64_t i = 0;
  beside(
      state, {.items = 1, .bar = 4, .bar_us = 100}, [&] { server().ask(&value, sizeof value); },
      [&] {
        benchmark::DoNotOptimize(
            compute(running.backend(), running.there()(i % steps(), i % latitudes, i % longitudes)));
        ++i;
      });
}

void slice(benchmark::State& state, int workers) {
  const Cluster& running = cluster(workers);
  std::vector<char> here(static_cast<std::size_t>(latitudes * longitudes) * sizeof(double));
  std::int64_t i = 0;
  beside(
      state, {.bytes = static_cast<double>(here.size()), .items = latitudes * longitudes, .bar = 1 / 0.6},
      [&] { server().ask(here.data(), here.size()); },
      [&] { benchmark::DoNotOptimize(compute(running.backend(), running.there()(i++ % steps()))); });
}

/// Adds the same run(backend, x) here and there.
template <class Run>
void add_operation(const std::string& name, const Work& work, const Run& run) {
  for (const int workers : {1, 2, 4})
    add("backends/" + name + "/workers:" + std::to_string(workers), [=](benchmark::State& state) {
      const Cluster& running = cluster(workers);
      const BackendPtr& here = local(thread_counts().back());
      beside(
          state, work, [&] { run(here, running.here()); }, [&] { run(running.backend(), running.there()); });
    });
}

void add_tiny_chunks(std::int64_t n) {
  const auto x = random<double, 1>({n * 8}, 1, {8});
  const Work work{.items = static_cast<double>(n), .bar_us = n == 100'000 ? 5.0 * static_cast<double>(n) : 0};
  add_operation("mean of " + std::to_string(n) + " tiny chunks", work,
                [x](const BackendPtr& backend, const auto&) { benchmark::DoNotOptimize(compute(backend, mean(x))); });
}

}  // namespace

void add_backends() {
  for (const int workers : {1, 2, 4}) {
    const std::string end = "/workers:" + std::to_string(workers);
    add("backends/element" + end, [workers](benchmark::State& state) { element(state, workers); });
    add("backends/slice" + end, [workers](benchmark::State& state) { slice(state, workers); });
  }
  const auto items = static_cast<double>(steps() * latitudes * longitudes);
  const double bytes = items * sizeof(double);
  const std::int64_t middle = latitudes / 2;
  add_operation("mean", {.bytes = bytes, .items = items, .bar_over_us = 1500},
                [](const BackendPtr& b, const auto& x) { benchmark::DoNotOptimize(compute(b, mean(x))); });
  add_operation("mean of a slice", {.bytes = bytes / static_cast<double>(steps()), .items = latitudes * longitudes},
                [](const BackendPtr& b, const auto& x) { benchmark::DoNotOptimize(compute(b, mean(x(1)))); });
  add_operation("mean across chunks", {.bytes = bytes / latitudes, .items = items / latitudes},
                [middle](const BackendPtr& b, const auto& x) {
                  benchmark::DoNotOptimize(compute(b, mean(x(all, middle, all))));
                });
  add_operation("mean and std along time", {.bytes = bytes, .items = items}, [](const BackendPtr& b, const auto& x) {
    benchmark::DoNotOptimize(compute(b, mean(x, 0), stddev(x, 0)));
  });
  add_operation("z-score, kept", {.bytes = 3 * bytes, .items = items}, [](const BackendPtr& b, const auto& x) {
    benchmark::DoNotOptimize(persist(b, (x - mean(x, 0)) / stddev(x, 0)));
  });
  add_tiny_chunks(1'000);
  add_tiny_chunks(100'000);
}

void end_backends() { running_cluster().reset(); }

}  // namespace chunkwise::bench
