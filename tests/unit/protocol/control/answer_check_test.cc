// Which answers and events are Jetkeep's. The answers of others are written here as servers and
// programs send them; Jetkeep's own come from the code that the service uses.
#include "protocol/control/answer_check.h"

#include <gtest/gtest.h>

#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "protocol/control/body.h"
#include "protocol/control/diff_document.h"
#include "protocol/control/drift_document.h"
#include "protocol/control/events.h"
#include "protocol/control/message_document.h"
#include "protocol/control/message_shapes.h"
#include "protocol/control/prune_document.h"
#include "protocol/control/restore_plan_document.h"
#include "protocol/control/stats_document.h"

namespace jetkeep {
namespace {

struct Asked {
  EndpointId endpoint;
  Document request;
  Document answer;  // as the service gives it
  const Shape* shape = nullptr;
};

EventFrame Frame(JobKind work) {
  EventFrame frame;
  frame.work = work;
  frame.id = "e1";
  frame.job = "j1";
  frame.stream = "ORDERS";
  return frame;
}

BackupSummary Summary() {
  BackupSummary backup;
  backup.id = "b1";
  backup.stream = "ORDERS";
  backup.account = "$G";
  return backup;
}

// One request of each kind with the right answer.
std::vector<Asked> EverythingThatIsAsked() {
  JobStatus job;
  job.job = "j1";
  job.stream = "ORDERS";
  JobStatus restore = job;
  restore.kind = JobKind::kRestore;
  JobStatus verify = job;
  verify.kind = JobKind::kVerify;
  BackupReport report;
  report.backup = Summary();
  BackupDetails details;
  details.summary = Summary();
  details.config_json = "{}";
  details.consumers.resize(1);
  details.segments.resize(1);
  const std::vector<BackupSummary> backups{Summary()};
  RestorePreview preview;
  preview.stream = "ORDERS";
  preview.backup = Summary();
  preview.config_json = R"({"name":"ORDERS"})";
  preview.consumers_sent = {"c"};
  preview.refusals = {{Errc::kStreamExists, "stream ORDERS already exists", "Delete it.", 0}};
  BackupStats stats;
  stats.backup = "b1";
  stats.stream = "ORDERS";
  stats.subjects = {{"a", {1, 2, 3, 3, 4, 4}}};
  DiffReport diff;
  diff.a.backup = "b1";
  diff.a.stream = diff.b.stream = "ORDERS";
  diff.messages = {{MessageChange::kOnlyInA, 1, "a"}};
  diff.only_in_a = 1;
  DriftReport drift;
  drift.backup = "b1";
  drift.differences = {{DriftKind::kFieldDiffers, "ORDERS", "", "max_msgs", "1", "2"}};
  drift.unknown = {{"FAR", "offline"}};
  const std::vector<std::string> none;
  const auto done = [](JobKind work) { return &EventShape(work, EventKind::kCompleted); };
  const Shape* const short_job = &JobShape();
  return {
      {EndpointId::kBackup,
       {{"stream", "ORDERS"}, {"job", "j1"}},
       JobAnswer(job, Subjects()),
       short_job},
      {EndpointId::kBackup, {{"stream", "ORDERS"}}, JobAnswer(job, Subjects()), short_job},
      {EndpointId::kBackup,
       {{"stream", "ORDERS"}, {"job", "j1"}, {"wait", true}},
       CompletedEvent(Frame(JobKind::kBackup), report),
       done(JobKind::kBackup)},
      {EndpointId::kRestore,
       {{"backup", "b1"}, {"job", "j1"}},
       JobAnswer(restore, Subjects()),
       short_job},
      {EndpointId::kRestore,
       {{"backup", "b1"}, {"job", "j1"}, {"wait", true}},
       CompletedEvent(Frame(JobKind::kRestore), RestoreReport{}),
       done(JobKind::kRestore)},
      {EndpointId::kRestore,
       {{"backup", "b1"}, {"dry_run", true}},
       RestorePlanDocument(preview, "default"),
       &RestorePlanShape()},
      {EndpointId::kVerify, {{"job", "j1"}}, JobAnswer(verify, Subjects()), short_job},
      {EndpointId::kVerify,
       {{"job", "j1"}, {"wait", true}},
       CompletedEvent(Frame(JobKind::kVerify), VerifyReport{}),
       done(JobKind::kVerify)},
      {EndpointId::kList, Document::object(), ListAnswer(backups, 1, 0, 100, none),
       &BackupListShape()},
      {EndpointId::kList, Document::object(), ListAnswer({}, 0, 0, 100, none), &BackupListShape()},
      {EndpointId::kList, Document::object(), ListAnswer({}, 0, 0, 100, none, true),
       &BackupListShape()},
      {EndpointId::kShow, {{"backup", "b1"}}, ToDocument(details), &BackupShape()},
      {EndpointId::kGet,
       {{"backup", "b1"}, {"sequence", 7}},
       MessageAnswer("b1", {7, 0, "a", "", "x"}),
       &MessageShape()},
      {EndpointId::kMessages, {{"backup", "b1"}}, MessagesAnswer("b1", {}, 5), &MessagesShape()},
      {EndpointId::kStatus, {{"job", "j1"}}, StatusAnswer(job, Subjects()), &JobStatusShape()},
      {EndpointId::kStatus, Document::object(),
       StatusListAnswer(std::vector<JobStatus>{job}, Subjects(), 1, none), &JobListShape()},
      {EndpointId::kCancel, {{"job", "j1"}}, JobAnswer(job, Subjects()), short_job},
      {EndpointId::kDelete, {{"backup", "b1"}}, DeleteAnswer("b1", "default"), &DeletedShape()},
      {EndpointId::kStats, {{"backup", "b1"}}, ToDocument(stats, 10), &StatsShape()},
      {EndpointId::kDiff, {{"backup", "b1"}, {"live", true}}, ToDocument(diff, 10), &DiffShape()},
      {EndpointId::kDrift, {{"backup", "b1"}}, ToDocument(drift, "default", 10), &DriftShape()},
      {EndpointId::kPrune,
       {{"keep", {{"last", 1}}}},
       PruneAnswer({}, false, "default", 10),
       &PruneShape()},
  };
}

JudgedAnswer Judge(const Asked& asked, const std::string& body,
                   std::optional<std::string_view> type = std::nullopt,
                   std::optional<std::string_view> error_code = std::nullopt) {
  return JudgeAnswer(asked.endpoint, asked.request, {type, error_code, body});
}

bool IsForeign(const JudgedAnswer& judged) { return std::holds_alternative<ForeignAnswer>(judged); }

TEST(AnswerCheck, TakesTheServicesAnswersInBothEncodings) {
  for (const Asked& asked : EverythingThatIsAsked()) {
    const std::string type = AnswerHeaders(asked.endpoint).front().second;
    for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
      const std::string body = EncodeBody(asked.answer, encoding);
      const JudgedAnswer judged = Judge(asked, body, type);
      ASSERT_TRUE(std::holds_alternative<Document>(judged))
          << asked.answer << ": "
          << (IsForeign(judged) ? std::get<ForeignAnswer>(judged).reason : "an error");
      EXPECT_EQ(std::get<Document>(judged), asked.answer);
      // A service of 0.1 does not say what its answers are.
      EXPECT_TRUE(std::holds_alternative<Document>(Judge(asked, body))) << asked.answer;
    }
  }
}

TEST(AnswerCheck, TakesTheServicesErrors) {
  const Error error{Errc::kStorageFull, "no space left", "Make room.", 0};
  const std::string code = "507";
  for (const Asked& asked : EverythingThatIsAsked()) {
    for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
      const std::string body = EncodeBody(ErrorAnswer(error), encoding);
      for (const bool says_type : {true, false}) {
        const JudgedAnswer judged = Judge(
            asked, body,
            says_type ? std::optional<std::string_view>(kErrorAnswerType) : std::nullopt, code);
        ASSERT_TRUE(std::holds_alternative<Error>(judged));
        EXPECT_EQ(std::get<Error>(judged).code, Errc::kStorageFull);
        EXPECT_EQ(std::get<Error>(judged).hint, "Make room.");
      }
    }
  }
}

TEST(AnswerCheck, AnAcknowledgementIsNoAnswerAndNamesItsStream) {
  for (const std::string ack :
       {R"({"stream":"EV2","seq":1})", R"({"stream":"EV2", "seq":1})",
        R"({"stream":"EV2","seq":18446744073709551615,"duplicate":true})",
        R"({"stream":"EV2","domain":"hub","seq":7})",
        R"({"stream":"EV2","seq":7,"batch":"b","count":2,"val":"1"})",
        R"({"type":"io.nats.jetstream.api.v1.pub_ack_response","stream":"EV2","seq":7})",
        R"({"error":{"code":400,"err_code":10077,"description":"maximum messages exceeded"},)"
        R"("stream":"EV2","seq":0})"}) {
    for (const Asked& asked : EverythingThatIsAsked()) {
      for (const bool packed : {false, true}) {
        const std::string body =
            packed ? EncodeBody(Document::parse(ack), Encoding::kMsgpack) : std::string(ack);
        const JudgedAnswer judged = Judge(asked, body);
        ASSERT_TRUE(IsForeign(judged)) << asked.request << " " << ack;
        EXPECT_EQ(std::get<ForeignAnswer>(judged).stream, "EV2");
      }
    }
  }
  const JudgedAnswer judged =
      Judge(EverythingThatIsAsked().front(), R"({"stream":"EV2","domain":"hub","seq":7})");
  EXPECT_EQ(std::get<ForeignAnswer>(judged).domain, "hub");
}

TEST(AnswerCheck, WhateverElseAnswersIsForeign) {
  for (const std::string& body :
       {std::string(), std::string("{}"), std::string("[]"), std::string("null"),
        std::string("+OK"), std::string("{\"stream\":"), std::string("\x80"),
        std::string("\xdf\xff\xff\xff\xff", 5), std::string(R"({"ok":true})"),
        std::string(R"({"total":0})"), std::string(R"({"total":0,"jobs":{},"backups":{}})"),
        std::string(R"({"job":"j1","state":"completed"})"),
        std::string(R"({"backup":"b1","deleted":"yes"})"),
        std::string(R"({"error":{"code":503,"err_code":10008,"description":"no"}})"),
        std::string(R"({"error":"no"})")}) {
    for (const Asked& asked : EverythingThatIsAsked()) {
      EXPECT_TRUE(IsForeign(Judge(asked, body))) << asked.request << " " << body;
      // Another service of the same kind of API.
      EXPECT_TRUE(IsForeign(Judge(asked, body, std::nullopt, "500"))) << asked.request << body;
      EXPECT_TRUE(IsForeign(Judge(asked, body, "org.example.answer"))) << asked.request << body;
      // Ours by its header alone.
      EXPECT_TRUE(IsForeign(Judge(asked, body, AnswerType(asked.endpoint)))) << body;
      EXPECT_TRUE(IsForeign(Judge(asked, body, kErrorAnswerType, "500"))) << body;
      // A program that sends back what it gets.
      EXPECT_TRUE(IsForeign(Judge(asked, asked.request.dump()))) << asked.request;
    }
  }
}

// Required members of the answer that are not there, or hold nothing.
void ExpectDoubt(const Asked& asked, const Shape& shape) {
  if (shape.base != nullptr) ExpectDoubt(asked, *shape.base);
  for (const ShapeField& field : shape.fields) {
    if (field.presence == Presence::kOptional) continue;
    const std::string name(field.name);
    ASSERT_TRUE(asked.answer.contains(name)) << name << " of " << asked.answer;
    Document without = asked.answer;
    without.erase(name);
    EXPECT_TRUE(IsForeign(Judge(asked, without.dump()))) << name << " of " << asked.answer;
    if (field.type == FieldType::kAny) continue;
    Document wrong = asked.answer;
    wrong[name] = nullptr;
    EXPECT_TRUE(IsForeign(Judge(asked, wrong.dump()))) << name << " of " << asked.answer;
  }
}

TEST(AnswerCheck, OneMemberMissingOrOfAnotherTypeIsEnoughToDoubt) {
  for (const Asked& asked : EverythingThatIsAsked()) ExpectDoubt(asked, *asked.shape);
}

TEST(AnswerCheck, AnAnswerAboutSomethingElseIsForeign) {
  int changed = 0;
  for (const Asked& asked : EverythingThatIsAsked()) {
    const auto expect_foreign = [&](const char* name) {
      Document answer = asked.answer;
      answer[name] = "other";
      EXPECT_TRUE(IsForeign(Judge(asked, answer.dump(), AnswerType(asked.endpoint)))) << answer;
      ++changed;
    };
    if (asked.request.contains("job")) expect_foreign("job");
    if (asked.shape == &JobShape() && asked.endpoint != EndpointId::kCancel) expect_foreign("kind");
    if (asked.endpoint == EndpointId::kShow) expect_foreign("id");
    if (asked.endpoint == EndpointId::kDelete) expect_foreign("backup");
  }
  EXPECT_EQ(changed, 14);
}

TEST(AnswerCheck, TakesMembersThatANewerServiceAdds) {
  for (Asked asked : EverythingThatIsAsked()) {
    asked.answer["added_later"] = {{"a", 1}};
    EXPECT_TRUE(std::holds_alternative<Document>(
        Judge(asked, asked.answer.dump(), AnswerType(asked.endpoint))));
  }
}

TEST(ReadEvent, TakesTheServicesEvents) {
  for (const std::string prefix : {"", "ops.jetkeep."}) {
    EventFrame frame = Frame(JobKind::kVerify);
    for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
      const auto event = ReadEvent(prefix + "verify.queued.ORDERS.j1",
                                   EncodeBody(QueuedEvent(frame, 3), encoding));
      ASSERT_TRUE(event) << event.error().message;
      EXPECT_EQ((*event)["position"], 3);
    }
  }
  // The bytes of a name that is not UTF-8 are on the subject, and U+FFFD in the body.
  EventFrame odd = Frame(JobKind::kBackup);
  odd.stream = "A\xff";
  EXPECT_TRUE(ReadEvent("backup.started.A\xff.j1", EncodeBody(StartedEvent(odd), Encoding::kJson)));
}

TEST(ReadEvent, PassesOverWhateverElseIsPublishedThere) {
  const Document started = StartedEvent(Frame(JobKind::kBackup));
  const std::string subject = "backup.started.ORDERS.j1";
  ASSERT_TRUE(ReadEvent(subject, started.dump()));
  for (const char* other :
       {"backup.started.ORDERS.j2", "backup.started.OTHER.j1", "backup.completed.ORDERS.j1",
        "restore.started.ORDERS.j1", "started.ORDERS.j1", ""}) {
    EXPECT_FALSE(ReadEvent(other, started.dump())) << other;
  }
  for (const auto& [name, value] : started.items()) {
    Document without = started;
    without.erase(name);
    // Services of version 0.1 tell no account.
    EXPECT_EQ(ReadEvent(subject, without.dump()).has_value(), name == "account") << name;
  }
  for (const char* body : {"", "{}", "[]", "x", R"({"stream":"EV2","seq":1})",
                           R"({"job":"j1","type":"io.jetkeep.event.v1.backup_started"})"}) {
    EXPECT_FALSE(ReadEvent(subject, body)) << body;
  }
  // The end of a job without what it came to.
  Document completed = started;
  completed["type"] = "io.jetkeep.event.v1.backup_completed";
  EXPECT_FALSE(ReadEvent("backup.completed.ORDERS.j1", completed.dump()));
  // A kind that came later is an event all the same.
  Document later = started;
  later["type"] = "io.jetkeep.event.v1.backup_paused";
  EXPECT_TRUE(ReadEvent("backup.paused.ORDERS.j1", later.dump()));
}

}  // namespace
}  // namespace jetkeep
