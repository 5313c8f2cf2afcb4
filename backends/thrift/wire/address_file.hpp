#pragma once
/// The file by which the sides of a cluster find each other. Its first line is HOST:PORT of the coordinator. The lines
/// that may follow name what the cluster asks for, each a word and a file, relative to the folder of this file:
///
///     head:40123
///     secret-file /home/ada/.cache/chunkwise/weather-x1/secret
///     certificate /home/ada/.cache/chunkwise/weather-x1/certificate.pem
///     key /home/ada/.cache/chunkwise/weather-x1/key.pem
///     authority /home/ada/.cache/chunkwise/weather-x1/certificate.pem
#include <string>

#include "backends/thrift/wire/endpoint.hpp"
#include "chunkwise/backend.hpp"

namespace chunkwise::wire {

/// The content of an address file.
struct AddressFile {
  std::string address;  ///< HOST:PORT of the coordinator
  Security security;    ///< the files that it names; empty: it names none
};

/// Reads the file. Throws not_found if it is not there, or empty; invalid_argument if it is no such file, or names
/// files of secrets while others than its owner may write to it.
[[nodiscard]] AddressFile read_address_file(const std::string& path);
/// Writes the file, so that nobody reads half of it. If it names files of secrets, its mode is 600. Throws io.
void write_address_file(const std::string& path, const AddressFile& file);
/// Removes the file, if it still holds this address.
void remove_address_file(const std::string& path, const std::string& address) noexcept;

/// Returns the settings with which a coordinator is spoken to: `given`, and what the address file says beyond that. If
/// the coordinator is named by no file, or the file is not there yet, `given` alone.
[[nodiscard]] Security settings_for(const CoordinatorName& coordinator, const Security& given);

}  // namespace chunkwise::wire
