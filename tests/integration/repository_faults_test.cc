// What the files of a repository may suffer besides damage: rights, limits, links, copies, others
// at work. None of it is taken for damage, and no place spoils another.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/integration/round_trip.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr int kUnreadable = 37;  // exit code
constexpr int kStorageErrCode = 70561;
constexpr int kNotFoundErrCode = 70405;

// The kernel refuses root nothing, unless it gives these capabilities up.
std::vector<std::string> AsMortal() {
  if (::geteuid() != 0) return {};
  return {"/usr/bin/env", "setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"};
}

bool Holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class RepositoryFaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = std::make_unique<NatsServer>(NatsServerOptions{.version = ServerVersions().front()});
    client_ = std::make_unique<JetStreamClient>(server_->Url());
    Serve({});
    for (const std::string stream : {"ORDERS", "BILLS"}) {
      client_->CreateStream({{"name", stream}, {"subjects", {stream + ".>"}}});
      client_->PublishMany(300, [&](std::uint64_t i) {
        return OutgoingMessage{stream + ".x", std::to_string(i), ""};
      });
    }
    orders_ = BackUp(*client_, "ORDERS").at("result").at("id");
    bills_ = BackUp(*client_, "BILLS").at("result").at("id");
  }
  void TearDown() override {
    jetkeep_.reset();
    Let(0755);
  }

  void Serve(const std::vector<std::string>& wrapper) {
    jetkeep_.reset();
    jetkeep_ = std::make_unique<JetkeepProcess>(
        JetkeepOptions{.server_url = server_->Url(),
                       .repository = Repository(),
                       .arguments = {"--retry-attempts", "2", "--retry-first-delay", "10ms"},
                       .wrapper = wrapper});
  }
  std::string Repository() const { return directory_ / "repository"; }
  std::string Account() const { return Repository() + "/default"; }
  std::string Stream(const std::string& part) const { return Account() + "/" + part; }
  std::string Manifest(const std::string& part, const std::string& id) const {
    return Stream(part) + "/" + id + "/backups/" + id + ".manifest";
  }
  // The mode of all directories; files can be read, and written where the directories can.
  void Let(mode_t mode) const {
    ::chmod(Repository().c_str(), mode);
    ::chmod(Account().c_str(), mode);
    for (const std::string part : {"@orders", "@bills"}) ::chmod(Stream(part).c_str(), mode);
    for (const auto& entry : fs::recursive_directory_iterator(Repository())) {
      ::chmod(entry.path().c_str(), entry.is_directory() ? mode : (mode & 0666));
    }
  }
  ProgramResult Files(std::vector<std::string> arguments,
                      const std::vector<std::string>& wrapper = {}) const {
    arguments.insert(arguments.end(), {"--repository", Repository()});
    return RunJetkeep(arguments, {}, wrapper);
  }
  Json AskService(const std::string& subject, Json request) {
    return Ask(*client_, subject, request, std::chrono::seconds(60));
  }

  ScratchDirectory directory_{"faults"};
  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<JetStreamClient> client_;
  std::unique_ptr<JetkeepProcess> jetkeep_;
  std::string orders_;
  std::string bills_;
};

TEST_F(RepositoryFaultsTest, VerifiesAtOnceDoNotCallAGoodBackupDamaged) {
  std::vector<std::thread> threads;
  std::vector<std::string> failures(3);
  for (std::string& failure : failures) {
    threads.emplace_back([&] {
      for (int i = 0; i < 40 && failure.empty(); ++i) {
        const ProgramResult result = Files({"verify"});
        if (result.exit_code != 0) failure = result.output + result.error;
      }
    });
  }
  for (int i = 0; i < 40; ++i) {
    const Json done = AskService("backup.verify", {{"wait", true}});
    EXPECT_EQ(done.value("damaged", -1), 0) << done;
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& failure : failures) EXPECT_EQ(failure, "");
  const Json listed = AskService("backup.list", Json::object());
  EXPECT_TRUE(listed.at("warnings").empty()) << listed;
  for (const Json& backup : listed.at("backups")) {
    EXPECT_EQ(backup.at("verified").at("ok"), true) << backup;
  }
}

TEST_F(RepositoryFaultsTest, ALimitOfOpenFilesIsNoDamage) {
  int good = 0;
  int unreadable = 0;
  for (int limit = 4; limit <= 40; ++limit) {
    const std::vector<std::string> limited = {"/usr/bin/env", "prlimit",
                                              "--nofile=" + std::to_string(limit), "--"};
    const ProgramResult verified = Files({"verify"}, limited);
    const ProgramResult listed = Files({"list"}, limited);
    EXPECT_NE(verified.exit_code, 33) << limit << verified.output << verified.error;
    good += verified.exit_code == 0 ? 1 : 0;
    unreadable += verified.exit_code == kUnreadable ? 1 : 0;
    if (listed.exit_code == 0) {
      EXPECT_TRUE(Holds(listed.output, orders_) && Holds(listed.output, bills_)) << limit;
    }
  }
  EXPECT_GT(good, 0);
  EXPECT_GT(unreadable, 0);
  const ProgramResult listed = Files({"list"});
  EXPECT_FALSE(Holds(listed.output, "damaged")) << listed.output;
}

// Neither memory nor threads to be had: the process says so and ends, it does not abort.
TEST_F(RepositoryFaultsTest, WithoutMemoryItSaysSoInsteadOfAborting) {
  if (std::getenv("JETKEEP_SANITIZED") != nullptr) return;  // needs terabytes of addresses
  int refused = 0;
  int worked = 0;
  for (const int megabytes : {56, 60, 64, 72, 80, 96, 128, 192, 400}) {
    const std::string limit = "ulimit -v " + std::to_string(megabytes * 1024) + "; exec \"$@\"";
    const ProgramResult result = Files({"verify"}, {"/bin/sh", "-c", limit, "sh"});
    if (result.exit_code == 127) continue;  // too little to load the program
    if (result.exit_code == 0) {
      ++worked;
      continue;
    }
    ++refused;
    EXPECT_EQ(result.exit_code, 1) << megabytes << ": " << result.error;
    EXPECT_TRUE(Holds(result.error, "out of memory") || Holds(result.error, "no thread"))
        << megabytes << ": " << result.error;
  }
  EXPECT_GT(refused, 0);
  EXPECT_GT(worked, 0);
}

TEST_F(RepositoryFaultsTest, AnUnreadableStreamKeepsNothingFromTheOthers) {
  jetkeep_.reset();
  Let(0755);
  ::chmod(Stream("@orders").c_str(), 0);
  const auto mortal = AsMortal();
  const ProgramResult all = Files({"list"}, mortal);
  EXPECT_EQ(all.exit_code, kUnreadable) << all.output << all.error;
  EXPECT_TRUE(Holds(all.output, bills_)) << all.output;
  EXPECT_TRUE(Holds(all.error, "@orders")) << all.error;
  EXPECT_EQ(Files({"list", "BILLS"}, mortal).exit_code, 0);
  EXPECT_EQ(Files({"list", "ORDERS"}, mortal).exit_code, kUnreadable);
  EXPECT_EQ(Files({"show", bills_}, mortal).exit_code, 0);
  EXPECT_EQ(Files({"show", orders_}, mortal).exit_code, kUnreadable) << "not: there is none";
  const ProgramResult verified = Files({"verify"}, mortal);
  EXPECT_EQ(verified.exit_code, kUnreadable) << verified.output << verified.error;
  EXPECT_TRUE(Holds(verified.error, "@orders")) << verified.error;
  EXPECT_EQ(Files({"verify", bills_}, mortal).exit_code, 0);

  Serve(mortal);
  EXPECT_EQ(AskService("backup.list", Json::object()).at("incomplete"), true);
  BackUp(*client_, "BILLS");
  client_->DeleteStream("BILLS");
  RestoreNewest(*client_, "BILLS");
  EXPECT_EQ(client_->StreamInfo("BILLS").at("state").at("messages"), 300);
  client_->DeleteStream("ORDERS");
  const Json refused = AskService("restore.request", {{"stream", "ORDERS"}, {"wait", true}});
  ASSERT_TRUE(refused.contains("error")) << refused;
  EXPECT_NE(refused.at("error").at("err_code"), kNotFoundErrCode) << refused;
  EXPECT_FALSE(client_->StreamExists("ORDERS"));
  // Nothing was written down about what mortal could read.
  ::chmod(Stream("@orders").c_str(), 0755);
  const Json listed = AskService("backup.list", {{"stream", "ORDERS"}});
  EXPECT_FALSE(listed.at("backups").at(0).contains("verified")) << listed;
  RestoreNewest(*client_, "ORDERS");
  EXPECT_EQ(client_->StreamInfo("ORDERS").at("state").at("messages"), 300);
}

TEST_F(RepositoryFaultsTest, AnUnreadableSegmentIsNoDamageAndChangesNoChoice) {
  jetkeep_.reset();
  Let(0755);
  std::string segment;
  for (const auto& entry :
       fs::directory_iterator(Stream("@orders") + "/" + orders_ + "/segments")) {
    segment = entry.path();
  }
  ::chmod(segment.c_str(), 0);
  const auto mortal = AsMortal();
  EXPECT_EQ(Files({"verify", orders_}, mortal).exit_code, kUnreadable);
  Serve(mortal);
  const Json all = AskService("backup.verify", {{"wait", true}});
  EXPECT_EQ(all.at("error").at("err_code"), kStorageErrCode) << all;
  EXPECT_TRUE(Holds(all.at("error").dump(), segment)) << all;
  const Json listed = AskService("backup.list", {{"stream", "ORDERS"}}).at("backups").at(0);
  EXPECT_FALSE(listed.contains("verified")) << listed;
  client_->DeleteStream("ORDERS");
  const Json refused = AskService("restore.request", {{"stream", "ORDERS"}, {"wait", true}});
  ASSERT_TRUE(refused.contains("error")) << refused;
  EXPECT_NE(refused.at("error").at("err_code"), 70550) << "it is not damaged: " << refused;
  ::chmod(segment.c_str(), 0644);
  RestoreNewest(*client_, "ORDERS");
}

TEST_F(RepositoryFaultsTest, ASymbolicLinkIsAnErrorAndNoEmptyList) {
  jetkeep_.reset();
  fs::rename(Account(), directory_ / "elsewhere");
  fs::create_directory_symlink(directory_ / "elsewhere", Account());
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"list"}, {"list", "ORDERS"}, {"show", orders_}, {"verify"}}) {
    const ProgramResult result = Files(arguments);
    EXPECT_EQ(result.exit_code, kUnreadable) << arguments[0] << result.output << result.error;
    EXPECT_TRUE(Holds(result.error, "symbolic link")) << arguments[0] << result.error;
    EXPECT_FALSE(Holds(result.output, "no backups")) << arguments[0] << result.output;
  }
  fs::remove(Account());
  fs::rename(directory_ / "elsewhere", Account());
  fs::rename(Stream("@orders"), directory_ / "elsewhere");
  fs::create_directory_symlink(directory_ / "elsewhere", Stream("@orders"));
  const ProgramResult listed = Files({"list"});
  EXPECT_EQ(listed.exit_code, kUnreadable) << listed.output << listed.error;
  EXPECT_TRUE(Holds(listed.output, bills_)) << listed.output;
  Serve({});
  EXPECT_EQ(AskService("backup.list", Json::object()).at("incomplete"), true);
  BackUp(*client_, "BILLS");
  const Json refused = AskService("backup.request", {{"stream", "ORDERS"}, {"wait", true}});
  EXPECT_TRUE(refused.contains("error")) << "nothing is written through a link: " << refused;
}

TEST_F(RepositoryFaultsTest, CopiesAreNeverInTheWayOfTheBackup) {
  const std::vector<std::string> copies = {
      Stream("@bills") + "/" + bills_ + "/backups/" + orders_ + ".manifest",
      Repository() + "/@other/@orders/" + orders_ + "/backups/" + orders_ + ".manifest",
      Stream("@a") + "/" + orders_ + "/backups/" + orders_ + ".manifest"};
  for (const std::string& copy : copies) {
    fs::create_directories(fs::path(copy).parent_path());
    fs::copy_file(Manifest("@orders", orders_), copy);
  }
  fs::copy(Stream("@bills"), Repository() + "/@other/@bills", fs::copy_options::recursive);
  std::ofstream(Repository() + "/.DS_Store") << "x";
  for (const std::string& id : {orders_, bills_}) {
    const std::string stream = id == orders_ ? "ORDERS" : "BILLS";
    EXPECT_EQ(AskService("backup.show", {{"backup", id}}).at("stream"), stream);
    const ProgramResult shown = Files({"show", id, "--json"});
    EXPECT_EQ(shown.exit_code, 0) << shown.error;
    EXPECT_EQ(Json::parse(shown.output).at("account"), "default");
    client_->DeleteStream(stream);
    RestoreBackup(*client_, id);
    client_->DeleteStream(stream);
    RestoreNewest(*client_, stream);
  }
  const ProgramResult verified = Files({"verify", "--json"});
  EXPECT_EQ(verified.exit_code, 33) << verified.output;
  const std::string findings = Json::parse(verified.output).at("findings").dump();
  for (const std::string& copy : copies) {
    EXPECT_TRUE(Holds(findings, copy.substr(Repository().size() + 1))) << copy << findings;
  }
  EXPECT_TRUE(Holds(findings, ".DS_Store")) << findings;
  for (const std::string& id : {orders_, bills_}) {
    EXPECT_EQ(AskService("backup.delete", {{"backup", id}, {"last", true}}).value("deleted", false),
              true);
    EXPECT_EQ(AskService("backup.delete", {{"backup", id}}).at("error").at("err_code"),
              kNotFoundErrCode);
    EXPECT_EQ(Files({"show", id}).exit_code, 11);
  }
  EXPECT_FALSE(fs::exists(Manifest("@orders", orders_)));
  for (const std::string& copy : copies) EXPECT_TRUE(fs::exists(copy)) << copy;
  jetkeep_->Stop();
  jetkeep_->Start();
  for (const std::string& copy : copies) EXPECT_TRUE(fs::exists(copy)) << copy;
}

TEST_F(RepositoryFaultsTest, WithoutTheRightToWriteAllButBackupsWorks) {
  jetkeep_.reset();
  // What a killed writer leaves.
  const std::string place = Stream("@orders") + "/" + orders_;
  const std::string killed = "20260101T000000Z-aaaaaaaa";
  std::ofstream(place + "/backups/" + killed + ".pending") << "";
  std::ofstream(place + "/segments/" + killed + "-000001") << "cut short";
  Let(0555);
  Serve(AsMortal());
  EXPECT_TRUE(Holds(jetkeep_->Log(), killed)) << jetkeep_->Log();
  client_->DeleteStream("ORDERS");
  RestoreNewest(*client_, "ORDERS");
  EXPECT_EQ(client_->StreamInfo("ORDERS").at("state").at("messages"), 300);
  EXPECT_EQ(AskService("backup.verify", {{"backup", orders_}, {"wait", true}}).at("damaged"), 0);
  const Json refused = AskService("backup.request", {{"stream", "ORDERS"}, {"wait", true}});
  ASSERT_TRUE(refused.contains("error")) << refused;
  EXPECT_EQ(refused.at("error").at("err_code"), kStorageErrCode) << refused;
  EXPECT_TRUE(Holds(refused.at("error").dump(), "Permission denied")) << refused;
  EXPECT_TRUE(AskService("backup.delete", {{"backup", orders_}, {"last", true}}).contains("error"));
  EXPECT_TRUE(fs::exists(Manifest("@orders", orders_)));
  // With the right to write the leftovers go.
  Let(0755);
  Serve({});
  EXPECT_FALSE(fs::exists(place + "/backups/" + killed + ".pending"));
  EXPECT_FALSE(fs::exists(place + "/segments/" + killed + "-000001"));
  EXPECT_EQ(Files({"verify"}).exit_code, 0);
}

TEST_F(RepositoryFaultsTest, AServiceThatMayOpenTooFewFilesSaysSo) {
  constexpr int kRuns = 124;  // of timeout
  jetkeep_.reset();
  int said = 0;
  for (const int limit : {6, 7, 8, 9}) {
    const ProgramResult ended =
        Files({"serve", "--server", server_->Url()},
              {"/usr/bin/env", "timeout", "2", "prlimit", "--nofile=" + std::to_string(limit)});
    if (ended.exit_code == kRuns) continue;
    ++said;
    EXPECT_TRUE(ended.exit_code == 1 || ended.exit_code == kUnreadable) << ended.exit_code;
    EXPECT_TRUE(Holds(ended.error, "ulimit -n")) << ended.error;
  }
  EXPECT_GT(said, 0);
}

// By its stream's name a backup is found whatever is wrong with another stream.
TEST_F(RepositoryFaultsTest, ABadStreamIsNotInTheWayOfAnothersName) {
  // What cannot be opened, whoever asks.
  const std::string manifest = Manifest("@bills", bills_);
  fs::remove(manifest);
  fs::create_symlink(manifest, manifest);
  const std::vector<std::string> ask = {"--server", server_->Url()};
  for (const std::string command : {"show", "verify"}) {
    const ProgramResult of_files = Files({command, "ORDERS"});
    EXPECT_EQ(of_files.exit_code, 0) << of_files.error;
    const ProgramResult of_service = RunJetkeep({command, "ORDERS", ask[0], ask[1]});
    EXPECT_EQ(of_service.exit_code, 0) << of_service.error;
    EXPECT_NE(Files({command, "BILLS"}).exit_code, 0);
    EXPECT_NE(RunJetkeep({command, "BILLS", ask[0], ask[1]}).exit_code, 0);
  }
  client_->DeleteStream("ORDERS");
  const ProgramResult restored = RunJetkeep({"restore", "--backup", "ORDERS", ask[0], ask[1]});
  EXPECT_EQ(restored.exit_code, 0) << restored.error;
  fs::remove(manifest);
}

TEST_F(RepositoryFaultsTest, AnOrphanedSegmentSaysHowItGoes) {
  fs::remove(Manifest("@orders", orders_));
  const ProgramResult verified = Files({"verify", "--json"});
  EXPECT_EQ(verified.exit_code, 33) << verified.output;
  const Json findings = Json::parse(verified.output).at("findings");
  ASSERT_EQ(findings.size(), 1U) << findings;
  EXPECT_TRUE(Holds(findings[0], "orphaned segment")) << findings;
  EXPECT_TRUE(Holds(findings[0], "jetkeep serve")) << findings;
  jetkeep_->Stop();
  jetkeep_->Start();
  EXPECT_EQ(Files({"verify"}).exit_code, 0);
}

}  // namespace
}  // namespace jetkeep::testing
