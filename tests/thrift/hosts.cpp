#include "tests/thrift/hosts.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace chunkwise::testing_cluster {

namespace fs = std::filesystem;

namespace {

bool run(const std::string& arguments) {
  return std::system((ip_program() + " " + arguments + " >/dev/null 2>&1").c_str()) == 0;
}
void must_run(const std::string& arguments) {
  if (!run(arguments)) throw std::runtime_error("ip " + arguments + " failed");
}

}  // namespace

std::string ip_program() {
  for (const char* place : {"/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"})
    if (fs::exists(place)) return place;
  return {};
}

std::string Hosts::why_not() {
  if (ip_program().empty()) return "there is no command ip (iproute2) here";
  static const std::string why = [] {
    try {
      const Hosts two(2);
      two.on(1, [] {});
      return std::string();
    } catch (const std::exception& error) {
      return "this machine lets nobody make network namespaces: " + std::string(error.what());
    }
  }();
  return why;
}

Hosts::Hosts(int count) : count_(count) {
  static int made = 0;
  prefix_ = "cwt" + std::to_string(getpid()) + "-" + std::to_string(++made) + "-";
  try {
    must_run("netns add " + name(0));  // the switch
    must_run("-n " + name(0) + " link add switch type bridge");
    must_run("-n " + name(0) + " link set switch up");
    for (int host = 1; host <= count; ++host) {
      const std::string port = "port" + std::to_string(host);
      must_run("netns add " + name(host));
      must_run("-n " + name(0) + " link add " + port + " type veth peer name eth0 netns " + name(host));
      must_run("-n " + name(0) + " link set " + port + " master switch up");
      must_run("-n " + name(host) + " addr add " + address(host) + "/24 dev eth0");
      must_run("-n " + name(host) + " link set eth0 up");
      must_run("-n " + name(host) + " link set lo up");
      (void)run("-n " + name(host) + " addr add fd77::" + std::to_string(host) + "/64 dev eth0 nodad");
      // What `ip netns exec` shows as /etc/hosts.
      const fs::path settings = fs::path("/etc/netns") / name(host);
      fs::create_directories(settings);
      std::ofstream names(settings / "hosts");
      names << "127.0.0.1 localhost\n";
      for (int other = 1; other <= count; ++other) names << address(other) << " node" << other << "\n";
    }
  } catch (...) {
    remove();
    throw;
  }
}

Hosts::~Hosts() { remove(); }

void Hosts::remove() const {
  std::error_code error;
  for (int host = 0; host <= count_; ++host) {
    (void)run("netns del " + name(host));
    fs::remove_all(fs::path("/etc/netns") / name(host), error);
  }
  fs::remove("/etc/netns", error);  // where it is empty
}

void Hosts::on(int host, const std::function<void()>& function) const {
  std::exception_ptr thrown;
  std::thread there([&] {
    try {
      const int fd = ::open(("/run/netns/" + name(host)).c_str(), O_RDONLY | O_CLOEXEC);
      const bool entered = fd >= 0 && ::setns(fd, CLONE_NEWNET) == 0;
      if (fd >= 0) ::close(fd);
      if (!entered) throw std::runtime_error("cannot enter a network namespace");
      function();
    } catch (...) {
      thrown = std::current_exception();
    }
  });
  there.join();
  if (thrown) std::rethrow_exception(thrown);
}

std::vector<std::string> Hosts::command(int host, const std::string& program) const {
  return {"netns", "exec", name(host), program};
}

void Hosts::add_name(int host, const std::string& line) const {
  std::ofstream(fs::path("/etc/netns") / name(host) / "hosts", std::ios::app) << line << "\n";
}

void Hosts::add_address(int host, const std::string& address) const {
  must_run("-n " + name(host) + " addr add " + address + "/24 dev eth0");
}
void Hosts::remove_address(int host, const std::string& address) const {
  must_run("-n " + name(host) + " addr del " + address + "/24 dev eth0");
}

void Hosts::add_interface(int host, const std::string& interface, const std::string& address) const {
  const std::string on_host = "-n " + name(host) + " ";
  must_run(on_host + "link add " + interface + " type veth peer name " + interface + "peer");
  const bool is_v6 = address.find(':') != std::string::npos;
  must_run(on_host + "addr add " + address + " dev " + interface + (is_v6 ? " nodad" : ""));
  for (const std::string& end : {interface, interface + "peer"}) must_run(on_host + "link set " + end + " up");
}

void Hosts::plug(int host, bool in) const {
  must_run("-n " + name(0) + " link set port" + std::to_string(host) + (in ? " up" : " down"));
}

void Hosts::cut_way(int from, int to) const {
  must_run("-n " + name(from) + " route add unreachable " + address(to) + "/32");
}

}  // namespace chunkwise::testing_cluster
