// The control subjects of a running Jetkeep, as any NATS client sees them.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <thread>

#include "protocol/base/time.h"
#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/support/fault_proxy.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ControlTest : public ::testing::TestWithParam<std::string> {
 protected:
  static std::map<std::string, std::unique_ptr<NatsServer>>& Servers() {
    static std::map<std::string, std::unique_ptr<NatsServer>> servers;
    return servers;
  }
  void SetUp() override {
    auto& server = Servers()[GetParam()];
    if (!server) server = std::make_unique<NatsServer>(NatsServerOptions{.version = GetParam()});
    server_ = server.get();
    jetkeep_ = std::make_unique<JetkeepProcess>(JetkeepOptions{.server_url = server_->Url()});
    client_ = std::make_unique<JetStreamClient>(server_->Url());
    client_->DeleteStreamIfThere("C");
  }
  void TearDown() override {
    client_.reset();
    jetkeep_.reset();
  }
  static void TearDownTestSuite() { Servers().clear(); }

  JetStreamClient& client() { return *client_; }
  void Fill(const std::string& stream, std::uint64_t count, std::size_t payload = 50) {
    client().DeleteStreamIfThere(stream);
    client().CreateStream({{"name", stream}, {"subjects", {stream + ".>"}}});
    client().PublishMany(count, [&](std::uint64_t i) {
      std::string text = std::to_string(i * 2654435761U);
      while (text.size() < payload) text += std::to_string((i + text.size()) * 40503U % 99991U);
      return OutgoingMessage{stream + ".s", text, ""};
    });
  }
  // Messages that do not compress: a proxy paces what is on the wire, and servers compress.
  void FillWithNoise(const std::string& stream, std::uint64_t count, std::size_t bytes) {
    client().CreateStream({{"name", stream}, {"subjects", {stream + ".>"}}});
    client().PublishMany(count, [&](std::uint64_t i) {
      return OutgoingMessage{stream + ".s", NumberedPayload(i + 1, bytes), ""};
    });
  }
  // The events of `work` for a stream, until the job has ended.
  std::vector<NatsMessage> EventsToTheEnd(std::uint64_t subscription) {
    std::vector<NatsMessage> events;
    while (auto event = client().Next(subscription, seconds(30))) {
      events.push_back(*event);
      const std::string kind = KindOf(*event);
      if (kind == "completed" || kind == "failed" || kind == "cancelled") return events;
    }
    ADD_FAILURE() << "the job did not end";
    return events;
  }
  // <prefix.>backup.<kind>.<stream>.<job>
  static std::string KindOf(const NatsMessage& event) {
    const auto job = event.subject.rfind('.');
    const auto stream = event.subject.rfind('.', job - 1);
    const auto kind = event.subject.rfind('.', stream - 1);
    return event.subject.substr(kind + 1, stream - kind - 1);
  }
  // What an error must look like, in body and headers.
  void ExpectError(const std::string& subject, const std::string& body, int err_code) {
    const NatsMessage answer = client().Request(subject, body, seconds(20));
    const Json json = answer.Json();
    ASSERT_TRUE(json.contains("error")) << subject << " " << body.substr(0, 80) << ": " << json;
    const Json& error = json["error"];
    EXPECT_EQ(error.at("err_code"), err_code) << json;
    EXPECT_FALSE(error.at("description").get<std::string>().empty());
    EXPECT_EQ(answer.Header("Nats-Service-Error-Code"),
              std::to_string(error.at("code").get<int>()));
    EXPECT_EQ(answer.Header("Nats-Service-Error"), error.at("description").get<std::string>());
  }

  NatsServer* server_ = nullptr;
  std::unique_ptr<JetkeepProcess> jetkeep_;
  std::unique_ptr<JetStreamClient> client_;
};

TEST_P(ControlTest, ABackupIsAnsweredAtOnceAndToldByEvents) {
  Fill("C", 100'000, 200);
  const auto events = client().Subscribe("backup.*.C.*");
  const Json answer = Ask(client(), "backup.request", {{"stream", "C"}});
  const std::string job = answer.at("job");
  EXPECT_EQ(answer.at("stream"), "C");
  EXPECT_EQ(answer.at("kind"), "backup");
  EXPECT_EQ(answer.at("events"), "backup.*.C." + job);
  std::set<std::string> ids;
  std::vector<std::string> kinds;
  Json last_progress;
  Json last;
  for (const auto& event : EventsToTheEnd(events)) {
    const std::string kind = KindOf(event);
    last = event.Json();
    EXPECT_EQ(event.subject, "backup." + kind + ".C." + job);
    EXPECT_EQ(last.at("type"), "io.jetkeep.event.v1.backup_" + kind);
    EXPECT_TRUE(ids.insert(last.at("id")).second);
    EXPECT_TRUE(ParseTime(last.at("time").get<std::string>()).has_value());
    EXPECT_EQ(last.at("job"), job);
    EXPECT_EQ(last.at("stream"), "C");
    if (kind == "progress") last_progress = last;
    if (kinds.empty() || kinds.back() != kind) kinds.push_back(kind);
  }
  EXPECT_EQ(kinds, (std::vector<std::string>{"queued", "started", "progress", "completed"}));
  EXPECT_EQ(last_progress.at("percent"), 100);
  EXPECT_EQ(last_progress.at("messages").at("done"), 100'000);
  EXPECT_EQ(last_progress.at("messages").at("expected"), 100'000);
  EXPECT_TRUE(last_progress.at("bytes").contains("expected"));
  EXPECT_TRUE(last_progress.at("rate").contains("messages_per_second"));
  EXPECT_TRUE(last_progress.at("rate").contains("bytes_per_second"));
  const Json& result = last.at("result");
  EXPECT_EQ(result.at("messages"), 100'000);
  EXPECT_EQ(result.at("first_sequence"), 1);
  EXPECT_EQ(result.at("last_sequence"), 100'000);
  EXPECT_GT(result.at("raw_bytes"), result.at("stored_bytes"));
  EXPECT_EQ(result.at("server").at("version").get<std::string>().rfind(GetParam(), 0), 0U);
}

TEST_P(ControlTest, MessagePackIsAnsweredInMessagePackAndSoAreItsEvents) {
  Fill("C", 10);
  const auto events = client().Subscribe("backup.*.C.*");
  const auto body = Json::to_msgpack({{"stream", "C"}});
  const NatsMessage answer =
      client().Request("backup.request", std::string(body.begin(), body.end()));
  const Json job = Json::from_msgpack(answer.payload);
  EXPECT_EQ(job.at("stream"), "C");
  for (const auto& event : EventsToTheEnd(events)) {
    const Json decoded = Json::from_msgpack(event.payload);
    EXPECT_EQ(decoded.at("job"), job.at("job"));
  }
  const auto wrong = Json::to_msgpack({{"stream", 5}});
  const NatsMessage error =
      client().Request("backup.request", std::string(wrong.begin(), wrong.end()));
  EXPECT_EQ(Json::from_msgpack(error.payload).at("error").at("err_code"), 70402);
}

TEST_P(ControlTest, WaitAnswersWithTheResult) {
  Fill("C", 10);
  const Json backup = BackUp(client(), "C");
  EXPECT_EQ(backup.at("type"), "io.jetkeep.event.v1.backup_completed");
  EXPECT_EQ(backup.at("result").at("messages"), 10);
  client().DeleteStream("C");
  const Json restored = RestoreBackup(client(), backup.at("result").at("id"));
  EXPECT_EQ(restored.at("type"), "io.jetkeep.event.v1.restore_completed");
  EXPECT_EQ(restored.at("messages"), 10);
  EXPECT_EQ(restored.at("first_sequence"), 1);
  EXPECT_EQ(restored.at("last_sequence"), 10);
  EXPECT_GT(restored.at("sent_bytes"), 0);
}

TEST_P(ControlTest, TheSameJobIdAskedTwiceIsOneJob) {
  Fill("C", 10);
  Fill("D", 10);
  const Json request{{"stream", "C"}, {"job", "my-job_1"}, {"wait", true}};
  const Json first = Ask(client(), "backup.request", request, seconds(30));
  const Json second = Ask(client(), "backup.request", request, seconds(30));
  EXPECT_EQ(first.at("job"), "my-job_1");
  EXPECT_EQ(second.at("job"), "my-job_1");
  EXPECT_EQ(Ask(client(), "backup.list", {{"stream", "C"}}).at("total"), 1);
  ExpectError("backup.request", R"({"stream":"D","job":"my-job_1"})", 70410);
}

TEST_P(ControlTest, EveryMistakeHasItsOwnError) {
  Fill("C", 3);
  ExpectError("backup.request", R"({"stream":"C","colour":1})", 70401);
  ExpectError("backup.request", R"({"stream":7})", 70402);
  ExpectError("backup.request", R"({"stream":"C","wait":"yes"})", 70402);
  ExpectError("backup.request", R"({"stream":"a.b"})", 70403);
  ExpectError("backup.request", R"({"stream":""})", 70403);
  ExpectError("backup.request", R"({"stream":"C","job":"not a token"})", 70403);
  ExpectError("backup.request", "{}", 70400);
  ExpectError("backup.request", "{\"stream\":", 70400);
  ExpectError("backup.request", "{\"stream\":\"" + std::string(900'000, 'x') + "\"}", 70413);
  ExpectError("backup.request", R"({"stream":"NOT_THERE","wait":true})", 70404);
  ExpectError("restore.request", R"({"stream":"NEVER_BACKED_UP","wait":true})", 70405);
  ExpectError("backup.show", R"({"backup":"not an id"})", 70403);
  ExpectError("backup.show", R"({"backup":"20200101T000000Z-aaaaaaaa"})", 70405);
  ExpectError("backup.list", R"({"limit":-1})", 70402);
}

TEST_P(ControlTest, AStreamThatExistsIsNotTouchedByARestore) {
  Fill("C", 20);
  const std::string backup = BackUp(client(), "C").at("result").at("id");
  client().PublishAcked("C.s", "after the backup");
  const StreamDump before = DumpStream(client(), "C");
  ExpectError("restore.request", Json{{"backup", backup}, {"wait", true}}.dump(), 70409);
  EXPECT_EQ(Joined(Compare(before, DumpStream(client(), "C"))), "");
}

TEST_P(ControlTest, BackupsAreListedShownAndDeleted) {
  Fill("C", 20);
  client().CreateConsumer("C", {{"durable_name", "worker"}, {"ack_policy", "explicit"}});
  const std::string older = BackUp(client(), "C").at("result").at("id");
  client().PublishAcked("C.s", "one more");
  const std::string newer = BackUp(client(), "C").at("result").at("id");
  const Json list = Ask(client(), "backup.list", {{"stream", "C"}});
  EXPECT_EQ(list.at("total"), 2);
  EXPECT_EQ(list.at("backups").at(0).at("id"), newer);
  EXPECT_EQ(list.at("backups").at(1).at("id"), older);
  const Json page = Ask(client(), "backup.list", {{"offset", 1}, {"limit", 1}});
  EXPECT_EQ(page.at("backups").size(), 1U);
  const Json shown = Ask(client(), "backup.show", {{"backup", newer}});
  EXPECT_EQ(shown.at("id"), newer);
  EXPECT_EQ(shown.at("config").at("name"), "C");
  EXPECT_EQ(shown.at("messages"), 21);
  EXPECT_EQ(shown.at("consumer_details").at(0).at("name"), "worker");
  EXPECT_FALSE(shown.at("segments").empty());
  EXPECT_EQ(Ask(client(), "backup.delete", {{"backup", older}}).at("deleted"), true);
  ExpectError("backup.show", Json{{"backup", older}}.dump(), 70405);
  client().DeleteStream("C");
  EXPECT_EQ(RestoreNewest(client(), "C").at("messages"), 21);
}

TEST_P(ControlTest, StatusTellsOneJobOrAll) {
  Fill("C", 20);
  Ask(client(), "backup.request", {{"stream", "C"}, {"job", "known"}, {"wait", true}}, seconds(30));
  const Json one = Ask(client(), "backup.status", {{"job", "known"}});
  EXPECT_EQ(one.at("job"), "known");
  EXPECT_EQ(one.at("state"), "completed");
  const Json all = Ask(client(), "backup.status", Json::object());
  EXPECT_EQ(all.at("jobs").size(), 1U);
}

TEST_P(ControlTest, ACancelledJobLeavesNothingBehind) {
  // More than twice what a server sends ahead: the request to cancel waits behind that.
  FillWithNoise("C", 20'000, 1000);
  FaultProxy proxy(server_->port());
  proxy.ToClient({.bytes_per_second = 4'000'000});
  JetkeepProcess slow({.server_url = proxy.Url(), .prefix = "slow"});
  const auto events = client().Subscribe("slow.backup.*.C.*");
  const auto progress = client().Subscribe("slow.backup.progress.C.*");
  const Json job = Ask(client(), "slow.backup.request", {{"stream", "C"}});
  ASSERT_TRUE(client().Next(progress, seconds(30))) << slow.Log();
  const Json answer = Ask(client(), "slow.backup.cancel", {{"job", job.at("job")}}, seconds(60));
  EXPECT_EQ(answer.at("job"), job.at("job"));
  EXPECT_EQ(KindOf(EventsToTheEnd(events).back()), "cancelled");
  EXPECT_EQ(Ask(client(), "slow.backup.list", Json::object()).at("total"), 0);
  EXPECT_EQ(FilesBelow(slow.repository()), std::vector<std::string>());
}

TEST_P(ControlTest, ProgressComesAtMostFourTimesASecond) {
  FillWithNoise("C", 8'000, 1000);
  FaultProxy proxy(server_->port());
  proxy.ToClient({.bytes_per_second = 1'500'000});
  JetkeepProcess slow({.server_url = proxy.Url(), .prefix = "slow"});
  const auto events = client().Subscribe("slow.backup.*.C.*");
  const auto began = std::chrono::steady_clock::now();
  Ask(client(), "slow.backup.request", {{"stream", "C"}});
  std::size_t progress = 0;
  for (const auto& event : EventsToTheEnd(events)) progress += KindOf(event) == "progress";
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  EXPECT_GE(took.count(), 1.5) << "not slow enough to tell anything";
  EXPECT_GE(progress, 3U);
  EXPECT_LE(static_cast<double>(progress), took.count() * 4 + 3);
}

TEST_P(ControlTest, SeveralStreamsAtOnceAndOneStreamInLine) {
  const std::vector<std::string> streams{"P1", "P2", "P3", "P4"};
  for (const auto& stream : streams) Fill(stream, 20'000, 100);
  const auto events = client().Subscribe("backup.completed.>");
  for (const auto& stream : streams) {
    Ask(client(), "backup.request", {{"stream", stream}});
    Ask(client(), "backup.request", {{"stream", stream}});
  }
  for (std::size_t i = 0; i < 2 * streams.size(); ++i) {
    const auto event = client().Next(events, seconds(60));
    ASSERT_TRUE(event) << "after " << i << " jobs";
    EXPECT_EQ(event->Json().at("result").at("messages"), 20'000);
  }
  EXPECT_EQ(Ask(client(), "backup.list", Json::object()).at("total"), 8);
  for (const auto& stream : streams) client().DeleteStream(stream);
}

TEST_P(ControlTest, TheServiceApiShowsAndCountsEveryEndpoint) {
  const Json ping = Ask(client(), "$SRV.PING.jetkeep", Json::object());
  EXPECT_EQ(ping.at("type"), "io.nats.micro.v1.ping_response");
  const std::string id = ping.at("id");
  const Json info = Ask(client(), "$SRV.INFO.jetkeep." + id, Json::object());
  EXPECT_EQ(info.at("type"), "io.nats.micro.v1.info_response");
  std::set<std::string> subjects;
  for (const auto& endpoint : info.at("endpoints")) subjects.insert(endpoint.at("subject"));
  for (const char* subject : {"backup.request", "restore.request", "backup.list", "backup.show",
                              "backup.status", "backup.cancel", "backup.delete"}) {
    EXPECT_EQ(subjects.count(subject), 1U) << subject;
  }
  const auto stats_of = [&](const std::string& subject) {
    const Json stats = Ask(client(), "$SRV.STATS.jetkeep." + id, Json::object());
    EXPECT_EQ(stats.at("type"), "io.nats.micro.v1.stats_response");
    for (const auto& endpoint : stats.at("endpoints")) {
      if (endpoint.at("subject") == subject) return endpoint;
    }
    throw std::runtime_error("no statistics of " + subject);
  };
  // The harness has asked for the list already, to see whether Jetkeep is ready.
  const Json before = stats_of("backup.list");
  Ask(client(), "backup.list", Json::object());
  ExpectError("backup.list", R"({"colour":1})", 70401);
  const Json after = stats_of("backup.list");
  const auto added = [&](const char* count) {
    return after.at(count).get<std::int64_t>() - before.at(count).get<std::int64_t>();
  };
  EXPECT_EQ(added("num_requests"), 2);
  EXPECT_EQ(added("num_errors"), 1);
  EXPECT_GT(added("processing_time"), 0);
}

TEST_P(ControlTest, JobsThatEndedAreToldAfterARestartAndTheRepositoryIsWhole) {
  Fill("C", 100);
  const Json repository = Json::parse(ReadWholeFile(jetkeep_->repository() + "/repository.json"));
  const NatsMessage list = client().Request("backup.list", "");
  EXPECT_EQ(list.Header("Jetkeep-Repository"), repository.at("id").get<std::string>());
  EXPECT_EQ(list.Header("Jetkeep-Account"), "default");
  const Json wait = {{"stream", "C"}, {"wait", true}};
  const auto with_job = [&](const std::string& job) {
    Json request = wait;
    request["job"] = job;
    return request;
  };
  Ask(client(), "backup.request", with_job("nightly"), seconds(30));
  ASSERT_TRUE(Ask(client(), "restore.request", with_job("refused"), seconds(30)).contains("error"));
  const auto status = [&](const std::string& job) {
    return Ask(client(), "backup.status", {{"job", job}});
  };
  const auto kept = [](Json answer) {
    answer.erase("progress");  // rates are not kept
    answer.erase("from_history");
    return answer;
  };
  const Json completed = kept(status("nightly"));
  const Json failed = kept(status("refused"));
  EXPECT_EQ(completed.at("state"), "completed");
  EXPECT_EQ(failed.at("error").at("err_code"), 70409);
  for (const bool kill : {false, true}) {
    if (kill) {
      jetkeep_->Kill();
    } else {
      EXPECT_EQ(jetkeep_->Stop(), 0);
    }
    jetkeep_->Start();
    jetkeep_->WaitUntilReady();
    EXPECT_EQ(status("nightly").value("from_history", false), true);
    EXPECT_EQ(kept(status("nightly")), completed);
    EXPECT_EQ(kept(status("refused")), failed);
    EXPECT_EQ(status("nobody").at("error").at("err_code"), 70406);
    EXPECT_EQ(Ask(client(), "backup.status", Json::object()).at("total"), 0);
  }
  // The same id is a new job now, and its end is the one that is told.
  Ask(client(), "backup.request", with_job("nightly"), seconds(30));
  const Json again = kept(status("nightly"));
  EXPECT_NE(again.at("backup"), completed.at("backup"));
  jetkeep_->Stop();
  jetkeep_->Start();
  jetkeep_->WaitUntilReady();
  EXPECT_EQ(kept(status("nightly")), again);
  const Json verified = Ask(client(), "backup.verify", {{"wait", true}}, seconds(30));
  EXPECT_EQ(verified.at("damaged"), 0) << verified;
  EXPECT_EQ(verified.at("findings"), Json::array());
}

TEST_P(ControlTest, ThePrefixGoesBeforeEverySubject) {
  Fill("C", 5);
  JetkeepProcess other({.server_url = server_->Url(), .prefix = "ops"});
  const auto events = client().Subscribe("ops.backup.completed.C.*");
  EXPECT_EQ(Ask(client(), "ops.backup.request", {{"stream", "C"}, {"wait", true}}, seconds(30))
                .at("result")
                .at("messages"),
            5);
  EXPECT_TRUE(client().Next(events, seconds(5)));
}

TEST_P(ControlTest, TheServerMayBeAwayAtTheStartAndLater) {
  NatsServer server({.version = GetParam()});
  server.Kill();
  JetkeepProcess early({.server_url = server.Url(), .wait_ready = false});
  EXPECT_FALSE(early.process().Wait(seconds(1))) << "it gave up: " << early.Log();
  server.Start();
  early.WaitUntilReady();
  {
    JetStreamClient client(server.Url());
    client.CreateStream({{"name", "S"}, {"subjects", {"s"}}});
    client.PublishAcked("s", "1");
    EXPECT_EQ(BackUp(client, "S").at("result").at("messages"), 1);
  }
  server.Kill();
  std::this_thread::sleep_for(milliseconds(500));
  server.Start();
  early.WaitUntilReady();
  JetStreamClient client(server.Url());
  EXPECT_EQ(BackUp(client, "S").at("result").at("messages"), 1);
  EXPECT_EQ(early.Stop(), 0);
}

INSTANTIATE_TEST_SUITE_P(Servers, ControlTest, ::testing::ValuesIn(ServerVersions()), VersionName);

}  // namespace
}  // namespace jetkeep::testing
