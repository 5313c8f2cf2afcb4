// Arrays of a program in a browser: chunkwise::explore, and its example.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/explore.hpp"
#include "tests/caught.hpp"

namespace {

namespace cw = chunkwise;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

const cw::ExploreOptions quietly{.host = "127.0.0.1", .port = 0, .secret = "", .opens_browser = false};

struct Address {
  std::string server, path;
};
Address parts_of(const std::string& address) {
  const std::size_t slash = address.find('/', std::string("http://").size());
  return {address.substr(0, slash), address.substr(slash)};
}

std::vector<float> slice_of(const std::string& address, const std::string& query) {
  const Address parts = parts_of(address);
  httplib::Client client(parts.server);
  const auto result = client.Get((parts.path + "api/slice?" + query).c_str());
  EXPECT_TRUE(result && result->status == 200) << (result ? result->body : address);
  if (!result || result->status != 200) return {};
  std::vector<float> values(result->body.size() / sizeof(float));
  std::memcpy(values.data(), result->body.data(), values.size() * sizeof(float));
  return values;
}

TEST(ExploreOfAProgram, ShowsAnExpressionUnderTheNameOfItsLabels) {
  const auto x =
      cw::from_vector<2>(std::vector<double>{1, 2, 3, 4}, {2, 2}).with_labels(cw::Labels({"y", "x"}).renamed("height"));
  const auto page = cw::explore(cw::connect("local:2"), x, quietly);
  EXPECT_THAT(slice_of(page.address(), "f=height&rows=0&columns=1&at=0,0"), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(slice_of(page.address(), "f=height*2&rows=1&columns=0&at=0,0"), ElementsAre(2, 6, 4, 8));
}

TEST(ExploreOfAProgram, ShowsSeveralArraysAndWhatIsPersisted) {
  const auto backend = cw::connect("local:2");
  const auto x = cw::from_vector<2>(std::vector<float>{1, 2, 3, 6}, {2, 2});
  const auto z = cw::persist(backend, x - cw::mean(x, 0));
  auto first = cw::explore(backend, {cw::named("x", x), cw::named("z", z)}, quietly);
  const cw::Explorer page = std::move(first);
  EXPECT_THAT(slice_of(page.address(), "f=z&rows=0&columns=1&at=0,0"), ElementsAre(-1, -2, 1, 2));
  EXPECT_THAT(slice_of(page.address(), "f=x-z&rows=0&columns=1&at=0,0"), ElementsAre(2, 4, 2, 4));
}

TEST(ExploreOfAProgram, IsServedAsLongAsItsObjectLives) {
  std::string address;
  {
    const auto page = cw::explore(cw::connect("local:1"), cw::from_vector<1>(std::vector<double>{1, 2}, {2}), quietly);
    address = page.address();
    std::thread other([&] { page.stop(); });
    page.wait();
    other.join();
    EXPECT_TRUE(httplib::Client(parts_of(address).server).Get(parts_of(address).path.c_str()));
  }
  EXPECT_FALSE(httplib::Client(parts_of(address).server).Get(parts_of(address).path.c_str()));
}

TEST(ExploreOfAProgram, RefusesWhatItCannotServe) {
  using chunkwise_test::what_of;
  const auto backend = cw::connect("local:1");
  const auto x = cw::from_vector<1>(std::vector<double>{1, 2}, {2});
  const auto options = [](const char* host, const char* secret) {
    cw::ExploreOptions result = quietly;
    result.host = host;
    result.secret = secret;
    return result;
  };
  using enum cw::ErrorCode;
  (void)what_of([&] { (void)cw::explore(nullptr, x, quietly); }, invalid_argument);
  EXPECT_THAT(what_of([&] { (void)cw::explore(backend, x, options("0.0.0.0", "")); }, denied), HasSubstr("secret"));
  (void)what_of([&] { (void)cw::explore(backend, x, options("127.0.0.1", "short")); }, invalid_argument);
  EXPECT_THAT(what_of(
                  [&] {
                    (void)cw::explore(backend, {cw::named("x", x), cw::named("x", x)}, quietly);
                  },
                  invalid_argument),
              HasSubstr("named 'x'"));
  (void)what_of([&] { (void)cw::explore(backend, std::vector<cw::NamedArray>{}, quietly); }, invalid_argument);
}

#ifdef CHUNKWISE_EXAMPLE
TEST(ExploreOfAProgram, TheExampleServesItsArraysUntilEnterIsPressed) {
  std::array<int, 2> in{}, out{};
  ASSERT_EQ(::pipe(in.data()), 0);
  ASSERT_EQ(::pipe(out.data()), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(out[1], STDOUT_FILENO);
    for (const int fd : {in[0], in[1], out[0], out[1]}) ::close(fd);
    ::setenv("BROWSER", "true", 1);  // a program that opens nothing
    ::execl(CHUNKWISE_EXAMPLE, CHUNKWISE_EXAMPLE, nullptr);
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  std::string line;
  for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) line += c;
  const std::string before = "The page is at ";
  EXPECT_THAT(line, HasSubstr(before));
  const std::string address = line.substr(std::min(before.size(), line.size()));
  const std::vector<float> wave = slice_of(address, "f=wave&rows=1&columns=2&at=0,0,0");
  EXPECT_EQ(wave.size(), 91U * 180U);
  if (wave.size() == 91U * 180U) {
    EXPECT_FLOAT_EQ(wave[45 * 180 + 15], 20);  // at the equator and 30 degrees east
  }
  EXPECT_EQ(slice_of(address, "f=z&rows=1&columns=2&at=3,0,0").size(), 91U * 180U);
  ASSERT_EQ(::write(in[1], "\n", 1), 1);
  int status = -1;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  ::close(in[1]);
  ::close(out[0]);
}
#endif

}  // namespace
