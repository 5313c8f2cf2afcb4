#pragma once
/// The names under which arrays are published, and their owners. For one thread at a time.
#include <map>
#include <string>

#include "backends/cluster/run_spec.hpp"
#include "backends/thrift/wire/wire_types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

class PublishedNames {
 public:
  struct Entry {
    wire::PublishedArray array;
    std::string owner;    ///< of the session that published it; empty: nobody but that session
    ClientId client = 0;  ///< the session
  };

  void add(const std::string& name, Entry entry) { entries_.insert_or_assign(name, std::move(entry)); }
  void remove(const std::string& name) { entries_.erase(name); }
  /// Takes away the names for which is_gone(name) holds.
  template <class IsGone>
  void erase_if(const IsGone& is_gone) {
    std::erase_if(entries_, [&](const auto& entry) { return is_gone(entry.first); });
  }

  /// Returns null for a name that is not there.
  [[nodiscard]] const Entry* find(const std::string& name) const;
  /// Returns true if an array has a name.
  [[nodiscard]] bool has(const StepKey& array) const;
  /// Returns the names, as an error tells them: "a, b"; empty if there is none.
  [[nodiscard]] std::string text() const;

 private:
  std::map<std::string, Entry> entries_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
