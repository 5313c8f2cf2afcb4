/// One variable in many files as one array: opens each file and compares it with the first.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/core/error.hpp"
#include "chunkwise/io/netcdf.hpp"
#include "runtime/core/attributes.hpp"
#include "runtime/core/labels_data.hpp"
#include "runtime/dataset/cf.hpp"
#include "runtime/dataset/companions.hpp"
#include "runtime/dataset/join.hpp"
#include "runtime/dataset/open_series.hpp"
#include "runtime/dataset/series.hpp"
#include "runtime/dataset/source.hpp"
#include "runtime/dataset/static_variable.hpp"

namespace chunkwise::inline CHUNKWISE_ABI {
namespace dataset {

namespace {

int position_of(const std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

/// Returns the labels. A dimension that stands twice in a variable names only the first axis, which has its coordinate.
Labels make_labels(const OpenedVariable& variable, std::vector<Coordinate> coordinates, const std::string& units,
                   bool as_stored) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < variable.found.dimensions.size(); ++i) {
    const bool again = position_of(names, variable.found.dimensions[i]) >= 0;
    names.push_back(again ? std::string() : variable.found.dimensions[i]);
    if (again) coordinates[i] = Coordinate();
  }
  Attributes attributes = as_stored ? variable.found.attributes : decoded_attributes(variable.found.attributes);
  for (Attribute& attribute : attributes)
    if (attribute.name == "units" && units != variable.units) attribute.value = units;
  return Labels(std::move(names), std::move(coordinates), variable.found.name, std::move(attributes))
      .with_stored_values(as_stored);
}

/// Returns the attributes that are true of each file. Units and calendar are those that all files are counted in.
/// Variables that an attribute refers to are compared with the others where they are read.
Attributes true_of_all(Attributes attributes, const std::vector<OpenedVariable>& files) {
  std::erase_if(attributes, [&](const Attribute& attribute) {
    if (attribute.name == "units" || attribute.name == "calendar" || is_reference(attribute.name)) return false;
    return std::any_of(files.begin() + 1, files.end(), [&](const OpenedVariable& file) {
      const Attribute* same = find_attribute(file.found.attributes, attribute.name);
      return same == nullptr || !have_equal_values(*same, attribute);
    });
  });
  return attributes;
}

/// Returns how one file's variable is read beside the others.
Reading reading_of(const OpenedVariable& file, DType as, bool asked, const Counting& common,
                   const NetcdfOptions& options) {
  Reading reading;
  reading.as = as;
  reading.decoded = asked ? as : file.dtype;
  reading.decode = options.decode;
  reading.cast = options.cast || asked;  // 64-bit integers are rounded to a floating type that was asked for
  if (const auto convert = conversion({file.units, file.calendar}, common, options.lenient)) {
    reading.scale = static_cast<double>(convert->scale);
    reading.offset = static_cast<double>(convert->offset);
  }
  return reading;
}

/// Drops all other coordinates, which were compared already: thousands of files would hold thousands of copies.
void keep_coordinate(OpenedVariable& file, int axis) {
  for (std::size_t i = 0; i < file.coordinates.size(); ++i)
    if (static_cast<int>(i) != axis) file.coordinates[i] = {};
}

/// Throws type_mismatch if elements of `as` cannot hold every value of the files. Times that are counted anew may lie
/// between whole numbers.
void require_all_fit(const std::vector<OpenedVariable>& files, DType as, bool is_recounted,
                     const NetcdfOptions& options) {
  if (options.cast) return;
  for (const OpenedVariable& file : files) require_fits(file, as, options.decode);
  if (is_recounted && as != DType::float64)
    throw Error(ErrorCode::type_mismatch,
                files.front().variable + " is counted in different units from file to file, and " +
                    std::string(name_of(as)) +
                    " cannot hold all of its values in one unit; open it as float64, or with cast=true, which " +
                    "truncates or rounds them");
}

/// Remarks on the first file alone: the others are mostly the same.
void remark(const OpenedVariable& first, DType as, const NetcdfOptions& options) {
  if (!options.warn) return;
  const std::string where = first.variable + " of " + first.path;
  const CfVariable variable{first.found.type, first.found.attributes, first.found.prefilled};
  std::vector<std::string> remarks;
  if (!options.decode)
    remarks.push_back(remark_on_order(variable, where));
  else
    (void)cf_encoding(variable, is_floating(as) ? as : DType::float64, where, &remarks);
  for (const std::string& name : first.found.unread_attributes)
    remarks.push_back(where + ": its attribute '" + name + "' is neither numbers nor text, and results do not have it");
  for (const std::string& each : remarks)
    if (!each.empty()) options.warn(each);
}

}  // namespace

NetcdfParts open_series(const std::vector<std::string>& paths, const std::string& variable, std::optional<DType> as,
                        const NetcdfOptions& options, const std::string& dimension) {
  std::vector<OpenedVariable> files;
  files.reserve(paths.size());
  files.push_back(open_variable(paths.front(), variable, opening_of(options)));
  const bool joins = paths.size() > 1 && position_of(files.front().found.dimensions, dimension) >= 0;
  const SeriesRules rules{dimension, options.lenient, opening_of(options)};
  CommonCounting common({files.front().units, files.front().calendar});
  if (joins)
    for (std::size_t i = 1; i < paths.size(); ++i) {
      files.push_back(open_variable(paths[i], variable, opening_of(options)));
      require_fit(files.front(), files.back(), rules);
      keep_coordinate(files.back(), position_of(files.front().found.dimensions, dimension));
      if (options.decode) common.add({files.back().units, files.back().calendar});
    }
  else
    require_equal(files.front(), paths, rules);

  const OpenedVariable& first = files.front();
  const bool is_recounted = std::any_of(files.begin(), files.end(), [&](const OpenedVariable& file) {
    const auto convert = conversion({file.units, file.calendar}, common.get(), options.lenient);
    return convert && !convert->is_identity();
  });
  DType type = as.value_or(is_recounted ? DType::float64 : first.dtype);
  if (as)
    require_all_fit(files, *as, is_recounted, options);
  else
    for (const OpenedVariable& file : files) type = promote(type, file.dtype);

  NetcdfParts result;
  for (const OpenedVariable& file : files)
    result.parts.push_back(
        make_source(file, reading_of(file, type, as.has_value(), common.get(), options), options.chunks));
  remark(first, type, options);

  std::vector<Coordinate> coordinates = first.coordinates;
  if (joins) {
    result.dimension = dimension;
    result.axis = position_of(first.found.dimensions, dimension);
    coordinates[static_cast<std::size_t>(result.axis)] = join_coordinate(files, result.axis, rules, options.warn);
  }
  // In another type the attributes no longer fit the stored numbers.
  bool as_stored = !options.decode;
  for (const OpenedVariable& file : files)
    as_stored =
        as_stored && file.found.type == type && have_same_packing(file.found.attributes, first.found.attributes);
  result.labels = make_labels(first, std::move(coordinates), common.get().units, as_stored);
  result.labels = result.labels.renamed(result.labels.name(), true_of_all(result.labels.attributes(), files));
  std::vector<std::string> read;
  std::vector<std::int64_t> lengths;
  for (const OpenedVariable& file : files) {
    read.push_back(file.path);
    lengths.push_back(first.found.shape.rank() == 0 ? 0 : file.found.shape[result.axis]);
  }
  result.labels = with_companions(result.labels, {read, variable, result.axis, lengths, options.isolated});
  return result;
}

}  // namespace dataset

NetcdfParts open_netcdf_parts(const std::vector<std::string>& paths, const TextArgument& variable,
                              std::optional<DType> as, const NetcdfOptions& options) {
  if (paths.empty()) throw Error(ErrorCode::invalid_argument, "no file was named to read '" + variable + "' from");
  if (paths.size() == 1) return dataset::open_series(paths, variable, as, options, {});

  const dataset::OpenedVariable first =
      dataset::open_variable(paths.front(), variable, dataset::opening_of(options), false);
  const std::vector<std::string>& dimensions = first.found.dimensions;
  const std::string where = variable + " of " + paths.front();
  if (dimensions.empty())
    throw Error(ErrorCode::shape_mismatch,
                where + " is a single number: several files of it cannot be joined; open one");
  std::string dimension = options.join;
  if (dimension.empty()) {
    dataset::JoinChoice choice = dataset::choose_join(inspect_netcdf(paths.front(), options.isolated),
                                                      inspect_netcdf(paths.back(), options.isolated), options.isolated);
    if (!choice.guess.empty() && options.warn) options.warn(choice.guess);
    dimension = std::move(choice.dimension);
  } else if (std::find(dimensions.begin(), dimensions.end(), dimension) == dimensions.end()) {
    std::string names;
    for (const std::string& name : dimensions) names += (names.empty() ? "" : ", ") + name;
    throw Error(ErrorCode::not_found,
                where + " cannot be joined along '" + dimension + "': its dimensions are (" + names + ")");
  }
  return dataset::open_series(paths, variable, as, options, dimension);
}

}  // namespace chunkwise::inline CHUNKWISE_ABI
