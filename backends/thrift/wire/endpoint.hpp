#pragma once
/// HOST:PORT: the addresses at which servers listen, and those that others are told. Next: socket.hpp.
#include <cstdint>
#include <string>
#include <string_view>

struct sockaddr;

namespace chunkwise::wire {

/// HOST:PORT, or [HOST]:PORT for an IPv6 address.
struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
  [[nodiscard]] std::string to_string() const;
};
/// Returns the endpoint of HOST:PORT; throws invalid_argument that shows the form.
[[nodiscard]] Endpoint parse_endpoint(std::string_view text);

/// Returns the same for a server to connect to: throws invalid_argument for port 0 too, at which none listens.
[[nodiscard]] Endpoint parse_peer(std::string_view text);

/// A user's name for a coordinator: HOST:PORT, or the name of its address file (address_file.hpp), each with or without
/// thrift:// before it. After thrift://, a name without a / is a file's only if that file is there, and so is one with
/// a colon.
struct CoordinatorName {
  std::string text;      ///< without thrift://
  bool is_file = false;  ///< true for a text that is no HOST:PORT, or is there as a file
};
/// Throws invalid_argument if `given` is neither an address to connect to nor the name of a file, and as
/// read_small_file does for a name that something else than a file has.
[[nodiscard]] CoordinatorName coordinator_name(std::string_view given);
/// Returns HOST:PORT of a coordinator. Throws not_found while the file is not there, or nothing in it, else as
/// coordinator_name does.
[[nodiscard]] std::string address_of(const CoordinatorName& coordinator);
/// Returns false while the coordinator's file is not there, or nothing in it.
[[nodiscard]] bool is_known(const CoordinatorName& coordinator);

/// Returns true for 0.0.0.0 and ::, at which a server listens to all of a machine's addresses, and nobody finds it.
[[nodiscard]] bool is_wildcard(const std::string& host);
/// Returns true for addresses that only this machine reaches.
[[nodiscard]] bool is_loopback(const sockaddr* address);
/// Returns the same for an address as text; false for names.
[[nodiscard]] bool is_loopback(const std::string& host);
/// Returns the same, and true for the name localhost: a worker may tell such a host to nobody on other machines.
[[nodiscard]] bool is_only_here(const std::string& host);
/// Returns the warning for a worker at `address`, which only its own machine reaches, though its coordinator is at
/// `coordinator` for other machines too.
[[nodiscard]] std::string only_here_text(const std::string& worker, const std::string& address,
                                         const std::string& coordinator);
/// Returns the address as text, without port; an IPv4 address that is carried in an IPv6 one comes as IPv4.
[[nodiscard]] std::string host_of(const sockaddr* address);

/// Returns the address that others are told of a server which listens at `listening`: `advertise` (HOST:PORT; port 0 is
/// the server's) if it is given, else the address at which it listens, with `reached` for a wildcard. Throws
/// invalid_argument if `advertise` is no address that others could connect to.
[[nodiscard]] Endpoint advertised(const Endpoint& listening, const std::string& advertise, const std::string& reached);

/// Returns an address of this machine that others are likely to reach: that of the way out, else of the first interface
/// that is up; 127.0.0.1 if it has none but loopback.
[[nodiscard]] std::string own_host();

}  // namespace chunkwise::wire
