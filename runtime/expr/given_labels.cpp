#include "chunkwise/expr/expression.hpp"
#include "runtime/core/labels_data.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::detail {

Labels given_labels(const Labels& own, Labels given, const Shape& shape) {
  require_fitting(given, shape);
  const bool still_stored = own.holds_stored_values() && have_same_packing(own.attributes(), given.attributes());
  return given.holds_stored_values() == still_stored ? std::move(given) : given.with_stored_values(still_stored);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::detail
