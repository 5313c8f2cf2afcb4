// Functions of shape in formulas: what they refuse, and where names and coordinates go.
#include "runtime/notation/place.hpp"
#include "tests/notation/evaluate.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Numbers = std::vector<double>;

TEST(NotationOfShapes, WrongArgumentsAreToldApart) {
  expect_refused("transpose(x, (0, 1))", invalid, "2 axes for an array of 3; each is named once");
  expect_refused("x.transpose(0, 1, 1)", invalid, "axis 1 is named twice");
  expect_refused("x.transpose(0, 1, 'height')", ErrorCode::not_found, "no dimension 'height'");
  expect_refused("swapaxes(x, 0)", invalid, "'swapaxes' needs 'axis2': swapaxes(x, axis1, axis2)");
  expect_refused("swapaxes(x, 0, 3)", out_of_range, "axis 3 is not there");
  expect_refused("moveaxis(x, (0, 1), 2)", invalid, "2 axes and 1 places for them");
  expect_refused("squeeze(x, 0)", shape_mismatch, "axis 0 of an array of shape (4, 3, 4) has the extent 4");
  expect_refused("expand_dims(x, 5)", out_of_range, "axis 5 is not there");
  expect_refused("broadcast_to(x, (4, 3, 5))", shape_mismatch, "does not stretch to (4, 3, 5)");
  expect_refused("roll(x, (1, 2))", invalid, "several shifts need an axis each");
  expect_refused("roll(x, 1.5, 0)", type_mismatch, "a shift is an int");
  expect_refused("repeat(x, [1, 2], 0)", shape_mismatch, "2 counts for axis 0, whose extent is 4");
  expect_refused("repeat(x, -1, 0)", invalid, "-1 times is no number of times");
  expect_refused("tile(x, (1, -2))", invalid, "-2 times is no number of times");
  expect_refused("take(x, [0, 7], 0)", out_of_range, "index 7 is outside axis 0");
  expect_refused("take(x, x, 0)", type_mismatch, "take: indices are integers, and these are float64");
  expect_refused("take(x, 'time', 0)", type_mismatch, "is an int, and this is the text");
  expect_refused("take(x, [5], 0, mode='near')", invalid, "mode is 'raise', 'wrap' or 'clip'");
  expect_refused("diagonal(row)", shape_mismatch, "goes along two axes, and this array has 1");
  expect_refused("diagonal(x, axis1=1)", invalid, "axis 1 is named twice");
  expect_refused("stack(x)", type_mismatch, "needs arrays in parentheses or brackets, stack((x, y, ...), axis=0)");
  expect_refused("stack((x, x[:2]))", shape_mismatch, "stack: array 1 has the shape (2, 3, 4)");
  expect_refused("stack((x, x), 'height')", type_mismatch, "a new axis has no name");
  expect_refused("pad(x, -1)", invalid, "-1 is no number of places beside axis 0");
  expect_refused("pad(x, ((1, 1), (2, 2)))", invalid, "places beside 2 axes, for an array of 3");
  expect_refused("pad(x, 1, mode='mean')", invalid, "mode is one of constant, edge, reflect, symmetric, wrap");
  expect_refused("pad(x, 1, 'edge', 5)", invalid, "constant_values are of the mode 'constant' alone");
  expect_refused("pad(i, 1, constant_values=0.5)", type_mismatch, "the number 0.5 is no element of an array of int16");
  expect_refused("pad(u, 1, constant_values=-1)", out_of_range, "does not fit into uint8");
  expect_refused("pad(b, 1, constant_values=2)", type_mismatch, "the number 2 is no element of an array of bool");
  expect_refused("reshape(x, (5, -1))", shape_mismatch, "has 48 elements, which do not make the shape (5, -1)");
  expect_refused("x.reshape(-1, -1)", invalid, "one extent may be -1");
  expect_refused("x.ravel(0)", invalid, "'ravel' takes 1 argument");
  expect_refused("flip(x, axis=(0, 0))", invalid, "axis 0 is named twice");
}

TEST(NotationOfShapes, NamesAndCoordinatesGoWithTheirAxes) {
  const auto labels = [](const char* text) { return array_of_text(text).labels; };
  EXPECT_EQ(labels("x.T").dimension(0), "longitude");
  EXPECT_EQ(labels("x.T").coordinate(2).to_vector(), (Numbers{0, 6, 12, 18}));
  EXPECT_EQ(labels("x[[3, 0]]").coordinate(0).to_vector(), (Numbers{18, 0}));
  EXPECT_EQ(labels("flip(x, 'latitude')").coordinate(1).to_vector(), (Numbers{-10, 0, 10}));
  EXPECT_EQ(labels("x.repeat(2, 'latitude')").coordinate(1).to_vector(), (Numbers{10, 10, 0, 0, -10, -10}));
  EXPECT_FALSE(labels("roll(x, 1, 'longitude')").coordinate(2));
  EXPECT_EQ(labels("roll(x, 1, 'longitude')").dimension(2), "longitude");
  EXPECT_EQ(labels("x.reshape(4, 12)").dimension(0), "time");
  EXPECT_EQ(labels("x.reshape(4, 12)").dimension(1), "");
  EXPECT_EQ(labels("roll(x, 1)").dimension(0), "");
  EXPECT_EQ(labels("x.take(1, 'time')").dimension(0), "latitude");
  EXPECT_EQ(labels("x.take(1, 'time')").coordinate(0).to_vector(), (Numbers{10, 0, -10}));
  // Elements at other coordinates do not meet those of x by mistake.
  expect_refused(
      "x + flip(x, 'latitude').without_coordinate('time').rename(latitude='longitude', longitude='latitude')",
      ErrorCode::name_mismatch, "");
  expect_refused("x[:3] - take(x, [0, 1, 2], 'time').T", ErrorCode::name_mismatch, "");
}

TEST(NotationOfShapes, KnownAndComputedIndicesAreTheSame) {
  notation::Variables known = variables();
  known.find = [others = known.find](std::string_view name) -> std::optional<UntypedArray> {
    if (name != "k") return others(name);
    return vector_of<std::int64_t>({2, 0}).with_labels(Labels({"station"})).handle();
  };
  for (const char* const text : {"x[k]", "x[k + 0]"}) {
    const UntypedArray taken = notation::arrays_of(text, known).at(0).array;
    EXPECT_EQ(taken.labels.dimension(0), "station") << text;
    EXPECT_EQ(taken.labels.dimension(1), "latitude") << text;
  }
  for (const char* const text : {"x[0, :, k]", "x[0, :, k + 0]"}) {
    const UntypedArray taken = notation::arrays_of(text, known).at(0).array;
    EXPECT_EQ(taken.shape, (Shape{2, 3})) << text;
    EXPECT_EQ(taken.labels.dimension(0), "station") << text;
    EXPECT_EQ(elements_of<double>(computed(taken.node)), (Numbers{2, 6, 10, 0, 4, 8})) << text;
  }
  EXPECT_EQ(notation::arrays_of("x[k, [1, 0]]", known).at(0).array.shape, (Shape{2, 4}));
  EXPECT_EQ(array_of_text("x[:0][argsort(x[:0, 0, 0], 0)]").shape, (Shape{0, 3, 4}));
}

TEST(NotationOfShapes, AMaskThatIsWrittenNeedsNoBackend) {
  EXPECT_EQ(values_of_text<float>("compress([True, False], row)"), (std::vector<float>{0}));
  EXPECT_EQ(values_of_text<float>("compress([False, True, True, False], row)"), (std::vector<float>{1, 2}));
  EXPECT_EQ(array_of_text("compress([False, True], x, axis='latitude')").shape, (Shape{4, 1, 4}));
  EXPECT_EQ(values_of_text<float>("extract([True, False, True, False], row)"), (std::vector<float>{0, 2}));
  expect_refused("extract([True, False], row)", shape_mismatch, "a mask of shape (2");
  expect_refused("compress(row > 1, row)", ErrorCode::unsupported, "this formula has no backend");
}

TEST(NotationOfShapes, LongPartsThatGoOrComeAreOne) {
  EXPECT_EQ(array_of_text("delete(arange(2**40), slice(None, 2**33))").shape,
            Shape{(std::int64_t{1} << 40) - (std::int64_t{1} << 33)});
  EXPECT_EQ(array_of_text("insert(row, 1, arange(2**33))").shape, Shape{(std::int64_t{1} << 33) + 4});
  expect_refused("delete(arange(2**40), slice(0, 2**33, 2))", ErrorCode::unsupported, "at most 2**20 are supported");
  EXPECT_EQ(values_of_text<float>("delete(row, slice(1, 3))"), (std::vector<float>{0, 3}));
  EXPECT_EQ(values_of_text<float>("delete(row, slice(2, 0, -1))"), (std::vector<float>{0, 3}));
  EXPECT_EQ(values_of_text<float>("delete(row, slice(2, None))"), (std::vector<float>{0, 1}));
  EXPECT_EQ(values_of_text<float>("delete(row, slice(2, 2))"), (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(array_of_text("delete(row, slice(None, None))").shape, Shape{0});
  EXPECT_EQ(values_of_text<float>("insert(row, 1, array([8, 9]))"), (std::vector<float>{0, 8, 9, 1, 2, 3}));
  EXPECT_EQ(values_of_text<float>("insert(row, -1, 8)"), (std::vector<float>{0, 1, 2, 8, 3}));
  EXPECT_EQ(values_of_text<float>("insert(row, 4, 8)"), (std::vector<float>{0, 1, 2, 3, 8}));
  expect_refused("insert(row, 5, 8)", out_of_range, "index 5 is outside axis 0");
}

TEST(NotationOfShapes, TransposedAndTakenPartsMeetByPositionAsSlicesDo) {
  EXPECT_EQ(values_of_text<double>("(x[[1, 3]] - x[[0, 2]])[:, 0, 0]"), (Numbers{12, 12}));
  EXPECT_TRUE(array_of_text("x[[1, 3]] - x[[0, 2]]").labels.coordinate(0).is_mixed());
}

}  // namespace
}  // namespace chunkwise_test
