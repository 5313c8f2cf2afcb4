#include "runtime/store/chunk_store.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <random>
#include <thread>

#include "runtime/executor/evaluate.hpp"
#include "runtime/store/checksum.hpp"
#include "runtime/store/stored_source.hpp"
#include "tests/caught.hpp"
#include "tests/expr/arrays.hpp"

namespace chunkwise_test {
namespace {

using namespace chunkwise;
using store::ArrayId;
using store::ChunkStore;

constexpr ArrayId id{7, 2};
const Shape shape{10, 9};
const ChunkGrid grid = ChunkGrid::regular(shape, {4, 5});

std::shared_ptr<executor::Admission> admission() { return std::make_shared<executor::Admission>(1 << 30); }

/// Puts a chunk in whose elements are their row-major positions in the array.
void put(ChunkStore& store, std::int64_t chunk, ArrayId to = id) {
  const Region box = grid.region({chunk / 2, chunk % 2});
  const Buffer memory = store.allocate(to, chunk);
  auto* element = reinterpret_cast<double*>(memory.get());
  for (std::int64_t i = 0; i < box[0].count; ++i)
    for (std::int64_t j = 0; j < box[1].count; ++j)
      *element++ = static_cast<double>((box[0].start + i) * shape[1] + box[1].start + j);
  store.commit(to, chunk);
}

std::unique_ptr<ChunkStore> full_store(store::SpillOptions spill = {}) {
  auto store = std::make_unique<ChunkStore>(admission(), std::move(spill));
  store->create(id, DType::float64, shape, grid);
  for (std::int64_t chunk = 0; chunk < grid.chunks(); ++chunk) put(*store, chunk);
  return store;
}

std::vector<double> read(const ChunkStore& store, const Region& region, const store::Fetch& fetch = nullptr) {
  std::vector<double> elements(static_cast<std::size_t>(region.elements()), -1);
  store.read(id, region, elements.data(), fetch);
  return elements;
}
std::vector<double> expected(const Region& region) {
  std::vector<double> elements;
  for (std::int64_t i = 0; i < region[0].count; ++i)
    for (std::int64_t j = 0; j < region[1].count; ++j)
      elements.push_back(static_cast<double>((region[0].start + i * region[0].step) * shape[1] + region[1].start +
                                             j * region[1].step));
  return elements;
}

/// A directory of its own, removed at the end.
struct Directory {
  Directory() : path(std::filesystem::temp_directory_path() / ("spill-" + std::to_string(std::random_device{}()))) {
    std::filesystem::create_directory(path);
  }
  ~Directory() { std::filesystem::remove_all(path); }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    return {std::filesystem::directory_iterator(path), std::filesystem::directory_iterator()};
  }
  std::filesystem::path path;
};

TEST(ChunkStore, GathersRegionsOverChunks) {
  const auto store = full_store();
  for (const Region& region : {Region::whole(shape), Region{{3, 1, 6}, {4, 1, 2}}, Region{{9, -2, 5}, {8, -3, 3}},
                               Region{{0, 3, 4}, {7, 1, 1}}, Region{{2, 1, 0}, {0, 1, 9}}})
    EXPECT_EQ(read(*store, region), expected(region)) << to_string(region);
}

TEST(ChunkStore, SaysWhatIsMissing) {
  const auto store = full_store();
  store->drop(id, {3, 4});
  const Caught caught = error_of([&] { (void)read(*store, Region::whole(shape)); });
  EXPECT_EQ(caught.code, ErrorCode::not_found);
  EXPECT_TRUE(caught.says("chunk 3 of array 7.2")) << caught.message;
  EXPECT_EQ(read(*store, {{0, 1, 4}, {0, 1, 9}}), expected({{0, 1, 4}, {0, 1, 9}}));
  EXPECT_EQ(error_of([&] { store->read({7, 3}, {}, nullptr); }).code, ErrorCode::not_found);
  EXPECT_EQ(error_of([&] { (void)store->allocate({7, 3}, 0); }).code, ErrorCode::not_found);
  EXPECT_EQ(error_of([&] { (void)store->allocate(id, 6); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { (void)store->allocate(id, -1); }).code, ErrorCode::out_of_range);
  EXPECT_EQ(error_of([&] { store->commit(id, 3); }).code, ErrorCode::not_found);
  EXPECT_EQ(error_of([&] { store->create(id, DType::float32, shape, grid); }).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of([&] { store->create({8, 0}, DType::int8, {3}, grid); }).code, ErrorCode::invalid_argument);
  EXPECT_NO_THROW(store->create(id, DType::float64, shape, grid));
}

TEST(ChunkStore, ViewsWhatLiesInOneChunk) {
  const auto store = full_store();
  const UntypedNdArray view = store->view(id, {{6, -1, 2}, {5, 2, 2}});
  ASSERT_TRUE(view.data);
  const auto* first = static_cast<const double*>(view.data);
  EXPECT_EQ(first[0], 6 * 9 + 5);
  EXPECT_EQ(first[view.strides[0] + view.strides[1]], 5 * 9 + 7);
  EXPECT_FALSE(store->view(id, {{3, 1, 2}, {0, 1, 1}}).data);
  EXPECT_FALSE(store->view({7, 3}, {}).data);
  store->drop(id, {3, 4});
  EXPECT_FALSE(store->view(id, {{6, 1, 1}, {5, 1, 1}}).data);
  EXPECT_EQ(first[0], 6 * 9 + 5);
}

TEST(ChunkStore, AChunkIsReadableWhenItIsCommitted) {
  ChunkStore store(admission());
  store.create(id, DType::float64, shape, grid);
  const Buffer memory = store.allocate(id, 1);
  EXPECT_EQ(store.allocate(id, 1), memory);
  EXPECT_FALSE(store.find(id, 1));
  EXPECT_TRUE(store.held(id).empty());
  store.commit(id, 1);
  EXPECT_EQ(store.find(id, 1), memory);
  EXPECT_NE(store.allocate(id, 1), memory);
  store.drop(id, {0, 6});
  EXPECT_EQ(error_of([&] { store.commit(id, 1); }).code, ErrorCode::not_found);
}

TEST(ChunkStore, ListsWhatItHolds) {
  const auto store = full_store();
  store->drop(id, {2, 4});
  EXPECT_EQ(store->held(id), (std::vector<store::ChunkRange>{{0, 2}, {4, 6}}));
  EXPECT_EQ(store->bytes().all, (4 * 5 + 4 * 4 + 2 * 5 + 2 * 4) * 8U);
  EXPECT_EQ(store->bytes().in_memory, store->bytes().all);
  store->create({9, 0}, DType::int8, {}, ChunkGrid{});
  const auto all = store->held();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].first, id);
  EXPECT_TRUE(all[1].second.empty());
  store->drop(id);
  EXPECT_FALSE(store->contains(id));
  EXPECT_EQ(store->bytes().all, 0U);
}

TEST(ChunkStore, HeldMemoryIsTakenFromTheSharedLimitUntilItsLastUserHasGone) {
  const auto shared = admission();
  ChunkStore store(shared);
  store.create(id, DType::float64, shape, grid);
  put(store, 0);
  EXPECT_EQ(shared->limit() - shared->free(), 4 * 5 * 8U);
  Buffer sent = store.find(id, 0);
  store.drop(id);
  EXPECT_EQ(shared->limit() - shared->free(), 4 * 5 * 8U);
  EXPECT_EQ(reinterpret_cast<const double*>(sent.get())[6], 10);
  sent.reset();
  EXPECT_EQ(shared->free(), shared->limit());
}

TEST(ChunkStore, AChunkThatIsPutStandsBackBehindOneThatIsMade) {
  ChunkStore store(admission());
  store.create(id, DType::float64, shape, grid);
  const Buffer made = store.allocate(id, 0);
  std::memset(made.get(), 1, 160);
  const Buffer copied = store.room_for(id, 0);
  EXPECT_NE(copied.get(), made.get());
  std::memset(copied.get(), 2, 160);
  store.put(id, 0, copied);
  EXPECT_EQ(store.find(id, 0).get(), copied.get());
  store.commit(id, 0);
  EXPECT_EQ(store.find(id, 0).get(), made.get());
  store.put(id, 0, store.room_for(id, 0));
  EXPECT_EQ(store.find(id, 0).get(), made.get());
  EXPECT_EQ(store.bytes().all, 160U);
}

// ---------------------------------------------------------------- spilling

TEST(ChunkStore, SpillsWhatWasUnusedForLongest) {
  const Directory directory;
  const std::uint64_t chunk = 4 * 5 * 8;
  const auto store = full_store({directory.path, 2 * chunk});
  EXPECT_LE(store->bytes().in_memory, 2 * chunk);
  EXPECT_EQ(store->bytes().all, 90 * 8U);
  EXPECT_GE(directory.files().size(), 3U);
  for (const auto& file : directory.files()) {
    struct stat status {};
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
  }
  EXPECT_EQ(read(*store, Region::whole(shape)), expected(Region::whole(shape)));
  EXPECT_LE(store->bytes().in_memory, 2 * chunk);
  EXPECT_EQ(*static_cast<const double*>(store->view(id, {{5, 1, 1}, {1, 1, 1}}).data), 46);
  store->drop(id, {0, 5});
  EXPECT_LE(directory.files().size(), 1U);
  store->drop(id);
  EXPECT_TRUE(directory.files().empty());
}

TEST(ChunkStore, LeavesNoFilesBehind) {
  const Directory directory;
  (void)full_store({directory.path, 0});
  EXPECT_TRUE(directory.files().empty());
}

TEST(ChunkStore, ADirectoryThatCannotBeWrittenToIsAnErrorAtOnce) {
  EXPECT_EQ(error_of([] { ChunkStore(admission(), {"/nowhere/at/all", 0}); }).code, ErrorCode::io);
}

TEST(ChunkStore, ADirectoryThatGoesAwayLeavesChunksInMemoryWhileThatHoldsThem) {
  std::unique_ptr<ChunkStore> store;
  const std::uint64_t chunk = 4 * 5 * 8;
  {
    const Directory directory;
    const auto little = std::make_shared<executor::Admission>(3 * chunk);
    store = std::make_unique<ChunkStore>(little, store::SpillOptions{directory.path, chunk / 2});
    EXPECT_TRUE(store->spill_problem().empty());
  }
  store->create(id, DType::float64, shape, grid);
  put(*store, 0);
  put(*store, 2);
  EXPECT_NE(store->spill_problem().find("spilled chunk"), std::string::npos) << store->spill_problem();
  const Caught caught = error_of([&] { put(*store, 1), put(*store, 3); });
  EXPECT_EQ(caught.code, ErrorCode::memory_limit);
  EXPECT_TRUE(caught.says("spilled chunk")) << caught.message;
  for (std::int64_t here = 0; here < 4; ++here) EXPECT_TRUE(store->find(id, here));
}

TEST(ChunkStore, AChunkWhoseFileWasDamagedIsNotHereAnyMoreAndIsTold) {
  const std::vector<std::pair<const char*, std::function<void(const std::filesystem::path&)>>> damages = {
      {"No such file", [](const auto& file) { std::filesystem::remove(file); }},
      {"became shorter", [](const auto& file) { std::filesystem::resize_file(file, 100); }},
      {"does not hold what was written", [](const auto& file) {
         std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
         bytes.seekp(60);
         bytes.put('X');
       }}};
  for (const auto& [what, damage] : damages) {
    const Directory directory;
    std::vector<std::pair<std::int64_t, std::string>> lost;
    const auto on_lost = [&](store::ArrayId array, std::int64_t chunk, const std::string& why) {
      EXPECT_EQ(array, id);
      lost.emplace_back(chunk, why);
    };
    const auto store = full_store({directory.path, 0, on_lost});
    const auto files = directory.files();
    ASSERT_EQ(files.size(), static_cast<std::size_t>(grid.chunks()));
    const auto damaged = *std::min_element(files.begin(), files.end());  // of chunk 0, which went first
    damage(damaged);
    EXPECT_FALSE(store->find(id, 0)) << what;
    EXPECT_FALSE(store->find(id, 0)) << "nor the next time";
    ASSERT_EQ(lost.size(), 1U) << what;
    EXPECT_EQ(lost[0].first, 0);
    EXPECT_NE(lost[0].second.find(damaged.string()), std::string::npos) << lost[0].second;
    EXPECT_NE(lost[0].second.find(what), std::string::npos) << lost[0].second;
    EXPECT_EQ(store->held(id), (std::vector<store::ChunkRange>{{1, grid.chunks()}}));
    put(*store, 0);
    EXPECT_EQ(read(*store, Region::whole(shape)), expected(Region::whole(shape))) << what;
  }
}

TEST(ChunkStore, FilesThatWereRemovedTogetherAreMissedTogether) {
  const Directory directory;
  std::vector<std::int64_t> lost;
  const auto on_lost = [&](store::ArrayId, std::int64_t chunk, const std::string&) { lost.push_back(chunk); };
  const auto store = full_store({directory.path, 0, on_lost});
  auto files = directory.files();
  std::sort(files.begin(), files.end());
  for (const std::size_t file : {0, 2, 3}) std::filesystem::remove(files[file]);
  EXPECT_FALSE(store->find(id, 2));
  EXPECT_EQ(lost, (std::vector<std::int64_t>{2, 0, 3}));
  EXPECT_EQ(store->held(id), (std::vector<store::ChunkRange>{{1, 2}, {4, grid.chunks()}}));
}

TEST(ChunkStore, AChunkInMemoryOutlivesItsFile) {
  const Directory directory;
  std::vector<std::int64_t> lost;
  const auto on_lost = [&](store::ArrayId, std::int64_t chunk, const std::string&) { lost.push_back(chunk); };
  // One chunk at a time is in memory.
  const std::uint64_t one = static_cast<std::uint64_t>(grid.largest().elements()) * sizeof(double);
  const auto store = full_store({directory.path, one, on_lost});
  EXPECT_TRUE(store->find(id, 0));
  for (const auto& file : directory.files()) std::filesystem::remove(file);
  EXPECT_FALSE(store->find(id, 1));
  EXPECT_EQ(std::count(lost.begin(), lost.end(), 0), 0);
  put(*store, 1);
  put(*store, 2);
  EXPECT_TRUE(store->find(id, 0)) << "it was written anew";
}

TEST(Checksum, IsThatOfXxh64) {
  const auto of = [](std::string_view text) {
    return store::checksum(reinterpret_cast<const std::byte*>(text.data()), text.size());
  };
  EXPECT_EQ(of(""), 0xEF46DB3751D8E999U);
  EXPECT_EQ(of("abc"), 0x44BC2CF5AD770999U);
  EXPECT_EQ(of("Nobody inspects the spammish repetition"), 0xFBCEA83C8A378BF1U);
}

/// What another process left: a store that spilled three chunks, and was killed while it lived.
std::vector<std::filesystem::path> left_by_another(const Directory& directory, bool lives, pid_t& other) {
  int ready[2];
  EXPECT_EQ(::pipe(ready), 0);
  other = ::fork();
  if (other == 0) {
    const auto store = full_store({directory.path, 0});
    (void)!::write(ready[1], "x", 1);
    for (;;) ::pause();
  }
  char byte = 0;
  EXPECT_EQ(::read(ready[0], &byte, 1), 1);
  ::close(ready[0]), ::close(ready[1]);
  if (!lives) {
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
  }
  return directory.files();
}

TEST(ChunkStore, RemovesWhatAKilledOneLeft) {
  const Directory directory;
  pid_t other = 0;
  EXPECT_GE(left_by_another(directory, false, other).size(), 3U);
  const auto store = full_store({directory.path, 0});
  const std::size_t own = directory.files().size();
  EXPECT_EQ(own, 6U);
  EXPECT_EQ(read(*store, Region::whole(shape)), expected(Region::whole(shape)));
}

TEST(ChunkStore, LeavesWhatBelongsToOthersWhereItIs) {
  const Directory directory;
  pid_t other = 0;
  const auto files = left_by_another(directory, true, other);
  ASSERT_GE(files.size(), 3U);
  // One of another host, and a file of another name.
  std::string foreign = files.front().filename();
  for (std::size_t digit = 10; digit < 27; ++digit)
    if (foreign[digit] != '-') foreign[digit] = foreign[digit] == '0' ? '1' : '0';
  std::ofstream(directory.path / foreign) << "x";
  std::ofstream(directory.path / "chunkwise-notes.spill") << "x";
  (void)full_store({directory.path, 0});
  EXPECT_EQ(directory.files().size(), files.size() + 2);
  for (const auto& file : files) EXPECT_TRUE(std::filesystem::exists(file)) << file;
  // The oldest one goes, and with it what was locked: its owner lives still.
  ::kill(other, SIGKILL);
  ::waitpid(other, nullptr, 0);
  (void)full_store({directory.path, 0});
  EXPECT_EQ(directory.files().size(), 2U);
}

TEST(ChunkStore, IsKnownToLiveWhateverOfItsFilesAreGone) {
  const Directory directory;
  const auto store = full_store({directory.path, 0});
  for (std::int64_t dropped = 0; dropped < 5; ++dropped) {
    store->drop(id, {dropped, dropped + 1});
    // Another store of this process looks as one of another process does: it has descriptors of its own.
    (void)full_store({directory.path, 0});
    EXPECT_EQ(directory.files().size(), static_cast<std::size_t>(5 - dropped));
  }
  EXPECT_TRUE(store->find(id, 5));
}

TEST(ChunkStore, ThreadsMayDoEverythingAtTheSameTime) {
  const Directory directory;
  ChunkStore store(admission(), {directory.path, 300});
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      std::mt19937 random(static_cast<std::uint32_t>(t));
      const ArrayId own{t, 0};
      store.create(own, DType::float64, shape, grid);
      store.create(id, DType::float64, shape, grid);
      for (int round = 0; round < 150; ++round) {
        for (std::int64_t chunk = 0; chunk < 6; ++chunk) put(store, chunk, own);
        const Region part{{static_cast<std::int64_t>(random() % 5), 1, 5}, {2, 2, 3}};
        std::vector<double> elements(15);
        store.read(own, part, elements.data());
        wrong += elements != expected(part);
        if (const Buffer other = store.find({(t + 1) % 4, 0}, 0))
          wrong += reinterpret_cast<const double*>(other.get())[6] != 10;
        (void)store.held();
        round % 2 == 0 ? store.drop(own, {0, 3}) : store.drop({(t + 1) % 4, 1});
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_LE(store.bytes().in_memory, 300U);
}

// ---------------------------------------------------------------- StoredSource

TEST(StoredSource, IsSeenWhereItLiesAndFetchedWhereItDoesNot) {
  const std::shared_ptr<ChunkStore> store = full_store();
  std::vector<std::string> fetched;
  const auto fetch = [&](const Region& region, void* out) {
    fetched.push_back(to_string(region));
    const std::vector<double> elements = expected(region);
    std::memcpy(out, elements.data(), elements.size() * 8);
  };
  const store::StoredSource source(store, id, DType::float64, shape, grid, fetch);
  EXPECT_FALSE(source.in_memory().data);
  EXPECT_TRUE(source.view({{0, 1, 4}, {0, 1, 5}}).data);
  const auto all = [&](const store::StoredSource& of) {
    std::vector<double> elements(90);
    of.read(Region::whole(shape), elements.data());
    return elements;
  };
  EXPECT_EQ(all(source), expected(Region::whole(shape)));
  EXPECT_TRUE(fetched.empty());
  store->drop(id, {2, 4});
  EXPECT_EQ(all(source), expected(Region::whole(shape)));
  EXPECT_EQ(fetched, (std::vector<std::string>{"[4:8, 0:5]", "[4:8, 5:9]"}));
  EXPECT_FALSE(source.view({{5, 1, 1}, {0, 1, 1}}).data);
  store->drop(id);
  EXPECT_EQ(all(source), expected(Region::whole(shape)));
  EXPECT_EQ(fetched.back(), to_string(Region::whole(shape)));
}

TEST(StoredSource, AnEvaluatorTakesAChunksPartWithoutReadingIt) {
  const std::shared_ptr<ChunkStore> store = full_store();
  const auto source = std::make_shared<store::StoredSource>(store, id, DType::float64, shape, grid);
  const NodePtr node = build::source(source);
  const Region part{{4, 1, 4}, {5, 1, 3}};
  const UntypedNdArray view = graph::view_of(node, part, {});
  ASSERT_TRUE(view.data);
  EXPECT_EQ(view.data, store->view(id, part).data);
  EXPECT_FALSE(graph::view_of(node, Region::whole(shape), {}).data);
}

}  // namespace
}  // namespace chunkwise_test
