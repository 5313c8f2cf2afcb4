#pragma once
/// The grammar of the notation, as rules of PEGTL. It is Python's for expressions, with its precedence. Rules look
/// ahead far enough never to take back a step that was written down (syntax.cpp): if a rule has begun with a word of
/// its own, the parts behind that word must follow. A State has `brackets`, the number of brackets that are open.
#include <tao/pegtl.hpp>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation::grammar {

namespace peg = tao::pegtl;

/// Blanks, comments, and within brackets the ends of lines.
struct gap {
  using rule_t = gap;
  using subs_t = peg::empty_list;
  template <peg::apply_mode, peg::rewind_mode, template <typename...> class, template <typename...> class,
            typename Input, typename State>
  static bool match(Input& in, const State& state) {
    while (!in.empty()) {
      const char c = in.peek_char();
      if (c == '#') {
        while (!in.empty() && in.peek_char() != '\n') in.bump_in_this_line();
      } else if (c == ' ' || c == '\t' || c == '\r') {
        in.bump_in_this_line();
      } else if (c == '\n' && state.brackets > 0) {
        in.bump(1);
      } else {
        break;
      }
    }
    return true;
  }
};

// Bytes of UTF-8 beyond ASCII are letters.
struct letter : peg::sor<peg::identifier_first, peg::range<'\x80', '\xff'>> {};
struct letter_or_digit : peg::sor<peg::identifier_other, peg::range<'\x80', '\xff'>> {};
template <class... Words>
struct words : peg::seq<peg::sor<Words...>, peg::not_at<letter_or_digit>> {};

/// Words of Python that are no names here either.
struct reserved : words<TAO_PEGTL_STRING("and"), TAO_PEGTL_STRING("or"), TAO_PEGTL_STRING("not"),
                        TAO_PEGTL_STRING("if"), TAO_PEGTL_STRING("else"), TAO_PEGTL_STRING("in"),
                        TAO_PEGTL_STRING("is"), TAO_PEGTL_STRING("lambda"), TAO_PEGTL_STRING("for")> {};
struct plain_name : peg::seq<peg::not_at<reserved>, letter, peg::star<letter_or_digit>> {};
struct prefix
    : peg::seq<peg::sor<TAO_PEGTL_STRING("numpy"), TAO_PEGTL_STRING("np"), TAO_PEGTL_STRING("xr")>, peg::one<'.'>> {};

struct expression;
struct unary;

struct opening : peg::one<'('> {};
struct opening_square : peg::one<'['> {};
struct closing : peg::one<')'> {};
struct closing_square : peg::one<']'> {};
struct comma : peg::one<','> {};
struct colon : peg::one<':'> {};
struct no_value : peg::success {};

/// Items between commas; a comma may stand behind the last.
template <class Item, class Closing>
struct items : peg::opt<peg::not_at<Closing>, peg::must<Item>,
                        peg::star<comma, gap, peg::sor<peg::at<Closing>, peg::must<Item>>>> {};

struct keyword_name : peg::seq<plain_name> {};
struct keyword_head : peg::seq<keyword_name, gap, peg::one<'='>, peg::not_at<peg::one<'='>>, gap> {};
struct keyword : peg::if_must<keyword_head, expression> {};
struct argument : peg::sor<keyword, expression> {};

struct slice_part : peg::sor<peg::seq<peg::at<peg::one<':', ',', ']'>>, no_value>, peg::must<expression>> {};
struct slice_colon : peg::seq<colon, gap> {};
struct slice_tail : peg::if_must<slice_colon, slice_part, peg::sor<peg::seq<colon, gap, slice_part>, no_value>> {};
struct subscript_item
    : peg::sor<peg::seq<peg::at<colon>, no_value, slice_tail>, peg::seq<expression, peg::opt<slice_tail>>> {};

struct counted_argument : peg::seq<argument> {};
struct counted_subscript : peg::seq<subscript_item> {};
struct counted_value : peg::seq<expression> {};

struct call_name : peg::seq<peg::opt<prefix>, plain_name> {};
struct call_head : peg::seq<call_name, gap, peg::at<opening>> {};
struct arguments : peg::seq<opening, gap, items<counted_argument, closing>, peg::must<closing>, gap> {};
struct call : peg::if_must<call_head, arguments> {};

struct method_name : peg::seq<plain_name> {};
struct dot : peg::seq<peg::one<'.'>, gap> {};
struct method_head : peg::seq<dot, method_name, gap, peg::at<opening>> {};
struct method : peg::if_must<method_head, arguments> {};
struct attribute_name : peg::seq<plain_name> {};
struct attribute : peg::if_must<dot, attribute_name, gap> {};

struct subscript_head : peg::seq<opening_square> {};
struct subscript : peg::if_must<subscript_head, gap, items<counted_subscript, closing_square>, closing_square, gap> {};

struct group_head : peg::seq<opening> {};
struct group : peg::if_must<group_head, gap, items<counted_value, closing>, closing, gap> {};
struct list_head : peg::seq<opening_square> {};
struct list : peg::if_must<list_head, gap, items<counted_value, closing_square>, closing_square, gap> {};

struct exponent : peg::seq<peg::one<'e', 'E'>, peg::opt<peg::one<'+', '-'>>, peg::at<peg::digit>> {};
struct number_begin : peg::sor<peg::digit, peg::seq<peg::one<'.'>, peg::digit>> {};
/// All characters that look as if they belonged to a number; parse_number judges.
struct number
    : peg::seq<peg::at<number_begin>, peg::sor<peg::seq<peg::one<'0'>, peg::one<'x', 'X'>, peg::star<letter_or_digit>>,
                                               peg::plus<peg::sor<exponent, letter_or_digit, peg::one<'.'>>>>> {};

template <char Quote>
struct quote : peg::seq<peg::one<Quote>, peg::star<peg::not_one<Quote, '\n'>>, peg::must<peg::one<Quote>>> {};
struct quoted : peg::sor<quote<'\''>, quote<'"'>> {};
struct ellipsis : TAO_PEGTL_STRING("...") {};
struct name : peg::seq<peg::opt<prefix>, plain_name> {};

struct atom : peg::sor<peg::seq<peg::sor<ellipsis, number, quoted>, gap>, group, list, call, peg::seq<name, gap>> {};
struct primary : peg::seq<atom, peg::star<peg::sor<subscript, method, attribute>>> {};

/// An operator with the operand on its right.
template <class Sign, class Operand>
struct right_side : peg::if_must<Sign, gap, Operand> {};
/// Operands joined by operators that group from the left.
template <class Sign, class Operand>
struct chain : peg::seq<Operand, peg::star<right_side<Sign, Operand>>> {};

struct power_sign : TAO_PEGTL_STRING("**") {};
struct power : peg::seq<primary, peg::opt<right_side<power_sign, unary>>> {};
struct unary_sign : peg::sor<peg::one<'-', '+', '~'>, peg::seq<peg::one<'!'>, peg::not_at<peg::one<'='>>>> {};
struct signed_operand : peg::if_must<unary_sign, gap, unary> {};
struct unary : peg::sor<signed_operand, power> {};
struct product_sign : peg::sor<TAO_PEGTL_STRING("//"), peg::one<'*', '/', '%'>> {};
struct product : chain<product_sign, unary> {};
struct sum_sign : peg::one<'+', '-'> {};
struct sum : chain<sum_sign, product> {};
struct and_sign : peg::seq<peg::one<'&'>, peg::not_at<peg::one<'&'>>> {};
struct shift_sign : peg::sor<TAO_PEGTL_STRING("<<"), TAO_PEGTL_STRING(">>")> {};
struct shift : chain<shift_sign, sum> {};
struct conjunction : chain<and_sign, shift> {};
struct xor_sign : peg::one<'^'> {};
struct exclusion : chain<xor_sign, conjunction> {};
struct or_sign : peg::seq<peg::one<'|'>, peg::not_at<peg::one<'|'>>> {};
struct disjunction : chain<or_sign, exclusion> {};
struct comparison_sign
    : peg::sor<TAO_PEGTL_STRING("=="), TAO_PEGTL_STRING("!="), TAO_PEGTL_STRING("<="), TAO_PEGTL_STRING(">="),
               peg::seq<peg::one<'<', '>'>, peg::not_at<peg::one<'<', '>'>>>> {};
struct end_of_comparison : peg::not_at<comparison_sign> {};
struct comparison
    : peg::seq<disjunction, peg::opt<right_side<comparison_sign, disjunction>, peg::must<end_of_comparison>>> {};
// C++'s words for logic, with C++'s precedence: looser than comparisons, where & and | are tighter.
struct both_sign : TAO_PEGTL_STRING("&&") {};
struct both : chain<both_sign, comparison> {};
struct either_sign : TAO_PEGTL_STRING("||") {};
struct either : chain<either_sign, both> {};
struct expression : peg::seq<either> {};

struct target_name : peg::seq<plain_name> {};
struct target : peg::seq<target_name, gap, peg::one<'='>, peg::not_at<peg::one<'='>>, gap> {};
struct statement : peg::seq<peg::opt<target>, peg::must<expression>> {};
struct separator : peg::seq<peg::one<';', '\n'>, gap> {};
struct end_of_statement : peg::sor<peg::at<peg::one<';', '\n'>>, peg::eof> {};
struct whole
    : peg::seq<
          gap, peg::star<separator>, statement, peg::must<end_of_statement>,
          peg::star<peg::plus<separator>, peg::opt<peg::not_at<peg::eof>, statement, peg::must<end_of_statement>>>> {};

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation::grammar
