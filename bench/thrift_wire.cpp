// The wire beside a bare socket: a call that does nothing, and 8 MB into memory that is used again. Servers are threads
// of this process, so that both share the machine alike. The rounds take turns, because the machine is shared; medians.
//
//   bench_thrift_wire
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "backends/thrift/wire/client.hpp"
#include "backends/thrift/wire/server.hpp"
#include "bare_server.hpp"

namespace wire = chunkwise::wire;

namespace {

using chunkwise::bench::BareServer;
using chunkwise::bench::memory;
using chunkwise::bench::transfer;

class Worker : public wire::ConnectionHandler<wire::WorkerService> {
 public:
  using Numbers = std::vector<std::int64_t>;
  void read_chunks(wire::Blob&, const wire::StepKey&, const Numbers&, const Numbers&, const Numbers&) override {}
  void read_states(wire::Blob& blob, const wire::StepKey&, std::int64_t, std::int64_t, std::int64_t length) override {
    blob = {memory().data(), static_cast<std::size_t>(length), nullptr};
  }
  void read_finished(wire::Blob&, const wire::StepKey&, std::int64_t) override {}
  void upload(const wire::StepKey&, std::int64_t, std::int64_t, const wire::Blob&, const std::string&) override {}
  void read_log(std::string&, std::int32_t) override {}
  std::int64_t read_clock() override { return 0; }
  void read_trace(wire::Blob&, std::int64_t) override {}
};

template <class F>
double microseconds(F&& f) {
  const auto begin = std::chrono::steady_clock::now();
  f();
  return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double>& values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main() {
  const BareServer bare;
  const wire::Server<wire::WorkerService> server({}, [] { return std::make_shared<Worker>(); });
  wire::ConnectionPool<wire::WorkerService> pool({});
  std::vector<char> destination(transfer);
  const auto ask = [&](std::size_t size) {
    wire::Blob blob = wire::Blob::receive_into(destination.data(), size);
    pool.with(server.address(), [&](wire::WorkerService::Client& client) {
      client.read_states(blob, {}, 0, 0, static_cast<std::int64_t>(size));
    });
  };

  std::vector<double> bare_ping, wire_ping, bare_transfer, wire_transfer;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 500; ++i) bare_ping.push_back(microseconds([&] { bare.ask(destination.data(), 8); }));
    for (int i = 0; i < 500; ++i) wire_ping.push_back(microseconds([&] { ask(8); }));
    for (int i = 0; i < 5; ++i) bare_transfer.push_back(microseconds([&] { bare.ask(destination.data(), transfer); }));
    for (int i = 0; i < 5; ++i) wire_transfer.push_back(microseconds([&] { ask(transfer); }));
  }
  const double ping = median(bare_ping), call = median(wire_ping);
  std::printf("ping      bare %6.1f us    wire %6.1f us    %.2f x (bar: 2)\n", ping, call, call / ping);
  const auto rate = [](double us) { return static_cast<double>(transfer) / us / 1e3; };
  const double copied = rate(median(bare_transfer)), received = rate(median(wire_transfer));
  std::printf("8 MiB     bare %6.2f GB/s  wire %6.2f GB/s  %.2f x (bar: 0.8)\n", copied, received, received / copied);
}
