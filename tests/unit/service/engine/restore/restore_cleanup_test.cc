#include "service/engine/restore/restore_cleanup.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "protocol/js_config/restore_token.h"
#include "service/engine/restore/fenced_jetstream.h"
#include "service/engine/restore/token_removal.h"
#include "tests/unit/service/engine/restore/fake_server.h"

namespace jetkeep {
namespace {

const std::string kOurs = MakeRestoreToken(1, 2);
const std::string kTheirs = MakeRestoreToken(1, 3);
const std::string kConfig = R"({"name":"S","subjects":["s.>"],"metadata":{"a":"b"}})";

std::string Marked(const std::string& token, bool metadata = true) {
  return *WithRestoreToken(kConfig, token, {metadata, true});
}

// A restore whose end the server told: nothing more can appear.
RestoreInProgress Restore() {
  RestoreInProgress restore;
  restore.stream = "S";
  restore.config_json = Marked(kOurs);
  restore.token = kOurs;
  restore.state.messages = 100;
  restore.state.first_sequence = 1;
  restore.state.last_sequence = 100;
  restore.state.last_time_ns = 5000;
  restore.accepted = true;
  restore.heard_at = std::chrono::steady_clock::now();
  restore.verdict_came = true;
  return restore;
}

StreamInfo Live(const std::string& config, std::uint64_t last, std::int64_t last_time_ns) {
  StreamInfo live;
  live.config_json = config;
  live.created = "2026-11-21T01:24:01Z";
  live.state.messages = last;
  live.state.last_sequence = last;
  live.state.last_time_ns = last_time_ns;
  return live;
}

Remains CleanUp(JetStream& server, const RestoreInProgress& restore) {
  constexpr std::chrono::milliseconds kShort{1};
  const RemovalTimes times{kShort, kShort, kShort, kShort, kShort, kShort};
  const auto remains = RemoveRemains(server, restore, CancelToken(), times);
  EXPECT_TRUE(remains) << remains.error().message;
  return remains.value_or(Remains::kGone);
}

TEST(RemoveRemains, AStreamWithOurTokenGoes) {
  for (const bool metadata : {true, false}) {
    for (const std::uint64_t last : {0U, 40U, 100U}) {
      FakeServer server(false);
      server.stream = Live(Marked(kOurs, metadata), last, 4000);
      EXPECT_EQ(CleanUp(server, Restore()), Remains::kGone);
      EXPECT_EQ(server.deletes.size(), 1U);
    }
  }
}

TEST(RemoveRemains, NoOtherStreamIsEverTouched) {
  const std::vector<std::string> configs{kConfig,
                                         Marked(kTheirs),
                                         R"({"name":"S"})",
                                         R"({"name":"S","metadata":{"jetkeep.restore":""}})",
                                         R"({"name":"S","description":"jetkeep.restore"})",
                                         "not JSON"};
  for (const bool clustered : {false, true}) {
    for (const bool abandoned : {false, true}) {
      for (const std::string& config : configs) {
        for (const std::uint64_t last : {0U, 40U, 100U, 101U}) {
          FakeServer server(clustered);
          server.stream = Live(config, last, 4000);
          RestoreInProgress restore = Restore();
          restore.abandoned = abandoned;
          restore.verdict_came = !abandoned;
          const bool ended = abandoned && last >= 100 && config != Marked(kTheirs);
          EXPECT_EQ(CleanUp(server, restore), ended ? Remains::kMayHaveEnded : Remains::kOther)
              << config;
          // What jetkeep 0.1 recorded has no token, and proves nothing.
          restore.token.clear();
          restore.config_json = kConfig;
          EXPECT_EQ(CleanUp(server, restore), Remains::kOther) << config;
          EXPECT_TRUE(server.deletes.empty());
        }
      }
    }
  }
}

TEST(RemoveRemains, MessagesThatWerePublishedSinceKeepAStream) {
  FakeServer server(false);
  server.stream = Live(Marked(kOurs), 101, 6000);
  EXPECT_EQ(CleanUp(server, Restore()), Remains::kInUse);
  server.stream = Live(Marked(kOurs), 41, 6000);  // into a partial one
  EXPECT_EQ(CleanUp(server, Restore()), Remains::kInUse);
  EXPECT_TRUE(server.deletes.empty());
  EXPECT_NE(LeftAlone(Remains::kInUse, "S").hint.find("nats stream rm S"), std::string::npos);
  // Nobody publishes into a scratch stream.
  RestoreInProgress scratch = Restore();
  scratch.scratch = true;
  EXPECT_EQ(CleanUp(server, scratch), Remains::kGone);
  EXPECT_EQ(server.deletes.size(), 1U);
}

// The configuration may have been copied with the token in it, or somebody has begun to use what
// was there.
TEST(RemoveRemains, DurableConsumersOfOthersKeepAStream) {
  const auto consumer = [](const std::string& name, bool durable) {
    ConsumerInfo info;
    info.name = name;
    info.config_json = durable ? R"({"durable_name":")" + name + R"("})" : "{}";
    return info;
  };
  FakeServer server(false);
  server.stream = Live(Marked(kOurs), 0, 0);
  RestoreInProgress restore = Restore();
  restore.consumers = {"ours"};
  server.consumers = {consumer("ours", true), consumer("theirs", true)};
  EXPECT_EQ(CleanUp(server, restore), Remains::kInUse);
  EXPECT_TRUE(server.deletes.empty());
  server.consumers = {consumer("ours", true), consumer("watcher", false)};
  EXPECT_EQ(CleanUp(server, restore), Remains::kGone);
  // What is not known is no proof.
  server.stream = Live(Marked(kOurs), 0, 0);
  server.deletes.clear();
  server.denied = {"consumers"};
  EXPECT_EQ(RemoveRemains(server, restore, CancelToken()).error().code, Errc::kPermissionDenied);
  EXPECT_TRUE(server.deletes.empty());
}

TEST(RemoveRemains, AnAbandonedRestoreThatEndedWellIsKept) {
  FakeServer server(false);
  RestoreInProgress restore = Restore();
  restore.abandoned = true;
  restore.verdict_came = false;
  server.stream = Live(Marked(kOurs), 100, 5000);
  EXPECT_EQ(CleanUp(server, restore), Remains::kWhole);
  server.stream = Live(Marked(kOurs), 120, 9000);
  server.message = StoredMessage{100, 5000, "s.a", "", ""};
  EXPECT_EQ(CleanUp(server, restore), Remains::kWhole);
  EXPECT_TRUE(server.deletes.empty());
}

// Somebody publishes into a part of the stream until its numbers reach as far as the whole's.
TEST(RemoveRemains, APartThatWasPublishedIntoIsNeverCalledWhole) {
  FakeServer server(false);
  RestoreInProgress restore = Restore();
  restore.abandoned = true;
  restore.verdict_came = false;
  server.stream = Live(Marked(kOurs), 120, 9000);
  server.message = StoredMessage{100, 8000, "s.a", "", ""};
  EXPECT_EQ(CleanUp(server, restore), Remains::kInUse);
  server.stream = Live(Marked(kOurs), 100, 9000);
  EXPECT_EQ(CleanUp(server, restore), Remains::kInUse);
  server.stream = Live(Marked(kOurs), 120, 9000);
  server.message = StoredMessage{110, 8000, "s.a", "", ""};  // the one that would tell is gone
  EXPECT_EQ(CleanUp(server, restore), Remains::kUnclear);
  server.message.reset();  // not granted
  EXPECT_EQ(CleanUp(server, restore), Remains::kUnclear);
  EXPECT_TRUE(server.deletes.empty());
}

TEST(RemoveRemains, ANameWithoutAStreamGoesOnlyIfItsSubjectsProveIt) {
  for (const bool abandoned : {false, true}) {
    RestoreInProgress restore = Restore();
    restore.abandoned = abandoned;
    restore.accepted = !abandoned;
    for (const std::vector<std::string>& others :
         {std::vector<std::string>{"s.>"}, {">"}, {"s.>", RestoreSubject(kTheirs)}, {}}) {
      FakeServer server(true);
      server.name_only = "S";
      server.subjects_of_name = others;
      EXPECT_EQ(CleanUp(server, restore), Remains::kNoStream);
      EXPECT_TRUE(server.deletes.empty());
    }
    FakeServer server(true);
    server.name_only = "S";
    server.subjects_of_name = {"s.>", RestoreSubject(kOurs)};
    EXPECT_EQ(CleanUp(server, restore), Remains::kGone);
    EXPECT_EQ(server.deletes.size(), 1U);
  }
}

// A mirror has no subjects. Then only the process that was given the name may free it, as long as
// it has not seen the name free.
TEST(RemoveRemains, WithoutASubjectOnlyTheAcceptedRestoreFreesItsName) {
  RestoreInProgress restore = Restore();
  restore.config_json =
      *WithRestoreToken(R"({"name":"S","mirror":{"name":"M"}})", kOurs, {true, true});
  {
    FakeServer server(true);
    server.name_only = "S";
    EXPECT_EQ(CleanUp(server, restore), Remains::kGone);
    EXPECT_EQ(server.deletes.size(), 1U);
  }
  // The server may have given the restore up, and the name to somebody else.
  restore.heard_at = std::chrono::steady_clock::now() - std::chrono::seconds(5);
  {
    FakeServer server(true);
    server.name_only = "S";
    EXPECT_EQ(CleanUp(server, restore), Remains::kNoStream);
    EXPECT_TRUE(server.deletes.empty());
  }
  restore.heard_at = std::chrono::steady_clock::now();
  restore.accepted = false;
  FakeServer server(true);
  server.name_only = "S";
  EXPECT_EQ(CleanUp(server, restore), Remains::kNoStream);
  EXPECT_TRUE(server.deletes.empty());
  EXPECT_NE(LeftAlone(Remains::kNoStream, "S").hint.find("nats stream rm S"), std::string::npos);
}

// Nobody looked for a while: the name may have been free, and somebody else's since.
TEST(RemoveRemains, ANameThatCannotBeToldApartStaysAfterAGapBetweenLooks) {
  RestoreInProgress restore = Restore();
  restore.config_json =
      *WithRestoreToken(R"({"name":"S","mirror":{"name":"M"}})", kOurs, {true, true});
  constexpr std::chrono::milliseconds kShort{1};
  RemovalTimes times{kShort, kShort, kShort, kShort, kShort, kShort};
  times.longest_gap = std::chrono::milliseconds(20);
  FakeServer server(true);
  server.name_only = "S";
  server.before_each = [] { std::this_thread::sleep_for(std::chrono::milliseconds(30)); };
  const auto remains = RemoveRemains(server, restore, CancelToken(), times);
  ASSERT_TRUE(remains) << remains.error().message;
  EXPECT_EQ(*remains, Remains::kNoStream);
  EXPECT_TRUE(server.deletes.empty());
}

TEST(RemoveRemains, WhatSomebodyMakesAfterwardsStays) {
  FakeServer server(true);
  server.stream = Live(Marked(kOurs), 40, 4000);
  server.before_each = [&] {
    if (!server.deletes.empty() && !server.stream) server.stream = Live(kConfig, 1, 9000);
  };
  EXPECT_EQ(CleanUp(server, Restore()), Remains::kGone);
  EXPECT_EQ(server.deletes.size(), 1U);
  EXPECT_TRUE(server.stream);
}

// A cluster that still has the restore would remove the name from whoever takes it meanwhile.
TEST(RemoveRemains, AClusterKeepsTheNameUntilItHasGivenUpTheRestore) {
  constexpr std::chrono::milliseconds kShort{1};
  constexpr std::chrono::milliseconds kGivesUp{300};
  for (const bool verdict : {false, true}) {
    FakeServer server(true);
    server.name_only = "S";
    server.subjects_of_name = {"s.>", RestoreSubject(kOurs)};
    RestoreInProgress restore = Restore();
    restore.verdict_came = verdict;
    const auto begin = std::chrono::steady_clock::now();
    std::chrono::steady_clock::duration deleted_after{};
    server.before_each = [&] {
      if (server.deletes.empty()) deleted_after = std::chrono::steady_clock::now() - begin;
    };
    const RemovalTimes times{kShort, kShort, kShort, kShort, kShort, kGivesUp};
    ASSERT_TRUE(RemoveRemains(server, restore, CancelToken(), times));
    EXPECT_EQ(server.deletes.size(), 1U);
    if (!verdict) {
      EXPECT_GE(deleted_after, kGivesUp);
    }
  }
}

// The connection was lost as the clean-up began, so nobody knew what the server is.
TEST(RemoveRemains, WaitsOnlyAsLongAsTheServerNeedsOnceItIsKnown) {
  constexpr std::chrono::milliseconds kShort{1};
  constexpr std::chrono::seconds kLong{30};
  for (const bool there : {false, true}) {
    FakeServer server(false);
    const std::string version = std::exchange(server.identity.version, "");
    if (there) server.stream = Live(Marked(kOurs), 40, 4000);
    server.before_each = [&] { server.identity.version = version; };
    RestoreInProgress restore = Restore();
    restore.verdict_came = false;
    RemovalTimes times{kShort, kShort, kShort, kShort, kShort, kShort};
    times.quiet_in_cluster = kLong;
    times.server_gives_up = kLong;
    const auto began = std::chrono::steady_clock::now();
    const auto remains = RemoveRemains(server, restore, CancelToken(), times);
    ASSERT_TRUE(remains) << remains.error().message;
    EXPECT_EQ(*remains, Remains::kGone);
    EXPECT_EQ(server.deletes.size(), there ? 1U : 0U);
    EXPECT_LT(std::chrono::steady_clock::now() - began, kLong);
  }
}

TEST(RemoveRemains, ManyTakeHardlyLongerThanOne) {
  FakeServer server(false);
  constexpr std::size_t kCount = 50;
  std::vector<RestoreInProgress> restores(kCount, Restore());
  for (std::size_t i = 0; i < kCount; ++i) {
    restores[i].stream = "S" + std::to_string(i);
    restores[i].verdict_came = false;
  }
  server.others[restores[7].stream] = Marked(kTheirs);
  constexpr std::chrono::milliseconds kShort{1};
  constexpr std::chrono::milliseconds kQuiet{300};
  const auto begin = std::chrono::steady_clock::now();
  const auto remains = RemoveAllRemains(server, restores, CancelToken(),
                                        {kShort, kQuiet, kQuiet, kShort, kShort, kShort});
  EXPECT_LT(std::chrono::steady_clock::now() - begin, kCount * kQuiet / 2);
  ASSERT_EQ(remains.size(), kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(remains[i].value(), i == 7 ? Remains::kOther : Remains::kGone) << i;
  }
  CancelToken cancelled;
  cancelled.Cancel();
  const auto ended = RemoveAllRemains(server, restores, cancelled);
  EXPECT_EQ(ended[0].error().code, Errc::kCancelled);
  EXPECT_EQ(ended[7].value(), Remains::kOther);
}

TEST(RemoveRemains, ALostLeaseEndsItBeforeAnythingIsDeleted) {
  FakeServer server(false);
  server.stream = Live(Marked(kOurs), 40, 4000);
  FencedJetStream fenced(server, [] { return Status(Fail(Errc::kLeaseLost, "lost")); });
  const auto remains = RemoveRemains(fenced, Restore(), CancelToken());
  ASSERT_FALSE(remains);
  EXPECT_EQ(remains.error().code, Errc::kLeaseLost);
  EXPECT_TRUE(server.deletes.empty());
}

// On a store that hangs the check of a lease takes long; what was read before it proves nothing
// then.
TEST(FencedJetStream, WhatWasReadBeforeALongCheckIsReadAgain) {
  FakeServer server(false);
  server.stream = Live(Marked(kOurs), 40, 4000);
  int checks = 0;
  FencedJetStream fenced(server, [&] {
    if (++checks > 1) return Status();
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    server.stream = Live(kConfig, 40, 4000);  // somebody else's, meanwhile
    return Status();
  });
  EXPECT_EQ(CleanUp(fenced, Restore()), Remains::kOther);
  EXPECT_TRUE(server.deletes.empty());
  EXPECT_EQ(checks, 1);
}

TEST(FencedJetStream, RefusesEveryChangeAndNoQuestion) {
  FakeServer server(false);
  server.stream = Live(kConfig, 1, 1);
  FencedJetStream fenced(server, [] { return Status(Fail(Errc::kLeaseLost, "lost")); });
  const auto lost = [](const auto& result) {
    return !result && result.error().code == Errc::kLeaseLost;
  };
  EXPECT_TRUE(lost(fenced.UpdateStream("S", "{}")));
  EXPECT_TRUE(lost(fenced.CreateConsumer("S", "c", "{}")));
  EXPECT_TRUE(lost(fenced.DeleteConsumer("S", "c")));
  EXPECT_TRUE(lost(fenced.DeleteStream("S")));
  EXPECT_TRUE(lost(fenced.BeginRestore("S", "{}", {}, {}, CancelToken())));
  EXPECT_TRUE(fenced.GetStream("S"));
  EXPECT_TRUE(fenced.StreamNames());
  EXPECT_TRUE(server.updates.empty() && server.deletes.empty());
}

TEST(TakeOutToken, ChangesNothingElseAndReadsAgain) {
  for (const bool metadata : {true, false}) {
    FakeServer server(true);
    server.stream = Live(Marked(kOurs, metadata), 100, 5000);
    const auto changed = TakeOutToken(server, "S", kOurs, CancelToken());
    ASSERT_TRUE(changed) << changed.error().message;
    EXPECT_TRUE(changed->empty());
    EXPECT_EQ(nlohmann::json::parse(server.stream->config_json), nlohmann::json::parse(kConfig));
    EXPECT_EQ(server.updates.size(), 1U);
  }
}

TEST(TakeOutToken, LeavesAStreamWithoutItAlone) {
  for (const std::string& config : {kConfig, Marked(kTheirs)}) {
    FakeServer server(false);
    server.stream = Live(config, 100, 5000);
    EXPECT_TRUE(TakeOutToken(server, "S", kOurs, CancelToken()));
    EXPECT_TRUE(server.updates.empty());
  }
  FakeServer server(false);
  EXPECT_EQ(TakeOutToken(server, "S", kOurs, CancelToken()).error().code, Errc::kStreamNotFound);
}

TEST(TakeOutToken, SaysWhatSomebodyElseChangedMeanwhile) {
  FakeServer server(false);
  server.stream = Live(Marked(kOurs), 100, 5000);
  server.before_each = [&] {
    if (server.updates.size() == 1) {
      server.stream->config_json = R"({"name":"S","subjects":["other"],"metadata":{"a":"b"}})";
    }
  };
  const auto changed = TakeOutToken(server, "S", kOurs, CancelToken());
  ASSERT_TRUE(changed);
  ASSERT_EQ(changed->size(), 1U);
  EXPECT_NE(changed->front().find("subjects"), std::string::npos) << changed->front();
  EXPECT_EQ(server.updates.size(), 1U) << "what somebody else wrote stays";
}

}  // namespace
}  // namespace jetkeep
