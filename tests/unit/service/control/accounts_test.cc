// Requests that name the account they are about.
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/service/control/control_fixture.h"

namespace jetkeep::testing {
namespace {

using namespace std::chrono_literals;

InstanceOptions WorkingFor(const std::string& account, const std::string& prefix) {
  InstanceOptions options;
  options.prefix = prefix;
  options.account = account;
  options.not_found_delay = 20ms;
  return options;
}

TEST_F(ControlServiceTest, EveryRequestMayNameItsAccountAndEveryAnswerNamesIt) {
  Instance instance(server_->Url(), WorkingFor("orders", "acc"));
  const auto named = [](Document body) {
    body["account"] = "orders";
    return body;
  };
  const auto expect = [&](const std::string& subject, const Document& body) {
    for (const Document& request : {body, named(body)}) {
      const Document answer = Ask("acc." + subject, request);
      EXPECT_EQ(answer.value("account", ""), "orders") << subject << answer;
    }
  };
  expect("backup.request", {{"stream", "ORDERS"}, {"job", "j1"}});
  expect("backup.request", {{"stream", "ORDERS"}, {"job", "j1"}, {"wait", true}});
  expect("restore.request", {{"backup", "b1"}, {"wait", true}});
  expect("restore.request", {{"backup", "b1"}, {"dry_run", true}});
  expect("backup.verify", {{"wait", true}});
  expect("backup.list", Document::object());
  expect("backup.status", {{"job", "j1"}});
  expect("backup.cancel", {{"job", "j1"}});
  expect("backup.delete", {{"backup", "b1"}});
  EXPECT_EQ(Ask("acc.backup.show", named({{"backup", "b1"}}))["id"], "b1");
  const Document jobs = Ask("acc.backup.status", named(Document::object()));
  EXPECT_GE(jobs["total"], 4);
  for (const Document& job : jobs["jobs"]) EXPECT_EQ(job["account"], "orders");
}

TEST_F(ControlServiceTest, AnUnknownAccountIsAClearErrorAndStartsNothing) {
  Instance instance(server_->Url(), WorkingFor("orders", "acc"));
  for (const std::string subject :
       {"backup.request", "restore.request", "backup.verify", "backup.list", "backup.show",
        "backup.status", "backup.cancel", "backup.delete"}) {
    ExpectError(Ask("acc." + subject, {{"account", "bills"}}), 70408, 404);
    const std::string error = last.Header("Nats-Service-Error");
    EXPECT_NE(error.find("bills"), std::string::npos) << error;
    ExpectError(Ask("acc." + subject, {{"account", ""}}), 70403, 400);
    ExpectError(Ask("acc." + subject, {{"account", 7}}), 70402, 400);
  }
  EXPECT_NE(Read(last).dump().find("account"), std::string::npos);
  EXPECT_EQ(instance.engine.runs(), 0);
  EXPECT_EQ(Ask("acc.backup.status", Document::object())["total"], 0);
}

// Of the instances that all get a request, the one that works for the account answers.
TEST_F(ControlServiceTest, AnotherInstanceMayWorkForTheAccount) {
  Instance orders(server_->Url(), WorkingFor("orders", "both"));
  Instance bills(server_->Url(), WorkingFor("bills", "both"));
  for (int i = 0; i < 5; ++i) {
    const Document orders_jobs = Ask("both.backup.status", {{"account", "orders"}});
    EXPECT_EQ(last.Header("Jetkeep-Instance"), orders.id()) << orders_jobs;
    Ask("both.backup.status", {{"account", "bills"}});
    EXPECT_EQ(last.Header("Jetkeep-Instance"), bills.id());
  }
  ExpectError(Ask("both.backup.status", {{"account", "none"}}), 70408, 404);
}

}  // namespace
}  // namespace jetkeep::testing
