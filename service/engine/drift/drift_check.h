// DriftCheck: compares configurations that were kept with the account as it is now. Changes
// nothing. Server and repository must outlive it. Thread-safety: one thread.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/drift.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/set.h"
#include "service/engine/drift/compare_stream.h"
#include "service/repository/repository.h"

namespace jetkeep {

class DriftCheck {
 public:
  DriftCheck(JetStream& server, Repository& repository, const CancelToken& cancel)
      : server_(server), repository_(repository), cancel_(cancel) {}

  // kBackupNotFound, kSetNotFound; kStreamNotFound: a pattern matches neither a stream that was
  // kept nor one of the account. What differs is no error.
  Result<DriftReport> Run(const DriftSpec& spec);

 private:
  Status OfBackup(const std::string& backup_id);
  Status OfSet(const std::string& set_id);
  Status OfConfigs(const std::vector<KeptConfig>& configs);
  Status Compare(const std::string& stream, const StreamConfigs& kept);
  // The account's streams, for what was not kept.
  Status ListAccount();
  void AddExtra(const SetSelection& scope);
  bool Wanted(const std::string& stream);
  void Unknown(const std::string& stream, std::string reason);
  void Add(Drift drift);

  JetStream& server_;
  Repository& repository_;
  const CancelToken cancel_;
  std::vector<std::string> patterns_;
  std::set<std::string> matched_;  // of the patterns
  std::set<std::string> kept_;     // streams, whether wanted or not
  bool alone_ = false;             // one backup is compared, and nothing else
  StreamListing listing_;
  std::optional<Error> first_error_;  // why a stream could not be looked at
  DriftReport report_;
  std::size_t bytes_ = 0;  // of the differences
};

}  // namespace jetkeep
