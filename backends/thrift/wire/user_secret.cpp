#include "backends/thrift/wire/user_secret.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "backends/thrift/wire/security.hpp"
#include "chunkwise/core/error.hpp"

namespace chunkwise::wire {

namespace {

namespace fs = std::filesystem;

/// Returns the user's folder for settings; empty if the user has no home.
fs::path settings_folder() {
  const auto set = [](const char* variable) {
    const char* const value = std::getenv(variable);
    return fs::path(value != nullptr ? value : "");
  };
  if (const fs::path folder = set("XDG_CONFIG_HOME"); folder.is_absolute()) return folder;
  if (const fs::path home = set("HOME"); home.is_absolute()) return home / ".config";
  std::array<char, 4096> text{};
  passwd entry{}, *found = nullptr;
  if (::getpwuid_r(::geteuid(), &entry, text.data(), text.size(), &found) != 0 || found == nullptr) return {};
  return fs::path(found->pw_dir).is_absolute() ? fs::path(found->pw_dir) / ".config" : fs::path();
}

std::string cause() { return std::strerror(errno); }

/// Makes a folder if it is not there. Returns why no file can be made in it; empty: one can.
std::string make_folder(const fs::path& folder) {
  if (const fs::path above = folder.parent_path(); !fs::exists(above) && above != folder)
    if (std::string why = make_folder(above); !why.empty()) return why;
  struct stat status {};
  // The owner of a home could not read files that root made in it.
  if (::geteuid() == 0 && ::stat(folder.parent_path().c_str(), &status) == 0 && status.st_uid != 0)
    return folder.parent_path().string() + " belongs to another user";
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return "cannot make " + folder.string() + ": " + cause();
  if (::stat(folder.c_str(), &status) != 0) return "cannot look at " + folder.string() + ": " + cause();
  if (status.st_uid != ::geteuid()) return folder.string() + " belongs to another user";
  return {};
}

/// Returns 32 random bytes in hexadecimal digits, and a newline.
std::string new_secret() {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (const char c : random_nonce()) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text + '\n';
}

/// Returns why the file could not be made; empty: it is there, whoever made it, and complete.
std::string make_file(const fs::path& file) {
  if (std::string why = make_folder(file.parent_path()); !why.empty()) return why;
  std::string temporary = file.string() + ".XXXXXX";
  const int fd = ::mkstemp(temporary.data());  // with mode 600
  if (fd < 0) return "cannot make a file in " + file.parent_path().string() + ": " + cause();
  const std::string secret = new_secret();
  const bool written =
      ::write(fd, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size()) && ::fsync(fd) == 0;
  std::string why = written ? "" : "cannot write " + file.string() + ": " + cause();
  ::close(fd);
  // The name appears with the content, and only once: a second process takes the file that is there.
  if (written && ::link(temporary.c_str(), file.c_str()) != 0 && errno != EEXIST &&
      ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) != 0 && errno != EEXIST)
    why = "cannot make " + file.string() + ": " + cause();
  ::unlink(temporary.c_str());
  return why;
}

}  // namespace

UserSecret user_secret() {
  const fs::path folder = settings_folder();
  if (folder.empty()) return {{}, {}, "this user has no home"};
  UserSecret own;
  const fs::path file = folder / "chunkwise" / "secret";
  own.file = file.string();
  struct stat status {};
  if (::stat(own.file.c_str(), &status) != 0 && errno == ENOENT) {
    own.why_not = make_file(file);
    if (!own.why_not.empty()) return own;
  }
  try {
    own.secret = read_secret(own.file);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::io && error.code() != ErrorCode::not_found) throw;
    own.why_not = error.what();
  }
  return own;
}

std::string owner_token() {
  try {
    const UserSecret own = user_secret();
    return own.secret.empty() ? std::string() : proof_of(own.secret, {"chunkwise owner"});
  } catch (const Error&) {
    return {};  // a file that is open to others does not tell users apart
  }
}

}  // namespace chunkwise::wire
