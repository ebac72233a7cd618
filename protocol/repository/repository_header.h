// repository.json: what a repository is. FORMAT.md, "repository.json".
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/backup.h"
#include "jetkeep/error.h"

namespace jetkeep {

// Of new repositories; those of version 1 are read and written, too, and stay what they are.
inline constexpr int kRepositoryVersion = 2;
// More than any document of this kind has.
inline constexpr std::size_t kMaxHeaderBytes = 64 * 1024;

struct RepositoryHeader {
  std::string id;  // 32 lower-case hexadecimal digits
  std::int64_t created_ns = 0;
};

std::string EncodeRepositoryHeader(const RepositoryHeader& header);
Result<RepositoryHeader> ParseRepositoryHeader(std::string_view document);

// The outcome of a verify, kept beside the manifest; verification_order.h says which of several
// counts. FORMAT.md, "Verification results".
std::string EncodeVerification(std::string_view backup_id, const Verification& verification);
Result<Verification> ParseVerification(std::string_view backup_id, std::string_view document);

}  // namespace jetkeep
