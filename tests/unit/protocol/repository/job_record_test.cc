#include "protocol/repository/job_record.h"

#include <gtest/gtest.h>

#include <string>

namespace jetkeep {
namespace {

JobRecord Failed() {
  JobRecord record;
  record.instance = "k3V";
  JobStatus& job = record.status;
  job.job = "nightly-1";
  job.kind = JobKind::kRestore;
  job.state = JobState::kFailed;
  job.account = "west";
  job.stream = "ORDERS";
  job.target = "staging";
  job.backup = "20261121T012410Z-7k2m9qdx";
  job.created_ns = 1'700'000'000'000'000'001;
  job.started_ns = 1'700'000'000'000'000'002;
  job.ended_ns = 1'700'000'000'000'000'003;
  job.attempts = 3;
  job.error = Error{Errc::kServerError, "the server says \"no\"", "Ask it.", 10047};
  return record;
}

TEST(JobRecord, ComesBackAsItWasKept) {
  const JobRecord record = Failed();
  const auto text = EncodeJobRecord(record);
  ASSERT_TRUE(text);
  const auto read = ParseJobRecord("nightly-1", *text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->instance, "k3V");
  EXPECT_EQ(read->status.kind, JobKind::kRestore);
  EXPECT_EQ(read->status.state, JobState::kFailed);
  EXPECT_EQ(read->status.account, "west");
  EXPECT_EQ(read->status.stream, "ORDERS");
  EXPECT_EQ(read->status.target, "staging");
  EXPECT_EQ(read->status.backup, record.status.backup);
  EXPECT_EQ(read->status.created_ns, record.status.created_ns);
  EXPECT_EQ(read->status.started_ns, record.status.started_ns);
  EXPECT_EQ(read->status.ended_ns, record.status.ended_ns);
  EXPECT_EQ(read->status.attempts, 3);
  EXPECT_FALSE(read->status.progress);
  ASSERT_TRUE(read->status.error);
  EXPECT_EQ(read->status.error->code, Errc::kServerError);
  EXPECT_EQ(read->status.error->message, "the server says \"no\"");
  EXPECT_EQ(read->status.error->hint, "Ask it.");
  EXPECT_EQ(read->status.error->server_code, 10047U);
}

TEST(JobRecord, OfACompletedJobKeepsItsCounts) {
  JobRecord record = Failed();
  record.status.state = JobState::kCompleted;
  record.status.error.reset();
  record.status.progress.emplace();
  record.status.progress->counts = {1000, 1000, 64'000, 64'000};
  const auto read = ParseJobRecord("nightly-1", EncodeJobRecord(record).value());
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->status.error);
  ASSERT_TRUE(read->status.progress);
  EXPECT_EQ(read->status.progress->counts.messages_done, 1000U);
  EXPECT_EQ(read->status.progress->counts.bytes_expected, 64'000U);
  EXPECT_EQ(read->status.progress->percent, 100);
}

TEST(JobRecord, AnyChangedByteIsFound) {
  const std::string text = EncodeJobRecord(Failed()).value();
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(ParseJobRecord("nightly-1", changed)) << i;
    EXPECT_FALSE(ParseJobRecord("nightly-1", text.substr(0, i))) << i;
  }
  EXPECT_FALSE(ParseJobRecord("other", text)) << "a record under another job's name";
  EXPECT_FALSE(ParseJobRecord("nightly-1", std::string(kMaxJobRecordBytes + 1, ' ')));
}

TEST(JobRecord, ALongErrorIsCutAndOneThatIsNotTextIsKept) {
  JobRecord record = Failed();
  record.status.error->message = std::string(100'000, 'x');
  record.status.error->hint = "bad \xff byte";
  const auto text = EncodeJobRecord(record);
  ASSERT_TRUE(text);
  EXPECT_LT(text->size(), kMaxJobRecordBytes);
  const auto read = ParseJobRecord("nightly-1", *text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_GT(read->status.error->message.size(), 1000U);
}

TEST(JobRecord, ANameIsThatOfARecordOnlyIfWeBuiltIt) {
  const std::string id = "20261121T012410Z-7k2m9qdx";
  const std::string key = JobRecordKey(id, "nightly-1");
  EXPECT_EQ(key, "jk.jobs/20261121T012410Z-7k2m9qdx.nightly-1");
  const auto name = ParseJobRecordName(key.substr(8));
  ASSERT_TRUE(name);
  EXPECT_EQ(name->record_id, id);
  EXPECT_EQ(name->job, "nightly-1");
  for (const std::string& other :
       {std::string(), id, id + ".", "." + id, id + ".a.b", id + ".a/b", "x" + id + ".a",
        id + ".nightly-1.tmp", std::string("notes.txt")}) {
    EXPECT_FALSE(ParseJobRecordName(other)) << other;
  }
}

}  // namespace
}  // namespace jetkeep
