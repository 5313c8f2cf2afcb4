// Names and coordinates of arrays that a cluster keeps: what may meet is what may meet anywhere.
#include <gtest/gtest.h>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/cluster.hpp"
#include "tests/caught.hpp"
#include "tests/thrift/cluster.hpp"

namespace chunkwise::testing_cluster {
namespace {

using chunkwise_test::error_of;
using Numbers = std::vector<double>;

Array<double, 2> series() {
  const Labels labels({"time", "x"}, {Coordinate(Numbers{0, 6, 12, 18}, {}), {}}, "t", {});
  return random<double, 2>({4, 3}, 1).with_labels(labels);
}

TEST(KeptArrays, MeetByTheSlicesThatTheyWere) {
  const Watchdog watchdog;
  const Cluster cluster(1);
  const auto backend = connect(cluster.uri());
  const auto x = series();
  const auto early = persist(backend, x(range(0, 3)));
  const auto step = persist(backend, x(range(1, 4)) - early);
  EXPECT_TRUE(step.labels().coordinate(0).is_mixed());
  publish(backend, "early", early.handle());
  publish(backend, "step", step.handle());

  const auto other = connect(cluster.uri());
  const auto opened = open_published<double, 2>(other, "early");
  EXPECT_EQ(opened.labels().coordinate(0).to_vector(), (Numbers{0, 6, 12}));
  EXPECT_TRUE((x(range(1, 4)) - opened).labels().coordinate(0).is_mixed()) << "slices of one coordinate";
  EXPECT_FALSE((open_published<double, 2>(other, "step") + opened).labels().coordinate(0)) << "no dates come back";
  const auto unlike =
      full<2>({3, 3}, 1.0).with_labels(Labels({"time", "x"}, {Coordinate(Numbers{1, 2, 3}, {})}, {}, {}));
  EXPECT_EQ(error_of([&] { (void)(opened - unlike); }).code, ErrorCode::name_mismatch);
  EXPECT_EQ(compute(other, opened - unlike.without_coordinate("time"))(0, 0), compute(x)(0, 0) - 1);
}

}  // namespace
}  // namespace chunkwise::testing_cluster
