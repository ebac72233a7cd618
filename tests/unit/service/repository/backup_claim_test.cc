// Who may go on with a backup: its writer, unless it stood still for so long that another process
// took its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <latch>
#include <memory>
#include <thread>
#include <utility>

#include "service/store/objects.h"
#include "service/store/posix/posix_store.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr milliseconds kTtl{500};

class BackupClaimTest : public RepositoryTest {
 protected:
  // Another process, whose clock is `now_`, too.
  std::unique_ptr<Repository> Another() { return On(files()); }
  std::unique_ptr<Repository> On(Store& store) {
    RepositoryOptions options = SmallOptions();
    options.lease = {seconds(10), false, [this] { return now_.load(); }};
    auto repository = Repository::OpenOrCreate(store, workers_, options, 1);
    EXPECT_TRUE(repository);
    return repository ? std::move(*repository) : nullptr;
  }
  // Until all that they were given is done.
  void WaitForWorkers() {
    const auto threads = static_cast<std::ptrdiff_t>(workers_.threads());
    const auto all = std::make_shared<std::latch>(threads + 1);
    for (std::ptrdiff_t i = 0; i < threads; ++i) {
      workers_.Submit([all] { all->arrive_and_wait(); });
    }
    all->arrive_and_wait();
  }
  // What a process leaves that dies in the middle of a backup.
  void LeaveOrphan(const std::string& id, const std::string& lineage = {}) {
    const auto repository = Another();
    auto writer = repository->BeginBackup("ORDERS", lineage, id);
    ASSERT_TRUE(writer && AddRecords(**writer, 1, 60) && (*writer)->Seal());
    files().SetFault([](Operation, const std::string&, std::uint64_t number) {
      return number == 0 ? std::nullopt
                         : std::optional<Injected>(Error{Errc::kStorageError, "gone", "", 0});
    });
    writer->reset();
    files().Crash(true);
  }
  static Status AddRecords(BackupWriter& writer, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t s = first; s <= last; ++s) {
      const std::string payload = PayloadOf(s);
      JETKEEP_TRY(
          writer.AddRecord({s, static_cast<std::int64_t>(s) * 1000, "orders.new", "", payload}));
    }
    return {};
  }
  std::vector<std::string> PathsOf(const std::string& id) {
    std::vector<std::string> paths;
    for (const std::string& path : files().Paths()) {
      const auto slash = path.rfind('/');
      const std::string name = slash == std::string::npos ? path : path.substr(slash);
      if (name.find(id) != std::string::npos) paths.push_back(path);
    }
    return paths;
  }

  std::atomic<std::chrono::steady_clock::time_point> now_{};  // asked by other threads, too
};

TEST_F(BackupClaimTest, LeavesNothingWhenTheBackupIsOver) {
  const auto repository = Another();
  ASSERT_TRUE(MakeBackup(*repository, "ORDERS", TestId(1), 30));
  for (const std::string& path : files().Paths()) {
    EXPECT_FALSE(path.ends_with(".pending") || path.find("lease.") != path.npos) << path;
  }
  {
    const auto writer = repository->BeginBackup("ORDERS", TestId(1), TestId(2));
    ASSERT_TRUE(writer);
    EXPECT_EQ(PathsOf(TestId(2)).size(), 2u) << "what tells of it, and its lease";
    EXPECT_EQ(repository->BeginBackup("ORDERS", TestId(1), TestId(2)).error().code,
              Errc::kJobConflict);
  }
  EXPECT_THAT(PathsOf(TestId(2)), IsEmpty());
}

TEST_F(BackupClaimTest, ALivingWriterIsLeftAloneHoweverLongItTakes) {
  const auto ours = Another();
  const auto theirs = Another();
  const auto writer = ours->BeginBackup("ORDERS", "", TestId(1));
  ASSERT_TRUE(writer);
  for (std::uint64_t i = 0; i < 10; ++i) {
    ASSERT_TRUE(AddRecords(**writer, 50 * i + 1, 50 * i + 50));
    ASSERT_THAT(theirs->CleanUp().problems, IsEmpty());
    now_ = now_.load() + seconds(6);
  }
  const auto finished = (*writer)->Finish(TestManifest("ORDERS", TestId(1), 500, 0), 1);
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_TRUE(CheckBackup(*theirs, TestId(1)));
}

// The lock is still held, as a stopped process has it.
TEST_F(BackupClaimTest, ASilentWriterLosesItsPlaceAndChangesNothingAnyMore) {
  for (const bool sealed : {false, true}) {
    Renew();
    const auto ours = Another();
    const auto theirs = Another();
    auto writer = ours->BeginBackup("ORDERS", "", TestId(1));
    ASSERT_TRUE(writer && AddRecords(**writer, 1, 200));
    if (sealed) {
      ASSERT_TRUE((*writer)->Seal());
    }
    WaitForWorkers();  // what they write later would renew the lease
    ASSERT_GT(PathsOf(TestId(1)).size(), 3u);
    EXPECT_EQ(theirs->CleanUp().files_removed, 0u) << "seen for the first time";
    now_ = now_.load() + seconds(9);
    EXPECT_EQ(theirs->CleanUp().files_removed, 0u);
    now_ = now_.load() + seconds(1);
    const CleanUpResult cleaned = theirs->CleanUp();
    EXPECT_THAT(cleaned.problems, IsEmpty());
    EXPECT_GT(cleaned.files_removed, 2u);
    EXPECT_THAT(files().Paths(), ElementsAre("repository.json"));

    const std::uint64_t before = files().mutations();
    int changed = 0;
    files().SetFault([&](Operation operation, const std::string& path,
                         std::uint64_t number) -> std::optional<Injected> {
      const bool lease = path.find("lease.") != path.npos;
      if (number > before && !lease && operation != Operation::kDiscard) ++changed;
      return std::nullopt;
    });
    const auto finished = (*writer)->Finish(TestManifest("ORDERS", TestId(1), 200, 0), 1);
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().code, Errc::kLeaseLost) << finished.error().message;
    writer->reset();
    EXPECT_EQ(changed, 0);
    files().SetFault({});
    EXPECT_THAT(files().Paths(), ElementsAre("repository.json"));
    EXPECT_TRUE(MakeBackup(*theirs, "ORDERS", TestId(2), 20));
  }
}

// The place is taken at each single step of publishing: never is a backup listed whose segments are
// gone, and never is one reported complete that is not there.
TEST_F(BackupClaimTest, ATakeoverAtAnyStepOfPublishingLeavesAWholeBackupOrNone) {
  int complete = 0;
  int lost = 0;
  for (int step = 1;; ++step) {
    ASSERT_LT(step, 300);
    Renew();
    const auto theirs = Another();
    FaultStore stepped(static_cast<Store&>(files()));
    const auto ours = On(stepped);
    auto writer = ours->BeginBackup("ORDERS", "", TestId(1));
    ASSERT_TRUE(writer && AddRecords(**writer, 1, 60));
    ASSERT_THAT(theirs->CleanUp().problems, IsEmpty());
    now_ = now_.load() + seconds(10);
    int seen = 0;
    stepped.SetFault([&](Operation, const std::string&, std::uint64_t) -> std::optional<Injected> {
      if (++seen == step) {
        EXPECT_THAT(theirs->CleanUp().problems, IsEmpty());
      }
      return std::nullopt;
    });
    const auto finished = (*writer)->Finish(TestManifest("ORDERS", TestId(1), 60, 0), 1);
    writer->reset();
    stepped.SetFault({});
    if (finished) {
      ++complete;
      const Status checked = CheckBackup(*theirs, TestId(1));
      EXPECT_TRUE(checked) << step << ": " << checked.error().message;
    } else {
      ++lost;
      EXPECT_EQ(finished.error().code, Errc::kLeaseLost) << finished.error().message;
      EXPECT_THAT(Ids(*theirs), IsEmpty()) << step;
    }
    EXPECT_THAT(theirs->CleanUp().problems, IsEmpty());
    EXPECT_THAT(theirs->Survey()->orphaned, IsEmpty()) << step;
    if (seen < step) break;
  }
  EXPECT_GT(complete, 1);
  EXPECT_GT(lost, 1);
}

// Whoever ends between two steps of a clean-up is no orphan, although its lease can be had then.
TEST_F(BackupClaimTest, AWriterThatEndsDuringACleanUpIsNotTakenForAnOrphan) {
  for (const bool publishes : {true, false}) {
    for (int step = 1;; ++step) {
      ASSERT_LT(step, 200);
      Renew();
      const auto ours = Another();
      const auto third = Another();
      FaultStore stepped(static_cast<Store&>(files()));
      const auto theirs = On(stepped);
      auto writer = ours->BeginBackup("ORDERS", "", TestId(1));
      ASSERT_TRUE(writer && AddRecords(**writer, 1, 60));
      const auto end = [&] {
        if (publishes) {
          EXPECT_TRUE((*writer)->Finish(TestManifest("ORDERS", TestId(1), 60, 0), 1));
        }
        writer->reset();
      };
      int seen = 0;
      stepped.SetFault(
          [&](Operation, const std::string&, std::uint64_t) -> std::optional<Injected> {
            if (++seen == step) end();
            // It removes what it takes for left over, also between our steps.
            if (seen >= step) {
              EXPECT_THAT(third->CleanUp().problems, IsEmpty()) << step;
            }
            return std::nullopt;
          });
      const CleanUpResult cleaned = theirs->CleanUp();
      stepped.SetFault({});
      EXPECT_THAT(cleaned.problems, IsEmpty()) << publishes << ", " << step;
      const bool ended = seen >= step;
      if (!ended) end();
      EXPECT_THAT(Ids(*ours), SizeIs(publishes ? 1 : 0));
      if (publishes) {
        EXPECT_TRUE(CheckBackup(*ours, TestId(1)));
      }
      for (const std::string& path : PathsOf(TestId(1))) {
        EXPECT_TRUE(path.find("/segments/") != path.npos || path.ends_with(".manifest")) << path;
      }
      if (!ended) break;
    }
  }
}

TEST_F(BackupClaimTest, TwoCleanUpsOfOneOrphanAreInNobodysWay) {
  for (int step = 1;; ++step) {
    ASSERT_LT(step, 200);
    Renew();
    LeaveOrphan(TestId(1));
    const auto third = Another();
    FaultStore stepped(static_cast<Store&>(files()));
    const auto theirs = On(stepped);
    int seen = 0;
    stepped.SetFault([&](Operation, const std::string&, std::uint64_t) -> std::optional<Injected> {
      if (++seen == step) {
        EXPECT_THAT(third->CleanUp().problems, IsEmpty()) << step;
      }
      return std::nullopt;
    });
    EXPECT_THAT(theirs->CleanUp().problems, IsEmpty()) << step;
    stepped.SetFault({});
    EXPECT_THAT(third->CleanUp().problems, IsEmpty());
    EXPECT_THAT(PathsOf(TestId(1)), IsEmpty()) << step;
    if (seen < step) break;
  }
}

// A clean-up stood still, too, after it had listed what there is: the writer's manifest came then.
TEST_F(BackupClaimTest, AWriterThatWakesUpAtTheCommitOfItsManifestPublishesNothing) {
  FaultStore writing(static_cast<Store&>(files()));
  FaultStore cleaning(static_cast<Store&>(files()));
  const auto ours = On(writing);
  const auto theirs = On(cleaning);
  auto writer = ours->BeginBackup("ORDERS", "", TestId(1));
  ASSERT_TRUE(writer && AddRecords(**writer, 1, 60));
  ASSERT_TRUE((*writer)->Seal());
  ASSERT_THAT(theirs->CleanUp().problems, IsEmpty()) << "sees the lease for the first time";
  std::promise<void> at_commit;
  std::promise<void> go_on;
  const std::string manifest = LineagePath::Make("$G", "ORDERS", TestId(1))->Manifest(TestId(1));
  bool published = false;
  writing.SetFault(
      [&](Operation operation, const std::string& key, std::uint64_t) -> std::optional<Injected> {
        if (operation == Operation::kCommit && key == manifest) {
          at_commit.set_value();
          go_on.get_future().wait();
        } else {
          published = published || files().Exists(manifest).value_or(true);
        }
        return std::nullopt;
      });
  std::thread thread;
  cleaning.SetFault(
      [&](Operation operation, const std::string&, std::uint64_t) -> std::optional<Injected> {
        if (operation != Operation::kLock || thread.joinable()) return std::nullopt;
        thread = std::thread([&] {
          const auto finished = (*writer)->Finish(TestManifest("ORDERS", TestId(1), 60, 0), 1);
          ASSERT_FALSE(finished);
          EXPECT_EQ(finished.error().code, Errc::kLeaseLost) << finished.error().message;
        });
        at_commit.get_future().wait();
        now_ = now_.load() + seconds(10);
        return std::nullopt;
      });
  const CleanUpResult cleaned = theirs->CleanUp();
  EXPECT_THAT(cleaned.problems, IsEmpty());
  EXPECT_GT(cleaned.files_removed, 2u) << "the place was not taken";
  ASSERT_TRUE(thread.joinable());
  go_on.set_value();
  thread.join();
  EXPECT_FALSE(published) << "a backup without segments was to be seen";
  writer->reset();
  EXPECT_THAT(PathsOf(TestId(1)), IsEmpty());
}

// A clean-up that stood still itself leaves the backup to whoever took its place, and goes on with
// the others.
TEST_F(BackupClaimTest, ACleanUpThatLostOneClaimGoesOnWithTheOthers) {
  LeaveOrphan(TestId(1));
  LeaveOrphan(TestId(2), TestId(1));
  const auto third = Another();
  FaultStore stepped(static_cast<Store&>(files()));
  const auto theirs = On(stepped);
  const std::string lease = LineagePath::Make("$G", "ORDERS", TestId(1))->directory() + "/" +
                            LeasePath({LeaseFileKind::kClaim, BackupLeaseKey(TestId(1)), 3, 0});
  bool taken = false;
  stepped.SetFault(
      [&](Operation operation, const std::string& key, std::uint64_t) -> std::optional<Injected> {
        if (operation == Operation::kRemove && !std::exchange(taken, true)) {
          EXPECT_NE(key.find(TestId(1)), key.npos) << key;
          files().Write(lease, "taken over\n");
        }
        return std::nullopt;
      });
  const CleanUpResult cleaned = theirs->CleanUp();
  EXPECT_TRUE(taken);
  ASSERT_THAT(cleaned.problems, SizeIs(1));
  EXPECT_EQ(cleaned.problems[0].code, Errc::kLeaseLost);
  EXPECT_THAT(PathsOf(TestId(2)), IsEmpty());
  EXPECT_THAT(PathsOf(TestId(1)), testing::Contains(lease)) << "it is not ours any more";
}

// Whoever cleans up dies, too: nobody knows whether it stands still, and only a second look tells.
TEST_F(BackupClaimTest, WhatACleanUpThatDiedLeavesGoesWithALaterLook) {
  for (int step = 1;; ++step) {
    ASSERT_LT(step, 200);
    Renew();
    LeaveOrphan(TestId(1));
    int seen = 0;
    {
      const auto dying = Another();
      files().SetFault(
          [&](Operation, const std::string&, std::uint64_t number) -> std::optional<Injected> {
            if (number == 0 || ++seen < step) return std::nullopt;
            return Injected(Error{Errc::kStorageError, "gone", "", 0});
          });
      static_cast<void>(dying->CleanUp());
      files().Crash(true);
    }
    const auto next = Another();
    const CleanUpResult first = next->CleanUp();
    EXPECT_THAT(first.problems, IsEmpty()) << step;
    now_ = now_.load() + seconds(11);
    const CleanUpResult later = next->CleanUpAgain();
    EXPECT_THAT(later.problems, IsEmpty()) << step;
    EXPECT_FALSE(next->HasToCleanUpAgain()) << step;
    EXPECT_THAT(PathsOf(TestId(1)), IsEmpty()) << step;
    if (seen < step) break;
  }
}

// As long as somebody is at work in a lineage no segment goes: who comes later may name it.
TEST_F(BackupClaimTest, WhatIsDeletedBesideAWriterGoesOnceItHasEnded) {
  for (const bool own : {true, false}) {
    Renew();
    const auto ours = Another();
    const auto theirs = Another();
    Repository& deleting = own ? *ours : *theirs;
    ASSERT_TRUE(MakeBackup(*ours, "ORDERS", TestId(1), 60));
    for (const int number : {2, 3}) {
      auto writer = ours->BeginBackup("ORDERS", TestId(1), TestId(number));
      ASSERT_TRUE(writer && AddRecords(**writer, 1, 60));
      if (number == 3) {
        ASSERT_TRUE(deleting.Delete(TestId(2)));
        EXPECT_THAT(PathsOf(TestId(2)), Not(IsEmpty()));
        EXPECT_THAT(theirs->Survey()->orphaned, IsEmpty()) << "no finding, somebody is at it";
        EXPECT_TRUE(deleting.HasToCleanUpAgain());
      }
      ASSERT_TRUE((*writer)->Finish(TestManifest("ORDERS", TestId(1), 60, 0), 1));
    }
    if (!own) {
      EXPECT_THAT(theirs->CleanUpAgain().problems, IsEmpty());
    }
    EXPECT_FALSE(deleting.HasToCleanUpAgain());
    EXPECT_THAT(PathsOf(TestId(2)), IsEmpty()) << own;
    EXPECT_TRUE(CheckBackup(*ours, TestId(3)));
  }
}

// Where no lock tells, a writer that has not got its lease yet is given the same time.
TEST_F(BackupClaimTest, WithoutLocksABeginningWriterIsLeftAlone) {
  MemoryStore memory(false);
  const auto theirs = On(memory);
  const LineagePath place = *LineagePath::Make("$G", "ORDERS", TestId(1));
  ASSERT_TRUE(PutNew(memory, place.Pending(TestId(1)), ""));
  const std::vector<std::string> before = memory.Keys();
  EXPECT_THAT(theirs->CleanUp().problems, IsEmpty());
  now_ = now_.load() + seconds(9);
  EXPECT_THAT(theirs->CleanUp().problems, IsEmpty());
  EXPECT_EQ(memory.Keys(), before);
  Leases ours(memory);
  EXPECT_TRUE(*ours.AcquireNew(BackupLeaseIn(place, TestId(1)))) << "nobody has taken it";
  // One that ended there goes in time.
  memory.Erase(place.directory() + "/lease.backup-" + TestId(1) + ".1");
  EXPECT_THAT(theirs->CleanUp().problems, IsEmpty());
  now_ = now_.load() + seconds(10);
  EXPECT_GT(theirs->CleanUp().files_removed, 0u);
  EXPECT_THAT(memory.Keys(), ElementsAre("repository.json"));
}

// Two processes, one of them stopped by a signal. No thread may be there before the fork.
TEST(BackupClaimOnDisk, AStoppedProcessWakesUpAndPublishesNothing) {
  std::string root = (std::filesystem::temp_directory_path() / "claim-XXXXXX").string();
  ASSERT_NE(::mkdtemp(root.data()), nullptr);
  int written[2];
  int go[2];
  ASSERT_EQ(::pipe(written), 0);
  ASSERT_EQ(::pipe(go), 0);
  RepositoryOptions options = SmallOptions();
  options.lease.ttl = kTtl;
  const auto add = [](BackupWriter& writer, std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t s = first; s <= last; ++s) {
      if (!writer.AddRecord({s, 1, "orders.new", "", PayloadOf(s)})) return false;
    }
    return true;
  };
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const auto store = PosixStore::Open(root, false);
    BlockWorkers workers(1);
    const auto repository = Repository::OpenOrCreate(**store, workers, options, 1);
    auto writer = (*repository)->BeginBackup("ORDERS", "", TestId(1));
    if (!writer || !add(**writer, 1, 300)) ::_exit(2);
    char byte = 'w';
    if (::write(written[1], &byte, 1) != 1 || ::read(go[0], &byte, 1) != 1) ::_exit(3);
    static_cast<void>(add(**writer, 301, 400));
    const auto finished = (*writer)->Finish(TestManifest("ORDERS", TestId(1), 400, 0), 1);
    const bool lost = !finished && finished.error().code == Errc::kLeaseLost;
    writer->reset();
    ::_exit(lost ? 0 : 1);
  }
  const struct Killer {
    pid_t process;
    ~Killer() { ::kill(process, SIGKILL); }
  } killer{child};
  char byte = 0;
  ASSERT_EQ(::read(written[0], &byte, 1), 1);
  ASSERT_EQ(::kill(child, SIGSTOP), 0);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, WUNTRACED), child);
  ASSERT_TRUE(WIFSTOPPED(status));

  const auto store = PosixStore::Open(root, false);
  ASSERT_TRUE(store);
  BlockWorkers workers(1);
  const auto repository = Repository::OpenOrCreate(**store, workers, options, 1);
  ASSERT_TRUE(repository);
  const auto all = [&] {
    std::vector<std::string> names;
    const auto entries = ListAll(**store, "", {.depth = Depth::kAll, .unfinished = true});
    EXPECT_TRUE(entries);
    if (!entries) return names;
    for (const StoreEntry& entry : *entries) names.push_back(entry.name);
    return names;
  };
  EXPECT_THAT((*repository)->CleanUp().problems, IsEmpty());
  EXPECT_GT(all().size(), 3u) << "it may go on at any moment";
  for (int i = 0; i < 600 && all().size() > 1; ++i) {
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_THAT((*repository)->CleanUp().problems, IsEmpty());
  }
  EXPECT_THAT(all(), ElementsAre("repository.json"));
  ASSERT_TRUE(MakeBackup(**repository, "ORDERS", TestId(2), 20));

  ASSERT_EQ(::kill(child, SIGCONT), 0);
  ASSERT_EQ(::write(go[1], &byte, 1), 1);
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0) << "1: reported as complete, or with another error";
  const auto ids = (*repository)->Ids("");
  ASSERT_TRUE(ids);
  EXPECT_THAT(*ids, ElementsAre(TestId(2)));
  EXPECT_TRUE(CheckBackup(**repository, TestId(2)));
  EXPECT_THAT((*repository)->CleanUp().problems, IsEmpty());
  for (const std::string& name : all()) {
    EXPECT_EQ(name.find(TestId(1)), std::string::npos) << name;
  }
  for (const int fd : {written[0], written[1], go[0], go[1]}) ::close(fd);
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace jetkeep
