#include "service/engine/backup/same_life.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "protocol/repository/live_sequences.h"
#include "protocol/repository/manifest.h"

namespace jetkeep {
namespace {

// How many are asked for at once: nearly always the first is there.
constexpr std::size_t kTurns[] = {1, 8, 64};

}  // namespace

Result<LifeProof> CompareWithStream(StreamReader& reader, BackupWriter& writer,
                                    const StreamState& cut, const SequenceSet& deleted,
                                    std::uint64_t up_to) {
  Manifest manifest;
  manifest.state = cut;
  manifest.deleted = deleted;
  std::uint64_t below = std::min(up_to, cut.last_sequence) + 1;
  bool first_turn = true;
  for (const std::size_t turn : kTurns) {
    std::vector<std::uint64_t> sequences;
    while (sequences.size() < turn && below > 1) {
      below = HighestLive(manifest, below - 1);
      if (below == 0) break;
      sequences.push_back(below);
    }
    if (sequences.empty()) return first_turn ? LifeProof::kSame : LifeProof::kUnknown;
    first_turn = false;
    std::optional<Anchor> there;
    const auto next = [&]() -> std::uint64_t {
      if (sequences.empty()) return 0;
      const std::uint64_t sequence = sequences.back();
      sequences.pop_back();
      return sequence;
    };
    JETKEEP_TRY(reader.Read(next, [&](std::uint64_t sequence, StoredMessage* message) -> Status {
      if (message == nullptr) return {};
      there = Anchor{sequence, message->timestamp_ns,
                     AnchorDigest(message->subject, message->headers, message->payload)};
      return {};
    }));
    if (!there) continue;
    JETKEEP_ASSIGN(const Anchor captured, writer.AnchorAt(manifest, there->sequence));
    const bool same =
        captured.timestamp_ns == there->timestamp_ns && captured.digest == there->digest;
    return same ? LifeProof::kSame : LifeProof::kOther;
  }
  return LifeProof::kUnknown;
}

}  // namespace jetkeep
