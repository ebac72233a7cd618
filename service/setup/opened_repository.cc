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

tl::unexpected<Error> FailWithHint(Error error, std::string_view hint) {
  if (error.hint.empty()) error.hint = hint;
  return Fail(std::move(error));
}

// The repository does not know where its store is.
tl::unexpected<Error> FailAt(const StoreConfig& store, Error error) {
  if (error.message.find(store.path + "/") == std::string::npos) {
    error = std::move(error).Within(store.path);
  }
  if (error.code != Errc::kRepositoryCorrupt) return Fail(std::move(error));
  return FailWithHint(
      std::move(error),
      "Put the file back from a copy of the repository, or name another directory.");
}

// The only kind of store so far is a directory.
Result<std::shared_ptr<OpenedStore>> OpenStore(const StoreConfig& store, bool create) {
  JETKEEP_TRY(CheckHasPath(store));
  auto opened = std::make_shared<OpenedStore>();
  auto posix = PosixStore::Open(store.path, create);
  if (!posix) {
    return FailWithHint(std::move(posix).error(),
                        "Name a directory that this user may make and write, or mount a volume.");
  }
  opened->layers.push_back(*std::move(posix));
  AddLayers(store, opened->layers);
  opened->workers = std::make_unique<BlockWorkers>(kBlockThreads);
  return opened;
}

}  // namespace

Result<std::unique_ptr<OpenedRepository>> OpenForAccount(const Config& config,
                                                         const AccountConfig& account,
                                                         std::shared_ptr<OpenedStore> place) {
  auto opened = std::make_unique<OpenedRepository>();
  opened->place = std::move(place);
  if (!opened->place) {
    JETKEEP_ASSIGN(opened->place, OpenStore(config.StoreOf(account), true));
  }
  auto repository = Repository::OpenOrCreate(opened->store(), *opened->place->workers,
                                             OptionsFrom(config, account), SystemClock().Now());
  if (!repository) return FailAt(config.StoreOf(account), std::move(repository).error());
  opened->repository = *std::move(repository);
  return opened;
}

Result<std::unique_ptr<OpenedRepository>> OpenForReading(const Config& config,
                                                         const std::string& account) {
  auto opened = std::make_unique<OpenedRepository>();
  JETKEEP_ASSIGN(opened->place, OpenStore(config.StoreOf(config.account()), false));
  RepositoryOptions options;
  options.account = account;
  auto repository = Repository::OpenExisting(opened->store(), *opened->place->workers, options);
  if (!repository) {
    return FailAt(config.StoreOf(config.account()), std::move(repository).error());
  }
  opened->repository = *std::move(repository);
  return opened;
}

}  // namespace jetkeep
