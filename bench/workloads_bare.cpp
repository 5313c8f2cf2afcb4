// The bar of bench/workloads: reads t2m of every file, unpacks it, adds it along time, and writes the mean.
//
//   bench_workloads_bare OUT FILE...
#include <netcdf.h>

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

void check(int status) {
  if (status == NC_NOERR) return;
  std::fprintf(stderr, "%s\n", nc_strerror(status));
  std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<double> sum;
  std::vector<short> stored;
  std::size_t steps = 0, extents[3] = {};
  for (int i = 2; i < argc; ++i) {
    int file = 0, variable = 0, dimensions[3] = {};
    double scale = 1, offset = 0;
    check(nc_open(argv[i], NC_NOWRITE, &file));
    check(nc_inq_varid(file, "t2m", &variable));
    check(nc_inq_vardimid(file, variable, dimensions));
    for (int axis = 0; axis < 3; ++axis) check(nc_inq_dimlen(file, dimensions[axis], &extents[axis]));
    check(nc_get_att_double(file, variable, "scale_factor", &scale));
    check(nc_get_att_double(file, variable, "add_offset", &offset));
    const std::size_t points = extents[1] * extents[2];
    stored.resize(extents[0] * points);
    sum.resize(points);
    check(nc_get_var_short(file, variable, stored.data()));
    check(nc_close(file));
    for (std::size_t step = 0; step < extents[0]; ++step)
      for (std::size_t k = 0; k < points; ++k) sum[k] += stored[step * points + k] * scale + offset;
    steps += extents[0];
  }
  for (double& value : sum) value /= static_cast<double>(steps);
  int file = 0, dimensions[2] = {}, variable = 0;
  check(nc_create(argv[1], NC_CLOBBER, &file));
  check(nc_def_dim(file, "latitude", extents[1], &dimensions[0]));
  check(nc_def_dim(file, "longitude", extents[2], &dimensions[1]));
  check(nc_def_var(file, "t2m", NC_DOUBLE, 2, dimensions, &variable));
  check(nc_enddef(file));
  check(nc_put_var_double(file, variable, sum.data()));
  check(nc_close(file));
  return 0;
}
