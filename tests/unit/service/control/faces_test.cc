// Several faces of one JobManager: each on a connection of its own, for the accounts that its
// clients may ask for. The subjects have a prefix for each, so that one server serves as two.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "service/jobs/job_manager.h"
#include "tests/unit/service/control/control_fixture.h"

namespace jetkeep::testing {
namespace {

using namespace std::chrono_literals;

// Accounts "a" (whose clients may ask for both) and "b", with the prefixes "fa" and "fb".
class TwoFaces {
 public:
  explicit TwoFaces(const std::string& url, std::vector<std::string> refuse = {}) {
    for (const std::string name : {"a", "b"}) {
      ConnectionOptions options;
      options.servers = {url};
      auto& connection = connections_[name];
      connection = std::move(Connection::Open(options).value());
      EXPECT_TRUE(connection->WaitConnected(10s));
    }
    const ServedAccount a{"a", &engines["a"], nullptr, "repository-a"};
    const ServedAccount b{"b", &engines["b"], nullptr, "repository-b"};
    accounts_ = std::make_unique<ServedAccounts>(std::vector<ServedAccount>{a, b});
    manager_ = std::make_unique<JobManager>(loop_, *accounts_,
                                            JobManagerOptions{.limits = {.running = 2}});
    const auto add = [&](const std::string& name, const SharedJobs& jobs) {
      ControlOptions control;
      control.prefix = "f" + name;
      control.account = name;
      control.repository = "repository-" + name;
      control.not_found_delay = 20ms;
      control.refuse = refuse;
      faces_[name] = std::make_unique<ControlService>(loop_, *connections_[name], jobs, control);
      EXPECT_TRUE(faces_[name]->Start());
      EXPECT_TRUE(connections_[name]->Flush(5s));
    };
    add("a", {*manager_, ServedAccounts({a, b}), true});
    add("b", {*manager_, ServedAccounts(std::vector<ServedAccount>{b}), false});
    thread_ = std::thread([this] { loop_.Run(); });
  }
  ~TwoFaces() {
    loop_.Post([this] {
      for (auto& [name, face] : faces_) face->StopTaking();
      manager_->Stop(5s, [this](bool) { loop_.Stop(); });
    });
    thread_.join();
    for (auto& [name, engine] : engines) engine.Release();
    faces_.clear();
    manager_.reset();
  }

  std::map<std::string, FakeEngine> engines;

 private:
  EventLoop loop_;
  std::map<std::string, std::unique_ptr<Connection>> connections_;
  std::unique_ptr<ServedAccounts> accounts_;
  std::unique_ptr<JobManager> manager_;
  std::map<std::string, std::unique_ptr<ControlService>> faces_;
  std::thread thread_;
};

using FacesTest = ControlServiceTest;

TEST_F(FacesTest, AClientAsksForItsOwnAccountUnlessItMayAskForOthers) {
  TwoFaces service(server_->Url());
  EXPECT_EQ(Ask("fa.backup.list", Document::object())["account"], "a");
  EXPECT_EQ(last.Header("Jetkeep-Repository"), "repository-a");
  EXPECT_EQ(Ask("fb.backup.list", Document::object())["account"], "b");
  EXPECT_EQ(last.Header("Jetkeep-Account"), "b");
  EXPECT_EQ(Ask("fa.backup.list", {{"account", "b"}})["account"], "b");
  EXPECT_EQ(last.Header("Jetkeep-Account"), "b");
  EXPECT_EQ(last.Header("Jetkeep-Repository"), "repository-b");
  for (const std::string subject :
       {"backup.request", "restore.request", "backup.verify", "backup.list", "backup.delete",
        "backup.status", "backup.cancel", "backup.prune", "backup.pin"}) {
    ExpectError(Ask("fb." + subject, {{"account", "a"}}), 70408, 404);
    EXPECT_NE(last.payload.find("These can: b."), std::string::npos) << last.payload;
  }
  EXPECT_EQ(service.engines["a"].runs(), 0);
}

TEST_F(FacesTest, JobsAreSeenAndCancelledByThoseWhoMayAskForTheirAccount) {
  TwoFaces service(server_->Url());
  Ask("fa.backup.request", {{"stream", "SLOW"}, {"job", "nightly"}});
  const Document of_b = Ask("fb.backup.request", {{"stream", "SLOW"}, {"job", "nightly"}});
  EXPECT_EQ(of_b["account"], "b") << "the id is another one there: " << of_b;
  EXPECT_EQ(Ask("fa.backup.status", Document::object())["total"], 2);
  EXPECT_EQ(Ask("fa.backup.status", {{"account", "b"}})["total"], 1);
  const Document seen = Ask("fb.backup.status", Document::object());
  EXPECT_EQ(seen["total"], 1) << seen;
  EXPECT_EQ(seen["jobs"][0]["account"], "b");
  EXPECT_EQ(seen["jobs"][0]["state"], "running") << "the other account's stream is another one";
  EXPECT_EQ(Ask("fa.backup.status", {{"job", "nightly"}})["account"], "a") << "its own";
  // One that only the other account has is meant by nobody who does not say so.
  Ask("fb.backup.request", {{"stream", "SLOW3"}, {"job", "of-b"}});
  for (const std::string request : {"fa.backup.status", "fa.backup.cancel"}) {
    ExpectError(Ask(request, {{"job", "of-b"}}), 70406, 404);
  }
  EXPECT_NE(Ask("fa.backup.status", {{"job", "of-b"}, {"account", "b"}})["state"], "cancelled");
  EXPECT_EQ(Ask("fa.backup.cancel", {{"job", "of-b"}, {"account", "b"}})["account"], "b");
  EXPECT_EQ(Ask("fa.backup.cancel", {{"job", "nightly"}, {"account", "b"}})["account"], "b");
  Ask("fa.backup.request", {{"stream", "SLOW2"}, {"job", "of-a"}});
  ExpectError(Ask("fb.backup.status", {{"job", "of-a"}}), 70406, 404);
  ExpectError(Ask("fb.backup.cancel", {{"job", "of-a"}}), 70406, 404);
  EXPECT_EQ(Ask("fa.backup.status", {{"job", "of-a"}})["state"], "running");
}

TEST_F(FacesTest, OneBoundHoldsForAllAccounts) {
  TwoFaces service(server_->Url());
  Ask("fa.backup.request", {{"stream", "SLOW1"}, {"job", "j1"}});
  Ask("fa.backup.request", {{"stream", "SLOW2"}, {"job", "j2"}});
  Ask("fb.backup.request", {{"stream", "SLOW3"}, {"job", "j3"}});
  EXPECT_EQ(Ask("fb.backup.status", {{"job", "j3"}})["state"], "queued");
  Ask("fa.backup.cancel", {{"job", "j1"}});
  for (int i = 0; i < 100; ++i) {
    if (Ask("fb.backup.status", {{"job", "j3"}})["state"] == "running") return;
    std::this_thread::sleep_for(20ms);
  }
  FAIL() << last.payload;
}

TEST_F(FacesTest, EventsGoToTheAccountOfTheJobAndToThoseWhoMayAskForIt) {
  TwoFaces service(server_->Url());
  const auto to_a = client.Subscribe("fa.backup.*.*.*");
  const auto to_b = client.Subscribe("fb.backup.*.*.*");
  client.Flush();
  Ask("fb.backup.request", {{"stream", "ORDERS"}, {"job", "j1"}, {"wait", true}});
  for (const auto subscription : {to_a, to_b}) {
    const std::vector<Document> events = EventsUntilEnd(subscription);
    ASSERT_FALSE(events.empty());
    for (const Document& event : events) EXPECT_EQ(event["account"], "b");
  }
  Ask("fa.backup.request", {{"stream", "ORDERS"}, {"job", "j2"}, {"wait", true}});
  EXPECT_EQ(EventsUntilEnd(to_a).back()["account"], "a");
  client.Flush();
  EXPECT_FALSE(client.Next(to_b, 100ms)) << "no event of an account that it may not ask for";
}

TEST_F(FacesTest, WhatIsSwitchedOffIsRefusedButForDryRuns) {
  TwoFaces service(server_->Url(), {"restore", "delete", "prune"});
  for (const std::string prefix : {"fa.", "fb."}) {
    ExpectError(Ask(prefix + "restore.request", {{"backup", "b1"}}), 70423, 403);
    EXPECT_NE(last.Header("Nats-Service-Error").find("restore"), std::string::npos);
    ExpectError(Ask(prefix + "backup.delete", {{"backup", "b1"}}), 70423, 403);
    ExpectError(Ask(prefix + "backup.prune", {{"keep", {{"last", 1}}}}), 70423, 403);
    EXPECT_FALSE(
        Ask(prefix + "restore.request", {{"backup", "b1"}, {"dry_run", true}}).contains("error"));
    EXPECT_FALSE(Ask(prefix + "backup.prune", {{"keep", {{"last", 1}}}, {"dry_run", true}})
                     .contains("error"));
    EXPECT_FALSE(Ask(prefix + "backup.list", Document::object()).contains("error"));
  }
}

}  // namespace
}  // namespace jetkeep::testing
