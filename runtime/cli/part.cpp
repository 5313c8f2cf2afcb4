#include "runtime/cli/part.hpp"

#include "chunkwise/core/error.hpp"

namespace chunkwise::cli {

void refuse_without(const Part& part, const std::string& what) {
  throw Error(ErrorCode::unsupported, what + ": this chunkwise was built without " + part.name +
                                          "; install the package chunkwise, or build it with -D" + part.option +
                                          "=ON (on Debian that needs " + part.packages + ")");
}

}  // namespace chunkwise::cli
