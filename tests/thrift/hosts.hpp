#pragma once
/// Several hosts on one machine, for tests: network namespaces with an address each, on a switch of their own. They are
/// gone when the object is. Needs root and the command `ip`.
#include <functional>
#include <string>
#include <vector>

namespace chunkwise::testing_cluster {

class Hosts {
 public:
  /// Why this machine has no such hosts; empty: it has.
  [[nodiscard]] static std::string why_not();

  /// Hosts 1 to `count` with the addresses 10.77.0.N and fd77::N. All know each other's names, node1, node2, ...
  explicit Hosts(int count);
  ~Hosts();
  Hosts(const Hosts&) = delete;
  Hosts& operator=(const Hosts&) = delete;

  [[nodiscard]] static std::string address(int host) { return "10.77.0." + std::to_string(host); }
  /// Runs a function in a thread that is on a host, as are the threads that it starts. Throws what it throws.
  void on(int host, const std::function<void()>& function) const;
  /// What to start a program on a host with: `ip` and its arguments, which the program's own follow.
  [[nodiscard]] std::vector<std::string> command(int host, const std::string& program) const;
  /// One more line of what a host has as /etc/hosts, for programs that are started from now on.
  void add_name(int host, const std::string& line) const;
  /// Gives a host one more address, or takes it away.
  void add_address(int host, const std::string& address) const;
  void remove_address(int host, const std::string& address) const;
  /// Gives a host one more interface, which leads nowhere, with an address such as "10.78.0.2/24" or "fd78::2/64".
  void add_interface(int host, const std::string& interface, const std::string& address) const;
  /// Takes the cable of a host out, or puts it in.
  void plug(int host, bool in) const;
  /// From now on, a host has no way to another.
  void cut_way(int from, int to) const;

 private:
  [[nodiscard]] std::string name(int host) const { return prefix_ + std::to_string(host); }
  void remove() const;
  std::string prefix_;
  int count_;
};

/// The command `ip`; empty: it is not installed.
[[nodiscard]] std::string ip_program();

}  // namespace chunkwise::testing_cluster
