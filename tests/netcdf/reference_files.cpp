#include "tests/netcdf/reference_files.hpp"

#include <netcdf.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <limits>
#include <map>
#include <optional>

#include "tests/netcdf/files.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {

namespace {

using nlohmann::json;

/// A variable of numbers that is to be made. What its attributes say is in terms of stored numbers.
struct NumericVariable {
  std::string name;
  int type = NC_FLOAT;
  std::vector<std::string> dimensions{};
  std::optional<double> fill{}, missing{}, scale{}, offset{};
  std::optional<std::array<double, 2>> range{};
  bool is_unsigned = false;    ///< stored with a sign that it does not have
  bool has_others = false;     ///< a NaN and an infinity
  bool is_cut = false;         ///< the last index along its first axis is not written
  bool is_compressed = false;  ///< in chunks, shuffled and with checksums
  bool is_big_endian = false;
};

const char* letters_of(int type) {
  static const std::map<int, const char*> letters{
      {NC_BYTE, "|i1"}, {NC_UBYTE, "|u1"}, {NC_SHORT, "<i2"},  {NC_USHORT, "<u2"}, {NC_INT, "<i4"},
      {NC_UINT, "<u4"}, {NC_INT64, "<i8"}, {NC_UINT64, "<u8"}, {NC_FLOAT, "<f4"},  {NC_DOUBLE, "<f8"}};
  return letters.at(type);
}

bool is_floating(int type) { return type == NC_FLOAT || type == NC_DOUBLE; }
bool has_no_sign(int type) { return type == NC_UBYTE || type == NC_USHORT || type == NC_UINT || type == NC_UINT64; }

/// The stored number of an element.
double stored_number(const NumericVariable& variable, std::size_t i, std::size_t seed) {
  if (variable.has_others && i == 3) return nan;
  if (variable.has_others && i == 4) return std::numeric_limits<double>::infinity();
  const auto whole = static_cast<double>((i * 37 + seed * 11) % 101);
  if (has_no_sign(variable.type)) return whole;
  return is_floating(variable.type) ? whole - 20 + 0.25 * static_cast<double>(i % 4) : whole - 20;
}

/// The value that a stored number stands for, by the conventions; NaN for a missing one.
double value_of(const NumericVariable& variable, double stored) {
  if (stored == variable.fill || stored == variable.missing) return nan;
  if (variable.range && (stored < (*variable.range)[0] || stored > (*variable.range)[1])) return nan;
  if (variable.is_unsigned && stored < 0) stored += variable.type == NC_BYTE ? 256 : 65536;
  return variable.scale || variable.offset ? stored * variable.scale.value_or(1) + variable.offset.value_or(0) : stored;
}

/// Number, sum, mean, deviation and extremes of finite values.
json statistics_of(const std::vector<double>& values) {
  long double sum = 0, squares = 0;
  std::int64_t count = 0;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    ++count;
    sum += value;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  const long double mean = count > 0 ? sum / static_cast<long double>(count) : 0;
  for (const double value : values)
    if (std::isfinite(value)) squares += (value - mean) * (value - mean);
  json result{{"count_valid", count}, {"sum", static_cast<double>(sum)}};
  if (count == 0) return result;
  result["mean"] = static_cast<double>(mean);
  result["std"] = static_cast<double>(std::sqrt(squares / static_cast<long double>(count)));
  result["min"] = low;
  result["max"] = high;
  return result;
}

/// One file, and its description.
class FileMaker {
 public:
  FileMaker(const std::string& path, int mode) { nc(nc_create(path.c_str(), mode, &file_)); }

  void dimension(const std::string& name, std::size_t length, bool is_unlimited = false) {
    int id = 0;
    nc(nc_def_dim(file_, name.c_str(), is_unlimited ? NC_UNLIMITED : length, &id));
    lengths_[name] = length;
  }

  /// Variables that follow are in a group with dimensions of its own.
  void group(const std::string& name) {
    nc(nc_def_grp(root(), name.c_str(), &file_));
    prefix_ = name + "/";
  }

  void text(const std::string& name, const std::string& dimension) {
    const int id = id_of(dimension);
    int variable = 0;
    nc(nc_def_var(file_, name.c_str(), NC_CHAR, 1, &id, &variable));
    variables_[prefix_ + name] = {{"dtype", "|S1"}, {"shape", {lengths_.at(dimension)}}, {"dims", {dimension}}};
  }

  void numbers(const NumericVariable& of, const std::map<std::string, std::string>& texts = {}) {
    std::vector<int> ids;
    std::vector<std::size_t> shape;
    for (const std::string& dimension : of.dimensions) {
      ids.push_back(id_of(dimension));
      shape.push_back(lengths_.at(dimension));
    }
    int id = 0;
    nc(nc_def_var(file_, of.name.c_str(), of.type, static_cast<int>(ids.size()), ids.data(), &id));
    if (of.is_compressed) {
      std::vector<std::size_t> chunks = shape;
      for (std::size_t& chunk : chunks) chunk = (chunk + 1) / 2;
      nc(nc_def_var_chunking(file_, id, NC_CHUNKED, chunks.data()));
      nc(nc_def_var_deflate(file_, id, 1, 1, 1));
      nc(nc_def_var_fletcher32(file_, id, NC_FLETCHER32));
    }
    if (of.is_big_endian) nc(nc_def_var_endian(file_, id, NC_ENDIAN_BIG));
    const auto put = [&](const char* name, int type, const std::optional<double>& number) {
      if (number) nc(nc_put_att_double(file_, id, name, type, 1, &*number));
    };
    put("_FillValue", of.type, of.fill);
    put("missing_value", of.type, of.missing);
    put("scale_factor", NC_DOUBLE, of.scale);
    put("add_offset", NC_DOUBLE, of.offset);
    if (of.range) nc(nc_put_att_double(file_, id, "valid_range", of.type, 2, of.range->data()));
    if (of.is_unsigned) nc(nc_put_att_text(file_, id, "_Unsigned", 4, "true"));
    for (const auto& [name, value] : texts) nc(nc_put_att_text(file_, id, name.c_str(), value.size(), value.data()));

    json described{{"dtype", letters_of(of.type)}, {"shape", shape}, {"dims", of.dimensions}};
    if (of.fill) described["_FillValue"] = *of.fill;
    if (of.is_unsigned) described["_Unsigned"] = "true";
    variables_[prefix_ + of.name] = std::move(described);
    pending_.push_back({of, file_, id, shape, prefix_ + of.name});
  }

  /// Ends the definitions, writes the numbers, and returns the description.
  json finish(std::size_t seed) {
    const int top = root();
    nc(nc_enddef(top));
    for (const Pending& each : pending_) write(each, ++seed);
    nc(nc_close(top));
    return {{"variables", variables_}};
  }

  /// The values of a variable, once they are written.
  [[nodiscard]] const std::vector<double>& values(const std::string& name) const { return values_.at(name); }
  [[nodiscard]] std::vector<std::size_t> shape(const std::string& name) const { return variables_.at(name)["shape"]; }

 private:
  struct Pending {
    NumericVariable of;
    int group;
    int id;
    std::vector<std::size_t> shape;
    std::string path;
  };

  [[nodiscard]] int root() const {
    int group = file_;
    while (nc_inq_grp_parent(group, &group) == NC_NOERR) {
    }
    return group;
  }

  [[nodiscard]] int id_of(const std::string& dimension) const {
    int id = 0;
    nc(nc_inq_dimid(file_, dimension.c_str(), &id));
    return id;
  }

  void write(const Pending& each, std::size_t seed) {
    std::size_t count = 1;
    for (const std::size_t extent : each.shape) count *= extent;
    std::vector<std::size_t> counts = each.shape;
    if (each.of.is_cut) --counts.at(0);
    std::size_t written = 1;
    for (const std::size_t extent : counts) written *= extent;
    std::vector<double> stored(count), values(count, nan);
    for (std::size_t i = 0; i < written; ++i) {
      stored[i] = stored_number(each.of, i, seed);
      values[i] = value_of(each.of, stored[i]);
    }
    const std::vector<std::size_t> start(each.shape.size() + 1, 0);
    counts.push_back(1);
    if (each.of.type == NC_FLOAT) {
      // As float32, since netcdf-c takes an infinity among doubles for one that does not fit.
      const std::vector<float> floats(stored.begin(), stored.end());
      nc(nc_put_vara_float(each.group, each.id, start.data(), counts.data(), floats.data()));
    } else {
      nc(nc_put_vara_double(each.group, each.id, start.data(), counts.data(), stored.data()));
    }
    variables_[each.path].update(statistics_of(values));
    values_[each.path] = std::move(values);
  }

  int file_ = 0;
  std::string prefix_;
  std::map<std::string, std::size_t> lengths_;
  std::map<std::string, json> variables_;
  std::map<std::string, std::vector<double>> values_;
  std::vector<Pending> pending_;
};

/// A result along an axis as the reference tells it: its shape, number of values, sum, and five of its elements.
json described(const std::vector<double>& values, const std::vector<std::size_t>& shape) {
  std::int64_t valid = 0;
  long double sum = 0;
  for (const double value : values)
    if (!std::isnan(value)) ++valid, sum += value;
  json samples = json::array();
  for (std::size_t k = 0; k < 5; ++k) {
    std::size_t i = k * (values.size() - 1) / 4;
    const json value = std::isnan(values[i]) ? json() : json(values[i]);
    std::vector<std::size_t> place(shape.size());
    for (std::size_t axis = shape.size(); axis-- > 0; i /= shape[axis]) place[axis] = i % shape[axis];
    samples.push_back({place, value});
  }
  return {{"shape", shape}, {"n_valid", valid}, {"sum", static_cast<double>(sum)}, {"samples", samples}};
}

/// The reductions of a variable along each of its axes.
json reductions_of(const std::vector<double>& values, const std::vector<std::size_t>& shape) {
  json result{{"shape", shape}};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    std::size_t outer = 1, inner = 1;
    for (std::size_t other = 0; other < shape.size(); ++other)
      (other < axis ? outer : inner) *= other == axis ? 1 : shape[other];
    std::vector<std::size_t> rest = shape;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(axis));
    std::map<std::string, std::vector<double>> found;
    for (std::size_t place = 0; place < outer * inner; ++place) {
      std::vector<double> line;
      for (std::size_t i = 0; i < shape[axis]; ++i)
        line.push_back(values[(place / inner * shape[axis] + i) * inner + place % inner]);
      const json of_line = statistics_of(line);
      for (const char* name : {"mean", "std", "min", "max"})
        found[name].push_back(of_line.contains(name) ? of_line[name].get<double>() : nan);
      found["count"].push_back(of_line["count_valid"].get<double>());
    }
    for (const auto& [name, numbers] : found) result[name + "_axis" + std::to_string(axis)] = described(numbers, rest);
  }
  return result;
}

/// All files of the folder, and the two descriptions.
class FolderMaker {
 public:
  explicit FolderMaker(fs::path folder) : folder_(std::move(folder)) {}

  void run() {
    for (const char* part : {"real", "edge", "derived", "series_nemo", "series_sao"})
      fs::create_directory(folder_ / part);
    make_types("real/classic.nc", 0, false);
    make_types("real/offset64.nc", NC_64BIT_OFFSET, false);
    make_types("derived/cdf5.nc", NC_64BIT_DATA, true);
    make_types("derived/netcdf4.nc", NC_NETCDF4, true);
    make_types("derived/netcdf4_pieces.nc", NC_NETCDF4, true, true);
    make_types("derived/netcdf4_big_endian.nc", NC_NETCDF4, true, true, true);
    make_types("derived/netcdf4_classic.nc", NC_NETCDF4 | NC_CLASSIC_MODEL, false, true);
    make_fields();
    make_series();
    make_edges();
    std::ofstream(folder_ / "stats.json") << statistics_;
    std::ofstream(folder_ / "golden_axis_reductions.json") << reductions_;
  }

 private:
  void finish(FileMaker& make, const std::string& file, const std::vector<std::string>& reduced = {}) {
    statistics_[file] = make.finish(++seed_);
    for (const std::string& name : reduced)
      reductions_[file + ":" + name] = reductions_of(make.values(name), make.shape(name));
  }

  [[nodiscard]] std::string path(const std::string& file) const { return (folder_ / file).string(); }

  /// Each type, plain and in each way of being packed, of several ranks.
  void make_types(const std::string& file, int mode, bool has_all, bool is_compressed = false,
                  bool is_big_endian = false) {
    FileMaker make(path(file), mode);
    make.dimension("time", 3, true);
    make.dimension("y", 4);
    make.dimension("x", 5);
    make.dimension("z", 2);
    std::vector<int> types{NC_BYTE, NC_SHORT, NC_INT, NC_FLOAT, NC_DOUBLE};
    if (has_all) types.insert(types.end(), {NC_UBYTE, NC_USHORT, NC_UINT, NC_INT64, NC_UINT64});
    std::vector<std::string> reduced;
    for (const int type : types) {
      const std::string name = std::string(letters_of(type) + 1) + "_";
      const bool is_real = is_floating(type);
      const auto add = [&](NumericVariable of) {
        of.name = name + of.name;
        of.type = type;
        of.is_compressed = is_compressed && !of.dimensions.empty();
        of.is_big_endian = is_big_endian;
        make.numbers(of);
      };
      add({.name = "scalar"});
      add({.name = "line", .dimensions = {"x"}});
      add({.name = "record", .dimensions = {"time", "y", "x"}, .has_others = is_real});
      add({.name = "filled", .dimensions = {"time", "x"}, .fill = 5, .missing = 7});
      add({.name = "scaled", .dimensions = {"time", "y", "x"}, .fill = 5, .scale = 0.5, .offset = 10});
      add({.name = "turned", .dimensions = {"y", "x"}, .scale = -0.25});
      add({.name = "ranged", .dimensions = {"z", "y", "x"}, .range = std::array<double, 2>{3, 60}});
      if (type == NC_BYTE || type == NC_SHORT) add({.name = "unsigned", .dimensions = {"y", "x"}, .is_unsigned = true});
      if (type != NC_BYTE && type != NC_UBYTE) add({.name = "unwritten", .dimensions = {"z", "x"}, .is_cut = true});
      reduced.push_back(name + "scaled");
    }
    make.text("letters", "x");
    make.text("more_letters", "z");
    make.text("codes", "y");
    finish(make, file, reduced);
  }

  /// Fields whose names and sizes tests know.
  void make_fields() {
    {
      FileMaker make(path("real/sst.mnmean.nc"), NC_NETCDF4);
      make.dimension("time", 128, true);
      make.dimension("lat", 89);
      make.dimension("lon", 180);
      make.numbers({.name = "sst", .type = NC_BYTE, .dimensions = {"time", "lat", "lon"}, .fill = 5});
      finish(make, "real/sst.mnmean.nc");
    }
    {
      FileMaker make(path("real/sub.nc"), NC_64BIT_OFFSET);
      make.dimension("time", 10);
      make.dimension("level", 2);
      make.dimension("latitude", 9);
      make.dimension("longitude", 9);
      make.numbers({.name = "u",
                    .type = NC_SHORT,
                    .dimensions = {"time", "level", "latitude", "longitude"},
                    .fill = -20,
                    .scale = 0.00027,
                    .offset = 4.15});
      finish(make, "real/sub.nc", {"u"});
    }
    {
      FileMaker make(path("real/tos_O1_2001-2002.nc"), 0);
      make.dimension("time", 24, true);
      make.dimension("lat", 17);
      make.dimension("lon", 18);
      make.numbers({.name = "tos", .dimensions = {"time", "lat", "lon"}, .missing = 80});
      make.numbers({.name = "lat", .dimensions = {"lat"}});
      finish(make, "real/tos_O1_2001-2002.nc", {"tos"});
    }
    FileMaker make(path("real/nc4uvt_groups.nc"), NC_NETCDF4);
    for (const char* group : {"u", "v", "t"}) {
      make.group(group);
      make.dimension("time", 2, true);
      make.dimension("x", 7);
      make.numbers({.name = "field", .dimensions = {"time", "x"}, .is_compressed = true});
    }
    finish(make, "real/nc4uvt_groups.nc", {"u/field"});
  }

  void make_series() {
    for (int month = 1; month <= 3; ++month) {
      const auto day = [](int of) { return "20150" + std::to_string(of) + "01"; };
      const std::string file = "series_nemo/nemo_1m_" + day(month) + "-" + day(month + 1) + "_grid-T.nc";
      FileMaker make(path(file), NC_NETCDF4 | NC_CLASSIC_MODEL);
      make.dimension("time_counter", 1, true);
      make.dimension("y", 330);
      make.dimension("x", 360);
      // The grid is the same in all files, and each has a month of its own.
      make.numbers({.name = "nav_lat", .dimensions = {"y", "x"}}, {{"units", "degrees_north"}});
      make.numbers({.name = "nav_lon", .dimensions = {"y", "x"}}, {{"units", "degrees_east"}});
      make.numbers({.name = "time_counter", .type = NC_DOUBLE, .dimensions = {"time_counter"}, .offset = 31.0 * month},
                   {{"units", "days since 2015-01-01"}});
      make.numbers({.name = "tos", .dimensions = {"time_counter", "y", "x"}, .fill = 5, .offset = 0.5 * month},
                   {{"coordinates", "nav_lat nav_lon"}, {"units", "degC"}});
      seed_ = 100;
      finish(make, file);
    }
    const std::array<std::size_t, 3> reports{1645, 1589, 1767};
    for (std::size_t hour = 0; hour < reports.size(); ++hour) {
      const std::string file = "series_sao/950318" +
                               std::string(hour == 0   ? "09"
                                           : hour == 1 ? "10"
                                                       : "11") +
                               "_sao.cdf";
      FileMaker make(path(file), 0);
      make.dimension("recNum", reports[hour], true);
      make.dimension("cloud", 4);
      make.dimension("letters", 6);
      for (const char* name : {"T", "lat", "lon", "elev", "PSL", "SPD", "VIS"})
        make.numbers({.name = name, .dimensions = {"recNum"}, .fill = 5.25});
      make.numbers({.name = "ZCL", .dimensions = {"recNum", "cloud"}, .fill = 7.5});
      make.text("id", "letters");
      seed_ = 200 + 50 * hour;
      finish(make, file);
    }
  }

  void make_edges() {
    {
      int file = 0, two = 0, ub = 0, sb = 0;
      nc(nc_create(path("edge/ubyte.nc").c_str(), 0, &file));
      nc(nc_def_dim(file, "d", 2, &two));
      nc(nc_def_var(file, "ub", NC_BYTE, 1, &two, &ub));
      nc(nc_def_var(file, "sb2", NC_BYTE, 1, &two, &sb));
      nc(nc_put_att_text(file, ub, "_Unsigned", 4, "true"));
      nc(nc_put_att_text(file, sb, "_Unsigned", 5, "false"));
      nc(nc_enddef(file));
      const std::array<signed char, 2> bytes{0, -127};
      nc(nc_put_var_schar(file, ub, bytes.data()));
      nc(nc_put_var_schar(file, sb, bytes.data()));
      nc(nc_close(file));
    }
    // A variable that begins inside of the header.
    FileMaker make(path("edge/bad_cdf5_begin.nc"), NC_64BIT_DATA);
    make.dimension("x", 5);
    make.numbers({.name = "v", .type = NC_INT, .dimensions = {"x"}});
    (void)make.finish(1);
    std::fstream bytes(folder_ / "edge/bad_cdf5_begin.nc", std::ios::in | std::ios::out | std::ios::binary);
    bytes.seekg(0, std::ios::end);
    // Of this file the place of the data is the last number in front of them.
    const auto place = static_cast<std::streamoff>(bytes.tellg()) - 5 * 4 - 8;
    bytes.seekp(place);
    const std::array<char, 8> begin{0, 0, 0, 0, 0, 0, 0, 4};
    bytes.write(begin.data(), begin.size());
  }

  fs::path folder_;
  json statistics_, reductions_;
  std::size_t seed_ = 0;
};

json load(const fs::path& path) {
  std::ifstream in(path);
  return json::parse(in);
}

bool is_shared_here() { return fs::exists(fs::path(CHUNKWISE_SHARED_DATA) / "stats.json"); }

}  // namespace

json ReferenceFiles::statistics() const { return load(folder / "stats.json"); }
json ReferenceFiles::reductions() const { return load(folder / "golden_axis_reductions.json"); }

std::vector<std::string> reference_names() {
  std::vector<std::string> names{"made"};
  if (is_shared_here()) names.emplace_back("shared");
  return names;
}

const ReferenceFiles& reference_files(const std::string& name) {
  if (name == "shared") {
    static const ReferenceFiles shared{"shared", CHUNKWISE_SHARED_DATA, 750, 50};
    return shared;
  }
  static const TemporaryFolder folder;
  static const ReferenceFiles made = [] {
    FolderMaker(folder / "").run();
    return ReferenceFiles{"made", folder / "", 400, 20};
  }();
  return made;
}

}  // namespace chunkwise_test
