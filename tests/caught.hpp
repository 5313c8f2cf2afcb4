#pragma once
/// What a test wants to know of an error.
#include <gtest/gtest.h>

#include <string>

#include "chunkwise/core/error.hpp"

namespace chunkwise_test {

/// The error that a call throws: its code and its message. A call that throws none fails the test.
struct Caught {
  chunkwise::ErrorCode code = chunkwise::ErrorCode::io;
  std::string message;
  [[nodiscard]] bool says(const std::string& text) const { return message.find(text) != std::string::npos; }
};

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

/// The message of the error of that code that a call throws.
template <class F>
std::string what_of(F&& f, chunkwise::ErrorCode code) {
  const Caught caught = error_of(f);
  EXPECT_EQ(to_string(caught.code), std::string(to_string(code))) << caught.message;
  return caught.message;
}

}  // namespace chunkwise_test
