#include "service/engine/restore/restore_claim.h"

#include <utility>

#include "protocol/js_api/server_version.h"
#include "protocol/js_config/restore_token.h"
#include "protocol/repository/backup_id.h"
#include "service/engine/restore/token_removal.h"
#include "service/telemetry/log.h"
#include "service/work/ids.h"

namespace jetkeep {

Result<std::string> WithTokenFor(const ServerIdentity& identity, const std::string& config_json,
                                 const std::string& token) {
  // Only clusters keep a name without a stream, so only there it has to be told apart.
  const bool alone = !identity.version.empty() && identity.cluster.empty();
  TokenPlaces places{KeepsMetadata(identity.version), !alone};
  auto marked = WithRestoreToken(config_json, token, places);
  if (AddsToMetadata(identity.version) && !MetadataAllowsUpdates(config_json)) {
    // The token could not be taken out again.
    marked = Fail(Errc::kInvalidRequest,
                  "with so much metadata the server takes no update of the stream, so there is no "
                  "token in it");
  } else if (!marked && places.metadata) {
    places.metadata = false;
    marked = WithRestoreToken(config_json, token, places);
  }
  return marked;
}

void RestoreClaim::AddToken(const RestorePlan& plan) {
  const std::string token = shared_ != nullptr ? shared_->TokenOf(plan.target.stream)
                                               : MakeRestoreToken(RandomBits(), RandomBits());
  auto marked = WithTokenFor(plan.server, plan.target.config_json, token);
  if (marked) {
    progress_.config_json = std::move(*marked);
    progress_.token = token;
  } else {
    log::Warn("a failed restore could not be cleaned up",
              {{"stream", plan.target.stream}, {"error", marked.error().message}});
  }
}

Result<std::vector<std::string>> RestoreClaim::Begin(const Manifest& manifest,
                                                     const RestorePlan& plan, std::int64_t now_ns) {
  progress_ = {};
  progress_.stream = plan.target.stream;
  progress_.config_json = plan.target.config_json;
  progress_.state = plan.expected;
  progress_.scratch = plan.target.scratch;
  for (const auto* consumers : {&plan.consumers.archived, &plan.consumers.created}) {
    for (const ConsumerBackup& consumer : *consumers) progress_.consumers.push_back(consumer.name);
  }
  AddToken(plan);
  if (shared_ != nullptr) return std::vector<std::string>();

  RestoreRecord record;
  static_cast<SentStream&>(record) = progress_;
  record.id = NewBackupId(now_ns, RandomBits());
  record.backup_id = manifest.id;
  record.account = plan.target.account.empty() ? repository_.account() : plan.target.account;
  record.server_name = plan.server.name;
  record.cluster = plan.server.cluster;
  record.stream_created = manifest.stream_created;
  record.started_ns = now_ns;
  auto mark = repository_.MarkRestore(record);
  if (mark) {
    mark_ = std::move(*mark);
    return std::vector<std::string>();
  }
  if (mark.error().code == Errc::kStreamExists) return Fail(std::move(mark).error());
  // A repository that is full, or can only be read, is no reason to leave a stream lost.
  return std::vector<std::string>{
      "could not record this restore (" + mark.error().message +
      "): if jetkeep had been killed before its end, it would have left a partial stream to "
      "delete by hand"};
}

Error RestoreClaim::CleanUpAfter(Error error) {
  // Another process goes on in this one's place: its record, its clean-up.
  if (error.code == Errc::kLeaseLost) return error;
  if (may_have_begun_) {
    const auto remains = RemoveRemains(server_, progress_, CancelToken());
    if (!remains && remains.error().code == Errc::kLeaseLost) return remains.error();
    if (!remains) {
      removal_failed_ = true;
      error.message += " (and " + remains.error().message + ")";
      if (error.hint.empty()) error.hint = remains.error().hint;
      return error;  // the record stays for another try
    }
    if (*remains != Remains::kGone && error.code != Errc::kStreamExists) {
      const Error left = LeftAlone(*remains, progress_.stream);
      error.message += " (and " + left.message + ")";
      error.hint = left.hint;
    }
    // Otherwise the record stays: whoever cleans up later takes the token out.
    if (*remains == Remains::kInUse && !LetGo()) {
      removal_failed_ = true;
      return error;
    }
  }
  DiscardRecord();
  return error;
}

// The stream is in use: it stays, without the token.
bool RestoreClaim::LetGo() {
  const auto out = TakeOutToken(server_, progress_.stream, progress_.token, CancelToken());
  if (!out) {
    log::Warn("could not remove a restore's token from the stream",
              {{"stream", progress_.stream}, {"error", out.error().message}});
  }
  return out || out.error().code == Errc::kStreamNotFound;
}

void RestoreClaim::DiscardRecord() {
  if (!mark_) return;
  if (const Status removed = mark_->Remove(); !removed) {
    log::Warn("cannot remove the record of a restore",
              {{"restore", mark_->record().id}, {"error", removed.error().message}});
  }
}

Result<std::vector<std::string>> RestoreClaim::Release() {
  std::vector<std::string> warnings;
  if (!progress_.token.empty()) {
    auto changed = TakeOutToken(server_, progress_.stream, progress_.token, CancelToken());
    if (!changed) {
      Error error = std::move(changed).error();
      error.message += "; the stream is whole and was left there";
      return Fail(std::move(error));
    }
    warnings.assign(changed->begin(), changed->end());
  }
  DiscardRecord();
  return warnings;
}

Status RestoreClaim::Remove() {
  JETKEEP_ASSIGN(const Remains remains, RemoveRemains(server_, progress_, CancelToken()));
  if (mark_) JETKEEP_TRY(mark_->Remove());
  if (remains == Remains::kGone) return {};
  return Fail(LeftAlone(remains, progress_.stream));
}

}  // namespace jetkeep
