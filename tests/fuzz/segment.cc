// A segment file: footer, index, every block, the records of those that are not compressed.
#include "protocol/repository/segment.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/repository/block_records.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jetkeep;
  const std::string_view file(reinterpret_cast<const char*>(data), size);
  if (size < kSegmentHeaderBytes + kSegmentFooterBytes) return 0;
  const SegmentId id = SegmentIdOf("20261121T012410Z-7k2m9qdx-000001");
  const std::string_view footer_bytes = file.substr(size - kSegmentFooterBytes);
  const auto footer = ParseSegmentFooter(footer_bytes, size);
  if (!footer) return 0;
  const auto tail = file.substr(static_cast<std::size_t>(footer->index_offset),
                                static_cast<std::size_t>(footer->tail_bytes));
  const auto index = ParseSegmentIndex(id, file.substr(0, kSegmentHeaderBytes), tail, footer_bytes);
  if (!index) return 0;
  std::uint32_t number = 0;
  for (const BlockInfo& info : index->blocks) {
    const auto stored = CheckBlock(
        id, number++, info,
        file.substr(static_cast<std::size_t>(info.offset), kBlockHeaderBytes + info.stored_bytes));
    if (!stored || info.codec != BlockCodec::kRaw) continue;
    BlockRecords records(*stored, info);
    RecordView record;
    while (records.Next(record).value_or(false)) {
    }
  }
  return 0;
}
