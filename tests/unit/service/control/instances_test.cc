// Several instances, and how one of them is found and asked.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>

#include "protocol/control/subjects.h"
#include "tests/unit/service/control/control_fixture.h"

namespace jetkeep::testing {
namespace {

using namespace std::chrono_literals;

TEST_F(ControlServiceTest, LetsOnlyTheInstanceAnswerThatKnowsTheJob) {
  InstanceOptions options;
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

// One delivery of each request: of status and cancel at every instance, of the others at one.
TEST_F(ControlServiceTest, EachInstanceGetsARequestOnce) {
  InstanceOptions options;
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
    EXPECT_EQ(info["endpoints"].size(), kEndpoints.size());
    const Document stats = Ask("$SRV.STATS" + suffix, Document::object());
    const Document& list = stats["endpoints"][3];
    EXPECT_EQ(list["name"], "backup_list");
    EXPECT_EQ(list["num_requests"], 2);
    EXPECT_EQ(list["num_errors"], 1);
    EXPECT_TRUE(list["last_error"].get<std::string>().starts_with("400:"));
    EXPECT_GT(list["processing_time"], 0);
  }
}

InstanceOptions Of(const std::string& prefix, const std::string& repository) {
  InstanceOptions options;
  options.prefix = prefix;
  options.repository = repository;
  options.peer_interval = 500ms;
  return options;
}

TEST_F(ControlServiceTest, ARequestCanBeAddressedToOneInstance) {
  Instance one(server_->Url(), Of("addr", "repo-1"));
  Instance two(server_->Url(), Of("addr", "repo-2"));
  two.engine.backups = 2;
  for (int i = 0; i < 4; ++i) {
    for (const auto* instance : {&one, &two}) {
      const std::string at = "addr.backup.instance." + instance->id() + ".";
      const std::string job = instance->id().substr(0, 8) + std::to_string(i);
      EXPECT_EQ(Ask(at + "backup.list", Document::object())["total"], instance == &one ? 1 : 2);
      EXPECT_EQ(last.Header("Jetkeep-Instance"), instance->id());
      EXPECT_EQ(last.Header("Jetkeep-Repository"), instance == &one ? "repo-1" : "repo-2");
      EXPECT_EQ(last.Header("Jetkeep-Account"), "default");
      const Document done =
          Ask(at + "restore.request", {{"backup", "b1"}, {"job", job}, {"wait", true}});
      EXPECT_EQ(done["account"], "default");
      EXPECT_EQ(Ask(at + "backup.status", {{"job", job}})["account"], "default");
      ExpectError(Ask(at + "backup.status", {{"job", "nobody"}}), 70406, 404);
      ExpectError(Ask(at + "backup.colour", Document::object()), 70400, 400);
    }
  }
  EXPECT_EQ(one.engine.runs(), 4);
  EXPECT_EQ(two.engine.runs(), 4);
  client.Publish("addr.backup.instance.nobody.backup.list", "{}");
  const NatsMessage nobody = client.Request("addr.backup.instance.nobody.backup.list", "{}");
  EXPECT_EQ(nobody.Status(), 503);
}

TEST_F(ControlServiceTest, InstancesWithAnotherRepositoryOnTheSameSubjectsAreNamed) {
  Instance one(server_->Url(), Of("peers", "repo-1"));
  Instance elsewhere(server_->Url(), Of("elsewhere", "repo-3"));
  Instance same(server_->Url(), Of("peers", "repo-1"));
  const auto warnings = [&](const std::string& prefix, const Instance& instance,
                            const std::string& until) {
    std::string text;
    for (int i = 0; i < 100; ++i) {
      const std::string at = prefix + ".backup.instance." + instance.id() + ".backup.status";
      text = Ask(at, Document::object())["warnings"].dump();
      if (until.empty() ? text == "[]" : text.find(until) != std::string::npos) break;
      std::this_thread::sleep_for(100ms);
    }
    return text;
  };
  // Long enough for two rounds of questions.
  std::this_thread::sleep_for(2500ms);
  EXPECT_EQ(warnings("peers", one, ""), "[]");
  EXPECT_EQ(warnings("peers", same, ""), "[]");
  EXPECT_EQ(warnings("elsewhere", elsewhere, ""), "[]");
  {
    Instance other(server_->Url(), Of("peers", "repo-2"));
    for (const Instance* instance : {&one, &same}) {
      const std::string text = warnings("peers", *instance, other.id());
      EXPECT_NE(text.find(other.id()), std::string::npos) << text;
      EXPECT_NE(text.find("repo-2"), std::string::npos) << text;
      EXPECT_EQ(text.find(elsewhere.id()), std::string::npos) << text;
    }
    const std::string text = warnings("peers", other, same.id());
    EXPECT_NE(text.find(one.id()), std::string::npos) << text;
    EXPECT_NE(text.find(same.id()), std::string::npos) << text;
  }
  EXPECT_EQ(warnings("peers", one, ""), "[]") << "the other one has gone";
}

// As version 0.1 answers.
TEST_F(ControlServiceTest, AnInstanceThatDoesNotTellItsRepositoryIsNamed) {
  NatsClient old(server_->Url());
  const auto pings = old.Subscribe("$SRV.PING.jetkeep");
  old.Flush();
  Instance one(server_->Url(), Of("aged", "repo-1"));
  const auto ping = old.Next(pings, 10s);
  ASSERT_TRUE(ping);
  old.Publish(ping->reply, R"({"name":"jetkeep","id":"OLD","version":"0.1.0","metadata":{}})");
  old.Publish(ping->reply, "not JSON");
  old.Publish(ping->reply, "[]");
  old.Flush();
  std::string text;
  for (int i = 0; i < 100 && text.find("OLD") == std::string::npos; ++i) {
    text = Ask("aged.backup.status", Document::object())["warnings"].dump();
    std::this_thread::sleep_for(50ms);
  }
  EXPECT_NE(text.find("instance OLD (version 0.1.0) does not report its repository"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace jetkeep::testing
