#include "runtime/executor/states_bytes.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "runtime/core/bytes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

static_assert(std::endian::native == std::endian::little, "chunkwise: states travel as little endian numbers");

namespace {

constexpr std::uint64_t format_version = 2;
constexpr std::size_t alignment = 64;
constexpr std::size_t head_length = 8;  ///< bytes of the number that tells the size of the head

/// Returns where the first state lies behind a head of so many bytes.
std::size_t first_state(std::size_t head) { return (head_length + head + alignment - 1) / alignment * alignment; }

void describe(ByteWriter& head, const reduce::State& state) {
  head.number(reduce::number_in_bytes(state.kind), 1);
  head.number(static_cast<std::uint64_t>(state.element), 1);
  head.number(state.outputs, 8);
  head.number(state.count);
}

/// Writes the fields of a state, with zeros between them.
void write(std::byte* to, const reduce::State& state) {
  const std::size_t used = state.outputs * state.field_bytes;
  const std::size_t stride = state.fields > 0 ? state.bytes() / state.fields : 0;
  for (std::size_t f = 0; f < state.fields; ++f, to += stride) {
    std::memcpy(to, state.field(f), used);
    std::memset(to + used, 0, stride - used);
  }
}

template <class Visit>
void for_each_state(const TileParts& parts, const Visit& visit) {
  for (const Parts& task : parts.tasks)
    for (const Part& part : task)
      for (const reduce::State& state : part.states)
        if (!reduce::is_absent(state)) visit(state);
}

/// Reads the bytes that a stage leads it to expect, and believes nothing else.
class Reader {
 public:
  Reader(const Partition& partition, std::int64_t tile, const SharedBytes& bytes)
      : bytes_(bytes),
        head_(head_of(bytes.bytes), what),
        next_(first_state(head_size(bytes.bytes))),
        partition_(partition),
        outputs_(static_cast<std::size_t>(partition.tile(tile).elements())) {
    // States are merged in place, so they cannot stay in memory that the caller keeps, nor where vectors are not
    // aligned.
    const auto address = reinterpret_cast<std::uintptr_t>(bytes.bytes.data());
    if (bytes.owner && address % alignment == 0) return;
    const Buffer own = allocate_buffer(std::max<std::size_t>(bytes.bytes.size(), 1));
    std::ranges::copy(bytes.bytes, own.get());
    bytes_ = share(own, bytes.bytes.size());
  }

  [[nodiscard]] std::uint64_t number(int bytes) { return head_.number(bytes); }
  void expect(std::int64_t expected, int bytes, const char* name) {
    if (const auto value = static_cast<std::int64_t>(head_.number(bytes)); value != expected)
      throw head_.error(std::string(name) + " " + std::to_string(value) + " in place of " + std::to_string(expected));
  }

  Part part(const plan::FoldTask& task) {
    Part part;
    part.kind = static_cast<Part::Kind>(head_.number(1));
    part.height = static_cast<std::int32_t>(head_.number(4));
    part.index = head_.signed_number();
    part.count = head_.signed_number();
    const auto [first, last] = chunks_of(part, partition_.chunks(), partition_.merge_group_size());
    if (first >= last) throw head_.error("a part that the reduction does not have");
    // A group without elements has no bytes, and each state has some.
    const std::vector<std::int64_t> counts = partition_.elements_of_groups(task, first, last);
    for (const std::int64_t count : counts)
      for (const reduce::StateCode kind : task.states)
        part.states.push_back(state(kind, task.body.node->dtype, count, task.grouping != nullptr));
    return part;
  }

  void end() const {
    head_.end();
    if (bytes_.bytes.size() != next_) throw head_.error("bytes after the last state");
  }

 private:
  static constexpr const char* what = "partial reduction of this stage";

  static std::size_t head_size(std::span<const std::byte> bytes) {
    ByteReader size(bytes, what);
    const std::uint64_t head = size.number(head_length);
    if (head > bytes.size() - head_length) throw size.error("a head of " + std::to_string(head) + " bytes");
    return static_cast<std::size_t>(head);
  }
  static std::span<const std::byte> head_of(std::span<const std::byte> bytes) {
    return bytes.subspan(head_length, head_size(bytes));
  }

  reduce::State state(reduce::StateCode kind, DType element, std::int64_t count, bool may_be_absent) {
    expect(reduce::number_in_bytes(kind), 1, "kind");
    expect(static_cast<std::int64_t>(element), 1, "element type");
    expect(static_cast<std::int64_t>(outputs_), 8, "outputs");
    expect(count, 8, "elements");
    if (may_be_absent && count == 0) return reduce::absent(kind, element, outputs_);
    reduce::State state(kind, element, outputs_, nullptr);
    if (next_ > bytes_.bytes.size() || state.bytes() > bytes_.bytes.size() - next_)
      throw head_.error("states that are not there");
    state.memory = Buffer(bytes_.owner, const_cast<std::byte*>(bytes_.bytes.data()) + next_);
    state.count = count;
    next_ += state.bytes();
    return state;
  }

  SharedBytes bytes_;
  ByteReader head_;
  std::size_t next_;  ///< where the next state lies
  const Partition& partition_;
  std::size_t outputs_;
};

}  // namespace

SharedBytes to_bytes(const TileParts& parts) {
  ByteWriter head;
  head.number(format_version, 1);
  head.number(parts.tile);
  head.number(parts.tasks.size(), 4);
  for (const Parts& task : parts.tasks) {
    head.number(task.size(), 8);
    for (const Part& part : task) {
      head.number(static_cast<std::uint64_t>(part.kind), 1);
      head.number(static_cast<std::uint32_t>(part.height), 4);
      head.number(part.index);
      head.number(part.count);
      for (const reduce::State& state : part.states) describe(head, state);
    }
  }
  const std::vector<std::byte> description = head.take();
  std::size_t size = first_state(description.size());
  for_each_state(parts, [&](const reduce::State& state) { size += state.bytes(); });
  const Buffer bytes = allocate_buffer(size);
  const std::uint64_t description_size = description.size();
  std::memcpy(bytes.get(), &description_size, head_length);
  std::byte* to = std::ranges::copy(description, bytes.get() + head_length).out;
  std::byte* const states = bytes.get() + first_state(description.size());
  std::fill(to, states, std::byte{0});
  to = states;
  for_each_state(parts, [&](const reduce::State& state) {
    write(to, state);
    to += state.bytes();
  });
  return share(bytes, size);
}

TileParts parts_from_bytes(const Partition& partition, std::int64_t tile, const SharedBytes& bytes) {
  if (!partition.folds() || tile < 0 || tile >= partition.tiles())
    throw Error(ErrorCode::invalid_argument, "the stage has no tile " + std::to_string(tile) + " to reduce");
  Reader reader(partition, tile, bytes);
  reader.expect(static_cast<std::int64_t>(format_version), 1, "version");
  reader.expect(tile, 8, "tile");
  reader.expect(static_cast<std::int64_t>(plan::folds_of(partition.stage()).size()), 4, "reductions");
  TileParts parts{tile, {}};
  for (const plan::FoldTask& task : plan::folds_of(partition.stage())) {
    Parts& some = parts.tasks.emplace_back();
    // A count that lies meets the end of the bytes before long.
    for (auto left = reader.number(8); left > 0; --left) some.push_back(reader.part(task));
  }
  reader.end();
  return parts;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::executor
