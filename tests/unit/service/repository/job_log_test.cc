#include "service/repository/job_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "service/store/memory/memory_store.h"

namespace jetkeep {
namespace {

constexpr std::int64_t kHour = std::int64_t{3600} * 1'000'000'000;

class SetClock : public WallClock {
 public:
  std::int64_t Now() const override { return now; }
  std::int64_t now = 500'000 * kHour;
};

class JobLogTest : public ::testing::Test {
 protected:
  JobRecord Ended(const std::string& job, std::int64_t ended_ns, const std::string& stream = "S") {
    JobRecord record;
    record.instance = "i";
    record.status.job = job;
    record.status.state = JobState::kCompleted;
    record.status.stream = stream;
    record.status.created_ns = record.status.started_ns = ended_ns - 1;
    record.status.ended_ns = ended_ns;
    return record;
  }
  bool Has(JobLog& log, const std::string& job) {
    const auto found = log.Find(job);
    EXPECT_TRUE(found) << found.error().message;
    return found && found->has_value();
  }

  MemoryStore store;
  SetClock clock;
};

TEST_F(JobLogTest, AnotherProcessFindsTheNewestEndOfAJob) {
  JobLog log(store, clock);
  EXPECT_FALSE(Has(log, "nightly"));
  ASSERT_TRUE(log.Add(Ended("nightly", clock.now - 2 * kHour, "OLD")));
  ASSERT_TRUE(log.Add(Ended("nightly", clock.now - kHour, "NEW")));
  ASSERT_TRUE(log.Add(Ended("nightly-2", clock.now, "OTHER")));
  JobLog after(store, clock);
  const auto found = after.Find("nightly");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->status.stream, "NEW");
  EXPECT_EQ((*found)->status.ended_ns, clock.now - kHour);
  EXPECT_FALSE(Has(after, "night"));
}

TEST_F(JobLogTest, ARecordThatWasKeptSurvivesAStopOfTheMachine) {
  JobLog log(store, clock);
  ASSERT_TRUE(log.Add(Ended("a", clock.now)));
  store.Crash();
  JobLog after(store, clock);
  EXPECT_TRUE(Has(after, "a"));
}

TEST_F(JobLogTest, IsBoundedInNumber) {
  JobLog log(store, clock, {.records = 5, .writes_between = 3});
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(log.Add(Ended("j" + std::to_string(i), clock.now += 1'000'000'000)));
    EXPECT_LE(store.Keys().size(), 5U + 3U);
  }
  EXPECT_TRUE(Has(log, "j39"));
  EXPECT_FALSE(Has(log, "j30"));
}

TEST_F(JobLogTest, IsBoundedInAge) {
  JobLog log(store, clock, {.age = std::chrono::hours(24), .writes_between = 1});
  ASSERT_TRUE(log.Add(Ended("old", clock.now)));
  clock.now += 23 * kHour;
  ASSERT_TRUE(log.Add(Ended("mid", clock.now)));
  EXPECT_TRUE(Has(log, "old"));
  clock.now += 2 * kHour;
  ASSERT_TRUE(log.Add(Ended("new", clock.now)));
  EXPECT_FALSE(Has(log, "old"));
  EXPECT_TRUE(Has(log, "mid"));
}

TEST_F(JobLogTest, WhatIsNoRecordStaysAndDamageIsSaid) {
  JobLog log(store, clock, {.records = 1, .writes_between = 1});
  store.Set("jk.jobs/notes.txt", "mine");
  store.Set("jk.jobs/20261121T012410Z-7k2m9qdx.bad.name", "mine");
  ASSERT_TRUE(log.Add(Ended("a", clock.now)));
  ASSERT_TRUE(log.Add(Ended("b", clock.now + 1'000'000'000)));
  EXPECT_EQ(store.Get("jk.jobs/notes.txt"), "mine");
  EXPECT_EQ(store.Get("jk.jobs/20261121T012410Z-7k2m9qdx.bad.name"), "mine");
  const auto keys = store.Keys();
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [](const std::string& name) { return name.ends_with(".b"); });
  ASSERT_NE(key, keys.end());
  std::string bytes = store.Get(*key);
  bytes[bytes.size() / 2] ^= 1;
  store.Set(*key, bytes);
  const auto found = log.Find("b");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::kRepositoryCorrupt);
}

}  // namespace
}  // namespace jetkeep
