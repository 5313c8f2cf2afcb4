#include "runtime/io/source_kinds.hpp"

#include <map>
#include <mutex>

#include "chunkwise/core/made_once.hpp"
#include "runtime/core/forks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

struct Kinds {
  std::mutex mutex;
  std::map<std::string, SourceOpener> openers;
  Kinds() {
    hold_over_forks(mutex);
    for (auto& [kind, opener] : io::plain_kinds()) openers.emplace(kind, std::move(opener));
  }
};

Kinds& kinds() {
  return *detail::made_once([] { return new Kinds; });
}

}  // namespace

void register_source_kind(const TextArgument& kind, SourceOpener opener) {
  const std::scoped_lock lock(kinds().mutex);
  kinds().openers[kind] = std::move(opener);
}

SourcePtr open_source(const SourceDescription& description, const SourceAccess& access) {
  SourceOpener opener;
  std::string known;
  {
    const std::scoped_lock lock(kinds().mutex);
    for (const auto& [kind, candidate] : kinds().openers) {
      if (kind == description.kind) opener = candidate;
      known += (known.empty() ? "" : ", ") + kind;
    }
  }
  if (!opener)
    throw Error(ErrorCode::not_found, "no source of the kind '" + description.kind +
                                          "' can be opened in this process; it knows: " + known +
                                          " (register_source_kind adds to them)");
  return opener(description.parameters, access);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
