#include "runtime/interpret/interpret.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace chunkwise::interpret {
namespace {

constexpr std::size_t n = 1300;  // two whole blocks and a part

template <class T>
struct Values {
  std::unique_ptr<T[]> data{new T[n]};
  explicit Values(std::uint64_t seed) {
    using Limits = std::numeric_limits<T>;
    for (std::size_t i = 0; i < n; ++i) {
      seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
      const std::uint64_t bits = seed >> 20;
      if constexpr (std::is_same_v<T, bool>)
        data[i] = (bits & 1) != 0;
      else if constexpr (std::is_floating_point_v<T>)
        data[i] = i % 31 == 0   ? Limits::quiet_NaN()
                  : i % 31 == 1 ? Limits::infinity()
                  : i % 31 == 2 ? T{-0.0}
                                : static_cast<T>(static_cast<double>(bits % 4000) / 64 - 20);
      else
        data[i] = i % 31 == 0 ? Limits::max() : i % 31 == 1 ? Limits::lowest() : static_cast<T>(bits);
    }
  }
};

template <class T>
bool same(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    if (a != a && b != b) return true;
  return std::memcmp(&a, &b, sizeof a) == 0;
}

template <class Op, class T>
concept Applies = (Op::arity == 1 && requires(T a) { Op::template apply<T>(a); }) ||
                  (Op::arity == 2 && requires(T a) { Op::template apply<T>(a, a); }) ||
                  (Op::arity == 3 && requires(T a) { Op::template apply<T>(a, a, a); });

/// The first operand is a condition, whatever the type of the others.
template <class Op>
constexpr bool chooses = Op::signature == op::Signature::selection;

Instruction input(DType type, std::uint16_t slot) { return {OpCode::input, type, type, {slot}}; }

/// The program of one operation over its inputs.
template <class Op, class Result>
Program program_of(DType type) {
  std::vector<Instruction> code;
  Instruction last{Op::code, type, dtype_of<Result>, {}};
  for (std::uint16_t a = 0; a < Op::arity; ++a) {
    code.push_back(input(chooses<Op> && a == 0 ? DType::boolean : type, a));
    last.arguments[a] = a;
  }
  code.push_back(last);
  return Program(code);
}

template <class Op, class T>
void expect_applied() {
  SCOPED_TRACE(testing::Message() << Op::name << " of " << name_of(dtype_of<T>));
  const Values<T> a(1), b(2), c(4);
  const Values<bool> condition(3);
  const auto apply = [&](std::size_t i) {
    if constexpr (Op::arity == 1)
      return Op::template apply<T>(a.data[i]);
    else if constexpr (Op::arity == 2)
      return Op::template apply<T>(a.data[i], b.data[i]);
    else if constexpr (chooses<Op>)
      return Op::template apply<T>(condition.data[i], a.data[i], b.data[i]);
    else
      return Op::template apply<T>(a.data[i], b.data[i], c.data[i]);
  };
  using Result = decltype(apply(0));
  // What the operation gives is decided by its signature, not by every type that its template accepts.
  std::array<op::OperandType, static_cast<std::size_t>(Op::arity)> operands;
  operands.fill({dtype_of<T>, false, WeakKind::floating});
  const op::ResolvedTypes types = op::resolve(Op::signature, operands);
  if (!types.valid || types.compute != dtype_of<T>) return;
  ASSERT_EQ(types.result, dtype_of<Result>);
  const Program program = program_of<Op, Result>(dtype_of<T>);
  const void* inputs[] = {chooses<Op> ? static_cast<const void*>(condition.data.get()) : a.data.get(),
                          chooses<Op> ? a.data.get() : b.data.get(), chooses<Op> ? b.data.get() : c.data.get()};
  const std::unique_ptr<Result[]> found(new Result[n]);
  run(program, inputs, nullptr, found.get(), n);
  for (std::size_t i = 0; i < n; ++i) ASSERT_TRUE(same<Result>(found[i], apply(i))) << "element " << i;
}

template <class F>
void for_each_type(F&& f) {
  for (std::size_t d = 0; d < dtype_count; ++d) dispatch(static_cast<DType>(d), f);
}

TEST(Interpret, EveryOperationOfEveryTypeGivesWhatItsDefinitionGives) {
  boost::hana::for_each(op::catalog, [](auto type) {
    using Op = typename decltype(type)::type;
    for_each_type([](auto zero) {
      if constexpr (Applies<Op, decltype(zero)>) expect_applied<Op, decltype(zero)>();
    });
  });
}

#if defined(__x86_64__) && !defined(CHUNKWISE_ONLY_BASELINE)
/// Bytes of a result: zeros, but for those that a kernel writes; NaN is one NaN.
template <class T>
void expect_same_at_every_level(std::size_t operation, const op::Description& description) {
  const Values<T> a(1), b(2), c(4);
  const Values<bool> condition(3);
  const bool first_is_bool = description.signature == op::Signature::selection;
  const void* const x = first_is_bool ? static_cast<const void*>(condition.data.get()) : a.data.get();
  const auto type = static_cast<std::size_t>(dtype_of<T>);
  const auto run_at = [&](const detail::Table& table) {
    std::vector<T> out(n);
    table.operations[operation][type](x, b.data.get(), c.data.get(), out.data(), n);
    return out;
  };
  if (!baseline::table().operations[operation][type]) return;
  const std::array<op::OperandType, 3> operands{{{dtype_of<T>}, {dtype_of<T>}, {dtype_of<T>}}};
  const op::ResolvedTypes types =
      op::resolve(description.signature, std::span(operands).first(static_cast<std::size_t>(description.arity)));
  if (types.result != dtype_of<T> && types.result != DType::boolean) return;
  const std::vector<T> wanted = run_at(baseline::table());
  for (const auto& [level, table] : {std::pair("avx2", &avx2::table), std::pair("avx512", &avx512::table)}) {
    if (!(std::string(level) == "avx2" ? __builtin_cpu_supports("avx2") : __builtin_cpu_supports("avx512vl"))) continue;
    const std::vector<T> found = run_at(table());
    if (types.result == DType::boolean) {
      ASSERT_EQ(std::memcmp(found.data(), wanted.data(), n), 0) << level;
    } else {
      for (std::size_t i = 0; i < n; ++i) ASSERT_TRUE(same<T>(found[i], wanted[i])) << level << ", element " << i;
    }
  }
}

TEST(Interpret, EveryOperationHasTheSameBitsAtEveryLevel) {
  for (std::size_t operation = 0; operation < op::descriptions.size(); ++operation) {
    SCOPED_TRACE(std::string(op::descriptions[operation].name));
    for_each_type([&](auto zero) {
      using T = decltype(zero);
      // Of bool a vector has no elements in memory.
      if constexpr (!std::is_same_v<T, bool>) expect_same_at_every_level<T>(operation, op::descriptions[operation]);
    });
  }
}
#endif

TEST(Interpret, CastsBetweenAllTypes) {
  for_each_type([](auto from) {
    using From = decltype(from);
    const Values<From> values(5);
    for_each_type([&](auto to) {
      using To = decltype(to);
      const std::unique_ptr<To[]> found(new To[n]);
      cast(dtype_of<From>, dtype_of<To>, values.data.get(), found.get(), n);
      for (std::size_t i = 0; i < n; ++i)
        ASSERT_TRUE(same<To>(found[i], op::Cast::convert<To, From>(values.data[i])))
            << name_of(dtype_of<From>) << " to " << name_of(dtype_of<To>) << ", element " << i;
    });
  });
}

TEST(Interpret, FunctionsWithoutADefinitionAnElementAreTheLibrarys) {
  const Values<double> a(1), b(2);
  const void* inputs[] = {a.data.get(), b.data.get()};
  double expected[n];
  double found[n];
  math::exp(a.data.get(), expected, n);
  run(program_of<op::Exp, double>(DType::float64), inputs, nullptr, found, n);
  for (std::size_t i = 0; i < n; ++i) EXPECT_TRUE(same(found[i], expected[i]));
  math::pow(a.data.get(), b.data.get(), expected, n);
  run(program_of<op::Pow, double>(DType::float64), inputs, nullptr, found, n);
  for (std::size_t i = 0; i < n; ++i) EXPECT_TRUE(same(found[i], expected[i]));
}

/// (a - p0) * b, and its sign where that is a number.
Program formula() {
  const DType f = DType::float64;
  return Program(std::vector<Instruction>{{OpCode::input, f, f, {0}},
                                          {OpCode::parameter, f, f, {0}},
                                          {op::Subtract::code, f, f, {0, 1}},
                                          {OpCode::input, f, f, {1}},
                                          {op::Multiply::code, f, f, {2, 3}}});
}

TEST(Interpret, ParametersAreTheSameForEveryElement) {
  const Values<double> a(1), b(2);
  const void* inputs[] = {a.data.get(), b.data.get()};
  const Scalar parameter(2.5);
  constexpr std::size_t block = block_bytes / sizeof(double);
  for (const std::size_t count : {std::size_t{1}, block - 1, block, block + 1, n}) {
    std::vector<double> found(count + 1, -7);
    run(formula(), inputs, &parameter, found.data(), count);
    for (std::size_t i = 0; i < count; ++i) ASSERT_TRUE(same(found[i], (a.data[i] - 2.5) * b.data[i]));
    EXPECT_EQ(found[count], -7);
  }
}

TEST(Interpret, TheOutputMayBeAnInput) {
  const Values<double> a(1), b(2);
  const Scalar parameter(2.5);
  for (int slot = 0; slot < 2; ++slot) {
    std::vector<double> x(a.data.get(), a.data.get() + n), y(b.data.get(), b.data.get() + n);
    const void* inputs[] = {x.data(), y.data()};
    run(formula(), inputs, &parameter, slot == 0 ? x.data() : y.data(), n);
    for (std::size_t i = 0; i < n; ++i)
      ASSERT_TRUE(same((slot == 0 ? x : y)[i], (a.data[i] - 2.5) * b.data[i])) << slot;
  }
}

TEST(Interpret, AProgramThatIsItsInputCopiesIt) {
  const Values<float> a(1);
  const void* inputs[] = {a.data.get()};
  std::vector<float> found(n);
  run(Program(std::vector<Instruction>{input(DType::float32, 0)}), inputs, nullptr, found.data(), n);
  EXPECT_EQ(std::memcmp(found.data(), a.data.get(), n * sizeof(float)), 0);
}

TEST(Interpret, NoElementsAreNothingToDo) {
  const Scalar parameter(2.5);
  const void* inputs[] = {nullptr, nullptr};
  run(formula(), inputs, &parameter, nullptr, 0);
}

}  // namespace
}  // namespace chunkwise::interpret
