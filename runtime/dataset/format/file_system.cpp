#include "runtime/dataset/format/file_system.hpp"

#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <sstream>

#include "chunkwise/core/made_once.hpp"
#include "runtime/core/forks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

/// File systems whose servers number files, so that all hosts see the same inode. Others, such as FUSE, may number them
/// anew on each host.
constexpr std::array<std::string_view, 7> numbered_by_servers{"nfs", "nfs4", "lustre", "gpfs", "beegfs", "ceph", "afs"};

std::string text_of(const char* file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// Returns a text that changes each time that the system starts, and is the same in all its containers.
const std::string& running_system() {
  return *detail::made_once([] {
    std::string text = text_of("/proc/sys/kernel/random/boot_id");
    std::erase(text, '\n');
    return new const std::string(std::move(text));
  });
}

/// Names of file systems. Mounts are looked for once a device, since files come by the hundred thousand.
struct FileSystems {
  FileSystems() { hold_over_forks(mutex); }
  std::mutex mutex;
  std::map<std::uint64_t, std::string> of_device;
};
FileSystems& file_systems() {
  return *detail::made_once([] { return new FileSystems; });
}

}  // namespace

std::string network_file_system(std::string_view mounts, std::uint64_t device) {
  const std::string number = std::to_string(major(device)) + ":" + std::to_string(minor(device));
  std::istringstream lines{std::string(mounts)};
  for (std::string line; std::getline(lines, line);) {
    // ID PARENT MAJOR:MINOR ROOT MOUNTPOINT OPTIONS [TAG...] - TYPE SOURCE OPTIONS
    std::istringstream words(line);
    std::string id, parent, device_of_line, word, type, source;
    words >> id >> parent >> device_of_line;
    if (device_of_line != number) continue;
    while (words >> word && word != "-") {
    }
    words >> type >> source;
    if (source.empty() || std::ranges::find(numbered_by_servers, type) == numbered_by_servers.end()) return {};
    return (type == "nfs4" ? "nfs" : type) + " " + source;
  }
  return {};
}

std::string file_system_of(std::uint64_t device) {
  FileSystems& known = file_systems();
  const std::scoped_lock lock(known.mutex);
  const auto [name, is_new] = known.of_device.try_emplace(device);
  if (is_new) {
    name->second = network_file_system(text_of("/proc/self/mountinfo"), device);
    if (name->second.empty() && !running_system().empty())
      name->second = running_system() + " " + std::to_string(device);
  }
  return name->second;
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
