#include "protocol/v2/entry.h"

#include <cstring>

namespace jetkeep::v2 {
namespace {

char* PutPrefix(char* out, const RecordView& record) {
  out = PutUvarint(out, record.subject.size());
  out = PutVarint(out, record.timestamp_ns);
  out = PutUvarint(out, record.sequence);
  out = PutUvarint(out, record.headers.size());
  return PutUvarint(out, record.payload.size());
}

char* Put(char* out, std::string_view bytes) {
  if (bytes.empty()) return out;
  std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

}  // namespace

std::size_t EntrySize(const RecordView& record) {
  return UvarintSize(record.subject.size()) + VarintSize(record.timestamp_ns) +
         UvarintSize(record.sequence) + UvarintSize(record.headers.size()) +
         UvarintSize(record.payload.size()) + record.subject.size() + record.headers.size() +
         record.payload.size();
}

void AppendEntryPrefix(ByteBuffer& out, const RecordView& record) {
  const std::size_t before = out.size();
  char* const begin = out.Extend(kMaxPrefixBytes + record.subject.size());
  char* const end = Put(PutPrefix(begin, record), record.subject);
  out.Resize(before + static_cast<std::size_t>(end - begin));
}

void AppendEntry(ByteBuffer& out, const RecordView& record) {
  const std::size_t before = out.size();
  char* const begin = out.Extend(kMaxPrefixBytes + record.subject.size() + record.headers.size() +
                                 record.payload.size());
  char* end = Put(PutPrefix(begin, record), record.subject);
  end = Put(Put(end, record.headers), record.payload);
  out.Resize(before + static_cast<std::size_t>(end - begin));
}

ParseOutcome ParseEntry(std::string_view in, Entry& entry, std::size_t& size) {
  std::string_view rest = in;
  std::uint64_t name_size = 0;
  std::int64_t timestamp_ns = 0;
  std::uint64_t sequence = 0;
  std::uint64_t header_size = 0;
  std::uint64_t payload_size = 0;
  size = 0;
  if (!GetUvarint(rest, name_size) || !GetVarint(rest, timestamp_ns) ||
      !GetUvarint(rest, sequence) || !GetUvarint(rest, header_size) ||
      !GetUvarint(rest, payload_size)) {
    // A number stops early because the input does, or because it is too long; ten bytes decide.
    return rest.size() < kMaxVarintBytes ? ParseOutcome::kNeedMore : ParseOutcome::kCorrupt;
  }
  if (name_size > kMaxNameBytes || header_size > kMaxContentBytes ||
      payload_size > kMaxContentBytes || header_size + payload_size > kMaxContentBytes) {
    return ParseOutcome::kCorrupt;
  }
  const auto content = static_cast<std::size_t>(name_size + header_size + payload_size);
  size = in.size() - rest.size() + content;
  if (rest.size() < content) return ParseOutcome::kNeedMore;
  const char* bytes = rest.data();
  entry.name = {bytes, static_cast<std::size_t>(name_size)};
  bytes += name_size;
  entry.headers = {bytes, static_cast<std::size_t>(header_size)};
  bytes += header_size;
  entry.payload = {bytes, static_cast<std::size_t>(payload_size)};
  entry.encoded = in.substr(0, size);
  entry.timestamp_ns = timestamp_ns;
  entry.sequence = sequence;
  return ParseOutcome::kComplete;
}

}  // namespace jetkeep::v2
