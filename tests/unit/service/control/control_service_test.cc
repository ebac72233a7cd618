// The control service on a real server, driven by a client that is not ours, with an engine that
// does as told.
#include "service/control/control_service.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "protocol/base/version.h"
#include "protocol/control/body.h"
#include "service/loop/event_loop.h"
#include "service/nats/connection.h"
#include "tests/support/nats_client.h"
#include "tests/support/nats_server.h"
#include "tests/support/sanitized.h"
#include "tests/unit/protocol/control/schema_check.h"
#include "tests/unit/service/control/fake_engine.h"

namespace jetkeep {
namespace {

using namespace std::chrono_literals;
using testing::FakeEngine;
using testing::NatsClient;
using testing::NatsMessage;
using testing::NatsServer;
using testing::SchemaErrors;

// A service with its loop on a thread of its own, as `serve` has it on the main one.
class Instance {
 public:
  explicit Instance(const std::string& url, ControlOptions options = {}) {
    ConnectionOptions connection_options;
    connection_options.servers = {url};
    connection_ = std::move(Connection::Open(connection_options).value());
    EXPECT_TRUE(connection_->WaitConnected(10s));
    service_ = std::make_unique<ControlService>(loop_, *connection_, engine, options);
    const Status started = service_->Start();
    EXPECT_TRUE(started) << started.error().message;
    EXPECT_TRUE(connection_->Flush(5s));
    thread_ = std::thread([this] { loop_.Run(); });
  }
  ~Instance() { Stop(5s); }

  void Stop(std::chrono::milliseconds grace) {
    if (!thread_.joinable()) return;
    loop_.Post([this, grace] {
      service_->Stop(grace, [this](bool all) {
        all_ended = all;
        loop_.Stop();
      });
    });
    thread_.join();
    engine.Release();
    service_.reset();
    static_cast<void>(connection_->Drain(5s));
  }
  const std::string& id() const { return service_->id(); }

  FakeEngine engine;
  bool all_ended = false;

 private:
  EventLoop loop_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<ControlService> service_;
  std::thread thread_;
};

Document Read(const NatsMessage& message) {
  Result<Document> body = DecodeBody(message.payload, kAnswerLimits);
  EXPECT_TRUE(body) << message.payload;
  return body ? *body : Document::object();
}

class ControlServiceTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = new NatsServer({}); }
  static void TearDownTestSuite() {
    delete server_;
    server_ = nullptr;
  }
  ControlServiceTest() : client(server_->Url()) {}

  Document Ask(const std::string& subject, const Document& body,
               Encoding encoding = Encoding::kJson) {
    last = client.Request(subject, EncodeBody(body, encoding));
    EXPECT_EQ(DetectEncoding(last.payload), encoding) << subject;
    return Read(last);
  }
  // The events of a job until its last one, each held against its schema.
  std::vector<Document> EventsUntilEnd(std::uint64_t subscription) {
    std::vector<Document> events;
    while (true) {
      const std::optional<NatsMessage> message = client.Next(subscription, 10s);
      if (!message) {
        ADD_FAILURE() << "no last event";
        return events;
      }
      events.push_back(Read(*message));
      const std::string type = events.back()["type"].get<std::string>();
      EXPECT_EQ(SchemaErrors("event_" + type.substr(type.rfind('.') + 1), events.back()), "");
      for (const char* end : {"completed", "failed", "cancelled"}) {
        if (type.ends_with(end)) return events;
      }
    }
  }
  static std::string Kinds(const std::vector<Document>& events) {
    std::string kinds;
    for (const Document& event : events) {
      const std::string type = event["type"].get<std::string>();
      kinds += type.substr(type.rfind('_') + 1) + " ";
    }
    return kinds;
  }
  void ExpectError(const Document& answer, int err_code, int code) {
    EXPECT_EQ(SchemaErrors("error", answer), "");
    EXPECT_EQ(answer["error"]["err_code"], err_code) << answer.dump();
    EXPECT_EQ(last.Header("Nats-Service-Error-Code"), std::to_string(code));
    EXPECT_NE(last.Header("Nats-Service-Error"), "");
  }

  static inline NatsServer* server_ = nullptr;
  NatsClient client;
  NatsMessage last;
};

TEST_F(ControlServiceTest, AnswersAtOnceAndTellsAJobInEventsInTheEncodingOfTheRequest) {
  Instance instance(server_->Url());
  for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
    const auto events = client.Subscribe("backup.*.ORDERS.*");
    client.Flush();
    const Document answer = Ask("backup.request", {{"stream", "ORDERS"}}, encoding);
    EXPECT_EQ(SchemaErrors("backup_request_response", answer), "");
    EXPECT_EQ(answer["state"], "queued");
    EXPECT_EQ(answer["events"], "backup.*.ORDERS." + answer["job"].get<std::string>());
    const std::vector<Document> told = EventsUntilEnd(events);
    EXPECT_EQ(Kinds(told), "queued started progress completed ");
    EXPECT_EQ(told[2]["percent"], 100);
    EXPECT_EQ(told[3]["result"]["id"], "b-ORDERS");
    std::set<std::string> ids;
    for (const Document& event : told) ids.insert(event["id"].get<std::string>());
    EXPECT_EQ(ids.size(), told.size());
    client.Unsubscribe(events);
  }
}

TEST_F(ControlServiceTest, AnswersWithTheResultIfAskedToWait) {
  Instance instance(server_->Url());
  Document answer = Ask("backup.request", {{"stream", "ORDERS"}, {"wait", true}});
  EXPECT_EQ(SchemaErrors("event_backup_completed", answer), "");
  answer = Ask("restore.request", {{"backup", "b1"}, {"wait", true}}, Encoding::kMsgpack);
  EXPECT_EQ(SchemaErrors("event_restore_completed", answer), "");
  EXPECT_EQ(answer["stream"], "ORDERS");
  answer = Ask("backup.verify", {{"wait", true}});
  EXPECT_EQ(SchemaErrors("event_verify_completed", answer), "");
  EXPECT_EQ(answer["stream"], "_all");
  ExpectError(Ask("backup.request", {{"stream", "BROKEN"}, {"wait", true}}), 70560, 507);
}

TEST_F(ControlServiceTest, TakesTheSameIdAsTheSameJob) {
  Instance instance(server_->Url());
  const Document request = {{"stream", "ORDERS"}, {"job", "mine"}, {"wait", true}};
  const Document first = Ask("backup.request", request);
  const Document second = Ask("backup.request", request, Encoding::kMsgpack);
  EXPECT_EQ(first["id"], second["id"]);
  EXPECT_EQ(instance.engine.runs(), 1);
  ExpectError(Ask("backup.request", {{"stream", "OTHER"}, {"job", "mine"}}), 70410, 409);
  ExpectError(Ask("restore.request", {{"stream", "ORDERS"}, {"job", "mine"}}), 70410, 409);
}

TEST_F(ControlServiceTest, CancelsARunningJobAndOneInTheQueue) {
  Instance instance(server_->Url());
  const auto first = client.Subscribe("backup.*.SLOW.one");
  const auto second = client.Subscribe("backup.*.SLOW.two");
  client.Flush();
  Ask("backup.request", {{"stream", "SLOW"}, {"job", "one"}});
  Ask("backup.request", {{"stream", "SLOW"}, {"job", "two"}});
  Document status = Ask("backup.status", {{"job", "two"}});
  EXPECT_EQ(SchemaErrors("backup_status_response", status), "");
  EXPECT_EQ(status["state"], "queued");
  EXPECT_EQ(status["position"], 0);
  EXPECT_EQ(Ask("backup.cancel", {{"job", "two"}})["state"], "queued");
  EXPECT_EQ(Kinds(EventsUntilEnd(second)), "queued cancelled ");
  EXPECT_EQ(Ask("backup.cancel", {{"job", "one"}})["state"], "running");
  EXPECT_EQ(EventsUntilEnd(first).back()["type"], "io.jetkeep.event.v1.backup_cancelled");
  status = Ask("backup.status", Document::object(), Encoding::kMsgpack);
  EXPECT_EQ(SchemaErrors("backup_status_response", status), "");
  EXPECT_EQ(status["total"], 2);
  EXPECT_EQ(status["jobs"][0]["state"], "cancelled");
}

TEST_F(ControlServiceTest, TellsProgressAtMostFourTimesASecondAndTheEndOnce) {
  Instance instance(server_->Url());
  const auto events = client.Subscribe("backup.progress.SLOW2.*");
  client.Flush();
  Ask("backup.request", {{"stream", "SLOW2"}});
  std::this_thread::sleep_for(1500ms);
  instance.engine.Release();
  std::vector<Document> told;
  while (const auto message = client.Next(events, 1s)) told.push_back(Read(*message));
  ASSERT_GE(told.size(), 3U);
  EXPECT_LE(told.size(), 7U);
  EXPECT_TRUE(told[told.size() - 2].contains("remaining_seconds"));
  EXPECT_LT(told[told.size() - 2]["percent"], 100);
  EXPECT_EQ(told.back()["percent"], 100);
}

TEST_F(ControlServiceTest, TellsRetriesAndFailures) {
  Instance instance(server_->Url());
  const auto events = client.Subscribe("backup.*.*.j1");
  client.Flush();
  Ask("backup.request", {{"stream", "RETRY"}, {"job", "j1"}});
  EXPECT_EQ(Kinds(EventsUntilEnd(events)), "queued started retrying progress completed ");
  const auto failing = client.Subscribe("backup.*.*.j2");
  client.Flush();
  Ask("backup.request", {{"stream", "BROKEN"}, {"job", "j2"}});
  const std::vector<Document> told = EventsUntilEnd(failing);
  EXPECT_EQ(Kinds(told), "queued failed ");
  EXPECT_EQ(told.back()["error"]["err_code"], 70560);
}

TEST_F(ControlServiceTest, GivesEachMistakeItsOwnError) {
  Instance instance(server_->Url());
  ExpectError(Ask("backup.request", Document::object()), 70400, 400);
  ExpectError(Ask("backup.request", {{"streem", "A"}}), 70401, 400);
  ExpectError(Ask("backup.request", {{"stream", 1}}, Encoding::kMsgpack), 70402, 400);
  ExpectError(Ask("backup.request", {{"stream", "a b"}}), 70403, 400);
  ExpectError(Ask("backup.request", {{"stream", std::string(70'000, 'a')}}), 70413, 413);
  ExpectError(Ask("backup.request", {{"stream", "MISSING"}}), 70404, 404);
  ExpectError(Ask("restore.request", {{"stream", "MISSING"}}), 70405, 404);
  ExpectError(Ask("restore.request", {{"backup", "none"}}), 70405, 404);
  ExpectError(Ask("backup.show", {{"backup", "none"}}), 70405, 404);
  ExpectError(Ask("backup.show", {{"backup", "throws"}}), 70500, 500);
  ExpectError(Ask("backup.delete", {{"backup", "none"}}), 70405, 404);
  ExpectError(Ask("backup.delete", {{"backup", "last"}}), 70412, 409);
  ExpectError(Ask("backup.status", {{"job", "nobody"}}), 70406, 404);
  ExpectError(Ask("backup.cancel", {{"job", "nobody"}}), 70406, 404);
  ExpectError(Ask("backup.cancel", Document::object()), 70400, 400);
}

TEST_F(ControlServiceTest, ListsShowsAndDeletes) {
  Instance instance(server_->Url());
  instance.engine.backups = 2500;
  Document list = Ask("backup.list", {{"offset", 2400}, {"limit", 1000}}, Encoding::kMsgpack);
  EXPECT_EQ(SchemaErrors("backup_list_response", list), "");
  EXPECT_EQ(list["total"], 2500);
  EXPECT_EQ(list["backups"].size(), 100U);
  EXPECT_EQ(list["backups"][0]["id"], "b2400");
  EXPECT_EQ(list["warnings"][0], "manifest x: damaged");
  EXPECT_EQ(Ask("backup.list", {{"offset", 9999}})["backups"].size(), 0U);
  const Document shown = Ask("backup.show", {{"backup", "b7"}});
  EXPECT_EQ(SchemaErrors("backup_show_response", shown), "");
  EXPECT_EQ(SchemaErrors("backup_delete_response", Ask("backup.delete", {{"backup", "b7"}})), "");
  EXPECT_EQ(Ask("backup.delete", {{"backup", "last"}, {"last", true}})["deleted"], true);
}

TEST_F(ControlServiceTest, CutsAnAnswerThatWouldNotFitIntoOneMessage) {
  Instance instance(server_->Url());
  instance.engine.consumers = 20'000;
  const Document shown = Ask("backup.show", {{"backup", "b7"}});
  const std::size_t kept = shown["consumer_details"].size();
  EXPECT_GT(kept, 1000U);
  EXPECT_EQ(shown["truncated"]["consumer_details"], 20'000 - kept);
  EXPECT_EQ(SchemaErrors("backup_show_response", shown), "");
}

TEST_F(ControlServiceTest, WhateverAJobFoundItsEndFitsIntoOneMessage) {
  NatsServer small({.config = "max_payload: 16KB"});
  Instance instance(small.Url());
  NatsClient asking(small.Url());
  const auto events = asking.Subscribe("verify.completed.LONG.*");
  for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
    const Document request = {{"stream", "LONG"}, {"wait", true}};
    const Document answer = Read(asking.Request("backup.verify", EncodeBody(request, encoding)));
    EXPECT_EQ(SchemaErrors("event_verify_completed", answer), "");
    const std::size_t shown = answer["findings"].size();
    EXPECT_GT(shown, 5U);
    EXPECT_EQ(answer["truncated"]["findings"], 200 - shown);
    const auto event = asking.Next(events, 5s);
    ASSERT_TRUE(event);
    EXPECT_EQ(Read(*event), answer);
  }
}

TEST_F(ControlServiceTest, AStatusOfThousandsOfJobsListsTheFirst) {
  ControlOptions options;
  options.prefix = "full";
  options.max_jobs = 1;
  Instance instance(server_->Url(), options);
  for (int i = 0; i < 1'500; ++i) {
    client.Publish("full.backup.request",
                   R"({"stream":"SLOW","job":"j)" + std::to_string(i) + R"("})");
    if (i % 100 == 99) client.Flush();
  }
  Document status = Document::object();
  for (int i = 0; i < 100 && status.value("total", 0) < 1'500; ++i) {
    status = Ask("full.backup.status", Document::object());
  }
  EXPECT_EQ(status["total"], 1'500);
  EXPECT_EQ(status["jobs"].size(), 1'000U);
  EXPECT_EQ(status["jobs"][0]["state"], "running");
  EXPECT_EQ(status["jobs"][999]["position"], 998);
}

TEST_F(ControlServiceTest, TakesRequestsThatWaitForNoAnswer) {
  Instance instance(server_->Url());
  const auto done = client.Subscribe("backup.completed.>");
  const auto failed = client.Subscribe("backup.failed.>");
  client.Flush();
  client.Publish("backup.request", R"({"stream":"ORDERS","job":"quiet"})");
  client.Publish("backup.request", R"({"stream":"MISSING","job":"lost"})");
  client.Flush();
  const auto completed = client.Next(done, 5s);
  ASSERT_TRUE(completed);
  EXPECT_EQ(completed->subject, "backup.completed.ORDERS.quiet");
  const auto refused = client.Next(failed, 5s);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->subject, "backup.failed.MISSING.lost");
  EXPECT_EQ(SchemaErrors("event_backup_failed", Read(*refused)), "");
}

TEST_F(ControlServiceTest, LetsOnlyTheInstanceAnswerThatKnowsTheJob) {
  ControlOptions options;
  options.prefix = "two";
  Instance one(server_->Url(), options);
  Instance two(server_->Url(), options);
  for (int i = 0; i < 8; ++i) {
    const std::string job = "j" + std::to_string(i);
    Ask("two.backup.request", {{"stream", "ORDERS"}, {"job", job}, {"wait", true}});
    EXPECT_EQ(Ask("two.backup.status", {{"job", job}})["state"], "completed");
  }
  EXPECT_EQ(one.engine.runs() + two.engine.runs(), 8);
  ExpectError(Ask("two.backup.status", {{"job", "nobody"}}), 70406, 404);
}

TEST_F(ControlServiceTest, EveryAnswerSaysWhatItIsAndWhoGivesIt) {
  Instance instance(server_->Url());
  const auto expect_type = [&](const std::string& subject, const Document& body,
                               const std::string& type) {
    for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
      Ask(subject, body, encoding);
      EXPECT_EQ(last.Header("Jetkeep-Type"), type) << subject << body;
      EXPECT_EQ(last.Header("Jetkeep-Instance"), instance.id()) << subject << body;
      EXPECT_EQ(last.Header("Jetkeep-Version"), ProgramVersion()) << subject << body;
    }
  };
  const std::string api = "io.jetkeep.api.v1.";
  expect_type("backup.request", {{"stream", "A"}, {"job", "a"}}, api + "backup_request_response");
  expect_type("backup.request", {{"stream", "A"}, {"job", "a"}, {"wait", true}},
              api + "backup_request_response");
  expect_type("restore.request", {{"stream", "A"}}, api + "restore_request_response");
  expect_type("backup.verify", Document::object(), api + "backup_verify_response");
  expect_type("backup.list", Document::object(), api + "backup_list_response");
  expect_type("backup.show", {{"backup", "b7"}}, api + "backup_show_response");
  expect_type("backup.status", Document::object(), api + "backup_status_response");
  expect_type("backup.status", {{"job", "a"}}, api + "backup_status_response");
  expect_type("backup.cancel", {{"job", "a"}}, api + "backup_cancel_response");
  expect_type("backup.delete", {{"backup", "b7"}}, api + "backup_delete_response");
  expect_type("backup.list", {{"colour", 1}}, api + "error");
  expect_type("backup.status", {{"job", "nobody"}}, api + "error");
}

// One delivery of each request: of status and cancel at every instance, of the others at one.
TEST_F(ControlServiceTest, EachInstanceGetsARequestOnce) {
  ControlOptions options;
  options.prefix = "once";
  options.not_found_delay = 20ms;
  Instance one(server_->Url(), options);
  Instance two(server_->Url(), options);
  for (const char* subject : {"once.backup.list", "once.backup.status", "once.backup.cancel"}) {
    const std::string inbox = client.NewInbox();
    const auto answers = client.Subscribe(inbox);
    client.Publish(subject, R"({"job":"nobody"})", {}, inbox);
    client.Flush();
    std::multiset<std::string> instances;
    while (const auto answer = client.Next(answers, instances.empty() ? 5000ms : 300ms)) {
      instances.insert(answer->Header("Jetkeep-Instance"));
    }
    const std::size_t expected = std::string(subject) == "once.backup.list" ? 1 : 2;
    EXPECT_EQ(instances.size(), expected) << subject;
    EXPECT_EQ(std::set<std::string>(instances.begin(), instances.end()).size(), expected);
    client.Unsubscribe(answers);
  }
  // Whoever knows the job answers first, and the one that does not counts no error.
  Ask("once.backup.request", {{"stream", "ORDERS"}, {"job", "j1"}, {"wait", true}});
  EXPECT_EQ(Ask("once.backup.status", {{"job", "j1"}})["state"], "completed");
  std::this_thread::sleep_for(500ms);
  for (const Instance* instance : {&one, &two}) {
    const Document stats = Ask("$SRV.STATS.jetkeep." + instance->id(), Document::object());
    EXPECT_EQ(stats["endpoints"][5]["name"], "backup_status");
    EXPECT_EQ(stats["endpoints"][5]["num_errors"], 0) << stats;
    EXPECT_EQ(stats["endpoints"][5]["queue_group"], "");
  }
}

std::size_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

TEST_F(ControlServiceTest, ThousandsOfWaitingRequestsTakeLittleMemoryAndAllGetTheirAnswer) {
  constexpr int kRequests = 3'000;
  ControlOptions options;
  options.prefix = "many";
  options.max_jobs = 1;
  Instance instance(server_->Url(), options);
  Ask("many.backup.request", {{"stream", "SLOW"}, {"job", "first"}});
  Ask("many.backup.request", {{"stream", "SLOW"}, {"job", "queued"}});
  // 60 KiB each, most of it white space, which a body may hold.
  std::string body = R"({"stream":"SLOW","job":"queued","wait":true)";
  body += std::string(60 * 1024 - body.size() - 1, ' ') + "}";
  const std::string inbox = client.NewInbox();
  const auto answers = client.Subscribe(inbox);
  // What a first hundred leaves behind in allocators and buffers is none of what is kept.
  const auto send = [&](int count) {
    for (int i = 1; i <= count; ++i) {
      client.Publish("many.backup.request", body, {}, inbox);
      // Answered in turn, so all of the others have been taken in.
      if (i % 50 == 0) {
        EXPECT_EQ(Ask("many.backup.status", {{"job", "queued"}})["state"], "queued");
      }
    }
  };
  send(100);
  const std::size_t before = ResidentBytes();
  send(kRequests - 100);
  const std::size_t after = ResidentBytes();
  const std::size_t grown = after > before ? after - before : 0;
  RecordProperty("grown_kib", static_cast<int>(grown / 1024));
  constexpr std::size_t kMiB = std::size_t{1024} * 1024;
  EXPECT_LT(grown, kSanitized ? 512 * kMiB : 32 * kMiB);
  EXPECT_FALSE(client.Next(answers, 0ms)) << "somebody was refused";
  instance.engine.Release();
  for (int i = 0; i < kRequests; ++i) {
    const auto answer = client.Next(answers, 10s);
    ASSERT_TRUE(answer) << i;
    ASSERT_EQ(answer->Header("Jetkeep-Type"), "io.jetkeep.api.v1.backup_request_response");
  }
}

TEST_F(ControlServiceTest, WhoeverCannotWaitIsToldAtOnceAndOthersAreStillServed) {
  constexpr int kRequests = 12'000;
  ControlOptions options;
  options.prefix = "crowd";
  Instance instance(server_->Url(), options);
  const std::string inbox = client.NewInbox();
  const auto answers = client.Subscribe(inbox);
  for (int i = 0; i < kRequests; ++i) {
    client.Publish("crowd.backup.request", R"({"stream":"SLOW","job":"one","wait":true})", {},
                   inbox);
    if (i % 500 == 499) Ask("crowd.backup.status", {{"job", "one"}});
  }
  EXPECT_EQ(Ask("crowd.backup.list", Document::object())["total"], 1) << "others are shut out";
  int refused = 0;
  while (const auto answer = client.Next(answers, refused == 0 ? 5s : 1s)) {
    const Document error = Read(*answer);
    ASSERT_EQ(error["error"]["err_code"], 70429) << error;
    ++refused;
  }
  EXPECT_GT(refused, 4'000);
  EXPECT_LT(refused, kRequests - 2'000);
  // A refusal is a promise that no job has begun.
  ExpectError(Ask("crowd.backup.request", {{"stream", "B"}, {"job", "two"}, {"wait", true}}), 70429,
              429);
  ExpectError(Ask("crowd.backup.status", {{"job", "two"}}), 70406, 404);
  instance.engine.Release();
  for (int i = refused; i < kRequests; ++i) ASSERT_TRUE(client.Next(answers, 10s)) << i;
}

TEST_F(ControlServiceTest, ShowsItselfThroughTheServiceApi) {
  Instance instance(server_->Url());
  Ask("backup.list", Document::object());
  ExpectError(Ask("backup.list", {{"limit", 0}}), 70400, 400);
  for (const std::string& suffix :
       {std::string(), std::string(".jetkeep"), ".jetkeep." + instance.id()}) {
    const Document ping = Ask("$SRV.PING" + suffix, Document::object());
    EXPECT_EQ(ping["type"], "io.nats.micro.v1.ping_response");
    EXPECT_EQ(ping["id"], instance.id());
    const Document info = Ask("$SRV.INFO" + suffix, Document::object());
    EXPECT_EQ(info["endpoints"].size(), 8U);
    const Document stats = Ask("$SRV.STATS" + suffix, Document::object());
    const Document& list = stats["endpoints"][3];
    EXPECT_EQ(list["name"], "backup_list");
    EXPECT_EQ(list["num_requests"], 2);
    EXPECT_EQ(list["num_errors"], 1);
    EXPECT_TRUE(list["last_error"].get<std::string>().starts_with("400:"));
    EXPECT_GT(list["processing_time"], 0);
  }
}

TEST_F(ControlServiceTest, CancelsJobsAndAnswersWhoWaitsWhenItStops) {
  Instance instance(server_->Url());
  const auto events = client.Subscribe("backup.cancelled.>");
  const std::string inbox = client.NewInbox();
  const auto answers = client.Subscribe(inbox);
  client.Flush();
  client.Publish("backup.request", R"({"stream":"SLOW","job":"a","wait":true})", {}, inbox);
  client.Publish("backup.request", R"({"stream":"SLOW","job":"b","wait":true})", {}, inbox);
  client.Flush();
  for (int i = 0; i < 100 && instance.engine.runs() == 0; ++i) std::this_thread::sleep_for(20ms);
  instance.Stop(5s);
  EXPECT_TRUE(instance.all_ended);
  EXPECT_TRUE(client.Next(events, 5s));
  EXPECT_TRUE(client.Next(events, 5s));
  EXPECT_FALSE(client.Next(events, 100ms));
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.Next(answers, 5s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(Read(*answer)["error"]["err_code"], 70499);
  }
}

}  // namespace
}  // namespace jetkeep
