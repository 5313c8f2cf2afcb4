#include "runtime/dataset/companions.hpp"

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/error.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/dataset/format/format.hpp"
#include "runtime/dataset/series.hpp"
#include "runtime/dataset/static_variable.hpp"
#include "runtime/dataset/units.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

/// Larger companions stay behind: a file of results reads them into memory.
constexpr std::int64_t most_bytes = std::int64_t{1} << 28;
/// Most bytes of companions along the dimension that files are joined along, over all files.
constexpr std::int64_t most_joined_bytes = std::int64_t{1} << 26;

using Elements = std::optional<std::vector<std::byte>>;

/// A variable of numbers or text, as a companion needs to know it.
struct Description {
  std::string path;  ///< with its groups
  DType dtype = DType::int8;
  bool is_text = false;
  std::vector<std::string> dimensions;
  std::vector<std::int64_t> shape;
  Attributes attributes;
  std::shared_ptr<const CompanionValues> strings;  ///< the elements, if they are strings
  std::shared_ptr<const RegionReader> reader;      ///< of the elements, if they are numbers

  [[nodiscard]] std::int64_t elements() const {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape)
      if (__builtin_mul_overflow(count, extent, &count)) return most_bytes + 1;
    return count;
  }
  [[nodiscard]] std::int64_t bytes() const {
    const std::int64_t count = elements();
    return count > most_bytes ? count : count * static_cast<std::int64_t>(is_text ? 1 : size_of(dtype));
  }
};

Description describe_text(const File& file, const std::string& path, const std::string& where) {
  TextVariable text = file.read_text(path, false, where);
  Description description;
  description.path = path;
  description.is_text = true;
  description.dimensions = std::move(text.dimensions);
  description.shape = std::move(text.shape);
  description.attributes = std::move(text.attributes);
  if (!text.bytes.empty()) description.strings = companion_values(std::move(text.bytes));
  return description;
}

Description describe(const File& file, const OpenFile& contents, const std::string& path) {
  const std::string where = path + " of " + file.shown();
  for (const VariableEntry& entry : contents.variables()) {
    if (entry.name != path || (entry.type != "text" && entry.type != "strings")) continue;
    return describe_text(file, path, where);
  }
  const Location at = contents.locate(path);
  const Variable variable = contents.describe(at, where);
  Description description;
  description.path = path;
  description.dtype = variable.type;
  description.dimensions = variable.dimensions;
  description.shape.assign(variable.shape.begin(), variable.shape.end());
  description.attributes = variable.attributes;
  description.reader = file.reader(contents, at, path, variable);
  return description;
}

std::vector<std::byte> read_elements(const File& file, const Description& variable) {
  const std::string doing = "cannot read " + variable.path + " of " + file.shown();
  std::vector<std::byte> bytes(static_cast<std::size_t>(variable.bytes()));
  if (bytes.empty()) return bytes;
  if (variable.is_text) {
    TextVariable text = file.read_text(variable.path, true, doing);
    text.bytes.resize(bytes.size());
    return std::move(text.bytes);
  }
  Region region;
  for (const std::int64_t extent : variable.shape) region.push_back({0, 1, extent});
  variable.reader->read(region, bytes.data(), doing);
  return bytes;
}

/// Returns the counting of a variable; nothing if the file does not have it.
Counting counting_of(const OpenFile& contents, const std::string& variable, const std::string& where) {
  for (const VariableEntry& entry : contents.variables())
    if (entry.name == variable) {
      const Attributes attributes = contents.describe(entry.location, where).attributes;
      return {text_attribute(attributes, "units"), text_attribute(attributes, "calendar")};
    }
  return {};
}

/// The counting of the numbers of a companion along the joined dimension.
struct Counted {
  Counting as;            ///< they have to count so
  bool converts = false;  ///< or are converted to it: the bounds of a time that was converted
};

/// Returns the same places counted in another way; nothing if they cannot be.
Elements recounted(Elements elements, const Counting& from, const Counted& to) {
  const auto convert = conversion(from, to.as, true);
  if (!elements || !convert || (!convert->is_identity() && !to.converts)) return std::nullopt;
  if (convert->is_identity()) return elements;
  for (std::size_t at = 0; at < elements->size(); at += sizeof(double)) {
    double number = 0;
    std::memcpy(&number, elements->data() + at, sizeof number);
    number = (*convert)(number);
    std::memcpy(elements->data() + at, &number, sizeof number);
  }
  return elements;
}

bool has(const OpenFile& contents, const std::string& path) {
  const std::vector<VariableEntry> variables = contents.variables();
  return std::any_of(variables.begin(), variables.end(),
                     [&](const VariableEntry& entry) { return entry.name == path; });
}

/// Returns true if equal elements of the two mean the same.
bool are_alike(const Description& own, const Description& expected) {
  if (own.is_text != expected.is_text || own.dtype != expected.dtype || own.shape != expected.shape ||
      own.dimensions != expected.dimensions)
    return false;
  // A grid mapping consists of its attributes.
  if (find_attribute(expected.attributes, "grid_mapping_name") && own.attributes != expected.attributes) return false;
  for (const char* name : {"units", "calendar", "scale_factor", "add_offset", "_FillValue", "missing_value",
                           "_Unsigned", "valid_range", "valid_min", "valid_max"}) {
    const Attribute* here = find_attribute(own.attributes, name);
    const Attribute* first = find_attribute(expected.attributes, name);
    if ((here == nullptr) != (first == nullptr) || (here && *here != *first)) return false;
  }
  return true;
}

/// The elements of a variable of a file that was opened.
class FileValues final : public CompanionValues {
 public:
  FileValues(std::shared_ptr<const File> file, Description variable)
      : file_(std::move(file)), variable_(std::move(variable)) {}

  [[nodiscard]] std::optional<std::vector<std::byte>> read() const override {
    file_->require_unchanged();
    return read_elements(*file_, variable_);
  }
  [[nodiscard]] std::string identity() const override {
    const FileStamp& stamp = file_->stamp();
    return std::string(file_->format().name) + "|" + file_->path() + "|" + std::to_string(stamp.inode) + "|" +
           std::to_string(stamp.modified_ns) + "|" + std::to_string(stamp.changed_ns) + "|" +
           std::to_string(stamp.size) + "|" + variable_.path;
  }

 private:
  std::shared_ptr<const File> file_;
  Description variable_;
};

/// The elements of the first file, counted as in all files.
class RecountedValues final : public CompanionValues {
 public:
  RecountedValues(std::shared_ptr<const CompanionValues> values, Counting from, Counted to)
      : values_(std::move(values)), from_(std::move(from)), to_(std::move(to)) {}

  [[nodiscard]] Elements read() const override { return recounted(values_->read(), from_, to_); }
  [[nodiscard]] std::string identity() const override { return values_->identity() + "|" + to_.as.units; }

 private:
  std::shared_ptr<const CompanionValues> values_;
  Counting from_;
  Counted to_;
};

/// A variable of a further file, which is opened when its elements are wanted and has to be like the first file's.
class FurtherValues final : public CompanionValues {
 public:
  /// `along` is the joined dimension, whose coordinate tells the counting of each file.
  FurtherValues(const Format& format, std::string path, bool isolated, Description expected, std::string along,
                Counted counted)
      : identity_(std::string(format.name) + "|" + path + "|" + expected.path),
        path_(std::move(path)),
        isolated_(isolated),
        expected_(std::move(expected)),
        along_(std::move(along)),
        counted_(std::move(counted)) {}

  [[nodiscard]] std::optional<std::vector<std::byte>> read() const override {
    const std::shared_ptr<const File> file = open_file(path_, isolated_);
    const std::shared_ptr<const OpenFile> contents = file->open();
    if (!has(*contents, expected_.path)) return std::nullopt;
    const Description own = describe(*file, *contents, expected_.path);
    // Bounds count in the units of their coordinate, which each file chooses for itself.
    if (!are_alike(own, expected_)) return std::nullopt;
    Elements elements = own.strings ? own.strings->read() : read_elements(*file, own);
    return recounted(std::move(elements), counting_of(*contents, along_, path_), counted_);
  }
  [[nodiscard]] std::string identity() const override { return identity_; }

 private:
  std::string identity_;
  std::string path_;
  bool isolated_;
  Description expected_;
  std::string along_;
  Counted counted_;
};

/// A variable of the first file that stands for all files. It is left out if it differs from file to file, like the
/// places of a grid that moves. As with variables without the joined dimension, some files are looked at.
class SharedValues final : public CompanionValues {
 public:
  SharedValues(std::shared_ptr<const CompanionValues> first, Description expected,
               const std::vector<std::string>& paths, bool isolated)
      : first_(std::move(first)), expected_(std::move(expected)), isolated_(isolated) {
    std::string all;
    for (std::size_t i = 1; i < paths.size(); ++i) all += paths[i] + '\n';
    identity_ =
        first_->identity() + "|" + std::to_string(paths.size()) + "|" + std::to_string(std::hash<std::string>()(all));
    for (const std::size_t i : files_to_compare(paths.size() - 1, expected_.bytes())) paths_.push_back(paths[i + 1]);
  }

  [[nodiscard]] std::optional<std::vector<std::byte>> read() const override {
    auto elements = first_->read();
    if (!elements) return std::nullopt;
    std::call_once(compared_, [&] {
      try {
        is_shared_ = is_shared(*elements);
      } catch (const Error& error) {
        // A variable that cannot be a companion differs from one.
        if (error.code() != ErrorCode::unsupported) throw;
      }
    });
    return is_shared_ ? std::move(elements) : std::nullopt;
  }
  [[nodiscard]] std::string identity() const override { return identity_; }

 private:
  [[nodiscard]] bool is_shared(const std::vector<std::byte>& elements) const {
    for (const std::string& path : paths_) {
      const std::shared_ptr<const File> file = open_file(path, isolated_);
      const std::shared_ptr<const OpenFile> contents = file->open();
      if (!has(*contents, expected_.path)) continue;
      const Description own = describe(*file, *contents, expected_.path);
      if (!are_alike(own, expected_)) return false;
      if ((own.strings ? own.strings->read() : read_elements(*file, own)) != elements) return false;
    }
    return true;
  }

  std::shared_ptr<const CompanionValues> first_;
  Description expected_;
  bool isolated_;
  std::vector<std::string> paths_;
  std::string identity_;
  mutable std::once_flag compared_;
  mutable bool is_shared_ = false;
};

class Finder {
 public:
  Finder(const Labels& labels, const JoinedVariable& joined)
      : labels_(labels), joined_(joined), file_(open_file(joined.paths.front(), joined.isolated)) {}

  Labels run() {
    contents_ = file_->open();
    Labels result = labels_.with_file_attributes(contents_->attributes());
    const Location at = contents_->locate(joined_.variable);
    const Variable variable = contents_->describe(at, joined_.variable + " of " + file_->shown());
    if (variable.record_axis >= 0) result = result.with_record(variable.record_axis);
    note(references_of(labels_.attributes()));
    for (int axis = 0; axis < variable.shape.rank(); ++axis)
      if (const Coordinate& coordinate = labels_.coordinate(axis)) note(references_of(coordinate.attributes()));
    for (std::size_t i = 0; i < wanted_.size(); ++i) take(std::string(wanted_[i]));
    for (int axis = 0; axis < variable.shape.rank(); ++axis)
      if (!labels_.coordinate(axis)) take_texts(labels_.dimension(axis));
    return found_.empty() ? result : result.with_companions(std::move(found_));
  }

 private:
  void note(const std::vector<std::string>& names) {
    for (const std::string& name : names)
      if (std::find(wanted_.begin(), wanted_.end(), name) == wanted_.end()) wanted_.push_back(name);
  }

  /// Returns the variable's path as seen from the group of the one that names it.
  [[nodiscard]] std::optional<std::string> path_of(const std::string& name) {
    if (entries_.empty()) entries_ = contents_->variables();
    std::string group = joined_.variable;
    for (;;) {
      const std::size_t slash = group.rfind('/');
      group = slash == std::string::npos ? std::string() : group.substr(0, slash);
      const std::string path = group.empty() ? name : group + "/" + name;
      for (const VariableEntry& entry : entries_)
        if (entry.name == path) return path;
      if (group.empty()) return std::nullopt;
    }
  }

  /// Returns the dimension that the files are joined along; empty for one file.
  [[nodiscard]] std::string along() const {
    return joined_.paths.size() > 1 ? labels_.dimension(joined_.axis) : std::string();
  }

  void take(const std::string& name) {
    for (int axis = 0; axis < max_rank; ++axis)
      if (labels_.dimension(axis) == name && labels_.coordinate(axis)) return;
    const auto path = path_of(name);
    if (!path) return;
    try {
      Description variable = describe(*file_, *contents_, *path);
      if (is_too_large(variable)) return;
      note(references_of(variable.attributes));
      found_.push_back(companion(name, std::move(variable)));
    } catch (const Error&) {
      // It holds elements that no companion can have; reading the array's own elements reports a damaged file.
    }
  }

  /// Takes the coordinate variable of a dimension whose places have texts for names: "region", "station".
  void take_texts(const std::string& dimension) {
    const auto path = dimension.empty() ? std::nullopt : path_of(dimension);
    if (!path || *path == joined_.variable) return;
    const auto is_text = [&](const VariableEntry& entry) {
      return entry.name == *path && (entry.type == "text" || entry.type == "strings");
    };
    if (std::none_of(entries_.begin(), entries_.end(), is_text)) return;
    if (std::any_of(found_.begin(), found_.end(), [&](const Companion& c) { return c.name() == dimension; })) return;
    try {
      Description texts = describe(*file_, *contents_, *path);
      if (!texts.dimensions.empty() && texts.dimensions.front() == dimension && !is_too_large(texts))
        found_.push_back(companion(dimension, std::move(texts)));
    } catch (const Error&) {
      // As above.
    }
  }

  [[nodiscard]] bool is_too_large(const Description& variable) const {
    const std::int64_t most = variable.is_text ? static_cast<std::int64_t>(most_text_bytes) : most_bytes;
    if (variable.bytes() > most) return true;
    const std::string dimension = labels_.dimension(joined_.axis);
    const auto& names = variable.dimensions;
    if (dimension.empty() || std::find(names.begin(), names.end(), dimension) == names.end()) return false;
    std::int64_t all = 0;
    for (const std::int64_t length : joined_.lengths) all += length;
    const std::int64_t first = std::max<std::int64_t>(joined_.lengths.front(), 1);
    return static_cast<double>(variable.bytes()) / static_cast<double>(first) * static_cast<double>(all) >
           static_cast<double>(most_joined_bytes);
  }

  [[nodiscard]] static Companion part(const std::string& name, const Description& variable,
                                      std::shared_ptr<const CompanionValues> values) {
    std::vector<Companion::Axis> axes;
    for (std::size_t i = 0; i < variable.shape.size(); ++i)
      axes.push_back({variable.dimensions[i], variable.shape[i], {0, 1, variable.shape[i]}, false});
    return {name, variable.dtype, variable.is_text, std::move(axes), variable.attributes, std::move(values)};
  }

  /// Returns the counting of a companion along the joined dimension in all files: that of the coordinate for bounds of
  /// times, which have no units of their own, else that of the first file.
  [[nodiscard]] Counted counted(const std::string& name, const Description& variable, const Counting& first) const {
    const Coordinate& coordinate = labels_.coordinate(joined_.axis);
    if (!coordinate || variable.is_text || variable.dtype != DType::float64) return {first};
    for (const char* own : {"units", "calendar", "_FillValue", "missing_value", "scale_factor", "add_offset"})
      if (find_attribute(variable.attributes, own)) return {first};
    if (are_bounds(coordinate.attributes(), name)) return {dataset::counting_of(coordinate), true};
    return {first};
  }

  [[nodiscard]] Companion companion(const std::string& name, Description variable) const {
    std::shared_ptr<const CompanionValues> values = variable.strings;
    if (!values) values = std::make_shared<const FileValues>(file_, variable);
    const std::string dimension = along();
    const auto& dimensions = variable.dimensions;
    if (dimension.empty()) return part(name, variable, std::move(values));
    if (std::find(dimensions.begin(), dimensions.end(), dimension) == dimensions.end())
      return part(name, variable,
                  std::make_shared<const SharedValues>(std::move(values), variable, joined_.paths, joined_.isolated));
    const Counting counting = counting_of(*contents_, dimension, file_->shown());
    const Counted counted = this->counted(name, variable, counting);
    if (counted.as != counting) values = std::make_shared<const RecountedValues>(std::move(values), counting, counted);
    Companion first = part(name, variable, std::move(values));
    std::vector<Companion> parts{std::move(first)};
    for (std::size_t i = 1; i < joined_.paths.size(); ++i) {
      Description further = variable;
      further.strings.reset();
      further.reader.reset();
      for (std::size_t axis = 0; axis < further.shape.size(); ++axis)
        if (further.dimensions[axis] == dimension) further.shape[axis] = joined_.lengths[i];
      auto further_values = std::make_shared<const FurtherValues>(file_->format(), joined_.paths[i], joined_.isolated,
                                                                  further, dimension, counted);
      parts.push_back(part(name, further, std::move(further_values)));
    }
    return Companion::join(parts, dimension);
  }

  const Labels& labels_;
  const JoinedVariable& joined_;
  std::shared_ptr<const File> file_;
  std::shared_ptr<const OpenFile> contents_;
  std::vector<VariableEntry> entries_;
  std::vector<std::string> wanted_;
  std::vector<Companion> found_;
};

}  // namespace

Labels with_companions(const Labels& labels, const JoinedVariable& joined) { return Finder(labels, joined).run(); }

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
