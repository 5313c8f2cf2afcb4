#pragma once
/// Changes of the description of values in a NetCDF file: attributes, names, the value that stands for missing ones.
/// The file is copied byte for byte and the copy changed, so that nothing else of it is lost: groups, types of its own,
/// chunks, compression and all that this library does not read. io/netcdf.hpp writes files of arrays.
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/labels.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {

/// The changes, made in this order; names of variables are those before any change, as in "group/t2m".
struct NetcdfEdits {
  /// An attribute of a variable, or of the file if `variable` is empty: put in place of one of its name, or added.
  struct Set {
    std::string variable;
    Attribute attribute;
  };
  /// An attribute that goes.
  struct Remove {
    std::string variable;
    std::string attribute;
  };
  /// Another value for missing elements.
  struct Fill {
    std::string variable;
    double value = 0;
  };
  std::vector<Remove> remove;  ///< attributes that go
  std::vector<Set> set;        ///< attributes that come, or get another value
  /// The elements that hold the variable's `_FillValue`, or, if it declares none, the default of the NetCDF library,
  /// get this value, which `_FillValue` then declares: the same values are missing before and after.
  std::vector<Fill> fill;
  std::vector<std::pair<std::string, std::string>> rename_variables;   ///< old name, new name without groups
  std::vector<std::pair<std::string, std::string>> rename_dimensions;  ///< old name, new name without groups
  std::string history;  ///< a line that is put before the history of the file; empty: none
  /// The file is read in a process apart (NetcdfOptions::isolated) before its copy is opened in this one.
  bool isolated = false;
};

/// Writes a changed copy of the file `path` as `to`, which may be the same name. The new file appears when it is
/// complete. After the change the copy is compared with the original: names, types, shapes and attributes, and if a
/// NetCDF-4 file's names were changed, the elements too, since its libraries are known to go wrong there.
///
/// Throws not_found for a variable, a dimension or an attribute that is not there; invalid_argument for a name that is
/// taken or not allowed, for `_FillValue` among the attributes, and for a fill value that the type of the elements
/// does not have or that stands for a value that is there; corrupt if the comparison fails; invalid_argument if `to`
/// exists and is not to be overwritten.
///
///   NetcdfEdits edits;
///   edits.set.push_back({"t2m", {"units", "K"}});
///   edit_netcdf("old.nc", "new.nc", edits, false);
void edit_netcdf(const TextArgument& path, const TextArgument& to, const NetcdfEdits& edits, bool overwrite);

}  // namespace chunkwise::inline CHUNKWISE_ABI
