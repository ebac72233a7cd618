// Least privilege, missing grants, and requests made to do harm.
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>
#include <thread>

#include "tests/integration/numbered_stream.h"
#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kPermissionDenied = 70522;
constexpr std::size_t kBytes = 4000;

// What backup and restore need of the server, all streams.
const std::vector<std::string> kJetStreamGrants{"$JS.API.STREAM.NAMES",
                                                "$JS.API.STREAM.INFO.*",
                                                "$JS.API.STREAM.SNAPSHOT.*",
                                                "$JS.SNAPSHOT.ACK.>",
                                                "$JS.API.STREAM.MSG.GET.*",
                                                "$JS.API.CONSUMER.LIST.*",
                                                "$JS.API.STREAM.RESTORE.*",
                                                "$JS.SNAPSHOT.RESTORE.>",
                                                "$JS.API.STREAM.DELETE.*",
                                                "$JS.API.CONSUMER.CREATE.>",
                                                "$JS.API.CONSUMER.DURABLE.CREATE.>",
                                                "$JS.API.CONSUMER.DELETE.*.*",
                                                "$JS.API.STREAM.UPDATE.*"};

// The same less one.
std::vector<std::string> GrantsWithout(const std::string& missing) {
  std::vector<std::string> grants;
  for (const auto& grant : kJetStreamGrants) {
    if (grant != missing) grants.push_back(grant);
  }
  return grants;
}

class PermissionsTest : public ::testing::TestWithParam<std::string> {
 protected:
  // A server with an administrator, and Jetkeep as a user that may do only what is granted: its own
  // subjects, answers to inboxes, and `grants`.
  void Start(const std::vector<std::string>& grants) {
    std::ostringstream config;
    config << "authorization { users: [\n  { user: admin, password: a }\n"
           << "  { user: sidecar, password: s, permissions: {\n    publish: [";
    for (const auto& grant : grants) config << " \"" << grant << "\",";
    config << " \"backup.>\", \"restore.>\", \"verify.>\", \"$SRV.PING.jetkeep\", \"_INBOX.>\" ]\n"
           << "    subscribe: [ \"_SIDECAR.>\", \"backup.>\", \"restore.>\", \"$SRV.>\" ]\n"
           << "  } }\n] }\n";
    server_ = std::make_unique<NatsServer>(
        NatsServerOptions{.version = GetParam(), .config = config.str()});
    const std::string at = "@127.0.0.1:" + std::to_string(server_->port());
    admin_ = std::make_unique<JetStreamClient>("nats://admin:a" + at);
    jetkeep_ = std::make_unique<JetkeepProcess>(
        JetkeepOptions{.server_url = "nats://sidecar:s" + at,
                       .arguments = {"--inbox-prefix", "_SIDECAR", "--retry-first-delay", "100ms"},
                       .wait_ready = false});
    for (int i = 0; i < 200; ++i) {
      if (admin_->Request("backup.list", "").Status() != 503) return;
      std::this_thread::sleep_for(milliseconds(50));
    }
    throw std::runtime_error("jetkeep is not ready: " + jetkeep_->Log());
  }
  void Fill(std::uint64_t count) {
    admin_->CreateStream({{"name", "S"}, {"subjects", {"s"}}});
    admin_->PublishMany(count, [](std::uint64_t i) {
      return OutgoingMessage{"s", NumberedPayload(i + 1, kBytes), ""};
    });
    admin_->CreateConsumer("S", {{"durable_name", "c"}, {"ack_policy", "explicit"}});
  }
  Json Try(const std::string& subject, const Json& request) {
    return Ask(*admin_, subject, request, seconds(60));
  }
  static int Code(const Json& answer) {
    return answer.contains("error") ? answer["error"].value("err_code", 0) : 0;
  }

  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<JetStreamClient> admin_;
  std::unique_ptr<JetkeepProcess> jetkeep_;
};

TEST_P(PermissionsTest, TheDocumentedGrantsAreEnoughAndNoOtherSubjectIsUsed) {
  Start(kJetStreamGrants);
  Fill(6500);
  const StreamDump before = DumpStream(*admin_, "S");
  const Json backup = Try("backup.request", {{"stream", "S"}, {"wait", true}});
  ASSERT_EQ(Code(backup), 0) << backup << jetkeep_->Log();
  admin_->DeleteStream("S");
  const Json restored = Try("restore.request", {{"stream", "S"}, {"wait", true}});
  ASSERT_EQ(Code(restored), 0) << restored << jetkeep_->Log();
  EXPECT_EQ(Joined(Compare(before, DumpStream(*admin_, "S"))), "");
  const std::string log = ReadWholeFile(server_->log_path());
  EXPECT_EQ(log.find("Permissions Violation"), std::string::npos) << log;
}

TEST_P(PermissionsTest, AMissingGrantForAcknowledgementsIsNamed) {
  Start(GrantsWithout("$JS.SNAPSHOT.ACK.>"));
  Fill(4000);
  const Json backup = Try("backup.request", {{"stream", "S"}, {"wait", true}});
  EXPECT_EQ(Code(backup), kPermissionDenied) << backup;
  EXPECT_NE(backup.dump().find("$JS.SNAPSHOT.ACK."), std::string::npos) << backup;
  EXPECT_EQ(Try("backup.list", Json::object()).at("total"), 0);
  EXPECT_TRUE(FilesBelow(jetkeep_->repository()).empty());
}

TEST_P(PermissionsTest, AStreamThatIsWrittenToNeedsOneMoreGrantThanOneAtRest) {
  Start(GrantsWithout("$JS.API.STREAM.MSG.GET.*"));
  Fill(6500);
  EXPECT_EQ(Code(Try("backup.request", {{"stream", "S"}, {"wait", true}})), 0);
  Model model;
  model.message = [](std::uint64_t i) { return OutgoingMessage{"s", NumberedPayload(i, 100), ""}; };
  Writer writer("nats://admin:a@127.0.0.1:" + std::to_string(server_->port()), model, 6501, 2000);
  const auto began = std::chrono::steady_clock::now();
  const Json backup = Try("backup.request", {{"stream", "S"}, {"wait", true}});
  EXPECT_EQ(Code(backup), kPermissionDenied) << backup;
  EXPECT_NE(backup.dump().find("$JS.API.STREAM.MSG.GET.S"), std::string::npos) << backup;
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(5));
  EXPECT_EQ(Try("backup.list", Json::object()).at("total"), 1);
}

TEST_P(PermissionsTest, AMissingGrantForTheSnapshotIsNamedAtOnce) {
  Start(GrantsWithout("$JS.API.STREAM.SNAPSHOT.*"));
  Fill(10);
  const auto began = std::chrono::steady_clock::now();
  const Json backup = Try("backup.request", {{"stream", "S"}, {"wait", true}});
  EXPECT_EQ(Code(backup), kPermissionDenied) << backup;
  EXPECT_NE(backup.dump().find("$JS.API.STREAM.SNAPSHOT.S"), std::string::npos) << backup;
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(5));
}

TEST_P(PermissionsTest, AMissingGrantForTheRestoreIsNamedAndLeavesNoGhost) {
  Start(GrantsWithout("$JS.SNAPSHOT.RESTORE.>"));
  Fill(500);
  ASSERT_EQ(Code(Try("backup.request", {{"stream", "S"}, {"wait", true}})), 0);
  admin_->DeleteStream("S");
  const auto began = std::chrono::steady_clock::now();
  const Json restored = Try("restore.request", {{"stream", "S"}, {"wait", true}});
  EXPECT_EQ(Code(restored), kPermissionDenied) << restored;
  EXPECT_NE(restored.dump().find("$JS.SNAPSHOT.RESTORE."), std::string::npos) << restored;
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(20));
  const Json names = admin_->Api("STREAM.NAMES").at("streams");
  EXPECT_TRUE(names.is_null() || names.empty()) << names;
  // The name is free.
  admin_->CreateStream({{"name", "S"}, {"subjects", {"s"}}});
}

// A grant that only the end of a restore needs, or what removes a failed one: named before anything
// is sent. Those of 0.1 are all but the first.
TEST_P(PermissionsTest, AMissingGrantForTheEndOfARestoreIsNamedBeforeAnythingIsSent) {
  for (const std::string grant : {"$JS.API.STREAM.UPDATE.", "$JS.API.STREAM.DELETE."}) {
    SCOPED_TRACE(grant);
    Start(GrantsWithout(grant + "*"));
    Fill(500);
    ASSERT_EQ(Code(Try("backup.request", {{"stream", "S"}, {"wait", true}})), 0);
    admin_->DeleteStream("S");
    const auto watch = admin_->Subscribe("$JS.API.STREAM.RESTORE.*");
    const Json restored = Try("restore.request", {{"stream", "S"}, {"wait", true}});
    EXPECT_EQ(Code(restored), kPermissionDenied) << restored;
    EXPECT_NE(restored.dump().find(grant + "S"), std::string::npos) << restored;
    admin_->Flush();
    EXPECT_FALSE(admin_->Next(watch, milliseconds(200))) << "a restore was asked for";
    const Json names = admin_->Api("STREAM.NAMES").at("streams");
    EXPECT_TRUE(names.is_null() || names.empty()) << names;
  }
}

TEST_P(PermissionsTest, RequestsMadeToDoHarmAreRefusedAndTouchNothing) {
  Site site({.server = {.version = GetParam()}});
  site.Fill("S", 10, 10);
  JetStreamClient& client = site.client();
  std::string deep = R"({"stream":)";
  for (int i = 0; i < 20'000; ++i) deep += "[";
  const std::vector<std::string> bodies{std::string(1'000'000, '{'),
                                        std::string(1'000'000, ' '),
                                        deep,
                                        R"({"stream":")" + std::string(60'000, 'a') + R"("})",
                                        std::string(30'000, '\x91'),
                                        std::string("\xdf\xff\xff\xff\xff", 5),
                                        std::string("\xdf\xff\xff\xff\xff\xdb\xff\xff\xff\xff", 10),
                                        std::string(64, '\0'),
                                        "\"",
                                        "[]",
                                        "nul",
                                        R"({"stream":"S","stream":"S"})",
                                        R"({"stream":"\ud800"})"};
  for (const std::string subject :
       {"backup.request", "restore.request", "backup.list", "backup.show", "backup.status",
        "backup.cancel", "backup.delete"}) {
    for (const auto& body : bodies) {
      const NatsMessage answer = client.Request(subject, body, seconds(10));
      EXPECT_NE(answer.headers.find("Nats-Service-Error"), std::string::npos)
          << subject << " " << body.substr(0, 40);
    }
  }
  const std::filesystem::path repository = site.jetkeep().repository();
  const auto outside = [&] {
    std::size_t entries = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(repository.parent_path())) {
      ++entries;
    }
    return entries;
  };
  const std::size_t before = outside();
  for (const std::string name :
       {"..", "../../x", "/etc/passwd", "a/b", "..\\x", ".", "S/../S", "a\x01", "S\n"}) {
    for (const char* member : {"stream", "backup", "job"}) {
      Json body{{"stream", "S"}, {"wait", true}};
      body[member] = name;
      if (std::string(member) == "backup") body.erase("stream");
      for (const char* subject : {"backup.request", "restore.request"}) {
        EXPECT_NE(Code(Ask(client, subject, body)), 0) << subject << body;
      }
      for (const char* subject : {"backup.show", "backup.delete", "backup.cancel"}) {
        EXPECT_NE(Code(Ask(client, subject, {{member, name}})), 0) << subject << name;
      }
    }
  }
  EXPECT_EQ(outside(), before);
  EXPECT_TRUE(FilesBelow(repository.string()).empty());
  const Outcome after = site.BackUp("S");
  EXPECT_TRUE(after.completed()) << after.Text();
  site.jetkeep().ExpectSmallMemory();
}

INSTANTIATE_TEST_SUITE_P(Servers, PermissionsTest, ::testing::ValuesIn(ServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing
