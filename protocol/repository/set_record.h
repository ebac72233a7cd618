// What is kept of a set: which backups belong together. FORMAT.md, "Sets". Thread-safety: pure
// functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "jetkeep/set.h"

namespace jetkeep {

// Ids of sets: `set-` and what a backup id is made of, so they sort by time.
inline constexpr std::string_view kSetIdFront = "set-";
bool IsSetId(std::string_view text);
// kInvalidName, naming what an id looks like.
Status CheckSetId(std::string_view text);
// Above each id in `seen`, whatever the clock says.
std::string NewSetIdAbove(std::span<const std::string> seen, std::int64_t now_ns,
                          std::uint64_t random);

// Sets stand below this prefix, each under its id.
inline constexpr std::string_view kSetsPrefix = "jk.sets";
std::string SetKey(std::string_view set_id);

// Pins stand below this prefix, each under the id of the backup or set that is pinned.
inline constexpr std::string_view kPinsPrefix = "jk.pins";
std::string PinKey(std::string_view id);
bool IsPinnable(std::string_view id);
Result<std::string> EncodePin(std::string_view id, std::int64_t now_ns);

// `pinned` is not part of it. kInvalidName if a text is not UTF-8, kRequestTooLarge if it would be
// longer than kMaxSetBytes.
Result<std::string> EncodeSet(const SetDetails& set);
Result<SetDetails> ParseSet(std::string_view set_id, std::string_view document);
// Without the members, which are most of it.
Result<SetSummary> ParseSetSummary(std::string_view set_id, std::string_view document);
// Whether a document, good or damaged, holds the id of the backup as that of a member.
bool NamesBackup(std::string_view document, std::string_view backup_id);

inline constexpr std::size_t kMaxSetBytes = std::size_t{16} * 1024 * 1024;

}  // namespace jetkeep
