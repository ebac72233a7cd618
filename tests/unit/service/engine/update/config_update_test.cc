#include "service/engine/update/config_update.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "service/engine/update/immutable_fields.h"
#include "service/engine/update/removals.h"
#include "tests/unit/service/engine/restore/fake_server.h"

namespace jetkeep {
namespace {

Drift Field(const std::string& field, const std::string& kept, const std::string& found,
            const std::string& consumer = {}) {
  return {DriftKind::kFieldDiffers, "S", consumer, field, kept, found};
}

TEST(ImmutableFields, AreThoseThatServersRefuse) {
  const ServerVersion v2_9{2, 9, 10};
  const ServerVersion v2_10{2, 10, 27};
  const ServerVersion v2_12{2, 12, 15};
  const ServerVersion v2_15{2, 15, 1};
  struct Row {
    Drift drift;
    ServerVersion server;
    bool refused;
  };
  const std::vector<Row> rows = {
      {Field("storage", R"("memory")", R"("file")"), v2_15, true},
      {Field("retention", R"("workqueue")", R"("limits")"), v2_15, true},
      {Field("retention", R"("limits")", R"("interest")"), v2_10, false},
      {Field("retention", R"("limits")", R"("interest")"), v2_9, true},
      {Field("max_consumers", "5", "-1"), v2_10, true},
      {Field("max_consumers", "5", "-1"), v2_12, false},
      {Field("sealed", "false", "true"), v2_15, true},
      {Field("sealed", "true", "false"), v2_15, false},
      {Field("deny_purge", "", "true"), v2_9, true},
      {Field("deny_purge", "true", ""), v2_9, false},
      {Field("mirror", "", R"({"name":"O"})"), v2_12, false},
      {Field("mirror", "", R"({"name":"O"})"), v2_10, true},
      {Field("mirror", R"({"name":"O"})", ""), v2_15, true},
      {Field("mirror.name", R"("A")", R"("B")"), v2_15, true},
      {Field("sources", "", R"([{"name":"O"}])"), v2_9, false},
      {Field("max_msgs", "1", "2"), v2_9, false},
      {Field("allow_msg_ttl", "", "true"), v2_15, true},
      {Field("ack_policy", R"("all")", R"("explicit")", "c"), v2_15, true},
      {Field("deliver_subject", R"("a")", R"("b")", "c"), v2_15, false},
      {Field("deliver_subject", "", R"("b")", "c"), v2_15, true},
      {Field("mem_storage", "true", "", "c"), v2_10, false},
      {Field("mem_storage", "true", "", "c"), v2_15, true},
      {Field("ack_wait", "1", "2", "c"), v2_9, false},
      // The same words of the other kind.
      {Field("storage", "1", "2", "c"), v2_15, false},
      {Field("ack_policy", "1", "2"), v2_15, false},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(WhyImmutable(row.drift, row.server).has_value(), row.refused)
        << row.drift.field << " " << row.drift.kept_json << " " << Text(row.server);
  }
}

struct Counts {
  std::uint64_t at_least = 0;
  std::uint64_t at_most = 0;
  friend bool operator==(const Counts&, const Counts&) = default;
};

// Of 50 messages of 10 bytes on 5 subjects.
std::vector<Counts> RemovedBy(const StreamConfigFacts& before, const StreamConfigFacts& after,
                              const std::vector<Drift>& differences = {}) {
  FakeServer server(false);
  StreamInfo found;
  found.state.messages = 50;
  found.state.bytes = 500;
  found.state.first_sequence = 1;
  found.state.last_sequence = 50;
  found.state.num_subjects = 5;
  found.state.first_time_ns = 1'000;
  const auto removals = RemovalsBy(server, {found, before, after, differences, 2'000, {2, 15, 1}});
  EXPECT_TRUE(removals);
  std::vector<Counts> counts;
  for (const ConfigChanges::Removal& removal : *removals) {
    counts.push_back({removal.at_least, removal.at_most});
  }
  return counts;
}

TEST(Removals, AreCountedAsFarAsTheyCanBeKnown) {
  using All = std::vector<Counts>;
  const StreamConfigFacts open;
  StreamConfigFacts limited;
  limited.max_messages = 20;
  EXPECT_EQ(RemovedBy(open, limited), (All{{30, 30}}));
  EXPECT_EQ(RemovedBy(limited, open), All{});
  EXPECT_EQ(RemovedBy(limited, limited), All{});
  // What refuses new messages takes none away, until it does.
  StreamConfigFacts refusing = limited;
  refusing.discards_new = true;
  EXPECT_EQ(RemovedBy(open, refusing), (All{{0, 30}}));
  EXPECT_EQ(RemovedBy(refusing, limited), (All{{30, 30}}));
  limited.max_messages = 50;
  EXPECT_EQ(RemovedBy(open, limited), All{});

  StreamConfigFacts subjects;
  subjects.max_per_subject = 1;
  EXPECT_EQ(RemovedBy(open, subjects), (All{{45, 45}}));
  subjects.max_per_subject = 4;
  EXPECT_EQ(RemovedBy(open, subjects), (All{{30, 45}}));
  // One subject may have 46 of them.
  subjects.max_per_subject = 46;
  EXPECT_EQ(RemovedBy(open, subjects), All{});
  subjects.max_per_subject = 45;
  EXPECT_EQ(RemovedBy(open, subjects), (All{{0, 45}}));

  StreamConfigFacts bytes;
  bytes.max_bytes = 499;
  EXPECT_EQ(RemovedBy(open, bytes), (All{{1, 50}}));
  bytes.max_bytes = 500;
  EXPECT_EQ(RemovedBy(open, bytes), All{});

  StreamConfigFacts young;
  young.max_age_ns = 1'500;
  EXPECT_EQ(RemovedBy(open, young), All{});

  StreamConfigFacts interest;
  interest.removes_on_ack = true;
  EXPECT_EQ(RemovedBy(open, interest, {Field("retention", R"("interest")", R"("limits")")}),
            (All{{0, 50}}));
  EXPECT_EQ(RemovedBy(interest, interest, {Field("filter_subject", R"("a")", "", "c")}),
            (All{{0, 50}}));
  EXPECT_EQ(RemovedBy(interest, interest, {Field("ack_wait", "1", "2", "c")}), All{});
}

class ConfigUpdateTest : public ::testing::Test {
 protected:
  ConfigUpdateTest() {
    server_.stream.emplace();
    server_.stream->config_json =
        R"({"name":"S","subjects":["s"],"retention":"limits","storage":"file","max_msgs":10})";
    server_.stream->created = "2026-11-27T00:00:00Z";
    manifest_.id = "20261121T012410Z-7k2m9qdx";
    manifest_.stream = "S";
    manifest_.config_json =
        R"({"name":"S","subjects":["s"],"retention":"limits","storage":"file","max_msgs":20})";
    manifest_.consumers.push_back(
        {"c", R"({"durable_name":"c","ack_policy":"explicit"})", "", {}, ConsumerOrigin::kServer});
  }
  Result<ConfigUpdate> Plan(UpdateRights rights = {true, false}) {
    ServerFacts facts;
    facts.identity = server_.identity;
    facts.streams = {{"S", std::nullopt}};
    return PlanConfigUpdate(server_, manifest_, SameStream(manifest_), facts, rights);
  }
  FakeServer server_{false};
  Manifest manifest_;
};

TEST_F(ConfigUpdateTest, NothingIsChangedOfAStreamThatChangedSinceItWasLookedAt) {
  auto update = Plan();
  ASSERT_TRUE(update) << update.error().message;
  ASSERT_TRUE(update->refusals.empty()) << update->refusals.front().message;
  EXPECT_TRUE(update->changes_stream);
  EXPECT_EQ(update->absent, std::vector<std::string>{"c"});

  const StreamInfo as_planned = *server_.stream;
  server_.stream->created = "2026-11-27T00:00:01Z";  // another one of that name
  EXPECT_EQ(ApplyConfigUpdate(server_, *update, CancelToken()).error().code, Errc::kStreamChanged);
  server_.stream = as_planned;
  server_.stream->config_json.insert(1, R"("description":"other",)");
  EXPECT_EQ(ApplyConfigUpdate(server_, *update, CancelToken()).error().code, Errc::kStreamChanged);
  server_.stream = as_planned;
  ConsumerInfo made;
  made.name = "c";
  made.config_json = R"({"durable_name":"c","ack_policy":"all"})";
  server_.consumers = {made};
  EXPECT_EQ(ApplyConfigUpdate(server_, *update, CancelToken()).error().code, Errc::kStreamChanged);
  server_.stream.reset();
  EXPECT_EQ(ApplyConfigUpdate(server_, *update, CancelToken()).error().code, Errc::kStreamNotFound);
  EXPECT_TRUE(server_.updates.empty());
}

TEST_F(ConfigUpdateTest, MessagesThatCameAfterThePlanAreNotRemovedWithoutLeave) {
  server_.stream->config_json =
      R"({"name":"S","subjects":["s"],"retention":"limits","storage":"file"})";
  server_.stream->state.messages = 20;
  server_.stream->state.first_sequence = 1;
  server_.stream->state.last_sequence = 20;
  auto update = Plan();
  ASSERT_TRUE(update) << update.error().message;
  ASSERT_TRUE(update->refusals.empty()) << update->refusals.front().message;
  EXPECT_TRUE(update->changes.removals.empty());
  auto leave = Plan({true, true});
  ASSERT_TRUE(leave) << leave.error().message;

  server_.stream->state.messages = 23;
  server_.stream->state.last_sequence = 23;
  const Status refused = ApplyConfigUpdate(server_, *update, CancelToken());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kRemovesMessages);
  EXPECT_TRUE(server_.updates.empty());
  // With leave the count is that of the moment; this server makes no consumers.
  EXPECT_FALSE(ApplyConfigUpdate(server_, *leave, CancelToken()));
  EXPECT_EQ(server_.updates.size(), 1U);
  ASSERT_EQ(leave->changes.removals.size(), 1U);
  EXPECT_EQ(leave->changes.removals.front().at_most, 3U);
}

TEST_F(ConfigUpdateTest, ConsumersThatWereNotAskedForAreNotSaidToBeMissingFromTheBackup) {
  ConsumerInfo other;
  other.name = "b";
  other.config_json = R"({"durable_name":"b","ack_policy":"explicit"})";
  server_.consumers = {other};
  const auto extras = [](const ConfigUpdate& update) {
    return std::count_if(
        update.changes.differences.begin(), update.changes.differences.end(),
        [](const Drift& drift) { return drift.kind == DriftKind::kConsumerExtra; });
  };
  const auto named = [](const ConfigUpdate& update) {
    return std::count(update.warnings.begin(), update.warnings.end(),
                      "consumer b is not in the backup, and is left as it is");
  };
  const auto all = Plan();
  ASSERT_TRUE(all) << all.error().message;
  EXPECT_EQ(extras(*all), 1);
  EXPECT_EQ(named(*all), 1);
  const auto some = Plan({true, false, /*all_consumers=*/false});
  ASSERT_TRUE(some) << some.error().message;
  EXPECT_EQ(extras(*some), 0);
  EXPECT_EQ(named(*some), 0);
  EXPECT_EQ(some->absent, std::vector<std::string>{"c"});
}

TEST_F(ConfigUpdateTest, AStreamOfARestoreThatHasNotEndedIsNotTouched) {
  server_.stream->config_json.insert(
      1, R"("metadata":{"jetkeep.restore":"0123456789abcdef0123456789abcdef"},)");
  const auto update = Plan();
  ASSERT_FALSE(update);
  EXPECT_EQ(update.error().code, Errc::kStreamChanged);
}

TEST_F(ConfigUpdateTest, WithoutTheRightOnlyWhatIsAbsentIsCreated) {
  const auto refused = Plan({});
  ASSERT_TRUE(refused);
  ASSERT_EQ(refused->refusals.size(), 1U);
  EXPECT_EQ(refused->refusals.front().code, Errc::kConfigDiffers);
  server_.stream->config_json = manifest_.config_json;
  const auto update = Plan({});
  ASSERT_TRUE(update);
  EXPECT_TRUE(update->refusals.empty());
  EXPECT_FALSE(update->changes_stream);
  EXPECT_EQ(update->absent, std::vector<std::string>{"c"});
}

}  // namespace
}  // namespace jetkeep
