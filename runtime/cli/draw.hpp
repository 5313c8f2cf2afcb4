#pragma once
/// What plot is told, and who draws it. Cairo and its sixteen libraries would cost each start of the command more than
/// a small formula does, so a program of its own draws: `chunkwise` hands the line over to `chunkwise-plot`, which is
/// the same command with another draw().
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
  std::string kind = "auto";
  std::string colours;
  std::vector<double> range;
  std::string size = "1600x900";
  plot::PictureOptions picture;
};

/// Computes the formula and draws it: in draw.cpp. The one of hand_over.cpp starts chunkwise-plot with the same line
/// and does not return; it throws not_found where that program is not beside this one.
int draw(const PlotOptions& options);

}  // namespace chunkwise::cli
