#include "protocol/repository/layout.h"

#include <algorithm>
#include <charconv>

#include "protocol/codec/digest.h"
#include "protocol/repository/backup_id.h"

namespace jetkeep {
namespace {

// Letters change case at '@'; all other bytes outside a-z 0-9 - _ are written %xx. A name whose
// encoding is longer than kMaxReversible becomes its first bytes, '~' and 160 bits of its digest.
constexpr std::size_t kMaxReversible = 200;
constexpr std::size_t kLongPrefix = 100;
constexpr std::size_t kLongDigits = 40;
constexpr std::size_t kMaxNameHere = 1024;
constexpr std::size_t kVerifiedDigits = 19;  // of the largest time

constexpr std::string_view kRestored = "jk.restored.";
constexpr std::string_view kLater = "jk.";
constexpr std::string_view kMust = "must_";

constexpr std::string_view kHex = "0123456789abcdef";

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsPlain(char c) { return (c >= '0' && c <= '9') || c == '-' || c == '_'; }
int HexDigit(char c) {
  const auto at = kHex.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

std::string EncodeWhole(std::string_view name, std::size_t limit) {
  std::string part;
  bool upper = false;
  for (const char c : name) {
    std::string next;
    if (IsPlain(c)) {
      next = c;
    } else if (IsLower(c) || IsUpper(c)) {
      if (upper != IsUpper(c)) next = "@";
      upper = IsUpper(c);
      next.push_back(upper ? static_cast<char>(c - 'A' + 'a') : c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      next = {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
    if (part.size() + next.size() > limit) break;
    part += next;
  }
  return part;
}

std::optional<std::string> DecodeWhole(std::string_view part) {
  std::string name;
  bool upper = false;
  for (std::size_t i = 0; i < part.size(); ++i) {
    const char c = part[i];
    if (IsPlain(c)) {
      name.push_back(c);
    } else if (IsLower(c)) {
      name.push_back(upper ? static_cast<char>(c - 'a' + 'A') : c);
    } else if (c == '@') {
      upper = !upper;
    } else if (c == '%' && i + 2 < part.size() && HexDigit(part[i + 1]) >= 0 &&
               HexDigit(part[i + 2]) >= 0) {
      name.push_back(static_cast<char>(HexDigit(part[i + 1]) * 16 + HexDigit(part[i + 2])));
      i += 2;
    } else {
      return std::nullopt;
    }
  }
  return name;
}

bool ConsumeSuffix(std::string_view* text, std::string_view suffix) {
  if (!text->ends_with(suffix)) return false;
  text->remove_suffix(suffix.size());
  return true;
}

template <typename T>
bool ParseFixed(std::string_view digits, std::size_t width, T* value) {
  if (digits.size() != width) return false;
  for (const char c : digits) {
    if (c < '0' || c > '9') return false;
  }
  return std::from_chars(digits.data(), digits.data() + digits.size(), *value).ec == std::errc();
}

std::string Fixed(std::uint64_t value, std::size_t width) {
  std::string digits = std::to_string(value);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

}  // namespace

bool IsLaterKind(std::string_view name) {
  return name.size() > kLater.size() && name.starts_with(kLater);
}

bool MustBeUnderstood(std::string_view name) {
  const auto later = name.find(kLater);
  return later != std::string_view::npos && name.substr(later + kLater.size()).starts_with(kMust);
}

bool IsLaterKindOfBackupFile(std::string_view name) {
  return name.size() > kBackupIdBytes && IsBackupId(name.substr(0, kBackupIdBytes)) &&
         name[kBackupIdBytes] == '.' && IsLaterKind(name.substr(kBackupIdBytes + 1));
}

bool IsLaterKindOfSegmentFile(std::string_view name) {
  const auto dot = name.find('.');
  return dot != std::string_view::npos && ParseSegmentName(name.substr(0, dot)) &&
         IsLaterKind(name.substr(dot + 1));
}

bool IsRootFile(std::string_view name) {
  return name == kRepositoryHeaderPath || ParseRestoreFile(name) || ParseLeaseFile(name) ||
         name == "lost+found";
}

std::string RestorePath(std::string_view restore_id) {
  return "restore." + std::string(restore_id) + ".pending";
}

std::optional<std::string> ParseRestoreFile(std::string_view name) {
  constexpr std::string_view kFront = "restore.";
  if (!name.starts_with(kFront) || !ConsumeSuffix(&name, ".pending")) return std::nullopt;
  if (name.size() < kFront.size() || !IsBackupId(name.substr(kFront.size()))) return std::nullopt;
  return std::string(name.substr(kFront.size()));
}

std::string RestoredName(std::string_view id) { return std::string(kRestored) + std::string(id); }

std::optional<std::string> ParseRestoredName(std::string_view name) {
  if (!name.starts_with(kRestored)) return std::nullopt;
  name.remove_prefix(kRestored.size());
  if (!IsBackupId(name)) return std::nullopt;
  return std::string(name);
}

namespace {

constexpr std::string_view kRestoreKey = "restore-";
constexpr std::string_view kBackupKey = "backup-";
constexpr std::size_t kMaxLeaseKey = 160;
// There is always a next one.
constexpr std::uint64_t kMaxLeaseGeneration = 999'999'999'999;

std::string IdBehind(std::string_view front, std::string_view key) {
  if (!key.starts_with(front) || !IsBackupId(key.substr(front.size()))) return {};
  return std::string(key.substr(front.size()));
}

bool IsLeaseKey(std::string_view key) {
  return !key.empty() && key.size() <= kMaxLeaseKey &&
         std::all_of(key.begin(), key.end(), [](char c) {
           return IsPlain(c) || IsLower(c) || IsUpper(c) || c == '@' || c == '%' || c == '~';
         });
}

}  // namespace

std::string RestoreLeaseKey(std::string_view restore_id) {
  return std::string(kRestoreKey).append(restore_id);
}

std::string RestoreIdOfLease(std::string_view key) { return IdBehind(kRestoreKey, key); }

std::string BackupLeaseKey(std::string_view backup_id) {
  return std::string(kBackupKey).append(backup_id);
}

std::string BackupIdOfLease(std::string_view key) { return IdBehind(kBackupKey, key); }

std::string LeasePath(const LeaseFileParts& parts) {
  std::string claim = "lease." + parts.key + "." + std::to_string(parts.generation);
  switch (parts.kind) {
    case LeaseFileKind::kBeat:
      return claim + "." + std::to_string(parts.beat);
    case LeaseFileKind::kReleased:
      return claim + ".released";
    default:
      return claim;
  }
}

std::optional<LeaseFileParts> ParseLeaseFile(std::string_view name) {
  constexpr std::string_view kFront = "lease.";
  if (!name.starts_with(kFront)) return std::nullopt;
  std::string_view rest = name.substr(kFront.size());
  const auto take = [&rest] {
    const auto dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
    return part;
  };
  const auto number = [](std::string_view text, std::uint64_t& out) {
    return std::from_chars(text.data(), text.data() + text.size(), out).ec == std::errc();
  };
  LeaseFileParts parts;
  parts.key = take();
  if (!IsLeaseKey(parts.key) || !number(take(), parts.generation)) return std::nullopt;
  if (rest == "released") {
    parts.kind = LeaseFileKind::kReleased;
  } else if (!rest.empty()) {
    parts.kind = LeaseFileKind::kBeat;
    if (!number(rest, parts.beat)) return std::nullopt;
  }
  // Nothing but what LeasePath builds.
  if (parts.generation == 0 || parts.generation > kMaxLeaseGeneration) return std::nullopt;
  if (LeasePath(parts) != name) return std::nullopt;
  return parts;
}

std::string EncodeName(std::string_view name) {
  if (name.size() <= kMaxReversible) {
    std::string part = EncodeWhole(name, 3 * kMaxReversible);
    if (part.size() <= kMaxReversible) return part;
  }
  return EncodeWhole(name, kLongPrefix) + "~" + ToHex(Blake2b(name)).substr(0, kLongDigits);
}

std::optional<std::string> DecodeName(std::string_view part) {
  if (part.empty() || part.size() > kMaxReversible) return std::nullopt;
  auto name = DecodeWhole(part);
  if (!name || EncodeName(*name) != part) return std::nullopt;
  return name;
}

bool IsEncodedName(std::string_view part) {
  const auto tilde = part.find('~');
  if (tilde == std::string_view::npos) return DecodeName(part).has_value();
  const std::string_view digits = part.substr(tilde + 1);
  const auto prefix = DecodeWhole(part.substr(0, tilde));
  return prefix && !prefix->empty() && tilde <= kLongPrefix && tilde + 2 >= kLongPrefix &&
         EncodeWhole(*prefix, kLongPrefix) == part.substr(0, tilde) &&
         digits.size() == kLongDigits && digits.find_first_not_of(kHex) == std::string_view::npos;
}

Result<LineagePath> LineagePath::Make(std::string_view account, std::string_view stream,
                                      std::string_view lineage) {
  for (const std::string_view name : {account, stream}) {
    if (name.empty() || name.size() > kMaxNameHere) {
      return Fail(Errc::kInvalidName,
                  "a name in a repository has " + std::to_string(name.size()) + " bytes",
                  "Names of accounts and streams have 1 to 1024 bytes.");
    }
  }
  return FromParts(EncodeName(account), EncodeName(stream), lineage);
}

Result<LineagePath> LineagePath::FromParts(std::string_view account_part,
                                           std::string_view stream_part, std::string_view lineage) {
  if (!IsEncodedName(account_part) || !IsEncodedName(stream_part) || !IsBackupId(lineage)) {
    return Fail(Errc::kInvalidName,
                "a directory of the repository has a name that jetkeep never writes");
  }
  LineagePath path;
  path.stream_directory_ = std::string(account_part) + "/" + std::string(stream_part);
  path.directory_ = path.stream_directory_ + "/" + std::string(lineage);
  return path;
}

std::string LineagePath::Segment(std::string_view segment) const {
  return segments() + "/" + std::string(segment);
}
std::string LineagePath::Manifest(std::string_view backup_id) const {
  return backups() + "/" + std::string(backup_id) + ".manifest";
}
std::string LineagePath::Pending(std::string_view backup_id) const {
  return backups() + "/" + std::string(backup_id) + ".pending";
}
std::string LineagePath::Verified(std::string_view backup_id, std::int64_t time_ns) const {
  const auto time = static_cast<std::uint64_t>(time_ns < 0 ? 0 : time_ns);
  return backups() + "/" + std::string(backup_id) + "." + Fixed(time, kVerifiedDigits) +
         ".verified";
}

std::string SegmentName(std::string_view backup_id, std::uint32_t number) {
  return std::string(backup_id) + "-" + Fixed(number, 6);
}

std::optional<SegmentNameParts> ParseSegmentName(std::string_view name) {
  SegmentNameParts parts;
  if (name.size() != kBackupIdBytes + 7 || name[kBackupIdBytes] != '-') return std::nullopt;
  if (!IsBackupId(name.substr(0, kBackupIdBytes)) ||
      !ParseFixed(name.substr(kBackupIdBytes + 1), 6, &parts.number) || parts.number == 0) {
    return std::nullopt;
  }
  parts.backup_id = name.substr(0, kBackupIdBytes);
  return parts;
}

std::optional<BackupFileParts> ParseBackupFile(std::string_view name) {
  BackupFileParts parts;
  if (name.size() < kBackupIdBytes || !IsBackupId(name.substr(0, kBackupIdBytes)))
    return std::nullopt;
  parts.backup_id = name.substr(0, kBackupIdBytes);
  std::string_view rest = name.substr(kBackupIdBytes);
  if (rest == ".manifest") return parts;
  if (rest == ".pending") {
    parts.kind = BackupFileKind::kPending;
    return parts;
  }
  parts.kind = BackupFileKind::kVerified;
  if (!ConsumeSuffix(&rest, ".verified") || !rest.starts_with('.') ||
      !ParseFixed(rest.substr(1), kVerifiedDigits, &parts.time_ns)) {
    return std::nullopt;
  }
  return parts;
}

}  // namespace jetkeep
