#include "service/engine/verify/verify_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/engine/sets/set_choice.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using ::testing::HasSubstr;

class ProgressKeeper : public JobObserver {
 public:
  void OnStarted(const std::string&, const std::string&) override {}
  void OnRetry(int, const Error&, std::int64_t) override {}
  void OnProgress(const JobProgress& progress) override {
    EXPECT_GE(progress.bytes_done, last.bytes_done);
    EXPECT_LE(progress.bytes_done, progress.bytes_expected);
    EXPECT_LE(progress.messages_done, progress.messages_expected);
    last = progress;
  }
  JobProgress last;
};

class VerifyJobTest : public RepositoryTest {
 protected:
  static constexpr std::uint64_t kMessages = 60;

  void SetUp() override {
    repository_ = Open();
    for (int i = 1; i <= 3; ++i) {
      ASSERT_TRUE(MakeBackup(*repository_, "S", TestId(i), kMessages));
      summaries_.push_back(*repository_->Summary(TestId(i)));
    }
    for (const std::string& path : files().Paths()) {
      if (path.find(TestId(2) + "/segments/") != std::string::npos) segments_.push_back(path);
    }
    ASSERT_GT(segments_.size(), 1u);
  }
  Result<VerifyReport> Verify() {
    VerifySpec spec;
    spec.stream = "S";
    return VerifyJob({nullptr, *repository_, options_, observer_, cancel_}).Run(spec);
  }

  std::unique_ptr<Repository> repository_;
  std::vector<BackupSummary> summaries_;
  std::vector<std::string> segments_;  // of the second backup
  EngineOptions options_;
  ProgressKeeper observer_;
  CancelToken cancel_;
};

TEST_F(VerifyJobTest, ProgressEndsWhereItWasSaidTo) {
  ASSERT_TRUE(Verify());
  EXPECT_EQ(observer_.last.messages_done, 3 * kMessages);
  EXPECT_EQ(observer_.last.messages_expected, 3 * kMessages);
  EXPECT_EQ(observer_.last.bytes_done, observer_.last.bytes_expected);
}

TEST_F(VerifyJobTest, WhatCannotBeReadIsNoLongerExpected) {
  files().SetFault([&](Operation, const std::string& path, std::uint64_t) -> std::optional<Error> {
    if (path != segments_.back()) return std::nullopt;
    return Error{Errc::kStorageError, "cannot read " + path, {}, 0};
  });
  const auto report = Verify();
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("not everything could be verified"));
  // The last backup is the last to report.
  EXPECT_EQ(observer_.last.messages_expected, 2 * kMessages);
  EXPECT_EQ(observer_.last.bytes_done, observer_.last.bytes_expected);
  EXPECT_GE(observer_.last.bytes_done, summaries_[0].stored_bytes + summaries_[2].stored_bytes);
}

TEST_F(VerifyJobTest, OfADamagedBackupNoMoreIsExpectedThanIsThere) {
  files().Erase(segments_.back());
  const auto report = Verify();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->damaged, 1u);
  EXPECT_EQ(observer_.last.bytes_done, observer_.last.bytes_expected);
  EXPECT_EQ(observer_.last.messages_expected, 3 * kMessages);
  EXPECT_LT(observer_.last.messages_done, 3 * kMessages);
}

// Sets are part of what a verification of everything calls good.
TEST_F(VerifyJobTest, ADamagedSetIsAFindingAndAnUnreadableOneAnError) {
  const auto verify_all = [&] {
    observer_.last = {};
    return VerifyJob({nullptr, *repository_, options_, observer_, cancel_}).Run({});
  };
  for (const int number : {7, 8}) {
    SetDetails set;
    set.summary.id = "set-" + TestId(number);
    set.summary.account = "$G";
    set.members.emplace_back().backup = TestId(1);
    set.members.back().stream = "S";
    ASSERT_TRUE(repository_->sets().Add(set));
  }
  const auto good = verify_all();
  ASSERT_TRUE(good) << good.error().message;
  EXPECT_THAT(good->findings, ::testing::IsEmpty());
  EXPECT_EQ(ChooseSet(*repository_, "latest")->summary.id, "set-" + TestId(8));

  const std::string path = "jk.sets/set-" + TestId(8);
  files().SetFault([&](Operation, const std::string& at, std::uint64_t) -> std::optional<Error> {
    if (at != path) return std::nullopt;
    return Error{Errc::kStorageError, "cannot read " + at, {}, 0};
  });
  const auto unread = verify_all();
  ASSERT_FALSE(unread);
  EXPECT_THAT(unread.error().message, HasSubstr("cannot read " + path));
  EXPECT_EQ(ChooseSet(*repository_, "latest").error().code, Errc::kNewerBackupUnusable);
  files().SetFault({});

  files().Write(path, "no document");
  const auto damaged = verify_all();
  ASSERT_TRUE(damaged) << damaged.error().message;
  EXPECT_EQ(damaged->damaged, 1U);
  EXPECT_THAT(damaged->findings, ::testing::ElementsAre(HasSubstr(path)));
  // An older one is not taken in silence.
  const auto chosen = ChooseSet(*repository_, "latest");
  ASSERT_FALSE(chosen);
  EXPECT_EQ(chosen.error().code, Errc::kNewerBackupUnusable);
  EXPECT_THAT(chosen.error().message, HasSubstr("set-" + TestId(8)));
  EXPECT_TRUE(ChooseSet(*repository_, "set-" + TestId(7)));
}

}  // namespace
}  // namespace jetkeep
