#include "service/engine/restore/restore_part.h"

#include <algorithm>
#include <utility>

#include "protocol/js_config/stream_config.h"
#include "service/engine/read/read_messages.h"

namespace jetkeep {
namespace {

Result<TakenMessages> Count(Repository& repository, const Manifest& manifest,
                            const MessageSelection& selection, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const StreamConfigFacts config, ReadStreamConfig(manifest.config_json));
  TakenMessages taken;
  JETKEEP_TRY(ForEachMessage(
      repository, manifest, selection, cancel, [&](const RecordView& record) -> Result<ReadOn> {
        taken.Add(record, config.in_memory ? MemoryStoreSize(record) : FileStoreSize(record));
        return ReadOn::kYes;
      }));
  return taken;
}

template <typename Value>
void KeepOnly(SequenceMap<Value>& map, const SequenceSet& sequences) {
  SequenceMap<Value> kept;
  for (const auto& [sequence, value] : map) {
    if (sequences.Contains(sequence)) kept.Append(sequence, value);
  }
  map = std::move(kept);
}

Status TakeMessages(Repository& repository, const MessageSelection& selection,
                    const CancelToken& cancel, BackupPart& part) {
  Manifest& manifest = part.manifest;
  const std::uint64_t before = manifest.state.messages;
  JETKEEP_ASSIGN(const TakenMessages taken, Count(repository, manifest, selection, cancel));
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (!taken.sequences.NextRange(1, &first, &last)) {
    return Fail(Errc::kInvalidRequest,
                "the selection takes none of the " + std::to_string(before) +
                    " messages of backup " + manifest.id,
                "Nothing was changed. `jetkeep cat` with the same selection shows what it takes.");
  }
  const std::uint64_t left_out = before - std::min(before, taken.sequences.Count());
  KeepMessages(taken, manifest);
  if (left_out != 0) {
    part.left_out.push_back(std::to_string(left_out) + " of " + std::to_string(before) +
                            " messages are left out, as asked; their sequences read as deleted");
  }
  return {};
}

Status TakeConsumers(const std::vector<std::string>& names, BackupPart& part) {
  std::vector<ConsumerBackup>& consumers = part.manifest.consumers;
  for (const std::string& name : names) {
    const bool there = std::any_of(consumers.begin(), consumers.end(),
                                   [&](const ConsumerBackup& each) { return each.name == name; });
    if (!there) {
      return Fail(Errc::kInvalidRequest, "backup " + part.manifest.id + " has no consumer " + name,
                  "Nothing was changed. `jetkeep show` lists its consumers.");
    }
  }
  std::erase_if(consumers, [&](const ConsumerBackup& each) {
    const bool left_out = std::find(names.begin(), names.end(), each.name) == names.end();
    if (left_out) part.left_out.push_back("consumer " + each.name + " is left out, as asked");
    return left_out;
  });
  part.manifest.state.consumer_count = consumers.size();
  return {};
}

}  // namespace

void TakenMessages::Add(const RecordView& record, std::uint64_t store_bytes) {
  if (sequences.empty()) first_time_ns = record.timestamp_ns;
  sequences.Add(record.sequence);
  bytes += store_bytes;
  largest = std::max<std::uint64_t>(largest, record.headers.size() + record.payload.size());
}

void KeepMessages(const TakenMessages& taken, Manifest& manifest) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (!taken.sequences.NextRange(1, &first, &last)) return;
  StreamState& state = manifest.state;
  manifest.lost.RemoveRange(1, first - 1);
  manifest.deleted.Clear();
  manifest.deleted.AddRange(first, state.last_sequence);
  manifest.deleted.Subtract(taken.sequences);
  manifest.deleted.Subtract(manifest.lost);
  state.messages = taken.sequences.Count();
  state.bytes = taken.bytes;
  state.first_sequence = first;
  state.first_time_ns = taken.first_time_ns;
  state.num_deleted = manifest.deleted.Count() + manifest.lost.Count();
  state.num_subjects = 0;  // not counted
  if (manifest.largest_message != 0) manifest.largest_message = taken.largest;
  for (ConsumerBackup& consumer : manifest.consumers) {
    KeepOnly(consumer.state.pending, taken.sequences);
    KeepOnly(consumer.state.redelivered, taken.sequences);
  }
}

Result<BackupPart> TakePart(Repository& repository, Manifest manifest, const RestorePart& part,
                            const CancelToken& cancel) {
  BackupPart taken{std::move(manifest), {}};
  if (!part.messages.all()) {
    JETKEEP_TRY(TakeMessages(repository, part.messages, cancel, taken));
  }
  if (part.consumers) JETKEEP_TRY(TakeConsumers(*part.consumers, taken));
  return taken;
}

}  // namespace jetkeep
