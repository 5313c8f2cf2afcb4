#include "chunkwise/kernel/program.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "tests/kernel/instructions.hpp"

namespace chunkwise {
namespace {

using chunkwise_test::call;
using chunkwise_test::f32;
using chunkwise_test::f64;
using chunkwise_test::i32;
using chunkwise_test::input;
using chunkwise_test::parameter;
using chunkwise_test::truth;
using testing::ElementsAre;
using testing::HasSubstr;
using Code = std::vector<Instruction>;

/// (a - b) / c
Code standardize_code() { return {input(0), input(1), call<op::Subtract>({0, 1}), input(2), call<op::Divide>({2, 3})}; }

void expect_refused(const Code& code, const std::string& words, ErrorCode error_code = ErrorCode::invalid_argument) {
  try {
    const Program program(code);
    FAIL() << "accepted: " << to_string(program);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), error_code);
    EXPECT_THAT(error.what(), HasSubstr(words));
  }
}

TEST(Program, KnowsItsSlotsAndResult) {
  const Program program(Code{input(0, f32), call<op::Cast>({0}, f32, f64), parameter(0), call<op::Multiply>({1, 2}),
                             parameter(1), call<op::Less>({3, 4}, f64, truth)});
  EXPECT_THAT(program.inputs(), ElementsAre(f32));
  EXPECT_THAT(program.parameters(), ElementsAre(f64, f64));
  EXPECT_EQ(program.result(), truth);
  EXPECT_EQ(program.operations(), 3U);
  EXPECT_FALSE(program.is_identity());
  EXPECT_TRUE(Program(Code{input(0)}).is_identity());
}

TEST(Program, EqualCodeIsEqualAndHasOneIdForEver) {
  EXPECT_EQ(Program(standardize_code()), Program(standardize_code()));
  EXPECT_EQ(Program(standardize_code()).id(), program_id(standardize_code()));
  EXPECT_EQ(Program(standardize_code()).id(), 7415850261958259662U);
  Code other = standardize_code();
  other[4] = call<op::Multiply>({2, 3});
  EXPECT_NE(Program(standardize_code()), Program(other));
}

TEST(Program, SaysWhichInstructionIsWrong) {
  expect_refused({input(0), input(1), call<op::Subtract>({0, 1}), input(7)}, "instruction 3");
}

TEST(Program, RefusesNothingAndTooMuch) {
  expect_refused({}, "between 1 and 4096");
  Code chain{input(0)};
  while (chain.size() < 4096) chain.push_back(call<op::Abs>({static_cast<std::uint16_t>(chain.size() - 1)}));
  EXPECT_NO_THROW(Program{chain});
  chain.push_back(call<op::Abs>({4095}));
  expect_refused(chain, "4097");
}

TEST(Program, SlotsAreNumberedInOrderOfAppearance) {
  expect_refused({input(1)}, "slot 1 appears where slot 0");
  expect_refused({input(0), input(0), call<op::Add>({0, 1})}, "slot 0 appears where slot 1");
  expect_refused({parameter(3)}, "parameter slot 3");
  expect_refused({{OpCode::input, f64, f32, {0}}}, "cannot give float32");
}

TEST(Program, OperandsFollowPostOrder) {
  expect_refused({input(0), input(1), call<op::Subtract>({1, 0})}, "post-order");
  expect_refused({input(0), call<op::Add>({0, 0})}, "only 1 values");
  expect_refused({input(0), input(1), call<op::Add>({0, 2})}, "post-order");
  expect_refused({input(0), input(1), input(2), call<op::Add>({0, 1})}, "post-order");
}

TEST(Program, EveryValueButTheLastIsUsed) { expect_refused({input(0), input(1)}, "never used"); }

TEST(Program, ArgumentsThatAnOperationDoesNotHaveAreZero) {
  expect_refused({input(0), call<op::Abs>({0, 1})}, "not 0");
  expect_refused({{OpCode::input, f64, f64, {0, 0, 5}}}, "not 0");
}

TEST(Program, TypesMustExist) {
  expect_refused({{OpCode::input, DType{11}, DType{11}, {0}}}, "does not exist");
  expect_refused({input(0), {op::Cast::code, f64, DType{200}, {0}}}, "does not exist");
}

TEST(Program, OperationsMustBeInTheCatalogue) {
  expect_refused({input(0), {OpCode{4711}, f64, f64, {0}}}, "no operation 4711");
  expect_refused({input(0), {OpCode{0x8000}, f64, f64, {0}}}, "user's own", ErrorCode::unsupported);
}

TEST(Program, OperandsHaveTheTypeTheOperationComputesIn) {
  expect_refused({input(0, f32), input(1), call<op::Add>({0, 1})}, "operand 0 of 'add' is float32");
  expect_refused({input(0), call<op::Cast>({0}, f32, f64)}, "operand 0 of 'cast' is float64");
}

TEST(Program, ResultsFollowTheSignature) {
  expect_refused({input(0), call<op::Abs>({0}, f64, f32)}, "'abs' in float64 gives float64, not float32");
  expect_refused({input(0), input(1), call<op::Less>({0, 1}, f64, f64)}, "gives bool");
  expect_refused({input(0), call<op::IsNan>({0}, f64, f64)}, "gives bool");
  EXPECT_EQ(Program(Code{input(0, i32), call<op::IsNan>({0}, i32, truth)}).result(), truth);
}

TEST(Program, TypesAnOperationIsNotDefinedForAreRefused) {
  expect_refused({input(0, truth), input(1, truth), call<op::Subtract>({0, 1}, truth, truth)}, "not defined for bool");
  expect_refused({input(0, i32), input(1, i32), call<op::Divide>({0, 1}, i32, i32)}, "not defined for int32");
  expect_refused({input(0, i32), call<op::Exp>({0}, i32, i32)}, "not defined for int32");
  expect_refused({input(0), call<op::LogicalNot>({0}, f64, truth)}, "not defined for float64");
  EXPECT_NO_THROW(Program(Code{input(0, truth), input(1, truth), call<op::Add>({0, 1}, truth, truth)}));
}

TEST(Program, AConditionIsBool) {
  EXPECT_NO_THROW(Program(Code{input(0, truth), input(1), input(2), call<op::Where>({0, 1, 2})}));
  expect_refused({input(0), input(1), input(2), call<op::Where>({0, 1, 2})}, "operand 0 of 'where'");
}

// ---- bytes

TEST(ProgramBytes, GiveTheSameProgramBack) {
  const Program program(standardize_code());
  EXPECT_EQ(Program::from_bytes(program.to_bytes()), program);
}

TEST(ProgramBytes, AreLittleEndianBehindAVersion) {
  const std::vector<std::byte> bytes = Program(Code{input(0), call<op::Exp>({0})}).to_bytes();
  std::vector<int> numbers;
  for (const std::byte byte : bytes) numbers.push_back(std::to_integer<int>(byte));
  EXPECT_THAT(numbers, ElementsAre(1, 0, 2, 0,                      //
                                   0, 0, 10, 10, 0, 0, 0, 0, 0, 0,  //
                                   64, 0, 10, 10, 0, 0, 0, 0, 0, 0));
}

TEST(ProgramBytes, OfAnotherFormatAreRefused) {
  std::vector<std::byte> bytes = Program(standardize_code()).to_bytes();
  bytes[0] = std::byte{2};
  try {
    (void)Program::from_bytes(bytes);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::unsupported);
    EXPECT_THAT(error.what(), HasSubstr("format 2"));
  }
}

TEST(ProgramBytes, CutShortOrTooLongAreRefused) {
  std::vector<std::byte> bytes = Program(standardize_code()).to_bytes();
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_THROW((void)Program::from_bytes(std::span(bytes).first(n)), Error) << n;
  bytes.push_back(std::byte{0});
  EXPECT_THROW((void)Program::from_bytes(bytes), Error);
}

TEST(ProgramBytes, HostileOnesGiveAnErrorOrAValidProgram) {
  const std::vector<std::byte> good = Program(standardize_code()).to_bytes();
  std::mt19937 random(4711);
  for (int trial = 0; trial < 20000; ++trial) {
    std::vector<std::byte> bytes = good;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
      bytes[random() % bytes.size()] = static_cast<std::byte>(random() % 3 == 0 ? random() : random() % 12);
    try {
      const Program program = Program::from_bytes(bytes);
      EXPECT_EQ(program.to_bytes(), bytes);
      EXPECT_FALSE(to_string(program).empty());
    } catch (const Error&) {  // as it should be
    }
  }
}

// ---- text

TEST(ProgramText, IsAFormulaOverSlotsAndParameters) {
  EXPECT_EQ(to_string(Program(standardize_code())), "(a - b) / c");
  EXPECT_EQ(
      to_string(Program(Code{input(0), parameter(0), call<op::Multiply>({0, 1}), parameter(1), call<op::Add>({2, 3})})),
      "a * p0 + p1");
}

TEST(ProgramText, KeepsTheOrderOfOperations) {
  EXPECT_EQ(to_string(Program(Code{input(0), input(1), call<op::Add>({0, 1}), input(2), call<op::Add>({2, 3})})),
            "a + b + c");
  EXPECT_EQ(to_string(Program(Code{input(0), input(1), input(2), call<op::Add>({1, 2}), call<op::Add>({0, 3})})),
            "a + (b + c)");
  EXPECT_EQ(to_string(Program(Code{input(0), input(1), input(2), call<op::Multiply>({1, 2}), call<op::Add>({0, 3})})),
            "a + b * c");
}

TEST(ProgramText, SignsAreNotDoubled) {
  EXPECT_EQ(to_string(Program(Code{input(0), call<op::Negate>({0}), call<op::Negate>({1})})), "-(-a)");
  EXPECT_EQ(to_string(Program(Code{input(0), input(1), call<op::Add>({0, 1}), call<op::Negate>({2})})), "-(a + b)");
  EXPECT_EQ(to_string(Program(Code{input(0), call<op::Negate>({0}), input(1), call<op::Multiply>({1, 2})})), "-a * b");
}

TEST(ProgramText, FunctionsAndCastsAreCalls) {
  EXPECT_EQ(to_string(Program(Code{input(0, f32), call<op::Cast>({0}, f32, f64), input(1), call<op::Maximum>({1, 2}),
                                   call<op::Sqrt>({3})})),
            "sqrt(maximum(float64(a), b))");
  EXPECT_EQ(to_string(Program(Code{input(0), call<op::IsNan>({0}, f64, truth), call<op::LogicalNot>({1}, truth, truth),
                                   input(1), input(2), call<op::Where>({2, 3, 4})})),
            "where(!isnan(a), b, c)");
}

TEST(ProgramText, ComparisonsDoNotChain) {
  EXPECT_EQ(to_string(Program(Code{input(0), input(1), call<op::Less>({0, 1}, f64, truth), input(2, truth),
                                   call<op::Equal>({2, 3}, truth, truth), input(3, truth),
                                   call<op::LogicalAnd>({4, 5}, truth, truth)})),
            "(a < b) == c && d");
}

TEST(ProgramText, HasNamesForManyInputs) {
  Code sum{input(0)};
  for (std::uint16_t slot = 1; slot < 28; ++slot) {
    const auto last = static_cast<std::uint16_t>(sum.size() - 1);
    sum.push_back(input(slot));
    sum.push_back(call<op::Add>({last, static_cast<std::uint16_t>(last + 1)}));
  }
  EXPECT_THAT(to_string(Program(sum)), testing::EndsWith(" + y + z + x26 + x27"));
}

// ---- composition

TEST(Compose, PutsAProgramInPlaceOfAnInput) {
  const Program scale(Code{input(0), parameter(0), call<op::Multiply>({0, 1})});
  const Program outer(Code{input(0), parameter(0), call<op::Add>({0, 1}), input(1), call<op::Divide>({2, 3})});
  EXPECT_EQ(to_string(compose(outer, 0, scale)), "(a * p0 + p1) / b");
  EXPECT_EQ(to_string(compose(outer, 1, scale)), "(a + p0) / (b * p1)");
  EXPECT_EQ(to_string(compose(outer, 0, Program(standardize_code()))), "((a - b) / c + p0) / d");
}

TEST(Compose, WithTheIdentityChangesNothing) {
  const Program program(standardize_code());
  const Program identity(Code{input(0)});
  for (std::size_t slot = 0; slot < 3; ++slot) EXPECT_EQ(compose(program, slot, identity), program);
  EXPECT_EQ(compose(identity, 0, program), program);
}

TEST(Compose, TypesMustFit) {
  const Program program(standardize_code());
  const Program less(Code{input(0), input(1), call<op::Less>({0, 1}, f64, truth)});
  EXPECT_THROW((void)compose(program, 0, less), Error);
  EXPECT_THROW((void)compose(program, 3, program), Error);
}

}  // namespace
}  // namespace chunkwise
