#pragma once
/// A backend as its tests take it. The tests that every backend passes are backend_conformance.cpp, which the program
/// of a backend's tests is linked with (chunkwise_conformance), and which it instantiates:
///
///   INSTANTIATE_TEST_SUITE_P(Local, BackendConformance, testing::Values(local_backend("local:2")), backend_name);
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <functional>
#include <string>

#include "chunkwise/chunkwise.hpp"

namespace chunkwise::conformance {

/// A backend and how to have it.
struct BackendUnderTest {
  std::string name;  ///< of its tests
  /// Connects to it, with so many bytes for runs and for results (0: as many as it likes).
  std::function<BackendPtr(std::uint64_t memory_limit)> connect;
  std::string uri = {};  ///< what it must call itself; empty: anything
  /// It reads sources of this process where it computes, and so as often as its plan says; else once a run.
  bool reads_in_place = true;
};

/// A backend of this process by its URI.
inline BackendUnderTest local_backend(const std::string& uri) {
  std::string name = uri;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return {name,
          [uri](std::uint64_t memory_limit) {
            BackendOptions options;
            options.memory_limit = memory_limit;
            return connect(uri, options);
          },
          uri};
}

class BackendConformance : public testing::TestWithParam<BackendUnderTest> {
 protected:
  static BackendPtr connected(std::uint64_t memory_limit = 0) { return GetParam().connect(memory_limit); }
};

/// The backend as a test's name.
inline std::string backend_name(const testing::TestParamInfo<BackendUnderTest>& info) { return info.param.name; }

}  // namespace chunkwise::conformance
