// What Jetkeep reports of a backup: in `backup.list`, `backup.show`, events and on the command
// line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/stream_state.h"

namespace jetkeep {

enum class BackupCondition : std::uint8_t {
  kComplete,  // every message and consumer of the cut is inside
  kDamaged,   // the stream itself was damaged; what could be read is inside, the rest is listed
  // Configurations of the stream and of its consumers, no messages: never taken for a backup of the
  // stream, only where it is named by its id.
  kConfigOnly,
};

// "complete", …: as answers and events name it.
constexpr std::string_view NameOf(BackupCondition condition) {
  switch (condition) {
    case BackupCondition::kComplete:
      return "complete";
    case BackupCondition::kDamaged:
      return "damaged";
    case BackupCondition::kConfigOnly:
      break;
  }
  return "config_only";
}

// The outcome of a `verify` of a backup.
struct Verification {
  std::int64_t time_ns = 0;
  bool ok = false;
  bool drill = false;  // restored into a scratch stream and compared, not only read
  // The time of the newest outcome that was there when this verify began; 0: none.
  std::int64_t seen_ns = 0;
};

struct BackupSummary {
  std::string id;
  std::string account;
  std::string stream;
  std::string lineage;
  std::string kind = "full";
  BackupCondition condition = BackupCondition::kComplete;
  bool exact_cut = false;         // false: made before exact cuts (format version 1)
  std::int64_t cut_time_ns = 0;   // when the server answered with the cut; 0: unknown
  std::int64_t started_ns = 0;    // Unix epoch, UTC
  std::int64_t completed_ns = 0;  // when the manifest was written
  std::uint64_t messages = 0;     // live messages
  std::uint64_t bytes = 0;        // as the server counts them
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t num_deleted = 0;
  std::uint64_t raw_bytes = 0;     // of the segments, before compression
  std::uint64_t stored_bytes = 0;  // of all files of the backup
  std::uint64_t consumers = 0;
  std::uint64_t lost_messages = 0;  // kDamaged: sequences that could not be read
  std::string server_version;
  std::string server_name;
  std::optional<Verification> verified;  // the outcome that counts; none: no readable one
  bool pinned = false;                   // it cannot be deleted
};

struct BackupListing {
  bool incomplete = false;             // something could not be read that may hold more backups
  std::vector<BackupSummary> backups;  // newest first
  std::vector<std::string> warnings;   // manifests and results that cannot be read
};

struct ConsumerSummary {
  std::string name;
  ConsumerOrigin origin = ConsumerOrigin::kArchive;
  SequencePair delivered;
  SequencePair ack_floor;
  std::uint64_t pending = 0;
  std::string config_json;
};

struct SegmentSummary {
  std::string name;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t records = 0;
  std::uint64_t raw_bytes = 0;
  std::uint64_t stored_bytes = 0;
  std::string digest;  // lower-case hex
};

struct SequenceRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // inclusive
};

struct BackupDetails {
  BackupSummary summary;
  std::string config_json;
  std::string stream_created;  // RFC 3339
  StreamState state;
  std::vector<ConsumerSummary> consumers;
  std::vector<SegmentSummary> segments;
  std::vector<SequenceRange> lost;  // the first of them, if there are many
  std::vector<std::string>
      warnings;  // what a person should know: rebuilt consumers, evictions during the copy, …
};

}  // namespace jetkeep
