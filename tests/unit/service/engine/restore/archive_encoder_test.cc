#include "service/engine/restore/archive_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/archive/snapshot_reader.h"
#include "protocol/js_config/stream_config.h"
#include "service/engine/restore/expiry_survey.h"
#include "tests/support/byte_streams.h"
#include "tests/support/record_list.h"
#include "tests/unit/protocol/v1/recording_handler.h"
#include "tests/unit/protocol/v1/string_spill.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;

// Keeps the even sequences of another source.
class EvenRecords : public RecordSource {
 public:
  explicit EvenRecords(RecordSource& records) : records_(records) {}
  Result<const RecordView*> Next() override {
    while (true) {
      JETKEEP_ASSIGN(const RecordView* record, records_.Next());
      if (record == nullptr || record->sequence % 2 == 0) return record;
    }
  }

 private:
  RecordSource& records_;
};

ArchiveContents Contents(std::uint64_t first, std::uint64_t last, std::uint64_t messages) {
  ArchiveContents contents;
  contents.stream_name = "S";
  contents.config_json = R"({"name":"S","subjects":["orders.>"],"storage":"file"})";
  contents.created = "2026-01-02T03:04:05Z";
  contents.state.first_sequence = first;
  contents.state.last_sequence = last;
  contents.state.messages = messages;
  return contents;
}

class EncodeArchiveTest : public testing::TestWithParam<bool> {
 protected:
  RecordingHandler Encoded(RecordSource& records, const ArchiveContents& contents) {
    ArchiveForm form = FormFor("2.15.1", GetParam());
    form.time_ns = 1'700'000'000'000'000'000;
    v1::StringSpill spill;
    StringSink sink;
    const Status encoded = EncodeArchive(records, form, contents, spill, sink, so_far_);
    EXPECT_TRUE(encoded) << (encoded ? "" : encoded.error().message);
    RecordingHandler found;
    PieceSource archive(sink.text);
    const auto summary = ReadArchive(archive, "S", found);
    EXPECT_TRUE(summary) << (summary ? "" : summary.error().message);
    return found;
  }

  std::vector<std::uint64_t> Live(const RecordingHandler& found, std::uint64_t last) {
    std::vector<std::uint64_t> sequences;
    for (const OwnedRecord& record : found.Live(1, last)) sequences.push_back(record.sequence);
    return sequences;
  }

  EncodedSoFar so_far_;
};

TEST_P(EncodeArchiveTest, HoldsWhatTheSourceGivesUpToTheLastSequenceOfTheState) {
  RecordList stored({2, 3, 4, 7, 8});
  EvenRecords filtered(stored);
  const RecordingHandler found = Encoded(filtered, Contents(2, 10, 3));
  EXPECT_THAT(Live(found, 10), ElementsAre(2, 4, 8));
  EXPECT_TRUE(found.damage.empty());
  EXPECT_EQ(so_far_.messages.load(), 3u);
  const std::uint64_t size = FileStoreSize({8, 0, "orders.new", {}, "payload"});
  EXPECT_EQ(so_far_.bytes.load(), 3 * size);
  if (!GetParam()) {
    // v1 says that the last one is deleted, so that the stream ends there.
    EXPECT_TRUE(found.deleted.Contains(10));
  }
}

TEST_P(EncodeArchiveTest, CountsEachRecordInTheSurveyAsItPasses) {
  RecordList stored({1, 2, 3, 4});
  StreamConfigFacts config;
  config.max_age_ns = 1;  // all are gone
  ExpirySurvey survey(config, config, 1'700'000'000'000'000'001);
  SurveyedRecords surveyed(stored, survey);
  Encoded(surveyed, Contents(1, 4, 4));
  EXPECT_EQ(survey.MayBeGone(1'700'000'000'000'000'001), 4u);
}

TEST_P(EncodeArchiveTest, ASourcesErrorIsReturned) {
  RecordList stored({1});
  stored.FailAtEnd(Error{Errc::kRepositoryCorrupt, "block 2 is damaged", {}});
  v1::StringSpill spill;
  StringSink sink;
  const Status encoded =
      EncodeArchive(stored, FormFor("2.15.1", GetParam()), Contents(1, 2, 2), spill, sink, so_far_);
  ASSERT_FALSE(encoded);
  EXPECT_EQ(encoded.error().code, Errc::kRepositoryCorrupt);
}

INSTANTIATE_TEST_SUITE_P(Formats, EncodeArchiveTest, testing::Bool(),
                         [](const auto& v2) { return v2.param ? "v2" : "v1"; });

}  // namespace
}  // namespace jetkeep
