#pragma once
/// A folder with three days of small weather, data/*.nc, in which lines of the command are run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/cli/command.hpp"

namespace chunkwise_test {

class SampleFiles : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder = new TemporaryFolder;
    const Outcome made =
        Command(*folder / "", {"sample", "--days", "3", "--latitudes", "19", "--longitudes", "36", "data"}).wait();
    ASSERT_EQ(made.code, 0) << made.err;
    ASSERT_EQ(made.out, "");
  }
  static void TearDownTestSuite() {
    delete folder;
    folder = nullptr;
  }

  static Outcome run(const std::vector<std::string>& arguments, const std::string& out_file = {}) {
    return Command(*folder / "", arguments, out_file).wait();
  }
  /// A mistake of the user is told in words, and changes nothing.
  static void expect_mistake(const std::vector<std::string>& arguments, const std::string& words) {
    const auto before = folder->names();
    const Outcome outcome = run(arguments);
    EXPECT_EQ(outcome.code, 2) << words;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(outcome.err, ::testing::StartsWith("chunkwise: "));
    EXPECT_THAT(outcome.err, ::testing::HasSubstr(words));
    EXPECT_EQ(folder->names().size(), before.size());
  }

  static inline TemporaryFolder* folder = nullptr;
};

}  // namespace chunkwise_test
