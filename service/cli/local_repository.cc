#include "service/cli/local_repository.h"

#include <memory>

#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "protocol/control/set_document.h"
#include "service/engine/describe.h"
#include "service/engine/engine_options.h"
#include "service/engine/sets/set_choice.h"
#include "service/engine/verify/verify_job.h"
#include "service/setup/opened_repository.h"

namespace jetkeep {

Result<Document> ListFromRepository(const Config& config, const std::string& stream) {
  JETKEEP_ASSIGN(const auto opened, OpenForReading(config));
  JETKEEP_ASSIGN(const BackupListing listing, opened->repository->List(stream));
  const std::uint64_t total = listing.backups.size();
  Document list =
      ListAnswer(listing.backups, total, 0, total, listing.warnings, listing.incomplete);
  list.erase("offset");
  list.erase("limit");
  return list;
}

Result<Document> ShowFromRepository(const Config& config, const std::string& backup) {
  JETKEEP_ASSIGN(const auto opened, OpenForReading(config));
  JETKEEP_ASSIGN(const BackupDetails details, ShowBackup(*opened->repository, backup));
  return ToDocument(details);
}

Result<Document> SetsFromRepository(const Config& config) {
  JETKEEP_ASSIGN(const auto opened, OpenForReading(config));
  JETKEEP_ASSIGN(const SetListing listing, opened->repository->ListSets());
  const std::uint64_t total = listing.sets.size();
  Document list = SetsAnswer(listing.sets, total, 0, total, listing.warnings);
  list.erase("offset");
  list.erase("limit");
  return list;
}

Result<Document> SetFromRepository(const Config& config, const std::string& set) {
  JETKEEP_ASSIGN(const auto opened, OpenForReading(config));
  JETKEEP_ASSIGN(const SetDetails details, ChooseSet(*opened->repository, set));
  return ToDocument(details, 0, details.members.size());
}

Result<VerifyReport> VerifyRepository(const Config& config, const VerifySpec& spec,
                                      JobObserver& observer, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const auto opened, OpenForReading(config));
  const EngineOptions options;
  return VerifyJob({nullptr, *opened->repository, options, observer, cancel}).Run(spec);
}

}  // namespace jetkeep
