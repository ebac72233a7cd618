#include "protocol/v1/stream_index.h"

#include <gtest/gtest.h>

#include "protocol/codec/little_endian.h"
#include "protocol/codec/varint.h"
#include "protocol/v1/delete_map.h"
#include "tests/support/byte_streams.h"
#include "tests/unit/protocol/v1/recording_handler.h"
#include "tests/unit/protocol/v1/string_spill.h"

namespace jetkeep::v1 {
namespace {

RecordView Message(std::uint64_t sequence, std::string_view subject) {
  RecordView record;
  record.sequence = sequence;
  record.timestamp_ns = 1000 + static_cast<std::int64_t>(sequence);
  record.subject = subject;
  record.payload = "payload";
  return record;
}

// The whole index; empty if there is none.
std::string Encode(StreamIndex& index, std::string_view stream, std::uint64_t last_checksum) {
  const auto size = index.Close(last_checksum);
  EXPECT_TRUE(size);
  if (!size || *size == 0) return {};
  StringSink sink;
  EXPECT_TRUE(index.WriteTo(stream, sink));
  EXPECT_EQ(sink.text.size(), *size);
  return sink.text;
}

// Bytes that a server of 2.10 takes without a word: 5 to 7 in block 1, 8 in block 2.
TEST(StreamIndexTest, IsTheFormatThatServersWrite) {
  StreamIndex index;
  for (const std::uint64_t sequence : {5U, 6U, 7U}) index.AddMessage(Message(sequence, "a.b"), 1);
  index.AddMessage(Message(8, "a.b"), 2);
  const std::string bytes = Encode(index, "S", 0x1122334455667788);

  const std::uint64_t size = FileStoreSize(Message(5, "a.b"));
  std::string expected = {11, 1};
  for (const std::uint64_t value : {std::uint64_t{4}, 4 * size, std::uint64_t{5}}) {
    PutUvarint(expected, value);
  }
  PutVarint(expected, 1005);
  PutUvarint(expected, 8);
  PutVarint(expected, 1008);
  PutUvarint(expected, 1);
  PutUvarint(expected, 3);
  expected += "a.b";
  for (const std::uint64_t value : {4U, 1U, 2U}) PutUvarint(expected, value);
  PutUvarint(expected, 2);
  PutUvarint(expected, 1);
  PutUvarint(expected, 3 * size);
  PutUvarint(expected, 5);
  PutVarint(expected, 0);
  PutUvarint(expected, 7);
  PutVarint(expected, 2);
  PutUvarint(expected, 0);
  PutUvarint(expected, 2);
  PutUvarint(expected, size);
  PutUvarint(expected, 8);
  PutVarint(expected, 3);
  PutUvarint(expected, 8);
  PutVarint(expected, 3);
  PutUvarint(expected, 0);
  PutUvarint(expected, 2);
  expected += "\x88\x77\x66\x55\x44\x33\x22\x11";
  ASSERT_EQ(bytes.size(), expected.size() + 8);
  EXPECT_EQ(bytes.substr(0, expected.size()), expected);
}

TEST(StreamIndexTest, ReadsBackWithItsChecksum) {
  StreamIndex index;
  for (std::uint64_t sequence = 1; sequence <= 1000; ++sequence) {
    index.AddMessage(Message(sequence, "s." + std::to_string(sequence % 7)),
                     static_cast<std::uint32_t>(1 + sequence / 100));
  }
  const std::string bytes = Encode(index, "ORDERS", 1);
  IndexDbParser parser("ORDERS");
  parser.Feed(bytes);
  RecordingHandler found;
  const auto report = parser.Finish(found);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->usable) << report->problem;
  EXPECT_EQ(report->first_sequence, 1U);
  EXPECT_EQ(report->last_sequence, 1000U);
  EXPECT_EQ(report->messages, 1000U);
}

// What the index says: its report, and the sequences deleted from 1 to its last.
DeleteMapReport ReadBack(StreamIndex& index, RecordingHandler& found) {
  const std::string bytes = Encode(index, "S", 1);
  IndexDbParser parser("S");
  parser.Feed(bytes);
  const auto report = parser.Finish(found);
  EXPECT_TRUE(report && report->usable) << report->problem;
  return *report;
}

TEST(StreamIndexTest, ListsTheGapsOfEachBlock) {
  StreamIndex index;
  index.AddMessage(Message(1, "a"), 1);
  index.AddMessage(Message(3, "a"), 1);
  index.AddMessage(Message(5000, "a"), 1);
  index.AddMessage(Message(5001, "a"), 2);
  index.AddMessage(Message(5010, "a"), 2);
  RecordingHandler found;
  const DeleteMapReport report = ReadBack(index, found);
  EXPECT_EQ(report.messages, 5U);
  EXPECT_EQ(found.deleted.Count(), 1U + 4996U + 8U);
  for (const std::uint64_t sequence : {2U, 4U, 4999U, 5002U, 5009U}) {
    EXPECT_TRUE(found.deleted.Contains(sequence)) << sequence;
  }
}

TEST(StreamIndexTest, EndsWithDeletedSequencesInTheLastBlock) {
  StreamIndex index;
  index.AddMessage(Message(1, "a"), 1);
  index.AddErasedEnd(4, 99, 1);
  RecordingHandler found;
  const DeleteMapReport report = ReadBack(index, found);
  EXPECT_EQ(report.messages, 1U);
  EXPECT_EQ(report.last_sequence, 4U);
  EXPECT_EQ(found.deleted.Count(), 3U);
}

TEST(StreamIndexTest, EndsWithABlockWithoutMessages) {
  StreamIndex index;
  index.AddMessage(Message(1, "a"), 1);
  index.AddErasedEnd(1'000'000, 99, 2);
  RecordingHandler found;
  const DeleteMapReport report = ReadBack(index, found);
  EXPECT_EQ(report.messages, 1U);
  EXPECT_EQ(report.first_sequence, 1U);
  EXPECT_EQ(report.last_sequence, 1'000'000U);
  EXPECT_EQ(found.deleted.Count(), 999'999U);
}

TEST(StreamIndexTest, AStreamWithoutMessagesBeginsBehindItsLastSequence) {
  StreamIndex index;
  index.AddErasedEnd(9, 99, 1);
  RecordingHandler found;
  const DeleteMapReport report = ReadBack(index, found);
  EXPECT_EQ(report.messages, 0U);
  EXPECT_EQ(report.first_sequence, 10U);
  EXPECT_EQ(report.last_sequence, 9U);
}

TEST(StreamIndexTest, ThereIsNoneForMoreDeletedSequencesThanItMayHold) {
  StreamIndex index;
  for (std::uint32_t block = 1; block <= 10; ++block) {
    const std::uint64_t first = std::uint64_t{block} * 10'000'000;
    index.AddMessage(Message(first, "a"), block);
    index.AddMessage(Message(first + 8'000'000, "a"), block);
  }
  EXPECT_EQ(Encode(index, "S", 1), "");
}

TEST(StreamIndexTest, AGapBetweenBlocksIsNoHindrance) {
  StreamIndex index;
  index.AddMessage(Message(1, "a"), 1);
  index.AddMessage(Message(1'000'000, "a"), 2);
  EXPECT_NE(Encode(index, "S", 1), "");
}

TEST(StreamIndexTest, ThereIsNoneForMoreSubjectsThanItMayHold) {
  StreamIndex index;
  const std::string longest(200, 'x');
  for (std::uint64_t sequence = 1; sequence <= 30'000; ++sequence) {
    index.AddMessage(Message(sequence, longest + std::to_string(sequence)), 1);
  }
  EXPECT_EQ(Encode(index, "S", 1), "");
}

TEST(StreamIndexTest, ThereIsNoneWithoutABlockOrOnceItHasGivenUp) {
  StreamIndex index;
  EXPECT_EQ(Encode(index, "S", 0), "");
  index.AddMessage(Message(1, "a"), 1);
  index.GiveUp();
  index.AddMessage(Message(2, "a"), 1);
  EXPECT_EQ(Encode(index, "S", 1), "");
}

TEST(StreamIndexTest, WithASpillFileItIsTheSameAndHoldsAnyNumber) {
  const std::string longest(200, 'x');
  const auto fill = [&](StreamIndex& index) {
    std::uint64_t sequence = 1;
    for (int round = 0; round < 2; ++round) {
      for (std::uint64_t i = 0; i < 60'000; ++i) {
        index.AddMessage(Message(sequence, longest + std::to_string(i)),
                         static_cast<std::uint32_t>(1 + sequence / 3'000'000));
        sequence += 100;
      }
    }
    index.AddErasedEnd(sequence, 99, static_cast<std::uint32_t>(1 + sequence / 3'000'000));
    return sequence;
  };
  StringSpill spill;
  StreamIndex index(&spill);
  const std::uint64_t last = fill(index);
  RecordingHandler found;
  const DeleteMapReport report = ReadBack(index, found);
  EXPECT_GT(spill.bytes.size(), std::size_t{20} << 20);
  EXPECT_EQ(report.messages, 120'000U);
  EXPECT_EQ(report.last_sequence, last);
  EXPECT_EQ(found.deleted.Count(), last - 120'000);
}

TEST(StreamIndexTest, ThereIsNoneIfTheSpillFileHasNoRoom) {
  StringSpill spill;
  spill.room = 1 << 20;
  StreamIndex index(&spill);
  const std::string longest(200, 'x');
  for (std::uint64_t sequence = 1; sequence <= 60'000; ++sequence) {
    index.AddMessage(Message(sequence, longest + std::to_string(sequence)), 1);
  }
  EXPECT_EQ(Encode(index, "S", 1), "");
}

}  // namespace
}  // namespace jetkeep::v1
