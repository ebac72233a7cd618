// What each layer adds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/store/layers/leased_store.h"
#include "service/store/layers/retry_store.h"
#include "service/store/layers/throttle_store.h"
#include "service/store/objects.h"
#include "tests/unit/service/store/test_store.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Error Passing() { return {Errc::kStorageError, "it passes", "", 0}; }

RetryOptions Quick(int attempts, int* waits) {
  RetryOptions options;
  options.backoff = {milliseconds(1), milliseconds(1), attempts};
  options.wait = [waits](milliseconds) { ++*waits; };
  return options;
}

// Whoever waits sets the clock.
ThrottleOptions AKilobyteASecond(std::chrono::steady_clock::time_point& now,
                                 std::uint64_t small = 0) {
  return {.bytes_per_second = 1000,
          .small = small,
          .clock = [&now] { return now; },
          .wait_until = [&now](auto time) { now = time; }};
}

TEST(RetryStore, GivesUpAfterItsTriesAndAtOnceWhereWaitingIsOfNoUse) {
  TestStore inner;
  int waits = 0;
  RetryStore store(inner, Quick(4, &waits));
  inner.SetFault([](Operation, const std::string&, std::uint64_t) -> std::optional<Injected> {
    return Injected(Passing());
  });
  EXPECT_EQ(store.Exists("k").error().code, Errc::kStorageError);
  EXPECT_EQ(waits, 3);
  inner.SetFault([](Operation, const std::string&, std::uint64_t) -> std::optional<Injected> {
    return Injected({Errc::kRepositoryCorrupt, "it stays", "", 0});
  });
  EXPECT_EQ(store.Exists("k").error().code, Errc::kRepositoryCorrupt);
  EXPECT_EQ(waits, 3);
}

// An answer that got lost after the commit: the object is our own. One with other bytes is not.
TEST(RetryStore, KnowsItsOwnObjectAgain) {
  for (const bool own : {true, false}) {
    TestStore inner;
    int waits = 0;
    RetryStore store(inner, Quick(3, &waits));
    int commits = 0;
    inner.SetFault(
        [&](Operation operation, const std::string& key, std::uint64_t) -> std::optional<Injected> {
          if (operation != Operation::kCommit || ++commits > 1) return std::nullopt;
          if (!own) inner.Write(key, "some bytez");
          return Injected(Passing(), own);
        });
    const Status put = PutNew(store, "k", "some bytes");
    if (own) {
      EXPECT_TRUE(put) << put.error().message;
    } else {
      ASSERT_FALSE(put);
      EXPECT_EQ(put.error().code, Errc::kObjectExists);
    }
    EXPECT_EQ(commits, 2);
  }
}

// After a failed fsync the next one may succeed although the name is lost.
TEST(RetryStore, AsksOnceForAFlush) {
  TestStore inner;
  int waits = 0;
  RetryStore store(inner, Quick(4, &waits));
  int flushes = 0;
  inner.SetFault(
      [&](Operation operation, const std::string&, std::uint64_t) -> std::optional<Injected> {
        if (operation != Operation::kFlush || ++flushes > 1) return std::nullopt;
        return Injected(Passing());
      });
  EXPECT_EQ(store.Flush("b").error().code, Errc::kStorageError);
  EXPECT_EQ(flushes, 1);
}

// Servers give up a restore that gets no chunk for five seconds.
TEST(ThrottleStore, AReadNeverWaitsLong) {
  TestStore inner;
  std::chrono::steady_clock::time_point now;
  ThrottleStore store(inner, AKilobyteASecond(now));
  const auto writer = store.Create("k");
  ASSERT_TRUE(writer && (*writer)->Append(std::string(100'000, 'x')));
  ASSERT_TRUE((*writer)->Commit(Durability::kDurable));
  const auto reader = store.Open("k");
  ASSERT_TRUE(reader && *reader);
  const auto before = now;
  char byte = 0;
  ASSERT_TRUE((*reader)->ReadAt(0, 1, &byte));
  EXPECT_EQ(now - before, seconds(2));
}

TEST(ThrottleStore, LetsNoMoreThroughThanItsRate) {
  TestStore inner;
  std::chrono::steady_clock::time_point now;
  ThrottleStore store(inner, AKilobyteASecond(now));
  const auto writer = store.Create("k");
  ASSERT_TRUE(writer);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE((*writer)->Append(std::string(500, 'x')));
  ASSERT_TRUE((*writer)->Commit(Durability::kDurable));
  EXPECT_GE(now.time_since_epoch(), milliseconds(4500));
  EXPECT_LE(now.time_since_epoch(), milliseconds(5000));
  // Idle time is not saved up.
  now += seconds(100);
  const auto before = now;
  const auto reader = store.Open("k");
  ASSERT_TRUE(reader && *reader);
  std::string bytes(1000, '\0');
  for (int i = 0; i < 4; ++i) ASSERT_TRUE((*reader)->ReadAt(0, bytes.size(), bytes.data()));
  EXPECT_GE(now - before, seconds(3));
}

TEST(ThrottleStore, CountsWhatIsSmallAndLetsItPassAtOnce) {
  TestStore inner;
  std::chrono::steady_clock::time_point now;
  ThrottleStore store(inner, AKilobyteASecond(now, 100));
  const auto bulk = store.Create("bulk");
  const auto lease = store.Create("lease");
  ASSERT_TRUE(bulk && lease);
  ASSERT_TRUE((*bulk)->Append(std::string(5000, 'x')));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE((*lease)->Append(std::string(100, 'x')));
  EXPECT_EQ(now.time_since_epoch(), seconds(0)) << "leases do not wait";
  ASSERT_TRUE((*bulk)->Append(std::string(101, 'x')));
  EXPECT_EQ(now.time_since_epoch(), seconds(6)) << "the bulk waits for them, too";
}

TEST(LeasedStore, ChangesNothingOnceItsLeaseIsLost) {
  TestStore inner;
  auto now = std::chrono::steady_clock::time_point();
  const LeaseOptions options{seconds(10), false, [&now] { return now; }};
  Leases mine(inner, options);
  Leases theirs(inner, options);
  const auto lease = mine.AcquireNew("k");
  ASSERT_TRUE(lease && *lease);
  LeasedStore store(inner, **lease);
  ASSERT_TRUE(PutNew(store, "before", "1"));
  const auto begun = store.Create("begun");
  ASSERT_TRUE(begun && (*begun)->Append("1"));
  ASSERT_TRUE(theirs.TakeOver("k").has_value());
  const auto lost = [](const auto& result) {
    return !result && result.error().code == Errc::kLeaseLost;
  };
  EXPECT_TRUE(lost(store.Create("after")));
  EXPECT_TRUE(lost((*begun)->Append("2")));
  EXPECT_TRUE(lost((*begun)->Commit(Durability::kDurable)));
  EXPECT_TRUE(lost(store.Remove("before")));
  EXPECT_TRUE(lost(store.RemoveUnfinished("begun", "1", WhoseUnfinished::kOfAnyWriter)));
  EXPECT_TRUE(*store.Exists("before")) << "reading needs no lease";
  EXPECT_FALSE(*store.Exists("begun"));
}

TEST(MemoryStore, LosesWhatWasNotFlushed) {
  for (const bool kept : {false, true}) {
    MemoryStore store;
    ASSERT_TRUE(PutNew(store, "a/flushed", "1"));
    const auto writer = store.Create("a/committed");
    ASSERT_TRUE(writer && (*writer)->Append("2") && (*writer)->Commit(Durability::kDurable));
    ASSERT_TRUE(PutNew(store, "b/volatile", "3", Durability::kVolatile));
    ASSERT_TRUE(store.Flush("b"));
    const auto begun = store.Create("a/begun");
    ASSERT_TRUE(begun && (*begun)->Append("4"));
    store.Crash(kept);
    EXPECT_EQ(store.Get("a/flushed"), "1");
    EXPECT_EQ(store.Get("a/committed"), kept ? "2" : "");
    EXPECT_EQ(store.Get("b/volatile"), kept ? "3" : "") << "the name alone";
    EXPECT_FALSE((*begun)->Commit(Durability::kDurable)) << "its process is gone";
    const auto left = ListAll(store, "a", {.unfinished = true});
    EXPECT_EQ(left->size(), 3u);
  }
}

}  // namespace
}  // namespace jetkeep
