#include "service/engine/sets/set_choice.h"

#include <algorithm>
#include <utility>

#include "jetkeep/job.h"

namespace jetkeep {
namespace {

// Marks the members whose backups are gone; how many they are. By the names of the files alone.
Result<std::size_t> MarkGone(Repository& repository, SetDetails& set) {
  std::vector<Error> unreadable;
  JETKEEP_ASSIGN(const std::vector<std::string> ids, repository.Ids("", &unreadable));
  if (!unreadable.empty()) {
    set.warnings.push_back(
        "not all of the repository can be read, so nobody knows whether all of "
        "the set's backups are there: " +
        unreadable.front().message);
    return std::size_t{0};
  }
  std::size_t gone = 0;
  for (SetMember& member : set.members) {
    if (member.backup.empty() || std::binary_search(ids.begin(), ids.end(), member.backup)) {
      continue;
    }
    ++gone;
    member.error = Error{Errc::kBackupNotFound, "backup " + member.backup + " was deleted since",
                         "The set lacks this stream from now on.", 0};
  }
  return gone;
}

}  // namespace

Result<SetDetails> DescribeSet(Repository& repository, const std::string& set_id) {
  JETKEEP_ASSIGN(SetDetails set, repository.LoadSet(set_id));
  JETKEEP_ASSIGN(const std::size_t gone, MarkGone(repository, set));
  if (gone > 0) {
    set.summary.condition = SetCondition::kPartial;
    set.summary.failed = static_cast<std::uint64_t>(
        std::count_if(set.members.begin(), set.members.end(),
                      [](const SetMember& member) { return member.error.has_value(); }));
  }
  return set;
}

Result<SetDetails> ChooseSet(Repository& repository, const std::string& set_id, SetsMeant meant) {
  if (set_id != kLatestSet) return DescribeSet(repository, set_id);
  JETKEEP_ASSIGN(const std::vector<std::string> ids, repository.sets().Ids());
  for (const std::string& id : ids) {
    Result<SetDetails> set = DescribeSet(repository, id);
    // Another account's, or removed meanwhile.
    if (!set && set.error().code == Errc::kSetNotFound) continue;
    // It may be the newest complete one.
    if (!set) {
      return Fail(Errc::kNewerBackupUnusable,
                  "set " + id + " is newer than any that could be taken, and cannot be read: " +
                      set.error().message,
                  "Name a set by its id (`jetkeep list --sets` shows them), or delete this one.");
    }
    if (set->summary.config_only && meant == SetsMeant::kWithMessages) continue;
    if (set->summary.condition == SetCondition::kComplete) return set;
  }
  return Fail(Errc::kSetNotFound, "there is no complete set",
              "Name a partial one by its id; `jetkeep list --sets` shows them.");
}

}  // namespace jetkeep
