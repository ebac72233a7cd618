// What answers hold, and that they fit into one message.
#include <gtest/gtest.h>

#include <string>

#include "protocol/base/version.h"
#include "tests/unit/service/control/control_fixture.h"

namespace jetkeep::testing {
namespace {

using namespace std::chrono_literals;

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
  EXPECT_EQ(list["account"], "default");
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

TEST_F(ControlServiceTest, ShowsMessagesOfABackup) {
  Instance instance(server_->Url());
  for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
    const Document one = Ask("backup.get", {{"backup", "b7"}, {"sequence", 1}}, encoding);
    EXPECT_EQ(SchemaErrors("backup_get_response", one), "");
    EXPECT_EQ(one["message"]["payload"], "created");
  }
  ExpectError(Ask("backup.get", {{"backup", "none"}, {"sequence", 1}}), 70405, 404);
  ExpectError(Ask("backup.get", {{"backup", "b7"}, {"sequence", 3}}), 70416, 404);
  ExpectError(Ask("backup.get", {{"backup", "b7"}, {"sequence", 2}}), 70575, 507);
  ExpectError(Ask("backup.get", {{"backup", "b7"}}), 70400, 400);
  // Each page holds what fits into an answer, and says where the next one begins.
  std::uint64_t next = 1;
  std::uint64_t seen = 0;
  for (int pages = 0; next != 0 && pages < 100; ++pages) {
    const Document page = Ask("backup.messages", {{"backup", "b7"}, {"first_sequence", next}});
    ASSERT_EQ(SchemaErrors("backup_messages_response", page), "");
    for (const Document& message : page["messages"]) EXPECT_EQ(message["sequence"], ++seen);
    next = page.value("next_sequence", std::uint64_t{0});
  }
  EXPECT_EQ(seen, 100U);
}

TEST_F(ControlServiceTest, ADryRunIsAnsweredWithThePlanAndNoJobBegins) {
  Instance instance(server_->Url());
  const auto events = client.Subscribe("restore.*.*.*");
  client.Flush();
  for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
    const Document plan = Ask("restore.request", {{"backup", "b7"}, {"dry_run", true}}, encoding);
    EXPECT_EQ(SchemaErrors("restore_request_response", plan), "");
    EXPECT_EQ(last.Header("Jetkeep-Type"), "io.jetkeep.api.v1.restore_request_response");
    EXPECT_EQ(plan["backup"], "b7");
    EXPECT_EQ(plan["stream"], "ORDERS");
    EXPECT_EQ(plan["possible"], true);
    EXPECT_EQ(plan["consumers"].size(), 2U);
  }
  const Document refused = Ask("restore.request", {{"backup", "refused"}, {"dry_run", true}});
  EXPECT_EQ(SchemaErrors("restore_request_response", refused), "");
  EXPECT_EQ(refused["possible"], false);
  EXPECT_EQ(refused["refusals"].size(), 2U);
  EXPECT_EQ(refused["refusals"][1]["err_code"], 70575);
  ExpectError(Ask("restore.request", {{"backup", "none"}, {"dry_run", true}}), 70405, 404);
  ExpectError(Ask("restore.request", {{"stream", "A"}, {"dry_run", true}, {"wait", true}}), 70400,
              400);
  EXPECT_EQ(instance.engine.runs(), 0);
  EXPECT_EQ(Ask("backup.status", Document::object())["total"], 0);
  EXPECT_FALSE(client.Next(events, 50ms)) << "a dry run has no events";
  client.Unsubscribe(events);
}

TEST_F(ControlServiceTest, ALongDryRunKeepsNoOtherRequestWaitingAndEndsWithTheService) {
  Instance instance(server_->Url());
  const std::string inbox = client.NewInbox();
  const auto answers = client.Subscribe(inbox);
  for (int i = 0; i < 3; ++i) {
    client.Publish("restore.request", R"({"stream":"SLOW","dry_run":true})", {}, inbox);
  }
  client.Flush();
  EXPECT_EQ(Ask("backup.list", Document::object())["total"], 1);
  EXPECT_FALSE(client.Next(answers, 50ms));
  instance.Stop(5s);  // or this never ends
  client.Unsubscribe(answers);
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
  InstanceOptions options;
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

}  // namespace
}  // namespace jetkeep::testing
