#pragma once
/// From expressions to values: compute brings results into memory, persist keeps them where the backend works, explain
/// tells the plan. Expressions given together are computed together and share their common parts.
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "chunkwise/backend.hpp"
#include "chunkwise/core/background.hpp"
#include "chunkwise/lower.hpp"
#include "chunkwise/progress.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

namespace detail {

template <Expression E>
using Result = std::conditional_t<rank_of<E> == 0, value_type_of<E>, NdArray<value_type_of<E>, rank_of<E>>>;

template <Expression E>
Result<E> to_result(UntypedNdArray array) {
  if constexpr (rank_of<E> == 0)
    return *static_cast<const value_type_of<E>*>(array.data);
  else
    return Result<E>(std::move(array));
}

template <class A>
concept ExpressionOrOption = Expression<A> || std::same_as<std::remove_cvref_t<A>, RunOption>;

/// Returns the graph of the expressions among the arguments, and the options that the others make.
template <class... A>
std::pair<Graph, RunOptions> split(const A&... arguments) {
  std::pair<Graph, RunOptions> result;
  const auto take = [&result](const auto& argument) {
    if constexpr (Expression<decltype(argument)>)
      result.first.outputs.push_back(lower(argument));
    else
      argument.apply(result.second);
  };
  (take(arguments), ...);
  return result;
}

/// The types of the expressions among A, as a tuple.
template <class... A>
struct Results;
template <>
struct Results<> {
  using types = std::tuple<>;
};
template <class First, class... Rest>
struct Results<First, Rest...> {
  using rest = typename Results<Rest...>::types;
  template <class F>
  static auto pick() {
    if constexpr (Expression<F>)
      return std::type_identity<std::tuple<F>>{};
    else
      return std::type_identity<std::tuple<>>{};
  }
  using types = decltype(std::tuple_cat(std::declval<typename decltype(pick<First>())::type>(), std::declval<rest>()));
};

/// Calls make with the type and the number of each expression. Returns its result, or a tuple for several.
template <class Make, class... E>
auto each(std::type_identity<std::tuple<E...>>, const Make& make) {
  static_assert(sizeof...(E) >= 1, "chunkwise: there is no expression among these arguments");
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    if constexpr (sizeof...(E) == 1)
      return (make(std::type_identity<E>{}, I), ...);
    else
      return std::tuple{make(std::type_identity<E>{}, I)...};
  }
  (std::index_sequence_for<E...>{});
}

}  // namespace detail

/// Returns the values of the expressions: a T for rank 0, else an NdArray<T, N>; a tuple for several. Options such as
/// progress_bar() may follow. A part of an array that lies in memory is returned as a view of it. Throws Error: what,
/// where, and what to do.
template <detail::ExpressionOrOption... A>
[[nodiscard]] auto compute(const BackendPtr& backend, const A&... arguments) {
  auto [graph, options] = detail::split(arguments...);
  auto arrays = usable(backend).run(graph, std::vector<Target>(graph.outputs.size()), options);
  return detail::each(std::type_identity<typename detail::Results<A...>::types>{}, [&](auto type, std::size_t i) {
    return detail::to_result<typename decltype(type)::type>(std::move(arrays[i]));
  });
}
/// Returns the same on the default backend.
template <Expression First, detail::ExpressionOrOption... A>
[[nodiscard]] auto compute(const First& first, const A&... arguments) {
  return compute(default_backend(), first, arguments...);
}

/// Computes the elements now and keeps them where the backend works. Returns arrays of them; the elements are freed
/// when the last copy goes.
template <detail::ExpressionOrOption... A>
[[nodiscard]] auto persist(const BackendPtr& backend, const A&... arguments) {
  auto [graph, options] = detail::split(arguments...);
  std::vector<Labels> labels;
  const auto note = [&labels](const auto& argument) {
    if constexpr (Expression<decltype(argument)>) labels.push_back(argument.labels());
  };
  (note(arguments), ...);
  auto sources = usable(backend).persist(graph, options);
  return detail::each(std::type_identity<typename detail::Results<A...>::types>{}, [&](auto type, std::size_t i) {
    using E = typename decltype(type)::type;
    NodePtr node = build::source(std::move(sources[i]));
    const Shape shape = node->shape;
    return Array<value_type_of<E>, rank_of<E>>(UntypedArray{std::move(node), shape, labels[i]});
  });
}
/// Keeps the results on the default backend (backend.hpp: default_backend). Returns arrays of them.
template <Expression First, detail::ExpressionOrOption... A>
[[nodiscard]] auto persist(const First& first, const A&... arguments) {
  return persist(default_backend(), first, arguments...);
}

/// Streams an expression of any size to a sink, e.g. a file (netcdf.hpp: write_netcdf).
template <Expression E, class... Options>
void write(const BackendPtr& backend, const E& expression, SinkPtr sink, const Options&... options) {
  auto [graph, run_options] = detail::split(expression, options...);
  Backend& runner = usable(backend);
  if (!sink) throw Error(ErrorCode::invalid_argument, "write: the sink is null");
  const Target target{sink};
  try {
    sink->begin(dtype_of<value_type_of<E>>, expression.shape(), graph.outputs[0]->grid, expression.labels());
  } catch (...) {
    sink->abort();
    throw;
  }
  runner.run(graph, {&target, 1}, run_options);
}

/// Returns the plan for computing the expressions together: print it, or look at its parts.
template <detail::ExpressionOrOption... A>
[[nodiscard]] Explanation explain(const BackendPtr& backend, const A&... arguments) {
  auto [graph, options] = detail::split(arguments...);
  return usable(backend).explain(graph, std::vector<OutputKind>(graph.outputs.size()), options);
}
/// Returns the plan of the default backend.
template <Expression First, detail::ExpressionOrOption... A>
[[nodiscard]] Explanation explain(const First& first, const A&... arguments) {
  return explain(default_backend(), first, arguments...);
}

/// Returns the plan for streaming an expression to a sink or a file (write, write_netcdf): the result needs no memory,
/// so it may be of any size. `explain_write(backend, x - mean(x, 0)).memory_bound`
template <Expression E, class... Options>
[[nodiscard]] Explanation explain_write(const BackendPtr& backend, const E& expression, const Options&... options) {
  auto [graph, run_options] = detail::split(expression, options...);
  const OutputKind to_sink{.in_memory = false};
  return usable(backend).explain(graph, {&to_sink, 1}, run_options);
}
/// Returns the plan of the default backend.
template <Expression E, class... Options>
[[nodiscard]] Explanation explain_write(const E& expression, const Options&... options) {
  return explain_write(default_backend(), expression, options...);
}

/// A result that is being computed: `get` waits for it and throws the error of a failed run. A Future that goes waits
/// for the end of the run.
template <class T>
class Future {
 public:
  /// The work, the place where it leaves the result, and the token that ends the run.
  Future(detail::BackgroundWork work, std::shared_ptr<std::optional<T>> result, CancelToken token)
      : result_(std::move(result)), token_(std::move(token)), work_(std::move(work)) {}
  Future(Future&&) noexcept = default;
  Future& operator=(Future&&) noexcept = default;
  Future(const Future&) = delete;
  Future& operator=(const Future&) = delete;
  ~Future() = default;
  /// Returns the result, having waited for it. Throws the run's error, and invalid_argument if the result was taken
  /// before, or is still being computed by the process that this one was forked from.
  [[nodiscard]] T get() {
    require_result();
    const auto result = std::exchange(result_, nullptr);
    work_.rethrow();
    return *std::move(*result);
  }
  /// Waits until the result is there or the run has failed. Throws invalid_argument as get() does.
  void wait() const {
    require_result();
    work_.wait();
  }
  /// Returns true if get() would not wait. Throws invalid_argument as get() does.
  [[nodiscard]] bool ready() const {
    require_result();
    return work_.has_ended();
  }
  /// Ends the run early; get() then throws Error(cancelled).
  void cancel() const { token_.cancel(); }

 private:
  void require_result() const {
    if (!result_)
      throw Error(ErrorCode::invalid_argument,
                  "this result is not here: get() gives it once, and a Future that was moved from has none");
    if (work_.is_elsewhere())
      throw Error(ErrorCode::invalid_argument,
                  "this result is computed by the process that this one was forked from; submit it again here");
  }
  std::shared_ptr<std::optional<T>> result_;  // null once it was taken
  CancelToken token_;
  detail::BackgroundWork work_;
};

/// Computes in the background. Returns a Future of compute()'s result.
template <detail::ExpressionOrOption... A>
[[nodiscard]] auto submit(const BackendPtr& backend, const A&... arguments) {
  // The caller's own token, if there is one among the arguments, is the one that counts.
  RunOptions options;
  const auto take = [&options](const auto& argument) {
    if constexpr (!Expression<decltype(argument)>) argument.apply(options);
  };
  (take(arguments), ...);
  const CancelToken token = options.cancel;
  static_cast<void>(usable(backend));
  using T = decltype(compute(backend, arguments...));
  auto result = std::make_shared<std::optional<T>>();
  detail::BackgroundWork work(
      [result, backend, token, arguments...] { result->emplace(compute(backend, arguments..., cancel_on(token))); });
  return Future<T>(std::move(work), std::move(result), token);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
