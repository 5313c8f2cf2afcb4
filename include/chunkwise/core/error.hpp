#pragma once
/// The one exception type of chunkwise. A user's mistake throws it where the mistake was made; a failed run throws it
/// from compute, persist or Future::get. A broken invariant of the library is an assert and never an Error.
#include <iosfwd>
#include <stdexcept>
#include <string>

#include "chunkwise/core/config.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The kind of an error, for programs; the message is for people: what, where, and what to do.
enum class ErrorCode {
  invalid_argument,  ///< a value that no call of this kind accepts
  out_of_range,      ///< an index or axis beyond the array
  shape_mismatch,    ///< extents that do not fit together
  name_mismatch,     ///< dimension names that do not fit together
  type_mismatch,     ///< element types that do not fit together
  not_found,         ///< a file, variable, dimension or scheme that is not there
  io,                ///< the operating system or a file library failed
  corrupt,           ///< a file whose content contradicts itself
  changed,           ///< a file that is not the one that was opened
  memory_limit,      ///< a plan that cannot be run within its memory limit
  cancelled,         ///< the caller asked for the run to end
  unsupported,       ///< a valid request that this version cannot serve
  wrong_backend,     ///< an array that lives on another backend
  denied,            ///< a file or server that may not be used: outside the data roots, a wrong secret
  lost,              ///< an object was held by a process that is gone, and cannot be made again
};

/// Returns the name of an error code as it stands in the source, e.g. "not_found".
[[nodiscard]] constexpr const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::out_of_range:
      return "out_of_range";
    case ErrorCode::shape_mismatch:
      return "shape_mismatch";
    case ErrorCode::name_mismatch:
      return "name_mismatch";
    case ErrorCode::type_mismatch:
      return "type_mismatch";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::io:
      return "io";
    case ErrorCode::corrupt:
      return "corrupt";
    case ErrorCode::changed:
      return "changed";
    case ErrorCode::memory_limit:
      return "memory_limit";
    case ErrorCode::cancelled:
      return "cancelled";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::wrong_backend:
      return "wrong_backend";
    case ErrorCode::denied:
      return "denied";
    case ErrorCode::lost:
      return "lost";
  }
  return "unknown";
}
/// Prints the name.
std::ostream& operator<<(std::ostream& out, ErrorCode code);

/// An error with a code for programs and a sentence for people.
class CHUNKWISE_API Error : public std::runtime_error {
 public:
  /// An error that says `message`: a sentence of what was asked, what is there, and what to do.
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  /// Returns the kind of the error, for programs.
  [[nodiscard]] ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};
/// Prints the sentence alone, as what() has it.
std::ostream& operator<<(std::ostream& out, const Error& error);

}  // namespace chunkwise::inline CHUNKWISE_ABI
