// Whether the server keeps the configurations of a restored stream and of its consumers as they
// were asked for.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "service/engine/restore/restore_plan.h"

namespace jetkeep {

// kRestoreMismatch with every difference; else warnings that name what the server put in by itself,
// as the backup's server had not. Consumers of `made_anew` may start elsewhere.
Result<std::vector<std::string>> CheckRestoredConfigs(JetStream& server, const RestorePlan& plan,
                                                      const std::set<std::string>& made_anew,
                                                      const CancelToken& cancel);

}  // namespace jetkeep
