// Compiled once for each CHUNKWISE_LEVEL. Calls no function template that other files could also emit.
#include "runtime/interpret/interpret.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::interpret {
namespace {

template <class Op, class T>
concept AppliesTo = (Op::arity == 1 && requires(T a) { Op::template apply<T>(a); }) ||
                    (Op::arity == 2 && requires(T a) { Op::template apply<T>(a, a); }) ||
                    (Op::arity == 3 && requires(T a) { Op::template apply<T>(a, a, a); });

template <class Op, class T>
void apply_block(const void* a, const void* b, const void* c, void* out, std::size_t n) {
  CHUNKWISE_STRICT_FLOATS
  if constexpr (Op::arity == 1) {
    auto* o = static_cast<decltype(Op::template apply<T>(T{}))*>(out);
    const T* x = static_cast<const T*>(a);
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) o[i] = Op::template apply<T>(x[i]);
  } else if constexpr (Op::arity == 2) {
    auto* o = static_cast<decltype(Op::template apply<T>(T{}, T{}))*>(out);
    const T* x = static_cast<const T*>(a);
    const T* y = static_cast<const T*>(b);
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) o[i] = Op::template apply<T>(x[i], y[i]);
  } else {
    using First = std::conditional_t<Op::signature == op::Signature::selection, bool, T>;
    auto* o = static_cast<decltype(Op::template apply<T>(First{}, T{}, T{}))*>(out);
    const First* x = static_cast<const First*>(a);
    const T* y = static_cast<const T*>(b);
    const T* z = static_cast<const T*>(c);
    CHUNKWISE_INDEPENDENT
    for (std::size_t i = 0; i < n; ++i) o[i] = Op::template apply<T>(x[i], y[i], z[i]);
  }
}

template <class Op, class T>
void library_block(const void* a, const void* b, const void*, void* out, std::size_t n) {
  const T* x = static_cast<const T*>(a);
  const T* y = static_cast<const T*>(b);
  if constexpr (Op::arity == 1)
    Op::apply_block(x, static_cast<T*>(out), n);
  else
    Op::apply_block(x, y, static_cast<T*>(out), n);
}

template <class From, class To>
void cast_block(const void* a, const void*, const void*, void* out, std::size_t n) {
  const From* x = static_cast<const From*>(a);
  To* o = static_cast<To*>(out);
  CHUNKWISE_INDEPENDENT
  for (std::size_t i = 0; i < n; ++i) o[i] = op::Cast::convert<To, From>(x[i]);
}

template <class Op, class T>
constexpr detail::BlockFunction block_function() {
  if constexpr (std::is_same_v<Op, op::Cast>)
    return nullptr;
  else if constexpr (op::OnlyBlockwise<Op>) {
    if constexpr (std::is_floating_point_v<T>)
      return &library_block<Op, T>;
    else
      return nullptr;
  } else if constexpr (AppliesTo<Op, T>)
    return &apply_block<Op, T>;
  else
    return nullptr;
}

template <class... T>
struct Types {};
using AllTypes = Types<bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                       std::uint32_t, std::uint64_t, float, double>;

template <class Op, class... T>
constexpr void fill_operation(detail::BlockFunction* row, Types<T...>) {
  ((row[static_cast<std::size_t>(dtype_of<T>)] = block_function<Op, T>()), ...);
}
template <class From, class... To>
constexpr void fill_casts(detail::BlockFunction* row, Types<To...>) {
  ((row[static_cast<std::size_t>(dtype_of<To>)] = &cast_block<From, To>), ...);
}
template <class... From>
constexpr void fill_all_casts(detail::Table& table, Types<From...> all) {
  (fill_casts<From>(table.casts[static_cast<std::size_t>(dtype_of<From>)], all), ...);
}

constexpr detail::Table make_table() {
  detail::Table table{};
  boost::hana::for_each(op::catalog, [&](auto type) {
    using Op = typename decltype(type)::type;
    fill_operation<Op>(table.operations[op::position(Op::code)], AllTypes{});
  });
  fill_all_casts(table, AllTypes{});
  return table;
}

constexpr detail::Table the_table = make_table();

}  // namespace

namespace CHUNKWISE_LEVEL {
const detail::Table& table() { return the_table; }
}  // namespace CHUNKWISE_LEVEL

}  // namespace chunkwise::inline CHUNKWISE_ABI::interpret
