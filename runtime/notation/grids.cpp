/// The functions of the notation that know where the cells of a grid lie: areas, means of the field, other grids. They
/// are those of expr/grid.hpp and expr/regrid.hpp.
#include <algorithm>
#include <array>
#include <bit>

#include "chunkwise/expr/grid.hpp"
#include "chunkwise/expr/regrid.hpp"
#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> field_methods{
    {{"field_mean", "mean"}, {"field_std", "std"}, {"field_var", "var"}, {"meridional_mean", "mean"}}};

/// The argument `axis=(...)` of these axes.
Value axes_argument(std::uint32_t axes, std::size_t offset) {
  Tuple numbers;
  for (std::int64_t axis = 0; axis < max_rank; ++axis)
    if (axes >> axis & 1U) numbers.values.push_back(Value{Number(axis), offset});
  Value result;
  result.data = std::move(numbers);
  result.offset = result.keyword_offset = offset;
  result.keyword = "axis";
  return result;
}

Term of_weighted_field(const Function& function, std::size_t offset, Term x, const Value* skipna) {
  const auto method =
      std::ranges::find(field_methods, function.name, &std::pair<std::string_view, std::string_view>::first);
  x = settled(std::move(x));
  const Value place{NoValue{}, offset};
  const bool is_meridional = function.name == "meridional_mean";
  const std::uint32_t axes = about(place, [&] {
    return is_meridional ? 1U << latitude_axis(x.labels, x.shape)
                         : detail::grid_axes(x.labels, x.shape).resolve(x.labels, x.shape.rank());
  });
  const UntypedArray weights = about(place, [&] { return spread(cell_area(x.labels, x.shape), x.labels, x.shape); });
  Weighted weighted;
  weighted.array = std::make_shared<Term>(std::move(x));
  weighted.weights = std::make_shared<Term>(term_of(weights));
  std::vector<Value> options{axes_argument(axes, offset)};
  if (skipna) options.push_back(*skipna);
  return weighted_method(method->second, offset, weighted, std::move(options));
}

RegridMethod regrid_method_of(const Value* value) {
  if (!value) return RegridMethod::bilinear;
  const Word* word = value->as<Word>();
  const auto found = word ? std::ranges::find(regrid_methods, word->text) : regrid_methods.end();
  if (found != regrid_methods.end()) return static_cast<RegridMethod>(found - regrid_methods.begin());
  const std::vector<std::string> names(regrid_methods.begin(), regrid_methods.end());
  throw Mistake{ErrorCode::invalid_argument,
                "regrid takes a method in quotes" + (word ? choices(word->text, names) : ": " + listed(names)),
                value->offset};
}

}  // namespace

Term grid_call(const Function& function, std::size_t offset, Arguments arguments) {
  const bool regrids = function.name == "regrid";
  arguments.expect(1, regrids ? 3 : 1);
  const Value* const skipna = arguments.find("skipna");
  const Value place = arguments.by_position()[0];
  Term x = take_array(Value(place), quoted(function.name));
  if (regrids) {
    const Value& target = needed_option(arguments, "grid", 1);
    const RegridMethod method = regrid_method_of(arguments.option("method", 2));
    const UntypedArray from = array_of(std::move(x));
    const Grid grid = about(target, [&] {
      if (const Word* name = target.as<Word>()) return Grid::named(std::string(name->text));
      const Term like = take_array(Value(target), "the grid of 'regrid', a name such as \"r180x91\" or an array,");
      return Grid::of(like.labels, like.shape);
    });
    return term_of(about(place, [&] { return regrid(from, grid, method); }));
  }
  if (function.name == "cell_area") return term_of(about(place, [&] { return cell_area(x.labels, x.shape); }));
  if (function.name != "zonal_mean") return of_weighted_field(function, offset, std::move(x), skipna);
  const int along = about(place, [&] { return longitude_axis(x.labels, x.shape); });
  std::vector<Value> options{Value{std::move(x), offset}, axes_argument(1U << along, offset)};
  if (skipna) options.push_back(*skipna);
  return call("mean", offset, std::move(options));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
