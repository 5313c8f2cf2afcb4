#pragma once
/// Rules of the CF conventions that files of results must hold, as far as they are about what stands beside a variable.
#include <netcdf.h>

#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "chunkwise/io/inspect.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {

/// What netcdf-c tells of a variable.
struct CfVariable {
  int type = 0;
  std::vector<std::string> dimensions;
  std::map<std::string, std::string> texts;     ///< attributes that are text
  std::map<std::string, int> types_of_numbers;  ///< attributes that are numbers
};
using CfFile = std::map<std::string, CfVariable>;

inline CfVariable cf_attributes(int file, int id, CfVariable variable, int count) {
  for (int i = 0; i < count; ++i) {
    char name[NC_MAX_NAME + 1] = {};
    int type = 0;
    std::size_t length = 0;
    nc(nc_inq_attname(file, id, i, name));
    nc(nc_inq_att(file, id, name, &type, &length));
    if (type != NC_CHAR) {
      variable.types_of_numbers[name] = type;
      continue;
    }
    std::string text(length, ' ');
    nc(nc_get_att_text(file, id, name, text.data()));
    variable.texts[name] = text;
  }
  return variable;
}

/// The variables of a file; under "" the attributes of the file itself.
inline CfFile read_cf(const std::string& path) {
  int file = 0;
  int variables = 0;
  int attributes = 0;
  nc(nc_open(path.c_str(), NC_NOWRITE, &file));
  nc(nc_inq(file, nullptr, &variables, &attributes, nullptr));
  CfFile all;
  all[""] = cf_attributes(file, NC_GLOBAL, {}, attributes);
  for (int id = 0; id < variables; ++id) {
    char name[NC_MAX_NAME + 1] = {};
    int rank = 0;
    CfVariable variable;
    nc(nc_inq_var(file, id, name, &variable.type, &rank, nullptr, &attributes));
    std::vector<int> ids(static_cast<std::size_t>(rank));
    nc(nc_inq_vardimid(file, id, ids.data()));
    for (const int dimension : ids) {
      char dimension_name[NC_MAX_NAME + 1] = {};
      nc(nc_inq_dimname(file, dimension, dimension_name));
      variable.dimensions.emplace_back(dimension_name);
    }
    all[name] = cf_attributes(file, id, std::move(variable), attributes);
  }
  nc(nc_close(file));
  return all;
}

/// What breaks a rule, a sentence each.
inline std::vector<std::string> cf_faults(const std::string& path) {
  const CfFile file = read_cf(path);
  std::vector<std::string> faults;
  const auto words = [](const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> all;
    for (std::string word; stream >> word;) all.push_back(word);
    return all;
  };
  for (const auto& [name, variable] : file) {
    const auto fault = [&, &called = name](const std::string& text) { faults.push_back(called + ": " + text); };
    for (const char* attribute : {"coordinates", "bounds", "climatology", "grid_mapping", "cell_measures",
                                  "ancillary_variables", "formula_terms"}) {
      const auto found = variable.texts.find(attribute);
      if (found == variable.texts.end()) continue;
      const bool has_keys = std::string(attribute) == "cell_measures" || std::string(attribute) == "formula_terms";
      if (words(found->second).empty()) fault(std::string(attribute) + " says nothing");
      for (std::string word : words(found->second)) {
        if (word.ends_with(':') && has_keys) continue;
        if (word.ends_with(':')) word.pop_back();
        const auto other = file.find(word);
        if (other == file.end()) {
          fault(std::string(attribute) + " names " + word + ", which is not there");
          continue;
        }
        const CfVariable& named = other->second;
        // Text and bounds have one axis more than what they belong to.
        const bool is_bounds = std::string(attribute) == "bounds" || std::string(attribute) == "climatology";
        std::size_t own = named.dimensions.size();
        if ((is_bounds || named.type == NC_CHAR) && own > 0) --own;
        for (std::size_t i = 0; i < own && std::string(attribute) != "grid_mapping"; ++i)
          if (std::find(variable.dimensions.begin(), variable.dimensions.end(), named.dimensions[i]) ==
              variable.dimensions.end())
            fault(word + " runs along " + named.dimensions[i] + ", and the variable does not");
        if (is_bounds && (named.dimensions.size() != variable.dimensions.size() + 1))
          fault("its bounds " + word + " have " + std::to_string(named.dimensions.size()) + " axes");
        if (std::string(attribute) == "grid_mapping" && !named.texts.contains("grid_mapping_name") &&
            named.dimensions.empty())
          fault(word + " is no grid mapping");
      }
    }
    for (const char* attribute :
         {"_FillValue", "missing_value", "valid_min", "valid_max", "valid_range", "flag_values"})
      if (const auto found = variable.types_of_numbers.find(attribute);
          found != variable.types_of_numbers.end() && found->second != variable.type)
        fault(std::string(attribute) + " is of another type than its variable");
    if (variable.texts.contains("dtype") && variable.type != NC_BYTE) fault("dtype is not that of its elements");
    if (variable.texts.contains("flag_meanings") && !variable.types_of_numbers.contains("flag_values") &&
        !variable.types_of_numbers.contains("flag_masks"))
      fault("flag_meanings without flags");
  }
  return faults;
}

}  // namespace chunkwise_test
