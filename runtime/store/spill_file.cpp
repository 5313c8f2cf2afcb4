#include "runtime/store/spill_file.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::store {

namespace {

[[noreturn]] void fail(const std::string& what, const std::string& path, int error) {
  throw Error(ErrorCode::io,
              "cannot " + what + " the spilled chunk " + path + ": " + std::generic_category().message(error));
}

/// A descriptor that is closed on every way out.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  operator int() const { return number_; }  // NOLINT: what the system calls it

 private:
  int number_;
};

std::string unforeseeable_name() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    throw Error(ErrorCode::io, "the system gives no random numbers for the name of a spilled chunk");
  std::string name = "chunkwise-";
  for (const unsigned char byte : bytes) {
    name += "0123456789abcdef"[byte >> 4U];
    name += "0123456789abcdef"[byte & 15U];
  }
  return name + ".spill";
}

}  // namespace

SpillFile::SpillFile(const std::string& directory, const std::byte* data, std::size_t size)
    : path_(directory + "/" + unforeseeable_name()), size_(size) {
  const Descriptor file(::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file < 0) fail("create", path_, errno);
  for (std::size_t done = 0; done < size;) {
    const ssize_t n = ::write(file, data + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      const int error = n < 0 ? errno : ENOSPC;
      ::unlink(path_.c_str());
      fail("write", path_, error);
    }
    done += static_cast<std::size_t>(n);
  }
}

SpillFile::~SpillFile() { ::unlink(path_.c_str()); }

void SpillFile::read(std::byte* out) const {
  const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file < 0) fail("open", path_, errno);
  for (std::size_t done = 0; done < size_;) {
    const ssize_t n = ::read(file, out + done, size_ - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read", path_, errno);
    if (n == 0) throw Error(ErrorCode::changed, "the spilled chunk " + path_ + " became shorter");
    done += static_cast<std::size_t>(n);
  }
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::store
