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
#include <thread>

#include "service/store/objects.h"
#include "service/store/posix/posix_store.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr milliseconds kTtl{500};

class BackupClaimTest : public RepositoryTest {
 protected:
  // Another process, whose clock is `now_`, too.
  std::unique_ptr<Repository> Another() {
    RepositoryOptions options = SmallOptions();
    options.lease = {seconds(10), false, [this] { return now_.load(); }};
    auto repository = Repository::OpenOrCreate(files(), workers_, options, 1);
    EXPECT_TRUE(repository);
    return repository ? std::move(*repository) : nullptr;
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
    RepositoryOptions options = SmallOptions();
    options.lease = {seconds(10), false, [this] { return now_.load(); }};
    const auto ours = Repository::OpenOrCreate(stepped, workers_, options, 1);
    ASSERT_TRUE(ours);
    auto writer = (*ours)->BeginBackup("ORDERS", "", TestId(1));
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
