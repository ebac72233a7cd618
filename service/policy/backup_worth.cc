#include "service/policy/backup_worth.h"

namespace jetkeep {

Worth WorthOf(const BackupSummary& backup, bool verification_unknown) {
  if (verification_unknown) return Worth::kUnknown;
  if (backup.condition == BackupCondition::kDamaged) return Worth::kBad;
  if (backup.verified && !backup.verified->ok) return Worth::kBad;
  if (backup.condition == BackupCondition::kConfigOnly) return Worth::kGood;
  return backup.exact_cut ? Worth::kGood : Worth::kUnproved;
}

}  // namespace jetkeep
