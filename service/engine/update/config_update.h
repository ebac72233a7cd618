// ConfigUpdate: what it takes to bring a stream that is there, and its consumers, to the
// configuration of a backup; messages stay. Planning changes nothing; applying changes what was
// planned, creates consumers that are absent, deletes nothing, and compares afterwards.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/drift.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "protocol/js_api/server_version.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/repository/manifest.h"
#include "service/engine/drift/compare_stream.h"
#include "service/engine/restore/restore_plan.h"
#include "service/engine/restore/server_facts.h"

namespace jetkeep {

// What an update may do besides creating consumers that are absent.
struct UpdateRights {
  bool change = false;  // configurations of what is there
  bool remove_messages = false;
  bool all_consumers = true;  // false: of the backup's consumers only some were asked for
};

struct ConfigUpdate {
  std::string stream;
  std::string created;       // of the stream, as it was looked at
  StreamConfigs found;       // the same
  StreamConfigs wanted;      // fit for the server
  StreamConfigFacts before;  // of `found`
  StreamConfigFacts after;   // of `wanted`
  bool changes_stream = false;
  std::vector<std::string> changed;  // consumers, by their names
  std::vector<std::string> absent;   // the same
  // Of those changed: what the stream allows its consumers then does not allow them as they are.
  std::vector<std::string> changed_first;
  ConfigChanges changes;
  std::vector<std::string> left_out;
  std::vector<std::string> warnings;
  // After it was applied: what the server put in where nothing was asked for.
  std::vector<std::string> servers_choice;
  std::vector<Error> refusals;  // why nothing may be changed; empty: go on

  // What the removals were counted by; ApplyConfigUpdate counts them again.
  bool may_remove = false;
  ServerVersion server = {};
  std::int64_t now_ns = 0;
  std::chrono::steady_clock::time_point counted_at = {};

  bool changes_anything() const { return changes_stream || !changed.empty() || !absent.empty(); }
};

// facts: of the server, with its other streams. kStreamNotFound.
Result<ConfigUpdate> PlanConfigUpdate(JetStream& server, const Manifest& manifest,
                                      const RestoreTarget& target, ServerFacts facts,
                                      UpdateRights rights);

// The permissions that the update needs and this user lacks.
std::vector<Error> MissingUpdateGrants(JetStream& server, const ConfigUpdate& update);

// kStreamChanged: the stream is not as it was planned for, and nothing of it was changed.
// kRemovesMessages: it would remove messages that came after the plan, and nothing of it was
// changed. Any other error says what had been changed before. update.changes.removals becomes what
// was counted last, just before the first change.
Status ApplyConfigUpdate(JetStream& server, ConfigUpdate& update, const CancelToken& cancel);

// The first refusal, with the others behind it.
Error RefusalOf(const ConfigUpdate& update);

// Takes into account that the stream is as wanted.
void AddUpdated(ServerFacts& facts, const ConfigUpdate& update);

}  // namespace jetkeep
