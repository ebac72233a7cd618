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

  // Of `limit`, `used` is taken, `how`.
  void Need(const std::string& what, std::uint64_t needed, std::int64_t limit, std::uint64_t used,
            const std::string& how = "used") {
    if (limit < 0) return;
    const auto most = static_cast<std::uint64_t>(limit);
    const std::uint64_t left = most > used ? most - used : 0;
    if (needed <= left) return;
    found_.push_back({Errc::kLimitTooSmall,
                      what + " of the " + whose_ + " is " + std::to_string(most) + ", of which " +
                          std::to_string(used) + " are " + how + ": the restore needs " +
                          std::to_string(needed) + ", " + std::to_string(left) + " are left",
                      kHint, 0});
  }

 private:
  const std::string whose_;
  std::vector<Error>& found_;
};

// 2.10 subtracts one for each stream without max_bytes, below zero as well.
std::uint64_t Reserved(std::uint64_t told) {
  return told > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) ? 0 : told;
}

// What the server looks for besides what others reserve: as it unpacks a v1 archive, room for that
// and max_bytes (at least 1).
std::uint64_t Demanded(const StreamConfigFacts& stream, const NeededRoom& needed,
                       const ServerVersion& server) {
  const auto reserve = static_cast<std::uint64_t>(std::max<std::int64_t>(stream.max_bytes, 1));
  if (needed.v2) return std::max(reserve, needed.bytes);
  const bool counts_archive =
      server >= ServerVersion{2, 11, 1} ||
      (server >= ServerVersion{2, 10, 27} && server < ServerVersion{2, 11, 0});
  return counts_archive && needed.bytes <= std::numeric_limits<std::uint64_t>::max() - reserve
             ? reserve + needed.bytes
             : reserve;
}

}  // namespace

const AccountUse* UseFor(const AccountInfo& account, std::uint64_t replicas) {
  if (account.tiers.empty()) return &account.total;
  const auto tier = account.tiers.find("R" + std::to_string(replicas));
  return tier == account.tiers.end() ? nullptr : &tier->second;
}

std::vector<Error> CheckRoom(const AccountInfo& account, const StreamConfigFacts& stream,
                             const NeededRoom& needed, const ServerVersion& server) {
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
  room.Need(what, Times(needed.bytes, counted), limit, used);
  if (found.empty()) {
    const std::uint64_t reserved = Reserved(memory ? use->reserved_memory : use->reserved_storage);
    // Some versions reserve one replica only.
    const bool each = server < ServerVersion{2, 10, 0} || server >= ServerVersion{2, 12, 9};
    room.Need(what, Times(Demanded(stream, needed, server), each ? counted : 1), limit, reserved,
              "reserved by max_bytes");
  }
  const auto max_bytes = static_cast<std::uint64_t>(std::max<std::int64_t>(stream.max_bytes, 0));
  const std::int64_t most = memory ? use->max_memory_stream : use->max_storage_stream;
  room.Need(memory ? "memory_max_stream_bytes" : "storage_max_stream_bytes",
            std::max(needed.bytes, max_bytes), most > 0 ? most : -1, 0);
  return found;
}

Error NameLimit(Error error) {
  struct Named {
    std::uint32_t server_code;
    const char* limit;
  };
  constexpr Named kNamed[] = {
      {10002, "the limits of the account"},
      {10023, "the server's limits"},
      {10026, "max_consumers of the account"},
      {10027, "max_streams of the account"},
      {10028, "max_memory of the account, or of the server, less what other streams reserve"},
      {10047, "max_storage of the account, or of the server, less what other streams reserve"},
      {10120, "the account's tier for so many replicas, which it does not have"},
      {10122, "the account's largest max_bytes of a stream"},
  };
  for (const Named& named : kNamed) {
    if (error.server_code != named.server_code || error.code != Errc::kServerError) continue;
    error.code = Errc::kLimitTooSmall;
    error.message += "; too small is " + std::string(named.limit);
    error.hint = "Raise the limit, or free what is used, then restore again.";
    break;
  }
  return error;
}

}  // namespace jetkeep
