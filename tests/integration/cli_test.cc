// The command line: what people and scripts see of it.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/integration/round_trip.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;

class CliTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    server_ = std::make_unique<NatsServer>(NatsServerOptions{.version = GetParam()});
    jetkeep_ = std::make_unique<JetkeepProcess>(JetkeepOptions{.server_url = server_->Url()});
    client_ = std::make_unique<JetStreamClient>(server_->Url());
    client_->CreateStream({{"name", "ORDERS"}, {"subjects", {"orders.>"}}});
    client_->PublishMany(1000, [](std::uint64_t i) {
      return OutgoingMessage{"orders.new", "order " + std::to_string(i), ""};
    });
  }
  ProgramResult Run(std::vector<std::string> arguments) {
    return RunJetkeep(arguments, {{"NATS_URL", server_->Url()}, {"NATS_TIMEOUT", "3s"}});
  }
  // The last line of --json output is the result; what comes before are events, a line each.
  static Json LastJson(const std::string& output) {
    const auto end = output.find_last_not_of("\n");
    const auto whole = Json::parse(output, nullptr, false);
    if (!whole.is_discarded()) return whole;
    const auto begin = output.rfind('\n', end);
    return Json::parse(output.substr(begin == std::string::npos ? 0 : begin + 1, end - begin));
  }

  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<JetkeepProcess> jetkeep_;
  std::unique_ptr<JetStreamClient> client_;
};

TEST_P(CliTest, BacksUpAndRestores) {
  const ProgramResult backup = Run({"backup", "ORDERS"});
  EXPECT_EQ(backup.exit_code, 0) << backup.output << backup.error;
  EXPECT_NE((backup.output + backup.error).find("ORDERS"), std::string::npos);
  EXPECT_EQ((backup.output + backup.error).find('\r'), std::string::npos)
      << "no bar without a terminal";
  EXPECT_EQ(Run({"restore", "ORDERS"}).exit_code, 13) << "the stream is still there";
  client_->DeleteStream("ORDERS");
  const ProgramResult restore = Run({"restore", "ORDERS"});
  EXPECT_EQ(restore.exit_code, 0) << restore.output << restore.error;
  EXPECT_EQ(client_->StreamInfo("ORDERS").at("state").at("messages"), 1000);
}

TEST_P(CliTest, EveryVerbSpeaksJson) {
  const ProgramResult backup = Run({"backup", "ORDERS", "--json"});
  ASSERT_EQ(backup.exit_code, 0) << backup.output << backup.error;
  const Json completed = LastJson(backup.output);
  const std::string id = completed.at("result").at("id");
  const ProgramResult list = Run({"list", "--json"});
  EXPECT_EQ(list.exit_code, 0);
  EXPECT_EQ(LastJson(list.output).at("backups").at(0).at("id"), id);
  const ProgramResult show = Run({"show", id, "--json"});
  EXPECT_EQ(show.exit_code, 0);
  EXPECT_EQ(LastJson(show.output).at("messages"), 1000);
  const ProgramResult status = Run({"status", "--json"});
  EXPECT_EQ(status.exit_code, 0) << status.error;
  EXPECT_EQ(LastJson(status.output).at("jobs").size(), 1U);
}

TEST_P(CliTest, ListAndShowReadARepositoryWithoutAServer) {
  ASSERT_EQ(Run({"backup", "ORDERS"}).exit_code, 0);
  const std::string repository = jetkeep_->repository();
  jetkeep_->Stop();
  server_->Stop();
  const ProgramResult list = RunJetkeep({"list", "--repository", repository, "--json"});
  ASSERT_EQ(list.exit_code, 0) << list.error;
  const std::string id = LastJson(list.output).at("backups").at(0).at("id");
  const ProgramResult show = RunJetkeep({"show", id, "--repository", repository});
  EXPECT_EQ(show.exit_code, 0) << show.error;
  EXPECT_NE(show.output.find("ORDERS"), std::string::npos);

  // A manifest that cannot be read is no backup, but it is not passed over in silence.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(repository)) {
    if (entry.path().extension() == ".manifest") std::filesystem::resize_file(entry.path(), 100);
  }
  const ProgramResult damaged = RunJetkeep({"list", "--repository", repository});
  EXPECT_EQ(damaged.exit_code, 0);
  EXPECT_EQ(damaged.output.find("ORDERS"), std::string::npos) << damaged.output;
  EXPECT_NE(damaged.error.find("warning: "), std::string::npos) << damaged.error;
  EXPECT_NE(damaged.error.find(id), std::string::npos) << damaged.error;
}

TEST_P(CliTest, ExitCodesNameTheCause) {
  EXPECT_EQ(Run({"backup", "NOT_THERE"}).exit_code, 10);
  EXPECT_EQ(Run({"restore", "NOT_THERE"}).exit_code, 11);
  EXPECT_EQ(Run({"show", "20200101T000000Z-aaaaaaaa"}).exit_code, 11);
  EXPECT_EQ(Run({"backup"}).exit_code, 2);
  EXPECT_EQ(Run({"no-such-verb"}).exit_code, 2);
  EXPECT_EQ(Run({"--help"}).exit_code, 0);
  EXPECT_EQ(Run({"--version"}).exit_code, 0);
  EXPECT_EQ(RunJetkeep({"list", "--repository", "/nonexistent/repository"}).exit_code, 35);
  jetkeep_->Stop();
  EXPECT_EQ(Run({"list"}).exit_code, 25) << "nobody listens";
  server_->Stop();
  EXPECT_EQ(Run({"list"}).exit_code, 20) << "no server";
}

TEST_P(CliTest, APrintedConfigurationHidesSecrets) {
  const ProgramResult config =
      RunJetkeep({"config", "--server", "nats://me:hidden-word@127.0.0.1:1", "--repository", "/x"},
                 {{"NATS_TOKEN", "hidden-token"}});
  EXPECT_EQ((config.output + config.error).find("hidden-"), std::string::npos) << config.output;
  EXPECT_EQ((jetkeep_->Log()).find("hidden-"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Servers, CliTest, ::testing::ValuesIn(ServerVersions()), VersionName);

}  // namespace
}  // namespace jetkeep::testing
