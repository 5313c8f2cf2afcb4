// Whose is what on a cluster: sessions, runs, names and roles belong to whoever has the token, and to nobody who
// counts.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>

#include "backends/thrift/wire/client.hpp"
#include "chunkwise/chunkwise.hpp"
#include "chunkwise/cluster.hpp"
#include "runtime/core/printable.hpp"
#include "tests/caught.hpp"
#include "tests/temporary_folder.hpp"
#include "tests/thrift/chaos.hpp"

namespace chunkwise::testing_cluster {
namespace {

using chunkwise_test::Caught;
using chunkwise_test::error_of;
using chunkwise_test::TemporaryFolder;
using Connection = wire::Connection<wire::CoordinatorService>;

/// A coordinator with a worker, that share a secret with two users, each with settings of their own.
class TwoUsers : public testing::Test {
 protected:
  TwoUsers() {
    security_.secret_file = secret("shared");
    coordinator_options_.security = worker_options_.security = security_;
    coordinator_options_.listen = "127.0.0.1:0";
    coordinator_options_.log = [this](const std::string& line) {
      const std::scoped_lock lock(mutex_);
      log_ += line + "\n";
    };
    worker_options_.threads = 1;
    worker_options_.name = "w";
    worker_options_.memory_limit = std::uint64_t{1} << 28;
  }
  ~TwoUsers() override { ::unsetenv("XDG_CONFIG_HOME"); }

  void start() {
    coordinator_ = std::make_unique<Coordinator>(coordinator_options_);
    worker_options_.coordinator = coordinator_->address();
    worker_ = std::make_unique<Worker>(worker_options_);
    EXPECT_TRUE(eventually([&] { return status().workers.size() == 1; })) << log();
  }
  [[nodiscard]] std::string secret(const std::string& text) const {
    std::string file = folder_ / text;
    std::ofstream(file) << "the secret " << text;
    std::filesystem::permissions(file, std::filesystem::perms::owner_read);
    return file;
  }
  [[nodiscard]] ClusterStatus status() const { return cluster_status(coordinator_->address(), security_); }
  /// Connects as a user.
  [[nodiscard]] BackendPtr connected(const std::string& user) const {
    ::setenv("XDG_CONFIG_HOME", (folder_ / user).c_str(), 1);
    BackendOptions options;
    options.security = security_;
    return connect("thrift://" + coordinator_->address(), options);
  }
  /// A connection by hand, as somebody with the secret may make it.
  [[nodiscard]] std::unique_ptr<Connection> by_hand(wire::Role::type role = wire::Role::CLIENT) const {
    wire::ClientOptions options;
    options.security = security_;
    options.role = role;
    return std::make_unique<Connection>(coordinator_->address(), options);
  }
  [[nodiscard]] std::string log() {
    const std::scoped_lock lock(mutex_);
    return log_;
  }
  bool logged(const std::string& text) { return log().find(text) != std::string::npos; }

  TemporaryFolder folder_;
  Security security_;
  CoordinatorOptions coordinator_options_;
  WorkerOptions worker_options_;
  std::mutex mutex_;
  std::string log_;
  std::unique_ptr<Coordinator> coordinator_;
  std::unique_ptr<Worker> worker_;
};

TEST_F(TwoUsers, UnpublishTheirOwnNamesAlone) {
  start();
  const auto ann = connected("ann"), bob = connected("bob");
  publish(ann, "z", persist(ann, arange(0.0, 10.0)).handle());
  const Caught caught = error_of([&] { unpublish(bob, "z"); });
  EXPECT_EQ(caught.code, ErrorCode::denied);
  EXPECT_TRUE(caught.says("'z' was published by another user")) << caught.message;
  EXPECT_TRUE(logged("was not let unpublish 'z' of client ")) << log();
  const auto other = persist(bob, arange(0.0, 5.0));
  EXPECT_TRUE(error_of([&] { publish(bob, "z", other.handle()); }).says("already"));
  EXPECT_EQ(compute(bob, sum(open_published<double, 1>(bob, "z"))), 45.0);
  // Another program of the same user may.
  const auto ann_again = connected("ann");
  EXPECT_NO_THROW(unpublish(ann_again, "z"));
  EXPECT_TRUE(logged("unpublished 'z'")) << log();
}

TEST_F(TwoUsers, KeepTheirNamesWhenTheirProgramsEnd) {
  start();
  {
    const auto ann = connected("ann");
    publish(ann, "z", persist(ann, arange(0.0, 10.0)).handle());
  }
  const auto bob = connected("bob");
  EXPECT_TRUE(eventually([&] { return status().clients == 1; }));
  EXPECT_EQ(error_of([&] { unpublish(bob, "z"); }).code, ErrorCode::denied);
  EXPECT_NO_THROW(unpublish(connected("ann"), "z"));
}

TEST_F(TwoUsers, KeepTheirNamesWhenTheCoordinatorIsRestarted) {
  start();
  const auto ann = connected("ann");
  publish(ann, "z", persist(ann, arange(0.0, 10.0)).handle());
  coordinator_options_.listen = coordinator_->address();
  coordinator_.reset();
  coordinator_ = std::make_unique<Coordinator>(coordinator_options_);
  ASSERT_TRUE(eventually([&] { return status().workers.size() == 1; })) << log();
  const auto bob = connected("bob");
  EXPECT_EQ(error_of([&] { unpublish(bob, "z"); }).code, ErrorCode::denied);
  EXPECT_EQ(compute(ann, sum(open_published<double, 1>(ann, "z"))), 45.0);
  EXPECT_NO_THROW(unpublish(ann, "z"));
}

TEST_F(TwoUsers, MayFreeANameOfNobody) {
  start();
  {
    const auto nobody = connected("/dev/null/no/home");
    publish(nobody, "z", persist(nobody, arange(0.0, 10.0)).handle());
    EXPECT_EQ(error_of([&] { unpublish(connected("bob"), "z"); }).code, ErrorCode::denied) << "it is there";
  }
  const auto bob = connected("bob");
  const auto is_unpublished = [&] {
    try {
      unpublish(bob, "z");
      return true;
    } catch (const Error& error) {
      if (error.code() != ErrorCode::denied) throw;  // that, as long as the session may come back
      return false;
    }
  };
  EXPECT_TRUE(eventually(is_unpublished)) << log();
}

TEST_F(TwoUsers, AreNotTakenForEachOtherByCounting) {
  start();
  const auto ann = connected("ann");
  const auto kept = persist(ann, arange(0.0, 10.0));
  auto forever = submit(ann, sum(random<double, 2>({1'000'000, 64}, 1, {1, 64})));
  const auto hand = by_hand();
  wire::ClusterStatus seen;
  std::int64_t run = 0, client = 0;
  ASSERT_TRUE(eventually([&] {
    hand->call([&](auto& call) { call.status(seen); });
    for (const auto& one : seen.runs)
      if (one.elements_done < one.elements_total) run = one.run, client = one.client;
    return run != 0 && !seen.arrays.empty();
  }));
  // The numbers of others are no tokens.
  for (const std::string& guess :
       {std::string("1"), std::to_string(client), std::string(reinterpret_cast<const char*>(&client), sizeof client),
        std::string(32, '\0'), std::string()}) {
    EXPECT_EQ(error_of([&] { hand->call([&](auto& call) { call.cancel(guess, run); }); }).code, ErrorCode::lost);
    EXPECT_EQ(error_of([&] { hand->call([&](auto& call) { call.release(guess, {seen.arrays[0].key}); }); }).code,
              ErrorCode::lost);
    EXPECT_EQ(error_of([&] { hand->call([&](auto& call) { call.unpublish(guess, "z"); }); }).code, ErrorCode::lost);
  }
  // Nor does one's own token help.
  std::string own;
  hand->call([&](auto& call) { call.open_session(own, "", ""); });
  EXPECT_EQ(own.size(), 32U);
  EXPECT_EQ(error_of([&] { hand->call([&](auto& call) { call.cancel(own, run); }); }).code, ErrorCode::denied);
  EXPECT_TRUE(logged("was not let cancel run")) << log();
  hand->call([&](auto& call) { call.release(own, {seen.arrays[0].key}); });
  wire::PublishedArray mine;
  mine.key = seen.arrays[0].key;
  mine.record = wire::Blob::copy_of(std::string("other record"));
  EXPECT_EQ(error_of([&] { hand->call([&](auto& call) { call.publish(own, "stolen", mine); }); }).code,
            ErrorCode::denied);
  EXPECT_EQ(error_of([&] { hand->call([&](auto& call) { call.missing(own, seen.arrays[0].key, 0, 1, 1); }); }).code,
            ErrorCode::lost);
  EXPECT_EQ(error_of([&] { hand->call([&](auto& call) { call.open_session(own, "short", ""); }); }).code,
            ErrorCode::denied);
  EXPECT_FALSE(forever.ready());
  forever.cancel();
  EXPECT_EQ(compute(ann, sum(kept)), 45.0);
  EXPECT_EQ(error_of([&] { (void)forever.get(); }).code, ErrorCode::cancelled);
}

TEST_F(TwoUsers, GiveChunksToTheirOwnUploadsAlone) {
  start();
  const auto ann = connected("ann");
  const auto given = from_vector<1>(std::vector<double>(1'000'000, 0.5), {1'000'000}, {10'000});
  const auto expression = sum(worked(given, 20));
  auto run = submit(ann, expression);
  // What it was given is there as long as it runs.
  const auto hand = by_hand();
  wire::ClusterStatus seen;
  ASSERT_TRUE(eventually([&] {
    hand->call([&](auto& call) { call.status(seen); });
    return !seen.arrays.empty() && seen.workers.at(0).running_ranges > 0;
  }));
  wire::ClientOptions options;
  options.security = security_;
  wire::Connection<wire::WorkerService> worker(seen.workers[0].address, options);
  const std::vector<double> forged(10'000, 7.0);
  for (const std::string& ticket : {std::string(), std::string(32, 't')}) {
    const Caught caught = error_of([&] {
      worker.call([&](auto& call) {
        call.upload(seen.arrays[0].key, 99, 0, wire::Blob::copy_of(std::as_bytes(std::span(forged))), ticket);
      });
    });
    EXPECT_EQ(caught.code, ErrorCode::denied) << caught.message;
  }
  EXPECT_EQ(run.get(), compute(connect("local"), expression));
}

TEST_F(TwoUsers, CannotSpeakForAWorker) {
  start();
  const auto client = by_hand();
  const auto denied = [](Connection& connection, auto&& call) { return error_of([&] { connection.call(call); }).code; };
  std::vector<wire::WorkerCommand> commands;
  wire::RunDescription description;
  EXPECT_EQ(denied(*client, [&](auto& call) { call.next_commands(commands, "", 0, 0, {}); }), ErrorCode::denied);
  EXPECT_EQ(denied(*client, [&](auto& call) { call.leave("w"); }), ErrorCode::denied);
  EXPECT_EQ(denied(*client, [&](auto& call) { (void)call.retire("w", 0); }), ErrorCode::denied);
  EXPECT_EQ(denied(*client, [&](auto& call) { call.describe_run(description, 1); }), ErrorCode::denied);
  // One that says it is a worker is none that is there.
  const auto worker = by_hand(wire::Role::WORKER);
  wire::ClusterStatus seen;
  client->call([&](auto& call) { call.status(seen); });
  const std::int64_t id = seen.workers.at(0).id;
  for (const std::string& guess : {std::to_string(id), std::string(reinterpret_cast<const char*>(&id), sizeof id)}) {
    EXPECT_EQ(denied(*worker, [&](auto& call) { call.next_commands(commands, guess, 0, 0, {}); }), ErrorCode::lost);
    EXPECT_EQ(denied(*worker, [&](auto& call) { (void)call.retire(guess, 0); }), ErrorCode::lost);
    worker->call([&](auto& call) { call.leave(guess); });
  }
  // The worker goes on: it was neither asked to end nor taken away.
  EXPECT_EQ(compute(connected("ann"), sum(arange(0.0, 10.0))), 45.0);
  std::string token;
  EXPECT_EQ(denied(*worker, [&](auto& call) { call.open_session(token, "", ""); }), ErrorCode::denied);
  // Nor does it take another's place: it has not that one's token.
  wire::Registration registration;
  registration.name = "imposter";
  registration.address = seen.workers.at(0).address;
  registration.threads = 1;
  registration.previous_id = id;
  wire::Registered registered;
  const Caught caught =
      error_of([&] { worker->call([&](auto& call) { call.register_worker(registered, registration); }); });
  EXPECT_TRUE(caught.says("another worker answers there")) << caught.message;
  EXPECT_EQ(status().workers.size(), 1U);
  EXPECT_EQ(status().workers[0].name, "w");
}

TEST_F(TwoUsers, AreNoWorkersWhereThoseHaveASecretOfTheirOwn) {
  coordinator_options_.worker_secret_file = worker_options_.worker_secret_file = secret("of workers");
  start();
  const auto ann = connected("ann");
  EXPECT_EQ(compute(ann, sum(random<double, 2>({64, 64}, 1, {4, 64}))),
            compute(connect("local"), sum(random<double, 2>({64, 64}, 1, {4, 64}))));
  const Caught caught = error_of([&] { (void)by_hand(wire::Role::WORKER); });
  EXPECT_TRUE(caught.says("another secret for workers") && caught.says("--worker-secret-file")) << caught.message;
  EXPECT_TRUE(eventually([&] { return logged("coordinator refused 127.0.0.1: another secret"); })) << log();
}

TEST_F(TwoUsers, HaveNoNamesThatATerminalWouldObey) {
  worker_options_.name = "w\x1b[2J";
  EXPECT_TRUE(error_of([&] { start(); }).says("cannot be printed"));
  worker_options_.name = "w";
  start();
  const auto ann = connected("ann");
  const auto kept = persist(ann, arange(0.0, 10.0));
  for (const std::string& name : {std::string("z\nclient 1 left"), std::string("\x1b]0;z\x07"), std::string(300, 'z')})
    EXPECT_EQ(error_of([&] { publish(ann, name, kept.handle()); }).code, ErrorCode::invalid_argument);
  for (const std::string& name : {std::string("z\nclient 1 left"), std::string("\x1b]0;z\x07\xe2\x80\xae"),
                                  std::string("a\xe2\x80\x8b"), std::string("\xff")}) {
    for (const Caught& caught :
         {error_of([&] { (void)open_published<double, 1>(ann, name); }), error_of([&] { unpublish(ann, name); })}) {
      EXPECT_EQ(caught.code, ErrorCode::not_found);
      EXPECT_TRUE(caught.says("nothing is published as '" + printable(name) + "'")) << caught.message;
      EXPECT_EQ(caught.message, printable(caught.message));
    }
    const Caught never_kept = error_of([&] { publish(ann, name, arange(0.0, 10.0).handle()); });
    EXPECT_EQ(never_kept.message, printable(never_kept.message));
    const Caught nowhere = error_of([&] { (void)connect("thrift://" + name + ":1"); });
    EXPECT_EQ(nowhere.message, printable(nowhere.message));
    const Caught no_scheme = error_of([&] { (void)connect(name + ":1"); });
    EXPECT_EQ(no_scheme.message, printable(no_scheme.message));
  }
  const auto hand = by_hand(wire::Role::WORKER);
  wire::Registration registration;
  registration.name = "w2\n2026-11-27 00:00:00 coordinator ends";
  registration.address = "127.0.0.1:1\x1b[2J";
  registration.threads = 1;
  wire::Registered registered;
  EXPECT_ANY_THROW(hand->call([&](auto& call) { call.register_worker(registered, registration); }));
  const std::string all = log();
  EXPECT_EQ(all.find('\x1b'), std::string::npos);
  EXPECT_EQ(all.find("\n2026"), std::string::npos) << all;
  for (const std::string& line : status().refused) EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace chunkwise::testing_cluster
