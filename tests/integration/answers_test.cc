// Somebody else answers: streams that capture the control subjects, and programs that listen there.
// The command line must believe the service alone.
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <functional>
#include <sstream>
#include <thread>

#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kUnexpectedAnswer = 42;
constexpr int kPermissionDenied = 22;
constexpr const char* kNoSuchBackup = "20200101T000000Z-aaaaaaaa";

// Answers every message on `subject` with one body after the other, until it is destroyed.
class OtherProgram {
 public:
  struct Answer {
    std::string body;
    std::string headers;
  };
  OtherProgram(const std::string& url, const std::string& subject, std::vector<Answer> answers,
               const std::string& queue = {})
      : client_(url), answers_(std::move(answers)) {
    subscription_ = client_.Subscribe(subject, queue);
    client_.Flush();
    thread_ = std::thread([this] { Run(); });
  }
  ~OtherProgram() {
    stopping_ = true;
    thread_.join();
  }
  int answered() const { return answered_; }

 private:
  void Run() {
    while (!stopping_) {
      const auto message = client_.Next(subscription_, milliseconds(50));
      if (!message || message->reply.empty()) continue;
      for (const Answer& answer : answers_) {
        client_.Publish(message->reply, answer.body, answer.headers);
      }
      client_.Flush();
      ++answered_;
    }
  }

  NatsClient client_;
  const std::vector<Answer> answers_;
  std::uint64_t subscription_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> answered_ = 0;
  std::thread thread_;
};

std::vector<OtherProgram::Answer> WrongAnswers() {
  const std::string micro_error =
      HeaderBlock({{"Nats-Service-Error", "no such thing"}, {"Nats-Service-Error-Code", "404"}});
  const std::string other_type = HeaderBlock({{"Jetkeep-Type", "io.example.answer"}});
  return {{"", ""},
          {"+OK", ""},
          {"{}", ""},
          {"\x80", ""},
          {R"({"total":0,"jobs":[]})", other_type},
          {R"({"total":0,"jobs":[]})", ""},  // as jetkeep 0.1 said it, which is not there
          {R"({"total":0,"backups":[]})", ""},
          {R"({"deleted":true})", ""},
          {std::string(R"({"backup":")") + kNoSuchBackup + R"(","deleted":true})", ""},
          {"", micro_error},
          {R"({"error":{"code":404,"description":"no"}})", micro_error},
          {R"({"stream":"ELSEWHERE","seq":3,"domain":"hub","duplicate":true})", ""}};
}

class AnswersTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    server_ = std::make_unique<NatsServer>(NatsServerOptions{.version = GetParam()});
    client_ = std::make_unique<JetStreamClient>(server_->Url());
    client_->CreateStream({{"name", "ORDERS"}, {"subjects", {"orders.>"}}});
    client_->PublishMany(2000, [](std::uint64_t i) {
      return OutgoingMessage{"orders.new", "order " + std::to_string(i), ""};
    });
  }
  void Serve(const std::string& prefix = {}) {
    jetkeep_ = std::make_unique<JetkeepProcess>(
        JetkeepOptions{.server_url = server_->Url(), .prefix = prefix});
  }
  void Capture(const std::string& name, const std::vector<std::string>& subjects,
               const Json& more = Json::object()) {
    Json config{{"name", name}, {"subjects", subjects}};
    config.update(more);
    client_->CreateStream(config);
  }
  ProgramResult Run(std::vector<std::string> arguments, const std::string& timeout = "5s") {
    return RunJetkeep(arguments, {{"NATS_URL", server_->Url()}, {"NATS_TIMEOUT", timeout}});
  }
  Json RunJson(std::vector<std::string> arguments, int exit_code = 0) {
    arguments.emplace_back("--json");
    const ProgramResult result = Run(arguments);
    EXPECT_EQ(result.exit_code, exit_code) << arguments[0] << result.output << result.error;
    const Json json = Json::parse(result.output, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << result.output;
    return json;
  }
  // Each verb says what the service knows to be true.
  void ExpectTheTruth() {
    const Json backup = RunJson({"backup", "ORDERS"});
    EXPECT_EQ(backup.at("result").at("messages"), 2000);
    const std::string id = backup.at("result").at("id");
    EXPECT_EQ(Run({"backup", "NOSUCH"}).exit_code, 10);
    EXPECT_EQ(Run({"backup", "NOSUCH", "--no-wait"}).exit_code, 10);
    EXPECT_EQ(RunJson({"list"}).at("backups").size(), 1U);
    EXPECT_EQ(RunJson({"show", id}).at("messages"), 2000);
    EXPECT_EQ(Run({"show", kNoSuchBackup}).exit_code, 11);
    EXPECT_EQ(RunJson({"verify"}).at("backups"), 1);
    EXPECT_EQ(Run({"verify", kNoSuchBackup}).exit_code, 11);
    const Json jobs = RunJson({"status"}).at("jobs");
    EXPECT_GE(jobs.size(), 2U);
    EXPECT_EQ(RunJson({"status", jobs.at(0).at("job")}).at("state"), "completed");
    EXPECT_EQ(Run({"status", "nobody"}).exit_code, 12);
    EXPECT_EQ(Run({"cancel", "nobody"}).exit_code, 12);
    const ProgramResult ended = Run({"cancel", jobs.at(0).at("job"), "--json"});
    EXPECT_EQ(ended.exit_code, 1) << "nothing was cancelled";
    EXPECT_EQ(Json::parse(ended.output).at("state"), "completed");
    EXPECT_EQ(Run({"watch", "nobody"}).exit_code, 12);
    EXPECT_EQ(Run({"watch", jobs.at(0).at("job")}).exit_code, 0);
    EXPECT_EQ(Run({"restore", "ORDERS"}).exit_code, 13) << "the stream is there";
    client_->DeleteStream("ORDERS");
    EXPECT_EQ(RunJson({"restore", "--backup", id}).at("messages"), 2000);
    EXPECT_EQ(client_->StreamInfo("ORDERS").at("state").at("messages"), 2000);
    EXPECT_EQ(Run({"delete", "--yes", kNoSuchBackup}).exit_code, 11);
    EXPECT_EQ(RunJson({"delete", id, "--last", "--yes"}).at("deleted"), true);
    EXPECT_EQ(RunJson({"list"}).at("backups").size(), 0U);
  }
  // Each command says that somebody else answers, and nothing else; `named` stands in the error.
  void ExpectErrors(const std::vector<std::vector<std::string>>& commands,
                    const std::string& named) {
    for (const auto& command : commands) {
      const ProgramResult result = Run(command, "1s");
      EXPECT_EQ(result.exit_code, kUnexpectedAnswer) << command[0] << result.output << result.error;
      EXPECT_NE(result.error.find(named), std::string::npos) << command[0] << result.error;
      EXPECT_NE(result.error.find("hint: "), std::string::npos) << command[0] << result.error;
      EXPECT_EQ(result.output, "") << command[0];
    }
    const ProgramResult json = Run({"list", "--json"}, "1s");
    EXPECT_EQ(Json::parse(json.output).at("error").at("err_code"), 70526) << json.output;
  }

  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<JetStreamClient> client_;
  std::unique_ptr<JetkeepProcess> jetkeep_;
};

TEST_P(AnswersTest, AStreamThatCapturesEverythingChangesNoAnswer) {
  Capture("EV2", {"backup.>", "restore.>", "verify.>"});
  Serve();
  ExpectTheTruth();
  EXPECT_GT(client_->StreamInfo("EV2").at("state").at("messages"), 20);
}

TEST_P(AnswersTest, WithoutAServiceTheErrorNamesTheStreamThatAnswers) {
  Capture("EV2", {"backup.>", "restore.request"});
  ExpectErrors({{"backup", "ORDERS"},
                {"backup", "ORDERS", "--no-wait"},
                {"restore", "ORDERS"},
                {"verify"},
                {"list"},
                {"show", kNoSuchBackup},
                {"status"},
                {"status", "nobody"},
                {"cancel", "nobody"},
                {"watch", "nobody"},
                {"delete", "--yes", kNoSuchBackup}},
               "stream EV2 captures ");
  client_->DeleteStream("EV2");
  // One that takes no more and says so.
  Capture("FULL", {"backup.*", "restore.*"},
          {{"max_msgs", 1}, {"discard", "new"}, {"retention", "limits"}});
  client_->PublishAcked("backup.list", "the one");
  ExpectErrors({{"backup", "ORDERS"}, {"delete", "--yes", kNoSuchBackup}}, "stream FULL captures ");
}

TEST_P(AnswersTest, AnotherProgramThatAnswersIsPassedOver) {
  Serve();
  OtherProgram backups(server_->Url(), "backup.>", WrongAnswers());
  OtherProgram restores(server_->Url(), "restore.>", WrongAnswers());
  ExpectTheTruth();
  EXPECT_GT(backups.answered(), 10);
  jetkeep_->Stop();
  ExpectErrors({{"backup", "ORDERS"}, {"status"}}, "stream ELSEWHERE (domain hub) captures ");
}

TEST_P(AnswersTest, AProgramInTheServicesQueueGroupIsNeverBelieved) {
  Serve();
  OtherProgram other(server_->Url(), "backup.>", {{R"({"ok":true})", ""}}, "jetkeep");
  int served = 0;
  for (int i = 0; i < 12; ++i) {
    const ProgramResult result = Run({"list", "--json"}, "500ms");
    if (result.exit_code == 0) {
      EXPECT_EQ(Json::parse(result.output).at("backups").size(), 0U);
      ++served;
    } else {
      EXPECT_EQ(result.exit_code, kUnexpectedAnswer) << result.output;
      EXPECT_EQ(Json::parse(result.output).at("error").at("err_code"), 70526);
    }
  }
  EXPECT_EQ(served + other.answered(), 12);
}

TEST_P(AnswersTest, TwoInstancesAndAStreamThatCaptures) {
  Capture("EV2", {"backup.>", "restore.>", "verify.>"});
  Serve();
  JetkeepProcess second({.server_url = server_->Url(), .repository = jetkeep_->repository()});
  for (int i = 0; i < 4; ++i) {
    const Json backup = RunJson({"backup", "ORDERS", "--job", "j" + std::to_string(i)});
    EXPECT_EQ(RunJson({"status", "j" + std::to_string(i)}).at("backup"),
              backup.at("result").at("id"));
    EXPECT_EQ(Run({"status", "nobody"}).exit_code, 12);
    EXPECT_EQ(Run({"backup", "NOSUCH"}).exit_code, 10);
    EXPECT_EQ(Run({"delete", "--yes", kNoSuchBackup}).exit_code, 11);
    EXPECT_EQ(RunJson({"list"}).at("backups").size(), static_cast<std::size_t>(i) + 1);
    // Jobs of both instances, each once.
    Json status;
    for (int tries = 0; tries < 10; ++tries) {  // a slow instance answers too late for one command
      status = RunJson({"status"});
      if (status.at("total") == i + 1) break;
    }
    EXPECT_EQ(status.at("total"), i + 1);
    EXPECT_EQ(status.at("jobs").size(), static_cast<std::size_t>(i) + 1);
    EXPECT_EQ(status.at("warnings").size(), 1U) << status;
  }
}

TEST_P(AnswersTest, MessagesOfOthersOnAJobsEventsEndNoJob) {
  Serve();
  std::atomic<bool> stop = false;
  std::thread noise([&] {
    NatsClient other(server_->Url());
    const std::string type = R"("type":"io.jetkeep.event.v1.backup_completed")";
    while (!stop) {
      for (const std::string& body :
           {std::string(), std::string("{}"), std::string("\x80"),
            std::string(R"({"stream":"EV2","seq":1})"), R"({"job":"fixed",)" + type + "}",
            R"({"job":"fixed","id":"x","time":"2026-01-01T00:00:00Z","stream":"ORDERS",)" + type +
                "}",
            R"({"job":"other","id":"x","time":"2026-01-01T00:00:00Z","stream":"ORDERS",)" + type +
                R"(,"result":{},"duration_seconds":1,"attempts":1,"warnings":[]})"}) {
        other.Publish("backup.completed.ORDERS.fixed", body);
        other.Publish("backup.failed.ORDERS.fixed", body);
        other.Publish("backup.cancelled.OTHER.fixed", body);
      }
      other.Flush();
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  for (int i = 0; i < 3; ++i) {
    // The same id again is the same job, whose end is asked for and not announced.
    const Json backup = RunJson({"backup", "ORDERS", "--job", "fixed"});
    EXPECT_EQ(backup.at("type"), "io.jetkeep.event.v1.backup_completed");
    EXPECT_EQ(backup.at("result").at("messages"), 2000);
  }
  stop = true;
  noise.join();
}

TEST_P(AnswersTest, TheServiceWarnsOfStreamsThatCaptureItsSubjects) {
  Capture("EV2", {"ops.backup.*"});
  Capture("EVENTS", {"ops.*.*.*.*"});
  Capture("SILENT", {"ops.restore.request"}, {{"no_ack", true}});
  Serve("ops");
  const auto warnings = [&](const std::function<bool(const std::string&)>& expected) {
    std::string text;
    for (int i = 0; i < 100; ++i) {
      text = Ask(*client_, "ops.backup.status", Json::object()).value("warnings", Json()).dump();
      if (expected(text)) break;
      std::this_thread::sleep_for(milliseconds(200));
    }
    return text;
  };
  const auto names = [](const std::string& name) {
    return [name](const std::string& text) { return text.find(name) != std::string::npos; };
  };
  for (int i = 0; i < 100 && !names("stream EV2 captures")(jetkeep_->Log()); ++i) {
    std::this_thread::sleep_for(milliseconds(100));
  }
  EXPECT_TRUE(names("stream EV2 captures ops.backup.request")(jetkeep_->Log())) << jetkeep_->Log();
  // The command line shows them, too, although the stream answers first.
  const ProgramResult status = RunJetkeep({"status", "--prefix", "ops"},
                                          {{"NATS_URL", server_->Url()}, {"NATS_TIMEOUT", "5s"}});
  EXPECT_EQ(status.exit_code, 0) << status.error;
  EXPECT_TRUE(names("warning: stream EV2 captures ops.backup.request")(status.error))
      << status.error;
  client_->DeleteStream("EV2");
  EXPECT_EQ(warnings([](const std::string& text) { return text == "[]"; }), "[]");
  Capture("LATER", {"ops.backup.delete"}, {{"no_ack", false}});
  const std::string later = warnings(names("LATER"));
  EXPECT_TRUE(names("stream LATER captures ops.backup.delete:")(later)) << later;
  EXPECT_FALSE(names("EVENTS")(later)) << later;
  EXPECT_FALSE(names("SILENT")(later)) << later;
}

class GrantsTest : public AnswersTest {
 protected:
  void SetUp() override {}  // a server with users of its own
};

// Exactly the grants of PERMISSIONS.md, with answers by `allow_responses` alone.
TEST_P(GrantsTest, EveryEndpointAnswersAUserThatMayOnlyRespond) {
  JETKEEP_NEEDS_SERVER(GetParam());
  std::ostringstream config;
  config << R"(authorization { users: [
    { user: admin, password: a }
    { user: sidecar, password: s, permissions: {
        publish: [ "$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.INFO.*", "$JS.API.STREAM.SNAPSHOT.*",
                   "$JS.SNAPSHOT.ACK.>", "$JS.API.CONSUMER.LIST.*", "$JS.API.STREAM.RESTORE.*",
                   "$JS.SNAPSHOT.RESTORE.>", "$JS.API.STREAM.DELETE.*", "$JS.API.STREAM.UPDATE.*",
                   "$JS.API.STREAM.MSG.GET.*", "$JS.API.CONSUMER.CREATE.>",
                   "$JS.API.CONSUMER.DURABLE.CREATE.>", "$JS.API.CONSUMER.DELETE.*.*",
                   "backup.>", "restore.>", "verify.>", "$SRV.PING.jetkeep" ]
        subscribe: [ "_SIDECAR.>", "backup.>", "restore.>", "$SRV.>" ]
        allow_responses: true } }
    { user: asker, password: q, permissions: {
        publish: [ "backup.*", "restore.*", "$SRV.PING.jetkeep" ]
        subscribe: [ "_INBOX.>", "backup.*.*.*", "restore.*.*.*" ] } }
  ] })";
  server_ = std::make_unique<NatsServer>(
      NatsServerOptions{.version = GetParam(), .config = config.str()});
  const std::string at = "@127.0.0.1:" + std::to_string(server_->port());
  client_ = std::make_unique<JetStreamClient>("nats://admin:a" + at);
  client_->CreateStream({{"name", "ORDERS"}, {"subjects", {"orders.>"}}});
  client_->PublishMany(10, [](std::uint64_t) { return OutgoingMessage{"orders.new", "x", ""}; });
  JetkeepProcess jetkeep({.server_url = "nats://sidecar:s" + at,
                          .arguments = {"--inbox-prefix", "_SIDECAR"},
                          .wait_ready = false});
  for (int i = 0; i < 200 && client_->Request("backup.list", "").Status() == 503; ++i) {
    std::this_thread::sleep_for(milliseconds(50));
  }
  const auto ask = [&](const std::string& subject, const Json& body) {
    return Ask(*client_, subject, body, seconds(30));
  };
  const Json backup = ask("backup.request", {{"stream", "ORDERS"}, {"job", "b1"}, {"wait", true}});
  const std::string id = backup.at("result").at("id");
  const std::string instance =
      "backup.instance." + client_->Request("backup.list", "").Header("Jetkeep-Instance") + ".";
  for (int i = 0; i < 3; ++i) {  // the first answer might still be allowed
    EXPECT_EQ(ask("backup.status", {{"job", "b1"}}).at("state"), "completed");
    EXPECT_EQ(ask("backup.status", Json::object()).at("total"), 1);
    EXPECT_EQ(ask("backup.status", {{"job", "none"}}).at("error").at("err_code"), 70406);
    EXPECT_EQ(ask("backup.cancel", {{"job", "b1"}}).at("state"), "completed");
    EXPECT_EQ(ask("backup.cancel", {{"job", "none"}}).at("error").at("err_code"), 70406);
    EXPECT_EQ(ask("backup.list", Json::object()).at("total"), 1);
    EXPECT_EQ(ask("backup.show", {{"backup", id}}).at("id"), id);
    EXPECT_EQ(ask("backup.list", {{"colour", 1}}).at("error").at("err_code"), 70401);
    // Addressed to the one instance.
    EXPECT_EQ(ask(instance + "backup.status", {{"job", "b1"}}).at("state"), "completed");
    EXPECT_EQ(ask(instance + "backup.list", Json::object()).at("total"), 1);
  }
  EXPECT_EQ(ask("backup.verify", {{"backup", id}, {"job", "v"}, {"wait", true}}).at("damaged"), 0);
  client_->DeleteStream("ORDERS");
  EXPECT_EQ(ask("restore.request", {{"backup", id}, {"wait", true}}).at("messages"), 10);
  EXPECT_EQ(ask("backup.status", Json::object()).at("total"), 3);

  // The asking user may not see the events of a verify: it is told so, and no job begins.
  const std::map<std::string, std::string> as_asker{{"NATS_URL", "nats://asker:q" + at},
                                                    {"NATS_TIMEOUT", "5s"}};
  EXPECT_EQ(RunJetkeep({"backup", "ORDERS"}, as_asker).exit_code, 0);
  const ProgramResult verify = RunJetkeep({"verify"}, as_asker);
  EXPECT_EQ(verify.exit_code, kPermissionDenied) << verify.output << verify.error;
  EXPECT_NE(verify.error.find("permission denied to subscribe to verify."), std::string::npos)
      << verify.error;
  EXPECT_EQ(ask("backup.status", Json::object()).at("total"), 4) << "a job has begun";
  EXPECT_EQ(ask("backup.delete", {{"backup", id}, {"last", true}}).at("deleted"), true);
  const std::string log = ReadWholeFile(server_->log_path());
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.find("Permissions Violation") == std::string::npos ||
                line.find("Publish Violation") == std::string::npos ||
                line.find("asker") != std::string::npos)
        << line;
  }
  EXPECT_EQ(log.find("Publish Violation"), std::string::npos) << log;
}

// A job that takes longer than the right to respond lasts: its answer is refused, and comes with
// the grant that PERMISSIONS.md gives for it.
TEST_P(GrantsTest, AnAnswerToALongWaitNeedsARightThatLastsAsLong) {
  JETKEEP_NEEDS_SERVER(GetParam());
  const auto user = [](const std::string& name, const std::string& responses) {
    return "{ user: " + name + R"(, password: s, permissions: {
        publish: [ "$JS.API.>", "$JS.SNAPSHOT.ACK.>", ")" +
           name + R"(.>", "$SRV.PING.jetkeep" ]
        subscribe: [ "_SIDECAR.>", ")" +
           name + R"(.>", "$SRV.>" ]
        allow_responses: )" +
           responses + " } }\n";
  };
  const std::string config = "authorization { users: [\n{ user: admin, password: a }\n" +
                             user("brief", R"({ max: 1, expires: "500ms" })") +
                             user("long", R"({ max: 1, expires: "24h" })") + "] }";
  server_ =
      std::make_unique<NatsServer>(NatsServerOptions{.version = GetParam(), .config = config});
  const std::string at = "@127.0.0.1:" + std::to_string(server_->port());
  client_ = std::make_unique<JetStreamClient>("nats://admin:a" + at);
  client_->CreateStream({{"name", "ORDERS"}, {"subjects", {"orders.>"}}});
  client_->PublishMany(10, [](std::uint64_t) { return OutgoingMessage{"orders.new", "x", ""}; });
  for (const std::string name : {"long", "brief"}) {
    JetkeepProcess jetkeep({.server_url = "nats://" + name + ":s" + at,
                            .arguments = {"--inbox-prefix", "_SIDECAR"},
                            .prefix = name,
                            .wait_ready = false});
    for (int i = 0; i < 200 && client_->Request(name + ".backup.list", "").Status() == 503; ++i) {
      std::this_thread::sleep_for(milliseconds(50));
    }
    const std::string inbox = client_->NewInbox();
    const auto answers = client_->Subscribe(inbox);
    client_->Flush();
    // The job takes as long as its process is held up.
    ::kill(jetkeep.process().pid(), SIGSTOP);
    client_->Publish(name + ".backup.request", R"({"stream":"ORDERS","wait":true})", {}, inbox);
    client_->Flush();
    std::this_thread::sleep_for(milliseconds(1500));
    ::kill(jetkeep.process().pid(), SIGCONT);
    const auto answer = client_->Next(answers, name == "long" ? seconds(30) : seconds(3));
    EXPECT_EQ(answer.has_value(), name == "long");
    const std::string log = ReadWholeFile(server_->log_path());
    EXPECT_EQ(log.find("Publish Violation") != std::string::npos, name == "brief") << log;
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, AnswersTest, ::testing::ValuesIn(ServerVersions()), VersionName);
INSTANTIATE_TEST_SUITE_P(Servers, GrantsTest, ::testing::ValuesIn(AllServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing
