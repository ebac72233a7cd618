#include <gmock/gmock.h>

#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "protocol/control/events.h"
#include "service/cli/render/backup_text.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/job_text.h"
#include "service/cli/render/stream_text.h"

namespace jetkeep {
namespace {

using testing::HasSubstr;
using testing::Not;

BackupDetails Details() {
  BackupDetails details;
  details.summary.id = "b1";
  details.summary.stream = "ORDERS";
  details.summary.messages = 1234567;
  details.summary.bytes = 3 << 20;
  details.summary.completed_ns = 1'800'000'000'000'000'000;
  details.config_json = R"({"name":"ORDERS"})";
  details.consumers.push_back({"worker", ConsumerOrigin::kServer, {7, 70}, {5, 50}, 2, "{}"});
  details.segments.push_back({"s1", 1, 1234567, 1234567, 4096, 1024, "ab"});
  details.warnings.emplace_back("consumer worker was rebuilt");
  return details;
}

TEST(BackupText, ListsBackups) {
  BackupSummary damaged = Details().summary;
  damaged.condition = BackupCondition::kDamaged;
  damaged.verified = Verification{1, false, true};
  Document list = Document::array();
  list.push_back(ToDocument(Details().summary));
  list.push_back(ToDocument(damaged));
  EXPECT_THAT(RenderBackups(list), HasSubstr("complete, made before exact cuts"));
  EXPECT_THAT(RenderBackups(list), Not(HasSubstr("damaged, made")));
  list[0]["cut"]["exact"] = true;
  const std::string text = RenderBackups(list);
  EXPECT_THAT(text, Not(HasSubstr("made before exact cuts")));
  EXPECT_THAT(text, HasSubstr("ID  STREAM  COMPLETED"));
  EXPECT_THAT(text, HasSubstr("1,234,567"));
  EXPECT_THAT(text, HasSubstr("3.0 MiB"));
  EXPECT_THAT(text, HasSubstr("never"));
  EXPECT_THAT(text, HasSubstr("DAMAGED (drill)"));
  EXPECT_EQ(RenderBackups(Document::array()), "no backups\n");
}

TEST(BackupText, ShowsABackupWithConsumersAndSegments) {
  const std::string text = RenderBackup(ToDocument(Details()));
  EXPECT_THAT(text, HasSubstr("stream:         ORDERS\n"));
  EXPECT_THAT(text, HasSubstr("worker           70         50        2  server"));
  EXPECT_THAT(text, HasSubstr("SEGMENT"));
  EXPECT_THAT(text, HasSubstr("warning: consumer worker was rebuilt\n"));
  EXPECT_THAT(text, HasSubstr(R"({"name":"ORDERS"})"));
}

TEST(BackupText, NumbersAreShownAlike) {
  BackupDetails details = Details();
  details.summary.first_sequence = 1;
  details.summary.last_sequence = 1234567;
  const std::string text = RenderBackup(ToDocument(details));
  EXPECT_THAT(text, HasSubstr("sequences:      1 to 1,234,567, 0 deleted\n"));
  EXPECT_THAT(text, Not(HasSubstr("1234567")));
}

TEST(BackupText, SaysInAWordWhatWouldBeDeleted) {
  EXPECT_THAT(DescribeBackup(ToDocument(Details())),
              testing::AllOf(testing::StartsWith("backup b1 of stream ORDERS, completed 20"),
                             testing::EndsWith("1,234,567 messages, 3.0 MiB, complete, made before "
                                               "exact cuts")));
}

TEST(StreamText, ShowsAStreamWithItsConsumers) {
  StreamInfo info;
  info.storage = "file";
  info.config_json = R"({"name":"ORDERS"})";
  info.state.messages = 1234567;
  info.state.last_sequence = 1234567;
  info.state.first_sequence = 1;
  ConsumerInfo consumer;
  consumer.name = "worker";
  consumer.delivered.stream = 7000;
  const std::string text = RenderStream(
      "ORD\x1b"
      "ERS",
      info, std::vector{consumer});
  EXPECT_THAT(text, HasSubstr("stream:         ORD?ERS\n"));
  EXPECT_THAT(text, HasSubstr("messages:       1,234,567 (0 B)\n"));
  EXPECT_THAT(text, HasSubstr("worker        7,000          0        0\n"));
  EXPECT_THAT(text, Not(HasSubstr("replicas")));
}

TEST(BackupText, WhatAServiceSendsCannotSteerTheTerminal) {
  Document backup = ToDocument(Details());
  backup["stream"] = "ORD\x1b[2JERS";
  backup["consumer_details"][0]["name"] = "wor\x1bker";
  backup["warnings"][0] = "evil\x1b\nline";
  EXPECT_THAT(RenderBackup(backup), Not(HasSubstr("\x1b")));
}

TEST(BackupText, AnEmptyOrStrangeDocumentIsNoCrash) {
  EXPECT_FALSE(RenderBackup(Document::object()).empty());
  EXPECT_FALSE(RenderBackup(Document{{"segments", 1}, {"lost", "x"}, {"verified", 3}}).empty());
  EXPECT_EQ(RenderJobs(Document{{"x", 1}}), "no jobs\n");
  EXPECT_FALSE(RenderEvent(Document{{"type", 7}}).empty());
}

TEST(JobText, ShowsJobs) {
  JobStatus job;
  job.job = "j1";
  job.state = JobState::kFailed;
  job.stream = "ORDERS";
  job.created_ns = 1;
  job.error = Error{Errc::kStorageFull, "no space on /srv", ""};
  const std::string one = RenderJob(StatusAnswer(job, Subjects()));
  EXPECT_THAT(one, HasSubstr("state:          failed\n"));
  EXPECT_THAT(one, HasSubstr("error:          no space on /srv\n"));
  const std::vector<JobStatus> jobs{job};
  EXPECT_THAT(RenderJobs(StatusListAnswer(jobs, Subjects(), 1, {}).at("jobs")),
              HasSubstr("no space on /srv"));
  EXPECT_EQ(RenderJobs(Document::array()), "no jobs\n");
}

TEST(JobText, SaysWhoseJobsAreWhereThereAreSeveralAccounts) {
  JobStatus job;
  job.account = "orders";
  job.stream = "S";
  std::vector<JobStatus> jobs{job, job};
  const auto shown = [&] {
    return RenderJobs(StatusListAnswer(jobs, Subjects(), 2, {}).at("jobs"));
  };
  EXPECT_THAT(shown(), testing::Not(HasSubstr("ACCOUNT")));
  jobs[1].account = "bills";
  EXPECT_THAT(shown(), HasSubstr("ACCOUNT"));
  EXPECT_THAT(shown(), HasSubstr("bills"));
  jobs[1] = job;
  jobs[0].target = "staging";
  EXPECT_THAT(shown(), HasSubstr("orders to staging"));
  EXPECT_THAT(RenderJob(StatusAnswer(jobs[0], Subjects())), HasSubstr("target:         staging"));
}

TEST(JobText, ShowsEventsOnOneLineEach) {
  EventFrame frame;
  frame.kind = EventKind::kFailed;
  frame.job = "j1";
  frame.stream = "ORDERS";
  EXPECT_THAT(RenderEvent(FailedEvent(frame, Error{Errc::kTimeout, "no\nanswer", ""}, 1)),
              HasSubstr("backup ORDERS  failed: no?answer  (job j1)"));
  frame.kind = EventKind::kQueued;
  EXPECT_THAT(RenderEvent(QueuedEvent(frame, 1)), HasSubstr("queued behind 1 other job  (job j1)"));
}

TEST(Fields, OfOtherTypesReadAsEmpty) {
  const Document document{{"text", 1}, {"count", "x"}, {"negative", -1}, {"flag", "yes"}};
  EXPECT_EQ(TextOf(document, "text"), "");
  EXPECT_EQ(CountOf(document, "count"), 0U);
  EXPECT_EQ(CountOf(document, "negative"), 0U);
  EXPECT_FALSE(FlagOf(document, "flag"));
  EXPECT_TRUE(MemberOf(Document(3), "x").empty());
}

}  // namespace
}  // namespace jetkeep
