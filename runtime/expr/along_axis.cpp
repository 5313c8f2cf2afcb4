#include "runtime/expr/along_axis.hpp"

#include <memory>

#include "chunkwise/expr/shape.hpp"
#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

UntypedArray along_axis(const UntypedArray& line, int rank, int axis) {
  const std::uint32_t others = ((1U << rank) - 1U) & ~(1U << axis);
  return others ? expand_dims(line, others) : line;
}

UntypedArray numbers_along_axis(const std::vector<double>& numbers, DType dtype, int rank, int axis) {
  const Shape shape{static_cast<std::int64_t>(numbers.size())};
  const auto in_memory = [&](auto zero) {
    const auto own = std::make_shared<std::vector<decltype(zero)>>(numbers.begin(), numbers.end());
    return build::source(memory_source({dtype, shape, row_major_strides(shape), own, own->data()}));
  };
  NodePtr node = dtype == DType::float32 ? in_memory(0.0F) : in_memory(0.0);
  return along_axis({std::move(node), shape, {}}, rank, axis);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
