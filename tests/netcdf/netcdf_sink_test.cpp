// Files that a sink writes. The file is long because its first half is one suite, which is instantiated for each
// format, and its second has what a single format or name is a case of, with the same helpers.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <random>
#include <thread>

#include "chunkwise/io/netcdf_edit.hpp"
#include "runtime/netcdf/names.hpp"
#include "tests/core/labels.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

using cw::ChunkGrid;
using cw::Coordinate;
using cw::DType;
using cw::ErrorCode;
using cw::Labels;
using cw::NetcdfWriteOptions;
using cw::Region;
using cw::Shape;
using Format = NetcdfWriteOptions::Format;

/// Writes a whole array at once.
template <class T>
void write(const std::string& path, const Shape& shape, const std::vector<T>& values, const Labels& labels = {},
           const NetcdfWriteOptions& options = {}) {
  const auto sink = cw::netcdf_sink(path, options);
  sink->begin(cw::dtype_of<T>, shape, ChunkGrid::automatic(shape), labels);
  sink->write(Region::whole(shape), values.data());
  sink->finish();
}

NetcdfWriteOptions in_format(Format format, int deflate = 0) {
  NetcdfWriteOptions options;
  options.format = format;
  options.deflate = deflate;
  return options;
}

/// An attribute of a file that was written, as text; empty where it is not there.
std::string attribute(const std::string& path, const char* variable, const char* name) {
  int file = 0;
  int id = NC_GLOBAL;
  std::size_t length = 0;
  nc(nc_open(path.c_str(), NC_NOWRITE, &file));
  if (*variable != '\0') nc(nc_inq_varid(file, variable, &id));
  std::string value;
  if (nc_inq_attlen(file, id, name, &length) == NC_NOERR) {
    value.resize(length);
    nc(nc_get_att_text(file, id, name, value.data()));
  }
  nc(nc_close(file));
  return value;
}

class SinkFormats : public testing::TestWithParam<Format> {};
INSTANTIATE_TEST_SUITE_P(Formats, SinkFormats,
                         testing::Values(Format::netcdf4, Format::classic, Format::offset64, Format::cdf5));

TEST_P(SinkFormats, ReturnWhatWasWrittenWithItsLabels) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  const Labels labels({"time", "x"},
                      {Coordinate({0.5, 1.5}, {text("units", "hours since 2016-01-01")}), Coordinate({10, 20, 30}, {})},
                      "t2m", {text("units", "K"), {"level", DType::int16, std::vector<std::int64_t>{2, 3}}});
  NetcdfWriteOptions options = in_format(GetParam());
  options.history = "a test";
  write<float>(path, {2, 3}, {1, 2, 3, 4, 5, 6}, labels, options);

  EXPECT_EQ(folder.names(), std::vector<std::string>{"a.nc"});
  const auto parts = cw::open_netcdf_parts({path}, "t2m", DType::float32);
  EXPECT_EQ(read_all<float>(parts.parts[0]), (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_TRUE(parts.parts[0]->encoding().is_plain()) << "the fill value is NaN";
  EXPECT_EQ(parts.labels.dimension(0), "time");
  EXPECT_EQ(parts.labels.coordinate(0).to_vector(), (std::vector<double>{0.5, 1.5}));
  EXPECT_EQ(parts.labels.coordinate(0).attributes().at(0), text("units", "hours since 2016-01-01"));
  EXPECT_EQ(parts.labels.coordinate(1).to_vector(), (std::vector<double>{10, 20, 30}));
  ASSERT_EQ(parts.labels.attributes().size(), 2U);
  EXPECT_EQ(parts.labels.attributes()[0], text("units", "K"));
  EXPECT_EQ(parts.labels.attributes()[1], labels.attributes()[1]);
  EXPECT_EQ(attribute(path, "", "history"), "a test");
}

TEST_P(SinkFormats, StoreEveryElementTypeTheyHave) {
  const TemporaryFolder folder;
  const bool has_64_bits = GetParam() == Format::netcdf4 || GetParam() == Format::cdf5;
  for (std::size_t i = 0; i < cw::dtype_count; ++i) {
    const auto dtype = static_cast<DType>(i);
    cw::dispatch(dtype, [&]<class T>(T) {
      const std::string path = folder / (std::string(name_of(dtype)) + ".nc");
      const T values[] = {static_cast<T>(0), static_cast<T>(1), std::numeric_limits<T>::max()};
      const auto write_it = [&] {
        const auto sink = cw::netcdf_sink(path, in_format(GetParam()));
        sink->begin(dtype, {3}, ChunkGrid::automatic({3}), {});
        sink->write(Region::whole({3}), values);
        sink->finish();
      };
      if (sizeof(T) == 8 && cw::is_integer(dtype) && !has_64_bits) {
        const Caught caught = error_of(write_it);
        EXPECT_EQ(caught.code, ErrorCode::unsupported);
        EXPECT_TRUE(caught.says("netcdf4 or cdf5") && caught.says(path)) << caught.message;
        EXPECT_FALSE(fs::exists(path));
        return;
      }
      write_it();
      const auto source = open_one(path, "data", dtype);
      EXPECT_EQ(source->encoding().stored, dtype == DType::boolean ? DType::int8 : dtype);
      T got[3];
      source->read(Region::whole({3}), got);
      EXPECT_EQ(std::memcmp(got, values, sizeof got), 0) << name_of(dtype);
    });
  }
  EXPECT_EQ(attribute(folder / "bool.nc", "data", "dtype"), "bool");
}

TEST_P(SinkFormats, TakeAttributesOfEveryTypeAndValue) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  using Floats = std::numeric_limits<float>;
  using Doubles = std::numeric_limits<double>;
  using Integers = std::vector<std::int64_t>;
  const double float_max = static_cast<double>(Floats::max());
  const double float_least = static_cast<double>(Floats::denorm_min());
  cw::Attributes attributes{
      text("words", "K"),
      text("nothing", ""),
      {"floats", DType::float32, std::vector<double>{INFINITY, -INFINITY, float_max, -float_max, float_least, -0.0}},
      {"doubles", DType::float64,
       std::vector<double>{INFINITY, -INFINITY, Doubles::max(), Doubles::denorm_min(), -0.0}},
      {"int8", DType::int8, Integers{-128, 127}},
      {"int16", DType::int16, Integers{-32768, 32767}},
      {"int32", DType::int32, Integers{-2147483648LL, 2147483647}}};
  const bool has_all = GetParam() == Format::netcdf4 || GetParam() == Format::cdf5;
  if (has_all) {
    attributes.push_back({"uint8", DType::uint8, Integers{0, 255}});
    attributes.push_back({"uint16", DType::uint16, Integers{0, 65535}});
    attributes.push_back({"uint32", DType::uint32, Integers{0, 4294967295}});
    attributes.push_back({"int64", DType::int64, Integers{std::numeric_limits<std::int64_t>::min(), -1}});
    attributes.push_back({"uint64", DType::uint64, Integers{-1, 0}});
  }
  cw::Attributes changed = attributes;
  attributes.push_back({"nan", DType::float32, std::vector<double>{std::nan("")}});
  // What the format does not hold is written in a type that does.
  const std::string digits = "9007199254740993";
  attributes.push_back({"large", DType::int64, Integers{9007199254740993}});
  if (has_all)
    changed.push_back(attributes.back());
  else
    changed.push_back(text("large", digits));
  attributes.push_back({"truth", true});
  changed.push_back({"truth", DType::int8, Integers{1}});
  write<float>(path, {1}, {1}, Labels({"x"}, {Coordinate({1}, attributes)}, "v", attributes), in_format(GetParam()));

  const auto parts = cw::open_netcdf_parts({path}, "v", DType::float32);
  for (const cw::Attributes& got : {parts.labels.attributes(), parts.labels.coordinate(0).attributes()})
    for (const cw::Attribute& wanted : changed) {
      const auto found = std::find_if(got.begin(), got.end(), [&](const auto& a) { return a.name == wanted.name; });
      ASSERT_NE(found, got.end()) << wanted.name;
      EXPECT_EQ(*found, wanted) << wanted.name;
    }
}

TEST_P(SinkFormats, TakeRegionsInAnyOrder) {
  const TemporaryFolder folder;
  const Shape shape{6, 50, 40};
  const ChunkGrid grid = ChunkGrid::regular(shape, {2, 30, 40});
  for (const int deflate : {0, 4}) {
    if (deflate > 0 && GetParam() != Format::netcdf4) continue;
    const std::string path = folder / ("a" + std::to_string(deflate) + ".nc");
    const auto sink = cw::netcdf_sink(path, in_format(GetParam(), deflate));
    sink->begin(DType::float64, shape, grid, Labels({"t", "", "x"}));
    for (std::int64_t i = 2; i >= 0; --i)
      for (std::int64_t j = 1; j >= 0; --j) {
        const Region region = grid.region({i, j, 0});
        std::vector<double> values;
        for (std::int64_t a = 0; a < region[0].count; ++a)
          for (std::int64_t b = 0; b < region[1].count; ++b)
            for (std::int64_t c = 0; c < 40; ++c)
              values.push_back(static_cast<double>(((region[0].start + a) * 50 + region[1].start + b) * 40 + c));
        sink->write(region, values.data());
      }
    EXPECT_FALSE(fs::exists(path)) << "nothing is visible before it is complete";
    sink->finish();
    const auto parts = cw::open_netcdf_parts({path}, "data", DType::float64);
    const auto got = read_all<double>(parts.parts[0]);
    for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], static_cast<double>(i));
    EXPECT_EQ(parts.labels.dimension(1), "dim_1");
    EXPECT_EQ(parts.parts[0]->read_block(), deflate > 0 ? (Shape{2, 30, 40}) : (Shape{1, 1, 1}));
  }
}

/// What netcdf-c reads of a variable.
std::vector<double> by_netcdf_c(const std::string& path, const char* variable, std::size_t count) {
  int file = 0;
  int id = 0;
  std::vector<double> values(count);
  nc(nc_open(path.c_str(), NC_NOWRITE, &file));
  nc(nc_inq_varid(file, variable, &id));
  nc(nc_get_var_double(file, id, values.data()));
  nc(nc_close(file));
  return values;
}

TEST_P(SinkFormats, AreWhatNetcdfReadsWhateverTheBoxesAndThreads) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  const Shape shape{5, 7, 9};
  const Labels odd({"t", "y", "x"}, {{}, {}, {}}, "odd", {});
  const Labels wide({"t", "y", "x"}, {{}, {}, {}}, "wide", {});
  // An odd number of bytes before another variable, and boxes that cut every axis.
  const auto sinks = cw::netcdf_sinks(path, 2, in_format(GetParam()));
  const auto begin = [&](std::size_t i, DType dtype, const Labels& labels) {
    sinks[i]->begin(dtype, shape, ChunkGrid::regular(shape, {2, 3, 4}), labels);
  };
  begin(0, DType::int8, odd);
  begin(1, DType::float64, wide);
  const ChunkGrid grid = ChunkGrid::regular(shape, {2, 3, 4});
  std::vector<Region> boxes;
  for (std::int64_t i = 0; i < grid[0].count() * grid[1].count() * grid[2].count(); ++i)
    boxes.push_back(grid.region(grid.chunk(i)));
  std::shuffle(boxes.begin(), boxes.end(), std::mt19937(1));
  std::vector<std::thread> threads;
  for (std::size_t part = 0; part < 3; ++part)
    threads.emplace_back([&, part] {
      for (std::size_t i = part; i < boxes.size(); i += 3) {
        std::vector<std::int8_t> small;
        std::vector<double> large;
        const Region& box = boxes[i];
        for (std::int64_t a = box[0].start; a < box[0].start + box[0].count; ++a)
          for (std::int64_t b = box[1].start; b < box[1].start + box[1].count; ++b)
            for (std::int64_t c = box[2].start; c < box[2].start + box[2].count; ++c) {
              const std::int64_t number = (a * 7 + b) * 9 + c;
              small.push_back(static_cast<std::int8_t>(number % 100));
              large.push_back(static_cast<double>(number) / 8);
            }
        sinks[0]->write(box, small.data());
        sinks[1]->write(box, large.data());
      }
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& sink : sinks) sink->finish();
  const std::vector<double> small = by_netcdf_c(path, "odd", 315);
  const std::vector<double> large = by_netcdf_c(path, "wide", 315);
  for (std::size_t i = 0; i < 315; ++i) {
    ASSERT_EQ(small[i], static_cast<double>(i % 100));
    ASSERT_EQ(large[i], static_cast<double>(i) / 8);
  }
}

TEST_P(SinkFormats, WriteEveryNanWithTheSameBits) {
  const TemporaryFolder folder;
  const std::string path = folder / "a.nc";
  const double other = std::bit_cast<double>(std::uint64_t{0xFFF8'0000'0000'1234});
  std::vector<double> values(600000, 1.0);
  for (std::size_t i = 0; i < values.size(); i += 7) values[i] = other;
  write<double>(path, {3, 200000}, values, {}, in_format(GetParam()));
  const auto got = read_all<double>(open_one(path, "data"));
  for (std::size_t i = 0; i < got.size(); ++i)
    ASSERT_EQ(std::bit_cast<std::uint64_t>(got[i]),
              std::bit_cast<std::uint64_t>(i % 7 == 0 ? std::numeric_limits<double>::quiet_NaN() : 1.0));
  EXPECT_TRUE(std::isnan(values[0]) && std::bit_cast<std::uint64_t>(values[0]) == 0xFFF8'0000'0000'1234);
}

TEST_P(SinkFormats, HoldScalarsAndNothing) {
  const TemporaryFolder folder;
  write<float>(folder / "scalar.nc", {}, {7}, {}, in_format(GetParam()));
  EXPECT_EQ(read_all<float>(open_one(folder / "scalar.nc", "data")), std::vector<float>{7});
  write<float>(folder / "empty.nc", {0, 3}, {}, Labels({"t", "x"}), in_format(GetParam()));
  EXPECT_EQ(open_one(folder / "empty.nc", "data")->shape(), (Shape{0, 3}));
  const auto second = [&] { write<float>(folder / "b.nc", {3, 0}, {}, {}, in_format(GetParam())); };
  if (GetParam() == Format::netcdf4) {
    second();
    EXPECT_EQ(open_one(folder / "b.nc", "data")->shape(), (Shape{3, 0}));
  } else {
    EXPECT_EQ(error_of(second).code, ErrorCode::unsupported);
  }
}

TEST_P(SinkFormats, AbortAndDestructionLeaveNothing) {
  const TemporaryFolder folder;
  write<float>(folder / "a.nc", {1}, {1}, {}, in_format(GetParam()));
  {
    const auto sink = cw::netcdf_sink(folder / "a.nc", in_format(GetParam()));
    sink->begin(DType::float32, {100}, ChunkGrid::automatic({100}), {});
    EXPECT_EQ(folder.names().size(), 2U);
    sink->abort();
    sink->abort();
    EXPECT_EQ(folder.names(), std::vector<std::string>{"a.nc"});
  }
  {
    const auto sink = cw::netcdf_sink(folder / "a.nc", in_format(GetParam()));
    sink->begin(DType::float32, {100}, ChunkGrid::automatic({100}), {});
  }
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a.nc"});
  EXPECT_EQ(read_all<float>(open_one(folder / "a.nc", "data")), std::vector<float>{1});
}

/// Lets this process mount file systems that nobody else sees; false where the system forbids it.
bool separate_mounts() {
  const auto user = std::to_string(::getuid());
  const auto group = std::to_string(::getgid());
  if (::unshare(CLONE_NEWNS) != 0) {
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << user << ' ' << user << " 1";
    std::ofstream("/proc/self/gid_map") << group << ' ' << group << " 1";
  }
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
}

/// Runs `body` in a child process where `folder` is a disk of 32 MB, and returns what it says; none where the system
/// does not let us have such a disk.
std::optional<std::string> on_a_small_disk(const TemporaryFolder& folder, const std::function<std::string()>& body) {
  constexpr int no_disk = 77;
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) return std::nullopt;
  const pid_t child = ::fork();
  if (child == 0) {
    if (!separate_mounts() || ::mount("none", (folder / "").c_str(), "tmpfs", 0, "size=32m") != 0) ::_exit(no_disk);
    const std::string said = body();
    const bool told = ::write(pipe[1], said.data(), said.size()) == static_cast<ssize_t>(said.size());
    ::_exit(told ? 0 : 1);
  }
  ::close(pipe[1]);
  std::string said;
  std::array<char, 4096> buffer{};
  for (ssize_t n = 0; (n = ::read(pipe[0], buffer.data(), buffer.size())) > 0;)
    said.append(buffer.data(), static_cast<std::size_t>(n));
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == no_disk) return std::nullopt;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? said : "the process crashed, having said: " + said;
}

/// Writes to /a.nc while something else fills the disk up to the last `left` bytes; tells the error and what remains.
std::string write_while_the_disk_fills(const TemporaryFolder& folder, const NetcdfWriteOptions& options, off_t left) {
  constexpr std::int64_t count = 2'000'000;
  std::vector<double> values(100'000);
  std::mt19937_64 random(1);
  for (double& value : values) value = static_cast<double>(random());
  const Caught caught = error_of([&] {
    const auto sink = cw::netcdf_sink(folder / "a.nc", options);
    sink->begin(DType::float64, {count}, ChunkGrid::automatic({count}), {});
    const int fd = ::open((folder / "other").c_str(), O_CREAT | O_WRONLY, 0600);
    off_t filled = 0;
    while (::write(fd, values.data(), 4096) == 4096) filled += 4096;
    if (::ftruncate(fd, std::max<off_t>(filled - left, 0)) != 0) return;
    for (std::int64_t i = 0; i < count; i += 100'000) sink->write(Region{{i, 1, 100'000}}, values.data());
    sink->finish();
  });
  return std::string(to_string(caught.code)) + ": " + caught.message +
         "; files: " + std::to_string(folder.names().size());
}

TEST_P(SinkFormats, ADiskThatFillsUpIsReportedWithThePath) {
  for (const off_t left : {0, 8192, 1'500'000})
    for (const int deflate : {0, 3}) {
      if (deflate > 0 && GetParam() != Format::netcdf4) continue;
      const TemporaryFolder folder;
      const auto said = on_a_small_disk(
          folder, [&] { return write_while_the_disk_fills(folder, in_format(GetParam(), deflate), left); });
      if (!said) GTEST_SKIP() << "this system gives us no small disk";
      EXPECT_EQ(said->find("io: cannot write " + folder / "a.nc"), 0U) << *said;
      EXPECT_NE(said->find("files: 1"), std::string::npos) << *said << ": only the one that filled the disk";
    }
}

TEST_P(SinkFormats, AResultThatTheDiskCannotHoldIsRefusedBeforeItIsBegun) {
  const TemporaryFolder folder;
  const auto said = on_a_small_disk(folder, [&] {
    const Shape shape{10'000'000};
    const auto sink = cw::netcdf_sink(folder / "a.nc", in_format(GetParam()));
    return error_of([&] { sink->begin(DType::float64, shape, ChunkGrid::automatic(shape), {}); }).message;
  });
  if (!said) GTEST_SKIP() << "this system gives us no small disk";
  EXPECT_NE(said->find(folder / "a.nc: it may need 81048576 bytes"), std::string::npos) << *said;
}

TEST(NetcdfSink, AnEditedFileThatTheDiskCannotHoldIsRefusedBeforeItIsBegun) {
  const TemporaryFolder folder, disk;
  write<double>(folder / "a.nc", {4'200'000}, std::vector<double>(4'200'000));  // 33.6 MB for 32 MB of disk
  const auto said = on_a_small_disk(disk, [&] {
    return error_of([&] { cw::edit_netcdf(folder / "a.nc", disk / "b.nc", {}, false); }).message +
           " files: " + std::to_string(disk.names().size());
  });
  if (!said) GTEST_SKIP() << "this system gives us no small disk";
  EXPECT_EQ(said->find("cannot write " + (disk / "b.nc") + ": it may need 346"), 0U) << *said;
  EXPECT_NE(said->find("files: 0"), std::string::npos) << *said;
}

TEST(NetcdfSink, ReplacesOrKeepsAFileThatExists) {
  const TemporaryFolder folder;
  write<float>(folder / "a.nc", {1}, {1});
  write<float>(folder / "a.nc", {1}, {2});
  EXPECT_EQ(read_all<float>(open_one(folder / "a.nc", "data")), std::vector<float>{2});
  NetcdfWriteOptions keep;
  keep.overwrite = false;
  const Caught caught = error_of([&] { write<float>(folder / "a.nc", {1}, {3}, {}, keep); });
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(caught.says("exists")) << caught.message;
  write<float>(folder / "b.nc", {1}, {3}, {}, keep);
  EXPECT_EQ(folder.names().size(), 2U);
}

TEST(NetcdfSink, DoesNotReplaceAFileThatAppearedMeanwhile) {
  const TemporaryFolder folder;
  NetcdfWriteOptions keep;
  keep.overwrite = false;
  const auto sink = cw::netcdf_sink(folder / "a.nc", keep);
  const float value = 1;
  sink->begin(DType::float32, {1}, ChunkGrid::automatic({1}), {});
  sink->write(Region::whole({1}), &value);
  write_bytes(folder / "a.nc", {});
  EXPECT_EQ(error_of([&] { sink->finish(); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"a.nc"});
  EXPECT_EQ(fs::file_size(folder / "a.nc"), 0U);
}

TEST(NetcdfSink, RefusesWhatCannotBeWritten) {
  const TemporaryFolder folder;
  const auto code = [&](const std::string& path) { return error_of([&] { write<float>(path, {1}, {1}); }).code; };
  EXPECT_EQ(code(folder / "absent/a.nc"), ErrorCode::not_found);
  EXPECT_EQ(code(folder / ""), ErrorCode::invalid_argument);
  EXPECT_EQ(code(""), ErrorCode::invalid_argument);
  NetcdfWriteOptions options;
  options.deflate = 10;
  EXPECT_EQ(error_of([&] { (void)cw::netcdf_sink("a.nc", options); }).code, ErrorCode::invalid_argument);
  options.deflate = 1;
  options.format = Format::classic;
  EXPECT_EQ(error_of([&] { (void)cw::netcdf_sink("a.nc", options); }).code, ErrorCode::invalid_argument);
  NetcdfWriteOptions named;
  named.variable = "a/b";
  EXPECT_EQ(error_of([&] { (void)cw::netcdf_sink("a.nc", named); }).code, ErrorCode::invalid_argument);
}

TEST(NetcdfSink, AVariableBeyondTheLimitOfAFormatIsRefused) {
  const TemporaryFolder folder;
  const auto begin = [&](Format format, const Shape& shape) {
    const auto sink = cw::netcdf_sink(folder / "a.nc", in_format(format));
    sink->begin(DType::int8, shape, ChunkGrid::automatic(shape), {});
    sink->abort();
  };
  const Shape dimension_beyond{std::int64_t{1} << 31};
  if (fs::space(folder / "").available < (std::uint64_t{1} << 32)) GTEST_SKIP() << "the disk has less than 4 GB left";
  const Caught caught = error_of([&] { begin(Format::classic, dimension_beyond); });
  EXPECT_EQ(caught.code, ErrorCode::unsupported);
  EXPECT_TRUE(caught.says(folder / "a.nc")) << caught.message;
  EXPECT_TRUE(folder.names().empty());
  begin(Format::cdf5, dimension_beyond);
  begin(Format::netcdf4, dimension_beyond);
}

TEST(NetcdfSink, AResultThatIsItsOwnCoordinateIsWrittenOnce) {
  const TemporaryFolder folder;
  const Labels labels({"time"}, {Coordinate({5, 6}, {})}, "time", {text("units", "days since 2016-01-01")});
  write<double>(folder / "a.nc", {2}, {5, 6}, labels);
  EXPECT_EQ(read_all<double>(open_one(folder / "a.nc", "time")), (std::vector<double>{5, 6}));
}

TEST(NetcdfSink, CoordinatesKeepEveryBitOfTheirType) {
  const TemporaryFolder folder;
  const std::vector<std::int64_t> nanoseconds{1'479'772'800'000'000'001, 1'479'772'800'000'000'002};
  auto values = std::make_shared<cw::CoordinateValues>();
  values->dtype = DType::int64;
  values->bytes.resize(2 * sizeof(std::int64_t));
  std::memcpy(values->bytes.data(), nanoseconds.data(), values->bytes.size());
  const Labels labels({"time"}, {Coordinate(std::move(values))}, "t2m", {});
  for (const Format format : {Format::netcdf4, Format::cdf5}) {
    write<float>(folder / "a.nc", {2}, {1, 2}, labels, in_format(format));
    const Coordinate back = cw::open_netcdf_parts({folder / "a.nc"}, "t2m", DType::float32).labels.coordinate(0);
    EXPECT_EQ(back.dtype(), DType::int64);
    EXPECT_EQ(back.to_bytes(), labels.coordinate(0).to_bytes());
  }
}

TEST(NetcdfSink, AttributesThatNetcdfKeepsForItselfAreLeftOut) {
  const TemporaryFolder folder;
  const Labels labels({"x"}, {}, "v", {text("_NCProperties", "x"), text("NAME", "x"), text("long_name", "ok")});
  std::vector<std::string> told;
  cw::NetcdfWriteOptions options;
  options.warn = [&](const std::string& said) { told.push_back(said); };
  write<std::int16_t>(folder / "a.nc", {2}, {1, -9}, labels, options);
  EXPECT_EQ(cw::open_netcdf_parts({folder / "a.nc"}, "v", DType::int16).labels.attributes(),
            (cw::Attributes{text("long_name", "ok")}));
  EXPECT_EQ(told.size(), 2U);
  EXPECT_EQ(error_of([&] {
              write<std::int16_t>(folder / "b.nc", {2}, {1, -9}, labels);
            }).code,
            ErrorCode::invalid_argument);
}

TEST(NetcdfSink, AFillValueKeepsEveryBitOfAUint64) {
  const TemporaryFolder folder;
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  const Labels labels({"x"}, {}, "v", {{"_FillValue", DType::uint64, std::vector<std::int64_t>{-1}}});
  for (const Format format : {Format::netcdf4, Format::cdf5}) {
    write<std::uint64_t>(folder / "a.nc", {2}, {1, most}, labels.with_stored_values(), in_format(format));
    const auto source = open_one(folder / "a.nc", "v");
    EXPECT_EQ(source->encoding().missing, std::vector{cw::Scalar(most)});
  }
}

TEST(NetcdfSink, ABoundOfAUint64StandsBesideStoredElementsOfAnotherTypeAsItWas) {
  const TemporaryFolder folder;
  const auto written = [&](std::int64_t bits) {
    const Labels labels({"x"}, {}, "v", {{"valid_max", DType::uint64, std::vector<std::int64_t>{bits}}});
    write<std::int16_t>(folder / "a.nc", {2}, {1, 2}, labels.with_stored_values());
    return cw::open_netcdf_parts({folder / "a.nc"}, "v", std::nullopt, {.decode = false}).labels.attributes();
  };
  for (const std::int64_t bits : {std::int64_t{300}, std::int64_t{-1}})
    EXPECT_EQ(written(bits), (cw::Attributes{{"valid_max", DType::uint64, std::vector<std::int64_t>{bits}}}));

  const Labels labels({"x"}, {}, "v", {{"valid_max", DType::uint64, std::vector<std::int64_t>{-1}}});
  write<double>(folder / "b.nc", {2}, {1, 2}, labels.with_stored_values());
  EXPECT_EQ(open_one(folder / "b.nc", "v")->encoding().valid_max, cw::Scalar(0x1p64));
}

TEST(NetcdfSink, AnAxisWithoutANameTakesNoneFromOneThatIsNamed) {
  const TemporaryFolder folder;
  write<double>(folder / "a.nc", {1, 2, 3}, {1, 2, 3, 4, 5, 6}, Labels({"", "dim_0", "dim_1"}, {}, "v", {}));
  const auto labels = cw::open_netcdf_parts({folder / "a.nc"}, "v", std::nullopt, {}).labels;
  EXPECT_EQ(labels.dimension(0), "dim_0_");
  EXPECT_EQ(labels.dimension(1), "dim_0");
  EXPECT_EQ(labels.dimension(2), "dim_1");
}

TEST(NetcdfSink, IntegersOfNetcdf4HaveNoDefaultFillValue) {
  const TemporaryFolder folder;
  write<std::int32_t>(folder / "a.nc", {1}, {NC_FILL_INT});
  EXPECT_TRUE(open_one(folder / "a.nc", "data")->encoding().is_plain());
}

TEST(NetcdfSink, CanBeUsedOnce) {
  const TemporaryFolder folder;
  const auto sink = cw::netcdf_sink(folder / "a.nc");
  sink->begin(DType::float32, {0}, ChunkGrid::automatic({0}), {});
  sink->finish();
  EXPECT_EQ(error_of([&] { sink->begin(DType::float32, {0}, ChunkGrid::automatic({0}), {}); }).code,
            ErrorCode::invalid_argument);
}

TEST(NetcdfNames, AreChangedAsLittleAsPossible) {
  using cw::netcdf::valid_name;
  EXPECT_EQ(valid_name("t2m"), "t2m");
  EXPECT_EQ(valid_name("2m temperature"), "2m temperature");
  EXPECT_EQ(valid_name("température"), "température");
  EXPECT_EQ(valid_name("a/b"), "a_b");
  EXPECT_EQ(valid_name("-x"), "_-x");
  EXPECT_EQ(valid_name("x  "), "x");
  EXPECT_EQ(valid_name(""), "_");
  EXPECT_EQ(valid_name(" "), "_");
  EXPECT_EQ(valid_name("a\nb"), "a_b");
  EXPECT_EQ(valid_name("a\xFF\xC3"), "a__");
  EXPECT_EQ(valid_name(std::string(300, 'x')).size(), 255U);
  EXPECT_EQ(valid_name(std::string(254, 'x') + "é"), std::string(254, 'x'));
}

}  // namespace
}  // namespace chunkwise_test
