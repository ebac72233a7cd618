// RepublishJob over a stream that the test keeps itself, and that limits the messages of each
// subject like a server.
#include "service/engine/publish/republish_job.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "protocol/base/message_headers.h"
#include "service/engine/read/last_of_subjects.h"
#include "tests/unit/service/engine/restore/fake_server.h"
#include "tests/unit/service/repository/repository_fixture.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string ValueOf(const MessageHeaders& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

class NoObserver : public JobObserver {
 public:
  void OnStarted(const std::string&, const std::string&) override {}
  void OnProgress(const JobProgress& progress) override { done = progress.messages_done; }
  void OnRetry(int, const Error&, std::int64_t) override {}
  std::uint64_t done = 0;
};

// Stream T.
class FakeTarget : public FakeServer {
 public:
  FakeTarget() : FakeServer(false) { SetConfig(R"("subjects":["orders.>"])"); }

  void SetConfig(const std::string& fields) { others["T"] = R"({"name":"T",)" + fields + "}"; }
  Result<StreamInfo> GetStream(const std::string& name) override {
    JETKEEP_ASSIGN(StreamInfo info, FakeServer::GetStream(name));
    info.created = "c";
    info.state.first_sequence = stored.empty() ? last + 1 : stored.begin()->first;
    info.state.last_sequence = last;
    return info;
  }
  void Store(const std::string& subject, const MessageHeaders& headers) {
    StoredMessage kept;
    kept.sequence = ++last;
    kept.subject = subject;
    if (!headers.empty()) {
      kept.headers = "NATS/1.0\r\n";
      for (const auto& [name, value] : headers) kept.headers += name + ": " + value + "\r\n";
      kept.headers += "\r\n";
    }
    if (per_subject == 1) {
      std::erase_if(stored, [&](const auto& old) { return old.second.subject == subject; });
    }
    stored[last] = kept;
  }
  Result<std::unique_ptr<StreamReader>> ReadStream(const std::string&, std::uint64_t,
                                                   const CancelToken&) override {
    return std::make_unique<Reader>(*this);
  }
  Result<std::unique_ptr<MessagePublisher>> OpenPublisher(const AckTaker& taker,
                                                          const CancelToken&) override {
    return std::make_unique<Publisher>(*this, taker);
  }

  std::map<std::uint64_t, StoredMessage> stored;
  std::uint64_t last = 0;
  int per_subject = 0;
  std::string stream_of_acks = "T";
  bool duplicates = false;        // the stream takes all for duplicates
  std::uint64_t refuse_from = 0;  // this number and above; 0: none
  Error refusal{Errc::kServerError, "expected stream does not match", "", 10060};
  std::vector<std::uint64_t> sent;   // old sequences
  std::vector<std::string> expects;  // their Nats-Expected-Stream

 private:
  class Reader : public StreamReader {
   public:
    explicit Reader(FakeTarget& target) : target_(target) {}
    Result<StreamInfo> State(const DeletedTaker&, std::uint64_t, std::uint64_t,
                             const MessageTaker&) override {
      return target_.GetStream("T");
    }
    Status Read(const std::function<std::uint64_t()>& next, const MessageTaker& take) override {
      while (const std::uint64_t sequence = next()) {
        const auto found = target_.stored.find(sequence);
        StoredMessage copy;
        if (found != target_.stored.end()) copy = found->second;
        JETKEEP_TRY(take(sequence, found == target_.stored.end() ? nullptr : &copy));
      }
      return {};
    }
    Result<std::optional<StoredMessage>> FirstFrom(std::uint64_t sequence) override {
      const auto found = target_.stored.lower_bound(sequence);
      if (found == target_.stored.end()) return std::optional<StoredMessage>();
      return std::optional<StoredMessage>(found->second);
    }
    Status ListLive(std::uint64_t, std::uint64_t,
                    const std::function<Status(std::uint64_t)>&) override {
      return Fail(Errc::kInternal, "not used here");
    }

   private:
    FakeTarget& target_;
  };

  // Answers only when it has to.
  class Publisher : public MessagePublisher {
   public:
    Publisher(FakeTarget& target, AckTaker taker) : target_(target), taker_(std::move(taker)) {}
    Status WaitForRoom() override { return open_.size() < 4 ? Status() : Finish(); }
    Status Send(std::uint64_t number, const std::string& subject, const MessageHeaders& headers,
                std::string_view) override {
      target_.sent.push_back(number);
      target_.expects.push_back(ValueOf(headers, "Nats-Expected-Stream"));
      open_.push_back(number);
      if (target_.refuse_from != 0 && number >= target_.refuse_from) return {};
      if (!target_.duplicates) target_.Store(subject, headers);
      return {};
    }
    Status TakeUntil(std::chrono::steady_clock::time_point) override { return {}; }
    Status Finish() override {
      while (!open_.empty()) {
        const std::uint64_t number = open_.front();
        if (target_.refuse_from != 0 && number >= target_.refuse_from) return Fail(target_.refusal);
        open_.erase(open_.begin());
        taker_(number, {target_.stream_of_acks, number, target_.duplicates});
      }
      return {};
    }

   private:
    FakeTarget& target_;
    const AckTaker taker_;
    std::vector<std::uint64_t> open_;
  };
};

class RepublishJobTest : public RepositoryTest {
 protected:
  void SetUp() override {
    repository_ = Open();
    ASSERT_TRUE(MakeBackup(*repository_, "S", TestId(1), 10));
    spec_.backup = TestId(1);
    spec_.into = "T";
  }
  Result<RepublishReport> Run() {
    target_.sent.clear();
    target_.expects.clear();
    return RepublishJob(target_, *repository_, observer_, CancelToken()).Run(spec_);
  }

  std::unique_ptr<Repository> repository_;
  FakeTarget target_;
  NoObserver observer_;
  RepublishSpec spec_;
};

TEST_F(RepublishJobTest, OnlyTheStreamThatIsMeantGetsThem) {
  auto report = Run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->messages, 10U);
  EXPECT_THAT(target_.expects, ::testing::Each("T"));
  // An older server, whose streams would no longer source such a message: one message shows it.
  target_ = {};
  target_.identity.version = "2.9.10";
  target_.stream_of_acks = "OTHER";
  report = Run();
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("message 1 was stored by stream OTHER"));
  EXPECT_THAT(target_.expects, ElementsAre(""));
  // Its subjects say that it takes none of them.
  target_ = {};
  target_.SetConfig(R"("subjects":["other.*"])");
  report = Run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kInvalidRequest);
  EXPECT_THAT(report.error().message, HasSubstr("orders.new, which stream T does not take"));
  EXPECT_THAT(target_.sent, IsEmpty());
  // The server refuses.
  target_ = {};
  target_.refuse_from = 1;
  report = Run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kInvalidRequest);
  EXPECT_THAT(report.error().message, HasSubstr("another stream than T"));
}

TEST_F(RepublishJobTest, WhatCannotBeSentIsFoundBeforeAnythingIs) {
  spec_.reserved = {"orders.new"};
  auto report = Run();
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("message 1 would get the subject orders.new"));
  spec_.reserved = {};
  for (const char* field : {"no_ack", "allow_msg_counter"}) {
    target_.SetConfig(R"("subjects":["orders.>"],")" + std::string(field) + "\":true");
    report = Run();
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, Errc::kInvalidRequest);
    EXPECT_THAT(report.error().message, HasSubstr(field));
  }
  target_.SetConfig(R"("sources":[{"name":"O"}])");
  report = Run();
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("has no subjects"));
  EXPECT_THAT(target_.sent, IsEmpty());

  // The headers that come along count.
  target_.SetConfig(R"("subjects":["orders.>"])");
  std::size_t largest = 0;
  std::uint64_t which = 0;
  for (std::uint64_t s = 1; s <= 10; ++s) {
    if (PayloadOf(s).size() <= largest) continue;
    largest = PayloadOf(s).size();
    which = s;
  }
  target_.identity.max_payload = largest;
  report = Run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kLimitTooSmall);
  EXPECT_THAT(report.error().message, HasSubstr("message 1 has"));
  EXPECT_THAT(target_.sent, IsEmpty());
  // The greatest limit that is too small, found by trying.
  std::uint64_t limit = largest;
  for (; limit < largest + 1000; ++limit) {
    target_.SetConfig(R"("subjects":["orders.>"],"max_msg_size":)" + std::to_string(limit));
    target_.identity.max_payload = 1 << 20;
    report = Run();
    if (report) break;
    EXPECT_THAT(target_.sent, IsEmpty());
  }
  ASSERT_TRUE(report);
  const auto at = target_.stored.find(which);
  ASSERT_NE(at, target_.stored.end());
  std::uint64_t most = 0;
  for (const auto& [sequence, message] : target_.stored) {
    most = std::max(most, message.headers.size() + PayloadOf(sequence).size());
  }
  EXPECT_EQ(limit, most);
}

TEST_F(RepublishJobTest, ASecondTimeDoesNotBringOldValuesBack) {
  target_.per_subject = 1;
  target_.SetConfig(R"("subjects":["orders.>"],"max_msgs_per_subject":1)");
  spec_.messages.last_sequence = 6;
  auto report = Run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->messages, 6U);
  report = Run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->messages, 0U);
  EXPECT_EQ(report->already, 6U);
  EXPECT_THAT(report->warnings, ElementsAre(HasSubstr("5 messages that are older")));
  EXPECT_THAT(target_.sent, IsEmpty());
  // Newer ones come, in this stream's order.
  spec_.messages.last_sequence = 0;
  report = Run();
  ASSERT_TRUE(report);
  EXPECT_THAT(target_.sent, ElementsAre(7, 8, 9, 10));
  EXPECT_EQ(target_.stored.size(), 1U);
  // The same behind other subjects.
  target_.SetConfig(R"("subjects":["copy.>"],"max_msgs_per_subject":1)");
  spec_.to = "copy";
  target_.stored.clear();
  ASSERT_TRUE(Run());
  EXPECT_EQ(target_.sent.size(), 10U);
  ASSERT_TRUE(Run());
  EXPECT_THAT(target_.sent, IsEmpty());
}

TEST_F(RepublishJobTest, OnlySubjectsThatMayComeUpAreRemembered) {
  target_.SetConfig(R"("subjects":["orders.>","other.>"],"max_msgs_per_subject":5)");
  // More by so much that the table, which grows by doubling, notices.
  for (std::size_t i = 0; i <= LastOfSubjects::kMaxSubjects * 11 / 10; ++i) {
    target_.Store("other." + std::to_string(i), {});
  }
  spec_.missing = true;
  spec_.dry_run = true;
  auto report = Run();
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr("subjects"));
  spec_.messages.subjects = {"orders.>"};
  report = Run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->messages, 10U);
}

TEST_F(RepublishJobTest, DuplicatesAreNotPublished) {
  target_.duplicates = true;
  const auto report = Run();
  ASSERT_TRUE(report);
  EXPECT_EQ(report->messages, 0U);
  EXPECT_EQ(report->bytes, 0U);
  EXPECT_EQ(report->duplicates, 10U);
  EXPECT_EQ(observer_.done, 10U);
  EXPECT_THAT(report->warnings, ElementsAre(HasSubstr("took 10 messages for duplicates")));
}

TEST_F(RepublishJobTest, WhatIsInDoubtNamesTheBackup) {
  target_.refuse_from = 6;
  target_.refusal = {Errc::kCancelled, "the job was cancelled", "", 0};
  const auto report = Run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kCancelled);
  EXPECT_THAT(report.error().message,
              HasSubstr("5 messages are published, all below sequence 6; in doubt are"));
  EXPECT_THAT(report.error().hint, HasSubstr(TestId(1)));
}

TEST_F(RepublishJobTest, ABackupOfAConfigurationHasNothingToPublish) {
  const auto writer = repository_->BeginBackup("S", "", TestId(2));
  ASSERT_TRUE(writer);
  Manifest manifest = TestManifest("S", TestId(2), 0, 0);
  manifest.consumers.clear();
  manifest.condition = BackupCondition::kConfigOnly;
  const auto made = (*writer)->Finish(std::move(manifest), 1'800'000'000'000'000'000);
  ASSERT_TRUE(made) << made.error().message;
  spec_.backup = TestId(2);
  const auto report = Run();
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, HasSubstr(TestId(2)));
}

}  // namespace
}  // namespace jetkeep
