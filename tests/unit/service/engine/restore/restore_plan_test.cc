#include "service/engine/restore/restore_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/engine/restore/account_room.h"

namespace jetkeep {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class RestorePlanTest : public ::testing::Test {
 protected:
  RestorePlanTest() {
    manifest_.stream = "S";
    manifest_.config_json =
        R"({"name":"S","subjects":["s.>"],"num_replicas":1,"compression":"s2"})";
    manifest_.state.messages = 10;
    manifest_.state.bytes = 1000;
    facts_.identity.version = "2.15.3";
    facts_.account = AccountInfo{};
  }
  void AddConsumer(const std::string& name, const std::string& more) {
    ConsumerBackup consumer;
    consumer.name = name;
    consumer.config_json =
        R"({"durable_name":")" + name + R"(","ack_policy":"explicit")" + more + "}";
    manifest_.consumers.push_back(consumer);
  }
  RestorePlan Plan(bool drop = false, bool skip = false) {
    RestoreTarget target = SameStream(manifest_);
    target.drop_unknown = drop;
    target.skip_refused_consumers = skip;
    auto plan = PlanRestore(manifest_, target, facts_);
    EXPECT_TRUE(plan) << plan.error().message;
    return plan.value_or(RestorePlan{});
  }
  void ExpectRefused(Errc code, const std::string& text) {
    const RestorePlan plan = Plan();
    ASSERT_THAT(plan.refusals, SizeIs(1));
    EXPECT_EQ(plan.refusals[0].code, code);
    EXPECT_THAT(plan.refusals[0].message, HasSubstr(text));
  }

  Manifest manifest_;
  ServerFacts facts_;
};

TEST_F(RestorePlanTest, WhatTheServerHonoursIsSentAsItIs) {
  AddConsumer("c", R"(,"filter_subjects":["s.a","s.b"])");
  const RestorePlan plan = Plan();
  EXPECT_THAT(plan.refusals, IsEmpty());
  EXPECT_THAT(plan.warnings, IsEmpty());
  EXPECT_EQ(plan.target.config_json, manifest_.config_json);
  EXPECT_THAT(plan.consumers.archived, SizeIs(1));
}

TEST_F(RestorePlanTest, UnknownSettingsAreRefusedOrDropped) {
  facts_.identity.version = "2.9.10";
  AddConsumer("c", R"(,"filter_subjects":["s.a","s.b"])");
  ExpectRefused(Errc::kConfigUnsupported, "consumer c: filter_subjects");
  ExpectRefused(Errc::kConfigUnsupported, "stream S: compression");
  const RestorePlan dropped = Plan(true);
  EXPECT_THAT(dropped.refusals, IsEmpty());
  EXPECT_THAT(dropped.left_out, Contains(HasSubstr("compression")));
  EXPECT_THAT(dropped.left_out, Contains(HasSubstr("filter_subjects")));
}

TEST_F(RestorePlanTest, SequencesThatNoBlockHoldsAreRefusedBeforeAnythingIsSent) {
  manifest_.state.first_sequence = (std::uint64_t{1} << 62) - 10;
  manifest_.state.last_sequence = (std::uint64_t{1} << 62) - 1;
  EXPECT_THAT(Plan().refusals, IsEmpty());
  ++manifest_.state.last_sequence;
  ExpectRefused(Errc::kRestoreRefused, "takes sequences below 2^62 only");
}

TEST_F(RestorePlanTest, AConsumerWithUnknownSettingsCanBeSkippedToo) {
  manifest_.config_json = R"({"name":"S","subjects":["s.>"],"num_replicas":1})";
  facts_.identity.version = "2.9.10";
  AddConsumer("c", R"(,"filter_subjects":["s.a","s.b"])");
  const RestorePlan plan = Plan(false, true);
  EXPECT_THAT(plan.refusals, IsEmpty());
  EXPECT_THAT(plan.consumers.archived, IsEmpty());
  EXPECT_THAT(plan.left_out, Contains(HasSubstr("consumer c is not restored")));
}

TEST_F(RestorePlanTest, AServerOfUnknownVersionIsSaidToBeUnknown) {
  facts_.identity.version.clear();
  EXPECT_THAT(Plan().warnings, Contains(HasSubstr("version is not known")));
}

TEST_F(RestorePlanTest, RefusedConsumersCarryTheServersNumber) {
  AddConsumer("c", R"(,"deliver_subject":"s.loop")");
  ExpectRefused(Errc::kConsumerRefused, "consumer c");
  EXPECT_EQ(Plan().refusals[0].server_code, 10081U);
}

TEST_F(RestorePlanTest, On29FiltersAreCheckedAgainstTheOriginsThatAreThere) {
  manifest_.config_json = R"({"name":"S","num_replicas":1,"mirror":{"name":"O"}})";
  facts_.identity.version = "2.9.10";
  AddConsumer("c", R"(,"filter_subject":"o.a")");
  ExpectRefused(Errc::kConsumerRefused, "o.a");
  EXPECT_THAT(Plan().refusals[0].hint, HasSubstr("Restore stream O"));
  StreamConfigFacts origin;
  origin.name = "O";
  origin.subjects = {"o.>"};
  facts_.streams.push_back({"O", origin});
  EXPECT_THAT(Plan().refusals, IsEmpty());
  manifest_.config_json =
      R"({"name":"S","num_replicas":1,"mirror":{"name":"X","external":{"api":"a"}}})";
  EXPECT_THAT(Plan().refusals, IsEmpty());
}

TEST_F(RestorePlanTest, LimitsCountReplicasWithoutTiersOnly) {
  manifest_.config_json = R"({"name":"S","subjects":["s.>"],"num_replicas":3})";
  facts_.account->total.max_storage = 2999;
  ExpectRefused(Errc::kLimitTooSmall, "needs 3000, 2999 are left");
  AccountUse tier;
  tier.max_storage = 1001;  // one more than the bytes, as the server wants it
  facts_.account->tiers["R3"] = tier;
  EXPECT_THAT(Plan().refusals, IsEmpty());
  facts_.account->tiers["R3"].max_storage = 999;
  ExpectRefused(Errc::kLimitTooSmall, "tier R3");
  facts_.account->tiers.clear();
  facts_.account->tiers["R1"] = tier;
  ExpectRefused(Errc::kLimitTooSmall, "no tier R3");
}

TEST_F(RestorePlanTest, WhatIsUsedAndReservedCounts) {
  facts_.account->total.max_storage = 1500;
  facts_.account->total.storage = 600;
  ExpectRefused(Errc::kLimitTooSmall, "needs 1000, 900 are left");
  facts_.account->total.storage = 0;
  facts_.account->total.reserved_storage = 1000;
  manifest_.config_json = R"({"name":"S","subjects":["s.>"],"num_replicas":1,"max_bytes":1001})";
  ExpectRefused(Errc::kLimitTooSmall, "needs 2001, 500 are left");
}

// 2.10.27 and from 2.11.1 on, room is looked for as an archive of format 1 is unpacked.
TEST_F(RestorePlanTest, WhatOthersReserveIsNotThereForTheArchive) {
  facts_.account->total.max_storage = 1500;
  facts_.account->total.reserved_storage = 500;
  ExpectRefused(Errc::kLimitTooSmall, "needs 1001, 1000 are left");
  facts_.identity.version = "2.10.20";
  EXPECT_THAT(Plan().refusals, IsEmpty());
  facts_.identity.version = "2.15.3";
  manifest_.config_json =
      R"({"name":"S","subjects":["s.>"],"num_replicas":1,"max_bytes":1000,"storage":"memory"})";
  facts_.account->total.max_memory = 1000;
  EXPECT_THAT(Plan().refusals, IsEmpty());
  facts_.account->total.max_memory = 999;
  ExpectRefused(Errc::kLimitTooSmall, "needs 1000, 999 are left");
}

TEST_F(RestorePlanTest, ASumBelowZeroReservesNothing) {
  facts_.identity.version = "2.10.27";
  facts_.account->total.max_storage = 5000;
  facts_.account->total.reserved_storage = ~std::uint64_t{0};  // of one stream without max_bytes
  manifest_.config_json = R"({"name":"S","subjects":["s.>"],"num_replicas":1,"max_bytes":2000})";
  EXPECT_THAT(Plan().refusals, IsEmpty());
}

TEST_F(RestorePlanTest, SomeVersionsReserveOneReplicaOnly) {
  manifest_.config_json = R"({"name":"S","subjects":["s.>"],"num_replicas":3,"max_bytes":4000})";
  facts_.account->total.max_storage = 5000;
  facts_.identity.version = "2.11.17";
  EXPECT_THAT(Plan().refusals, IsEmpty());
  facts_.identity.version = "2.9.10";
  ExpectRefused(Errc::kLimitTooSmall, "needs 12000");
  facts_.identity.version = "2.12.15";
  ExpectRefused(Errc::kLimitTooSmall, "needs 15000");
  // Of an unknown server nothing is certain.
  facts_.identity.version.clear();
  EXPECT_THAT(Plan().refusals, IsEmpty());
}

TEST(NameLimitTest, AServersRefusalByALimitNamesIt) {
  const Error named = NameLimit({Errc::kServerError, "insufficient", "", 10047});
  EXPECT_EQ(named.code, Errc::kLimitTooSmall);
  EXPECT_THAT(named.message, HasSubstr("max_storage"));
  EXPECT_EQ(named.server_code, 10047U);
  EXPECT_EQ(NameLimit({Errc::kServerError, "else", "", 10052}).code, Errc::kServerError);
  EXPECT_EQ(NameLimit({Errc::kConsumerRefused, "c", "", 10026}).code, Errc::kConsumerRefused);
}

TEST_F(RestorePlanTest, AnAccountMayRequireMaxBytes) {
  facts_.account->total.max_bytes_required = true;
  ExpectRefused(Errc::kRestoreRefused, "requires max_bytes");
  manifest_.config_json = R"({"name":"S","max_bytes":2000})";
  EXPECT_THAT(Plan().refusals, IsEmpty());
}

TEST_F(RestorePlanTest, UnknownLimitsAreSaid) {
  facts_.account.reset();
  facts_.account_unknown = "permission denied";
  EXPECT_THAT(Plan().warnings, Contains(HasSubstr("limits of the account could not be checked")));
}

TEST_F(RestorePlanTest, MessagesThatTheServerWouldNotTakeAreAWarning) {
  facts_.identity.max_payload = 1000;
  manifest_.largest_message = 1000;
  EXPECT_THAT(Plan().warnings, IsEmpty());
  manifest_.largest_message = 1001;
  EXPECT_THAT(Plan().warnings, Contains(HasSubstr("up to 1001 bytes")));
  EXPECT_THAT(Plan().refusals, IsEmpty());
}

// Servers store v2 archives message by message, within their own limits.
TEST_F(RestorePlanTest, WhatIsTooLargeForMemoryIsRefusedAndElseSentOtherwise) {
  facts_.identity.max_payload = 1000;
  manifest_.largest_message = 1001;
  AddConsumer("c", R"(,"mem_storage":true)");
  EXPECT_FALSE(Plan().form.v2);
  manifest_.largest_message = 1000;
  EXPECT_TRUE(Plan().form.v2);
  manifest_.config_json = R"({"name":"S","storage":"memory"})";
  EXPECT_THAT(Plan().refusals, IsEmpty());
  manifest_.largest_message = 1001;
  ExpectRefused(Errc::kLimitTooSmall, "1000 bytes (its max_payload)");
  facts_.identity.max_payload = 5000;
  manifest_.config_json = R"({"name":"S","storage":"memory","max_msg_size":500})";
  ExpectRefused(Errc::kLimitTooSmall, "500 bytes (the stream's max_msg_size)");
}

TEST_F(RestorePlanTest, StoredFromAV2ArchiveTimesToLiveCountWhateverTheStreamAllows) {
  manifest_.config_json = R"({"name":"S","storage":"memory"})";
  EXPECT_TRUE(Plan().times.message_ttl);
  EXPECT_FALSE(Plan().config.message_ttl);
  manifest_.config_json = R"({"name":"S","mirror":{"name":"O"}})";
  AddConsumer("c", R"(,"mem_storage":true)");
  EXPECT_FALSE(Plan().form.v2);
  EXPECT_FALSE(Plan().times.message_ttl);
  manifest_.config_json = R"({"name":"S","mirror":{"name":"O"},"allow_msg_ttl":true})";
  EXPECT_TRUE(Plan().form.v2);
}

TEST_F(RestorePlanTest, ForgottenIdsOfMessagesAreAWarningWhileTheyMatter) {
  manifest_.config_json = R"({"name":"S","storage":"memory","duplicate_window":100})";
  manifest_.state.last_time_ns = 1000;
  facts_.identity.version = "2.15.1";
  facts_.now_ns = 1099;
  EXPECT_THAT(Plan().warnings, Contains(HasSubstr("Nats-Msg-Id")));
  facts_.now_ns = 1100;
  EXPECT_THAT(Plan().warnings, IsEmpty());
  facts_.now_ns = 1000;
  facts_.identity.version = "2.15.3";
  EXPECT_THAT(Plan().warnings, IsEmpty());
}

TEST_F(RestorePlanTest, WhatOnlyALeftOutConsumerWaitedForGoes) {
  manifest_.config_json = R"({"name":"S","subjects":["s.>"],"retention":"interest"})";
  AddConsumer("c", R"(,"deliver_subject":"s.loop")");
  EXPECT_THAT(Plan(false, true).left_out, Contains(HasSubstr("only it had not acknowledged")));
}

TEST_F(RestorePlanTest, WhatNobodyTellsIsSaidToBeUnchecked) {
  EXPECT_THAT(Plan().unchecked, ElementsAre(HasSubstr("disk space")));
  facts_.identity.max_payload = 1000;
  EXPECT_THAT(Plan().unchecked, Contains(HasSubstr("largest message")));
  manifest_.largest_message = 10;
  manifest_.config_json = R"({"name":"S","storage":"memory"})";
  EXPECT_THAT(Plan().unchecked, ElementsAre(HasSubstr("memory")));
}

TEST_F(RestorePlanTest, NoRestoreGoesThroughAnImport) {
  facts_.identity.api_imported = true;
  ExpectRefused(Errc::kPermissionDenied, "import");
}

TEST_F(RestorePlanTest, ATakenNameAndOverlappingSubjectsAreRefused) {
  StreamConfigFacts other;
  other.subjects = {"s.a"};
  facts_.streams.push_back({"OTHER", other});
  ExpectRefused(Errc::kRestoreRefused, "overlaps subject s.a");
  facts_.streams = {{"S", std::nullopt}};
  ExpectRefused(Errc::kStreamExists, "already exists");
}

TEST_F(RestorePlanTest, FrozenIsWithoutAgeAndSaysWhatItWas) {
  manifest_.config_json = R"({"name":"S","subjects":["s.>"],"num_replicas":1,"max_age":5000})";
  RestoreTarget target = SameStream(manifest_);
  target.frozen = true;
  const auto plan = PlanRestore(manifest_, target, facts_);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->config.max_age_ns, 0U);
  EXPECT_THAT(plan->target.config_json,
              HasSubstr(R"("max_age":0,"metadata":{"jetkeep.frozen_max_age":"5000"})"));
  EXPECT_THAT(plan->left_out, Contains(HasSubstr("jetkeep thaw S")));
  facts_.identity.version = "2.9.10";
  const auto old = PlanRestore(manifest_, target, facts_);
  ASSERT_TRUE(old);
  EXPECT_THAT(old->refusals, IsEmpty());
  EXPECT_THAT(old->target.config_json, HasSubstr(R"("max_age":0})"));
  EXPECT_THAT(old->left_out, Contains(HasSubstr("5000 ns is off, and server 2.9.10 keeps no")));
}

TEST_F(RestorePlanTest, MessagesThatWouldExpireAtOnceAreWarnedOf) {
  manifest_.config_json = R"({"name":"S","subjects":["s.>"],"num_replicas":1,"max_age":100})";
  facts_.now_ns = 10'000;
  manifest_.state.first_time_ns = 9'000;
  manifest_.state.last_time_ns = 9'899;
  EXPECT_THAT(Plan().warnings, Contains(HasSubstr("all 10 messages")));
  manifest_.state.last_time_ns = 9'950;
  EXPECT_THAT(Plan().warnings, Contains(HasSubstr("the messages from before")));
  manifest_.state.first_time_ns = 9'901;
  EXPECT_THAT(Plan().warnings, Not(Contains(HasSubstr("max_age"))));
}

TEST_F(RestorePlanTest, WhatTheTargetRefusesAndWarnsOfIsInThePlan) {
  RestoreTarget target = SameStream(manifest_);
  target.warnings = {"w"};
  target.unchecked = {"u"};
  target.refusals = {{Errc::kRestoreRefused, "r", "h", 0}};
  const auto plan = PlanRestore(manifest_, target, facts_);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->warnings, Contains("w"));
  EXPECT_THAT(plan->unchecked, Contains("u"));
  ASSERT_THAT(plan->refusals, SizeIs(1));
  EXPECT_EQ(plan->refusals[0].message, "r");
}

}  // namespace
}  // namespace jetkeep
