#include "protocol/v2/archive_encoder.h"

#include <algorithm>
#include <string>

#include "protocol/v2/archive_parser.h"
#include "protocol/v2/entry.h"

namespace jetkeep::v2 {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
// From here on, content goes to the sink as it is instead of through the buffer.
constexpr std::size_t kDirectBytes = 64 * 1024;

}  // namespace

ArchiveEncoder::ArchiveEncoder(ByteSink& sink, std::int64_t time_ns)
    : sink_(sink), time_ns_(time_ns), buffer_(kBufferBytes) {}

Status ArchiveEncoder::Begin(std::string_view state_json) {
  buffer_.Append(kMagic);
  return Add({0, time_ns_, kStateName, {}, state_json});
}

Status ArchiveEncoder::AddConsumer(std::string_view name, std::string_view json) {
  std::string entry_name(kConsumerPrefix);
  entry_name.append(name);
  return Add({0, time_ns_, entry_name, {}, json});
}

Status ArchiveEncoder::AddRecord(const RecordView& record) {
  if (record.sequence <= last_sequence_) {
    return Fail(Errc::kInternal, "sequence " + std::to_string(record.sequence) +
                                     " does not come after " + std::to_string(last_sequence_));
  }
  last_sequence_ = record.sequence;
  return Add(record);
}

Status ArchiveEncoder::Finish() {
  AppendEntry(buffer_, RecordView{});
  return Flush();
}

Status ArchiveEncoder::Add(const RecordView& record) {
  if (record.subject.size() > kMaxNameBytes ||
      record.headers.size() >
          kMaxContentBytes - std::min(kMaxContentBytes, record.payload.size())) {
    return Fail(Errc::kInternal,
                "entry with sequence " + std::to_string(record.sequence) + " is too large");
  }
  const std::size_t content = record.headers.size() + record.payload.size();
  const bool direct = content >= kDirectBytes;
  const std::size_t buffered = kMaxPrefixBytes + record.subject.size() + (direct ? 0 : content);
  if (buffer_.size() + buffered > kBufferBytes) JETKEEP_TRY(Flush());
  if (!direct) {
    AppendEntry(buffer_, record);
    return {};
  }
  AppendEntryPrefix(buffer_, record);
  buffer_.Append(record.headers);
  JETKEEP_TRY(Flush());
  if (record.payload.empty()) return {};
  return sink_.Write(record.payload);
}

Status ArchiveEncoder::Flush() {
  if (buffer_.empty()) return {};
  JETKEEP_TRY(sink_.Write(buffer_.view()));
  buffer_.Clear();
  return {};
}

}  // namespace jetkeep::v2
