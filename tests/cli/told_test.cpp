// What files say, and results cannot: told on standard error.
#include <gmock/gmock.h>

#include "tests/cli/command.hpp"
#include "tests/netcdf/files.hpp"

namespace chunkwise_test {
namespace {

using testing::HasSubstr;

/// v(x) of signed bytes that stand for 1, 200, 100 and 254.
void make_bytes(const std::string& path, int mode) {
  make_file(
      path, mode, NC_BYTE, {{"x", 4}},
      [&](int file, int v) {
        nc(nc_put_att_text(file, v, "_Unsigned", 4, "true"));
        if (mode == 0) nc(nc_put_att_text(file, v, "CLASS", 3, "own"));
        const char* names[] = {"a", "b"};
        if (mode != 0) nc(nc_put_att_string(file, v, "names", 2, names));
      },
      [](int file, int v) {
        const signed char values[] = {1, -56, 100, -2};
        nc(nc_put_var_schar(file, v, values));
      });
}

Outcome run(const TemporaryFolder& folder, const std::vector<std::string>& arguments) {
  return Command(folder / "", arguments).wait();
}

TEST(ToldByTheCommand, StoredNumbersThatAreInAnotherOrderThanTheirValues) {
  const TemporaryFolder folder;
  make_bytes(folder / "a.nc", 0);
  for (const std::string formula : {"sort(v, 0)", "median(v)", "v > 10", "max(v)"}) {
    const Outcome stored = run(folder, {"eval", "--no-decode", formula, "a.nc"});
    EXPECT_EQ(stored.code, 0);
    EXPECT_THAT(stored.err,
                HasSubstr("v of a.nc: its numbers are taken as they are stored, int8, though _Unsigned says"));
    EXPECT_EQ(run(folder, {"eval", formula, "a.nc"}).err, "");
  }
  EXPECT_EQ(run(folder, {"eval", "sort(v, 0)", "a.nc"}).out, "[  1 100 200 254]\n");
  // Sorted as they are stored, they do not say that they are unsigned: a reader would find them in disorder.
  EXPECT_EQ(run(folder, {"eval", "--no-decode", "sort(v, 0)", "a.nc", "-o", "s.nc"}).code, 0);
  EXPECT_EQ(run(folder, {"eval", "v", "s.nc"}).out, "[-56  -2   1 100]\n");
}

TEST(ToldByTheCommand, AttributesThatAFileOfResultsCannotHave) {
  const TemporaryFolder folder;
  make_bytes(folder / "a.nc", 0);
  const Outcome outcome = run(folder, {"eval", "v", "a.nc", "-o", "b.nc"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("chunkwise: b.nc: the attribute 'CLASS' of 'v' is left out"));
  EXPECT_THAT(run(folder, {"eval", "v", "a.nc", "--format", "nc"}).err,
              HasSubstr("chunkwise: the result: the attribute 'CLASS' of 'v' is left out"));
}

TEST(ToldByTheCommand, NothingOfTextsThatStayTexts) {
  const TemporaryFolder folder;
  make_bytes(folder / "a.nc", NC_NETCDF4);
  EXPECT_EQ(run(folder, {"eval", "v", "a.nc", "-o", "b.nc"}).err, "");
  EXPECT_THAT(run(folder, {"eval", "v", "b.nc", "--json"}).out, HasSubstr(R"("names":["a","b"])"));
}

}  // namespace
}  // namespace chunkwise_test
