// Archives taken from real servers, against what those servers said of the same streams.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "protocol/archive/snapshot_reader.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/v1/meta.h"
#include "tests/unit/protocol/archive/archive_fixture.h"
#include "tests/unit/protocol/v1/recording_handler.h"

namespace jetkeep {
namespace {

struct Golden {
  const char* stream;
  const char* file;
  std::uint64_t first;
  std::uint64_t last;
  std::uint64_t messages;
  std::uint64_t bytes;
};

const Golden kStreams[] = {{"GOLD", "gold", 4, 40, 26, 4330},
                           {"KV_cfg", "kv_cfg", 12, 17, 5, 345},
                           {"EMPTIED", "emptied", 10, 9, 0, 0},
                           {"NEVER", "never", 0, 0, 0, 0},
                           {"BLOCKS", "blocks", 157, 301, 131, 134716}};

class GoldenArchive : public testing::TestWithParam<const char*> {
 protected:
  RecordingHandler Read(const Golden& golden) {
    const std::string version = GetParam();
    RecordingHandler found;
    const std::string whole = ReadTestData(std::string(golden.file) + "_" + version +
                                           (version == "2.15.1" ? ".arc.s2" : ".tar.s2"));
    PieceSource source(whole);
    const auto summary = ReadSnapshot(source, golden.stream, found);
    EXPECT_TRUE(summary) << summary.error().message;
    if (summary) {
      EXPECT_EQ(summary->format,
                version == "2.15.1" ? ArchiveFormat::kV2Natsarc : ArchiveFormat::kV1Tar);
      EXPECT_EQ(summary->records, found.records.size());
      EXPECT_EQ(summary->consumers, found.consumers.size());
    }
    for (const ArchiveDamage& damage : found.damage) ADD_FAILURE() << damage.where << damage.what;
    return found;
  }
};

TEST_P(GoldenArchive, HoldsExactlyTheMessagesOfTheStream) {
  for (const Golden& golden : kStreams) {
    const RecordingHandler found = Read(golden);
    const std::vector<OwnedRecord> live = found.Live(golden.first, golden.last);
    EXPECT_EQ(live.size(), golden.messages) << golden.stream;
    std::uint64_t bytes = 0;
    for (const OwnedRecord& record : live) bytes += FileStoreSize(record.View());
    EXPECT_EQ(bytes, golden.bytes) << golden.stream;
  }
}

TEST_P(GoldenArchive, EveryMessageIsWhatWasPublished) {
  const std::vector<OwnedRecord> live = Read(kStreams[0]).Live(4, 40);
  ASSERT_EQ(live.size(), 26u);
  for (const OwnedRecord& record : live) {
    const std::uint64_t k = record.sequence;
    std::string payload;
    for (std::uint64_t j = 0; k % 10 != 0 && j < k * 5; ++j) {
      payload.push_back(static_cast<char>((k * 7 + j) & 255));
    }
    const std::string number = std::to_string(k);
    EXPECT_EQ(record.subject, "gold." + std::to_string(k % 4));
    EXPECT_EQ(record.headers, k % 3 != 0 ? ""
                                         : "NATS/1.0\r\nKind: k" + number + "\r\nNats-Msg-Id: id-" +
                                               number + "\r\n\r\n");
    EXPECT_EQ(record.payload, payload) << k;
    EXPECT_GT(record.timestamp_ns, 1'700'000'000'000'000'000);
  }
}

TEST_P(GoldenArchive, HoldsEveryConsumerWithItsExactState) {
  const RecordingHandler found = Read(kStreams[0]);
  ASSERT_EQ(found.consumers.size(), 5u);
  std::map<std::string, ConsumerBackup> consumers;
  for (const ConsumerBackup& consumer : found.consumers) consumers[consumer.name] = consumer;
  const ConsumerState& work = consumers["work"].state;
  EXPECT_EQ(work.delivered, (SequencePair{8, 19}));
  // The floor lies right below the oldest pending message.
  EXPECT_EQ(work.ack_floor, (SequencePair{2, 7}));
  // Delivered 4 5 8 11 15 16 17 19 as 1..8; acknowledged 1, 2, 4 and 7.
  std::map<std::uint64_t, std::uint64_t> pending;
  for (const auto& [sequence, message] : work.pending) {
    pending[sequence] = message.consumer_sequence;
    EXPECT_GT(message.timestamp_ns, 1'700'000'000'000'000'000);
  }
  EXPECT_EQ(pending, (std::map<std::uint64_t, std::uint64_t>{{8, 3}, {15, 5}, {16, 6}, {19, 8}}));
  EXPECT_TRUE(work.redelivered.empty());
  EXPECT_EQ(consumers["none"].state.delivered, (SequencePair{5, 15}));
  EXPECT_EQ(consumers["none"].state.ack_floor, (SequencePair{5, 15}));
  EXPECT_EQ(consumers["ackall"].state.ack_floor, (SequencePair{3, 8}));
  EXPECT_EQ(consumers["redo"].state.redelivered.size(), 2u);
  EXPECT_EQ(ReadConsumerConfig(consumers["redo"].config_json).filters,
            std::vector<std::string>{"gold.1"});
  EXPECT_EQ(ReadConsumerConfig(consumers["idle"].config_json).deliver_policy, "new");
}

TEST_P(GoldenArchive, OfAnotherStreamIsRefused) {
  // v2 holds no stream name.
  if (std::string(GetParam()) == "2.15.1") return;
  const std::string whole = ReadTestData("gold_" + std::string(GetParam()) + ".tar.s2");
  PieceSource source(whole);
  RecordingHandler found;
  const auto summary = ReadSnapshot(source, "SILVER", found);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, Errc::kArchiveCorrupt);
}

TEST_P(GoldenArchive, NoTruncationPasses) {
  const std::string version = GetParam();
  const std::string whole =
      Decompress(ReadTestData("gold_" + version + (version == "2.15.1" ? ".arc.s2" : ".tar.s2")));
  // A tar is whole once its two end blocks are there; what follows is padding.
  const std::size_t needed = whole.find_last_not_of('\0') + 1;
  for (std::size_t size = 0; size < needed; size += size % 512 < 3 ? 1 : 61) {
    PieceSource source(std::string_view(whole).substr(0, size));
    RecordingHandler found;
    EXPECT_FALSE(ReadArchive(source, "GOLD", found)) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, GoldenArchive, testing::Values("2.9.10", "2.10.27", "2.15.1"));

}  // namespace
}  // namespace jetkeep
