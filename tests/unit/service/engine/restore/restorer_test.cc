#include "service/engine/restore/restorer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>

#include "service/engine/sets/stream_gate.h"
#include "tests/unit/service/engine/restore/fake_server.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

const Error kRefused{Errc::kServerError, "refused as the test wants it", {}, 10052};

// Refuses every restore. Calls back when a restore is prepared, and before it is asked for.
class RefusingServer : public FakeServer {
 public:
  RefusingServer() : FakeServer(/*clustered=*/false) {}

  std::function<void()> at_end_of_preparation;
  std::function<void()> at_scan;
  int prepared = 0;
  int asked = 0;

  Result<ServerIdentity> Server() override {
    if (at_scan) at_scan();
    return FakeServer::Server();
  }
  Status MayUpdateStream(const std::string& name) override {
    ++prepared;
    if (at_end_of_preparation) at_end_of_preparation();
    return FakeServer::MayUpdateStream(name);
  }
  Result<std::unique_ptr<RestoreSession>> BeginRestore(const std::string&, const std::string&,
                                                       const StreamState&, const RestoreOptions&,
                                                       const CancelToken&) override {
    ++asked;
    return Fail(kRefused);
  }
};

class SilentObserver : public JobObserver {
 public:
  void OnStarted(const std::string&, const std::string&) override {}
  void OnProgress(const JobProgress&) override {}
  void OnRetry(int, const Error&, std::int64_t) override {}
};

class RestorerTest : public RepositoryTest {
 protected:
  void SetUp() override {
    repository_ = Open();
    other_ = Open();
    const auto made = MakeBackup(*repository_, "S", TestId(1), 7);
    ASSERT_TRUE(made) << made.error().message;
  }

  // Another process begins to restore S, or to clean up after such a restore: either way the record
  // is its own.
  void OtherBegins() {
    RestoreRecord record;
    record.id = TestId(2);
    record.backup_id = TestId(1);
    record.account = "$G";
    record.stream = "S";
    record.config_json = R"({"name":"S"})";
    record.token = std::string(32, 'a');
    auto mark = other_->MarkRestore(record);
    ASSERT_TRUE(mark) << mark.error().message;
    mark_ = std::move(*mark);
  }
  void OtherEnds() {
    if (!mark_) return;
    EXPECT_TRUE(mark_->Remove());
    mark_.reset();
  }

  Error Restore() {
    EngineOptions options;
    RestoreRecovery recovery(server_, *repository_);
    StreamGate gate;
    Restorer restorer({server_, *repository_, options, &recovery}, gate);
    RestoreSpec spec;
    spec.stream = "S";
    SilentObserver observer;
    const auto report = restorer.Restore(spec, observer, CancelToken());
    EXPECT_FALSE(report);
    return report ? Error() : report.error();
  }

  RefusingServer server_;
  std::unique_ptr<Repository> repository_;
  std::unique_ptr<Repository> other_;
  std::unique_ptr<RestoreMark> mark_;
};

// The wait for others is over when the restore is prepared; a clean-up may begin after it.
TEST_F(RestorerTest, ACleanUpThatBeginsAfterTheWaitIsAwaitedToo) {
  std::atomic<bool> begun = false;
  server_.at_end_of_preparation = [&] {
    if (server_.prepared > 1) return;
    OtherBegins();
    begun = true;
  };
  // The clean-up ends a look later.
  std::atomic<int> looks = 0;
  server_.at_scan = [&] {
    if (begun && ++looks == 2) OtherEnds();
  };
  const Error error = Restore();
  EXPECT_EQ(error.server_code, kRefused.server_code) << error.message;
  EXPECT_EQ(server_.prepared, 2);
  EXPECT_EQ(server_.asked, 1);
}

TEST_F(RestorerTest, ARestoreOfAnotherProcessIsNotOutwaited) {
  server_.at_end_of_preparation = [&] { OtherBegins(); };
  const Error error = Restore();
  EXPECT_EQ(error.code, Errc::kStreamExists) << error.message;
  EXPECT_EQ(server_.prepared, 1) << "the backup is read once";
  EXPECT_EQ(server_.asked, 0);
}

TEST_F(RestorerTest, AStreamThatStaysIsNoReasonToTryAgain) {
  server_.stream = StreamInfo{};
  const Error error = Restore();
  EXPECT_EQ(error.code, Errc::kStreamExists) << error.message;
  EXPECT_EQ(server_.asked, 0);
}

// Each time another one is in the way, and gone when somebody looks.
TEST_F(RestorerTest, TheTriesAreBounded) {
  std::atomic<bool> begun = false;
  server_.at_end_of_preparation = [&] {
    OtherBegins();
    begun = true;
  };
  server_.at_scan = [&] {
    if (begun.exchange(false)) OtherEnds();
  };
  const Error error = Restore();
  EXPECT_EQ(error.code, Errc::kStreamExists) << error.message;
  EXPECT_EQ(server_.prepared, 3);
}

// The messages of the backup are of the first microseconds of 1970.
TEST_F(RestorerTest, WhatIsTooOldGoesByTheClockOfTheServer) {
  class At5000 : public WallClock {
   public:
    std::int64_t Now() const override { return 5'000'000'000'000; }
  };
  const At5000 clock;
  EngineOptions options;
  options.clock = &clock;
  RestoreRecovery recovery(server_, *repository_);
  StreamGate gate;
  Restorer restorer({server_, *repository_, options, &recovery}, gate);
  RestoreSpec spec;
  spec.stream = "S";
  spec.changes.set = {{"max_age", "2000000000000"}};
  const auto removes = [&] {
    const auto preview = restorer.Preview(spec, CancelToken());
    EXPECT_TRUE(preview) << preview.error().message;
    return preview && std::any_of(preview->refusals.begin(), preview->refusals.end(),
                                  [](const Error& refusal) {
                                    return refusal.message.find("max_age") != std::string::npos;
                                  });
  };
  EXPECT_TRUE(removes()) << "nothing is known of the server's clock";
  server_.stream = StreamInfo{};
  server_.stream->answered_ns = clock.Now();
  EXPECT_TRUE(removes());
  server_.stream->answered_ns = 1'000'000'000'000;
  EXPECT_FALSE(removes()) << "for the server they are younger";
}

}  // namespace
}  // namespace jetkeep
