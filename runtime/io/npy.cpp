#include "chunkwise/io/npy.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "runtime/core/lies_within.hpp"
#include "runtime/io/canonical.hpp"
#include "runtime/io/output_file.hpp"
#include "runtime/io/pending_file.hpp"
#include "runtime/io/row_major.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// Returns NumPy's code of an element type in this machine's byte order: "<f8", "|b1".
std::string type_code(DType dtype) {
  const std::string size = std::to_string(size_of(dtype));
  const std::string order = size_of(dtype) == 1 ? "|" : std::endian::native == std::endian::little ? "<" : ">";
  const char kind = dtype == DType::boolean ? 'b' : is_floating(dtype) ? 'f' : is_signed_integer(dtype) ? 'i' : 'u';
  return order + kind + size;
}

/// Returns the bytes before the elements, which begin at a multiple of 64 bytes.
std::string header(DType dtype, const Shape& shape) {
  constexpr std::size_t alignment = 64;
  constexpr std::size_t before = 10;  // magic, version, length
  std::string text =
      "{'descr': '" + type_code(dtype) + "', 'fortran_order': False, 'shape': " + to_string(shape) + ", }";
  const std::size_t unpadded = before + text.size() + 1;
  text.append((alignment - unpadded % alignment) % alignment, ' ');
  text += '\n';
  std::string result = "\x93NUMPY";
  result += {'\x01', '\x00', static_cast<char>(text.size() & 0xff), static_cast<char>(text.size() >> 8)};
  return result + text;
}

class NpySink final : public Sink {
 public:
  NpySink(std::string path, bool overwrite)
      : path_(std::move(path)), doing_("cannot write " + path_), overwrite_(overwrite) {}
  ~NpySink() override { abort(); }

  [[nodiscard]] std::string describe() const override { return path_; }

  void begin(DType dtype, const Shape& shape, const ChunkGrid&, const Labels&) override {
    if (pending_)
      throw Error(ErrorCode::invalid_argument, doing_ + ": this sink has been used; make another for another result");
    static_cast<void>(count_elements(shape));
    if (!is_dtype(dtype)) throw Error(ErrorCode::invalid_argument, doing_ + ": an element type that there is not");
    pending_ = std::make_unique<PendingFile>(path_, overwrite_);
    file_ = std::make_unique<OutputFile>(pending_->temporary(), doing_);
    dtype_ = dtype;
    shape_ = shape;
    const std::string text = header(dtype, shape);
    begin_ = text.size();
    file_->write(0, text.data(), text.size(), doing_);
  }

  void write(const Region& region, const void* data) override {
    require_begun();
    if (!lies_within(region, shape_))
      throw Error(ErrorCode::out_of_range, "cannot write " + path_ + ": " + to_string(region) +
                                               " does not lie within its shape, " + to_string(shape_));
    if (data == nullptr && region.elements() > 0)
      throw Error(ErrorCode::invalid_argument, "cannot write " + path_ + ": the elements are null");
    const std::size_t element = size_of(dtype_);
    std::vector<std::byte> canonical;
    const auto* from = static_cast<const std::byte*>(data);
    for_each_stretch(shape_, region, [&](std::int64_t offset, std::int64_t count) {
      const auto n = static_cast<std::size_t>(count);
      const void* stretch = from;
      if (has_other_nan(dtype_, from, n)) {
        canonical.resize(n * element);
        copy_canonical(dtype_, from, canonical.data(), n);
        stretch = canonical.data();
      }
      file_->write(begin_ + static_cast<std::uint64_t>(offset) * element, stretch, n * element, doing_);
      from += n * element;
    });
  }

  void finish() override {
    require_begun();
    try {
      file_->close(doing_);
      pending_->publish();
    } catch (...) {
      abort();
      throw;
    }
  }

  void abort() noexcept override {
    file_.reset();
    if (pending_) pending_->discard();
  }

 private:
  void require_begun() const {
    if (!file_) throw Error(ErrorCode::invalid_argument, doing_ + ": nothing is open; begin comes first");
  }

  std::string path_;
  std::string doing_;
  bool overwrite_;
  DType dtype_ = DType::float64;
  Shape shape_;
  std::uint64_t begin_ = 0;
  std::unique_ptr<PendingFile> pending_;
  std::unique_ptr<OutputFile> file_;
};

}  // namespace

SinkPtr npy_sink(const TextArgument& path, bool overwrite) { return std::make_shared<NpySink>(path, overwrite); }

void write_npy(std::ostream& out, const UntypedNdArray& array) {
  require_readable(array);
  const std::string text = header(array.dtype, array.shape);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  const std::size_t element = size_of(array.dtype);
  std::vector<std::byte> row;
  for_each_row(array, [&](const void* first, std::int64_t count, std::int64_t stride) {
    const auto n = static_cast<std::size_t>(count);
    row.resize(n * element);
    for (std::size_t i = 0; i < n; ++i)
      copy_canonical(array.dtype,
                     static_cast<const std::byte*>(first) + static_cast<std::int64_t>(i * element) * stride,
                     row.data() + i * element, 1);
    out.write(reinterpret_cast<const char*>(row.data()), static_cast<std::streamsize>(row.size()));
  });
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
