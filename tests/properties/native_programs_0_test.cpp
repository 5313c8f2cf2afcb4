#include <gtest/gtest.h>

#include "tests/properties/native_programs.hpp"

namespace chunkwise::properties {
namespace {

TEST(NativePrograms, 0To49GiveTheBitsOfTheInterpreter) {
  expect_native_equals_interpreted<0>(std::make_index_sequence<programs_per_file>{});
}

}  // namespace
}  // namespace chunkwise::properties
