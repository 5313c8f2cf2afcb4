#pragma once
/// A backend that sends runs to a cluster and does itself what a cluster could add nothing to, over any ClientSession.
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backends/cluster/client/uploads.hpp"
#include "chunkwise/backend.hpp"
#include "runtime/executor/admission.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::cluster {

class ClusterBackend : public Backend {
 public:
  /// `reader` reads the arrays that only this program has.
  ClusterBackend(std::shared_ptr<ClientSession> session, BackendPtr reader, const BackendOptions& options);

  [[nodiscard]] std::string uri() const override { return session_->uri(); }
  std::vector<UntypedNdArray> run(const Graph& graph, std::span<const Target> targets,
                                  const RunOptions& options) override;
  std::vector<SourcePtr> persist(const Graph& graph, const RunOptions& options) override;
  [[nodiscard]] Explanation explain(const Graph& graph, std::span<const OutputKind> outputs,
                                    const RunOptions& options) override;

 private:
  /// Returns room for the results that come into this program's memory; waits while other runs have it.
  [[nodiscard]] executor::Admission::Reservation reserve_results(const Graph& graph, std::span<const Target> targets,
                                                                 const RunOptions& options) const;
  void require_usable(const Graph& graph) const;
  template <class F>
  std::invoke_result_t<F, const Graph&, Tally&> with_uploads(const Graph& graph, const RunOptions& options,
                                                             F&& function);

  std::shared_ptr<ClientSession> session_;
  BackendPtr reader_;
  Uploads uploads_;
  std::shared_ptr<executor::Admission> admission_;  ///< of results in this program's memory
  double patience_;
};

}  // namespace chunkwise::inline CHUNKWISE_ABI::cluster
