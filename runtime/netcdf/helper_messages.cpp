#include "runtime/netcdf/helper_messages.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <type_traits>

#include "runtime/core/version.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// Most bytes that are received at once into memory that grows.
constexpr std::size_t piece_bytes = std::size_t{1} << 20;

[[noreturn]] void lost() { throw ConnectionLost(std::strerror(errno)); }

std::int64_t extent_of(ByteReader& in) {
  const std::int64_t extent = in.signed_number();
  if (extent < 0) throw in.error("an extent below 0");
  return extent;
}

int small_number(ByteReader& in) { return static_cast<std::int32_t>(in.number(4)); }

void put_number(ByteWriter& out, int number) { out.number(static_cast<std::uint32_t>(number), 4); }

bool flag(ByteReader& in) {
  const std::uint64_t byte = in.number(1);
  if (byte > 1) throw in.error("a flag that is neither 0 nor 1");
  return byte == 1;
}

void put_extents(ByteWriter& out, const Shape& shape) {
  out.number(static_cast<std::uint64_t>(shape.rank()), 1);
  for (const std::int64_t extent : shape) out.number(extent);
}

Shape take_extents(ByteReader& in) {
  Shape shape;
  const std::uint64_t rank = in.number(1);
  if (rank > max_rank) throw in.error("a rank of " + std::to_string(rank));
  for (std::uint64_t axis = 0; axis < rank; ++axis) shape.push_back(extent_of(in));
  return shape;
}

template <class T>
void put_numbers(ByteWriter& out, const std::vector<T>& numbers) {
  out.block(std::as_bytes(std::span(numbers)));
}

template <class T>
std::vector<T> take_numbers(ByteReader& in) {
  const std::span<const std::byte> bytes = in.block();
  if (bytes.size() % sizeof(T) != 0) throw in.error("a part of a number");
  std::vector<T> numbers(bytes.size() / sizeof(T));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

void put_texts(ByteWriter& out, const std::vector<std::string>& texts) {
  out.number(texts.size(), 8);
  for (const std::string& text : texts) out.text(text);
}

std::vector<std::string> take_texts(ByteReader& in) {
  std::vector<std::string> texts(in.count(8));
  for (std::string& text : texts) text = in.text();
  return texts;
}

}  // namespace

std::string helper_version() { return "chunkwise-netcdf " + library_version() + " protocol 2"; }

Channel::~Channel() { ::close(fd_); }

void Channel::wait(short events, const Deadline& deadline) const {
  const int milliseconds = deadline ? deadline() : -1;
  pollfd waiting{fd_, events, 0};
  const int ready = ::poll(&waiting, 1, milliseconds);
  if (ready < 0 && errno != EINTR) lost();
  // The other side may have answered while this thread had to wait for a processor.
  if (ready == 0 && milliseconds == 0) throw TimeIsUp("the time is up");
}

void Channel::send(std::initializer_list<std::span<const std::byte>> parts, const Deadline& deadline) const {
  for (std::span<const std::byte> part : parts)
    while (!part.empty()) {
      const ssize_t sent = ::send(fd_, part.data(), part.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent >= 0) {
        part = part.subspan(static_cast<std::size_t>(sent));
      } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
        wait(POLLOUT, deadline);
      } else if (errno != EINTR) {
        lost();
      }
    }
}

void Channel::receive(std::span<std::byte> out, const Deadline& deadline) const {
  while (!out.empty()) {
    const ssize_t got = ::recv(fd_, out.data(), out.size(), MSG_DONTWAIT);
    if (got > 0) {
      out = out.subspan(static_cast<std::size_t>(got));
    } else if (got == 0) {
      throw ConnectionLost("the other side has ended");
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      wait(POLLIN, deadline);
    } else if (errno != EINTR) {
      lost();
    }
  }
}

std::vector<std::byte> Channel::receive(std::size_t size, const Deadline& deadline) const {
  std::vector<std::byte> bytes;
  while (bytes.size() < size) {
    const std::size_t at = bytes.size();
    bytes.resize(std::min(size, at + piece_bytes));
    receive(std::span(bytes).subspan(at), deadline);
  }
  return bytes;
}

std::array<std::byte, 8> frame_of(std::size_t size) {
  std::array<std::byte, 8> frame{};
  const std::uint64_t number = size;
  std::memcpy(frame.data(), &number, frame.size());
  return frame;
}

std::uint64_t size_of_frame(std::span<const std::byte, 8> frame) {
  std::uint64_t number = 0;
  std::memcpy(&number, frame.data(), frame.size());
  return number;
}

void put(ByteWriter& out, const Location& location) {
  put_number(out, location.group);
  put_number(out, location.variable);
}

Location take_location(ByteReader& in) {
  Location location;
  location.group = small_number(in);
  location.variable = small_number(in);
  return location;
}

void put(ByteWriter& out, const Attributes& attributes) {
  out.number(attributes.size(), 8);
  for (const Attribute& attribute : attributes) {
    out.text(attribute.name);
    out.number(static_cast<std::uint64_t>(attribute.dtype), 1);
    out.number(attribute.value.index(), 1);
    std::visit(
        [&](const auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
            out.text(value);
          else
            put_numbers(out, value);
        },
        attribute.value);
  }
}

Attributes take_attributes(ByteReader& in) {
  Attributes attributes(in.count(18));
  for (Attribute& attribute : attributes) {
    attribute.name = in.text();
    attribute.dtype = in.dtype();
    const std::uint64_t kind = in.number(1);
    if (kind == 0)
      attribute.value = in.text();
    else if (kind == 1)
      attribute.value = take_numbers<double>(in);
    else if (kind == 2)
      attribute.value = take_numbers<std::int64_t>(in);
    else
      throw in.error("an attribute of another kind");
  }
  return attributes;
}

void put(ByteWriter& out, const std::vector<DimensionDescription>& dimensions) {
  out.number(dimensions.size(), 8);
  for (const DimensionDescription& dimension : dimensions) {
    out.text(dimension.name);
    out.number(dimension.length);
    out.number(dimension.unlimited ? 1U : 0U, 1);
  }
}

std::vector<DimensionDescription> take_dimensions(ByteReader& in) {
  std::vector<DimensionDescription> dimensions(in.count(17));
  for (DimensionDescription& dimension : dimensions) {
    dimension.name = in.text();
    dimension.length = in.signed_number();
    dimension.unlimited = flag(in);
  }
  return dimensions;
}

void put(ByteWriter& out, const std::vector<VariableEntry>& entries) {
  out.number(entries.size(), 8);
  for (const VariableEntry& entry : entries) {
    out.text(entry.name);
    out.text(entry.type);
    put(out, entry.location);
  }
}

std::vector<VariableEntry> take_entries(ByteReader& in) {
  std::vector<VariableEntry> entries(in.count(24));
  for (VariableEntry& entry : entries) {
    entry.name = in.text();
    entry.type = in.text();
    entry.location = take_location(in);
  }
  return entries;
}

void put(ByteWriter& out, const Variable& variable) {
  out.text(variable.name);
  out.number(static_cast<std::uint64_t>(variable.type), 1);
  put_extents(out, variable.shape);
  for (const std::string& name : variable.dimensions) out.text(name);
  for (const int id : variable.dimension_ids) put_number(out, id);
  put_number(out, variable.record_axis);
  put_extents(out, variable.chunks);
  out.number(variable.filtered ? 1U : 0U, 1);
  out.number(variable.prefilled ? 1U : 0U, 1);
  put(out, variable.attributes);
  put_texts(out, variable.unread_attributes);
}

Variable take_variable(ByteReader& in) {
  Variable variable;
  variable.name = in.text();
  variable.type = in.dtype();
  if (variable.type == DType::boolean) throw in.error("a type that no file has");
  variable.shape = take_extents(in);
  refuse_overflow(variable.shape, "a variable");
  for (int axis = 0; axis < variable.shape.rank(); ++axis) variable.dimensions.push_back(in.text());
  for (int axis = 0; axis < variable.shape.rank(); ++axis) variable.dimension_ids.push_back(small_number(in));
  variable.record_axis = small_number(in);
  if (variable.record_axis < -1 || variable.record_axis >= variable.shape.rank())
    throw in.error("a record axis that is none");
  variable.chunks = take_extents(in);
  if (!variable.chunks.empty() && variable.chunks.rank() != variable.shape.rank())
    throw in.error("chunks of another rank");
  for (const std::int64_t extent : variable.chunks)
    if (extent < 1 || extent > std::int64_t{std::numeric_limits<std::uint32_t>::max()})
      throw in.error("a chunk that cannot be");
  variable.filtered = flag(in);
  variable.prefilled = flag(in);
  if (variable.filtered && variable.chunks.empty() && !variable.shape.empty())
    throw in.error("compression without chunks");
  variable.attributes = take_attributes(in);
  variable.unread_attributes = take_texts(in);
  return variable;
}

void put(ByteWriter& out, const StoredChunks::Expected& expected) {
  out.text(expected.name);
  put_extents(out, expected.shape);
  put_extents(out, expected.chunk);
  out.number(expected.element_bytes, 1);
}

StoredChunks::Expected take_expected(ByteReader& in) {
  StoredChunks::Expected expected;
  expected.name = in.text();
  expected.shape = take_extents(in);
  expected.chunk = take_extents(in);
  expected.element_bytes = static_cast<std::size_t>(in.number(1));
  return expected;
}

void put(ByteWriter& out, const ChunkLayout& layout) {
  put_number(out, layout.shuffle);
  put_number(out, layout.deflate);
  out.number(layout.big_endian ? 1U : 0U, 1);
}

ChunkLayout take_layout(ByteReader& in) {
  ChunkLayout layout;
  for (int* place : {&layout.shuffle, &layout.deflate}) {
    *place = small_number(in);
    if (*place < -1 || *place > 31) throw in.error("a filter that has no place");
  }
  layout.big_endian = flag(in);
  return layout;
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
