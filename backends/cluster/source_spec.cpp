#include "backends/cluster/source_spec.hpp"

#include <mutex>

#include "runtime/core/bytes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

constexpr std::size_t most_missing = 255;

void write(ByteWriter& out, const Encoding& encoding) {
  out.number(static_cast<std::uint64_t>(encoding.stored), 1);
  out.number(encoding.missing.size(), 1);
  for (const Scalar& missing : encoding.missing) out.scalar(missing);
  out.number(encoding.has_valid_range ? 1U : 0U, 1);
  out.scalar(encoding.valid_min);
  out.scalar(encoding.valid_max);
  out.number(encoding.scaled ? 1U : 0U, 1);
  out.real(encoding.scale);
  out.real(encoding.offset);
}

Encoding read_encoding(ByteReader& in) {
  Encoding encoding;
  encoding.stored = in.dtype();
  const auto stored = [&] {
    const Scalar scalar = in.scalar();
    if (scalar.dtype != encoding.stored) throw in.error("a missing value of another type than the stored one");
    return scalar;
  };
  const std::uint64_t missing = in.number(1);
  if (missing > most_missing) throw in.error(std::to_string(missing) + " missing values");
  for (std::uint64_t i = 0; i < missing; ++i) encoding.missing.push_back(stored());
  encoding.has_valid_range = in.number(1) != 0;
  encoding.valid_min = in.scalar();
  encoding.valid_max = in.scalar();
  if (encoding.has_valid_range &&
      (encoding.valid_min.dtype != encoding.stored || encoding.valid_max.dtype != encoding.stored))
    throw in.error("a valid range of another type than the stored one");
  encoding.scaled = in.number(1) != 0;
  encoding.scale = in.real();
  encoding.offset = in.real();
  return encoding;
}

/// A source that opens the one that its description names, once, when it is first read.
class DeferredSource final : public KnownSource {
 public:
  DeferredSource(SourceSpec source, SourceAccess access) : KnownSource(std::move(source)), access_(std::move(access)) {}
  void read(const Region& region, void* out) const override { opened().read(region, out); }

 private:
  const Source& opened() const {
    const std::scoped_lock lock(mutex_);
    if (opened_) return *opened_;
    SourcePtr source = open_source(spec().description, access_);
    if (source->dtype() != dtype() || !(source->shape() == shape()) || !(source->encoding() == encoding()))
      throw Error(ErrorCode::changed, describe() + " is not what the client saw: here it is " +
                                          std::string(name_of(source->dtype())) + " " + to_string(source->shape()) +
                                          ", there it was " + std::string(name_of(dtype())) + " " + to_string(shape()) +
                                          " or decoded in another way; open it again");
    opened_ = std::move(source);
    return *opened_;
  }
  SourceAccess access_;
  mutable std::mutex mutex_;
  mutable SourcePtr opened_;
};

}  // namespace

SourceFacts facts_of(const Source& source) {
  return {source.dtype(),      source.shape(),        source.grid(),    source.encoding(),
          source.read_block(), source.is_generated(), source.describe()};
}

std::vector<std::byte> to_bytes(const SourceSpec& source) {
  ByteWriter out;
  const SourceFacts& facts = source.facts;
  out.number(static_cast<std::uint64_t>(facts.dtype), 1);
  out.shape(facts.shape);
  out.grid(facts.grid);
  write(out, facts.encoding);
  out.shape(facts.read_block);
  out.number(facts.generated ? 1U : 0U, 1);
  out.text(facts.name);
  out.number(source.array ? 1U : 0U, 1);
  if (source.array) {
    out.number(source.array->run);
    out.number(static_cast<std::uint64_t>(source.array->step), 4);
  } else {
    out.text(source.description.kind);
    out.block(source.description.parameters);
  }
  return out.take();
}

SourceSpec source_spec_from_bytes(std::span<const std::byte> bytes) {
  ByteReader in(bytes, "source");
  SourceSpec source;
  SourceFacts& facts = source.facts;
  facts.dtype = in.dtype();
  facts.shape = in.shape();
  facts.grid = in.grid(facts.shape);
  facts.encoding = read_encoding(in);
  if (facts.encoding.has_missing() && !is_floating(facts.dtype))
    throw in.error("missing values without an element type that has NaN");
  facts.read_block = in.shape();
  if (facts.read_block.rank() != facts.shape.rank()) throw in.error("a read block of another rank");
  for (const std::int64_t extent : facts.read_block)
    if (extent < 1) throw in.error("a read block without extent");
  facts.generated = in.number(1) != 0;
  facts.name = in.text();
  if (in.number(1) != 0) {
    StepKey key;
    key.run = in.signed_number();
    key.step = static_cast<std::int32_t>(in.number(4));
    source.array = key;
    if (!facts.encoding.is_plain() || facts.encoding.stored != facts.dtype)
      throw in.error("an array of workers that is encoded");
  } else {
    source.description.kind = in.text();
    const auto parameters = in.block();
    source.description.parameters.assign(parameters.begin(), parameters.end());
  }
  in.end();
  return source;
}

void KnownSource::read(const Region&, void*) const {
  throw Error(ErrorCode::unsupported, describe() + " cannot be read here: a coordinator has no data");
}

Graph known_graph(std::span<const std::byte> bytes) {
  return graph_from_bytes(
      bytes,
      [](std::span<const std::byte> source) {
        return std::make_shared<const KnownSource>(source_spec_from_bytes(source));
      },
      UnknownFunctions::accepted);
}

SourcePtr deferred_source(SourceSpec source, SourceAccess access) {
  return std::make_shared<const DeferredSource>(std::move(source), std::move(access));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
