#include "service/cli/local_repository.h"

#include <memory>

#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "service/engine/describe.h"
#include "service/engine/engine_options.h"
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

Result<VerifyReport> VerifyRepository(const Config& config, const VerifySpec& spec,
                                      JobObserver& observer, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const auto opened, OpenForReading(config));
  const EngineOptions options;
  return VerifyJob({nullptr, *opened->repository, options, observer, cancel}).Run(spec);
}

}  // namespace jetkeep
