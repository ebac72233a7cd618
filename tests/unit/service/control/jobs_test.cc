// Requests that become jobs: events, ids, cancelling, the end of the service.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "service/repository/job_log.h"
#include "service/store/memory/memory_store.h"
#include "tests/unit/service/control/control_fixture.h"

namespace jetkeep::testing {
namespace {

using namespace std::chrono_literals;

TEST_F(ControlServiceTest, AnswersAtOnceAndTellsAJobInEventsInTheEncodingOfTheRequest) {
  Instance instance(server_->Url());
  for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
    const auto events = client.Subscribe("backup.*.ORDERS.*");
    client.Flush();
    const Document answer = Ask("backup.request", {{"stream", "ORDERS"}}, encoding);
    EXPECT_EQ(SchemaErrors("backup_request_response", answer), "");
    EXPECT_EQ(answer["state"], "queued");
    EXPECT_EQ(answer["events"], "backup.*.ORDERS." + answer["job"].get<std::string>());
    const std::vector<Document> told = EventsUntilEnd(events);
    EXPECT_EQ(Kinds(told), "queued started progress completed ");
    EXPECT_EQ(told[2]["percent"], 100);
    EXPECT_EQ(told[3]["result"]["id"], "b-ORDERS");
    std::set<std::string> ids;
    for (const Document& event : told) ids.insert(event["id"].get<std::string>());
    EXPECT_EQ(ids.size(), told.size());
    client.Unsubscribe(events);
  }
}

TEST_F(ControlServiceTest, AnswersWithTheResultIfAskedToWait) {
  Instance instance(server_->Url());
  Document answer = Ask("backup.request", {{"stream", "ORDERS"}, {"wait", true}});
  EXPECT_EQ(SchemaErrors("event_backup_completed", answer), "");
  answer = Ask("restore.request", {{"backup", "b1"}, {"wait", true}}, Encoding::kMsgpack);
  EXPECT_EQ(SchemaErrors("event_restore_completed", answer), "");
  EXPECT_EQ(answer["stream"], "ORDERS");
  answer = Ask("backup.verify", {{"wait", true}});
  EXPECT_EQ(SchemaErrors("event_verify_completed", answer), "");
  EXPECT_EQ(answer["stream"], "_all");
  ExpectError(Ask("backup.request", {{"stream", "BROKEN"}, {"wait", true}}), 70560, 507);
}

TEST_F(ControlServiceTest, AJobAboutASetTellsOfItInAnswersAndEvents) {
  Instance instance(server_->Url());
  for (const Encoding encoding : {Encoding::kJson, Encoding::kMsgpack}) {
    const auto events = client.Subscribe("backup.*._all.*");
    client.Flush();
    const Document answer =
        Ask("backup.request", {{"streams", {"ORDERS", "KV_*"}}, {"exclude", {"X"}}}, encoding);
    EXPECT_EQ(SchemaErrors("backup_request_response", answer), "");
    const std::vector<Document> told = EventsUntilEnd(events);
    EXPECT_EQ(Kinds(told), "queued started progress completed ");
    EXPECT_EQ(SchemaErrors("event_backup_completed", told.back()), "");
    EXPECT_EQ(told.back()["set"], kSetId);
    EXPECT_EQ(told.back()["set_result"]["condition"], "complete");
    EXPECT_FALSE(told.back().contains("backup"));
    client.Unsubscribe(events);
  }
  // A part that failed: the job fails, and its event says what was done.
  const auto events = client.Subscribe("*.failed._all.*");
  client.Flush();
  ExpectError(Ask("backup.request", {{"streams", {"BROKEN", "A"}}, {"wait", true}}), 70536, 500);
  std::vector<Document> told = EventsUntilEnd(events);
  EXPECT_EQ(SchemaErrors("event_backup_failed", told.back()), "");
  EXPECT_EQ(told.back()["set_result"]["failures"][0]["stream"], "BROKEN");
  ExpectError(
      Ask("restore.request",
          {{"set", "latest"}, {"streams", {"BROKEN"}}, {"keep_going", true}, {"wait", true}}),
      70536, 500);
  told = EventsUntilEnd(events);
  EXPECT_EQ(SchemaErrors("event_restore_failed", told.back()), "");
  const Document restored = Ask("restore.request", {{"set", kSetId}, {"wait", true}});
  EXPECT_EQ(SchemaErrors("event_restore_completed", restored), "");
  EXPECT_EQ(restored["set"], kSetId);
}

TEST_F(ControlServiceTest, SetsAreAskedForPinnedAndDeleted) {
  Instance instance(server_->Url());
  EXPECT_EQ(SchemaErrors("backup_sets_response", Ask("backup.sets", Document::object())), "");
  EXPECT_EQ(SchemaErrors("backup_set_response", Ask("backup.set", {{"set", kSetId}})), "");
  EXPECT_EQ(SchemaErrors("backup_delete_response", Ask("backup.delete", {{"set", kSetId}})), "");
  EXPECT_EQ(SchemaErrors("backup_pin_response", Ask("backup.pin", {{"set", kSetId}})), "");
  EXPECT_EQ(SchemaErrors("backup_unpin_response", Ask("backup.unpin", {{"backup", "b1"}})), "");
  for (const char* subject : {"backup.set", "backup.delete", "backup.pin", "backup.unpin",
                              "backup.verify", "restore.request"}) {
    ExpectError(Ask(subject, {{"set", "set-other"}}), 70407, 404);
    ExpectError(Ask(subject, {{"set", ""}}), 70403, 400);
    ExpectError(Ask(subject, {{"set", 1}}), 70402, 400);
    ExpectError(Ask(subject, {{"set", kSetId}, {"more", 1}}), 70401, 400);
  }
  ExpectError(Ask("backup.request", {{"streams", {"NONE*"}}}), 70404, 404);
  EXPECT_EQ(instance.engine.runs(), 0);
}

TEST_F(ControlServiceTest, CountsAndComparesBackups) {
  Instance instance(server_->Url());
  instance.engine.differences = 30'000;
  Document answer = Ask("backup.stats", {{"backup", "b1"}, {"by", "messages"}, {"top", 1000}});
  EXPECT_EQ(SchemaErrors("backup_stats_response", answer), "");
  EXPECT_EQ(answer["by"], "messages");
  EXPECT_EQ(answer["messages"], 30'000);
  EXPECT_EQ(answer["subjects"].size() + answer["truncated"]["subjects"].get<std::size_t>(),
            30'000U);
  answer = Ask("backup.diff", {{"backup", "b1"}, {"other", "b2"}});
  EXPECT_EQ(SchemaErrors("backup_diff_response", answer), "");
  EXPECT_EQ(answer["total"], 30'000);
  EXPECT_EQ(answer["b"]["backup"], "b2");
  EXPECT_EQ(answer["messages"].size() + answer["truncated"]["messages"].get<std::size_t>(),
            30'000U);
  answer = Ask("backup.diff", {{"backup", "b1"}, {"live", true}, {"stream", "COPY"}});
  EXPECT_EQ(SchemaErrors("backup_diff_response", answer), "");
  EXPECT_EQ(answer["b"]["stream"], "COPY");
  ExpectError(Ask("backup.stats", {{"backup", "none"}}), 70405, 404);
  ExpectError(Ask("backup.stats", Document::object()), 70400, 400);
  ExpectError(Ask("backup.stats", {{"backup", "b1"}, {"by", "age"}}), 70400, 400);
  ExpectError(Ask("backup.stats", {{"backup", "b1"}, {"top", 0}}), 70400, 400);
  ExpectError(Ask("backup.stats", {{"backup", "b1"}, {"top", 1001}}), 70400, 400);
  ExpectError(Ask("backup.stats", {{"backup", "b1"}, {"subjects", {"a..b"}}}), 70403, 400);
  ExpectError(Ask("backup.stats", {{"backup", "b1"}, {"first_sequence", 9}, {"last_sequence", 8}}),
              70400, 400);
  ExpectError(Ask("backup.diff", {{"backup", "none"}, {"live", true}}), 70405, 404);
  ExpectError(Ask("backup.diff", {{"backup", "b1"}}), 70400, 400);
  ExpectError(Ask("backup.diff", {{"other", "b1"}}), 70400, 400);
  ExpectError(Ask("backup.diff", {{"backup", "b1"}, {"other", "b2"}, {"live", true}}), 70400, 400);
  ExpectError(Ask("backup.diff", {{"backup", "b1"}, {"other", "b2"}, {"stream", "S"}}), 70400, 400);
  ExpectError(Ask("backup.diff", {{"backup", "b1"}, {"live", true}, {"stream", "a.b"}}), 70403,
              400);
  ExpectError(Ask("backup.diff", {{"backup", "b1"}, {"live", true}, {"limit", 1001}}), 70400, 400);
  ExpectError(Ask("backup.diff", {{"backup", "b1"}, {"live", true}, {"since", "x"}}), 70401, 400);
}

TEST_F(ControlServiceTest, ACancelledRepublishSaysWhatItPublished) {
  Instance instance(server_->Url());
  const auto events = client.Subscribe("republish.*.*.*");
  client.Flush();
  const Document job =
      Ask("backup.republish", {{"backup", "slow"}, {"to", "copy"}, {"job", "slow"}});
  EXPECT_EQ(SchemaErrors("backup_republish_response", job), "");
  for (bool started = false; !started;) {
    const auto event = client.Next(events, 10s);
    ASSERT_TRUE(event);
    started = event->subject.find(".started.") != std::string::npos;
  }
  Ask("backup.cancel", {{"job", "slow"}});
  const Document end = EventsUntilEnd(events).back();
  EXPECT_EQ(SchemaErrors("event_republish_cancelled", end), "");
  EXPECT_EQ(end["error"]["err_code"], 70499);
  EXPECT_EQ(end["error"]["description"], "the job was cancelled; 3 messages are published");
}

TEST_F(ControlServiceTest, PublishesAgainAsAJob) {
  Instance instance(server_->Url());
  const Document job = Ask("backup.republish", {{"backup", "b1"}, {"to", "copy"}});
  EXPECT_EQ(SchemaErrors("backup_republish_response", job), "");
  EXPECT_EQ(job["kind"], "republish");
  const Document done = Ask("backup.republish", {{"backup", "b1"},
                                                 {"into", "COPY"},
                                                 {"missing", true},
                                                 {"messages", {{"subjects", {"a.>"}}}},
                                                 {"wait", true}});
  EXPECT_EQ(SchemaErrors("backup_republish_response", done), "");
  EXPECT_EQ(done["messages"], 9);
  const auto reserved = done["warnings"].get<std::set<std::string>>();
  for (const char* own : {"backup.request", "restore.request", "backup.republish", "backup.delete",
                          "backup.instance.*.>", "restore.failed.*.*", "republish.completed.*.*"}) {
    EXPECT_TRUE(reserved.contains(own)) << own;
  }
  ExpectError(Ask("backup.republish", {{"backup", "refused"}, {"to", "a"}, {"wait", true}}), 70525,
              503);
  ExpectError(Ask("backup.republish", {{"backup", "none"}, {"to", "a"}}), 70405, 404);
  ExpectError(Ask("backup.republish", {{"backup", "b1"}}), 70400, 400);
  ExpectError(Ask("backup.republish", {{"to", "a"}}), 70400, 400);
  ExpectError(Ask("backup.republish", {{"backup", "b1"}, {"to", "a.>"}}), 70403, 400);
  ExpectError(Ask("backup.republish", {{"backup", "b1"}, {"to", "a..b"}}), 70403, 400);
  ExpectError(Ask("backup.republish", {{"backup", "b1"}, {"from", "a"}, {"into", "S"}}), 70400,
              400);
  ExpectError(Ask("backup.republish", {{"backup", "b1"}, {"to", "a"}, {"missing", true}}), 70400,
              400);
  ExpectError(
      Ask("backup.republish", {{"backup", "b1"}, {"to", "a"}, {"rate", 1}, {"paced", true}}), 70400,
      400);
  ExpectError(Ask("backup.republish", {{"backup", "b1"}, {"to", "a"}, {"rate", -1}}), 70402, 400);
  ExpectError(Ask("backup.republish", {{"backup", "b1"}, {"into", "a.b"}}), 70403, 400);
  ExpectError(Ask("backup.republish", {{"backup", "b1"}, {"to", "a"}, {"speed", 1}}), 70401, 400);
}

TEST_F(ControlServiceTest, TellsHowTheAccountDiffers) {
  Instance instance(server_->Url());
  const auto drift = [&](const Document& request) {
    const Document answer = Ask("backup.drift", request);
    EXPECT_EQ(SchemaErrors("backup_drift_response", answer), "");
    return answer;
  };
  Document answer = drift({{"backup", "b1"}, {"streams", {"A*"}}});
  EXPECT_EQ(answer["backup"], "b1");
  EXPECT_EQ(answer["total"], 5);
  EXPECT_EQ(
      answer["differences"][4],
      (Document{
          {"kind", "field_differs"}, {"stream", "ORDERS"}, {"field", "max_msgs"}, {"kept", 5}}));
  EXPECT_EQ(drift({{"set", "latest"}})["set"], "latest");
  // Many configurations are more than another request may hold.
  Document configs = Document::array();
  for (int i = 0; i < 2000; ++i) {
    const std::string name = "S" + std::to_string(i);
    configs.push_back({{"stream", name}, {"config", {{"name", name}, {"subjects", {name}}}}});
  }
  EXPECT_EQ(drift({{"configs", configs}})["streams"], 2000);
  instance.engine.differences = 50'000;
  answer = drift({{"backup", "b1"}});
  EXPECT_EQ(answer["total"], 50'005);
  EXPECT_EQ(answer["differences"].size() + answer["truncated"]["differences"].get<std::size_t>(),
            50'005U);
  const Document config = {{"stream", "S"}, {"config", Document::object()}};
  const Document consumer = {{"stream", "S"}, {"consumer", "c"}, {"config", Document::object()}};
  ExpectError(Ask("backup.drift", {{"backup", "none"}}), 70405, 404);
  ExpectError(Ask("backup.drift", Document::object()), 70400, 400);
  ExpectError(Ask("backup.drift", {{"backup", "a"}, {"set", "b"}}), 70400, 400);
  ExpectError(Ask("backup.drift", {{"backup", "a"}, {"streams", Document::array()}}), 70400, 400);
  ExpectError(Ask("backup.drift", {{"backup", "a"}, {"streams", {""}}}), 70403, 400);
  ExpectError(Ask("backup.drift", {{"configs", Document::array()}}), 70400, 400);
  ExpectError(Ask("backup.drift", {{"configs", {{"S", 1}}}}), 70402, 400);
  ExpectError(Ask("backup.drift", {{"configs", Document::array({config, config})}}), 70400, 400);
  ExpectError(Ask("backup.drift", {{"configs", Document::array({consumer})}}), 70400, 400);
  ExpectError(
      Ask("backup.drift", {{"configs", Document::array({{{"stream", "S"}, {"config", 1}}})}}),
      70402, 400);
  ExpectError(Ask("backup.drift", {{"set", std::string(600'000, 'a')}}), 70413, 413);
}

TEST_F(ControlServiceTest, PrunesByRules) {
  Instance instance(server_->Url());
  const auto prune = [&](const Document& request) {
    const Document answer = Ask("backup.prune", request);
    EXPECT_EQ(SchemaErrors("backup_prune_response", answer), "");
    return answer;
  };
  const Document rules = {{"last", 1}};
  EXPECT_EQ(prune({{"keep", rules}, {"dry_run", true}})["backups"][1]["verdict"], "would_go");
  EXPECT_EQ(prune({{"keep", rules}})["backups"][1]["verdict"], "removed");
  instance.engine.backups = 50'000;
  const Document answer = prune({{"keep", rules}});
  EXPECT_EQ(answer["removed"], 50'000);
  EXPECT_EQ(answer["backups"].size() + answer["truncated"]["backups"].get<std::size_t>(), 50'001U);
  ExpectError(Ask("backup.prune", Document::object()), 70400, 400);
  ExpectError(Ask("backup.prune", {{"keep", Document::object()}}), 70400, 400);
  ExpectError(Ask("backup.prune", {{"keep", {{"daily", 0}}}}), 70400, 400);
  ExpectError(Ask("backup.prune", {{"keep", {{"daily", -1}}}}), 70402, 400);
  ExpectError(Ask("backup.prune", {{"keep", {{"minutely", 1}}}}), 70401, 400);
  ExpectError(Ask("backup.prune", {{"keep", 3}}), 70402, 400);
  ExpectError(Ask("backup.prune", {{"keep", rules}, {"streams", Document::array()}}), 70400, 400);
  ExpectError(Ask("backup.prune", {{"keep", rules}, {"streams", {"a.b"}}}), 70403, 400);
  ExpectError(Ask("backup.prune", {{"keep", rules}, {"streams", {"none"}}}), 70405, 404);
}

TEST_F(ControlServiceTest, TakesTheSameIdAsTheSameJob) {
  Instance instance(server_->Url());
  const Document request = {{"stream", "ORDERS"}, {"job", "mine"}, {"wait", true}};
  const Document first = Ask("backup.request", request);
  const Document second = Ask("backup.request", request, Encoding::kMsgpack);
  EXPECT_EQ(first["id"], second["id"]);
  EXPECT_EQ(instance.engine.runs(), 1);
  ExpectError(Ask("backup.request", {{"stream", "OTHER"}, {"job", "mine"}}), 70410, 409);
  ExpectError(Ask("restore.request", {{"stream", "ORDERS"}, {"job", "mine"}}), 70410, 409);
}

TEST_F(ControlServiceTest, CancelsARunningJobAndOneInTheQueue) {
  Instance instance(server_->Url());
  const auto first = client.Subscribe("backup.*.SLOW.one");
  const auto second = client.Subscribe("backup.*.SLOW.two");
  client.Flush();
  Ask("backup.request", {{"stream", "SLOW"}, {"job", "one"}});
  Ask("backup.request", {{"stream", "SLOW"}, {"job", "two"}});
  Document status = Ask("backup.status", {{"job", "two"}});
  EXPECT_EQ(SchemaErrors("backup_status_response", status), "");
  EXPECT_EQ(status["state"], "queued");
  EXPECT_EQ(status["position"], 0);
  EXPECT_EQ(Ask("backup.cancel", {{"job", "two"}})["state"], "queued");
  EXPECT_EQ(Kinds(EventsUntilEnd(second)), "queued cancelled ");
  EXPECT_EQ(Ask("backup.cancel", {{"job", "one"}})["state"], "running");
  EXPECT_EQ(EventsUntilEnd(first).back()["type"], "io.jetkeep.event.v1.backup_cancelled");
  status = Ask("backup.status", Document::object(), Encoding::kMsgpack);
  EXPECT_EQ(SchemaErrors("backup_status_response", status), "");
  EXPECT_EQ(status["total"], 2);
  EXPECT_EQ(status["jobs"][0]["state"], "cancelled");
}

TEST_F(ControlServiceTest, TellsProgressAtMostFourTimesASecondAndTheEndOnce) {
  Instance instance(server_->Url());
  const auto events = client.Subscribe("backup.progress.SLOW2.*");
  client.Flush();
  Ask("backup.request", {{"stream", "SLOW2"}});
  std::this_thread::sleep_for(1500ms);
  instance.engine.Release();
  std::vector<Document> told;
  while (const auto message = client.Next(events, 1s)) told.push_back(Read(*message));
  ASSERT_GE(told.size(), 3U);
  EXPECT_LE(told.size(), 7U);
  EXPECT_TRUE(told[told.size() - 2].contains("remaining_seconds"));
  EXPECT_LT(told[told.size() - 2]["percent"], 100);
  EXPECT_EQ(told.back()["percent"], 100);
}

TEST_F(ControlServiceTest, TellsRetriesAndFailures) {
  Instance instance(server_->Url());
  const auto events = client.Subscribe("backup.*.*.j1");
  client.Flush();
  Ask("backup.request", {{"stream", "RETRY"}, {"job", "j1"}});
  EXPECT_EQ(Kinds(EventsUntilEnd(events)), "queued started retrying progress completed ");
  const auto failing = client.Subscribe("backup.*.*.j2");
  client.Flush();
  Ask("backup.request", {{"stream", "BROKEN"}, {"job", "j2"}});
  const std::vector<Document> told = EventsUntilEnd(failing);
  EXPECT_EQ(Kinds(told), "queued failed ");
  EXPECT_EQ(told.back()["error"]["err_code"], 70560);
}

TEST_F(ControlServiceTest, TakesRequestsThatWaitForNoAnswer) {
  Instance instance(server_->Url());
  const auto done = client.Subscribe("backup.completed.>");
  const auto failed = client.Subscribe("backup.failed.>");
  client.Flush();
  client.Publish("backup.request", R"({"stream":"ORDERS","job":"quiet"})");
  client.Publish("backup.request", R"({"stream":"MISSING","job":"lost"})");
  client.Flush();
  const auto completed = client.Next(done, 5s);
  ASSERT_TRUE(completed);
  EXPECT_EQ(completed->subject, "backup.completed.ORDERS.quiet");
  const auto refused = client.Next(failed, 5s);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->subject, "backup.failed.MISSING.lost");
  EXPECT_EQ(SchemaErrors("event_backup_failed", Read(*refused)), "");
}

TEST_F(ControlServiceTest, CancelsJobsAndAnswersWhoWaitsWhenItStops) {
  Instance instance(server_->Url());
  const auto events = client.Subscribe("backup.cancelled.>");
  const std::string inbox = client.NewInbox();
  const auto answers = client.Subscribe(inbox);
  client.Flush();
  client.Publish("backup.request", R"({"stream":"SLOW","job":"a","wait":true})", {}, inbox);
  client.Publish("backup.request", R"({"stream":"SLOW","job":"b","wait":true})", {}, inbox);
  client.Flush();
  for (int i = 0; i < 100 && instance.engine.runs() == 0; ++i) std::this_thread::sleep_for(20ms);
  instance.Stop(5s);
  EXPECT_TRUE(instance.all_ended);
  EXPECT_TRUE(client.Next(events, 5s));
  EXPECT_TRUE(client.Next(events, 5s));
  EXPECT_FALSE(client.Next(events, 100ms));
  for (int i = 0; i < 2; ++i) {
    const auto answer = client.Next(answers, 5s);
    ASSERT_TRUE(answer);
    EXPECT_EQ(Read(*answer)["error"]["err_code"], 70499);
  }
}

TEST_F(ControlServiceTest, AnEndedJobIsFoundByTheNextInstanceOnTheRepository) {
  MemoryStore store;
  JobLog log(store, SystemClock());
  InstanceOptions options;
  options.prefix = "history";
  options.not_found_delay = 20ms;
  options.jobs = &log;
  {
    Instance instance(server_->Url(), options);
    Ask("history.restore.request", {{"backup", "b1"}, {"job", "done"}, {"wait", true}});
    Ask("history.backup.request", {{"stream", "BROKEN"}, {"job", "bad"}, {"wait", true}});
    EXPECT_FALSE(Ask("history.backup.status", {{"job", "done"}}).contains("from_history"));
  }
  Instance instance(server_->Url(), options);
  const Document done = Ask("history.backup.status", {{"job", "done"}}, Encoding::kMsgpack);
  EXPECT_EQ(SchemaErrors("backup_status_response", done), "");
  EXPECT_EQ(done["from_history"], true);
  EXPECT_EQ(done["kind"], "restore");
  EXPECT_EQ(done["state"], "completed");
  EXPECT_EQ(done["backup"], "b1");
  const Document bad = Ask("history.backup.status", {{"job", "bad"}});
  EXPECT_EQ(SchemaErrors("backup_status_response", bad), "");
  EXPECT_EQ(bad["error"]["err_code"], 70560);
  EXPECT_EQ(bad["error"]["hint"], "Make room.");
  ExpectError(Ask("history.backup.status", {{"job", "nobody"}}), 70406, 404);
  // What cannot be read is not known, and that is no reason to fail.
  for (const std::string& key : store.Keys()) store.Set(key, "damaged");
  ExpectError(Ask("history.backup.status", {{"job", "done"}}), 70406, 404);
  EXPECT_EQ(instance.engine.runs(), 0);
}

}  // namespace
}  // namespace jetkeep::testing
