#include "protocol/repository/backup_id.h"

#include <algorithm>

#include "protocol/base/time.h"

namespace jetkeep {
namespace {

// No i, l, o, u: they are misread, and make words.
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kRandomCharacters = 8;
constexpr std::uint64_t kTails = std::uint64_t{1} << 40;
constexpr std::uint64_t kStepAbove = std::uint64_t{1} << 28;
constexpr std::int64_t kSecond = 1'000'000'000;

bool IsDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string NewBackupId(std::int64_t now_ns, std::uint64_t random) {
  const std::int64_t second = std::max<std::int64_t>(now_ns / kSecond, 0);
  std::string id;
  // A whole second has no fraction: 2026-11-21T01:24:10Z.
  for (const char c : FormatTime(second * kSecond)) {
    if (c != '-' && c != ':') id.push_back(c);
  }
  id.push_back('-');
  for (std::size_t i = 0; i < kRandomCharacters; ++i) {
    id.push_back(kAlphabet[random % kAlphabet.size()]);
    random /= kAlphabet.size();
  }
  return id;
}

std::int64_t TimeOfBackupId(std::string_view id) {
  if (!IsBackupId(id)) return 0;
  const auto part = [&](std::size_t at, std::size_t size) {
    return std::string(id.substr(at, size));
  };
  const auto time = ParseTime(part(0, 4) + "-" + part(4, 2) + "-" + part(6, 2) + "T" + part(9, 2) +
                              ":" + part(11, 2) + ":" + part(13, 2) + "Z");
  return time ? std::max<std::int64_t>(*time, 0) : 0;
}

std::string NewBackupIdAbove(std::span<const std::string> seen, std::int64_t now_ns,
                             std::uint64_t random) {
  std::string id = NewBackupId(now_ns, random);
  std::string_view newest;
  for (const std::string& other : seen) {
    // Ignore ids of times that no clock shows: one of the year 9999 would leave no id above it.
    if (other > newest && TimeOfBackupId(other) != 0) newest = other;
  }
  if (newest < id.substr(0, kSecondOfIdBytes)) return id;
  // In the newest one's second, above it: by 28 random bits, so that writers at the same time still
  // differ. Where that leaves the 40 bits, the next second.
  std::uint64_t tail = 0;
  for (const char c : newest.substr(kBackupIdBytes - kRandomCharacters)) {
    tail = tail * kAlphabet.size() + kAlphabet.find(c);
  }
  tail += 1 + random % kStepAbove;
  if (tail >= kTails) return NewBackupId(TimeOfBackupId(newest) + kSecond, random);
  id = newest.substr(0, kBackupIdBytes - kRandomCharacters);
  id.resize(kBackupIdBytes);
  for (std::size_t i = kBackupIdBytes; i-- > kBackupIdBytes - kRandomCharacters;) {
    id[i] = kAlphabet[tail % kAlphabet.size()];
    tail /= kAlphabet.size();
  }
  return id;
}

bool IsBackupId(std::string_view text) {
  if (text.size() != kBackupIdBytes) return false;
  const std::string_view tail = text.substr(17);
  return IsDigits(text.substr(0, 8)) && text[8] == 'T' && IsDigits(text.substr(9, 6)) &&
         text[15] == 'Z' && text[16] == '-' &&
         tail.find_first_not_of(kAlphabet) == std::string_view::npos;
}

Status CheckBackupId(std::string_view text) {
  if (IsBackupId(text)) return {};
  return Fail(Errc::kInvalidName, "the backup id is not of the form 20261121T012410Z-7k2m9qdx",
              "List the backups to see their ids.");
}

}  // namespace jetkeep
