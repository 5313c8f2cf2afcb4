#include "chunkwise/kernel/function.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "chunkwise/core/error.hpp"
#include "tests/caught.hpp"
#include "tests/kernel/instructions.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::f32;
using chunkwise_test::f64;
using chunkwise_test::what_of;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const Function blend{"tests.blend", 7, {f64, f32, f64}, f32};

Program call_of(Function function) { return Program::call(std::move(function)); }

TEST(CallProgram, HasASlotForEachArgument) {
  const bool numbers[] = {false, true, false};
  const Program program = Program::call(blend, numbers);
  EXPECT_EQ(program.inputs().size(), 2U);
  EXPECT_EQ(program.parameters().size(), 1U);
  EXPECT_EQ(program.parameters()[0], f32);
  EXPECT_EQ(program.result(), f32);
  EXPECT_EQ(program.operations(), 1U);
  EXPECT_TRUE(program.is_costly());
  ASSERT_NE(program.function(), nullptr);
  EXPECT_EQ(*program.function(), blend);
  EXPECT_EQ(to_string(program), "tests.blend(a, p0, b)");
  EXPECT_EQ(to_string(blend), "tests.blend version 7 (float64, float32, float64) -> float32");
}

TEST(CallProgram, IsEqualToOneOfTheSameFunctionOnly) {
  const Program program = call_of(blend);
  EXPECT_EQ(program, call_of(blend));
  for (auto change : {+[](Function& f) { f.name = "tests.blent"; }, +[](Function& f) { f.version = 8; },
                      +[](Function& f) { f.arguments[1] = f64; }, +[](Function& f) { f.result = f64; },
                      +[](Function& f) { f.arguments.pop_back(); }}) {
    Function other = blend;
    change(other);
    EXPECT_FALSE(program == call_of(other)) << to_string(other);
    EXPECT_NE(program.id(), call_of(other).id()) << to_string(other);
  }
}

TEST(CallProgram, IsTheSameAfterAWayAsBytes) {
  const bool numbers[] = {true, false, true};
  for (const Program& program :
       {call_of(blend), Program::call(blend, numbers), call_of({"n", -3, {DType::boolean}, DType::uint64})}) {
    const Program back = Program::from_bytes(program.to_bytes());
    EXPECT_EQ(back, program);
    EXPECT_EQ(back.id(), program.id());
    EXPECT_EQ(*back.function(), *program.function());
  }
}

TEST(CallProgram, RefusesNamesAndArgumentsThatNoFunctionHas) {
  for (const std::string& name : {std::string(), std::string("a b"), std::string(65, 'a'), std::string("a\0b", 3)})
    EXPECT_THAT(what_of([&] { call_of({name, 1, {f64}, f64}); }, ErrorCode::invalid_argument), HasSubstr("name"));
  for (const std::size_t arity : {std::size_t{0}, std::size_t{9}})
    EXPECT_THAT(what_of(
                    [&] {
                      call_of({"f", 1, std::vector<DType>(arity, f64), f64});
                    },
                    ErrorCode::invalid_argument),
                HasSubstr("1 to 8 arguments"));
}

TEST(CallProgram, DoesNotComposeWithOthers) {
  const Program identity({{OpCode::input, f64, f64, {0}}});
  EXPECT_THAT(what_of([&] { static_cast<void>(compose(call_of(blend), 0, identity)); }, ErrorCode::unsupported),
              HasSubstr("a program of its own"));
}

TEST(CallProgram, BelievesNoBytes) {
  const std::vector<std::byte> good = call_of(blend).to_bytes();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_THROW(static_cast<void>(Program::from_bytes(std::span(good).first(size))), Error) << size;
  std::mt19937 random(1);
  for (int i = 0; i < 200000; ++i) {
    std::vector<std::byte> bytes = good;
    for (auto changes = 1 + random() % 3; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 8));
    try {
      const Program program = Program::from_bytes(bytes);
      EXPECT_EQ(program.to_bytes(), bytes);
    } catch (const Error&) {
    }
  }
}

TEST(CallProgram, StandsBehindItsSlotsAndLast) {
  const Instruction slot{OpCode::input, f64, f64, {0}};
  const Instruction abs{op::Abs::code, f64, f64, {0}};
  const Instruction call{OpCode::call, f64, f64, {}};
  // The bytes of code with the name of a function behind it.
  const auto bytes_of = [](const std::vector<Instruction>& code) {
    std::vector<std::byte> bytes = Program({{OpCode::input, f64, f64, {0}}}).to_bytes();
    bytes.resize(4);
    bytes[2] = static_cast<std::byte>(code.size());
    const auto put = [&](auto value) { bytes.push_back(static_cast<std::byte>(static_cast<unsigned>(value) & 0xff)); };
    for (const Instruction& i : code) {
      put(i.code), put(static_cast<unsigned>(i.code) >> 8), put(i.type), put(i.result);
      for (const std::uint16_t a : i.arguments) put(a), put(0);
    }
    for (const int byte : {1, 0, 0, 0, 1, 102}) put(byte);
    return bytes;
  };
  const auto refused = [&](const std::vector<Instruction>& code) {
    return what_of([&] { static_cast<void>(Program::from_bytes(bytes_of(code))); }, ErrorCode::invalid_argument);
  };
  EXPECT_EQ(to_string(Program::from_bytes(bytes_of({slot, call}))), "f(a)");
  EXPECT_THAT(refused({slot, abs, call}), HasSubstr("behind the slots"));
  EXPECT_THAT(refused({slot, call, call}), HasSubstr("behind the slots"));
  EXPECT_THAT(refused({call}), HasSubstr("arguments"));
  EXPECT_THAT(refused({slot, {OpCode::call, f64, f64, {0, 0, 1}}}), HasSubstr("not 0"));
  EXPECT_THAT(refused({slot, {OpCode::call, f32, f64, {}}}), HasSubstr("cannot give"));
}

void nothing(const void* const*, const Scalar*, void*, std::size_t) {}
void something(const void* const*, const Scalar*, void*, std::size_t) {}

TEST(Functions, AreKnownByNameVersionAndSignature) {
  register_function({"tests.known", 1, {f64}, f64}, &nothing);
  register_function({"tests.known", 1, {f64}, f64}, &something);
  register_function({"tests.known", 2, {f64}, f64}, &something);
  EXPECT_EQ(find_function({"tests.known", 1, {f64}, f64}), &nothing);
  EXPECT_EQ(find_function({"tests.known", 2, {f64}, f64}), &something);
  EXPECT_EQ(find_function({"tests.known", 2, {f64, f64}, f64}), nullptr);
  EXPECT_EQ(find_kernel(call_of({"tests.known", 2, {f64}, f64})), &something);
  EXPECT_EQ(find_kernel(call_of({"tests.known", 3, {f64}, f64})), nullptr);
  EXPECT_THAT(known_functions(), testing::Contains(Function{"tests.known", 2, {f64}, f64}));
}

TEST(Functions, ThatAreUnknownAreNamedWithTheirLikes) {
  register_function({"tests.near", 1, {f64}, f64}, &nothing);
  EXPECT_THAT(
      what_of(
          [] {
            require_function({"tests.near", 1, {f32}, f64});
          },
          ErrorCode::not_found),
      AllOf(HasSubstr("tests.near version 1 (float32) -> float64, but tests.near version 1 (float64) -> float64"),
            HasSubstr("register_function")));
  EXPECT_THAT(what_of(
                  [] {
                    require_function({"tests.far", 1, {f64}, f64});
                  },
                  ErrorCode::not_found),
              AllOf(HasSubstr("tests.far version 1"), Not(HasSubstr(", but "))));
}

struct Halve {
  static constexpr auto name = "tests.halve";
  static constexpr int version = 4;
  static float apply(std::int32_t a) { return static_cast<float>(a) / 2; }
};

TEST(Functions, OfAStructAreRegisteredWithTheirKernel) {
  EXPECT_EQ(find_function(function_of<Halve>()), nullptr);
  register_function<Halve>();
  const KernelFunction kernel = find_function({"tests.halve", 4, {DType::int32}, f32});
  ASSERT_NE(kernel, nullptr);
  const std::int32_t in[] = {1, 2, -7};
  const void* inputs[] = {in};
  float out[3];
  kernel(inputs, nullptr, out, 3);
  EXPECT_THAT(out, testing::ElementsAre(0.5F, 1.0F, -3.5F));
}

}  // namespace
}  // namespace chunkwise
