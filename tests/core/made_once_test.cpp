#include "chunkwise/core/made_once.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "tests/child.hpp"

namespace chunkwise_test {
namespace {

using chunkwise::detail::made_once;

TEST(MadeOnce, IsOneObjectForEachPlaceInTheCode) {
  const auto first = [] { return made_once([] { return new const int(1); }); };
  const auto second = [] { return made_once([] { return new const int(1); }); };
  EXPECT_EQ(first(), first());
  EXPECT_NE(first(), second());
}

TEST(MadeOnce, IsMadeByTheNextCallerIfTheFirstOneFails) {
  static int calls = 0;
  const auto get = [] {
    return made_once([] {
      if (++calls == 1) throw std::runtime_error("not yet");
      return new const int(calls);
    });
  };
  EXPECT_THROW(get(), std::runtime_error);
  EXPECT_EQ(*get(), 2);
  EXPECT_EQ(*get(), 2);
}

#if !defined(CHUNKWISE_SANITIZED)

TEST(MadeOnce, IsMadeAnewInAChildWhoseParentWasMakingIt) {
  static std::atomic<bool> making = false, go_on = false;
  const auto get = [] {
    return made_once([] {
      making = true;
      while (!go_on) std::this_thread::yield();
      return new const int(7);
    });
  };
  std::thread other([&] { EXPECT_EQ(*get(), 7); });
  while (!making) std::this_thread::yield();
  EXPECT_TRUE(in_child([&] {
    go_on = true;
    return *get() == 7;
  }));
  go_on = true;
  other.join();
}

#endif

}  // namespace
}  // namespace chunkwise_test
