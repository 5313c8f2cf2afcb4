#pragma once
/// Reads elements of a classic file with positioned reads of our own. netcdf-c would need its one lock and a buffer for
/// each open file; this needs neither, so threads read at the same time and an element costs one small read.
#include <cstddef>
#include <cstdint>
#include <string>

#include "chunkwise/core/region.hpp"
#include "runtime/netcdf/classic_header.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

/// The places of the elements of a variable: begin + sum of index * stride, in bytes.
struct ClassicLayout {
  std::uint64_t begin = 0;
  std::size_t element_bytes = 1;
  PerAxis<std::int64_t> strides;
};

/// Returns the layout of a variable of a header, which has at most max_rank axes.
[[nodiscard]] ClassicLayout layout_of(const ClassicHeader& header, const ClassicVariable& variable);

/// Reads the elements of `region` in native byte order, row-major without gaps. Throws corrupt, beginning with `doing`,
/// if the file ends before them.
void read_classic(const Descriptor& file, const ClassicLayout& layout, const Region& region, void* out,
                  const std::string& doing);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
