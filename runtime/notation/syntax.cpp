#include "runtime/notation/syntax.hpp"

#include <array>
#include <string>
#include <utility>

#include "runtime/core/stack.hpp"
#include "runtime/notation/grammar.hpp"
#include "runtime/notation/place.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

using namespace grammar;  // NOLINT: its rules are what this file is about

/// A part that is open while a text is read, a call, a subscript or a parenthesis, and its content so far.
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

// ---- the part that a rule expects, if it must follow

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

/// Words and signs that Python or C++ has and this notation does not have, with the text to write in their place.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> strangers{{
    {"and ", "'and' asks for the truth of a whole array; write &: (a > 0) & (b > 0)"},
    {"or ", "'or' asks for the truth of a whole array; write |: (a > 0) | (b > 0)"},
    {"not ", "'not' asks for the truth of a whole array; write ~"},
    {"if ", "there is no 'if'; write where(condition, a, b)"},
    {"==", "'==' needs a value on its left"},
    {"=", "'=' gives a name to a result at the beginning of a statement, m = mean(x); '==' compares"},
    {"^", "'^' needs an array on its left; a power is written **"},
    {"@", "there is no matrix product"},
    {"{", "there are no sets and dictionaries"},
    {"lambda", "there is no 'lambda'"},
    {"for ", "there are no loops"},
    {"in ", "there is no 'in'"},
    {"is ", "there is no 'is'; use isnan(x) or =="},
    {",", "',' separates arguments; results are separated by ';'"},
}};

/// Throws the error of a text that goes on otherwise than it should.
[[noreturn]] void refuse(const State& state, std::size_t offset, std::string_view wanted) {
  const auto fail = [&](const std::string& message) {
    return error_at(ErrorCode::invalid_argument, message, state.text, offset);
  };
  if (wanted.empty())
    throw fail(
        "comparisons do not chain: a < b < c would ask for the truth of a whole array; write (a < b) & (b < c), or a < "
        "b && b < c");
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
/// The most stack that reading one operand within another takes, and its error.
constexpr std::size_t least_stack = std::size_t{48} << 10;

/// Every way for an expression to hold another one leads through `unary`.
template <>
struct control<unary> : peg::normal<unary> {
  template <class Input>
  static void start(const Input& in, State& state) {
    if (stack_left() < least_stack)
      throw error_at(ErrorCode::unsupported,
                     "nested deeper than this thread's stack allows; give names to parts of it: a = ...; b = ... a ...",
                     state.text, offset_of(state, in.current()));
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

// ---- steps that a rule writes down when it has matched

template <class Rule>
struct action : peg::nothing<Rule> {};

/// Returns a rule's text and its place.
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
struct action<struct quoted> {
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

/// Operators and keywords wait until the parts behind them have been read.
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
struct action<shift_sign> : wait {};
template <>
struct action<and_sign> : wait {};
template <>
struct action<xor_sign> : wait {};
template <>
struct action<or_sign> : wait {};
template <>
struct action<both_sign> : wait {};
template <>
struct action<either_sign> : wait {};
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

/// Returns the name at the beginning of a rule: identifiers contain neither '=' nor blanks.
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

/// Brackets: opened, counted, and written down when they close.
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
struct action<list_head> : begin<Step::Kind::list> {};
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
/// One subscript and a comma are a tuple of one: x[(0, 1),] is not x[0, 1].
template <>
struct action<subscript> {
  static void apply0(State& state) {
    const Open& open = state.open.back();
    if (open.values == 1 && open.commas > 0) state.steps.push_back({Step::Kind::tuple, open.offset, open.text, 1, {}});
    end::apply0(state);
  }
};
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
  for (const std::string_view prefix_text : {"numpy.", "np.", "xr."})
    if (name.starts_with(prefix_text)) return name.substr(prefix_text.size());
  return name;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
