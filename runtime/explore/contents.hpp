#pragma once
/// What an explorer shows: the variables of files, arrays of a program, and formulas over both. Files are named when it
/// is made; nothing that is asked for later opens another.
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/core/untyped_array.hpp"
#include "chunkwise/dataset.hpp"
#include "runtime/io/json.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::explorer {

/// Opens the files; called again if one of them has changed.
using OpenFiles = std::function<std::shared_ptr<const NetcdfDataset>()>;

/// Most bytes of a formula.
inline constexpr std::size_t most_formula_bytes = 4096;
/// Most values of a coordinate that are told one by one.
inline constexpr std::int64_t most_coordinate_values = 100'000;

/// Thread-safe.
class Contents {
 public:
  /// `files` may be empty. An array's name hides the variable of the same name.
  Contents(OpenFiles files, std::vector<std::pair<std::string, UntypedArray>> arrays, bool skipna);

  /// Returns the files with their variables, and the arrays, as the page's tree shows them.
  [[nodiscard]] Json describe() const;
  /// Returns the array of a formula. `backend` finds out what a formula has to know before its result has a shape;
  /// without it such a formula is refused (unsupported). Throws the errors of notation::arrays_of, and invalid_argument
  /// for a formula of several results or one that is too long.
  [[nodiscard]] UntypedArray open(const std::string& formula, const BackendPtr& backend) const;
  /// Returns names and functions, for completion.
  [[nodiscard]] Json words() const;
  /// Opens the files again when they are next asked for: one of them has changed.
  void forget();

 private:
  [[nodiscard]] std::shared_ptr<const NetcdfDataset> files() const;
  [[nodiscard]] std::optional<UntypedArray> find(std::string_view name) const;
  /// Returns a variable of the files; to be called with the lock.
  [[nodiscard]] const UntypedArray& opened(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> names() const;

  OpenFiles open_files_;
  std::vector<std::pair<std::string, UntypedArray>> arrays_;
  bool skipna_;
  mutable std::mutex mutex_;  // of what follows, and of the files, which are not for several threads
  mutable std::shared_ptr<const NetcdfDataset> files_;
  mutable std::map<std::string, UntypedArray, std::less<>> opened_;
  mutable std::list<std::pair<std::string, UntypedArray>> formulas_;  // the last that were asked for, newest first
};

/// Returns the description of an array: type, shape, axes with their coordinates, units, attributes.
[[nodiscard]] Json describe(const UntypedArray& array);

/// Returns the offset, in bytes of the formula, that an error of the notation points at; none if it points at nothing.
[[nodiscard]] std::optional<std::size_t> place_of(const std::string& message, const std::string& formula);

}  // namespace chunkwise::inline CHUNKWISE_ABI::explorer
