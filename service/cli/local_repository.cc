#include "service/cli/local_repository.h"

#include <memory>
#include <utility>
#include <vector>

#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "service/engine/describe.h"
#include "service/engine/verify/verify_job.h"
#include "service/repository/repository.h"
#include "service/store/posix/posix_store.h"

namespace jetkeep {
namespace {

// What reading a repository directory needs, in the order in which it must be destroyed.
struct LocalRepository {
  std::unique_ptr<PosixStore> store;
  std::unique_ptr<BlockWorkers> workers;
  std::unique_ptr<Repository> repository;
};

Result<std::unique_ptr<LocalRepository>> OpenLocal(const Config& config) {
  auto local = std::make_unique<LocalRepository>();
  JETKEEP_ASSIGN(local->store, PosixStore::Open(config.repository, false));
  local->workers = std::make_unique<BlockWorkers>(2);
  RepositoryOptions options;
  options.account.clear();  // all of them
  JETKEEP_ASSIGN(local->repository,
                 Repository::OpenExisting(*local->store, *local->workers, options));
  return local;
}

}  // namespace

Result<Document> ListFromRepository(const Config& config, const std::string& stream) {
  JETKEEP_ASSIGN(const std::unique_ptr<LocalRepository> local, OpenLocal(config));
  JETKEEP_ASSIGN(const BackupListing listing, local->repository->List(stream));
  const std::uint64_t total = listing.backups.size();
  Document list =
      ListAnswer(listing.backups, total, 0, total, listing.warnings, listing.incomplete);
  list.erase("offset");
  list.erase("limit");
  return list;
}

Result<Document> ShowFromRepository(const Config& config, const std::string& backup) {
  JETKEEP_ASSIGN(const std::unique_ptr<LocalRepository> local, OpenLocal(config));
  JETKEEP_ASSIGN(const BackupDetails details, ShowBackup(*local->repository, backup));
  return ToDocument(details);
}

Result<VerifyReport> VerifyRepository(const Config& config, const VerifySpec& spec,
                                      JobObserver& observer, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const std::unique_ptr<LocalRepository> local, OpenLocal(config));
  const EngineOptions options;
  VerifyJob job(nullptr, *local->repository, options, observer, cancel);
  return job.Run(spec);
}

}  // namespace jetkeep
