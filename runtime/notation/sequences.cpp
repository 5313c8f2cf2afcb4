/// The functions of the notation that are made of functions along an axis: those of expr/sequences.hpp.
#include "chunkwise/expr/sequences.hpp"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "runtime/notation/arguments.hpp"

namespace chunkwise::inline CHUNKWISE_ABI::notation {

namespace {

/// Calls cumsum or cumprod with the arguments that it has too.
Term running(Arguments& arguments) {
  const Function& function = arguments.function();
  const bool is_sum = function.name == "cumulative_sum";
  arguments.expect(1, 2);
  const Value* axis = axis_option(arguments);
  const bool initial = truth(arguments.find("include_initial"), "include_initial");
  Term x = take_array(Value(arguments.by_position()[0]), quoted(function.name));
  if (x.shape.rank() == 0)
    throw Mistake{ErrorCode::out_of_range, quoted(function.name) + " goes along an axis, and this array has none",
                  arguments.offset()};
  const int along = axis && !axis->as<NoValue>() ? one_axis(*axis, x) : 0;
  std::vector<Value> values(1);
  values[0].data = std::move(x);
  values[0].offset = arguments.offset();
  const auto pass_on = [&](const Value* value, std::string_view keyword) {
    if (!value) return;
    values.push_back(*value);
    values.back().keyword = keyword;
    values.back().keyword_offset = value->offset;
  };
  pass_on(axis, "axis");
  pass_on(arguments.find("dtype"), "dtype");
  Term result = call(is_sum ? "cumsum" : "cumprod", arguments.offset(), std::move(values));
  return initial ? term_of(with_initial(array_of(std::move(result)), along, !is_sum)) : std::move(result);
}

ConvolveMode mode_of(const Value* value, ConvolveMode otherwise) {
  if (!value) return otherwise;
  constexpr std::array<std::pair<std::string_view, ConvolveMode>, 3> modes{
      {{"full", ConvolveMode::full}, {"same", ConvolveMode::same}, {"valid", ConvolveMode::valid}}};
  const Word* word = value->as<Word>();
  for (const auto& [name, mode] : modes)
    if (word && word->text == name) return mode;
  throw Mistake{ErrorCode::invalid_argument,
                "mode is 'full', 'same' or 'valid' in quotes, and this is " + describe(*value), value->offset};
}

}  // namespace

Term sequence_call(Arguments arguments) {
  const Function& function = arguments.function();
  if (function.arrays == 1) return running(arguments);
  const bool is_cross = function.name == "cross";
  arguments.expect(2, is_cross ? 3 : 4);
  const Value* axis = axis_option(arguments, is_cross ? 2 : 3);
  const Value* mode = is_cross ? nullptr : arguments.option("mode", 2);
  Term x = take_array(Value(arguments.by_position()[0]), quoted(function.name));
  Term y = take_array(Value(arguments.by_position()[1]), quoted(function.name));
  if (x.shape.rank() == 0)
    throw Mistake{ErrorCode::out_of_range, quoted(function.name) + " goes along an axis, and this array has none",
                  arguments.offset()};
  const int along = axis ? one_axis(*axis, x) : x.shape.rank() - 1;
  if (is_cross) return term_of(cross(array_of(std::move(x)), array_of(std::move(y)), along));
  const bool turned = function.name == "convolve";
  const ConvolveMode places = mode_of(mode, turned ? ConvolveMode::full : ConvolveMode::valid);
  return term_of(correlate(array_of(std::move(x)), array_of(std::move(y)), along, places, turned));
}

}  // namespace chunkwise::inline CHUNKWISE_ABI::notation
