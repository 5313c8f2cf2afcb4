#include "backends/thrift/launch/private_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "chunkwise/core/error.hpp"
#include "runtime/core/forks.hpp"
#include "runtime/core/owned_fd.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

namespace fs = std::filesystem;

namespace {

/// The lock of a cluster's folder, which holds the name of the host that has locked it: on file systems that hosts
/// share, a lock may hold on its host alone.
constexpr const char* lock_name = "chunkwise-cluster.lock";

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

/// Removes folders of this user's clusters of this host whose lock nobody holds: their process is gone.
void remove_orphans(const fs::path& parent) {
  // One that is being made has no lock yet.
  constexpr std::chrono::minutes youth{1};
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    const fs::path lock = entry.path() / lock_name;
    struct stat folder {
    }, file{};
    if (::lstat(entry.path().c_str(), &folder) != 0 || !S_ISDIR(folder.st_mode) || folder.st_uid != ::geteuid() ||
        (folder.st_mode & (S_IRWXG | S_IRWXO)) != 0 || ::lstat(lock.c_str(), &file) != 0 || !S_ISREG(file.st_mode))
      continue;
    if (text_of_file(lock.string()) != host_name()) continue;
    if (std::chrono::system_clock::now() - std::chrono::system_clock::from_time_t(file.st_mtime) < youth) continue;
    const OwnedFd fd(::open(lock.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (fd.get() >= 0 && ::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) fs::remove_all(entry.path(), ignored);
  }
}

}  // namespace

PrivateFolder::PrivateFolder(const std::string& parent, const std::string& name) : forks_(fork_count()) {
  const auto cannot = [](const std::string& folder, const std::string& why) {
    return Error(ErrorCode::io, "the folder of a cluster cannot be made at " + printable(folder) + ": " + why +
                                    "; name another with --folder");
  };
  const fs::path above = fs::absolute(parent);
  std::error_code failed;
  fs::create_directories(above, failed);
  if (failed) throw cannot(above.string(), failed.message());
  std::string pattern = (above / (name + "-XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) throw cannot(pattern, std::strerror(errno));  // with mode 700
  path_ = pattern;
  lock_ = ::open((*this / lock_name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (lock_ >= 0) {
    (void)::flock(lock_, LOCK_EX | LOCK_NB);
    const std::string host = host_name();
    (void)!::write(lock_, host.data(), host.size());
  }
  remove_orphans(above);
}

PrivateFolder::~PrivateFolder() {
  if (forks_ != fork_count()) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

std::string PrivateFolder::write(const std::string& file, const std::string& content, bool is_script) const {
  const std::string path = *this / file;
  const OwnedFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                          is_script ? S_IRWXU : S_IRUSR | S_IWUSR));
  if (fd.get() < 0 || ::write(fd.get(), content.data(), content.size()) != static_cast<ssize_t>(content.size()))
    throw Error(ErrorCode::io, printable(path) + " cannot be written: " + std::strerror(errno));
  return path;
}

std::string clusters_folder() {
  const auto set = [](const char* variable) {
    const char* const value = std::getenv(variable);
    return fs::path(value != nullptr ? value : "");
  };
  const fs::path below = fs::path("chunkwise") / "clusters";
  if (const fs::path cache = set("XDG_CACHE_HOME"); cache.is_absolute()) return (cache / below).string();
  if (const fs::path home = set("HOME"); home.is_absolute()) return (home / ".cache" / below).string();
  return {};
}

std::string text_of_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string end_of_file(const std::string& path, std::size_t bytes) {
  std::ifstream in(path, std::ios::binary);
  if (!in.seekg(0, std::ios::end)) return {};
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(in.tellg(), 0));
  const std::size_t first = size > bytes ? size - bytes : 0;
  in.seekg(static_cast<std::streamoff>(first));
  std::string text(size - first, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (first > 0) text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  while (text.ends_with('\n')) text.pop_back();
  return printable(text, true);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
