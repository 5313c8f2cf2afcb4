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

}  // namespace chunkwise_test
