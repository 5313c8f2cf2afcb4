#pragma once
/// The variables that texts of tests are about, by name and as typed arrays.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "chunkwise/notation.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {

/// Temperature and its like over (time 4, latitude 3, longitude 4), in chunks of two times.
template <class T>
cw::Array<T, 3> field(const std::string& name, const std::string& units) {
  using Numbers = std::vector<double>;
  const cw::Labels labels({"time", "latitude", "longitude"},
                          {cw::Coordinate(Numbers{0, 6, 12, 18}, {}), cw::Coordinate(Numbers{10, 0, -10}, {}),
                           cw::Coordinate(Numbers{0, 90, 180, 270}, {})},
                          name, {{"units", cw::DType::float64, units}});
  return counting<T, 3>({4, 3, 4}, {2, 3, 4}).with_labels(labels);
}

/// Arrays of several types, made once so that equal formulas have equal sources.
struct Fields {
  cw::Array<double, 3> x = field<double>("t2m", "K");
  cw::Array<float, 3> f = field<float>("u10", "m s-1");
  cw::Array<std::int16_t, 3> i = field<std::int16_t>("level", "1");
  cw::Array<std::uint8_t, 3> u = field<std::uint8_t>("flags", "1");
  cw::Array<bool, 3> b = field<bool>("mask", "1");
  cw::Array<float, 1> row = counting<float, 1>({4});
  cw::Array<double, 0> s = counting<double, 0>({});
  cw::Array<float, 8> r8 = counting<float, 8>({2, 1, 2, 1, 3, 1, 2, 2});
};
inline const Fields& fields() {
  static const Fields made;
  return made;
}

/// The variables x, f, i, u, b, row, s, r8, and x again as group/t2m. `asked`, where given, hears each name that is
/// looked for.
inline cw::notation::Variables variables(std::vector<std::string>* asked = nullptr) {
  static const std::map<std::string, cw::UntypedArray, std::less<>> known{
      {"x", fields().x.handle()}, {"f", fields().f.handle()},   {"i", fields().i.handle()},
      {"u", fields().u.handle()}, {"b", fields().b.handle()},   {"row", fields().row.handle()},
      {"s", fields().s.handle()}, {"r8", fields().r8.handle()}, {"group/t2m", fields().x.handle()}};
  cw::notation::Variables result;
  result.find = [asked](std::string_view name) -> std::optional<cw::UntypedArray> {
    if (asked) asked->emplace_back(name);
    const auto at = known.find(name);
    return at == known.end() ? std::nullopt : std::optional(at->second);
  };
  result.names = [] {
    std::vector<std::string> names;
    for (const auto& [name, array] : known) names.push_back(name);
    return names;
  };
  return result;
}

/// The only array of a text.
inline cw::UntypedArray array_of_text(std::string_view text) {
  std::vector<cw::notation::Output> outputs = cw::notation::arrays_of(text, variables());
  if (outputs.size() != 1) ADD_FAILURE() << text << " has " << outputs.size() << " results";
  return outputs.at(0).array;
}

/// The elements of a result, which may be a view of strides, in row-major order.
template <class T>
std::vector<T> elements_of(const cw::UntypedNdArray& array) {
  std::vector<T> elements;
  cw::Shape at = cw::Shape::filled(array.shape.rank(), 0);
  for (std::int64_t i = 0; i < array.shape.elements(); ++i) {
    std::int64_t offset = 0;
    for (int axis = 0; axis < at.rank(); ++axis) offset += at[axis] * array.strides[axis];
    elements.push_back(static_cast<const T*>(array.data)[offset]);
    for (int axis = at.rank() - 1; axis >= 0 && ++at[axis] == array.shape[axis]; --axis) at[axis] = 0;
  }
  return elements;
}

/// One node, computed.
inline cw::UntypedNdArray computed(const cw::NodePtr& node) {
  cw::Graph graph;
  graph.outputs = {node};
  const std::vector<cw::Target> targets(1);
  return local()->run(graph, targets, {}).at(0);
}

/// The elements of a text's only array, computed.
template <class T>
std::vector<T> values_of_text(std::string_view text) {
  const cw::UntypedArray array = array_of_text(text);
  if (array.node->dtype != cw::dtype_of<T>) {
    ADD_FAILURE() << text << " is of " << name_of(array.node->dtype);
    return {};
  }
  return elements_of<T>(computed(array.node));
}

}  // namespace chunkwise_test
