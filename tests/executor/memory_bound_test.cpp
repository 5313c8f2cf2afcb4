// The z-score of data larger than the memory limit, to a sink: two reads, one write, and no more memory than was
// promised. Each case runs in a process of its own, whose memory it watches.
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <stdexcept>

#include "chunkwise/netcdf.hpp"
#include "tests/executor/sources.hpp"
#include "tests/temporary_folder.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

constexpr std::uint64_t megabyte = 1'000'000;
/// The memory that a process may hold beside the limit: stacks, code, libraries, and memory that malloc does not
/// return.
constexpr std::uint64_t allowance = 64 * megabyte;

/// Returns a line of /proc/self/status in bytes, e.g. VmHWM, the most that was resident. Throws if there is none.
std::uint64_t status_bytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind(name + ":", 0) == 0) return std::stoull(line.substr(name.size() + 1)) * 1024;
  throw std::runtime_error("/proc/self/status does not tell " + name);
}

/// The results of a process of its own.
struct Outcome {
  std::uint64_t growth = 0;      ///< of the peak of resident memory, while f ran
  std::uint64_t bytes_read = 0;  ///< as f counts them
  std::uint64_t bound = 0;       ///< what the plan promised
  std::uint64_t wrong = 0;       ///< elements that are not what they should be
  std::uint64_t looked_at = 0;
};
/// Runs f in a process of its own and returns its outcome; if f throws, prints the error and fails the test. This
/// process must not have started threads before.
Outcome in_another_process(const std::function<void(Outcome&)>& f) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child == 0) {
    Outcome outcome;
    try {
      const std::uint64_t before = status_bytes("VmRSS");
      f(outcome);
      outcome.growth = status_bytes("VmHWM") - before;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "%s\n", error.what());
      _exit(1);
    }
    _exit(write(ends[1], &outcome, sizeof outcome) == sizeof outcome ? 0 : 2);
  }
  Outcome outcome;
  close(ends[1]);
  const bool received = read(ends[0], &outcome, sizeof outcome) == sizeof outcome;
  close(ends[0]);
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_TRUE(received && status == 0) << "the process of this case failed with status " << status;
  return outcome;
}

// ---------------------------------------------------------------- a source and what its z-score is

constexpr std::int64_t times = 64, rows = 1000, columns = 1000;

double element(std::int64_t t, std::int64_t place) { return 280 + 10 * noise(t * rows * columns + place); }

double z_score(std::int64_t t, std::int64_t place) {
  long double mean = 0;
  long double squares = 0;
  for (std::int64_t i = 0; i < times; ++i) mean += element(i, place);
  mean /= times;
  for (std::int64_t i = 0; i < times; ++i) squares += (element(i, place) - mean) * (element(i, place) - mean);
  return static_cast<double>((element(t, place) - mean) / std::sqrt(squares / times));
}

/// 512 MB that have to be read.
class LargeSource final : public Source {
 public:
  explicit LargeSource(const Shape& chunks) : grid_(ChunkGrid::regular(shape_, chunks)) {}
  [[nodiscard]] DType dtype() const override { return DType::float64; }
  [[nodiscard]] const Shape& shape() const override { return shape_; }
  [[nodiscard]] const ChunkGrid& grid() const override { return grid_; }
  [[nodiscard]] const Encoding& encoding() const override { return encoding_; }
  [[nodiscard]] std::string describe() const override { return "large"; }
  void read(const Region& region, void* out) const override {
    auto* to = static_cast<double*>(out);
    const auto at = [&](int axis, std::int64_t i) { return region[axis].start + i * region[axis].step; };
    for (std::int64_t t = 0; t < region[0].count; ++t)
      for (std::int64_t y = 0; y < region[1].count; ++y)
        for (std::int64_t x = 0; x < region[2].count; ++x) *to++ = element(at(0, t), at(1, y) * columns + at(2, x));
    elements.fetch_add(static_cast<std::uint64_t>(region.elements()));
  }
  mutable std::atomic<std::uint64_t> elements{0};

 private:
  Shape shape_{times, rows, columns};
  ChunkGrid grid_;
  Encoding encoding_;
};

/// Counts elements, and compares some of them with what they should be.
class SamplingSink : public Sink {
 public:
  [[nodiscard]] std::string describe() const override { return "samples"; }
  void begin(DType, const Shape&, const ChunkGrid&, const Labels&) override {}
  void write(const Region& region, const void* data) override {
    const auto* from = static_cast<const double*>(data);
    elements.fetch_add(static_cast<std::uint64_t>(region.elements()));
    for (std::int64_t t = region[0].start; t < region[0].start + region[0].count; ++t)
      for (std::int64_t y = 0; y < region[1].count; ++y)
        for (std::int64_t x = 0; x < region[2].count; ++x, ++from) {
          const std::int64_t place = (region[1].start + y) * columns + region[2].start + x;
          if (!looks_at(t, place)) continue;
          ++looked_at;
          if (!is_right(t, place, *from)) ++wrong;
        }
  }
  void finish() override {}
  void abort() noexcept override {}
  std::atomic<std::uint64_t> elements{0}, looked_at{0}, wrong{0};

 private:
  [[nodiscard]] virtual bool looks_at(std::int64_t t, std::int64_t place) const = 0;
  [[nodiscard]] virtual bool is_right(std::int64_t t, std::int64_t place, double value) const = 0;
};

class ZScoreSink final : public SamplingSink {
  [[nodiscard]] bool looks_at(std::int64_t t, std::int64_t place) const override { return (place + t) % 9973 == 0; }
  [[nodiscard]] bool is_right(std::int64_t t, std::int64_t place, double value) const override {
    return std::abs(value - z_score(t, place)) < 1e-9;
  }
};

class MemoryBound : public testing::TestWithParam<std::tuple<Shape, std::uint64_t, int>> {};

TEST_P(MemoryBound, OfTheZScoreIsKept) {
  const auto& [chunks, limit, threads] = GetParam();
  const Outcome outcome = in_another_process([&, &c = chunks, &l = limit, &n = threads](Outcome& result) {
    const auto source = std::make_shared<LargeSource>(c);
    const auto sink = std::make_shared<ZScoreSink>();
    const auto x = array_of<double, 3>(source);
    RunReport report;
    write(connect("local", {.threads = n, .memory_limit = l}), (x - mean(x, 0)) / stddev(x, 0), sink,
          report_to(report));
    result.bytes_read = source->elements * 8;
    result.bound = report.memory_bound;
    result.looked_at = sink->looked_at;
    result.wrong = sink->wrong + (sink->elements != times * rows * columns) + (report.bytes_read != result.bytes_read);
  });
  EXPECT_LE(outcome.growth, limit + allowance);
  EXPECT_LE(outcome.bound, limit);
  EXPECT_EQ(outcome.bytes_read, 2 * times * rows * columns * 8U) << "the input is read twice, no more and no less";
  EXPECT_GT(outcome.looked_at, 5000U);
  EXPECT_EQ(outcome.wrong, 0U);
  RecordProperty("growth_MB", static_cast<int>(outcome.growth / megabyte));
}

INSTANTIATE_TEST_SUITE_P(ChunksAndLimits, MemoryBound,
                         testing::Values(std::tuple(Shape{4, 0, 0}, 96 * megabyte, 2),
                                         std::tuple(Shape{1, 0, 0}, 96 * megabyte, 4),
                                         std::tuple(Shape{0, 0, 0}, 96 * megabyte, 2),
                                         std::tuple(Shape{0, 100, 100}, 64 * megabyte, 2),
                                         std::tuple(Shape{4, 0, 0}, 40 * megabyte, 8)));

// ---------------------------------------------------------------- lines

class RunningSumSink final : public SamplingSink {
  [[nodiscard]] bool looks_at(std::int64_t, std::int64_t place) const override { return place % 997 == 0; }
  [[nodiscard]] bool is_right(std::int64_t t, std::int64_t place, double value) const override {
    double sum = 0;
    for (std::int64_t i = 0; i <= t; ++i) sum += element(i, place);
    return value == sum;
  }
};

TEST(MemoryBoundOfLines, IsKeptByRunningSumsOfMoreThanFitsIntoMemory) {
  for (const Shape& chunks : {Shape{1, 0, 0}, Shape{0, 100, 100}}) {
    constexpr std::uint64_t limit = 64 * megabyte;
    const Outcome outcome = in_another_process([&](Outcome& result) {
      const auto source = std::make_shared<LargeSource>(chunks);
      const auto sink = std::make_shared<RunningSumSink>();
      RunReport report;
      write(connect("local", {.threads = 2, .memory_limit = limit}), cumsum(array_of<double, 3>(source), 0), sink,
            report_to(report));
      result.bytes_read = source->elements * 8;
      result.bound = report.memory_bound;
      result.looked_at = sink->looked_at;
      result.wrong = sink->wrong + (sink->elements != times * rows * columns);
    });
    EXPECT_LE(outcome.growth, limit + allowance);
    EXPECT_LE(outcome.bound, limit);
    EXPECT_EQ(outcome.bytes_read, times * rows * columns * 8U) << "the input is read once";
    EXPECT_GT(outcome.looked_at, 5000U);
    EXPECT_EQ(outcome.wrong, 0U);
  }
}

// ---------------------------------------------------------------- other chunks, and products

class SameSink final : public SamplingSink {
  [[nodiscard]] bool looks_at(std::int64_t t, std::int64_t place) const override { return (place + t) % 997 == 0; }
  [[nodiscard]] bool is_right(std::int64_t t, std::int64_t place, double value) const override {
    return value == element(t, place);
  }
};

TEST(MemoryBoundOfRechunking, IsKeptAndTheInputIsReadOnce) {
  constexpr std::uint64_t limit = 96 * megabyte;
  const Outcome outcome = in_another_process([&](Outcome& result) {
    const auto source = std::make_shared<LargeSource>(Shape{1, 0, 0});
    const auto sink = std::make_shared<SameSink>();
    RunReport report;
    write(connect("local", {.threads = 2, .memory_limit = limit}), rechunk(array_of<double, 3>(source), {0, 100, 50}),
          sink, report_to(report));
    result.bytes_read = source->elements * 8;
    result.bound = report.memory_bound;
    result.looked_at = sink->looked_at;
    result.wrong = sink->wrong + (sink->elements != times * rows * columns);
  });
  EXPECT_LE(outcome.growth, limit + allowance);
  EXPECT_LE(outcome.bound, limit);
  EXPECT_EQ(outcome.bytes_read, times * rows * columns * 8U);
  EXPECT_GT(outcome.looked_at, 5000U);
  EXPECT_EQ(outcome.wrong, 0U);
}

constexpr std::int64_t points = 6000;
double factor(std::int64_t point, std::int64_t k) { return static_cast<double>((point * 7 + k * 3) % 11) - 5; }

/// Compares a product of (points, 4) and its transpose with what it should be.
class ProductSink final : public Sink {
 public:
  [[nodiscard]] std::string describe() const override { return "products"; }
  void begin(DType, const Shape&, const ChunkGrid&, const Labels&) override {}
  void write(const Region& region, const void* data) override {
    const auto* from = static_cast<const double*>(data);
    elements.fetch_add(static_cast<std::uint64_t>(region.elements()));
    for (std::int64_t i = region[0].start; i < region[0].start + region[0].count; ++i)
      for (std::int64_t j = region[1].start; j < region[1].start + region[1].count; ++j, ++from) {
        if ((i + j) % 97 != 0) continue;
        double sum = 0;
        for (std::int64_t k = 0; k < 4; ++k) sum += factor(i, k) * factor(j, k);
        if (*from != sum) ++wrong;
      }
  }
  void finish() override {}
  void abort() noexcept override {}
  std::atomic<std::uint64_t> elements{0}, wrong{0};
};

TEST(MemoryBoundOfProducts, IsKeptByAProductThatIsLargerThanMemory) {
  constexpr std::uint64_t limit = 48 * megabyte;
  const Outcome outcome = in_another_process([&](Outcome& result) {
    std::vector<double> numbers;
    for (std::int64_t i = 0; i < points; ++i)
      for (std::int64_t k = 0; k < 4; ++k) numbers.push_back(factor(i, k));
    const auto x = from_vector<2>(numbers, {points, 4});
    const auto sink = std::make_shared<ProductSink>();
    RunReport report;
    write(connect("local", {.threads = 2, .memory_limit = limit}), matmul(x, transpose(x)), sink, report_to(report));
    result.bound = report.memory_bound;
    result.wrong = sink->wrong + (sink->elements != points * points);
  });
  EXPECT_LE(outcome.growth, limit + allowance);
  EXPECT_LE(outcome.bound, limit);
  EXPECT_EQ(outcome.wrong, 0U);
}

TEST(MemoryBoundOfLines, IsKeptByMedians) {
  constexpr std::uint64_t limit = 48 * megabyte;
  const Outcome outcome = in_another_process([&](Outcome& result) {
    const auto source = std::make_shared<LargeSource>(Shape{1, 0, 0});
    RunReport report;
    const auto middle = compute(connect("local", {.threads = 2, .memory_limit = limit}),
                                median(array_of<double, 3>(source), 0), report_to(report));
    result.bytes_read = source->elements * 8;
    result.bound = report.memory_bound;
    for (std::int64_t place = 0; place < rows * columns; place += 9973) {
      std::vector<double> line;
      for (std::int64_t t = 0; t < times; ++t) line.push_back(element(t, place));
      std::sort(line.begin(), line.end());
      ++result.looked_at;
      result.wrong += middle(place / columns, place % columns) != (line[times / 2 - 1] + line[times / 2]) / 2;
    }
  });
  EXPECT_LE(outcome.growth, limit + allowance);
  EXPECT_LE(outcome.bound, limit);
  EXPECT_EQ(outcome.bytes_read, times * rows * columns * 8U);
  EXPECT_GT(outcome.looked_at, 99U);
  EXPECT_EQ(outcome.wrong, 0U);
}

// ---------------------------------------------------------------- files

void from_file_to_file(NetcdfWriteOptions::Format format, const Shape& chunks, int deflate, std::int64_t days) {
  constexpr std::uint64_t limit = 48 * megabyte;
  constexpr std::int64_t size = 800;
  const auto bytes = static_cast<std::uint64_t>(days * size * size * 8);
  const TemporaryFolder folder;
  const std::string input = folder / "input.nc";
  const std::string output = folder / "output.nc";
  // Written by a process of its own too, so that this one has no threads when the next one starts.
  const Outcome written = in_another_process([&](Outcome& result) {
    const auto x = random<double, 3>({days, size, size}, 11, chunks) * 10 + 280;
    NetcdfWriteOptions options;
    options.format = format;
    options.variable = "t";
    options.deflate = deflate;
    RunReport report;
    write_netcdf(connect("local", {.threads = 2, .memory_limit = limit}), input, x, options, report_to(report));
    result.bound = report.memory_bound;
  });
  EXPECT_LE(written.growth, limit + allowance);
  const Outcome outcome = in_another_process([&](Outcome& result) {
    const auto x = open_netcdf<double, 3>(input, "t");
    NetcdfWriteOptions options;
    options.format = format;
    options.variable = "z";
    RunReport report;
    write_netcdf(connect("local", {.threads = 2, .memory_limit = limit}), output, (x - mean(x, 0)) / stddev(x, 0),
                 options, report_to(report));
    result.bytes_read = report.bytes_read;
    result.bound = report.memory_bound;
  });
  EXPECT_LE(outcome.growth, limit + allowance);
  EXPECT_LE(outcome.bound, limit);
  EXPECT_EQ(outcome.bytes_read, 2 * bytes);
  const Outcome values = in_another_process([&](Outcome& result) {
    const auto backend = connect("local:1");
    const auto x = open_netcdf<double, 3>(input, "t");
    const auto z = open_netcdf<double, 3>(output, "z");
    for (std::int64_t i = 0; i < size; i += 97) {
      const auto series = x(all, i, size - 1 - i);
      const auto expected = compute(backend, (series - mean(series)) / stddev(series));
      const auto found = compute(backend, z(all, i, size - 1 - i));
      for (std::int64_t t = 0; t < days; ++t) {
        ++result.looked_at;
        result.wrong += !(std::abs(expected(t) - found(t)) < 1e-9);
      }
    }
  });
  EXPECT_GT(values.looked_at, 150U);
  EXPECT_EQ(values.wrong, 0U);
}

TEST(MemoryBoundOfFiles, ClassicIsKept) {
  from_file_to_file(NetcdfWriteOptions::Format::offset64, {4, 0, 0}, 0, 48);  // 246 MB
}
TEST(MemoryBoundOfFiles, ContiguousNetcdf4IsKept) { from_file_to_file(NetcdfWriteOptions::Format::netcdf4, {}, 0, 48); }
TEST(MemoryBoundOfFiles, CompressedIsKept) {
  from_file_to_file(NetcdfWriteOptions::Format::netcdf4, {4, 200, 400}, 1, 20);  // 102 MB; compressing takes long
}

}  // namespace
}  // namespace chunkwise_test
