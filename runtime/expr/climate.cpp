#include "chunkwise/expr/climate.hpp"

#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "runtime/expr/along_axis.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::detail {

UntypedArray distances_from_middle(std::int64_t extent, int rank, int axis) {
  const double middle = static_cast<double>(extent - 1) / 2;
  return along_axis({build::source(arange_source(Scalar(-middle), Scalar(1.0), extent)), Shape{extent}, {}}, rank,
                    axis);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::detail
