// Persisted arrays under names.
#include "backends/cluster/array_record.hpp"
#include "backends/cluster/client/kept_source.hpp"
#include "backends/thrift/client/session.hpp"
#include "backends/thrift/client/thrift_backend.hpp"
#include "backends/thrift/wire/wire_types.hpp"
#include "chunkwise/cluster.hpp"
#include "chunkwise/graph/build.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/graph/ask.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

using namespace thrift;

void publish(const BackendPtr& backend, const TextArgument& name, const UntypedArray& array) {
  const std::shared_ptr<Session>& session = session_of(backend);
  const SourcePtr* const source = array.node ? graph::source_of(*array.node) : nullptr;
  const auto* kept = source ? dynamic_cast<const KeptSource*>(source->get()) : nullptr;
  if (!kept || kept->session() != session)
    throw Error(ErrorCode::invalid_argument, "what is to be published as '" + printable(name) +
                                                 "' is not an array that persist() "
                                                 "returned on " +
                                                 backend->uri() + "; persist it there first");
  wire::PublishedArray published;
  published.key = to_wire(kept->key());
  published.record =
      wire::Blob::copy_of(to_bytes(ArrayRecord{kept->dtype(), kept->shape(), kept->grid(), array.labels}));
  session->call([&](auto& client, const SessionToken& id) { client.publish(id, name, published); });
}

void unpublish(const BackendPtr& backend, const TextArgument& name) {
  session_of(backend)->call([&](auto& client, const SessionToken& id) { client.unpublish(id, name); });
}

UntypedArray open_published(const BackendPtr& backend, const TextArgument& name) {
  const std::shared_ptr<Session>& session = session_of(backend);
  wire::PublishedArray published;
  session->call([&](auto& client, const SessionToken& id) { client.open_published(published, id, name); });
  const ArrayRecord record = record_from_bytes(published.record.bytes());
  NodePtr node = build::source(std::make_shared<KeptSource>(session, session->hold(from_wire(published.key)),
                                                            record.dtype, record.shape, record.grid));
  return {std::move(node), record.shape, record.labels};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
