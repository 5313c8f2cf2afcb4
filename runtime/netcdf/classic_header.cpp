#include "runtime/netcdf/classic_header.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "runtime/dataset/format/descriptor.hpp"
#include "runtime/netcdf/attributes.hpp"
#include "runtime/netcdf/byte_order.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

constexpr std::uint32_t tag_dimension = 10;
constexpr std::uint32_t tag_variable = 11;
constexpr std::uint32_t tag_attribute = 12;
constexpr std::uint64_t streaming = 0xFFFF'FFFF;  // a writer that did not know how many records would come
constexpr std::uint64_t streaming_cdf5 = ~std::uint64_t{0};
/// Offsets and sizes are signed in the systems that files are read with.
constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
/// Limits of absurdity: names of netcdf-c have at most 256 bytes, variables at most 1024 dimensions.
constexpr std::uint64_t most_name_bytes = 4096;
constexpr std::uint64_t most_axes = 1024;
/// Most bytes of an attribute: a larger claim is a damaged count in front of data.
constexpr std::uint64_t most_attribute_bytes = std::uint64_t{1} << 28;
constexpr std::uint64_t attribute_piece_bytes = std::uint64_t{1} << 20;

class Parser {
 public:
  Parser(const ReadAt& read, std::uint64_t file_size, const std::string& shown)
      : read_(read), file_size_(file_size), shown_(shown) {}

  ClassicHeader parse() {
    ClassicHeader header;
    std::array<char, 4> magic{};
    take(magic.data(), magic.size());
    header.version = magic[3];
    if (std::memcmp(magic.data(), "CDF", 3) != 0 || (header.version != 1 && header.version != 2 && header.version != 5))
      fail("it does not begin as a classic NetCDF file does");
    version_ = header.version;

    header.records = number();
    const bool count_records = header.records == (version_ == 5 ? streaming_cdf5 : streaming);
    header.dimensions = dimension_list();
    header.attributes = attribute_list();
    header.variables = variable_list(header.dimensions);
    header.header_bytes = position_;

    lay_out(header, count_records);
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorCode::corrupt,
                shown_ + " is damaged: its header is wrong near byte " + std::to_string(position_) + ": " + what);
  }

  [[nodiscard]] std::uint64_t left() const { return file_size_ - position_; }

  /// Refuses a claim that the file is too short to hold, before anything is allocated or skipped.
  void need(std::uint64_t bytes, const char* what) const {
    if (bytes > left())
      throw Error(ErrorCode::corrupt, shown_ + " is truncated: its header ends within " + what + " at byte " +
                                          std::to_string(position_) + " of a file of " + std::to_string(file_size_) +
                                          " bytes");
  }

  void take(void* out, std::uint64_t bytes) {
    need(bytes, "a number or name");
    auto* to = static_cast<std::byte*>(out);
    while (bytes > 0) {
      if (position_ < window_begin_ || position_ >= window_begin_ + window_bytes_) refill();
      const std::uint64_t at = position_ - window_begin_;
      const std::uint64_t n = std::min<std::uint64_t>(bytes, window_bytes_ - at);
      std::memcpy(to, window_.data() + at, n);
      to += n;
      bytes -= n;
      position_ += n;
    }
  }

  void refill() {
    window_begin_ = position_;
    window_bytes_ = read_(position_, std::span(window_).first(std::min<std::uint64_t>(window_.size(), left())));
    if (window_bytes_ == 0) fail("the file became shorter while it was read");
  }

  void skip(std::uint64_t bytes, const char* what) {
    need(bytes, what);
    position_ += bytes;
  }

  template <class U>
  U big_endian() {
    std::array<std::uint8_t, sizeof(U)> bytes{};
    take(bytes.data(), bytes.size());
    U value = 0;
    for (const std::uint8_t byte : bytes) value = static_cast<U>(value << 8U) | byte;
    return value;
  }

  /// Returns a count or length: 32 bits, 64 in CDF-5.
  std::uint64_t number() { return version_ == 5 ? big_endian<std::uint64_t>() : big_endian<std::uint32_t>(); }

  std::uint64_t padded(std::uint64_t bytes) const {
    if (bytes > largest - 3) fail("a length is beyond any file");
    return (bytes + 3) / 4 * 4;
  }

  std::uint64_t multiply(std::uint64_t a, std::uint64_t b) const {
    std::uint64_t product = 0;
    if (__builtin_mul_overflow(a, b, &product) || product > largest) fail("a size is beyond any file");
    return product;
  }

  std::uint64_t add(std::uint64_t a, std::uint64_t b) const {
    std::uint64_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum) || sum > largest) fail("a size is beyond any file");
    return sum;
  }

  std::string name() {
    const std::uint64_t length = number();
    if (length == 0) fail("a name is empty");
    if (length > most_name_bytes) fail("a name has " + std::to_string(length) + " bytes");
    need(padded(length), "a name");
    std::string text(length, '\0');
    take(text.data(), length);
    skip(padded(length) - length, "a name");
    // A name that was made shorter in place keeps its old length and ends in zeros.
    text.resize(std::min(text.find('\0'), text.size()));
    if (text.empty()) fail("a name is empty");
    return text;
  }

  /// Returns the number of entries of a list that begins here; each has at least `least` bytes.
  std::uint64_t list(std::uint32_t tag, std::uint64_t least, const char* what) {
    const auto found = big_endian<std::uint32_t>();
    const std::uint64_t count = number();
    if (found == 0 && count == 0) return 0;
    if (found != tag) fail(std::string("a list of ") + what + " was expected");
    if (count > left() / least)
      fail("it counts " + std::to_string(count) + " " + what + " where " + std::to_string(left()) + " bytes are left");
    return count;
  }

  std::vector<ClassicDimension> dimension_list() {
    std::vector<ClassicDimension> dimensions;
    for (std::uint64_t n = list(tag_dimension, 12, "dimensions"); n > 0; --n) {
      ClassicDimension dimension;
      dimension.name = name();
      dimension.length = number();
      if (dimension.length > largest) fail("dimension '" + dimension.name + "' has a negative length");
      dimensions.push_back(std::move(dimension));
    }
    return dimensions;
  }

  int type() {
    const auto type = big_endian<std::uint32_t>();
    if (type < 1 || type > (version_ == 5 ? 11U : 6U)) fail("there is no external type " + std::to_string(type));
    return static_cast<int>(type);
  }

  Attributes attribute_list() {
    Attributes attributes;
    std::vector<std::byte> elements;
    for (std::uint64_t n = list(tag_attribute, 16, "attributes"); n > 0; --n) {
      std::string its_name = name();
      const int its_type = type();
      const std::uint64_t size = classic_type_bytes(its_type);
      const std::uint64_t bytes = multiply(number(), size);
      need(padded(bytes), "an attribute");
      if (bytes > most_attribute_bytes) fail("attribute '" + its_name + "' has " + std::to_string(bytes) + " bytes");
      // A file that became shorter, or a damaged count, must not cost more memory than there are bytes.
      elements.clear();
      while (elements.size() < bytes) {
        const std::size_t at = elements.size();
        elements.resize(std::min<std::uint64_t>(bytes, at + attribute_piece_bytes));
        take(elements.data() + at, elements.size() - at);
      }
      skip(padded(bytes) - bytes, "an attribute");
      make_native(size, elements.data(), bytes);
      attributes.push_back(make_attribute(its_name, its_type, elements));
    }
    return attributes;
  }

  std::vector<ClassicVariable> variable_list(const std::vector<ClassicDimension>& dimensions) {
    std::vector<ClassicVariable> variables;
    for (std::uint64_t n = list(tag_variable, 32, "variables"); n > 0; --n) {
      ClassicVariable variable;
      variable.name = name();
      const std::uint64_t rank = number();
      if (rank > most_axes) fail("variable '" + variable.name + "' has " + std::to_string(rank) + " dimensions");
      for (std::uint64_t axis = 0; axis < rank; ++axis) {
        const std::uint64_t id = number();
        if (id >= dimensions.size()) fail("variable '" + variable.name + "' has a dimension that is not there");
        const std::uint64_t length = dimensions[id].length;
        if (length == 0 && axis > 0) fail("variable '" + variable.name + "' has the record dimension in second place");
        if (length == 0) variable.is_record = true;
        variable.dimensions.push_back(id);
        variable.shape.push_back(length);
      }
      variable.attributes = attribute_list();
      variable.type = type();
      // The stored size is of no use: it overflows beyond 4 GB, and some writers leave it wrong.
      (void)number();
      variable.begin = version_ == 1 ? big_endian<std::uint32_t>() : big_endian<std::uint64_t>();
      if (variable.begin > largest) fail("variable '" + variable.name + "' begins at a negative offset");

      variable.bytes = classic_type_bytes(variable.type);
      for (std::size_t axis = variable.is_record ? 1 : 0; axis < variable.shape.size(); ++axis)
        variable.bytes = multiply(variable.bytes, variable.shape[axis]);
      variables.push_back(std::move(variable));
    }
    return variables;
  }

  /// Computes strides, sizes, and the least size of the file.
  void lay_out(ClassicHeader& header, bool count_records) {
    std::uint64_t record_variables = 0;
    std::uint64_t unpadded = 0;
    std::uint64_t first_record = largest;
    for (const ClassicVariable& variable : header.variables) {
      if (variable.begin < header.header_bytes)
        fail("variable '" + variable.name + "' begins at byte " + std::to_string(variable.begin) +
             ", inside the header");
      if (!variable.is_record) continue;
      ++record_variables;
      unpadded = variable.bytes;
      first_record = std::min(first_record, variable.begin);
      header.record_stride = add(header.record_stride, padded(variable.bytes));
    }
    // The records of the only variable that has them are not padded.
    if (record_variables == 1) header.record_stride = unpadded;
    if (count_records)
      header.records = header.record_stride > 0 && file_size_ > first_record
                           ? (file_size_ - first_record) / header.record_stride
                           : 0;

    header.file_bytes = header.header_bytes;
    for (ClassicVariable& variable : header.variables) {
      std::uint64_t end = add(variable.begin, variable.bytes);
      if (variable.is_record) {
        variable.shape[0] = header.records;
        if (header.records == 0) continue;
        end = add(end, multiply(header.records - 1, header.record_stride));
      }
      header.file_bytes = std::max(header.file_bytes, end);
    }
  }

  const ReadAt& read_;
  std::uint64_t file_size_;
  const std::string& shown_;
  int version_ = 0;
  std::uint64_t position_ = 0;
  std::array<std::byte, 8192> window_{};
  std::uint64_t window_begin_ = 0;
  std::uint64_t window_bytes_ = 0;
};

}  // namespace

std::uint64_t classic_type_bytes(int type) {
  constexpr std::array<std::uint64_t, 12> bytes{0, 1, 1, 2, 4, 4, 8, 1, 2, 4, 8, 8};
  return type >= 1 && type < static_cast<int>(bytes.size()) ? bytes[static_cast<std::size_t>(type)] : 0;
}

ClassicHeader parse_classic_header(const ReadAt& read, std::uint64_t file_size, const std::string& shown) {
  return Parser(read, file_size, shown).parse();
}

void refuse_truncated(const ClassicHeader& header, std::uint64_t file_size, const std::string& shown) {
  if (header.file_bytes > file_size)
    throw Error(ErrorCode::corrupt, shown + " is truncated: it has " + std::to_string(file_size) +
                                        " bytes, its header describes " + std::to_string(header.file_bytes));
}

ClassicHeader read_classic_header(const Descriptor& file, const std::string& shown) {
  const std::uint64_t size = file.stamp().size;
  const ReadAt read = [&](std::uint64_t offset, std::span<std::byte> out) {
    return file.read(offset, out.data(), out.size());
  };
  ClassicHeader header = parse_classic_header(read, size, shown);
  refuse_truncated(header, size, shown);
  return header;
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
