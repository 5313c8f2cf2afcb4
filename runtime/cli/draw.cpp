// Draws a formula, in the program that has cairo.
#include "runtime/cli/draw.hpp"

#include <iostream>

#include "chunkwise/core/error.hpp"
#include "chunkwise/untyped.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/cli/output.hpp"
#include "runtime/progress/waiting_lines.hpp"

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
  const Interruptible run;
  const RunOption bar = options.quiet ? waiting_lines() : progress_bar();
  const UntypedNdArray values = compute(backend, formula.arrays, cancel_on(run.token), bar).front();
  if (options.path != "-") {
    plot::save(values, array.labels, options.path, picture, options.force);
    return 0;
  }
  std::cout << plot::png(values, array.labels, picture);
  flush_output();
  return 0;
}

}  // namespace chunkwise::cli
