// A small program of somebody else, with hidden names, for each kind of library: what its headers register is known to
// the libraries, what these throw is caught, and NetCDF files and clusters are known without being named.
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/explain.hpp>
#include <chunkwise/netcdf.hpp>
#include <iostream>
#include <sstream>
#include <string>

namespace cw = chunkwise;

namespace {

int fail(const std::string& what) {
  std::cerr << what << '\n';
  return 1;
}

/// What connecting to nobody says.
std::string nobody() {
  try {
    (void)cw::compute(cw::connect("thrift://127.0.0.1:1"), cw::sum(cw::arange(0.0, 3.0)));
  } catch (const cw::Error& error) {
    return error.what();
  }
  return "there is a cluster at port 1";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto backend = cw::connect("local:2");
  cw::write_netcdf(backend, argv[1], cw::arange(0.0, 12.0));
  const auto x = cw::open_netcdf<double, 1>(argv[1], "data");
  const auto formula = (x * 3.0 - 1.0) / (x + 2.0);
  if (cw::compute(backend, cw::sum(cw::exp(formula) - cw::exp(formula))) != 0.0) return fail("a sum is wrong");
  std::ostringstream plan;
  plan << cw::explain(backend, formula);
  if (plan.str().find("native") == std::string::npos || plan.str().find("interpreted") != std::string::npos)
    return fail("the kernel is not known: " + plan.str());
  bool caught = false;
  try {
    (void)cw::open_netcdf<double, 1>(argv[1], "nothing");
  } catch (const cw::Error& error) {
    caught = error.code() == cw::ErrorCode::not_found;
  }
  if (!caught) return fail("an error is not caught by its type");
  if (const std::string answer = nobody(); answer.find("linked without") != std::string::npos) return fail(answer);
  std::cout << "good\n";
  return 0;
}
