#pragma once
/// From typed expressions to the graph: the only header that sees both. Each maximal elementwise subtree becomes one
/// Map with one Program. Its native kernel is registered here unless the Engine is kernel::Interpreted. A call of a
/// user's function becomes a Map by itself, registered likewise; everything else becomes the node of its kind.
#include <limits>
#include <utility>
#include <vector>

#include "chunkwise/expr/along.hpp"
#include "chunkwise/expr/call.hpp"
#include "chunkwise/expr/concatenate.hpp"
#include "chunkwise/expr/elementwise.hpp"
#include "chunkwise/expr/index.hpp"
#include "chunkwise/expr/reduce.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/kernel/aggregate.hpp"
#include "chunkwise/kernel/function.hpp"
#include "chunkwise/kernel/line.hpp"
#include "chunkwise/kernel/native.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns the node of an expression: the node of an Array, or a new one with new ones below it. Native kernels of
/// elementwise trees are registered, if the engine has any. Throws TooDeep for more than max_depth nodes, one below the
/// other. `build::fold(aggregate::Sum::code, lower(x * 2.0), 1U, false)`
template <class Engine = kernel::EngineOfFile, Element T, int N>
[[nodiscard]] const NodePtr& lower(const Array<T, N>& array) {
  return array.node();
}
template <class Engine = kernel::EngineOfFile, class Op, class... Operands>
[[nodiscard]] NodePtr lower(const Elementwise<Op, Operands...>& expression);
template <class Engine = kernel::EngineOfFile, class F, class... Operands>
[[nodiscard]] NodePtr lower(const Elementwise<Called<F>, Operands...>& expression);
template <class Engine = kernel::EngineOfFile, Expression E, class... Subscripts>
[[nodiscard]] NodePtr lower(const Indexed<E, Subscripts...>& expression);
template <class Engine = kernel::EngineOfFile, class Aggregate, Expression E, int K, bool Keep>
[[nodiscard]] NodePtr lower(const Reduction<Aggregate, E, K, Keep>& expression);
template <class Engine = kernel::EngineOfFile, class F, Element R, Expression E, bool One, bool Keep>
[[nodiscard]] NodePtr lower(const Along<F, R, E, One, Keep>& expression);
template <class Engine = kernel::EngineOfFile, Element T, int N>
[[nodiscard]] NodePtr lower(const Concatenation<T, N>& expression);

namespace detail {

template <class E>
inline constexpr bool is_elementwise = false;
template <class Op, class... Operands>
inline constexpr bool is_elementwise<Elementwise<Op, Operands...>> = true;
/// A call is an input of the tree around it.
template <class F, class... Operands>
inline constexpr bool is_elementwise<Elementwise<Called<F>, Operands...>> = false;

/// The way an elementwise tree becomes a Program: the operands that are part of it, and its size. An operand whose own
/// program would make this one larger than max_operations is left out and becomes an input, so large trees are split.
template <class E>
struct Fusion {
  static constexpr std::size_t operations = 0;
  static constexpr std::size_t instructions = 1;
};

template <class Op, class... Operands>
requires is_elementwise<Elementwise<Op, Operands...>>
struct Fusion<Elementwise<Op, Operands...>> {
  using E = Elementwise<Op, Operands...>;
  static constexpr std::size_t arity = sizeof...(Operands);
  static constexpr op::ResolvedTypes types = resolve_types<Op, Operands...>();
  /// The type that operand i must have.
  static constexpr DType wanted(std::size_t i) {
    return Op::signature == op::Signature::selection && i == 0 ? DType::boolean : types.compute;
  }
  static constexpr std::array<bool, arity> casts = [] {
    std::array<bool, arity> result{};
    const std::array<op::OperandType, arity> given{operand_type<Operands>()...};
    for (std::size_t i = 0; i < arity; ++i) result[i] = !is_cast<Op> && !given[i].weak && given[i].dtype != wanted(i);
    return result;
  }();
  static constexpr std::array<bool, arity> fused = [] {
    std::array<bool, arity> result{};
    const std::array<std::size_t, arity> sizes{Fusion<Operands>::operations...};
    ProgramRoom room{1};
    for (bool cast : casts) room.used += cast;
    for (std::size_t i = 0; i < arity; ++i) result[i] = room.take(sizes[i]);
    return result;
  }();
  template <std::size_t... I>
  static constexpr std::pair<std::size_t, std::size_t> count(std::index_sequence<I...>) {
    std::size_t operations_ = 1, instructions_ = 1;
    ((operations_ += casts[I] + (fused[I] ? Fusion<Operands>::operations : 0),
      instructions_ += casts[I] + (fused[I] ? Fusion<Operands>::instructions : 1)),
     ...);
    return {operations_, instructions_};
  }
  static constexpr std::size_t operations = count(std::make_index_sequence<arity>{}).first;
  static constexpr std::size_t instructions = count(std::make_index_sequence<arity>{}).second;
};

/// Writes programs instruction by instruction.
template <std::size_t N>
struct Emitter {
  StaticProgram<N> program;
  std::size_t next = 0;

  constexpr std::uint16_t append(const Instruction& instruction) {
    program.code[next] = instruction;
    return static_cast<std::uint16_t>(next++);
  }
  constexpr std::uint16_t input(DType type) { return append({OpCode::input, type, type, {program.inputs++}}); }
  constexpr std::uint16_t parameter(DType type) {
    return append({OpCode::parameter, type, type, {program.parameters++}});
  }

  /// Appends the instructions of E, an elementwise tree. Returns the position of the last.
  template <class E>
  constexpr std::uint16_t tree() {
    return tree_of(static_cast<E*>(nullptr));
  }

 private:
  template <class Op, class... Operands>
  constexpr std::uint16_t tree_of(Elementwise<Op, Operands...>*) {
    using F = Fusion<Elementwise<Op, Operands...>>;
    Instruction instruction{Op::code, F::types.compute, F::types.result, {}};
    std::size_t i = 0;
    ((instruction.arguments[i] = operand<Operands>(F::wanted(i), F::casts[i], F::fused[i]), ++i), ...);
    return append(instruction);
  }
  template <class O>
  constexpr std::uint16_t operand(DType wanted, bool cast, bool fused) {
    if constexpr (is_constant<O>)
      return parameter(wanted);
    else {
      constexpr DType given = dtype_of<typename O::value_type>;
      std::uint16_t position = 0;
      if constexpr (is_elementwise<O>)
        position = fused ? tree<O>() : input(given);
      else
        position = input(given);
      return cast ? append({op::Cast::code, given, wanted, {position}}) : position;
    }
  }
};

/// The canonical Program of an elementwise expression.
template <class E>
inline constexpr auto program_of = [] {
  Emitter<Fusion<E>::instructions> emitter;
  emitter.template tree<E>();
  return emitter.program;
}();

/// Returns a weak scalar in the type that an operation computes in; that it fits was checked when the expression was
/// built.
template <class S>
Scalar weak_to_scalar(S value, DType wanted) {
  return dispatch(wanted, [&](auto zero) { return Scalar(weak_to<decltype(zero)>(value)); });
}

/// Leaves and parameters of an elementwise tree in the order its Program numbers them.
template <class Engine>
struct Gatherer {
  std::vector<NodePtr> inputs;
  std::vector<Scalar> parameters;

  template <class Op, class... Operands>
  void tree(const Elementwise<Op, Operands...>& expression) {
    using F = Fusion<Elementwise<Op, Operands...>>;
    boost::hana::unpack(expression.operands(), [&](const auto&... operands) {
      std::size_t i = 0;
      ((operand(operands, F::wanted(i), F::fused[i]), ++i), ...);
    });
  }

 private:
  template <class O>
  void operand(const O& o, DType wanted, bool fused) {
    if constexpr (is_constant<O>)
      parameters.push_back(weak_to_scalar(o.value, wanted));
    else if constexpr (is_elementwise<O>) {
      if (fused)
        tree(o);
      else
        inputs.push_back(lower<Engine>(o));
    } else
      inputs.push_back(lower<Engine>(o));
  }
};

}  // namespace detail

/// The largest tree of elementwise operations becomes one Map.
template <class Engine, class Op, class... Operands>
NodePtr lower(const Elementwise<Op, Operands...>& expression) {
  detail::Gatherer<Engine> gathered;
  gathered.tree(expression);
  return build::map(Engine::template program<detail::program_of<Elementwise<Op, Operands...>>>(),
                    std::move(gathered.inputs), std::move(gathered.parameters));
}

/// A call of a user's own function is a Map of its own.
template <class Engine, class F, class... Operands>
NodePtr lower(const Elementwise<Called<F>, Operands...>& expression) {
  std::vector<NodePtr> inputs;
  std::vector<Scalar> parameters;
  boost::hana::for_each(expression.operands(), [&](const auto& operand) {
    if constexpr (detail::is_constant<std::remove_cvref_t<decltype(operand)>>)
      parameters.push_back(Scalar(operand.value));
    else
      inputs.push_back(lower<Engine>(operand));
  });
  return build::map(kernel::call_program<F, detail::is_constant<Operands>...>(), std::move(inputs),
                    std::move(parameters));
}

/// A part of an array is a View.
template <class Engine, Expression E, class... Subscripts>
NodePtr lower(const Indexed<E, Subscripts...>& expression) {
  return build::index(lower<Engine>(expression.operand()), expression.subscripts());
}

/// A reduction is a Fold, whose value grid is that of the operand.
template <class Engine, class Aggregate, Expression E, int K, bool Keep>
NodePtr lower(const Reduction<Aggregate, E, K, Keep>& expression) {
  if constexpr (requires { typename Aggregate::function; }) {
    register_aggregate<typename Aggregate::function>();
    return build::fold(aggregate_of<typename Aggregate::function>(), lower<Engine>(expression.operand()),
                       expression.axes(), Keep, expression.grouping());
  } else {
    return build::fold(Aggregate::code, lower<Engine>(expression.operand()), expression.axes(), Keep, expression.ddof(),
                       expression.grouping());
  }
}

/// A function of lines is an Along; a user's own is registered.
template <class Engine, class F, Element R, Expression E, bool One, bool Keep>
NodePtr lower(const Along<F, R, E, One, Keep>& expression) {
  if constexpr (requires { LineCode{F::code}; }) {
    return build::along(F::code, lower<Engine>(expression.operand()), expression.along(), Keep,
                        expression.parameters());
  } else {
    register_line_function<F>();
    return build::along(line_function_of<F>(), lower<Engine>(expression.operand()), expression.along(), Keep);
  }
}

/// Arrays that are joined are a View of several parts.
template <class Engine, Element T, int N>
NodePtr lower(const Concatenation<T, N>& expression) {
  std::vector<NodePtr> parts;
  parts.reserve(expression.parts().size());
  for (const auto& part : expression.parts()) parts.push_back(lower<Engine>(part));
  return build::concatenate(std::move(parts), expression.along());
}

/// Registers the native kernels of a formula in this process, as a worker's main does with the formulas of its clients,
/// over arrays of their element types (of any size: nothing is computed). A program that computes the formula need not.
template <Expression E>
void register_kernels_of(const E& expression) {
  static_cast<void>(lower<kernel::Native>(expression));
}

/// Returns the expression as an array to be described and not to be computed: no native kernel is made of it.
template <Expression E>
[[nodiscard]] UntypedArray described(const E& expression) {
  return {lower<kernel::Interpreted>(expression), expression.shape(), expression.labels()};
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
