#include "service/engine/lineage.h"

namespace jetkeep {

Result<std::string> LineageOf(Repository& repository, const std::string& stream,
                              const StreamInfo& live) {
  JETKEEP_ASSIGN(const BackupListing listing, repository.List(stream));
  if (listing.backups.empty()) return std::string();
  const BackupSummary& newest = listing.backups.front();
  const Result<Manifest> manifest = repository.Load(newest.id);
  // A manifest that cannot be read any more says nothing about the stream; a new lineage is always
  // right.
  if (!manifest) return std::string();
  const bool same_life = manifest->stream_created == live.created &&
                         manifest->state.last_sequence <= live.state.last_sequence;
  return same_life ? newest.lineage : std::string();
}

}  // namespace jetkeep
