#include "runtime/netcdf/stored_chunks.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "runtime/netcdf/byte_order.hpp"
#include "runtime/netcdf/inflate.hpp"
#include "runtime/netcdf/library.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// A handle of HDF5 that is given back with one of its functions, under the lock that is held.
class Hdf5Handle {
 public:
  Hdf5Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  ~Hdf5Handle() {
    if (id_ >= 0) close_(id_);
  }
  Hdf5Handle(const Hdf5Handle&) = delete;
  Hdf5Handle& operator=(const Hdf5Handle&) = delete;
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor): it is one

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

/// Returns true for a number of whole bytes, like those of NetCDF's types.
bool is_plain_number(const Functions& h5, hid_t type, std::size_t bytes) {
  const H5T_class_t kind = h5.h5t_get_class(type);
  const H5T_order_t order = h5.h5t_get_order(type);
  return (kind == H5T_INTEGER || kind == H5T_FLOAT) && h5.h5t_get_size(type) == bytes &&
         h5.h5t_get_precision(type) == 8 * bytes && (order == H5T_ORDER_LE || order == H5T_ORDER_BE);
}

bool equals(const Shape& shape, const std::array<hsize_t, max_rank>& extents) {
  for (int axis = 0; axis < shape.rank(); ++axis)
    if (extents[static_cast<std::size_t>(axis)] != static_cast<hsize_t>(shape[axis])) return false;
  return true;
}

/// A data set that HDF5 has open in this process.
class Hdf5Chunks final : public ChunkFetcher {
 public:
  Hdf5Chunks(std::shared_ptr<const Hdf5File> file, StoredChunks::Expected expected)
      : file_(std::move(file)), expected_(std::move(expected)) {}
  ~Hdf5Chunks() override {
    if (dataset_ < 0 || LibraryLock::is_lost()) return;
    const LibraryLock h5;
    h5->h5d_close(dataset_);
  }
  Hdf5Chunks(const Hdf5Chunks&) = delete;
  Hdf5Chunks& operator=(const Hdf5Chunks&) = delete;

  /// Finds out how the data set is stored; returns false if that is left to netcdf-c.
  [[nodiscard]] bool understand();
  [[nodiscard]] const ChunkLayout& layout() const override { return layout_; }
  [[nodiscard]] std::optional<StoredChunk> fetch(const ChunkIndex& chunk) const override;

 private:
  std::shared_ptr<const Hdf5File> file_;
  StoredChunks::Expected expected_;
  std::int64_t dataset_ = -1;
  ChunkLayout layout_;
};

bool Hdf5Chunks::understand() {
  const LibraryLock h5;
  const std::string path = (expected_.name.front() == '/' ? "" : "/") + expected_.name;
  dataset_ = h5->h5d_open(file_->id(), path.c_str(), H5P_DEFAULT);
  if (dataset_ < 0) return false;

  const Hdf5Handle type(h5->h5d_get_type(dataset_), h5->h5t_close);
  if (type < 0 || !is_plain_number(*h5.operator->(), type, expected_.element_bytes)) return false;
  layout_.big_endian = h5->h5t_get_order(type) == H5T_ORDER_BE;

  // A dimension that other variables have made longer is longer than this data set: netcdf-c fills in the rest.
  const Hdf5Handle space(h5->h5d_get_space(dataset_), h5->h5s_close);
  std::array<hsize_t, max_rank> extents{};
  if (space < 0 || h5->h5s_get_simple_extent_ndims(space) != expected_.shape.rank() ||
      h5->h5s_get_simple_extent_dims(space, extents.data(), nullptr) < 0 || !equals(expected_.shape, extents))
    return false;

  const Hdf5Handle list(h5->h5d_get_create_plist(dataset_), h5->h5p_close);
  if (list < 0 || h5->h5p_get_layout(list) != H5D_CHUNKED ||
      h5->h5p_get_chunk(list, max_rank, extents.data()) != expected_.chunk.rank() || !equals(expected_.chunk, extents))
    return false;
  const int filters = h5->h5p_get_nfilters(list);
  for (int i = 0; i < filters; ++i) {
    unsigned flags = 0;
    unsigned config = 0;
    std::size_t values = 0;
    const H5Z_filter_t filter =
        h5->h5p_get_filter(list, static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config);
    if (filter == H5Z_FILTER_SHUFFLE && layout_.shuffle < 0 && layout_.deflate < 0)
      layout_.shuffle = i;
    else if (filter == H5Z_FILTER_DEFLATE && layout_.deflate < 0)
      layout_.deflate = i;
    else
      return false;
  }
  return filters > 0;
}

std::optional<StoredChunk> Hdf5Chunks::fetch(const ChunkIndex& chunk) const {
  std::array<hsize_t, max_rank> place{};
  for (int axis = 0; axis < chunk.rank(); ++axis)
    place[static_cast<std::size_t>(axis)] = static_cast<hsize_t>(chunk[axis] * expected_.chunk[axis]);
  StoredChunk stored;
  const LibraryLock h5;
  hsize_t size = 0;
  if (h5->h5d_get_chunk_storage_size(dataset_, place.data(), &size) < 0 || size == 0 ||
      size > most_stored_bytes(expected_))
    return std::nullopt;
  stored.size = static_cast<std::size_t>(size);
  stored.bytes = allocate_buffer(stored.size);
  if (h5->h5d_read_chunk(dataset_, H5P_DEFAULT, place.data(), &stored.skipped, stored.bytes.get()) < 0)
    return std::nullopt;
  return stored;
}

}  // namespace

Hdf5File::Hdf5File(const std::string& path) {
  const LibraryLock h5;
  constexpr unsigned read_only = 0;  // H5F_ACC_RDONLY, which HDF5 defines as calls of two functions and this
  const Hdf5Handle access(h5->h5p_create(*h5->h5p_file_access), h5->h5p_close);
  // HDF5 opens a file a second time only if it is to be closed in the same way, which versions of netcdf-c choose
  // differently.
  for (const H5F_close_degree_t degree : {H5F_CLOSE_WEAK, H5F_CLOSE_SEMI, H5F_CLOSE_STRONG})
    if (id_ < 0 && h5->h5p_set_fclose_degree(access, degree) >= 0) id_ = h5->h5f_open(path.c_str(), read_only, access);
}

Hdf5File::~Hdf5File() {
  if (id_ < 0 || LibraryLock::is_lost()) return;
  const LibraryLock h5;
  h5->h5f_close(id_);
}

std::unique_ptr<const StoredChunks> StoredChunks::open(const std::shared_ptr<const Hdf5File>& file,
                                                       const Expected& expected) {
  auto chunks = std::make_unique<Hdf5Chunks>(file, expected);
  if (!chunks->understand()) return nullptr;
  return std::make_unique<const StoredChunks>(expected, std::move(chunks));
}

std::size_t most_stored_bytes(const StoredChunks::Expected& variable) {
  constexpr std::size_t allowance = std::size_t{1} << 20;
  std::size_t bytes = variable.element_bytes;
  for (const std::int64_t extent : variable.chunk)
    if (__builtin_mul_overflow(bytes, static_cast<std::size_t>(extent), &bytes)) return 0;
  return bytes > std::numeric_limits<std::size_t>::max() / 4 ? 0 : 2 * bytes + allowance;
}

bool StoredChunks::read(const Region& box, void* out, const std::string& doing) const {
  const int rank = box.rank();
  const Shape& chunk = expected_.chunk;
  ChunkIndex at;
  for (int axis = 0; axis < rank; ++axis) at.push_back(box[axis].start / chunk[axis]);
  const ChunkIndex first = at;
  for (;;) {
    const std::optional<StoredChunk> stored = fetcher_->fetch(at);
    if (!stored) return false;
    decode(at, *stored, box, static_cast<std::byte*>(out), doing);
    int axis = rank - 1;
    for (; axis >= 0; --axis) {
      if (++at[axis] * chunk[axis] < box[axis].start + box[axis].count) break;
      at[axis] = first[axis];
    }
    if (axis < 0) return true;
  }
}

void StoredChunks::decode(const ChunkIndex& chunk, const StoredChunk& stored, const Region& box, std::byte* out,
                          const std::string& doing) const {
  const std::size_t element = expected_.element_bytes;
  const auto elements = static_cast<std::size_t>(expected_.chunk.elements());
  const ChunkLayout& layout = fetcher_->layout();
  const bool deflated = layout.deflate >= 0 && !(stored.skipped >> layout.deflate & 1U);
  const bool shuffled = layout.shuffle >= 0 && !(stored.skipped >> layout.shuffle & 1U) && element > 1;
  Buffer inflated = stored.bytes;
  if (deflated) inflated = allocate_buffer(elements * element);
  if (deflated ? !inflate(stored.bytes.get(), stored.size, inflated.get(), elements * element)
               : stored.size != elements * element)
    throw Error(ErrorCode::corrupt, doing + ": the compressed chunk " + to_string(Shape(chunk)) + " is damaged");

  // Stretches of elements that lie together, both in the chunk and in the box.
  const int rank = box.rank();
  const auto chunk_strides = row_major_strides(expected_.chunk);
  const auto box_strides = row_major_strides(box.shape());
  Shape part;
  std::int64_t from = 0;
  std::int64_t to = 0;
  for (int axis = 0; axis < rank; ++axis) {
    const std::int64_t begin = chunk[axis] * expected_.chunk[axis];
    const std::int64_t first = std::max(begin, box[axis].start);
    const std::int64_t last = std::min(begin + expected_.chunk[axis], box[axis].start + box[axis].count);
    part.push_back(last - first);
    from += (first - begin) * chunk_strides[axis];
    to += (first - box[axis].start) * box_strides[axis];
  }
  std::int64_t stretch = 1;
  int outer = rank;
  while (outer > 0 && chunk_strides[outer - 1] == stretch && box_strides[outer - 1] == stretch)
    stretch *= part[--outer];
  const auto copy = [&](const auto& self, int axis, std::int64_t source, std::int64_t target) -> void {
    if (axis < outer) {
      for (std::int64_t i = 0; i < part[axis]; ++i)
        self(self, axis + 1, source + i * chunk_strides[axis], target + i * box_strides[axis]);
      return;
    }
    const auto begin = static_cast<std::size_t>(source);
    const auto count = static_cast<std::size_t>(stretch);
    std::byte* const place = out + static_cast<std::size_t>(target) * element;
    if (shuffled)
      unshuffle(inflated.get(), elements, element, begin, count, place);
    else
      std::memcpy(place, inflated.get() + begin * element, count * element);
    if (layout.big_endian) make_native(element, place, count * element);
  };
  copy(copy, 0, from, to);
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
