#include "service/observe/catalog_metrics.h"

#include <gmock/gmock.h>

#include <future>
#include <memory>
#include <string>

#include "service/repository/job_log.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::chrono::seconds kPatience{20};
constexpr const char* kNone = "last_success_timestamp_seconds{account=\"$G\",stream=\"S\"} 0\n";

class CatalogMetricsTest : public RepositoryTest {
 protected:
  void SetUp() override {
    repository_ = Open();
    Start();
  }

  // A service that starts, and has looked.
  void Start() {
    catalog_.reset();
    metrics_ = std::make_unique<Metrics>();
    catalog_ = std::make_unique<CatalogMetrics>(loop_, *metrics_, *repository_,
                                                CatalogMetricsOptions{.account = "$G"});
  }
  std::string Shown() {
    EXPECT_TRUE(catalog_->AwaitEnd(std::chrono::steady_clock::now() + kPatience));
    return metrics_->Text();
  }

  EventLoop loop_;
  std::unique_ptr<Repository> repository_;
  std::unique_ptr<Metrics> metrics_;
  std::unique_ptr<CatalogMetrics> catalog_;
};

TEST_F(CatalogMetricsTest, AGoodBackupIsShownWithItsTime) {
  const auto writer = repository_->BeginBackup("S", "", TestId(1));
  ASSERT_TRUE(writer);
  Manifest manifest = TestManifest("S", TestId(1), 0, 0);
  manifest.exact_cut = true;
  manifest.cut_time_ns = 1'700'000'000'000'000'000;
  ASSERT_TRUE((*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'000));
  Start();
  const std::string text = Shown();
  EXPECT_THAT(text, HasSubstr("last_success_timestamp_seconds{account=\"$G\",stream=\"S\"} 17000"));
  EXPECT_THAT(text, HasSubstr("jetkeep_repository_readable{account=\"$G\"} 1\n"));
  EXPECT_EQ(catalog_->Problem(), "");
}

TEST_F(CatalogMetricsTest, AStreamThatFailsInsideASetIsShown) {
  const auto keep = [&](int number, Errc code) {
    SetDetails set;
    set.summary.id = "set-" + TestId(number);
    set.summary.account = "$G";
    set.summary.completed_ns = number;
    set.members.resize(2);
    set.members[0].stream = "GOOD";
    set.members[0].backup = TestId(1);
    set.members[1].stream = "S";
    set.members[1].error = Error{code, "no", {}, 0};
    const Status kept = repository_->sets().Add(set);
    ASSERT_TRUE(kept) << kept.error().message;
  };
  keep(7, Errc::kTimeout);
  Start();
  EXPECT_THAT(Shown(), HasSubstr(kNone));
  keep(8, Errc::kStreamNotFound);
  Start();
  EXPECT_THAT(Shown(), Not(HasSubstr(kNone)));
}

TEST_F(CatalogMetricsTest, AFailureIsShownAfterARestartUntilTheStreamIsGone) {
  JobLog log(files(), SystemClock());
  const auto end = [&](const std::string& job, std::int64_t ended_ns, const std::string& account,
                       Errc code) {
    JobRecord record;
    record.instance = "i";
    record.status.job = job;
    record.status.account = account;
    record.status.stream = "S";
    record.status.state = JobState::kFailed;
    record.status.ended_ns = ended_ns;
    record.status.error = Error{code, "no", {}, 0};
    const Status kept = log.Add(record);
    ASSERT_TRUE(kept) << kept.error().message;
  };
  const std::int64_t now = SystemClock().Now();
  end("a", now - 3, "another", Errc::kTimeout);
  Start();
  EXPECT_THAT(Shown(), Not(HasSubstr(kNone)));
  end("b", now - 2, "$G", Errc::kTimeout);
  Start();
  EXPECT_THAT(Shown(), HasSubstr(kNone));
  end("c", now - 1, "$G", Errc::kStreamNotFound);
  Start();
  EXPECT_THAT(Shown(), Not(HasSubstr(kNone)));
}

TEST_F(CatalogMetricsTest, ARepositoryThatCannotBeReadIsSaid) {
  files().SetFault([](Operation operation, const std::string&, std::uint64_t) {
    return operation == Operation::kList
               ? std::optional<Injected>(Error{Errc::kStorageError, "the disk is away", {}, 0})
               : std::nullopt;
  });
  Start();
  const std::string text = Shown();
  EXPECT_THAT(text, HasSubstr("jetkeep_repository_readable{account=\"$G\"} 0\n"));
  EXPECT_THAT(text,
              HasSubstr("jetkeep_repository_last_look_timestamp_seconds{account=\"$G\"} 0\n"));
  EXPECT_THAT(catalog_->Problem(), HasSubstr("the disk is away"));
}

TEST_F(CatalogMetricsTest, AnObjectThatCannotBeReadIsCounted) {
  ASSERT_TRUE(MakeBackup(*repository_, "S", TestId(1), 5));
  for (const std::string& path : files().Paths()) {
    if (path.find(".jkm") != std::string::npos || path.find("manifest") != std::string::npos) {
      files().Write(path, "no manifest");
    }
  }
  Start();
  EXPECT_THAT(Shown(), HasSubstr("unreadable_objects{account=\"$G\"} 1\n"));
  EXPECT_THAT(catalog_->Problem(), HasSubstr("1 objects"));
}

// A disk that hangs keeps a stop waiting as long as the stop wants to wait; then one answer is
// enough.
TEST_F(CatalogMetricsTest, AStopEndsALook) {
  for (int i = 1; i <= 20; ++i) ASSERT_TRUE(MakeBackup(*repository_, "S", TestId(i), 2));
  std::promise<void> reached;
  std::promise<void> answer;
  std::shared_future<void> answered = answer.get_future().share();
  int opened = 0;
  files().SetFault([&](Operation operation, const std::string&, std::uint64_t) {
    if (operation == Operation::kOpen && ++opened == 1) {
      reached.set_value();
      answered.wait();
    }
    return std::optional<Injected>();
  });
  Start();
  reached.get_future().wait();
  catalog_->Cancel();
  EXPECT_FALSE(catalog_->AwaitEnd(std::chrono::steady_clock::now()));
  answer.set_value();
  EXPECT_TRUE(catalog_->AwaitEnd(std::chrono::steady_clock::now() + kPatience));
  EXPECT_LE(opened, 2);
  EXPECT_THAT(metrics_->Text(), Not(HasSubstr("stream=\"S\"")));
  files().SetFault({});
}

}  // namespace
}  // namespace jetkeep
