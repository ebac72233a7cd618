// What the writers write, the reader reads back.
#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "protocol/archive/consumer_json.h"
#include "protocol/archive/snapshot_reader.h"
#include "protocol/archive/v1_archive_writer.h"
#include "protocol/archive/v2_archive_writer.h"
#include "protocol/v1/meta.h"
#include "tests/unit/protocol/archive/archive_fixture.h"
#include "tests/unit/protocol/v1/recording_handler.h"

namespace jetkeep {
namespace {

ConsumerBackup Worker() {
  ConsumerBackup consumer;
  consumer.name = "worker";
  consumer.config_json = R"({"durable_name":"worker","future":18446744073709551615})";
  consumer.created = "2026-01-02T03:04:05.678Z";
  consumer.state.delivered = {9, 30};
  consumer.state.ack_floor = {2, 11};
  consumer.state.pending.Append(14, {5, 1'700'000'000'000'000'000});
  consumer.state.redelivered.Append(14, 2);
  return consumer;
}

ArchiveContents Contents(std::uint64_t first, std::uint64_t last) {
  ArchiveContents contents;
  contents.stream_name = "S";
  contents.config_json = R"({"name":"S","subjects":["a"],"unknown":9007199254740993})";
  contents.created = "2026-01-02T03:04:05Z";
  contents.state.first_sequence = first;
  contents.state.last_sequence = last;
  contents.state.last_time_ns = 77;
  contents.consumers = {Worker()};
  return contents;
}

const std::vector<OwnedRecord> kRecords = {
    {10, 1, "a.b", "", "one"},
    {14, 2, "c", "NATS/1.0\r\nA: b\r\n\r\n", std::string(5'000'000, 'x')},
    {15, 3, "a", "", ""}};

std::string Write(ArchiveWriter& writer, const StringSink& sink) {
  EXPECT_TRUE(writer.Begin(Contents(10, 20)));
  EXPECT_TRUE(writer.AddRecord(kRecords[0].View()));
  EXPECT_TRUE(writer.AddDeleted(11, 13));
  EXPECT_TRUE(writer.AddRecord(kRecords[1].View()));
  EXPECT_TRUE(writer.AddRecord(kRecords[2].View()));
  EXPECT_TRUE(writer.AddDeleted(16, 20));
  EXPECT_TRUE(writer.Finish());
  return sink.text;
}

std::string WriteV1(V1ArchiveWriter::Gaps gaps = V1ArchiveWriter::Gaps::kErasedRecords) {
  StringSink sink;
  TarFiles files(sink);
  V1ArchiveWriter writer(files, gaps);
  return Write(writer, sink);
}

Result<ArchiveSummary> Read(const std::string& archive, RecordingHandler& found) {
  PieceSource source(archive, 100'000);
  return ReadArchive(source, "S", found);
}

TEST(V1Archive, ComesBackAsItWasWritten) {
  RecordingHandler found;
  const auto summary = Read(WriteV1(), found);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_TRUE(found.damage.empty());
  EXPECT_EQ(found.records, kRecords);
  for (const std::uint64_t sequence : {11U, 12U, 13U, 16U, 20U}) {
    EXPECT_TRUE(found.deleted.Contains(sequence)) << sequence;
  }
  EXPECT_EQ(v1::ParseStreamMeta(found.meta)->config_json, Contents(0, 0).config_json);
  ASSERT_EQ(found.consumers.size(), 1u);
  EXPECT_EQ(found.consumers[0].state, Worker().state);
  EXPECT_EQ(found.consumers[0].config_json, Worker().config_json);
  EXPECT_EQ(found.consumers[0].created, Worker().created);
}

TEST(V1Archive, HolesAreTheIndexsToList) {
  const std::string archive = WriteV1(V1ArchiveWriter::Gaps::kHoles);
  EXPECT_NE(archive.find("msgs/index.db"), std::string::npos);
  RecordingHandler found;
  ASSERT_TRUE(Read(archive, found));
  EXPECT_TRUE(found.damage.empty());
  EXPECT_EQ(found.records, kRecords);
  // With those in front of the first message.
  EXPECT_EQ(found.deleted.CountIn(1, 9), 9u);
  EXPECT_EQ(found.deleted.CountIn(10, 20), 8u);
  EXPECT_EQ(found.deleted.CountIn(11, 13), 3u);
  EXPECT_EQ(found.deleted.CountIn(16, 20), 5u);
}

TEST(V1Archive, AnIndexOfMessagesAloneIsNotSentWhereAServerWouldLookForMore) {
  using Index = V1ArchiveWriter::Index;
  for (const auto& [member, index, sent] : std::vector<std::tuple<std::string, Index, bool>>{
           {"allow_msg_ttl", Index::kIfMessagesOnly, false},
           {"allow_msg_ttl", Index::kAnyConfig, true},
           {"allow_msg_schedules", Index::kIfMessagesOnly, false},
           {"allow_direct", Index::kIfMessagesOnly, true}}) {
    StringSink sink;
    TarFiles files(sink);
    V1ArchiveWriter writer(files, V1ArchiveWriter::Gaps::kHoles, index);
    ArchiveContents contents = Contents(1, 1);
    contents.config_json = R"({"name":"S",")" + member + R"(":true})";
    ASSERT_TRUE(writer.Begin(contents));
    ASSERT_TRUE(writer.AddRecord({1, 1, "a", "", ""}));
    ASSERT_TRUE(writer.Finish());
    EXPECT_EQ(sink.text.find("msgs/index.db") != std::string::npos, sent) << member;
  }
}

TEST(V1Archive, ABlockNeverSpansSoManySequencesThatItsDeleteMapGrowsLarge) {
  StringSink sink;
  TarFiles files(sink);
  V1ArchiveWriter writer(files, V1ArchiveWriter::Gaps::kHoles);
  ASSERT_TRUE(writer.Begin(Contents(1, 1)));
  for (std::uint64_t sequence = 1; sequence <= 3 * V1ArchiveWriter::kMaxSpanOfBlock;
       sequence += V1ArchiveWriter::kMaxGapInBlock) {
    ASSERT_TRUE(writer.AddRecord({sequence, 1, "a", "", ""}));
  }
  ASSERT_TRUE(writer.Finish());
  EXPECT_NE(sink.text.find("msgs/3.blk"), std::string::npos);
}

TEST(V1Archive, AGapOrTheEndBehindALargeMessageIsNoBlockWithoutRecords) {
  const std::string large(5'000'000, 'x');
  StringSink sink;
  TarFiles files(sink);
  V1ArchiveWriter writer(files, V1ArchiveWriter::Gaps::kHoles);
  ASSERT_TRUE(writer.Begin(Contents(1, 300'010)));
  for (const std::uint64_t sequence : {1U, 2U, 5U, 300'000U}) {
    ASSERT_TRUE(writer.AddRecord({sequence, 1, "a", "", large}));
  }
  ASSERT_TRUE(writer.AddDeleted(300'001, 300'010));
  ASSERT_TRUE(writer.Finish());
  EXPECT_NE(sink.text.find("msgs/5.blk"), std::string::npos);
  EXPECT_EQ(sink.text.find("msgs/6.blk"), std::string::npos);
  EXPECT_NE(sink.text.find("msgs/index.db"), std::string::npos);
  RecordingHandler found;
  ASSERT_TRUE(Read(sink.text, found));
  EXPECT_TRUE(found.damage.empty());
  EXPECT_EQ(found.records.size(), 4u);
  EXPECT_EQ(found.deleted.Count(), 300'010u - 4u);
}

TEST(V1Archive, AHugeGapCostsNothing) {
  StringSink sink;
  TarFiles files(sink);
  V1ArchiveWriter writer(files);
  const std::uint64_t far = std::uint64_t{1} << 33;
  ASSERT_TRUE(writer.Begin(Contents(5, 2 * far)));
  ASSERT_TRUE(writer.AddRecord({5, 1, "a", "", ""}));
  ASSERT_TRUE(writer.AddDeleted(6, far - 1));
  ASSERT_TRUE(writer.AddRecord({far, 1, "a", "", ""}));
  ASSERT_TRUE(writer.AddDeleted(far + 1, 2 * far));
  ASSERT_TRUE(writer.Finish());
  EXPECT_LT(sink.text.size(), 32'000u);
  RecordingHandler found;
  ASSERT_TRUE(Read(sink.text, found));
  EXPECT_TRUE(found.damage.empty());
  EXPECT_EQ(found.records.size(), 2u);
  EXPECT_TRUE(found.deleted.Contains(2 * far));
  EXPECT_TRUE(found.deleted.Contains(far + 1));
}

TEST(V1Archive, AnEmptiedStreamKeepsItsLastSequence) {
  StringSink sink;
  TarFiles files(sink);
  V1ArchiveWriter writer(files);
  ASSERT_TRUE(writer.Begin(Contents(10, 9)));
  ASSERT_TRUE(writer.Finish());
  RecordingHandler found;
  ASSERT_TRUE(Read(sink.text, found));
  EXPECT_TRUE(found.records.empty());
  EXPECT_TRUE(found.deleted.Contains(9));
}

TEST(V1Archive, SequencesMustRise) {
  StringSink sink;
  TarFiles files(sink);
  V1ArchiveWriter writer(files);
  ASSERT_TRUE(writer.Begin(Contents(1, 9)));
  ASSERT_TRUE(writer.AddRecord({5, 1, "a", "", ""}));
  EXPECT_FALSE(writer.AddRecord({5, 1, "a", "", ""}));
  EXPECT_FALSE(writer.AddDeleted(4, 6));
}

TEST(V1Archive, TheConfigurationMustNameTheStream) {
  StringSink sink;
  TarFiles files(sink);
  V1ArchiveWriter writer(files);
  ArchiveContents contents = Contents(1, 1);
  contents.stream_name = "OTHER";
  const Status status = writer.Begin(contents);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kInvalidRequest);
}

TEST(V1Archive, FlippedBitsInABlockAreDamageThatNamesBlockAndSequence) {
  std::string archive = WriteV1();
  archive[archive.find("a.bone") + 4] ^= 1;
  RecordingHandler found;
  ASSERT_TRUE(Read(archive, found));
  ASSERT_EQ(found.damage.size(), 1u);
  EXPECT_EQ(found.damage[0].where, "block 1 at offset 0");
  EXPECT_EQ(found.damage[0].sequence, 10u);
}

TEST(V1Archive, AWrongMetaSumIsDamage) {
  std::string archive = WriteV1();
  archive[archive.find("9007199254740993")] = '8';
  RecordingHandler found;
  ASSERT_TRUE(Read(archive, found));
  ASSERT_EQ(found.damage.size(), 1u);
  EXPECT_EQ(found.damage[0].where, "meta.inf");
}

TEST(V1Archive, EntriesThatAreNotTheServersAreRefusedOrReported) {
  for (const auto& [name, code] :
       std::vector<std::pair<std::string, Errc>>{{"msgs/../x", Errc::kArchiveCorrupt},
                                                 {"/etc/passwd", Errc::kArchiveCorrupt},
                                                 {"obs/a.b/meta.inf", Errc::kArchiveCorrupt},
                                                 {"meta.inf", Errc::kArchiveCorrupt}}) {
    StringSink sink;
    tar::Writer writer(sink);
    const std::string meta = R"({"name":"S"})";
    for (const std::string& entry : {std::string("meta.inf"), name}) {
      ASSERT_TRUE(writer.BeginEntry(entry, meta.size(), 0));
      ASSERT_TRUE(writer.Write(meta));
    }
    ASSERT_TRUE(writer.Finish());
    RecordingHandler found;
    const auto summary = Read(sink.text, found);
    ASSERT_FALSE(summary) << name;
    EXPECT_EQ(summary.error().code, code) << name;
  }
}

TEST(V1Archive, ErrorsOfTheServerAreDamageWithTheirText) {
  StringSink sink;
  tar::Writer writer(sink);
  const std::string meta = R"({"name":"S"})";
  for (const auto& [name, text] :
       std::vector<std::pair<std::string, std::string>>{{"meta.inf", meta},
                                                        {"meta.sum", v1::StreamMetaSum("S", meta)},
                                                        {"errors.txt", "block 3 is gone"}}) {
    ASSERT_TRUE(writer.BeginEntry(name, text.size(), 0));
    ASSERT_TRUE(writer.Write(text));
  }
  ASSERT_TRUE(writer.Finish());
  RecordingHandler found;
  ASSERT_TRUE(Read(sink.text, found));
  ASSERT_EQ(found.damage.size(), 1u);
  EXPECT_EQ(found.damage[0].where, "errors.txt");
  EXPECT_NE(found.damage[0].what.find("block 3 is gone"), std::string::npos);
}

// Servers before 2.15 write an empty one for a restored consumer without a durable name.
TEST(V1Archive, AConsumerWithoutANameInItsMetaIsThatOfItsFolder) {
  for (const std::string name : {"", "c", "d"}) {
    StringSink sink;
    tar::Writer writer(sink);
    const std::string meta = R"({"name":"S"})";
    const std::string consumer =
        R"({"Created":"0001-01-01T00:00:00Z","Name":")" + name + R"(","ack_policy":"explicit"})";
    for (const auto& [entry, text] : std::vector<std::pair<std::string, std::string>>{
             {"meta.inf", meta},
             {"meta.sum", v1::StreamMetaSum("S", meta)},
             {"obs/c/meta.inf", consumer},
             {"obs/c/meta.sum", v1::ConsumerMetaSum("S", "c", consumer)},
             {"obs/c/o.dat", ""}}) {
      ASSERT_TRUE(writer.BeginEntry(entry, text.size(), 0));
      ASSERT_TRUE(writer.Write(text));
    }
    ASSERT_TRUE(writer.Finish());
    RecordingHandler found;
    ASSERT_TRUE(Read(sink.text, found));
    EXPECT_EQ(found.damage.empty(), name != "d") << name;
    ASSERT_EQ(found.consumers.size(), name == "d" ? 0U : 1U);
    for (const ConsumerBackup& one : found.consumers) EXPECT_EQ(one.name, "c");
  }
}

TEST(V2Archive, ComesBackAsItWasWritten) {
  StringSink sink;
  V2ArchiveWriter writer(sink, 1);
  RecordingHandler found;
  const auto summary = Read(Write(writer, sink), found);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->format, ArchiveFormat::kV2Natsarc);
  EXPECT_TRUE(found.damage.empty());
  EXPECT_EQ(found.records, kRecords);
  // A gap proves nothing there.
  EXPECT_TRUE(found.deleted.empty());
  ASSERT_EQ(found.consumers.size(), 1u);
  EXPECT_EQ(found.consumers[0].state, Worker().state);
  EXPECT_EQ(found.consumers[0].config_json, Worker().config_json);
}

TEST(V2Archive, AFloorBelowTheStreamIsRaisedToItsEdge) {
  StringSink sink;
  V2ArchiveWriter writer(sink, 1);
  ArchiveContents contents = Contents(10, 20);
  contents.consumers[0].state.ack_floor = {0, 0};
  ASSERT_TRUE(writer.Begin(contents));
  ASSERT_TRUE(writer.Finish());
  RecordingHandler found;
  ASSERT_TRUE(Read(sink.text, found));
  ASSERT_EQ(found.consumers.size(), 1u);
  EXPECT_EQ(found.consumers[0].state.ack_floor, (SequencePair{0, 9}));
  EXPECT_EQ(found.consumers[0].state.pending, Worker().state.pending);
}

TEST(V2Archive, AMissingConsumerIsDamage) {
  StringSink sink;
  v2::ArchiveEncoder encoder(sink, 1);
  ASSERT_TRUE(encoder.Begin(R"({"consumer_count":2})"));
  ASSERT_TRUE(encoder.AddConsumer("worker", ConsumerEntryToJson(Worker())));
  ASSERT_TRUE(encoder.Finish());
  RecordingHandler found;
  ASSERT_TRUE(Read(sink.text, found));
  ASSERT_EQ(found.damage.size(), 1u);
  EXPECT_EQ(found.damage[0].where, "state.json");
}

TEST(ConsumerJson, HoldsAll64BitsAndNanoseconds) {
  ConsumerState state;
  state.delivered = {~std::uint64_t{0}, ~std::uint64_t{0} - 1};
  state.ack_floor = {9007199254740993, 1};
  // As texts the second key sorts before the first.
  state.pending.Append(9, {8, 7});
  state.pending.Append(10, {9, 6});
  state.pending.Append(~std::uint64_t{0}, {9007199254740995, -1});
  state.redelivered.Append(3, ~std::uint64_t{0});
  const auto again = ConsumerStateFromJson(ConsumerStateToJson(state));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(*again, state);
}

TEST(ConsumerJson, PendingMessagesComeInAnyOrder) {
  const auto read = [](std::initializer_list<std::uint64_t> sequences) {
    std::string text;
    for (const std::uint64_t sequence : sequences) {
      text += (text.empty() ? "" : ",") + ('"' + std::to_string(sequence)) +
              "\":{\"Sequence\":" + std::to_string(sequence) + ",\"Timestamp\":7}";
    }
    return ConsumerStateFromJson("{\"pending\":{" + text + "}}");
  };
  const auto sorted = read({8, 9, 10, 11, 100});
  ASSERT_TRUE(sorted);
  EXPECT_EQ(sorted->pending.size(), 5U);
  EXPECT_EQ(*read({10, 100, 11, 8, 9}), *sorted);  // as servers write them
  EXPECT_EQ(*read({100, 9, 11, 10, 8}), *sorted);
  EXPECT_FALSE(read({8, 9, 8}));
}

TEST(ConsumerJson, WhatIsMalformedIsRefused) {
  for (const char* text :
       {"", "[]", R"({"delivered":1})", R"({"pending":{"x":{}}})", R"({"redelivered":{"1":-1}})",
        R"({"pending":{"1":{"Sequence":1.5}}})", R"({"pending":{"1":{},"1":{}}})"}) {
    EXPECT_FALSE(ConsumerStateFromJson(text)) << text;
  }
  EXPECT_FALSE(ConsumerEntryFromJson("c", R"({"config":{}})"));
  EXPECT_FALSE(ConsumerEntryFromJson("c", R"({"config":1,"state":{}})"));
}

}  // namespace
}  // namespace jetkeep
