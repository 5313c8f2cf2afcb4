#pragma once
/// Tells of gaps in the data. NaN goes through plain reductions and functions of lines (docs/semantics.md), which users
/// of xarray and CDO do not expect: a mean over a file with missing values is then NaN, or an empty picture, and an
/// argmax is the position of a gap.
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/core/ndarray.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/io/sink.hpp"

namespace chunkwise::cli {

/// Counts the NaN among a formula's results, and says where they come from.
class Gaps {
 public:
  /// `text` is the formula of the results; it tells which functions its author knows of.
  Gaps(const std::vector<UntypedArray>& results, std::string_view text);
  /// Returns the sinks; all elements that are written to them are counted as they pass.
  [[nodiscard]] std::vector<SinkPtr> watched(std::vector<SinkPtr> sinks) const;
  /// Counts the elements of a result, or of the part that is shown of it.
  void look_at(const UntypedNdArray& values) const;
  /// Says once on standard error how many values are missing, in which functions, and which functions leave them out.
  /// Counting them reads the data a second time, so it is done if they are few. Says nothing if the missing values make
  /// no difference. Does not throw: the results are there already.
  void tell(const BackendPtr& backend) const noexcept;

 private:
  /// A function whose results would be others if values were not missing.
  struct Taker {
    const Node* node = nullptr;
    NodePtr input;
    std::uint32_t axes = 0;    ///< of the input; results are made of lines along them
    std::string name;          ///< in formulas
    std::string without;       ///< the name of its variant that leaves missing values out; empty: there is none
    std::string_view instead;  ///< its treatment of missing values, if there is no variant
    bool named = true;         ///< in the formula, and not a part of another function
    bool shows = true;         ///< its results are NaN if values are missing
  };
  struct Seen {
    std::atomic<std::int64_t> elements{0}, nan{0};
  };
  /// The functions that miss values, and the number of these.
  struct Found {
    std::vector<Taker> takers;             ///< one a name, of functions whose results would be others
    std::int64_t missing = 0, values = 0;  ///< in all arrays that they take
    std::string takes_missing;             ///< a function of which every value is missing
    std::string takes_none;                ///< a function of no values
  };
  class Watch;
  static Taker taker_of(const Node& node, std::string_view text);
  /// Returns the functions that are to be looked at, those that see the data first in front.
  [[nodiscard]] std::vector<Taker> relevant() const;
  /// Returns the begin of the message: how much of the result is NaN.
  [[nodiscard]] std::string result_text() const;
  static Found find(const BackendPtr& backend, const std::vector<Taker>& takers);
  void say(const BackendPtr& backend) const;

  std::vector<Taker> takers_;
  bool may_skip_ = false;  ///< a function of the formula takes skipna
  std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
};

}  // namespace chunkwise::cli
