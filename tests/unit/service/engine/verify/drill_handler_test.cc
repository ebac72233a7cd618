// What a drill calls a difference.
#include "service/engine/verify/drill_handler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_list.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kNow = 1'800'000'000'000'000'000;

RecordView Record(std::uint64_t sequence) {
  return {sequence, 1'700'000'000'000'000'000, "orders.new", {}, "payload"};
}

std::vector<std::string> Compare(const Manifest& manifest, std::vector<std::uint64_t> backed_up,
                                 const std::function<void(DrillHandler&)>& copy,
                                 StreamConfigFacts times = {}) {
  RecordList records(std::move(backed_up));
  DrillHandler handler(manifest, records, std::move(times), kNow);
  copy(handler);
  auto differences = handler.Finish();
  EXPECT_TRUE(differences);
  return differences.value_or(std::vector<std::string>{"no result"});
}

void Give(DrillHandler& handler, const std::vector<std::uint64_t>& sequences) {
  for (const std::uint64_t sequence : sequences) EXPECT_TRUE(handler.OnRecord(Record(sequence)));
}

TEST(DrillHandler, TheSameMessagesAreNoDifference) {
  EXPECT_THAT(Compare({}, {1, 2, 5}, [](DrillHandler& copy) { Give(copy, {1, 2, 5}); }), IsEmpty());
  EXPECT_THAT(Compare({}, {}, [](DrillHandler&) {}), IsEmpty());
}

TEST(DrillHandler, MissingMessagesAreNamed) {
  EXPECT_THAT(Compare({}, {1, 2, 3, 5, 6, 9},
                      [](DrillHandler& copy) {
                        Give(copy, {2, 6});
                      }),
              ElementsAre(HasSubstr("sequences 1, 3, 5, 9 are missing")));
}

TEST(DrillHandler, MessagesThatTheBackupDoesNotHaveAreNamedUnlessTheyAreDeletedLater) {
  const auto copy = [](DrillHandler& handler) {
    Give(handler, {1, 2, 3, 4});
    EXPECT_TRUE(handler.OnDeleted(4, 4));
  };
  EXPECT_THAT(Compare({}, {1, 3}, copy),
              ElementsAre(HasSubstr("sequences 2 are not in the backup")));
}

TEST(DrillHandler, EveryPartOfAMessageIsCompared) {
  for (int part = 0; part < 4; ++part) {
    const auto copy = [part](DrillHandler& handler) {
      RecordView record = Record(7);
      if (part == 0) ++record.timestamp_ns;
      if (part == 1) record.subject = "orders.old";
      if (part == 2) record.headers = "NATS/1.0\r\n\r\n";
      if (part == 3) record.payload = "payloae";
      EXPECT_TRUE(handler.OnRecord(record));
    };
    EXPECT_THAT(Compare({}, {7}, copy), ElementsAre(HasSubstr("7 differ from the backup"))) << part;
  }
}

TEST(DrillHandler, WhatHasExpiredMeanwhileIsNotMissing) {
  StreamConfigFacts times;
  times.max_age_ns = 1;
  EXPECT_THAT(Compare(
                  {}, {1, 2}, [](DrillHandler& copy) { Give(copy, {2}); }, times),
              IsEmpty());
}

TEST(DrillHandler, ConsumersThatStandWhereTheBackupHasThemMustHaveTheSamePending) {
  Manifest manifest;
  ConsumerBackup consumer;
  consumer.name = "c";
  consumer.state.delivered = {3, 3};
  consumer.state.ack_floor = {1, 1};
  consumer.state.pending.Append(2, {2, 5});
  consumer.state.pending.Append(3, {3, 5});
  consumer.state.redelivered.Append(2, 1);
  manifest.consumers.push_back(consumer);
  const auto with = [&](const std::function<void(ConsumerState&)>& change) {
    return Compare(manifest, {}, [&](DrillHandler& copy) {
      ConsumerBackup found = consumer;
      change(found.state);
      EXPECT_TRUE(copy.OnConsumer(found));
    });
  };
  EXPECT_THAT(with([](ConsumerState&) {}), IsEmpty());
  EXPECT_THAT(with([](ConsumerState& state) { state.pending.RemoveAbove(2); }),
              ElementsAre(HasSubstr("consumer c has other messages pending")));
  EXPECT_THAT(with([](ConsumerState& state) {
                state.redelivered = {};
                state.redelivered.Append(2, 2);
              }),
              ElementsAre(HasSubstr("consumer c has other redelivery counts")));
  // A client has begun to use it, or a cluster wrote it down at its floor.
  EXPECT_THAT(with([](ConsumerState& state) { state.delivered = {4, 4}; }), IsEmpty());
  EXPECT_THAT(with([](ConsumerState& state) {
                state = {};
                state.delivered = state.ack_floor = {1, 1};
              }),
              IsEmpty());
}

TEST(DrillHandler, DamageInTheCopyIsADifference) {
  EXPECT_THAT(Compare({}, {},
                      [](DrillHandler& copy) {
                        EXPECT_TRUE(copy.OnDamage({"block 1", "its checksum is wrong", 0}));
                      }),
              ElementsAre(HasSubstr("block 1: its checksum is wrong")));
}

TEST(DrillHandler, ADamagedBackupIsAnError) {
  RecordList records({1});
  records.FailAtEnd(Error{Errc::kRepositoryCorrupt, "block 2 is damaged", {}});
  const Manifest manifest;
  DrillHandler handler(manifest, records, {}, kNow);
  EXPECT_TRUE(handler.OnRecord(Record(1)));
  EXPECT_EQ(handler.OnRecord(Record(2)).error().code, Errc::kRepositoryCorrupt);
}

}  // namespace
}  // namespace jetkeep
