// Text and strings as netcdf-c reads them, and as a helper sends them.
#include <algorithm>
#include <cstring>
#include <utility>

#include "chunkwise/core/error.hpp"
#include "runtime/netcdf/attributes.hpp"
#include "runtime/netcdf/helper_messages.hpp"
#include "runtime/netcdf/library.hpp"
#include "runtime/netcdf/nc_file.hpp"
#include "runtime/netcdf/read_name.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

constexpr std::size_t most_strings = std::size_t{1} << 16;

/// Returns the number of elements, or most_text_bytes + 1 if it overflows.
std::size_t elements_of(const TextVariable& variable) {
  std::size_t count = 1;
  for (const std::int64_t extent : variable.shape)
    if (__builtin_mul_overflow(count, static_cast<std::size_t>(extent), &count)) return most_text_bytes + 1;
  return count;
}

void require_no_more(std::size_t bytes, const std::string& where) {
  if (bytes > most_text_bytes)
    throw Error(ErrorCode::unsupported,
                where + " holds more than " + std::to_string(most_text_bytes) + " bytes of text");
}

/// Strings that netcdf-c has made, and frees.
class Strings {
 public:
  Strings(const LibraryLock& nc, std::size_t count) : nc_(nc), texts_(count, nullptr) {}
  ~Strings() { nc_->free_string(texts_.size(), texts_.data()); }
  Strings(const Strings&) = delete;
  Strings& operator=(const Strings&) = delete;
  [[nodiscard]] std::vector<char*>& texts() { return texts_; }

 private:
  const LibraryLock& nc_;
  std::vector<char*> texts_;
};

/// Reads the strings of a variable, under the library's lock.
void read_strings(const LibraryLock& nc, const Location& at, TextVariable& variable, const std::string& where) {
  const std::size_t count = elements_of(variable);
  if (count == 0 || count > most_strings) throw Error(ErrorCode::unsupported, where + " holds too many strings");
  Strings strings(nc, count);
  const std::vector<std::size_t> start(variable.shape.size() + 1, 0);
  std::vector<std::size_t> extents(variable.shape.begin(), variable.shape.end());
  extents.push_back(1);
  check(nc->get_vara(at.group, at.variable, start.data(), extents.data(), strings.texts().data()), where);
  std::size_t longest = 1;
  for (const char* text : strings.texts()) longest = std::max(longest, text ? std::strlen(text) : 0);
  require_no_more(count * std::min(longest, most_text_bytes), where);
  variable.bytes.resize(count * longest);
  for (std::size_t i = 0; i < count; ++i)
    if (const char* text = strings.texts()[i])
      std::memcpy(variable.bytes.data() + i * longest, text, std::strlen(text));
  variable.dimensions.push_back("string" + std::to_string(longest));
  variable.shape.push_back(static_cast<std::int64_t>(longest));
}

}  // namespace

TextVariable NcFile::read_text(const Location& at, bool with_elements, const std::string& where) const {
  const LibraryLock nc;
  int type = 0;
  int rank = 0;
  check(nc->inq_var(at.group, at.variable, nullptr, &type, &rank, nullptr, nullptr), where);
  if (type != NC_CHAR && type != NC_STRING) throw Error(ErrorCode::unsupported, where + " is neither numbers nor text");
  TextVariable variable;
  std::vector<int> ids(static_cast<std::size_t>(rank));
  check(nc->inq_vardimid(at.group, at.variable, ids.data()), where);
  for (const int id : ids) {
    std::size_t length = 0;
    std::string name = read_name([&](char* to) { return nc->inq_dim(at.group, id, to, &length); }, where);
    require_no_more(length, where);
    variable.dimensions.push_back(std::move(name));
    variable.shape.push_back(static_cast<std::int64_t>(length));
  }
  variable.attributes = read_attributes(at.group, at.variable, where);
  if (type == NC_STRING) {
    read_strings(nc, at, variable, where);
  } else if (with_elements) {
    require_no_more(elements_of(variable), where);
    variable.bytes.resize(elements_of(variable));
    const std::vector<std::size_t> start(variable.shape.size() + 1, 0);
    std::vector<std::size_t> extents(variable.shape.begin(), variable.shape.end());
    extents.push_back(1);
    if (!variable.bytes.empty())
      check(nc->get_vara(at.group, at.variable, start.data(), extents.data(), variable.bytes.data()), where);
  }
  return variable;
}

void put(ByteWriter& out, const TextVariable& variable) {
  out.number(variable.shape.size(), 4);
  for (std::size_t i = 0; i < variable.shape.size(); ++i) {
    out.text(variable.dimensions[i]);
    out.number(variable.shape[i]);
  }
  put(out, variable.attributes);
  out.block(variable.bytes);
}

TextVariable take_text(ByteReader& in) {
  TextVariable variable;
  const std::uint64_t rank = in.number(4);
  for (std::uint64_t axis = 0; axis < rank; ++axis) {
    variable.dimensions.push_back(in.text());
    variable.shape.push_back(in.signed_number());
    if (variable.shape.back() < 0 || variable.shape.back() > static_cast<std::int64_t>(most_text_bytes))
      throw in.error("an extent that no text has");
  }
  variable.attributes = take_attributes(in);
  const auto bytes = in.block();
  if (!bytes.empty() && bytes.size() != elements_of(variable)) throw in.error("text of another length");
  variable.bytes.assign(bytes.begin(), bytes.end());
  return variable;
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
