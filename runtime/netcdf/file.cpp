#include "runtime/netcdf/file.hpp"

#include <array>
#include <cstring>
#include <filesystem>

#include "chunkwise/core/error.hpp"
#include "runtime/netcdf/classic_file.hpp"
#include "runtime/netcdf/helper_process.hpp"
#include "runtime/netcdf/isolated_file.hpp"
#include "runtime/netcdf/nc_file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// An HDF5 file may begin with a block of the user's own: its signature is at byte 0, 512, 1024, 2048 and so on.
bool has_hdf5_signature(const Descriptor& file, std::uint64_t size) {
  constexpr std::array<unsigned char, 8> signature{0x89, 'H', 'D', 'F', '\r', '\n', 0x1A, '\n'};
  for (std::uint64_t offset = 0; offset < size; offset = offset == 0 ? 512 : offset * 2) {
    std::array<unsigned char, 8> bytes{};
    if (file.read(offset, bytes.data(), bytes.size()) == bytes.size() && bytes == signature) return true;
  }
  return false;
}

Format format_of(const Descriptor& file, std::uint64_t size, const std::string& shown) {
  std::array<char, 4> magic{};
  if (file.read(0, magic.data(), magic.size()) == magic.size() && std::memcmp(magic.data(), "CDF", 3) == 0)
    return Format::classic;
  if (has_hdf5_signature(file, size)) return Format::hdf5;
  throw Error(
      ErrorCode::corrupt,
      shown + (size == 0 ? " is empty" : " is not a NetCDF file: it begins neither as classic NetCDF nor as HDF5"));
}

}  // namespace

File::File(const std::string& path, bool isolated)
    : shown_(path), opened_ns_(file_clock_ns()), isolated_(isolated_by_default() || isolated) {
  const FileStamp named = stamp_of(shown_);
  path_ = std::filesystem::absolute(path).string();
  const auto file = std::make_shared<const Descriptor>(shown_);
  stamp_ = file->stamp();
  if (stamp_ != named) fail_changed("was changed while it was opened");
  format_ = format_of(*file, stamp_.size, shown_);
  if (format_ == Format::classic) open_handles().keep(this, Handle(file));
}

File::~File() { open_handles().forget(this); }

void File::require_unchanged() const {
  FileStamp now;
  try {
    now = stamp_of(path_);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::not_found) throw;
    fail_changed("was removed since it was opened");
  }
  if (now != stamp_) fail_changed("was changed since it was opened");
}

void File::fail_changed(const char* how) const {
  throw Error(ErrorCode::changed, shown_ + " " + how + "; arrays made of it are void: open it again");
}

std::shared_ptr<const OpenFile> File::open() const {
  if (format_ == Format::hdf5) return netcdf();
  auto file = std::make_shared<const ClassicFile>(descriptor(), shown_);
  require_unchanged();
  return file;
}

std::shared_ptr<const Netcdf4File> File::netcdf() const {
  Handle handle;
  if (open_handles().find(this, handle)) return std::get<0>(handle);
  std::shared_ptr<const Netcdf4File> file = open_by_library();
  open_handles().keep(this, Handle(file));
  return file;
}

std::shared_ptr<const Netcdf4File> File::by_library() const {
  return format_ == Format::hdf5 ? netcdf() : open_by_library();
}

std::shared_ptr<const Netcdf4File> File::open_by_library() const {
  require_unchanged();
  std::shared_ptr<const Netcdf4File> file;
  if (isolated_)
    file = std::make_shared<const IsolatedFile>(path_, shown_);
  else
    file = std::make_shared<const NcFile>(path_, shown_);
  require_unchanged();
  return file;
}

std::shared_ptr<const Descriptor> File::descriptor() const {
  Handle handle;
  if (open_handles().find(this, handle)) return std::get<1>(handle);
  auto file = std::make_shared<const Descriptor>(path_);
  if (file->stamp() != stamp_) fail_changed("was changed since it was opened");
  open_handles().keep(this, Handle(file));
  return file;
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
