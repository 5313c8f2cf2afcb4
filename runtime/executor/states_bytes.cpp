#include "runtime/executor/states_bytes.hpp"

#include <bit>
#include <cstring>

namespace chunkwise::inline CHUNKWISE_ABI::executor {

static_assert(std::endian::native == std::endian::little, "chunkwise: bytes between workers are little endian");

namespace {

constexpr std::uint8_t format_version = 1;

class Writer {
 public:
  template <class Number>
  void number(Number value) {
    bytes(&value, sizeof value);
  }
  void bytes(const void* from, std::size_t size) {
    const auto* first = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), first, first + size);
  }
  void state(const reduce::State& state) {
    number(static_cast<std::uint8_t>(state.kind));
    number(static_cast<std::uint8_t>(state.element));
    number(static_cast<std::uint64_t>(state.outputs));
    number(state.count);
    for (std::size_t f = 0; f < reduce::fields_of(state.kind); ++f) bytes(state.field(f), state.outputs * 8);
  }
  void reserve(std::size_t size) { bytes_.reserve(size); }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Reads what a stage leads it to expect, and believes nothing else.
class Reader {
 public:
  Reader(const Cut& cut, std::int64_t tile, std::span<const std::byte> bytes)
      : cut_(cut), bytes_(bytes), outputs_(static_cast<std::size_t>(cut.tile(tile).elements())) {}

  template <class Number>
  Number number() {
    Number value{};
    std::memcpy(&value, take(sizeof value), sizeof value);
    return value;
  }
  template <class Number>
  void expect(Number expected, const char* what) {
    if (const Number value = number<Number>(); value != expected)
      throw error(std::string(what) + " " + std::to_string(value) + " in place of " + std::to_string(expected));
  }

  Part part(const plan::ReduceTask& task) {
    Part part;
    part.kind = static_cast<Part::Kind>(number<std::uint8_t>());
    part.level = number<std::int32_t>();
    part.index = number<std::int64_t>();
    part.count = number<std::int64_t>();
    const auto [first, last] = chunks_of(part, cut_.chunks(), cut_.run());
    if (first >= last) throw error("a part that the reduction does not have");
    const std::int64_t count = cut_.reduced_elements(first, last);
    for (const reduce::StateKind kind : task.kinds) part.states.push_back(state(kind, task.body.node->dtype, count));
    return part;
  }

  void end() const {
    if (at_ != bytes_.size()) throw error("more bytes than they say");
  }
  [[nodiscard]] Error error(const std::string& what) const {
    return {ErrorCode::invalid_argument,
            "these bytes are no partial reduction of this stage: " + what + " at byte " + std::to_string(at_)};
  }

 private:
  const std::byte* take(std::size_t size) {
    if (bytes_.size() - at_ < size) throw error("they end too early");
    const std::byte* const from = bytes_.data() + at_;
    at_ += size;
    return from;
  }
  reduce::State state(reduce::StateKind kind, DType element, std::int64_t count) {
    expect(static_cast<std::uint8_t>(kind), "kind");
    expect(static_cast<std::uint8_t>(element), "element type");
    expect(static_cast<std::uint64_t>(outputs_), "outputs");
    expect(count, "elements");
    const std::size_t field = outputs_ * 8;
    // Memory is taken once the numbers are known to be there.
    const std::byte* from = take(reduce::fields_of(kind) * field);
    reduce::State state(kind, element, outputs_);
    state.count = count;
    for (std::size_t f = 0; f < reduce::fields_of(kind); ++f, from += field) std::memcpy(state.field(f), from, field);
    return state;
  }

  const Cut& cut_;
  std::span<const std::byte> bytes_;
  std::size_t outputs_;
  std::size_t at_ = 0;
};

}  // namespace

std::vector<std::byte> to_bytes(const TileParts& parts) {
  Writer writer;
  std::size_t size = 64;
  for (const Parts& task : parts.tasks)
    for (const Part& part : task)
      for (const reduce::State& state : part.states) size += 64 + state.bytes();
  writer.reserve(size);
  writer.number(format_version);
  writer.number(parts.tile);
  writer.number(static_cast<std::uint32_t>(parts.tasks.size()));
  for (const Parts& task : parts.tasks) {
    writer.number(static_cast<std::uint64_t>(task.size()));
    for (const Part& part : task) {
      writer.number(static_cast<std::uint8_t>(part.kind));
      writer.number(part.level);
      writer.number(part.index);
      writer.number(part.count);
      for (const reduce::State& state : part.states) writer.state(state);
    }
  }
  return writer.take();
}

TileParts parts_from_bytes(const Cut& cut, std::int64_t tile, std::span<const std::byte> bytes) {
  if (!cut.reduces() || tile < 0 || tile >= cut.tiles())
    throw Error(ErrorCode::invalid_argument, "the stage has no tile " + std::to_string(tile) + " to reduce");
  Reader reader(cut, tile, bytes);
  reader.expect(format_version, "version");
  reader.expect(tile, "tile");
  reader.expect(static_cast<std::uint32_t>(cut.stage().reductions.size()), "reductions");
  TileParts parts{tile, {}};
  for (const plan::ReduceTask& task : cut.stage().reductions) {
    Parts& some = parts.tasks.emplace_back();
    // A count that lies meets the end of the bytes before long.
    for (auto left = reader.number<std::uint64_t>(); left > 0; --left) some.push_back(reader.part(task));
  }
  reader.end();
  return parts;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
