#include "service/engine/restore/account_room.h"

#include <algorithm>
#include <limits>
#include <string>

namespace jetkeep {
namespace {

constexpr const char* kHint =
    "Nothing was sent. Raise the limit, or free what is used, then restore again.";

std::uint64_t Times(std::uint64_t a, std::uint64_t b) {
  if (b != 0 && a > std::numeric_limits<std::uint64_t>::max() / b) {
    return std::numeric_limits<std::uint64_t>::max();
  }
  return a * b;
}

class Room {
 public:
  Room(std::string whose, std::vector<Error>& found) : whose_(std::move(whose)), found_(found) {}

  // Of `limit`, `used` is taken.
  void Need(const std::string& what, std::uint64_t needed, std::int64_t limit, std::uint64_t used) {
    if (limit < 0) return;
    const auto most = static_cast<std::uint64_t>(limit);
    const std::uint64_t left = most > used ? most - used : 0;
    if (needed <= left) return;
    found_.push_back({Errc::kLimitTooSmall,
                      what + " of the " + whose_ + " is " + std::to_string(most) + ", of which " +
                          std::to_string(used) + " are used: the restore needs " +
                          std::to_string(needed) + ", " + std::to_string(left) + " are left",
                      kHint, 0});
  }

 private:
  const std::string whose_;
  std::vector<Error>& found_;
};

}  // namespace

const AccountUse* UseFor(const AccountInfo& account, std::uint64_t replicas) {
  if (account.tiers.empty()) return &account.total;
  const auto tier = account.tiers.find("R" + std::to_string(replicas));
  return tier == account.tiers.end() ? nullptr : &tier->second;
}

std::vector<Error> CheckRoom(const AccountInfo& account, const StreamConfigFacts& stream,
                             std::uint64_t bytes) {
  std::vector<Error> found;
  const std::uint64_t replicas = std::max<std::uint64_t>(stream.replicas, 1);
  const AccountUse* use = UseFor(account, replicas);
  if (use == nullptr) {
    found.push_back({Errc::kLimitTooSmall,
                     "the account has no tier R" + std::to_string(replicas) +
                         ", which a stream of so many replicas needs",
                     kHint, 0});
    return found;
  }
  const bool tiered = !account.tiers.empty();
  // The limits of a tier are those of one replica; without tiers they are those of all.
  const std::uint64_t counted = tiered ? 1 : replicas;
  Room room(tiered ? "account's tier R" + std::to_string(replicas) : "account", found);
  if (use->max_bytes_required && stream.max_bytes <= 0) {
    found.push_back({Errc::kRestoreRefused,
                     "the account requires max_bytes of every stream, and this one has none",
                     "Nothing was sent. Restore into an account that does not require max_bytes "
                     "(max_bytes_required).",
                     0});
  }
  room.Need("max_streams", 1, use->max_streams > 0 ? use->max_streams : -1, use->streams);

  const bool memory = stream.in_memory;
  const std::string what = memory ? "max_memory" : "max_storage";
  const std::int64_t limit = memory ? use->max_memory : use->max_storage;
  const std::uint64_t used = (memory ? use->memory : use->storage) / (tiered ? replicas : 1);
  const std::uint64_t reserved = memory ? use->reserved_memory : use->reserved_storage;
  room.Need(what, Times(bytes, counted), limit, used);
  if (found.empty() && stream.max_bytes > 0) {
    const auto reserve = Times(static_cast<std::uint64_t>(stream.max_bytes), counted);
    room.Need(what, reserve, limit, reserved);
  }
  const std::int64_t most = memory ? use->max_memory_stream : use->max_storage_stream;
  const std::uint64_t wanted =
      std::max(bytes, stream.max_bytes > 0 ? static_cast<std::uint64_t>(stream.max_bytes) : 0);
  room.Need(memory ? "memory_max_stream_bytes" : "storage_max_stream_bytes", wanted,
            most > 0 ? most : -1, 0);
  return found;
}

}  // namespace jetkeep
