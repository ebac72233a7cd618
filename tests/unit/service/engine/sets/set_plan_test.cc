#include "service/engine/sets/set_plan.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "service/engine/sets/member_runner.h"
#include "service/engine/sets/set_progress.h"
#include "service/engine/sets/set_restore_plan.h"
#include "service/engine/sets/stream_gate.h"

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

StreamListing Listing() {
  StreamListing listing;
  listing.streams = {
      {"A", 1, 10}, {"JETKEEP_DRILL_x", 1, 1}, {"KV_A", 2, 30}, {"KV_B", 3, 20}, {"LEDGER", 4, 40}};
  listing.unavailable = {"AWAY"};
  return listing;
}

std::vector<std::vector<std::string>> Groups(const SetPlan& plan) {
  std::vector<std::vector<std::string>> groups;
  for (const auto& group : plan.groups) {
    auto& names = groups.emplace_back();
    for (const ListedStream& stream : group) names.push_back(stream.name);
  }
  return groups;
}

TEST(SetPlan, AllIsEveryStreamButTheScratchOnesTheLargestFirst) {
  const Result<SetPlan> plan = PlanSet({{"*"}, {}, {}}, Listing());
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(Groups(*plan), ElementsAre(ElementsAre("LEDGER", "KV_A", "KV_B", "A")));
  EXPECT_THAT(plan->unavailable, ElementsAre("AWAY"));
  EXPECT_EQ(plan->streams, 5U);
}

TEST(SetPlan, PatternsChooseExcludeAndOrder) {
  const Result<SetPlan> plan =
      PlanSet({{"KV_*", "LEDGER", "A"}, {"KV_B", "NOT_THERE"}, {"LEDGER", "A KV_?"}}, Listing());
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(Groups(*plan), ElementsAre(ElementsAre("LEDGER"), ElementsAre("KV_A", "A")));
  EXPECT_TRUE(plan->unavailable.empty());
  const Result<SetPlan> scratch = PlanSet({{"JETKEEP_DRILL_x"}, {}, {}}, Listing());
  ASSERT_TRUE(scratch);
  EXPECT_EQ(scratch->streams, 1U);
  // One that is offline is there all the same.
  EXPECT_EQ(PlanSet({{"AWAY"}, {}, {"AWAY"}}, Listing())->streams, 1U);
}

TEST(SetPlan, WhatChoosesNothingIsAnErrorThatNamesIt) {
  const auto refusal = [](const SetSelection& selection) {
    const Result<SetPlan> plan = PlanSet(selection, Listing());
    EXPECT_FALSE(plan);
    return plan ? Error{} : plan.error();
  };
  EXPECT_EQ(refusal({{"*", "NONE_*"}, {}, {}}).code, Errc::kStreamNotFound);
  EXPECT_THAT(refusal({{"*", "NONE_*"}, {}, {}}).message, HasSubstr("NONE_*"));
  EXPECT_EQ(refusal({{"B"}, {}, {}}).code, Errc::kStreamNotFound);
  EXPECT_EQ(refusal({{"*"}, {"*"}, {}}).code, Errc::kStreamNotFound);
  EXPECT_EQ(refusal({{"A"}, {}, {"LEDGER"}}).code, Errc::kStreamNotFound);
  EXPECT_EQ(refusal({{}, {}, {}}).code, Errc::kInvalidRequest);
  EXPECT_EQ(refusal({{""}, {}, {}}).code, Errc::kInvalidName);
  EXPECT_EQ(refusal({{"*"}, {""}, {}}).code, Errc::kInvalidName);
  EXPECT_EQ(refusal({{"*"}, {}, {" "}}).code, Errc::kInvalidName);
  EXPECT_EQ(PlanSet({{"*"}, {}, {}}, {}).error().code, Errc::kStreamNotFound);
}

StreamConfigFacts Fed(const std::string& name, const std::vector<std::string>& origins) {
  StreamConfigFacts config;
  config.name = name;
  for (const std::string& origin : origins) config.origins.push_back({origin, false, false});
  return config;
}

TEST(SetRestorePlan, OriginsComeFirstAlsoOverSeveralSteps) {
  const auto groups = OriginsFirst({Fed("S", {"M", "ELSEWHERE"}), Fed("M", {"O"}), Fed("O", {}),
                                    Fed("SELF", {"SELF"}), Fed("C1", {"C2"}), Fed("C2", {"C1"})});
  EXPECT_THAT(groups, ElementsAre(ElementsAre(2U, 3U), ElementsAre(1U), ElementsAre(0U),
                                  ElementsAre(4U, 5U)));
  EXPECT_TRUE(OriginsFirst({}).empty());
  StreamConfigFacts external = Fed("X", {"O"});
  external.origins[0].external = true;
  EXPECT_THAT(OriginsFirst({external, Fed("O", {})}), ElementsAre(ElementsAre(0U, 1U)));
}

TEST(SetRestorePlan, WhatIsRestoredCountsForTheNextOne) {
  ServerFacts facts;
  facts.account = AccountInfo{};
  facts.account->tiers["R3"] = {};
  RestorePlan plan;
  plan.target.stream = "A";
  plan.config.replicas = 3;
  plan.config.max_bytes = 1000;
  plan.config.subjects = {"a"};
  plan.expected.bytes = 100;
  AddRestored(facts, plan);
  ASSERT_EQ(facts.streams.size(), 1U);
  EXPECT_EQ(facts.streams[0].config->subjects, plan.config.subjects);
  EXPECT_EQ(facts.account->total.streams, 1U);
  EXPECT_EQ(facts.account->total.storage, 300U);
  EXPECT_EQ(facts.account->total.reserved_storage, 3000U);
  EXPECT_EQ(facts.account->tiers["R3"].storage, 300U);
  EXPECT_EQ(facts.account->tiers["R3"].reserved_storage, 1000U);
}

TEST(SetRestorePlan, AServerThatStandsAloneKeepsNoReplicas) {
  ServerIdentity alone;
  alone.version = "2.10.27";
  StreamConfigFacts three;
  three.name = "A";
  three.replicas = 3;
  EXPECT_EQ(CheckReplicas(alone, three).error().server_code, 10074U);
  EXPECT_TRUE(CheckReplicas(alone, StreamConfigFacts{}));
  alone.cluster = "C";
  EXPECT_TRUE(CheckReplicas(alone, three));
  EXPECT_TRUE(CheckReplicas(ServerIdentity{}, three));
}

TEST(StreamGate, OneAtATimeGoesIntoAStream) {
  StreamGate gate;
  CancelToken cancel;
  std::atomic<bool> entered = false;
  std::thread other;
  {
    const auto pass = gate.Enter("A", cancel);
    ASSERT_TRUE(pass);
    EXPECT_TRUE(gate.EnterAsMember("B", 1, cancel));
    other = std::thread([&] {
      const auto later = gate.EnterAsMember("A", 1, cancel);
      entered = later.has_value();
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_FALSE(entered);
  }
  other.join();
  EXPECT_TRUE(entered);
}

TEST(StreamGate, OneLargeStreamOfSetsIsInsideAtOnceAndACancelEndsTheWait) {
  constexpr std::uint64_t kLarge = 1ULL << 30;
  StreamGate gate;
  CancelToken cancel;
  const auto first = gate.Enter("A", cancel);
  const auto second = gate.EnterAsMember("B", kLarge, cancel);
  ASSERT_TRUE(second);
  EXPECT_TRUE(gate.EnterAsMember("SMALL", 1, cancel));
  EXPECT_TRUE(gate.Enter("D", cancel));
  cancel.Cancel();
  const auto third = gate.EnterAsMember("C", kLarge, cancel);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, Errc::kCancelled);
}

TEST(MemberRunner, RunsEachOnceAndNoMoreAtOnceThanAsked) {
  std::vector<std::atomic<int>> runs(100);
  std::atomic<int> now = 0;
  std::atomic<int> most = 0;
  RunMembers(runs.size(), 3, {}, [&](std::size_t i) {
    const int at_once = ++now;
    int seen = most;
    while (at_once > seen && !most.compare_exchange_weak(seen, at_once)) {
    }
    ++runs[i];
    --now;
  });
  for (const auto& count : runs) EXPECT_EQ(count, 1);
  EXPECT_LE(most, 3);
  RunMembers(0, 3, {}, [](std::size_t) { FAIL(); });
}

class Recorder : public JobObserver {
 public:
  void OnStarted(const std::string&, const std::string&) override {}
  void OnProgress(const JobProgress& progress) override { last = progress; }
  void OnRetry(int, const Error& reason, std::int64_t) override { retry = reason.message; }
  JobProgress last;
  std::string retry;
};

TEST(SetProgress, AddsUpWhatTheStreamsSay) {
  Recorder recorder;
  SetProgressView view(recorder, 3, 30, 300);
  const auto a = view.Begin("A", 10, 100);
  const auto b = view.Begin("B", 20, 200);
  a->OnProgress({5, 10, 50, 100});
  b->OnRetry(1, {Errc::kTimeout, "slow", {}, 0}, 1);
  EXPECT_EQ(recorder.retry, "stream B: slow");
  view.End("C", true, 0, 0);
  view.End("A", false, 12, 120);  // it has grown since it was listed
  view.End("B", false, 20, 200);
  EXPECT_EQ(recorder.last.messages_done, 32U);
  EXPECT_EQ(recorder.last.messages_expected, 32U);
  EXPECT_EQ(recorder.last.bytes_done, 320U);
  EXPECT_EQ(recorder.last.set.streams_done, 3U);
  EXPECT_EQ(recorder.last.set.streams_failed, 1U);
  EXPECT_TRUE(recorder.last.set.running.empty());
}

}  // namespace
}  // namespace jetkeep
