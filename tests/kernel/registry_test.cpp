#include "chunkwise/kernel/registry.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace chunkwise {
namespace {

void first(const void* const*, const Scalar*, void*, std::size_t) {}
void second(const void* const*, const Scalar*, void*, std::size_t) {}

/// A program that no other test has: |...|a|...| with `depth` bars.
Program bars(std::size_t depth) {
  std::vector<Instruction> code{{OpCode::input, DType::float32, DType::float32, {0}}};
  while (code.size() <= depth)
    code.push_back({op::Abs::code, DType::float32, DType::float32, {static_cast<std::uint16_t>(code.size() - 1)}});
  return Program(std::move(code));
}

TEST(Registry, AnUnknownProgramHasNoKernel) { EXPECT_EQ(find_kernel(bars(40)), nullptr); }

TEST(Registry, AKernelIsFoundByAnEqualProgram) {
  register_kernel(bars(41), &first);
  EXPECT_EQ(find_kernel(bars(41)), &first);
  EXPECT_EQ(find_kernel(bars(42)), nullptr);
}

TEST(Registry, TheFirstKernelStays) {
  register_kernel(bars(43), &first);
  register_kernel(bars(43), &second);
  EXPECT_EQ(find_kernel(bars(43)), &first);
}

TEST(Registry, ManyThreadsMayUseItAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([] {
      for (std::size_t i = 50; i < 150; ++i) {
        register_kernel(bars(i), &first);
        EXPECT_EQ(find_kernel(bars(i)), &first);
      }
    });
  for (std::thread& thread : threads) thread.join();
}

TEST(CpuLevel, IsNeverAboveWhatTheVariableAllows) {
  const char* const variable = std::getenv("CHUNKWISE_CPU");
  const std::string wish = variable == nullptr ? "" : variable;
  if (wish == "baseline") {
    EXPECT_EQ(cpu_level(), CpuLevel::baseline);
  }
  if (wish == "avx2") {
    EXPECT_LE(cpu_level(), CpuLevel::avx2);
  }
#if defined(__x86_64__)
  if (wish.empty()) {
    EXPECT_EQ(cpu_level() >= CpuLevel::avx2, __builtin_cpu_supports("avx2") != 0);
  }
#endif
}

TEST(CpuLevel, IsReadOnce) {
  const CpuLevel before = cpu_level();
  const char* const variable = std::getenv("CHUNKWISE_CPU");
  const std::string wish = variable == nullptr ? "" : variable;
  setenv("CHUNKWISE_CPU", before == CpuLevel::baseline ? "avx512" : "baseline", 1);
  EXPECT_EQ(cpu_level(), before);
  setenv("CHUNKWISE_CPU", wish.c_str(), 1);
}

}  // namespace
}  // namespace chunkwise
