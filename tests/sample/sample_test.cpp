#include "chunkwise/sample.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/netcdf.hpp"
#include "chunkwise/sample/planet.hpp"
#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"

namespace {

namespace cw = chunkwise;
using chunkwise_test::TemporaryFolder;
using chunkwise_test::text_of_file;
using ::testing::HasSubstr;

cw::sample::WeatherOptions small() {
  cw::sample::WeatherOptions options;
  options.days = 3;
  options.times_per_day = 3;
  options.latitudes = 19;
  options.longitudes = 36;
  options.seed = 7;
  options.record_time = true;
  return options;
}

/// FNV-1a.
std::uint64_t hash(const std::string& bytes) {
  std::uint64_t h = 0xcbf29ce484222325;
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return h;
}

TEST(Sample, FilesHaveTheSameBytesEverywhere) {
  const TemporaryFolder folder;
  const auto paths = cw::sample::write_weather(folder / "", small());
  ASSERT_EQ(paths.size(), 3U);
  EXPECT_EQ(hash(text_of_file(paths[0])), 0xbd5683dd639e9ce5U);
  EXPECT_EQ(hash(text_of_file(paths[2])), 0x4769fc00ccaf6019U);
}

TEST(Sample, FilesThatAreThereAreKept) {
  const TemporaryFolder folder;
  const auto paths = cw::sample::write_weather(folder / "", small());
  const auto before = std::filesystem::last_write_time(paths[1]);
  std::filesystem::remove(paths[2]);
  int written = 0;
  cw::sample::write_weather(folder / "", small(), [&](int, int) { ++written; });
  EXPECT_EQ(written, 2);  // told at the beginning, and of one file
  EXPECT_EQ(std::filesystem::last_write_time(paths[1]), before);
}

TEST(Sample, IsOpenedAsOneArray) {
  const TemporaryFolder folder;
  cw::sample::write_weather(folder / "", small());
  const auto x = cw::open_netcdf<double, 3>(folder / "t2m_*.nc", "t2m");
  EXPECT_EQ(x.shape(), (cw::Shape{9, 19, 36}));
  const double mean = cw::compute(cw::mean(x));
  EXPECT_GT(mean, 250);
  EXPECT_LT(mean, 300);
}

TEST(Sample, MistakesAreRefusedAndInterruptionsLeaveNoHalves) {
  const TemporaryFolder folder;
  auto options = small();
  options.times_per_day = 5;
  EXPECT_THAT(chunkwise_test::error_of([&] { cw::sample::write_weather(folder / "", options); }).message,
              HasSubstr("a number that divides 24"));
  EXPECT_THROW(cw::sample::write_weather(folder / "", small(),
                                         [](int done, int) {
                                           if (done == 1) throw cw::Error(cw::ErrorCode::cancelled, "enough");
                                         }),
               cw::Error);
  for (const std::string& name : folder.names()) EXPECT_THAT(name, ::testing::EndsWith(".nc"));
  EXPECT_THROW(cw::sample::Planet(1, 1, 0), cw::Error);
  EXPECT_THROW(cw::sample::write_weather(nullptr, small()), cw::Error);
}

}  // namespace
