#include "runtime/core/shared_library.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cstdio>

#include "tests/caught.hpp"
#include "tests/child.hpp"

namespace chunkwise_test {
namespace {

using chunkwise::ErrorCode;
using chunkwise::SharedLibrary;

TEST(SharedLibrary, GivesFunctionsByTheirNames) {
  const SharedLibrary library("libm.so.6", "the mathematics of C");
  double (*const cosine)(double) = library["cos"];
  EXPECT_EQ(cosine(0.0), 1.0);
}

TEST(SharedLibrary, OneThatIsNotThereIsNamed) {
  const Caught caught = error_of([] { SharedLibrary("libnobody_has_this.so.7", "the library"); });
  EXPECT_EQ(caught.code, ErrorCode::io);
  EXPECT_TRUE(caught.says("the library cannot be loaded: libnobody_has_this.so.7")) << caught.message;
  EXPECT_TRUE(caught.says("install it")) << caught.message;
}

/// True where a child under this limit is told so about a library of glibc's that this program does not use.
bool refused_under(decltype(RLIMIT_AS) resource, rlim_t limit, const char* says) {
  return in_child([&] {
    const rlimit lowered{limit, limit};
    ::setrlimit(resource, &lowered);
    const Caught caught = error_of([] { SharedLibrary("libthread_db.so.1", "the library"); });
    std::fprintf(stderr, "%s\n", caught.message.c_str());
    return caught.code == ErrorCode::io && caught.says(says) && !caught.says("install it");
  });
}

TEST(SharedLibrary, OneThatTheSystemRefusesIsNotSaidToBeMissing) {
#ifdef CHUNKWISE_SANITIZED
  GTEST_SKIP() << "sanitizers need memory of their own";
#endif
  EXPECT_TRUE(refused_under(RLIMIT_AS, 4096, "refused memory"));
  EXPECT_TRUE(refused_under(RLIMIT_NOFILE, 0, "ulimit -n"));
}

}  // namespace
}  // namespace chunkwise_test
