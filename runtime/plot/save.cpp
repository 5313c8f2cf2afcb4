/// Pictures as files.
#include "runtime/plot/save.hpp"

#include <fstream>
#include <string>

#include "chunkwise/core/error.hpp"
#include "chunkwise/plot.hpp"
#include "runtime/io/pending_file.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace plot {

void save_bytes(const std::string& bytes, const std::string& path, bool overwrite) {
  PendingFile pending(path, overwrite);
  std::ofstream out(pending.temporary(), std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out)
    throw Error(ErrorCode::io, path +
                                   ": the picture cannot be written; see that its folder can be written to and its "
                                   "disk has room");
  pending.publish();
}

void save(const Map& map, const TextArgument& path, Size size) { save_bytes(png(map, size), path, true); }
void save(const Profile& profile, const TextArgument& path, Size size) { save_bytes(png(profile, size), path, true); }
void save(const Histogram& histogram, const TextArgument& path, Size size) {
  save_bytes(png(histogram, size), path, true);
}

}  // namespace plot
}  // namespace chunkwise::inline CHUNKWISE_ABI
