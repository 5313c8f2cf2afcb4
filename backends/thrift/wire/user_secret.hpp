#pragma once
/// The secret of the user who runs this process. If nobody was given another, it keeps the other users of the machine
/// out. Coordinator, workers and clients of the same user find it by themselves.
#include <string>

namespace chunkwise::wire {

struct UserSecret {
  std::string file;     ///< the file that has it, or would have it
  std::string secret;   ///< empty: there is none
  std::string why_not;  ///< the reason if there is none
};

/// Returns the secret in `chunkwise/secret` of $XDG_CONFIG_HOME, else of ~/.config. It is made if it is not there, for
/// this user's eyes only. Several processes that make it at the same time all get the same. There is none if the folder
/// cannot be written or belongs to another user. Throws invalid_argument if the file is open to others, or empty.
[[nodiscard]] UserSecret user_secret();

/// Returns the token that tells the sessions of this user from those of others; empty if the user has no secret.
[[nodiscard]] std::string owner_token();

}  // namespace chunkwise::wire
