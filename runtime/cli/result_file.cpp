#include "runtime/cli/result_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <streambuf>
#include <string_view>
#include <utility>

#include "chunkwise/core/error.hpp"

namespace chunkwise::cli {

namespace fs = std::filesystem;

namespace {

[[noreturn]] void fail(const std::string& path, const char* otherwise) {
  const std::string cause = errno != 0 ? std::strerror(errno) : otherwise;
  throw Error(ErrorCode::io, "cannot write to " + (path.empty() ? "standard output" : path) + ": " + cause);
}

/// Writes to a descriptor at its present place.
class DescriptorBuffer final : public std::streambuf {
 public:
  explicit DescriptorBuffer(int descriptor) : descriptor_(descriptor) {}

 protected:
  int_type overflow(int_type character) override {
    const char byte = traits_type::to_char_type(character);
    return xsputn(&byte, 1) == 1 ? character : traits_type::eof();
  }
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    std::streamsize done = 0;
    while (done < count) {
      const ssize_t written = ::write(descriptor_, bytes + done, static_cast<std::size_t>(count - done));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) break;
      done += written;
    }
    return done;
  }

 private:
  int descriptor_;
};

}  // namespace

int descriptor_of(const std::string& path) {
  if (path == "/dev/stdout") return STDOUT_FILENO;
  if (path == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!path.starts_with(folder)) continue;
    int number = -1;
    const char* const end = path.data() + path.size();
    const auto [stop, error] = std::from_chars(path.data() + folder.size(), end, number);
    if (error == std::errc{} && stop == end && number >= 0 && ::fcntl(number, F_GETFD) >= 0) return number;
  }
  return -1;
}

std::string without_standard_output(const std::string& path) {
  return path == "-" || descriptor_of(path) == STDOUT_FILENO ? "" : path;
}

bool is_stream(const std::string& path) {
  if (descriptor_of(path) >= 0) return true;
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
  if (path.empty() || is_stream(path)) return;
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    throw Error(ErrorCode::invalid_argument, path + " is a folder; name a file in it");
  if (fs::is_socket(path, ignored) || fs::is_block_file(path, ignored))
    throw Error(ErrorCode::invalid_argument, path + " is no file, and no stream that results can be written to");
  if (!force && fs::exists(fs::symlink_status(path, ignored)))
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
  if (const int descriptor = descriptor_of(path_); descriptor >= 0) {
    DescriptorBuffer buffer(descriptor);
    std::ostream out(&buffer);
    writer(out);
    if (!out) fail(path_, "it is closed, or its disk is full");
    return;
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
