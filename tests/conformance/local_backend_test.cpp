#include <gtest/gtest.h>

#include "tests/caught.hpp"
#include "tests/conformance/backend_under_test.hpp"

namespace chunkwise::conformance {
namespace {

using chunkwise_test::Caught;
using chunkwise_test::error_of;

INSTANTIATE_TEST_SUITE_P(Local, BackendConformance,
                         testing::Values(local_backend("local"), local_backend("local:1"), local_backend("local:2"),
                                         local_backend("local:5")),
                         backend_name);

TEST(Connect, NamesTheSchemesThereAreWhereOneIsUnknown) {
  const Caught error = error_of([] { (void)connect("dask://10.0.0.1:8786"); });
  EXPECT_EQ(error.code, ErrorCode::not_found);
  EXPECT_TRUE(error.says("'dask'") && error.says("local")) << error.message;
}

TEST(Connect, RefusesNumbersOfThreadsThatAreNone) {
  for (const char* uri : {"local:0", "local:-1", "local:two", "local:2x", "local:1.5", "local:1025", "local: 2",
                          "local:99999999999999999999", "local:2:3"}) {
    const Caught error = error_of([&] { (void)connect(uri); });
    EXPECT_EQ(error.code, ErrorCode::invalid_argument) << uri;
    EXPECT_TRUE(error.says(uri)) << error.message;
  }
}

}  // namespace
}  // namespace chunkwise::conformance
