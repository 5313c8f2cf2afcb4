// Bits of reductions and of exp, log and pow, recorded once (those of sum, mean, var and stddev of float64 were also
// found by a plain reading of the definition in another language). They are what docs/semantics.md defines: where one
// of them changes, a definition has changed, and with it every result that somebody has stored.
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <sstream>

#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;

/// The bits of a number, or of many (FNV-1a).
template <class T>
std::string hexadecimal(T value) {
  std::uint64_t word = 0;
  std::memcpy(&word, &value, sizeof value);
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(word));
  return text.data();
}
template <class T, int N>
std::string hexadecimal(const NdArray<T, N>& array) {
  std::uint64_t hash = 1469598103934665603ULL;
  for (const T value : array.mutable_copy()) {
    std::array<unsigned char, sizeof(T)> bytes{};
    std::memcpy(bytes.data(), &value, sizeof value);
    for (const unsigned char byte : bytes) hash = (hash ^ byte) * 1099511628211ULL;
  }
  return hexadecimal(hash);
}

/// A line a reduction: its name and bits over everything, and along each axis.
template <class E>
std::vector<std::string> lines(const std::string& title, const E& x) {
  std::vector<std::string> result;
  const auto add = [&](const char* name, const auto& reduction) {
    const auto [all, first, second, third] =
        compute(local(), reduction(x), reduction(x, 0), reduction(x, 1), reduction(x, 2));
    result.push_back(title + " " + name + " " + hexadecimal(all) + " " + hexadecimal(first) + " " +
                     hexadecimal(second) + " " + hexadecimal(third));
  };
  add("sum", sum);
  add("mean", mean);
  add("var", var);
  add("stddev", stddev);
  add("min", min);
  add("max", max);
  return result;
}

std::vector<std::string> all_lines() {
  std::vector<std::string> result;
  const auto append = [&](const std::vector<std::string>& more) {
    result.insert(result.end(), more.begin(), more.end());
  };
  append(lines("float64", random<double, 3>({40, 33, 70}, 7, {4, 33, 70})));
  append(lines("many", random<double, 3>({40, 33, 70}, 7, {1, 17, 70})));
  append(lines("float32", random<float, 3>({40, 33, 70}, 7, {4, 33, 70})));
  const auto shifted = random<double, 3>({40, 33, 70}, 7, {4, 33, 70}) + 1e6;
  append(lines("shifted", shifted));
  const auto holes = where(random<double, 3>({40, 33, 70}, 8, {4, 33, 70}) < 0.3, std::nan(""), shifted);
  const auto [m, s, t] = compute(local(), nanmean(holes), nanstddev(holes, 0), nanvar(holes, 2));
  result.push_back("holes " + hexadecimal(m) + " " + hexadecimal(s) + " " + hexadecimal(t));
  const auto z = (shifted - mean(shifted, 0)) / stddev(shifted, 0);
  result.push_back("zscore " + hexadecimal(compute(local(), z)));
  const auto x = random<double, 1>({100000}, 9);
  const auto y = random<float, 1>({100000}, 9);
  const auto both = [&](const char* name, const auto& wide, const auto& narrow) {
    const auto [a, b] = compute(local(), wide, narrow);
    result.push_back(std::string(name) + " " + hexadecimal(a) + " " + hexadecimal(b));
  };
  both("exp", exp(x * 1400 - 700), exp(y * 170 - 85));
  both("log", log(x * 1e9), log(y * 1e9F));
  both("pow", pow(x * 100, x * 200 - 100), pow(y * 100, y * 30 - 15));
  // Programs that only a pass makes are interpreted.
  const Array<double, 1> e = exp(x * 3 - 1);
  const Array<float, 1> l = log(y * 3 + 1);
  both("interpreted", (e - 0.5) / 7, (l - 0.5) / 7);
  return result;
}

const std::vector<std::string> golden{
    // clang-format off
    "float64 sum 40e693d731807918 4a90055b646b180b 7e1f2c7682567ac3 79ddcf0e448f50ca",
    "float64 mean 3fe0036eea530dad d115c7f5e2e842e6 4ca500a0dfd59a91 ed649eeae10625d5",
    "float64 var 3fb54daa6c06ed87 1cc9e8a7688c8768 22574b9aeda3cc28 050690fa01b0a66b",
    "float64 stddev 3fd2765501f4a3b2 b027b476e62e940b 936de223576afea2 e320e1a11cea8260",
    "float64 min 3f0a4d0104254000 e0e2f7d2e24f692e 15b97f3c042468b2 df535add4bc475ba",
    "float64 max 3fefffc297e6c958 a03c4e406f71b8ba 7ac7e920e0135438 023dda53e0695e51",
    "many sum 40e693d731807918 77c5342469f71d0c 02e4f1557bf2106b 79ddcf0e448f50ca",
    "many mean 3fe0036eea530dad 147c36bbb5e114b4 21f238278ecca620 ed649eeae10625d5",
    "many var 3fb54daa6c06ed86 e564db798f5dc325 4955e55b688eaad4 050690fa01b0a66b",
    "many stddev 3fd2765501f4a3b2 abfe3ca5caa6850d 1ba0db1747e7f909 e320e1a11cea8260",
    "many min 3f0a4d0104254000 e0e2f7d2e24f692e 15b97f3c042468b2 df535add4bc475ba",
    "many max 3fefffc297e6c958 a03c4e406f71b8ba 7ac7e920e0135438 023dda53e0695e51",
    "float32 sum 0000000047349eb9 3f3564ff21145119 dc9c6020d9969e88 ff8c25b56193a711",
    "float32 mean 000000003f001b77 d36540785e3869c8 dcd0566ae566a5db 7512e0d554f79ad6",
    "float32 var 000000003daa6d53 33882c6792cba829 cad6395ea743b117 cc820936a2cb1d38",
    "float32 stddev 000000003e93b2a8 049f748dd0b53dde 7b1e2ec9280012e9 f1fd8f71b9b4cb9c",
    "float32 min 0000000038524000 3eadd0a26dfc1f8a fdd21cca27eb2c4f 630957c4c4622670",
    "float32 max 000000003f7ffe14 8e02b40e1fbc9f61 e5e20b10cbb6eab6 f85c4dad087d505c",
    "shifted sum 42358378d09eb98c e569bc6f7f5b761f c06277e894602ef6 6fd70c1fd4460067",
    "shifted mean 412e84810036eea5 af247944f00bc56d 7cd30570f0959db5 55306fe7b3b25573",
    "shifted var 3fb54daa6c06deda e9d12ed64dcf6391 a3cc7d34b1866ce1 0a36fd33290661e0",
    "shifted stddev 3fd2765501f49d56 9805c464cdb3242c 592e657a566a90d5 3ab11d94fa0f4b20",
    "shifted min 412e848000069340 af9f40c2327a3a44 bc52d11017d50d77 92f01913f663b0b2",
    "shifted max 412e8481fffc297e 5923fa2f93db0b40 12e40941d15352a3 d3588d582508d702",
    "holes 412e84810094e02f 8b32b5f2034ba44f 2c56a8d5bd6b6dc3",
    "zscore c2e57efacdb77397",
    "exp ff967d0391d2e175 83593aa0fdaadb17",
    "log c8b672e9447a2a6b 6f31d0692db7faf6",
    "pow 992831bd2fb4da9a ccf25d325962e530",
    "interpreted 7a7974f977e8373a fc91cf0a7d4dd79b",
    // clang-format on
};

TEST(Golden, ResultsHaveTheBitsThatWereRecorded) { EXPECT_EQ(all_lines(), golden); }

/// Returns the bits of the C library's exp, which differ between CPUs.
std::string libm_bits() {
  std::vector<double> values = compute(local(), random<double, 1>({100000}, 9)).mutable_copy();
  for (double& value : values) value = std::exp(value * 1400 - 700);
  return hexadecimal(compute(local(), from_vector<1>(values, {100000})));
}

/// Not a test of its own: prints the bits of this process, for the tests below and for whoever records them anew.
TEST(Golden, DISABLED_Print) {
  for (const std::string& line : all_lines()) std::cout << "golden: " << line << '\n';
  std::cout << "libm: " << libm_bits() << '\n';
}

/// Returns the lines that the disabled test above prints after `prefix` in another environment.
std::vector<std::string> lines_in(const std::string& environment, const std::string& prefix = "golden: ") {
  std::array<char, 4096> program{};
  if (readlink("/proc/self/exe", program.data(), program.size() - 1) <= 0) return {};
  const std::string command = environment + " '" + program.data() +
                              "' --gtest_also_run_disabled_tests --gtest_filter=Golden.DISABLED_Print 2>&1";
  FILE* pipe = popen(command.c_str(), "r");
  if (!pipe) return {};
  std::vector<std::string> result;
  std::array<char, 1024> line{};
  while (std::fgets(line.data(), line.size(), pipe)) {
    std::string text = line.data();
    if (text.rfind(prefix, 0) != 0) continue;
    text.erase(text.find_last_not_of('\n') + 1);
    result.push_back(text.substr(prefix.size()));
  }
  return pclose(pipe) == 0 ? result : std::vector<std::string>{};
}

TEST(Golden, EveryInstructionSetGivesTheSameBits) {
  for (const std::string level : {"baseline", "avx2", "avx512"})
    EXPECT_EQ(lines_in("CHUNKWISE_CPU=" + level), golden) << level;
}

#if defined(__GLIBC__) && defined(__x86_64__)
TEST(Golden, WhatTheCLibraryTakesTheCpuForDoesNotMatter) {
  const std::string masked = "GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-AVX2_Usable,-AVX512F ";
  for (const std::string level : {"baseline", "avx2", "avx512"})
    EXPECT_EQ(lines_in(masked + "CHUNKWISE_CPU=" + level), golden) << level;
  if (__builtin_cpu_supports("fma") && __builtin_cpu_supports("avx2")) {
    EXPECT_NE(lines_in(masked, "libm: "), lines_in("", "libm: ")) << "the mask masks nothing";
  }
}
#endif

}  // namespace
}  // namespace chunkwise_test
