#include "runtime/core/interfaces.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <memory>

#include "chunkwise/core/error.hpp"
#include "runtime/core/printable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

struct Interface {
  bool is_up = false;
  std::string v4, v6;  ///< its first address that others can connect to; empty: it has none
};

/// Returns the interfaces of this machine, by name.
std::map<std::string, Interface> interfaces() {
  std::map<std::string, Interface> found;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return found;
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(all, &::freeifaddrs);
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    Interface& interface = found[one->ifa_name];
    interface.is_up = interface.is_up || (one->ifa_flags & IFF_UP) != 0;
    if (one->ifa_addr == nullptr) continue;
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (one->ifa_addr->sa_family == AF_INET && interface.v4.empty()) {
      const auto* const v4 = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
      if (::inet_ntop(AF_INET, &v4->sin_addr, text.data(), text.size()) != nullptr) interface.v4 = text.data();
    } else if (one->ifa_addr->sa_family == AF_INET6 && interface.v6.empty()) {
      const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(one->ifa_addr);
      // A link-local address means something only together with an interface of whoever connects.
      if (!IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr) &&
          ::inet_ntop(AF_INET6, &v6->sin6_addr, text.data(), text.size()) != nullptr)
        interface.v6 = text.data();
    }
  }
  return found;
}

/// Returns "lo (127.0.0.1), ib0 (10.1.0.7), eth1 (down)".
std::string listed(const std::map<std::string, Interface>& all) {
  std::string text;
  for (const auto& [name, interface] : all) {
    const std::string& address = !interface.v4.empty() ? interface.v4 : interface.v6;
    const std::string state = !interface.is_up ? "down" : address.empty() ? "without an address" : address;
    text += (text.empty() ? "" : ", ") + printable(name) + " (" + state + ")";
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::string address_of_interface(const std::string& name) {
  const auto all = interfaces();
  const auto refuse = [&](const std::string& why) {
    return Error(ErrorCode::not_found, why + "; this machine has the interfaces: " + listed(all));
  };
  const auto found = all.find(name);
  if (found == all.end()) throw refuse("there is no network interface '" + printable(name) + "'");
  if (!found->second.is_up) throw refuse("the network interface " + printable(name) + " is down");
  if (!found->second.v4.empty()) return found->second.v4;
  if (!found->second.v6.empty()) return found->second.v6;
  throw refuse("the network interface " + printable(name) + " has no address that others could connect to");
}

std::string endpoint_of_interface(std::string_view named, int port) {
  std::string name(named);
  const std::size_t colon = name.rfind(':');
  // Names of further addresses of an interface have a colon too: "eth0:1".
  if (colon != std::string::npos && !interfaces().contains(name)) {
    std::uint16_t read = 0;
    const char* const last = name.data() + name.size();
    const auto [end, error] = std::from_chars(name.data() + colon + 1, last, read);
    if (error != std::errc{} || end != last)
      throw Error(ErrorCode::invalid_argument,
                  "'" + printable(named) + "' is no interface; write NAME, or NAME:PORT with a port up to 65535");
    port = read;
    name.resize(colon);
  }
  const std::string address = address_of_interface(name);
  return (address.find(':') != std::string::npos ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
