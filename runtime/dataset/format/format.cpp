#include "runtime/dataset/format/format.hpp"

#include <mutex>

#include "chunkwise/core/error.hpp"
#include "chunkwise/core/made_once.hpp"
#include "runtime/core/forks.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// Defined by chunkwise::netcdf; a program that is linked without it has no NetCDF.
namespace netcdf {
[[gnu::weak]] const dataset::Format& netcdf_format();
}

namespace dataset {

namespace {

/// Returns the table, explicit: a static library would drop objects that only register themselves.
std::vector<const Format*> linked_formats() {
  std::vector<const Format*> linked;
  if (&netcdf::netcdf_format) linked.push_back(&netcdf::netcdf_format());
  return linked;
}

struct Table {
  Table() { hold_over_forks(mutex); }
  std::mutex mutex;
  std::vector<const Format*> formats = linked_formats();
};

Table& table() {
  return *detail::made_once([] { return new Table; });
}

}  // namespace

std::vector<const Format*> formats() {
  const std::scoped_lock lock(table().mutex);
  return table().formats;
}

void add_format(const Format& format) {
  const std::scoped_lock lock(table().mutex);
  for (const Format* known : table().formats)
    if (known->name == format.name)
      throw Error(ErrorCode::invalid_argument, "there is a format '" + std::string(format.name) + "' already");
  table().formats.push_back(&format);
}

std::vector<std::string> isolation_problems() {
  std::vector<std::string> problems;
  for (const Format* format : formats())
    if (std::string problem = format->isolation_problem(); !problem.empty()) problems.push_back(std::move(problem));
  return problems;
}

}  // namespace dataset
}  // namespace chunkwise::inline CHUNKWISE_ABI
