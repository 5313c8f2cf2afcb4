#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

TEST(Connect, LocalTakesANumberOfThreads) {
  EXPECT_EQ(connect("local")->uri(), "local");
  EXPECT_EQ(connect("local:3")->uri(), "local:3");
  EXPECT_EQ(compute(connect("local:1024"), sum(counting<double, 1>({5}))), 10);
}

TEST(Connect, AThreadsNumberThatIsNoneIsAnErrorWithTheUri) {
  for (const char* uri : {"local:0", "local:-1", "local:x", "local:2x", "local:1025", "local:99999999999", "local: 2",
                          "local:", "local://2"}) {
    const Caught caught = error_of([&] { (void)connect(uri); });
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument) << uri;
    EXPECT_TRUE(caught.says(uri) && caught.says("local:N")) << caught.message;
  }
}

TEST(Connect, AnUnknownSchemeIsAnErrorWithThoseThatAreKnown) {
  for (const char* uri : {"cloud://somewhere:1", "", "Local", "locals:2", ":2"}) {
    const Caught caught = error_of([&] { (void)connect(uri); });
    EXPECT_EQ(caught.code, ErrorCode::not_found) << uri;
    EXPECT_TRUE(caught.says("local")) << caught.message;
  }
  EXPECT_TRUE(error_of([] { (void)connect("cloud://somewhere:1"); }).says("'cloud'"));
}

TEST(Connect, OptionsSayThreadsAndMemory) {
  const auto x = random<double, 2>({1000, 1000}, 1, {100, 1000});
  EXPECT_EQ(error_of([&] { (void)compute(connect("local", {.memory_limit = 1'000'000}), x * 2); }).code,
            ErrorCode::memory_limit);
  const auto one = connect("local", {.threads = 1, .memory_limit = 100'000'000});
  EXPECT_LE(explain(one, x * 2).memory_bound, 100'000'000U);
}

TEST(Connect, APersistedArrayKeepsWhatItNeedsAlive) {
  auto backend = connect("local:2");
  auto x = persist(backend, counting<double, 1>({5}) * 2);
  backend.reset();
  EXPECT_EQ(values(x), (std::vector<double>{0, 2, 4, 6, 8}));
}

TEST(ParseBytes, ReadsNumbersWithUnits) {
  EXPECT_EQ(parse_bytes("0"), 0U);
  EXPECT_EQ(parse_bytes("1234"), 1234U);
  EXPECT_EQ(parse_bytes("1234 B"), 1234U);
  EXPECT_EQ(parse_bytes("1e9"), 1'000'000'000U);
  EXPECT_EQ(parse_bytes("2GB"), 2'000'000'000U);
  EXPECT_EQ(parse_bytes("2 g"), 2'000'000'000U);
  EXPECT_EQ(parse_bytes("1.5kB"), 1500U);
  EXPECT_EQ(parse_bytes("512 MiB"), 512U << 20);
  EXPECT_EQ(parse_bytes("3ki"), 3072U);
  EXPECT_EQ(parse_bytes("1TiB"), std::uint64_t{1} << 40);
  EXPECT_EQ(parse_bytes("2pb"), 2'000'000'000'000'000U);
}

TEST(ParseBytes, AnythingElseIsAnErrorWithTheText) {
  for (const char* text : {"", "GB", "-1", "1 XB", "1 GiBs", "nan", "inf", "1e30", "two", "0x10", "5bb", "1 MM"}) {
    const Caught caught = error_of([&] { (void)parse_bytes(text); });
    EXPECT_EQ(caught.code, ErrorCode::invalid_argument) << text;
    EXPECT_TRUE(caught.says("'" + std::string(text) + "'")) << caught.message;
  }
}

/// Runs a function in a process of its own, with CHUNKWISE_BACKEND set (or not). Returns 0 if the function returns
/// true.
template <class F>
int in_another_process(const char* variable, F&& f) {
  const pid_t child = fork();
  if (child == 0) {
    if (variable)
      setenv("CHUNKWISE_BACKEND", variable, 1);
    else
      unsetenv("CHUNKWISE_BACKEND");
    _exit(f() ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

/// Computes once more when static objects are destroyed.
struct LastToCompute {
  BackendPtr backend = connect("local:2");
  Array<double, 2> x = random<double, 2>({64, 1 << 16}, 1, {1, 1 << 16}) * 0.0 + 1.0;
  [[nodiscard]] bool is_right() const { return compute(backend, x)(63, 65535) == 1; }
  ~LastToCompute() {
    alarm(30);  // where threads are gone that it waits for
    if (!is_right()) _exit(1);
  }
};

TEST(ABackendDeathTest, WorksUntilTheEndOfTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        static const LastToCompute last;
        std::exit(last.is_right() ? 0 : 2);
      },
      testing::ExitedWithCode(0), "");
}

TEST(DefaultBackend, IsWhatTheEnvironmentSaysElseLocal) {
  EXPECT_EQ(in_another_process(nullptr, [] { return default_backend()->uri() == "local"; }), 0);
  EXPECT_EQ(in_another_process("", [] { return default_backend()->uri() == "local"; }), 0);
  EXPECT_EQ(in_another_process("local:3", [] { return default_backend()->uri() == "local:3"; }), 0);
}

TEST(DefaultBackend, AVariableThatNamesNoneIsAnErrorWhenItIsFirstUsed) {
  EXPECT_EQ(in_another_process("nowhere:3",
                               [] {
                                 try {
                                   (void)default_backend();
                                 } catch (const Error& error) {
                                   return error.code() == ErrorCode::not_found;
                                 }
                                 return false;
                               }),
            0);
}

TEST(ReportsOfRuns, ErrorsAndUntypedArraysGoToStreams) {
  std::ostringstream out;
  out << RunReport{.seconds = 0.5234, .bytes_read = 4'500'000'000, .memory_bound = 80'000'000, .stages = 1} << '\n'
      << Error(ErrorCode::io, "no such file") << '\n'
      << compute(counting<double, 1>({3})).untyped();
  EXPECT_EQ(out.str(), "0.523 s, 4.5 GB read, 1 stage, memory up to 80 MB\nno such file\n[0. 1. 2.]");
}

TEST(DefaultBackend, RunsWhatNamesNone) {
  const auto x = counting<double, 1>({5});
  EXPECT_EQ(compute(sum(x)), 10);
  EXPECT_EQ(compute(x * 2, sum(x)), compute(default_backend(), x * 2, sum(x)));
  EXPECT_EQ(compute(persist(x * 2)(3)), 6);
  EXPECT_EQ(explain(sum(x)).backend, default_backend()->uri());
}

}  // namespace
}  // namespace chunkwise_test
