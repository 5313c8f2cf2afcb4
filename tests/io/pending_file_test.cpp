// Files that appear when they are complete, in the place of others or not.
#include "runtime/io/pending_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "chunkwise/chunkwise.hpp"
#include "chunkwise/io/npy.hpp"
#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"

namespace {

namespace cw = chunkwise;
namespace fs = std::filesystem;
using chunkwise_test::error_of;
using chunkwise_test::TemporaryFolder;
using chunkwise_test::text_of_file;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

/// Writes "new" under a name.
void publish(const std::string& path, bool overwrite = true) {
  cw::PendingFile pending(path, overwrite);
  write(pending.temporary(), "new");
  pending.publish();
}

struct stat status_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status;
}

TEST(PendingFile, AppearsWhenItIsPublished) {
  const TemporaryFolder folder;
  cw::PendingFile pending(folder / "a", false);
  EXPECT_EQ(fs::path(pending.temporary()).parent_path(), fs::path(folder / "").parent_path());
  EXPECT_FALSE(fs::exists(folder / "a"));
  write(pending.temporary(), "new");
  pending.publish();
  EXPECT_EQ(text_of_file(folder / "a"), "new");
  EXPECT_THAT(folder.names(), ElementsAre("a"));
}

TEST(PendingFile, LeavesNothingWhereItIsNotPublished) {
  const TemporaryFolder folder;
  { const cw::PendingFile pending(folder / "a", false); }
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(PendingFile, KeepsModeOwnerAndGroupOfTheFileItReplaces) {
  const TemporaryFolder folder;
  const std::string path = folder / "a";
  write(path, "old");
  for (const mode_t mode : {0640U, 0400U, 0664U, 0600U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    publish(path);
    EXPECT_EQ(status_of(path).st_mode & 07777U, mode);
  }
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives files to others";
  ASSERT_EQ(::chown(path.c_str(), 1234, 4321), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  publish(path);
  EXPECT_EQ(status_of(path).st_uid, 1234U);
  EXPECT_EQ(status_of(path).st_gid, 4321U);
  EXPECT_EQ(status_of(path).st_mode & 07777U, 0640U);
}

TEST(PendingFile, ShowsNobodyMoreThanTheFileItReplacesDid) {
  const TemporaryFolder folder;
  write(folder / "a", "old");
  ASSERT_EQ(::chmod((folder / "a").c_str(), 0640), 0);
  const cw::PendingFile pending(folder / "a", true);
  EXPECT_EQ(status_of(pending.temporary()).st_mode & 0777U, 0600U);
}

TEST(PendingFile, IsWrittenThroughSymbolicLinks) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "elsewhere");
  write(folder / "elsewhere/file", "old");
  fs::create_symlink("elsewhere/file", folder / "link");
  fs::create_symlink(folder / "link", folder / "link_to_link");
  fs::create_symlink("elsewhere/later", folder / "dangling");
  publish(folder / "link_to_link");
  EXPECT_EQ(text_of_file(folder / "elsewhere/file"), "new");
  publish(folder / "dangling");
  EXPECT_EQ(text_of_file(folder / "elsewhere/later"), "new");
  for (const char* name : {"link", "link_to_link", "dangling"})
    EXPECT_TRUE(fs::is_symlink(fs::symlink_status(folder / name))) << name;
  EXPECT_THAT(folder.names(), UnorderedElementsAre("elsewhere", "link", "link_to_link", "dangling"));
}

TEST(PendingFile, RefusesLinksThatLeadNowhere) {
  const TemporaryFolder folder;
  fs::create_symlink("b", folder / "a");
  fs::create_symlink("a", folder / "b");
  fs::create_symlink("none/file", folder / "c");
  EXPECT_THAT(error_of([&] { publish(folder / "a"); }).message, HasSubstr("lead round in a circle"));
  EXPECT_THAT(error_of([&] { publish(folder / "c"); }).message,
              AllOf(HasSubstr("it is a symbolic link to " + (folder / "none/file")), HasSubstr("there is no folder")));
}

TEST(PendingFile, RefusesToReplaceWhatIsThereUnlessTold) {
  const TemporaryFolder folder;
  write(folder / "a", "old");
  fs::create_symlink("none", folder / "dangling");
  for (const char* name : {"a", "dangling"}) {
    const auto error = error_of([&] { publish(folder / name, false); });
    EXPECT_EQ(error.code, cw::ErrorCode::invalid_argument);
    EXPECT_THAT(error.message, HasSubstr("exists, and is not to be replaced"));
  }
  cw::PendingFile pending(folder / "late", false);
  write(folder / "late", "old");
  EXPECT_THAT(error_of([&] { pending.publish(); }).message, HasSubstr("exists, and is not to be replaced"));
  EXPECT_EQ(text_of_file(folder / "late"), "old");
}

TEST(PendingFile, RefusesToReplaceWhatIsNoFile) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "fifo").c_str(), 0600), 0);
  fs::create_symlink("fifo", folder / "link");
  fs::create_directory(folder / "folder");
  EXPECT_THAT(error_of([&] { publish(folder / "fifo"); }).message, HasSubstr("it is a FIFO"));
  EXPECT_THAT(error_of([&] { publish(folder / "link"); }).message, HasSubstr("it is a FIFO"));
  EXPECT_THAT(error_of([&] { publish("/dev/null"); }).message, HasSubstr("it is a device"));
  EXPECT_THAT(error_of([&] { publish(folder / "folder"); }).message, HasSubstr("it is a folder"));
  EXPECT_TRUE(fs::is_fifo(folder / "fifo"));
  // A FIFO that came while the file was written.
  cw::PendingFile pending(folder / "late", true);
  ASSERT_EQ(::mkfifo((folder / "late").c_str(), 0600), 0);
  EXPECT_THAT(error_of([&] { pending.publish(); }).message, HasSubstr("it is a FIFO"));
  EXPECT_TRUE(fs::is_fifo(folder / "late"));
  const auto sink = cw::npy_sink(folder / "fifo");
  EXPECT_THAT(error_of([&] { cw::write(cw::default_backend(), cw::arange(0.0, 3.0), sink); }).message,
              HasSubstr("it is a FIFO"));
}

TEST(PendingFile, SaysThatAFolderCannotBeWrittenTo) {
  const TemporaryFolder folder;
  fs::create_directory(folder / "shut");
  if (::geteuid() == 0) {
    // Root may write everywhere but to what the kernel shows.
    const auto error = error_of([] { publish("/proc/self/a"); });
    EXPECT_EQ(error.code, cw::ErrorCode::io);
    EXPECT_THAT(error.message,
                HasSubstr("cannot write /proc/self/a: no file can be created in the folder /proc/self: "));
    return;
  }
  fs::permissions(folder / "shut", fs::perms::owner_read | fs::perms::owner_exec);
  const auto error = error_of([&] { publish(folder / "shut/a"); });
  EXPECT_EQ(error.code, cw::ErrorCode::io);
  EXPECT_THAT(error.message, HasSubstr("no file can be created in the folder " + (folder / "shut") +
                                       ": Permission denied; write elsewhere, or see to its permissions"));
}

TEST(PendingFile, GoesAwayWithAProcessThatASignalEnds) {
  const TemporaryFolder folder;
  cw::PendingFile one(folder / "a", false);
  const cw::PendingFile two(folder / "b", false);
  write(one.temporary(), "new");
  one.publish();
  cw::remove_files_on_signal();  // what a handler calls
  EXPECT_THAT(folder.names(), ElementsAre("a"));
}

TEST(PendingFile, ManyAtATimeAreRemovedToo) {
  const TemporaryFolder folder;
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<cw::PendingFile>> files;
    for (int i = 0; i < 60; ++i) files.push_back(std::make_unique<cw::PendingFile>(folder / std::to_string(i), false));
    cw::remove_files_on_signal();
    EXPECT_THAT(folder.names(), IsEmpty());
  }
}

}  // namespace
