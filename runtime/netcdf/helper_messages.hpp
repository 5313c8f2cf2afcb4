#pragma once
/// The messages of a process and its helper (helper_process.hpp), over one stream socket. The process asks, the helper
/// answers, one question at a time. Both are of one build, so numbers and forms may change with it. The helper believes
/// the process; the process believes nothing: a damaged file may have written over the helper's memory.
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "runtime/core/bytes.hpp"
#include "runtime/dataset/format/open_file.hpp"
#include "runtime/netcdf/netcdf4_file.hpp"
#include "runtime/netcdf/stored_chunks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

enum class Question : std::uint8_t {
  hello,            ///< -> text: the build
  open,             ///< path, shown -> the file's number, 4 bytes; every question below begins with it
  close,            ///< -> nothing
  format,           ///< -> text
  attributes,       ///< -> attributes
  dimensions,       ///< -> dimensions
  variables,        ///< -> entries
  locate,           ///< name -> location
  describe,         ///< location, where -> variable
  find_coordinate,  ///< location, dimension, name -> a byte, and a location if it is 1
  text,             ///< location, a byte: with elements, where -> text
  box,              ///< location, element bytes, ranges, doing -> elements
  chunks,           ///< expected -> a byte, and a layout if it is 1
  chunk,            ///< expected, place -> stored bytes and 4 bytes of skipped filters, or nothing if there is none
};

/// Returns the text with which a helper of this build says hello.
[[nodiscard]] std::string helper_version();

/// Most bytes of an answer that is not elements.
constexpr std::size_t most_answer_bytes = std::size_t{64} << 20;

/// The other side is gone.
class ConnectionLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// The time is up.
class TimeIsUp : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One end of the connection; owns its descriptor.
class Channel {
 public:
  /// Returns the milliseconds that are left, 0 if the time is up. One that is empty waits for ever.
  using Deadline = std::function<int()>;

  explicit Channel(int fd) : fd_(fd) {}
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Sends all parts, one after the other. Throws ConnectionLost, TimeIsUp.
  void send(std::initializer_list<std::span<const std::byte>> parts, const Deadline& deadline = {}) const;
  /// Receives as many bytes as there is room. Throws ConnectionLost, TimeIsUp.
  void receive(std::span<std::byte> out, const Deadline& deadline = {}) const;
  /// Receives `size` bytes, and takes memory only as they arrive.
  [[nodiscard]] std::vector<std::byte> receive(std::size_t size, const Deadline& deadline = {}) const;

 private:
  void wait(short events, const Deadline& deadline) const;
  int fd_;
};

/// Returns the 8 bytes that stand before each message: its size.
[[nodiscard]] std::array<std::byte, 8> frame_of(std::size_t size);
[[nodiscard]] std::uint64_t size_of_frame(std::span<const std::byte, 8> frame);

// ---- forms of values. Those that read throw Error if bytes make no sense.

void put(ByteWriter& out, const Location& location);
void put(ByteWriter& out, const Attributes& attributes);
void put(ByteWriter& out, const std::vector<DimensionDescription>& dimensions);
void put(ByteWriter& out, const std::vector<VariableEntry>& entries);
void put(ByteWriter& out, const Variable& variable);
void put(ByteWriter& out, const TextVariable& variable);
void put(ByteWriter& out, const StoredChunks::Expected& expected);
void put(ByteWriter& out, const ChunkLayout& layout);

[[nodiscard]] Location take_location(ByteReader& in);
[[nodiscard]] Attributes take_attributes(ByteReader& in);
[[nodiscard]] std::vector<DimensionDescription> take_dimensions(ByteReader& in);
[[nodiscard]] std::vector<VariableEntry> take_entries(ByteReader& in);
[[nodiscard]] Variable take_variable(ByteReader& in);
[[nodiscard]] TextVariable take_text(ByteReader& in);
[[nodiscard]] StoredChunks::Expected take_expected(ByteReader& in);
[[nodiscard]] ChunkLayout take_layout(ByteReader& in);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
