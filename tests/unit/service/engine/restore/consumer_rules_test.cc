// Each rule, from the version that began it to the one that ended it. The numbers and versions are
// those of the servers; tests/integration/consumer_rules_test.cc compares them with real ones.
#include "service/engine/restore/consumer_rules.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

class ConsumerRulesTest : public ::testing::Test {
 protected:
  ConsumerRulesTest() {
    consumer_.durable = true;
    consumer_.ack_policy = "explicit";
    place_.stream.subjects = {"s.>"};
    place_.subjects = place_.stream.subjects;
    At("2.15.3");
  }
  void At(const std::string& version) { place_.server = *ParseServerVersion(version); }
  // The server's number; 0: not refused.
  std::uint32_t Code() const {
    const auto refusal = RefusalOf(consumer_, place_);
    EXPECT_TRUE(!refusal || !refusal->why.empty());
    return refusal ? refusal->server_code : 0;
  }
  void ExpectFrom(const std::string& before, const std::string& since, std::uint32_t code) {
    At(before);
    EXPECT_EQ(Code(), 0U) << before;
    At(since);
    EXPECT_EQ(Code(), code) << since;
  }

  ConsumerConfigFacts consumer_;
  ConsumerPlace place_;
};

TEST_F(ConsumerRulesTest, APlainConsumerIsTakenByAllServers) {
  for (const char* version : {"2.9.10", "2.10.27", "2.11.17", "2.12.15", "2.14.10", "2.15.3"}) {
    At(version);
    EXPECT_EQ(Code(), 0U) << version;
  }
}

TEST_F(ConsumerRulesTest, Replicas) {
  consumer_.replicas = 3;
  EXPECT_EQ(Code(), 10126U);
  place_.stream.replicas = 3;
  EXPECT_EQ(Code(), 0U);
  consumer_.replicas = 1;
  EXPECT_EQ(Code(), 0U);
  place_.stream.removes_on_ack = true;
  ExpectFrom("2.9.25", "2.10.0", 10134);
  consumer_.replicas = 0;
  EXPECT_EQ(Code(), 0U);
}

TEST_F(ConsumerRulesTest, Backoff) {
  consumer_.backoff_steps = 3;
  consumer_.max_deliver = -1;
  At("2.9.25");
  EXPECT_EQ(Code(), 10116U);
  At("2.10.0");
  EXPECT_EQ(Code(), 0U);
  consumer_.max_deliver = 3;
  EXPECT_EQ(Code(), 0U);
  At("2.9.25");
  EXPECT_EQ(Code(), 10116U);
  consumer_.max_deliver = 4;
  EXPECT_EQ(Code(), 0U);
  At("2.10.0");
  consumer_.max_deliver = 2;
  EXPECT_EQ(Code(), 10116U);
}

TEST_F(ConsumerRulesTest, WaitsBelowZero) {
  consumer_.negative_waits = true;
  ExpectFrom("2.11.17", "2.12.0", 10183);
}

TEST_F(ConsumerRulesTest, Delivery) {
  consumer_.deliver_policy = "last_per_subject";
  EXPECT_EQ(Code(), 10094U);
  consumer_.filters = {"s.a"};
  EXPECT_EQ(Code(), 0U);
  consumer_.deliver_policy = "all";
  consumer_.deliver_subject = "s.loop";
  EXPECT_EQ(Code(), 10081U);
  consumer_.deliver_subject = "to.here";
  EXPECT_EQ(Code(), 0U);
  consumer_.max_ack_pending = 5;
  EXPECT_EQ(Code(), 0U);
  consumer_.ack_policy = "none";
  EXPECT_EQ(Code(), 10082U);
}

TEST_F(ConsumerRulesTest, SubjectsOfTheServerItself) {
  for (const char* subject : {"$JS.API.STREAM.INFO.S", "$JS.ACK.S.c", "$JS.FC.x", "$JS.EVENT.x",
                              "$JS.SNAPSHOT.ACK", "$JS.hub.API.INFO", "_R_.x", "_GR_.x", "$GR.x"}) {
    SCOPED_TRACE(subject);
    consumer_.deliver_subject = subject;
    EXPECT_EQ(Code(), 10112U);
    At("2.15.2");
    EXPECT_EQ(Code(), 0U);
    ExpectFrom("2.12.15", "2.14.10", 10112);
    At("2.15.3");
  }
  for (const char* subject : {"$JS", "$JSX.API.x", "$JS.M.x", "_R_x", "a.$JS.API"}) {
    consumer_.deliver_subject = subject;
    EXPECT_EQ(Code(), 0U) << subject;
  }
}

TEST_F(ConsumerRulesTest, LimitsOfAccountAndStream) {
  consumer_.max_ack_pending = 10;
  place_.account_max_ack_pending = 10;
  place_.stream.consumer_max_ack_pending = 10;
  EXPECT_EQ(Code(), 0U);
  place_.account_max_ack_pending = 9;
  EXPECT_EQ(Code(), 10121U);
  place_.account_max_ack_pending = -1;
  place_.stream.consumer_max_ack_pending = 9;
  EXPECT_EQ(Code(), 10121U);
  consumer_.max_ack_pending = -1;
  EXPECT_EQ(Code(), 0U);
  consumer_.inactive_threshold_ns = 100;
  place_.stream.consumer_inactive_threshold_ns = 100;
  EXPECT_EQ(Code(), 0U);
  consumer_.inactive_threshold_ns = 101;
  ExpectFrom("2.9.25", "2.10.0", 10153);
}

TEST_F(ConsumerRulesTest, AsManyConsumersAsAreAllowed) {
  place_.others.resize(2);
  place_.stream.max_consumers = 3;
  EXPECT_EQ(Code(), 0U);
  place_.stream.max_consumers = 2;
  EXPECT_EQ(Code(), 10026U);
  // One that feeds another stream does not count, and is not counted.
  place_.others[0].feeds_stream = true;
  EXPECT_EQ(Code(), 0U);
  place_.others.resize(3);
  EXPECT_EQ(Code(), 10026U);
  consumer_.feeds_stream = true;
  EXPECT_EQ(Code(), 0U);
  consumer_.feeds_stream = false;
  place_.stream.max_consumers = -1;
  EXPECT_EQ(Code(), 0U);
  place_.account_max_consumers = 2;
  EXPECT_EQ(Code(), 10026U);
  place_.account_max_consumers = 3;
  EXPECT_EQ(Code(), 0U);
  place_.stream.max_consumers = 5;
  place_.account_max_consumers = 2;
  EXPECT_EQ(Code(), 10026U);
}

TEST_F(ConsumerRulesTest, FiltersAreCheckedAgainstSubjectsBefore210) {
  consumer_.filters = {"other.a"};
  ExpectFrom("2.10.0", "2.9.25", 10093);
  place_.origin_away = "ORIGIN";
  EXPECT_NE(RefusalOf(consumer_, place_)->hint.find("ORIGIN"), std::string::npos);
  place_.subjects->push_back("other.*");
  EXPECT_EQ(Code(), 0U);
  consumer_.filters = {">"};  // wider than the stream's
  EXPECT_EQ(Code(), 0U);
  consumer_.filters = {"far.a"};
  place_.subjects.reset();  // nobody knows them
  EXPECT_EQ(Code(), 0U);
}

TEST_F(ConsumerRulesTest, FiltersThatOverlap) {
  consumer_.filters = {"s.*.c", "s.a.*"};  // neither within the other
  ExpectFrom("2.12.0", "2.11.17", 10138);
  consumer_.filters = {"s.>", "s.a"};
  ExpectFrom("2.9.25", "2.10.0", 10138);
  At("2.15.3");
  EXPECT_EQ(Code(), 10138U);
  consumer_.filters = {"s.b", "s.a"};
  EXPECT_EQ(Code(), 0U);
}

TEST_F(ConsumerRulesTest, WorkQueues) {
  place_.stream.work_queue = true;
  place_.stream.removes_on_ack = true;
  EXPECT_EQ(Code(), 0U);
  consumer_.ack_policy = "all";
  EXPECT_EQ(Code(), 10098U);
  consumer_.ack_policy = "flow_control";
  ExpectFrom("2.14.0", "2.12.15", 10098);
  At("2.15.3");
  consumer_.ack_policy = "explicit";
  consumer_.deliver_policy = "new";
  EXPECT_EQ(Code(), 10101U);
  consumer_.deliver_policy = "all";
  place_.others.resize(1);
  EXPECT_EQ(Code(), 10099U);
  consumer_.filters = {"s.a"};
  EXPECT_EQ(Code(), 10100U);  // the other takes all
  place_.others[0].filters = {"s.b"};
  EXPECT_EQ(Code(), 0U);
  place_.others[0].filters = {"s.*.c"};
  consumer_.filters = {"s.a.*"};
  ExpectFrom("2.9.25", "2.10.0", 10100);
  // One that feeds another stream takes nothing away.
  place_.others[0].feeds_stream = true;
  EXPECT_EQ(Code(), 0U);
  consumer_.filters.clear();
  EXPECT_EQ(Code(), 0U);
  consumer_.feeds_stream = true;
  consumer_.ack_policy = "none";
  EXPECT_EQ(Code(), 0U);
}

TEST_F(ConsumerRulesTest, PriorityWithoutAPolicy) {
  consumer_.priority_groups = {"g"};
  ExpectFrom("2.11.17", "2.12.0", 10196);
  consumer_.priority_policy = "overflow";
  EXPECT_EQ(Code(), 0U);
  consumer_.priority_policy = "none";
  consumer_.priority_groups.clear();
  consumer_.priority_timeout_ns = 1;
  ExpectFrom("2.11.17", "2.12.0", 10197);
}

}  // namespace
}  // namespace jetkeep
