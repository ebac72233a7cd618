#include "protocol/repository/backup_id.h"

#include <algorithm>

#include "protocol/base/time.h"

namespace jetkeep {
namespace {

// No i, l, o, u: they are misread, and make words.
constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kRandomCharacters = 8;
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
