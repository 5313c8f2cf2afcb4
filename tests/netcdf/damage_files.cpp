// Damages NetCDF-4 files and opens and reads them as isolated: whatever their bytes do to netcdf-c and HDF5, this
// process gets values or an Error that names the file. Tells how it went, by kind.
//
//   damage_files COUNT [SEED [FOLDER [BATCH]]]
//
// A file that damaged its helper process is followed by a new process, which costs ten times what a file does. With a
// BATCH above 1 the process goes on, until it dies or has opened BATCH files. A file of which it died is opened again
// alone in a new process, since a file before it may have been the cause, and so is the last of each batch: its outcome
// has to be the same, to the last byte. FOLDER may be "" then.
//
// Files that killed a helper, or took all of its time, or had two outcomes, are left in FOLDER. Fails where an Error
// does not name its file, or an outcome differs.
#include <netcdf.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/io/inspect.hpp"
#include "runtime/netcdf/helper_process.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

/// Files that have of everything a little: kinds of storage, groups, strings, types of their own, many attributes.
std::vector<std::vector<std::byte>> make_good_files(const TemporaryFolder& folder) {
  std::vector<std::vector<std::byte>> files;
  const std::string path = folder / "good.nc";
  const auto add = [&](int mode, int type, const std::vector<Dimension>& dimensions,
                       const std::function<void(int, int)>& define) {
    std::vector<std::size_t> shape;
    for (const Dimension& dimension : dimensions) shape.push_back(dimension.length > 0 ? dimension.length : 5);
    make_file(path, mode, type, dimensions, define, counting(shape));
    files.push_back(bytes_of(path));
  };
  const auto text = [](int file, int variable, const char* name, const std::string& value) {
    nc(nc_put_att_text(file, variable, name, value.size(), value.data()));
  };
  add(NC_NETCDF4, NC_INT, {{"x", 100}}, nullptr);
  add(NC_NETCDF4, NC_SHORT, {{"time", 0}, {"y", 8}, {"x", 10}}, [&](int file, int variable) {
    nc(nc_def_var_deflate(file, variable, 1, 1, 4));
    const double scale = 0.5;
    nc(nc_put_att_double(file, variable, "scale_factor", NC_DOUBLE, 1, &scale));
    text(file, variable, "units", "K");
    int coordinate = 0;
    const int time = 0;
    nc(nc_def_var(file, "time", NC_DOUBLE, 1, &time, &coordinate));
    text(file, coordinate, "units", "hours since 2016-01-01");
  });
  add(NC_NETCDF4, NC_DOUBLE, {{"y", 30}, {"x", 40}}, [&](int file, int variable) {
    const std::size_t chunk[] = {7, 11};
    nc(nc_def_var_chunking(file, variable, NC_CHUNKED, chunk));
    nc(nc_def_var_fletcher32(file, variable, NC_FLETCHER32));
    for (int i = 0; i < 30; ++i) text(file, NC_GLOBAL, ("attribute " + std::to_string(i)).c_str(), "text of it");
  });
  add(NC_NETCDF4, NC_FLOAT, {{"y", 20}, {"x", 40}}, [&](int file, int) {
    int inner = 0, deeper = 0, z = 0, v = 0, s = 0;
    nc(nc_def_grp(file, "inner", &inner));
    nc(nc_def_grp(inner, "deeper", &deeper));
    nc(nc_def_dim(inner, "z", 6, &z));
    nc(nc_def_var(deeper, "w", NC_INT64, 1, &z, &v));
    nc(nc_def_var_deflate(deeper, v, 0, 1, 1));
    nc(nc_def_var(inner, "words", NC_STRING, 1, &z, &s));
    const char* words[] = {"one", "two", "three"};
    nc(nc_put_att_string(inner, s, "several", 3, words));
    nc_type point = 0;
    nc(nc_def_compound(file, 8, "point", &point));
    nc(nc_insert_compound(file, point, "a", 0, NC_INT));
    nc(nc_insert_compound(file, point, "b", 4, NC_FLOAT));
    nc(nc_def_var(inner, "points", point, 1, &z, &s));
  });
  add(NC_NETCDF4 | NC_CLASSIC_MODEL, NC_BYTE, {{"time", 0}, {"x", 25}}, [&](int file, int variable) {
    const signed char fill = -7;
    nc(nc_def_var_fill(file, variable, 0, &fill));
    nc(nc_def_var_deflate(file, variable, 0, 1, 9));
  });
  return files;
}

/// A few bytes changed, lost or put twice; mostly where the file is not data.
std::vector<std::byte> damaged(std::vector<std::byte> bytes, std::mt19937_64& random) {
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const std::size_t hits = 1 + below(6);
  for (std::size_t hit = 0; hit < hits; ++hit) {
    const std::size_t at = below(bytes.size());
    switch (below(8)) {
      case 0:
      case 1:
      case 2:
        bytes[at] = static_cast<std::byte>(random());
        break;
      case 3:
      case 4:
        bytes[at] ^= static_cast<std::byte>(1U << below(8));
        break;
      case 5:
        std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), std::min(bytes.size() - at, 1 + below(16)),
                    random() % 2 == 0 ? std::byte{0} : std::byte{0xff});
        break;
      case 6: {
        const std::size_t from = below(bytes.size());
        const std::size_t count = std::min({bytes.size() - at, bytes.size() - from, 1 + below(64)});
        const std::vector<std::byte> piece(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                                           bytes.begin() + static_cast<std::ptrdiff_t>(from + count));
        std::copy(piece.begin(), piece.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      }
      default:
        if (below(20) == 0) bytes.resize(std::max<std::size_t>(at, 8));
    }
  }
  return bytes;
}

/// Reads all of a small variable, and the ends of one that says it is large.
std::vector<std::byte> read_some(const cw::SourcePtr& source) {
  cw::Region region = cw::Region::whole(source->shape());
  if (source->shape().elements() > 100'000)
    for (cw::AxisRange& range : region)
      range = {0, std::max<std::int64_t>(range.count - 1, 1), std::min<std::int64_t>(range.count, 2)};
  std::vector<std::byte> values(static_cast<std::size_t>(region.elements()) * size_of(source->encoding().stored));
  source->read(region, values.data());
  return values;
}

/// Returns the outcome of a file that an error ended: the code of the error, or how the helper ended.
std::string outcome_of(const cw::Error& error) {
  const std::string text = error.what();
  for (const char* end : {"crashed (", "which computed", "was killed", "which waited", "makes no sense", "exit code"})
    if (const std::size_t at = text.find(end); at != std::string::npos)
      return std::string("helper: ") + text.substr(at, std::min(text.find_first_of(");,", at), at + 40) - at);
  return to_string(error.code());
}

/// How often each thing happened.
using Counts = std::map<std::string, std::size_t>;

void add(Counts& to, const Counts& counts) {
  for (const auto& [what, number] : counts) to[what] += number;
}

void print(const std::string& title, const Counts& counts) {
  std::cout << title << ':';
  for (const auto& [what, number] : counts) std::cout << "  " << number << ' ' << what << ';';
  std::cout << std::endl;
}

/// What became of one file.
struct Outcome {
  Counts files, variables;
  std::string all;                    ///< its description and values, or errors in their place
  std::vector<std::string> nameless;  ///< errors that do not name it
  bool killed = false;                ///< it ended a helper
  bool differs = false;               ///< from what it is alone
};

Outcome open_and_read(const std::string& path) {
  Outcome outcome;
  const auto note = [&](Counts& counts, const cw::Error& error) {
    const std::string what = outcome_of(error);
    ++counts[what];
    outcome.killed = outcome.killed || what.starts_with("helper");
    outcome.all += error.what();
    if (std::string(error.what()).find(path) == std::string::npos) outcome.nameless.emplace_back(error.what());
  };
  try {
    const cw::FileDescription description = cw::inspect_netcdf(path, true);
    ++outcome.files["described"];
    outcome.all = to_json(description);
    for (const cw::VariableDescription& variable : description.variables) {
      if (!variable.problem.empty()) {
        ++outcome.variables["has a problem"];
        continue;
      }
      try {
        const auto values = read_some(open_one(path, variable.name, cw::DType::float64, {.isolated = true}));
        ++outcome.variables["values"];
        outcome.all.append(reinterpret_cast<const char*>(values.data()), values.size());
      } catch (const cw::Error& error) {
        note(outcome.variables, error);
      }
    }
  } catch (const cw::Error& error) {
    note(outcome.files, error);
  }
  return outcome;
}

/// The helper of this process, which opens up to `batch` files.
class Batches {
 public:
  explicit Batches(std::size_t batch) : batch_(batch) { cw::netcdf::Helper::instance().outlives_damage = batch > 1; }

  Outcome open_and_read(const std::string& path) {
    if (batch_ <= 1) return chunkwise_test::open_and_read(path);
    const bool alone = files_++ == 0;
    Outcome outcome = chunkwise_test::open_and_read(path);
    if (outcome.killed && !alone) {
      Outcome again = open_alone(path);
      ++counts[again.killed ? "died alone too" : "died of files before them"];
      outcome = std::move(again);
    } else if (files_ >= batch_ && !outcome.killed) {
      const Outcome again = open_alone(path);
      outcome.differs = again.all != outcome.all;
      ++counts[outcome.differs ? differs : "the same alone"];
      if (outcome.differs)
        std::cout << path << " is, alone:\n" << again.all << "\nafter others:\n" << outcome.all << std::endl;
    }
    if (outcome.killed || files_ >= batch_) end_helper();
    return outcome;
  }

  static constexpr const char* differs = "another outcome alone";
  Counts counts;

 private:
  Outcome open_alone(const std::string& path) {
    end_helper();
    return chunkwise_test::open_and_read(path);
  }

  void end_helper() {
    const std::lock_guard lock(cw::netcdf::Helper::instance().mutex);
    cw::netcdf::Helper::instance().end();
    files_ = 0;
  }

  std::size_t batch_;
  std::size_t files_ = 0;  ///< that this helper has opened
};

int run(std::size_t count, std::uint64_t seed, const std::string& keep, std::size_t batch) {
  ::setenv("CHUNKWISE_LIBEXEC", CHUNKWISE_HELPER_FOLDER, 0);
  ::setenv("CHUNKWISE_HELPER_SECONDS", "2", 0);
  const TemporaryFolder folder;
  const auto good = make_good_files(folder);
  // HDF5 knows files by their inodes and may keep a damaged one open: none of the last `batch` has that of another.
  const auto path_of = [&](std::size_t i) { return folder / ("damaged_" + std::to_string(seed + i) + ".nc"); };
  Batches batches(batch);
  Counts files, variables;
  std::size_t nameless = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::mt19937_64 random(seed + i);
    const auto bytes = damaged(good[i % good.size()], random);
    write_bytes(path_of(i), bytes);
    const Outcome outcome = batches.open_and_read(path_of(i));
    add(files, outcome.files);
    add(variables, outcome.variables);
    for (const std::string& error : outcome.nameless)
      if (++nameless <= 10) std::cout << "seed " << seed + i << ": an error does not name its file: " << error << '\n';
    if ((outcome.killed || outcome.differs) && !keep.empty())
      write_bytes(keep + "/damaged_" + std::to_string(seed + i) + ".nc", bytes);
    if (i >= batch) std::filesystem::remove(path_of(i - batch));
  }
  print("files", files);
  print("variables", variables);
  if (batch > 1) print("in batches", batches.counts);
  return nameless == 0 && files["described"] > 0 && !batches.counts.contains(Batches::differs) ? 0 : 1;
}

}  // namespace
}  // namespace chunkwise_test

int main(int arguments, char** argument) {
  if (arguments < 2) {
    std::cerr << "damage_files COUNT [SEED [FOLDER [BATCH]]]\n";
    return 2;
  }
  const auto number = [&](int i, std::uint64_t otherwise) {
    return i < arguments ? std::strtoull(argument[i], nullptr, 10) : otherwise;
  };
  return chunkwise_test::run(number(1, 0), number(2, 1), arguments > 3 ? argument[3] : "", number(4, 1));
}
