#include "service/setup/opened_repository.h"

#include <optional>
#include <utility>

#include "jetkeep/clock.h"
#include "service/store/layers/retry_store.h"
#include "service/store/layers/throttle_store.h"
#include "service/store/posix/posix_store.h"

namespace jetkeep {
namespace {

constexpr std::size_t kBlockThreads = 2;
// Leases, locks and verdicts.
constexpr std::uint64_t kSmallBytes = 4096;

std::optional<int> LevelOf(const Compression& compression) {
  switch (compression.preset) {
    case Compression::Preset::kFastest:
      return kFastestLevel;
    case Compression::Preset::kDefault:
      return std::nullopt;
    case Compression::Preset::kBest:
      return kBestLevel;
    case Compression::Preset::kLevel:
      break;
  }
  return compression.level;
}

RepositoryOptions OptionsFrom(const Config& config, const AccountConfig& account) {
  RepositoryOptions options;
  options.account = account.name;
  options.writer.zstd_level = LevelOf(config.compression);
  options.writer.keep_pieces = config.compression.preset == Compression::Preset::kFastest;
  return options;
}

Status CheckHasPath(const StoreConfig& store) {
  if (!store.path.empty()) return {};
  return Fail(Errc::kConfigInvalid, "no repository is given",
              "Give a directory: --repository DIR, JETKEEP_REPOSITORY or repository.directory.");
}

// The throttle lies inside, so that what is tried again is counted again.
void AddLayers(const StoreConfig& config, std::vector<std::unique_ptr<Store>>& stores) {
  if (config.bytes_per_second != 0) {
    ThrottleOptions options;
    options.bytes_per_second = config.bytes_per_second;
    options.small = kSmallBytes;
    stores.push_back(std::make_unique<ThrottleStore>(*stores.back(), std::move(options)));
  }
  if (config.attempts > 1) {
    RetryOptions options;
    options.backoff.attempts = static_cast<int>(config.attempts);
    // All waits together stay below half of a lease's ten seconds: leases pass here, too.
    options.backoff.longest = std::chrono::milliseconds(1'000);
    stores.push_back(std::make_unique<RetryStore>(*stores.back(), std::move(options)));
  }
}

// The only kind of store so far is a directory.
Result<std::unique_ptr<OpenedRepository>> OpenStore(const StoreConfig& store, bool create) {
  JETKEEP_TRY(CheckHasPath(store));
  auto opened = std::make_unique<OpenedRepository>();
  JETKEEP_ASSIGN(opened->stores.emplace_back(), PosixStore::Open(store.path, create));
  AddLayers(store, opened->stores);
  opened->workers = std::make_unique<BlockWorkers>(kBlockThreads);
  return opened;
}

}  // namespace

Result<std::unique_ptr<OpenedRepository>> OpenForAccount(const Config& config,
                                                         const AccountConfig& account) {
  JETKEEP_ASSIGN(auto opened, OpenStore(config.StoreOf(account), true));
  JETKEEP_ASSIGN(opened->repository,
                 Repository::OpenOrCreate(opened->store(), *opened->workers,
                                          OptionsFrom(config, account), SystemClock().Now()));
  return opened;
}

Result<std::unique_ptr<OpenedRepository>> OpenForReading(const Config& config,
                                                         const std::string& account) {
  JETKEEP_ASSIGN(auto opened, OpenStore(config.StoreOf(config.account()), false));
  RepositoryOptions options;
  options.account = account;
  JETKEEP_ASSIGN(opened->repository,
                 Repository::OpenExisting(opened->store(), *opened->workers, options));
  return opened;
}

}  // namespace jetkeep
