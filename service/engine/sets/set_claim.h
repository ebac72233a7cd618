// SetClaim: by what a restore of many streams owns those that it makes: a token for each, and one
// record in the repository, with a lease, that names them all. While the record says "together",
// a restore that died is undone by whoever finds the record; Commit writes one that says that what
// is whole stays.
//
// Thread-safety: Check and TokenOf may be called from any thread, the rest from one at a time while
// nobody calls those. Ownership: the repository outlives it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "jetkeep/stream.h"
#include "protocol/repository/restore_record.h"
#include "service/engine/restore/restore_claim.h"
#include "service/repository/repository.h"

namespace jetkeep {

class SetClaim : public SharedClaim {
 public:
  // account: the label of the one that gets the streams; empty: that of the repository.
  explicit SetClaim(Repository& repository, std::string account = {})
      : repository_(repository), account_(std::move(account)) {}

  // Gives each member its token, and writes the record. together: what is whole goes, too, if the
  // restore dies. An error: nothing was written, so nothing may be sent.
  Status Begin(const std::string& set, std::vector<SentMember> members,
               const ServerIdentity& identity, bool together, std::int64_t now_ns);
  // From now on what is whole stays. After an error nobody knows; then nothing is to be undone or
  // released any more, and whoever finds the records decides.
  Status Commit(std::int64_t now_ns);
  // Everything is released, or removed: the record goes.
  void End();

  Status Check() override { return mark_->Check(); }
  const std::string& TokenOf(const std::string& stream) const override;

 private:
  Repository& repository_;
  const std::string account_;
  std::map<std::string, std::string, std::less<>> tokens_;
  std::unique_ptr<RestoreMark> mark_;
};

}  // namespace jetkeep
