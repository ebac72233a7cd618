#include "service/cli/local_repository.h"

#include <memory>
#include <utility>
#include <vector>

#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "service/engine/engine.h"
#include "service/repository/repository.h"
#include "service/store/posix_filesystem.h"

namespace jetkeep {
namespace {

// The server of an engine that has none.
class NoServer : public JetStream {
 public:
  Result<ServerIdentity> Server() override { return Nowhere(); }
  Result<AccountInfo> Account() override { return Nowhere(); }
  Result<std::vector<std::string>> StreamNames() override { return Nowhere(); }
  Result<std::vector<std::string>> StreamsOn(const std::string&) override { return Nowhere(); }
  Result<StreamInfo> GetStream(const std::string&, bool) override { return Nowhere(); }
  Result<StreamInfo> UpdateStream(const std::string&, const std::string&) override {
    return Nowhere();
  }
  Result<std::optional<StoredMessage>> NextMessage(const std::string&, std::uint64_t) override {
    return Nowhere();
  }
  Result<std::unique_ptr<StreamReader>> ReadStream(const std::string&, std::uint64_t,
                                                   const CancelToken&) override {
    return Nowhere();
  }
  Result<std::vector<ConsumerInfo>> Consumers(const std::string&) override { return Nowhere(); }
  Result<ConsumerInfo> CreateConsumer(const std::string&, const std::string&,
                                      const std::string&) override {
    return Nowhere();
  }
  Status DeleteConsumer(const std::string&, const std::string&) override { return Nowhere(); }
  Status Snapshot(const std::string&, const SnapshotOptions&, const CancelToken&,
                  SnapshotSink&) override {
    return Nowhere();
  }
  Result<std::unique_ptr<RestoreSession>> BeginRestore(const std::string&, const std::string&,
                                                       const StreamState&, const RestoreOptions&,
                                                       const CancelToken&) override {
    return Nowhere();
  }
  Status DeleteStream(const std::string&) override { return Nowhere(); }

 private:
  static tl::unexpected<Error> Nowhere() {
    return Fail(Errc::kNotConnected, "a repository that is read directly has no server");
  }
};

// Everything an engine over a directory needs, in the order in which it must be taken down.
struct LocalEngine {
  std::unique_ptr<PosixFileSystem> files;
  std::unique_ptr<BlockWorkers> workers;
  std::unique_ptr<Repository> repository;
  NoServer server;
  std::unique_ptr<Engine> engine;
};

Result<std::unique_ptr<LocalEngine>> OpenLocal(const Config& config) {
  auto local = std::make_unique<LocalEngine>();
  JETKEEP_ASSIGN(local->files, PosixFileSystem::Open(config.repository, false));
  local->workers = std::make_unique<BlockWorkers>(2);
  RepositoryOptions options;
  options.account.clear();  // all of them
  JETKEEP_ASSIGN(local->repository,
                 Repository::OpenExisting(*local->files, *local->workers, options));
  local->engine = MakeEngine(local->server, *local->repository, EngineOptions{});
  return local;
}

}  // namespace

Result<Document> ListFromRepository(const Config& config, const std::string& stream) {
  JETKEEP_ASSIGN(const std::unique_ptr<LocalEngine> local, OpenLocal(config));
  JETKEEP_ASSIGN(const BackupListing listing, local->engine->List(stream));
  const std::uint64_t total = listing.backups.size();
  Document list =
      ListAnswer(listing.backups, total, 0, total, listing.warnings, listing.incomplete);
  list.erase("offset");
  list.erase("limit");
  return list;
}

Result<Document> ShowFromRepository(const Config& config, const std::string& backup) {
  JETKEEP_ASSIGN(const std::unique_ptr<LocalEngine> local, OpenLocal(config));
  JETKEEP_ASSIGN(const BackupDetails details, local->engine->Show(backup));
  return ToDocument(details);
}

Result<VerifyReport> VerifyRepository(const Config& config, const VerifySpec& spec,
                                      JobObserver& observer, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const std::unique_ptr<LocalEngine> local, OpenLocal(config));
  return local->engine->Verify(spec, observer, cancel);
}

}  // namespace jetkeep
