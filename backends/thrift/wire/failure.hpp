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
  /// Returns the failure, which also names the worker that it is of, and the one that could not be reached.
  [[nodiscard]] const Failure& failure() const noexcept { return failure_; }

 private:
  Failure failure_;
};

[[nodiscard]] Failure make_failure(ErrorCode code, const std::string& message);
/// Returns the failure for an exception: an Error keeps its code, a RemoteError its whole failure, std::bad_alloc
/// becomes memory_limit, anything else io.
[[nodiscard]] Failure failure_of(const std::exception_ptr& exception);
/// Returns the same for the exception that is being handled.
[[nodiscard]] inline Failure current_failure() { return failure_of(std::current_exception()); }

}  // namespace chunkwise::wire
