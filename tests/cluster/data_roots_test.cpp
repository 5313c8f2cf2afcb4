// Which files a worker opens: names that lead out of its folders are not followed, whatever they are made of.
#include "backends/cluster/data_roots.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"

namespace chunkwise_test {
namespace {

namespace fs = std::filesystem;
using chunkwise::ErrorCode;
using chunkwise::cluster::DataRoots;

class Roots : public testing::Test {
 protected:
  Roots() {
    for (const char* made : {"open/inner", "open-too", "closed"}) fs::create_directories(folder / made);
    for (const char* made : {"open/a.nc", "open/inner/b.nc", "open-too/c.nc", "closed/d.nc"})
      std::ofstream(folder / made) << "x";
  }
  [[nodiscard]] std::string here(const std::string& name) const { return fs::canonical(folder / name).string(); }
  [[nodiscard]] std::string refusal(const DataRoots& roots, const std::string& path) const {
    return what_of([&] { (void)roots.resolve(path); }, ErrorCode::denied);
  }

  TemporaryFolder folder;
};

TEST_F(Roots, HoldFilesAtAnyDepth) {
  const DataRoots roots({here("open")}, "w1");
  EXPECT_EQ(roots.resolve(here("open/a.nc")), here("open/a.nc"));
  EXPECT_EQ(roots.resolve(here("open/inner/b.nc")), here("open/inner/b.nc"));
  EXPECT_EQ(roots.resolve(here("open") + "/./inner//b.nc"), here("open/inner/b.nc"));
  EXPECT_EQ(what_of([&] { (void)roots.resolve(here("open") + "/none.nc"); }, ErrorCode::not_found)
                .find("worker w1 has no file " + here("open") + "/none.nc"),
            0U);
}

TEST_F(Roots, DoNotHoldWhatIsBesideThem) {
  const DataRoots roots({here("open")}, "w1");
  for (const char* name : {"open-too/c.nc", "closed/d.nc"})
    EXPECT_NE(refusal(roots, here(name)).find("it is under none of its roots"), std::string::npos);
  EXPECT_NE(refusal(DataRoots({}, "w1"), here("open/a.nc")).find("it has no data roots"), std::string::npos);
  EXPECT_NE(refusal(roots, "open/a.nc").find("the name is not absolute"), std::string::npos);
}

TEST_F(Roots, FollowNoNameWithTwoDotsEvenIfItLeadsBack) {
  const DataRoots roots({here("open")}, "w1");
  for (const std::string& name :
       {here("open") + "/../closed/d.nc", here("open") + "/inner/../../closed/d.nc", here("open") + "/../open/a.nc",
        here("open") + "/inner/../a.nc", here("closed") + "/../open/a.nc", here("open") + "/inner/.."})
    EXPECT_NE(refusal(roots, name).find("a name with .. is not followed"), std::string::npos) << name;
  // Dots that are a part of a name lead nowhere.
  std::ofstream(folder / "open/..a..nc") << "x";
  EXPECT_EQ(roots.resolve(here("open/..a..nc")), here("open/..a..nc"));
}

TEST_F(Roots, FollowLinksThatStayInside) {
  fs::create_symlink(folder / "open/inner/b.nc", folder / "open/inside.nc");
  fs::create_symlink(folder / "closed/d.nc", folder / "open/outside.nc");
  fs::create_directory_symlink(folder / "closed", folder / "open/folder");
  const DataRoots roots({here("open")}, "w1");
  EXPECT_EQ(roots.resolve(here("open") + "/inside.nc"), here("open/inner/b.nc"));
  for (const char* name : {"/outside.nc", "/folder/d.nc"})
    EXPECT_NE(refusal(roots, here("open") + name).find("outside of the root"), std::string::npos) << name;
}

TEST_F(Roots, AreKnownByTheNameThatClientsGiveThem) {
  const DataRoots roots({"/there=" + here("open")}, "w1");
  EXPECT_EQ(roots.resolve("/there/inner/b.nc"), here("open/inner/b.nc"));
  EXPECT_NE(refusal(roots, here("open/a.nc")).find("under none"), std::string::npos) << "its own name is none of them";
  EXPECT_NE(refusal(roots, "/there/../there/a.nc").find("a name with .. is not followed"), std::string::npos);
}

}  // namespace
}  // namespace chunkwise_test
