// Grids, areas of their cells, and fields on other grids; values held against CDO's (regrid_cases.py).
#include "chunkwise/expr/regrid.hpp"

#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "chunkwise/core/companion.hpp"
#include "chunkwise/op/line/sparse.hpp"
#include "tests/expr/arrays.hpp"
#include "tests/numbers.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using Json = nlohmann::json;
using Numbers = std::vector<double>;

static_assert(is<float, decltype(regrid(make<Cube<float>>(), Grid{}, RegridMethod::nearest))>);
static_assert(is<double, decltype(regrid(make<Cube<std::int16_t>>(), Grid{}, RegridMethod::nearest))>);
static_assert(rank_of<decltype(field_mean(make<Cube<float>>()))> == 1);
static_assert(rank_of<decltype(zonal_mean(make<Cube<float>>()))> == 2);

const Json& recorded() {
  static const Json made = Json::parse(std::ifstream(CHUNKWISE_TESTS_DIR "/expr/regrid_cases.json"));
  return made;
}

/// Numbers, with NaN for null.
Numbers numbers(const Json& json) {
  Numbers result;
  for (const Json& number : json) result.push_back(number.is_null() ? nan : number.get<double>());
  return result;
}

Companion companion(const std::string& name, std::vector<Companion::Axis> axes, const Numbers& numbers_of_it,
                    Attributes attributes) {
  std::vector<std::byte> bytes(numbers_of_it.size() * sizeof(double));
  std::memcpy(bytes.data(), numbers_of_it.data(), bytes.size());
  return Companion(name, DType::float64, false, std::move(axes), std::move(attributes),
                   companion_values(std::move(bytes)));
}

Companion::Axis whole(const std::string& name, std::int64_t extent) { return {name, extent, {0, 1, extent}, false}; }

Array<double, 2> field(const std::string& name) {
  const Json& own = recorded()["fields"][name];
  const std::int64_t rows = own["shape"][0], columns = own["shape"][1];
  const auto x = from_vector<2>(numbers(own["t"]), {rows, columns}, {4, 5});
  if (!own.contains("lat_bnds"))
    return x.with_labels(Labels({"lat", "lon"},
                                {Coordinate(numbers(own["lat"]), {{"units", "degrees_north"}}),
                                 Coordinate(numbers(own["lon"]), {{"units", "degrees_east"}})},
                                "t", {{"units", "K"}}));
  const Companion::Axis y = whole("y", rows), x_axis = whole("x", columns), corner = whole("nv", 4);
  const Labels labels = Labels({"y", "x"}, {}, "t", {{"units", "K"}, {"coordinates", "lat lon"}});
  return x.with_labels(labels.with_companions(
      {companion("lat", {y, x_axis}, numbers(own["lat"]), {{"units", "degrees_north"}, {"bounds", "lat_bnds"}}),
       companion("lon", {y, x_axis}, numbers(own["lon"]), {{"units", "degrees_east"}, {"bounds", "lon_bnds"}}),
       companion("lat_bnds", {y, x_axis, corner}, numbers(own["lat_bnds"]), {}),
       companion("lon_bnds", {y, x_axis, corner}, numbers(own["lon_bnds"]), {})}));
}

void expect_near(const Numbers& ours, const Numbers& wanted, double relative, const std::string& what) {
  ASSERT_EQ(ours.size(), wanted.size()) << what;
  for (std::size_t i = 0; i < ours.size(); ++i)
    EXPECT_TRUE(std::isnan(wanted[i]) ? std::isnan(ours[i])
                                      : std::abs(ours[i] - wanted[i]) <= relative * std::abs(wanted[i]))
        << what << " at " << i << ": " << ours[i] << " and " << wanted[i];
}

// ---------------------------------------------------------------- areas and means

TEST(CellArea, IsThatOfCdo) {
  for (const auto& [name, areas] : recorded()["areas"].items())
    expect_near(values(cell_area(field(name))), numbers(areas), 1e-11, name);
}

TEST(CellArea, OfAllCellsIsThatOfTheEarth) {
  for (const std::string name : {"global", "with_poles", "gaussian"}) {
    const double sphere = 4 * 3.14159265358979323846 * earth_radius * earth_radius;
    // The last rows of a grid without poles end before them, by CDO's rule.
    EXPECT_NEAR(values(sum(cell_area(field(name))))[0] / sphere, 1, name == "with_poles" ? 1e-14 : 2e-2) << name;
  }
}

TEST(CellArea, HasTheCoordinatesOfTheGridAndUnits) {
  const auto area = cell_area(field("global"));
  EXPECT_EQ(area.labels().dimension(0), "lat");
  EXPECT_EQ(area.labels().coordinate(1), field("global").labels().coordinate(1));
  EXPECT_EQ(to_string(area.labels().attributes().back()), "units = \"m2\"");
}

TEST(CellArea, IsWhatCellMeasuresSay) {
  const auto x = counting<double, 2>({2, 2});
  const Labels labels({"lat", "lon"},
                      {Coordinate(Numbers{0, 10}, {{"units", "degrees_north"}}),
                       Coordinate(Numbers{0, 10}, {{"units", "degrees_east"}})},
                      "t", {{"cell_measures", "area: areacella"}});
  const Companion measured =
      companion("areacella", {whole("lat", 2), whole("lon", 2)}, {1, 2, 3, 4}, {{"units", "km2"}});
  const auto with = x.with_labels(labels.with_companions({measured}));
  EXPECT_EQ(values(cell_area(with)), (Numbers{1e6, 2e6, 3e6, 4e6}));
  EXPECT_NEAR(values(field_mean(with))[0], (0 * 1 + 1 * 2 + 2 * 3 + 3 * 4) / 10.0, 1e-15);
}

TEST(CellArea, ComesFromBoundsIfThereAreSome) {
  const auto x = counting<double, 2>({1, 1});
  const Labels labels({"lat", "lon"},
                      {Coordinate(Numbers{45}, {{"units", "degrees_north"}, {"bounds", "a"}}),
                       Coordinate(Numbers{0}, {{"units", "degrees_east"}, {"bounds", "o"}})},
                      "t", {});
  const auto with =
      x.with_labels(labels.with_companions({companion("a", {whole("lat", 1), whole("nv", 2)}, {0, 90}, {}),
                                            companion("o", {whole("lon", 1), whole("nv", 2)}, {0, 90}, {})}));
  // A triangle of three right angles.
  EXPECT_NEAR(values(cell_area(with))[0], 0.5 * 3.14159265358979323846 * earth_radius * earth_radius, 10);
  const Caught caught = error_of([&] { (void)cell_area(x.with_labels(labels)); });
  EXPECT_TRUE(caught.says("one single latitude")) << caught.message;
}

TEST(CellArea, IsTheSameWhereverLongitudesJump) {
  const auto around = [](const Numbers& longitudes, const Numbers& bounds = {}) {
    const Labels labels({"lat", "lon"},
                        {Coordinate(Numbers{-45, 45}, {{"units", "degrees_north"}}),
                         Coordinate(longitudes, {{"units", "degrees_east"}, {"bounds", "o"}})},
                        "t", {});
    const auto x = counting<double, 2>({2, 4});
    if (bounds.empty()) return x.with_labels(labels);
    return x.with_labels(labels.with_companions({companion("o", {whole("lon", 4), whole("nv", 2)}, bounds, {})}));
  };
  const auto plain = around({0, 90, 180, 270});
  const Numbers areas = values(cell_area(plain));
  EXPECT_EQ(values(cell_area(around({0, 90, 180, -90}))), areas);
  EXPECT_EQ(values(cell_area(around({0, 90, 180, 270}, {315, 45, 45, 135, 135, 225, 225, 315}))), areas);
  const Grid target = Grid::named("r6x4");
  for (const RegridMethod method : {RegridMethod::bilinear, RegridMethod::conservative}) {
    const Numbers wanted = values(regrid(plain, target, method));
    expect_near(values(regrid(around({0, 90, 180, -90}), target, method)), wanted, 1e-14, "a jump");
    expect_near(values(regrid(around({0, 90, 180, 270}, {315, 45, 45, 135, 135, 225, 225, 315}), target, method)),
                wanted, 1e-14, "bounds across 360");
  }
}

TEST(CellArea, OfARotatedPoleIsThatOfItsCorners) {
  const auto with_corners = field("rotated");
  Numbers rlat(9), rlon(11);
  for (std::size_t i = 0; i < rlat.size(); ++i) rlat[i] = -20 + 5 * static_cast<double>(i);
  for (std::size_t i = 0; i < rlon.size(); ++i) rlon[i] = -25 + 5 * static_cast<double>(i);
  const Labels labels({"rlat", "rlon"},
                      {Coordinate(rlat, {{"standard_name", "grid_latitude"}, {"units", "degrees"}}),
                       Coordinate(rlon, {{"standard_name", "grid_longitude"}, {"units", "degrees"}})},
                      "t", {{"grid_mapping", "pole"}});
  const Companion pole("pole", DType::int32, false, {},
                       {{"grid_mapping_name", "rotated_latitude_longitude"},
                        {"grid_north_pole_latitude", 40.0},
                        {"grid_north_pole_longitude", -170.0}},
                       companion_values(std::vector<std::byte>(4)));
  const auto turned = with_corners.with_labels(labels.with_companions({pole}));
  const Grid by_pole = Grid::of(turned.labels(), turned.shape());
  const Grid by_angles = Grid::of(with_corners.labels(), with_corners.shape());
  expect_near(by_pole.latitudes, by_angles.latitudes, 1e-12, "latitudes");
  expect_near(by_pole.longitudes, by_angles.longitudes, 1e-11, "longitudes");
  expect_near(values(cell_area(turned)), values(cell_area(with_corners)), 1e-10, "areas");
}

TEST(FieldMeans, AreThoseOfCdoWhereNothingIsMissing) {
  for (const auto& [name, means] : recorded()["means"].items()) {
    if (name == "missing" || name == "regional") continue;
    const auto x = field(name);
    expect_near(values(field_mean(x)), numbers(means["field_mean"]), 1e-12, name);
    expect_near(values(weighted_std(x, cell_area(x))), numbers(means["field_std"]), 1e-10, name);
    if (!means.contains("zonal_mean")) continue;
    expect_near(values(zonal_mean(x)), numbers(means["zonal_mean"]), 1e-12, name);
    expect_near(values(meridional_mean(x)), numbers(means["meridional_mean"]), 1e-12, name);
  }
}

TEST(FieldMeans, CountNaNAndKeepUnits) {
  EXPECT_TRUE(std::isnan(values(field_mean(field("missing")))[0]));
  const Attributes attributes = field_mean(field("global")).labels().attributes();
  EXPECT_EQ(to_string(attributes[0]), "units = \"K\"");
  EXPECT_EQ(field_mean(field("global")).labels().name(), "t");
}

TEST(FieldMeans, OfParallelsNeedARectilinearGrid) {
  const Caught caught = error_of([] { (void)zonal_mean(field("rotated")); });
  EXPECT_EQ(caught.code, ErrorCode::not_found);
  EXPECT_TRUE(caught.says("two dimensions")) << caught.message;
}

// ---------------------------------------------------------------- grids

TEST(Grids, OfNamesAreThoseOfCdo) {
  EXPECT_EQ(Grid::named("r4x2").latitudes, (Numbers{-45, 45}));
  EXPECT_EQ(Grid::named("r4x3").latitudes, (Numbers{-90, 0, 90}));
  EXPECT_EQ(Grid::named("r4x3").longitudes, (Numbers{0, 90, 180, 270}));
  expect_near(Grid::named("n2").latitudes, {59.4444082891668, 19.8757191474409, -19.8757191474409, -59.4444082891668},
              1e-14, "n2");
  EXPECT_EQ(Grid::named("F2").longitudes.size(), 8U);
  for (const char* const wrong : {"r4", "rx3", "r4x1", "r4x3x", "n", "n-1", "T63", "", "r99999999999x3"})
    EXPECT_EQ(error_of([&] { (void)Grid::named(wrong); }).code, ErrorCode::invalid_argument) << wrong;
}

TEST(Grids, AreNotThereWithoutCoordinates) {
  const Caught caught = error_of([] { (void)cell_area(counting<double, 2>({2, 2})); });
  EXPECT_EQ(caught.code, ErrorCode::not_found);
  EXPECT_TRUE(caught.says("axis 0 without a coordinate")) << caught.message;
}

TEST(Grids, BeyondAPoleAreRefused) {
  const Labels labels({"lat", "lon"},
                      {Coordinate(Numbers{80, 100}, {{"units", "degrees_north"}}),
                       Coordinate(Numbers{0, 10}, {{"units", "degrees_east"}})},
                      "", {});
  EXPECT_EQ(error_of([&] { (void)Grid::of(labels, {2, 2}); }).code, ErrorCode::invalid_argument);
}

// ---------------------------------------------------------------- regridding

RegridMethod method_of(const std::string& name) {
  for (std::size_t i = 0; i < regrid_methods.size(); ++i)
    if (regrid_methods[i] == name) return static_cast<RegridMethod>(i);
  throw std::invalid_argument(name);
}

TEST(Regrid, IsThatOfCdo) {
  for (const Json& one : recorded()["regrids"]) {
    const std::string name = one["field"], target = one["target"], method = one["method"];
    const auto made = regrid(field(name), Grid::named(target), method_of(method));
    // CDO lets the sides of a rectilinear cell lie on parallels, also where they meet those of a rotated one.
    const bool is_mixed = name == "rotated" && method == "conservative";
    // It looks for a place between curvilinear cells to ten digits.
    const double relative = is_mixed ? 2e-3 : name == "rotated" ? 1e-10 : 1e-12;
    expect_near(values(made), numbers(one["t"]), relative, name + " to " + target + ", " + method);
  }
}

TEST(Regrid, OfAConstantIsTheConstant) {
  for (const auto& [name, own] : recorded()["fields"].items()) {
    const auto x = field(name);
    const auto constant = where(isnan(x), 7.25, 7.25).with_labels(x.labels());
    for (const RegridMethod method : {RegridMethod::nearest, RegridMethod::bilinear, RegridMethod::conservative}) {
      std::size_t reached = 0;
      for (const double value : values(regrid(constant, Grid::named("r30x17"), method))) {
        if (std::isnan(value)) continue;
        EXPECT_NEAR(value, 7.25, 1e-13) << name;
        ++reached;
      }
      EXPECT_GT(reached, 5U) << name;
    }
  }
}

/// The areas of cells between parallels and meridians, as parts of the sphere.
Numbers parts_of_sphere(const Grid& grid) {
  Numbers result;
  const std::size_t rows = grid.latitudes.size();
  const double radians = 3.14159265358979323846 / 180;
  const bool rises = grid.latitudes.front() < grid.latitudes.back();
  for (std::size_t row = 0; row < rows; ++row) {
    const auto end = [&](std::size_t i) {
      if (i == 0) return rises ? -90.0 : 90.0;
      return i == rows ? (rises ? 90.0 : -90.0) : 0.5 * (grid.latitudes[i - 1] + grid.latitudes[i]);
    };
    const double part = std::abs(std::sin(end(row + 1) * radians) - std::sin(end(row) * radians)) / 2;
    for (std::int64_t column = 0; column < grid.columns; ++column)
      result.push_back(part / static_cast<double>(grid.columns));
  }
  return result;
}

TEST(Regrid, ConservativelyKeepsTheMeanByAreas) {
  const auto x = field("with_poles");
  const Grid own = Grid::of(x.labels(), x.shape());
  const Numbers before = values(x), parts = parts_of_sphere(own);
  const double mean_before = std::inner_product(before.begin(), before.end(), parts.begin(), 0.0);
  for (const char* const name : {"r7x5", "r16x9", "r90x46", "r36x18"}) {
    const Grid target = Grid::named(name);
    const Numbers after = values(regrid(x, target, RegridMethod::conservative)), shares = parts_of_sphere(target);
    EXPECT_NEAR(std::inner_product(after.begin(), after.end(), shares.begin(), 0.0), mean_before, 1e-10) << name;
  }
}

TEST(Regrid, ConservativelyToARotatedGridCoversItsCells) {
  // The rotated grid lies within the other one, so that each of its cells is covered.
  const auto x = field("with_poles");
  for (const double value : values(regrid(x, field("rotated"), RegridMethod::conservative)))
    EXPECT_TRUE(value > 200 && value < 360) << value;
}

TEST(Regrid, OfAnUnreachedCellIsNaN) {
  const auto x = field("regional");
  const auto made = values(regrid(x, Grid::named("r8x4"), RegridMethod::bilinear));
  EXPECT_TRUE(std::isnan(made[0]));
  EXPECT_FALSE(std::isnan(values(regrid(field("global"), Grid::named("r8x4"), RegridMethod::bilinear))[0]));
}

TEST(Regrid, TakesEachFieldOfAnArrayWhateverItsChunksAndTheOrderOfAxes) {
  const auto x = field("global");
  const std::vector<UntypedArray> parts{x.handle(), Array<double, 2>(x * 2.0).handle()};
  const UntypedArray both = stack(parts, 0);
  const Labels labels({"time", "lat", "lon"}, {Coordinate(), x.labels().coordinate(0), x.labels().coordinate(1)}, "t",
                      {{"units", "K"}});
  const auto fields = Array<double, 3>(both).with_labels(labels);
  const Grid target = Grid::named("r10x7");
  for (const RegridMethod method : {RegridMethod::nearest, RegridMethod::bilinear, RegridMethod::conservative}) {
    const Numbers one = values(regrid(x, target, method)), two = values(regrid(x * 2.0, target, method));
    Numbers wanted = one;
    wanted.insert(wanted.end(), two.begin(), two.end());
    EXPECT_EQ(values(regrid(fields, target, method)), wanted);
    EXPECT_EQ(values(regrid(rechunk(fields, {1, 3, 20}), target, method)), wanted);
    const auto turned = regrid(transpose(fields, axes("lon", "time", "lat")), target, method);
    EXPECT_EQ(turned.shape(), (Shape{10, 2, 7}));
    EXPECT_EQ(values(transpose(turned, axes("time", "lat", "lon"))), wanted);
    EXPECT_EQ(values(regrid(fields, target, method)(1, -1, range(2, 5))),
              (Numbers(wanted.begin() + 132, wanted.begin() + 135)));
  }
}

TEST(Regrid, KeepsUnitsAndHasTheCoordinatesOfTheTarget) {
  const auto x = field("global");
  const auto made = regrid(x, Grid::named("r10x7"), RegridMethod::bilinear);
  EXPECT_EQ(made.labels().name(), "t");
  EXPECT_EQ(to_string(made.labels().attributes()[0]), "units = \"K\"");
  EXPECT_EQ(made.labels().dimension(0), "lat");
  EXPECT_EQ(made.labels().coordinate(0).to_vector(), Grid::named("r10x7").latitudes);
  const auto like = regrid(x, field("rotated"), RegridMethod::nearest);
  EXPECT_EQ(like.shape(), (Shape{9, 11}));
  EXPECT_EQ(like.labels().dimension(1), "x");
  EXPECT_EQ(to_string(like.labels().attributes().back()), "coordinates = \"lat lon\"");
  EXPECT_EQ(like.labels().companions().size(), 4U);
  // The cells of the result are those of the rotated grid.
  EXPECT_EQ(values(cell_area(like)), values(cell_area(field("rotated"))));
}

TEST(Regrid, OfFloat32IsTheRoundedSumOfFloat64) {
  const auto x = field("global");
  const auto narrow = cast<float>(x).with_labels(x.labels());
  const Grid target = Grid::named("r10x7");
  const auto sums = values(regrid(cast<double>(narrow).with_labels(x.labels()), target, RegridMethod::conservative));
  const auto made = values(regrid(narrow, target, RegridMethod::conservative));
  for (std::size_t i = 0; i < made.size(); ++i) EXPECT_EQ(made[i], static_cast<float>(sums[i]));
}

TEST(Regrid, ByWeightsOfOtherGridsIsRefused) {
  const auto x = field("global");
  const Grid target = Grid::named("r10x7");
  const RegridWeights weights = regrid_weights(Grid::of(x.labels(), x.shape()), target, RegridMethod::conservative);
  EXPECT_EQ(values(Array<double, 2>(regrid(x.handle(), target, weights))),
            values(regrid(x, target, RegridMethod::conservative)));
  EXPECT_EQ(error_of([&] { (void)regrid(x.handle(), Grid::named("r5x4"), weights); }).code, ErrorCode::shape_mismatch);
  EXPECT_EQ(error_of([&] { (void)regrid(field("missing").handle(), target, weights); }).code,
            ErrorCode::shape_mismatch);
}

TEST(Regrid, ConservativelyNeedsCorners) {
  const auto x = field("rotated");
  Labels labels = x.labels();
  std::vector<Companion> centres(labels.companions().begin(), labels.companions().begin() + 2);
  const auto without = x.with_labels(labels.with_companions(centres));
  EXPECT_EQ(regrid(without, Grid::named("r10x7"), RegridMethod::bilinear).shape(), (Shape{7, 10}));
  const Caught caught = error_of([&] { (void)regrid(without, Grid::named("r10x7"), RegridMethod::conservative); });
  EXPECT_EQ(caught.code, ErrorCode::not_found);
  EXPECT_TRUE(caught.says("`bounds`")) << caught.message;
}

// ---------------------------------------------------------------- the sparse product

TEST(SparseProduct, SkipsNaNOnlyInRowsThatSaySo) {
  using linewise::SparseProduct;
  // Rows: all of three, the same without NaN, none, one.
  const Numbers table{18, 3, 4, 6, 7, 0, 2, 0, 0.5, 1, 0.25, 2, 0.25, 0, 0.5, 1, 0.25, 2, 0.25, 1, 1};
  Numbers own = table;
  own[0] = static_cast<double>(own.size() - 1);
  ASSERT_TRUE(SparseProduct::fits(own, 3));
  const auto product = [&](Numbers line) {
    Numbers out(4);
    SparseProduct::apply<double>(line, out, linewise::Numbers(own.data()));
    return out;
  };
  const Numbers whole_line = product({4, 8, 16});
  EXPECT_EQ(whole_line[0], 8);
  EXPECT_EQ(whole_line[1], 8);
  EXPECT_TRUE(std::isnan(whole_line[2]));
  EXPECT_EQ(whole_line[3], 8);
  const Numbers with_gap = product({4, nan, 16});
  EXPECT_TRUE(std::isnan(with_gap[0]));
  EXPECT_EQ(with_gap[1], (0.5 * 4 + 0.25 * 16) / 0.75);
  EXPECT_TRUE(std::isnan(with_gap[3]));
  EXPECT_TRUE(std::isnan(product({nan, nan, nan})[1]));
}

TEST(SparseProduct, RefusesTablesThatAreNone) {
  using linewise::SparseProduct;
  const auto fits = [](Numbers table, std::int64_t extent) {
    table.insert(table.begin(), static_cast<double>(table.size()));
    return SparseProduct::fits(table, extent);
  };
  EXPECT_TRUE(fits({2, 1, 2, 1, 0.5}, 2));
  EXPECT_TRUE(fits({2, 0}, 2));
  EXPECT_FALSE(fits({2, 1, 2, 2, 0.5}, 2)) << "a position beyond the line";
  EXPECT_FALSE(fits({2, 1, 2, -1, 0.5}, 2));
  EXPECT_FALSE(fits({2, 1, 2, nan, 0.5}, 2));
  EXPECT_FALSE(fits({2, 1, 2, 1, 0.5}, 3)) << "another line";
  EXPECT_FALSE(fits({2, 1, 4, 1, 0.5}, 2)) << "more links than there are";
  EXPECT_FALSE(fits({2, 1, 0, 1, 0.5}, 2)) << "links of no row";
  EXPECT_FALSE(fits({2, 1e300, 2}, 2));
  EXPECT_FALSE(fits({2, nan, 2}, 2));
  EXPECT_FALSE(fits({2, 2, 1e15, 1}, 2));
  EXPECT_FALSE(fits({2}, 2));
  EXPECT_FALSE(SparseProduct::fits({}, 0));
}

}  // namespace
}  // namespace chunkwise_test
