#pragma once
/// A descriptor of the system that is closed on every way out.
#include <unistd.h>

#include <utility>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

class OwnedFd {
 public:
  /// Takes over a descriptor, or the negative number that the system returned in place of one.
  explicit OwnedFd(int fd) : fd_(fd) {}
  ~OwnedFd() {
    if (fd_ >= 0) ::close(fd_);
  }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI
