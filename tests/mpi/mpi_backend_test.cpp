// The conformance suite on the ranks of this program's MPI job; rank 0 runs the tests, the others work.
#include "tests/caught.hpp"
#include "tests/conformance/backend_under_test.hpp"

namespace chunkwise::conformance {
namespace {

using chunkwise_test::Caught;
using chunkwise_test::error_of;

BackendUnderTest mpi_backend() {
  BackendUnderTest backend;
  backend.name = "Ranks";
  backend.connect = [](std::uint64_t limit) {
    BackendOptions options;
    options.memory_limit = limit;
    return connect("mpi:", options);
  };
  backend.uri = "mpi:";
  backend.reads_in_place = false;
  return backend;
}

INSTANTIATE_TEST_SUITE_P(Mpi, BackendConformance, testing::Values(mpi_backend()), backend_name);

TEST(Ranks, AreSharedByTheConnectionsOfAProgram) {
  const BackendPtr first = connect("mpi:");
  const BackendPtr second = connect("mpi:");
  const auto kept = persist(first, full<1>({8}, 1.0, {2}) + 1.0);
  EXPECT_EQ(compute(second, sum(kept)), 16.0);
}

TEST(Ranks, HaveOneLimitAtATime) {
  BackendOptions other;
  other.memory_limit = 100 << 20;
  BackendPtr first = connect("mpi:");
  const Caught error = error_of([&] { (void)connect("mpi:", other); });
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(error.says("already")) << error.message;
  first = nullptr;
  EXPECT_EQ(compute(connect("mpi:", other), sum(full<1>({8}, 1.0, {2}) * 2.0)), 16.0);
}

TEST(Ranks, AreNamedByMpirunAlone) {
  const Caught error = error_of([] { (void)connect("mpi://4"); });
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_TRUE(error.says("mpirun -n")) << error.message;
}

}  // namespace
}  // namespace chunkwise::conformance

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  // Ranks other than 0 do not come back, and say nothing of tests.
  { const chunkwise::BackendPtr all = chunkwise::connect("mpi:"); }
  return RUN_ALL_TESTS();
}
