#pragma once
/// Network interfaces of this machine, by their names: an institute's ib0.
#include <string>
#include <string_view>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the address of an interface that is up: its first IPv4 address, else its first IPv6 address that is not
/// link-local. Throws not_found with the interfaces that there are if there is none of that name, it is down or has no
/// such address.
[[nodiscard]] std::string address_of_interface(const std::string& name);

/// Returns HOST:PORT at an interface, with brackets around an IPv6 address. `named` is NAME or NAME:PORT; without a
/// port it is `port`. Throws as address_of_interface does, and invalid_argument for a port that is none.
[[nodiscard]] std::string endpoint_of_interface(std::string_view named, int port);

}  // namespace chunkwise::inline CHUNKWISE_ABI
