#include "backends/thrift/wire/services.hpp"

namespace chunkwise::wire {

template class PeerProcessorT<Protocol>;
template class PeerClientT<Protocol>;
template class CoordinatorProcessorT<Protocol>;
template class CoordinatorClientT<Protocol>;
template class WorkerProcessorT<Protocol>;
template class WorkerClientT<Protocol>;

// The charge of a container covers its elements (protocol.hpp).
template <class... T>
constexpr bool charged = ((sizeof(T) <= Protocol::element_memory) && ...);
static_assert(
    charged<ArraySummary, HeldRange, Holding, Location, Product, RunSummary, StepKey, WorkerCommand, WorkerStatus>);

}  // namespace chunkwise::wire
