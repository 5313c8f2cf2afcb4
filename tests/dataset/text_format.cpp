#include "tests/dataset/text_format.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <sstream>

#include "chunkwise/core/error.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using namespace chunkwise::dataset;

DType dtype_named(const std::string& name) {
  for (const DType dtype : {DType::int16, DType::int32, DType::float32, DType::float64})
    if (name_of(dtype) == name) return dtype;
  throw Error(ErrorCode::corrupt, "no element type is called '" + name + "'");
}

struct Stored {
  Variable variable;
  bool is_text = false;
  std::vector<std::byte> elements;
};

/// What a file says, read as a whole.
class Grid final : public OpenFile {
 public:
  Grid(const std::string& path, std::string shown) : shown_(std::move(shown)) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string word;
      words >> word;
      if (word == "dimension") add_dimension(words);
      if (word == "variable" || word == "letters") add_variable(words, word == "letters");
      if (word == "text" || word == "number") add_attribute(words, word == "number");
      if (word == "values") add_values(words);
    }
  }

  [[nodiscard]] std::string format() const override { return "grid of words"; }
  [[nodiscard]] Attributes attributes() const override { return {}; }
  [[nodiscard]] std::vector<DimensionDescription> dimensions() const override { return dimensions_; }
  [[nodiscard]] std::vector<VariableEntry> variables() const override {
    std::vector<VariableEntry> entries;
    for (const Stored& stored : stored_)
      entries.push_back({stored.variable.name,
                         stored.is_text ? "text" : std::string(name_of(stored.variable.type)),
                         {0, static_cast<int>(entries.size())}});
    return entries;
  }
  [[nodiscard]] Location locate(const std::string& variable) const override {
    std::vector<std::string> names;
    for (const VariableEntry& entry : variables()) {
      if (entry.name == variable) return entry.location;
      names.push_back(entry.name);
    }
    throw no_variable(shown_, variable, names);
  }
  [[nodiscard]] Variable describe(const Location& at, const std::string& where) const override {
    if (stored(at).is_text) refuse_type("text", where);
    return stored(at).variable;
  }
  [[nodiscard]] std::optional<Location> find_coordinate(const Location&, int, const std::string& name) const override {
    for (const VariableEntry& entry : variables())
      if (entry.name == name && stored(entry.location).variable.dimensions == std::vector<std::string>{name})
        return entry.location;
    return std::nullopt;
  }
  void read_line(const Location& at, std::int64_t count, void* out, const std::string&) const override {
    std::memcpy(out, stored(at).elements.data(), static_cast<std::size_t>(count) * size_of(stored(at).variable.type));
  }

  [[nodiscard]] const Stored& stored(const Location& at) const {
    return stored_[static_cast<std::size_t>(at.variable)];
  }

 private:
  void add_dimension(std::istringstream& words) {
    std::string name, length;
    words >> name >> length;
    const bool unlimited = length == "*";
    if (unlimited) words >> length;
    dimensions_.push_back({name, std::stoll(length), unlimited});
  }
  void add_variable(std::istringstream& words, bool is_text) {
    Stored& made = stored_.emplace_back();
    made.is_text = is_text;
    made.variable.prefilled = false;
    std::string word;
    words >> made.variable.name;
    if (!is_text) {
      words >> word;
      made.variable.type = dtype_named(word);
    }
    while (words >> word) {
      const auto found = std::find_if(dimensions_.begin(), dimensions_.end(),
                                      [&](const DimensionDescription& dimension) { return dimension.name == word; });
      if (found == dimensions_.end()) break;
      made.variable.dimension_ids.push_back(static_cast<int>(found - dimensions_.begin()));
      made.variable.dimensions.push_back(word);
      made.variable.shape.push_back(found->length);
    }
    if (is_text)
      for (const char letter : word) made.elements.push_back(static_cast<std::byte>(letter));
  }
  void add_attribute(std::istringstream& words, bool is_number) {
    std::string variable, name, dtype, rest;
    words >> variable >> name;
    Attributes& attributes = stored_[static_cast<std::size_t>(locate(variable).variable)].variable.attributes;
    if (!is_number) {
      std::getline(words >> std::ws, rest);
      attributes.emplace_back(name, rest);
      return;
    }
    words >> dtype >> rest;
    const DType type = dtype_named(dtype);
    Attribute::Value value = std::vector<double>{std::stod(rest)};
    if (!is_floating(type)) value = std::vector<std::int64_t>{std::stoll(rest)};
    attributes.emplace_back(name, type, value);
  }
  void add_values(std::istringstream& words) {
    std::string variable;
    words >> variable;
    Stored& stored = stored_[static_cast<std::size_t>(locate(variable).variable)];
    for (double value = 0; words >> value;)
      dispatch(stored.variable.type, [&]<class T>(T) {
        const T element = static_cast<T>(value);
        const auto* bytes = reinterpret_cast<const std::byte*>(&element);
        stored.elements.insert(stored.elements.end(), bytes, bytes + sizeof element);
      });
  }

  std::string shown_;
  std::vector<DimensionDescription> dimensions_;
  std::vector<Stored> stored_;
};

class GridFile final : public File {
 public:
  explicit GridFile(FileIdentity identity) : File(text_format(), std::move(identity)) {}

  [[nodiscard]] std::shared_ptr<const OpenFile> open() const override {
    require_unchanged();
    return std::make_shared<const Grid>(path(), shown());
  }
  [[nodiscard]] std::shared_ptr<const RegionReader> reader(const OpenFile&, const Location& location,
                                                           const std::string&, const Variable&) const override {
    class Reader final : public RegionReader {
     public:
      Reader(std::shared_ptr<const File> file, Location at) : file_(std::move(file)), at_(at) {}
      void read(const Region& region, void* out, const std::string&) const override {
        const auto contents = std::static_pointer_cast<const Grid>(file_->open());
        const Stored& stored = contents->stored(at_);
        const std::size_t size = size_of(stored.variable.type);
        auto* to = static_cast<std::byte*>(out);
        for (std::int64_t i = 0; i < region.elements(); ++i, to += size) {
          std::int64_t rest = i, place = 0, stride = 1;
          for (int axis = region.rank() - 1; axis >= 0; --axis) {
            place += (region[axis].start + rest % region[axis].count * region[axis].step) * stride;
            rest /= region[axis].count;
            stride *= stored.variable.shape[axis];
          }
          std::memcpy(to, stored.elements.data() + static_cast<std::size_t>(place) * size, size);
        }
      }

     private:
      std::shared_ptr<const File> file_;
      Location at_;
    };
    return std::make_shared<const Reader>(shared_from_this(), location);
  }
  [[nodiscard]] TextVariable read_text(const std::string& name, bool with_elements, const std::string&) const override {
    const Grid contents(path(), shown());
    const Stored& stored = contents.stored(contents.locate(name));
    TextVariable text;
    text.dimensions = stored.variable.dimensions;
    text.shape.assign(stored.variable.shape.begin(), stored.variable.shape.end());
    text.attributes = stored.variable.attributes;
    if (with_elements) text.bytes = stored.elements;
    return text;
  }
};

bool is_grid(const Descriptor& file, std::uint64_t) {
  char magic[4] = {};
  return file.read(0, magic, sizeof magic) == sizeof magic && std::memcmp(magic, "grid", sizeof magic) == 0;
}

std::shared_ptr<const File> open_grid(FileIdentity identity, std::shared_ptr<const Descriptor>, bool) {
  return std::make_shared<const GridFile>(std::move(identity));
}

std::string none() { return {}; }

}  // namespace

const Format& text_format() {
  static constexpr Format format{"grid", "grid", "it does not begin with that word", &is_grid, &open_grid, &none};
  return format;
}

}  // namespace chunkwise_test
