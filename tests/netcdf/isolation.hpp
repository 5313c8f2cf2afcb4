#pragma once
/// For tests of files that are opened in a process apart: the helper that was built with them, and its environment.
#include <sys/types.h>

#include <array>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

#include "runtime/netcdf/helper_process.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {

/// Tests run in any folder: where the helper is that was built with them.
inline const bool helper_is_known = ::setenv("CHUNKWISE_LIBEXEC", CHUNKWISE_HELPER_FOLDER, 0) == 0;

inline const cw::NetcdfOptions isolated{.isolated = true};

/// A variable of the environment that is as it was afterwards. The next file is opened in a new helper.
class Setting {
 public:
  Setting(const char* name, const std::string& value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    ::setenv(name, value.c_str(), 1);
    end_helper();
  }
  ~Setting() {
    if (before_)
      ::setenv(name_, before_->c_str(), 1);
    else
      ::unsetenv(name_);
    end_helper();
  }
  Setting(const Setting&) = delete;
  Setting& operator=(const Setting&) = delete;

 private:
  static void end_helper() {
    const std::lock_guard lock(cw::netcdf::Helper::instance().mutex);
    cw::netcdf::Helper::instance().end();
  }
  const char* name_;
  std::optional<std::string> before_;
};

/// Returns the helpers of a process that run.
inline std::vector<pid_t> helpers_of(pid_t parent) {
  std::vector<pid_t> helpers;
  for (const auto& process : fs::directory_iterator("/proc")) {
    std::ifstream status(process.path() / "status");
    std::string line, name;
    pid_t of = 0;
    while (std::getline(status, line)) {
      if (line.starts_with("Name:")) name = line.substr(6);
      if (line.starts_with("State:") && line.find('Z') != std::string::npos) name.clear();
      if (line.starts_with("PPid:")) of = std::atoi(line.c_str() + 5);
    }
    if (of == parent && name.starts_with("chunkwise-netcd"))
      helpers.push_back(std::atoi(process.path().filename().c_str()));
  }
  return helpers;
}

/// Returns whether `holds` is true within 5 s.
template <class F>
bool soon(F&& holds) {
  for (int i = 0; i < 500 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return holds();
}

/// Returns whether a process ends within 5 s.
inline bool is_gone(pid_t process) {
  return soon([&] { return ::kill(process, 0) != 0; });
}

/// Returns the name of a file that was damaged to harm the program that opens it.
inline std::string damaged(const std::string& name) { return CHUNKWISE_TESTS_DIR "/netcdf/damaged/" + name; }

/// Makes a file of all types, in groups, with attributes of every kind.
inline void make_rich_file(const std::string& path) {
  int file = 0, outer = 0, inner = 0;
  nc(nc_create(path.c_str(), NC_NETCDF4, &file));
  const auto text = [](int group, int variable, const char* name, const std::string& value) {
    nc(nc_put_att_text(group, variable, name, value.size(), value.data()));
  };
  text(file, NC_GLOBAL, "title", "m\xc3\xa9t\xc3\xa9o \x01");
  text(file, NC_GLOBAL, "empty", "");
  const char* words[] = {"one", "", "three"};
  nc(nc_put_att_string(file, NC_GLOBAL, "words", 3, words));
  const double doubles[] = {-0.0, 5e-324, std::nan("123"), std::numeric_limits<double>::infinity()};
  nc(nc_put_att_double(file, NC_GLOBAL, "doubles", NC_DOUBLE, 4, doubles));
  nc(nc_put_att_double(file, NC_GLOBAL, "floats", NC_FLOAT, 2, doubles));
  const unsigned long long largest = std::numeric_limits<unsigned long long>::max();
  nc(nc_put_att_ulonglong(file, NC_GLOBAL, "largest", NC_UINT64, 1, &largest));
  for (const nc_type type : {NC_BYTE, NC_UBYTE, NC_SHORT, NC_USHORT, NC_INT, NC_UINT, NC_INT64})
    nc(nc_put_att_ubyte(file, NC_GLOBAL, ("of type " + std::to_string(type)).c_str(), type, 3,
                        std::array<unsigned char, 3>{1, 2, 127}.data()));
  int time = 0, x = 0, y = 0, v = 0;
  nc(nc_def_dim(file, "time", NC_UNLIMITED, &time));
  nc(nc_def_dim(file, "x", 4, &x));
  nc(nc_def_grp(file, "outer", &outer));
  nc(nc_def_grp(outer, "inner", &inner));
  nc(nc_def_dim(outer, "y", 3, &y));
  nc(nc_def_var(file, "x", NC_FLOAT, 1, &x, &v));
  const float places[] = {0.5F, -0.0F, 1e-45F, 3};
  nc(nc_put_var_float(file, v, places));
  const int all[] = {time, y, x};
  for (const auto& [name, type] :
       {std::pair("b", NC_BYTE), std::pair("h", NC_USHORT), std::pair("i", NC_INT), std::pair("l", NC_INT64),
        std::pair("u", NC_UINT64), std::pair("f", NC_FLOAT), std::pair("d", NC_DOUBLE)}) {
    nc(nc_def_var(inner, name, type, 3, all, &v));
    if (type != NC_BYTE) nc(nc_def_var_deflate(inner, v, type == NC_INT, 1, 1));
    if (type == NC_FLOAT) nc(nc_def_var_endian(inner, v, NC_ENDIAN_BIG));
    text(inner, v, "units", std::string("unit of ") + name);
    const std::size_t start[] = {0, 0, 0};
    const std::size_t count[] = {2, 3, 4};
    std::vector<signed char> values(24);
    std::iota(values.begin(), values.end(), static_cast<signed char>(1));
    nc(nc_put_vara_schar(inner, v, start, count, values.data()));
  }
  nc(nc_def_var(inner, "text", NC_CHAR, 1, &x, &v));
  nc(nc_def_var(inner, "strings", NC_STRING, 1, &x, &v));
  nc_type point = 0;
  nc(nc_def_compound(file, 4, "point", &point));
  nc(nc_insert_compound(file, point, "a", 0, NC_INT));
  nc(nc_def_var(inner, "points", point, 1, &x, &v));
  nc(nc_def_var(inner, "scalar", NC_DOUBLE, 0, nullptr, &v));
  nc(nc_close(file));
}

}  // namespace chunkwise_test
