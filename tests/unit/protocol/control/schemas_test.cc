#include <gtest/gtest.h>

#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "protocol/control/body.h"
#include "protocol/control/diff_document.h"
#include "protocol/control/drift_document.h"
#include "protocol/control/events.h"
#include "protocol/control/message_document.h"
#include "protocol/control/prune_document.h"
#include "protocol/control/requests.h"
#include "protocol/control/restore_plan_document.h"
#include "protocol/control/set_document.h"
#include "protocol/control/stats_document.h"
#include "tests/unit/protocol/control/schema_check.h"

namespace jetkeep {
namespace {

using testing::SchemaErrors;

// The document as a client reads it, in both encodings.
void Holds(const std::string& schema, const Document& document) {
  for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
    const Result<Document> read = DecodeBody(EncodeBody(document, encoding), kAnswerLimits);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(SchemaErrors(schema, *read), "");
  }
}

BackupSummary Summary() {
  BackupSummary backup;
  backup.id = "20261121T012410Z-abc";
  backup.account = "$G";
  backup.stream = "ORDERS";
  backup.lineage = "l1";
  backup.messages = 5;
  backup.first_sequence = 1;
  backup.last_sequence = 5;
  backup.server_version = "2.10.27";
  backup.exact_cut = true;
  backup.cut_time_ns = 1'800'000'000'000'000'000;
  backup.verified = Verification{1, true, false};
  return backup;
}

const Error kSomeError{Errc::kStorageFull, "no space left on /data", "Make room."};

TEST(Schemas, RefuseAFieldTooMuchAndOneTooFew) {
  Document answer = DeleteAnswer("b1", "default");
  EXPECT_EQ(SchemaErrors("backup_delete_response", answer), "");
  answer["more"] = 1;
  EXPECT_NE(SchemaErrors("backup_delete_response", answer), "");
  EXPECT_NE(SchemaErrors("backup_delete_response", {{"account", "default"}, {"backup", "b1"}}), "");
  EXPECT_NE(SchemaErrors("backup_show_request", Document::object()), "");
  EXPECT_NE(SchemaErrors("event_backup_queued", {{"type", "x"}}), "");
}

TEST(Schemas, KnowTheAccountInEveryRequest) {
  const auto holds = [](const std::string& schema, Document request) {
    request["account"] = "orders";
    Holds(schema, request);
    request["account"] = "";
    EXPECT_NE(SchemaErrors(schema, request), "") << schema;
  };
  holds("backup_request_request", ToDocument(BackupRequest{"ORDERS", false, {}}));
  holds("restore_request_request", {{"stream", "ORDERS"}});
  holds("backup_verify_request", Document::object());
  holds("backup_list_request", Document::object());
  holds("backup_show_request", {{"backup", "b1"}});
  holds("backup_status_request", Document::object());
  holds("backup_cancel_request", {{"job", "j1"}});
  holds("backup_delete_request", {{"backup", "b1"}});
}

TEST(Schemas, DescribeTheRequests) {
  Holds("backup_request_request", ToDocument(BackupRequest{"ORDERS", true, {"j1", true}}));
  BackupRequest of_configs;
  of_configs.stream = "ORDERS";
  of_configs.config_only = true;
  Holds("backup_request_request", ToDocument(of_configs));
  RestoreRequest by_id;
  by_id.backup = "b1";
  by_id.options.job = "j1";
  by_id.options.wait = true;
  Holds("restore_request_request", ToDocument(by_id));
  RestoreRequest changed = by_id;
  changed.changes = {"T",
                     {{"a.*", "b.$1"}},
                     {{"max_msgs", "5"}},
                     R"({"name":"T"})",
                     true,
                     {true, {"X"}, {2}, true, "k"}};
  changed.allow_removal = true;
  changed.target = "staging";
  Holds("restore_request_request", ToDocument(changed));
  RestoreRequest by_name;
  by_name.stream = "ORDERS";
  by_name.allow_older = by_name.drop_unknown = by_name.skip_refused_consumers = true;
  by_name.dry_run = true;
  Holds("restore_request_request", ToDocument(by_name));
  by_name.part.messages = {
      {"a.>"}, {"a.b"}, 3, 9, 1'700'000'000'000'000'000, 1'700'000'000'500'000'000, true};
  by_name.part.consumers = {"worker"};
  Holds("restore_request_request", ToDocument(by_name));
  by_name.part.consumers.emplace();
  Holds("restore_request_request", ToDocument(by_name));
  Holds("backup_verify_request", ToDocument(VerifyRequest{"b1", "", true, {"j1", true}}));
  Holds("backup_verify_request", Document::object());
  Holds("backup_list_request", ToDocument(ListRequest{"ORDERS", 5, 10}));
  Holds("backup_show_request", ToDocument(ShowRequest{"b1"}));
  Holds("backup_get_request", ToDocument(MessageReference{"b1", 7, "", ""}));
  Holds("backup_get_request", ToDocument(MessageReference{"b1", 0, "a.*", ""}));
  Holds("backup_get_request", ToDocument(MessageReference{"b1", 0, "", "k"}));
  EXPECT_NE(SchemaErrors("backup_get_request", {{"backup", "b1"}}), "");
  const MessageSelection selection{
      {"a.>"}, {"a.b"}, 3, 9, 1'700'000'000'000'000'000, 1'700'000'000'500'000'000, true};
  Holds("backup_messages_request", ToDocument(MessagesRequest{"b1", selection, 10}));
  Holds("backup_messages_request", ToDocument(MessagesRequest{"b1", {}, 100}));
  Holds("backup_stats_request", ToDocument(StatsSpec{"b1", selection, StatsBy::kMessages, 5}));
  RepublishRequest republish;
  republish.spec.backup = "b1";
  republish.spec.to = "copy";
  Holds("backup_republish_request", ToDocument(republish));
  republish.spec.messages = selection;
  republish.spec.into = "COPY";
  republish.spec.from = "orders";
  republish.spec.rate = 5;
  republish.spec.missing = republish.spec.keep_message_id = republish.spec.paced = true;
  republish.spec.dry_run = true;
  republish.options = {"j1", true};
  Holds("backup_republish_request", ToDocument(republish));
  Holds("backup_stats_request", ToDocument(StatsSpec{"b1"}));
  Holds("backup_diff_request", ToDocument(DiffSpec{"b1", "b2", "", 5}));
  Holds("backup_diff_request", ToDocument(DiffSpec{"b1", {}, {}}));
  Holds("backup_diff_request", ToDocument(DiffSpec{"b1", "", "S"}));
  EXPECT_NE(SchemaErrors("backup_diff_request", {{"backup", "b1"}}), "");
  EXPECT_NE(
      SchemaErrors("backup_diff_request", {{"backup", "b1"}, {"other", "b2"}, {"live", true}}), "");
  Holds("backup_status_request", ToDocument(StatusRequest{"j1"}));
  Holds("backup_cancel_request", ToDocument(CancelRequest{"j1"}));
  Holds("backup_delete_request", ToDocument(DeleteRequest{"b1"}));
  Holds("backup_delete_request", ToDocument(DeleteRequest{"b1", true}));
  Holds("backup_delete_request", ToDocument(DeleteRequest{"b1", true, true}));
  Holds("backup_delete_request", ToDocument(DeleteRequest{"", true, false, "set-1"}));
  BackupRequest set;
  set.selection = {{"*"}, {"TMP_*"}, {"LEDGER A_*"}};
  set.metadata = {{"backup", "daily"}};
  set.parallel = 4;
  Holds("backup_request_request", ToDocument(set));
  RestoreRequest of_set;
  of_set.set = "latest";
  of_set.streams = of_set.exclude = {"A"};
  of_set.keep_going = of_set.drop_unknown = of_set.skip_refused_consumers = true;
  of_set.parallel = 2;
  Holds("restore_request_request", ToDocument(of_set));
  of_set.dry_run = of_set.update_config = of_set.allow_removal = true;
  Holds("restore_request_request", ToDocument(of_set));
  VerifyRequest verify_set;
  verify_set.set = "set-1";
  Holds("backup_verify_request", ToDocument(verify_set));
  Holds("backup_pin_request", ToDocument(PinRequest{"b1", ""}));
  Holds("backup_unpin_request", ToDocument(PinRequest{"", "set-1"}));
  Holds("backup_sets_request", ToDocument(SetsRequest{1, 2}));
  Holds("backup_set_request", ToDocument(SetRequest{"set-1", 3}));
  Holds("backup_drift_request", ToDocument(DriftRequest{"b1", "", {}, {"A*"}}));
  Holds("backup_drift_request", ToDocument(DriftRequest{"", "latest", {}, {}}));
  const std::vector<KeptConfig> configs = {{"S", "", R"({"name":"S"})"}, {"S", "c", "{}"}};
  Holds("backup_drift_request", ToDocument(DriftRequest{"", "", configs, {}}));
  EXPECT_NE(SchemaErrors("backup_drift_request", Document::object()), "");
  Holds("backup_prune_request", ToDocument(PruneSpec{{1, 2, 3, 4, 5, 6, 7}, {"A*"}, true}));
  Holds("backup_prune_request", ToDocument(PruneSpec{{.daily = 7}, {}, false}));
  EXPECT_NE(SchemaErrors("backup_prune_request", Document::object()), "");
  EXPECT_NE(SchemaErrors("backup_pin_request", {{"backup", "a"}, {"set", "b"}}), "");
}

TEST(Schemas, DescribeMessages) {
  const BackupMessage text{7, 1'700'000'000'000'000'000, "orders.1",
                           "NATS/1.0\r\nA: b\r\nA:c\r\n\r\n", "{}"};
  const Document answer = MessageAnswer("b1", text);
  Holds("backup_get_response", answer);
  EXPECT_EQ(answer["message"]["headers"]["A"], Document({"b", "c"}));
  const BackupMessage bytes{8, 0, "\xff", "no lines", std::string("\0\xfe", 2)};
  const Document page = MessagesAnswer("b1", std::vector<BackupMessage>{text, bytes}, 9);
  Holds("backup_messages_response", page);
  EXPECT_EQ(page["messages"][1]["payload_base64"], "AP4=");
  EXPECT_EQ(page["messages"][1]["headers_base64"], "bm8gbGluZXM=");
  Holds("backup_messages_response", MessagesAnswer("b1", {}, 0));
}

TEST(Schemas, DescribeTheAnswersAboutBackups) {
  BackupSummary plain = Summary();
  plain.exact_cut = false;
  plain.cut_time_ns = 0;
  plain.verified.reset();
  plain.condition = BackupCondition::kDamaged;
  const std::vector<BackupSummary> backups = {Summary(), plain};
  const auto list = [](Document answer) {
    answer["account"] = "default";
    Holds("backup_list_response", answer);
  };
  list(ListAnswer(backups, 2, 0, 100, std::vector<std::string>(30, "manifest x: damaged")));
  list(ListAnswer(backups, 2, 0, 100, {}, true));
  BackupDetails details;
  details.summary = Summary();
  details.config_json = R"({"name":"ORDERS","subjects":["orders.>"]})";
  details.stream_created = "2026-11-21T01:24:10Z";
  details.consumers.resize(3);
  details.segments.resize(2);
  details.lost.resize(1);
  details.warnings = {"a"};
  Holds("backup_show_response", ToDocument(details));
  DetailLimits limits;
  limits.consumers = 1;
  const Document cut = ToDocument(details, limits);
  EXPECT_EQ(cut["truncated"]["consumer_details"], 2);
  EXPECT_EQ(cut["config"]["name"], "ORDERS");
  Holds("backup_show_response", cut);
  Holds("backup_delete_response", DeleteAnswer("b1", "default"));
  Holds("error", ErrorAnswer(kSomeError));
}

TEST(Schemas, DescribeThePlanOfARestore) {
  RestorePreview preview;
  preview.backup = Summary();
  preview.stream = "ORDERS";
  preview.config_json = R"({"name":"ORDERS"})";
  preview.expected.messages = 5;
  Document plan = RestorePlanDocument(preview, "default");
  Holds("restore_request_response", plan);
  EXPECT_EQ(plan["possible"], true);
  plan["target"] = "staging";
  Holds("restore_request_response", plan);
  preview.v2_archive = true;
  preview.consumers_sent.assign(3, "c");
  preview.consumers_created.assign(3, "d");
  preview.left_out.assign(3, std::string(5000, 'x'));
  preview.warnings = preview.unchecked = preview.left_out;
  preview.refusals.assign(3, kSomeError);
  plan = RestorePlanDocument(preview, "default", 2);
  Holds("restore_request_response", plan);
  EXPECT_EQ(plan["possible"], false);
  EXPECT_EQ(
      plan["truncated"],
      (Document{
          {"consumers", 4}, {"left_out", 1}, {"warnings", 1}, {"unchecked", 1}, {"refusals", 1}}));
}

ConfigChanges Changes() {
  ConfigChanges changes;
  changes.differences = {{DriftKind::kConsumerMissing, "A", "c"},
                         {DriftKind::kFieldDiffers, "A", "", "max_msgs", "10", "20"}};
  changes.more = 2;
  changes.removals = {{"A", "max_msgs 10", 3, 3}, {"A", "max_bytes 1", 1, 9}};
  return changes;
}

TEST(Schemas, DescribeThePlanOfAnUpdateAndOfASet) {
  RestorePreview preview;
  preview.backup = Summary();
  preview.stream = "ORDERS";
  preview.config_json = R"({"name":"ORDERS"})";
  preview.updates = true;
  preview.changes = Changes();
  Holds("restore_request_response", RestorePlanDocument(preview, "default"));
  Document plan = RestorePlanDocument(preview, "default", 1);
  Holds("restore_request_response", plan);
  EXPECT_EQ(plan["truncated"], (Document{{"differences", 3}, {"removals", 1}}));

  RestoreSetPreview set;
  set.set.id = "set-1";
  set.streams = {{"A", "b1", true, std::nullopt}, {"B", "", false, kSomeError}};
  set.changes = Changes();
  set.warnings = set.unchecked = {"w", "v"};
  plan = RestoreSetPlanDocument(set, "default", 1);
  Holds("restore_request_response", plan);
  EXPECT_EQ(plan["possible"], false);
  EXPECT_EQ(plan["streams"][0]["stream"], "B");
  EXPECT_EQ(plan["truncated"]["streams"], 1);
  EXPECT_EQ(RestoreSetPlanDocument(set, "default", 1, /*keep_going=*/true)["possible"], true);
  set.streams.erase(set.streams.begin());
  EXPECT_EQ(RestoreSetPlanDocument(set, "default", 1, /*keep_going=*/true)["possible"], false);
  set.streams = {{"A", "b1", true, std::nullopt}};
  plan = RestoreSetPlanDocument(set, "default", 10);
  Holds("restore_request_response", plan);
  EXPECT_EQ(plan["possible"], true);
}

SetSummary Set() {
  SetSummary set;
  set.id = "set-1";
  set.streams = 2;
  set.failed = 1;
  set.condition = SetCondition::kPartial;
  set.first_cut_ns = 1;
  set.last_cut_ns = 2;
  set.metadata = {{"backup", "daily"}};
  return set;
}

TEST(Schemas, DescribeTheAnswersAboutSets) {
  SetSummary empty;
  empty.id = "set-0";
  empty.streams = 1;
  const std::vector<SetSummary> sets = {Set(), empty};
  Holds("backup_sets_response", SetsAnswer(sets, 2, 0, 100, std::vector<std::string>{"w"}));
  SetDetails details;
  details.summary = Set();
  details.selection = {{"*"}, {}, {}};
  details.account_json = R"({"memory":1})";
  details.warnings.assign(200, "w");
  SetMember good;
  good.stream = "A";
  good.backup = "b1";
  SetMember bad;
  bad.stream = "B";
  bad.error = kSomeError;
  details.members = {good, bad};
  Holds("backup_set_response", ToDocument(details, 0, 10));
  const Document cut = ToDocument(details, 0, 1);
  Holds("backup_set_response", cut);
  EXPECT_EQ(cut["truncated"]["members"], 1);
  details.account_json.clear();
  details.account_unknown = "no answer";
  Holds("backup_set_response", ToDocument(details, 5, 10));
  details.summary.condition = SetCondition::kComplete;
  details.summary.config_only = true;
  const Document configs = ToDocument(details, 0, 10);
  Holds("backup_set_response", configs);
  EXPECT_EQ(configs["condition"], "config_only");
  EXPECT_EQ(configs["members"][0]["condition"], "config_only");
  Holds("backup_delete_response",
        DeleteSetAnswer("set-1", "default", {2, std::vector<std::string>(30, "kept")}));
  Holds("backup_pin_response", PinAnswer({"b1", ""}, true));
  Holds("backup_unpin_response", PinAnswer({"", "set-1"}, false));
}

TEST(Schemas, DescribeTheAnswersAboutStats) {
  BackupStats stats;
  stats.backup = "b1";
  stats.stream = "ORDERS";
  stats.all_subjects = 0;
  Holds("backup_stats_response", ToDocument(stats, 10));
  const MessageFigures figures{3, 90, 1, 5, 1'700'000'000'000'000'000, 1'700'000'000'500'000'000};
  stats.total = figures;
  stats.lost_messages = 1;
  stats.subjects = {{"a", figures}, {"\xff", figures}};
  stats.all_subjects.reset();
  stats.other_messages = 2;
  stats.others_at_most = 40;
  for (const StatsPeriod period :
       {StatsPeriod::kHour, StatsPeriod::kDay, StatsPeriod::kWeek, StatsPeriod::kYear}) {
    stats.period = period;
    stats.periods.push_back({0, figures});
    Holds("backup_stats_response", ToDocument(stats, 10));
  }
  const Document cut = ToDocument(stats, 1);
  Holds("backup_stats_response", cut);
  EXPECT_EQ(cut["truncated"]["subjects"], 1);
  EXPECT_EQ(cut["truncated"]["periods"], 3);
}

TEST(Schemas, DescribeWhatWasPublishedAgain) {
  EventFrame frame;
  frame.work = JobKind::kRepublish;
  frame.id = frame.job = "j1";
  frame.account = "default";
  frame.stream = "ORDERS";
  frame.backup = "b1";
  RepublishReport report;
  Holds("event_republish_completed", CompletedEvent(frame, report));
  report.into = "COPY";
  report.dry_run = true;
  report.sequences = {{1, 2}, {5, 5}};
  report.more_ranges = 3;
  report.warnings = {"headers were left out"};
  const Document whole = CompletedEvent(frame, report);
  Holds("event_republish_completed", whole);
  EXPECT_EQ(whole["truncated"]["sequences"], 3);
  const Document cut = CompletedEvent(frame, report, 1);
  Holds("backup_republish_response", cut);
  EXPECT_EQ(cut["truncated"]["sequences"], 4);
}

TEST(Schemas, DescribeTheAnswersAboutDiff) {
  DiffReport report;
  report.a = {"b1", "ORDERS", {}, 5};
  report.b = {"b2", "ORDERS", {}, 0};
  Holds("backup_diff_response", ToDocument(report, 10));
  report.b.backup.clear();
  using enum MessageChange;
  report.messages = {
      {kOnlyInA, 1, "a"}, {kOnlyInB, 2, "\xff"}, {kDifferent, 3, "a", true, true, true, true}};
  report.only_in_a = report.only_in_b = 1;
  report.different = 7;
  report.configs = {{DriftKind::kConsumerMissing, "ORDERS", "c"},
                    {DriftKind::kFieldDiffers, "ORDERS", "", "max_msgs", "1", ""}};
  report.more_configs = 4;
  report.positions = {{"c", {{1, 2}, {3, 4}, 5}, {}}};
  report.warnings = {"other streams"};
  const Document whole = ToDocument(report, 10);
  Holds("backup_diff_response", whole);
  EXPECT_EQ(whole["total"], 9 + 6 + 1);
  EXPECT_EQ(whole["truncated"], (Document{{"messages", 6}, {"configs", 4}}));
  const Document cut = ToDocument(report, 1);
  Holds("backup_diff_response", cut);
  EXPECT_EQ(cut["truncated"], (Document{{"messages", 8}, {"configs", 5}}));
}

TEST(Schemas, DescribeTheAnswersAboutDrift) {
  DriftReport report;
  Holds("backup_drift_response", ToDocument(report, "default", 10));
  report.set = "set-1";
  report.differences = {
      {DriftKind::kStreamMissing, "A"},
      {DriftKind::kConsumerExtra, "B", "c"},
      {DriftKind::kFieldDiffers, "B", "c", "backoff", "[1,2]", ""},
      {DriftKind::kFieldDiffers, "B", "", "", "", ""},
  };
  report.more = 3;
  report.unknown = {{"C", "offline"}, {"D", "offline"}};
  const Document whole = ToDocument(report, "default", 10);
  Holds("backup_drift_response", whole);
  EXPECT_EQ(whole["total"], 7);
  EXPECT_EQ(whole["truncated"], (Document{{"differences", 3}}));
  EXPECT_EQ(whole["differences"][2]["kept"], (Document{1, 2}));
  const Document cut = ToDocument(report, "default", 1);
  Holds("backup_drift_response", cut);
  EXPECT_EQ(cut["truncated"], (Document{{"differences", 6}, {"unknown", 1}}));
}

TEST(Schemas, DescribeTheAnswersAboutPruning) {
  PruneReport report;
  Holds("backup_prune_response", PruneAnswer(report, true, "default", 10));
  const Error error{Errc::kBackupInUse, "it is being read", "Wait.", 0};
  report.decisions = {{"set-1", "", 1, 0, true, {"last 1"}, {}},
                      {"b1", "S", 1, 5, true, {"pinned", "last 1"}, {}},
                      {"b2", "S", 1, 5, false, {"no rule keeps it"}, {}},
                      {"b3", "S", 1, 5, false, {"no rule keeps it"}, error}};
  report.warnings = {"one", "two"};
  const Document whole = PruneAnswer(report, false, "default", 10);
  Holds("backup_prune_response", whole);
  EXPECT_EQ(whole["backups"][1]["verdict"], "removed");
  EXPECT_EQ(whole["backups"][2]["verdict"], "failed");
  EXPECT_EQ(PruneAnswer(report, true, "default", 10)["backups"][1]["verdict"], "would_go");
  const Document cut = PruneAnswer(report, false, "default", 1);
  Holds("backup_prune_response", cut);
  EXPECT_EQ(cut["backups"][0]["backup"], "b2");
  EXPECT_EQ(cut["truncated"], (Document{{"backups", 2}, {"warnings", 1}}));
}

TEST(Schemas, DescribeTheEventsOfSets) {
  EventFrame frame;
  frame.id = "e1";
  frame.job = "j1";
  frame.stream = "_all";
  frame.set = "set-1";
  ProgressFigures figures;
  figures.counts.set = {1, 0, 2, {{"A", 1, 2, 3}}};
  Holds("event_backup_progress", ProgressEvent(frame, figures));
  const std::vector<MemberFailure> failures = {{"A", "", kSomeError}, {"B", "b1", kSomeError}};
  BackupSetReport backup;
  backup.set = Set();
  backup.failures = failures;
  Holds("event_backup_completed", CompletedEvent(frame, backup));
  Holds("backup_request_response", CompletedEvent(frame, backup));
  Document failed = FailedEvent(frame, kSomeError, 1);
  AddSetResult(failed, backup, 1);
  EXPECT_EQ(failed["set_result"]["failures"].size(), 1U);
  Holds("event_backup_failed", failed);
  frame.work = JobKind::kRestore;
  RestoreSetReport restore;
  restore.set = Set();
  restore.streams = 2;
  restore.failures = failures;
  Holds("event_restore_completed", CompletedEvent(frame, restore));
  Holds("restore_request_response", CompletedEvent(frame, restore));
  restore.updated = 1;
  restore.changes = Changes();
  Holds("event_restore_completed", CompletedEvent(frame, restore, 1));
  RestoreReport update;
  update.updated = true;
  update.changes = Changes();
  Holds("event_restore_completed", CompletedEvent(frame, update, 1));
  failed = FailedEvent(frame, kSomeError, 1);
  AddSetResult(failed, restore, 100);
  Holds("event_restore_failed", failed);
}

TEST(Schemas, DescribeTheAnswersAboutJobs) {
  JobStatus job;
  job.job = "j1";
  job.stream = "ORDERS";
  Holds("backup_request_response", JobAnswer(job, Subjects()));
  Holds("restore_request_response", JobAnswer(job, Subjects()));
  Holds("backup_verify_response", JobAnswer(job, Subjects()));
  Holds("backup_cancel_response", JobAnswer(job, Subjects()));
  job.position = 3;
  Holds("backup_status_response", StatusAnswer(job, Subjects()));
  job.position.reset();
  job.state = JobState::kFailed;
  job.backup = "b1";
  job.started_ns = job.ended_ns = 1;
  job.attempts = 2;
  job.progress = ProgressFigures{};
  job.progress->remaining_seconds = 3.5;
  job.error = kSomeError;
  Holds("backup_status_response", StatusAnswer(job, Subjects()));
  Holds("backup_status_response",
        StatusListAnswer(std::vector<JobStatus>{job, job}, Subjects(), 7,
                         std::vector<std::string>{"stream S captures backup.list"}));
}

TEST(Schemas, DescribeTheEvents) {
  for (const JobKind work :
       {JobKind::kBackup, JobKind::kRestore, JobKind::kVerify, JobKind::kRepublish}) {
    EventFrame frame;
    frame.work = work;
    frame.id = "e1";
    frame.job = "j1";
    frame.stream = "_all";
    const std::string name = "event_" + std::string(NameOf(work)) + "_";
    Holds(name + "queued", QueuedEvent(frame, 2));
    frame.backup = "b1";
    Holds(name + "started", StartedEvent(frame));
    Holds(name + "progress", ProgressEvent(frame, ProgressFigures{}));
    Holds(name + "retrying", RetryingEvent(frame, 1, 0.5, kSomeError));
    Holds(name + "failed", FailedEvent(frame, kSomeError, 1));
    Holds(name + "cancelled", CancelledEvent(frame, 1));
    if (work != JobKind::kRepublish) continue;
    Holds(name + "cancelled", CancelledEvent(frame, 1, &kSomeError));
  }
  EventFrame frame;
  frame.id = "e1";
  frame.job = "j1";
  frame.stream = "ORDERS";
  BackupReport backup;
  backup.backup = Summary();
  backup.warnings.assign(200, "w");
  const Document completed = CompletedEvent(frame, backup);
  Holds("event_backup_completed", completed);
  EXPECT_EQ(completed["truncated"]["warnings"], 100);
  Holds("backup_request_response", completed);
  frame.work = JobKind::kRestore;
  Holds("event_restore_completed", CompletedEvent(frame, RestoreReport{}));
  frame.work = JobKind::kVerify;
  Holds("event_verify_completed", CompletedEvent(frame, VerifyReport{}));
}

}  // namespace
}  // namespace jetkeep
