#include "backends/thrift/client/array_record.hpp"

#include "runtime/core/bytes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::thrift {

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

void write(ByteWriter& out, const Coordinate& coordinate) {
  out.number(coordinate ? 1U : 0U, 1);
  if (!coordinate) return;
  out.number(static_cast<std::uint64_t>(coordinate.dtype()), 1);
  const std::vector<std::byte> values = coordinate.to_bytes();
  out.block(values);
  write(out, coordinate.attributes());
}

Coordinate read_coordinate(ByteReader& in, std::int64_t extent) {
  if (in.number(1) == 0) return {};
  auto values = std::make_shared<CoordinateValues>();
  values->dtype = in.dtype();
  const auto bytes = in.block();
  if (bytes.size() != static_cast<std::size_t>(extent) * size_of(values->dtype))
    throw in.error("a coordinate of another size than its dimension's");
  values->bytes.assign(bytes.begin(), bytes.end());
  values->attributes = read_attributes(in);
  return Coordinate(std::move(values));
}

}  // namespace

std::vector<std::byte> to_bytes(const ArrayRecord& record) {
  ByteWriter out;
  out.number(static_cast<std::uint64_t>(record.dtype), 1);
  out.shape(record.shape);
  out.grid(record.grid);
  out.number(record.labels.empty() ? 0U : 1U, 1);
  if (record.labels.empty()) return out.take();
  for (int axis = 0; axis < record.shape.rank(); ++axis) {
    out.text(record.labels.dimension(axis));
    write(out, record.labels.coordinate(axis));
  }
  out.text(record.labels.name());
  write(out, record.labels.attributes());
  return out.take();
}

ArrayRecord record_from_bytes(std::span<const std::byte> bytes) {
  ByteReader in(bytes, "published array");
  ArrayRecord record;
  record.dtype = in.dtype();
  record.shape = in.shape();
  record.grid = in.grid(record.shape);
  if (in.number(1) != 0) {
    std::vector<std::string> dimensions;
    std::vector<Coordinate> coordinates;
    for (int axis = 0; axis < record.shape.rank(); ++axis) {
      dimensions.push_back(in.text());
      coordinates.push_back(read_coordinate(in, record.shape[axis]));
    }
    std::string name = in.text();
    Attributes attributes = read_attributes(in);
    record.labels = Labels(std::move(dimensions), std::move(coordinates), std::move(name), std::move(attributes));
  }
  in.end();
  return record;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::thrift
