#include "service/engine/restore/changed_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "service/engine/restore/server_clock.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNow = 1'800'000'000 * kSecond;

// A message of each subject in turn, at the times given or a second apart before now.
struct Stored {
  std::string config_json;
  std::vector<std::string> subjects;
  std::vector<std::int64_t> times = {};
};

class ChangedTargetTest : public RepositoryTest {
 protected:
  void SetUp() override { repository_ = Open(); }

  Result<RestoreTarget> Change(const Stored& stored, const RestoreChanges& changes,
                               bool allow_removal = false) {
    JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(stored.config_json));
    const std::string id = TestId(++made_);
    JETKEEP_ASSIGN(const auto writer, repository_->BeginBackup(facts.name, "", id));
    const std::size_t count = stored.subjects.size();
    Manifest manifest = TestManifest(facts.name, id, count, 0);
    manifest.config_json = stored.config_json;
    manifest.consumers.clear();
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t time = stored.times.empty()
                                    ? kNow - static_cast<std::int64_t>(count - i) * kSecond
                                    : stored.times[i];
      const RecordView record{i + 1, time, stored.subjects[i], "", "payload"};
      if (i == 0) manifest.state.first_time_ns = time;
      manifest.state.bytes += FileStoreSize(record);
      JETKEEP_TRY(writer->AddRecord(record));
    }
    JETKEEP_ASSIGN(Manifest finished, writer->Finish(std::move(manifest), kNow));
    part_ = {std::move(finished), {}};
    return ChangeTarget(*repository_, part_, changes, allow_removal, server_, CancelToken());
  }
  std::vector<std::string> Refusals(const Stored& stored, const RestoreChanges& changes) {
    const auto target = Change(stored, changes);
    if (!target) return {"failed: " + target.error().message};
    std::vector<std::string> texts;
    for (const Error& refusal : target->refusals) texts.push_back(refusal.message);
    return texts;
  }
  std::uint64_t Messages() const { return part_.manifest.state.messages; }

  std::unique_ptr<Repository> repository_;
  BackupPart part_;
  ServerLimits server_{kNow, false};
  int made_ = 0;
};

RestoreChanges Set(const std::string& field, const std::string& value) {
  RestoreChanges changes;
  changes.set = {{field, value}};
  return changes;
}

RestoreChanges Mapped(std::vector<SubjectRule> rules) {
  RestoreChanges changes;
  changes.as = "COPY";
  changes.map_subjects = std::move(rules);
  return changes;
}

// Servers remove what is too much of a subject, whatever the stream discards.
TEST_F(ChangedTargetTest, TheLimitOfSubjectsCountsInStreamsThatDiscardNew) {
  const Stored bucket{
      R"({"name":"KV_x","subjects":["$KV.x.>"],"max_msgs_per_subject":5,"discard":"new"})",
      {"$KV.x.a", "$KV.x.b", "$KV.x.a", "$KV.x.a"}};
  const RestoreChanges one = Set("max_msgs_per_subject", "1");
  const auto refusals = Refusals(bucket, one);
  ASSERT_THAT(refusals, SizeIs(1));
  EXPECT_THAT(refusals[0], HasSubstr("2 of 4 messages"));
  const auto target = Change(bucket, one, /*allow_removal=*/true);
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_THAT(target->refusals, IsEmpty());
  EXPECT_EQ(Messages(), 2U);
  EXPECT_TRUE(part_.manifest.deleted.Contains(3));
  EXPECT_THAT(Refusals(bucket, Set("max_msgs_per_subject", "3")), IsEmpty());
}

TEST_F(ChangedTargetTest, TotalLimitsOfStreamsThatDiscardNewGoByTheServer) {
  const Stored stored{R"({"name":"S","subjects":["a"],"discard":"new"})", {"a", "a", "a"}};
  EXPECT_THAT(Refusals(stored, Set("max_msgs", "1")), IsEmpty());
  EXPECT_THAT(Refusals(stored, Set("max_bytes", "50")), IsEmpty());
  server_.discard_new_removes = true;
  EXPECT_THAT(Refusals(stored, Set("max_msgs", "1")), SizeIs(1));
  EXPECT_THAT(Refusals(stored, Set("max_bytes", "50")), SizeIs(1));
}

TEST_F(ChangedTargetTest, ABucketUnderAnotherNameMergesNothing) {
  const Stored bucket{
      R"({"name":"KV_x","subjects":["$KV.x.>"],"max_msgs_per_subject":2,"discard":"new"})",
      {"$KV.x.a", "$KV.x.a", "$KV.x.b"}};
  RestoreChanges changes;
  changes.as = "KV_yz";
  const auto target = Change(bucket, changes);
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_THAT(target->refusals, IsEmpty());
  EXPECT_THAT(target->unchecked, IsEmpty());
  std::uint64_t bytes = 0;
  for (const char* subject : {"$KV.yz.a", "$KV.yz.a", "$KV.yz.b"}) {
    bytes += FileStoreSize({1, 0, subject, "", "payload"});
  }
  EXPECT_EQ(part_.manifest.state.bytes, bytes);
}

// The stream's subjects were others once, or it transforms them.
TEST_F(ChangedTargetTest, SubjectsThatTheConfigurationDoesNotName) {
  const RestoreChanges merging = Mapped({{"old.*", "new.$1"}});
  for (const char* more :
       {"", R"(,"subject_transform":{"src":"new.*","dest":"new.{{wildcard(1)}}"})"}) {
    const Stored stored{
        std::string(R"({"name":"S","subjects":["new.*"],"max_msgs_per_subject":1)") + more + "}",
        {"old.a", "new.b", "new.a"}};
    const auto refusals = Refusals(stored, merging);
    ASSERT_THAT(refusals, SizeIs(1));
    EXPECT_THAT(refusals[0], HasSubstr("1 of 3 messages"));
  }
  // Subjects that become longer, and a size that just holds them as they are.
  const RestoreChanges longer = Mapped({{"old.*", "much.longer.than.before.$1"}});
  const Stored full{R"({"name":"S","subjects":["new.*"],"max_bytes":84})", {"old.a", "old.b"}};
  ASSERT_TRUE(Change(full, Mapped({{"x", "y"}})));
  ASSERT_LE(part_.manifest.state.bytes, 84U);
  EXPECT_THAT(Refusals(full, longer), SizeIs(1));
  // Without limits, the size is not known before.
  const auto unlimited =
      Change({R"({"name":"S","subjects":["new.*"]})", {"old.a", "old.b"}}, longer);
  ASSERT_TRUE(unlimited) << unlimited.error().message;
  EXPECT_THAT(unlimited->unchecked, SizeIs(1));
}

TEST_F(ChangedTargetTest, NewRetentions) {
  const auto with = [](const char* retention) {
    return Stored{std::string(R"({"name":"S","subjects":["a"],"retention":")") + retention + "\"}",
                  {"a", "a"}};
  };
  const auto refused = [&](const char* from, const char* to) {
    return Refusals(with(from), Set("retention", '"' + std::string(to) + '"')).size();
  };
  EXPECT_EQ(refused("limits", "workqueue"), 1U);
  EXPECT_EQ(refused("limits", "interest"), 1U);
  EXPECT_EQ(refused("workqueue", "interest"), 1U);
  EXPECT_EQ(refused("interest", "workqueue"), 0U);
  EXPECT_EQ(refused("interest", "interest"), 0U);
  EXPECT_EQ(refused("workqueue", "limits"), 0U);
}

// The server's clock decides what is too old; this machine's may be a little ahead.
TEST_F(ChangedTargetTest, WhatIsAboutTooOldIsLeftToTheServer) {
  const std::int64_t age = 1000 * kSecond;
  const Stored stored{R"({"name":"S","subjects":["a"]})",
                      {"a", "a", "a"},
                      {kNow - age - kClockSkewNs - 1, kNow - age - 1, kNow - age + 1}};
  const RestoreChanges shorter = Set("max_age", std::to_string(age));
  const auto refusals = Refusals(stored, shorter);
  ASSERT_THAT(refusals, SizeIs(1));
  EXPECT_THAT(refusals[0], HasSubstr("2 of 3 messages"));
  const auto target = Change(stored, shorter, /*allow_removal=*/true);
  ASSERT_TRUE(target) << target.error().message;
  EXPECT_EQ(Messages(), 2U);
  EXPECT_EQ(part_.manifest.state.first_sequence, 2U);
  ASSERT_THAT(target->left_out, SizeIs(1));
  EXPECT_THAT(target->left_out[0], HasSubstr("1 of 3 messages"));
  ASSERT_THAT(target->warnings, SizeIs(1));
  EXPECT_THAT(target->warnings[0], HasSubstr("1 messages"));
  // What other limits leave out is not sent, either.
  RestoreChanges both = shorter;
  both.set.emplace_back("max_msgs", "1");
  const auto fewer = Change(stored, both, /*allow_removal=*/true);
  ASSERT_TRUE(fewer) << fewer.error().message;
  EXPECT_EQ(Messages(), 1U);
  EXPECT_EQ(part_.manifest.state.first_sequence, 3U);
  EXPECT_THAT(fewer->warnings, IsEmpty());
}

TEST_F(ChangedTargetTest, AGivenConfigurationOfABucketHasItsNewSubjects) {
  const Stored bucket{R"({"name":"KV_x","subjects":["$KV.x.>"]})", {"$KV.x.a"}};
  RestoreChanges changes;
  changes.as = "KV_y";
  const auto given = [&](const std::string& config_json) {
    changes.config_json = config_json;
    return Refusals(bucket, changes);
  };
  EXPECT_THAT(given(R"({"name":"KV_x","subjects":["$KV.x.>"]})"),
              ::testing::ElementsAre(HasSubstr("$KV.y.>")));
  EXPECT_THAT(given(R"({"name":"KV_y"})"), ::testing::ElementsAre(HasSubstr("$KV.y.>")));
  EXPECT_THAT(given(R"({"name":"KV_y","subjects":["$KV.y.>"]})"), IsEmpty());
  EXPECT_THAT(given(R"({"name":"KV_y","subjects":["other","$KV.*.>"]})"), IsEmpty());
  changes.config_json.clear();
  EXPECT_THAT(Refusals(bucket, changes), IsEmpty());
  changes.set = {{"subjects", R"(["$KV.x.>"])"}};
  EXPECT_THAT(Refusals(bucket, changes), ::testing::ElementsAre(HasSubstr("$KV.y.>")));
}

}  // namespace
}  // namespace jetkeep
