#pragma once
/// Changes that a file of results makes to the content of its arrays, because its format cannot hold it. They are told,
/// or refused if nobody listens.
#include <functional>
#include <set>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// The changes of one file. Each is told once.
class Changes {
 public:
  /// `told` is NetcdfWriteOptions::warn.
  Changes(std::string path, const std::function<void(const std::string&)>& told)
      : path_(std::move(path)), told_(told) {}

  /// Tells a change that loses a part of the arrays' content: `thing` is `done`, because of `why`. Throws
  /// invalid_argument if nobody is told.
  ///   changes.lose("the attribute 'NAME' of 'v'", "left out", "NetCDF-4 keeps this name for itself");
  void lose(const std::string& thing, const std::string& done, const std::string& why);
  /// Tells a change that loses nothing that a reader would use.
  void tell(const std::string& thing, const std::string& done, const std::string& why);

 private:
  std::string path_;
  const std::function<void(const std::string&)>& told_;
  std::set<std::string> said_;
};

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
