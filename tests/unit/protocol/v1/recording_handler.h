// Keeps everything that a decoder finds.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/snapshot.h"
#include "protocol/sequences/sequence_set.h"

namespace jetkeep {

struct OwnedRecord {
  std::uint64_t sequence = 0;
  std::int64_t timestamp_ns = 0;
  std::string subject;
  std::string headers;
  std::string payload;
  friend bool operator==(const OwnedRecord&, const OwnedRecord&) = default;
  RecordView View() const { return {sequence, timestamp_ns, subject, headers, payload}; }
};

class RecordingHandler : public SnapshotHandler {
 public:
  Status OnStreamMeta(std::string_view meta_json) override {
    meta = meta_json;
    return {};
  }
  Status OnRecord(const RecordView& r) override {
    records.push_back({r.sequence, r.timestamp_ns, std::string(r.subject), std::string(r.headers),
                       std::string(r.payload)});
    return {};
  }
  Status OnDeleted(std::uint64_t first, std::uint64_t last) override {
    deleted.AddRange(first, last);
    return {};
  }
  Status OnConsumer(ConsumerBackup consumer) override {
    consumers.push_back(std::move(consumer));
    return {};
  }
  Status OnDamage(ArchiveDamage found) override {
    damage.push_back(std::move(found));
    return {};
  }

  // Records of first..last that are not said to be deleted.
  std::vector<OwnedRecord> Live(std::uint64_t first, std::uint64_t last) const {
    std::vector<OwnedRecord> live;
    for (const OwnedRecord& record : records) {
      if (record.sequence >= first && record.sequence <= last &&
          !deleted.Contains(record.sequence)) {
        live.push_back(record);
      }
    }
    return live;
  }

  std::string meta;
  std::vector<OwnedRecord> records;
  SequenceSet deleted;
  std::vector<ConsumerBackup> consumers;
  std::vector<ArchiveDamage> damage;
};

}  // namespace jetkeep
