#include "backends/thrift/wire/endpoint.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <filesystem>
#include <memory>

#include "backends/thrift/wire/address_file.hpp"
#include "chunkwise/core/error.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::wire {

namespace {

/// Reads an address without its scope ("fe80::1%eth0") as bytes. Returns false if the text is none.
bool read_v4(const std::string& host, in_addr& out) { return ::inet_pton(AF_INET, host.c_str(), &out) == 1; }
bool read_v6(const std::string& host, in6_addr& out) {
  return ::inet_pton(AF_INET6, host.substr(0, host.find('%')).c_str(), &out) == 1;
}

bool is_loopback_v4(const in_addr& address) { return ntohl(address.s_addr) >> 24 == 127; }
bool is_loopback_v6(const in6_addr& address) {
  if (!IN6_IS_ADDR_V4MAPPED(&address)) return IN6_IS_ADDR_LOOPBACK(&address);
  return address.s6_addr[12] == 127;
}

/// Returns the address that packets to the outside would come from; none is sent. Empty: there is no way out.
std::string host_of_the_way_out() {
  const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  sockaddr_in outside{};
  outside.sin_family = AF_INET;
  outside.sin_port = htons(9);
  outside.sin_addr.s_addr = htonl(0xc0000201);  // 192.0.2.1, which belongs to nobody
  sockaddr_storage own{};
  socklen_t length = sizeof own;
  const bool known = ::connect(fd, reinterpret_cast<sockaddr*>(&outside), sizeof outside) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length) == 0;
  ::close(fd);
  return known ? host_of(reinterpret_cast<const sockaddr*>(&own)) : std::string();
}

std::string host_of_an_interface() {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> interfaces(all, &::freeifaddrs);
  for (const int family : {AF_INET, AF_INET6})
    for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
      if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != family || (one->ifa_flags & IFF_UP) == 0) continue;
      if (is_loopback(one->ifa_addr)) continue;
      const auto* v6 = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr);
      if (family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) continue;
      return host_of(one->ifa_addr);
    }
  return {};
}

}  // namespace

std::string Endpoint::to_string() const {
  return (host.find(':') != std::string::npos ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Endpoint parse_endpoint(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon == std::string_view::npos ? 0 : colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  Endpoint endpoint{std::string(host), 0};
  const char* const last = text.data() + text.size();
  const auto [end, error] = colon == std::string_view::npos
                                ? std::from_chars_result{nullptr, std::errc::invalid_argument}
                                : std::from_chars(text.data() + colon + 1, last, endpoint.port);
  if (host.empty() || printable(host) != host || error != std::errc{} || end != last ||
      host.find('/') != std::string_view::npos || (!bracketed && host.find_first_of(":[]") != std::string_view::npos))
    throw Error(ErrorCode::invalid_argument, "'" + printable(text) +
                                                 "' is not an address; write HOST:PORT with a port up to 65535, and "
                                                 "[HOST]:PORT for an IPv6 address");
  return endpoint;
}

Endpoint parse_peer(std::string_view text) {
  Endpoint peer = parse_endpoint(text);
  if (peer.port == 0)
    throw Error(ErrorCode::invalid_argument,
                "'" + printable(text) + "' has port 0, at which no server listens; give the port that it told");
  return peer;
}

CoordinatorName coordinator_name(std::string_view given) {
  constexpr std::string_view scheme = "thrift://";
  const bool is_uri = given.starts_with(scheme);
  if (is_uri) given.remove_prefix(scheme.size());
  CoordinatorName name{std::string(given), false};
  const bool has_slash = given.find('/') != std::string_view::npos;
  const bool has_colon = given.find(':') != std::string_view::npos;
  std::error_code ignored;
  // A URI names a host, unless a file is there, or may come there: a path without a colon, which addresses have.
  const bool is_path = is_uri ? has_slash && !has_colon && !given.ends_with('/') : has_slash || !has_colon;
  name.is_file = is_path || std::filesystem::exists(name.text, ignored);
  if (name.is_file && given.empty())
    throw Error(ErrorCode::invalid_argument,
                "no coordinator is named; give its HOST:PORT, or the file that it writes that to");
  if (is_known(name)) (void)parse_peer(address_of(name));  // a file may come
  return name;
}

std::string address_of(const CoordinatorName& coordinator) {
  return coordinator.is_file ? read_address_file(coordinator.text).address : coordinator.text;
}

bool is_known(const CoordinatorName& coordinator) {
  try {
    (void)address_of(coordinator);
    return true;
  } catch (const Error& error) {
    if (!coordinator.is_file || error.code() != ErrorCode::not_found) throw;
    return false;
  }
}

bool is_wildcard(const std::string& host) {
  in_addr v4{};
  if (read_v4(host, v4)) return v4.s_addr == htonl(INADDR_ANY);
  in6_addr v6{};
  if (!read_v6(host, v6)) return false;
  return IN6_IS_ADDR_UNSPECIFIED(&v6) ||
         (IN6_IS_ADDR_V4MAPPED(&v6) && std::memcmp(v6.s6_addr + 12, "\0\0\0\0", 4) == 0);
}

bool is_loopback(const sockaddr* address) {
  if (address->sa_family == AF_INET) return is_loopback_v4(reinterpret_cast<const sockaddr_in*>(address)->sin_addr);
  return address->sa_family == AF_INET6 && is_loopback_v6(reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

bool is_loopback(const std::string& host) {
  in_addr v4{};
  if (read_v4(host, v4)) return is_loopback_v4(v4);
  in6_addr v6{};
  return read_v6(host, v6) && is_loopback_v6(v6);
}

bool is_only_here(const std::string& host) { return is_loopback(host) || host == "localhost"; }

std::string only_here_text(const std::string& worker, const std::string& address, const std::string& coordinator) {
  return "worker " + worker + " tells others to fetch from " + address +
         ", which only its own machine can reach, though the coordinator at " + coordinator +
         " is there for other machines too: runs of clients and workers on those will fail; start it without --listen, "
         "or with --advertise HOST:PORT that they can connect to";
}

std::string host_of(const sockaddr* address) {
  char text[NI_MAXHOST] = "";
  if (address->sa_family == AF_INET6) {
    const in6_addr& v6 = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
    if (IN6_IS_ADDR_V4MAPPED(&v6)) {
      (void)::inet_ntop(AF_INET, v6.s6_addr + 12, text, sizeof text);
      return text;
    }
  }
  const socklen_t length = address->sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (::getnameinfo(address, length, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0) return {};
  return text;
}

Endpoint advertised(const Endpoint& listening, const std::string& advertise, const std::string& reached) {
  if (advertise.empty()) return {is_wildcard(listening.host) ? reached : listening.host, listening.port};
  Endpoint told = parse_endpoint(advertise);
  if (is_wildcard(told.host))
    throw Error(ErrorCode::invalid_argument,
                "nobody can connect to " + printable(advertise) +
                    ", which stands for all addresses of a machine; advertise one of them, "
                    "or a name");
  if (told.port == 0) told.port = listening.port;
  return told;
}

std::string own_host() {
  std::string host = host_of_the_way_out();
  if (host.empty()) host = host_of_an_interface();
  return host.empty() ? "127.0.0.1" : host;
}

}  // namespace chunkwise::wire
