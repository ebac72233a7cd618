// The raw bytes of a block: a record count (its top bit: a piece of an archive, else columns),
// first and last sequence, then the block. What is read well must come out the same when it is
// written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/codec/little_endian.h"
#include "protocol/repository/block_records.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jetkeep;
  if (size < 20) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  BlockInfo info;
  info.records = LoadU32(input.data()) & 0x7fffffff;
  const bool is_piece = (LoadU32(input.data()) & 0x80000000) != 0;
  info.codec = is_piece ? BlockCodec::kArchive : BlockCodec::kRaw;
  info.first_sequence = LoadU64(input.data() + 4);
  info.last_sequence = LoadU64(input.data() + 12);
  const std::string_view raw = input.substr(20);
  info.raw_bytes = static_cast<std::uint32_t>(raw.size());
  if (info.records == 0) return 0;

  BlockBuilder copy;
  BlockRecords records(raw, info);
  RecordView record;
  auto more = records.Next(record);
  for (; more && *more; more = records.Next(record)) copy.Add(record);
  if (!more) return 0;
  const ByteBuffer written = copy.Take({});
  BlockRecords first(raw, info);
  info.codec = BlockCodec::kRaw;
  BlockRecords again(written.view(), info);
  RecordView other;
  for (std::uint32_t i = 0; i < info.records; ++i) {
    if (!*first.Next(record) || !*again.Next(other) || record.sequence != other.sequence ||
        record.timestamp_ns != other.timestamp_ns || record.subject != other.subject ||
        record.headers != other.headers || record.payload != other.payload) {
      std::abort();
    }
  }
  if (*again.Next(other)) std::abort();
  return 0;
}
