// chunkwise plot: a formula's picture.
#include <charconv>
#include <cmath>
#include <map>
#include <memory>

#include "chunkwise/core/error.hpp"
#include "runtime/cli/draw.hpp"
#include "runtime/cli/result_file.hpp"
#include "runtime/cli/verbs.hpp"

namespace chunkwise::cli {

namespace {

using plot::Colours;
using Kind = plot::PictureOptions::Kind;

const std::map<std::string, Kind> kinds{
    {"auto", Kind::automatic}, {"map", Kind::map}, {"profile", Kind::profile}, {"histogram", Kind::histogram}};
const std::map<std::string, Colours> maps{{"viridis", Colours::viridis},
                                          {"red_blue", Colours::red_blue},
                                          {"heat", Colours::heat},
                                          {"blues", Colours::blues},
                                          {"greys", Colours::greys}};

plot::Size parse_size(const std::string& text) {
  plot::Size size;
  const char* const end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, size.width);
  if (width.ec == std::errc{} && width.ptr != end && *width.ptr == 'x') {
    const auto height = std::from_chars(width.ptr + 1, end, size.height);
    constexpr int least = 100, most = 20000;
    if (height.ec == std::errc{} && height.ptr == end && size.width >= least && size.height >= least &&
        size.width <= most && size.height <= most)
      return size;
  }
  throw Error(ErrorCode::invalid_argument,
              "--size " + text + " is not WIDTHxHEIGHT in pixels, from 100x100 to 20000x20000");
}

void check_output(const PlotOptions& options) {
  if (options.path == "-") {
    if (is_terminal({}))
      throw Error(ErrorCode::invalid_argument,
                  "a picture is not for a terminal; name a file with -o, or send it through a pipe");
    return;
  }
  if (is_stream(options.path)) return;
  if (!options.path.ends_with(".png"))
    throw Error(ErrorCode::invalid_argument, options.path + ": pictures are PNG files; let the name end in .png");
  refuse_existing(options.path, options.force);
}

plot::PictureOptions picture_of(const PlotOptions& options) {
  plot::PictureOptions picture = options.picture;
  picture.kind = kinds.at(options.kind);
  if (!options.colours.empty()) picture.colours = maps.at(options.colours);
  if (!options.range.empty()) {
    picture.limits = plot::Limits{options.range[0], options.range[1]};
    if (!std::isfinite(options.range[0]) || !std::isfinite(options.range[1]))
      throw Error(ErrorCode::invalid_argument, "--range takes two finite numbers");
    if (!(options.range[0] < options.range[1]))
      throw Error(ErrorCode::invalid_argument, "--range begins at its lower end");
  }
  const bool histogram = picture.kind == Kind::histogram;
  if (options.bins_given && !histogram)
    throw Error(ErrorCode::invalid_argument, "--bins is for histograms; add --kind histogram");
  if (histogram || picture.kind == Kind::profile) refuse_options_of_maps(options, "--kind " + options.kind);
  picture.size = parse_size(options.size);
  if (picture.title.empty()) picture.title = formula_text(options.formula);
  return picture;
}

int plot_formula(PlotOptions options) {
  check_output(options);
  options.picture = picture_of(options);
  return draw(options);
}

template <class Values>
std::vector<std::string> names_of(const Values& values) {
  std::vector<std::string> names;
  for (const auto& [name, value] : values) names.push_back(name);
  return names;
}

}  // namespace

void refuse_options_of_maps(const PlotOptions& options, const std::string& drawn) {
  const char* option = !options.colours.empty()             ? "--cmap"
                       : options.coastlines.value_or(false) ? "--coastlines"
                                                            : nullptr;
  if (option != nullptr)
    throw Error(ErrorCode::invalid_argument, std::string(option) + " is for maps, and " + drawn + " draws none");
}

void add_plot(CLI::App& app, Action& action) {
  auto options = std::make_shared<PlotOptions>();
  CLI::App* verb = app.add_subcommand("plot", "Draw a formula: a map, a profile or a histogram, as PNG");
  verb->footer(
      "Examples:\n"
      "  chunkwise plot 't2m[100]' data/*.nc -o map.png\n"
      "  chunkwise plot 't2m[100] - mean(t2m, 0)' data/*.nc -o anomaly.png --cmap red_blue --range -10 10\n"
      "  chunkwise plot 'mean(t2m, (0, 2))' data/*.nc -o by_latitude.png --title 'Mean temperature'\n"
      "  chunkwise plot --kind histogram 't2m[:, 360]' data/*.nc -o equator.png");
  add_formula(*verb, options->formula);
  verb->add_option("-o,--output", options->path, "picture to write, .png; - is standard output")
      ->required()
      ->type_name("FILE");
  verb->add_flag("-f,--force", options->force, "replace a file that exists");
  verb->add_option("--kind", options->kind, "what to draw (map for two axes, profile for one)")
      ->check(CLI::IsMember(names_of(kinds)).description(""))
      ->type_name("auto|map|profile|histogram");
  verb->add_option("--cmap", options->colours,
                   "colours of a map (red_blue if the formula's values are deviations, else viridis)")
      ->check(CLI::IsMember(names_of(maps)).description(""))
      ->type_name("viridis|red_blue|heat|blues|greys");
  verb->add_option("--range", options->range, "lowest and highest value that is told apart")
      ->expected(2)
      ->allow_extra_args(false)
      ->type_name("LOW HIGH");
  verb->add_option("--title", options->picture.title, "title (the formula)")->type_name("TEXT");
  verb->add_option("--subtitle", options->picture.subtitle, "a line below the title (where the data is from)")
      ->type_name("TEXT");
  verb->add_option("--label", options->picture.label, "what the values are (long name and units)")->type_name("TEXT");
  CLI::Option* coastlines = verb->add_flag_callback(
      "--coastlines", [options] { options->coastlines = true; },
      "the earth's coasts on a map of latitudes and longitudes (where this machine has the files of GSHHG)");
  verb->add_flag_callback(
          "--no-coastlines", [options] { options->coastlines = false; }, "a map without coasts")
      ->excludes(coastlines);
  CLI::Option* bins = verb->add_option("--bins", options->picture.bins, "intervals of a histogram")
                          ->type_name("COUNT")
                          ->transform(decimal())
                          ->check(CLI::Range(1, 10000).description(""));
  verb->add_option("--size", options->size, "pixels")->capture_default_str()->type_name("WIDTHxHEIGHT");
  verb->add_flag("-q,--quiet", options->quiet, "no progress bar");
  add_backend(*verb, options->backend);
  add_trace(*verb, options->backend);
  verb->callback([options, bins, &action] {
    options->bins_given = bins->count() > 0;
    action = [options] { return plot_formula(*options); };
  });
}

}  // namespace chunkwise::cli
