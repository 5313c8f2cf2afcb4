// Coordinates in formulas: what may meet, what is refused, and the functions that say what is meant.
#include "tests/notation/evaluate.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

/// The variables of the other tests' texts; beside them `south`, which is x from south to north, `pacific`, which is x
/// from the date line on, `later`, which is x six hours later, and `kelvin`, which is x called t, in K.
notation::Variables more_variables() {
  const auto other = [](int axis, Numbers numbers, Attributes attributes) {
    const auto& x = fields().x;
    return x.with_labels(x.labels().with_coordinate(axis, Coordinate(numbers, std::move(attributes)))).handle();
  };
  const Attributes east{{"units", DType::float64, std::string("degrees_east")}};
  notation::Variables result = variables();
  const auto find = result.find;
  result.find = [=](std::string_view name) -> std::optional<UntypedArray> {
    if (name == "south") return other(1, {-10, 0, 10}, {});
    if (name == "pacific") return other(2, {-180, -90, 0, 90}, east);
    if (name == "later") return other(0, {6, 12, 18, 24}, {});
    if (name == "kelvin") {
      const auto& x = fields().x;
      return x.with_labels(x.labels().renamed("t", {{"units", "K"}})).handle();
    }
    return find(name);
  };
  return result;
}

const Texts labelled(more_variables);

double element(const std::string& text) {
  const UntypedArray array = labelled.evaluated(text + "[0, 0, 0]");
  return *static_cast<const double*>(local()->run(Graph{{array.node}}, std::vector<Target>(1), {}).front().data);
}

Numbers numbers_along(const std::string& text, int axis) {
  const Coordinate found = labelled.evaluated(text).labels.coordinate(axis);
  return found ? found.to_vector() : Numbers{};
}

TEST(NotationLabels, CoordinatesThatDisagreeAreRefusedWithWhatHelpsHere) {
  const Caught caught = error_of([] { (void)labelled.evaluated("x - south"); });
  EXPECT_EQ(caught.code, ErrorCode::name_mismatch);
  EXPECT_TRUE(caught.says("along 'latitude' do not agree: they run in opposite directions, 10 to -10 in the first"))
      << caught.message;
  EXPECT_TRUE(caught.says("align(x, y)") && caught.says("x.without_coordinate(\"latitude\")")) << caught.message;
  EXPECT_TRUE(caught.says("x - south\n    ^")) << caught.message;
  EXPECT_TRUE(error_of([] { (void)labelled.evaluated("where(x > 0, x, later)"); }).says("larger by 6"));
  EXPECT_TRUE(error_of([] { (void)labelled.evaluated("concatenate((x, south), 0)"); }).says("'latitude'"));
}

TEST(NotationLabels, AnAggregateSaysWhetherUnitsStay) {
  const auto units = [](const std::string& name) {
    const Labels labels = labelled.evaluated(name + "(kelvin, 'time')").labels;
    EXPECT_EQ(labels.dimension(0), "latitude") << name;
    for (const Attribute& attribute : labels.attributes())
      if (attribute.name == "units") return std::get<std::string>(attribute.value);
    return std::string("none");
  };
  for (const char* const name : {"mean", "max", "sum", "std", "first", "last", "nanfirst", "nanlast"})
    EXPECT_EQ(units(name), "K") << name;
  EXPECT_EQ(units("var"), "K2");
  EXPECT_EQ(units("count"), "1");
  for (const char* const name : {"prod", "nanprod", "any", "all", "argmin", "argmax", "nanargmin", "nanargmax"})
    EXPECT_EQ(units(name), "none") << name;
}

TEST(NotationLabels, ArithmeticHasTheNameAndUnitsThatAreKnown) {
  const auto units = [](const std::string& text) {
    const Labels labels = labelled.evaluated(text).labels;
    for (const Attribute& attribute : labels.attributes())
      if (attribute.name == "units") return std::get<std::string>(attribute.value);
    return std::string();
  };
  for (const char* text : {"kelvin - 273.15", "-kelvin", "kelvin * kelvin", "kelvin - kelvin.mean(0)", "sqrt(kelvin)"})
    EXPECT_EQ(labelled.evaluated(text).labels.name(), "t") << text;
  for (const char* text : {"kelvin + kelvin", "kelvin - kelvin.mean(0)", "minimum(kelvin, kelvin.max(0))"})
    EXPECT_EQ(units(text), "K") << text;
  for (const char* text : {"kelvin * kelvin", "kelvin / kelvin", "kelvin + 1", "kelvin > kelvin"})
    EXPECT_EQ(units(text), "") << text;
}

TEST(NotationLabels, ARunningMeanHasNoDates) {
  EXPECT_TRUE(labelled.evaluated("(x[:-2] + x[1:-1] + x[2:]) / 3").labels.coordinate(0).is_mixed());
  EXPECT_TRUE(labelled.evaluated("x[:-2] + (x[1:-1] + x[2:])").labels.coordinate(0).is_mixed());
  EXPECT_TRUE(labelled.evaluated("d = x[1:] - x[:-1]; d + x[1:]").labels.coordinate(0).is_mixed());
  EXPECT_EQ(numbers_along("(x[:-2] + x[1:-1] + x[2:]) / 3", 1), (Numbers{10, 0, -10}));
}

TEST(NotationLabels, AlignTakesElementsAtTheCoordinatesOfAnother) {
  EXPECT_EQ(numbers_along("x - align(south, x)", 1), (Numbers{10, 0, -10}));
  EXPECT_EQ(element("(x - south.align(x))"), element("x") - element("x[:, ::-1]"));
  EXPECT_EQ(numbers_along("pacific.align(x)", 2), (Numbers{0, 90, 180, 270}));
  EXPECT_EQ(element("pacific.align(x)"), element("x[..., 2:]"));
  EXPECT_EQ(numbers_along("c = x.align(later); c - later.align(c)", 0), (Numbers{6, 12, 18}));
  EXPECT_EQ(element("x.align(later)"), element("x[1:]"));
  EXPECT_EQ(numbers_along("x - 'group/t2m'.align('group/t2m')", 1), (Numbers{10, 0, -10}));
}

TEST(NotationLabels, AnArrayGoesWithoutACoordinateOrByOthers) {
  EXPECT_EQ(numbers_along("x - south.without_coordinate('latitude')", 1), (Numbers{10, 0, -10}));
  EXPECT_EQ(numbers_along("x.drop_vars('latitude') - south", 1), (Numbers{-10, 0, 10}));
  EXPECT_EQ(element("(x - south.without_coordinate('latitude'))"), 0);
  EXPECT_EQ(numbers_along("without_coordinate(x, 'time', 'latitude')", 0), Numbers{});
  EXPECT_EQ(numbers_along("x.without_coordinate(('time', 'latitude'))", 1), Numbers{});
  EXPECT_EQ(numbers_along("x.without_coordinate(0)", 1), (Numbers{10, 0, -10}));
  EXPECT_EQ(numbers_along("x.without_coordinate()", 1), Numbers{});
  EXPECT_EQ(numbers_along("(x[1:] - x[:-1]).with_labels(x[1:])", 0), (Numbers{6, 12, 18}));
  EXPECT_EQ(labelled.evaluated("x.rename(latitude='y', longitude=\"x\")").labels.dimension(1), "y");
  EXPECT_EQ(numbers_along("x.rename(latitude='y')", 1), (Numbers{10, 0, -10}));
}

TEST(NotationLabels, WhatDoesNotFitIsAnErrorWithItsPlace) {
  EXPECT_TRUE(error_of([] { (void)labelled.evaluated("x.without_coordinate('lat')"); }).says("no dimension 'lat'"));
  EXPECT_TRUE(error_of([] { (void)labelled.evaluated("x.with_labels(x[0])"); }).says("do not fit one of shape"));
  EXPECT_TRUE(error_of([] { (void)labelled.evaluated("x.rename(lat='y')"); }).says("no dimension 'lat'"));
  EXPECT_TRUE(error_of([] { (void)labelled.evaluated("x.rename(latitude='time')"); }).says("both named 'time'"));
  EXPECT_TRUE(error_of([] {
                (void)labelled.evaluated("x.rename(latitude='y', latitude='z')");
              }).says("'latitude' is given twice"));
  EXPECT_TRUE(error_of([] { (void)labelled.evaluated("x.rename()"); }).says("rename(x, 'name', old='new', ...)"));
  EXPECT_TRUE(error_of([] { (void)labelled.evaluated("align(x)"); }).says("'align' takes 2 arrays: align(x, y)"));
  EXPECT_TRUE(error_of([] { (void)labelled.evaluated("align(x, 2)"); }).says("'align' needs an array"));
  EXPECT_TRUE(error_of([] { (void)labelled.evaluated("align(x, row)"); }).says("no dimension of one name"));
}

}  // namespace
}  // namespace chunkwise_test
