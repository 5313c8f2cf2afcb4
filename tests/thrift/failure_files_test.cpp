// Files of workers: who may open which, what is said of those that cannot be read, and chunks that go to files.
#include <filesystem>
#include <fstream>

#include "chunkwise/netcdf.hpp"
#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/thrift/chaos.hpp"

namespace chunkwise::testing_cluster {
namespace {

namespace fs = std::filesystem;
using chunkwise_test::Caught;
using chunkwise_test::error_of;

/// Some years of weather, a file each, and a cluster whose workers may open them.
class Weather : public testing::Test {
 protected:
  Weather() {
    std::string pattern = (fs::temp_directory_path() / "chunkwise_weather_XXXXXX").string();
    if (!mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
    folder = fs::canonical(pattern);
    fs::create_directory(folder / "open");
    fs::create_directory(folder / "closed");
  }
  ~Weather() override {
    std::error_code error;
    fs::remove_all(folder, error);
  }
  std::string write(const std::string& name, std::uint64_t seed = 1, const Shape& shape = {8, 48, 64}) const {
    const std::string path = folder / name;
    write_netcdf(local(), path, random<double, 3>(shape, seed, {2, shape[1], shape[2]}), {.variable = "t2m"});
    return path;
  }
  [[nodiscard]] ClusterSettings with_root(int workers, const std::string& root) const {
    return {workers, {}, {"--data-root", root}};
  }
  static Array<double, 3> opened(const std::string& path) { return open_netcdf<double, 3>(path, "t2m"); }
  /// The error of a run over a file on a worker.
  static Caught run_error(const Cluster& cluster, const Array<double, 3>& x) {
    return error_of([&] { (void)compute(connect(cluster.uri()), sum(x)); });
  }

  fs::path folder;
};

TEST_F(Weather, StoredNumbersStayStoredNumbersWhereTheyArePublished) {
  const Watchdog watchdog;
  const std::string path = folder / "open/packed.nc";
  const auto packed = from_vector<1>(std::vector<std::int16_t>{0, 1, 2, 3}, {4}, {2})
                          .with_labels(Labels({"x"}, {}, "v", {{"scale_factor", 0.5}}))
                          .with_stored_values();
  write_netcdf(local(), path, packed);
  const Cluster cluster(with_root(1, folder / "open"));
  const auto backend = connect(cluster.uri());
  NetcdfOptions stored;
  stored.decode = false;
  publish(backend, "stored", persist(backend, open_netcdf<std::int16_t, 1>(path, "v", stored)).handle());

  const auto other = connect(cluster.uri());
  const auto opened = open_published<std::int16_t, 1>(other, "stored");
  EXPECT_TRUE(opened.labels().holds_stored_values());
  write_netcdf(other, folder / "again.nc", opened(range(1, none)));
  EXPECT_EQ(compute(local(), open_netcdf<double, 1>(folder / "again.nc", "v")).mutable_copy(),
            (std::vector<double>{0.5, 1, 1.5}));
  const Caught caught =
      error_of([&] { write_netcdf(other, folder / "b.nc", (opened + opened).with_labels(opened.labels())); });
  EXPECT_TRUE(caught.says("'scale_factor'")) << caught.message;
}

TEST_F(Weather, IsComputedInChaos) {
  for (std::uint64_t year = 0; year < 16; ++year)
    write("open/" + std::to_string(2000 + year) + ".nc", year, {16, 80, 200});
  const auto x = worked(opened(folder / "open" / "*.nc"), 24);
  const auto expected = compute(local(), z_score(x));
  Cluster cluster(with_root(3, folder / "open"));
  int killed = 0;
  for (std::uint64_t seed = 11; seed < 11 + chaos_rounds(); ++seed) {
    const Watchdog watchdog;
    killed += compute_in_chaos(cluster, z_score(x), expected, seed);
  }
  RecordProperty("killed", killed);
  EXPECT_GT(killed, 0);
}

TEST_F(Weather, IsReadUnderTheRootsOfAWorkerOnly) {
  const Watchdog watchdog;
  const auto inside = opened(write("open/in.nc"));
  const auto outside = opened(write("closed/out.nc"));
  fs::create_symlink(folder / "closed" / "out.nc", folder / "open" / "link.nc");
  const auto link = opened(folder / "open" / "link.nc");
  const auto dots = opened(folder / "open" / ".." / "closed" / "out.nc");
  const Cluster cluster(with_root(1, folder / "open"));
  EXPECT_EQ(compute(connect(cluster.uri()), sum(inside)), compute(local(), sum(inside)));
  const std::string root = folder / "open";
  for (const auto& [x, why] : {std::pair{outside, "under none of its roots"}, std::pair{link, "outside of the root"},
                               std::pair{dots, "a name with .. is not followed"}}) {
    const Caught caught = run_error(cluster, x);
    EXPECT_EQ(caught.code, ErrorCode::denied);
    EXPECT_TRUE(caught.says("worker w1") && caught.says(".nc") && caught.says(why) && caught.says(root))
        << caught.message;
  }
}

TEST_F(Weather, IsFoundWhereAWorkerHasItByAnotherName) {
  const Watchdog watchdog;
  const auto x = opened(write("open/in.nc"));
  const double expected = compute(local(), sum(x));
  fs::rename(folder / "open", folder / "there");
  const Cluster cluster(with_root(1, (folder / "open").string() + "=" + (folder / "there").string()));
  EXPECT_EQ(compute(connect(cluster.uri()), sum(x)), expected);
}

TEST_F(Weather, ThatIsMissingOrChangedIsToldOf) {
  const Watchdog watchdog;
  const std::string path = write("open/in.nc");
  const auto x = opened(path);
  const Cluster cluster(with_root(1, folder / "open"));
  write("open/in.nc", 2);
  const Caught changed = run_error(cluster, x);
  EXPECT_EQ(changed.code, ErrorCode::changed);
  EXPECT_TRUE(changed.says(path)) << changed.message;
  fs::remove(path);
  const Caught missing = run_error(cluster, x);
  EXPECT_EQ(missing.code, ErrorCode::not_found);
  EXPECT_TRUE(missing.says("worker w1") && missing.says(path) && missing.says(folder / "open")) << missing.message;
}

TEST_F(Weather, ThatIsCorruptIsToldOf) {
  const Watchdog watchdog;
  const std::string path = write("open/in.nc");
  const auto x = opened(path);
  const auto time = fs::last_write_time(path);
  const auto size = fs::file_size(path);
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary) << std::string(512, '?');
  fs::resize_file(path, size);
  fs::last_write_time(path, time);
  const Cluster cluster(with_root(1, folder / "open"));
  const Caught caught = run_error(cluster, x);
  EXPECT_TRUE(caught.code == ErrorCode::corrupt || caught.code == ErrorCode::changed) << to_string(caught.code);
  EXPECT_TRUE(caught.says(path)) << caught.message;
}

/// The same in a classic file, and in a NetCDF-4 file that the worker reads itself or in a process apart.
class ReplacedWeather : public Weather, public testing::WithParamInterface<std::pair<const char*, bool>> {
 protected:
  using Format = NetcdfWriteOptions::Format;
  std::string write_one(const std::string& name, std::uint64_t seed, const Shape& shape = {8, 48, 64}) const {
    const std::string path = folder / "open" / name;
    NetcdfWriteOptions options{.variable = "t2m"};
    if (GetParam().first == std::string("Classic")) options.format = Format::classic;
    write_netcdf(local(), path, random<double, 3>(shape, seed, {2, shape[1], shape[2]}), options);
    return path;
  }
  [[nodiscard]] ClusterSettings settings(const std::string& root) const {
    ClusterSettings settings = with_root(1, root);
    if (!GetParam().second) settings.worker_options.emplace_back("--no-isolation");
    return settings;
  }
  static void expect_changed(const Caught& caught, const std::string& path, const std::string& how) {
    EXPECT_EQ(caught.code, ErrorCode::changed) << caught.message;
    EXPECT_TRUE(caught.says(path) && caught.says(how)) << caught.message;
  }
};
INSTANTIATE_TEST_SUITE_P(Formats, ReplacedWeather,
                         testing::Values(std::pair{"Classic", true}, std::pair{"Netcdf4", true},
                                         std::pair{"Netcdf4", false}),
                         [](const auto& name) {
                           return std::string(name.param.first) + (name.param.second ? "" : "InTheWorker");
                         });

TEST_P(ReplacedWeather, ByOneOfEqualSizeAndTimeIsNoticed) {
  const Watchdog watchdog;
  const std::string path = write_one("in.nc", 1), other = write_one("other.nc", 2);
  const auto x = opened(path);
  const Cluster cluster(settings(folder / "open"));
  const auto backend = connect(cluster.uri());
  ASSERT_EQ(fs::file_size(path), fs::file_size(other));
  fs::last_write_time(other, fs::last_write_time(path));
  // Before the worker has read any of it.
  fs::rename(path, folder / "kept.nc");
  fs::rename(other, path);
  expect_changed(run_error(cluster, x), path, "another file has taken its place");
  // And where it has: the file is what the worker knows.
  const auto y = opened(path);
  EXPECT_EQ(compute(backend, sum(y)), compute(local(), sum(y)));
  const std::string third = write_one("third.nc", 3);
  fs::last_write_time(third, fs::last_write_time(path));
  fs::rename(third, path);
  expect_changed(run_error(cluster, y), path, "another file has taken its place");
}

TEST_P(ReplacedWeather, InPlaceWithItsTimePutBackIsNoticed) {
  const Watchdog watchdog;
  const std::string path = write_one("in.nc", 1), other = write_one("other.nc", 2);
  const auto x = opened(path);
  const Cluster cluster(settings(folder / "open"));
  const auto time = fs::last_write_time(path);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));  // longer than a tick of the clock that stamps files
  std::ofstream(path, std::ios::binary) << chunkwise_test::text_of_file(other);
  fs::last_write_time(path, time);
  expect_changed(run_error(cluster, x), path, "its time of writing was put back");
}

TEST_P(ReplacedWeather, OverwrittenWhileAWorkerReadsItIsNoticed) {
  const Watchdog watchdog;
  const Shape shape{8, 192, 256};
  const std::string path = write_one("in.nc", 1, shape);
  const std::string bytes = chunkwise_test::text_of_file(write_one("other.nc", 2, shape));
  // Each chunk is worked on for so long that the worker is in the middle of the file when that changes.
  const auto x = worked(open_netcdf<double, 3>(path, "t2m", {.chunks = {1, 192, 256}}), 400);
  const Cluster cluster(settings(folder / "open"));
  auto run = submit(connect(cluster.uri()), x);
  ASSERT_TRUE(eventually([&] { return cluster_status(cluster.address()).workers.at(0).running > 0; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  ASSERT_FALSE(run.ready()) << "the run was over before the file could be changed";
  const auto time = fs::last_write_time(path);
  std::ofstream(path, std::ios::binary) << bytes;
  fs::last_write_time(path, time);
  const Caught caught = error_of([&] { (void)run.get(); });
  EXPECT_EQ(caught.code, ErrorCode::changed) << caught.message;
  EXPECT_TRUE(caught.says(path)) << caught.message;
}

TEST_P(ReplacedWeather, OfACopyIsTakenForTheSameByItsSizeAndTime) {
  const Watchdog watchdog;
  const std::string path = write_one("in.nc", 1);
  const auto x = opened(path);
  const double expected = compute(local(), sum(x));
  const fs::path there = folder / "there";
  fs::create_directory(there);
  fs::copy_file(path, there / "in.nc");
  fs::last_write_time(there / "in.nc", fs::last_write_time(path) + std::chrono::seconds(1));
  const ClusterSettings mapped = settings((folder / "open").string() + "=" + there.string());
  const Caught caught = run_error(Cluster(mapped), x);
  expect_changed(caught, there / "in.nc", "it was written at another time");
  EXPECT_TRUE(caught.says("cp -p")) << caught.message;
  fs::last_write_time(there / "in.nc", fs::last_write_time(path));
  EXPECT_EQ(compute(connect(Cluster(mapped).uri()), sum(x)), expected);
}

// ---------------------------------------------------------------- memory

TEST_F(Weather, ThatCannotFitIsRefusedBeforeItIsRead) {
  const Watchdog watchdog;
  const Cluster cluster(ClusterSettings{2, {}, {"--memory", "32MB"}});
  const auto backend = connect(cluster.uri());
  const auto large = random<double, 2>({4096, 4096}, 1, {64, 4096});
  const Caught kept = error_of([&] { (void)persist(backend, large * 2.0); });
  EXPECT_EQ(kept.code, ErrorCode::memory_limit);
  EXPECT_TRUE(kept.says("134 MB") && kept.says("64 MB")) << kept.message;
  EXPECT_EQ(compute(backend, sum(large)), compute(local(), sum(large)));  // what fits goes on
}

TEST_F(Weather, GoesToFilesWhereMemoryIsShort) {
  const Watchdog watchdog;
  const fs::path spilled = folder / "spilled";
  fs::create_directory(spilled);
  const auto files = [&] { return std::distance(fs::recursive_directory_iterator(spilled), {}); };
  const Cluster cluster(ClusterSettings{2, {}, {"--memory", "32MB", "--spill", spilled}});
  const auto backend = connect(cluster.uri());
  const auto large = random<double, 2>({4096, 4096}, 1, {64, 4096});
  const auto expected = compute(local(), large * 2.0);
  {
    const auto kept = persist(backend, large * 2.0);  // 134 MB
    EXPECT_GT(files(), 10);
    EXPECT_TRUE(same_bits(compute(backend, kept), expected));
    const auto other = connect(cluster.uri());
    EXPECT_TRUE(same_bits(compute(other, mean(large * 2.0, 0)), compute(backend, mean(kept, 0))));
    EXPECT_TRUE(same_bits(compute(other, large * 2.0), expected));  // a result that is larger than they are
  }
  EXPECT_TRUE(eventually([&] { return files() == 0; })) << files();
}

}  // namespace
}  // namespace chunkwise::testing_cluster
