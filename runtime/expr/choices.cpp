#include "chunkwise/expr/choices.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::detail {

void check_replacements(double nan, double posinf) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (nan == infinity || nan == -infinity)
    throw Error(ErrorCode::invalid_argument,
                "nan_to_num replaces NaN before infinities, so NaN cannot become infinite");
  if (posinf == -infinity)
    throw Error(ErrorCode::invalid_argument,
                "nan_to_num replaces infinity before -infinity, so one cannot become the other");
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::detail
