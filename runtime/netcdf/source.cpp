#include "runtime/netcdf/source.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "chunkwise/io/netcdf.hpp"
#include "chunkwise/io/source_kinds.hpp"
#include "runtime/core/bytes.hpp"
#include "runtime/netcdf/attributes.hpp"
#include "runtime/netcdf/box_reader.hpp"
#include "runtime/netcdf/cf.hpp"
#include "runtime/netcdf/classic_reader.hpp"
#include "runtime/netcdf/coordinates.hpp"
#include "runtime/netcdf/file.hpp"
#include "runtime/netcdf/netcdf4_file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// Most elements of a chunk that is made of a file's chunks: as many as ChunkGrid::automatic gives.
constexpr std::int64_t most_chunk_elements = std::int64_t{1} << 23;
/// Coordinates are held in memory; a dimension with more values than this has none.
constexpr std::int64_t most_coordinate_values = std::int64_t{1} << 27;

/// What every variable of a file has as a source; how elements are read depends on the format.
class VariableSource : public Source {
 public:
  struct Traits {
    std::shared_ptr<const File> file;
    std::string variable;
    DType as = DType::float64;
    bool decode = true;
    Shape shape;
    ChunkGrid grid;
    Encoding encoding;
    Shape read_unit;
  };
  explicit VariableSource(Traits traits) : traits_(std::move(traits)) {}

  [[nodiscard]] DType dtype() const override { return traits_.as; }
  [[nodiscard]] const Shape& shape() const override { return traits_.shape; }
  [[nodiscard]] const ChunkGrid& grid() const override { return traits_.grid; }
  [[nodiscard]] const Encoding& encoding() const override { return traits_.encoding; }
  [[nodiscard]] Shape read_unit() const override { return traits_.read_unit; }
  [[nodiscard]] std::string describe() const override { return traits_.variable + " of " + file().shown(); }

  [[nodiscard]] std::string identity() const override {
    const FileStamp& stamp = file().stamp();
    std::string text = "netcdf|" + file().path();
    for (const std::string& part :
         {std::to_string(stamp.device), std::to_string(stamp.inode), std::to_string(stamp.modified_ns),
          std::to_string(stamp.size), traits_.variable, std::string(name_of(traits_.as)),
          std::string(traits_.decode ? "decoded" : "stored")})
      text += "|" + part;
    return text;
  }

  [[nodiscard]] SourceDescription description() const override {
    const FileStamp& stamp = file().stamp();
    ByteWriter out;
    out.text(file().path());
    out.number(stamp.size, 8);
    out.number(stamp.modified_ns);
    out.text(traits_.variable);
    out.number(static_cast<std::uint64_t>(traits_.as), 1);
    out.number(traits_.decode ? 1U : 0U, 1);
    return {"netcdf", out.take()};
  }

  void read(const Region& region, void* out) const override {
    require_inside(region);
    if (region.elements() == 0) return;
    file().require_unchanged();
    try {
      read_elements(region, out);
    } catch (const Error& error) {
      file().require_unchanged();  // what looks like damage may be a file that is being replaced
      throw Error(error.code(), std::string(error.what()) + ", in the region " + to_string(region));
    }
    file().require_unchanged();
  }

 protected:
  [[nodiscard]] const File& file() const { return *traits_.file; }
  [[nodiscard]] const Traits& traits() const { return traits_; }
  virtual void read_elements(const Region& region, void* out) const = 0;

 private:
  void require_inside(const Region& region) const {
    bool inside = region.rank() == shape().rank();
    for (int axis = 0; inside && axis < region.rank(); ++axis) {
      const AxisRange& range = region[axis];
      const std::int64_t last = range.start + (range.count - 1) * range.step;
      inside = range.count >= 0 &&
               (range.count == 0 || (std::min(range.start, last) >= 0 && std::max(range.start, last) < shape()[axis]));
    }
    if (!inside)
      throw Error(ErrorCode::out_of_range,
                  describe() + ": the region " + to_string(region) + " is not inside the shape " + to_string(shape()));
  }

  Traits traits_;
};

class ClassicSource final : public VariableSource {
 public:
  ClassicSource(Traits traits, const ClassicLayout& layout) : VariableSource(std::move(traits)), layout_(layout) {}

 protected:
  void read_elements(const Region& region, void* out) const override {
    read_classic(*file().descriptor(), layout_, region, out, "cannot read " + describe());
  }

 private:
  ClassicLayout layout_;
};

class Hdf5Source final : public VariableSource {
 public:
  Hdf5Source(Traits traits, bool filtered) : VariableSource(std::move(traits)), filtered_(filtered) {}

 protected:
  void read_elements(const Region& region, void* out) const override {
    const std::shared_ptr<const Netcdf4File> handle = file().netcdf();
    const Location location = handle->locate(traits().variable);
    const StoredChunks* const chunks =
        filtered_
            ? handle->stored_chunks({traits().variable, traits().shape, traits().read_unit, size_of(encoding().stored)})
            : nullptr;
    const std::string doing = "cannot read " + describe();
    const ReadBox read_box = [&](const Region& box, void* to) {
      if (chunks && chunks->read(box, to, doing)) return;
      handle->read_box({location, size_of(encoding().stored), traits().read_unit}, box, to, doing);
    };
    read_in_boxes(region, size_of(encoding().stored), traits().read_unit, read_box, out);
  }

 private:
  bool filtered_;  ///< in chunks that are compressed
};

std::vector<Coordinate> read_coordinates(const OpenFile& file, const Location& location, const Variable& variable,
                                         bool decode, const std::string& shown) {
  std::vector<Coordinate> coordinates;
  for (int axis = 0; axis < variable.shape.rank(); ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    std::optional<Location> place;
    if (variable.shape[axis] <= most_coordinate_values)
      place = file.find_coordinate(location, variable.dimension_ids[i], variable.dimensions[i]);
    coordinates.push_back(place ? read_coordinate(file, *place, variable.shape[axis], decode,
                                                  "coordinate " + variable.dimensions[i] + " of " + shown)
                                : Coordinate());
  }
  return coordinates;
}

}  // namespace

ChunkGrid choose_grid(const Shape& shape, const Shape& stored, const Shape& wanted, const std::string& where) {
  if (!wanted.empty()) {
    if (wanted.rank() != shape.rank())
      throw Error(ErrorCode::invalid_argument, where + ": chunks of " + to_string(wanted) +
                                                   " were asked for, but its " + "shape is " + to_string(shape) +
                                                   "; give one number an axis");
    if (std::any_of(wanted.begin(), wanted.end(), [](std::int64_t extent) { return extent < 0; }))
      throw Error(ErrorCode::invalid_argument, where + ": chunks of " + to_string(wanted) +
                                                   " were asked for; an extent is at least 1, or 0 for a whole axis");
    return ChunkGrid::regular(shape, wanted);
  }
  if (stored.empty()) return ChunkGrid::automatic(shape);
  Shape chunk = stored;
  for (int axis = 0; axis < shape.rank(); ++axis)
    chunk[axis] = std::min(chunk[axis], std::max<std::int64_t>(shape[axis], 1));
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    const std::int64_t room = most_chunk_elements / std::max<std::int64_t>(chunk.elements(), 1);
    if (room < 2) continue;
    const std::int64_t pieces = (shape[axis] + chunk[axis] - 1) / chunk[axis];
    chunk[axis] = pieces <= room ? std::max<std::int64_t>(shape[axis], 1) : chunk[axis] * room;
  }
  return ChunkGrid::regular(shape, chunk);
}

OpenedVariable open_variable(const std::string& path, const std::string& variable_path, DType as,
                             const NetcdfOptions& options, bool with_coordinates) {
  VariableSource::Traits traits;
  auto file = std::make_shared<const File>(path, options.isolated);
  const std::string where = variable_path + " of " + path;
  const std::shared_ptr<const OpenFile> contents = file->open();
  const Location location = contents->locate(variable_path);
  Variable variable = contents->describe(location, where);

  OpenedVariable opened;
  opened.path = path;
  opened.name = variable.name;
  opened.dimensions = variable.dimensions;
  opened.record_axis = variable.record_axis;
  opened.units = text_attribute(variable.attributes, "units");
  opened.attributes = options.decode ? decoded_attributes(variable.attributes) : variable.attributes;
  if (with_coordinates) opened.coordinates = read_coordinates(*contents, location, variable, options.decode, path);

  traits.encoding.stored = variable.type;
  if (options.decode)
    traits.encoding = cf_encoding({variable.type, variable.attributes, variable.prefilled}, as, where);
  traits.grid = choose_grid(variable.shape, variable.chunks, options.chunks, where);
  traits.read_unit = variable.filtered ? variable.chunks : Shape::filled(variable.shape.rank(), 1);
  traits.shape = variable.shape;
  traits.file = std::move(file);
  traits.variable = variable_path;
  traits.as = as;
  traits.decode = options.decode;
  if (const auto layout = contents->layout(location))
    opened.source = std::make_shared<const ClassicSource>(std::move(traits), *layout);
  else
    opened.source = std::make_shared<const Hdf5Source>(std::move(traits), variable.filtered);
  return opened;
}

namespace {

/// The same file here: of the size and time that the client saw, or it is another one.
SourcePtr open_described(std::span<const std::byte> bytes, const SourceAccess& access) {
  ByteReader in(bytes, "variable of a NetCDF file");
  const std::string path = in.text();
  const std::uint64_t size = in.number(8);
  const std::int64_t modified = in.signed_number();
  const std::string variable = in.text();
  const DType as = in.dtype();
  NetcdfOptions options;
  options.decode = in.number(1) != 0;
  options.isolated = access.isolated;
  in.end();
  const std::string here = access.resolve(path);
  const FileStamp stamp = stamp_of(here);
  if (stamp.size != size || stamp.modified_ns != modified)
    throw Error(ErrorCode::changed,
                here + " is not the file that was opened: " +
                    (stamp.size != size ? "it has " + std::to_string(stamp.size) + " bytes, not " + std::to_string(size)
                                        : "it was written at another time") +
                    "; open it again, or copy files with their times (cp -p, rsync -t)");
  return open_variable(here, variable, as, options, false).source;
}

}  // namespace

}  // namespace netcdf

void register_netcdf_kind() { register_source_kind("netcdf", &netcdf::open_described); }

}  // namespace chunkwise::inline CHUNKWISE_ABI
