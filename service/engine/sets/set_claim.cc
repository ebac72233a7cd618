#include "service/engine/sets/set_claim.h"

#include <utility>

#include "protocol/js_config/restore_token.h"
#include "protocol/json/raw_json.h"
#include "protocol/repository/backup_id.h"
#include "service/telemetry/log.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

// All that a clean-up reads of a configuration is whether it has the token's subject.
std::string ConfigForCleanUp(const std::string& config_json, const std::string& token) {
  if (!HasRestoreSubject(config_json, token)) return "{}";
  return "{\"subjects\":" + QuoteJsonStrings({RestoreSubject(token)}) + "}";
}

}  // namespace

Status SetClaim::Begin(const std::string& set, std::vector<SentMember> members,
                       const ServerIdentity& identity, bool together, std::int64_t now_ns) {
  RestoreRecord record;
  record.id = NewBackupId(now_ns, RandomBits());
  record.account = account_.empty() ? repository_.account() : account_;
  record.server_name = identity.name;
  record.cluster = identity.cluster;
  record.started_ns = now_ns;
  record.set = set;
  record.together = together;
  record.members = std::move(members);
  for (SentMember& member : record.members) {
    member.token = MakeRestoreToken(RandomBits(), RandomBits());
    member.together = together;
    JETKEEP_ASSIGN(const std::string marked,
                   WithTokenFor(identity, member.config_json, member.token));
    member.config_json = ConfigForCleanUp(marked, member.token);
    tokens_[member.stream] = member.token;
  }
  auto mark = repository_.MarkRestore(record);
  if (!mark) return Fail(std::move(mark).error().Within("could not record this restore"));
  mark_ = std::move(*mark);
  return {};
}

Status SetClaim::Commit(std::int64_t now_ns) {
  if (!mark_->record().together) return {};
  RestoreRecord record = mark_->record();
  record.id = NewBackupId(now_ns, RandomBits());
  record.together = false;
  record.replaces = mark_->record().id;
  for (SentMember& member : record.members) member.together = false;
  JETKEEP_TRY(mark_->Check());
  JETKEEP_ASSIGN(auto committed, repository_.MarkRestore(record));
  // Until the first is gone for good both are there, and the first one counts: its clean-up removes
  // the streams, and that of the second, which waits for it, finds none.
  JETKEEP_TRY(mark_->RemoveDurably());
  mark_ = std::move(committed);
  return {};
}

void SetClaim::End() {
  if (const Status removed = mark_->Remove(); !removed) {
    log::Warn("cannot remove the record of a restore",
              {{"restore", mark_->record().id}, {"error", removed.error().message}});
  }
}

const std::string& SetClaim::TokenOf(const std::string& stream) const {
  static const std::string none;
  const auto found = tokens_.find(stream);
  return found == tokens_.end() ? none : found->second;
}

}  // namespace jetkeep
