#pragma once
/// Files whose statistics are known: real ones of many origins, which are beside the repository on some machines, and
/// others that the tests make themselves, with the same layout of folders, names and descriptions.
#include <filesystem>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

namespace chunkwise_test {

/// A folder of such files.
struct ReferenceFiles {
  std::string name;  ///< "shared" or "made"
  std::filesystem::path folder;
  int least_numbers = 0;  ///< of variables of numbers that a test of all has to see
  int least_texts = 0;    ///< of other variables

  /// Of each file and variable: type, shape, dimensions; number, sum, mean, deviation and extremes of valid values.
  [[nodiscard]] nlohmann::json statistics() const;
  /// Of some variables: reductions along each axis.
  [[nodiscard]] nlohmann::json reductions() const;
  [[nodiscard]] std::string path(const std::string& file) const { return (folder / file).string(); }
};
inline void PrintTo(const ReferenceFiles& files, std::ostream* out) { *out << files.name; }

/// Returns the folders that there are; the made one is always there, once it is asked for, and goes with the process.
[[nodiscard]] std::vector<std::string> reference_names();
/// Returns the folder of a name, with its files.
[[nodiscard]] const ReferenceFiles& reference_files(const std::string& name);

}  // namespace chunkwise_test
