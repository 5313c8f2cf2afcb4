#include "chunkwise/kernel/program.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace {

/// No expression comes near this number; bytes from elsewhere may.
constexpr std::size_t most_instructions = 4096;
constexpr std::uint16_t format_version = 1;
constexpr std::size_t header_bytes = 4;
constexpr std::size_t instruction_bytes = 10;
constexpr std::size_t function_bytes = 5;  // its version and the length of its name, which follows

/// Returns true if an operation of the catalogue has block functions, which cost more than others. It is looked up, and
/// not searched for, since runs of tiny arrays ask it of each instruction.
bool is_blockwise(OpCode code) {
  constexpr std::size_t codes = 1024;
  static_assert(std::ranges::all_of(
      op::descriptions, [](const op::Description& known) { return static_cast<std::size_t>(known.code) < codes; }));
  static constexpr auto blockwise = [] {
    std::array<bool, codes> of_code{};
    for (const op::Description& known : op::descriptions)
      of_code[static_cast<std::size_t>(known.code)] = known.blockwise;
    return of_code;
  }();
  const auto number = static_cast<std::size_t>(code);
  return number < codes && blockwise[number];
}

[[noreturn]] void refuse(std::size_t position, const std::string& why) {
  throw Error(ErrorCode::invalid_argument,
              "instruction " + std::to_string(position) + " makes this no canonical program: " + why);
}

std::string quoted_type(DType type) { return std::string(name_of(type)); }

bool exists(DType type) { return static_cast<std::size_t>(type) < dtype_count; }

/// Checks the type that an operation computes in against its signature, and returns the type that its result must have.
DType result_of(std::size_t position, const op::Description& operation, const Instruction& instruction) {
  const DType type = instruction.type;
  const auto computes_in = [&](bool allowed) {
    if (!allowed) refuse(position, "'" + std::string(operation.name) + "' is not defined for " + quoted_type(type));
  };
  switch (operation.signature) {
    case op::Signature::arithmetic:
      computes_in(type != DType::boolean);
      return type;
    case op::Signature::ordering:
      return type;
    case op::Signature::numeric:
      computes_in(type != DType::boolean);
      return type;
    case op::Signature::integral:
      computes_in(!is_floating(type));
      return type;
    case op::Signature::shifting:
      computes_in(is_integer(type));
      return type;
    case op::Signature::division:
    case op::Signature::floating:
      computes_in(is_floating(type));
      return type;
    case op::Signature::closeness:
      computes_in(is_floating(type));
      return DType::boolean;
    case op::Signature::comparison:
    case op::Signature::predicate:
      return DType::boolean;
    case op::Signature::logical:
      computes_in(type == DType::boolean);
      return type;
    case op::Signature::selection:
      return type;
    case op::Signature::conversion:
      break;
  }
  return instruction.result;
}

/// Throws invalid_argument for a name or a number of arguments that no function has.
void check(const Function& function) {
  if (!is_function_name(function.name))
    throw Error(ErrorCode::invalid_argument, "a function's name is 1 to 64 letters, digits and any of _.:-");
  if (function.arguments.empty() || function.arguments.size() > max_arguments)
    throw Error(ErrorCode::invalid_argument, "a function has 1 to " + std::to_string(max_arguments) + " arguments; " +
                                                 function.name + " has " + std::to_string(function.arguments.size()));
}

void put(std::vector<std::byte>& bytes, std::size_t value, int count) {
  for (int i = 0; i < count; ++i) bytes.push_back(static_cast<std::byte>(value >> (8 * i) & 0xff));
}

std::uint16_t get16(std::span<const std::byte> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(std::to_integer<unsigned>(bytes[at]) | std::to_integer<unsigned>(bytes[at + 1])
                                                                               << 8);
}

/// The strength with which an operation binds its operands, as in C++; comparisons are one class, because a chain of
/// them reads wrong.
enum Precedence { disjunction = 1, conjunction, comparison, sum, product, unary, atom };

struct Notation {
  std::string_view symbol;
  Precedence precedence = atom;
};

/// Returns the infix or prefix sign of an operation; no symbol if it is written as a function.
Notation notation(OpCode code) {
  static constexpr std::array<std::pair<OpCode, Notation>, 15> signs{{
      {op::Add::code, {"+", sum}},
      {op::Subtract::code, {"-", sum}},
      {op::Multiply::code, {"*", product}},
      {op::Divide::code, {"/", product}},
      {op::Remainder::code, {"%", product}},
      {op::Negate::code, {"-", unary}},
      {op::Equal::code, {"==", comparison}},
      {op::NotEqual::code, {"!=", comparison}},
      {op::Less::code, {"<", comparison}},
      {op::LessEqual::code, {"<=", comparison}},
      {op::Greater::code, {">", comparison}},
      {op::GreaterEqual::code, {">=", comparison}},
      {op::LogicalAnd::code, {"&&", conjunction}},
      {op::LogicalOr::code, {"||", disjunction}},
      {op::LogicalNot::code, {"!", unary}},
  }};
  for (const auto& [operation, sign] : signs)
    if (operation == code) return sign;
  return {};
}

/// Returns a, b, ..., z, x26, x27, ...
std::string input_name(std::size_t slot) {
  return slot < 26 ? std::string(1, static_cast<char>('a' + slot)) : "x" + std::to_string(slot);
}

/// A part of a formula, and the strength with which its outermost operation binds.
struct Formula {
  std::string text;
  Precedence precedence = atom;
};

std::string within(Formula formula, bool parentheses) {
  return parentheses ? "(" + std::move(formula.text) + ")" : std::move(formula.text);
}

}  // namespace

Program::Program(std::vector<Instruction> code) : Program(std::move(code), nullptr) {}

Program::Program(std::vector<Instruction> code, std::shared_ptr<const Function> function)
    : code_(std::move(code)), function_(std::move(function)) {
  if (function_) check(*function_);
  if (code_.empty() || code_.size() > most_instructions)
    throw Error(ErrorCode::invalid_argument, "a program has between 1 and " + std::to_string(most_instructions) +
                                                 " instructions; this one has " + std::to_string(code_.size()));
  // In post-order the operands of an operation are the values that wait last, so one stack proves the form.
  std::vector<std::uint16_t> waiting;
  for (std::size_t i = 0; i < code_.size(); ++i) {
    const Instruction& instruction = code_[i];
    if (!exists(instruction.type) || !exists(instruction.result)) refuse(i, "its element type does not exist");
    std::size_t used = 1;
    if (instruction.code == OpCode::input || instruction.code == OpCode::parameter) {
      const bool is_input = instruction.code == OpCode::input;
      std::vector<DType>& slots = is_input ? inputs_ : parameters_;
      if (instruction.type != instruction.result)
        refuse(i, std::string(is_input ? "an input" : "a parameter") + " of " + quoted_type(instruction.type) +
                      " cannot give " + quoted_type(instruction.result));
      if (instruction.arguments[0] != slots.size())
        refuse(i, std::string(is_input ? "input" : "parameter") + " slot " + std::to_string(instruction.arguments[0]) +
                      " appears where slot " + std::to_string(slots.size()) +
                      " is the next; slots are numbered in order of appearance");
      slots.push_back(instruction.type);
    } else if (instruction.code == OpCode::call && function_) {
      // With as many values waiting as there are instructions, all of them are slots; their types are the signature.
      used = 0;
      if (i + 1 != code_.size() || i != waiting.size() || i != function_->arguments.size())
        refuse(i, "a call stands behind the slots of its arguments, and last");
      if (instruction.type != instruction.result)
        refuse(i, "a call in " + quoted_type(instruction.type) + " cannot give " + quoted_type(instruction.result));
      waiting.clear();
    } else {
      const auto number = static_cast<std::uint16_t>(instruction.code);
      if (number >= first_user_operation)
        throw Error(ErrorCode::unsupported, "instruction " + std::to_string(i) + " calls operation " +
                                                std::to_string(number) +
                                                " of a user's own, and does not say which; see Program::call");
      const op::Description* operation = op::find(instruction.code);
      if (operation == nullptr) refuse(i, "there is no operation " + std::to_string(number));
      const std::string name = "'" + std::string(operation->name) + "'";
      const DType result = result_of(i, *operation, instruction);
      if (result != instruction.result)
        refuse(i, name + " in " + quoted_type(instruction.type) + " gives " + quoted_type(result) + ", not " +
                      quoted_type(instruction.result));
      used = static_cast<std::size_t>(operation->arity);
      if (waiting.size() < used)
        refuse(i, name + " takes " + std::to_string(used) + " operands, and only " + std::to_string(waiting.size()) +
                      " values before it are unused");
      const std::size_t first = waiting.size() - used;
      for (std::size_t a = 0; a < used; ++a) {
        if (instruction.arguments[a] != waiting[first + a])
          refuse(i, "operand " + std::to_string(a) + " of " + name + " is instruction " +
                        std::to_string(instruction.arguments[a]) + " where post-order asks for " +
                        std::to_string(waiting[first + a]));
        const bool condition = operation->signature == op::Signature::selection && a == 0;
        const DType wanted = condition ? DType::boolean : instruction.type;
        const DType given = code_[instruction.arguments[a]].result;
        if (given != wanted)
          refuse(i, "operand " + std::to_string(a) + " of " + name + " is " + quoted_type(given) + " where " +
                        quoted_type(wanted) + " is needed");
      }
      waiting.resize(first);
    }
    for (std::size_t a = used; a < instruction.arguments.size(); ++a)
      if (instruction.arguments[a] != 0) refuse(i, "an argument that it does not have is not 0");
    waiting.push_back(static_cast<std::uint16_t>(i));
  }
  if (waiting.size() != 1)
    refuse(waiting[0], "its value is never used; each instruction but the last is used exactly once");
  id_ = program_id(code_);
  if (!function_) return;
  const auto mix = [this](std::uint8_t byte) { id_ = (id_ ^ byte) * 1099511628211ULL; };
  for (const char c : function_->name) mix(static_cast<std::uint8_t>(c));
  for (int i = 0; i < 4; ++i) mix(static_cast<std::uint8_t>(static_cast<std::uint32_t>(function_->version) >> (8 * i)));
}

Program Program::call(Function function, std::span<const bool> numbers) {
  const std::size_t arity = function.arguments.size();
  if (!numbers.empty() && numbers.size() != arity)
    throw Error(ErrorCode::invalid_argument,
                to_string(function) + " is called with " + std::to_string(numbers.size()) + " arguments");
  std::vector<Instruction> code;
  std::uint16_t inputs = 0;
  std::uint16_t parameters = 0;
  for (std::size_t a = 0; a < arity; ++a) {
    const bool number = !numbers.empty() && numbers[a];
    const DType type = function.arguments[a];
    code.push_back({number ? OpCode::parameter : OpCode::input, type, type, {number ? parameters++ : inputs++}});
  }
  code.push_back({OpCode::call, function.result, function.result, {}});
  return Program(std::move(code), std::make_shared<const Function>(std::move(function)));
}

bool Program::operator==(const Program& other) const {
  if (id_ != other.id_ || code_ != other.code_) return false;
  return function_ == other.function_ || (function_ && other.function_ && *function_ == *other.function_);
}

bool Program::is_costly() const {
  return function_ ||
         std::any_of(code_.begin(), code_.end(), [](const Instruction& i) { return is_blockwise(i.code); });
}

std::vector<std::byte> Program::to_bytes() const {
  std::vector<std::byte> bytes;
  bytes.reserve(header_bytes + instruction_bytes * code_.size());
  put(bytes, format_version, 2);
  put(bytes, code_.size(), 2);
  for (const Instruction& instruction : code_) {
    put(bytes, static_cast<std::size_t>(instruction.code), 2);
    put(bytes, static_cast<std::size_t>(instruction.type), 1);
    put(bytes, static_cast<std::size_t>(instruction.result), 1);
    for (const std::uint16_t argument : instruction.arguments) put(bytes, argument, 2);
  }
  if (function_) {
    put(bytes, static_cast<std::uint32_t>(function_->version), 4);
    put(bytes, function_->name.size(), 1);
    for (const char c : function_->name) bytes.push_back(static_cast<std::byte>(c));
  }
  return bytes;
}

Program Program::from_bytes(std::span<const std::byte> bytes) {
  if (bytes.size() < header_bytes)
    throw Error(ErrorCode::invalid_argument, "a program has at least " + std::to_string(header_bytes) +
                                                 " bytes; here are " + std::to_string(bytes.size()));
  if (const std::uint16_t version = get16(bytes, 0); version != format_version)
    throw Error(ErrorCode::unsupported, "a program of format " + std::to_string(version) +
                                            "; this version reads format " + std::to_string(format_version));
  const std::size_t count = get16(bytes, 2);
  const std::size_t code_end = header_bytes + instruction_bytes * count;
  const auto require = [&](bool holds) {
    if (!holds)
      throw Error(ErrorCode::invalid_argument, std::to_string(bytes.size()) + " bytes do not hold a program of " +
                                                   std::to_string(count) + " instructions");
  };
  require(count <= most_instructions && bytes.size() >= code_end);
  std::vector<Instruction> code(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t at = header_bytes + instruction_bytes * i;
    code[i].code = static_cast<OpCode>(get16(bytes, at));
    code[i].type = static_cast<DType>(bytes[at + 2]);
    code[i].result = static_cast<DType>(bytes[at + 3]);
    for (std::size_t a = 0; a < code[i].arguments.size(); ++a) code[i].arguments[a] = get16(bytes, at + 4 + 2 * a);
  }
  if (code.empty() || code.back().code != OpCode::call) {
    require(bytes.size() == code_end);
    return Program(std::move(code));
  }
  // The types of the slots are the signature.
  const std::size_t name = code_end + function_bytes;
  require(bytes.size() > name && bytes.size() == name + std::to_integer<std::size_t>(bytes[name - 1]));
  Function function;
  function.version = static_cast<std::int32_t>(std::uint32_t{get16(bytes, code_end)} |
                                               std::uint32_t{get16(bytes, code_end + 2)} << 16);
  for (const std::byte c : bytes.subspan(name)) function.name += static_cast<char>(c);
  for (std::size_t a = 0; a + 1 < count; ++a) function.arguments.push_back(code[a].result);
  function.result = code.back().result;
  return Program(std::move(code), std::make_shared<const Function>(std::move(function)));
}

std::string to_string(const Program& program) {
  std::vector<Formula> waiting;
  for (const Instruction& instruction : program.code()) {
    if (instruction.code == OpCode::input || instruction.code == OpCode::parameter) {
      const std::size_t slot = instruction.arguments[0];
      waiting.push_back({instruction.code == OpCode::input ? input_name(slot) : "p" + std::to_string(slot), atom});
      continue;
    }
    if (instruction.code == OpCode::call) {
      std::string text;
      for (const Formula& argument : waiting) text += (text.empty() ? "(" : ", ") + argument.text;
      return program.function()->name + text + ")";
    }
    const op::Description& operation = *op::find(instruction.code);
    const Notation sign = notation(instruction.code);
    const auto first = waiting.end() - operation.arity;
    Formula made;
    made.precedence = sign.precedence;
    if (sign.symbol.empty()) {
      made.text = instruction.code == op::Cast::code ? name_of(instruction.result) : operation.name;
      for (auto operand = first; operand != waiting.end(); ++operand)
        made.text += (operand == first ? "(" : ", ") + operand->text;
      made.text += ")";
    } else if (operation.arity == 1) {
      // "--a" would read as another operator.
      const bool doubled = sign.symbol == "-" && first->text.starts_with('-');
      const bool looser = first->precedence < unary;
      made.text = std::string(sign.symbol) + within(std::move(*first), looser || doubled);
    } else {
      // Every operator groups from the left; comparisons do not chain.
      const bool left =
          first[0].precedence < sign.precedence || (sign.precedence == comparison && first[0].precedence == comparison);
      const bool right = first[1].precedence <= sign.precedence;
      made.text = within(std::move(first[0]), left);
      made.text += " " + std::string(sign.symbol) + " " + within(std::move(first[1]), right);
    }
    waiting.erase(first, waiting.end());
    waiting.push_back(std::move(made));
  }
  return std::move(waiting.back().text);
}

Program compose(const Program& outer, std::size_t slot, const Program& inner) {
  if (slot >= outer.inputs().size())
    throw Error(ErrorCode::out_of_range, "input " + std::to_string(slot) + " is not there: the program " +
                                             to_string(outer) + " has " + std::to_string(outer.inputs().size()));
  if (outer.inputs()[slot] != inner.result())
    throw Error(ErrorCode::type_mismatch, "input " + input_name(slot) + " of " + to_string(outer) + " is " +
                                              quoted_type(outer.inputs()[slot]) + "; the program " + to_string(inner) +
                                              " gives " + quoted_type(inner.result()));
  if (outer.function() || inner.function())
    throw Error(ErrorCode::unsupported,
                "a call is a program of its own: " + to_string(inner) + " does not become part of " + to_string(outer));
  // Both are in post-order, so the inner program stands as a whole at the place of the input.
  std::vector<Instruction> code;
  std::vector<std::uint16_t> moved;
  std::uint16_t inputs = 0;
  std::uint16_t parameters = 0;
  code.reserve(outer.code().size() + inner.code().size() - 1);
  const auto append = [&](Instruction instruction, std::size_t base, bool is_outer) {
    if (instruction.code == OpCode::input)
      instruction.arguments[0] = inputs++;
    else if (instruction.code == OpCode::parameter)
      instruction.arguments[0] = parameters++;
    else
      for (int a = 0; a < op::find(instruction.code)->arity; ++a) {
        std::uint16_t& argument = instruction.arguments[static_cast<std::size_t>(a)];
        argument = is_outer ? moved[argument] : static_cast<std::uint16_t>(base + argument);
      }
    code.push_back(instruction);
  };
  for (const Instruction& instruction : outer.code()) {
    if (instruction.code == OpCode::input && instruction.arguments[0] == slot) {
      const std::size_t base = code.size();
      for (const Instruction& part : inner.code()) append(part, base, false);
    } else
      append(instruction, 0, true);
    moved.push_back(static_cast<std::uint16_t>(code.size() - 1));
  }
  return Program(std::move(code));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
