#pragma once
/// A function of a user's own with one argument, a line function or an aggregate, in the bytes of a graph.
#include "chunkwise/op/function.hpp"
#include "runtime/core/bytes.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::graph {

inline void write_function(const Function& own, ByteWriter& out) {
  out.text(own.name);
  out.number(own.version);
  out.number(static_cast<std::uint64_t>(own.arguments.front()), 1);
  out.number(static_cast<std::uint64_t>(own.result), 1);
}

[[nodiscard]] inline Function read_function(ByteReader& in) {
  Function own;
  own.name = in.text();
  own.version = static_cast<std::int32_t>(in.signed_number());
  const auto type = [&] {
    const auto number = in.number(1);
    if (number >= dtype_count) throw in.error("an element type of number " + std::to_string(number));
    return static_cast<DType>(number);
  };
  own.arguments = {type()};
  own.result = type();
  if (!is_function_name(own.name)) throw in.error("a name of no function");
  return own;
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::graph
