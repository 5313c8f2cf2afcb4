#include "runtime/executor/states_bytes.hpp"

#include <bit>
#include <cstring>

#include "runtime/core/bytes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::executor {

static_assert(std::endian::native == std::endian::little, "chunkwise: states travel as little endian numbers");

namespace {

constexpr std::uint64_t format_version = 1;

std::span<const std::byte> field_bytes(const reduce::State& state, std::size_t field) {
  return {static_cast<const std::byte*>(state.field(field)), state.outputs * state.field_bytes};
}

void write(ByteWriter& writer, const reduce::State& state) {
  writer.number(reduce::number_in_bytes(state.kind), 1);
  writer.number(static_cast<std::uint64_t>(state.element), 1);
  writer.number(state.outputs, 8);
  writer.number(state.count);
  if (reduce::is_absent(state)) return;
  for (std::size_t f = 0; f < state.fields; ++f) writer.raw(field_bytes(state, f));
}

/// Reads the bytes that a stage leads it to expect, and believes nothing else.
class Reader {
 public:
  Reader(const Partition& partition, std::int64_t tile, std::span<const std::byte> bytes)
      : bytes_(bytes, "partial reduction of this stage"),
        partition_(partition),
        outputs_(static_cast<std::size_t>(partition.tile(tile).elements())) {}

  [[nodiscard]] std::uint64_t number(int bytes) { return bytes_.number(bytes); }
  void expect(std::int64_t expected, int bytes, const char* what) {
    if (const auto value = static_cast<std::int64_t>(bytes_.number(bytes)); value != expected)
      throw bytes_.error(std::string(what) + " " + std::to_string(value) + " in place of " + std::to_string(expected));
  }

  Part part(const plan::FoldTask& task) {
    Part part;
    part.kind = static_cast<Part::Kind>(bytes_.number(1));
    part.height = static_cast<std::int32_t>(bytes_.number(4));
    part.index = bytes_.signed_number();
    part.count = bytes_.signed_number();
    const auto [first, last] = chunks_of(part, partition_.chunks(), partition_.merge_group_size());
    if (first >= last) throw bytes_.error("a part that the reduction does not have");
    // A group without elements has no bytes, and each state has some.
    const std::vector<std::int64_t> counts = partition_.elements_of_groups(task, first, last);
    for (const std::int64_t count : counts)
      for (const reduce::StateCode kind : task.states)
        part.states.push_back(state(kind, task.body.node->dtype, count, task.grouping != nullptr));
    return part;
  }

  void end() const { bytes_.end(); }

 private:
  reduce::State state(reduce::StateCode kind, DType element, std::int64_t count, bool may_be_absent) {
    expect(reduce::number_in_bytes(kind), 1, "kind");
    expect(static_cast<std::int64_t>(element), 1, "element type");
    expect(static_cast<std::int64_t>(outputs_), 8, "outputs");
    expect(count, 8, "elements");
    if (may_be_absent && count == 0) return reduce::absent(kind, element, outputs_);
    // Memory is taken once the numbers are known to be there.
    const std::byte* from = bytes_.raw(reduce::state_bytes(kind, element) * outputs_).data();
    reduce::State state(kind, element, outputs_);
    state.count = count;
    const std::size_t field = outputs_ * state.field_bytes;
    for (std::size_t f = 0; f < state.fields; ++f, from += field) std::memcpy(state.field(f), from, field);
    return state;
  }

  ByteReader bytes_;
  const Partition& partition_;
  std::size_t outputs_;
};

}  // namespace

std::vector<std::byte> to_bytes(const TileParts& parts) {
  ByteWriter writer;
  std::size_t size = 64;
  for (const Parts& task : parts.tasks)
    for (const Part& part : task)
      for (const reduce::State& state : part.states) size += 64 + state.bytes();
  writer.reserve(size);
  writer.number(format_version, 1);
  writer.number(parts.tile);
  writer.number(parts.tasks.size(), 4);
  for (const Parts& task : parts.tasks) {
    writer.number(task.size(), 8);
    for (const Part& part : task) {
      writer.number(static_cast<std::uint64_t>(part.kind), 1);
      writer.number(static_cast<std::uint32_t>(part.height), 4);
      writer.number(part.index);
      writer.number(part.count);
      for (const reduce::State& state : part.states) write(writer, state);
    }
  }
  return writer.take();
}

TileParts parts_from_bytes(const Partition& partition, std::int64_t tile, std::span<const std::byte> bytes) {
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
