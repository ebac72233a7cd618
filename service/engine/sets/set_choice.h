// Which set is meant, and what of it is there. Thread-safety: functions may be called from any
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/set.h"
#include "service/repository/repository.h"

namespace jetkeep {

// The set as `backup.set` shows it: a member whose backup is gone says so.
Result<SetDetails> DescribeSet(Repository& repository, const std::string& set_id);

// Which sets kLatestSet may mean.
enum class SetsMeant : std::uint8_t { kWithMessages, kAny };

// The set of that id, or with kLatestSet the newest complete one whose backups are all there.
// kSetNotFound.
Result<SetDetails> ChooseSet(Repository& repository, const std::string& set_id,
                             SetsMeant meant = SetsMeant::kWithMessages);

}  // namespace jetkeep
