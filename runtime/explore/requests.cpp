#include "runtime/explore/requests.hpp"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

namespace {

constexpr std::size_t most_ended = 300, most_lines = 200;
/// Ended requests whose graphs are kept, with what these hold.
constexpr std::size_t most_graphs = 30;

class WithinTurn : public Backend {
 public:
  WithinTurn(BackendPtr backend, Requests::Turn& turn) : backend_(std::move(backend)), turn_(turn) {}
  [[nodiscard]] std::string uri() const override { return backend_->uri(); }
  std::vector<UntypedNdArray> run(const Graph& graph, std::span<const Target> targets,
                                  const RunOptions& /*options*/) override {
    turn_.runs(graph);
    return backend_->run(graph, targets, turn_.options());
  }
  std::vector<SourcePtr> persist(const Graph& graph, const RunOptions& /*options*/) override {
    return backend_->persist(graph, turn_.options());
  }
  [[nodiscard]] Explanation explain(const Graph& graph, std::span<const OutputKind> outputs,
                                    const RunOptions& options) override {
    return backend_->explain(graph, outputs, options);
  }

 private:
  BackendPtr backend_;
  Requests::Turn& turn_;
};

}  // namespace

Requests::Turn::Turn(Requests& all, std::string what, std::function<bool()> nobody_waits)
    : all_(all), nobody_waits_(std::move(nobody_waits)), what_(std::move(what)) {
  std::unique_lock lock(all_.mutex_);
  number_ = ++all_.count_;
  all_.turns_.push_back(this);
  while (all_.computing_ >= all_.most_) {
    all_.free_.wait_for(lock, std::chrono::milliseconds(100));
    lock.unlock();
    const bool is_gone = nobody_waits_();
    lock.lock();
    if (is_gone) {
      all_.turns_.remove(this);
      throw Error(ErrorCode::cancelled, "nobody waits for the answer any more");
    }
  }
  ++all_.computing_;
  computes_ = true;
  turn_ = std::chrono::steady_clock::now();
  const auto free = std::ranges::find(all_.lanes_, false);
  lane_ = static_cast<int>(free - all_.lanes_.begin());
  if (free == all_.lanes_.end())
    all_.lanes_.push_back(true);
  else
    *free = true;
}

Requests::Turn::~Turn() {
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  const std::scoped_lock lock(all_.mutex_);
  all_.turns_.remove(this);
  --all_.computing_;
  all_.lanes_[static_cast<std::size_t>(lane_)] = false;
  all_.bytes_read_ += progress_.bytes_read;
  const double waited = std::chrono::duration<double>(turn_ - begin_).count();
  all_.ended_.push_front({number_, std::move(what_), all_.since(begin_), waited, seconds, lane_, progress_.bytes_read,
                          token_.cancelled(), std::move(graph_)});
  if (all_.ended_.size() > most_graphs) all_.ended_[most_graphs].graph = {};
  if (all_.ended_.size() > most_ended) all_.ended_.pop_back();
  all_.free_.notify_one();
}

RunOptions Requests::Turn::options() {
  RunOptions options;
  options.cancel = token_;
  options.progress = [this](const Progress& progress) {
    if (nobody_waits_()) token_.cancel();
    const std::scoped_lock lock(all_.mutex_);
    progress_ = progress;
  };
  return options;
}

void Requests::Turn::runs(const Graph& graph) {
  const std::scoped_lock lock(all_.mutex_);
  graph_ = graph;
}

std::optional<Graph> Requests::graph(std::int64_t number) const {
  const std::scoped_lock lock(mutex_);
  for (const Turn* turn : turns_)
    if (turn->number_ == number && !turn->graph_.outputs.empty()) return turn->graph_;
  for (const Ended& request : ended_)
    if (request.number == number && !request.graph.outputs.empty()) return request.graph;
  return std::nullopt;
}

void Requests::log(const std::string& line) {
  const std::scoped_lock lock(mutex_);
  lines_.push_back({++line_count_, since(std::chrono::steady_clock::now()), line});
  if (lines_.size() > most_lines) lines_.pop_front();
}

Json Requests::describe() const {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  Json running = Json::array(), ended = Json::array();
  for (const Turn* turn : turns_) {
    const Progress& progress = turn->progress_;
    const double done = progress.total == 0
                            ? 0
                            : std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total));
    running.push_back({{"number", turn->number_},
                       {"what", turn->what_},
                       {"state", turn->computes_ ? "computes" : "waits"},
                       {"began", since(turn->begin_)},
                       {"waited", std::chrono::duration<double>(turn->turn_ - turn->begin_).count()},
                       {"seconds", std::chrono::duration<double>(now - turn->begin_).count()},
                       {"lane", turn->computes_ ? turn->lane_ : -1},
                       {"has_plan", !turn->graph_.outputs.empty()},
                       {"done", done},
                       {"bytes_read", progress.bytes_read},
                       {"note", progress.note}});
  }
  for (const Ended& request : ended_)
    ended.push_back({{"number", request.number},
                     {"what", request.what},
                     {"began", request.began},
                     {"waited", request.waited},
                     {"seconds", request.seconds},
                     {"lane", request.lane},
                     {"has_plan", !request.graph.outputs.empty()},
                     {"bytes_read", request.bytes_read},
                     {"cancelled", request.cancelled}});
  Json lines = Json::array();
  for (const Line& line : lines_) lines.push_back({{"number", line.number}, {"at", line.at}, {"text", line.text}});
  return {{"running", std::move(running)},
          {"ended", std::move(ended)},
          {"bytes_read", bytes_read_},
          {"now", since(now)},
          {"lines", std::move(lines)}};
}

BackendPtr within_turn(BackendPtr backend, Requests::Turn& turn) {
  return std::make_shared<WithinTurn>(std::move(backend), turn);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
