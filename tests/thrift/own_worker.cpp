// A worker with a function and a kernel of its own, for own_functions_test.cpp.
//
//   own_worker_of_tests ADDRESS-FILE NAME
#include <sys/prctl.h>

#include <csignal>
#include <iostream>

#include "chunkwise/cluster.hpp"
#include "tests/thrift/own_functions.hpp"

namespace cw = chunkwise;

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  cw::register_function<cw::own::Blend>();
  cw::register_line_function<cw::own::Steps>();
  cw::register_aggregate<cw::own::Power>();
  cw::register_kernel(
      cw::Program(std::vector<cw::Instruction>{{cw::OpCode::input, cw::DType::int16, cw::DType::int16, {0}},
                                               {cw::OpCode::input, cw::DType::int16, cw::DType::int16, {1}},
                                               {cw::op::Multiply::code, cw::DType::int16, cw::DType::int16, {0, 1}},
                                               {cw::OpCode::parameter, cw::DType::int16, cw::DType::int16, {0}},
                                               {cw::op::Add::code, cw::DType::int16, cw::DType::int16, {2, 3}}}),
      &cw::own::give_42);
  cw::WorkerOptions options;
  options.coordinator = argv[1];
  options.name = argv[2];
  options.threads = 1;
  options.log = [](const std::string& line) { std::cerr << line << std::endl; };
  const cw::Worker worker(options);
  sigset_t none;
  sigemptyset(&none);
  sigsuspend(&none);
}
