// Attributes by which readers change values: written beside values that are packed, and no others. And what else a
// file would say otherwise than the labels do.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/netcdf.hpp"
#include "chunkwise/untyped.hpp"
#include "tests/expr/arrays.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

using cw::Attribute;
using cw::Attributes;
using cw::Coordinate;
using cw::DType;
using cw::ErrorCode;
using cw::Labels;
using Format = cw::NetcdfWriteOptions::Format;
using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

/// x of four values with these attributes.
cw::Array<double, 1> squares(Attributes attributes) {
  return cw::from_vector<1>(Reals{1, 4, 9, 16}, {4}).with_labels(Labels({"x"}, {}, "v", std::move(attributes)));
}

void expect_refused(const std::function<void()>& call, const std::vector<std::string>& says) {
  const Caught caught = error_of(call);
  EXPECT_EQ(caught.code, ErrorCode::invalid_argument) << caught.message;
  for (const std::string& words : says) EXPECT_TRUE(caught.says(words)) << caught.message;
}

TEST(PackingAttributes, AreRefusedBesideValuesThatAreNotPacked) {
  const TemporaryFolder folder;
  for (const Attribute& attribute : Attributes{{"scale_factor", 2.0},
                                               {"add_offset", 1.0},
                                               {"missing_value", 9.0},
                                               {"_FillValue", 9.0},
                                               {"valid_min", 2.0},
                                               {"valid_max", 10.0},
                                               {"valid_range", DType::float64, Reals{2, 10}},
                                               {"_Unsigned", "true"}}) {
    expect_refused(
        [&] {
          cw::write_netcdf(local(), folder / "a.nc", squares({{"units", "m"}, attribute}));
        },
        {"a.nc", "'v'", "'" + attribute.name + "'", "with_stored_values"});
  }
  EXPECT_TRUE(folder.names().empty());
}

TEST(PackingAttributes, AreRefusedBesideACoordinateThatIsNotPacked) {
  const TemporaryFolder folder;
  const auto with = [](const Attribute& attribute) {
    return squares({}).with_labels(Labels({"x"}, {Coordinate({1, 2, 3, 4}, {attribute})}, "v", {}));
  };
  for (const Attribute& attribute : Attributes{{"scale_factor", 2.0}, {"add_offset", 1}})
    expect_refused([&] { cw::write_netcdf(local(), folder / "a.nc", with(attribute)); },
                   {"coordinate along 'x'", "'" + attribute.name + "'"});
  for (const Attribute& attribute : Attributes{{"add_offset", 0.0}, {"scale_factor", 1}, {"scale_factor", "1.0"}}) {
    cw::write_netcdf(local(), folder / "a.nc", with(attribute));
    EXPECT_EQ((cw::open_netcdf<double, 1>(folder / "a.nc", "v").labels().coordinate(0).to_vector()),
              (Reals{1, 2, 3, 4}));
  }
}

TEST(PackingAttributes, OfValuesThatTheCallerPackedAreWritten) {
  const TemporaryFolder folder;
  const Labels packed({"x"}, {}, "v", {{"scale_factor", 0.5}, {"add_offset", 1.0}, {"_FillValue", -9}});
  const auto x = cw::from_vector<1>(std::vector<std::int16_t>{2, 4, -9, 6}, {4});
  for (const Format format : {Format::netcdf4, Format::classic, Format::cdf5}) {
    cw::NetcdfWriteOptions options;
    options.format = format;
    cw::write_netcdf(local(), folder / "a.nc", x.with_labels(packed).with_stored_values(), options);
    const auto back = cw::compute(local(), cw::open_netcdf<double, 1>(folder / "a.nc", "v"));
    EXPECT_EQ(back(0), 2);
    EXPECT_EQ(back(1), 3);
    EXPECT_TRUE(std::isnan(back(2)));
    EXPECT_EQ(back(3), 4);
  }
  const Labels beyond = Labels({"x"}, {}, "v", {{"_FillValue", 100000}});
  expect_refused([&] { cw::write_netcdf(local(), folder / "b.nc", x.with_labels(beyond).with_stored_values()); },
                 {"_FillValue", "int16"});
}

TEST(PackingAttributes, OfAnotherArraysStoredValuesAreRefused) {
  const TemporaryFolder folder;
  const auto stored = squares({{"scale_factor", 0.5}}).with_stored_values();
  const auto other = squares({{"scale_factor", 0.25}}).with_stored_values();
  for (const auto& made :
       {cw::Array((stored + stored).with_labels(stored.labels())), stored.with_labels(other.labels())})
    expect_refused([&] { cw::write_netcdf(local(), folder / "a.nc", made); }, {"'scale_factor'"});
  cw::write_netcdf(local(), folder / "a.nc", stored.with_labels(stored.labels()));
  EXPECT_EQ(cw::compute(local(), cw::open_netcdf<double, 1>(folder / "a.nc", "v")).mutable_copy(),
            (Reals{0.5, 2, 4.5, 8}));
}

TEST(PackingAttributes, AreGoneInAnotherType) {
  const TemporaryFolder folder;
  make_file(
      folder / "a.nc", NC_NETCDF4, NC_SHORT, {{"x", 3}},
      [](int file, int v) {
        const double scale = 0.5;
        nc(nc_put_att_double(file, v, "scale_factor", NC_DOUBLE, 1, &scale));
      },
      counting({3}));
  cw::NetcdfOptions stored;
  stored.decode = false;
  const auto x = cw::open_netcdf<double, 1>(folder / "a.nc", "v", stored);
  EXPECT_FALSE(x.labels().holds_stored_values());
  cw::write_netcdf(local(), folder / "b.nc", x);
  EXPECT_EQ(cw::compute(local(), cw::open_netcdf<double, 1>(folder / "b.nc", "v")).mutable_copy(), (Reals{0, 1, 2}));
}

/// A packed variable of a type, with everything that reading takes into account, and a packed coordinate.
void make_packed(const std::string& path, int mode, int type) {
  make_file(
      path, mode, type, {{"x", 6}},
      [&](int file, int v) {
        const double scale = 0.25;
        const double offset = 10;
        const double range[] = {9.5, 30};
        const double missing = 7;
        const double fill = 1;
        nc(nc_put_att_double(file, v, "_FillValue", type, 1, &fill));
        nc(nc_put_att_double(file, v, "missing_value", type, 1, &missing));
        nc(nc_put_att_double(file, v, "scale_factor", NC_DOUBLE, 1, &scale));
        nc(nc_put_att_double(file, v, "add_offset", NC_DOUBLE, 1, &offset));
        if (type != NC_DOUBLE) nc(nc_put_att_double(file, v, "valid_range", NC_DOUBLE, 2, range));
        if (type == NC_BYTE) nc(nc_put_att_text(file, v, "_Unsigned", 4, "true"));
        const int x_dimension = 0;
        int x = 0;
        nc(nc_def_var(file, "x", NC_BYTE, 1, &x_dimension, &x));
        nc(nc_put_att_double(file, x, "scale_factor", NC_DOUBLE, 1, &scale));
        nc(nc_put_att_text(file, x, "_Unsigned", 4, "true"));
      },
      [&](int file, int v) {
        const double values[] = {0, 1, 7, 20, 100, 127};
        const signed char places[] = {0, 1, 2, 100, 127, -1};
        nc(nc_put_var_double(file, v, values));
        int x = 0;
        nc(nc_inq_varid(file, "x", &x));
        nc(nc_put_var_schar(file, x, places));
      });
}

TEST(StoredNumbers, WrittenAgainAreReadAsTheSameValues) {
  const TemporaryFolder folder;
  struct Case {
    int mode;
    Format format;
    std::vector<int> types;
  };
  const std::vector<int> classic{NC_BYTE, NC_SHORT, NC_INT, NC_FLOAT, NC_DOUBLE};
  std::vector<int> all = classic;
  for (const int type : {NC_UBYTE, NC_USHORT, NC_UINT, NC_INT64, NC_UINT64}) all.push_back(type);
  const std::vector<int> narrow{NC_UBYTE, NC_USHORT, NC_UINT};
  for (const Case& each : {Case{NC_NETCDF4, Format::netcdf4, all}, Case{NC_64BIT_DATA, Format::cdf5, all},
                           Case{0, Format::classic, classic}, Case{NC_NETCDF4, Format::classic, narrow}})
    for (const int type : each.types) {
      SCOPED_TRACE("type " + std::to_string(type) + ", format " + std::to_string(static_cast<int>(each.format)));
      make_packed(folder / "a.nc", each.mode, type);
      cw::NetcdfOptions stored;
      stored.decode = false;
      cw::NetcdfParts opened = cw::open_netcdf_parts({folder / "a.nc"}, "v", std::nullopt, stored);
      ASSERT_TRUE(opened.labels.holds_stored_values());
      cw::NodePtr node = cw::build::source(opened.parts[0]);
      cw::NetcdfWriteOptions options;
      options.format = each.format;
      const cw::Shape shape = node->shape;
      const std::vector arrays{cw::UntypedArray{std::move(node), shape, opened.labels}};
      cw::write(local(), arrays, std::vector{cw::netcdf_sink(folder / "b.nc", options)});

      const auto values = [&](const char* name) {
        const auto x = cw::open_netcdf<double, 1>(folder / name, "v");
        return std::pair(cw::compute(local(), x).mutable_copy(), x.labels().coordinate(0).to_vector());
      };
      const auto [first, places] = values("a.nc");
      const auto [again, places_again] = values("b.nc");
      EXPECT_TRUE(std::isnan(first[1]) && std::isnan(first[2]) && first[3] == 15)
          << "the file is what it is meant to be";
      EXPECT_EQ(std::memcmp(first.data(), again.data(), first.size() * sizeof(double)), 0);
      EXPECT_EQ(places.back(), 63.75);
      EXPECT_EQ(places, places_again);
    }
}

TEST(AttributesOfResults, AreRefusedWhereTheirTypeDoesNotHaveThem) {
  const TemporaryFolder folder;
  for (const Attribute& attribute : Attributes{{"big", DType::int8, Integers{300}},
                                               {"i", DType::int32, Reals{1.5}},
                                               {"n", DType::int32, Reals{NAN}},
                                               {"f", DType::float32, Reals{1e300}},
                                               {"u", DType::uint8, Integers{-1}},
                                               {"w", DType::uint64, Reals{-1}},
                                               {"b", DType::boolean, Integers{2}},
                                               {"d", DType::float64, Integers{(std::int64_t{1} << 53) + 1}},
                                               {"s", DType::float32, Integers{(1 << 24) + 1}},
                                               {"t", static_cast<DType>(99), Integers{1}}}) {
    const std::string name = "'" + attribute.name + "'";
    expect_refused([&] { cw::write_netcdf(local(), folder / "a.nc", squares({attribute})); }, {"a.nc", name});
    const Labels beside({"x"}, {Coordinate({1, 2, 3, 4}, {attribute})}, "v", {});
    expect_refused([&] { cw::write_netcdf(local(), folder / "a.nc", squares({}).with_labels(beside)); }, {name});
    const Labels above = squares({}).labels().with_file_attributes({attribute});
    expect_refused([&] { cw::write_netcdf(local(), folder / "a.nc", squares({}).with_labels(above)); }, {name});
  }
}

TEST(AttributesOfResults, AreWrittenInTheirType) {
  const TemporaryFolder folder;
  const Attributes attributes{{"i", DType::int32, Reals{2}},
                              {"d", DType::float64, Integers{3}},
                              {"f", DType::float32, Integers{4}},
                              {"g", DType::float32, Reals{HUGE_VAL}}};
  cw::write_netcdf(local(), folder / "a.nc", squares(attributes));
  EXPECT_EQ((cw::open_netcdf<double, 1>(folder / "a.nc", "v").labels().attributes()),
            (Attributes{{"i", DType::int32, Integers{2}},
                        {"d", DType::float64, Reals{3}},
                        {"f", DType::float32, Reals{4}},
                        {"g", DType::float32, Reals{HUGE_VAL}}}));
}

TEST(AttributesOfResults, NeedNamesOfTheirOwnThatNetcdfAllows) {
  const TemporaryFolder folder;
  const auto write = [&](const Attributes& attributes) {
    cw::write_netcdf(local(), folder / "a.nc", squares(attributes));
  };
  expect_refused([&] { write({{"bad/name", "x"}}); }, {"'bad/name'", "'bad_name'"});
  expect_refused([&] { write({{"bad\nname", "x"}}); }, {"'bad\\x0aname'"});
  expect_refused([&] { write({{"", "x"}}); }, {"an attribute has no name"});
  expect_refused([&] { write({{"a", "x"}, {"b", "y"}, {"a", "x"}}); }, {"two attributes are called 'a'"});
  EXPECT_TRUE(folder.names().empty());
}

TEST(ResultsNamedLikeADimension, TakeThePlaceOfACoordinateThatTheyEqual) {
  const TemporaryFolder folder;
  const Labels days({"time"}, {Coordinate({0, 1, 2}, {{"units", "days since 2000-01-01"}})}, "time", {});
  const auto time = cw::from_vector<1>(Reals{0, 1, 2}, {3}, {2}).with_labels(days);
  cw::write_netcdf(local(), folder / "a.nc", time);
  EXPECT_EQ(cw::compute(local(), cw::open_netcdf<double, 1>(folder / "a.nc", "time")).mutable_copy(), (Reals{0, 1, 2}));
  const std::vector<std::string> says{"'time'", "coordinate", "another name", "without_coordinate(\"time\")"};
  const auto later = time + 1.0;
  expect_refused([&] { cw::write_netcdf(local(), folder / "b.nc", later.with_labels(days)); }, says);
  cw::NetcdfWriteOptions named;
  named.variable = "time";
  expect_refused([&] { cw::write_netcdf(local(), folder / "b.nc", later.with_labels(days.renamed("v")), named); },
                 says);
  cw::write_netcdf(local(), folder / "b.nc", later.with_labels(days).without_coordinate("time"));
  EXPECT_EQ((cw::open_netcdf<double, 1>(folder / "b.nc", "time").labels().coordinate(0).to_vector()), (Reals{1, 2, 3}));
}

TEST(ResultsNamedLikeADimension, AreNotThoseWithoutNames) {
  const TemporaryFolder folder;
  const auto x = cw::full<1>({2}, 7.0).with_labels(Labels({""}, {Coordinate({1, 2}, {})}, "", {}));
  cw::write_netcdf(local(), folder / "a.nc", x);
  EXPECT_EQ((cw::open_netcdf<double, 1>(folder / "a.nc", "data").labels().coordinate(0).to_vector()), (Reals{1, 2}));
}

TEST(ResultsNamedLikeADimension, AreRefusedWhereTheyHaveOtherDimensions) {
  const TemporaryFolder folder;
  const std::vector<Coordinate> days{Coordinate({0, 1}, {})};
  const auto field = cw::full<2>({2, 3}, 1.0);
  const std::vector<std::string> says{"'time'", "another name"};
  expect_refused(
      [&] {
        cw::write_netcdf(local(), folder / "a.nc", field.with_labels(Labels({"time", "x"}, days, "time", {})));
      },
      says);
  const auto v = field.with_labels(Labels({"time", "x"}, days, "v", {}));
  const auto other = cw::full<1>({3}, 2.0).with_labels(Labels({"x"}, {}, "time", {}));
  const std::vector arrays{v.handle(), other.handle()};
  expect_refused([&] { cw::write(local(), arrays, cw::netcdf_sinks(folder / "a.nc", 2)); }, says);
  EXPECT_TRUE(folder.names().empty());
}

TEST(NetcdfSink, UsedInAnotherOrderOrBeyondItsShapeIsAnError) {
  const TemporaryFolder folder;
  const double values[] = {1, 2, 3, 4};
  const auto code = [](const std::function<void()>& call) { return error_of(call).code; };
  for (const Format format : {Format::netcdf4, Format::classic}) {
    cw::NetcdfWriteOptions options;
    options.format = format;
    const auto sinks = cw::netcdf_sinks(folder / "a.nc", 2, options);
    const auto begin = [&](std::size_t i, const char* name) {
      sinks[i]->begin(DType::float64, {2}, cw::ChunkGrid::automatic({2}), Labels({"x"}, {}, name, {}));
    };
    EXPECT_EQ(code([&] { sinks[0]->write(cw::Region::whole({2}), values); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code([&] { sinks[0]->finish(); }), ErrorCode::invalid_argument);
    begin(0, "a");
    EXPECT_EQ(code([&] { sinks[0]->write(cw::Region::whole({2}), values); }), ErrorCode::invalid_argument);
    begin(1, "b");
    EXPECT_EQ(code([&] { sinks[0]->write(cw::Region::whole({2}), nullptr); }), ErrorCode::invalid_argument);
    EXPECT_EQ(code([&] { sinks[0]->write(cw::Region::whole({4}), values); }), ErrorCode::out_of_range);
    EXPECT_EQ(code([&] { sinks[0]->write(cw::Region{{-1, 1, 2}}, values); }), ErrorCode::out_of_range);
    for (const cw::SinkPtr& sink : sinks) sink->write(cw::Region::whole({2}), values);
    for (const cw::SinkPtr& sink : sinks) sink->finish();
    EXPECT_EQ(read_all<double>(open_one(folder / "a.nc", "b")), (Reals{1, 2}));
    fs::remove(folder / "a.nc");
  }
  cw::NetcdfWriteOptions options;
  options.format = static_cast<Format>(77);
  EXPECT_EQ(code([&] { (void)cw::netcdf_sink(folder / "a.nc", options); }), ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace chunkwise_test
