#include "protocol/js_api/responses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jetkeep {
namespace {

using ::testing::ElementsAre;

// As a 2.10 server in a cluster answers.
constexpr char kInfo[] =
    R"({"type":"io.nats.jetstream.api.v1.stream_info_response","total":0,"offset":0,
"limit":0,"config":{"name":"S","subjects":["s.\u003e"],"storage":"file","future":{"a":[]}},
"created":"2026-11-21T01:24:10.123456789Z","state":{"messages":3,"bytes":120,"first_seq":1,
"first_ts":"2026-11-21T01:24:10Z","last_seq":18446744073709551614,"last_ts":"0001-01-01T00:00:00Z",
"num_subjects":1,"num_deleted":2,"deleted":[9007199254740993,4],"lost":{"msgs":[1],"bytes":2},
"consumer_count":7},"cluster":{"name":"C","leader":"n1","replicas":[{"name":"n2","current":true,
"active":1,"peer":"x"},{"name":"n3","current":false,"offline":true,"lag":5}]},"ts":"2026-11-21T01:24:10Z"})";

TEST(Responses, StreamInfoIsReadWithoutLosingABit) {
  std::vector<std::uint64_t> deleted;
  const auto info =
      ParseStreamInfo(kInfo, [&](std::uint64_t sequence) { deleted.push_back(sequence); });
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->config_json,
            R"({"name":"S","subjects":["s.\u003e"],"storage":"file","future":{"a":[]}})");
  EXPECT_EQ(info->created, "2026-11-21T01:24:10.123456789Z");
  EXPECT_EQ(info->storage, "file");
  EXPECT_EQ(info->state.last_sequence, 18446744073709551614u);
  EXPECT_EQ(info->state.last_time_ns, 0);
  EXPECT_EQ(info->state.consumer_count, 7u);
  EXPECT_THAT(deleted, ElementsAre(9007199254740993u, 4u));
  EXPECT_EQ(info->leader, "n1");
  ASSERT_EQ(info->replicas.size(), 2u);
  EXPECT_TRUE(info->replicas[0].current);
  EXPECT_TRUE(info->replicas[1].offline);
  EXPECT_EQ(info->replicas[1].lag, 5u);
}

TEST(Responses, EveryShortenedAnswerIsRefused) {
  const std::string whole = kInfo;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(ParseStreamInfo(std::string_view(whole).substr(0, size))) << size;
  }
}

TEST(Responses, AnErrorInAnAnswerIsReturned) {
  constexpr char kError[] =
      R"({"error":{"code":404,"err_code":10059,"description":"stream not found"}})";
  EXPECT_EQ(ParseStreamInfo(kError).error().code, Errc::kStreamNotFound);
  EXPECT_EQ(ParseSnapshotReply(kError).error().code, Errc::kStreamNotFound);
  EXPECT_EQ(ParseConsumerList(kError).error().code, Errc::kStreamNotFound);
  EXPECT_EQ(ParseChunkAnswer(kError).error().code, Errc::kStreamNotFound);
  EXPECT_EQ(ParseDeleteReply(kError).error().code, Errc::kStreamNotFound);
}

TEST(Responses, PagesCarryTheirTotal) {
  const auto page =
      ParseStreamNames(R"({"total":300,"offset":0,"limit":1024,"streams":["A","B"]})");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->total, 300u);
  EXPECT_THAT(page->items, ElementsAre("A", "B"));
  EXPECT_TRUE(ParseStreamNames(R"({"total":0,"streams":null})")->items.empty());
  EXPECT_EQ(ParseStreamNames(R"({"streams":[]})").error().code, Errc::kServerError);
}

TEST(Responses, AListWithSomethingMissingIsNotAList) {
  EXPECT_EQ(ParseConsumerList(R"({"total":1,"consumers":[],"missing":["C"]})").error().code,
            Errc::kServerBusy);
  EXPECT_EQ(ParseConsumerList(R"({"total":1,"consumers":[],"offline":{"C":"why"}})").error().code,
            Errc::kServerBusy);
  EXPECT_TRUE(ParseConsumerList(R"({"total":0,"consumers":[],"missing":null})"));
}

TEST(Responses, AListOfStreamsNamesThoseThatTheServerCannotTellOf) {
  const auto page = ParseStreamList(R"({"total":4,"offset":0,"limit":256,"streams":[
{"config":{"name":"A","subjects":["a"]},"created":"x","state":{"messages":3,"bytes":40,"first_seq":1}},
{"config":{"name":"D"},"state":{}}],"missing":["B","D"],"offline":{"C":"unsupported"}})");
  ASSERT_TRUE(page) << page.error().message;
  EXPECT_EQ(page->total, 4u);
  ASSERT_EQ(page->streams.size(), 2u);
  EXPECT_EQ(page->streams[0].name, "A");
  EXPECT_EQ(page->streams[0].messages, 3u);
  EXPECT_EQ(page->streams[0].bytes, 40u);
  EXPECT_THAT(page->unavailable, ElementsAre("B", "D", "C"));
  EXPECT_TRUE(ParseStreamList(R"({"total":0,"streams":null,"missing":null})")->streams.empty());
  for (const char* bad : {R"({"streams":[]})", R"({"total":1,"streams":[{}]})",
                          R"({"total":1,"streams":{}})", R"({"total":1,"missing":[1]})", ""}) {
    EXPECT_EQ(ParseStreamList(bad).error().code, Errc::kServerError) << bad;
  }
}

TEST(Responses, ConsumersKeepConfigurationAndPosition) {
  const auto page = ParseConsumerList(R"({"total":1,"consumers":[{"stream_name":"S","name":"C",
"created":"2026-11-21T01:24:10Z","config":{"durable_name":"C" },"delivered":{"consumer_seq":10,
"stream_seq":12,"last_active":"x"},"ack_floor":{"consumer_seq":3,"stream_seq":4},
"num_ack_pending":7,"num_redelivered":1,"num_waiting":0,"num_pending":99}]})");
  ASSERT_TRUE(page) << page.error().message;
  const ConsumerInfo& consumer = page->items.at(0);
  EXPECT_EQ(consumer.config_json, R"({"durable_name":"C" })");
  EXPECT_EQ(consumer.delivered, (SequencePair{10, 12}));
  EXPECT_EQ(consumer.ack_floor, (SequencePair{3, 4}));
  EXPECT_EQ(consumer.num_ack_pending, 7u);
  EXPECT_EQ(consumer.num_pending, 99u);
}

TEST(Responses, SnapshotReplyKeepsBothTexts) {
  const auto reply =
      ParseSnapshotReply(R"({"type":"t","config":{"name": "S"},"state":{"messages":5, "x":1}})");
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->config_json, R"({"name": "S"})");
  EXPECT_EQ(reply->state_json, R"({"messages":5, "x":1})");
  EXPECT_EQ(reply->state.messages, 5u);
  EXPECT_FALSE(ParseSnapshotReply(R"({"config":[],"state":{}})"));
}

TEST(Responses, RestoreReplyMustNameASubject) {
  EXPECT_EQ(*ParseRestoreReply(R"({"deliver_subject":"$JS.SNAPSHOT.RESTORE.S.x"})"),
            "$JS.SNAPSHOT.RESTORE.S.x");
  // As a cluster answers that lost a node in the middle: another try can succeed.
  for (const char* cut :
       {R"({})", R"({"type":"io.nats.jetstream.api.v1.stream_create_response"})"}) {
    EXPECT_EQ(ParseRestoreReply(cut).error().code, Errc::kTransferInterrupted) << cut;
    EXPECT_TRUE(ParseRestoreReply(cut).error().Retryable());
  }
  for (const char* bad : {R"([])", R"({"deliver_subject":""})", R"({"deliver_subject":"a b"})",
                          R"({"deliver_subject":"a.>"})", R"({"deliver_subject":"a\u0000"})"}) {
    EXPECT_EQ(ParseRestoreReply(bad).error().code, Errc::kServerError) << bad;
  }
}

TEST(Responses, ServerInfoIsReadFromTheFirstLine) {
  const auto info = ParseServerInfo(
      R"(INFO {"server_id":"NA","server_name":"n1","version":"2.10.27","max_payload":1048576,"x":{}} )");
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->version, "2.10.27");
  EXPECT_EQ(info->max_payload, 1048576u);
  EXPECT_FALSE(ParseServerInfo("-ERR 'x'"));
}

}  // namespace
TEST(StoredMessage, IsReadWithHeadersAndPayload) {
  const auto message = ParseStoredMessage(
      R"({"message":{"subject":"a.b","seq":7,"hdrs":"TkFUUy8xLjANCkE6IGINCg0K","data":"eA==",)"
      R"("time":"2026-11-21T01:24:10.5Z"}})");
  ASSERT_TRUE(message) << message.error().message;
  ASSERT_TRUE(*message);
  EXPECT_EQ((*message)->sequence, 7U);
  EXPECT_EQ((*message)->subject, "a.b");
  EXPECT_EQ((*message)->headers, "NATS/1.0\r\nA: b\r\n\r\n");
  EXPECT_EQ((*message)->payload, "x");
  EXPECT_EQ((*message)->timestamp_ns % 1'000'000'000, 500'000'000);
}

TEST(StoredMessage, AbsentIsNoError) {
  const auto message = ParseStoredMessage(
      R"({"error":{"code":404,"err_code":10037,"description":"no message found"}})");
  ASSERT_TRUE(message) << message.error().message;
  EXPECT_FALSE(*message);
}

TEST(StoredMessage, IsRefusedWhereItCannotBeRead) {
  for (const char* body : {R"({})", R"({"message":{}})", R"({"message":{"seq":1,"data":"@"}})",
                           R"({"message":{"seq":-1}})"}) {
    const auto message = ParseStoredMessage(body);
    ASSERT_FALSE(message) << body;
    EXPECT_EQ(message.error().code, Errc::kServerError) << body;
  }
}

TEST(StreamInfo, SaysWhenTheServerAnswered) {
  const auto info = ParseStreamInfo(
      R"({"config":{"name":"A"},"state":{"messages":0},"ts":"2026-11-21T01:24:10Z"})");
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->answered_ns, 1'795'224'250'000'000'000);
}

}  // namespace jetkeep
