#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/s2/reader.h"
#include "protocol/v2/archive_encoder.h"
#include "protocol/v2/archive_parser.h"
#include "tests/support/byte_streams.h"

namespace jetkeep::v2 {
namespace {

class Recorder : public ArchiveHandler {
 public:
  Status OnState(std::string_view json) override { return Add("state " + std::string(json)); }
  Status OnConsumerEntry(std::string_view name, std::string_view json) override {
    return Add("consumer " + std::string(name) + " " + std::string(json));
  }
  Status OnRecord(const RecordView& record) override {
    if (record.sequence == refused) return Fail(Errc::kStorageFull, "full");
    payload = record.payload.data();
    return Add(std::to_string(record.sequence) + " " + std::to_string(record.timestamp_ns) + " " +
               std::string(record.subject) + " [" + std::string(record.headers) + "] " +
               std::string(record.payload));
  }
  Status Add(std::string line) {
    lines.push_back(std::move(line));
    return {};
  }

  std::vector<std::string> lines;
  const char* payload = nullptr;
  std::uint64_t refused = 0;
};

std::string Archive(const std::vector<RecordView>& entries) {
  ByteBuffer buffer;
  buffer.Append(kMagic);
  for (const RecordView& entry : entries) AppendEntry(buffer, entry);
  return std::string(buffer.view());
}

const RecordView kState{0, 5, "state.json", "", "{}"};
const RecordView kConsumer{0, 5, "consumers/c", "", "{}"};
const RecordView kEnd{};

Errc CodeOf(const std::string& archive, std::size_t piece) {
  Recorder recorder;
  ArchiveParser parser(recorder);
  PieceSource source(archive, piece);
  const Status status = parser.Drive(source);
  return status ? Errc::kInternal : status.error().code;
}

TEST(ArchiveParser, ReadsWhatTheEncoderWritesInPiecesOfAnySize) {
  const std::string large(300000, 'L');
  const std::string headers = "NATS/1.0\r\nA: b\r\n\r\n";
  StringSink sink;
  ArchiveEncoder encoder(sink, 99);
  ASSERT_TRUE(encoder.Begin(R"({"messages":4})"));
  ASSERT_TRUE(encoder.AddConsumer("one", "{1}"));
  ASSERT_TRUE(encoder.AddConsumer("two", "{2}"));
  ASSERT_TRUE(encoder.AddRecord({1, 10, "a", "", "first"}));
  ASSERT_TRUE(encoder.AddRecord({5, -10, "b.c", headers, ""}));
  ASSERT_TRUE(encoder.AddRecord({6, 11, "large", headers, large}));
  ASSERT_TRUE(encoder.AddRecord({7, 12, "large.headers", large, ""}));
  EXPECT_FALSE(encoder.AddRecord({7, 12, "a", "", ""}));
  ASSERT_TRUE(encoder.Finish());
  const std::vector<std::string> expected = {R"(state {"messages":4})",
                                             "consumer one {1}",
                                             "consumer two {2}",
                                             "1 10 a [] first",
                                             "5 -10 b.c [" + headers + "] ",
                                             "6 11 large [" + headers + "] " + large,
                                             "7 12 large.headers [" + large + "] "};
  for (const std::size_t piece : {1u, 2u, 3u, 17u, 1000u, 1u << 20}) {
    Recorder recorder;
    ArchiveParser parser(recorder);
    PieceSource source(sink.text, piece);
    const Status status = parser.Drive(source);
    ASSERT_TRUE(status) << status.error().message;
    EXPECT_EQ(recorder.lines, expected);
    EXPECT_EQ(parser.records(), 4u);
    EXPECT_EQ(parser.consumers(), 2u);
    EXPECT_EQ(parser.archive_bytes(), sink.text.size());
  }
}

// The snapshot of a stream with four messages and one consumer, from nats-server 2.15.1.
TEST(ArchiveParser, ReadsWhatAServerWrote) {
  std::ifstream file(V2_TESTDATA "/server_2_15_1.arc.s2", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  PieceSource source(text, 100);
  s2::Reader decompressed(source);
  Recorder recorder;
  ArchiveParser parser(recorder);
  const Status status = parser.Drive(decompressed);
  ASSERT_TRUE(status) << status.error().message;
  ASSERT_EQ(recorder.lines.size(), 6u);
  EXPECT_TRUE(recorder.lines[0].starts_with("state {"));
  EXPECT_TRUE(recorder.lines[1].starts_with("consumer worker {"));
  EXPECT_TRUE(recorder.lines[2].ends_with(" kat.short [] first"));
  EXPECT_TRUE(recorder.lines[3].ends_with(" kat.headers [NATS/1.0\r\nColor: blue\r\n\r\n] second"));
  EXPECT_TRUE(recorder.lines[4].ends_with(" kat.empty [] "));
}

TEST(ArchiveParser, HandsOutRecordsThatLieWholeInAViewWithoutACopy) {
  const std::string archive = Archive({kState, {1, 1, "a", "", "payload"}, kEnd});
  Recorder recorder;
  ArchiveParser parser(recorder);
  ASSERT_TRUE(parser.Feed(archive));
  EXPECT_GE(recorder.payload, archive.data());
  EXPECT_LT(recorder.payload, archive.data() + archive.size());
}

TEST(ArchiveParser, FindsEveryTruncation) {
  const std::string archive = Archive({kState, kConsumer, {1, 1, "a", "h", "payload"}, kEnd});
  for (std::size_t size = 0; size < archive.size(); ++size) {
    EXPECT_EQ(CodeOf(archive.substr(0, size), 1000), Errc::kSnapshotIncomplete) << size;
    EXPECT_EQ(CodeOf(archive.substr(0, size), 1), Errc::kSnapshotIncomplete) << size;
  }
  EXPECT_EQ(CodeOf(archive, 1), Errc::kInternal);
}

TEST(ArchiveParser, RefusesWhatNoServerWrites) {
  const RecordView one{1, 1, "a", "", ""};
  const RecordView two{2, 1, "a", "", ""};
  const struct {
    const char* what;
    std::string archive;
  } cases[] = {
      {"another magic", "NATSARC2" + Archive({kState, kEnd}).substr(8)},
      {"no state", Archive({kEnd})},
      {"a consumer first", Archive({kConsumer, kState, kEnd})},
      {"a message first", Archive({one, kEnd})},
      {"a consumer after a message", Archive({kState, one, kConsumer, kEnd})},
      {"a state twice", Archive({kState, kState, kEnd})},
      {"a consumer without a name", Archive({kState, {0, 1, "consumers/", "", "{}"}, kEnd})},
      {"a sequence twice", Archive({kState, one, one, kEnd})},
      {"a falling sequence", Archive({kState, two, one, kEnd})},
      {"a message without a sequence", Archive({kState, one, {0, 1, "a", "", ""}, kEnd})},
      {"bytes behind the end", Archive({kState, kEnd}) + "x"},
      {"two ends", Archive({kState, kEnd, kEnd})},
      {"a huge size", Archive({kState}) + "\x01\x02\x01\xff\xff\xff\xff\x0f\x01"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(CodeOf(c.archive, 1), Errc::kArchiveCorrupt) << c.what;
    EXPECT_EQ(CodeOf(c.archive, 1000), Errc::kArchiveCorrupt) << c.what;
  }
}

TEST(ArchiveParser, StopsWithTheErrorOfItsHandler) {
  Recorder recorder;
  recorder.refused = 2;
  ArchiveParser parser(recorder);
  const Status status = parser.Feed(
      Archive({kState, {1, 1, "a", "", ""}, {2, 1, "a", "", ""}, {3, 1, "a", "", ""}, kEnd}));
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::kStorageFull);
  EXPECT_EQ(recorder.lines.size(), 2u);
}

TEST(ArchiveEncoder, RefusesAnEntryThatNoReaderTakes) {
  StringSink sink;
  ArchiveEncoder encoder(sink, 0);
  ASSERT_TRUE(encoder.Begin("{}"));
  const std::string name(kMaxNameBytes + 1, 'n');
  EXPECT_FALSE(encoder.AddRecord({1, 1, name, "", ""}));
  const std::string large(kMaxContentBytes, 'x');
  EXPECT_FALSE(encoder.AddRecord({2, 1, "a", "x", large}));
}

}  // namespace
}  // namespace jetkeep::v2
