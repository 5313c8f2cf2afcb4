#pragma once
/// NumPy's file format, .npy (numpy.lib.format, version 1.0): elements as they lie in memory behind a line that says
/// their type and shape. Holds numbers alone: no names, no coordinates; io/netcdf.hpp writes those.
#include <ostream>
#include <string>

#include "chunkwise/core/ndarray.hpp"
#include "chunkwise/core/text_argument.hpp"
#include "chunkwise/io/sink.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Returns a .npy file that receives one array of any size and element type, piece by piece, in row-major order. It is
/// written under a temporary name beside `path` and takes its name when it is complete. NaN is always written with the
/// same bits. Throws io with the system's reason; invalid_argument if `path` is no place for a file, or exists and
/// `overwrite` is false.
[[nodiscard]] SinkPtr npy_sink(const TextArgument& path, bool overwrite = true);

/// Writes an array in memory to a stream, as the same bytes that npy_sink would write to a file.
void write_npy(std::ostream& out, const UntypedNdArray& array);

}  // namespace chunkwise::inline CHUNKWISE_ABI
