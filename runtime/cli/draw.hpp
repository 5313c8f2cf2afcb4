#pragma once
/// The options of `plot`. Its picture is drawn by chunkwise-plot, the program that is linked with cairo.
#include <optional>
#include <string>
#include <vector>

#include "chunkwise/plot/picture.hpp"
#include "runtime/cli/formula.hpp"

namespace chunkwise::cli {

struct PlotOptions {
  FormulaOptions formula;
  BackendChoice backend;
  std::string path;
  bool force = false;
  bool quiet = false;
  bool bins_given = false;
  std::string kind = "auto";
  std::string colours;
  std::vector<double> range;
  std::string size = "1600x900";
  std::optional<bool> coastlines;
  plot::PictureOptions picture;
};

/// Throws invalid_argument if an option was given that only maps heed; `drawn` names the picture that is no map.
void refuse_options_of_maps(const PlotOptions& options, const std::string& drawn);

/// Computes the formula and draws it: in draw.cpp. The function of hand_over_plot.cpp starts chunkwise-plot with the
/// same line and does not return.
int draw(const PlotOptions& options);

}  // namespace chunkwise::cli
