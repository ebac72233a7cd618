// What happens to the repository when its disk is full, slow or read-only, and when Jetkeep is
// killed: every backup reported complete stays whole, and nothing else claims to be one.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kStorageFull = 70560;
constexpr int kScratchFull = 70562;
constexpr std::size_t kBytes = 4000;

// A file system of its own with a limit; needs root.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& options) : directory_("disk"), path_(directory_ / "mnt") {
    std::filesystem::create_directory(path_);
    mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, options.c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  const std::string& path() const { return path_; }
  bool Remount(unsigned long flags, const std::string& options) const {
    return ::mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT | flags, options.c_str()) == 0;
  }

 private:
  ScratchDirectory directory_;
  std::string path_;
  bool mounted_ = false;
};

class CrashTest : public ::testing::TestWithParam<std::string> {
 protected:
  NatsServerOptions Server() const { return {.version = GetParam()}; }
};

TEST_P(CrashTest, ScratchLimitIsNamedWhenTheStoreIsTooSlow) {
  // The slowest compression makes a store that the server overtakes.
  Site tiny({.server = Server(),
             .arguments = {"--scratch-memory", "1MiB", "--scratch-limit", "0", "--compression",
                           "19", "--retry-attempts", "2"}});
  tiny.Fill("S", 2500, kBytes);
  const Outcome outcome = tiny.BackUp("S");
  EXPECT_EQ(outcome.err_code(), kScratchFull) << outcome.Text();
  EXPECT_NE(outcome.error().find("scratch"), std::string::npos);
  EXPECT_EQ(FilesBelow(tiny.jetkeep().repository()).size(), 0U);
}

TEST_P(CrashTest, ASmallMemorySpillsToScratchAndTheBackupIsExact) {
  Site site({.server = Server(), .arguments = {"--scratch-memory", "1MiB", "--compression", "19"}});
  site.Fill("S", 2500, kBytes);
  const StreamDump before = DumpStream(site.client(), "S");
  const Outcome outcome = site.BackUp("S");
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  EXPECT_EQ(site.RestoredAgainst("S", before), "");
}

TEST_P(CrashTest, AFullDiskFailsTheBackupAndKeepsTheEarlierOnes) {
  const SmallDisk disk("size=12m");
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a tmpfs";
  Site site({.server = Server(),
             .arguments = {"--retry-attempts", "2"},
             .repository = disk.path() + "/repository"});
  site.Fill("A", 1000, kBytes);
  site.Fill("B", 6000, kBytes);
  const StreamDump before = DumpStream(site.client(), "A");
  ASSERT_TRUE(site.BackUp("A").completed());
  const std::size_t files = FilesBelow(site.jetkeep().repository()).size();
  const Outcome full = site.BackUp("B");
  EXPECT_EQ(full.err_code(), kStorageFull) << full.Text();
  EXPECT_EQ(site.List("B").size(), 0U);
  EXPECT_EQ(FilesBelow(site.jetkeep().repository()).size(), files) << "something was left behind";
  EXPECT_EQ(site.VerifyAll(), "");
  EXPECT_EQ(site.RestoredAgainst("A", before), "");
  ASSERT_TRUE(disk.Remount(0, "size=64m"));
  const StreamDump big = DumpStream(site.client(), "B");
  const Outcome later = site.BackUp("B");
  ASSERT_TRUE(later.completed()) << later.Text();
  EXPECT_EQ(site.RestoredAgainst("B", big), "");
}

TEST_P(CrashTest, ADiskThatFillsAtAnyPointNeverLeavesAFalseBackup) {
  const SmallDisk disk("size=64m");
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a tmpfs";
  Site site({.server = Server(),
             .arguments = {"--retry-attempts", "1"},
             .repository = disk.path() + "/repository"});
  site.Fill("A", 1200, kBytes);
  const StreamDump before = DumpStream(site.client(), "A");
  std::size_t complete = 0;
  // Free space from nothing to a little more than one backup takes (about 5 MB).
  for (int free_kib = 0; free_kib <= 6000; free_kib += 500) {
    const auto space = std::filesystem::space(disk.path());
    const std::string ballast = disk.path() + "/ballast";
    std::ofstream(ballast).close();
    const auto fill = space.free - std::min<std::uintmax_t>(space.free, 1024U * free_kib);
    std::ofstream file(ballast, std::ios::binary);
    const std::string block(64 * 1024, 'x');
    for (std::uintmax_t at = 0; at < fill; at += block.size()) file << block;
    file.close();
    const Outcome outcome = site.BackUp("A");
    if (outcome.completed()) {
      ++complete;
    } else {
      EXPECT_EQ(outcome.err_code(), kStorageFull) << outcome.Text();
    }
    std::filesystem::remove(ballast);
    EXPECT_EQ(site.List("A").size(), complete);
  }
  EXPECT_GE(complete, 1U);
  EXPECT_EQ(site.VerifyAll(), "");
  EXPECT_EQ(site.RestoredAgainst("A", before), "");
}

TEST_P(CrashTest, ARepositoryThatTurnsReadOnlyFailsBackupsAndStillRestores) {
  const SmallDisk disk("size=64m");
  if (!disk.mounted()) GTEST_SKIP() << "cannot mount a tmpfs";
  Site site({.server = Server(),
             .arguments = {"--retry-attempts", "2"},
             .repository = disk.path() + "/repository"});
  site.Fill("A", 1000, kBytes);
  const StreamDump before = DumpStream(site.client(), "A");
  ASSERT_TRUE(site.BackUp("A").completed());
  if (!disk.Remount(MS_RDONLY, "size=64m")) GTEST_SKIP() << "the mount cannot be made read-only";
  const Outcome refused = site.BackUp("A");
  EXPECT_FALSE(refused.completed());
  EXPECT_NE(refused.error().find("Read-only"), std::string::npos) << refused.Text();
  EXPECT_EQ(site.RestoredAgainst("A", before), "");
  ASSERT_TRUE(disk.Remount(0, "size=64m"));
  EXPECT_TRUE(site.BackUp("A").completed());
  EXPECT_EQ(site.Count("A", "complete"), 2U);
  EXPECT_EQ(site.VerifyAll(), "");
}

TEST_P(CrashTest, WithoutFileDescriptorsABackupFailsAndTheNextOneWorks) {
  Site site({.server = Server(), .arguments = {"--retry-attempts", "2"}});
  site.Fill("A", 1000, kBytes);
  const StreamDump before = DumpStream(site.client(), "A");
  const pid_t pid = site.jetkeep().process().pid();
  rlimit normal{};
  ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, nullptr, &normal), 0);
  std::size_t in_use = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    ++in_use;
  }
  int failures = 0;
  for (std::size_t spare = 0; spare < 6; ++spare) {
    const rlimit few{in_use + spare, normal.rlim_max};
    const std::size_t complete = site.Count("A", "complete");
    ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, &few, nullptr), 0);
    const Outcome outcome = site.BackUp("A");
    failures += outcome.completed() ? 0 : 1;
    ASSERT_EQ(::prlimit(pid, RLIMIT_NOFILE, &normal, nullptr), 0);
    EXPECT_EQ(site.Count("A", "complete"), complete + (outcome.completed() ? 1U : 0U));
  }
  EXPECT_GE(failures, 1);
  const Outcome later = site.BackUp("A");
  ASSERT_TRUE(later.completed()) << later.Text();
  EXPECT_EQ(site.VerifyAll(), "");
  EXPECT_EQ(site.RestoredAgainst("A", before), "");
}

TEST_P(CrashTest, KillsAtRandomMomentsLoseNoBackupThatWasReported) {
  Site site({.server = Server()});
  constexpr std::uint64_t kCount = 3000;
  site.Fill("S", kCount, kBytes);
  const StreamDump before = DumpStream(site.client(), "S");
  std::mt19937 random(GetParam().size() + static_cast<unsigned>(GetParam().back()));
  const auto reported = site.client().Subscribe("backup.completed.S.*");
  std::set<std::string> complete;
  const auto take_reports = [&](milliseconds timeout) {
    while (const auto event = site.client().Next(reported, timeout)) {
      complete.insert(event->Json().at("result").at("id").get<std::string>());
    }
  };
  const int kills = GetParam() == "2.10" ? 20 : 10;
  for (int round = 0; round < kills; ++round) {
    site.client().Publish("backup.request", R"({"stream":"S"})");
    site.client().Flush();
    std::this_thread::sleep_for(milliseconds(random() % 400));
    site.jetkeep().Kill();
    take_reports(milliseconds(50));
    site.jetkeep().Start();
    const Json backups = site.List("S");
    std::set<std::string> listed;
    for (const Json& backup : backups) {
      listed.insert(backup.at("id").get<std::string>());
      EXPECT_EQ(backup.at("condition"), "complete");
      EXPECT_EQ(backup.at("messages"), kCount);
    }
    for (const auto& id : complete) EXPECT_EQ(listed.count(id), 1U) << id << " was reported";
  }
  std::cout << "  reported " << complete.size() << ", listed " << site.List("S").size() << "\n";
  EXPECT_EQ(site.VerifyAll(), "");
  const Outcome last = site.BackUp("S");
  ASSERT_TRUE(last.completed()) << last.Text();
  for (const Json& backup : site.List("S")) {
    if (complete.count(backup.at("id")) == 0 && backup.at("id") != last.backup()) continue;
    site.client().DeleteStreamIfThere("S");
    const Outcome restored = site.End(site.Begin("restore.request", {{"backup", backup.at("id")}}));
    ASSERT_TRUE(restored.completed()) << restored.Text();
    EXPECT_EQ(Joined(Compare(before, DumpStream(site.client(), "S"))), "");
  }
  // Without its backups the repository is empty: the kills left nothing that stays.
  for (const Json& backup : site.List("S")) {
    Ask(site.client(), "backup.delete", {{"backup", backup.at("id")}, {"last", true}});
  }
  EXPECT_EQ(FilesBelow(site.jetkeep().repository()), std::vector<std::string>());
}

TEST_P(CrashTest, ARestoreThatIsKilledLeavesNoStreamAfterTheNextStart) {
  Site site({.server = Server(), .proxy = true});
  site.Fill("S", 3000, kBytes);
  const StreamDump before = DumpStream(site.client(), "S");
  ASSERT_TRUE(site.BackUp("S").completed());
  site.proxy().ToServer({.bytes_per_second = 8'000'000});
  {
    site.proxy().CutAll();
    site.jetkeep().WaitUntilReady();
    site.client().DeleteStreamIfThere("S");
    const std::uint64_t target = site.proxy().bytes_to_server() + 5'500'000;
    site.Begin("restore.request", {{"stream", "S"}});
    while (site.proxy().bytes_to_server() < target) {
      std::this_thread::sleep_for(milliseconds(5));
    }
    site.jetkeep().Kill();
    site.jetkeep().Start();
    bool there = true;
    for (int i = 0; i < 100 && there; ++i) {
      there = site.client().StreamExists("S");
      if (there) std::this_thread::sleep_for(milliseconds(100));
    }
    EXPECT_FALSE(there) << "a part of a stream stays: "
                        << site.client().StreamInfo("S").at("state");
    const Outcome restored = site.Restore("S");
    ASSERT_TRUE(restored.completed()) << restored.Text();
    EXPECT_EQ(Joined(Compare(before, DumpStream(site.client(), "S"))), "");
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, CrashTest, ::testing::ValuesIn(ServerVersions()), VersionName);

}  // namespace
}  // namespace jetkeep::testing
