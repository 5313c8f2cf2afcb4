#include "backends/thrift/coordinator/published_names.hpp"

#include <algorithm>

#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

const PublishedNames::Entry* PublishedNames::find(const std::string& name) const {
  const auto found = entries_.find(name);
  return found == entries_.end() ? nullptr : &found->second;
}

bool PublishedNames::has(const StepKey& array) const {
  return std::ranges::any_of(entries_, [&](const auto& entry) { return from_wire(entry.second.array.key) == array; });
}

std::string PublishedNames::text() const {
  std::string names;
  for (const auto& [name, entry] : entries_) names += (names.empty() ? "" : ", ") + printable(name);
  return names;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
