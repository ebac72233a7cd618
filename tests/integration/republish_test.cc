// Messages of a backup published again: what the living stream lacks, and onto other subjects. The
// judge is what the test published.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/place.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr std::uint64_t kMessages = 300;

class RepublishTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    place_ = std::make_unique<Place>(GetParam(), directory_ / "repository");
    client().CreateStream({{"name", "ORDERS"},
                           {"subjects", {"orders.>"}},
                           {"allow_rollup_hdrs", true},
                           {"duplicate_window", 120 * kSecondNs}});
    for (std::uint64_t i = 1; i <= kMessages; ++i) {
      client().PublishAcked(SubjectOf(i), PayloadOf(i), HeadersOf(i));
    }
    place_->BackUp("ORDERS");
  }
  static std::string SubjectOf(std::uint64_t i) { return "orders." + std::to_string(i % 7); }
  static std::string PayloadOf(std::uint64_t i) {
    return i % 11 == 0 ? "\xff\xfe" + std::to_string(i) : "value " + std::to_string(i);
  }
  static std::string HeadersOf(std::uint64_t i) {
    if (i % 3 == 0) {
      return HeaderBlock({{"Nats-Msg-Id", "id-" + std::to_string(i)}, {"N", "\xfc"}});
    }
    return i % 5 == 0 ? HeaderBlock({{"Nats-Expected-Stream", "ORDERS"}}) : std::string();
  }

  JetStreamClient& client() { return place_->client(); }
  ProgramResult Run(std::vector<std::string> words) {
    return RunJetkeep(words, {{"NATS_URL", place_->server().Url()}});
  }
  // The job's result; the command must have succeeded.
  Json Done(std::vector<std::string> words) {
    words.emplace_back("--json");
    const ProgramResult result = Run(words);
    EXPECT_EQ(result.exit_code, 0) << result.output << result.error;
    return Json::parse(result.output, nullptr, false);
  }
  std::uint64_t Count(const std::string& stream) {
    return client().StreamInfo(stream).at("state").at("messages");
  }
  struct Message {
    std::string subject;
    std::string headers;
    std::string payload;
  };
  std::vector<Message> Read(const std::string& stream) {
    std::vector<Message> messages;
    const Json state = client().StreamInfo(stream).at("state");
    const auto last = state.at("last_seq").get<std::uint64_t>();
    for (auto s = state.at("first_seq").get<std::uint64_t>(); s <= last; ++s) {
      const Json answer = client().TryApi("STREAM.MSG.GET." + stream, {{"seq", s}});
      if (!answer.contains("message")) continue;
      const Json& message = answer["message"];
      messages.push_back({message.at("subject"), DecodeBase64(message.value("hdrs", "")),
                          DecodeBase64(message.value("data", ""))});
    }
    return messages;
  }
  // The value of a header, as sent.
  static std::string Header(const Message& message, const std::string& name) {
    const std::size_t at = message.headers.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const std::size_t begin = at + name.size() + 4;
    return message.headers.substr(begin, message.headers.find("\r\n", begin) - begin);
  }
  // Whether the message is number `i` published again.
  void ExpectAgain(const Message& message, std::uint64_t i, const std::string& subject,
                   const std::string& into = {}) const {
    EXPECT_EQ(message.subject, subject);
    EXPECT_EQ(message.payload, PayloadOf(i));
    EXPECT_EQ(Header(message, "Jetkeep-Sequence"), std::to_string(i));
    EXPECT_FALSE(Header(message, "Jetkeep-Time").empty());
    EXPECT_FALSE(Header(message, "Nats-Msg-Id").empty());
    // Servers of 2.9 would no longer source it.
    EXPECT_EQ(Header(message, "Nats-Expected-Stream"), GetParam() == "2.9" ? "" : into);
    if (i % 3 == 0) {
      EXPECT_EQ(Header(message, "Jetkeep-Msg-Id"), "id-" + std::to_string(i));
      EXPECT_EQ(Header(message, "N"), "\xfc");
    }
  }

  ScratchDirectory directory_{"republish"};
  std::unique_ptr<Place> place_;
};

TEST_P(RepublishTest, UndeleteBringsBackWhatTheStreamLacks) {
  EXPECT_EQ(Done({"undelete", "ORDERS", "--dry-run"}).at("messages"), 0);
  client().PurgeStream("ORDERS", {{"filter", "orders.3"}});
  client().DeleteMessage("ORDERS", 12);
  std::vector<std::uint64_t> gone;
  for (std::uint64_t i = 1; i <= kMessages; ++i) {
    if (i % 7 == 3 || i == 12) gone.push_back(i);
  }
  for (int i = 0; i < 20; ++i) client().PublishAcked("orders.9", "newer");
  const std::uint64_t before = Count("ORDERS");

  const Json dry = Done({"undelete", "ORDERS", "--dry-run"});
  EXPECT_EQ(dry.at("dry_run"), true);
  EXPECT_EQ(dry.at("selected"), kMessages);
  EXPECT_EQ(dry.at("living"), kMessages - gone.size());
  EXPECT_EQ(dry.at("messages"), gone.size());
  std::vector<std::uint64_t> told;
  for (const Json& range : dry.at("sequences")) {
    const auto last = range.at("last").get<std::uint64_t>();
    for (auto s = range.at("first").get<std::uint64_t>(); s <= last; ++s) told.push_back(s);
  }
  EXPECT_EQ(told, gone);
  EXPECT_EQ(Count("ORDERS"), before) << "a dry run changes nothing";
  EXPECT_THAT(Run({"undelete", "ORDERS", "--dry-run"}).output, HasSubstr("sequences 3, 10, 12"));

  const Json done = Done({"undelete", "ORDERS", "--republish"});
  EXPECT_EQ(done.at("messages"), gone.size());
  EXPECT_EQ(done.at("duplicates"), 0) << "ids of lost messages are still in the window";
  EXPECT_EQ(Count("ORDERS"), before + gone.size());
  const std::vector<Message> dump = Read("ORDERS");
  ASSERT_GE(dump.size(), gone.size());
  const std::size_t first = dump.size() - gone.size();
  for (std::size_t i = 0; i < gone.size(); ++i) {
    ExpectAgain(dump[first + i], gone[i], SubjectOf(gone[i]), "ORDERS");
  }
  // Once more: the stream is read first, so that nothing comes twice.
  const Json again = Done({"undelete", "ORDERS", "--republish"});
  EXPECT_EQ(again.at("messages"), 0);
  EXPECT_EQ(again.at("already"), gone.size());
  EXPECT_EQ(Count("ORDERS"), before + gone.size());
}

TEST_P(RepublishTest, OfABucketOnlyLostKeysComeBack) {
  client().CreateBucket("B", 1);
  for (const char* key : {"kept", "lost", "changed"}) client().PutKey("B", key, "old");
  place_->BackUp("KV_B");
  client().PutKey("B", "changed", "new");
  client().PurgeStream("KV_B", {{"filter", "$KV.B.lost"}});
  const Json done = Done({"undelete", "KV_B", "--republish"});
  EXPECT_EQ(done.at("messages"), 1) << done;
  EXPECT_EQ(done.at("living"), 2);
  EXPECT_THAT(done.at("warnings").dump(), HasSubstr("left out: 1 messages"));
  std::map<std::string, std::string> values;
  for (const Message& message : Read("KV_B")) values[message.subject] = message.payload;
  EXPECT_EQ(values, (std::map<std::string, std::string>{
                        {"$KV.B.kept", "old"}, {"$KV.B.lost", "old"}, {"$KV.B.changed", "new"}}));
}

TEST_P(RepublishTest, OntoOtherSubjectsAndOnlyWhatIsSelected) {
  client().CreateStream({{"name", "COPY"}, {"subjects", {"copy.>"}}});
  Json done = Done({"republish", "ORDERS", "--subject", "orders.1", "--first", "100", "--from",
                    "orders", "--to", "copy"});
  std::vector<std::uint64_t> meant;
  for (std::uint64_t i = 100; i <= kMessages; ++i) {
    if (i % 7 == 1) meant.push_back(i);
  }
  EXPECT_EQ(done.at("messages"), meant.size());
  std::vector<Message> dump = Read("COPY");
  ASSERT_EQ(dump.size(), meant.size());
  for (std::size_t i = 0; i < meant.size(); ++i) {
    ExpectAgain(dump[i], meant[i], "copy.1");
  }
  // A repeat within the window of duplicates is not doubled, although the target is not read.
  done = Done({"republish", "ORDERS", "--subject", "orders.1", "--first", "100", "--from", "orders",
               "--to", "copy"});
  EXPECT_EQ(done.at("duplicates"), meant.size());
  EXPECT_EQ(done.at("messages"), 0);
  EXPECT_THAT(done.at("warnings").dump(), HasSubstr("for duplicates and stored nothing"));
  EXPECT_EQ(Count("COPY"), meant.size());
  // The rest: what the target has is left out.
  done = Done({"republish", "ORDERS", "--from", "orders", "--to", "copy", "--into", "COPY"});
  EXPECT_EQ(done.at("already"), meant.size());
  EXPECT_EQ(done.at("messages"), kMessages - meant.size());
  EXPECT_EQ(done.at("duplicates"), 0);
  EXPECT_EQ(Count("COPY"), kMessages);
  // Without --from the prefix is put in front.
  client().CreateStream({{"name", "FRONT"}, {"subjects", {"front.>"}}});
  done = Done({"republish", "ORDERS", "--to", "front", "--keep-msg-id"});
  EXPECT_EQ(done.at("messages"), kMessages);
  dump = Read("FRONT");
  ASSERT_EQ(dump.size(), kMessages);
  for (std::uint64_t i = 1; i <= kMessages; ++i) {
    EXPECT_EQ(dump[i - 1].subject, "front." + SubjectOf(i));
    if (i % 3 == 0) {
      EXPECT_EQ(Header(dump[i - 1], "Nats-Msg-Id"), "id-" + std::to_string(i));
    }
  }
}

TEST_P(RepublishTest, RefusalsNameWhatIsInDoubt) {
  // Nobody takes the messages.
  ProgramResult result = Run({"republish", "ORDERS", "--to", "nowhere"});
  EXPECT_EQ(result.exit_code, 25) << result.error;
  EXPECT_THAT(result.error, HasSubstr("no stream takes one of the messages from 1, on subject "
                                      "nowhere.orders.1, to "));
  EXPECT_THAT(result.error, HasSubstr("0 messages are published"));
  // The stream takes fifty.
  client().CreateStream(
      {{"name", "SMALL"}, {"subjects", {"small.>"}}, {"max_msgs", 50}, {"discard", "new"}});
  result = Run({"republish", "ORDERS", "--to", "small", "--into", "SMALL"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.error, HasSubstr("50 messages are published, all below sequence 51"));
  EXPECT_THAT(result.error, HasSubstr("in doubt are sequences 51 to"));
  EXPECT_THAT(result.error, HasSubstr("Name the same backup: "));
  EXPECT_EQ(Count("SMALL"), 50U);
  // After more room was made the rest follows, and nothing comes twice.
  Json config = client().StreamInfo("SMALL").at("config");
  config["max_msgs"] = 1000;
  client().UpdateStream(config);
  const Json done = Done({"republish", "ORDERS", "--to", "small", "--into", "SMALL"});
  EXPECT_EQ(done.at("already"), 50);
  EXPECT_EQ(done.at("messages"), kMessages - 50);
  EXPECT_EQ(Count("SMALL"), kMessages);
  // Another stream than the one that is meant stores them.
  client().CreateStream({{"name", "OTHER"}, {"subjects", {"other.>"}}});
  result = Run({"republish", "ORDERS", "--to", "other", "--into", "SMALL"});
  EXPECT_EQ(result.exit_code, 0) << "SMALL has all of them: " << result.error;
  client().PurgeStream("SMALL");
  result = Run({"republish", "ORDERS", "--to", "other", "--into", "SMALL"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("other.orders.1, which stream SMALL does not take"));
  EXPECT_EQ(Count("OTHER"), 0U);

  EXPECT_EQ(Run({"republish", "ORDERS"}).exit_code, 2);
  EXPECT_EQ(Run({"republish", "ORDERS", "--to", "a.*"}).exit_code, 2);
  EXPECT_EQ(Run({"republish", "ORDERS", "--from", "orders"}).exit_code, 2);
  EXPECT_EQ(Run({"republish", "ORDERS", "--to", "x", "--rate", "5", "--paced"}).exit_code, 2);
  EXPECT_EQ(Run({"republish", "ORDERS", "--to", "x", "--into", "NOSUCH"}).exit_code, 10);
  EXPECT_EQ(Run({"undelete", "ORDERS"}).exit_code, 2);
  EXPECT_EQ(Run({"undelete", "NOSUCH", "--backup", "ORDERS", "--dry-run"}).exit_code, 10);
}

TEST_P(RepublishTest, SendsNoRequests) {
  client().CreateStream({{"name", "AUDIT"}, {"subjects", {"audit.>"}}});
  const std::string order = "audit.$JS.API.STREAM.DELETE.ORDERS";
  client().PublishAcked(order, "x", "");
  place_->BackUp("AUDIT");
  for (const std::vector<std::string>& target :
       {std::vector<std::string>{"--from", "audit.$JS", "--to", "$JS"},
        std::vector<std::string>{"--from", "audit.$JS.API.STREAM.DELETE.ORDERS", "--to",
                                 "backup.list"},
        std::vector<std::string>{"--from", "audit.$JS.API.STREAM.DELETE.ORDERS", "--to",
                                 "backup.instance.x.backup.list"},
        std::vector<std::string>{"--from", "audit", "--to", "_INBOX"}}) {
    std::vector<std::string> words{"republish", "AUDIT"};
    words.insert(words.end(), target.begin(), target.end());
    const ProgramResult result = Run(words);
    EXPECT_EQ(result.exit_code, 2) << result.error;
    EXPECT_THAT(result.error, HasSubstr("message 1 would get the subject " + target.back()));
  }
  EXPECT_EQ(Count("ORDERS"), kMessages);
}

// What was published again is sourced like anything else, and its old origin changes nothing.
TEST_P(RepublishTest, SourcingGoesOn) {
  constexpr std::uint64_t kSourced = 20;
  const Json sources = Json::array({{{"name", "ORIGIN"}}});
  client().CreateStream({{"name", "ORIGIN"}, {"subjects", {"origin.>"}}});
  client().CreateStream({{"name", "ALL"}, {"sources", sources}});
  client().CreateStream({{"name", "BOTH"}, {"subjects", {"both.>"}}, {"sources", sources}});
  const auto wait_for = [&](const std::string& stream, std::uint64_t count) {
    for (int i = 0; i < 500 && Count(stream) < count; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    EXPECT_EQ(Count(stream), count) << stream;
  };
  for (std::uint64_t i = 1; i <= kSourced; ++i) {
    client().PublishAcked("origin." + std::to_string(i % 4), "v", "");
  }
  wait_for("BOTH", kSourced);
  for (const char* stream : {"BOTH", "ORIGIN"}) place_->BackUp(stream);
  const Json done = Done({"republish", "BOTH", "--to", "both", "--into", "BOTH"});
  EXPECT_EQ(done.at("messages"), kSourced);
  EXPECT_THAT(done.at("warnings").dump(), HasSubstr("Nats-Stream-Source"));
  std::uint64_t again = 0;
  for (const Message& message : Read("BOTH")) {
    const bool sourced = message.subject.starts_with("origin.");
    EXPECT_EQ(Header(message, "Nats-Stream-Source").empty(), !sourced);
    if (!sourced) ++again;
  }
  EXPECT_EQ(again, kSourced);
  client().PurgeStream("ORIGIN", {{"filter", "origin.3"}});
  EXPECT_EQ(Done({"undelete", "ORIGIN", "--republish"}).at("messages"), kSourced / 4);
  client().PublishAcked("origin.9", "newer", "");
  wait_for("ALL", kSourced + kSourced / 4 + 1);
  wait_for("BOTH", 2 * kSourced + kSourced / 4 + 1);
}

TEST_P(RepublishTest, AnotherBucketKeepsItsNewestValues) {
  client().CreateBucket("A", 10);
  client().CreateBucket("N", 1);
  for (int i = 1; i <= 5; ++i) client().PutKey("A", "k", std::to_string(i));
  place_->BackUp("KV_A");
  const std::vector<std::string> words{"republish", "KV_A",  "--from", "$KV.A",
                                       "--to",      "$KV.N", "--into", "KV_N"};
  EXPECT_EQ(Done(words).at("messages"), 5);
  const Json again = Done(words);
  EXPECT_EQ(again.at("messages"), 0);
  EXPECT_EQ(again.at("already"), 5);
  ASSERT_EQ(Read("KV_N").size(), 1U);
  EXPECT_EQ(Read("KV_N")[0].payload, "5");
}

TEST_P(RepublishTest, KeepsTheRateAndEndsWhenCancelled) {
  client().CreateStream({{"name", "COPY"}, {"subjects", {"copy.>"}}});
  const auto began = std::chrono::steady_clock::now();
  Done({"republish", "ORDERS", "--last", "101", "--to", "copy", "--rate", "100"});
  // Never faster than was asked for; how much slower depends on the machine.
  EXPECT_GE(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(1000));
  EXPECT_EQ(Count("COPY"), 101U);
  const Json job =
      Ask(client(), "backup.republish",
          {{"backup", Ask(client(), "backup.list", Json::object()).at("backups")[0].at("id")},
           {"to", "copy"},
           {"rate", 1},
           {"job", "slow"}});
  ASSERT_EQ(CodeOf(job), 0) << job;
  EXPECT_EQ(job.at("kind"), "republish");
  Ask(client(), "backup.cancel", {{"job", "slow"}});
  std::string state;
  for (int i = 0; i < 200 && state != "cancelled"; ++i) {
    state = Ask(client(), "backup.status", {{"job", "slow"}}).value("state", "");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(state, "cancelled");
}

INSTANTIATE_TEST_SUITE_P(Servers, RepublishTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing
