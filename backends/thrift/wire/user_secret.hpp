#pragma once
/// The secret of the user who runs this process: where nobody was given another, it keeps the other users of the
/// machine out. Coordinator, workers and clients of the same user find it by themselves.
#include <string>

namespace chunkwise::wire {

struct UserSecret {
  std::string file;     ///< where it is, or would be
  std::string secret;   ///< empty: there is none
  std::string why_not;  ///< where there is none: what stands in the way
};

/// The secret in `chunkwise/secret` of $XDG_CONFIG_HOME, else of ~/.config: made where it is not there, for this user's
/// eyes only. Of several processes that make it at the same time all get the same. There is none where the folder
/// cannot be written or belongs to another user. Throws invalid_argument where the file is open to others, or empty.
[[nodiscard]] UserSecret user_secret();

}  // namespace chunkwise::wire
