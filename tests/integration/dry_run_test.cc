// A dry run of a restore shows what the restore would do, by the restore's own checks, and changes
// nothing: the judge is the restore that is run behind it, and the server's and the disk's state.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <memory>

#include "tests/integration/place.h"
#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"
#include "tests/support/fault_proxy.h"
#include "tests/support/scratch_directory.h"

namespace jetkeep::testing {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
namespace fs = std::filesystem;

constexpr int kStreamExists = 70409;
constexpr int kRepositoryCorrupt = 70550;
constexpr int kNewerBackupUnusable = 70553;

// Every file with its contents, but for the history of jobs, which is written behind them.
std::map<std::string, std::string> FilesOf(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.path().string().find("/jk.jobs") != std::string::npos) continue;
    if (!entry.is_regular_file()) {
      files[entry.path().string() + "/"] = "";
    } else if (entry.path().string().find("lock") == std::string::npos) {
      files[entry.path().string()] = ReadWholeFile(entry.path().string());
    }
  }
  return files;
}

// What a dry run must leave as it is, and whether the server did anything at all meanwhile.
class Untouched {
 public:
  Untouched(Place& place, const std::string& repository)
      : place_(place),
        repository_(repository),
        files_(FilesOf(repository)),
        jobs_(Jobs()),
        names_(place.client().Api("STREAM.NAMES").at("streams")) {
    for (const char* subject : {"$JS.EVENT.ADVISORY.STREAM.>", "$JS.EVENT.ADVISORY.CONSUMER.>",
                                "restore.*.*.*", "backup.*.*.*", "verify.*.*.*"}) {
      heard_.push_back(place_.client().Subscribe(subject));
    }
    if (names_.is_array()) {
      for (const Json& name : names_) dumps_[name] = place_.client().StreamInfo(name);
    }
    place_.client().Flush();
  }
  ~Untouched() {
    for (const auto& [name, info] : dumps_) {
      EXPECT_EQ(place_.client().StreamInfo(name).at("config"), info.at("config"));
      EXPECT_EQ(place_.client().StreamInfo(name).at("state"), info.at("state"));
    }
    EXPECT_EQ(place_.client().Api("STREAM.NAMES").at("streams"), names_);
    EXPECT_EQ(Jobs(), jobs_) << "a dry run is no job";
    place_.client().Flush();
    for (const auto subscription : heard_) {
      if (const auto event = place_.client().Next(subscription, milliseconds(20))) {
        ADD_FAILURE() << event->subject << " " << event->payload;
      }
      place_.client().Unsubscribe(subscription);
    }
    const auto after = FilesOf(repository_);
    for (const auto& [path, bytes] : after) {
      EXPECT_EQ(files_.count(path), 1U) << path << " is new";
      EXPECT_TRUE(files_[path] == bytes) << path << " is another one";
    }
    EXPECT_EQ(files_.size(), after.size());
  }
  Untouched(const Untouched&) = delete;
  Untouched& operator=(const Untouched&) = delete;

 private:
  int Jobs() {
    return Ask(place_.client(), "backup.status", Json::object()).at("total").get<int>();
  }

  Place& place_;
  const std::string repository_;
  std::map<std::string, std::string> files_;
  const int jobs_;
  const Json names_;
  std::map<std::string, Json> dumps_;
  std::vector<std::uint64_t> heard_;
};

class DryRunTest : public ::testing::TestWithParam<std::string> {
 protected:
  // As a client asks; nothing may be changed by it.
  Json Plan(Place& place, Json request) {
    const Untouched untouched(place, repository_);
    request["dry_run"] = true;
    return Ask(place.client(), "restore.request", request, seconds(30));
  }
  static std::vector<int> Refusals(const Json& plan) {
    std::vector<int> codes;
    for (const Json& refusal : plan.at("refusals")) codes.push_back(refusal.at("err_code"));
    return codes;
  }
  static void Fill(Place& place, const std::string& stream, const Json& more = Json::object()) {
    Json config{{"name", stream}, {"subjects", {stream + ".>"}}};
    config.update(more);
    place.client().CreateStream(config);
    place.client().PublishMany(300, [&](std::uint64_t i) {
      return OutgoingMessage{stream + ".a", NumberedPayload(i + 1, 500), ""};
    });
  }
  // All that the plan promises of the stream is there.
  static void ExpectAsPlanned(Place& place, const Json& plan, const Json& restored) {
    const Json info = place.client().StreamInfo(plan.at("stream"));
    const Json& state = plan.at("state");
    EXPECT_EQ(info.at("state").at("messages"), state.at("messages"));
    EXPECT_EQ(info.at("state").at("bytes"), state.at("bytes"));
    EXPECT_EQ(info.at("state").at("first_seq"), state.at("first_sequence"));
    EXPECT_EQ(info.at("state").at("last_seq"), state.at("last_sequence"));
    EXPECT_EQ(info.at("state").value("num_deleted", 0), state.at("num_deleted"));
    for (const auto& [field, value] : plan.at("config").items()) {
      if (field == "metadata") continue;  // the server adds members of its own
      EXPECT_EQ(info.at("config").value(field, value), value) << field;
    }
    std::set<std::string> planned;
    for (const Json& consumer : plan.at("consumers")) planned.insert(consumer.at("name"));
    const auto names = place.client().ConsumerNames(plan.at("stream"));
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()), planned);
    EXPECT_EQ(restored.at("consumers"), planned.size());
    EXPECT_EQ(restored.at("backup"), plan.at("backup"));
    EXPECT_EQ(restored.at("unchecked"), plan.at("unchecked"));
    // What a restore reports is what the plan says, left out or warned of.
    Json expected = plan.at("left_out");
    for (const Json& warning : plan.at("warnings")) expected.push_back(warning);
    EXPECT_EQ(restored.at("warnings"), expected);
  }

  ScratchDirectory scratch_{"dry-run"};
  const std::string repository_ = scratch_ / "repository";
};

TEST_P(DryRunTest, ThePlanIsWhatTheRestoreBehindItBringsBack) {
  Place place(GetParam(), repository_);
  JetStreamClient& client = place.client();
  Fill(place, "S", {{"max_msgs", 100'000}, {"discard", "new"}});
  client.DeleteMessage("S", 17);
  client.CreateConsumer("S", {{"durable_name", "file"}, {"ack_policy", "explicit"}});
  client.CreateConsumer(
      "S", {{"durable_name", "memory"}, {"ack_policy", "explicit"}, {"mem_storage", true}});
  client.Fetch("S", "memory", 10);
  place.BackUp("S");
  client.DeleteStream("S");
  const Json plan = Plan(place, {{"stream", "S"}});
  EXPECT_EQ(plan.at("possible"), true) << plan;
  EXPECT_EQ(plan.at("refusals"), Json::array());
  EXPECT_EQ(plan.at("left_out"), Json::array());
  EXPECT_EQ(plan.at("account"), "default");
  EXPECT_EQ(plan.at("state").at("messages"), 299);
  EXPECT_THAT(plan.at("unchecked").dump(), HasSubstr("disk space"));
  EXPECT_THAT((std::vector<std::string>{"v1", "v2"}),
              ::testing::Contains(plan.at("archive").get<std::string>()));
  EXPECT_EQ(plan.at("consumers").size(), 2U);
  EXPECT_FALSE(client.StreamExists("S"));
  const Json restored = place.Restore("S");
  ASSERT_TRUE(restored.contains("messages")) << restored;
  ExpectAsPlanned(place, plan, restored);
}

TEST_P(DryRunTest, EveryRefusalIsNamedAndTheRestoreFailsWithTheFirst) {
  std::string id;
  {
    Place origin(GetParam(), repository_);
    Fill(origin, "S");
    origin.client().CreateConsumer(
        "S", {{"durable_name", "a"}, {"ack_policy", "explicit"}, {"max_ack_pending", 20}});
    origin.BackUp("S");
    id = Ask(origin.client(), "backup.list", {{"stream", "S"}}).at("backups").at(0).at("id");
  }
  // An account that is too small for the stream and for the consumer, and another stream on the
  // same subjects.
  Place place({.version = GetParam(),
               .config = "accounts { A { jetstream: { max_file: 100KB, max_ack_pending: 10 }, "
                         "users: [ { user: a, password: a } ] } }\n"},
              repository_, {}, "a:a");
  place.client().CreateStream({{"name", "OTHER"}, {"subjects", {"S.>"}}});
  const Json plan = Plan(place, {{"stream", "S"}});
  EXPECT_EQ(plan.at("possible"), false);
  EXPECT_EQ(Refusals(plan), (std::vector<int>{kConsumerRefused, kLimitTooSmall, 70572})) << plan;
  EXPECT_EQ(CodeOf(place.Restore("S")), kConsumerRefused);
  const Json without = Plan(place, {{"backup", id}, {"skip_refused_consumers", true}});
  EXPECT_EQ(Refusals(without), (std::vector<int>{kLimitTooSmall, 70572})) << without;
  EXPECT_THAT(without.at("left_out").dump(), HasSubstr("consumer a is not restored"));
  EXPECT_EQ(without.at("consumers"), Json::array());
  EXPECT_EQ(CodeOf(place.Restore("S", {{"skip_refused_consumers", true}})), kLimitTooSmall);
  // The name is taken, the account has no room, and the backup is not what was written.
  place.client().DeleteStream("OTHER");
  place.client().CreateStream({{"name", "S"}, {"subjects", {"S.>"}}});
  for (const auto& entry : fs::recursive_directory_iterator(repository_)) {
    if (entry.path().parent_path().filename() == "segments") {
      FlipBytes(entry.path().string(), 2000, 8);
    }
  }
  const Json taken = Plan(place, {{"backup", id}, {"skip_refused_consumers", true}});
  EXPECT_EQ(Refusals(taken), (std::vector<int>{kStreamExists, kLimitTooSmall, kRepositoryCorrupt}))
      << taken;
  EXPECT_THAT(taken.at("unchecked").dump(), HasSubstr("permissions"));
  EXPECT_EQ(CodeOf(place.Restore("S", {{"skip_refused_consumers", true}})), kStreamExists);
}

TEST_P(DryRunTest, ABackupThatCannotBeUsedIsPassedOverAsInARestore) {
  Place place(GetParam(), repository_);
  Fill(place, "S");
  place.BackUp("S");
  const Json list = Ask(place.client(), "backup.list", {{"stream", "S"}}).at("backups");
  const std::string older = list.at(0).at("id");
  const auto before = FilesOf(repository_);
  place.BackUp("S");
  place.client().DeleteStream("S");
  for (const auto& [path, bytes] : FilesOf(repository_)) {
    const bool segment = path.find("/segments/") != std::string::npos;
    if (segment && !before.contains(path) && !path.ends_with("/")) FlipBytes(path, 2000, 8);
  }
  const Json refused = Plan(place, {{"stream", "S"}});
  EXPECT_EQ(CodeOf(refused), kNewerBackupUnusable) << refused;
  EXPECT_EQ(CodeOf(place.Restore("S")), kNewerBackupUnusable);
  const Json plan = Plan(place, {{"stream", "S"}, {"allow_older", true}});
  EXPECT_EQ(plan.value("possible", false), true) << plan;
  EXPECT_EQ(plan.at("backup"), older);
  const Json restored = place.Restore("S", {{"allow_older", true}});
  ASSERT_TRUE(restored.contains("messages")) << restored;
  ExpectAsPlanned(place, plan, restored);
}

TEST_P(DryRunTest, TheCommandLineShowsThePlanAndEndsAsTheRestoreWould) {
  Place place(GetParam(), repository_);
  Fill(place, "S");
  place.BackUp("S");
  const std::map<std::string, std::string> environment{{"NATS_URL", place.server().Url()}};
  const auto run = [&](std::vector<std::string> arguments) {
    const Untouched untouched(place, repository_);
    arguments.insert(arguments.begin(), {"restore", "S", "--dry-run"});
    return RunJetkeep(arguments, environment);
  };
  const ProgramResult taken = run({});
  EXPECT_EQ(taken.exit_code, 13) << taken.error;
  EXPECT_THAT(taken.output, HasSubstr("the restore would be refused"));
  EXPECT_THAT(taken.output, HasSubstr("refused: stream S already exists (err_code 70409)"));
  EXPECT_THAT(taken.output, HasSubstr("hint: "));
  place.client().DeleteStream("S");
  const ProgramResult possible = run({});
  EXPECT_EQ(possible.exit_code, 0) << possible.error;
  EXPECT_THAT(possible.output, HasSubstr("the restore would begin"));
  EXPECT_THAT(possible.output, HasSubstr("not checked: the server's free disk space"));
  EXPECT_THAT(possible.output, HasSubstr("300 ("));
  const ProgramResult json = run({"--json"});
  EXPECT_EQ(Json::parse(json.output).at("possible"), true);
  EXPECT_EQ(run({"--job", "j"}).exit_code, 2);
  EXPECT_EQ(run({"--no-wait"}).exit_code, 2);
  EXPECT_FALSE(place.client().StreamExists("S"));
}

INSTANTIATE_TEST_SUITE_P(Servers, DryRunTest, ::testing::ValuesIn(ServerVersions()), VersionName);

// A service that accepted a dry run and then stands still, or is gone, is not waited for.
TEST(DryRunElsewhereTest, ACommandDoesNotWaitForAServiceThatIsGone) {
  ScratchDirectory scratch("dry-run");
  NatsServer server({});
  JetStreamClient client(server.Url());
  client.CreateStream({{"name", "S"}, {"subjects", {"S"}}});
  client.PublishAcked("S", "x");
  // Those two never get the answer that a plan needs; the third gets all answers late.
  FaultProxy silent(server.port());
  FaultProxy late(server.port());
  std::map<std::string, std::unique_ptr<JetkeepProcess>> services;
  const auto serve = [&](const std::string& prefix, const std::string& url) {
    services[prefix] = std::make_unique<JetkeepProcess>(
        JetkeepOptions{.server_url = url, .repository = scratch / prefix, .prefix = prefix});
  };
  for (const std::string prefix : {"stopped", "killed", "slow"}) {
    serve(prefix, server.Url());
    Ask(client, prefix + ".backup.request", {{"stream", "S"}, {"wait", true}}, seconds(30));
    services[prefix]->Stop();
  }
  silent.ToServer({.stall_before = "$JS.API.STREAM.INFO.S "});
  late.ToClient({.delay = milliseconds(100)});
  serve("stopped", silent.Url());
  serve("killed", silent.Url());
  serve("slow", late.Url());
  const auto heard = client.Subscribe("*.backup.instance.*.restore.request");
  client.Flush();
  std::map<std::string, std::future<ProgramResult>> runs;
  for (const auto& [prefix, service] : services) {
    runs[prefix] = std::async(std::launch::async, [&, prefix = prefix] {
      return RunJetkeep({"restore", "S", "--dry-run", "--prefix", prefix, "--timeout", "1s"},
                        {{"NATS_URL", server.Url()}});
    });
  }
  for (std::size_t i = 0; i < services.size(); ++i) {
    const auto request = client.Next(heard, seconds(20));
    ASSERT_TRUE(request) << "the command asks one instance";
    const std::string prefix = request->subject.substr(0, request->subject.find('.'));
    if (prefix == "stopped") services[prefix]->process().Signal(SIGSTOP);
    if (prefix == "killed") services[prefix]->Kill();
  }
  for (const std::string prefix : {"stopped", "killed"}) {
    const ProgramResult result = runs[prefix].get();
    EXPECT_EQ(result.exit_code, 25) << prefix << result.error;
    EXPECT_THAT(result.error, HasSubstr("took the request and no longer answers"));
    EXPECT_THAT(result.error, HasSubstr("hint: "));
  }
  const ProgramResult planned = runs["slow"].get();
  EXPECT_EQ(planned.exit_code, 13) << planned.error;
  services["stopped"]->process().Signal(SIGCONT);
}

// What an older server cannot honour is refused, or listed as left out.
TEST(DryRunElsewhereTest, WhatTheServerCannotHonourIsListed) {
  for (const std::string onto : {"2.9", "2.10"}) {
    SCOPED_TRACE(onto);
    ScratchDirectory scratch("dry-run");
    const std::string repository = scratch / "repository";
    {
      Place origin("2.15", repository);
      origin.client().CreateStream(
          {{"name", "S"}, {"subjects", {"S.>"}}, {"allow_msg_ttl", true}, {"allow_atomic", true}});
      origin.client().PublishAcked("S.n", "x");
      origin.BackUp("S");
    }
    Place place(onto, repository);
    const Json refused =
        Ask(place.client(), "restore.request", {{"stream", "S"}, {"dry_run", true}});
    ASSERT_EQ(refused.at("refusals").size(), 1U) << refused;
    EXPECT_EQ(refused.at("refusals").at(0).at("err_code"), kConfigUnsupported);
    EXPECT_THAT(refused.dump(), HasSubstr("allow_atomic"));
    EXPECT_EQ(CodeOf(place.Restore("S")), kConfigUnsupported);
    const Json plan = Ask(place.client(), "restore.request",
                          {{"stream", "S"}, {"dry_run", true}, {"drop_unknown", true}});
    EXPECT_EQ(plan.at("possible"), true) << plan;
    EXPECT_THAT(plan.at("left_out").dump(), HasSubstr("allow_msg_ttl"));
    EXPECT_THAT(plan.at("left_out").dump(), HasSubstr("allow_atomic"));
    EXPECT_FALSE(plan.at("config").contains("allow_atomic")) << plan;
    const Json restored = place.Restore("S", {{"drop_unknown", true}});
    ASSERT_TRUE(restored.contains("messages")) << restored;
    for (const Json& line : plan.at("left_out")) {
      EXPECT_THAT(WarningsOf(restored), HasSubstr(line.get<std::string>()));
    }
  }
}

// The grants that only the end of a restore needs.
TEST(DryRunElsewhereTest, GrantsThatAreMissingAreRefusalsAllOfThem) {
  for (const std::string version : {"2.9", "2.10", "2.15"}) {
    SCOPED_TRACE(version);
    ScratchDirectory scratch("dry-run");
    Place place({.version = version, .config = R"(authorization { users: [
    { user: all, password: a }
    { user: some, password: s, permissions: { publish: { deny: [
        "$JS.API.STREAM.DELETE.*", "$JS.API.STREAM.UPDATE.*" ] } } } ] })"},
                scratch / "repository", {}, "some:s");
    place.client().CreateStream({{"name", "S"}, {"subjects", {"S"}}});
    place.client().PublishAcked("S", "x");
    place.BackUp("S");
    JetStreamClient owner("nats://all:a@127.0.0.1:" + std::to_string(place.server().port()));
    owner.DeleteStream("S");
    const Json plan = Ask(owner, "restore.request", {{"stream", "S"}, {"dry_run", true}});
    ASSERT_EQ(plan.at("refusals").size(), 2U) << plan;
    EXPECT_THAT(plan.at("refusals").at(0).dump(), HasSubstr("STREAM.DELETE.S"));
    EXPECT_THAT(plan.at("refusals").at(1).dump(), HasSubstr("STREAM.UPDATE.S"));
    EXPECT_EQ(CodeOf(Ask(owner, "restore.request", {{"stream", "S"}, {"wait", true}})),
              kPermissionDenied);
    EXPECT_FALSE(owner.StreamExists("S"));
  }
}

}  // namespace
}  // namespace jetkeep::testing
