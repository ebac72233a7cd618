// What the backups of each stream come to, and which streams were tried in vain.
// Thread-safety: one thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "jetkeep/backup.h"
#include "service/repository/look.h"

namespace jetkeep {

// As the label `condition` shows them.
inline constexpr std::array<std::string_view, 5> kShownConditions = {"good", "bad", "config_only",
                                                                     "unproved", "unknown"};

struct StreamFigures {
  std::int64_t last_success_ns = 0;  // of the data; 0: there is no good backup of a known time
  std::int64_t last_verified_ns = 0;
  std::int64_t last_drilled_ns = 0;
  // Of the newest good backup.
  double duration_seconds = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t newest_stored_bytes = 0;
  // Of all.
  std::uint64_t stored_bytes = 0;
  std::array<std::uint64_t, kShownConditions.size()> backups{};
};

// Takes backups one by one, in any order, and keeps a few numbers of each lineage. A backup is good
// as retention says (policy/backup_worth.h), and the newest is the one that backups themselves
// prove to be (protocol/repository/backup_order.h).
class FiguresFold {
 public:
  void Add(const BackupSummary& backup, bool verification_unknown);
  // After all backups; in any order. A stream without a backup is there if the newest attempt at it
  // failed, unless that was for want of the stream.
  void AddAttempt(const Attempt& attempt);
  // By stream.
  std::map<std::string, StreamFigures> Take();

 private:
  struct Lineage {
    std::string newest_id;              // of all its backups
    std::optional<BackupSummary> best;  // the newest good one of a known time
  };
  struct Stream {
    StreamFigures figures;
    std::map<std::string, Lineage> lineages;
  };
  struct Tried {
    std::int64_t time_ns = 0;
    bool in_vain = false;
  };

  std::map<std::string, Stream> streams_;
  std::map<std::string, Tried> tried_;  // of streams without backups
};

}  // namespace jetkeep
