#include "protocol/js_api/api_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/js_api/api_subjects.h"
#include "protocol/js_api/requests.h"
#include "protocol/js_api/server_version.h"

namespace jetkeep {
namespace {

using ::testing::HasSubstr;

Errc CodeOf(std::uint64_t err_code, const std::string& description = "d",
            std::uint64_t code = 500) {
  return ToError({code, err_code, description}).code;
}

TEST(ApiError, MeansWhatTheErrCodeSays) {
  EXPECT_EQ(CodeOf(10059), Errc::kStreamNotFound);
  EXPECT_EQ(CodeOf(10058), Errc::kStreamExists);
  EXPECT_EQ(CodeOf(10130), Errc::kStreamExists);
  EXPECT_EQ(CodeOf(10064, "snapshot failed: snapshot in progress"), Errc::kServerBusy);
  EXPECT_EQ(CodeOf(10064, "snapshot failed: no impl"), Errc::kServerError);
  EXPECT_EQ(CodeOf(10008), Errc::kServerBusy);
  EXPECT_EQ(CodeOf(10039, "d", 503), Errc::kServerError);
  EXPECT_EQ(CodeOf(0, "d", 503), Errc::kServerBusy);
  EXPECT_EQ(CodeOf(99999), Errc::kServerError);
}

TEST(ApiError, KeepsTheServersWordsAndTheErrCode) {
  const auto status = CheckAnswer(
      R"({"type":"t","error":{"code":404,"err_code":10059,"description":"stream not found"}})");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kStreamNotFound);
  EXPECT_EQ(status.error().message, "stream not found (err_code 10059)");
  EXPECT_THAT(ToError({503, 0, ""}).message, HasSubstr("code 503"));
}

TEST(ApiError, AnUnreadableAnswerIsAnErrorOfTheServer) {
  EXPECT_EQ(CheckAnswer("").error().code, Errc::kServerError);
  EXPECT_EQ(CheckAnswer("-ERR").error().code, Errc::kServerError);
  EXPECT_EQ(CheckAnswer(R"({"error":"text"})").error().code, Errc::kServerError);
  EXPECT_EQ(CheckAnswer(R"({"error":{"code":-1}})").error().code, Errc::kServerError);
  EXPECT_TRUE(CheckAnswer(R"({"error":null})"));
}

TEST(ApiSubjects, FollowPrefixAndDomain) {
  EXPECT_EQ(ApiSubjects().Snapshot("S"), "$JS.API.STREAM.SNAPSHOT.S");
  EXPECT_EQ(ApiSubjects::Create("", "hub")->DeleteConsumer("S", "C"),
            "$JS.hub.API.CONSUMER.DELETE.S.C");
  EXPECT_EQ(ApiSubjects::Create("imported.", "")->StreamNames(), "imported.STREAM.NAMES");
  for (const char* bad : {"a b", "a.>", "a..b", ".a", "*"}) {
    EXPECT_EQ(ApiSubjects::Create(bad, "").error().code, Errc::kConfigInvalid) << bad;
  }
  EXPECT_FALSE(ApiSubjects::Create("", "a.b"));
  EXPECT_FALSE(ApiSubjects::Create("a", "b"));
}

TEST(ChunkReply, TellsLengthAndIndex) {
  const auto reply = ParseChunkReply("$JS.SNAPSHOT.ACK.ORDERS.q7Hk.131072.17");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->length, 131072u);
  EXPECT_EQ(reply->index, 17u);
  EXPECT_TRUE(ParseChunkReply("imp.$JS.SNAPSHOT.ACK.S.id.1.2"));
  for (const char* bad : {"", "1.2", "$JS.SNAPSHOT.ACK.S.id.x.2", "$JS.SNAPSHOT.ACK.S.id.1.",
                          "$JS.ACK.S.id.1.2", "$JS.SNAPSHOT.ACK.S.id.1.99999999999999999999"}) {
    EXPECT_FALSE(ParseChunkReply(bad)) << bad;
  }
}

TEST(ApiSubjects, ADeliveryIsReadInAllItsForms) {
  for (const char* reply : {"$JS.ACK.S.c.1.70.7.1795224240000000000.3",
                            "$JS.ACK.hub.ACCHASH.S.c.1.70.7.1795224240000000000.3",
                            "$JS.ACK._.ACCHASH.S.c.1.70.7.1795224240000000000.3.rAnDoM"}) {
    const auto delivery = ParseDeliveryReply(reply);
    ASSERT_TRUE(delivery) << reply;
    EXPECT_EQ(delivery->stream_sequence, 70U);
    EXPECT_EQ(delivery->consumer_sequence, 7U);
  }
  for (const char* bad : {"", "$JS.ACK.", "$JS.ACK.S.c.1.x.7.1.3", "$JS.ACK.S.c.1.70.7.1.3.4",
                          "imp.$JS.ACK.S.c.1.70.7.1.3", "$JS.FC.S.c.1.70.7.1.3"}) {
    EXPECT_FALSE(ParseDeliveryReply(bad)) << bad;
  }
}

TEST(Requests, SayOnlyWhatIsAsked) {
  EXPECT_EQ(Encode(SnapshotRequest{"in", 0, 0}), R"({"deliver_subject":"in"})");
  EXPECT_EQ(Encode(SnapshotRequest{"in", 65536, 1048576}),
            R"({"chunk_size":65536,"deliver_subject":"in","window_size":1048576})");
  EXPECT_EQ(StreamInfoRequest(false), "");
  EXPECT_EQ(PageRequest(256), R"({"offset":256})");
}

TEST(Requests, RestoreCarriesTheConfigurationByteForByte) {
  const std::string config = R"({ "name" : "S", "new_key":1e400 })";
  StreamState state;
  state.messages = 18446744073709551615u;
  const std::string body = RestoreRequest(config, state);
  EXPECT_EQ(body.rfind(R"({"config":)" + config + R"(,"state":{)", 0), 0u) << body;
  EXPECT_THAT(body, HasSubstr(R"("messages":18446744073709551615)"));
  EXPECT_THAT(body, HasSubstr(R"("first_ts":"0001-01-01T00:00:00Z")"));
}

TEST(Requests, WindowSizeIsKnownToTheServersThatKnowIt) {
  for (const char* yes : {"2.12.5", "2.12.15", "2.14.0", "2.15.1", "3.0.0", "2.14.0-RC.1"}) {
    EXPECT_TRUE(KnowsWindowSize(yes)) << yes;
  }
  for (const char* no : {"", "2.9.10", "2.10.27", "2.11.17", "2.12.4", "2.13.0", "x"}) {
    EXPECT_FALSE(KnowsWindowSize(no)) << no;
  }
}

}  // namespace
}  // namespace jetkeep
