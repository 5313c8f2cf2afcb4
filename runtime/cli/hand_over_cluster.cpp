// Lines that need a cluster are done by chunkwise-cluster.
#include "runtime/cli/cluster.hpp"
#include "runtime/cli/hand_over.hpp"

namespace chunkwise::cli {

namespace {

[[noreturn]] void hand_over_cluster() { hand_over("chunkwise-cluster", "which clusters are made of and spoken to by"); }

}  // namespace

int run_coordinator(const CoordinatorOptions&, const DashboardChoice&, const std::string&) { hand_over_cluster(); }
int run_worker(const WorkerOptions&, const WorkerLife&, const std::string&) { hand_over_cluster(); }
int start_cluster(const StartRequest&) { hand_over_cluster(); }
int show_cluster(const std::string&, const Security&, const ShowOptions&) { hand_over_cluster(); }
int operate_cluster(const std::string&, const Security&, Operation, const std::string&, int) { hand_over_cluster(); }
BackendPtr connect_cluster(const std::string&, const BackendOptions&) { hand_over_cluster(); }

}  // namespace chunkwise::cli
