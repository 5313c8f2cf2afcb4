// The conformance suite on the ranks of this program's MPI job; rank 0 runs the tests, the others work.
#include <cstdlib>

#include "tests/caught.hpp"
#include "tests/conformance/backend_under_test.hpp"

namespace chunkwise::conformance {
namespace {

using chunkwise_test::Caught;
using chunkwise_test::error_of;

/// Returns the number of ranks that work: all but rank 0, unless it is alone.
std::uint64_t working_ranks() {
  const char* size = std::getenv("OMPI_COMM_WORLD_SIZE");
  if (!size) size = std::getenv("PMI_SIZE");
  const int ranks = size ? std::atoi(size) : 1;
  return ranks > 1 ? static_cast<std::uint64_t>(ranks - 1) : 1;
}

BackendUnderTest mpi_backend() {
  BackendUnderTest backend;
  backend.name = "Ranks";
  backend.connect = [](std::uint64_t limit) {
    BackendOptions options;
    options.memory_limit = limit / working_ranks();
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

TEST(Ranks, SayWhichOfThemFailed) {
  const BackendPtr backend = connect("mpi:");
  BackendOptions little;
  const Caught error = error_of([&] { (void)compute(backend, sum(full<1>({8}, 1.0, {2})), without_pass("none")); });
  EXPECT_EQ(error.code, ErrorCode::not_found);
}

}  // namespace
}  // namespace chunkwise::conformance

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  // Ranks other than 0 do not come back, and say nothing of tests.
  { const chunkwise::BackendPtr all = chunkwise::connect("mpi:"); }
  return RUN_ALL_TESTS();
}
