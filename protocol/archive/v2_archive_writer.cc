#include "protocol/archive/v2_archive_writer.h"

#include <algorithm>
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
  // Servers refuse, without a word, a floor below where they themselves would begin; before 2.15
  // they kept such floors for consumers that have not acknowledged anything yet. Nothing lies in
  // between.
  const std::uint64_t first = contents.state.first_sequence;
  const std::uint64_t lowest_floor = first == 0 ? 0 : first - 1;
  for (ConsumerBackup consumer : contents.consumers) {
    SequencePair& floor = consumer.state.ack_floor;
    floor.stream = std::max(floor.stream, std::min(lowest_floor, consumer.state.delivered.stream));
    JETKEEP_TRY(encoder_.AddConsumer(consumer.name, ConsumerEntryToJson(consumer)));
  }
  return {};
}

Status V2ArchiveWriter::AddDeleted(std::uint64_t, std::uint64_t) { return {}; }

}  // namespace jetkeep
