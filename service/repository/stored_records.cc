#include "service/repository/stored_records.h"

#include <string>

namespace jetkeep {

Result<const RecordView*> StoredRecords::Next() {
  while (true) {
    if (!in_block_) {
      if (!blocks_.Next(block_)) return nullptr;
      if (!block_.status) return Fail(block_.status.error());
      records_ = BlockRecords(block_.raw.view(), block_.info);
      in_block_ = true;
    }
    JETKEEP_ASSIGN(in_block_, records_.Next(record_));
    if (!in_block_) continue;
    if (record_.sequence <= before_) {
      return Fail(Errc::kRepositoryCorrupt,
                  "sequence " + std::to_string(record_.sequence) + " is in the backup twice");
    }
    before_ = record_.sequence;
    return &record_;
  }
}

}  // namespace jetkeep
