#pragma once
/// Tells of gaps in the data. NaN goes through a plain reduction (docs/semantics.md), which users of xarray and CDO do
/// not expect: a mean over a file with missing values is then NaN, or an empty picture.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/core/array_handle.hpp"
#include "chunkwise/core/ndarray.hpp"
#include "chunkwise/io/sink.hpp"

namespace chunkwise::cli {

/// Counts the NaN among a formula's results, and says where they come from.
class Gaps {
 public:
  explicit Gaps(const std::vector<ArrayHandle>& results);
  /// Returns the sinks, with all that is written to them counted as it passes.
  [[nodiscard]] std::vector<SinkPtr> watched(std::vector<SinkPtr> sinks) const;
  /// Counts the elements of a result, or of what is shown of it.
  void look_at(const UntypedNdArray& values) const;
  /// Says once on standard error how many values are missing and which reduction leaves them out. Counting them reads
  /// the data a second time, so it is done if they are few. Says nothing if no value would be saved. Does not throw:
  /// the results are there already.
  void tell(const BackendPtr& backend) const noexcept;

 private:
  struct Seen {
    std::atomic<std::int64_t> elements{0}, nan{0};
  };
  /// The reductions that miss values, and how many.
  struct Found {
    std::vector<std::string> names;        ///< of those whose variants without NaN have more values
    std::int64_t missing = 0, values = 0;  ///< in all that they take
    std::string takes_nothing;             ///< a reduction of which every value is missing
  };
  class Watch;
  /// Returns the begin of the message: how much of the result is NaN.
  [[nodiscard]] std::string result_text() const;
  /// Returns, for each reduction, how many values its elements are made of.
  [[nodiscard]] std::vector<UntypedNdArray> count_values(const BackendPtr& backend) const;
  [[nodiscard]] Found find(const BackendPtr& backend) const;
  void say(const BackendPtr& backend) const;

  std::vector<NodePtr> reductions_;  ///< through which NaN goes
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
};

}  // namespace chunkwise::cli
