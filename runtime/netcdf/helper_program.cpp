// chunkwise-netcdf: the process in which netcdf-c and HDF5 open files for another (helper_process.hpp). It answers the
// questions of helper_messages.hpp that come in on descriptor 3, one at a time, until that is closed.
//
//   chunkwise-netcdf MEMORY-BYTES PARENT
#include <poll.h>
#include <signal.h>  // NOLINT: sigaction
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <new>
#include <thread>

#include "chunkwise/core/untyped_array.hpp"
#include "runtime/netcdf/helper_messages.hpp"
#include "runtime/netcdf/library.hpp"
#include "runtime/netcdf/nc_file.hpp"
#include "runtime/netcdf/types.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

constexpr int connection = 3;
/// Most bytes of a question: names, and the beginnings of errors.
constexpr std::uint64_t most_question_bytes = std::uint64_t{16} << 20;

/// An answer: bytes of the helper's own, or elements.
struct Answer {
  std::vector<std::byte> bytes;
  Buffer elements;
  std::size_t element_bytes = 0;
};

class Files {
 public:
  Answer answer(std::span<const std::byte> question);

 private:
  Answer answer_about(const NcFile& file, Question kind, ByteReader& in) const;
  static Answer read_box(const NcFile& file, ByteReader& in);
  static Answer read_chunk(const NcFile& file, ByteReader& in);

  std::map<std::uint32_t, std::unique_ptr<const NcFile>> files_;
  std::uint32_t opened_ = 0;
};

/// Returns a location without the file's own number, from which netcdf-c numbers a file's groups: the next helper
/// numbers files anew.
Location to_file(const Location& location, const NcFile& file) {
  return {location.group - file.root(), location.variable};
}
Location from_file(const Location& location, const NcFile& file) {
  return {location.group + file.root(), location.variable};
}

Answer text(const std::string& text) {
  ByteWriter out;
  out.text(text);
  return {out.take(), nullptr, 0};
}

template <class T>
Answer values(const T& values) {
  ByteWriter out;
  put(out, values);
  return {out.take(), nullptr, 0};
}

Answer maybe(const std::optional<std::vector<std::byte>>& value) {
  ByteWriter out;
  out.number(value ? 1U : 0U, 1);
  if (value) out.raw(*value);
  return {out.take(), nullptr, 0};
}

Answer Files::answer(std::span<const std::byte> question) {
  ByteReader in(question, "question for a helper");
  const auto kind = static_cast<Question>(in.number(1));
  if (kind == Question::hello) {
    const std::string version = helper_version();
    const auto bytes = std::as_bytes(std::span(version));
    return {{bytes.begin(), bytes.end()}, nullptr, 0};
  }
  if (kind == Question::open) {
    const std::string path = in.text();
    const std::string shown = in.text();
    in.end();
    files_[++opened_] = std::make_unique<const NcFile>(path, shown);
    ByteWriter out;
    out.number(opened_, 4);
    return {out.take(), nullptr, 0};
  }
  const auto number = static_cast<std::uint32_t>(in.number(4));
  const auto file = files_.find(number);
  if (file == files_.end()) throw in.error("a file that is not open");
  if (kind == Question::close) {
    files_.erase(file);
    return {};
  }
  return answer_about(*file->second, kind, in);
}

Answer Files::answer_about(const NcFile& file, Question kind, ByteReader& in) const {
  switch (kind) {
    case Question::format:
      return text(file.format());
    case Question::attributes:
      return values(file.attributes());
    case Question::dimensions:
      return values(file.dimensions());
    case Question::variables: {
      std::vector<VariableEntry> entries = file.variables();
      for (VariableEntry& entry : entries) entry.location = to_file(entry.location, file);
      return values(entries);
    }
    case Question::locate:
      return values(to_file(file.locate(in.text()), file));
    case Question::describe: {
      const Location at = from_file(take_location(in), file);
      return values(file.describe(at, in.text()));
    }
    case Question::find_coordinate: {
      const Location variable = from_file(take_location(in), file);
      const auto dimension = static_cast<std::int32_t>(in.number(4));
      const std::optional<Location> found = file.find_coordinate(variable, dimension, in.text());
      return maybe(found ? std::optional(values(to_file(*found, file)).bytes) : std::nullopt);
    }
    case Question::text: {
      const Location at = from_file(take_location(in), file);
      const bool with_elements = in.number(1) != 0;
      return values(file.read_text(at, with_elements, in.text()));
    }
    case Question::box:
      return read_box(file, in);
    case Question::chunks: {
      const StoredChunks* chunks = file.stored_chunks(take_expected(in));
      return maybe(chunks != nullptr ? std::optional(values(chunks->fetcher().layout()).bytes) : std::nullopt);
    }
    case Question::chunk:
      return read_chunk(file, in);
    default:
      throw in.error("a question of number " + std::to_string(static_cast<int>(kind)));
  }
}

Answer Files::read_box(const NcFile& file, ByteReader& in) {
  const Location at = from_file(take_location(in), file);
  const auto bytes = static_cast<std::size_t>(in.number(1));
  Region box;
  const std::uint64_t rank = in.number(1);
  if (rank > max_rank) throw in.error("a box of too many axes");
  Answer answer;
  answer.element_bytes = bytes;
  for (std::uint64_t axis = 0; axis < rank; ++axis) {
    box.push_back(in.range());
    if (box[static_cast<int>(axis)].count < 0 ||
        __builtin_mul_overflow(answer.element_bytes, static_cast<std::size_t>(box[static_cast<int>(axis)].count),
                               &answer.element_bytes))
      throw in.error("a box that cannot be");
  }
  const std::string doing = in.text();
  // There is room for elements that are as they were described: the file may be another one by now.
  int type = 0;
  int axes = 0;
  {
    const LibraryLock nc;
    check(nc->inq_var(at.group, at.variable, nullptr, &type, &axes, nullptr, nullptr), doing);
  }
  const auto dtype = dtype_of_external(type);
  if (!dtype || size_of(*dtype) != bytes || axes != box.rank())
    throw Error(ErrorCode::changed, doing + ": its elements are not those that were there");
  answer.elements = allocate_buffer(answer.element_bytes);
  file.read_box({at, bytes, {}}, box, answer.elements.get(), doing);
  return answer;
}

Answer Files::read_chunk(const NcFile& file, ByteReader& in) {
  const StoredChunks::Expected expected = take_expected(in);
  ChunkIndex place;
  for (int axis = 0; axis < expected.chunk.rank(); ++axis) place.push_back(in.signed_number());
  const StoredChunks* chunks = file.stored_chunks(expected);
  std::optional<StoredChunk> stored;
  if (chunks != nullptr) stored = chunks->fetcher().fetch(place);
  if (!stored) return {};
  ByteWriter out;
  out.number(stored->skipped, 4);
  return {out.take(), stored->bytes, stored->size};
}

/// Frames an answer: a byte that says it is one, elements, bytes.
void send(const Channel& channel, const Answer& answer) {
  const std::array<std::byte, 1> good{std::byte{0}};
  channel.send({frame_of(1 + answer.element_bytes + answer.bytes.size()), good,
                std::span<const std::byte>(answer.elements.get(), answer.element_bytes), answer.bytes});
}

void send(const Channel& channel, ErrorCode code, const std::string& message) {
  const std::array<std::byte, 2> bad{std::byte{1}, static_cast<std::byte>(code)};
  const auto bytes = std::as_bytes(std::span(message)).first(std::min(message.size(), std::size_t{1} << 18));
  channel.send({frame_of(bad.size() + bytes.size()), bad, bytes});
}

void answer_all(const Channel& channel, std::uint64_t memory) {
  Files files;
  const auto wants_memory = [&](const std::string& what) {
    return what + " (the process that reads it may take " + format_bytes(static_cast<double>(memory)) +
           "; CHUNKWISE_HELPER_MEMORY=8GB gives it more)";
  };
  for (;;) {
    std::array<std::byte, 8> frame{};
    channel.receive(frame);
    const std::uint64_t size = size_of_frame(frame);
    if (size > most_question_bytes) return;
    const std::vector<std::byte> question = channel.receive(static_cast<std::size_t>(size));
    errno = 0;
    try {
      const Answer answer = files.answer(question);
      if (answer.bytes.size() >= most_answer_bytes)
        throw Error(ErrorCode::unsupported, "the metadata of a file is larger than " +
                                                format_bytes(static_cast<double>(most_answer_bytes)) +
                                                "; open it without isolation");
      send(channel, answer);
    } catch (const Error& error) {
      // HDF5 has one code for all errors, and tells nobody that it was refused memory.
      const bool refused = errno == ENOMEM || error.code() == ErrorCode::memory_limit;
      send(channel, refused ? ErrorCode::memory_limit : error.code(),
           refused ? wants_memory(error.what()) : error.what());
    } catch (const std::bad_alloc&) {
      send(channel, ErrorCode::memory_limit, wants_memory("there is no memory for what a NetCDF file holds"));
    }
  }
}

/// Ends the process with its parent, also while HDF5 loops: the parent's end of the connection is closed then, unless a
/// process that was forked from the parent has it too.
void end_with(pid_t parent) {
  for (;;) {
    pollfd gone{connection, POLLRDHUP, 0};
    if (::poll(&gone, 1, 1000) > 0 || ::getppid() != parent) ::_exit(0);
  }
}

/// Limits the memory that a damaged file may make the process take, and gives up rights that it does not need.
void limit(std::uint64_t memory) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const rlimit bytes{memory, memory};
  (void)::setrlimit(RLIMIT_AS, &bytes);
#endif
  const rlimit none{0, 0};
  (void)::setrlimit(RLIMIT_CORE, &none);
  (void)::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // A key on the terminal that means the parent is the parent's to answer.
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2}) ::signal(signal, SIG_IGN);
}

}  // namespace

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI

int main(int arguments, char** argument) {
  namespace netcdf = chunkwise::netcdf;
  if (arguments != 3) {
    std::fputs("chunkwise-netcdf reads NetCDF-4 files for other programs of chunkwise, which start it\n", stderr);
    return 2;
  }
  const std::uint64_t memory = std::strtoull(argument[1], nullptr, 10);
  netcdf::limit(memory);
  std::thread(netcdf::end_with, static_cast<pid_t>(std::strtol(argument[2], nullptr, 10))).detach();
  try {
    const netcdf::Channel channel(netcdf::connection);
    netcdf::answer_all(channel, memory);
  } catch (const netcdf::ConnectionLost&) {
  }
  // Without closing files that are damaged.
  ::_exit(0);
}
