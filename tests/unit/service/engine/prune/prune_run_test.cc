// PruneRun on a repository in memory: what stays is there afterwards and whole, what goes is gone,
// and the judge is the list of both that the test keeps.
#include "service/engine/prune/prune_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "protocol/base/time.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::int64_t kDayNs = 86'400'000'000'000;

class PruneRunTest : public RepositoryTest {
 protected:
  void SetUp() override { repository_ = Open(); }

  // Made on day `day`, and proved to be exact.
  std::string BackUp(const std::string& stream, int number, int day,
                     BackupCondition condition = BackupCondition::kComplete) {
    const std::string id = TestId(number);
    auto writer = repository_->BeginBackup(stream, "", id);
    EXPECT_TRUE(writer) << writer.error().message;
    Manifest manifest = TestManifest(stream, id, 5, 0);
    manifest.exact_cut = true;
    manifest.condition = condition;
    manifest.cut_time_ns = *ParseTime("2026-11-01T12:00:00Z") + day * kDayNs;
    for (std::uint64_t s = 1; s <= 5; ++s) {
      EXPECT_TRUE((*writer)->AddRecord(
          {s, static_cast<std::int64_t>(s) * 1000, "orders.new", "", PayloadOf(s)}));
    }
    const auto finished = (*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'000);
    EXPECT_TRUE(finished) << finished.error().message;
    return id;
  }

  static PruneSpec Last(std::uint64_t count, std::vector<std::string> streams = {},
                        bool dry_run = false) {
    PruneSpec spec;
    spec.keep.last = count;
    spec.streams = std::move(streams);
    spec.dry_run = dry_run;
    return spec;
  }
  static std::string SetId(int number) { return "set-" + TestId(number); }

  void KeepSet(int number, const std::vector<std::pair<std::string, int>>& members,
               const std::vector<std::string>& patterns = {"*"}) {
    SetDetails set;
    set.summary.id = SetId(number);
    set.summary.account = "$G";
    set.selection.streams = patterns;
    for (const auto& [stream, backup] : members) {
      SetMember& member = set.members.emplace_back();
      member.stream = stream;
      member.backup = TestId(backup);
    }
    const Status kept = repository_->sets().Add(set);
    ASSERT_TRUE(kept) << kept.error().message;
  }

  Result<PruneReport> Prune(const PruneSpec& spec) {
    return PruneRun(*repository_, cancel_).Run(spec);
  }

  static std::set<std::string> Going(const Result<PruneReport>& report) {
    EXPECT_TRUE(report) << report.error().message;
    std::set<std::string> going;
    if (!report) return going;
    for (const PruneDecision& decision : report->decisions) {
      if (!decision.stays && !decision.error) going.insert(decision.id);
    }
    EXPECT_EQ(report->removed, going.size());
    EXPECT_EQ(report->removed + report->stays + report->failed, report->decisions.size());
    return going;
  }

  std::set<std::string> Listed() {
    const auto ids = Ids(*repository_);
    return {ids.begin(), ids.end()};
  }

  std::unique_ptr<Repository> repository_;
  CancelToken cancel_;
};

TEST_F(PruneRunTest, ADryRunNamesWhatThenGoes) {
  for (int i = 1; i <= 6; ++i) BackUp(i % 2 == 0 ? "A" : "B", i, i);
  const std::set<std::string> expected = {TestId(1), TestId(2)};
  const auto before = files().Paths();
  EXPECT_EQ(Going(Prune(Last(2, {}, true))), expected);
  EXPECT_EQ(files().Paths(), before);
  const auto report = Prune(Last(2));
  EXPECT_EQ(Going(report), expected);
  EXPECT_GT(report->removed_bytes, 0U);
  EXPECT_THAT(Listed(), UnorderedElementsAre(TestId(3), TestId(4), TestId(5), TestId(6)));
  for (int i = 3; i <= 6; ++i) EXPECT_TRUE(CheckBackup(*repository_, TestId(i)));
  const auto survey = repository_->Survey();
  ASSERT_TRUE(survey);
  EXPECT_THAT(survey->orphaned, IsEmpty());
  EXPECT_THAT(Going(Prune(Last(2))), IsEmpty());
}

TEST_F(PruneRunTest, OnlyTheStreamsThatAreNamedAreJudged) {
  for (int i = 1; i <= 4; ++i) BackUp(i % 2 == 0 ? "A" : "B", i, i);
  EXPECT_THAT(Going(Prune(Last(1, {"A*"}))), ElementsAre(TestId(2)));
  EXPECT_THAT(Listed(), SizeIs(3));
  const auto none = Prune(Last(1, {"A", "Z*"}));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::kBackupNotFound);
  EXPECT_THAT(none.error().message, HasSubstr("Z*"));
  EXPECT_FALSE(Prune({}));
}

TEST_F(PruneRunTest, PinnedDamagedAndTheNewestGoodOneStay) {
  BackUp("S", 1, 1);
  BackUp("S", 2, 2);
  BackUp("S", 3, 3);
  BackUp("S", 4, 4, BackupCondition::kDamaged);
  BackUp("S", 5, 5);
  ASSERT_TRUE(repository_->RecordVerification(TestId(5), {1, false, false, 0}));
  ASSERT_TRUE(repository_->Pin(TestId(1), 1));
  const auto report = Prune(Last(1));
  EXPECT_THAT(Going(report), ElementsAre(TestId(2)));
  EXPECT_THAT(Listed(), UnorderedElementsAre(TestId(1), TestId(3), TestId(4), TestId(5)));
  BackUp("S", 6, 6);
  EXPECT_THAT(Going(Prune(Last(1))), UnorderedElementsAre(TestId(3), TestId(4), TestId(5)));
}

TEST_F(PruneRunTest, WhatCannotBeReadStaysAndIsNamed) {
  for (int i = 1; i <= 3; ++i) BackUp("S", i, i);
  for (const std::string& path : files().Paths()) {
    if (path.ends_with(TestId(1) + ".manifest")) files().Write(path, "no manifest");
  }
  const auto report = Prune(Last(1));
  EXPECT_THAT(Going(report), ElementsAre(TestId(2)));
  ASSERT_THAT(report->warnings, SizeIs(1));
  EXPECT_THAT(report->warnings.front(), HasSubstr(TestId(1)));
  EXPECT_THAT(files().Paths(), ::testing::Contains(HasSubstr(TestId(1) + ".manifest")));
}

TEST_F(PruneRunTest, ASetGoesWithWhatItAloneHeld) {
  for (int set = 1; set <= 3; ++set) {
    BackUp("A", 10 * set, set);
    BackUp("B", 10 * set + 1, set);
    KeepSet(set, {{"A", 10 * set}, {"B", 10 * set + 1}});
  }
  // Another selection has rules of its own.
  KeepSet(4, {{"A", 10}}, {"A"});
  const std::set<std::string> expected = {SetId(1), SetId(2), TestId(11), TestId(20), TestId(21)};
  EXPECT_EQ(Going(Prune(Last(1, {}, true))), expected);
  EXPECT_EQ(Going(Prune(Last(1))), expected);
  EXPECT_THAT(*repository_->sets().Ids(), ElementsAre(SetId(4), SetId(3)));
  EXPECT_THAT(Listed(), UnorderedElementsAre(TestId(10), TestId(30), TestId(31)));
  const auto of_streams = Prune(Last(1, {"A"}));
  EXPECT_THAT(Going(of_streams), IsEmpty());
}

TEST_F(PruneRunTest, ASetThatIsNoLongerWholePushesOutNone) {
  BackUp("A", 10, 1);
  BackUp("A", 20, 2);
  KeepSet(1, {{"A", 10}});
  KeepSet(2, {{"A", 20}, {"B", 21}});
  EXPECT_THAT(Going(Prune(Last(1))), IsEmpty());
  ASSERT_TRUE(repository_->Pin(SetId(1), 1));
  BackUp("A", 30, 3);
  KeepSet(3, {{"A", 30}});
  EXPECT_THAT(Going(Prune(Last(1))), UnorderedElementsAre(SetId(2), TestId(20)));
}

TEST_F(PruneRunTest, NothingGoesWhileASetIsBeingMade) {
  for (int i = 1; i <= 3; ++i) BackUp("S", i, i);
  const auto lease = repository_->sets_being_made().Begin(SetId(7));
  ASSERT_TRUE(lease && *lease);
  const auto other = Open();
  CancelToken cancel;
  const auto report = PruneRun(*other, cancel).Run(Last(1));
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kBackupInUse);
  EXPECT_THAT(report.error().message, HasSubstr(SetId(7)));
  EXPECT_THAT(Listed(), SizeIs(3));
  ASSERT_TRUE((*lease)->Erase());
  EXPECT_THAT(Going(Prune(Last(1))), SizeIs(2));
}

TEST_F(PruneRunTest, ALeaseThatStandsStillHoldsNothingUpForEver) {
  RepositoryOptions options = SmallOptions();
  options.lease.ttl = std::chrono::milliseconds(200);
  auto quick = Repository::OpenExisting(files(), workers_, options);
  auto maker = Repository::OpenExisting(files(), workers_, options);
  ASSERT_TRUE(quick && maker);
  for (int i = 1; i <= 3; ++i) BackUp("S", i, i);
  auto lease = (*maker)->sets_being_made().Begin(SetId(7));
  ASSERT_TRUE(lease && *lease);
  EXPECT_EQ(PruneRun(**quick, cancel_).Run(Last(1)).error().code, Errc::kBackupInUse);
  lease->reset();  // as if its process were killed
  const auto before = files().Paths();
  Result<PruneReport> plan = PruneRun(**quick, cancel_).Run(Last(1, {}, true));
  for (int i = 0; !plan && plan.error().code == Errc::kBackupInUse && i < 1000; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    plan = PruneRun(**quick, cancel_).Run(Last(1, {}, true));
  }
  EXPECT_THAT(Going(plan), SizeIs(2));
  EXPECT_EQ(files().Paths(), before);
  EXPECT_THAT(Going(PruneRun(**quick, cancel_).Run(Last(1))), SizeIs(2));
  EXPECT_THAT(files().Paths(), ::testing::Each(::testing::Not(HasSubstr("lease."))));
}

TEST_F(PruneRunTest, AnImportedBackupIsOfTheTimeWhenItWasMade) {
  for (int i = 1; i <= 2; ++i) BackUp("S", i, i);
  // As an import writes it: no cut, begun years ago, completed today.
  auto writer = repository_->BeginBackup("S", "", "20220301T000000Z-00000001");
  ASSERT_TRUE(writer);
  Manifest manifest = TestManifest("S", "20220301T000000Z-00000001", 5, 0);
  manifest.started_ns = *ParseTime("2022-03-01T00:00:00Z");
  for (std::uint64_t s = 1; s <= 5; ++s) {
    ASSERT_TRUE((*writer)->AddRecord({s, 1, "orders.new", "", PayloadOf(s)}));
  }
  ASSERT_TRUE((*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'000));
  PruneSpec spec;
  spec.keep.yearly = 5;
  EXPECT_THAT(Going(Prune(spec)), ElementsAre(TestId(1)));
}

TEST_F(PruneRunTest, ASetOfWhichSomethingCannotBeReadStays) {
  BackUp("A", 10, 1);
  BackUp("B", 11, 1);
  KeepSet(1, {{"A", 10}, {"B", 11}});
  for (int set = 2; set <= 3; ++set) {
    BackUp("A", 10 * set, 30 * set);
    BackUp("B", 10 * set + 1, 30 * set);
    KeepSet(set, {{"A", 10 * set}, {"B", 10 * set + 1}});
  }
  files().SetFault([&](Operation, const std::string& path, std::uint64_t) -> std::optional<Error> {
    if (!path.ends_with(TestId(10) + ".manifest")) return std::nullopt;
    return Error{Errc::kStorageError, "cannot read " + path, {}, 0};
  });
  const auto report = Prune(Last(1));
  EXPECT_THAT(Going(report), UnorderedElementsAre(SetId(2), TestId(20), TestId(21)));
  EXPECT_THAT(report->warnings, SizeIs(1));
}

TEST_F(PruneRunTest, OneThatIsReadFailsAlone) {
  for (int i = 1; i <= 4; ++i) BackUp("S", i, i);
  const auto manifest = repository_->Load(TestId(2));
  ASSERT_TRUE(manifest);
  const auto reader = repository_->OpenReader(*manifest);
  ASSERT_TRUE(reader);
  const auto report = Prune(Last(1));
  EXPECT_THAT(Going(report), UnorderedElementsAre(TestId(1), TestId(3)));
  EXPECT_EQ(report->failed, 1U);
  EXPECT_TRUE(CheckBackup(*repository_, TestId(2)));
}

TEST_F(PruneRunTest, AStoppedMachineLeavesEachWholeOrGone) {
  for (std::uint64_t stop = 0;; ++stop) {
    Renew();
    repository_ = Open();
    for (int i = 1; i <= 3; ++i) BackUp("S", i, i);
    KeepSet(1, {{"S", 1}});
    KeepSet(2, {{"S", 3}});
    std::uint64_t steps = 0;
    bool stopped = false;
    files().SetFault([&](Operation, const std::string&, std::uint64_t) -> std::optional<Error> {
      if (steps++ < stop) return std::nullopt;
      stopped = true;
      return Error{Errc::kStorageError, "stopped", {}, 0};
    });
    static_cast<void>(Prune(Last(1)));
    files().Crash();
    repository_ = Open();
    const CleanUpResult cleaned = repository_->CleanUp();
    EXPECT_THAT(cleaned.problems, IsEmpty());
    const std::set<std::string> listed = Listed();
    EXPECT_TRUE(listed.contains(TestId(3)));
    for (const std::string& id : listed) {
      const Status whole = CheckBackup(*repository_, id);
      EXPECT_TRUE(whole) << "stopped at " << stop << ": " << whole.error().message;
    }
    const auto sets = repository_->ListSets();
    ASSERT_TRUE(sets);
    for (const SetSummary& set : sets->sets) {
      const auto details = repository_->LoadSet(set.id);
      ASSERT_TRUE(details);
      for (const SetMember& member : details->members) {
        EXPECT_TRUE(listed.contains(member.backup)) << "stopped at " << stop;
      }
    }
    EXPECT_THAT(repository_->Survey()->orphaned, IsEmpty());
    if (!stopped) break;
    ASSERT_LT(stop, 10'000U);
  }
}

}  // namespace
}  // namespace jetkeep
