#pragma once
/// Files for the tests of this folder: a folder that goes away, and small NetCDF files made by netcdf-c.
#include <gtest/gtest.h>
#include <netcdf.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "chunkwise/core/error.hpp"
#include "chunkwise/io/netcdf.hpp"
#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"

namespace chunkwise_test {

namespace cw = chunkwise;
namespace fs = std::filesystem;

/// A call of netcdf-c that a test expects to succeed.
inline void nc(int status) {
  if (status != NC_NOERR) throw std::runtime_error(std::string("netcdf-c: ") + nc_strerror(status));
}

/// Gives a variable, or with NC_GLOBAL the file, an attribute that is text.
inline void put_text(int file, int variable, const char* name, const std::string& value) {
  nc(nc_put_att_text(file, variable, name, value.size(), value.data()));
}

/// A dimension of a file to be made; length 0 is unlimited.
struct Dimension {
  std::string name;
  std::size_t length;
};

/// Makes a file with one variable "v"; `define` may add attributes and more, `fill` writes the data.
inline void make_file(const std::string& path, int mode, int type, const std::vector<Dimension>& dimensions,
                      const std::function<void(int file, int variable)>& define,
                      const std::function<void(int file, int variable)>& fill) {
  int file = 0;
  nc(nc_create(path.c_str(), mode, &file));
  std::vector<int> ids;
  for (const Dimension& dimension : dimensions) {
    ids.push_back(0);
    nc(nc_def_dim(file, dimension.name.c_str(), dimension.length, &ids.back()));
  }
  int variable = 0;
  nc(nc_def_var(file, "v", type, static_cast<int>(ids.size()), ids.data(), &variable));
  if (define) define(file, variable);
  nc(nc_enddef(file));
  if (fill) fill(file, variable);
  nc(nc_close(file));
}

/// Writes 0, 1, 2, ... into a variable of this shape.
inline std::function<void(int, int)> counting(const std::vector<std::size_t>& shape, double step = 1) {
  return [shape, step](int file, int variable) {
    std::size_t count = 1;
    for (const std::size_t extent : shape) count *= extent;
    std::vector<double> values(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = step * static_cast<double>(i);
    const std::vector<std::size_t> start(shape.size() + 1, 0);
    nc(nc_put_vara_double(file, variable, start.data(), shape.data(), values.data()));
  };
}

inline std::vector<std::byte> bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const std::vector<char> chars((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  std::vector<std::byte> bytes;
  for (const char c : chars) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

inline void write_bytes(const std::string& path, const std::vector<std::byte>& bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// One variable of one file.
inline cw::SourcePtr open_one(const std::string& path, const std::string& variable = "v",
                              cw::DType as = cw::DType::float64, const cw::NetcdfOptions& options = {}) {
  return cw::open_netcdf_parts({path}, variable, as, options).parts.at(0);
}

/// The stored elements of a region.
template <class T>
std::vector<T> read(const cw::SourcePtr& source, const cw::Region& region) {
  EXPECT_EQ(source->encoding().stored, cw::dtype_of<T>);
  std::vector<T> values(static_cast<std::size_t>(region.elements()));
  source->read(region, values.data());
  return values;
}

template <class T>
std::vector<T> read_all(const cw::SourcePtr& source) {
  return read<T>(source, cw::Region::whole(source->shape()));
}

/// Calls is_right(random) 300 times on each of four threads: how often it was not, by thread.
inline std::vector<int> wrong_on_threads(const std::function<bool(std::mt19937& random)>& is_right) {
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      std::mt19937 random(t);
      for (int round = 0; round < 300; ++round)
        if (!is_right(random)) ++wrong[t];
    });
  for (std::thread& thread : threads) thread.join();
  return wrong;
}

}  // namespace chunkwise_test
