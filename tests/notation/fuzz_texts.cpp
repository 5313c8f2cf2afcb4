// libFuzzer: any bytes as a text. It becomes arrays, or an Error whose last lines show the place; what is asked for are
// the names that are used; what is made, is made alike again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "chunkwise/graph/build.hpp"
#include "chunkwise/io/memory.hpp"
#include "chunkwise/notation.hpp"

namespace cw = chunkwise;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

using Arrays = std::map<std::string, cw::UntypedArray, std::less<>>;

const Arrays& arrays() {
  static const Arrays made = [] {
    Arrays result;
    const auto add = [&](const std::string& name, const cw::Shape& shape, auto value, cw::Labels labels) {
      result[name] = {cw::build::source(cw::full_source(shape, cw::Scalar(value))), shape, std::move(labels)};
    };
    add("x", {4, 3, 4}, 1.5, cw::Labels({"time", "latitude", "longitude"}));
    add("f", {4, 3, 4}, 2.5F, {});
    add("b", {3, 4}, true, cw::Labels({"latitude", "longitude"}));
    add("u", {4}, std::uint8_t{7}, {});
    add("g/i", {3, 1}, std::int32_t{-3}, {});
    add("s", {}, 0.5, {});
    // An outer product of these has more elements than there are numbers for.
    add("long", {std::int64_t{1} << 40}, 1.0, {});
    return result;
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> asked;
  cw::notation::Variables variables;
  variables.find = [&](std::string_view name) -> std::optional<cw::UntypedArray> {
    asked.emplace_back(name);
    const auto at = arrays().find(name);
    return at == arrays().end() ? std::nullopt : std::optional(at->second);
  };
  variables.names = [] {
    std::vector<std::string> names;
    for (const auto& [name, array] : arrays()) names.push_back(name);
    return names;
  };
  try {
    const std::vector<cw::notation::Output> outputs = cw::notation::arrays_of(text, variables);
    require(!outputs.empty());
    for (const cw::notation::Output& output : outputs) {
      require(output.array.node != nullptr && output.array.shape == output.array.node->shape);
      (void)cw::to_string(output.array);
    }
    require(asked == cw::notation::names_used(text));
    const std::vector<cw::notation::Output> again = cw::notation::arrays_of(text, variables);
    require(again.size() == outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i)
      require(again[i].name == outputs[i].name && again[i].array.node->hash == outputs[i].array.node->hash);
  } catch (const cw::Error& error) {
    require(std::string_view(error.what()).ends_with(" ^"));
  }
  return 0;
}
