// The calls about the names of published arrays: clients that may publish, and workers that have to know.
#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "backends/cluster/array_record.hpp"
#include "backends/cluster/source_spec.hpp"
#include "backends/thrift/coordinator/cluster_state.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

/// Throws invalid_argument if a record tells of another array than the one that a step of a run makes: a client that
/// opens it would read other elements than there are.
void require_record(const wire::RunDescription& run, const wire::PublishedArray& published, const std::string& name) {
  const Graph graph = known_graph(run.graph.bytes());
  const auto [steps, spec] = planned(submission_of(run));
  const std::vector<NodePtr>& outputs = is_upload(graph) ? graph.outputs : steps.plan.graph.outputs;
  const std::vector<std::int32_t> made_by = is_upload(graph) ? std::vector<std::int32_t>{0} : steps.output_steps;
  const ArrayRecord record = record_from_bytes(published.record.bytes());
  for (std::size_t i = 0; i < made_by.size(); ++i) {
    if (made_by[i] != published.key.step) continue;
    const Node& made = *outputs[i];
    if (record.dtype != made.dtype || record.shape != made.shape || !(record.grid == made.grid))
      throw Error(ErrorCode::invalid_argument, "what is to be published as '" + name + "' is said to be " +
                                                   std::string(name_of(record.dtype)) + " " + to_string(record.shape) +
                                                   ", and is " + std::string(name_of(made.dtype)) + " " +
                                                   to_string(made.shape));
  }
}

/// Returns the time so many seconds ago: "2026-11-27 19:30:05 UTC".
std::string clock_text(Time ago) {
  const std::time_t then = std::time(nullptr) - static_cast<std::time_t>(ago);
  std::tm parts{};
  ::gmtime_r(&then, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return {text.data(), size};
}

}  // namespace

void ClusterState::publish(ClientId client, const std::string& name, const wire::PublishedArray& published) {
  Access access(*this);
  const StepKey key = from_wire(published.key);
  await_arrays(access, {key.run});
  require_session(client);
  require_printable_name(name, "what is published");
  if (machine_.published(name))
    throw Error(ErrorCode::invalid_argument, "an array is published as '" + name + "' already; unpublish it first");
  const auto run = runs_.find(key.run);
  if (run == runs_.end() || !machine_.remembers(key.run))
    throw Error(ErrorCode::lost, "the array to be published as '" + name + "' is not kept by this cluster");
  if (!may_use(client, key)) {
    log("client " + shown(client) + " was not let publish run " + shown(key.run) + " of client " +
        shown(run->second->client) + " as '" + name + "'");
    throw Error(ErrorCode::denied, "what is to be published as '" + name + "' is another client's array");
  }
  require_record(run->second->description, published, name);
  handle(Published{client, key, name});
  if (!machine_.published(name))
    throw Error(ErrorCode::invalid_argument, "what is to be published as '" + name + "' is not a persisted array");
  names_.add(name, {published, sessions_.owner(client), client});
  log("client " + shown(client) + " published run " + shown(key.run) + " as '" + name + "'");
  wire::Publication publication;
  publication.key = published.key;
  publication.name = name;
  publication.record = published.record;
  publication.owner = sessions_.owner(client);
  run->second->description.publications.push_back(publication);
  tell_all(access, publication);
}

void ClusterState::tell_all(Access& access, const wire::Publication& publication) {
  wire::WorkerCommand command;
  command.__set_publication(publication);
  std::vector<std::pair<WorkerId, std::int64_t>> told;
  for (const auto& [worker, queue] : workers_) {
    told.emplace_back(worker, queue->push(command, true));
    wake(queue);
  }
  access.wait_until(arrays_changed_, deadline(longest_wait_ms), [&] {
    return closed_ || std::ranges::all_of(told, [this](const auto& entry) {
             const auto worker = workers_.find(entry.first);
             return worker == workers_.end() || worker->second->has_obeyed(entry.second);
           });
  });
}

void ClusterState::require_publisher(ClientId client, const std::string& name) const {
  const PublishedNames::Entry* const published = names_.find(name);
  if (!published || published->client == client) return;
  const bool same_owner = !published->owner.empty() && sessions_.owner(client) == published->owner;
  // A client that published without an owner, and has gone, would never come back to unpublish.
  const bool nobodys = published->owner.empty() && !sessions_.contains(published->client);
  if (same_owner || nobodys) return;
  log("client " + shown(client) + " was not let unpublish '" + name + "' of client " + shown(published->client));
  throw Error(ErrorCode::denied, "'" + name + "' was published by another user, who alone can unpublish it");
}

void ClusterState::unpublish(ClientId client, const std::string& name) {
  Access access(*this);
  require_session(client);
  const PublishedNames::Entry* const found = names_.find(name);
  if (!found && machine_.lost(name)) return handle(Unpublished{name});
  if (!found) throw Error(ErrorCode::not_found, "nothing is published as '" + printable(name) + "'");
  require_publisher(client, name);
  wire::Publication publication;
  publication.key = found->array.key;
  publication.name = name;
  log("client " + shown(client) + " unpublished '" + printable(name) + "', run " + shown(publication.key.run));
  if (const auto run = runs_.find(publication.key.run); run != runs_.end())
    std::erase_if(run->second->description.publications, [&](const wire::Publication& p) { return p.name == name; });
  names_.remove(name);
  handle(Unpublished{name});
  tell_all(access, publication);
}

wire::PublishedArray ClusterState::open_published(ClientId client, const std::string& name) {
  Access access(*this);
  access.wait_until(arrays_changed_, deadline(longest_wait_ms),
                    [&] { return closed_ || names_.find(name) || !fresh(); });
  require_session(client);
  const PublishedNames::Entry* const found = names_.find(name);
  if (!found || !machine_.published(name)) {
    if (const auto lost = machine_.lost(name))
      throw Error(ErrorCode::lost, "'" + printable(name) + "' was published, and was lost at " +
                                       clock_text(now() - lost->when) + ": " + printable(lost->why) +
                                       "; publish it again");
    const std::string known = names_.text();
    throw Error(ErrorCode::not_found, "nothing is published as '" + printable(name) + "'; there " +
                                          (known.empty() ? "is nothing" : "are: " + known));
  }
  wire::PublishedArray array = found->array;
  handle(Opened{client, from_wire(array.key)});
  return array;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
