#include "service/engine/sets/set_failures.h"

namespace jetkeep {

std::vector<MemberFailure> FailuresOf(const std::vector<SetMember>& members) {
  std::vector<MemberFailure> failures;
  for (const SetMember& member : members) {
    if (!member.error) continue;
    if (failures.size() == kMaxFailuresNamed) break;
    failures.push_back({member.stream, member.backup, *member.error});
  }
  return failures;
}

}  // namespace jetkeep
