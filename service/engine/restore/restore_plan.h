// RestorePlan: what a restore will do, as one value. Made from the backup, what was asked for and
// what is known of the server; executed by the restore, compared by the drill. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/stream_state.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/repository/manifest.h"
#include "service/engine/restore/archive_encoder.h"
#include "service/engine/restore/consumer_plan.h"
#include "service/engine/restore/record_rewrite.h"
#include "service/engine/restore/server_facts.h"

namespace jetkeep {

// What the restored stream is to be: a name that is free, and a configuration of that name.
struct RestoreTarget {
  std::string stream;
  std::string config_json;
  bool scratch = false;  // for a comparison only: to be removed by whoever asked, and by the next
                         // start if this process dies
  // Leave out what the server's version cannot honour.
  bool drop_unknown = false;
  // Leave out consumers that the server refuses.
  bool skip_refused_consumers = false;
  // Restore without expiry by age, and keep what it was in the metadata where there is one.
  bool frozen = false;
  // What changes in the messages, if `rewritten`; then the size of the stream is that of what is
  // sent.
  RecordRewrite rewrite = {};
  bool rewritten = false;
  bool resized = false;  // the manifest's size is that of what comes back
  // What the choice of the target warns of, and why it must not be made.
  std::vector<std::string> warnings = {};
  std::vector<std::string> unchecked = {};
  std::vector<Error> refusals = {};
  // What was left out of the backup before, in words.
  std::vector<std::string> left_out = {};
  // Consumers to leave out, because the server refused them when they were sent.
  std::set<std::string> refused_consumers = {};
  std::string account = {};  // that gets the stream; empty: that of the backup
};
// The stream as it was.
RestoreTarget SameStream(const Manifest& manifest);

struct RestorePlan {
  RestoreTarget target;      // its configuration is fit for the server
  StreamConfigFacts config;  // of the target
  // What may take messages away by time: also what servers read from the messages themselves.
  StreamConfigFacts times;
  ArchiveForm form;
  StreamState expected;
  ConsumerPlan consumers;
  ServerIdentity server;              // that the plan was made for
  std::vector<std::string> left_out;  // of the backup, in words
  std::vector<std::string> warnings;
  std::vector<std::string> unchecked;  // what cannot be checked before, in words
  std::vector<Error> refusals;         // why nothing may be sent; empty: go on
};

// kRepositoryCorrupt: the backup holds a configuration that cannot be read, or that of another
// name.
Result<RestorePlan> PlanRestore(const Manifest& manifest, const RestoreTarget& target,
                                const ServerFacts& facts);

}  // namespace jetkeep
