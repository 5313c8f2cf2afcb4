#include "backends/thrift/worker/worker_run.hpp"

#include <vector>

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

void remember(const wire::Publication& publication, wire::RunDescription& description) {
  auto& publications = description.publications;
  std::erase_if(publications, [&](const wire::Publication& p) { return p.name == publication.name; });
  if (!publication.record.empty()) publications.push_back(publication);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
