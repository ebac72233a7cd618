#include "service/store/lease.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <thread>
#include <vector>

#include "protocol/repository/layout.h"
#include "service/store/posix/posix_store.h"
#include "tests/unit/service/store/test_store.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kTtl{10};

// Each process has a clock of its own; hosts' clocks need not agree.
class Clock {
 public:
  explicit Clock(seconds start) : now_(start) {}
  void Pass(milliseconds time) { now_ += time; }
  LeaseOptions Options() {
    return {kTtl, false, [this] { return std::chrono::steady_clock::time_point(now_); }};
  }

 private:
  milliseconds now_;
};

class LeaseTest : public ::testing::Test {
 protected:
  LeaseTest()
      : a_clock_(seconds(1000)),
        b_clock_(seconds(5)),
        a_(files_, a_clock_.Options()),
        b_(files_, b_clock_.Options()) {}
  static std::unique_ptr<Lease> Must(Result<std::unique_ptr<Lease>> lease) {
    EXPECT_TRUE(lease) << lease.error().message;
    EXPECT_TRUE(lease && *lease) << "somebody has it";
    return lease ? std::move(*lease) : nullptr;
  }
  static bool Nobody(const Result<std::unique_ptr<Lease>>& lease) {
    EXPECT_TRUE(lease) << lease.error().message;
    return lease && !*lease;
  }
  static bool IsLost(const Status& status) {
    return !status && status.error().code == Errc::kLeaseLost;
  }

  TestStore files_;
  Clock a_clock_;
  Clock b_clock_;
  Leases a_;
  Leases b_;
};

TEST_F(LeaseTest, OneHasItAndTheOtherGetsItWhenItIsReleased) {
  auto mine = Must(a_.TryAcquire("k"));
  EXPECT_EQ(mine->generation(), 1U);
  EXPECT_TRUE(Nobody(b_.TryAcquire("k")));
  EXPECT_TRUE(mine->Check());
  EXPECT_TRUE(mine->Release());
  EXPECT_TRUE(IsLost(mine->Check()));
  auto theirs = Must(b_.TryAcquire("k"));
  EXPECT_EQ(theirs->generation(), 2U);
  EXPECT_TRUE(IsLost(mine->Check()));
  EXPECT_FALSE(mine->Release());
  EXPECT_TRUE(theirs->Check());
  // Another key is another lease.
  EXPECT_EQ(Must(a_.TryAcquire("other"))->generation(), 1U);
}

TEST_F(LeaseTest, ALivingHolderKeepsItHoweverLongOthersWait) {
  auto mine = Must(a_.TryAcquire("k"));
  for (int i = 0; i < 20; ++i) {
    EXPECT_TRUE(Nobody(b_.TryAcquire("k")));
    b_clock_.Pass(kTtl - seconds(1));
    EXPECT_TRUE(mine->Renew());
  }
  EXPECT_TRUE(mine->Check());
}

TEST_F(LeaseTest, ASilentOneIsTakenOverAndNoticesItBeforeItActs) {
  auto mine = Must(a_.TryAcquire("k"));
  EXPECT_TRUE(Nobody(b_.TryAcquire("k"))) << "seen for the first time, however old";
  b_clock_.Pass(kTtl - milliseconds(1));
  EXPECT_TRUE(Nobody(b_.TryAcquire("k")));
  b_clock_.Pass(milliseconds(1));
  auto theirs = Must(b_.TryAcquire("k"));
  EXPECT_EQ(theirs->generation(), 2U);
  // The first wakes up; its own clock may have stood still.
  EXPECT_TRUE(IsLost(mine->Check()));
  EXPECT_TRUE(IsLost(mine->Renew()));
  EXPECT_FALSE(mine->Release());
  EXPECT_FALSE(mine->Erase());
  EXPECT_TRUE(theirs->Check());
  EXPECT_TRUE(Nobody(a_.TryAcquire("k")));
}

TEST_F(LeaseTest, OneThatWakesUpInTimeRenewsAndIsNotTakenOver) {
  auto mine = Must(a_.TryAcquire("k"));
  EXPECT_TRUE(Nobody(b_.TryAcquire("k")));
  a_clock_.Pass(kTtl - seconds(1));
  b_clock_.Pass(kTtl - seconds(1));
  EXPECT_TRUE(mine->Check()) << "renews by itself";
  b_clock_.Pass(seconds(2));
  EXPECT_TRUE(Nobody(b_.TryAcquire("k")));
  EXPECT_TRUE(mine->Check());
}

// The holder wakes up at every step of a takeover, and the watcher at every step of a waking
// holder: never are both sure of the lease.
TEST_F(LeaseTest, ATakeoverThatCrossesARenewalLeavesOneHolderAtMost) {
  int taken = 0;
  int kept = 0;
  for (const bool holder_wakes : {true, false}) {
    for (int step = 1;; ++step) {
      const std::string key = (holder_wakes ? "h" : "w") + std::to_string(step);
      int count = 0;
      std::function<void()> other;
      FaultStore hooked(static_cast<Store&>(files_));
      // As if another process ran just then.
      hooked.SetFault([&](Operation, const std::string&, std::uint64_t) -> std::optional<Injected> {
        if (++count == step && other) std::exchange(other, {})();
        return std::nullopt;
      });
      Leases a(holder_wakes ? static_cast<Store&>(files_) : hooked, a_clock_.Options());
      Leases b(holder_wakes ? static_cast<Store&>(hooked) : files_, b_clock_.Options());
      auto mine = Must(a.TryAcquire(key));
      EXPECT_TRUE(Nobody(b.TryAcquire(key)));
      a_clock_.Pass(kTtl);
      b_clock_.Pass(kTtl);
      Result<std::unique_ptr<Lease>> theirs;
      Status checked;
      const auto take = [&] { theirs = b.TryAcquire(key); };
      const auto wake = [&] { checked = mine->Check(); };
      count = 0;
      other = holder_wakes ? std::function<void()>(wake) : take;
      holder_wakes ? take() : wake();
      const bool crossed = !other;
      if (!crossed) break;
      ASSERT_TRUE(theirs) << theirs.error().message;
      const bool b_has_it = *theirs != nullptr;
      // Whatever the holder was told while they crossed, it does not go on beside the other.
      EXPECT_FALSE(b_has_it && mine->Check()) << key;
      // Told that it may act after the other was sure: that must not be.
      EXPECT_FALSE(!holder_wakes && b_has_it && checked) << key;
      if (b_has_it) {
        EXPECT_TRUE((*theirs)->Check()) << key;
        ++taken;
      } else {
        ++kept;
      }
    }
  }
  EXPECT_GT(taken, 0);
  EXPECT_GT(kept, 0);
}

TEST_F(LeaseTest, AStoppedMachineLosesNoGeneration) {
  for (std::uint64_t stop = 1; stop < 20; ++stop) {
    TestStore files;
    Leases first(files, a_clock_.Options());
    auto one = Must(first.TryAcquire("k"));
    ASSERT_TRUE(one->Release());
    const std::uint64_t before = files.mutations();
    files.SetFault([&](Operation, const std::string&, std::uint64_t number) {
      return number < before + stop
                 ? std::optional<Error>()
                 : std::optional<Error>(Error{Errc::kStorageError, "the machine is gone", "", 0});
    });
    auto two = first.TryAcquire("k");
    const bool held = two && *two;
    files.SetFault({});
    files.Crash();
    Leases later(files, b_clock_.Options());
    auto three = later.TryAcquire("k");
    ASSERT_TRUE(three) << stop;
    if (!*three) {  // the claim survived its holder
      b_clock_.Pass(kTtl);
      three = later.TryAcquire("k");
      ASSERT_TRUE(three && *three) << stop;
    }
    if (held) {
      EXPECT_GT((*three)->generation(), (*two)->generation()) << stop;
      EXPECT_TRUE(IsLost((*two)->Check())) << stop;
    }
  }
}

TEST_F(LeaseTest, WithoutADiskALeaseEndsWithItsTime) {
  auto mine = Must(a_.TryAcquire("k"));
  files_.SetFault([](Operation operation, const std::string&, std::uint64_t) {
    return operation == Operation::kCreate
               ? std::optional<Error>(Error{Errc::kStorageFull, "full", "", 0})
               : std::optional<Error>();
  });
  a_clock_.Pass(kTtl - milliseconds(1));
  EXPECT_TRUE(mine->Check()) << "nobody can have it yet";
  a_clock_.Pass(milliseconds(1));
  EXPECT_TRUE(IsLost(mine->Check()));
  files_.SetFault({});
  EXPECT_TRUE(IsLost(mine->Check())) << "once lost, always lost";
}

TEST_F(LeaseTest, WhoeverKnowsThatTheHolderIsDeadNeedNotWait) {
  auto mine = Must(a_.TryAcquire("k"));
  auto theirs = Must(b_.TakeOver("k"));
  EXPECT_EQ(theirs->generation(), 2U);
  EXPECT_TRUE(IsLost(mine->Check()));
}

TEST_F(LeaseTest, ErasedItLeavesNothing) {
  auto mine = Must(a_.TryAcquire("k"));
  EXPECT_TRUE(mine->Renew());
  EXPECT_TRUE(mine->Renew());
  EXPECT_TRUE(mine->Erase());
  EXPECT_TRUE(files_.Paths().empty());
  EXPECT_TRUE(IsLost(mine->Check()));
  EXPECT_TRUE(b_.Look("k")->free());
}

TEST_F(LeaseTest, ItsFilesStayFew) {
  auto mine = Must(a_.TryAcquire("k"));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(mine->Renew());
  EXPECT_LE(files_.Paths().size(), 2U);
  for (int i = 0; i < 10; ++i) {
    mine = Must(b_.TakeOver("k"));
    ASSERT_TRUE(mine->Release());
  }
  EXPECT_LE(files_.Paths().size(), 3U);
}

TEST_F(LeaseTest, NamesAreParsedStrictly) {
  for (const LeaseFileParts& parts :
       {LeaseFileParts{LeaseFileKind::kClaim, "restore-20261121T012410Z-7k2m9qdx", 1, 0},
        LeaseFileParts{LeaseFileKind::kBeat, "a", 999999999999ULL, 18446744073709551615ULL},
        LeaseFileParts{LeaseFileKind::kReleased, "@%~", 2, 0}}) {
    const auto parsed = ParseLeaseFile(LeasePath(parts));
    ASSERT_TRUE(parsed) << LeasePath(parts);
    EXPECT_EQ(parsed->key, parts.key);
    EXPECT_EQ(parsed->kind, parts.kind);
    EXPECT_EQ(parsed->generation, parts.generation);
    EXPECT_EQ(parsed->beat, parts.beat);
  }
  for (const char* name :
       {"lease", "lease.", "lease..1", "lease.k", "lease.k.", "lease.k.0", "lease.k.01",
        "lease.k.x", "lease.k.1.", "lease.k.1.x", "lease.k.1.2.3", "lease.k.1.released.1",
        "lease.k.18446744073709551616", "lease.k.18446744073709551615", "lease.k.1000000000000",
        "lease.a/b.1", "leases.k.1", "lease.k.1.02"}) {
    EXPECT_FALSE(ParseLeaseFile(name)) << name;
  }
}

// Real files, real threads: never two at once, and the background renewal keeps it.
TEST(LeaseOnDisk, ManyWantItAndOneHasIt) {
  std::string root = (std::filesystem::temp_directory_path() / "lease-XXXXXX").string();
  ASSERT_NE(::mkdtemp(root.data()), nullptr);
  auto files = PosixStore::Open(root, false);
  ASSERT_TRUE(files);
  std::atomic<int> inside{0};
  std::atomic<int> turns{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      Leases leases(**files, {.ttl = seconds(60)});
      while (turns < 40) {
        const auto lease = leases.TryAcquire("k");
        if (!lease || !*lease) continue;
        EXPECT_TRUE((*lease)->Check());
        EXPECT_EQ(++inside, 1);
        ++turns;
        --inside;
        EXPECT_TRUE((*lease)->Release());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  {
    Leases leases(**files, {.ttl = milliseconds(400)});
    const auto lease = leases.TryAcquire("kept");
    ASSERT_TRUE(lease && *lease);
    const auto sight = leases.Look("kept");
    for (int i = 0; i < 500 && leases.Look("kept")->beat <= sight->beat + 2; ++i)
      std::this_thread::sleep_for(milliseconds(20));
    EXPECT_GT(leases.Look("kept")->beat, sight->beat + 2);
    EXPECT_TRUE((*lease)->Check());
  }
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace jetkeep
