// Draws a formula, in the program that has cairo.
#include "runtime/cli/draw.hpp"

#include "chunkwise/core/error.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/cli/result_file.hpp"

namespace chunkwise::cli {

int draw(const PlotOptions& options) {
  plot::PictureOptions picture = options.picture;
  const BackendPtr backend = connect(options.backend);
  const Formula formula = read_formula(options.formula);
  if (formula.arrays.size() != 1)
    throw Error(ErrorCode::invalid_argument, "a picture shows one array, and the formula has " +
                                                 std::to_string(formula.arrays.size()) +
                                                 " results; draw them one at a time");
  if (picture.subtitle.empty()) picture.subtitle = formula.origin;
  const ArrayHandle& array = formula.arrays.front();
  plot::require_drawable(array.shape, array.labels, picture);
  ResultFile result(options.path == "-" ? "" : options.path, options.force);
  const RunOption bar = options.quiet ? RunOption{[](RunOptions&) {}} : progress_bar();
  const std::vector<UntypedNdArray> values =
      interruptible([&](const RunOption& cancel) { return compute(backend, formula.arrays, cancel, bar); });
  const std::string bytes = plot::png(values.front(), array.labels, picture);
  result.write([&](std::ostream& out) { out << bytes; });
  return 0;
}

}  // namespace chunkwise::cli
