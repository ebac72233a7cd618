// Restores under another name, with other subjects, and in another shape: beside the stream that
// was backed up, which stays as it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/integration/stored_messages.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

constexpr int kInvalidRequest = 70400;
constexpr int kInvalidName = 70403;
constexpr int kStreamExists = 70409;
constexpr int kRestoreRefused = 70572;

std::string Renamed(const std::string& subject) {
  if (subject == "orders.new") return "fresh";
  if (subject.starts_with("orders.eu.")) return "europe." + subject.substr(10) + ".x";
  return "copy." + subject;
}

const Json kRules = {{{"from", "orders.new"}, {"to", "fresh"}},
                     {{"from", "orders.eu.*"}, {"to", "europe.{{wildcard(1)}}.x"}},
                     {{"from", "orders.>"}, {"to", "copy.orders.>"}},
                     {{"from", "other"}, {"to", "copy.other"}}};

class RestoreTargetTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    JETKEEP_NEEDS_SERVER(GetParam());
    site_ = std::make_unique<Site>(SiteOptions{.server = {.version = GetParam()}});
  }
  JetStreamClient& client() { return site_->client(); }

  // 200 messages on orders.eu.*, orders.us.* and orders.new, of which some were deleted.
  void MakeOrders(const Json& more = Json::object()) {
    Json config{{"name", "ORDERS"}, {"subjects", {"orders.>", "other"}}};
    config.update(more);
    client().CreateStream(config);
    for (std::uint64_t i = 1; i <= 200; ++i) {
      const std::string subject = i % 20 == 0  ? std::string("other")
                                  : i % 5 == 0 ? std::string("orders.new")
                                  : i % 2 == 0 ? "orders.eu." + std::to_string(i % 6)
                                               : "orders.us.a." + std::to_string(i % 7);
      client().PublishAcked(subject, "order " + std::to_string(i),
                            "NATS/1.0\r\nNats-Msg-Id: orders.eu." + std::to_string(i) + "\r\n\r\n");
    }
    for (const std::uint64_t gone : {2U, 3U, 77U, 200U}) client().DeleteMessage("ORDERS", gone);
    client().CreateConsumer("ORDERS", {{"durable_name", "eu"},
                                       {"ack_policy", "explicit"},
                                       {"ack_wait", 3'600'000'000'000},
                                       {"filter_subject", "orders.eu.*"}});
    client().CreateConsumer("ORDERS", {{"durable_name", "all"}, {"ack_policy", "explicit"}});
    const auto fetched = client().Fetch("ORDERS", "eu", 20);
    for (std::size_t i = 0; i < 5; ++i) client().Ack(fetched.at(i));
  }

  Outcome Restore(Json request) {
    return site_->End(site_->Begin("restore.request", std::move(request)));
  }
  Json Plan(Json request) {
    request["dry_run"] = true;
    return Ask(client(), "restore.request", request);
  }
  void RestartServer() {
    site_->server().Restart();
    site_->Reconnect();
    site_->jetkeep().WaitUntilReady();
  }
  // Now, and after the server was started again.
  void Twice(const std::function<void()>& check) {
    check();
    RestartServer();
    check();
  }

  void ExpectRenamed(const std::map<std::uint64_t, Json>& before, const std::string& stream) {
    const auto after = MessagesOf(client(), stream);
    ASSERT_EQ(after.size(), before.size());
    for (const auto& [sequence, was] : before) {
      ASSERT_EQ(after.count(sequence), 1U) << sequence;
      Json expected = was;
      expected["subject"] = Renamed(was.at("subject"));
      EXPECT_EQ(after.at(sequence), expected);
    }
  }

  std::unique_ptr<Site> site_;
};

TEST_P(RestoreTargetTest, AnotherNameBesideTheLivingStream) {
  MakeOrders();
  const auto before = MessagesOf(client(), "ORDERS");
  const StreamDump living = DumpStream(client(), "ORDERS");
  const Outcome backup = site_->BackUp("ORDERS");
  ASSERT_TRUE(backup.completed());
  const Json request{{"backup", backup.backup()}, {"as", "COPY"}, {"map_subjects", kRules}};
  const Json plan = Plan(request);
  EXPECT_EQ(plan.at("possible"), true) << plan;
  EXPECT_EQ(plan.at("stream"), "COPY");
  EXPECT_FALSE(client().StreamExists("COPY"));
  const Outcome outcome = Restore(request);
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  EXPECT_EQ(outcome.status.at("stream"), "COPY");
  EXPECT_EQ(outcome.backup(), backup.backup());
  Twice([&] {
    ExpectRenamed(before, "COPY");
    const Json config = client().StreamInfo("COPY").at("config");
    EXPECT_EQ(config.at("subjects"), Json({"fresh", "europe.*.x", "copy.orders.>", "copy.other"}));
    EXPECT_EQ(config.dump().find("jetkeep"), std::string::npos) << config;
    EXPECT_EQ(Joined(Compare(living, DumpStream(client(), "ORDERS"))), "");
    const Json eu = client().ConsumerInfo("COPY", "eu");
    EXPECT_EQ(eu.at("config").at("filter_subject"), "europe.*.x");
    EXPECT_EQ(eu.at("num_ack_pending"), 15);
    const Json was = client().ConsumerInfo("ORDERS", "eu");
    for (const char* field : {"delivered", "ack_floor"}) {
      EXPECT_EQ(eu.at(field).at("stream_seq"), was.at(field).at("stream_seq"));
    }
    EXPECT_EQ(eu.at("num_pending"), was.at("num_pending"));
  });
  // The same by the command line, first as a dry run.
  std::vector<std::string> words{"restore",
                                 "ORDERS",
                                 "--as",
                                 "BY_CLI",
                                 "--map-subject",
                                 "orders.*=cli.$1",
                                 "--map-subject",
                                 "orders.>=cli.>",
                                 "--map-subject",
                                 "other=cli_other",
                                 "--no-consumers",
                                 "--set-field",
                                 "description=by cli",
                                 "--server",
                                 site_->server().Url(),
                                 "--no-context",
                                 "--dry-run"};
  const ProgramResult planned = RunJetkeep(words);
  EXPECT_EQ(planned.exit_code, 0) << planned.output << planned.error;
  EXPECT_THAT(planned.output, HasSubstr("BY_CLI"));
  words.pop_back();
  const ProgramResult shown = RunJetkeep(words);
  EXPECT_EQ(shown.exit_code, 0) << shown.output << shown.error;
  EXPECT_THAT(shown.output, HasSubstr("restored BY_CLI"));
  const Json by_cli = client().StreamInfo("BY_CLI");
  EXPECT_EQ(by_cli.at("state").at("messages"), before.size());
  EXPECT_EQ(by_cli.at("config").at("subjects"), Json({"cli.>", "cli_other"}));
  EXPECT_EQ(by_cli.at("config").at("description"), "by cli");
  // Both go on, each for itself; the next backup of the copy is one of its own.
  EXPECT_EQ(client().PublishAcked("copy.orders.us.b", "new"), 201U);
  EXPECT_EQ(client().PublishAcked("orders.us.b", "new"), 201U);
  const auto copy = MessagesOf(client(), "COPY");
  const Outcome again = site_->BackUp("COPY");
  ASSERT_TRUE(again.completed()) << again.Text();
  client().DeleteStream("COPY");
  ASSERT_TRUE(Restore({{"stream", "COPY"}}).completed());
  EXPECT_EQ(MessagesOf(client(), "COPY"), copy);
}

TEST_P(RestoreTargetTest, WhatCannotBeMadeIsRefusedAndChangesNothing) {
  MakeOrders();
  ASSERT_TRUE(site_->BackUp("ORDERS").completed());
  const Json streams = client().Api("STREAM.NAMES").at("streams");
  const auto refused = [&](Json request, int code, const std::string& why) {
    request["stream"] = "ORDERS";
    SCOPED_TRACE(request.dump());
    const Json answer = Ask(client(), "restore.request", request);
    if (answer.contains("error")) {
      EXPECT_EQ(answer["error"]["err_code"], code) << answer;
      EXPECT_THAT(answer.dump(), HasSubstr(why));
    } else {
      const Outcome outcome = site_->End(answer.at("job"));
      EXPECT_EQ(outcome.err_code(), code) << outcome.Text();
      EXPECT_THAT(outcome.Text(), HasSubstr(why));
    }
    EXPECT_EQ(client().Api("STREAM.NAMES").at("streams"), streams);
  };
  refused({{"as", "ORDERS"}, {"map_subjects", kRules}}, kStreamExists, "already exists");
  refused({{"as", "COPY"}}, kRestoreRefused, "map-subject");
  Json some = kRules;
  some.erase(3);  // `other` stays
  refused({{"as", "COPY"}, {"map_subjects", some}}, kRestoreRefused, "subject other");
  refused({{"as", "a.b"}}, kInvalidName, "stream");
  refused({{"as", "C"}, {"map_subjects", {{{"from", "a.*"}, {"to", "b.$2"}}}}}, kInvalidRequest,
          "number 2");
  refused({{"as", "C"}, {"map_subjects", {{{"from", "a.*"}}}}}, kInvalidRequest, "to");
  refused({{"as", "C"}, {"set_fields", {{"max_mgs", 1}}}}, kInvalidRequest, "max_mgs");
  refused({{"as", "C"}, {"set_fields", {{"name", "D"}}}}, kInvalidRequest, "name");
  refused({{"as", "C"}, {"map_subjects", kRules}, {"set_fields", {{"max_age", "1h"}}}},
          kInvalidRequest, "max_age");
  refused({{"as", "C"}, {"map_subjects", kRules}, {"set_fields", {{"subjects", {"c.>", "c.x"}}}}},
          kInvalidRequest, "overlap");
  refused({{"as", "C"}, {"config", {{"name", "D"}, {"subjects", {"d"}}}}}, kInvalidRequest, "D");
}

TEST_P(RestoreTargetTest, SubjectsThatBecomeOneAndLimits) {
  client().CreateStream({{"name", "LAST"}, {"subjects", {"l.*"}}, {"max_msgs_per_subject", 2}});
  for (int i = 0; i < 12; ++i) {
    client().PublishAcked("l." + std::to_string(i % 4), "m" + std::to_string(i));
  }
  ASSERT_TRUE(site_->BackUp("LAST").completed());
  // Eight are left, two of each of four subjects; l.0 and l.1 become one.
  Json request{{"stream", "LAST"},
               {"as", "ONE"},
               {"map_subjects",
                {{{"from", "l.0"}, {"to", "one.x"}},
                 {{"from", "l.1"}, {"to", "one.x"}},
                 {{"from", "l.*"}, {"to", "one.$1"}}}}};
  const Json plan = Plan(request);
  EXPECT_EQ(plan.at("possible"), false);
  EXPECT_THAT(plan.at("refusals").dump(), HasSubstr("2 of 8 messages"));
  EXPECT_EQ(Restore(request).err_code(), kRestoreRefused);
  EXPECT_FALSE(client().StreamExists("ONE"));
  request["allow_removal"] = true;
  const Outcome outcome = Restore(request);
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  Twice([&] {
    const auto messages = MessagesOf(client(), "ONE");
    std::map<std::uint64_t, std::string> subjects;
    for (const auto& [sequence, message] : messages) subjects[sequence] = message.at("subject");
    const std::map<std::uint64_t, std::string> expected{
        {7, "one.2"}, {8, "one.3"}, {9, "one.x"}, {10, "one.x"}, {11, "one.2"}, {12, "one.3"}};
    EXPECT_EQ(subjects, expected);
  });
}

TEST_P(RestoreTargetTest, NewLimitsAreToldWhatTheyRemove) {
  MakeOrders();
  const auto before = MessagesOf(client(), "ORDERS");
  ASSERT_TRUE(site_->BackUp("ORDERS").completed());
  client().DeleteStream("ORDERS");
  Json request{{"stream", "ORDERS"}, {"set_fields", {{"max_msgs", 50}, {"description", "small"}}}};
  EXPECT_THAT(Plan(request).at("refusals").dump(), HasSubstr("146 of 196 messages"));
  const Outcome refused = Restore(request);
  EXPECT_EQ(refused.err_code(), kRestoreRefused) << refused.Text();
  EXPECT_FALSE(client().StreamExists("ORDERS"));
  request["allow_removal"] = true;
  const Outcome outcome = Restore(request);
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  Twice([&] {
    const auto after = MessagesOf(client(), "ORDERS");
    EXPECT_EQ(after.size(), 50U);
    for (const auto& [sequence, message] : after) EXPECT_EQ(message, before.at(sequence));
    EXPECT_EQ(after.rbegin()->first, 199U);
    const Json config = client().StreamInfo("ORDERS").at("config");
    EXPECT_EQ(config.at("max_msgs"), 50);
    EXPECT_EQ(config.at("description"), "small");
  });
  client().DeleteStream("ORDERS");
  // A whole configuration, and memory where the server can.
  const bool memory = AtLeast(GetParam(), "2.15");
  const Json config{{"name", "ORDERS"},      {"subjects", {"orders.>"}}, {"storage", "memory"},
                    {"retention", "limits"}, {"max_bytes", 1'000'000},   {"num_replicas", 1}};
  const Outcome shaped = Restore({{"stream", "ORDERS"}, {"config", config}});
  if (!memory) {
    EXPECT_EQ(shaped.err_code(), kRestoreRefused) << shaped.Text();
    EXPECT_THAT(shaped.Text(), HasSubstr("memory"));
    EXPECT_FALSE(client().StreamExists("ORDERS"));
    return;
  }
  ASSERT_TRUE(shaped.completed()) << shaped.Text();
  EXPECT_EQ(MessagesOf(client(), "ORDERS"), before);
  EXPECT_EQ(client().StreamInfo("ORDERS").at("config").at("storage"), "memory");
  // And under longer subjects, so that its size is another, too.
  const Outcome longer = Restore({{"stream", "ORDERS"},
                                  {"as", "COPY"},
                                  {"map_subjects", kRules},
                                  {"set_fields", {{"storage", "memory"}}}});
  ASSERT_TRUE(longer.completed()) << longer.Text();
  ExpectRenamed(before, "COPY");
}

// As every bucket does. The limit of each subject counts nevertheless; the others keep what is
// there.
TEST_P(RestoreTargetTest, LimitsOfAStreamThatDiscardsNew) {
  client().CreateStream({{"name", "HISTORY"},
                         {"subjects", {"h.*"}},
                         {"discard", "new"},
                         {"max_msgs_per_subject", 4}});
  for (int i = 0; i < 12; ++i) client().PublishAcked("h." + std::to_string(i % 3), "m");
  ASSERT_TRUE(site_->BackUp("HISTORY").completed());
  const auto before = MessagesOf(client(), "HISTORY");
  ASSERT_EQ(before.size(), 12U);
  client().DeleteStream("HISTORY");
  Json request{{"stream", "HISTORY"}, {"set_fields", {{"max_msgs_per_subject", 1}}}};
  const Outcome refused = Restore(request);
  EXPECT_EQ(refused.err_code(), kRestoreRefused) << refused.Text();
  EXPECT_THAT(refused.Text(), HasSubstr("9 of 12 messages"));
  EXPECT_FALSE(client().StreamExists("HISTORY"));
  request["allow_removal"] = true;
  const Outcome last = Restore(request);
  ASSERT_TRUE(last.completed()) << last.Text();
  Twice([&] {
    const auto after = MessagesOf(client(), "HISTORY");
    EXPECT_EQ(after.size(), 3U);
    for (const std::uint64_t sequence : {10U, 11U, 12U}) EXPECT_EQ(after.count(sequence), 1U);
  });
  client().DeleteStream("HISTORY");
  // Since 2.10 the other limits keep what is there; before, the server removes when it loads.
  for (const Json& fields : {Json{{"max_msgs", 5}}, Json{{"max_bytes", 200}}}) {
    SCOPED_TRACE(fields.dump());
    Json total{{"stream", "HISTORY"}, {"set_fields", fields}};
    if (!AtLeast(GetParam(), "2.10")) {
      EXPECT_EQ(Restore(total).err_code(), kRestoreRefused);
      continue;
    }
    const Outcome all = Restore(total);
    ASSERT_TRUE(all.completed()) << all.Text();
    Twice([&] { EXPECT_EQ(MessagesOf(client(), "HISTORY"), before); });
    client().DeleteStream("HISTORY");
  }
}

TEST_P(RestoreTargetTest, FrozenUntilItIsThawed) {
  constexpr std::int64_t kAge = 3'000'000'000;
  MakeOrders({{"max_age", kAge}, {"duplicate_window", 1'000'000'000}});
  ASSERT_TRUE(site_->BackUp("ORDERS").completed());
  const std::uint64_t messages = site_->List("ORDERS").at(0).at("messages");
  ASSERT_GT(messages, 0U);
  client().DeleteStream("ORDERS");
  std::this_thread::sleep_for(std::chrono::seconds(4));
  EXPECT_THAT(Plan({{"stream", "ORDERS"}}).at("warnings").dump(), HasSubstr("max_age"));
  const Outcome outcome = Restore({{"stream", "ORDERS"}, {"frozen", true}});
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  Twice([&] {
    const Json info = client().StreamInfo("ORDERS");
    EXPECT_EQ(info.at("state").at("messages"), messages);
    EXPECT_EQ(info.at("config").value("max_age", 0), 0);
  });
  const bool remembers = AtLeast(GetParam(), "2.10");
  const ProgramResult thawed =
      RunJetkeep({"thaw", "ORDERS", "--server", site_->server().Url(), "--no-context"});
  EXPECT_EQ(thawed.exit_code, remembers ? 0 : 2) << thawed.output << thawed.error;
  if (!remembers) return;
  const Json config = client().StreamInfo("ORDERS").at("config");
  EXPECT_EQ(config.at("max_age"), kAge);
  EXPECT_EQ(config.dump().find("jetkeep"), std::string::npos) << config;
  const ProgramResult again =
      RunJetkeep({"thaw", "ORDERS", "--server", site_->server().Url(), "--no-context"});
  EXPECT_NE(again.exit_code, 0);

  // Servers give a stream without max_age a window of two minutes, and refuse an age below it.
  client().CreateStream({{"name", "SHORT"},
                         {"subjects", {"short"}},
                         {"metadata", {{"jetkeep.frozen_max_age", std::to_string(kAge)}}}});
  ASSERT_GT(client().StreamInfo("SHORT").at("config").at("duplicate_window"), kAge);
  const ProgramResult shortened =
      RunJetkeep({"thaw", "SHORT", "--server", site_->server().Url(), "--no-context"});
  EXPECT_EQ(shortened.exit_code, 0) << shortened.output << shortened.error;
  EXPECT_THAT(shortened.output, HasSubstr("duplicate_window is shortened"));
  EXPECT_EQ(client().StreamInfo("SHORT").at("config").at("max_age"), kAge);
  EXPECT_EQ(client().StreamInfo("SHORT").at("config").at("duplicate_window"), kAge);
}

// The real command line is the judge of what a bucket is.
TEST_P(RestoreTargetTest, ABucketUnderAnotherNameIsABucket) {
  JETKEEP_NEEDS_COMMAND_LINE();
  const auto nats = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), NatsCommandLine());
    return RunProgram(arguments, {{"NATS_URL", site_->server().Url()}});
  };
  const auto good = [&](const std::vector<std::string>& arguments) {
    const ProgramResult result = nats(arguments);
    EXPECT_EQ(result.exit_code, 0) << arguments.at(1) << ": " << result.output << result.error;
    return result.output + result.error;
  };
  good({"kv", "add", "x", "--history", "3"});
  for (int i = 0; i < 5; ++i) good({"kv", "put", "x", "a.k", "value " + std::to_string(i)});
  good({"kv", "put", "x", "b", "other"});
  good({"kv", "del", "x", "b", "-f"});
  ScratchDirectory scratch("bucket");
  const std::string file = scratch / "file";
  std::string content;
  for (std::uint64_t i = 0; i < 40; ++i) content += NumberedPayload(i, 10'000);
  std::ofstream(file, std::ios::binary) << content;
  good({"object", "add", "o"});
  good({"object", "put", "o", file, "--name", "big one", "--no-progress"});
  for (const char* stream : {"KV_x", "OBJ_o"}) ASSERT_TRUE(site_->BackUp(stream).completed());
  for (const auto& [stream, as] :
       {std::pair<std::string, std::string>{"KV_x", "KV_y"}, {"OBJ_o", "OBJ_pq"}}) {
    const Outcome outcome = Restore({{"stream", stream}, {"as", as}});
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
  }
  Twice([&] {
    EXPECT_THAT(good({"kv", "get", "y", "a.k", "--raw"}), HasSubstr("value 4"));
    EXPECT_NE(nats({"kv", "get", "y", "b", "--raw"}).exit_code, 0);
    EXPECT_THAT(good({"kv", "ls", "y"}), HasSubstr("a.k"));
    EXPECT_THAT(good({"kv", "history", "y", "a.k"}), HasSubstr("value 2"));
    EXPECT_THAT(good({"object", "ls", "pq"}), HasSubstr("big one"));
    EXPECT_THAT(good({"object", "info", "pq", "big one"}), HasSubstr("pq"));
    const std::string out = scratch / "out";
    good({"object", "get", "pq", "big one", "-O", out, "-f", "--no-progress"});
    EXPECT_EQ(ReadWholeFile(out), content) << "the command line has checked the digest";
  });
  good({"kv", "put", "y", "a.k", "new"});
  EXPECT_THAT(good({"kv", "get", "y", "a.k", "--raw"}), HasSubstr("new"));
  EXPECT_THAT(good({"kv", "get", "x", "a.k", "--raw"}), HasSubstr("value 4"));
  good({"object", "put", "pq", file, "--name", "second", "--no-progress"});
  good({"object", "rm", "pq", "big one", "-f"});
  EXPECT_THAT(good({"object", "ls", "o"}), HasSubstr("big one"));
}

TEST_P(RestoreTargetTest, TwoUnderOneNameAtOnce) {
  MakeOrders();
  ASSERT_TRUE(site_->BackUp("ORDERS").completed());
  const auto before = MessagesOf(client(), "ORDERS");
  const Json request{{"stream", "ORDERS"}, {"as", "COPY"}, {"map_subjects", kRules}};
  const std::string first = site_->Begin("restore.request", request);
  const std::string second = site_->Begin("restore.request", request);
  const Outcome one = site_->End(first);
  const Outcome other = site_->End(second);
  EXPECT_TRUE(one.completed()) << one.Text();
  EXPECT_EQ(other.err_code(), kStreamExists) << other.Text();
  ExpectRenamed(before, "COPY");
}

// The shape stays, and nothing of what was said.
TEST_P(RestoreTargetTest, ObfuscatedCopiesKeepTheShapeOnly) {
  client().CreateStream({{"name", "SECRET"}, {"subjects", {"s.*.>", "t.alice"}}});
  for (int i = 0; i < 30; ++i) {
    const std::string who = i % 3 == 0 ? "alice" : "bob";
    client().PublishAcked(
        i % 5 == 0 ? "t.alice" : "s." + who + ".n" + std::to_string(i % 2), "secret of " + who,
        "NATS/1.0\r\nCustomer: " + who + "\r\nNats-Msg-Id: id" + std::to_string(i) + "\r\n\r\n");
  }
  client().CreateConsumer(
      "SECRET",
      {{"durable_name", "alices"}, {"ack_policy", "explicit"}, {"filter_subject", "s.alice.>"}});
  const auto before = MessagesOf(client(), "SECRET");
  const Json filtered = client().ConsumerInfo("SECRET", "alices").at("num_pending");
  ASSERT_TRUE(site_->BackUp("SECRET").completed());
  const auto copy = [&](const std::string& as, Json what) {
    const Outcome outcome =
        Restore({{"stream", "SECRET"},
                 {"as", as},
                 {"map_subjects",
                  {{{"from", "s.>"}, {"to", as + ".>"}}, {{"from", "t.>"}, {"to", as + "t.>"}}}},
                 {"obfuscate", std::move(what)}});
    EXPECT_TRUE(outcome.completed()) << outcome.Text();
    return MessagesOf(client(), as);
  };
  const auto noise =
      copy("NOISE", {{"payloads", true}, {"headers", {"Customer"}}, {"subject_tokens", {2}}});
  ASSERT_EQ(noise.size(), before.size());
  std::map<std::string, std::string> subjects;
  for (const auto& [sequence, was] : before) {
    const Json& now = noise.at(sequence);
    EXPECT_EQ(now.at("time"), was.at("time"));
    EXPECT_NE(now.at("data"), was.at("data"));
    EXPECT_EQ(now.at("data").get<std::string>().size(), was.at("data").get<std::string>().size());
    EXPECT_NE(now.at("hdrs"), was.at("hdrs"));
    EXPECT_EQ(now.at("hdrs").get<std::string>().size(), was.at("hdrs").get<std::string>().size());
    const auto& [known, added] = subjects.emplace(was.at("subject"), now.at("subject"));
    EXPECT_EQ(known->second, now.at("subject")) << "equal subjects stay equal";
    for (const char* name : {"alice", "bob"}) {
      // A token of its own: a digest may hold any three letters.
      const std::string tokens = now.at("subject").get<std::string>() + ".";
      EXPECT_EQ(tokens.find("." + std::string(name) + "."), std::string::npos);
    }
  }
  EXPECT_EQ(subjects.size(), 5U);
  EXPECT_EQ(client().ConsumerInfo("NOISE", "alices").at("num_pending"), filtered);
  EXPECT_EQ(client().StreamInfo("NOISE").dump().find("alice."), std::string::npos);
  EXPECT_NE(copy("OTHER", {{"payloads", true}}).at(1).at("data"), noise.at(1).at("data"));
  // Digests: equal texts stay equal, in every restore with that key.
  const Json digests{{"payloads", true}, {"digests", true}, {"key", "k"}};
  const auto one = copy("ONE", digests);
  const auto two = copy("TWO", digests);
  for (const auto& [sequence, was] : before) {
    EXPECT_EQ(one.at(sequence).at("data"), two.at(sequence).at("data"));
    EXPECT_EQ(one.at(sequence).at("hdrs"), was.at("hdrs"));
    EXPECT_EQ(one.at(sequence).at("data") == one.at(1).at("data"),
              was.at("data") == before.at(1).at("data"));
  }
}

// Every subject gets a token in front: each kind of stream comes back, beside itself.
TEST_P(RestoreTargetTest, EveryKindOfStreamBesideItself) {
  const std::string& version = GetParam();
  std::vector<Json> kinds{
      {{"name", "PLAIN"}, {"subjects", {"plain.>"}}},
      {{"name", "WORK"}, {"subjects", {"work.*"}}, {"retention", "workqueue"}},
      {{"name", "INTEREST"}, {"subjects", {"interest.*"}}, {"retention", "interest"}},
      {{"name", "MIRROR"}, {"mirror", {{"name", "PLAIN"}}}},
      {{"name", "SOURCED"},
       {"subjects", {"sourced.*"}},
       {"sources", {{{"name", "PLAIN"}, {"filter_subject", "plain.1"}}}}},
      {{"name", "REPUB"},
       {"subjects", {"repub.>"}},
       {"republish", {{"src", "repub.a.>"}, {"dest", "seen.>"}}}},
      {{"name", "ROLL"},
       {"subjects", {"roll.*"}},
       {"allow_rollup_hdrs", true},
       {"max_msgs_per_subject", 3}}};
  if (AtLeast(version, "2.10")) {
    kinds.push_back({{"name", "TRANS"},
                     {"subjects", {"trans.*.*"}},
                     {"subject_transform", {{"src", "trans.*.*"}, {"dest", "stored.$2.$1"}}}});
  }
  if (AtLeast(version, "2.12")) {
    kinds.push_back({{"name", "COUNT"}, {"subjects", {"count.*"}}, {"allow_msg_counter", true}});
    kinds.push_back({{"name", "LATER"},
                     {"subjects", {"later.*"}},
                     {"allow_msg_schedules", true},
                     {"allow_msg_ttl", true}});
  }
  for (const Json& kind : kinds) {
    const std::string name = kind.at("name");
    client().CreateStream(kind);
    if (name == "WORK" || name == "INTEREST") {
      client().CreateConsumer(name, {{"durable_name", "w"}, {"ack_policy", "explicit"}});
    }
    if (!kind.contains("subjects")) continue;
    std::string front = kind.at("subjects").at(0);
    front = front.substr(0, front.find('.')) + ".";
    for (int i = 0; i < 20; ++i) {
      const std::string number = std::to_string(i % 4);
      if (name == "LATER") {
        client().PublishAcked(front + std::to_string(i), "later",
                              "NATS/1.0\r\nNats-Schedule: @at 2099-01-01T00:00:00Z\r\n"
                              "Nats-Schedule-Target: later.target\r\n\r\n");
      } else if (name == "COUNT") {
        client().PublishAcked(front + number, "", "NATS/1.0\r\nNats-Incr: 1\r\n\r\n");
      } else {
        client().PublishAcked(front + (name == "TRANS" ? number + ".x" : number), "m");
      }
    }
  }
  const Json rules = Json::array({{{"from", ">"}, {"to", "c.>"}}});
  for (const Json& kind : kinds) {
    const std::string name = kind.at("name");
    SCOPED_TRACE(name);
    ASSERT_TRUE(site_->BackUp(name).completed());
    const auto before = MessagesOf(client(), name);
    EXPECT_FALSE(before.empty());
    const std::string as = name + "_C";
    const Outcome outcome = Restore({{"stream", name}, {"as", as}, {"map_subjects", rules}});
    ASSERT_TRUE(outcome.completed()) << outcome.Text();
    const auto after = MessagesOf(client(), as);
    EXPECT_EQ(after.size(), before.size());
    for (const auto& [sequence, was] : before) {
      if (after.count(sequence) == 0) continue;
      Json expected = was;
      expected["subject"] = "c." + was.at("subject").get<std::string>();
      Json now = after.at(sequence);
      if (name == "LATER") {
        EXPECT_NE(now.at("hdrs"), was.at("hdrs"));  // the target
        now.erase("hdrs");
        expected.erase("hdrs");
      }
      EXPECT_EQ(now, expected);
    }
  }
  const Json repub = client().StreamInfo("REPUB_C").at("config").at("republish");
  EXPECT_EQ(repub.at("src"), "c.repub.a.>");
  EXPECT_EQ(repub.at("dest"), "c.seen.>");
  if (AtLeast(version, "2.10")) {
    const std::uint64_t sequence = client().PublishAcked("c.trans.a.b", "m");
    EXPECT_EQ(MessagesOf(client(), "TRANS_C").at(sequence).at("subject"), "c.stored.b.a");
  }
  if (AtLeast(version, "2.12")) {
    client().PublishAcked("c.count.1", "", "NATS/1.0\r\nNats-Incr: 1\r\n\r\n");
    EXPECT_EQ(MessagesOf(client(), "COUNT_C").rbegin()->second.at("data"), "eyJ2YWwiOiI2In0=")
        << "the counter goes on from five";
  }
}

// Killed while the copy is sent: the clean-up goes by the name of the copy, and by its token.
TEST_P(RestoreTargetTest, AKillLeavesTheLivingStreamAndNothingOfTheCopy) {
  Site site({.server = {.version = GetParam()},
             .proxy = true,
             .arguments = {"--restore-chunk-size", "4KiB", "--chunks-in-flight", "2"}});
  site.Fill("S", 3000, 1000);
  const StreamDump living = DumpStream(site.client(), "S");
  const auto before = MessagesOf(site.client(), "S");
  ASSERT_TRUE(site.BackUp("S").completed());
  FaultPlan slow;
  slow.bytes_per_second = 1'000'000;
  site.proxy().ToServer(slow);
  site.jetkeep().Stop();
  site.jetkeep().Start();
  site.jetkeep().WaitUntilReady();
  const auto begun = site.client().Subscribe("$JS.EVENT.ADVISORY.STREAM.RESTORE_CREATE.COPY");
  site.client().Flush();
  Json request{
      {"stream", "S"}, {"as", "COPY"}, {"map_subjects", {{{"from", "S.>"}, {"to", "copied.>"}}}}};
  if (AtLeast(GetParam(), "2.15")) request["set_fields"] = {{"storage", "memory"}};
  site.Begin("restore.request", request);
  ASSERT_TRUE(site.client().Next(begun, std::chrono::seconds(20)));
  site.jetkeep().Kill();
  site.proxy().ToServer({});
  site.jetkeep().Start();
  site.jetkeep().WaitUntilReady();
  // Asked at once: it waits for the clean-up and then succeeds.
  const Outcome outcome = site.End(site.Begin("restore.request", request));
  ASSERT_TRUE(outcome.completed()) << outcome.Text() << site.jetkeep().Log();
  EXPECT_EQ(Joined(Compare(living, DumpStream(site.client(), "S"))), "");
  const auto copy = MessagesOf(site.client(), "COPY");
  ASSERT_EQ(copy.size(), before.size());
  for (const auto& [sequence, was] : before) {
    Json expected = was;
    expected["subject"] = "copied.s";
    EXPECT_EQ(copy.at(sequence), expected);
  }
  for (const auto& entry : std::filesystem::directory_iterator(site.jetkeep().repository())) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("restore.")) << entry.path();
  }
}

class ClusterTargetTest : public ::testing::TestWithParam<std::string> {};

TEST_P(ClusterTargetTest, MoreReplicasUnderAnotherName) {
  NatsCluster cluster({.version = GetParam()});
  JetkeepProcess jetkeep({.server_url = cluster.Url()});
  JetStreamClient client(cluster.Url());
  // Once the cluster has placed one, all of its nodes are there.
  client.CreateStream({{"name", "FORMED"}, {"subjects", {"formed"}}, {"num_replicas", 3}});
  client.CreateStream({{"name", "ONE"}, {"subjects", {"one.*"}}, {"num_replicas", 1}});
  for (int i = 0; i < 50; ++i) client.PublishAcked("one." + std::to_string(i % 5), "m");
  BackUp(client, "ONE");
  const auto before = MessagesOf(client, "ONE");
  const Json job = Ask(client, "restore.request",
                       {{"stream", "ONE"},
                        {"as", "THREE"},
                        {"wait", true},
                        {"map_subjects", {{{"from", "one.*"}, {"to", "three.of.$1"}}}},
                        {"set_fields", {{"num_replicas", 3}}}},
                       std::chrono::seconds(60));
  EXPECT_THAT(job.value("type", ""), HasSubstr("restore_completed")) << job;
  EXPECT_EQ(job.value("stream", ""), "THREE");
  const Json info = client.StreamInfo("THREE");
  EXPECT_EQ(info.at("config").at("num_replicas"), 3);
  EXPECT_EQ(info.at("cluster").at("replicas").size(), 2U);
  const auto after = MessagesOf(client, "THREE");
  ASSERT_EQ(after.size(), before.size());
  for (const auto& [sequence, was] : before) {
    EXPECT_EQ(after.at(sequence).at("subject"),
              "three.of." + was.at("subject").get<std::string>().substr(4));
    EXPECT_EQ(after.at(sequence).at("time"), was.at("time"));
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, RestoreTargetTest,
                         ::testing::Values("2.9", "2.10", "2.12", "2.15"), VersionName);
INSTANTIATE_TEST_SUITE_P(Servers, ClusterTargetTest, ::testing::Values("2.10", "2.15"),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing
