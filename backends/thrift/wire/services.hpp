#pragma once
/// The services of the protocol, as type arguments of Server (server.hpp) and ConnectionPool (client.hpp). The
/// generated types come with this header and are for the .cpp files of this backend only.
#include <chunkwise_wire/Coordinator.h>
#include <chunkwise_wire/Worker.h>
#include <chunkwise_wire/chunkwise_constants.h>

#include "backends/thrift/wire/protocol.hpp"

namespace chunkwise::wire {

extern template class PeerProcessorT<Protocol>;
extern template class PeerClientT<Protocol>;
extern template class CoordinatorProcessorT<Protocol>;
extern template class CoordinatorClientT<Protocol>;
extern template class WorkerProcessorT<Protocol>;
extern template class WorkerClientT<Protocol>;

/// The coordinator's service.
struct CoordinatorService {
  using Interface = CoordinatorIf;
  using Processor = CoordinatorProcessorT<Protocol>;
  using Client = CoordinatorClientT<Protocol>;
  static constexpr const char* name = "coordinator";
};

/// The service of a worker.
struct WorkerService {
  using Interface = WorkerIf;
  using Processor = WorkerProcessorT<Protocol>;
  using Client = WorkerClientT<Protocol>;
  static constexpr const char* name = "worker";
};

}  // namespace chunkwise::wire
