// Formulas that a program gets when it runs: NumPy's notation as text.
#include <chunkwise/chunkwise.hpp>
#include <chunkwise/notation.hpp>
#include <iostream>
#include <optional>

namespace cw = chunkwise;

int main(int argc, char** argv) {
  const std::string text = argc > 1 ? argv[1] : "m = mean(t2m, 'time'); z = (t2m - m) / std(t2m, axis=0)";
  const auto t2m = cw::random<float, 2>({5, 4}, 7).with_labels(cw::Labels({"time", "station"}));

  try {
    // [arrays_of]
    cw::notation::Variables variables;
    variables.find = [&](std::string_view name) { return name == "t2m" ? std::optional(t2m.handle()) : std::nullopt; };
    variables.names = [] { return std::vector<std::string>{"t2m"}; };

    cw::Graph graph;
    for (const cw::notation::Output& output : cw::notation::arrays_of(text, variables)) {
      std::cout << output.name << ": " << to_string(output.array) << '\n';
      graph.outputs.push_back(output.array.node);
    }
    const std::vector<cw::Target> into_memory(graph.outputs.size());
    for (const cw::UntypedNdArray& result : cw::connect("local")->run(graph, into_memory, {}))
      std::cout << to_string(result) << '\n';
    // [/arrays_of]
  } catch (const cw::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
