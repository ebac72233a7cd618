// SalvageStream: a backup of what one stream's files still hold, in one directory or in those of
// several replicas.
//
// What is live is what the server itself would find on its start: every record that is right, less
// what the files call deleted, less what the stream's own limits remove (max_msgs_per_subject,
// rollups, max_msgs, max_bytes; servers write no tombstone for these). Messages that are too old
// are kept: a restore lets them expire.
//
// Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/backup.h"
#include "jetkeep/cancel.h"
#include "jetkeep/clock.h"
#include "jetkeep/error.h"
#include "service/engine/salvage/replica_merge.h"
#include "service/engine/salvage/salvage_types.h"
#include "service/engine/transfer/source_folder.h"
#include "service/repository/repository.h"

namespace jetkeep {

struct StreamDirectory {
  std::string shown;  // as the report names it
  std::string path;   // of the stream's folder
  SourceFolder folder;
};

struct StreamToSalvage {
  std::string account;  // of the folder
  std::string stream;
  std::vector<StreamDirectory> directories;
  std::string config_json;  // of the user; empty: none was given
};

struct SalvagedStream {
  std::string account;
  std::string stream;
  std::vector<std::string> directories;
  std::optional<Error> error;  // no backup was made
  std::optional<BackupSummary> backup;
  std::vector<BackupSummary> variants;  // backups of the further variants

  SequenceSet lost;      // not readable, and nothing says that they were deleted
  SequenceSet unknown;   // whether they were deleted or are lost, nothing tells
  SequenceSet disputed;  // live, with different messages in different directories
  std::vector<Dispute> disputes;
  SequenceSet deleted_in_some;    // deleted in one directory, a message in another
  SequenceSet compacted_in_some;  // live, and another directory has a gap in its place
  std::uint64_t over_limits = 0;  // left out, as the stream's own limits would
  std::vector<SalvageDamage> damage;
  std::uint64_t damage_count = 0;
  bool end_is_damaged = false;
  // The files hold nothing, and not even that is sure.
  bool may_have_been_emptied = false;
  // The configuration fails its checksum, or has none.
  bool config_in_doubt = false;
  // One of the directories has no damage in its blocks, and reaches as far as any.
  bool has_sound_directory = false;
  std::vector<std::string> consumers;
  std::vector<ConsumerNotRead> consumers_not_read;
  std::vector<std::string> warnings;

  void AddDamage(std::string where, std::string what) {
    ++damage_count;
    if (damage.size() < kMostDamageKept) damage.push_back({std::move(where), std::move(what)});
  }
  // Every message that the stream held is there; which of several is right may be in doubt.
  bool messages_whole() const {
    return lost.empty() && unknown.empty() && !may_have_been_emptied &&
           (damage_count == 0 || has_sound_directory);
  }
  // Nothing was lost, and nothing is in doubt.
  bool whole() const {
    return !error && messages_whole() && disputed.empty() && compacted_in_some.empty() &&
           !config_in_doubt && consumers_not_read.empty();
  }
};

struct SalvageContext {
  Repository& repository;
  const WallClock& clock;
  const CancelToken& cancel;
  const StoreSecrets& secrets;
};

SalvagedStream SalvageStream(const StreamToSalvage& stream, const SalvageContext& context);

}  // namespace jetkeep
