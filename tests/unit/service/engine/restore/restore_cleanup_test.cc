#include "service/engine/restore/restore_cleanup.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStarted = 1'795'224'240 * kSecond;  // 2026-11-21T01:24:00Z

RestoreInProgress Restore() {
  RestoreInProgress restore;
  restore.stream = "S";
  restore.config_json = R"({"name":"S","subjects":["s.>"],"retention":"limits","storage":"file"})";
  restore.state.messages = 100;
  restore.state.first_sequence = 1;
  restore.state.last_sequence = 100;
  restore.state.last_time_ns = kStarted - 3600 * kSecond;
  restore.stream_created = "2026-01-01T00:00:00Z";
  restore.started_ns = kStarted;
  return restore;
}

// The first `messages` of the backup, as a partial restore leaves them.
StreamInfo Partial(std::uint64_t messages) {
  StreamInfo live;
  live.config_json =
      R"({"name":"S","subjects":["s.>"],"retention":"limits","storage":"file","num_replicas":1})";
  live.created = "2026-11-21T01:24:01Z";
  live.state.messages = messages;
  live.state.last_sequence = messages;
  live.state.last_time_ns = messages == 0 ? 0 : kStarted - 7200 * kSecond;
  return live;
}

TEST(CouldBeLeftover, APartialStreamOfThisRestore) {
  EXPECT_TRUE(CouldBeLeftover(Restore(), Partial(40)));
  EXPECT_TRUE(CouldBeLeftover(Restore(), Partial(0)));
  StreamInfo whole = Partial(100);
  whole.created = "2026-01-01T00:00:00Z";
  EXPECT_TRUE(CouldBeLeftover(Restore(), whole)) << "it has the time that was sent";
}

TEST(CouldBeLeftover, HoweverTheServerWritesItsSubjects) {
  StreamInfo live = Partial(40);
  live.config_json =
      R"({"name":"S","subjects":["s.\u003e"],"retention":"limits","storage":"file"})";
  EXPECT_TRUE(CouldBeLeftover(Restore(), live));
}

TEST(CouldBeLeftover, NotAStreamWithAnotherConfiguration) {
  StreamInfo live = Partial(40);
  live.config_json = R"({"name":"S","subjects":["t.>"],"retention":"limits","storage":"file"})";
  EXPECT_FALSE(CouldBeLeftover(Restore(), live));
  live.config_json = "not JSON";
  EXPECT_FALSE(CouldBeLeftover(Restore(), live));
}

TEST(CouldBeLeftover, NotAStreamThatHoldsMore) {
  EXPECT_FALSE(CouldBeLeftover(Restore(), Partial(101)));
  StreamInfo live = Partial(40);
  live.state.last_time_ns = kStarted + kSecond;
  EXPECT_FALSE(CouldBeLeftover(Restore(), live)) << "a message stored since";
}

TEST(CouldBeLeftover, NotAStreamThatWasThereBefore) {
  StreamInfo live = Partial(40);
  live.created = "2026-11-20T00:00:00Z";
  EXPECT_FALSE(CouldBeLeftover(Restore(), live));
  live.created = "";
  EXPECT_FALSE(CouldBeLeftover(Restore(), live));
}

TEST(CouldBeLeftover, NotAnEmptyStreamMadeLongAfterTheRestoreWasAbandoned) {
  RestoreInProgress restore = Restore();
  restore.abandoned = true;
  EXPECT_TRUE(CouldBeLeftover(restore, Partial(0)));
  StreamInfo later = Partial(0);
  later.created = "2026-11-21T01:44:00Z";
  EXPECT_FALSE(CouldBeLeftover(restore, later));
}

TEST(IsWhole, AsFarAsTheBackupWhateverHasGoneOrComeSince) {
  EXPECT_TRUE(IsWhole(Restore(), Partial(100)));
  EXPECT_FALSE(IsWhole(Restore(), Partial(99)));
  StreamInfo consumed = Partial(100);
  consumed.state.messages = 3;
  EXPECT_TRUE(IsWhole(Restore(), consumed));
}

}  // namespace
}  // namespace jetkeep
