#pragma once
/// Writes elements of a classic file with positioned writes of our own, at the places that its header tells: the
/// counterpart of classic_reader.hpp. netcdf-c would reverse the bytes of one element after the other, under its one
/// lock.
#include <string>

#include "runtime/netcdf/classic_reader.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

class OutputFile;

namespace netcdf {

/// Writes the elements of `region`, whose steps are 1, from row-major memory without gaps, in native byte order.
/// Threads may write different elements at a time. Throws io, beginning with `doing`, if the system does not take them.
void write_classic(const OutputFile& file, const ClassicLayout& layout, const Region& region, const void* data,
                   const std::string& doing);

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
