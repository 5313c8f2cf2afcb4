#include "runtime/netcdf/changes.hpp"

#include "chunkwise/core/error.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace netcdf {

void Changes::lose(const std::string& thing, const std::string& done, const std::string& why) {
  if (!told_)
    throw Error(ErrorCode::invalid_argument,
                "cannot write " + path_ + ": " + thing + " would be " + done + ": " + why +
                    "; change that, or set NetcdfWriteOptions::warn, which is told of it and lets it be");
  tell(thing, done, why);
}

void Changes::tell(const std::string& thing, const std::string& done, const std::string& why) {
  const std::string sentence = path_ + ": " + thing + " is " + done + ": " + why;
  if (told_ && said_.insert(sentence).second) told_(sentence);
}

}  // namespace netcdf
}  // namespace chunkwise::inline CHUNKWISE_ABI
