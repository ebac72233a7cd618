// The command line: what people and scripts see of it.
#include <gtest/gtest.h>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>

#include "tests/integration/round_trip.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;

// Runs the program on a terminal of its own, and answers its first question.
ProgramResult RunOnTerminal(const std::vector<std::string>& arguments, const std::string& url,
                            const std::string& answer) {
  std::vector<std::string> all{JetkeepBinary()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> words;
  for (std::string& word : all) words.push_back(word.data());
  words.push_back(nullptr);
  int terminal = -1;
  const pid_t child = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child == 0) {
    ::setenv("NATS_URL", url.c_str(), 1);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  ProgramResult result;
  bool answered = false;
  pollfd readable{terminal, POLLIN, 0};
  while (::poll(&readable, 1, 60'000) == 1) {
    std::array<char, 4096> bytes;
    const ssize_t size = ::read(terminal, bytes.data(), bytes.size());
    if (size <= 0) break;  // the child has closed its end
    result.output.append(bytes.data(), static_cast<std::size_t>(size));
    if (answered || result.output.find("[y/N]") == std::string::npos) continue;
    answered = ::write(terminal, answer.data(), answer.size()) > 0;
  }
  int status = 0;
  ::kill(child, SIGKILL);  // of one that has ended: nothing
  ::waitpid(child, &status, 0);
  ::close(terminal);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::size_t LinesOf(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

class CliTest : public ::testing::TestWithParam<std::string> {
 protected:
  virtual std::string Version() const { return GetParam(); }
  void SetUp() override {
    server_ = std::make_unique<NatsServer>(NatsServerOptions{.version = Version()});
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

// What does not depend on the server's version, against one.
class CliDetailsTest : public CliTest {
 protected:
  std::string Version() const override { return "2.15"; }
  std::string BackUp(const std::string& stream) {
    const ProgramResult backup = Run({"backup", stream, "--json"});
    EXPECT_EQ(backup.exit_code, 0) << backup.output << backup.error;
    return Json::parse(backup.output).at("result").at("id");
  }
  std::size_t Listed() { return Json::parse(Run({"list", "--json"}).output).at("backups").size(); }
  // One that has just started may answer later than a ping waits.
  Json Instances(std::size_t expected) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (true) {
      Json found = Json::parse(Run({"ping", "--json"}).output).at("instances");
      if (found.size() >= expected || std::chrono::steady_clock::now() > give_up) return found;
    }
  }
  void MakeStream(const std::string& name) {
    client_->CreateStream({{"name", name}, {"subjects", {name + ".s"}}});
    client_->PublishAcked(name + ".s", "one");
  }
};

TEST_P(CliDetailsTest, DeleteAsksOnATerminal) {
  const std::string older = BackUp("ORDERS");
  BackUp("ORDERS");
  const ProgramResult no = RunOnTerminal({"delete", older}, server_->Url(), "n\n");
  EXPECT_EQ(no.exit_code, 1) << no.output;
  for (const std::string& told : {older, std::string("stream ORDERS"), std::string("completed 20"),
                                  std::string("1,000 messages"), std::string("KiB")}) {
    EXPECT_NE(no.output.find(told), std::string::npos) << told << ": " << no.output;
  }
  EXPECT_NE(no.output.find("nothing was deleted"), std::string::npos) << no.output;
  EXPECT_EQ(RunOnTerminal({"delete", older}, server_->Url(), "\n").exit_code, 1);
  EXPECT_EQ(RunOnTerminal({"delete", older}, server_->Url(), "\x04").exit_code, 1) << "the end";
  EXPECT_EQ(Listed(), 2U);
  const ProgramResult yes = RunOnTerminal({"delete", older}, server_->Url(), "y\n");
  EXPECT_EQ(yes.exit_code, 0) << yes.output;
  EXPECT_EQ(Listed(), 1U);
}

TEST_P(CliDetailsTest, DeleteWithoutATerminalNeedsYesAndTheLastOneNeedsLast) {
  const std::string older = BackUp("ORDERS");
  const std::string newer = BackUp("ORDERS");
  const ProgramResult asked = Run({"delete", older});
  EXPECT_EQ(asked.exit_code, 2) << asked.output << asked.error;
  EXPECT_NE(asked.error.find("hint: Add --yes"), std::string::npos) << asked.error;
  EXPECT_EQ(Run({"delete", "2", "--yes"}).exit_code, 2) << "both begin so";
  EXPECT_EQ(Run({"delete", "ORDERS", "--yes"}).exit_code, 11) << "a stream is no id";
  EXPECT_EQ(Run({"delete", "latest", "--yes"}).exit_code, 11);
  EXPECT_EQ(Listed(), 2U);
  EXPECT_EQ(Run({"delete", older.substr(0, older.size() - 2), "--yes"}).exit_code, 0);
  EXPECT_EQ(Listed(), 1U);
  const ProgramResult last = Run({"delete", newer, "--yes"});
  EXPECT_EQ(last.exit_code, 49) << last.error;
  EXPECT_NE(last.error.find("--last"), std::string::npos) << last.error;
  EXPECT_EQ(Listed(), 1U);
  EXPECT_EQ(Run({"delete", newer, "--yes", "--last"}).exit_code, 0);
  EXPECT_EQ(Listed(), 0U);
}

TEST_P(CliDetailsTest, ABackupIsNamedByTheBeginningOfItsIdOrByItsStream) {
  BackUp("ORDERS");
  const std::string newest = BackUp("ORDERS");
  const auto shown = [&](const std::string& word) {
    const ProgramResult show = Run({"show", word, "--json"});
    return show.exit_code == 0 ? Json::parse(show.output).at("id").get<std::string>() : show.output;
  };
  EXPECT_EQ(shown("ORDERS"), newest);
  EXPECT_EQ(shown("latest"), newest);
  EXPECT_EQ(shown(newest.substr(0, newest.size() - 3)), newest);
  EXPECT_EQ(Run({"show", "2"}).exit_code, 2);
  EXPECT_EQ(Run({"show", "NOSUCH"}).exit_code, 11);
  const std::string repository = jetkeep_->repository();
  EXPECT_EQ(Json::parse(RunJetkeep({"show", "latest", "-r", repository, "--json"}).output).at("id"),
            newest);
  EXPECT_EQ(Json::parse(Run({"verify", "ORDERS", "--json"}).output).at("backups"), 1);
  MakeStream("BILLS");
  BackUp("BILLS");
  EXPECT_EQ(Run({"show", "latest"}).exit_code, 2) << "of which stream?";
  client_->DeleteStream("ORDERS");
  const ProgramResult restored = Run({"restore", "--backup", "ORDERS", "--verbose"});
  EXPECT_EQ(restored.exit_code, 0) << restored.error;
  EXPECT_NE(restored.output.find("messages:       1,000 ("), std::string::npos) << restored.output;
  EXPECT_NE(restored.output.find("\"orders.>\""), std::string::npos) << restored.output;
}

TEST_P(CliDetailsTest, SeveralStreamsEndWithOneLineThatCountsThem) {
  MakeStream("A");
  MakeStream("B");
  const ProgramResult all = Run({"backup", "A", "B", "ORDERS", "--quiet"});
  EXPECT_EQ(all.exit_code, 0) << all.error;
  EXPECT_TRUE(all.output.starts_with("3 of 3 complete, ")) << all.output;
  EXPECT_EQ(LinesOf(all.output), 1U) << all.output;
  EXPECT_EQ(all.error, "");
  const ProgramResult some = Run({"backup", "A", "NOSUCH", "--quiet"});
  EXPECT_EQ(some.exit_code, 3);
  EXPECT_NE(some.output.find("1 of 2 complete, "), std::string::npos) << some.output;
  EXPECT_NE(some.output.find("; failed: NOSUCH\n"), std::string::npos) << some.output;
  EXPECT_NE(some.error.find("jetkeep: backup NOSUCH: "), std::string::npos) << some.error;
  const ProgramResult one = Run({"backup", "A", "--quiet"});
  EXPECT_EQ(LinesOf(one.output), 1U) << one.output;
  EXPECT_NE(one.output.find("is complete"), std::string::npos) << one.output;
  EXPECT_NE(Run({"backup", "A", "B", "--no-progress"}).output.find("2 of 2 complete"),
            std::string::npos);
}

TEST_P(CliDetailsTest, PingTellsWhetherAServiceAnswers) {
  const ProgramResult alive = Run({"ping"});
  EXPECT_EQ(alive.exit_code, 0) << alive.error;
  EXPECT_NE(alive.output.find(" answers (instance "), std::string::npos) << alive.output;
  JetkeepProcess other(JetkeepOptions{.server_url = server_->Url()});
  EXPECT_EQ(Instances(2).size(), 2U);
  EXPECT_EQ(other.Log().find("refused"), std::string::npos) << "a ping is no mistake";
  other.Stop();
  jetkeep_->Stop();
  EXPECT_EQ(Run({"ping"}).exit_code, 1) << "nobody listens";
  server_->Stop();
  EXPECT_EQ(Run({"ping", "--timeout", "1s"}).exit_code, 1) << "no server";
}

// The time that other instances have to answer is that of the job itself.
TEST_P(CliDetailsTest, AsksWhoIsThereBeforeTheRequest) {
  const std::string id = BackUp("ORDERS");
  struct Example {
    std::vector<std::string> arguments;
    std::string subject;
  };
  for (const Example& one :
       {Example{{"backup", "ORDERS"}, "backup.request"}, Example{{"show", id}, "backup.show"},
        Example{{"restore", "ORDERS", "--dry-run"}, "restore.request"},
        Example{{"verify", id}, "backup.verify"},
        Example{{"delete", id, "--yes"}, "backup.delete"}}) {
    const auto all = client_->Subscribe(">");
    client_->Flush();
    Run(one.arguments);
    std::vector<std::string> asked;
    while (asked.empty() || !asked.back().ends_with(one.subject)) {
      const auto message = client_->Next(all, std::chrono::seconds(10));
      ASSERT_TRUE(message.has_value()) << "no request to " << one.subject;
      asked.push_back(message->subject);
    }
    EXPECT_NE(std::find(asked.begin(), asked.end(), "$SRV.PING.jetkeep"), asked.end())
        << one.subject;
  }
}

TEST_P(CliDetailsTest, JobsAreNamedByTheBeginningOfTheirId) {
  ASSERT_EQ(Run({"backup", "ORDERS", "--job", "nightly-42"}).exit_code, 0);
  ASSERT_EQ(Run({"backup", "ORDERS", "--job", "nightly-43"}).exit_code, 0);
  const ProgramResult status = Run({"status", "nightly-42"});
  EXPECT_NE(status.output.find("completed"), std::string::npos) << status.output << status.error;
  EXPECT_EQ(Run({"status", "night"}).exit_code, 2) << "two begin so";
  EXPECT_EQ(Run({"status", "weekly"}).exit_code, 12);
  ASSERT_EQ(Run({"backup", "ORDERS", "--job", "weekly-1"}).exit_code, 0);
  EXPECT_EQ(Json::parse(Run({"status", "week", "--json"}).output).at("job"), "weekly-1");
  EXPECT_EQ(Run({"watch", "week"}).exit_code, 0);
  const ProgramResult cancelled = Run({"cancel", "week"});
  EXPECT_EQ(cancelled.exit_code, 1) << "it has ended";
  EXPECT_NE(cancelled.output.find("had ended already: completed"), std::string::npos)
      << cancelled.output;
  ASSERT_EQ(Run({"verify", "--job", "check-1"}).exit_code, 0);
  EXPECT_EQ(Run({"cancel", "check-1"}).output,
            "verify (job check-1) had ended already: completed\n");
}

TEST_P(CliDetailsTest, OfSeveralRepositoriesEachAnswerTellsItsOwnAndOneCanBeAsked) {
  BackUp("ORDERS");
  EXPECT_EQ(Run({"list"}).error, "");
  JetkeepProcess alike(
      JetkeepOptions{.server_url = server_->Url(), .repository = jetkeep_->repository()});
  EXPECT_EQ(Run({"list"}).error, "") << "two instances of one repository";
  JetkeepProcess other(JetkeepOptions{.server_url = server_->Url()});
  const Json instances = Instances(3);
  ASSERT_EQ(instances.size(), 3U);
  std::map<std::string, std::set<std::size_t>> listed;  // by repository
  for (const Json& one : instances) {
    const ProgramResult list = Run({"list", "--json", "--instance", one.at("instance")});
    ASSERT_EQ(list.exit_code, 0) << list.error;
    const Json answer = Json::parse(list.output);
    EXPECT_EQ(answer.at("instance"), one.at("instance"));
    EXPECT_EQ(answer.at("repository"), one.at("repository"));
    listed[one.at("repository")].insert(answer.at("backups").size());
  }
  ASSERT_EQ(listed.size(), 2U);
  for (const auto& [repository, counts] : listed) EXPECT_EQ(counts.size(), 1U) << repository;
  // A list shows each repository once, whoever answers for it; another command says that there are
  // several.
  std::map<std::string, std::set<std::string>> by_repository;
  for (const Json& one : instances) by_repository[one.at("repository")].insert(one.at("instance"));
  for (int i = 0; i < 4; ++i) {
    const ProgramResult list = Run({"list"});
    EXPECT_EQ(list.exit_code, 0) << list.error;
    for (const auto& [repository, ids] : by_repository) {
      const auto heading = list.output.find("repository " + repository + " (account default");
      ASSERT_NE(heading, std::string::npos) << list.output;
      const std::string line =
          list.output.substr(heading, list.output.find('\n', heading) - heading);
      for (const std::string& id : ids) EXPECT_NE(line.find(id), std::string::npos) << line;
      EXPECT_EQ(list.output.find("repository " + repository, heading + 1), std::string::npos);
    }
    EXPECT_NE(list.output.find("no backups"), std::string::npos) << list.output;
    EXPECT_NE(list.output.find("ORDERS"), std::string::npos) << list.output;
    const Json all = Json::parse(Run({"list", "--json"}).output);
    EXPECT_EQ(all.at("total"), 1) << all;
    ASSERT_EQ(all.at("repositories").size(), 2U) << all;
    std::uint64_t shown = 0;
    for (const Json& place : all.at("repositories")) {
      EXPECT_EQ(place.at("instances").size(), by_repository.at(place.at("repository")).size());
      EXPECT_TRUE(by_repository.at(place.at("repository")).contains(place.at("instance")));
      shown += place.at("total").get<std::uint64_t>();
    }
    EXPECT_EQ(shown, 1U);
    EXPECT_EQ(by_repository.at(all.at("backups").at(0).at("repository")).size(), 2U)
        << "that of the two instances";
    const ProgramResult status = Run({"show", "ORDERS"});
    for (const auto& [repository, ids] : by_repository) {
      EXPECT_NE(status.error.find("repository " + repository), std::string::npos) << status.error;
    }
    EXPECT_NE(status.error.find("--instance"), std::string::npos) << status.error;
  }
  EXPECT_EQ(Run({"list", "--account", "default"}).exit_code, 0);
  EXPECT_EQ(Run({"list", "--account", "nobody"}).exit_code, 54);
  // One that stands still is not waited for as long as another one answers for its repository.
  alike.process().Signal(SIGSTOP);
  const ProgramResult list = Run({"list"});
  alike.process().Signal(SIGCONT);
  EXPECT_NE(list.output.find("ORDERS"), std::string::npos) << list.output << list.error;
  EXPECT_EQ(Run({"list", "--instance", instances.at(0).at("instance")}).error, "");
  EXPECT_EQ(Run({"list", "--instance", "nobody"}).exit_code, 25);
}

TEST_P(CliDetailsTest, VerboseTellsWhoAnswered) {
  const ProgramResult list = Run({"list", "--verbose"});
  EXPECT_NE(list.error.find("answered by instance "), std::string::npos) << list.error;
  EXPECT_EQ(Run({"list"}).error, "");
}

INSTANTIATE_TEST_SUITE_P(Server, CliDetailsTest, ::testing::Values("2.15"), VersionName);

INSTANTIATE_TEST_SUITE_P(Servers, CliTest, ::testing::ValuesIn(ServerVersions()), VersionName);

}  // namespace
}  // namespace jetkeep::testing
