// Which of several verifications of a backup counts. FORMAT.md, "Verification results".
//
// Times alone do not decide: clocks differ, and of two verifies at once neither knows of the other.
// A result therefore says which ones were there when its verify began, and only those are overruled
// by it. Thread-safety: pure functions.
#pragma once

#include <optional>
#include <span>

#include "jetkeep/backup.h"

namespace jetkeep {

// Whether `older` no longer counts once `newer` is there: newer began after older was recorded. A
// failed drill is overruled by another drill only, since reading does not try what it tried.
bool Overrules(const Verification& newer, const Verification& older);
// The same for a result that cannot be read; its time stands in its name.
bool OverrulesUnreadable(const Verification& newer, std::int64_t time_ns);

// Of all results of one backup: the latest bad one that is not overruled, else the latest.
std::optional<Verification> VerificationThatCounts(std::span<const Verification> results);

}  // namespace jetkeep
