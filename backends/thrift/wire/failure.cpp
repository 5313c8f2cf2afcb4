#include "backends/thrift/wire/failure.hpp"

#include <new>
#include <utility>

#include "runtime/core/printable.hpp"

namespace chunkwise::wire {

namespace {
/// Returns the code of a number; io for a code of a version that knows more of them than this one.
ErrorCode code_of(std::int32_t number) {
  return number >= 0 && number <= static_cast<std::int32_t>(ErrorCode::lost) ? static_cast<ErrorCode>(number)
                                                                             : ErrorCode::io;
}
/// Returns the message with the worker's name, if the message does not name it already.
std::string with_worker(const Failure& failure) {
  if (failure.worker.empty() || failure.message.find(failure.worker) != std::string::npos) return failure.message;
  return "worker " + failure.worker + ": " + failure.message;
}
}  // namespace

RemoteError::RemoteError(Failure failure)
    : Error(code_of(failure.code), printable(with_worker(failure), true)), failure_(std::move(failure)) {}

Failure make_failure(ErrorCode code, const std::string& message) {
  Failure failure;
  failure.code = static_cast<std::int32_t>(code);
  failure.message = message;
  return failure;
}

Failure failure_of(const std::exception_ptr& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Failure& failure) {
    return failure;
  } catch (const RemoteError& error) {
    return error.failure();
  } catch (const Error& error) {
    return make_failure(error.code(), error.what());
  } catch (const std::bad_alloc&) {
    return make_failure(ErrorCode::memory_limit, "the system has no memory to give");
  } catch (const std::exception& error) {
    return make_failure(ErrorCode::io, error.what());
  } catch (...) {
    return make_failure(ErrorCode::io, "something unknown went wrong");
  }
}

}  // namespace chunkwise::wire
