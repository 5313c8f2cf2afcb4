#include "runtime/store/spill_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/made_once.hpp"
#include "runtime/core/owned_fd.hpp"
#include "runtime/store/checksum.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::store {

namespace {

namespace fs = std::filesystem;

// chunkwise-HOST-BOOT-STORE-NUMBER.spill, each a number in hexadecimal digits; .new while it is written.
constexpr std::string_view first_part = "chunkwise-";
constexpr std::string_view complete = ".spill";
constexpr std::string_view incomplete = ".new";

[[noreturn]] void fail(const std::string& what, const std::string& path, int error, ErrorCode code = ErrorCode::io) {
  throw Error(code, "cannot " + what + " the spilled chunk " + path + ": " + std::generic_category().message(error));
}

template <class Number>
std::string digits(Number number) {
  std::string text;
  for (int shift = static_cast<int>(sizeof(Number)) * 8 - 4; shift >= 0; shift -= 4)
    text += "0123456789abcdef"[number >> shift & 15U];
  return text;
}

std::uint32_t hash(const std::string& text) {
  std::uint32_t value = 2166136261U;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 16777619U;
  return value;
}

std::string first_line(const char* file) {
  std::string line;
  std::getline(std::ifstream(file) >> std::ws, line);
  return line;
}

/// Returns this host, and its running system, as the names of files write them.
const std::string& host() {
  return *detail::made_once([] {
    utsname system{};
    ::uname(&system);
    return new const std::string(digits(hash(std::string(system.nodename) + " " + first_line("/etc/machine-id"))));
  });
}
const std::string& boot() {
  return *detail::made_once(
      [] { return new const std::string(digits(hash(first_line("/proc/sys/kernel/random/boot_id")))); });
}
/// Returns the time at which the system was started, in seconds since 1970.
std::int64_t boot_time() {
  std::ifstream statistics("/proc/stat");
  std::int64_t seconds = 0;
  for (std::string word; statistics >> word;)
    if (word == "btime") {
      statistics >> seconds;
      break;
    }
  return seconds;
}

std::string unforeseeable() {
  std::uint64_t number = 0;
  if (::getrandom(&number, sizeof number, 0) != static_cast<ssize_t>(sizeof number))
    throw Error(ErrorCode::io, "the system gives no random numbers for the names of spilled chunks");
  return digits(number);
}

/// Writes all; returns false, with errno, if the disk does not take it.
bool write_all(int file, const std::byte* data, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = ::write(file, data + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) errno = ENOSPC;
    if (n <= 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

// ---------------------------------------------------------------- files of other stores

/// The files of a store, in the order in which they were made, and whether the system that runs now made them.
struct Left {
  std::vector<std::string> files;
  bool this_boot = false;
};

/// Returns the files in a folder of this host's stores, in whatever container, except `own`, by the prefix of their
/// names.
std::map<std::string, Left> files_of_others(const std::string& folder, const std::string& own) {
  const std::size_t size = own.size();
  const std::size_t boot_at = first_part.size() + host().size() + 1;
  std::map<std::string, Left> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (!name.starts_with(first_part) || name.size() < size + 16) continue;
    const std::string_view suffix = std::string_view(name).substr(size + 16);
    if (suffix != complete && suffix != incomplete) continue;
    const std::string prefix = name.substr(0, size);
    const bool this_boot = name.compare(boot_at, boot().size(), boot()) == 0;
    if (prefix == own || (!this_boot && name.compare(first_part.size(), host().size(), host()) != 0)) continue;
    Left& left = found[prefix];
    left.this_boot = this_boot;
    left.files.push_back(name);
  }
  for (auto& [prefix, left] : found) std::sort(left.files.begin(), left.files.end());
  return found;
}

/// Returns true if no process holds a lock on any of a store's files. Locks move to files of larger numbers only, so a
/// search in that order meets the lock. An unknown state, as on a file system without locks, is taken for held.
bool is_left(const std::string& folder, const Left& left) {
  for (const std::string& name : left.files) {
    const OwnedFd file(::open((folder + "/" + name).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (file.get() < 0 && errno == ENOENT) continue;
    if (file.get() < 0 || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return false;
    struct stat status {};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
    // Another host of the same name may not share these locks: files written since this system started may be its.
    if (!left.this_boot && status.st_mtime >= boot_time()) return false;
  }
  return true;
}

void remove_left(const std::string& folder, const std::string& own) {
  const auto found = files_of_others(folder, own);
  for (const auto& [prefix, left] : found) {
    if (!is_left(folder, left)) continue;
    // Looks a second time: files may have come while the folder was read.
    const auto again = files_of_others(folder, own);
    const auto same = again.find(prefix);
    if (same == again.end() || same->second.files != left.files || !is_left(folder, left)) continue;
    for (const std::string& name : left.files) ::unlink((folder + "/" + name).c_str());
  }
}

}  // namespace

// ---------------------------------------------------------------- SpillFolder

SpillFolder::SpillFolder(std::string path)
    : path_(std::move(path)), prefix_(std::string(first_part) + host() + "-" + boot() + "-" + unforeseeable() + "-") {
  // Finds out now, and not when memory is short, that a folder cannot be written to.
  remove(write(nullptr, 0));
  remove_left(path_, prefix_);
}

SpillFolder::~SpillFolder() {
  while (!files_.empty()) remove(files_.begin()->first);
}

std::string SpillFolder::name_of(std::uint64_t number) const {
  return path_ + "/" + prefix_ + digits(number) + std::string(complete);
}

std::uint64_t SpillFolder::write(const std::byte* data, std::size_t size) {
  std::uint64_t number = 0;
  {
    const std::scoped_lock lock(mutex_);
    number = ++last_;
  }
  const std::string name = name_of(number);
  const std::string early = name.substr(0, name.size() - complete.size()) + std::string(incomplete);
  OwnedFd file(::open(early.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0) fail("create", name, errno);
  // The file is locked while it is written: it may be the only one.
  (void)::flock(file.get(), LOCK_EX);
  int error = write_all(file.get(), data, size) ? 0 : errno;
  if (error == 0 && ::rename(early.c_str(), name.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(early.c_str());
    fail("write", name, error);
  }
  const std::scoped_lock lock(mutex_);
  const bool is_first = files_.empty() || number < files_.begin()->first;
  if (is_first && !files_.empty()) ::close(std::exchange(files_.begin()->second, -1));
  files_.emplace(number, is_first ? file.release() : -1);
  return number;
}

void SpillFolder::remove(std::uint64_t number) noexcept {
  const std::scoped_lock lock(mutex_);
  const auto found = files_.find(number);
  if (found == files_.end()) return;
  const int locked = found->second;
  const auto next = std::next(found);
  if (locked >= 0 && next != files_.end()) {
    // The next one is locked before this one is gone.
    next->second = ::open(name_of(next->first).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (next->second >= 0) (void)::flock(next->second, LOCK_EX);  // a process that looks holds it for a moment
  }
  ::unlink(name_of(number).c_str());
  if (locked >= 0) ::close(locked);
  files_.erase(found);
}

// ---------------------------------------------------------------- SpillFile

SpillFile::SpillFile(std::shared_ptr<SpillFolder> folder, const std::byte* data, std::size_t size)
    : folder_(std::move(folder)), number_(folder_->write(data, size)), size_(size), checksum_(checksum(data, size)) {}

SpillFile::~SpillFile() { folder_->remove(number_); }

bool SpillFile::is_there() const {
  struct stat status {};
  if (::lstat(folder_->name_of(number_).c_str(), &status) != 0) return errno != ENOENT;
  return static_cast<std::uint64_t>(status.st_size) >= size_;
}

void SpillFile::read(std::byte* out) const {
  const std::string path = folder_->name_of(number_);
  const OwnedFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0) fail("open", path, errno, errno == ENOENT ? ErrorCode::lost : ErrorCode::io);
  for (std::size_t done = 0; done < size_;) {
    const ssize_t n = ::read(file.get(), out + done, size_ - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read", path, errno, errno == EIO ? ErrorCode::lost : ErrorCode::io);
    if (n == 0) throw Error(ErrorCode::lost, "the spilled chunk " + path + " became shorter");
    done += static_cast<std::size_t>(n);
  }
  if (checksum(out, size_) != checksum_)
    throw Error(ErrorCode::lost, "the spilled chunk " + path + " does not hold what was written to it");
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::store
