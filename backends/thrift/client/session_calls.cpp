// The calls of a session, between the protocol's structs and those of backends/cluster.
#include <utility>

#include "backends/thrift/client/session.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace {

/// Returns call(), with the loss of the coordinator as backends/cluster knows it.
template <class Call>
decltype(auto) translated(const Call& call) {
  try {
    return call();
  } catch (const wire::PeerLost& error) {
    throw CoordinatorAway(error.what());
  }
}

RunView::State state_of(wire::RunState::type state) {
  switch (state) {
    case wire::RunState::FINISHED:
      return RunView::State::finished;
    case wire::RunState::FAILED:
      return RunView::State::failed;
    case wire::RunState::WAITING_FOR_WORKERS:
      return RunView::State::waiting_for_workers;
    case wire::RunState::WAITING_FOR_RELEASE:
      return RunView::State::waiting_for_release;
    case wire::RunState::RUNNING:
      break;
  }
  return RunView::State::running;
}

}  // namespace

RunAccepted Session::submit(RunRequest request) {
  wire::RunRequest sent;
  const auto graph = std::make_shared<const std::vector<std::byte>>(std::move(request.graph));
  sent.graph = wire::Blob(graph->data(), graph->size(), graph);
  sent.outputs.assign(request.outputs, request.persisted ? wire::OutputKind::PERSISTED : wire::OutputKind::STREAMED);
  sent.disabled_passes = std::move(request.disabled_passes);
  sent.trace_spans = static_cast<std::int64_t>(request.trace_spans);
  wire::RunAccepted accepted;
  try {
    call([&](auto& client, const SessionToken& id) { client.submit(accepted, id, sent); });
  } catch (const wire::NotConnected&) {
    throw;  // nothing has begun
  } catch (const wire::PeerLost& error) {
    throw CoordinatorAway(error.what());
  }
  return {accepted.run, accepted.steps, accepted.memory_bound, static_cast<std::size_t>(accepted.stages)};
}

RunStatus Session::wait(RunId run, int milliseconds) {
  wire::RunStatus told;
  translated([&] { call([&](auto& client, const SessionToken& id) { client.wait(told, id, run, milliseconds); }); });
  if (told.state == wire::RunState::FAILED) throw wire::RemoteError(told.failure);
  RunStatus status;
  status.view.state = state_of(told.state);
  status.view.elements_done = told.elements_done;
  status.view.elements_total = told.elements_total;
  status.view.bytes_read = told.bytes_read;
  status.view.workers = told.workers;
  status.refused = std::move(told.refused);
  for (const wire::Location& location : told.ready) {
    ReadyChunks& ready = status.ready.emplace_back();
    ready.key = from_wire(location.key);
    for (const wire::HeldRange& range : location.ranges) {
      ReadyRange& one = ready.ranges.emplace_back();
      one.held = workers_.learn(range);
      if (!range.__isset.values) continue;
      one.values = range.values.bytes();
      one.owner = range.values.owner();
    }
  }
  return status;
}

void Session::cancel(RunId run) {
  translated([&] { call([&](auto& client, const SessionToken& id) { client.cancel(id, run); }); });
}

void Session::consumed(const StepKey& key, Items items) {
  translated([&] {
    call([&](auto& client, const SessionToken& id) { client.consumed(id, to_wire(key), items.first, items.last); });
  });
}

void Session::missing(const StepKey& key, const Held& held) {
  translated([&] {
    call([&](auto& client, const SessionToken& id) {
      client.missing(id, to_wire(key), held.items.first, held.items.last, held.worker);
    });
  });
}

Inputs Session::locate(const StepKey& key, int milliseconds) {
  wire::Location location;
  translated([&] {
    call([&](auto& client, const SessionToken& id) { client.locate(location, id, to_wire(key), milliseconds); });
  });
  return workers_.learn(location);
}

UploadPlaces Session::begin_upload(std::vector<std::byte> graph, std::int64_t items, std::int64_t bytes) {
  const wire::Blob description(graph.data(), graph.size(), nullptr);
  wire::UploadPlaces upload;
  translated([&] {
    call([&](auto& client, const SessionToken& id) { client.begin_upload(upload, id, description, items, bytes); });
  });
  return {workers_.learn(upload.places), upload.ticket};
}

void Session::upload(const UploadPlaces& places, WorkerId holder, std::int64_t item, std::span<const std::byte> chunk) {
  require_own_process();
  workers_.upload(holder, places.places.key, item, chunk, places.ticket);
}

void Session::uploaded(const StepKey& key) {
  translated([&] { call([&](auto& client, const SessionToken& id) { client.uploaded(id, to_wire(key)); }); });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
