// One `serve` for several accounts, of one server and of several.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/integration/place.h"
#include "tests/integration/round_trip.h"
#include "tests/support/stream_dump.h"
#include "tests/support/tcp_socket.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kAccountNotFound = 70408;
constexpr int kJobNotFound = 70406;
constexpr int kSwitchedOff = 70423;

// Two accounts of one server; the user "mute" of the second may publish no event.
constexpr const char* kTwoAccounts = R"(
accounts {
  A: { jetstream: enabled, users: [ { user: a, password: a } ] }
  B: { jetstream: enabled, users: [
    { user: b, password: b }
    { user: mute, password: b, permissions: { publish: { deny: [ "backup.*.*.*", "restore.*.*.*" ] } } }
  ] }
})";

std::string UrlOf(const NatsServer& server, const std::string& login) {
  return "nats://" + login + "@127.0.0.1:" + std::to_string(server.port());
}

// Newer servers show a setting that is off, older ones do not have it.
std::vector<std::string> Differences(const StreamDump& before, const StreamDump& after) {
  std::vector<std::string> found = Compare(before, after);
  std::erase_if(found, [](const std::string& one) {
    return one.starts_with("config.allow_msg_ttl: expected false");
  });
  return found;
}

struct AccountEntry {
  std::string name;
  std::string url;
  std::string store = "one";
  std::string more = {};  // lines of the entry
};

std::string ConfigOf(const std::vector<AccountEntry>& accounts, const ScratchDirectory& directory,
                     const std::string& more = {}) {
  std::string text = "accounts:\n";
  for (const AccountEntry& one : accounts) {
    text += "  - name: " + one.name + "\n    servers: [\"" + one.url +
            "\"]\n    store: " + one.store + "\n" + one.more;
  }
  text += "stores:\n";
  for (const std::string name : {"one", "two"}) {
    text += "  - name: " + name + "\n    path: " + (directory / name) + "\n";
  }
  return text + "retry:\n  first_delay: 100ms\n" + more;
}

bool LogComesToHold(const JetkeepProcess& jetkeep, const std::string& text, std::size_t from = 0) {
  for (int i = 0; i < 300; ++i) {
    if (jetkeep.Log().find(text, from) != std::string::npos) return true;
    std::this_thread::sleep_for(milliseconds(100));
  }
  return false;
}

// Until somebody listens there.
void WaitServed(NatsClient& client) {
  for (int i = 0; i < 400; ++i) {
    if (client.Request("backup.list", "").Status() != 503) return;
    std::this_thread::sleep_for(milliseconds(50));
  }
  throw std::runtime_error("no jetkeep listens");
}

void Fill(JetStreamClient& client, const std::string& stream, const std::string& words,
          std::uint64_t count = 50) {
  client.CreateStream({{"name", stream}, {"subjects", {stream + ".>"}}});
  client.PublishMany(count, [&](std::uint64_t i) {
    return OutgoingMessage{stream + ".m", words + std::to_string(i), ""};
  });
}

Json Done(JetStreamClient& client, const std::string& subject, Json request) {
  request["wait"] = true;
  return Ask(client, subject, request, seconds(60));
}

// Kinds of the events that have come, and whose they are: "b:completed".
std::vector<std::string> EventsOf(NatsClient& client, std::uint64_t subscription) {
  std::vector<std::string> events;
  while (const auto message = client.Next(subscription, milliseconds(500))) {
    const Json event = message->Json();
    const std::string type = event.at("type");
    events.push_back(event.at("account").get<std::string>() + type.substr(type.rfind('_')));
  }
  return events;
}

bool Holds(const std::vector<std::string>& all, const std::string& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

TEST(Accounts, TwoOfOneServerAreServedAtOnceEachForItself) {
  for (const std::string version : {"2.10", "2.14"}) {
    SCOPED_TRACE(version);
    ScratchDirectory directory("accounts");
    NatsServer server({.version = version, .config = kTwoAccounts});
    JetStreamClient a(UrlOf(server, "a:a"));
    JetStreamClient b(UrlOf(server, "b:b"));
    Fill(a, "ORDERS", "of a ");
    Fill(b, "ORDERS", "of b ", 70);
    JetkeepProcess jetkeep(
        {.server_url = UrlOf(server, "a:a"),
         .config = ConfigOf({{"alpha", UrlOf(server, "a:a")}, {"beta", UrlOf(server, "b:b")}},
                            directory)});
    WaitServed(b);
    const auto events_of_b = b.Subscribe("backup.*.*.*");
    b.Flush();
    const Json backup_a = Done(a, "backup.request", {{"stream", "ORDERS"}});
    EXPECT_EQ(backup_a.at("account"), "alpha");
    EXPECT_EQ(backup_a.at("result").at("messages"), 50);
    EXPECT_TRUE(EventsOf(b, events_of_b).empty()) << "no event of another account";
    const Json backup_b = Done(b, "backup.request", {{"stream", "ORDERS"}});
    EXPECT_EQ(backup_b.at("account"), "beta");
    EXPECT_EQ(backup_b.at("result").at("messages"), 70);
    EXPECT_TRUE(Holds(EventsOf(b, events_of_b), "beta_completed"));
    for (auto* client : {&a, &b}) {
      const Json list = Ask(*client, "backup.list", Json::object());
      EXPECT_EQ(list.at("total"), 1) << list;
      EXPECT_EQ(list.at("account"), client == &a ? "alpha" : "beta");
      EXPECT_EQ(Ask(*client, "backup.status", Json::object()).at("total"), 1);
    }
    // Neither may name the other, nor see or touch what is the other's.
    EXPECT_EQ(CodeOf(Ask(a, "backup.list", {{"account", "beta"}})), kAccountNotFound);
    EXPECT_EQ(CodeOf(Ask(a, "backup.status", {{"job", backup_b.at("job")}})), kJobNotFound);
    EXPECT_NE(CodeOf(Ask(a, "backup.show", {{"backup", backup_b.at("result").at("id")}})), 0);
    // Each restores its own.
    const StreamDump before_a = DumpStream(a, "ORDERS");
    const StreamDump before_b = DumpStream(b, "ORDERS");
    a.DeleteStream("ORDERS");
    b.DeleteStream("ORDERS");
    EXPECT_EQ(CodeOf(Done(a, "restore.request", {{"stream", "ORDERS"}})), 0);
    EXPECT_EQ(CodeOf(Done(b, "restore.request", {{"stream", "ORDERS"}})), 0);
    EXPECT_EQ(Joined(Differences(before_a, DumpStream(a, "ORDERS"))), "");
    EXPECT_EQ(Joined(Differences(before_b, DumpStream(b, "ORDERS"))), "");
    // After a restart the history is each one's, too.
    EXPECT_EQ(jetkeep.Stop(), 0);
    jetkeep.Start();
    WaitServed(b);
    EXPECT_EQ(Ask(b, "backup.status", {{"job", backup_b.at("job")}}).at("account"), "beta");
    EXPECT_EQ(CodeOf(Ask(a, "backup.status", {{"job", backup_b.at("job")}})), kJobNotFound);
    EXPECT_NE(jetkeep.Log().find("account=beta"), std::string::npos) << jetkeep.Log();
    jetkeep.ExpectSmallMemory();
    EXPECT_EQ(jetkeep.Stop(), 0);
  }
}

TEST(Accounts, OneMayBeGivenControlOfAllAndFollowsTheEventsThatTheOtherMayNotPublish) {
  ScratchDirectory directory("accounts");
  NatsServer server({.version = "2.11", .config = kTwoAccounts});
  JetStreamClient a(UrlOf(server, "a:a"));
  JetStreamClient b(UrlOf(server, "b:b"));
  Fill(b, "BILLS", "of b ");
  JetkeepProcess jetkeep(
      {.server_url = UrlOf(server, "a:a"),
       .config = ConfigOf({{"ops", UrlOf(server, "a:a"), "one", "    control: all\n"},
                           {"beta", UrlOf(server, "mute:b"), "two"}},
                          directory)});
  WaitServed(b);
  const auto at_a = a.Subscribe("backup.*.*.*");
  const auto at_b = b.Subscribe("backup.*.*.*");
  a.Flush();
  b.Flush();
  const Json done = Done(a, "backup.request", {{"stream", "BILLS"}, {"account", "beta"}});
  EXPECT_EQ(CodeOf(done), 0) << done << jetkeep.Log();
  EXPECT_EQ(done.at("account"), "beta");
  EXPECT_TRUE(Holds(EventsOf(a, at_a), "beta_completed"));
  EXPECT_TRUE(EventsOf(b, at_b).empty()) << "its connection may not publish them";
  EXPECT_EQ(Ask(a, "backup.list", {{"account", "beta"}}).at("total"), 1);
  EXPECT_EQ(Ask(a, "backup.list", Json::object()).at("total"), 0) << "its own store holds none";
  EXPECT_EQ(Ask(b, "backup.list", Json::object()).at("total"), 1);
  EXPECT_EQ(Ask(a, "backup.status", Json::object()).at("jobs").at(0).at("account"), "beta");
  EXPECT_EQ(CodeOf(Ask(b, "backup.list", {{"account", "ops"}})), kAccountNotFound);
  EXPECT_EQ(CodeOf(Ask(a, "backup.list", {{"account", "none"}})), kAccountNotFound);
  // The command line does the same.
  const ProgramResult list =
      RunJetkeep({"list", "--server", UrlOf(server, "a:a"), "--account", "beta", "--json"});
  EXPECT_EQ(list.exit_code, 0) << list.error;
  EXPECT_EQ(Json::parse(list.output).at("total"), 1);
  EXPECT_EQ(RunJetkeep({"list", "--server", UrlOf(server, "b:b"), "--account", "ops"}).exit_code,
            54);
  EXPECT_EQ(jetkeep.Stop(), 0);
}

TEST(Accounts, ABackupIsRestoredIntoAnotherAccountOrServerByWhoMayAskForIt) {
  ScratchDirectory directory("accounts");
  NatsServer prod({.version = "2.12", .name = "prod", .config = kTwoAccounts});
  NatsServer staging({.version = "2.10", .name = "staging"});
  JetStreamClient a(UrlOf(prod, "a:a"));
  JetStreamClient b(UrlOf(prod, "b:b"));
  JetStreamClient elsewhere(staging.Url());
  JetkeepProcess jetkeep(
      {.server_url = UrlOf(prod, "a:a"),
       .config = ConfigOf({{"prod", UrlOf(prod, "a:a"), "one", "    control: all\n"},
                           {"team", UrlOf(prod, "b:b"), "one"},
                           {"staging", staging.Url(), "two", "    control: none\n"}},
                          directory)});
  WaitServed(b);
  Fill(a, "ORDERS", "of a ");
  Fill(a, "BILLS", "bill ");
  a.CreateConsumer("ORDERS", {{"durable_name", "worker"}, {"ack_policy", "explicit"}});
  const StreamDump orders = DumpStream(a, "ORDERS");
  const StreamDump bills = DumpStream(a, "BILLS");
  const Json set = Done(a, "backup.request", {{"streams", {"*"}}});
  ASSERT_EQ(CodeOf(set), 0) << set;

  // The plan is about the other account, and changes nothing.
  const Json plan =
      Ask(a, "restore.request", {{"stream", "ORDERS"}, {"target", "staging"}, {"dry_run", true}});
  EXPECT_EQ(CodeOf(plan), 0) << plan;
  EXPECT_EQ(plan.at("target"), "staging");
  EXPECT_EQ(plan.at("archive"), "v1") << "as the target's version takes it";
  EXPECT_TRUE(plan.at("possible")) << plan;
  EXPECT_FALSE(elsewhere.StreamExists("ORDERS"));
  EXPECT_FALSE(Ask(a, "restore.request", {{"stream", "ORDERS"}, {"dry_run", true}}).at("possible"))
      << "here the stream is";

  const auto events = a.Subscribe("restore.completed.*.*");
  a.Flush();
  const Json done =
      Done(a, "restore.request", {{"stream", "ORDERS"}, {"target", "staging"}, {"job", "j1"}});
  ASSERT_EQ(CodeOf(done), 0) << done << jetkeep.Log();
  EXPECT_EQ(done.at("account"), "prod");
  EXPECT_EQ(done.at("target"), "staging");
  EXPECT_EQ(a.Next(events, seconds(5)).value().Json().at("target"), "staging");
  EXPECT_EQ(Ask(a, "backup.status", {{"job", "j1"}}).at("target"), "staging");
  EXPECT_EQ(Joined(Differences(orders, DumpStream(elsewhere, "ORDERS"))), "");
  EXPECT_EQ(elsewhere.ConsumerNames("ORDERS"), std::vector<std::string>{"worker"});
  // The note that the stream is another one now lies beside the target's backups, not the source's.
  const auto noted = [&](const std::string& place) {
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(directory / place, none)) {
      if (entry.path().filename().string().starts_with("jk.restored.")) return true;
    }
    return false;
  };
  EXPECT_TRUE(noted("two/staging/@orders"));
  EXPECT_FALSE(noted("one/staging/@orders"));
  // Again: it is there.
  EXPECT_EQ(CodeOf(Done(a, "restore.request", {{"stream", "ORDERS"}, {"target", "staging"}})),
            70409);
  EXPECT_EQ(CodeOf(Done(a, "restore.request",
                        {{"stream", "ORDERS"},
                         {"target", "staging"},
                         {"as", "COPY"},
                         {"map_subjects", {{{"from", "ORDERS.>"}, {"to", "copy.>"}}}}})),
            0);
  EXPECT_EQ(elsewhere.StreamInfo("COPY").at("state").at("messages"), 50);
  // Another account of the same server, by a set.
  const Json both = Done(a, "restore.request", {{"set", "latest"}, {"target", "team"}});
  EXPECT_EQ(CodeOf(both), 0) << both << jetkeep.Log();
  EXPECT_EQ(both.at("target"), "team");
  EXPECT_EQ(Joined(Differences(orders, DumpStream(b, "ORDERS"))), "");
  EXPECT_EQ(Joined(Differences(bills, DumpStream(b, "BILLS"))), "");
  // The source is as it was, and its backups are its own.
  EXPECT_EQ(Joined(Differences(orders, DumpStream(a, "ORDERS"))), "");
  EXPECT_EQ(Ask(b, "backup.list", Json::object()).at("total"), 0);
  // The next backup of the other account begins a life of its own.
  EXPECT_EQ(CodeOf(Done(b, "backup.request", {{"stream", "ORDERS"}})), 0);

  // By the command line.
  elsewhere.DeleteStream("ORDERS");
  const ProgramResult restore = RunJetkeep(
      {"restore", "ORDERS", "--target", "staging", "--verbose", "--server", UrlOf(prod, "a:a")});
  EXPECT_EQ(restore.exit_code, 0) << restore.error;
  EXPECT_EQ(Joined(Differences(orders, DumpStream(elsewhere, "ORDERS"))), "");

  // After a restart it is still known where a restore went.
  jetkeep.Kill();
  jetkeep.Start();
  WaitServed(a);
  const Json later = Ask(a, "backup.status", {{"job", "j1"}});
  EXPECT_EQ(CodeOf(later), 0) << later;
  EXPECT_EQ(later.at("from_history"), true);
  EXPECT_EQ(later.at("target"), "staging");
  WaitServed(b);

  // Who may ask for no other account may not restore into one.
  b.DeleteStream("ORDERS");
  for (const std::string target : {"prod", "staging", "none"}) {
    EXPECT_EQ(CodeOf(Done(b, "restore.request", {{"stream", "ORDERS"}, {"target", target}})),
              kAccountNotFound);
  }
  EXPECT_EQ(CodeOf(Done(b, "restore.request", {{"stream", "ORDERS"}, {"target", "team"}})), 0)
      << "its own";
  EXPECT_EQ(CodeOf(Ask(a, "restore.request", {{"stream", "ORDERS"}, {"target", ""}})), 70403);
  EXPECT_EQ(jetkeep.Stop(), 0);
}

// A restore that is killed is cleaned up where it was going, whichever store the target has.
TEST(Accounts, AKilledRestoreIntoAnotherAccountIsCleanedUpThere) {
  for (const std::string store : {"one", "two"}) {
    SCOPED_TRACE(store);
    ScratchDirectory directory("accounts");
    NatsServer prod({.version = "2.12", .name = "prod"});
    NatsServer staging({.version = "2.12", .name = "staging"});
    JetStreamClient a(prod.Url());
    JetStreamClient elsewhere(staging.Url());
    JetkeepProcess jetkeep({.server_url = prod.Url(),
                            .config = ConfigOf({{"prod", prod.Url(), "one", "    control: all\n"},
                                                {"staging", staging.Url(), store}},
                                               directory)});
    WaitServed(elsewhere);
    a.CreateStream({{"name", "LARGE"}, {"subjects", {"l"}}});
    const std::string payload(64 * 1024, 'x');
    a.PublishMany(3'000, [&](std::uint64_t) { return OutgoingMessage{"l", payload, ""}; });
    ASSERT_EQ(CodeOf(Done(a, "backup.request", {{"stream", "LARGE"}})), 0) << jetkeep.Log();
    Ask(a, "restore.request", {{"stream", "LARGE"}, {"target", "staging"}, {"job", "killed"}});
    const std::string records = directory / "one";
    const auto recorded = [&] {
      const auto files = std::filesystem::directory_iterator(records);
      return std::any_of(begin(files), end(files), [](const auto& entry) {
        const std::string name = entry.path().filename();
        return name.starts_with("restore.") && name.ends_with(".pending");
      });
    };
    for (int i = 0; i < 200 && !recorded(); ++i) std::this_thread::sleep_for(milliseconds(10));
    ASSERT_TRUE(recorded());
    jetkeep.Kill();
    jetkeep.Start();
    EXPECT_TRUE(LogComesToHold(jetkeep, "found an unfinished restore")) << jetkeep.Log();
    for (int i = 0; i < 400 && recorded(); ++i) std::this_thread::sleep_for(milliseconds(100));
    EXPECT_FALSE(recorded()) << jetkeep.Log();
    EXPECT_TRUE(a.StreamExists("LARGE")) << "the source is left alone";
    elsewhere.DeleteStreamIfThere("LARGE");  // it may have been whole
    EXPECT_EQ(CodeOf(Done(a, "restore.request", {{"stream", "LARGE"}, {"target", "staging"}})), 0)
        << jetkeep.Log();
    EXPECT_EQ(elsewhere.StreamInfo("LARGE").at("state").at("messages"), 3'000);
    EXPECT_EQ(jetkeep.Stop(), 0);
  }
}

TEST(Accounts, OneWhoseServerIsAwayOrRefusesTheLoginKeepsNoOtherWaiting) {
  ScratchDirectory directory("accounts");
  NatsServer first({.version = "2.10"});
  NatsServer second({.version = "2.12", .name = "second"});
  NatsServer third({.version = "2.14", .config = "authorization { user: bob, password: right }"});
  second.Kill();
  JetStreamClient client(first.Url());
  Fill(client, "ORDERS", "m ");
  JetkeepProcess jetkeep({.server_url = first.Url(),
                          .config = ConfigOf({{"away", second.Url(), "two"},
                                              {"here", first.Url(), "one", "    control: all\n"},
                                              {"refused", UrlOf(third, "bob:wrong"), "one"}},
                                             directory, "control:\n  max_jobs: 2\n")});
  EXPECT_TRUE(LogComesToHold(jetkeep, "refuses the login")) << jetkeep.Log();
  EXPECT_TRUE(LogComesToHold(jetkeep, "account=away")) << jetkeep.Log();
  EXPECT_EQ(CodeOf(Done(client, "backup.request", {{"stream", "ORDERS"}})), 0) << jetkeep.Log();
  // Jobs for those that are away end with the reason.
  const Json away = Done(client, "backup.request", {{"stream", "ORDERS"}, {"account", "away"}});
  EXPECT_EQ(CodeOf(away), 70520) << away;
  EXPECT_EQ(CodeOf(Done(client, "backup.request", {{"stream", "ORDERS"}})), 0) << jetkeep.Log();

  const std::size_t before = jetkeep.Log().size();
  second.Start();
  EXPECT_TRUE(LogComesToHold(jetkeep, "jetkeep serves", before)) << jetkeep.Log();
  JetStreamClient late(second.Url());
  WaitServed(late);
  Fill(late, "LATE", "l ");
  EXPECT_EQ(CodeOf(Done(late, "backup.request", {{"stream", "LATE"}})), 0) << jetkeep.Log();
  // One that goes takes nobody with it, and comes back by itself.
  second.Kill();
  EXPECT_TRUE(LogComesToHold(jetkeep, "connection lost", before)) << jetkeep.Log();
  EXPECT_EQ(CodeOf(Done(client, "backup.request", {{"stream", "ORDERS"}})), 0) << jetkeep.Log();
  second.Start();
  JetStreamClient again(second.Url());
  WaitServed(again);
  EXPECT_EQ(CodeOf(Done(again, "backup.request", {{"stream", "LATE"}})), 0) << jetkeep.Log();
  EXPECT_EQ(jetkeep.Stop(), 0);
}

// The client library holds the lock of its connection while it waits for such a server's greeting.
TEST(Accounts, AServerThatAcceptsAndSaysNothingKeepsNoOtherAccountWaiting) {
  ScratchDirectory directory("accounts");
  NatsServer first({.version = "2.10"});
  NatsServer second({.version = "2.12", .name = "second"});
  JetStreamClient client(first.Url());
  Fill(client, "ORDERS", "m ");
  JetkeepProcess jetkeep({.server_url = first.Url(),
                          .config = ConfigOf({{"here", first.Url(), "one", "    control: all\n"},
                                              {"frozen", second.Url(), "two"}},
                                             directory)});
  JetStreamClient other(second.Url());
  WaitServed(client);
  WaitServed(other);
  const std::size_t before = jetkeep.Log().size();
  second.Kill();
  const TcpSocket silent = TcpSocket::ListenLoopback(second.port());
  ASSERT_TRUE(silent.valid());
  EXPECT_TRUE(LogComesToHold(jetkeep, "connection lost", before)) << jetkeep.Log();
  std::chrono::steady_clock::duration longest{};
  int asked = 0;
  const auto end = std::chrono::steady_clock::now() + seconds(13);  // more than two attempts
  while (std::chrono::steady_clock::now() < end) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(CodeOf(Ask(client, "backup.status", Json::object(), seconds(30))), 0);
    longest = std::max(longest, std::chrono::steady_clock::now() - begin);
    ++asked;
    std::this_thread::sleep_for(milliseconds(50));
  }
  // One attempt takes five seconds.
  EXPECT_LT(longest, seconds(3)) << "longest of " << asked;
  EXPECT_EQ(CodeOf(Done(client, "backup.request", {{"stream", "ORDERS"}})), 0) << jetkeep.Log();
  EXPECT_EQ(jetkeep.Stop(), 0);
}

TEST(Accounts, WhatIsSwitchedOffIsRefusedByTheWholeInstance) {
  ScratchDirectory directory("accounts");
  NatsServer server({.version = "2.10", .config = kTwoAccounts});
  JetStreamClient a(UrlOf(server, "a:a"));
  JetStreamClient b(UrlOf(server, "b:b"));
  Fill(a, "ORDERS", "of a ");
  JetkeepProcess jetkeep(
      {.server_url = UrlOf(server, "a:a"),
       .config = ConfigOf({{"alpha", UrlOf(server, "a:a")}, {"beta", UrlOf(server, "b:b")}},
                          directory, "control:\n  refuse: [restore, delete, prune]\n")});
  WaitServed(b);
  const Json backup = Done(a, "backup.request", {{"stream", "ORDERS"}});
  ASSERT_EQ(CodeOf(backup), 0) << backup;
  a.DeleteStream("ORDERS");
  EXPECT_EQ(CodeOf(Done(a, "restore.request", {{"stream", "ORDERS"}})), kSwitchedOff);
  EXPECT_EQ(CodeOf(Ask(a, "restore.request", {{"stream", "ORDERS"}, {"dry_run", true}})), 0);
  EXPECT_EQ(CodeOf(Ask(a, "backup.delete", {{"backup", backup.at("result").at("id")}})),
            kSwitchedOff);
  EXPECT_EQ(CodeOf(Ask(b, "backup.prune", {{"keep", {{"last", 1}}}})), kSwitchedOff);
  EXPECT_FALSE(a.StreamExists("ORDERS"));
  const ProgramResult restore = RunJetkeep({"restore", "ORDERS", "--server", UrlOf(server, "a:a")});
  EXPECT_EQ(restore.exit_code, 67) << restore.error;
  EXPECT_EQ(jetkeep.Stop(), 0);
}

TEST(Accounts, ConfigurationsThatCannotServeEndWithTwoAndNameTheAccount) {
  ScratchDirectory directory("accounts");
  const auto error_of = [&](const std::vector<AccountEntry>& accounts, const std::string& more) {
    const std::string path = directory / "jetkeep.yaml";
    std::ofstream(path) << ConfigOf(accounts, directory, more);
    const ProgramResult result = RunJetkeep({"serve", "--config", path});
    EXPECT_EQ(result.exit_code, 2) << result.error;
    const ProgramResult checked = RunJetkeep({"config", "--check", path});
    EXPECT_EQ(checked.exit_code, 2) << "what serve refuses, the check does: " << result.error;
    return result.error;
  };
  const std::string url = "nats://127.0.0.1:1";
  EXPECT_NE(error_of({{"alpha", url}, {"beta", url, "one", "    creds: /missing.creds\n"}}, "")
                .find("account beta"),
            std::string::npos);
  EXPECT_NE(error_of({{"alpha", url, "one", "    control: none\n"},
                      {"beta", url, "one", "    control: none\n"}},
                     "")
                .find("no account takes requests"),
            std::string::npos);
  EXPECT_NE(error_of({{"alpha", url, "one", "    control: some\n"}}, "").find("own all none"),
            std::string::npos);
  EXPECT_NE(error_of({{"alpha", url}, {"beta", url}}, "").find("alpha and beta"),
            std::string::npos);
  EXPECT_NE(error_of({{"alpha", url}}, "control:\n  refuse: [backup]\n").find("restore delete"),
            std::string::npos);
}

}  // namespace
}  // namespace jetkeep::testing
