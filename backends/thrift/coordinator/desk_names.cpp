// The desk's part for names: under which an array is published, who may, and who has to know.
#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "backends/cluster/array_record.hpp"
#include "backends/cluster/source_spec.hpp"
#include "backends/thrift/coordinator/desk.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

/// Throws invalid_argument where a record tells of another array than the one that a step of a run makes: whoever opens
/// it would read other elements than there are.
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

/// "2026-11-27 19:30:05 UTC", so many seconds ago.
std::string clock_text(Time ago) {
  const std::time_t then = std::time(nullptr) - static_cast<std::time_t>(ago);
  std::tm parts{};
  ::gmtime_r(&then, &parts);
  std::array<char, 32> text{};
  const std::size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts);
  return {text.data(), size};
}

}  // namespace

void Desk::publish(ClientId client, const std::string& name, const wire::PublishedArray& published) {
  Door door(*this);
  const StepKey key = from_wire(published.key);
  await_arrays(door, {key.run});
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
  published_[name] = published;
  publishers_[name] = {owners_[client], client};
  log("client " + shown(client) + " published run " + shown(key.run) + " as '" + name + "'");
  wire::Publication publication;
  publication.key = published.key;
  publication.name = name;
  publication.record = published.record;
  publication.owner = owners_[client];
  run->second->description.publications.push_back(publication);
  tell_all(door, publication);
}

void Desk::tell_all(Door& door, const wire::Publication& publication) {
  wire::WorkerCommand command;
  command.__set_publication(publication);
  std::vector<std::pair<WorkerId, std::int64_t>> told;
  for (const auto& [worker, queue] : workers_) {
    send(worker, command);
    told.emplace_back(worker, queue->given);
  }
  door.wait_until(arrays_changed_, deadline(longest_wait_ms), [&] {
    return closed_ || std::ranges::all_of(told, [this](const auto& entry) {
             const auto worker = workers_.find(entry.first);
             return worker == workers_.end() || worker->second->obeyed >= entry.second;
           });
  });
}

void Desk::require_publisher(ClientId client, const std::string& name) const {
  const auto found = publishers_.find(name);
  if (found == publishers_.end() || found->second.client == client) return;
  const Publisher& publisher = found->second;
  const auto own = owners_.find(client);
  const bool same_owner = own != owners_.end() && !publisher.owner.empty() && own->second == publisher.owner;
  // Who published without an owner, and has gone, would never come back to do it.
  const bool nobodys = publisher.owner.empty() && !sessions_.contains(publisher.client);
  if (same_owner || nobodys) return;
  log("client " + shown(client) + " was not let unpublish '" + name + "' of client " + shown(publisher.client));
  throw Error(ErrorCode::denied, "'" + name + "' was published by another user, who alone can unpublish it");
}

void Desk::unpublish(ClientId client, const std::string& name) {
  Door door(*this);
  require_session(client);
  const auto found = published_.find(name);
  if (found == published_.end() && machine_.lost(name)) return handle(Unpublished{name});
  if (found == published_.end()) throw Error(ErrorCode::not_found, "nothing is published as '" + printable(name) + "'");
  require_publisher(client, name);
  log("client " + shown(client) + " unpublished '" + printable(name) + "', run " + shown(found->second.key.run));
  publishers_.erase(name);
  wire::Publication publication;
  publication.key = found->second.key;
  publication.name = name;
  if (const auto run = runs_.find(publication.key.run); run != runs_.end())
    std::erase_if(run->second->description.publications, [&](const wire::Publication& p) { return p.name == name; });
  published_.erase(found);
  handle(Unpublished{name});
  tell_all(door, publication);
}

wire::PublishedArray Desk::open_published(ClientId client, const std::string& name) {
  Door door(*this);
  door.wait_until(arrays_changed_, deadline(longest_wait_ms),
                  [&] { return closed_ || published_.contains(name) || !fresh(); });
  require_session(client);
  const auto found = published_.find(name);
  if (found == published_.end() || !machine_.published(name)) {
    if (const auto lost = machine_.lost(name))
      throw Error(ErrorCode::lost, "'" + printable(name) + "' was published, and was lost at " +
                                       clock_text(now() - lost->when) + ": " + printable(lost->why) +
                                       "; publish it again");
    std::string known;
    for (const auto& [other, array] : published_) known += (known.empty() ? "" : ", ") + printable(other);
    throw Error(ErrorCode::not_found, "nothing is published as '" + printable(name) + "'; there " +
                                          (known.empty() ? "is nothing" : "are: " + known));
  }
  handle(Opened{client, from_wire(found->second.key)});
  return found->second;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
