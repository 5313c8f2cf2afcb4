#pragma once
/// The workers that were not taken in, and why: for the status of a cluster, and now and then for its log. For one
/// thread at a time.
#include <map>
#include <string>
#include <vector>

#include "backends/cluster/run_spec.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

class RefusedWorkers {
 public:
  /// Notes a refused worker. Returns true if the log is to say so: the first time, for another reason than before, and
  /// again after a minute.
  [[nodiscard]] bool add(const std::string& name, const std::string& why, cluster::Time now);
  /// The worker was taken in.
  void remove(const std::string& name) { workers_.erase(name); }
  /// Takes away workers that have not come again for half a minute.
  void forget_old(cluster::Time now);
  /// Returns the reasons, one for each worker.
  [[nodiscard]] std::vector<std::string> reasons() const;

 private:
  struct Refused {
    std::string why;
    cluster::Time last = 0, told = 0;
  };
  std::map<std::string, Refused> workers_;  ///< by name
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
