#include "runtime/notation/syntax.hpp"

#include <array>
#include <string>
#include <tao/pegtl.hpp>
#include <utility>

#include "runtime/notation/place.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

namespace peg = tao::pegtl;

/// What is open while a text is read: a call, a subscript, a parenthesis, and what has been seen in it.
struct Open {
  Step::Kind kind = Step::Kind::tuple;
  std::size_t offset = 0;
  std::string_view text;
  std::uint32_t values = 0;
  std::uint32_t commas = 0;
};

/// A word with its place: an operator or a keyword that waits for its operand.
struct Word {
  std::string_view text;
  std::size_t offset = 0;
};

struct State {
  std::string_view text;
  std::vector<Step> steps;
  std::vector<Open> open;
  std::vector<Word> waiting;
  Word target;
  int brackets = 0;  ///< within any, a line may end anywhere
  int nesting = 0;
};

// ---- the grammar
//
// It looks ahead far enough never to take back a step: where a rule has begun with a word of its own, what belongs
// behind that word must follow.

/// Blanks, comments, and within brackets the ends of lines.
struct gap {
  using rule_t = gap;
  using subs_t = peg::empty_list;
  template <peg::apply_mode, peg::rewind_mode, template <typename...> class, template <typename...> class,
            typename Input>
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
struct prefix : peg::seq<peg::sor<TAO_PEGTL_STRING("numpy"), TAO_PEGTL_STRING("np")>, peg::one<'.'>> {};

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
/// Everything that looks as if it belonged to it; parse_number judges.
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
struct unary_sign : peg::one<'-', '+', '~'> {};
struct signed_operand : peg::if_must<unary_sign, gap, unary> {};
struct unary : peg::sor<signed_operand, power> {};
struct product_sign : peg::sor<TAO_PEGTL_STRING("//"), peg::one<'*', '/', '%'>> {};
struct product : chain<product_sign, unary> {};
struct sum_sign : peg::one<'+', '-'> {};
struct sum : chain<sum_sign, product> {};
struct and_sign : peg::seq<peg::one<'&'>, peg::not_at<peg::one<'&'>>> {};
struct conjunction : chain<and_sign, sum> {};
struct or_sign : peg::seq<peg::one<'|'>, peg::not_at<peg::one<'|'>>> {};
struct disjunction : chain<or_sign, conjunction> {};
struct comparison_sign
    : peg::sor<TAO_PEGTL_STRING("=="), TAO_PEGTL_STRING("!="), TAO_PEGTL_STRING("<="), TAO_PEGTL_STRING(">="),
               peg::seq<peg::one<'<', '>'>, peg::not_at<peg::one<'<', '>'>>>> {};
struct end_of_comparison : peg::not_at<comparison_sign> {};
struct comparison
    : peg::seq<disjunction, peg::opt<right_side<comparison_sign, disjunction>, peg::must<end_of_comparison>>> {};
struct expression : peg::seq<comparison> {};

struct target_name : peg::seq<plain_name> {};
struct target : peg::seq<target_name, gap, peg::one<'='>, peg::not_at<peg::one<'='>>, gap> {};
struct statement : peg::seq<peg::opt<target>, peg::must<expression>> {};
struct separator : peg::seq<peg::one<';', '\n'>, gap> {};
struct end_of_statement : peg::sor<peg::at<peg::one<';', '\n'>>, peg::eof> {};
struct whole
    : peg::seq<
          gap, peg::star<separator>, statement, peg::must<end_of_statement>,
          peg::star<peg::plus<separator>, peg::opt<peg::not_at<peg::eof>, statement, peg::must<end_of_statement>>>> {};

// ---- what a rule expects, where it must follow

template <class Rule>
inline constexpr std::string_view expected = "a value";
template <>
inline constexpr std::string_view expected<closing> = "')'";
template <>
inline constexpr std::string_view expected<closing_square> = "']'";
template <>
inline constexpr std::string_view expected<attribute_name> = "the name of a method";
template <>
inline constexpr std::string_view expected<end_of_statement> = "an operator or the end";
template <char Quote>
inline constexpr std::string_view expected<peg::one<Quote>> = "a closing quote";
template <>
inline constexpr std::string_view expected<end_of_comparison> = "";

/// Words and signs that Python or C++ has and this notation has not, with what to write.
constexpr std::array<std::pair<std::string_view, std::string_view>, 19> strangers{{
    {"&&", "'&&' is C++; write & between comparisons in parentheses: (a > 0) & (b > 0)"},
    {"||", "'||' is C++; write | between comparisons in parentheses: (a > 0) | (b > 0)"},
    {"!", "'!' is C++; write ~, or != to compare"},
    {"and ", "'and' asks for the truth of a whole array; write &: (a > 0) & (b > 0)"},
    {"or ", "'or' asks for the truth of a whole array; write |: (a > 0) | (b > 0)"},
    {"not ", "'not' asks for the truth of a whole array; write ~"},
    {"if ", "there is no 'if'; write where(condition, a, b)"},
    {"==", "'==' needs a value on its left"},
    {"=", "'=' gives a name to a result at the beginning of a statement, m = mean(x); '==' compares"},
    {"^", "there is no '^'; a power is written **"},
    {"@", "there is no matrix product"},
    {"<<", "there are no shifts"},
    {">>", "there are no shifts"},
    {"{", "there are no sets and dictionaries"},
    {"lambda", "there is no 'lambda'"},
    {"for ", "there are no loops"},
    {"in ", "there is no 'in'"},
    {"is ", "there is no 'is'; use isnan(x) or =="},
    {",", "',' separates arguments; results are separated by ';'"},
}};

/// The error of a text that goes on otherwise than it should.
[[noreturn]] void refuse(const State& state, std::size_t offset, std::string_view wanted) {
  const auto fail = [&](const std::string& message) {
    return error_at(ErrorCode::invalid_argument, message, state.text, offset);
  };
  if (wanted.empty())
    throw fail("comparisons do not chain: a < b < c would ask for the truth of a whole array; write (a < b) & (b < c)");
  const std::string_view rest = state.text.substr(std::min(offset, state.text.size()));
  for (const auto& [stranger, advice] : strangers)
    if (rest.starts_with(stranger)) throw fail(std::string(advice));
  std::string found = "the text ends";
  if (!rest.empty()) {
    const char c = rest.front();
    const bool visible = static_cast<unsigned char>(c) > 0x20U && static_cast<unsigned char>(c) < 0x7fU;
    found = c == '\n' ? "the line ends"
            : visible ? "there is '" + std::string(1, c) + "'"
                      : "there is a character that has no meaning here";
  }
  std::string message = "expected " + std::string(wanted) + " where " + found;
  if (!state.open.empty() && (wanted.front() == '\'' || rest.empty())) {
    const Open& open = state.open.back();
    message += open.text.empty() ? std::string() : " in the arguments of '" + std::string(open.text) + "'";
  }
  throw fail(message);
}

std::size_t offset_of(const State& state, const char* at) { return static_cast<std::size_t>(at - state.text.data()); }

template <class Rule>
struct control : peg::normal<Rule> {
  template <class Input>
  [[noreturn]] static void raise(const Input& in, const State& state) {
    refuse(state, offset_of(state, in.current()), expected<Rule>);
  }
};
/// Every way for an expression to hold another one leads through `unary`.
template <>
struct control<unary> : peg::normal<unary> {
  template <class Input>
  static void start(const Input& in, State& state) {
    if (++state.nesting > max_nesting)
      throw error_at(ErrorCode::invalid_argument,
                     "nested more than " + std::to_string(max_nesting) +
                         " deep; give names to parts of it: a = ...; b = ... a ...",
                     state.text, offset_of(state, in.current()));
  }
  template <class Input>
  static void success(const Input& /*in*/, State& state) {
    --state.nesting;
  }
  template <class Input>
  static void failure(const Input& /*in*/, State& state) {
    --state.nesting;
  }
  template <class Input>
  [[noreturn]] static void raise(const Input& in, const State& state) {
    refuse(state, offset_of(state, in.current()), expected<unary>);
  }
};

// ---- what a rule that has matched writes down

template <class Rule>
struct action : peg::nothing<Rule> {};

/// Shared by what follows: a rule's text and its place.
template <class Input>
Word word(const Input& in, const State& state) {
  return {in.string_view(), offset_of(state, in.begin())};
}

template <Step::Kind Kind>
struct push {
  template <class Input>
  static void apply(const Input& in, State& state) {
    const Word w = word(in, state);
    state.steps.push_back({Kind, w.offset, w.text, 0, {}});
  }
};
template <>
struct action<name> : push<Step::Kind::name> {};
template <>
struct action<ellipsis> : push<Step::Kind::ellipsis> {};
template <>
struct action<quoted> {
  template <class Input>
  static void apply(const Input& in, State& state) {
    const Word w = word(in, state);
    state.steps.push_back({Step::Kind::quoted, w.offset, w.text.substr(1, w.text.size() - 2), 0, {}});
  }
};
template <>
struct action<number> {
  template <class Input>
  static void apply(const Input& in, State& state) {
    const Word w = word(in, state);
    try {
      state.steps.push_back({Step::Kind::number, w.offset, w.text, 0, parse_number(w.text)});
    } catch (const Error& error) {
      throw error_at(error.code(), error.what(), state.text, w.offset);
    }
  }
};
template <>
struct action<no_value> {
  template <class Input>
  static void apply(const Input& in, State& state) {
    state.steps.push_back({Step::Kind::missing, word(in, state).offset, {}, 0, {}});
  }
};

/// Operators and keywords wait until what belongs behind them has been read.
struct wait {
  template <class Input>
  static void apply(const Input& in, State& state) {
    state.waiting.push_back(word(in, state));
  }
};
template <Step::Kind Kind>
struct take_waiting {
  static void apply0(State& state) {
    const Word w = state.waiting.back();
    state.waiting.pop_back();
    state.steps.push_back({Kind, w.offset, w.text, 0, {}});
  }
};
template <>
struct action<power_sign> : wait {};
template <>
struct action<unary_sign> : wait {};
template <>
struct action<product_sign> : wait {};
template <>
struct action<sum_sign> : wait {};
template <>
struct action<and_sign> : wait {};
template <>
struct action<or_sign> : wait {};
template <>
struct action<comparison_sign> : wait {};
template <class Sign, class Operand>
struct action<right_side<Sign, Operand>> : take_waiting<Step::Kind::binary> {};
template <>
struct action<signed_operand> : take_waiting<Step::Kind::unary> {};
template <>
struct action<slice_colon> : wait {};
template <>
struct action<slice_tail> : take_waiting<Step::Kind::slice> {};
template <>
struct action<attribute_name> : push<Step::Kind::attribute> {};

/// The name that stands at the beginning of a rule: identifiers contain neither '=' nor blanks.
template <class Input>
Word first_name(const Input& in, const State& state) {
  Word w = word(in, state);
  w.text = w.text.substr(0, w.text.find_first_of("= \t\r\n#"));
  return w;
}
template <>
struct action<keyword_head> {
  template <class Input>
  static void apply(const Input& in, State& state) {
    state.waiting.push_back(first_name(in, state));
  }
};
template <>
struct action<keyword> : take_waiting<Step::Kind::keyword> {};

/// Brackets: what is opened, counted, and written down when it closes.
template <Step::Kind Kind>
struct begin {
  template <class Input>
  static void apply(const Input& in, State& state) {
    Word w = word(in, state);
    const bool is_method = Kind == Step::Kind::method;
    const std::size_t skip = is_method ? w.text.find_first_not_of(". \t\r\n") : 0;
    w.text = w.text.substr(skip);
    const std::string_view name = w.text.substr(0, w.text.find_first_of("([ \t\r\n#"));
    state.open.push_back({Kind, w.offset + skip, name, 0, 0});
  }
};
template <>
struct action<call_head> : begin<Step::Kind::call> {};
template <>
struct action<method_head> : begin<Step::Kind::method> {};
template <>
struct action<subscript_head> : begin<Step::Kind::subscript> {};
template <>
struct action<group_head> : begin<Step::Kind::tuple> {};
template <>
struct action<list_head> : begin<Step::Kind::tuple> {};
template <>
struct action<opening> {
  static void apply0(State& state) { ++state.brackets; }
};
template <>
struct action<opening_square> {
  static void apply0(State& state) { ++state.brackets; }
};
template <>
struct action<closing> {
  static void apply0(State& state) { --state.brackets; }
};
template <>
struct action<closing_square> {
  static void apply0(State& state) { --state.brackets; }
};
template <>
struct action<comma> {
  static void apply0(State& state) { ++state.open.back().commas; }
};
struct count {
  static void apply0(State& state) { ++state.open.back().values; }
};
template <>
struct action<counted_argument> : count {};
template <>
struct action<counted_subscript> : count {};
template <>
struct action<counted_value> : count {};

struct end {
  static void apply0(State& state) {
    const Open open = state.open.back();
    state.open.pop_back();
    state.steps.push_back({open.kind, open.offset, open.text, open.values, {}});
  }
};
template <>
struct action<call> : end {};
template <>
struct action<method> : end {};
template <>
struct action<subscript> : end {};
template <>
struct action<list> : end {};
/// Parentheses around one value without a comma are only parentheses.
template <>
struct action<group> {
  static void apply0(State& state) {
    if (state.open.back().values == 1 && state.open.back().commas == 0)
      state.open.pop_back();
    else
      end::apply0(state);
  }
};

template <>
struct action<target> {
  template <class Input>
  static void apply(const Input& in, State& state) {
    state.target = first_name(in, state);
  }
};
template <>
struct action<statement> {
  template <class Input>
  static void apply(const Input& in, State& state) {
    const Word whole_statement = word(in, state);
    const bool named = !state.target.text.empty();
    state.steps.push_back(
        {Step::Kind::result, named ? state.target.offset : whole_statement.offset, state.target.text, 0, {}});
    state.target = {};
  }
};

}  // namespace

std::vector<Step> parse(std::string_view text) {
  State state;
  state.text = text;
  peg::memory_input<peg::tracking_mode::lazy> in(text.data(), text.data() + text.size(), "");
  if (text.empty() || !peg::parse<whole, action, control>(in, state)) refuse(state, 0, expected<expression>);
  return std::move(state.steps);
}

std::string_view without_prefix(std::string_view name) {
  for (const std::string_view prefix_text : {"numpy.", "np."})
    if (name.starts_with(prefix_text)) return name.substr(prefix_text.size());
  return name;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
