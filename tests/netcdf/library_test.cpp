#include "runtime/netcdf/library.hpp"

#include <gtest/gtest.h>

#include "runtime/core/shared_library.hpp"
#include "runtime/netcdf/functions.hpp"
#include "tests/caught.hpp"

namespace chunkwise_test {
namespace {

using chunkwise::ErrorCode;
using chunkwise::SharedLibrary;
using chunkwise::netcdf::Functions;
using chunkwise::netcdf::LibraryLock;

TEST(SharedLibrary, OneOfAnotherKindIsRefused) {
  const SharedLibrary library("libm.so.6", "netcdf-c");
  const Caught caught = error_of([&] { (void)Functions(library); });
  EXPECT_EQ(caught.code, ErrorCode::io);
  EXPECT_TRUE(caught.says("netcdf-c is not of a version that chunkwise knows")) << caught.message;
  EXPECT_TRUE(caught.says("nc_")) << caught.message;
}

TEST(LibraryLock, CallsTheLibraryThatThisProgramIsLinkedWith) {
  const LibraryLock nc;
  EXPECT_EQ(nc->open, &::nc_open);
  EXPECT_EQ(nc->set_hdf5_reports, &::H5Eset_auto2);
}

}  // namespace
}  // namespace chunkwise_test
