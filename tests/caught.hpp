#pragma once
/// The error that a call throws, for tests of its code and message.
#include <gtest/gtest.h>

#include <string>

#include "chunkwise/core/error.hpp"

namespace chunkwise_test {

/// The code and the message of an error.
struct Caught {
  chunkwise::ErrorCode code = chunkwise::ErrorCode::io;
  std::string message;
  [[nodiscard]] bool says(const std::string& text) const { return message.find(text) != std::string::npos; }
};

/// Returns the error that a call throws. A call that throws none fails the test.
template <class F>
Caught error_of(F&& f) {
  try {
    f();
  } catch (const chunkwise::Error& error) {
    return {error.code(), error.what()};
  }
  ADD_FAILURE() << "no error was thrown";
  return {};
}

/// Returns the code of the error that a call throws.
template <class F>
chunkwise::ErrorCode code_of(F&& f) {
  return error_of(f).code;
}

/// Returns the message of the error that a call throws. Another code than `code`, or no error, fails the test.
template <class F>
std::string what_of(F&& f, chunkwise::ErrorCode code) {
  const Caught caught = error_of(f);
  EXPECT_EQ(to_string(caught.code), std::string(to_string(code))) << caught.message;
  return caught.message;
}

}  // namespace chunkwise_test
