#pragma once
/// A pass's notes of its own work, for people (Explanation). A pass is given Notes only if somebody asked for them.
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::optimize {

class Notes {
 public:
  /// Notes an action of the pass, for example "map a * b into its reduction".
  void done(std::string text) { done_.push_back(std::move(text)); }
  /// Notes a thing that the pass left as it was, and why.
  void left(std::string text) { left_.push_back(std::move(text)); }

  [[nodiscard]] const std::vector<std::string>& all_done() const { return done_; }
  [[nodiscard]] const std::vector<std::string>& all_left() const { return left_; }

 private:
  std::vector<std::string> done_, left_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::optimize
