// What counts as a difference, and what of a folder is read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "service/engine/drift/compare_stream.h"
#include "service/engine/drift/config_folder.h"
#include "service/engine/transfer/config_file_name.h"
#include "tests/support/scratch_directory.h"

namespace jetkeep {

void PrintTo(const Drift& drift, std::ostream* out) {
  *out << static_cast<int>(drift.kind) << " " << drift.stream << "/" << drift.consumer << " "
       << drift.field << ": " << drift.kept_json << " -> " << drift.found_json;
}

namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum DriftKind;

const char* const kDurable = R"({"durable_name":"x","ack_policy":"explicit"})";
const char* const kEphemeral = R"({"name":"x","ack_policy":"explicit"})";

TEST(CompareStream, WhatServersAddIsNoDifference) {
  StreamConfigs kept{
      R"({"name":"S","subjects":["s.>"],"num_replicas":1,"metadata":{"_nats.req.level":"0"}})",
      {{"c", R"({"durable_name":"c","ack_policy":"explicit"})"}}};
  const StreamConfigs found{
      R"({"name":"S","subjects":["s.>"],"num_replicas":1,"max_msgs":-1,"compression":"none",)"
      R"("metadata":{"_nats.ver":"2.15.1"},"some_day":true})",
      {{"c", R"({"durable_name":"c","name":"c","ack_policy":"explicit","max_waiting":512})"}}};
  kept.whole = false;
  EXPECT_THAT(CompareStream("S", kept, found), IsEmpty());
  EXPECT_THAT(CompareStream("S", kept, kept), IsEmpty());
}

// A backup holds the server's whole answer: what that leaves out was not set.
TEST(CompareStream, WhatWasSetSinceIsADifference) {
  const StreamConfigs kept{R"({"name":"S","mirror":{"name":"O"},"num_replicas":1})",
                           {{"c", R"({"durable_name":"c","ack_policy":"explicit"})"}}};
  const StreamConfigs found{
      R"({"name":"S","mirror":{"name":"O"},"num_replicas":1,"subjects":["s"]})",
      {{"c", R"({"durable_name":"c","name":"c","ack_policy":"explicit","max_batch":1,)"
             R"("inactive_threshold":3600000000000})"}}};
  EXPECT_THAT(CompareStream("S", kept, found),
              ElementsAre(Drift{kFieldDiffers, "S", "", "subjects", "", R"(["s"])"},
                          Drift{kFieldDiffers, "S", "c", "inactive_threshold", "", "3600000000000"},
                          Drift{kFieldDiffers, "S", "c", "max_batch", "", "1"}));
}

// Archives hold what is in the servers' files.
TEST(CompareStream, AnEphemeralConsumersThresholdIsFilledIn) {
  const StreamConfigs kept{"{}", {{"e", kEphemeral}, {"x", kDurable}}};
  const StreamConfigs found{
      "{}",
      {{"e", R"({"ack_policy":"explicit","inactive_threshold":5000000000})"},
       {"x", R"({"durable_name":"x","ack_policy":"explicit","inactive_threshold":5000000000})"}}};
  EXPECT_THAT(CompareStream("S", kept, found),
              ElementsAre(Drift{kFieldDiffers, "S", "x", "inactive_threshold", "", "5000000000"}));
}

TEST(CompareStream, APauseThatIsOverPausesNobody) {
  const auto with = [](const std::string& pause) {
    return StreamConfigs{"{}", {{"c", R"({"durable_name":"c")" + pause + "}"}}};
  };
  const StreamConfigs paused = with(R"(,"pause_until":"2026-11-27T12:00:00Z")");
  const std::int64_t noon = 1'795'780'800'000'000'000;
  EXPECT_THAT(CompareStream("S", with(""), paused, noon), IsEmpty());
  EXPECT_THAT(CompareStream("S", paused, with(""), noon + 1), IsEmpty());
  EXPECT_EQ(CompareStream("S", with(""), paused, noon - 1).size(), 1U);
  EXPECT_EQ(CompareStream("S", with(""), paused).size(), 1U) << "the time is not known";
}

TEST(CompareStream, EachFieldIsNamedWithBothValues) {
  const StreamConfigs kept{R"({"name":"S","max_msgs":5,"description":"old","metadata":{"a":"1"}})",
                           {{"c", R"({"durable_name":"c","filter_subject":"a"})"}}};
  const StreamConfigs found{R"({"name":"S","max_msgs":6,"deny_delete":true,"metadata":{"a":"2"}})",
                            {{"c", R"({"durable_name":"c","filter_subjects":["a","b"]})"}}};
  EXPECT_THAT(CompareStream("S", kept, found),
              ElementsAre(Drift{kFieldDiffers, "S", "", "deny_delete", "", "true"},
                          Drift{kFieldDiffers, "S", "", "description", R"("old")", ""},
                          Drift{kFieldDiffers, "S", "", "max_msgs", "5", "6"},
                          Drift{kFieldDiffers, "S", "", "metadata", R"({"a":"1"})", R"({"a":"2"})"},
                          Drift{kFieldDiffers, "S", "c", "filter_subject", R"("a")", ""},
                          Drift{kFieldDiffers, "S", "c", "filter_subjects", "", R"(["a","b"])"}));
}

TEST(CompareStream, DurableConsumersAreMissedAndOthersComeAndGo) {
  const StreamConfigs kept{"{}", {{"a", kDurable}, {"b", kEphemeral}, {"both", kEphemeral}}};
  const StreamConfigs found{
      "{}", {{"both", R"({"ack_policy":"none"})"}, {"d", kDurable}, {"e", kEphemeral}}};
  EXPECT_THAT(
      CompareStream("S", kept, found),
      ElementsAre(Drift{kConsumerMissing, "S", "a"},
                  Drift{kFieldDiffers, "S", "both", "ack_policy", R"("explicit")", R"("none")"},
                  Drift{kConsumerExtra, "S", "d"}));
}

TEST(CompareStream, AConfigurationThatCannotBeReadIsADifference) {
  EXPECT_THAT(CompareStream("S", {"[]", {}}, {"{}", {}}),
              ElementsAre(Drift{kFieldDiffers, "S", "", "", "", ""}));
}

class ConfigFolderTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream(root_ / name) << text;
  }
  Result<std::vector<KeptConfig>> Read(std::uint64_t most = 1000) {
    return ReadConfigFolder(root_, most);
  }
  Error Refused() {
    auto read = Read();
    EXPECT_FALSE(read);
    return read ? Error{} : read.error();
  }

  testing::ScratchDirectory directory_{"config_folder"};
  const std::filesystem::path root_ = std::filesystem::path(directory_ / "f");
};

TEST_F(ConfigFolderTest, ReadsFilesAndFoldersBelow) {
  Write("A.stream.json", R"({"name":"A"})");
  Write("A.a&b.consumer.json", R"({"durable_name":"a\u0026b"})");
  Write("more/B.stream.json", R"({"subjects":["b"]})");
  Write(".git/config", "x");
  const auto read = Read();
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 3U);
  EXPECT_EQ((*read)[0].consumer, "a&b");
  EXPECT_EQ((*read)[0].stream, "A");
  EXPECT_EQ((*read)[1].config_json, R"({"name":"A"})");
  EXPECT_EQ((*read)[2].stream, "B");
}

// Names may be as long as a file's may be, and then do not fit with what is behind them.
TEST_F(ConfigFolderTest, ReadsFilesOfLongNames) {
  const std::string stream = std::string(253, 'S') + "\u00e9";
  const std::string consumer(255, 'c');
  const auto put = [&](const std::string& of, const std::string& text) {
    const std::string name = ConfigFileName(stream, of, ".json");
    EXPECT_LE(name.size(), 255U);
    Write(name, text);
  };
  put("", "{\"name\":\"" + stream + "\"}");
  put(consumer, "{\"durable_name\":\"" + consumer + "\"}");
  put("d", R"({"durable_name":"d"})");
  const auto read = Read(2000);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 3U);
  std::set<std::string> consumers;
  for (const KeptConfig& config : *read) {
    EXPECT_EQ(config.stream, stream);
    consumers.insert(config.consumer);
  }
  EXPECT_EQ(consumers, (std::set<std::string>{"", consumer, "d"}));
  EXPECT_EQ(ConfigFileName("ORDERS", "ship", ".json"), "ORDERS.ship.consumer.json");
  EXPECT_NE(ShortNameOf(stream), ShortNameOf(std::string(255, 'S')));
}

TEST_F(ConfigFolderTest, NamesWhatDoesNotFit) {
  EXPECT_FALSE(Read());  // no such folder
  std::filesystem::create_directories(root_);
  EXPECT_THAT(Refused().message, HasSubstr("no configuration"));
  Write("A.c.consumer.json", "{}");
  EXPECT_THAT(Refused().message, HasSubstr("no A.stream.json"));
  Write("A.stream.json", R"({"name":"B"})");
  EXPECT_THAT(Refused().message, HasSubstr(R"(A.stream.json: its "name" is "B")"));
  Write("A.stream.json", "{");
  EXPECT_THAT(Refused().message, HasSubstr("A.stream.json"));
  Write("A.stream.json", "{}");
  EXPECT_TRUE(Read());
  for (const char* name : {"README", "A.yaml", "a b.stream.json", "A.consumer.json"}) {
    Write(name, "{}");
    EXPECT_THAT(Refused().message, HasSubstr("not a configuration")) << name;
    std::filesystem::remove(root_ / name);
  }
  Write("below/A.stream.json", "{}");
  EXPECT_THAT(Refused().message, HasSubstr("another file"));
  std::filesystem::remove(root_ / "below/A.stream.json");
  std::filesystem::create_symlink("/etc/passwd", root_ / "L.stream.json");
  EXPECT_THAT(Refused().message, HasSubstr("L.stream.json"));
  std::filesystem::remove(root_ / "L.stream.json");
  ASSERT_EQ(::mkfifo((root_ / "F.stream.json").c_str(), 0600), 0);
  EXPECT_THAT(Refused().message, HasSubstr("F.stream.json"));
  std::filesystem::remove(root_ / "F.stream.json");
  Write("B.stream.json", "{\"description\":\"" + std::string(1000, 'x') + "\"}");
  EXPECT_EQ(Refused().code, Errc::kRequestTooLarge);
  EXPECT_THAT(Refused().message, HasSubstr("B.stream.json"));
}

}  // namespace
}  // namespace jetkeep
