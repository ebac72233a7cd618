// Sets: many streams in one job, kept as one, and restored all or none. The judge is what the test
// itself put into the streams.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <thread>

#include "tests/integration/place.h"
#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/support/await.h"
#include "tests/support/scratch_directory.h"

namespace jetkeep::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
namespace fs = std::filesystem;

constexpr int kStreamNotFound = 70404;
constexpr int kSetNotFound = 70407;
constexpr int kStreamExists = 70409;
constexpr int kLastBackup = 70412;
constexpr int kPinned = 70414;
constexpr int kInSet = 70415;
constexpr int kServerBusy = 70524;
constexpr int kStreamDamaged = 70534;
constexpr int kPartial = 70536;
constexpr int kRepositoryCorrupt = 70550;
constexpr int kRestoreRefused = 70572;

Json AskSet(NatsClient& client, const std::string& subject, Json body) {
  body["wait"] = true;
  return Ask(client, subject, body, seconds(240));
}

// Stream `name` listens on its own subject and holds `count` messages of `bytes`.
void Make(JetStreamClient& client, const std::string& name, std::uint64_t count,
          std::size_t bytes = 100, const Json& more = Json::object()) {
  Json config{{"name", name}, {"subjects", {name + ".>"}}};
  config.update(more);
  client.CreateStream(config);
  if (count == 0) return;
  client.PublishMany(count, [&](std::uint64_t i) {
    return OutgoingMessage{name + ".a", NumberedPayload(i, bytes), ""};
  });
}

std::size_t Sets(NatsClient& client) {
  return Ask(client, "backup.sets", Json::object()).at("sets").size();
}

std::vector<std::string> Names(JetStreamClient& client) {
  std::vector<std::string> names;
  const Json answer = client.Api("STREAM.NAMES");
  if (answer.contains("streams") && answer["streams"].is_array()) {
    for (const Json& name : answer["streams"]) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

void DeleteAll(JetStreamClient& client) {
  while (!Names(client).empty()) {
    for (const std::string& name : Names(client)) client.DeleteStream(name);
  }
}

// Files below the root that begin with the word.
std::size_t RootFiles(const std::string& repository, const std::string& begin) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(repository)) {
    if (entry.path().filename().string().starts_with(begin)) ++count;
  }
  return count;
}

class SetsTest : public ::testing::TestWithParam<std::string> {
 protected:
  ScratchDirectory directory_{"sets"};
  const std::string repository_ = directory_ / "repository";
};

// What takes long, and differs little between servers.
class SetsAtLengthTest : public SetsTest {};

std::vector<std::string> FewServers() {
  const bool named = std::getenv("JETKEEP_TEST_SERVERS") != nullptr;
  return named ? ServerVersions() : std::vector<std::string>{"2.10"};
}

// More than a page of STREAM.LIST (256).
TEST_P(SetsAtLengthTest, EveryPageOfALongListIsBackedUpAndComesBack) {
  constexpr int kStreams = 300;
  const auto name = [](int i) { return "S" + std::to_string(1000 + i); };
  std::vector<StreamDump> before;
  std::string set;
  {
    Place place(GetParam(), repository_);
    for (int i = 0; i < kStreams; ++i) {
      Make(place.client(), name(i), static_cast<std::uint64_t>(i % 7));
    }
    Make(place.client(), "TMP_A", 1);
    place.client().CreateConsumer(name(5), {{"durable_name", "c"}, {"ack_policy", "explicit"}});
    const auto events = place.client().Subscribe("backup.progress._all.*");
    const Json done = AskSet(place.client(), "backup.request",
                             {{"streams", {"*"}},
                              {"exclude", {"TMP_*"}},
                              {"metadata", {{"backup", "daily"}, {"must_know", "x"}}}});
    ASSERT_FALSE(done.contains("error")) << done;
    const Json& result = done.at("set_result");
    set = result.at("id");
    EXPECT_EQ(done.at("set"), set);
    EXPECT_EQ(result.at("condition"), "complete");
    EXPECT_EQ(result.at("streams"), kStreams);
    EXPECT_EQ(result.at("failed"), 0);
    EXPECT_EQ(result.at("metadata"), (Json{{"backup", "daily"}, {"must_know", "x"}}));
    EXPECT_GE(result.at("cuts").at("skew_seconds").get<double>(), 0);
    Json last;
    while (const auto event = place.client().Next(events, milliseconds(200))) last = event->Json();
    ASSERT_TRUE(last.contains("streams")) << last;
    EXPECT_EQ(last.at("streams").at("done"), kStreams);
    EXPECT_EQ(last.at("streams").at("expected"), kStreams);
    EXPECT_EQ(last.at("percent"), 100);

    const Json shown = Ask(place.client(), "backup.set", {{"set", set}});
    ASSERT_EQ(shown.at("members").size(), kStreams) << shown.dump().substr(0, 2000);
    EXPECT_TRUE(shown.at("account_info").contains("limits")) << shown.at("account_info");
    for (int i = 0; i < kStreams; ++i) {
      const Json& member = shown["members"][static_cast<std::size_t>(i)];
      EXPECT_EQ(member.at("stream"), name(i));
      EXPECT_EQ(member.at("messages"), i % 7);
      EXPECT_FALSE(member.contains("error"));
    }
    const Json page = Ask(place.client(), "backup.set", {{"set", set}, {"offset", 299}});
    EXPECT_EQ(page.at("members").size(), 1U);
    EXPECT_EQ(Ask(place.client(), "backup.list", {{"limit", 1}}).at("total"), kStreams);
    for (const int i : {0, 5, 299}) before.push_back(DumpStream(place.client(), name(i)));
    place.jetkeep().ExpectSmallMemory();
  }
  Place other(GetParam(), repository_);
  const Json restored = AskSet(other.client(), "restore.request", {{"set", "latest"}});
  ASSERT_FALSE(restored.contains("error")) << restored;
  EXPECT_EQ(restored.at("set_result").at("id"), set);
  EXPECT_EQ(restored.at("set_result").at("streams"), kStreams);
  EXPECT_EQ(Names(other.client()).size(), kStreams);
  for (const StreamDump& dump : before) {
    EXPECT_EQ(Joined(Compare(dump, DumpStream(other.client(), dump.stream))), "");
  }
  EXPECT_EQ(RootFiles(repository_, "restore."), 0U);
  other.jetkeep().ExpectSmallMemory();
}

TEST_P(SetsTest, WhatIsWrongIsSaidFirstAndChangesNothing) {
  Place place(GetParam(), repository_);
  Make(place.client(), "A", 1);
  struct Case {
    const char* subject;
    Json body;
    int code;
  };
  const std::vector<Case> cases = {
      {"backup.request", {{"streams", Json::array()}}, 70400},
      {"backup.request", {{"streams", {""}}}, 70403},
      {"backup.request", {{"streams", {"A.*"}}}, 70403},
      {"backup.request", {{"streams", {">"}}}, 70403},
      {"backup.request", {{"streams", {"A", "NONE_*"}}}, kStreamNotFound},
      {"backup.request", {{"streams", {"B"}}}, kStreamNotFound},
      {"backup.request", {{"streams", {"*"}}, {"exclude", {"*"}}}, kStreamNotFound},
      {"backup.request", {{"streams", {"*"}}, {"exclude", {""}}}, 70403},
      {"backup.request", {{"streams", {"*"}}, {"order", {"B"}}}, kStreamNotFound},
      {"backup.request", {{"streams", {"*"}}, {"order", {" "}}}, 70403},
      {"backup.request", {{"streams", "*"}}, 70402},
      {"backup.request", {{"streams", {1}}}, 70402},
      {"backup.request", {{"streams", {"*"}}, {"metadata", {{"a", 1}}}}, 70402},
      {"backup.request", {{"streams", {"*"}}, {"metadata", {"a"}}}, 70402},
      {"backup.request", {{"streams", {"*"}}, {"stream", "A"}}, 70400},
      {"backup.request", {{"streams", {"*"}}, {"parallel", 0}}, 70400},
      {"backup.request", {{"streams", {"*"}}, {"parallel", 33}}, 70400},
      {"backup.request", {{"streams", {"*"}}, {"more", 1}}, 70401},
      {"backup.request", {{"stream", "A"}, {"exclude", {"B"}}}, 70400},
      {"backup.set", {{"set", "set-20261121T012410Z-7k2m9qdx"}}, kSetNotFound},
      {"backup.set", {{"set", "nonsense"}}, 70403},
      {"backup.set", Json::object(), 70400},
      {"backup.sets", {{"limit", 0}}, 70400},
      {"backup.pin", Json::object(), 70400},
      {"backup.pin", {{"backup", "a"}, {"set", "b"}}, 70400},
      {"backup.pin", {{"set", "set-20261121T012410Z-7k2m9qdx"}}, kSetNotFound},
      {"backup.unpin", {{"backup", "20261121T012410Z-7k2m9qdx"}}, 70405},
      {"backup.delete", {{"set", "set-20261121T012410Z-7k2m9qdx"}}, kSetNotFound},
      {"backup.delete", {{"set", "set-20261121T012410Z-7k2m9qdx"}, {"from_sets", true}}, 70400},
      {"backup.verify", {{"set", "set-20261121T012410Z-7k2m9qdx"}}, kSetNotFound},
      {"restore.request", {{"set", "latest"}}, kSetNotFound},
      {"restore.request", {{"set", "latest"}, {"stream", "A"}}, 70400},
      {"restore.request", {{"set", "latest"}, {"streams", {""}}}, 70403},
      {"restore.request", {{"stream", "A"}, {"keep_going", true}}, 70400},
  };
  for (const Case& one : cases) {
    const Json answer = Ask(place.client(), one.subject, one.body);
    EXPECT_EQ(CodeOf(answer), one.code) << one.subject << one.body << answer;
  }
  EXPECT_EQ(Ask(place.client(), "backup.list", Json::object()).at("total"), 0);
  EXPECT_EQ(Sets(place.client()), 0U);
  EXPECT_THAT(Names(place.client()), ElementsAre("A"));
}

// Damage on the server's disk is the failure of one stream.
TEST_P(SetsTest, AStreamThatFailsMakesTheSetPartialAndNeverTheNewestGoodOne) {
  Site site({.server = {.version = GetParam()}, .repository = repository_});
  for (const std::string name : {"A", "C"}) Make(site.client(), name, 50);
  // Several blocks: a server may keep the last one in memory.
  Make(site.client(), "B", 3000, 4000, {{"max_bytes", 16'000'000}});
  const Json good = AskSet(site.client(), "backup.request", {{"streams", {"*"}}});
  ASSERT_FALSE(good.contains("error")) << good;
  site.server().Restart();  // nothing of the blocks is in memory
  site.Reconnect();
  site.jetkeep().WaitUntilReady();
  const auto blocks = BlockFiles(site.server().store_dir(), "B");
  ASSERT_GE(blocks.size(), 3U);
  FlipBytes(blocks[1], 500, 64);
  const Json partial = AskSet(site.client(), "backup.request", {{"streams", {"*"}}});
  EXPECT_EQ(CodeOf(partial), kPartial) << partial;
  EXPECT_THAT(partial.dump(), HasSubstr("1 of 3 streams failed: B"));
  const Json sets = Ask(site.client(), "backup.sets", Json::object()).at("sets");
  ASSERT_EQ(sets.size(), 2U);
  EXPECT_EQ(sets[0].at("condition"), "partial");
  EXPECT_EQ(sets[0].at("failed"), 1);
  const std::string set = sets[0].at("id");
  const Json shown = Ask(site.client(), "backup.set", {{"set", set}});
  EXPECT_EQ(shown.at("members")[1].at("error").at("err_code"), kStreamDamaged) << shown;
  EXPECT_EQ(shown.at("members")[1].at("condition"), "damaged");
  EXPECT_EQ(Ask(site.client(), "backup.set", {{"set", "latest"}}).at("id"),
            good.at("set_result").at("id"));
  // The command line: the summary, the stream that failed, and the exit code.
  const ProgramResult told =
      RunJetkeep({"backup", "--all", "--quiet", "--server", site.server().Url()});
  EXPECT_EQ(told.exit_code, 3) << told.output;
  EXPECT_THAT(told.output, HasSubstr("is partial: 2 of 3 streams"));
  // A restore of it is refused as a whole, and says which stream it lacks.
  DeleteAll(site.client());
  const Json refused = AskSet(site.client(), "restore.request", {{"set", set}});
  EXPECT_EQ(CodeOf(refused), kStreamDamaged) << refused;
  EXPECT_TRUE(Names(site.client()).empty());
  const Json rest = AskSet(site.client(), "restore.request", {{"set", set}, {"keep_going", true}});
  EXPECT_EQ(CodeOf(rest), kPartial) << rest;
  EXPECT_THAT(Names(site.client()), ElementsAre("A", "C"));
  DeleteAll(site.client());
  const Json without = AskSet(site.client(), "restore.request", {{"set", set}, {"exclude", {"B"}}});
  EXPECT_FALSE(without.contains("error")) << without;
}

TEST_P(SetsTest, GroupsAreBackedUpOneAfterTheOther) {
  Place place(GetParam(), repository_);
  for (const std::string name : {"A", "B", "LEDGER", "LEDGER_2", "Z"}) {
    Make(place.client(), name, 20);
  }
  const Json done =
      AskSet(place.client(), "backup.request",
             {{"streams", {"*"}}, {"order", {"LEDGER LEDGER_*", "Z"}}, {"parallel", 4}});
  ASSERT_FALSE(done.contains("error")) << done;
  const Json shown = Ask(place.client(), "backup.set", {{"set", done["set_result"]["id"]}});
  std::map<std::string, std::string> ids;  // of backups, which rise in time to the second only
  std::map<std::string, std::string> cuts;
  for (const Json& member : shown.at("members")) {
    ids[member.at("stream")] = member.at("backup");
    cuts[member.at("stream")] = member.at("cut_time");
  }
  for (const std::string first : {"LEDGER", "LEDGER_2"}) {
    EXPECT_LE(cuts[first], cuts["Z"]);
    for (const std::string later : {"A", "B"}) EXPECT_LE(cuts["Z"], cuts[later]);
  }
}

TEST_P(SetsTest, ASetIsPinnedVerifiedDrilledAndDeletedAsOne) {
  Place place(GetParam(), repository_);
  JetStreamClient& client = place.client();
  for (const std::string name : {"A", "B"}) Make(client, name, 20);
  const auto back_up = [&] {
    const Json done = AskSet(client, "backup.request", {{"streams", {"*"}}});
    EXPECT_FALSE(done.contains("error")) << done;
    return done.at("set_result").at("id").get<std::string>();
  };
  const std::string first = back_up();
  const std::string second = back_up();
  EXPECT_LT(first, second);
  const auto member = [&](const std::string& set, std::size_t i) {
    return Ask(client, "backup.set", {{"set", set}}).at("members").at(i);
  };
  const std::string backup = member(first, 0).at("backup");

  const Json drilled = AskSet(client, "backup.verify", {{"set", second}, {"drill", true}});
  ASSERT_FALSE(drilled.contains("error")) << drilled;
  EXPECT_EQ(drilled.at("backups"), 2);
  EXPECT_EQ(drilled.at("damaged"), 0);
  EXPECT_EQ(drilled.at("set"), second);

  EXPECT_EQ(CodeOf(Ask(client, "backup.delete", {{"backup", backup}})), kInSet);
  EXPECT_EQ(Ask(client, "backup.pin", {{"set", first}}).at("pinned"), true);
  EXPECT_EQ(Ask(client, "backup.pin", {{"set", first}}).at("pinned"), true);
  EXPECT_EQ(CodeOf(Ask(client, "backup.delete", {{"set", first}})), kPinned);
  EXPECT_EQ(CodeOf(Ask(client, "backup.delete", {{"backup", backup}, {"from_sets", true}})),
            kPinned);
  EXPECT_EQ(Ask(client, "backup.sets", Json::object()).at("sets").at(1).at("pinned"), true);
  EXPECT_EQ(Ask(client, "backup.unpin", {{"set", first}}).at("pinned"), false);

  EXPECT_EQ(Ask(client, "backup.pin", {{"backup", backup}}).at("pinned"), true);
  EXPECT_EQ(Ask(client, "backup.show", {{"backup", backup}}).at("pinned"), true);
  EXPECT_EQ(CodeOf(Ask(client, "backup.delete", {{"backup", backup}, {"from_sets", true}})),
            kPinned);
  // The set goes, the pinned backup stays.
  const Json deleted = Ask(client, "backup.delete", {{"set", first}});
  EXPECT_EQ(deleted.at("backups"), 1) << deleted;
  EXPECT_THAT(deleted.at("kept").dump(), HasSubstr("pinned"));
  EXPECT_EQ(Sets(client), 1U);
  EXPECT_EQ(Ask(client, "backup.list", Json::object()).at("total"), 3);
  EXPECT_EQ(Ask(client, "backup.unpin", {{"backup", backup}}).at("pinned"), false);
  EXPECT_FALSE(Ask(client, "backup.delete", {{"backup", backup}}).contains("error"));

  // The last good backups of their streams.
  EXPECT_EQ(CodeOf(Ask(client, "backup.delete", {{"set", second}})), kLastBackup);
  EXPECT_EQ(Ask(client, "backup.list", Json::object()).at("total"), 2);
  EXPECT_EQ(Sets(client), 1U);

  // A set that lacks a backup says so, and is not taken for the newest good one.
  const std::string lost = member(second, 1).at("backup");
  const Json gone =
      Ask(client, "backup.delete", {{"backup", lost}, {"from_sets", true}, {"last", true}});
  ASSERT_FALSE(gone.contains("error")) << gone;
  EXPECT_EQ(member(second, 1).at("error").at("err_code"), 70405);
  EXPECT_EQ(CodeOf(Ask(client, "backup.set", {{"set", "latest"}})), kSetNotFound);
  const Json found = AskSet(client, "backup.verify", {{"set", second}});
  EXPECT_EQ(found.at("damaged"), 1) << found;
  EXPECT_THAT(found.at("findings").dump(), HasSubstr("was deleted"));

  EXPECT_FALSE(Ask(client, "backup.delete", {{"set", second}, {"last", true}}).contains("error"));
  EXPECT_EQ(Ask(client, "backup.list", Json::object()).at("total"), 0);
  EXPECT_EQ(Sets(client), 0U);
}

TEST_P(SetsTest, ARestoreThatCannotHoldAllBeginsNone) {
  std::vector<StreamDump> before;
  {
    Place origin(GetParam(), repository_);
    for (const std::string name : {"A", "B", "C"}) {
      Make(origin.client(), name, 100, 1000);
      before.push_back(DumpStream(origin.client(), name));
    }
    const Json done = AskSet(origin.client(), "backup.request", {{"streams", {"*"}}});
    ASSERT_FALSE(done.contains("error")) << done;
  }
  // Each fits, the sum does not.
  Place place({.version = GetParam(),
               .config = "accounts { A { jetstream: { max_file: 250KB }, "
                         "users: [ { user: a, password: a } ] } }\n"},
              repository_, {}, "a:a");
  const auto restore = [&](const Json& more = Json::object()) {
    Json request{{"set", "latest"}};
    request.update(more);
    return AskSet(place.client(), "restore.request", request);
  };
  EXPECT_EQ(CodeOf(restore()), kLimitTooSmall);
  EXPECT_TRUE(Names(place.client()).empty());
  const Json some = restore({{"streams", {"A", "C"}}});
  EXPECT_FALSE(some.contains("error")) << some;
  EXPECT_THAT(Names(place.client()), ElementsAre("A", "C"));
  // A name is taken.
  place.client().DeleteStream("A");
  EXPECT_EQ(CodeOf(restore({{"streams", {"A", "C"}}})), kStreamExists);
  EXPECT_THAT(Names(place.client()), ElementsAre("C"));
  place.client().DeleteStream("C");
  // A subject is.
  place.client().CreateStream({{"name", "OTHER"}, {"subjects", {"B.a"}}});
  const Json overlap = restore({{"streams", {"A", "B"}}});
  EXPECT_EQ(CodeOf(overlap), kRestoreRefused) << overlap;
  EXPECT_THAT(Names(place.client()), ElementsAre("OTHER"));
  const Json rest = restore({{"streams", {"A", "B"}}, {"keep_going", true}});
  EXPECT_EQ(CodeOf(rest), kPartial) << rest;
  EXPECT_THAT(Names(place.client()), ElementsAre("A", "OTHER"));
  EXPECT_EQ(Joined(Compare(before[0], DumpStream(place.client(), "A"))), "");
  DeleteAll(place.client());
  // A stored byte is wrong.
  for (const auto& entry : fs::recursive_directory_iterator(repository_)) {
    const std::string path = entry.path();
    if (path.find("/@c/") != std::string::npos && path.find("/segments/") != std::string::npos) {
      FlipBytes(path, 100, 1);
    }
  }
  EXPECT_EQ(CodeOf(restore({{"streams", {"A", "C"}}})), kRepositoryCorrupt);
  EXPECT_TRUE(Names(place.client()).empty());
  EXPECT_EQ(RootFiles(repository_, "restore."), 0U);
}

TEST_P(SetsTest, OriginsComeBeforeWhatTheyFeed) {
  std::map<std::string, StreamDump> before;
  {
    Place origin(GetParam(), repository_);
    Make(origin.client(), "Z_ORIGIN", 30);
    origin.client().CreateStream({{"name", "A_MIRROR"}, {"mirror", {{"name", "Z_ORIGIN"}}}});
    origin.client().CreateStream(
        {{"name", "B_SOURCED"}, {"subjects", {"own"}}, {"sources", {{{"name", "A_MIRROR"}}}}});
    ASSERT_TRUE(Await(
        [&] { return origin.client().StreamInfo("B_SOURCED").at("state").at("messages") == 30; }));
    // On 2.9 a filter must be among the subjects of what feeds the stream: so that must be there.
    origin.client().CreateConsumer(
        "A_MIRROR",
        {{"durable_name", "c"}, {"ack_policy", "explicit"}, {"filter_subject", "Z_ORIGIN.a"}});
    const Json done = AskSet(origin.client(), "backup.request", {{"streams", {"*"}}});
    ASSERT_FALSE(done.contains("error")) << done;
    for (const std::string name : {"A_MIRROR", "Z_ORIGIN"}) {
      before.emplace(name, DumpStream(origin.client(), name));
    }
  }
  Place place(GetParam(), repository_);
  const Json done = AskSet(place.client(), "restore.request", {{"set", "latest"}});
  ASSERT_FALSE(done.contains("error")) << done;
  EXPECT_THAT(Names(place.client()), ElementsAre("A_MIRROR", "B_SOURCED", "Z_ORIGIN"));
  for (const auto& [name, dump] : before) {
    EXPECT_EQ(Joined(Compare(dump, DumpStream(place.client(), name))), "");
  }
  EXPECT_EQ(place.client().StreamInfo("B_SOURCED").at("state").at("messages"), 30);
}

// The user may restore all streams but the last one, which nobody can find out before.
TEST_P(SetsTest, AFailureHalfWayRemovesWhatTheRestoreMadeAndTheNextOneSucceeds) {
  std::vector<StreamDump> before;
  {
    Place origin(GetParam(), repository_);
    for (const std::string name : {"A", "B", "C"}) {
      Make(origin.client(), name, name == "C" ? 5 : 50);
      before.push_back(DumpStream(origin.client(), name));
    }
    const Json done = AskSet(origin.client(), "backup.request", {{"streams", {"*"}}});
    ASSERT_FALSE(done.contains("error")) << done;
  }
  NatsServer server({.version = GetParam(),
                     .config = "accounts { A { jetstream: enabled, users: [\n"
                               "  { user: all, password: p }\n"
                               "  { user: some, password: p, permissions: { publish: {\n"
                               "      deny: \"$JS.API.STREAM.RESTORE.C\" } } } ] } }\n"});
  const auto url = [&](const std::string& user) {
    return "nats://" + user + ":p@127.0.0.1:" + std::to_string(server.port());
  };
  JetStreamClient client(url("all"));
  {
    JetkeepProcess jetkeep({.server_url = url("some"), .repository = repository_});
    const Json failed = AskSet(client, "restore.request", {{"set", "latest"}, {"parallel", 1}});
    EXPECT_EQ(CodeOf(failed), kPermissionDenied) << failed;
    EXPECT_THAT(failed.dump(), HasSubstr("2 streams that this restore had made were removed"));
    EXPECT_TRUE(Names(client).empty());
    EXPECT_EQ(RootFiles(repository_, "restore."), 0U);
    const Json rest = AskSet(client, "restore.request", {{"set", "latest"}, {"keep_going", true}});
    EXPECT_EQ(CodeOf(rest), kPartial) << rest;
    EXPECT_THAT(Names(client), ElementsAre("A", "B"));
    DeleteAll(client);
  }
  JetkeepProcess jetkeep({.server_url = url("all"), .repository = repository_});
  const Json done = AskSet(client, "restore.request", {{"set", "latest"}});
  ASSERT_FALSE(done.contains("error")) << done;
  for (const StreamDump& dump : before) {
    EXPECT_EQ(Joined(Compare(dump, DumpStream(client, dump.stream))), "");
  }
}

TEST_P(SetsTest, AKillInTheMiddleOfABackupLeavesNoSet) {
  Site site({.server = {.version = GetParam()}, .repository = repository_});
  constexpr int kStreams = 40;
  for (int i = 0; i < kStreams; ++i) {
    Make(site.client(), "S" + std::to_string(10 + i), 50, 1000);
  }
  site.client().Publish("backup.request", R"({"streams":["*"],"parallel":1})");
  site.client().Flush();
  ASSERT_TRUE(Await([&] { return site.Count("S12", "complete") == 1; }));
  site.jetkeep().Kill();
  site.jetkeep().Start();
  site.jetkeep().WaitUntilReady();
  EXPECT_EQ(Sets(site.client()), 0U);
  const Json list = Ask(site.client(), "backup.list", {{"limit", 1000}});
  EXPECT_LT(list.at("total"), kStreams);
  EXPECT_EQ(site.VerifyAll(), "");
  const Json done = AskSet(site.client(), "backup.request", {{"streams", {"*"}}});
  ASSERT_FALSE(done.contains("error")) << done;
  EXPECT_EQ(done.at("set_result").at("streams"), kStreams);
}

// The link breaks again and again; afterwards all streams are there, or none.
TEST_P(SetsAtLengthTest, ALinkThatBreaksDuringARestoreLeavesAllOrNothing) {
  constexpr int kStreams = 12;
  Site site({.server = {.version = GetParam()}, .proxy = true, .repository = repository_});
  const auto name = [](int i) { return "S" + std::to_string(10 + i); };
  std::vector<StreamDump> before;
  for (int i = 0; i < kStreams; ++i) {
    Make(site.client(), name(i), 20, 5000);
    before.push_back(DumpStream(site.client(), name(i)));
  }
  const Json done = AskSet(site.client(), "backup.request", {{"streams", {"*"}}});
  ASSERT_FALSE(done.contains("error")) << done;
  DeleteAll(site.client());
  site.proxy().ToServer({.bytes_per_second = 300'000});
  site.proxy().CutAll();
  site.jetkeep().WaitUntilReady();
  const std::string job = site.Begin("restore.request", {{"set", "latest"}, {"parallel", 3}});
  for (const std::size_t streams : {2U, 5U}) {
    ASSERT_TRUE(Await([&] { return Names(site.client()).size() >= streams; }));
    site.proxy().CutAll();
  }
  site.proxy().ToServer({});
  const Outcome outcome = site.End(job, seconds(200));
  if (outcome.completed()) {
    for (const StreamDump& dump : before) {
      EXPECT_EQ(Joined(Compare(dump, DumpStream(site.client(), dump.stream))), "");
    }
  } else {
    EXPECT_THAT(Names(site.client()), ElementsAre()) << outcome.Text();
    EXPECT_FALSE(AskSet(site.client(), "restore.request", {{"set", "latest"}}).contains("error"));
  }
  EXPECT_EQ(RootFiles(repository_, "restore."), 0U);
}

INSTANTIATE_TEST_SUITE_P(Servers, SetsTest, ::testing::ValuesIn(ServerVersions()), VersionName);
INSTANTIATE_TEST_SUITE_P(Servers, SetsAtLengthTest, ::testing::ValuesIn(FewServers()), VersionName);

// Streams just small enough to go eight at once, and large ones.
TEST(SetsMemoryTest, IsBoundedWhateverTheStreams) {
  JETKEEP_NEEDS_SERVER("2.10");
  const ScratchDirectory directory{"sets"};
  Place place("2.10", directory / "repository");
  for (int i = 0; i < 9; ++i) Make(place.client(), "S" + std::to_string(10 + i), 3900, 1000);
  for (int i = 0; i < 2; ++i) Make(place.client(), "L" + std::to_string(i), 6000, 4000);
  const auto ask = [&](const std::string& subject, const Json& body) {
    const Json done = AskSet(place.client(), subject, body);
    EXPECT_FALSE(done.contains("error")) << done;
    place.jetkeep().ExpectSmallMemory();
  };
  ask("backup.request", {{"streams", {"*"}}});
  DeleteAll(place.client());
  ask("restore.request", {{"set", "latest"}});
  ask("backup.verify", {{"set", "latest"}, {"drill", true}});
}

// The server of one stream is away: its name is all that the others know.
TEST(SetsClusterTest, AnOfflineStreamFailsAndTheOthersAreDone) {
  JETKEEP_NEEDS_SERVER("2.10");
  NatsCluster cluster({.version = "2.10"});
  JetStreamClient client(cluster.Url());
  JetkeepProcess jetkeep({.server_url = cluster.Url()});
  // Streams of one replica: one of them on the third server, others elsewhere.
  std::string away;
  int others = 0;
  for (int i = 10; (away.empty() || others < 2) && i < 60; ++i) {
    const std::string name = "S" + std::to_string(i);
    Make(client, name, 5);
    const Json info = client.StreamInfo(name);
    if (info.at("cluster").value("leader", "") != cluster.node(2).options().name) {
      ++others;
    } else if (away.empty()) {
      away = name;
    } else {
      client.DeleteStream(name);
    }
  }
  ASSERT_FALSE(away.empty());
  ASSERT_GE(others, 2);
  cluster.node(2).Stop();
  const std::string expected = "1 of " + std::to_string(others + 1) + " streams failed: " + away;
  Json answer;
  // Until the others have noticed, and have a leader, more may fail.
  EXPECT_TRUE(Await(
      [&] {
        answer = AskSet(client, "backup.request", {{"streams", {"*"}}});
        return CodeOf(answer) == kPartial && answer.dump().find(expected) != std::string::npos;
      },
      seconds(120)))
      << answer;
  const Json sets = Ask(client, "backup.sets", Json::object()).at("sets");
  const Json shown = Ask(client, "backup.set", {{"set", sets.at(0).at("id")}});
  for (const Json& member : shown.at("members")) {
    EXPECT_EQ(member.contains("error"), member.at("stream") == away) << member;
    if (member.contains("error")) {
      EXPECT_EQ(member["error"].at("err_code"), kServerBusy);
    }
  }
}

}  // namespace
}  // namespace jetkeep::testing
