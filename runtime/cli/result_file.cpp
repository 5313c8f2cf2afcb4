#include "runtime/cli/result_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <utility>

#include "chunkwise/core/error.hpp"

namespace chunkwise::cli {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const std::string& path, const char* otherwise) {
  const std::string cause = errno != 0 ? std::strerror(errno) : otherwise;
  throw Error(ErrorCode::io, "cannot write to " + (path.empty() ? "standard output" : path) + ": " + cause);
}

}  // namespace

bool is_stream(const std::string& path) {
  struct stat there {};
  return ::stat(path.c_str(), &there) == 0 && (S_ISFIFO(there.st_mode) || S_ISCHR(there.st_mode));
}

bool is_terminal(const std::string& path) {
  if (path.empty()) return ::isatty(STDOUT_FILENO) != 0;
  struct stat there {};
  if (::stat(path.c_str(), &there) != 0 || !S_ISCHR(there.st_mode)) return false;  // a FIFO's reader must not see this
  const int fd = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool answer = ::isatty(fd) != 0;
  ::close(fd);
  return answer;
}

void refuse_existing(const std::string& path, bool force) {
  std::error_code ignored;
  if (!force && !path.empty() && !is_stream(path) && fs::exists(fs::symlink_status(path, ignored)))
    throw Error(ErrorCode::invalid_argument, path + " exists; --force replaces it");
}

ResultFile::ResultFile(std::string path, bool force) : path_(std::move(path)) {
  if (path_.empty() || is_stream(path_)) return;
  refuse_existing(path_, force);
  pending_.emplace(path_, force);
}

void ResultFile::write(const std::function<void(std::ostream&)>& writer) {
  errno = 0;
  if (path_.empty()) {
    writer(std::cout);
    return flush_output();
  }
  std::ofstream out(pending_ ? pending_->temporary() : path_, std::ios::binary);
  if (!out) fail(path_, "it cannot be opened");
  writer(out);
  out.close();
  if (!out) fail(path_, "see that its disk has room");
  if (pending_) pending_->publish();
}

TemporaryFile::TemporaryFile() {
  std::error_code ignored;
  path_ = (fs::temp_directory_path(ignored) / "chunkwise-XXXXXX").string();
  const int fd = ::mkostemp(path_.data(), O_CLOEXEC);
  if (fd < 0)
    throw Error(ErrorCode::io, "cannot create a temporary file, " + path_ + ": " + std::strerror(errno) +
                                   "; set TMPDIR to a folder for such files");
  ::close(fd);
  removed_on_signal_.remember(path_);
}

TemporaryFile::~TemporaryFile() { ::unlink(path_.c_str()); }

void flush_output() {
  if (std::cout) errno = 0;  // else it is still the cause
  std::cout.flush();
  if (!std::cout) fail({}, "it is closed, or its disk is full");
}

}  // namespace chunkwise::cli
