#include "service/observe/stream_figures.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace jetkeep {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

BackupSummary Backup(std::int64_t at_seconds, BackupCondition condition) {
  BackupSummary backup;
  backup.stream = "ORDERS";
  backup.id = "id-" + std::to_string(1'000 + at_seconds);
  backup.lineage = "life";
  backup.exact_cut = true;
  backup.condition = condition;
  backup.last_sequence = static_cast<std::uint64_t>(at_seconds);
  backup.started_ns = (at_seconds - 2) * kSecond;
  backup.cut_time_ns = at_seconds * kSecond;
  backup.completed_ns = (at_seconds + 3) * kSecond;
  backup.messages = static_cast<std::uint64_t>(at_seconds);
  backup.stored_bytes = 10;
  return backup;
}

StreamFigures FiguresOfOrders(const std::vector<BackupSummary>& backups) {
  FiguresFold fold;
  for (const BackupSummary& backup : backups) fold.Add(backup, false);
  return fold.Take().at("ORDERS");
}

TEST(StreamFigures, TheNewestGoodBackupCounts) {
  BackupSummary failed = Backup(400, BackupCondition::kComplete);
  failed.verified = Verification{.time_ns = 450 * kSecond, .ok = false};
  const StreamFigures figures = FiguresOfOrders(
      {failed, Backup(300, BackupCondition::kDamaged), Backup(100, BackupCondition::kComplete),
       Backup(200, BackupCondition::kComplete), Backup(500, BackupCondition::kConfigOnly)});
  EXPECT_EQ(figures.last_success_ns, 200 * kSecond);
  EXPECT_EQ(figures.messages, 200U);
  EXPECT_EQ(figures.duration_seconds, 5);
  EXPECT_EQ(figures.newest_stored_bytes, 10U);
  EXPECT_EQ(figures.stored_bytes, 50U);
  EXPECT_EQ(figures.backups[0], 2U);  // good
  EXPECT_EQ(figures.backups[1], 2U);  // bad
  EXPECT_EQ(figures.backups[2], 1U);  // config_only
}

TEST(StreamFigures, WithoutAGoodBackupThereIsNoSuccess) {
  EXPECT_EQ(FiguresOfOrders({Backup(300, BackupCondition::kDamaged)}).last_success_ns, 0);
}

TEST(StreamFigures, VerifiedAndDrilledAreThoseOfAnyGoodBackup) {
  BackupSummary older = Backup(100, BackupCondition::kComplete);
  older.verified = Verification{.time_ns = 900 * kSecond, .ok = true, .drill = true};
  BackupSummary newer = Backup(200, BackupCondition::kComplete);
  newer.verified = Verification{.time_ns = 800 * kSecond, .ok = true};
  BackupSummary failed = Backup(300, BackupCondition::kComplete);
  failed.verified = Verification{.time_ns = 1'000 * kSecond, .ok = false, .drill = true};
  const StreamFigures figures = FiguresOfOrders({older, newer, failed});
  EXPECT_EQ(figures.last_verified_ns, 900 * kSecond);
  EXPECT_EQ(figures.last_drilled_ns, 900 * kSecond);
  EXPECT_EQ(FiguresOfOrders({newer}).last_drilled_ns, 0);
}

// Whatever clock the server has: an age below zero would keep an alert silent.
TEST(StreamFigures, DataIsNotNewerThanItsBackup) {
  BackupSummary ahead = Backup(100, BackupCondition::kComplete);
  ahead.cut_time_ns = 1'000'000 * kSecond;
  EXPECT_EQ(FiguresOfOrders({ahead}).last_success_ns, 103 * kSecond);
}

// Clocks of several servers disagree; sequences and ids do not.
TEST(StreamFigures, TheNewestIsThatOfTheOrderOfBackups) {
  BackupSummary newer = Backup(100, BackupCondition::kComplete);
  newer.last_sequence = 900;
  EXPECT_EQ(FiguresOfOrders({newer, Backup(200, BackupCondition::kComplete)}).messages, 100U);
  BackupSummary next_life = Backup(50, BackupCondition::kComplete);
  next_life.lineage = "next life";
  next_life.id = "id-9999";
  EXPECT_EQ(FiguresOfOrders({newer, next_life}).messages, 50U);
  EXPECT_EQ(FiguresOfOrders({next_life, newer}).messages, 50U);
  BackupSummary bad = next_life;
  bad.condition = BackupCondition::kDamaged;
  EXPECT_EQ(FiguresOfOrders({bad, newer}).messages, 100U);
}

TEST(StreamFigures, WhatIsNotProvedIsNoSuccess) {
  BackupSummary unproved = Backup(100, BackupCondition::kComplete);
  unproved.exact_cut = false;
  EXPECT_EQ(FiguresOfOrders({unproved}).last_success_ns, 0);
  EXPECT_EQ(FiguresOfOrders({unproved}).backups[3], 1U);
  FiguresFold fold;
  fold.Add(Backup(100, BackupCondition::kComplete), true);
  const StreamFigures unknown = fold.Take().at("ORDERS");
  EXPECT_EQ(unknown.last_success_ns, 0);
  EXPECT_EQ(unknown.backups[0], 0U);
  EXPECT_EQ(unknown.backups[4], 1U);
}

// The times of imported files are those of a copy.
TEST(StreamFigures, ABackupWithoutATimeOfItsCutIsNoSuccess) {
  BackupSummary imported = Backup(100, BackupCondition::kComplete);
  imported.kind = "imported";
  imported.cut_time_ns = 0;
  EXPECT_EQ(FiguresOfOrders({imported}).last_success_ns, 0);
  EXPECT_EQ(FiguresOfOrders({imported}).backups[0], 1U);
}

class Attempts : public testing::Test {
 protected:
  void Failed(std::int64_t at, Errc code) {
    const Error error{code, "no", {}, 0};
    fold_.AddAttempt({"ORDERS", at, &error});
  }
  bool Shown() { return fold_.Take().contains("ORDERS"); }
  FiguresFold fold_;
};

TEST_F(Attempts, AStreamThatFailedIsShownWithoutABackup) {
  Failed(2, Errc::kStreamDamaged);
  EXPECT_EQ(fold_.Take().at("ORDERS").last_success_ns, 0);
}

TEST_F(Attempts, TheNewestAttemptCountsInWhateverOrderTheyCome) {
  Failed(2, Errc::kStreamNotFound);
  Failed(1, Errc::kTimeout);
  EXPECT_FALSE(Shown());
  Failed(1, Errc::kStreamNotFound);
  Failed(2, Errc::kTimeout);
  EXPECT_TRUE(Shown());
  Failed(1, Errc::kTimeout);
  fold_.AddAttempt({"ORDERS", 2, nullptr});  // its backup was deleted since
  EXPECT_FALSE(Shown());
}

TEST_F(Attempts, AnAttemptSaysNothingOfAStreamWithBackups) {
  fold_.Add(Backup(100, BackupCondition::kComplete), false);
  Failed(200 * kSecond, Errc::kTimeout);
  EXPECT_EQ(fold_.Take().at("ORDERS").last_success_ns, 100 * kSecond);
}

}  // namespace
}  // namespace jetkeep
