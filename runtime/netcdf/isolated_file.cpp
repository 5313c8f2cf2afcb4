#include "runtime/netcdf/isolated_file.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>
#include <string_view>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// Most bytes of elements of one answer: the helper holds them in its own memory.
constexpr std::int64_t most_piece_bytes = std::int64_t{16} << 20;

/// Chunks of one variable, fetched by the helper.
class HelperChunks final : public ChunkFetcher {
 public:
  HelperChunks(const IsolatedFile& file, StoredChunks::Expected variable, const ChunkLayout& layout)
      : file_(&file), variable_(std::move(variable)), layout_(layout) {}
  [[nodiscard]] const ChunkLayout& layout() const override { return layout_; }
  [[nodiscard]] std::optional<StoredChunk> fetch(const ChunkIndex& chunk) const override {
    return file_->fetch(variable_, chunk);
  }

 private:
  const IsolatedFile* file_;  // it owns this
  StoredChunks::Expected variable_;
  ChunkLayout layout_;
};

std::atomic<std::uint64_t> files_so_far{0};

const auto nothing = [](ByteWriter&) {};

HelperProcess::Place exactly(void* out, std::size_t bytes) {
  return [out, bytes](std::size_t size) {
    if (size != bytes)
      throw Error(ErrorCode::corrupt, std::to_string(size) + " bytes where there are " + std::to_string(bytes));
    return std::span(static_cast<std::byte*>(out), bytes);
  };
}

/// Returns how many of the indices of a range are read at once, so that no read block is read twice and, if possible,
/// at most `most` are. At least 1.
std::int64_t first_piece(const AxisRange& range, std::int64_t block, std::int64_t most) {
  if (range.count <= most) return range.count;
  const std::int64_t last = range.start + std::max<std::int64_t>(most, 1);  // the first index that is not read
  const std::int64_t begin_of_block = last / block * block;
  const std::int64_t end = begin_of_block > range.start ? begin_of_block : (range.start / block + 1) * block;
  return std::min(range.count, end - range.start);
}

}  // namespace

IsolatedFile::IsolatedFile(std::string path, std::string shown)
    : id_(++files_so_far), path_(std::move(path)), shown_(std::move(shown)), stamp_(stamp_of(path_)) {
  (void)format();  // opens it
}

IsolatedFile::~IsolatedFile() {
  Helper& helper = Helper::instance();
  const std::lock_guard lock(helper.mutex);
  if (helper.damaged == id_) helper.end();
  if (!helper.runs(generation_)) return;
  try {
    ByteWriter question;
    question.number(static_cast<std::uint64_t>(Question::close), 1);
    question.number(number_, 4);
    helper.process().ask(question.take(), exactly(nullptr, 0));
  } catch (...) {
    helper.end();  // whatever it was, the file is closed with it
  }
}

void IsolatedFile::fail(const HelperDeath& death) const {
  switch (death.kind) {
    case HelperDeath::Kind::crash:
      throw Error(ErrorCode::corrupt, "cannot read " + shown_ +
                                          ": the process in which netcdf-c and HDF5 had it open " + death.how +
                                          "; the file is damaged: make or fetch it again");
    case HelperDeath::Kind::killed:
      throw Error(ErrorCode::io, "cannot read " + shown_ +
                                     ": the process in which netcdf-c and HDF5 had it open was killed, by the system "
                                     "for want of memory or by somebody");
    case HelperDeath::Kind::loop:
      throw Error(ErrorCode::corrupt, "cannot read " + shown_ + ": netcdf-c and HDF5, which computed, " + death.how +
                                          "; the file is damaged: make or fetch it again. If it is not, "
                                          "more time helps: CHUNKWISE_HELPER_SECONDS=600");
    case HelperDeath::Kind::stall:
      break;
  }
  throw Error(ErrorCode::io, "cannot read " + shown_ + ": netcdf-c and HDF5, which waited for its disk, " + death.how +
                                 "; more time may help: CHUNKWISE_HELPER_SECONDS=600");
}

void IsolatedFile::fail_nonsense(const Error& error) const {
  Helper& helper = Helper::instance();
  {
    const std::lock_guard lock(helper.mutex);
    helper.end();
  }
  fail({std::string("answered what makes no sense: ") + error.what(), HelperDeath::Kind::crash});
}

void IsolatedFile::open(Helper& helper) const {
  const auto require_unchanged = [&] {
    if (stamp_of(path_) != stamp_)
      throw Error(ErrorCode::changed,
                  shown_ + " was changed since it was opened; arrays made of it are void: open it again");
  };
  if (helper.damaged != 0 && helper.damaged != id_) helper.end();
  HelperProcess& process = helper.process();
  require_unchanged();
  ByteWriter question;
  question.number(static_cast<std::uint64_t>(Question::open), 1);
  question.text(path_);
  question.text(shown_);
  std::array<std::byte, 4> answer{};
  ++helper.files;
  process.ask(question.take(), exactly(answer.data(), answer.size()));
  number_ = static_cast<std::uint32_t>(ByteReader(answer, "number of a file").number(4));
  generation_ = helper.generation();
  require_unchanged();
}

void IsolatedFile::ask_into(Question kind, const std::function<void(ByteWriter&)>& write,
                            const HelperProcess::Place& place) const {
  Helper& helper = Helper::instance();
  const std::lock_guard lock(helper.mutex);
  for (bool again = false;; again = true) {
    try {
      if (!helper.runs(generation_)) open(helper);
      ByteWriter question;
      question.number(static_cast<std::uint64_t>(kind), 1);
      question.number(number_, 4);
      write(question);
      helper.process().ask(question.take(), place);
      return;
    } catch (const HelperDeath& death) {
      const bool alone = helper.files <= 1;
      helper.end();
      // Another file may have written over the memory of the helper: this file gets a helper that has met no other.
      const bool may_be_another =
          death.kind == HelperDeath::Kind::killed || (death.kind == HelperDeath::Kind::crash && !alone);
      if (again || !may_be_another) fail(death);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::corrupt && !helper.outlives_damage) helper.damaged = id_;
      // The error names the file already.
      if (std::string_view(error.what()).find(shown_) != std::string_view::npos) throw;
      throw Error(error.code(), "cannot read " + shown_ + ": " + error.what());
    }
  }
}

std::vector<std::byte> IsolatedFile::ask_bytes(Question kind, const std::function<void(ByteWriter&)>& write) const {
  std::vector<std::byte> answer;
  ask_into(kind, write, [&](std::size_t size) {
    if (size > most_answer_bytes)
      throw Error(ErrorCode::corrupt, "an answer of " + std::to_string(size) + " bytes about metadata");
    answer.resize(size);
    return std::span(answer);
  });
  return answer;
}

template <class Take>
auto IsolatedFile::ask(Question kind, const std::function<void(ByteWriter&)>& write, Take&& take) const {
  const std::vector<std::byte> answer = ask_bytes(kind, write);
  try {
    ByteReader in(answer, "answer of a helper");
    auto value = take(in);
    in.end();
    return value;
  } catch (const Error& error) {
    fail_nonsense(error);
  }
}

std::string IsolatedFile::format() const {
  return ask(Question::format, nothing, [](ByteReader& in) { return in.text(); });
}

Attributes IsolatedFile::attributes() const { return ask(Question::attributes, nothing, &take_attributes); }

std::vector<DimensionDescription> IsolatedFile::dimensions() const {
  return ask(Question::dimensions, nothing, &take_dimensions);
}

std::vector<VariableEntry> IsolatedFile::variables() const { return ask(Question::variables, nothing, &take_entries); }

Location IsolatedFile::locate(const std::string& variable) const {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, location] : located_)
      if (name == variable) return location;
  }
  const Location location = ask(
      Question::locate, [&](ByteWriter& out) { out.text(variable); }, &take_location);
  const std::lock_guard lock(mutex_);
  located_.emplace_back(variable, location);
  return location;
}

Variable IsolatedFile::describe(const Location& at, const std::string& where) const {
  return ask(
      Question::describe,
      [&](ByteWriter& out) {
        put(out, at);
        out.text(where);
      },
      &take_variable);
}

std::optional<Location> IsolatedFile::find_coordinate(const Location& variable, int dimension_id,
                                                      const std::string& name) const {
  return ask(
      Question::find_coordinate,
      [&](ByteWriter& out) {
        put(out, variable);
        out.number(static_cast<std::uint32_t>(dimension_id), 4);
        out.text(name);
      },
      [](ByteReader& in) { return in.number(1) == 1 ? std::optional(take_location(in)) : std::nullopt; });
}

void IsolatedFile::read_line(const Location& at, std::int64_t count, void* out, const std::string& doing) const {
  if (count <= 0) return;
  // The caller has room for elements as describe() describes them, so this is asked for again.
  const std::size_t bytes = size_of(describe(at, doing).type);
  read_box({at, bytes, {1}}, {{0, 1, count}}, out, doing);
}

void IsolatedFile::read_box(const Elements& of, const Region& box, void* out, const std::string& doing) const {
  // Cuts pieces that follow each other in the result: the axes before the one that is cut have one index each.
  int axis = 0;
  while (axis < box.rank() && box[axis].count == 1) ++axis;
  std::int64_t inner = static_cast<std::int64_t>(of.bytes);
  for (int i = axis + 1; i < box.rank(); ++i) inner *= box[i].count;
  const std::int64_t taken =
      axis == box.rank() ? 1
                         : first_piece(box[axis], of.block[axis], most_piece_bytes / std::max<std::int64_t>(inner, 1));
  if (axis < box.rank() && taken < box[axis].count) {
    Region first = box;
    first[axis].count = taken;
    Region rest = box;
    rest[axis].start += taken;
    rest[axis].count -= taken;
    read_box(of, first, out, doing);
    return read_box(of, rest, static_cast<std::byte*>(out) + taken * inner, doing);
  }
  const auto bytes = static_cast<std::size_t>(box.elements()) * of.bytes;
  ask_into(
      Question::box,
      [&](ByteWriter& question) {
        put(question, of.at);
        question.number(of.bytes, 1);
        question.number(static_cast<std::uint64_t>(box.rank()), 1);
        for (const AxisRange& range : box) question.range(range);
        question.text(doing);
      },
      exactly(out, bytes));
}

TextVariable IsolatedFile::read_text(const Location& at, bool with_elements, const std::string& where) const {
  return ask(
      Question::text,
      [&](ByteWriter& out) {
        put(out, at);
        out.number(with_elements ? 1U : 0U, 1);
        out.text(where);
      },
      &take_text);
}

const StoredChunks* IsolatedFile::stored_chunks(const StoredChunks::Expected& variable) const {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, chunks] : stored_chunks_)
      if (name == variable.name) return chunks.get();
  }
  const std::optional<ChunkLayout> layout = ask(
      Question::chunks, [&](ByteWriter& out) { put(out, variable); },
      [](ByteReader& in) { return in.number(1) == 1 ? std::optional(take_layout(in)) : std::nullopt; });
  std::unique_ptr<const StoredChunks> chunks;
  if (layout)
    chunks = std::make_unique<const StoredChunks>(variable, std::make_unique<HelperChunks>(*this, variable, *layout));
  const std::lock_guard lock(mutex_);
  for (const auto& [name, earlier] : stored_chunks_)
    if (name == variable.name) return earlier.get();
  return stored_chunks_.emplace_back(variable.name, std::move(chunks)).second.get();
}

std::optional<StoredChunk> IsolatedFile::fetch(const StoredChunks::Expected& variable, const ChunkIndex& chunk) const {
  constexpr std::size_t skipped_bytes = 4;
  StoredChunk stored;
  std::size_t size = 0;
  ask_into(
      Question::chunk,
      [&](ByteWriter& out) {
        put(out, variable);
        for (const std::int64_t place : chunk) out.number(place);
      },
      [&](std::size_t answer) {
        size = answer;
        if (size == 0) return std::span<std::byte>();
        if (size <= skipped_bytes || size > most_stored_bytes(variable) + skipped_bytes)
          throw Error(ErrorCode::corrupt, "a chunk of " + std::to_string(size) + " bytes");
        stored.bytes = allocate_buffer(size);
        return std::span(stored.bytes.get(), size);
      });
  if (size == 0) return std::nullopt;
  stored.size = size - skipped_bytes;
  stored.skipped = static_cast<std::uint32_t>(
      ByteReader(std::span(stored.bytes.get() + stored.size, skipped_bytes), "filters").number(4));
  return stored;
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
