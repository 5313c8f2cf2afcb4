#pragma once
/// A source in a graph that travels: the facts that everybody has to know, and how a worker opens it. The client writes
/// the specification. The coordinator plans with it and never reads an element. A worker opens the source when it first
/// needs an element.
#include <optional>
#include <string>
#include <vector>

#include "backends/cluster/run_spec.hpp"
#include "chunkwise/graph/serialize.hpp"
#include "chunkwise/io/source_kinds.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

/// The facts of a source that are known without opening it.
struct SourceFacts {
  DType dtype = DType::float64;
  Shape shape;
  ChunkGrid grid;
  Encoding encoding;
  Shape read_block;
  bool generated = false;
  std::string name;  ///< Source::describe() at the client
};
[[nodiscard]] SourceFacts facts_of(const Source& source);

/// A source as it travels: by description, or as an array that workers keep.
struct SourceSpec {
  SourceFacts facts;
  SourceDescription description;  ///< of empty kind for an array
  std::optional<StepKey> array;
};
[[nodiscard]] std::vector<std::byte> to_bytes(const SourceSpec& source);
/// Throws invalid_argument if the bytes make no sense.
[[nodiscard]] SourceSpec source_spec_from_bytes(std::span<const std::byte> bytes);

/// A source of known facts, with which a coordinator plans. Reading it throws.
class KnownSource : public Source {
 public:
  explicit KnownSource(SourceSpec spec) : spec_(std::move(spec)) {}
  [[nodiscard]] const SourceSpec& spec() const { return spec_; }
  [[nodiscard]] DType dtype() const override { return spec_.facts.dtype; }
  [[nodiscard]] const Shape& shape() const override { return spec_.facts.shape; }
  [[nodiscard]] const ChunkGrid& grid() const override { return spec_.facts.grid; }
  [[nodiscard]] const Encoding& encoding() const override { return spec_.facts.encoding; }
  [[nodiscard]] Shape read_block() const override { return spec_.facts.read_block; }
  [[nodiscard]] bool is_generated() const override { return spec_.facts.generated; }
  [[nodiscard]] std::string describe() const override { return spec_.facts.name; }
  void read(const Region& region, void* out) const override;

 private:
  SourceSpec spec_;
};

/// Returns the graph of a client's bytes, its sources KnownSource, its functions known here or not.
[[nodiscard]] Graph known_graph(std::span<const std::byte> bytes);

/// Returns a source that is opened at its first read, and then has to agree with the facts.
[[nodiscard]] SourcePtr deferred_source(SourceSpec source, SourceAccess access);

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
