#include "service/store/lease.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>

#include "protocol/repository/layout.h"
#include "service/store/objects.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

constexpr int kRenewalsInTtl = 4;
// What was seen of leases that have ended meanwhile is forgotten.
constexpr std::size_t kManyWatched = 256;
constexpr int kForgottenAfterTtls = 100;

std::string LastPart(const std::string& key) { return key.substr(key.rfind('/') + 1); }

// Where what `parts` says of the lease `key` is kept.
std::string PathFor(const std::string& key, LeaseFileParts parts) {
  parts.key = LastPart(key);
  const std::string prefix = PrefixOf(key);
  return prefix.empty() ? LeasePath(parts) : prefix + "/" + LeasePath(parts);
}

struct Files {
  LeaseSight sight;
  std::vector<LeaseFileParts> all;
};

Result<Files> ListLease(Store& store, const std::string& key) {
  Files found;
  JETKEEP_TRY(store.List(PrefixOf(key), {}, [&](const StoreEntry& entry) -> Status {
    auto parts = ParseLeaseFile(entry.name);
    if (parts && parts->key == LastPart(key)) found.all.push_back(std::move(*parts));
    return {};
  }));
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

// Different for each claim, so that whoever made one can tell it from another's.
std::string ClaimText() {
  static std::atomic<std::uint64_t> claims{0};
  return LeaseHolder() + ":" + std::to_string(++claims) + "\n";
}

// False: somebody else has just made it.
Result<bool> CreateClaim(Store& store, const std::string& key, Durability durability) {
  const std::string text = ClaimText();
  Status put = PutNew(store, key, text, durability);
  if (put) return true;
  if (put.error().code == Errc::kObjectExists) return false;
  // It may be there all the same.
  const auto there = store.Open(key);
  if (there && *there) {
    const auto bytes = ReadFront(**there, text.size() + 1);
    if (bytes && *bytes == text) static_cast<void>(store.Remove(key));
  }
  return Fail(std::move(put).error());
}

Status RemoveFiles(Store& store, const std::string& key, const std::vector<LeaseFileParts>& parts,
                   std::uint64_t below_generation) {
  std::vector<std::string> gone;
  for (const LeaseFileParts& file : parts) {
    if (file.generation < below_generation) gone.push_back(PathFor(key, file));
  }
  return store.RemoveAll(gone);
}

}  // namespace

const std::string& LeaseHolder() {
  static const std::string holder = [] {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
    return std::string(host.data()) + ":" + std::to_string(::getpid()) + ":" +
           std::to_string(RandomBits());
  }();
  return holder;
}

Lease::Lease(Store& store, std::string key, std::uint64_t generation, const LeaseOptions& options,
             std::shared_ptr<LeaseRenewer> renewer)
    : store_(store),
      key_(std::move(key)),
      generation_(generation),
      options_(options),
      renewed_(options_.clock()),
      renewer_(std::move(renewer)) {
  if (renewer_) renewer_->Add(*this);
}

void Lease::RenewInBackground() {
  const MutexLock lock(mutex_);
  // What fails here shows in Check.
  if (!lost_) static_cast<void>(RenewLocked());
}

std::string Lease::PathOf(const LeaseFileParts& parts) const { return PathFor(key_, parts); }

Lease::~Lease() { StopRenewing(); }

void Lease::StopRenewing() {
  if (renewer_) renewer_->Remove(*this);
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
  // One that exists is our own, of a try whose answer got lost.
  Status put = PutNew(store_, PathOf(next), "", Durability::kVolatile);
  if (!put && put.error().code != Errc::kObjectExists) return put;
  ++beat_;
  renewed_ = now;
  if (old.beat > 0) static_cast<void>(store_.Remove(PathOf(old)));
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
                 store_.Exists(PathOf({LeaseFileKind::kClaim, "", generation_ + 1, 0})));
  JETKEEP_ASSIGN(const bool there,
                 store_.Exists(PathOf({LeaseFileKind::kClaim, "", generation_, 0})));
  if (!followed && there) return {};
  // Nobody looks for a renewal of this generation any more.
  if (beat_ > 0) {
    static_cast<void>(store_.Remove(PathOf({LeaseFileKind::kBeat, "", generation_, beat_})));
  }
  return Lost("another process has taken it over");
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
  JETKEEP_TRY(PutNew(store_, PathOf({LeaseFileKind::kReleased, key_, generation_, 0}), "",
                     Durability::kVolatile));
  if (beat_ > 0)
    static_cast<void>(store_.Remove(PathOf({LeaseFileKind::kBeat, key_, generation_, beat_})));
  return {};
}

Status Lease::Erase() {
  StopRenewing();
  const MutexLock lock(mutex_);
  JETKEEP_TRY(CheckLocked());
  lost_ = true;
  lost_why_ = "it was erased";
  JETKEEP_ASSIGN(const Files found, ListLease(store_, key_));
  return RemoveFiles(store_, key_, found.all, generation_ + 1);
}

Leases::Leases(Store& store, LeaseOptions options)
    : store_(store),
      options_(std::move(options)),
      renewer_(options_.renews_itself
                   ? std::make_shared<LeaseRenewer>(options_.ttl / kRenewalsInTtl)
                   : nullptr) {}

Leases::Watched Leases::Note(const std::string& key, const LeaseSight& sight) {
  const auto now = options_.clock();
  const MutexLock lock(mutex_);
  if (sight.released) {
    watched_.erase(key);
    return {sight, now, now, false};
  }
  if (watched_.size() >= kManyWatched) {
    std::erase_if(watched_, [&](const auto& entry) {
      return now - entry.second.looked > kForgottenAfterTtls * options_.ttl;
    });
  }
  Watched& watched = watched_.try_emplace(key, Watched{sight, now, now, false}).first->second;
  if (watched.sight != sight) {
    watched = {sight, now, now, watched.sight.generation == sight.generation};
  }
  watched.looked = now;
  return watched;
}

Result<LeaseSight> Leases::Look(const std::string& key) {
  JETKEEP_ASSIGN(const LeaseWatch watch, Watch(key));
  return watch.sight;
}

Result<LeaseWatch> Leases::Watch(const std::string& key) {
  JETKEEP_ASSIGN(const Files found, ListLease(store_, key));
  const Watched watched = Note(key, found.sight);
  return LeaseWatch{
      found.sight,
      std::chrono::duration_cast<std::chrono::milliseconds>(options_.clock() - watched.since),
      watched.stirred};
}

Result<std::unique_ptr<Lease>> Leases::TryAcquire(const std::string& key) {
  JETKEEP_ASSIGN(const Files found, ListLease(store_, key));
  const Watched watched = Note(key, found.sight);
  if (!found.sight.free() && options_.clock() - watched.since < options_.ttl)
    return std::unique_ptr<Lease>();
  return Claim(key, found.sight);
}

Result<std::unique_ptr<Lease>> Leases::TakeOver(const std::string& key) {
  JETKEEP_ASSIGN(const Files found, ListLease(store_, key));
  return Claim(key, found.sight);
}

Result<std::unique_ptr<Lease>> Leases::AcquireNew(const std::string& key) {
  const LeaseFileParts claim{LeaseFileKind::kClaim, key, 1, 0};
  // If it is lost, its holder notices and ends; nobody else takes the first generation.
  JETKEEP_ASSIGN(const bool mine, CreateClaim(store_, PathFor(key, claim), Durability::kVolatile));
  if (!mine) return std::unique_ptr<Lease>();
  return std::make_unique<Lease>(store_, key, claim.generation, options_, renewer_);
}

Result<std::unique_ptr<Lease>> Leases::Claim(const std::string& key, const LeaseSight& seen) {
  const LeaseFileParts claim{LeaseFileKind::kClaim, key, seen.generation + 1, 0};
  // A generation that was used must not come again after a stop of the machine.
  JETKEEP_ASSIGN(const bool mine, CreateClaim(store_, PathFor(key, claim), Durability::kDurable));
  if (!mine) return std::unique_ptr<Lease>();
  // The holder may have renewed it after it was looked at, and not have seen the claim.
  const Result<Files> found = ListLease(store_, key);
  if (!found) {
    static_cast<void>(store_.Remove(PathFor(key, claim)));
    return Fail(found.error());
  }
  const bool stirred =
      std::any_of(found->all.begin(), found->all.end(), [&](const LeaseFileParts& file) {
        return file.kind == LeaseFileKind::kBeat && file.generation == seen.generation &&
               file.beat > seen.beat;
      });
  const bool outdated = found->sight.generation > claim.generation;
  if (stirred || outdated) {
    JETKEEP_TRY(store_.Remove(PathFor(key, claim)));
    return std::unique_ptr<Lease>();
  }
  auto lease = std::make_unique<Lease>(store_, key, claim.generation, options_, renewer_);
  static_cast<void>(RemoveFiles(store_, key, found->all, claim.generation));
  const MutexLock lock(mutex_);
  watched_.erase(key);
  return lease;
}

}  // namespace jetkeep
