#pragma once
/// Errors across the wire: a Failure keeps an Error's code and message.
#include <exception>

#include "backends/thrift/wire/services.hpp"
#include "chunkwise/core/error.hpp"

namespace chunkwise::wire {

/// An Error that was thrown on the other side.
class RemoteError : public Error {
 public:
  explicit RemoteError(Failure failure);
  /// Also says on which worker, and who could not be reached.
  [[nodiscard]] const Failure& failure() const noexcept { return failure_; }

 private:
  Failure failure_;
};

[[nodiscard]] Failure make_failure(ErrorCode code, const std::string& message);
/// The failure that tells of an exception: an Error keeps its code, a RemoteError all it knows, std::bad_alloc becomes
/// memory_limit, anything else io.
[[nodiscard]] Failure failure_of(const std::exception_ptr& exception);
/// The same of the exception that is being handled.
[[nodiscard]] inline Failure current_failure() { return failure_of(std::current_exception()); }

}  // namespace chunkwise::wire
