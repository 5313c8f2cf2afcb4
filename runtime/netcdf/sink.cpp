#include <netcdf.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/io/netcdf.hpp"
#include "runtime/core/agreement.hpp"
#include "runtime/core/lies_within.hpp"
#include "runtime/dataset/format/descriptor.hpp"
#include "runtime/io/canonical.hpp"
#include "runtime/io/output_file.hpp"
#include "runtime/io/pending_file.hpp"
#include "runtime/netcdf/changes.hpp"
#include "runtime/netcdf/classic_file.hpp"
#include "runtime/netcdf/classic_writer.hpp"
#include "runtime/netcdf/definition.hpp"
#include "runtime/netcdf/library.hpp"
#include "runtime/netcdf/names.hpp"
#include "runtime/netcdf/pieces.hpp"
#include "runtime/netcdf/posix.hpp"
#include "runtime/netcdf/refusals.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

using netcdf::check;
using netcdf::LibraryLock;

/// Elements that are copied at a time if their NaNs need other bits.
constexpr std::int64_t copied_elements = std::int64_t{1} << 18;

int creation_mode(NetcdfWriteOptions::Format format) {
  switch (format) {
    case NetcdfWriteOptions::Format::classic:
      return 0;
    case NetcdfWriteOptions::Format::offset64:
      return NC_64BIT_OFFSET;
    case NetcdfWriteOptions::Format::cdf5:
      return NC_64BIT_DATA;
    case NetcdfWriteOptions::Format::netcdf4:
      break;
  }
  return NC_NETCDF4;
}

/// A file that receives one array or several, each through a sink of its own. It is created when all have begun and
/// published when all are finished; when one is aborted, nothing of it remains.
class ResultFile {
 public:
  ResultFile(std::string path, NetcdfWriteOptions options, std::size_t arrays)
      : path_(std::move(path)),
        doing_("cannot write " + path_),
        options_(std::move(options)),
        definitions_(arrays),
        has_begun_(arrays) {}
  ~ResultFile() { abort(); }
  ResultFile(const ResultFile&) = delete;
  ResultFile& operator=(const ResultFile&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

  void begin(std::size_t array, netcdf::Definition definition) {
    if (has_begun_[array])
      throw Error(ErrorCode::invalid_argument, doing_ + ": this sink has been used; make another for another result");
    if (!is_dtype(definition.dtype))
      throw Error(ErrorCode::invalid_argument, doing_ + ": an array has an element type that there is not");
    // A failure here comes before other arrays are waited for.
    if (begun_ == 0) pending_ = std::make_unique<PendingFile>(path_, options_.overwrite);
    try {
      // Comes before the file is defined: elements may have to be read from other files.
      std::vector<std::string> left_out;
      definition.companions = netcdf::load_companions(definition.labels, definition.shape, loaded_, &left_out);
      for (const std::string& name : left_out)
        netcdf::Changes(path_, options_.warn)
            .tell("'" + name + "', which attributes of '" + definition.labels.name() + "' name", "left out",
                  "its numbers, or how they are stored, are not the same in all files");
      loaded_.insert(loaded_.end(), definition.companions.begin(), definition.companions.end());
      definitions_[array] = std::move(definition);
      has_begun_[array] = true;
      if (++begun_ < definitions_.size()) return;
      require_space_for_all();
      create();
      variables_ = netcdf::define_file(file_, definitions_, options_, path_);
      loaded_.clear();
      for (netcdf::Definition& each : definitions_) each.companions.clear();
      // Metadata has its place before data can fill the disk.
      if (options_.format != NetcdfWriteOptions::Format::netcdf4) return open_classic();
      const LibraryLock nc;
      check(nc->sync(file_), doing_);
    } catch (...) {
      abort();
      throw;
    }
  }

  void write(std::size_t array, const Region& region, const void* data) const {
    if (!is_open())
      throw Error(ErrorCode::invalid_argument, doing_ + ": nothing is open; all of its arrays begin first");
    if (!lies_within(region, definitions_[array].shape))
      throw Error(ErrorCode::out_of_range, doing_ + ": " + to_string(region) + " does not lie within its shape, " +
                                               to_string(definitions_[array].shape));
    const auto count = static_cast<std::size_t>(region.elements());
    if (count == 0) return;
    if (data == nullptr) throw Error(ErrorCode::invalid_argument, doing_ + ": the elements are null");
    const DType dtype = definitions_[array].dtype;
    require_coordinate_kept(definitions_[array], region, data);
    if (!has_other_nan(dtype, data, count)) return put(array, region, data);
    const std::size_t element = size_of(dtype);
    const Buffer buffer = allocate_buffer(static_cast<std::size_t>(copied_elements) * element);
    netcdf::for_each_piece(region, copied_elements, 0, [&](const Region& piece, std::int64_t begin) {
      const auto* from = static_cast<const std::byte*>(data) + static_cast<std::size_t>(begin) * element;
      copy_canonical(dtype, from, buffer.get(), static_cast<std::size_t>(piece.elements()));
      put(array, piece, buffer.get());
    });
  }

  void finish() {
    if (!is_open())
      throw Error(ErrorCode::invalid_argument, doing_ + ": nothing is open; all of its arrays begin first");
    if (++finished_ < definitions_.size()) return;
    try {
      close();
      pending_->publish();
    } catch (...) {
      abort();
      throw;
    }
  }

  void abort() noexcept {
    if (file_ >= 0 && !LibraryLock::is_lost()) {
      const LibraryLock nc;
      netcdf::divert_writes(pending_->temporary());
      nc->abort(std::exchange(file_, -1));
    }
    output_.reset();
    if (pending_) pending_->discard();
  }

 private:
  [[nodiscard]] bool is_open() const { return file_ >= 0 || output_ != nullptr; }

  /// An array named like its one dimension becomes the coordinate variable: it must have the coordinate's values, as
  /// the variable `time` of a file has.
  void require_coordinate_kept(const netcdf::Definition& definition, const Region& region, const void* data) const {
    const Labels& labels = definition.labels;
    const Coordinate& coordinate = labels.coordinate(0);
    if (region.rank() != 1 || !coordinate || coordinate.size() != definition.shape[0]) return;
    const std::string& name = options_.variable.empty() ? labels.name() : options_.variable;
    if (name.empty() || netcdf::valid_name(name) != netcdf::valid_name(labels.dimension(0))) return;
    auto values = std::make_shared<CoordinateValues>();
    values->dtype = definition.dtype;
    values->as_stored = labels.holds_stored_values();
    values->attributes = values->as_stored ? labels.attributes() : coordinate.attributes();
    const auto* bytes = static_cast<const std::byte*>(data);
    values->bytes.assign(bytes, bytes + static_cast<std::size_t>(region.elements()) * size_of(definition.dtype));
    if (!agree(Coordinate(std::move(values)), coordinate.slice(region[0])))
      netcdf::refuse_in_place_of_coordinate(name, doing_);
  }

  /// Refuses to begin a file that the disk cannot hold: better now than after hours.
  void require_space_for_all() const {
    std::uint64_t data = 0;
    for (const netcdf::Definition& definition : definitions_)
      data += static_cast<std::uint64_t>(definition.shape.elements()) * size_of(definition.dtype);
    for (const netcdf::LoadedCompanion& loaded : loaded_) data += loaded.bytes->size();
    require_space(netcdf::metadata_bytes + (options_.deflate > 0 ? 0 : data));
  }

  /// Returns true if HDF5 may hold elements that are not in the file yet.
  [[nodiscard]] bool is_in_pieces() const {
    const auto in_chunks = [](const netcdf::Definition& definition) {
      for (int axis = 0; axis < definition.shape.rank(); ++axis)
        if (definition.labels.is_record(axis)) return true;
      return netcdf::lies_in_chunks(definition);
    };
    return options_.deflate > 0 || std::any_of(definitions_.begin(), definitions_.end(), in_chunks);
  }

  /// HDF5 crashes if the metadata of a file, or chunks that it still holds, cannot be flushed: then the file must be
  /// given up before that is tried.
  void require_space_to_close() const {
    if (options_.format == NetcdfWriteOptions::Format::netcdf4)
      require_space(netcdf::metadata_bytes + (is_in_pieces() ? netcdf::write_cache_bytes * definitions_.size() : 0));
  }

  void require_space(std::uint64_t needed) const { netcdf::require_space(pending_->temporary(), needed, doing_); }

  void create() {
    const LibraryLock nc;
    errno = 0;
    check(nc->create(pending_->temporary().c_str(), creation_mode(options_.format) | NC_CLOBBER, &file_), doing_);
  }

  /// A classic file is complete except for the elements, whose places its header tells.
  void open_classic() {
    close();
    const netcdf::ClassicFile defined(std::make_shared<const netcdf::Descriptor>(pending_->temporary()), path_);
    for (const int variable : variables_) layouts_.push_back(defined.layout({0, variable}));
    output_ = std::make_unique<OutputFile>(pending_->temporary(), doing_);
  }

  void put(std::size_t array, const Region& region, const void* data) const {
    if (output_)
      return netcdf::write_classic(*output_, layouts_[array], region, data,
                                   doing_ + " in the region " + to_string(region));
    const netcdf::StartAndCount place(region);
    const LibraryLock nc;
    errno = 0;
    check(nc->put_vara(file_, variables_[array], place.start.data(), place.count.data(), data),
          [&] { return doing_ + " in the region " + to_string(region); });
  }

  void close() {
    if (output_) return output_->close(doing_);
    const LibraryLock nc;
    errno = 0;
    require_space_to_close();
    check(nc->close(std::exchange(file_, -1)), doing_);
  }

  std::string path_;
  std::string doing_;
  NetcdfWriteOptions options_;
  std::vector<netcdf::Definition> definitions_;
  std::vector<netcdf::LoadedCompanion> loaded_;  // of all arrays, until they are written
  std::vector<bool> has_begun_;
  std::size_t begun_ = 0;
  std::size_t finished_ = 0;
  std::unique_ptr<PendingFile> pending_;
  int file_ = -1;
  std::vector<int> variables_;
  // Of a classic file:
  std::vector<netcdf::ClassicLayout> layouts_;
  std::unique_ptr<OutputFile> output_;
};

/// One array of a file.
class NetcdfSink final : public Sink {
 public:
  NetcdfSink(std::shared_ptr<ResultFile> file, std::size_t array) : file_(std::move(file)), array_(array) {}

  [[nodiscard]] std::string describe() const override { return file_->path(); }
  void begin(DType dtype, const Shape& shape, const ChunkGrid& grid, const Labels& labels) override {
    file_->begin(array_, {dtype, shape, grid, labels, {}});
  }
  void write(const Region& region, const void* data) override { file_->write(array_, region, data); }
  void finish() override { file_->finish(); }
  void abort() noexcept override { file_->abort(); }

 private:
  std::shared_ptr<ResultFile> file_;
  std::size_t array_;
};

void check_options(const std::string& path, const NetcdfWriteOptions& options) {
  const std::string doing = "cannot write " + path + ": ";
  if (options.deflate < 0 || options.deflate > 9)
    throw Error(ErrorCode::invalid_argument,
                doing + "deflate is " + std::to_string(options.deflate) + "; it goes from 0 (none) to 9");
  if (options.format < NetcdfWriteOptions::Format::netcdf4 || options.format > NetcdfWriteOptions::Format::cdf5)
    throw Error(ErrorCode::invalid_argument, doing + "there is no such format");
  if (options.deflate > 0 && options.format != NetcdfWriteOptions::Format::netcdf4)
    throw Error(ErrorCode::invalid_argument, doing + "only the format netcdf4 can be compressed");
  if (!options.variable.empty() && netcdf::valid_name(options.variable) != options.variable)
    throw Error(ErrorCode::invalid_argument, doing + "NetCDF does not allow the variable name '" + options.variable +
                                                 "'; '" + netcdf::valid_name(options.variable) + "' would do");
}

}  // namespace

SinkPtr netcdf_sink(const TextArgument& path, const NetcdfWriteOptions& options) {
  check_options(path, options);
  return std::make_shared<NetcdfSink>(std::make_shared<ResultFile>(path, options, 1), 0);
}

std::vector<SinkPtr> netcdf_sinks(const TextArgument& path, std::size_t arrays, const NetcdfWriteOptions& options) {
  check_options(path, options);
  if (!options.variable.empty() && arrays != 1)
    throw Error(ErrorCode::invalid_argument, "cannot write " + path + ": one name, '" + options.variable + "', for " +
                                                 std::to_string(arrays) + " arrays; name them by their labels");
  const auto file = std::make_shared<ResultFile>(path, options, arrays);
  std::vector<SinkPtr> sinks;
  for (std::size_t i = 0; i < arrays; ++i) sinks.push_back(std::make_shared<NetcdfSink>(file, i));
  return sinks;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
