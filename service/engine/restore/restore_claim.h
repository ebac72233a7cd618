// RestoreClaim: what proves that a restore owns the stream it makes: a token in the configuration
// that it sends, and a record in the repository with a lease. It begins before the server hears of
// the restore, and ends when the stream is released to its users or removed.
//
// Thread-safety: one thread at a time. Ownership: server and repository outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "jetkeep/jetstream.h"
#include "protocol/repository/manifest.h"
#include "service/engine/restore/fenced_jetstream.h"
#include "service/engine/restore/restore_cleanup.h"
#include "service/engine/restore/restore_plan.h"
#include "service/repository/repository.h"

namespace jetkeep {

// By what a restore of many streams owns them all: one record for all. The claim of each stream is
// part of it, and outlived by it.
class SharedClaim {
 public:
  virtual ~SharedClaim() = default;
  // kLeaseLost.
  virtual Status Check() = 0;
  // By which that stream is known.
  virtual const std::string& TokenOf(const std::string& stream) const = 0;
};

// The configuration with the token in it, for a server of that kind. An error: it has no room.
Result<std::string> WithTokenFor(const ServerIdentity& identity, const std::string& config_json,
                                 const std::string& token);

class RestoreClaim {
 public:
  // shared: null, or that of the restore of many streams that this one is part of; then nothing is
  // recorded here, and Release and Remove are the other's.
  RestoreClaim(JetStream& server, Repository& repository, SharedClaim* shared = nullptr)
      : server_(server,
                [this]() -> Status {
                  if (shared_ != nullptr) return shared_->Check();
                  return mark_ ? mark_->Check() : Status();
                }),
        repository_(repository),
        shared_(shared) {}
  RestoreClaim(const RestoreClaim&) = delete;
  RestoreClaim& operator=(const RestoreClaim&) = delete;

  // For all that the restore asks of the server: what changes something there fails with kLeaseLost
  // once another process has taken the record over.
  JetStream& server() { return server_; }

  // Makes the token and writes the record. Warnings: the record could not be written.
  // kStreamExists: another process on the repository restores the stream.
  Result<std::vector<std::string>> Begin(const Manifest& manifest, const RestorePlan& plan,
                                         std::int64_t now_ns);

  // What is sent, and how far the restore has come. Whoever sends keeps it up to date.
  RestoreInProgress& progress() { return progress_; }
  // After CleanUpAfter: something of this restore may still be on the server, to be removed later.
  bool removal_failed() const { return removal_failed_; }
  // From now on there may be something of this restore on the server.
  void MayHaveBegun() { may_have_begun_ = true; }

  // After a failure: removes what is this restore's. Returns the same error, and what was left and
  // why.
  Error CleanUpAfter(Error error);
  // The stream is whole: takes the token out and removes the record. Warnings: what the server
  // changed besides. After an error the record stays, and another start goes on.
  Result<std::vector<std::string>> Release();
  // Removes the stream in any case. After an error the record stays.
  Status Remove();

 private:
  void AddToken(const RestorePlan& plan);
  // False: the token could not be taken out.
  bool LetGo();
  void DiscardRecord();

  FencedJetStream server_;  // by the record's lease
  Repository& repository_;
  SharedClaim* const shared_;
  RestoreInProgress progress_;
  std::unique_ptr<RestoreMark> mark_;
  bool may_have_begun_ = false;
  bool removal_failed_ = false;
};

}  // namespace jetkeep
