#include "runtime/io/pending_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "runtime/core/forks.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace fs = std::filesystem;

namespace {

/// A name that a handler of signals can read at any time: it is not read before it is whole.
struct RememberedName {
  enum State { unused, being_written, whole };
  std::atomic<int> state{unused};
  std::array<char, PATH_MAX> path{};
};
static_assert(std::atomic<int>::is_always_lock_free);
std::array<RememberedName, 64> remembered_names;

/// Returns a hidden name that a file of this name can have while it is written, by no other writer.
std::string temporary_name(const fs::path& path) {
  static std::atomic<unsigned> counter{0};
  constexpr std::size_t most_bytes = 200;  // of the 255 that a name can have
  return "." + path.filename().string().substr(0, most_bytes) + ".partial-" + std::to_string(::getpid()) + "-" +
         std::to_string(counter++);
}

/// Returns the file that a name stands for, behind symbolic links, which may lead to a file that is not there yet.
fs::path behind_links(const std::string& path) {
  constexpr int most_links = 40;  // as the system has it
  std::error_code ignored;
  fs::path target = fs::absolute(path, ignored);
  for (int links = 0; fs::is_symlink(target, ignored); ++links) {
    if (links == most_links)
      throw Error(ErrorCode::invalid_argument, "cannot write " + path + ": its symbolic links lead round in a circle");
    const fs::path next = fs::read_symlink(target, ignored);
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  return target;
}

const char* kind_of(mode_t mode) {
  return S_ISFIFO(mode) ? "a FIFO" : S_ISSOCK(mode) ? "a socket" : S_ISBLK(mode) ? "a block device" : "a device";
}

/// Makes a written file survive a power cut.
void synchronize_file(const std::string& path, const std::string& shown) {
  const auto fail = [&](const char* doing) {
    throw Error(ErrorCode::io, "cannot write " + shown + ": " + doing + ": " + std::strerror(errno));
  };
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) fail("its temporary file cannot be opened");
  const bool done = ::fsync(fd) == 0 || errno == EINVAL;  // EINVAL: a file system that knows no fsync
  const int cause = errno;
  ::close(fd);
  errno = cause;
  if (!done) fail("it does not reach its disk");
}

void synchronize_folder(const std::string& path) noexcept {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  (void)::fsync(fd);
  ::close(fd);
}

/// Gives `to` the access list of `from`, or none.
void copy_access_list(const std::string& from, const std::string& to) noexcept {
  constexpr const char* name = "system.posix_acl_access";
  std::array<char, 4096> list{};
  const ssize_t size = ::getxattr(from.c_str(), name, list.data(), list.size());
  if (size > 0)
    (void)::setxattr(to.c_str(), name, list.data(), static_cast<std::size_t>(size), 0);
  else if (errno == ENODATA)
    (void)::removexattr(to.c_str(), name);
}

}  // namespace

void RemovedOnSignal::remember(const std::string& path) noexcept {
  forget();
  if (path.size() >= PATH_MAX) return;
  for (std::size_t i = 0; i < remembered_names.size(); ++i) {
    RememberedName& name = remembered_names[i];
    int expected = RememberedName::unused;
    if (!name.state.compare_exchange_strong(expected, RememberedName::being_written)) continue;
    std::memcpy(name.path.data(), path.c_str(), path.size() + 1);
    name.state = RememberedName::whole;
    place_ = static_cast<int>(i);
    return;
  }
}

void RemovedOnSignal::forget() noexcept {
  if (const int place = std::exchange(place_, -1); place >= 0)
    remembered_names[static_cast<std::size_t>(place)].state = RememberedName::unused;
}

void remove_files_on_signal() noexcept {
  for (const RememberedName& name : remembered_names)
    if (name.state == RememberedName::whole) (void)::unlink(name.path.data());
}

PendingFile::PendingFile(std::string path, bool overwrite)
    : path_(std::move(path)), overwrite_(overwrite), forks_(fork_count()) {
  std::error_code ignored;
  const fs::path named = fs::absolute(path_, ignored);
  if (path_.empty() || !named.has_filename() || path_.find('\0') != std::string::npos)
    throw Error(ErrorCode::invalid_argument, "cannot write '" + printable(path_) + "': it is not the name of a file");
  if (fs::is_directory(named, ignored))
    throw Error(ErrorCode::invalid_argument, "cannot write " + path_ + ": it is a folder; name a file in it");
  refuse_existing();
  const fs::path target = behind_links(path_);
  target_ = target.string();
  const std::string folder = target.parent_path().string();
  const std::string link = target == named ? "" : "it is a symbolic link to " + target_ + ", and ";
  if (fs::exists(folder, ignored) && !fs::is_directory(folder, ignored))
    throw Error(ErrorCode::not_found, "cannot write " + path_ + ": " + link + folder + " is a file, and no folder");
  if (!fs::is_directory(folder, ignored))
    throw Error(ErrorCode::not_found,
                "cannot write " + path_ + ": " + link + "there is no folder " + folder + "; create it first");
  const bool replacing = replaces();
  temporary_ = (target.parent_path() / temporary_name(target)).string();
  removed_on_signal_.remember(temporary_);
  // Nobody may read earlier the content that the replaced file did not show them.
  const mode_t mode = replacing ? S_IRUSR | S_IWUSR : S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH;
  const int fd = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (fd < 0) {
    const int cause = errno;
    throw Error(ErrorCode::io, "cannot write " + path_ + ": " + link + "no file can be created in the folder " +
                                   folder + ": " + std::strerror(cause) +
                                   "; write elsewhere, or see to its permissions");
  }
  ::close(fd);
}

void PendingFile::discard() noexcept {
  if (!published_ && forks_ == fork_count()) ::unlink(temporary_.c_str());
  published_ = true;
  removed_on_signal_.forget();
}

void PendingFile::refuse_existing() const {
  std::error_code ignored;
  if (!overwrite_ && fs::exists(fs::symlink_status(path_, ignored)))
    throw Error(ErrorCode::invalid_argument,
                path_ + " exists, and is not to be replaced; remove it or choose another name");
}

bool PendingFile::replaces() const {
  struct stat there {};
  if (::stat(target_.c_str(), &there) != 0) return false;
  if (!S_ISREG(there.st_mode))
    throw Error(ErrorCode::invalid_argument, "cannot write " + path_ + ": it is " + kind_of(there.st_mode) +
                                                 ", which a file cannot take the place of; name a file");
  return true;
}

/// Takes over the rights of the replaced file. A step that fails is left out: the file is complete, and its new owner
/// may read it.
void PendingFile::take_over_rights() const noexcept {
  struct stat before {
  }, now{};
  if (::stat(target_.c_str(), &before) != 0 || ::stat(temporary_.c_str(), &now) != 0) return;
  mode_t mode = before.st_mode & mode_t{07777};
  if (now.st_uid != before.st_uid || now.st_gid != before.st_gid) {
    const bool both = ::chown(temporary_.c_str(), before.st_uid, before.st_gid) == 0;
    const bool group = both || ::chown(temporary_.c_str(), static_cast<uid_t>(-1), before.st_gid) == 0;
    // Rights of another group or owner are not handed to this file's.
    if (!group) mode &= ~mode_t{S_IRWXG};
    if (!both) mode &= ~mode_t{S_ISUID | S_ISGID};
  }
  (void)::chmod(temporary_.c_str(), mode);
  copy_access_list(target_, temporary_);
}

void PendingFile::publish(bool durable) {
  if (durable) synchronize_file(temporary_, path_);
  int result = -1;
  if (!overwrite_) {
    result = ::renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, target_.c_str(), RENAME_NOREPLACE);
    if (result != 0) refuse_existing();
  } else if (replaces()) {
    take_over_rights();
  }
  // Not every file system knows how to rename without replacing.
  if (result != 0) result = std::rename(temporary_.c_str(), target_.c_str());
  if (result != 0)
    throw Error(ErrorCode::io, "cannot write " + path_ + ": the complete file " + temporary_ +
                                   " cannot be given this name: " + std::strerror(errno));
  published_ = true;
  removed_on_signal_.forget();
  if (durable) synchronize_folder(fs::path(target_).parent_path().string());
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
