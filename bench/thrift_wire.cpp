// The wire beside a bare socket: a call that does nothing, and 8 MB into memory that is used again. Servers are threads
// of this process, so that both share the machine alike. The rounds take turns, because the machine is shared; medians.
//
//   bench_thrift_wire
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "backends/thrift/wire/client.hpp"
#include "backends/thrift/wire/server.hpp"

namespace wire = chunkwise::wire;

namespace {

constexpr std::size_t transfer = std::size_t{8} << 20;

const std::vector<char>& memory() {
  static const std::vector<char> bytes(transfer, 'x');
  return bytes;
}

/// A request is a number of bytes; the answer is so many.
class BareServer {
 public:
  BareServer() : listening_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listening_, generic, size) != 0 || ::listen(listening_, 1) != 0 ||
        ::getsockname(listening_, generic, &size) != 0)
      std::perror("bare server");
    client_ = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(client_, generic, size) != 0) std::perror("bare client");
    serving_ = ::accept(listening_, nullptr, nullptr);
    for (const int fd : {client_, serving_}) {
      const int yes = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    thread_ = std::thread([this] {
      std::uint64_t wanted = 0;
      while (::recv(serving_, &wanted, sizeof wanted, MSG_WAITALL) == sizeof wanted)
        for (std::size_t sent = 0; sent < wanted;) {
          const ssize_t now = ::send(serving_, memory().data() + sent, wanted - sent, MSG_NOSIGNAL);
          if (now <= 0) return;
          sent += static_cast<std::size_t>(now);
        }
    });
  }
  ~BareServer() {
    ::close(client_);
    thread_.join();
    ::close(serving_);
    ::close(listening_);
  }
  void ask(void* out, std::uint64_t size) const {
    (void)::send(client_, &size, sizeof size, MSG_NOSIGNAL);
    (void)::recv(client_, out, size, MSG_WAITALL);
  }

 private:
  int listening_, client_ = -1, serving_ = -1;
  std::thread thread_;
};

class Worker : public wire::ConnectionHandler<wire::WorkerService> {
 public:
  using Numbers = std::vector<std::int64_t>;
  void read_chunks(wire::Blob&, const wire::StepKey&, const Numbers&, const Numbers&, const Numbers&) override {}
  void read_states(wire::Blob& blob, const wire::StepKey&, std::int64_t, std::int64_t, std::int64_t length) override {
    blob = {memory().data(), static_cast<std::size_t>(length), nullptr};
  }
  void read_finished(wire::Blob&, const wire::StepKey&, std::int64_t) override {}
  void upload(const wire::StepKey&, std::int64_t, std::int64_t, const wire::Blob&) override {}
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
