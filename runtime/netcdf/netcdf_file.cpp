#include "runtime/netcdf/netcdf_file.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "chunkwise/io/netcdf.hpp"
#include "runtime/dataset/format/format.hpp"
#include "runtime/netcdf/box_reader.hpp"
#include "runtime/netcdf/classic_file.hpp"
#include "runtime/netcdf/classic_reader.hpp"
#include "runtime/netcdf/helper_process.hpp"
#include "runtime/netcdf/isolated_file.hpp"
#include "runtime/netcdf/nc_file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

bool is_classic(const Descriptor& file) {
  std::array<char, 4> magic{};
  return file.read(0, magic.data(), magic.size()) == magic.size() && std::memcmp(magic.data(), "CDF", 3) == 0;
}

/// Returns true for a file with HDF5's signature, at byte 0, 512, 1024, 2048 and so on: a block of the user's own may
/// stand before it.
bool has_hdf5_signature(const Descriptor& file, std::uint64_t size) {
  constexpr std::array<unsigned char, 8> signature{0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};
  for (std::uint64_t offset = 0; offset < size; offset = offset == 0 ? 512 : offset * 2) {
    std::array<unsigned char, 8> bytes{};
    if (file.read(offset, bytes.data(), bytes.size()) == bytes.size() && bytes == signature) return true;
  }
  return false;
}

bool is_netcdf(const Descriptor& file, std::uint64_t size) {
  return is_classic(file) || has_hdf5_signature(file, size);
}

std::shared_ptr<const File> open_netcdf_file(FileIdentity identity, std::shared_ptr<const Descriptor> file,
                                             bool isolated) {
  const Layout layout = is_classic(*file) ? Layout::classic : Layout::hdf5;
  return std::make_shared<const NetcdfFile>(std::move(identity), std::move(file), layout, isolated);
}

std::string why_not_isolated() {
  const std::string problem = chunkwise::isolation_problem();
  return problem.empty() ? problem : "NetCDF-4 files are opened in this process: " + problem;
}

class ClassicRegions final : public RegionReader {
 public:
  ClassicRegions(std::shared_ptr<const NetcdfFile> file, const ClassicLayout& layout)
      : file_(std::move(file)), layout_(layout) {}
  void read(const Region& region, void* out, const std::string& doing) const override {
    read_classic(*file_->descriptor(), layout_, region, out, doing);
  }

 private:
  std::shared_ptr<const NetcdfFile> file_;
  ClassicLayout layout_;
};

class Hdf5Regions final : public RegionReader {
 public:
  Hdf5Regions(std::shared_ptr<const NetcdfFile> file, std::string name, const Variable& variable)
      : file_(std::move(file)),
        name_(std::move(name)),
        shape_(variable.shape),
        block_(variable.filtered ? variable.chunks : Shape(Shape::filled(variable.shape.rank(), 1))),
        chunk_(variable.chunks),
        element_bytes_(size_of(variable.type)),
        filtered_(variable.filtered) {}

  void read(const Region& region, void* out, const std::string& doing) const override {
    const std::shared_ptr<const Netcdf4File> handle = file_->netcdf();
    const Location location = handle->locate(name_);
    const StoredChunks* const chunks =
        filtered_ ? handle->stored_chunks({name_, shape_, block_, element_bytes_}) : nullptr;
    const ReadBox read_box = [&](const Region& box, void* to) {
      if (chunks && chunks->read(box, to, doing)) return;
      handle->read_box({location, element_bytes_, block_}, box, to, doing);
    };
    read_in_boxes(region, element_bytes_, block_, read_box, out, chunk_);
  }

 private:
  std::shared_ptr<const NetcdfFile> file_;
  std::string name_;
  Shape shape_;
  Shape block_;  ///< the read block
  Shape chunk_;  ///< the stored chunk; empty if there are none
  std::size_t element_bytes_;
  bool filtered_;  ///< in chunks that are compressed
};

}  // namespace

const Format& netcdf_format() {
  static constexpr Format format{"netcdf",   "NetCDF",          "it begins neither as classic NetCDF nor as HDF5",
                                 &is_netcdf, &open_netcdf_file, &why_not_isolated};
  return format;
}

NetcdfFile::NetcdfFile(FileIdentity identity, std::shared_ptr<const Descriptor> file, Layout layout, bool isolated)
    : File(netcdf_format(), std::move(identity)), layout_(layout), isolated_(isolated_by_default() || isolated) {
  if (layout_ == Layout::classic) open_handles().keep(this, Handle(std::move(file)));
}

NetcdfFile::~NetcdfFile() { open_handles().forget(this); }

std::shared_ptr<const NetcdfFile> NetcdfFile::self() const {
  return std::static_pointer_cast<const NetcdfFile>(shared_from_this());
}

std::shared_ptr<const OpenFile> NetcdfFile::open() const {
  if (layout_ == Layout::hdf5) return netcdf();
  auto file = std::make_shared<const ClassicFile>(descriptor(), shown());
  require_unchanged();
  return file;
}

std::shared_ptr<const RegionReader> NetcdfFile::reader(const OpenFile& contents, const Location& location,
                                                       const std::string& name, const Variable& variable) const {
  if (layout_ == Layout::hdf5) return std::make_shared<const Hdf5Regions>(self(), name, variable);
  return std::make_shared<const ClassicRegions>(self(), static_cast<const ClassicFile&>(contents).layout(location));
}

TextVariable NetcdfFile::read_text(const std::string& name, bool with_elements, const std::string& where) const {
  const std::shared_ptr<const Netcdf4File> library = layout_ == Layout::hdf5 ? netcdf() : open_by_library();
  return library->read_text(library->locate(name), with_elements, where);
}

std::shared_ptr<const Netcdf4File> NetcdfFile::netcdf() const {
  Handle handle;
  if (open_handles().find(this, handle)) return std::get<0>(handle);
  std::shared_ptr<const Netcdf4File> file = open_by_library();
  open_handles().keep(this, Handle(file));
  return file;
}

std::shared_ptr<const Netcdf4File> NetcdfFile::open_by_library() const {
  require_unchanged();
  std::shared_ptr<const Netcdf4File> file;
  if (isolated_)
    file = std::make_shared<const IsolatedFile>(path(), shown());
  else
    file = std::make_shared<const NcFile>(path(), shown());
  require_unchanged();
  return file;
}

std::shared_ptr<const Descriptor> NetcdfFile::descriptor() const {
  Handle handle;
  if (open_handles().find(this, handle)) return std::get<1>(handle);
  auto file = std::make_shared<const Descriptor>(path());
  if (file->stamp() != stamp()) fail_changed("was changed since it was opened");
  open_handles().keep(this, Handle(file));
  return file;
}

}  // namespace netcdf

}  // namespace chunkwise::inline CHUNKWISE_ABI

/// A program that links chunkwise::netcdf asks the linker for this symbol, so that the table of formats has this one.
extern "C" void chunkwise_netcdf_format() {}
