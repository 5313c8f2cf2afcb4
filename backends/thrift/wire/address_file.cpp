#include "backends/thrift/wire/address_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "backends/thrift/wire/small_file.hpp"
#include "chunkwise/core/error.hpp"
#include "runtime/core/printable.hpp"
#include "runtime/io/pending_file.hpp"

namespace chunkwise::wire {

namespace {

constexpr std::size_t most_address_file = 16384;

using Files = std::array<std::pair<const char*, std::string Security::*>, 4>;
constexpr Files words{{{"secret-file", &Security::secret_file},
                       {"certificate", &Security::certificate},
                       {"key", &Security::key},
                       {"authority", &Security::authority}}};

std::string without_white_ends(const std::string& line) {
  constexpr const char* white = " \t\r\n";
  const std::size_t first = line.find_first_not_of(white);
  return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(white) + 1 - first);
}

/// Returns the member that a word of the file stands for; null for another word.
std::string Security::*member_of(const std::string& word) {
  for (const auto& [name, member] : words)
    if (word == name) return member;
  return nullptr;
}

std::string known_words() {
  std::string text;
  for (const auto& [name, member] : words) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

}  // namespace

AddressFile read_address_file(const std::string& path) {
  SmallFile read;
  try {
    read = read_small_file("the file of the coordinator's address", path, most_address_file);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
  }
  AddressFile file;
  std::istringstream lines(read.bytes);
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  for (std::string line; std::getline(lines, line);) {
    line = without_white_ends(line);
    if (line.empty()) continue;
    const std::size_t space = line.find_first_of(" \t");
    if (file.address.empty()) {
      file.address = line.substr(0, space);
      try {
        (void)parse_peer(file.address);
      } catch (const Error& error) {
        throw Error(error.code(),
                    "the file " + printable(path) + " holds no address of a coordinator: " + error.what());
      }
      continue;
    }
    const std::string word = line.substr(0, space);
    std::string Security::*const member = member_of(word);
    if (member == nullptr || space == std::string::npos)
      throw Error(ErrorCode::invalid_argument,
                  "the file of the coordinator's address " + printable(path) + " has the line '" + printable(line) +
                      "', which this version does not know; lines after the address are one of " + known_words() +
                      ", and a file");
    file.security.*member = (folder / without_white_ends(line.substr(space))).lexically_normal().string();
    if ((read.mode & (S_IWGRP | S_IWOTH)) != 0)
      throw Error(ErrorCode::invalid_argument, "the file of the coordinator's address " + printable(path) +
                                                   " names the cluster's secrets, and others than its owner may write "
                                                   "to it; run chmod 600 on it");
  }
  if (file.address.empty())
    throw Error(ErrorCode::not_found,
                printable(path) + " holds no address yet; an address itself has a port, as in head:8786");
  return file;
}

void write_address_file(const std::string& path, const AddressFile& file) {
  PendingFile pending(path, true);
  std::ofstream out(pending.temporary(), std::ios::trunc);
  out << file.address << '\n';
  bool has_secrets = false;
  for (const auto& [name, member] : words)
    if (const std::string& named = file.security.*member; !named.empty()) {
      has_secrets = true;
      out << name << ' ' << std::filesystem::absolute(named).lexically_normal().string() << '\n';
    }
  out.close();
  if (!out) throw Error(ErrorCode::io, "the coordinator's address cannot be written to " + path);
  const auto close_to_others = [](const std::string& which) {
    if (::chmod(which.c_str(), S_IRUSR | S_IWUSR) != 0)
      throw Error(ErrorCode::io, "the mode of " + which + " cannot be set to 600");
  };
  if (has_secrets) close_to_others(pending.temporary());
  pending.publish();
  if (has_secrets) close_to_others(path);  // a file that is replaced leaves its mode
}

void remove_address_file(const std::string& path, const std::string& address) noexcept {
  try {
    if (read_address_file(path).address == address) ::unlink(path.c_str());
  } catch (const std::exception&) {
    // It is gone, or somebody else's.
  }
}

Security settings_for(const CoordinatorName& coordinator, const Security& given) {
  if (!coordinator.is_file) return given;
  Security named;
  try {
    named = read_address_file(coordinator.text).security;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
  }
  Security settings = given;
  if (settings.secret_file.empty()) settings.secret_file = named.secret_file;
  // A certificate, its key and the authority belong together.
  if (settings.certificate.empty() && settings.key.empty() && settings.authority.empty()) {
    settings.certificate = named.certificate;
    settings.key = named.key;
    settings.authority = named.authority;
  }
  return settings;
}

}  // namespace chunkwise::wire
