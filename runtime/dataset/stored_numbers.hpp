#pragma once
/// Numbers of attributes among the stored numbers of a type: values that elements can equal, and bounds of valid
/// ranges.
#include <cstdint>
#include <optional>

#include "chunkwise/core/dtype.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

/// Returns an integer of an attribute as a value of `type`; none if the type cannot hold it.
[[nodiscard]] std::optional<Scalar> as_type(DType type, std::int64_t value, bool is_uint64);
/// Returns a floating number of an attribute as a value of `type`; none if an integer type cannot hold it, or if it
/// lies beyond the range of a floating type.
[[nodiscard]] std::optional<Scalar> as_type(DType type, double value);

/// One side of a valid range.
enum class Side { low, high };

/// Returns the bound of elements of `type` that an integer means: the nearest value that is not beyond it; none if
/// every value of the type is beyond it.
[[nodiscard]] std::optional<Scalar> bound_of(DType type, Side side, std::int64_t bound, bool is_uint64);
/// Returns the same of a floating number, which is not NaN; for floating types it is rounded to the type.
[[nodiscard]] std::optional<Scalar> bound_of(DType type, Side side, double bound);

/// Returns the bound of stored numbers, integers or float32, whose scaled values are not beyond `bound`; none if there
/// is no such number. Scaling is monotonic, so it is found by bisection, with the arithmetic that scales elements.
[[nodiscard]] std::optional<Scalar> unscaled_bound(DType type, Side side, double bound, double scale, double offset);

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
