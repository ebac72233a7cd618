// What would fail at the end of a restore is found before anything is sent: accounts that are too
// small, and an API that is reached through an import.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/place.h"
#include "tests/integration/round_trip.h"
#include "tests/support/scratch_directory.h"

namespace jetkeep::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;
using std::chrono::seconds;

constexpr int kRestoreRefused = 70572;

void PublishAKilobyte(JetStreamClient& client, std::uint64_t times) {
  client.PublishMany(times, [](std::uint64_t) {
    return OutgoingMessage{"S.a", std::string(1000, 'x'), ""};
  });
}

struct Limit {
  std::string name;
  std::string account;  // in the server's configuration
  std::string named;    // in the error; empty: the restore succeeds
  int code = 0;
};

TEST(LimitsTest, AnAccountThatIsTooSmallIsFoundBeforeAnythingIsSent) {
  const std::vector<Limit> limits{
      {"storage", "max_file: 100KB", "max_storage", kLimitTooSmall},
      {"streams", "max_streams: 1", "max_streams", kLimitTooSmall},
      {"consumers", "max_consumers: 1", "10026", kConsumerRefused},
      {"acks", "max_ack_pending: 10", "10121", kConsumerRefused},
      {"bytes required", "max_file: 1GB, max_bytes_required: true", "requires max_bytes",
       kRestoreRefused},
      {"none", "max_file: 1GB", ""},
  };
  for (const std::string version : {"2.9", "2.10", "2.15.3"}) {
    JETKEEP_NEEDS_SERVER(version);
    ScratchDirectory directory("meaning");
    const std::string repository = directory / "repository";
    {
      Place origin(version, repository);
      origin.client().CreateStream({{"name", "S"}, {"subjects", {"S.>"}}});
      PublishAKilobyte(origin.client(), 200);
      origin.client().CreateConsumer(
          "S", {{"durable_name", "a"}, {"ack_policy", "explicit"}, {"max_ack_pending", 20}});
      origin.client().CreateConsumer(
          "S", {{"durable_name", "b"}, {"ack_policy", "explicit"}, {"max_ack_pending", 5}});
      origin.BackUp("S");
    }
    for (const Limit& limit : limits) {
      SCOPED_TRACE(version + " " + limit.name);
      Place place({.version = version,
                   .config = "accounts { A { jetstream: { " + limit.account +
                             " }, users: [ { user: a, password: a } ] } }\n"},
                  repository, {}, "a:a");
      place.client().CreateStream(
          {{"name", "OTHER"}, {"subjects", {"OTHER"}}, {"max_bytes", 1000}});
      const Json answer = place.Restore("S");
      if (limit.named.empty()) {
        EXPECT_FALSE(answer.contains("error")) << answer;
        EXPECT_EQ(WarningsOf(answer), "[]");
        continue;
      }
      EXPECT_EQ(CodeOf(answer), limit.code) << answer;
      EXPECT_THAT(answer.dump(), HasSubstr(limit.named));
      EXPECT_FALSE(place.client().StreamExists("S"));
      if (limit.code != kConsumerRefused) continue;
      const Json without = place.Restore("S", {{"skip_refused_consumers", true}});
      ASSERT_FALSE(without.contains("error")) << without;
      EXPECT_EQ(place.client().ConsumerNames("S").size(), 1U);
    }
  }
}

// A limit that suffices is not too small, whatever others have and reserve; one that does not is
// found before anything is sent.
TEST(LimitsTest, WhatOthersReserveCountsAsTheServerCountsIt) {
  for (const std::string version : {"2.9", "2.10", "2.12", "2.15.3"}) {
    JETKEEP_NEEDS_SERVER(version);
    ScratchDirectory directory("meaning");
    const std::string repository = directory / "repository";
    std::uint64_t bytes = 0;
    {
      Place origin(version, repository);
      origin.client().CreateStream({{"name", "S"}, {"subjects", {"S.>"}}, {"max_bytes", 300'000}});
      PublishAKilobyte(origin.client(), 200);
      bytes = origin.client().StreamInfo("S").at("state").at("bytes").get<std::uint64_t>();
      origin.BackUp("S");
    }
    // As it unpacks, the server looks for max_bytes and for the archive besides; 2.9 does not.
    const std::uint64_t needed = 300'000 + (AtLeast(version, "2.10") ? bytes : 0);
    struct Beside {
      std::int64_t max_bytes;
      std::uint64_t limit;
      bool restored;
    };
    for (const Beside& beside :
         {Beside{-1, needed + 10'000, true}, Beside{-1, needed - 1, false},
          Beside{100'000, needed + 110'000, true}, Beside{100'000, needed + 99'999, false}}) {
      SCOPED_TRACE(version + ", beside " + std::to_string(beside.max_bytes) + ", limit " +
                   std::to_string(beside.limit));
      Place place(
          {.version = version,
           .config = "accounts { A { jetstream: { max_file: " + std::to_string(beside.limit) +
                     " }, users: [ { user: a, password: a } ] } }\n"},
          repository, {}, "a:a");
      place.client().CreateStream(
          {{"name", "OTHER"}, {"subjects", {"OTHER"}}, {"max_bytes", beside.max_bytes}});
      const Json answer = place.Restore("S");
      EXPECT_EQ(CodeOf(answer), beside.restored ? 0 : kLimitTooSmall) << answer;
      EXPECT_TRUE(beside.restored || answer.dump().find("max_storage") != std::string::npos);
      EXPECT_EQ(place.client().StreamExists("S"), beside.restored);
    }
  }
}

// The server's own limit is in no answer; its refusal by it is named all the same.
TEST(LimitsTest, ALimitOfTheServerIsNamedWhenItRefuses) {
  for (const std::string version : {"2.10", "2.15.3"}) {
    JETKEEP_NEEDS_SERVER(version);
    SCOPED_TRACE(version);
    ScratchDirectory directory("meaning");
    const std::string repository = directory / "repository";
    {
      Place origin(version, repository);
      origin.client().CreateStream({{"name", "S"}, {"subjects", {"S.>"}}});
      PublishAKilobyte(origin.client(), 200);
      origin.BackUp("S");
    }
    Place place({.version = version, .jetstream_config = "max_file_store: 100000"}, repository);
    const Json answer = place.Restore("S");
    EXPECT_EQ(CodeOf(answer), kLimitTooSmall) << answer;
    EXPECT_THAT(answer.dump(), HasSubstr(version == "2.10" ? "10023" : "10047"));
    EXPECT_FALSE(place.client().StreamExists("S"));
  }
}

// Servers store what goes into memory message by message, within their own limit.
TEST(LimitsTest, MessagesAboveTheServersMaxPayloadDoNotComeBackIntoMemory) {
  const std::string version = "2.15.3";
  JETKEEP_NEEDS_SERVER(version);
  ScratchDirectory directory("meaning");
  const std::string repository = directory / "repository";
  {
    Place origin(version, repository);
    for (const std::string storage : {"memory", "file"}) {
      origin.client().CreateStream(
          {{"name", storage}, {"subjects", {storage}}, {"storage", storage}});
      origin.client().PublishAcked(storage, std::string(200'000, 'x'));
      origin.client().CreateConsumer(
          storage, {{"durable_name", "c"}, {"ack_policy", "explicit"}, {"mem_storage", true}});
      origin.BackUp(storage);
    }
  }
  Place place({.version = version, .config = "max_payload: 64KB\n"}, repository);
  const Json refused = place.Restore("memory");
  EXPECT_EQ(CodeOf(refused), kLimitTooSmall) << refused;
  EXPECT_THAT(refused.dump(), HasSubstr("max_payload"));
  EXPECT_FALSE(place.client().StreamExists("memory"));
  const Json restored = place.Restore("file");
  ASSERT_FALSE(restored.contains("error")) << restored;
  const auto messages = place.client().Fetch("file", "c", 1);
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].payload.size(), 200'000U);
}

// Servers restore and deliver messages that they would not take.
TEST(LimitsTest, MessagesAboveTheServersMaxPayloadComeBackWithAWarning) {
  constexpr std::size_t kLarge = 200'000;
  for (const std::string version : {"2.9", "2.10", "2.15.3"}) {
    JETKEEP_NEEDS_SERVER(version);
    SCOPED_TRACE(version);
    ScratchDirectory directory("meaning");
    const std::string repository = directory / "repository";
    {
      Place origin(version, repository);
      origin.client().CreateStream({{"name", "S"}, {"subjects", {"S"}}});
      origin.client().PublishAcked("S", std::string(kLarge, 'x'));
      origin.client().PublishAcked("S", "small");
      origin.BackUp("S");
    }
    Place place({.version = version, .config = "max_payload: 64KB\n"}, repository);
    const Json answer = place.Restore("S");
    ASSERT_FALSE(answer.contains("error")) << answer;
    EXPECT_THAT(WarningsOf(answer), HasSubstr("up to " + std::to_string(kLarge) + " bytes"));
    EXPECT_THAT(answer.at("unchecked").dump(), HasSubstr("disk space"));
    place.client().CreateConsumer("S", {{"durable_name", "c"}, {"ack_policy", "none"}});
    const auto messages = place.client().Fetch("S", "c", 2);
    ASSERT_EQ(messages.size(), 2U);
    EXPECT_EQ(messages[0].payload.size(), kLarge);
  }
}

// Jetkeep reaches the JetStream API of account A through imports.
class ImportTest : public ::testing::TestWithParam<std::string> {
 protected:
  NatsServerOptions Server(bool inbox) const {
    std::string exports = R"({service: "$JS.API.>"}, {service: "$JS.SNAPSHOT.ACK.>"}, )"
                          R"({service: "$JS.SNAPSHOT.RESTORE.>"})";
    std::string imports = R"({service: {account: A, subject: "$JS.API.>"}, to: "A.API.>"}, )"
                          R"({service: {account: A, subject: "$JS.SNAPSHOT.ACK.>"}}, )"
                          R"({service: {account: A, subject: "$JS.SNAPSHOT.RESTORE.>"}})";
    if (inbox) {
      exports += R"(, {stream: "_INBOX_B.>"})";
      imports += R"(, {stream: {account: A, subject: "_INBOX_B.>"}})";
    }
    return {.version = GetParam(),
            .config =
                "accounts {\n A { jetstream: enabled, users: [{user: a, password: a}], "
                "exports: [" +
                exports + "] }\n B { users: [{user: b, password: b}], imports: [" + imports +
                "] }\n}\n"};
  }
  const std::vector<std::string> arguments_{"--js-api-prefix", "A.API", "--inbox-prefix",
                                            "_INBOX_B"};
};

TEST_P(ImportTest, BackupsWorkWithTheInboxImportedAndRestoresAreRefusedAtOnce) {
  JETKEEP_NEEDS_SERVER(GetParam());
  for (const bool inbox : {true, false}) {
    SCOPED_TRACE(inbox ? "with the inbox" : "without the inbox");
    ScratchDirectory directory("meaning");
    Place place(Server(inbox), directory / "repository", arguments_, "b:b");
    JetStreamClient owner("nats://a:a@127.0.0.1:" + std::to_string(place.server().port()));
    owner.CreateStream({{"name", "S"}, {"subjects", {"S.>"}}});
    owner.PublishMany(100, [](std::uint64_t) { return OutgoingMessage{"S.a", "x", ""}; });
    const Json backup =
        Ask(place.client(), "backup.request", {{"stream", "S"}, {"wait", true}}, seconds(20));
    if (!inbox) {
      EXPECT_EQ(CodeOf(backup), kPermissionDenied) << backup;
      EXPECT_THAT(backup.dump(), HasSubstr("import"));
      continue;
    }
    ASSERT_FALSE(backup.contains("error")) << backup;
    owner.DeleteStream("S");
    const Json answer = place.Restore("S");
    EXPECT_EQ(CodeOf(answer), kPermissionDenied) << answer;
    EXPECT_THAT(answer.dump(), HasSubstr("import"));
    EXPECT_FALSE(owner.StreamExists("S"));
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, ImportTest, ::testing::Values("2.9", "2.10", "2.15.3"),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing
