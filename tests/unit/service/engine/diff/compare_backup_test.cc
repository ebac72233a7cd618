// Two backups compared: the judge is what the test put into them.
#include "service/engine/diff/compare_backup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Message {
  std::string subject = "orders.new";
  std::string headers;
  std::string payload;
  std::int64_t time_ns = 0;
};

class CompareBackupTest : public RepositoryTest {
 protected:
  static constexpr std::uint64_t kLast = 500;
  // False: the message is left out.
  using Change = std::function<bool(std::uint64_t sequence, Message& message)>;

  void SetUp() override { repository_ = Open(); }

  // Backups of one lineage, until it is cleared.
  std::string Make(int number, const Change& change = {},
                   const std::function<void(Manifest&)>& edit = {}, std::uint64_t last = kLast,
                   const std::string& stream = "S") {
    const std::string id = TestId(number);
    const auto writer = repository_->BeginBackup(stream, lineage_, id);
    EXPECT_TRUE(writer);
    if (lineage_.empty()) lineage_ = id;
    Manifest manifest = TestManifest(stream, lineage_, last, 0);
    manifest.consumers[0].state = {};
    manifest.consumers[0].state.delivered = {5, 5};
    for (std::uint64_t s = 1; s <= last; ++s) {
      Message message;
      message.payload = PayloadOf(s);
      message.time_ns = static_cast<std::int64_t>(s);
      if (change && !change(s, message)) {
        manifest.deleted.Add(s);
        continue;
      }
      EXPECT_TRUE((*writer)->AddRecord(
          {s, message.time_ns, message.subject, message.headers, message.payload}));
    }
    if (edit) edit(manifest);
    manifest.state.num_deleted = manifest.deleted.Count();
    manifest.state.messages = manifest.state.last_sequence - manifest.state.first_sequence + 1 -
                              manifest.deleted.Count() - manifest.lost.Count();
    const auto finished = (*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'000);
    EXPECT_TRUE(finished) << finished.error().message;
    return id;
  }

  DiffReport Diff(const std::string& a, const std::string& b, std::uint64_t limit = 100) {
    auto report = CompareBackups(*repository_, {a, b, "", limit}, CancelToken());
    EXPECT_TRUE(report) << report.error().message;
    return report ? *std::move(report) : DiffReport();
  }

  std::unique_ptr<Repository> repository_;
  std::string lineage_;
};

TEST_F(CompareBackupTest, EqualBackupsDoNotDiffer) {
  const std::string a = Make(1);
  const std::string b = Make(2);
  for (const std::string& other : {a, b}) {
    const DiffReport report = Diff(a, other);
    EXPECT_EQ(report.equal, kLast);
    EXPECT_EQ(report.Differences(), 0U);
    EXPECT_THAT(report.messages, IsEmpty());
    EXPECT_THAT(report.warnings, IsEmpty());
    EXPECT_FALSE(report.other_life);
  }
}

TEST_F(CompareBackupTest, EveryChangeIsNamedAndNothingElse) {
  const std::string a = Make(1, [](std::uint64_t s, Message& message) {
    if (s == 50) message.headers = "NATS/1.0\r\nA: \xff\r\n\r\n";
    return s != 20 && s != 21;
  });
  const std::string b = Make(
      2,
      [](std::uint64_t s, Message& message) {
        if (s == 50) message.headers = "NATS/1.0\r\nA: \xfe\r\n\r\n";
        if (s == 60) message.payload.back() = '!';
        if (s == 70) message.subject = "orders.old";
        if (s == 80) message.time_ns += 1;
        if (s == 90) {
          message.subject = "\xff";
          message.payload.clear();
        }
        return s != 1 && s != 30 && s != kLast;
      },
      [](Manifest& manifest) {
        manifest.deleted.Remove(1);
        manifest.state.first_sequence = 2;
        manifest.deleted.Remove(kLast);
        manifest.state.last_sequence = kLast - 1;
      });
  const DiffReport report = Diff(a, b);
  EXPECT_EQ(report.only_in_a, 3U);
  EXPECT_EQ(report.before_b, 1U);
  EXPECT_EQ(report.only_in_b, 2U);
  EXPECT_EQ(report.different, 5U);
  EXPECT_EQ(report.equal, kLast - 10);
  using enum MessageChange;
  const std::string subject = "orders.new";
  EXPECT_THAT(
      report.messages,
      ElementsAre(MessageDifference{kOnlyInA, 1, subject}, MessageDifference{kOnlyInB, 20, subject},
                  MessageDifference{kOnlyInB, 21, subject},
                  MessageDifference{kOnlyInA, 30, subject},
                  MessageDifference{kDifferent, 50, subject, false, true, false, false},
                  MessageDifference{kDifferent, 60, subject, false, false, true, false},
                  MessageDifference{kDifferent, 70, subject, true, false, false, false},
                  MessageDifference{kDifferent, 80, subject, false, false, false, true},
                  MessageDifference{kDifferent, 90, subject, true, false, true, false},
                  MessageDifference{kOnlyInA, kLast, subject}));
  const DiffReport reversed = Diff(b, a);
  EXPECT_EQ(reversed.only_in_b, 3U);
  EXPECT_EQ(reversed.only_in_a, 2U);
  EXPECT_EQ(reversed.different, 5U);
  // All are counted, and few listed.
  const DiffReport few = Diff(a, b, 2);
  EXPECT_EQ(few.messages.size(), 2U);
  EXPECT_EQ(few.Differences(), report.Differences());
}

TEST_F(CompareBackupTest, ConfigurationsAndPositionsDiffer) {
  const std::string a = Make(1);
  const std::string b = Make(2, {}, [](Manifest& manifest) {
    manifest.config_json = R"({"name":"S","max_msgs":7})";
    manifest.consumers[0].state.ack_floor = {3, 3};
    ConsumerBackup more;
    more.name = "more";
    more.config_json = R"({"durable_name":"more"})";
    manifest.consumers.push_back(more);
  });
  const DiffReport report = Diff(a, b);
  EXPECT_THAT(report.configs,
              ElementsAre(Drift{DriftKind::kFieldDiffers, "S", "", "max_msgs", "", "7"},
                          Drift{DriftKind::kConsumerExtra, "S", "more"}));
  ASSERT_EQ(report.positions.size(), 1U);
  EXPECT_EQ(report.positions[0].consumer, "worker");
  EXPECT_EQ(report.positions[0].b.ack_floor.stream, 3U);
  EXPECT_EQ(report.Differences(), 3U);
  EXPECT_EQ(report.equal, kLast);
}

TEST_F(CompareBackupTest, WhatABackupLacksIsUnknownAndNotMissing) {
  const std::string a = Make(1);
  const std::string b = Make(
      2, [](std::uint64_t s, Message&) { return s != 40 && s != 41; },
      [](Manifest& manifest) {
        manifest.deleted.Remove(40);
        manifest.lost.Add(40);
        manifest.condition = BackupCondition::kDamaged;
      });
  for (const auto& [left, right] : {std::pair(a, b), std::pair(b, a)}) {
    const DiffReport report = Diff(left, right);
    EXPECT_EQ(report.unknown, 1U);
    EXPECT_EQ(report.only_in_a + report.only_in_b, 1U);
    EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("lacks 1 messages")));
  }
}

TEST_F(CompareBackupTest, OtherStreamsAndOtherLivesAreSaid) {
  const std::string a = Make(1);
  lineage_.clear();
  const std::string reborn = Make(2);
  EXPECT_TRUE(Diff(a, reborn).other_life);
  EXPECT_THAT(Diff(a, reborn).warnings, ElementsAre(HasSubstr("different lives")));
  lineage_.clear();
  const std::string other = Make(3, {}, {}, 3, "T");
  const DiffReport report = Diff(a, other);
  EXPECT_TRUE(report.other_life);
  EXPECT_THAT(report.warnings, ElementsAre(HasSubstr("different streams, S and T")));
  EXPECT_EQ(report.equal, 3U);
  EXPECT_EQ(report.only_in_a, kLast - 3);
}

TEST_F(CompareBackupTest, DamageIsAnErrorAndNoDifference) {
  const std::string a = Make(1);
  const std::string b = Make(2);
  const auto manifest = repository_->Load(b);
  ASSERT_TRUE(manifest);
  const std::string name = manifest->segments[manifest->segments.size() / 2].name;
  bool damaged = false;
  for (const std::string& path : files().Paths()) {
    if (path.find(name) == std::string::npos) continue;
    std::string bytes = files().Read(path);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    files().Write(path, std::move(bytes));
    damaged = true;
  }
  ASSERT_TRUE(damaged);
  for (const auto& [left, right] : {std::pair(a, b), std::pair(b, a)}) {
    const auto report = CompareBackups(*repository_, {left, right, "", 10}, CancelToken());
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::kRepositoryCorrupt) << report.error().message;
  }
  EXPECT_EQ(CompareBackups(*repository_, {a, TestId(9), "", 1}, CancelToken()).error().code,
            Errc::kBackupNotFound);
}

}  // namespace
}  // namespace jetkeep
