#include "backends/cluster/array_record.hpp"

#include "chunkwise/core/companion.hpp"
#include "runtime/core/bytes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

namespace {

enum class AttributeKind : std::uint8_t { text = 0, reals = 1, integers = 2 };

void write(ByteWriter& out, const Attributes& attributes) {
  out.number(attributes.size(), 8);
  for (const Attribute& attribute : attributes) {
    out.text(attribute.name);
    out.number(static_cast<std::uint64_t>(attribute.dtype), 1);
    out.number(attribute.value.index(), 1);
    if (const auto* text = std::get_if<std::string>(&attribute.value)) {
      out.text(*text);
    } else if (const auto* reals = std::get_if<std::vector<double>>(&attribute.value)) {
      out.number(reals->size(), 8);
      for (const double value : *reals) out.real(value);
    } else {
      const auto& integers = std::get<std::vector<std::int64_t>>(attribute.value);
      out.number(integers.size(), 8);
      for (const std::int64_t value : integers) out.number(value);
    }
  }
}

Attributes read_attributes(ByteReader& in) {
  Attributes attributes(in.count(10));
  for (Attribute& attribute : attributes) {
    attribute.name = in.text();
    attribute.dtype = in.dtype();
    switch (static_cast<AttributeKind>(in.number(1))) {
      case AttributeKind::text:
        attribute.value = in.text();
        break;
      case AttributeKind::reals: {
        std::vector<double> values(in.count(8));
        for (double& value : values) value = in.real();
        attribute.value = std::move(values);
        break;
      }
      case AttributeKind::integers: {
        std::vector<std::int64_t> values(in.count(8));
        for (std::int64_t& value : values) value = in.signed_number();
        attribute.value = std::move(values);
        break;
      }
      default:
        throw in.error("an attribute of an unknown kind");
    }
  }
  return attributes;
}

void write(ByteWriter& out, const CoordinateValues& values) {
  out.number(static_cast<std::uint64_t>(values.dtype), 1);
  out.block(values.bytes);
  write(out, values.attributes);
}

Coordinate::Origin read_values(ByteReader& in, bool as_stored = false) {
  auto values = std::make_shared<CoordinateValues>();
  values->dtype = in.dtype();
  const auto bytes = in.block();
  if (bytes.size() % size_of(values->dtype) != 0) throw in.error("a coordinate that ends within a value");
  values->bytes.assign(bytes.begin(), bytes.end());
  values->attributes = read_attributes(in);
  values->as_stored = as_stored;
  return values;
}

enum class CoordinateKind : std::uint8_t { none = 0, values = 1, mixed = 2, stored_values = 3 };

/// Bits of the byte before the labels.
constexpr std::uint64_t has_labels = 1;
constexpr std::uint64_t has_stored_values = 2;

/// Writes values, and the coordinates that they were taken from if those differ. Readers tell by these origins which
/// coordinates may meet.
void write(ByteWriter& out, const Coordinate& coordinate) {
  const CoordinateKind kind = coordinate.holds_stored_values() ? CoordinateKind::stored_values
                              : coordinate                     ? CoordinateKind::values
                              : coordinate.is_mixed()          ? CoordinateKind::mixed
                                                               : CoordinateKind::none;
  out.number(static_cast<std::uint64_t>(kind), 1);
  if (kind == CoordinateKind::none) return;
  if (coordinate)
    write(out, CoordinateValues{coordinate.dtype(), coordinate.to_bytes(), coordinate.attributes(), false});
  std::vector<Coordinate::Origin> origins(coordinate.origins().begin(), coordinate.origins().end());
  if (coordinate && origins.size() == 1 && origins[0]->bytes == coordinate.to_bytes()) origins.clear();
  out.number(origins.size(), 8);
  for (const Coordinate::Origin& origin : origins) write(out, *origin);
}

Coordinate read_coordinate(ByteReader& in, std::int64_t extent) {
  const auto kind = static_cast<CoordinateKind>(in.number(1));
  if (kind == CoordinateKind::none) return {};
  if (kind > CoordinateKind::stored_values) throw in.error("a coordinate of an unknown kind");
  const Coordinate coordinate =
      kind == CoordinateKind::mixed ? Coordinate() : Coordinate(read_values(in, kind == CoordinateKind::stored_values));
  if (coordinate && coordinate.size() != extent) throw in.error("a coordinate of another size than its dimension's");
  std::vector<Coordinate::Origin> origins(in.count(17));
  for (Coordinate::Origin& origin : origins) origin = read_values(in);
  if (coordinate) return coordinate.with_origins(std::move(origins));
  if (origins.empty()) throw in.error("a mixed coordinate of nothing");
  return Coordinate::mixed(extent, std::move(origins));
}

/// A companion of more bytes than this is left out.
constexpr std::size_t most_companion_bytes = std::size_t{1} << 24;
constexpr std::size_t most_companion_axes = 64;

void write(ByteWriter& out, const std::vector<Companion>& companions) {
  std::vector<std::pair<const Companion*, std::vector<std::byte>>> there;
  for (const Companion& companion : companions) {
    std::size_t bytes = companion.is_text() ? 1 : size_of(companion.dtype());
    for (const std::int64_t extent : companion.extents()) bytes *= static_cast<std::size_t>(extent);
    if (bytes > most_companion_bytes) continue;
    if (auto read = companion.read()) there.emplace_back(&companion, *std::move(read));
  }
  out.number(there.size(), 8);
  for (const auto& [companion, bytes] : there) {
    out.text(companion->name());
    out.number(static_cast<std::uint64_t>(companion->dtype()), 1);
    out.number(companion->is_text() ? 1U : 0U, 1);
    const std::vector<std::string> dimensions = companion->dimensions();
    const std::vector<std::int64_t> extents = companion->extents();
    out.number(dimensions.size(), 8);
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
      out.text(dimensions[i]);
      out.number(extents[i]);
    }
    write(out, companion->attributes());
    out.block(bytes);
  }
}

Companion read_companion(ByteReader& in) {
  std::string name = in.text();
  const DType dtype = in.dtype();
  const bool is_text = in.number(1) != 0;
  std::vector<Companion::Axis> axes(in.count(16));
  if (axes.size() > most_companion_axes) throw in.error("a companion of more axes than there are");
  std::size_t bytes = is_text ? 1 : size_of(dtype);
  for (Companion::Axis& axis : axes) {
    axis.dimension = in.text();
    axis.stored = in.signed_number();
    axis.range = {0, 1, axis.stored};
    if (axis.stored < 0 || __builtin_mul_overflow(bytes, static_cast<std::size_t>(axis.stored), &bytes))
      throw in.error("an extent of a companion that cannot be");
  }
  Attributes attributes = read_attributes(in);
  const auto block = in.block();
  if (block.size() != bytes) throw in.error("a companion of another size than its extents'");
  return {std::move(name),
          dtype,
          is_text,
          std::move(axes),
          std::move(attributes),
          companion_values(std::vector<std::byte>(block.begin(), block.end()))};
}

std::vector<Companion> read_companions(ByteReader& in) {
  const std::size_t count = in.count(35);
  std::vector<Companion> companions;
  for (std::size_t i = 0; i < count; ++i) companions.push_back(read_companion(in));
  return companions;
}

}  // namespace

std::vector<std::byte> to_bytes(const ArrayRecord& record) {
  ByteWriter out;
  out.number(static_cast<std::uint64_t>(record.dtype), 1);
  out.shape(record.shape);
  out.grid(record.grid);
  out.number((record.labels.empty() ? 0 : has_labels) | (record.labels.holds_stored_values() ? has_stored_values : 0),
             1);
  if (record.labels.empty()) return out.take();
  for (int axis = 0; axis < record.shape.rank(); ++axis) {
    out.text(record.labels.dimension(axis));
    write(out, record.labels.coordinate(axis));
  }
  out.text(record.labels.name());
  write(out, record.labels.attributes());
  std::uint64_t records = 0;
  for (int axis = 0; axis < record.shape.rank(); ++axis) records |= record.labels.is_record(axis) ? 1U << axis : 0U;
  out.number(records, 1);
  write(out, record.labels.companions());
  write(out, record.labels.file_attributes());
  return out.take();
}

ArrayRecord record_from_bytes(std::span<const std::byte> bytes) {
  ByteReader in(bytes, "published array");
  ArrayRecord record;
  record.dtype = in.dtype();
  record.shape = in.shape();
  record.grid = in.grid(record.shape);
  const std::uint64_t says = in.number(1);
  if (says > (has_labels | has_stored_values)) throw in.error("labels of an unknown kind");
  if (says != 0) {
    std::vector<std::string> dimensions;
    std::vector<Coordinate> coordinates;
    for (int axis = 0; axis < record.shape.rank(); ++axis) {
      dimensions.push_back(in.text());
      coordinates.push_back(read_coordinate(in, record.shape[axis]));
    }
    std::string name = in.text();
    Attributes attributes = read_attributes(in);
    record.labels = Labels(std::move(dimensions), std::move(coordinates), std::move(name), std::move(attributes))
                        .with_stored_values((says & has_stored_values) != 0);
    const std::uint64_t records = in.number(1);
    for (int axis = 0; axis < record.shape.rank(); ++axis)
      if ((records >> axis & 1U) != 0) record.labels = record.labels.with_record(axis);
    record.labels = record.labels.with_companions(read_companions(in));
    record.labels = record.labels.with_file_attributes(read_attributes(in));
  }
  in.end();
  return record;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
