#pragma once
/// How many workers a cluster should have, from what its coordinator sees: more while all are busy, fewer when there
/// has been nothing to do for a while. Decides alone; who starts and ends workers is another's concern.
#include "chunkwise/cluster.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

class Adapt {
 public:
  /// Between `least` and `most` workers; `idle`: seconds without a run after which there are as few as may be.
  Adapt(int least, int most, double idle = 60) : least_(least), most_(most), idle_(idle) {}

  /// Returns how many workers there should be if `wanted` are wanted at present; to be asked about once a second.
  /// `now`: seconds, of any beginning.
  /// * All workers that are wanted are there, and for two seconds all were busy or a run waited for memory: twice as
  ///   many.
  /// * No run for the idle time: the least, or as many as hold the kept chunks with half of their memory.
  [[nodiscard]] int wanted(const ClusterStatus& status, int wanted, double now);

 private:
  int least_, most_;
  double idle_;
  double busy_since_ = -1, idle_since_ = -1;  ///< -1: it is not
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
