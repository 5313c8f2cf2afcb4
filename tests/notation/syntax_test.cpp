#include "runtime/notation/syntax.hpp"

#include <cmath>

#include "tests/notation/variables.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using notation::Number;
using notation::Step;

/// The steps of a text in Polish notation from behind, brackets with their counts: "x 2 + f/1".
std::string postfix(std::string_view text) {
  std::string result;
  for (const Step& step : notation::parse(text)) {
    const auto add = [&](const std::string& word) { result += (result.empty() ? "" : " ") + word; };
    const std::string word(step.text);
    const std::string counted = "/" + std::to_string(step.count);
    switch (step.kind) {
      case Step::Kind::number:
        add(notation::to_string(step.number));
        break;
      case Step::Kind::name:
      case Step::Kind::variable:
        add(word);
        break;
      case Step::Kind::quoted:
        add("'" + word + "'");
        break;
      case Step::Kind::ellipsis:
        add("...");
        break;
      case Step::Kind::missing:
        add("_");
        break;
      case Step::Kind::unary:
        add("u" + word);
        break;
      case Step::Kind::binary:
        add(word);
        break;
      case Step::Kind::tuple:
        add("()" + counted);
        break;
      case Step::Kind::list:
        add("[,]" + counted);
        break;
      case Step::Kind::slice:
        add(":");
        break;
      case Step::Kind::subscript:
        add("[]" + counted);
        break;
      case Step::Kind::call:
        add(word + counted);
        break;
      case Step::Kind::method:
        add("." + word + counted);
        break;
      case Step::Kind::attribute:
        add("." + word);
        break;
      case Step::Kind::keyword:
        add(word + "=");
        break;
      case Step::Kind::result:
        add(";" + word);
        break;
    }
  }
  return result;
}

TEST(NotationSyntax, PrecedenceIsPythons) {
  EXPECT_EQ(postfix("a + b * c - d"), "a b c * + d - ;");
  EXPECT_EQ(postfix("a / b * c // d % e"), "a b / c * d // e % ;");
  EXPECT_EQ(postfix("-a ** b"), "a b ** u- ;");
  EXPECT_EQ(postfix("a ** -b ** c"), "a b c ** u- ** ;");
  EXPECT_EQ(postfix("a ** b ** c"), "a b c ** ** ;");
  EXPECT_EQ(postfix("-a * b"), "a u- b * ;");
  EXPECT_EQ(postfix("~a & b | c < d"), "a u~ b & c | d < ;");
  EXPECT_EQ(postfix("a | b ^ c & d ^ e"), "a b c d & ^ e ^ | ;");
  EXPECT_EQ(postfix("a + b & c + d"), "a b + c d + & ;");
  EXPECT_EQ(postfix("a == b + 1"), "a b 1 + == ;");
  EXPECT_EQ(postfix("- - + a"), "a u+ u- u- ;");
  EXPECT_EQ(postfix("-x[0].mean() ** 2"), "x 0 []/1 .mean/0 2 ** u- ;");
  EXPECT_EQ(postfix("a <= b"), "a b <= ;");
  EXPECT_EQ(postfix("a>=-b"), "a b u- >= ;");
}

TEST(NotationSyntax, CallsMethodsAndKeywords) {
  EXPECT_EQ(postfix("f()"), "f/0 ;");
  EXPECT_EQ(postfix("f(a, b = c, d == e,)"), "a c b= d e == f/3 ;");
  EXPECT_EQ(postfix("np.f (a)"), "a np.f/1 ;");
}

TEST(NotationSyntax, SubscriptsAndSlices) {
  EXPECT_EQ(postfix("x[:]"), "x _ _ _ : []/1 ;");
  EXPECT_EQ(postfix("x[a:b:c, ::d, e:, :f]"), "x a b c : _ _ d : e _ _ : _ f _ : []/4 ;");
  EXPECT_EQ(postfix("x[0, ..., None]"), "x 0 ... None []/3 ;");
  EXPECT_EQ(postfix("x[0][1].T"), "x 0 []/1 1 []/1 .T ;");
}

TEST(NotationSyntax, Tuples) {
  EXPECT_EQ(postfix("()"), "()/0 ;");
  EXPECT_EQ(postfix("(a)"), "a ;");
  EXPECT_EQ(postfix("(a,)"), "a ()/1 ;");
  EXPECT_EQ(postfix("((a, b), [c])"), "a b ()/2 c [,]/1 ()/2 ;");
}

TEST(NotationSyntax, StatementsEndWithSemicolonsAndLines) {
  EXPECT_EQ(postfix("m = a; b"), "a ;m b ;");
  EXPECT_EQ(postfix("\n\nm = a # first\n\nb;\n"), "a ;m b ;");
  EXPECT_EQ(postfix("f(a,\n  b # second\n)[\n0]"), "a b f/2 0 []/1 ;");
  EXPECT_EQ(postfix("m=a==b"), "a b == ;m");
  EXPECT_EQ(postfix("  a\t+\r b  "), "a b + ;");
}

TEST(NotationSyntax, QuotedNamesMayHoldAnything) {
  EXPECT_EQ(postfix("'g/x y' + \"it's\""), "'g/x y' 'it's' + ;");
  EXPECT_EQ(postfix("größe * 2"), "größe 2 * ;");
}

TEST(NotationSyntax, NumbersArePythons) {
  const auto number = [](std::string_view text) { return notation::parse(text).at(0).number; };
  EXPECT_EQ(number("12"), Number(std::int64_t{12}));
  EXPECT_EQ(number("1_000"), Number(std::int64_t{1000}));
  EXPECT_EQ(number("0x1F"), Number(std::int64_t{31}));
  EXPECT_EQ(number("0b101"), Number(std::int64_t{5}));
  EXPECT_EQ(number("0o17"), Number(std::int64_t{15}));
  EXPECT_EQ(number("00"), Number(std::int64_t{0}));
  EXPECT_EQ(number("9223372036854775808"), Number(std::uint64_t{9223372036854775808ULL}));
  EXPECT_EQ(number("1.5"), Number(1.5));
  EXPECT_EQ(number(".5"), Number(0.5));
  EXPECT_EQ(number("5."), Number(5.0));
  EXPECT_EQ(number("1e-3"), Number(1e-3));
  EXPECT_EQ(number("1.e+3"), Number(1e3));
  EXPECT_EQ(postfix("1-2"), "1 2 - ;");
  EXPECT_EQ(postfix("1.-.5"), "1 0.5 - ;");
}

TEST(NotationNumbers, ArithmeticIsPythons) {
  const auto of = [](const char* sign, Number a, Number b) { return notation::calculate(sign, a, b); };
  const auto integer = [](std::int64_t value) { return Number(value); };
  EXPECT_EQ(of("/", integer(1), integer(2)), Number(0.5));
  EXPECT_EQ(of("//", integer(-7), integer(2)), integer(-4));
  EXPECT_EQ(of("%", integer(-7), integer(3)), integer(2));
  EXPECT_EQ(of("%", integer(7), integer(-3)), integer(-2));
  EXPECT_EQ(of("//", Number(7.5), integer(2)), Number(3.0));
  EXPECT_EQ(of("//", Number(-7.5), integer(2)), Number(-4.0));
  EXPECT_EQ(of("%", Number(-7.5), integer(2)), Number(0.5));
  EXPECT_EQ(of("**", integer(2), integer(63)), Number(std::uint64_t{1} << 63));
  EXPECT_EQ(of("**", integer(-2), integer(63)), integer(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(of("**", integer(2), integer(-1)), Number(0.5));
  EXPECT_EQ(of("**", integer(-1), integer(std::numeric_limits<std::int64_t>::max())), integer(-1));
  EXPECT_EQ(of("+", Number(true), Number(true)), integer(2));
  EXPECT_EQ(of("<", integer(-1), Number(std::numeric_limits<std::uint64_t>::max())), Number(true));
  EXPECT_EQ(of("+", integer(1), Number(0.5)), Number(1.5));
  EXPECT_EQ(of("<<", integer(3), integer(4)), integer(48));
  EXPECT_EQ(of("<<", integer(0), integer(1000)), integer(0));
  EXPECT_EQ(of(">>", integer(-5), integer(1)), integer(-3));
  EXPECT_EQ(of(">>", integer(-5), integer(1000)), integer(-1));
  EXPECT_EQ(of("&", integer(6), integer(-4)), integer(4));
  EXPECT_EQ(of("|", integer(6), integer(1)), integer(7));
  EXPECT_EQ(of("^", integer(6), integer(3)), integer(5));
  EXPECT_EQ(of("^", Number(true), Number(true)), Number(false));
  EXPECT_EQ(notation::calculate("~", integer(5)), integer(-6));
  EXPECT_EQ(notation::calculate("-", Number(std::uint64_t{1} << 63)),
            integer(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(notation::calculate("+", Number(true)), integer(1));
  for (const auto& [sign, a, b] : {std::tuple{"*", integer(1LL << 62), integer(4)},
                                   {"<<", integer(1), integer(64)},
                                   {"<<", integer(1), integer(1000)},
                                   {"**", integer(3), integer(1000)},
                                   {"+", Number(std::numeric_limits<std::uint64_t>::max()), integer(1)},
                                   {"-", integer(std::numeric_limits<std::int64_t>::min()), integer(1)}})
    EXPECT_EQ(error_of([&] { (void)of(sign, a, b); }).code, ErrorCode::out_of_range) << sign;
  for (const auto& [sign, a, b] : {std::tuple{"/", integer(1), integer(0)},
                                   {"%", integer(1), integer(0)},
                                   {"//", Number(1.0), Number(0.0)},
                                   {"**", integer(0), integer(-1)},
                                   {"<<", integer(1), integer(-1)},
                                   {"**", Number(-8.0), Number(0.5)}})
    EXPECT_EQ(error_of([&] { (void)of(sign, a, b); }).code, ErrorCode::invalid_argument) << sign;
}

TEST(NotationSyntax, DepthIsBoundedAndLengthIsNot) {
  const auto repeated = [](const std::string& text, int times) {
    std::string result;
    for (int k = 0; k < times; ++k) result += text;
    return result;
  };
  for (const char* const opening : {"(", "[", "-", "x[", "f(", "x**", "f(a=", "~(", "x[:"}) {
    const Caught error = error_of([&] { (void)notation::parse(repeated(opening, 10000)); });
    EXPECT_EQ(error.code, ErrorCode::invalid_argument);
    EXPECT_TRUE(error.says("nested more than 200 deep")) << error.message;
  }
  EXPECT_EQ(postfix(repeated("(", 150) + "x" + repeated(")", 150)), "x ;");
  EXPECT_EQ(notation::parse("x" + repeated(" + x", 100000)).size(), 200002U);
  EXPECT_EQ(notation::parse("x" + repeated("[0]", 100000)).size(), 200002U);
  EXPECT_EQ(notation::parse(repeated("x\n", 100000)).size(), 200000U);
}

}  // namespace
}  // namespace chunkwise_test
