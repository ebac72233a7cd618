#include "service/engine/lineage.h"

#include <optional>
#include <utility>
#include <vector>

namespace jetkeep {
namespace {

// The part of an id that tells the second in which its backup began.
constexpr std::size_t kTimeOfId = 16;

// The newest by the names alone, so that the cost does not grow with the number of backups. Where
// several began in one second, the one that ended last.
Result<std::optional<Manifest>> NewestManifest(Repository& repository, const std::string& stream) {
  JETKEEP_ASSIGN(const std::vector<std::string> ids, repository.Ids(stream));
  std::optional<Manifest> newest;
  for (auto id = ids.rbegin(); id != ids.rend(); ++id) {
    if (id->compare(0, kTimeOfId, ids.back(), 0, kTimeOfId) != 0) break;
    Result<Manifest> manifest = repository.Load(*id, stream);
    if (!manifest) return std::optional<Manifest>();
    if (!newest || newest->completed_ns < manifest->completed_ns) newest = std::move(*manifest);
  }
  return newest;
}

}  // namespace

Result<std::string> LineageOf(Repository& repository, const std::string& stream,
                              const StreamInfo& live) {
  // A manifest that cannot be read any more says nothing about the stream; a new lineage is always
  // right.
  JETKEEP_ASSIGN(const std::optional<Manifest> newest, NewestManifest(repository, stream));
  if (!newest) return std::string();
  const bool same_life = newest->stream_created == live.created &&
                         newest->state.last_sequence <= live.state.last_sequence;
  return same_life ? newest->lineage : std::string();
}

}  // namespace jetkeep
