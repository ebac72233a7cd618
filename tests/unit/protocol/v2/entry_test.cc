#include "protocol/v2/entry.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace jetkeep::v2 {
namespace {

using namespace std::string_view_literals;

std::string Encoded(const RecordView& record) {
  ByteBuffer buffer;
  AppendEntry(buffer, record);
  return std::string(buffer.view());
}

TEST(Entry, IsWrittenAsTheFormatSays) {
  const RecordView record{300, 1, "a.b", "H", "payload"};
  EXPECT_EQ(Encoded(record),
            "\x03\x02\xac\x02\x01\x07"
            "a.bHpayload"sv);
  EXPECT_EQ(EntrySize(record), 17u);
  EXPECT_EQ(Encoded({}), "\0\0\0\0\0"sv);
  ByteBuffer prefix;
  AppendEntryPrefix(prefix, record);
  EXPECT_EQ(prefix.view(),
            "\x03\x02\xac\x02\x01\x07"
            "a.b"sv);
}

TEST(Entry, ReadsBackWhatItWrites) {
  const std::string large(70000, 'p');
  const RecordView records[] = {
      {},
      {1, -1, "s", "", ""},
      {std::numeric_limits<std::uint64_t>::max(), std::numeric_limits<std::int64_t>::min(), "s.t",
       "NATS/1.0\r\n\r\n", large},
      {7, std::numeric_limits<std::int64_t>::max(),
       std::string_view(large).substr(0, kMaxNameBytes), "", "x"},
  };
  for (const RecordView& record : records) {
    const std::string bytes = Encoded(record) + "rest";
    Entry entry;
    std::size_t size = 0;
    ASSERT_EQ(ParseEntry(bytes, entry, size), ParseOutcome::kComplete);
    EXPECT_EQ(size, bytes.size() - 4);
    EXPECT_EQ(size, EntrySize(record));
    EXPECT_EQ(entry.sequence, record.sequence);
    EXPECT_EQ(entry.timestamp_ns, record.timestamp_ns);
    EXPECT_TRUE(entry.name == record.subject);
    EXPECT_EQ(entry.headers, record.headers);
    EXPECT_TRUE(entry.payload == record.payload);
    EXPECT_EQ(entry.IsEnd(), record.sequence == 0);
  }
}

TEST(Entry, AsksForMoreAtEveryCut) {
  const std::string bytes = Encoded({300, 1'700'000'000'000'000'000, "a.b", "H", "payload"});
  Entry entry;
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    std::size_t size = 99;
    ASSERT_EQ(ParseEntry(std::string_view(bytes).substr(0, cut), entry, size),
              ParseOutcome::kNeedMore);
    EXPECT_TRUE(size == 0 || size == bytes.size()) << cut;
  }
}

TEST(Entry, RefusesSizesThatNoServerAllows) {
  const std::uint64_t huge = std::numeric_limits<std::uint64_t>::max();
  const std::uint64_t cases[][3] = {{kMaxNameBytes + 1, 0, 0},
                                    {0, kMaxContentBytes + 1, 0},
                                    {0, 0, kMaxContentBytes + 1},
                                    {0, huge, 1},
                                    {0, 1, huge},
                                    {huge, 0, 0},
                                    {0, kMaxContentBytes, 1}};
  for (const auto& sizes : cases) {
    std::string bytes;
    PutUvarint(bytes, sizes[0]);
    bytes += "\x02\x01";
    PutUvarint(bytes, sizes[1]);
    PutUvarint(bytes, sizes[2]);
    Entry entry;
    std::size_t size = 0;
    EXPECT_EQ(ParseEntry(bytes, entry, size), ParseOutcome::kCorrupt);
  }
}

TEST(Entry, RefusesNumbersLongerThan64Bits) {
  Entry entry;
  std::size_t size = 0;
  for (std::size_t before = 0; before < 5; ++before) {
    const std::string bytes = std::string(before, '\x01') + std::string(10, '\xff');
    EXPECT_EQ(ParseEntry(bytes, entry, size), ParseOutcome::kCorrupt) << before;
  }
}

}  // namespace
}  // namespace jetkeep::v2
