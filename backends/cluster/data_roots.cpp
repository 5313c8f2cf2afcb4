#include "backends/cluster/data_roots.hpp"

#include <filesystem>
#include <system_error>

#include "chunkwise/core/error.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

namespace fs = std::filesystem;

/// Returns true if `path` is `root` or lies under it. Both are absolute and normal.
bool is_under(const fs::path& path, const fs::path& root) {
  auto at = path.begin();
  for (const fs::path& part : root)
    if (!part.empty() && (at == path.end() || *at++ != part)) return false;
  return true;
}

std::string without_slash(fs::path path) {
  path = path.lexically_normal();
  return path.has_filename() ? path.string() : path.parent_path().string();
}

}  // namespace

DataRoots::DataRoots(const std::vector<std::string>& roots, std::string worker) : worker_(std::move(worker)) {
  for (const std::string& root : roots) {
    const std::size_t equals = root.find('=');
    const std::string client = root.substr(0, equals);
    const std::string local = equals == std::string::npos ? client : root.substr(equals + 1);
    std::error_code error;
    const fs::path here = fs::absolute(local, error);
    const fs::path real = fs::canonical(here, error);
    if (local.empty() || error || !fs::is_directory(real, error))
      throw Error(ErrorCode::not_found, "the data root '" + root + "' is no folder that is there");
    const fs::path there = equals == std::string::npos ? here : fs::path(client);
    if (!there.is_absolute())
      throw Error(ErrorCode::invalid_argument,
                  "the data root '" + root + "': clients' names are absolute; write /THERE=/HERE");
    roots_.push_back({without_slash(there), without_slash(here), real.string()});
  }
}

std::string DataRoots::described() const {
  if (roots_.empty()) return "it has no data roots (start it with --data-root DIR)";
  std::string text = "its data roots are";
  for (const Root& root : roots_)
    text += " " + (root.client == root.local ? root.local : root.client + "=" + root.local);
  return text;
}

std::string DataRoots::resolve(const std::string& path) const {
  const auto denied = [&](const std::string& why) {
    return Error(ErrorCode::denied,
                 "worker " + worker_ + " may not open " + printable(path) + ": " + why + "; " + described());
  };
  const fs::path asked(path);
  if (!asked.is_absolute()) throw denied("the name is not absolute");
  for (const fs::path& part : asked)
    if (part == "..") throw denied("a name with .. is not followed");
  bool under_one = false;
  for (const Root& root : roots_) {
    if (!is_under(asked, root.client)) continue;
    under_one = true;
    const fs::path here = root.local / asked.lexically_relative(root.client);
    std::error_code error;
    const fs::path real = fs::canonical(here, error);
    if (error) continue;
    if (!is_under(real, root.real)) throw denied("it leads to " + printable(real.string()) + ", outside of the root");
    return real.string();
  }
  if (!under_one) throw denied("it is under none of its roots");
  throw Error(ErrorCode::not_found, "worker " + worker_ + " has no file " + printable(path) + "; " + described());
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
