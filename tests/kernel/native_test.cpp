#include "chunkwise/kernel/native.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <type_traits>
#include <vector>

#include "tests/kernel/instructions.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::call;
using chunkwise_test::f32;
using chunkwise_test::f64;
using chunkwise_test::i16;
using chunkwise_test::input;
using chunkwise_test::parameter;
using chunkwise_test::truth;

template <std::size_t N>
constexpr StaticProgram<N> program(const std::array<Instruction, N>& code) {
  StaticProgram<N> made{code, 0, 0};
  for (const Instruction& instruction : code) {
    if (instruction.code == OpCode::input) ++made.inputs;
    if (instruction.code == OpCode::parameter) ++made.parameters;
  }
  return made;
}

constexpr std::size_t lengths[] = {0, 1, 7, 255, 256, 257, 1000};

template <class T>
bool same(T a, T b) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(a) && std::isnan(b)) return true;
  }
  return std::memcmp(&a, &b, sizeof a) == 0;
}

template <class T>
std::vector<T> values(std::size_t n, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<T> result(n);
  for (std::size_t i = 0; i < n; ++i) {
    if constexpr (std::is_floating_point_v<T>)
      result[i] = i % 97 == 96 ? std::numeric_limits<T>::quiet_NaN()
                               : static_cast<T>(static_cast<double>(random()) / 4294967296.0 * 20 - 10);
    else
      result[i] = static_cast<T>(random());
  }
  return result;
}

/// Runs the native kernel of P for every length and compares with `expected(i)`, element by element; nothing may be
/// written behind the end.
template <auto P, class Result, class Expected>
void expect_elements(const std::vector<const void*>& inputs, const std::vector<Scalar>& parameters, Expected expected) {
  const ProgramPtr& made = kernel::native_program<P>();
  const KernelFunction kernel = find_kernel(*made);
  ASSERT_NE(kernel, nullptr);
  ASSERT_EQ(made->inputs().size(), inputs.size());
  for (const std::size_t n : lengths) {
    const auto guard = static_cast<Result>(77);
    const auto out = std::make_unique<Result[]>(n + 1);
    out[n] = guard;
    kernel(inputs.data(), parameters.data(), out.get(), n);
    for (std::size_t i = 0; i < n; ++i)
      ASSERT_TRUE(same<Result>(out[i], expected(i))) << "element " << i << " of " << n;
    ASSERT_TRUE(same(out[n], guard)) << n;
  }
}

double exp_of(double a) {
  double out;
  math::exp(&a, &out, 1);
  return out;
}
double pow_of(double a, double b) {
  double out;
  math::pow(&a, &b, &out, 1);
  return out;
}

/// (a - b) / c
constexpr auto standardize =
    program(std::array{input(0), input(1), call<op::Subtract>({0, 1}), input(2), call<op::Divide>({2, 3})});
/// a * p0 + p1, which a compiler would like to contract
constexpr auto scale =
    program(std::array{input(0), parameter(0), call<op::Multiply>({0, 1}), parameter(1), call<op::Add>({2, 3})});
/// float32(a) * b where a is int16
constexpr auto mixed = program(
    std::array{input(0, i16), call<op::Cast>({0}, i16, f32), input(1, f32), call<op::Multiply>({1, 2}, f32, f32)});
/// int16(a)
constexpr auto narrowed = program(std::array{input(0), call<op::Cast>({0}, f64, i16)});
/// where(a < b, maximum(a, b), sqrt(abs(a)))
constexpr auto chosen = program(std::array{input(0), input(1), call<op::Less>({0, 1}, f64, truth), input(2), input(3),
                                           call<op::Maximum>({3, 4}), input(4), call<op::Abs>({6}), call<op::Sqrt>({7}),
                                           call<op::Where>({2, 5, 8})});
/// !isnan(a) && a >= p0
constexpr auto valid = program(
    std::array{input(0), call<op::IsNan>({0}, f64, truth), call<op::LogicalNot>({1}, truth, truth), input(1),
               parameter(0), call<op::GreaterEqual>({3, 4}, f64, truth), call<op::LogicalAnd>({2, 5}, truth, truth)});
/// (exp(a - b) + p0) / c
constexpr auto logistic = program(std::array{input(0), input(1), call<op::Subtract>({0, 1}), call<op::Exp>({2}),
                                             parameter(0), call<op::Add>({3, 4}), input(2), call<op::Divide>({5, 6})});
/// pow(abs(a), exp(b))
constexpr auto tower =
    program(std::array{input(0), call<op::Abs>({0}), input(1), call<op::Exp>({2}), call<op::Pow>({1, 3})});
/// isnan(exp(a)), whose block-wise part has another type than its result
constexpr auto undefined = program(std::array{input(0), call<op::Exp>({0}), call<op::IsNan>({1}, f64, truth)});

class NativeKernel : public testing::Test {
 protected:
  std::vector<double> a = values<double>(1000, 1);
  std::vector<double> b = values<double>(1000, 2);
  std::vector<double> c = values<double>(1000, 3);
};

TEST_F(NativeKernel, ComputesAFusedFormula) {
  expect_elements<standardize, double>({a.data(), b.data(), c.data()}, {},
                                       [&](std::size_t i) { return (a[i] - b[i]) / c[i]; });
}

TEST_F(NativeKernel, RoundsEveryOperationOfItsOwn) {
  const volatile double factor = 1.1;
  expect_elements<scale, double>({a.data()}, {Scalar(1.1), Scalar(-0.3)}, [&](std::size_t i) {
    const volatile double product = a[i] * factor;
    return product + -0.3;
  });
}

TEST_F(NativeKernel, ConvertsBetweenTypes) {
  const auto stored = values<std::int16_t>(1000, 4);
  const auto factors = values<float>(1000, 5);
  expect_elements<mixed, float>({stored.data(), factors.data()}, {},
                                [&](std::size_t i) { return static_cast<float>(stored[i]) * factors[i]; });
  std::vector<double> wide(1000);
  for (std::size_t i = 0; i < wide.size(); ++i) wide[i] = a[i] * 10000;
  expect_elements<narrowed, std::int16_t>(
      {wide.data()}, {}, [&](std::size_t i) { return op::Cast::convert<std::int16_t, double>(wide[i]); });
}

TEST_F(NativeKernel, ComparesAndChooses) {
  expect_elements<chosen, double>({a.data(), b.data(), a.data(), b.data(), a.data()}, {}, [&](std::size_t i) {
    return a[i] < b[i] ? op::Maximum::apply(a[i], b[i]) : std::sqrt(std::fabs(a[i]));
  });
  expect_elements<valid, bool>({a.data(), a.data()}, {Scalar(1.5)}, [&](std::size_t i) { return a[i] >= 1.5; });
}

TEST_F(NativeKernel, ComputesBlockwiseOperationsInsideAFormula) {
  expect_elements<logistic, double>({a.data(), b.data(), c.data()}, {Scalar(1.0)},
                                    [&](std::size_t i) { return (exp_of(a[i] - b[i]) + 1.0) / c[i]; });
  expect_elements<tower, double>({a.data(), b.data()}, {},
                                 [&](std::size_t i) { return pow_of(std::fabs(a[i]), exp_of(b[i])); });
  expect_elements<undefined, bool>({a.data()}, {}, [&](std::size_t i) { return std::isnan(a[i]); });
}

TEST_F(NativeKernel, MayWriteOverAnInput) {
  const KernelFunction kernel = find_kernel(*kernel::native_program<logistic>());
  std::vector<double> expected(a.size());
  const Scalar one(1.0);
  const void* inputs[] = {a.data(), b.data(), c.data()};
  kernel(inputs, &one, expected.data(), a.size());
  std::vector<double> in_place = c;
  inputs[2] = in_place.data();
  kernel(inputs, &one, in_place.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_TRUE(same(in_place[i], expected[i])) << i;
}

TEST_F(NativeKernel, EveryInstructionSetGivesTheSameBits) {
  std::vector<double> baseline(a.size()), wide(a.size());
  const void* const inputs[] = {a.data(), b.data(), c.data()};
  const Scalar parameters[] = {Scalar(1.1), Scalar(-0.3)};
  kernel::run_baseline<scale>(inputs, parameters, baseline.data(), a.size());
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2")) GTEST_SKIP() << "this CPU has no AVX2";
#endif
  kernel::run_avx2<scale>(inputs, parameters, wide.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_TRUE(same(baseline[i], wide[i])) << i;
  kernel::run_baseline<logistic>(inputs, parameters, baseline.data(), a.size());
  kernel::run_avx2<logistic>(inputs, parameters, wide.data(), a.size());
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_TRUE(same(baseline[i], wide[i])) << i;
}

TEST(NativeProgram, IsTheProgramOfItsCode) {
  EXPECT_EQ(to_string(*kernel::native_program<standardize>()), "(a - b) / c");
  EXPECT_EQ(*kernel::native_program<standardize>(), Program(standardize));
  EXPECT_EQ(kernel::native_program<standardize>(), kernel::native_program<standardize>());
}

}  // namespace
}  // namespace chunkwise
