#include "protocol/archive/v2_archive_writer.h"

#include <string>

#include "protocol/archive/consumer_json.h"
#include "protocol/base/time.h"

namespace jetkeep {
namespace {

// The servers' word for "no time".
std::string TimeOrZero(std::int64_t time_ns) {
  return time_ns == 0 ? "0001-01-01T00:00:00Z" : FormatTime(time_ns);
}

std::string StateJson(const ArchiveContents& contents) {
  const StreamState& state = contents.state;
  return "{\"messages\":" + std::to_string(state.messages) +
         ",\"bytes\":" + std::to_string(state.bytes) +
         ",\"first_seq\":" + std::to_string(state.first_sequence) + ",\"first_ts\":\"" +
         TimeOrZero(state.first_time_ns) +
         "\",\"last_seq\":" + std::to_string(state.last_sequence) + ",\"last_ts\":\"" +
         TimeOrZero(state.last_time_ns) +
         "\",\"num_subjects\":" + std::to_string(state.num_subjects) +
         ",\"num_deleted\":" + std::to_string(state.num_deleted) +
         ",\"consumer_count\":" + std::to_string(contents.consumers.size()) + "}";
}

}  // namespace

Status V2ArchiveWriter::Begin(const ArchiveContents& contents) {
  JETKEEP_TRY(encoder_.Begin(StateJson(contents)));
  for (const ConsumerBackup& consumer : contents.consumers) {
    JETKEEP_TRY(encoder_.AddConsumer(consumer.name, ConsumerEntryToJson(consumer)));
  }
  return {};
}

Status V2ArchiveWriter::AddDeleted(std::uint64_t, std::uint64_t) { return {}; }

}  // namespace jetkeep
