// The small files of the nats command line.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "protocol/cli_layout/backup_json.h"
#include "protocol/cli_layout/file_names.h"
#include "protocol/cli_layout/legacy_json.h"
#include "protocol/json/json_layout.h"

namespace jetkeep {
namespace {

// As the command line 0.5.1 wrote it.
constexpr std::string_view kFile = R"({
  "config": {
    "name": "O",
    "subjects": [
      "o.\u003e"
    ],
    "storage": "file",
    "consumer_limits": {}
  },
  "state": {
    "messages": 19,
    "bytes": 722,
    "first_seq": 1,
    "first_ts": "2026-11-27T06:51:20.38066175Z",
    "last_seq": 20,
    "last_ts": "2026-11-27T06:51:20.383676176Z",
    "num_deleted": 1,
    "num_subjects": 1,
    "consumer_count": 1
  }
})";

TEST(BackupJson, ReadsAndWritesTheSameBytes) {
  const auto backup = ParseCliBackup(kFile);
  ASSERT_TRUE(backup) << backup.error().message;
  EXPECT_EQ(backup->config_json,
            R"({"name":"O","subjects":["o.\u003e"],"storage":"file","consumer_limits":{}})");
  EXPECT_EQ(backup->state.messages, 19u);
  EXPECT_EQ(backup->state.first_sequence, 1u);
  EXPECT_EQ(backup->state.last_sequence, 20u);
  EXPECT_EQ(backup->state.consumer_count, 1u);
  EXPECT_TRUE(backup->edit_json.empty());
  EXPECT_EQ(CliBackupText(backup->config_json, CliStateJson(backup->state)), kFile);
}

TEST(BackupJson, KeepsWhatItDoesNotKnow) {
  const auto backup = ParseCliBackup(
      R"({"config":{"name":"O","from_2099":{"a":[1, 18446744073709551615]}},"later":1,)"
      R"("state":{},"edit":{"options":["--subject a"]},"source":null})");
  ASSERT_TRUE(backup) << backup.error().message;
  EXPECT_EQ(backup->config_json, R"({"name":"O","from_2099":{"a":[1,18446744073709551615]}})");
  EXPECT_EQ(backup->edit_json, R"({"options":["--subject a"]})");
  EXPECT_TRUE(backup->source_json.empty());
}

TEST(BackupJson, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"", "{}", "[]", "nonsense", R"({"config":{}})", R"({"state":{}})",
        R"({"config":{},"state":[]})", R"({"config":{},"state":{"messages":-1}})",
        R"({"config":{},"state":{"first_ts":"yesterday"}})", R"({"config":{},"state":{}} x)"}) {
    const auto backup = ParseCliBackup(text);
    ASSERT_FALSE(backup) << text;
    EXPECT_EQ(backup.error().code, Errc::kArchiveCorrupt) << text;
  }
  for (std::size_t size = 0; size < kFile.size(); ++size) {
    EXPECT_FALSE(ParseCliBackup(kFile.substr(0, size))) << size;
  }
}

TEST(JsonLayout, ChangesWhiteSpaceOnly) {
  constexpr std::string_view kText =
      "{ \"a\" : [ ], \"b\\\" : {\" : [1 ,2], \"c\":{ \"d\" : \" \"} }";
  const std::string compact = CompactJson(kText);
  EXPECT_EQ(compact, R"({"a":[],"b\" : {":[1,2],"c":{"d":" "}})");
  const std::string indented = IndentJson(kText);
  EXPECT_EQ(indented,
            "{\n  \"a\": [],\n  \"b\\\" : {\": [\n    1,\n    2\n  ],\n  \"c\": {\n    "
            "\"d\": \" \"\n  }\n}");
  EXPECT_EQ(CompactJson(indented), compact);
}

// Of a layout that no program here can write any more: after its description.
std::string Legacy(std::string_view base64, std::string_view checksum,
                   std::string_view type = "stream") {
  return "{\"type\":\"" + std::string(type) + "\",\"time\":\"2021-03-04T05:06:07Z\"," +
         "\"configuration\":\"" + std::string(base64) + "\",\"checksum\":\"" +
         std::string(checksum) + "\"}";
}
constexpr std::string_view kConfig64 = "eyJuYW1lIjogIk8ifQ==";  // {"name": "O"}
constexpr std::string_view kConfigSum =
    "10b87c5d05e17be2dc33de17bb78b868d689f83a42b8d4646d8ec8e72e8b8c1f";

TEST(LegacyJson, ReadsStreamsAndConsumers) {
  const auto stream = ParseLegacyConfig(Legacy(kConfig64, kConfigSum));
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_EQ(stream->type, LegacyConfig::Type::kStream);
  EXPECT_EQ(stream->stream, "O");
  EXPECT_EQ(stream->config_json, R"({"name":"O"})");
  EXPECT_EQ(stream->time_ns, 1'614'834'367'000'000'000);
  // {"name":"w","stream":"O","config":{"durable_name":"w"}}
  const auto consumer = ParseLegacyConfig(
      Legacy("eyJuYW1lIjoidyIsInN0cmVhbSI6Ik8iLCJjb25maWciOnsiZHVyYWJsZV9uYW1lIjoidyJ9fQ==",
             "0d406b0c10abb8129c5310c5dedd9a6fb02c4adaaaf2b311ed43fa6600a2fab0", "consumer"));
  ASSERT_TRUE(consumer) << consumer.error().message;
  EXPECT_EQ(consumer->type, LegacyConfig::Type::kConsumer);
  EXPECT_EQ(consumer->stream, "O");
  EXPECT_EQ(consumer->consumer, "w");
  EXPECT_EQ(consumer->config_json, R"({"durable_name":"w"})");
}

TEST(LegacyJson, RefusesAWrongChecksumAndWhatIsNone) {
  std::string wrong(kConfigSum);
  wrong[5] = wrong[5] == '0' ? '1' : '0';
  const auto changed = ParseLegacyConfig(Legacy(kConfig64, wrong));
  ASSERT_FALSE(changed);
  EXPECT_NE(changed.error().message.find("checksum"), std::string::npos);
  EXPECT_FALSE(ParseLegacyConfig(Legacy("%%%", kConfigSum)));
  EXPECT_FALSE(ParseLegacyConfig(Legacy(kConfig64, kConfigSum, "account")));
  EXPECT_FALSE(ParseLegacyConfig(Legacy(kConfig64, kConfigSum, "consumer")));
  EXPECT_FALSE(ParseLegacyConfig("{}"));
}

TEST(FileNames, AreToldApart) {
  EXPECT_EQ(KindOfCliFile("backup.json"), CliFile::kBackup);
  EXPECT_EQ(KindOfCliFile("stream.arc.s2"), CliFile::kData);
  EXPECT_EQ(KindOfCliFile("stream_O.json"), CliFile::kLegacyStream);
  EXPECT_EQ(KindOfCliFile("stream_O_consumer_w.json"), CliFile::kLegacyConsumer);
  EXPECT_EQ(KindOfCliFile("stream_O.tgz"), CliFile::kLegacyData);
  EXPECT_EQ(KindOfCliFile("streams.json"), CliFile::kStashList);
  EXPECT_EQ(KindOfCliFile("edited.keys.json"), CliFile::kKeys);
  EXPECT_EQ(KindOfCliFile(".tgz"), CliFile::kOther);
  EXPECT_EQ(KindOfCliFile("notes.txt"), CliFile::kOther);
}

}  // namespace
}  // namespace jetkeep
