// Changes of a copied file: made by netcdf-c, and held against the original.
#include <netcdf.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <system_error>

#include "chunkwise/core/buffer.hpp"
#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/io/inspect.hpp"
#include "chunkwise/io/netcdf_edit.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/dataset/format/file.hpp"
#include "runtime/dataset/format/variable.hpp"
#include "runtime/io/number_text.hpp"
#include "runtime/io/pending_file.hpp"
#include "runtime/netcdf/attributes.hpp"
#include "runtime/netcdf/edit_comparison.hpp"
#include "runtime/netcdf/library.hpp"
#include "runtime/netcdf/names.hpp"
#include "runtime/netcdf/pieces.hpp"
#include "runtime/netcdf/posix.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

namespace {

/// The functions of netcdf-c that only changes of a file need. Used under a LibraryLock.
struct EditFunctions {
  explicit EditFunctions(const SharedLibrary& netcdf_c) : library(netcdf_c) {}
  const SharedLibrary& library;
  decltype(&::nc_del_att) del_att = library["nc_del_att"];
  decltype(&::nc_redef) redef = library["nc_redef"];
  decltype(&::nc_rename_att) rename_att = library["nc_rename_att"];
  decltype(&::nc_rename_dim) rename_dim = library["nc_rename_dim"];
  decltype(&::nc_rename_var) rename_var = library["nc_rename_var"];
};

NetcdfWriteOptions::Format format_of(int file, const std::string& doing) {
  const LibraryLock nc;
  int format = 0;
  check(nc->inq_format(file, &format), doing);
  using Format = NetcdfWriteOptions::Format;
  switch (format) {
    case NC_FORMAT_CLASSIC:
      return Format::classic;
    case NC_FORMAT_64BIT_OFFSET:
      return Format::offset64;
    case NC_FORMAT_64BIT_DATA:
      return Format::cdf5;
    default:
      return Format::netcdf4;
  }
}

/// A file that is open for changes. What fails leaves it to be discarded.
class OpenCopy {
 public:
  OpenCopy(const std::string& path, std::string doing) : path_(path), doing_(std::move(doing)) {
    const LibraryLock nc;
    errno = 0;
    check(nc->open(path.c_str(), NC_WRITE, &id_), doing_);
    format_ = format_of(id_, doing_);
  }
  ~OpenCopy() {
    if (id_ < 0 || LibraryLock::is_lost()) return;
    const LibraryLock nc;
    divert_writes(path_);
    nc->abort(id_);
  }
  OpenCopy(const OpenCopy&) = delete;
  OpenCopy& operator=(const OpenCopy&) = delete;

  [[nodiscard]] int id() const { return id_; }
  [[nodiscard]] NetcdfWriteOptions::Format format() const { return format_; }
  void close() {
    const LibraryLock nc;
    errno = 0;
    check(nc->close(std::exchange(id_, -1)), doing_);
  }

 private:
  std::string path_, doing_;
  int id_ = -1;
  NetcdfWriteOptions::Format format_ = NetcdfWriteOptions::Format::netcdf4;
};

template <class T>
bool are_equal(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    if (std::isnan(a) && std::isnan(b)) return true;
  return a == b;
}

/// Returns true if the type T has the number, which a float32 is rounded to.
template <class T>
bool has_number(double value) {
  if constexpr (std::is_same_v<T, double>) return true;
  if constexpr (std::is_same_v<T, float>) return !std::isfinite(value) || std::isfinite(static_cast<float>(value));
  if (std::is_integral_v<T> && std::fabs(value) > 0x1p53) return false;  // it may have been another number
  constexpr auto limit = static_cast<double>(std::numeric_limits<T>::max());
  return value == std::trunc(value) && value >= static_cast<double>(std::numeric_limits<T>::lowest()) &&
         (sizeof(T) < 8 ? value <= limit : value < limit);
}

/// Returns the one number of an attribute in the type of elements; none if there is no such number.
template <class T>
std::optional<T> one_number(const Attribute* attribute) {
  if (attribute == nullptr) return std::nullopt;
  if (const auto* numbers = std::get_if<std::vector<double>>(&attribute->value))
    return numbers->size() == 1 && has_number<T>(numbers->front()) ? std::optional(static_cast<T>(numbers->front()))
                                                                   : std::nullopt;
  if (const auto* numbers = std::get_if<std::vector<std::int64_t>>(&attribute->value); numbers && numbers->size() == 1)
    return static_cast<T>(numbers->front());
  return std::nullopt;
}

/// Returns the value that unwritten elements of a variable have if it declares none; none for bytes, in which no value
/// means missing.
template <class T>
std::optional<T> unwritten() {
  using dataset::DefaultFill;
  if constexpr (std::is_same_v<T, std::int16_t>) return DefaultFill::int16;
  if constexpr (std::is_same_v<T, std::uint16_t>) return DefaultFill::uint16;
  if constexpr (std::is_same_v<T, std::int32_t>) return DefaultFill::int32;
  if constexpr (std::is_same_v<T, std::uint32_t>) return DefaultFill::uint32;
  if constexpr (std::is_same_v<T, std::int64_t>) return DefaultFill::int64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return DefaultFill::uint64;
  if constexpr (std::is_same_v<T, float>) return DefaultFill::float32;
  if constexpr (std::is_same_v<T, double>) return DefaultFill::float64;
  return std::nullopt;
}

/// Returns the number in the type T; throws invalid_argument if the type does not have it.
template <class T>
T in_type(double value, const std::string& doing) {
  if (!has_number<T>(value))
    throw Error(ErrorCode::invalid_argument, doing + ": " + number_text(value) + " is no " +
                                                 std::string(name_of(dtype_of<T>)) + ", the type of the elements");
  return static_cast<T>(value);
}

class Editor {
 public:
  Editor(const OpenCopy& copy, const FileDescription& before, std::string doing)
      : copy_(copy), before_(before), doing_(std::move(doing)), changes_(doing_, none_) {}

  void run(const NetcdfEdits& edits) {
    require_renamable(edits);
    define();
    for (const NetcdfEdits::Remove& remove : edits.remove) this->remove(remove);
    for (const NetcdfEdits::Set& set : edits.set) this->set(set);
    for (const NetcdfEdits::Fill& fill : edits.fill) this->fill(fill);
    rename_references(edits);
    for (const auto& [from, to] : edits.rename_dimensions) rename_dimension(from, to);
    for (const auto& [from, to] : edits.rename_variables) rename_variable(from, to);
    if (!edits.history.empty()) add_history(edits);
    end_definitions();
  }

 private:
  void define() const {
    const LibraryLock nc;
    const int status = edit_.redef(copy_.id());
    if (status != NC_EINDEFINE) check(status, doing_);
  }
  void end_definitions() const {
    const LibraryLock nc;
    errno = 0;
    const int status = nc->enddef(copy_.id());
    if (status != NC_ENOTINDEFINE) check(status, doing_);
  }

  /// The place of a variable, or of the file if `variable` is empty, and its attributes.
  struct Owner {
    int group;
    int variable;
    std::string shown;
    const Attributes* attributes;
  };

  [[nodiscard]] const VariableDescription& described(const std::string& variable) const {
    const VariableDescription* found = before_.find(variable);
    if (found != nullptr) return *found;
    std::vector<std::string> names;
    for (const VariableDescription& there : before_.variables) names.push_back(there.name);
    throw dataset::no_variable(before_.path, variable, names);
  }

  /// Returns the place of a variable in the copy, which has the numbers of the original.
  [[nodiscard]] std::pair<int, int> place_of(const std::string& variable) const {
    const LibraryLock nc;
    int group = copy_.id();
    std::string rest = variable;
    if (const std::string path = group_of(variable); !path.empty()) {
      check(nc->inq_grp_full_ncid(copy_.id(), path.c_str(), &group), doing_);
      rest = name_of_path(variable);
    }
    int id = 0;
    check(nc->inq_varid(group, rest.c_str(), &id), doing_ + ", variable '" + variable + "'");
    return {group, id};
  }

  [[nodiscard]] Owner owner_of(const std::string& variable) const {
    if (variable.empty()) return {copy_.id(), NC_GLOBAL, "the file", &before_.attributes};
    const VariableDescription& found = described(variable);
    const auto [group, id] = place_of(variable);
    return {group, id, "'" + variable + "'", &found.attributes};
  }

  static void refuse_fill_value(const std::string& attribute, const std::string& doing) {
    if (attribute == "_FillValue")
      throw Error(ErrorCode::invalid_argument, doing +
                                                   ": _FillValue stands for elements of the data, which have to be "
                                                   "changed with it; give it as the fill value of the variable");
  }

  void remove(const NetcdfEdits::Remove& wanted) const {
    refuse_fill_value(wanted.attribute, doing_);
    const Owner owner = owner_of(wanted.variable);
    const LibraryLock nc;
    const int status = edit_.del_att(owner.group, owner.variable, wanted.attribute.c_str());
    if (status == NC_ENOTATT) {
      std::string there;
      for (const Attribute& attribute : *owner.attributes) there += (there.empty() ? "" : ", ") + attribute.name;
      throw Error(ErrorCode::not_found, doing_ + ": " + owner.shown + " has no attribute '" + wanted.attribute + "'" +
                                            (there.empty() ? std::string() : "; there are: " + there));
    }
    check(status, doing_);
  }

  void set(const NetcdfEdits::Set& wanted) {
    const std::string& name = wanted.attribute.name;
    refuse_fill_value(name, doing_);
    if (name.empty() || valid_name(name) != name)
      throw Error(ErrorCode::invalid_argument, doing_ + ": NetCDF does not allow the attribute name '" + name + "'");
    put(owner_of(wanted.variable), wanted.attribute);
  }

  void put(const Owner& owner, const Attribute& attribute) {
    write_attribute({owner.group, owner.variable, owner.shown, copy_.format(), doing_, changes_}, attribute);
  }

  void fill(const NetcdfEdits::Fill& wanted) {
    const VariableDescription& variable = described(wanted.variable);
    const std::string doing = doing_ + ", fill value of '" + wanted.variable + "'";
    if (!variable.problem.empty()) throw Error(ErrorCode::unsupported, doing + ": " + variable.problem);
    dispatch(variable.stored, [&]<class T>(T) {
      if constexpr (!std::is_same_v<T, bool>) fill_as<T>(wanted, variable, doing);
    });
  }

  template <class T>
  void fill_as(const NetcdfEdits::Fill& wanted, const VariableDescription& variable, const std::string& doing) {
    const T next = in_type<T>(wanted.value, doing);
    const Owner owner = owner_of(wanted.variable);
    const std::optional<T> declared = one_number<T>(find_attribute(variable.attributes, "_FillValue"));
    std::optional<T> last = declared;
    if (!last) {
      int no_fill = 0;
      const LibraryLock nc;
      check(nc->inq_var_fill(owner.group, owner.variable, &no_fill, nullptr), doing);
      if (no_fill == 0) last = unwritten<T>();
    }
    const std::optional<T> also = one_number<T>(find_attribute(variable.attributes, "missing_value"));
    declare_fill(owner, declared.has_value(), next);
    if (also && last && are_equal(*also, *last)) put(owner, Attribute("missing_value", next));
    end_definitions();
    Shape shape = Shape::filled(static_cast<int>(variable.shape.size()), 0);
    std::ranges::copy(variable.shape, shape.begin());
    if (shape.elements() > 0) {
      const Buffer buffer = allocate_buffer(static_cast<std::size_t>(elements_at_a_time) * sizeof(T));
      for_each_piece(Region::whole(shape), elements_at_a_time, 0, [&](const Region& piece, std::int64_t) {
        const StartAndCount place(piece);
        T* const elements = static_cast<T*>(static_cast<void*>(buffer.get()));
        const LibraryLock nc;
        check(nc->get_vara(owner.group, owner.variable, place.start.data(), place.count.data(), elements), doing);
        bool changed = false;
        for (std::int64_t i = 0; i < piece.elements(); ++i) {
          if (last && are_equal(elements[i], *last)) {
            elements[i] = next;
            changed = true;
          } else if (are_equal(elements[i], next) && !(also && are_equal(elements[i], *also))) {
            if constexpr (std::is_floating_point_v<T>)
              if (std::isnan(next)) continue;  // missing already
            throw Error(ErrorCode::invalid_argument, doing + ": " + number_text(wanted.value) +
                                                         " is a value of the data, in the region " + to_string(piece) +
                                                         "; choose one that is not there");
          }
        }
        errno = 0;
        if (changed)
          check(nc->put_vara(owner.group, owner.variable, place.start.data(), place.count.data(), elements), doing);
      });
    }
    define();
  }

  /// Writes the attribute. NetCDF-4 refuses it for variables that have data; under another name it is an attribute as
  /// any other.
  template <class T>
  void declare_fill(const Owner& owner, bool is_there, T value) {
    if (copy_.format() != NetcdfWriteOptions::Format::netcdf4) return put(owner, Attribute("_FillValue", value));
    const std::string apart = "chunkwise_fill_value";
    const LibraryLock nc;
    if (is_there) check(edit_.rename_att(owner.group, owner.variable, "_FillValue", apart.c_str()), doing_);
    put(owner, Attribute(apart, value));
    check(edit_.rename_att(owner.group, owner.variable, apart.c_str(), "_FillValue"), doing_);
  }

  /// Has attributes that name variables name them as they will be called.
  void rename_references(const NetcdfEdits& edits) {
    if (edits.rename_variables.empty()) return;
    for (const VariableDescription& variable : before_.variables)
      for (const Attribute& attribute : variable.attributes) {
        if (!is_reference(attribute.name)) continue;
        const std::string text = renamed_references(attribute, [&](const std::string& name) {
          // The nearest variable of this name, from the variable's own group outwards.
          std::string owner = variable.name, path = in_group_of(owner, name);
          while (before_.find(path) == nullptr && !(owner = group_of(owner)).empty()) path = in_group_of(owner, name);
          for (const auto& [from, to] : edits.rename_variables)
            if (path == from) return std::optional(to);
          return std::optional(name);
        });
        if (text.empty() || !holds_text(attribute) || text == std::get<std::string>(attribute.value)) continue;
        const bool is_given = std::ranges::any_of(edits.set, [&](const NetcdfEdits::Set& set) {
          return set.variable == variable.name && set.attribute.name == attribute.name;
        });
        const bool is_removed = std::ranges::any_of(edits.remove, [&](const NetcdfEdits::Remove& remove) {
          return remove.variable == variable.name && remove.attribute == attribute.name;
        });
        if (!is_given && !is_removed) put(owner_of(variable.name), Attribute(attribute.name, text));
      }
  }

  void require_free(const std::string& name, bool is_taken) const {
    if (valid_name(name) != name || name.empty())
      throw Error(ErrorCode::invalid_argument, doing_ + ": NetCDF does not allow the name '" + name + "'");
    if (is_taken) throw Error(ErrorCode::invalid_argument, doing_ + ": the name '" + name + "' is taken");
  }

  /// netcdf-c (4.9) ends the process, or loses values, where it renames a dimension of NetCDF-4 and its variable.
  void require_renamable(const NetcdfEdits& edits) const {
    if (copy_.format() != NetcdfWriteOptions::Format::netcdf4) return;
    const auto is_dimension = [&](const std::string& path) {
      return std::ranges::any_of(before_.dimensions, [&](const DimensionDescription& d) { return d.name == path; });
    };
    const auto is_variable = [&](const std::string& path) { return before_.find(path) != nullptr; };
    const auto refuse = [&](const std::string& name) {
      throw Error(ErrorCode::unsupported,
                  doing_ + ": '" + name +
                      "' is a dimension with a coordinate, which the NetCDF library cannot rename in NetCDF-4 files; "
                      "make a file with rename(x, old='new') in a formula, or set the name in a classic file");
    };
    for (const auto& [from, to] : edits.rename_variables)
      if (is_dimension(from) || is_dimension(in_group_of(from, to))) refuse(from);
    for (const auto& [from, to] : edits.rename_dimensions)
      if (is_variable(from) || is_variable(in_group_of(from, to))) refuse(from);
  }

  void rename_variable(const std::string& from, const std::string& to) const {
    (void)described(from);
    require_free(to, before_.find(in_group_of(from, to)) != nullptr);
    const auto [group, id] = place_of(from);
    const LibraryLock nc;
    check(edit_.rename_var(group, id, to.c_str()), doing_ + ", variable '" + from + "'");
  }

  void rename_dimension(const std::string& from, const std::string& to) const {
    const auto has = [&](const std::string& path) {
      return std::ranges::any_of(before_.dimensions, [&](const DimensionDescription& d) { return d.name == path; });
    };
    if (!has(from)) {
      std::string there;
      for (const DimensionDescription& dimension : before_.dimensions)
        there += (there.empty() ? "" : ", ") + dimension.name;
      throw Error(ErrorCode::not_found, doing_ + ": there is no dimension '" + from + "'; there are: " + there);
    }
    require_free(to, has(in_group_of(from, to)));
    const LibraryLock nc;
    int group = copy_.id(), id = 0;
    if (const std::string path = group_of(from); !path.empty())
      check(nc->inq_grp_full_ncid(copy_.id(), path.c_str(), &group), doing_);
    check(nc->inq_dimid(group, name_of_path(from).c_str(), &id), doing_ + ", dimension '" + from + "'");
    check(edit_.rename_dim(group, id, to.c_str()), doing_ + ", dimension '" + from + "'");
  }

  /// The newest line is the first. A history that is given or removed counts as the old one.
  void add_history(const NetcdfEdits& edits) {
    const std::string& line = edits.history;
    std::string old = text_attribute(before_.attributes, "history");
    for (const NetcdfEdits::Remove& remove : edits.remove)
      if (remove.variable.empty() && remove.attribute == "history") old.clear();
    for (const NetcdfEdits::Set& set : edits.set)
      if (set.variable.empty() && set.attribute.name == "history") old = text_of(set.attribute).value_or("");
    put({copy_.id(), NC_GLOBAL, "the file", &before_.attributes},
        Attribute("history", old.empty() ? line : line + "\n" + old));
  }

  static const SharedLibrary& library() {
    const LibraryLock nc;
    return nc->library;
  }

  const EditFunctions edit_{library()};
  const OpenCopy& copy_;
  const FileDescription& before_;
  std::string doing_;
  const std::function<void(const std::string&)> none_ = {};
  Changes changes_;
};

}  // namespace
}  // namespace netcdf

void edit_netcdf(const TextArgument& path, const TextArgument& to, const NetcdfEdits& edits, bool overwrite) {
  const std::string doing = "cannot change " + path;
  const std::shared_ptr<const dataset::File> file = dataset::open_file(path, edits.isolated);
  const FileDescription before = inspect_netcdf(path, edits.isolated);
  PendingFile pending(to, overwrite);
  std::error_code failed;
  const std::uintmax_t size = std::filesystem::file_size(file->path(), failed);
  if (!failed) netcdf::require_space(pending.temporary(), size + netcdf::metadata_bytes, "cannot write " + to);
  std::filesystem::copy_file(file->path(), pending.temporary(), std::filesystem::copy_options::overwrite_existing,
                             failed);
  if (failed) throw Error(ErrorCode::io, "cannot write " + to + ": " + failed.message());
  std::filesystem::permissions(pending.temporary(),
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
                               std::filesystem::perm_options::add, failed);
  file->require_unchanged();
  {
    netcdf::OpenCopy copy(pending.temporary(), doing);
    netcdf::Editor(copy, before, doing).run(edits);
    copy.close();
  }
  netcdf::require_same_description(before, inspect_netcdf(pending.temporary()), edits, doing);
  if (before.format == "NetCDF-4" && !(edits.rename_variables.empty() && edits.rename_dimensions.empty()))
    netcdf::require_same_elements(*file, *dataset::open_file(pending.temporary(), false), edits, doing);
  pending.publish();
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
