#include "service/repository/lease.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <utility>

#include "protocol/repository/layout.h"

namespace jetkeep {
namespace {

constexpr int kRenewalsInTtl = 4;

struct Files {
  LeaseSight sight;
  std::vector<LeaseFileParts> all;
};

Result<Files> ListLease(FileSystem& files, const std::string& key) {
  Files found;
  JETKEEP_ASSIGN(const auto entries, files.List("", false));
  for (const DirectoryEntry& entry : entries) {
    auto parts = ParseLeaseFile(entry.name);
    if (parts && parts->key == key) found.all.push_back(std::move(*parts));
  }
  LeaseSight& sight = found.sight;
  for (const LeaseFileParts& file : found.all) {
    if (file.kind == LeaseFileKind::kClaim)
      sight.generation = std::max(sight.generation, file.generation);
  }
  for (const LeaseFileParts& file : found.all) {
    if (file.generation != sight.generation) continue;
    if (file.kind == LeaseFileKind::kBeat) sight.beat = std::max(sight.beat, file.beat);
    if (file.kind == LeaseFileKind::kReleased) sight.released = true;
  }
  return found;
}

Status CreateEmpty(FileSystem& files, const std::string& path) {
  JETKEEP_ASSIGN(const auto file, files.Create(path));
  return file->Close();
}

// False: somebody else has just made it.
Result<bool> CreateClaim(FileSystem& files, const std::string& path) {
  auto file = files.Create(path);
  if (!file) {
    const auto exists = files.Exists(path);
    if (exists && *exists) return false;
    return Fail(std::move(file).error());
  }
  // Who it is, for whoever looks; nobody decides by it.
  const auto write = [&]() -> Status {
    JETKEEP_TRY((*file)->Append(LeaseHolder() + "\n"));
    JETKEEP_TRY((*file)->Sync());
    JETKEEP_TRY((*file)->Close());
    // A generation that was used must not come again after a stop of the machine.
    return files.SyncDirectory("");
  };
  if (Status written = write(); !written) {
    static_cast<void>(files.Remove(path));
    return Fail(std::move(written).error());
  }
  return true;
}

Status RemoveFiles(FileSystem& files, const std::vector<LeaseFileParts>& parts,
                   std::uint64_t below_generation) {
  for (const LeaseFileParts& file : parts) {
    if (file.generation < below_generation) JETKEEP_TRY(files.Remove(LeasePath(file)));
  }
  return {};
}

}  // namespace

const std::string& LeaseHolder() {
  static const std::string holder = [] {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
    std::random_device random;
    return std::string(host.data()) + ":" + std::to_string(::getpid()) + ":" +
           std::to_string(random());
  }();
  return holder;
}

Lease::Lease(FileSystem& files, std::string key, std::uint64_t generation,
             const LeaseOptions& options)
    : files_(files),
      key_(std::move(key)),
      generation_(generation),
      options_(options),
      renewed_(options_.clock()) {
  if (!options_.renews_itself) return;
  renewer_ = std::thread([this] {
    MutexLock lock(mutex_);
    while (!changed_.WaitFor(lock, options_.ttl / kRenewalsInTtl,
                             [&]() JETKEEP_REQUIRES(mutex_) { return stop_; })) {
      // What fails here shows in Check.
      if (!lost_) static_cast<void>(RenewLocked());
    }
  });
}

Lease::~Lease() { StopRenewing(); }

void Lease::StopRenewing() {
  {
    const MutexLock lock(mutex_);
    stop_ = true;
  }
  changed_.NotifyAll();
  if (renewer_.joinable()) renewer_.join();
}

Status Lease::Lost(const std::string& why) {
  lost_ = true;
  lost_why_ = why;
  return Fail(Errc::kLeaseLost, "the lease " + key_ + " was lost: " + why,
              "Nothing more was changed. Another jetkeep on this repository goes on in its place.");
}

Status Lease::RenewLocked() {
  if (lost_) return Lost(lost_why_);
  const auto now = options_.clock();
  const LeaseFileParts old{LeaseFileKind::kBeat, key_, generation_, beat_};
  const LeaseFileParts next{LeaseFileKind::kBeat, key_, generation_, beat_ + 1};
  JETKEEP_TRY(CreateEmpty(files_, LeasePath(next)));
  ++beat_;
  renewed_ = now;
  if (old.beat > 0) static_cast<void>(files_.Remove(LeasePath(old)));
  return {};
}

Status Lease::CheckLocked() {
  if (lost_) return Lost(lost_why_);
  // Whoever was stopped renews first: from then on no watcher counts on its silence.
  const auto silent = options_.clock() - renewed_;
  if (silent >= options_.ttl / 2) {
    if (Status renewed = RenewLocked(); !renewed && silent >= options_.ttl) {
      return Lost("it could not be renewed in time (" + renewed.error().message + ")");
    }
  }
  JETKEEP_ASSIGN(const bool followed,
                 files_.Exists(LeasePath({LeaseFileKind::kClaim, key_, generation_ + 1, 0})));
  if (followed) return Lost("another process has taken it over");
  JETKEEP_ASSIGN(const bool there,
                 files_.Exists(LeasePath({LeaseFileKind::kClaim, key_, generation_, 0})));
  if (!there) return Lost("another process has taken it over");
  return {};
}

Status Lease::Check() {
  const MutexLock lock(mutex_);
  return CheckLocked();
}

Status Lease::Renew() {
  const MutexLock lock(mutex_);
  JETKEEP_TRY(RenewLocked());
  return CheckLocked();
}

Status Lease::Release() {
  StopRenewing();
  const MutexLock lock(mutex_);
  JETKEEP_TRY(CheckLocked());
  lost_ = true;
  lost_why_ = "it was released";
  JETKEEP_TRY(CreateEmpty(files_, LeasePath({LeaseFileKind::kReleased, key_, generation_, 0})));
  if (beat_ > 0)
    static_cast<void>(files_.Remove(LeasePath({LeaseFileKind::kBeat, key_, generation_, beat_})));
  return {};
}

Status Lease::Erase() {
  StopRenewing();
  const MutexLock lock(mutex_);
  JETKEEP_TRY(CheckLocked());
  lost_ = true;
  lost_why_ = "it was erased";
  JETKEEP_ASSIGN(const Files found, ListLease(files_, key_));
  return RemoveFiles(files_, found.all, generation_ + 1);
}

Leases::Watched Leases::Note(const std::string& key, const LeaseSight& sight) {
  const auto now = options_.clock();
  const MutexLock lock(mutex_);
  if (sight.free()) {
    watched_.erase(key);
    return {sight, now, false};
  }
  Watched& watched = watched_.try_emplace(key, Watched{sight, now, false}).first->second;
  if (watched.sight != sight) {
    watched = {sight, now, watched.sight.generation == sight.generation};
  }
  return watched;
}

Result<LeaseSight> Leases::Look(const std::string& key) {
  JETKEEP_ASSIGN(const LeaseWatch watch, Watch(key));
  return watch.sight;
}

Result<LeaseWatch> Leases::Watch(const std::string& key) {
  JETKEEP_ASSIGN(const Files found, ListLease(files_, key));
  const Watched watched = Note(key, found.sight);
  return LeaseWatch{
      found.sight,
      std::chrono::duration_cast<std::chrono::milliseconds>(options_.clock() - watched.since),
      watched.stirred};
}

Result<std::unique_ptr<Lease>> Leases::TryAcquire(const std::string& key) {
  JETKEEP_ASSIGN(const Files found, ListLease(files_, key));
  const Watched watched = Note(key, found.sight);
  if (!found.sight.free() && options_.clock() - watched.since < options_.ttl)
    return std::unique_ptr<Lease>();
  return Claim(key, found.sight);
}

Result<std::unique_ptr<Lease>> Leases::TakeOver(const std::string& key) {
  JETKEEP_ASSIGN(const Files found, ListLease(files_, key));
  return Claim(key, found.sight);
}

Result<std::unique_ptr<Lease>> Leases::Claim(const std::string& key, const LeaseSight& seen) {
  const LeaseFileParts claim{LeaseFileKind::kClaim, key, seen.generation + 1, 0};
  JETKEEP_ASSIGN(const bool mine, CreateClaim(files_, LeasePath(claim)));
  if (!mine) return std::unique_ptr<Lease>();
  // The holder may have renewed it after it was looked at, and not have seen the claim.
  JETKEEP_ASSIGN(const Files found, ListLease(files_, key));
  const bool stirred =
      std::any_of(found.all.begin(), found.all.end(), [&](const LeaseFileParts& file) {
        return file.kind == LeaseFileKind::kBeat && file.generation == seen.generation &&
               file.beat > seen.beat;
      });
  const bool outdated = found.sight.generation > claim.generation;
  if (stirred || outdated) {
    JETKEEP_TRY(files_.Remove(LeasePath(claim)));
    return std::unique_ptr<Lease>();
  }
  auto lease = std::make_unique<Lease>(files_, key, claim.generation, options_);
  static_cast<void>(RemoveFiles(files_, found.all, claim.generation));
  const MutexLock lock(mutex_);
  watched_.erase(key);
  return lease;
}

}  // namespace jetkeep
