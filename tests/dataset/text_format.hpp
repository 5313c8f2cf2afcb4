#pragma once
/// A format of files for tests, made of words, so that what joins, compares and decodes files is tested without NetCDF:
///
///   grid
///   dimension time * 2
///   dimension x 3
///   variable time float64 time
///   text time units days since 2000-01-01
///   values time 0 1
///   variable t int16 time x
///   number t scale_factor float64 0.5
///   values t 0 1 2 3 4 5
///   letters name x abc
#include "runtime/dataset/format/format.hpp"

namespace chunkwise_test {

/// Returns the format, "grid"; the same each time.
[[nodiscard]] const chunkwise::dataset::Format& text_format();

}  // namespace chunkwise_test
