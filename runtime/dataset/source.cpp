#include "runtime/dataset/source.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "chunkwise/io/netcdf.hpp"
#include "chunkwise/io/source_kinds.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/bytes.hpp"
#include "runtime/core/exact.hpp"
#include "runtime/core/unravel.hpp"
#include "runtime/dataset/cf.hpp"
#include "runtime/dataset/coordinates.hpp"
#include "runtime/dataset/format/file_system.hpp"
#include "runtime/dataset/format/format.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

/// Most elements of a chunk that is made of a file's chunks: as many as ChunkGrid::automatic makes.
constexpr std::int64_t most_chunk_elements = std::int64_t{1} << 23;
/// Coordinates are held in memory; a dimension with more values than this has none.
constexpr std::int64_t most_coordinate_values = std::int64_t{1} << 27;

/// A variable of a file as a source.
class VariableSource final : public Source {
 public:
  struct Traits {
    std::shared_ptr<const File> file;
    std::shared_ptr<const RegionReader> reader;
    std::string variable;
    Reading reading;
    Shape shape;
    ChunkGrid grid;
    Encoding encoding;
    Shape read_block;
  };
  explicit VariableSource(Traits traits)
      : traits_(std::move(traits)),
        is_checked_(!traits_.reading.cast && !traits_.encoding.scaled && is_floating(traits_.reading.as) &&
                    is_integer(traits_.encoding.stored) && size_of(traits_.encoding.stored) == sizeof(std::int64_t)) {}

  [[nodiscard]] DType dtype() const override { return traits_.reading.as; }
  [[nodiscard]] const Shape& shape() const override { return traits_.shape; }
  [[nodiscard]] const ChunkGrid& grid() const override { return traits_.grid; }
  [[nodiscard]] const Encoding& encoding() const override { return traits_.encoding; }
  [[nodiscard]] Shape read_block() const override { return traits_.read_block; }
  [[nodiscard]] std::string describe() const override { return traits_.variable + " of " + file().shown(); }

  [[nodiscard]] std::string identity() const override {
    const FileStamp& stamp = file().stamp();
    const Reading& reading = traits_.reading;
    std::string text = std::string(file().format().name) + "|" + file().path();
    for (const std::string& part :
         {std::to_string(stamp.device), std::to_string(stamp.inode), std::to_string(stamp.modified_ns),
          std::to_string(stamp.changed_ns), std::to_string(stamp.size), traits_.variable,
          std::string(name_of(reading.as)), std::string(name_of(reading.decoded)),
          std::string(reading.decode ? "decoded" : "stored"), std::string(reading.cast ? "cast" : "exact")})
      text += "|" + part;
    if (reading.scale != 1 || reading.offset != 0)
      text += "|" + std::to_string(std::bit_cast<std::uint64_t>(reading.scale)) + "|" +
              std::to_string(std::bit_cast<std::uint64_t>(reading.offset));
    return text;
  }

  [[nodiscard]] SourceDescription description() const override {
    const FileStamp& stamp = file().stamp();
    const Reading& reading = traits_.reading;
    ByteWriter out;
    out.text(file().path());
    out.number(stamp.size, 8);
    out.number(stamp.modified_ns);
    out.number(stamp.inode, 8);
    out.number(stamp.changed_ns);
    out.number(file().opened_ns());
    out.text(file_system_of(stamp.device));
    out.text(traits_.variable);
    out.number(static_cast<std::uint64_t>(reading.as), 1);
    out.number(static_cast<std::uint64_t>(reading.decoded), 1);
    out.number(reading.decode ? 1U : 0U, 1);
    out.number(reading.cast ? 1U : 0U, 1);
    out.real(reading.scale);
    out.real(reading.offset);
    return {std::string(file().format().name), out.take()};
  }

  void read(const Region& region, void* out) const override {
    require_inside(region);
    if (region.elements() == 0) return;
    file().require_unchanged();
    try {
      traits_.reader->read(region, out, "cannot read " + describe());
    } catch (const Error& error) {
      file().require_unchanged();  // a file that looks damaged may be one that is being replaced
      throw Error(error.code(), std::string(error.what()) + ", in the region " + to_string(region));
    }
    file().require_unchanged();
    if (is_checked_) require_exact(region, out);
  }

 private:
  [[nodiscard]] const File& file() const { return *traits_.file; }
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

  /// Throws if the floating type cannot hold exactly an element of 64 bits that is not missing.
  void require_exact(const Region& region, const void* stored) const {
    dispatch(encoding().stored, [&]<class T>(T) {
      if constexpr (std::is_integral_v<T> && sizeof(T) == sizeof(std::int64_t)) {
        const auto* values = static_cast<const T*>(stored);
        const std::int64_t count = region.elements();
        // Most elements are small, which one look at many of them shows.
        constexpr T most = T{1} << std::numeric_limits<double>::digits;
        T low = 0, high = 0;
        for (std::int64_t i = 0; i < count; ++i) {
          low = std::min(low, values[i]);
          high = std::max(high, values[i]);
        }
        if (low >= static_cast<T>(std::is_signed_v<T> ? -most : 0) && high <= most) return;
        for (std::int64_t i = 0; i < count; ++i)
          if (!is_missing(values[i], encoding()) && !is_exact_in<double>(values[i]))
            fail_inexact(region, i, std::to_string(values[i]));
      }
    });
  }

  [[noreturn]] void fail_inexact(const Region& region, std::int64_t i, const std::string& value) const {
    const PerAxis<std::int64_t> at = unravel(i, region.shape());
    std::string place;
    for (int axis = 0; axis < region.rank(); ++axis)
      place += (axis > 0 ? ", " : "") + std::to_string(region[axis].start + at[axis] * region[axis].step);
    throw Error(ErrorCode::type_mismatch,
                describe() + ": element (" + place + ") is " + value + ", which " + std::string(name_of(dtype())) +
                    " does not have; " +
                    (encoding().is_plain()
                         ? ""
                         : "decode=false gives the stored " + std::string(name_of(encoding().stored)) + ", and ") +
                    "cast=true rounds such integers");
  }

  Traits traits_;
  bool is_checked_;  ///< integers of 64 bits that become floating without being scaled
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

OpenedVariable open_variable(const std::string& path, const std::string& variable_path, const Opening& how,
                             bool with_coordinates) {
  OpenedVariable opened;
  opened.file = open_file(path, how.isolated);
  opened.path = path;
  opened.variable = variable_path;
  const std::string where = variable_path + " of " + path;
  const std::shared_ptr<const OpenFile> contents = opened.file->open();
  const Location location = contents->locate(variable_path);
  opened.found = contents->describe(location, where);
  opened.reader = opened.file->reader(*contents, location, variable_path, opened.found);
  const Variable& found = opened.found;
  if (!how.decode)
    if (auto fill = default_fill_attribute({found.type, found.attributes, found.prefilled}))
      opened.found.attributes.push_back(*std::move(fill));
  if (with_coordinates) opened.coordinates = read_coordinates(*contents, location, found, how.decode, path);
  opened.dtype = how.decode ? decoded_type({found.type, found.attributes, found.prefilled}, where) : found.type;
  opened.units = text_attribute(found.attributes, "units");
  opened.calendar = text_attribute(found.attributes, "calendar");
  for (const Coordinate& coordinate : opened.coordinates)
    // Bounds share the units of their coordinate.
    if (coordinate && opened.units.empty() && are_bounds(coordinate.attributes(), found.name)) {
      opened.units = text_attribute(coordinate.attributes(), "units");
      opened.calendar = text_attribute(coordinate.attributes(), "calendar");
    }
  return opened;
}

SourcePtr make_source(const OpenedVariable& opened, const Reading& reading, const Shape& chunks) {
  const Variable& found = opened.found;
  const std::string where = opened.variable + " of " + opened.path;
  VariableSource::Traits traits;
  traits.encoding.stored = found.type;
  if (reading.decode)
    traits.encoding = cf_encoding({found.type, found.attributes, found.prefilled}, reading.decoded, where);
  if (reading.scale != 1 || reading.offset != 0) {
    traits.encoding.offset = traits.encoding.offset * reading.scale + reading.offset;
    traits.encoding.scale *= reading.scale;
    traits.encoding.scaled = true;
  }
  traits.grid = choose_grid(found.shape, found.chunks, chunks, where);
  traits.read_block = found.filtered ? found.chunks : Shape(Shape::filled(found.shape.rank(), 1));
  traits.shape = found.shape;
  traits.file = opened.file;
  traits.reader = opened.reader;
  traits.variable = opened.variable;
  traits.reading = reading;
  return std::make_shared<const VariableSource>(std::move(traits));
}

void require_fits(const OpenedVariable& opened, DType as, bool decode) {
  const Variable& found = opened.found;
  const std::string where = opened.variable + " of " + opened.path;
  DType held = opened.dtype;
  bool is_scaled = false;
  if (decode) {
    const Encoding encoding = cf_encoding({found.type, found.attributes, found.prefilled}, as, where);
    // Scaled numbers have as many digits as the stored ones; floating types round them, as they round each result.
    is_scaled = encoding.scaled;
    if (is_scaled)
      held = promote_to_floating(encoding.stored);
    else if (held != DType::boolean)
      held = encoding.stored;
  }
  if (promote(held, as) == as) return;
  const DType common = promote(held, as);
  throw Error(ErrorCode::type_mismatch,
              where + " holds " + std::string(name_of(held)) + (is_scaled ? " once it is scaled" : "") + ", and " +
                  std::string(name_of(as)) + " cannot hold all of its values; open it as " +
                  std::string(name_of(common)) + ", or with cast=true, which wraps, truncates or rounds them");
}

namespace {

/// The file as the client saw it when it opened it.
struct SeenFile {
  std::string path;  ///< the client's name of it
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  std::uint64_t inode = 0;
  std::int64_t changed_ns = 0;
  std::int64_t opened_ns = 0;
  std::string file_system;  ///< file_system_of
};

/// Returns the change of the client's own file, if it can be seen from here: if its name leads into the same file
/// system. Empty if the file has not changed, or cannot be seen.
std::string change_of_own_file(const SeenFile& seen) {
  FileStamp own;
  try {
    own = stamp_of(seen.path);
  } catch (const Error&) {
    return {};  // the name is the client's alone
  }
  if (seen.file_system.empty() || file_system_of(own.device) != seen.file_system) return {};
  if (own.inode != seen.inode) return "another file has taken its place, of equal size and time of writing";
  return own.changed_ns != seen.changed_ns ? "it was changed since, though its time of writing was put back" : "";
}

/// Throws changed if the file here is not the one that the client saw; returns its stamp. A copy has the size and time
/// of writing, and an inode and a time of change of its own. The client's own file has not changed at all.
FileStamp require_same(const std::string& here, const SeenFile& seen) {
  const FileStamp stamp = stamp_of(here);
  std::string difference;
  if (stamp.size != seen.size)
    difference = "it has " + std::to_string(stamp.size) + " bytes, not " + std::to_string(seen.size);
  else if (stamp.modified_ns != seen.modified_ns)
    difference = "it was written at another time";
  else if (stamp.inode == seen.inode && stamp.changed_ns != seen.changed_ns && stamp.changed_ns >= seen.opened_ns)
    difference = "it was changed since, though its time of writing was put back";
  else
    difference = change_of_own_file(seen);
  if (!difference.empty())
    throw Error(ErrorCode::changed, here + " is not the file that was opened: " + difference +
                                        "; open it again, or copy files with their times (cp -p, rsync -t)");
  return stamp;
}

/// Opens the same file here; throws if it is another.
SourcePtr open_described(std::span<const std::byte> bytes, const SourceAccess& access) {
  ByteReader in(bytes, "variable of a file");
  SeenFile seen;
  seen.path = in.text();
  seen.size = in.number(8);
  seen.modified_ns = in.signed_number();
  seen.inode = in.number(8);
  seen.changed_ns = in.signed_number();
  seen.opened_ns = in.signed_number();
  seen.file_system = in.text();
  const std::string variable = in.text();
  Reading reading;
  reading.as = in.dtype();
  reading.decoded = in.dtype();
  reading.decode = in.number(1) != 0;
  reading.cast = in.number(1) != 0;
  reading.scale = in.real();
  reading.offset = in.real();
  in.end();
  const std::string here = access.resolve(seen.path);
  const FileStamp stamp = require_same(here, seen);
  const OpenedVariable opened = [&] {
    try {
      return open_variable(here, variable, {reading.decode, access.isolated}, false);
    } catch (const Error&) {
      (void)require_same(here, seen);  // a file that is being overwritten cannot be opened either
      throw;
    }
  }();
  if (opened.file->stamp() != stamp)
    throw Error(ErrorCode::changed, here + " was changed while it was opened; open it again");
  return make_source(opened, reading);
}

}  // namespace

void register_kinds() {
  for (const Format* format : formats()) register_source_kind(std::string(format->name), &open_described);
}

}  // namespace dataset

void register_netcdf_kind() { dataset::register_kinds(); }

}  // namespace chunkwise::inline CHUNKWISE_ABI
