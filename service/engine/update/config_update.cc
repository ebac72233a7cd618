#include "service/engine/update/config_update.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <set>
#include <utility>

#include "protocol/base/join.h"
#include "protocol/js_api/server_version.h"
#include "protocol/js_config/consumer_config.h"
#include "service/engine/backup/being_restored.h"
#include "service/engine/backup/config_backup.h"
#include "service/engine/restore/restore_check.h"
#include "service/engine/sets/set_restore_plan.h"
#include "service/engine/update/immutable_fields.h"
#include "service/engine/update/removals.h"
#include "service/work/backoff.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMostNamed = 10;
constexpr ServerVersion kConsumerLimits{2, 10, 0};
// Older ones take a limit that is not set for one that allows nothing, once limits are changed:
// 2.10.27, 2.11.17.
constexpr ServerVersion kNoLimitAllows{2, 12, 0};
constexpr std::uint32_t kLimitsExceeded = 10069;
// A cluster carries consumers' configurations to their leaders one by one.
constexpr std::chrono::milliseconds kLookAgain{100};
constexpr int kLooks = 50;
// Then a value that nobody asked for is the server's own, and no longer that from before.
constexpr int kLooksForChoice = 10;

bool IsOfPause(const Drift& drift) {
  return drift.kind == DriftKind::kFieldDiffers && !drift.consumer.empty() &&
         drift.field == "pause_until";
}

Result<StreamConfigs> Look(JetStream& server, const std::string& stream, StreamInfo& info) {
  JETKEEP_ASSIGN(info, server.GetStream(stream));
  JETKEEP_ASSIGN(const std::vector<ConsumerInfo> consumers, server.Consumers(stream));
  return ConfigsOf(info, consumers);
}

const std::string* ConfigFor(const StreamConfigs& configs, const std::string& consumer) {
  const auto found = std::find_if(configs.consumers.begin(), configs.consumers.end(),
                                  [&](const ConsumerConfig& one) { return one.name == consumer; });
  return found == configs.consumers.end() ? nullptr : &found->config_json;
}

std::string InWords(const Drift& drift) {
  const std::string of = drift.consumer.empty() ? "" : "consumer " + drift.consumer + ": ";
  const auto value = [](const std::string& json) { return json.empty() ? "not set" : json; };
  return of + drift.field + " is " + value(drift.found_json) + ", the backup has " +
         value(drift.kept_json);
}

void TakeOut(AccountUse& use, const StreamConfigFacts& stream, std::size_t consumers, bool tiered) {
  const std::uint64_t replicas = tiered ? 1 : std::max<std::uint64_t>(stream.replicas, 1);
  std::uint64_t& reserved = stream.in_memory ? use.reserved_memory : use.reserved_storage;
  const std::uint64_t own =
      stream.max_bytes > 0 ? static_cast<std::uint64_t>(stream.max_bytes) * replicas : 0;
  reserved -= std::min(reserved, own);
  if (use.streams > 0) --use.streams;
  use.consumers -= std::min<std::uint64_t>(use.consumers, consumers);
}

// The server as if the stream were not there: what of it is planned takes its place.
void ForgetStream(ServerFacts& facts, const StreamConfigFacts& stream, std::size_t consumers) {
  std::erase_if(facts.streams, [&](const LiveStream& live) { return live.name == stream.name; });
  if (!facts.account) return;
  TakeOut(facts.account->total, stream, consumers, false);
  const auto tier =
      facts.account->tiers.find("R" + std::to_string(std::max<std::uint64_t>(stream.replicas, 1)));
  if (tier != facts.account->tiers.end()) TakeOut(tier->second, stream, consumers, true);
}

std::optional<Error> WhyNotRemove(const ConfigUpdate& update) {
  if (update.changes.removals.empty() || update.may_remove) return std::nullopt;
  std::vector<std::string> all;
  for (const ConfigChanges::Removal& removal : update.changes.removals) {
    const std::string most = std::to_string(removal.at_most);
    all.push_back(removal.why + " removes " +
                  (removal.at_least == removal.at_most
                       ? most
                       : "between " + std::to_string(removal.at_least) + " and " + most));
  }
  return Error{
      Errc::kRemovesMessages,
      "the backup's configuration would remove messages of stream " + update.stream + ": " +
          JoinFirst(all, kMostNamed, "; ", "; and "),
      "Nothing of it was changed. Add --allow-removal (field allow_removal) if they may go.", 0};
}

// The field with which the consumer exceeds what its stream allows; empty: none. no_limit_counts: a
// limit that is not set allows nothing.
std::string ExceededLimit(const std::string& consumer_json, const StreamConfigFacts& stream,
                          bool no_limit_counts) {
  const ConsumerConfigFacts consumer = ReadConsumerConfig(consumer_json);
  const auto exceeds = [&](std::uint64_t value, std::uint64_t limit) {
    return value > limit && (limit != 0 || no_limit_counts);
  };
  const auto pending =
      static_cast<std::uint64_t>(std::max<std::int64_t>(consumer.max_ack_pending, 0));
  if (exceeds(pending, stream.consumer_max_ack_pending)) {
    return "max_ack_pending " + std::to_string(pending);
  }
  const std::uint64_t threshold = consumer.inactive_threshold_ns;
  if (!exceeds(threshold, stream.consumer_inactive_threshold_ns)) return {};
  return "inactive_threshold " + std::to_string(threshold);
}

class Planner {
 public:
  Planner(JetStream& server, UpdateRights rights) : server_(server), rights_(rights) {}

  Result<ConfigUpdate> Plan(const Manifest& manifest, const RestoreTarget& target,
                            ServerFacts facts) {
    update_.stream = target.stream;
    StreamInfo info;
    JETKEEP_ASSIGN(update_.found, Look(server_, target.stream, info));
    JETKEEP_TRY(CheckNotBeingRestored(info.config_json, target.stream));
    update_.created = info.created;
    JETKEEP_ASSIGN(update_.before, ReadStreamConfig(info.config_json));
    ForgetStream(facts, update_.before, update_.found.consumers.size());
    // Only the chunks of a restore do not pass an import.
    facts.identity.api_imported = false;
    JETKEEP_ASSIGN(RestorePlan plan, PlanRestore(ConfigurationOf(manifest), target, facts));
    update_.after = plan.config;
    update_.wanted.config_json = std::move(plan.target.config_json);
    for (auto* consumers : {&plan.consumers.archived, &plan.consumers.created}) {
      for (ConsumerBackup& consumer : *consumers) {
        update_.wanted.consumers.push_back({consumer.name, std::move(consumer.config_json)});
      }
    }
    update_.left_out = std::move(plan.left_out);
    update_.warnings = std::move(plan.warnings);
    update_.refusals = std::move(plan.refusals);
    if (Status fits = CheckReplicas(facts.identity, plan.config); !fits) {
      update_.refusals.push_back(std::move(fits).error());
    }
    update_.now_ns = info.answered_ns != 0 ? info.answered_ns : facts.now_ns;
    update_.counted_at = std::chrono::steady_clock::now();
    update_.server = ParseServerVersion(facts.identity.version).value_or(ServerVersion{});
    update_.may_remove = rights_.remove_messages;
    Compare(update_.now_ns);
    CheckRight();
    CheckImmutable(update_.server);
    CheckConsumerLimits(update_.server);
    JETKEEP_ASSIGN(
        update_.changes.removals,
        RemovalsBy(server_, {info, update_.before, update_.after, update_.changes.differences,
                             update_.now_ns, update_.server}));
    CheckRemovals();
    return std::move(update_);
  }

 private:
  void Refuse(Errc code, std::string message, std::string hint) {
    update_.refusals.push_back({code, std::move(message), std::move(hint), 0});
  }

  void Compare(std::int64_t now_ns) {
    std::set<std::string> changed;
    for (Drift& drift : CompareStream(update_.stream, update_.wanted, update_.found, now_ns)) {
      if (IsOfPause(drift)) {
        update_.warnings.push_back(InWords(drift) + "; a pause is left as it is");
        continue;
      }
      if (drift.kind == DriftKind::kConsumerMissing) update_.absent.push_back(drift.consumer);
      if (drift.kind == DriftKind::kConsumerExtra) {
        // It may be in the backup; what was left out of that is named already.
        if (!rights_.all_consumers) continue;
        update_.warnings.push_back("consumer " + drift.consumer +
                                   " is not in the backup, and is left as it is");
      }
      if (drift.kind == DriftKind::kFieldDiffers) {
        if (drift.consumer.empty()) update_.changes_stream = true;
        if (!drift.consumer.empty() && changed.insert(drift.consumer).second) {
          update_.changed.push_back(drift.consumer);
        }
      }
      update_.changes.differences.push_back(std::move(drift));
    }
  }

  void CheckRight() {
    if (rights_.change) return;
    std::vector<std::string> fields;
    for (const Drift& drift : update_.changes.differences) {
      if (drift.kind == DriftKind::kFieldDiffers) fields.push_back(InWords(drift));
    }
    if (fields.empty()) return;
    Refuse(Errc::kConfigDiffers,
           "stream " + update_.stream + " is there with another configuration: " +
               JoinFirst(fields, kMostNamed, "; ", "; and "),
           "Nothing was changed. With --update-config (field update_config) the stream and its "
           "consumers are brought to the backup's configuration.");
  }

  void CheckImmutable(const ServerVersion& server) {
    if (!rights_.change) return;
    std::vector<std::string> fields;
    for (const Drift& drift : update_.changes.differences) {
      if (drift.kind != DriftKind::kFieldDiffers) continue;
      if (const auto why = WhyImmutable(drift, server)) {
        fields.push_back(InWords(drift) + " (" + *why + ")");
      }
    }
    if (fields.empty()) return;
    Refuse(Errc::kConfigImmutable,
           "stream " + update_.stream +
               " cannot be brought to the backup's configuration where it is: " +
               JoinFirst(fields, kMostNamed, "; ", "; and "),
           "Nothing was changed. Such a stream or consumer has to be made anew: delete it, if it "
           "may go, and restore it.");
  }

  // Servers from 2.10 refuse limits that a consumer which is there exceeds, whether it is in the
  // backup or not. One that is changed can be so before the stream.
  void CheckConsumerLimits(const ServerVersion& server) {
    const auto of_limits = [](const Drift& drift) {
      return drift.consumer.empty() && drift.field.starts_with("consumer_limits");
    };
    const std::vector<Drift>& drifts = update_.changes.differences;
    if (!rights_.change || server < kConsumerLimits ||
        !std::any_of(drifts.begin(), drifts.end(), of_limits)) {
      return;
    }
    const bool no_limit_counts = server < kNoLimitAllows;
    std::vector<std::string> exceed;
    for (const ConsumerConfig& there : update_.found.consumers) {
      const std::string field = ExceededLimit(there.config_json, update_.after, no_limit_counts);
      if (field.empty()) continue;
      const std::vector<std::string>& changed = update_.changed;
      const bool changes = std::find(changed.begin(), changed.end(), there.name) != changed.end();
      const std::string* wanted = changes ? ConfigFor(update_.wanted, there.name) : nullptr;
      if (wanted != nullptr && ExceededLimit(*wanted, update_.before, false).empty() &&
          ExceededLimit(*wanted, update_.after, no_limit_counts).empty()) {
        update_.changed_first.push_back(there.name);
      } else {
        exceed.push_back(there.name + " (" + field + ")");
      }
    }
    if (exceed.empty()) return;
    update_.refusals.push_back(
        {Errc::kRestoreRefused,
         "consumers of stream " + update_.stream +
             " exceed the consumer_limits that it has in the backup: " +
             JoinFirst(exceed, kMostNamed),
         "Nothing of it was changed. Change or delete these consumers, then restore again.",
         kLimitsExceeded});
  }

  void CheckRemovals() {
    if (!rights_.change) return;
    if (auto why = WhyNotRemove(update_)) update_.refusals.push_back(*std::move(why));
  }

  JetStream& server_;
  const UpdateRights rights_;
  ConfigUpdate update_;
};

// What an update has changed so far, for an error.
class Done {
 public:
  void Add(std::string what) { done_.push_back(std::move(what)); }
  tl::unexpected<Error> Failed(Error error) const {
    if (!done_.empty()) {
      error.message += "; changed before: " + JoinFirst(done_, kMostNamed);
      error.hint += (error.hint.empty() ? "" : " ");
      error.hint += "The same request goes on where this one ended.";
    }
    return Fail(std::move(error));
  }

 private:
  std::vector<std::string> done_;
};

// info: becomes the stream as it is now.
Status CheckAsPlanned(JetStream& server, const ConfigUpdate& update, StreamInfo& info) {
  JETKEEP_ASSIGN(const StreamConfigs now, Look(server, update.stream, info));
  bool same = info.created == update.created && info.config_json == update.found.config_json;
  const auto as_planned = [&](const std::string& name) {
    const std::string* then = ConfigFor(update.found, name);
    const std::string* there = ConfigFor(now, name);
    return then == nullptr || there == nullptr ? then == there : *then == *there;
  };
  for (const auto* names : {&update.changed, &update.absent}) {
    same = same && std::all_of(names->begin(), names->end(), as_planned);
  }
  if (same) return {};
  return Fail(Errc::kStreamChanged,
              "stream " + update.stream + " or a consumer of it changed since it was looked at",
              "Nothing of it was changed. Look at the difference again.");
}

// Messages may have come since the plan was made.
Status CountRemovals(JetStream& server, const StreamInfo& info, ConfigUpdate& update) {
  if (!update.changes_stream && update.changed.empty()) return {};
  const auto since = std::chrono::steady_clock::now() - update.counted_at;
  const std::int64_t now_ns =
      info.answered_ns != 0
          ? info.answered_ns
          : update.now_ns + std::chrono::duration_cast<std::chrono::nanoseconds>(since).count();
  JETKEEP_ASSIGN(update.changes.removals,
                 RemovalsBy(server, {info, update.before, update.after, update.changes.differences,
                                     now_ns, update.server}));
  if (auto why = WhyNotRemove(update)) return Fail(*std::move(why));
  return {};
}

std::vector<std::string> DifferencesAfter(const ConfigUpdate& update, const StreamConfigs& wanted,
                                          const StreamConfigs& now, std::int64_t now_ns) {
  std::vector<std::string> differences;
  for (const Drift& drift : CompareStream(update.stream, wanted, now, now_ns)) {
    if (drift.kind == DriftKind::kConsumerExtra || IsOfPause(drift)) continue;
    differences.push_back(drift.kind == DriftKind::kConsumerMissing
                              ? "consumer " + drift.consumer + " is not there"
                              : InWords(drift));
  }
  return differences;
}

Status CompareAfter(JetStream& server, ConfigUpdate& update, const CancelToken& cancel) {
  StreamConfigs requested = update.wanted;
  requested.whole = false;
  std::vector<std::string> differences;
  for (int looks = 1; looks <= kLooks; ++looks) {
    StreamInfo info;
    JETKEEP_ASSIGN(const StreamConfigs now, Look(server, update.stream, info));
    const std::vector<std::string> all =
        DifferencesAfter(update, update.wanted, now, info.answered_ns);
    if (all.empty()) return {};
    differences = DifferencesAfter(update, requested, now, info.answered_ns);
    if (differences.empty() && looks >= kLooksForChoice) {
      for (const std::string& choice : all) {
        update.servers_choice.push_back(choice + "; the server puts this in by itself");
      }
      return {};
    }
    JETKEEP_TRY(SleepFor(kLookAgain, cancel));
  }
  return RestoreMismatch(update.stream, "the configuration is not what was asked for: " +
                                            JoinedDifferences(differences));
}

}  // namespace

Result<ConfigUpdate> PlanConfigUpdate(JetStream& server, const Manifest& manifest,
                                      const RestoreTarget& target, ServerFacts facts,
                                      UpdateRights rights) {
  return Planner(server, rights).Plan(manifest, target, std::move(facts));
}

std::vector<Error> MissingUpdateGrants(JetStream& server, const ConfigUpdate& update) {
  std::vector<Error> missing;
  const auto ask = [&](Status status) {
    if (!status) missing.push_back(std::move(status).error());
  };
  if (update.changes_stream) ask(server.MayUpdateStream(update.stream));
  for (const auto* names : {&update.changed, &update.absent}) {
    if (names->empty()) continue;
    // All are sent by the same few subjects.
    ask(server.MayCreateConsumer(update.stream, names->front(),
                                 *ConfigFor(update.wanted, names->front())));
    break;
  }
  return missing;
}

Status ApplyConfigUpdate(JetStream& server, ConfigUpdate& update, const CancelToken& cancel) {
  if (!update.changes_anything()) return {};
  JETKEEP_TRY(cancel.Check());
  StreamInfo info;
  JETKEEP_TRY(CheckAsPlanned(server, update, info));
  JETKEEP_TRY(CountRemovals(server, info, update));
  Done done;
  const auto put = [&](const std::string& name, bool exists) -> Status {
    JETKEEP_TRY(cancel.Check());
    return server.PutConsumer(update.stream, name, *ConfigFor(update.wanted, name), exists)
        .map([](const ConsumerInfo&) {});
  };
  const auto is_first = [&](const std::string& name) {
    const auto& first = update.changed_first;
    return std::find(first.begin(), first.end(), name) != first.end();
  };
  for (const std::string& name : update.changed_first) {
    if (Status status = put(name, true); !status) return done.Failed(std::move(status).error());
    done.Add("consumer " + name);
  }
  if (update.changes_stream) {
    const auto updated = server.UpdateStream(update.stream, update.wanted.config_json);
    if (!updated) return done.Failed(updated.error());
    done.Add("stream " + update.stream);
  }
  for (const std::string& name : update.changed) {
    if (is_first(name)) continue;
    if (Status status = put(name, true); !status) return done.Failed(std::move(status).error());
    done.Add("consumer " + name);
  }
  for (const std::string& name : update.absent) {
    if (Status status = put(name, false); !status) return done.Failed(std::move(status).error());
    done.Add("consumer " + name + " (created)");
  }
  Status same = CompareAfter(server, update, cancel);
  if (!same) return done.Failed(std::move(same).error());
  return {};
}

Error RefusalOf(const ConfigUpdate& update) {
  Error refusal = update.refusals.front();
  for (std::size_t i = 1; i < update.refusals.size(); ++i) {
    refusal.message += "; besides, " + update.refusals[i].message;
  }
  return refusal;
}

void AddUpdated(ServerFacts& facts, const ConfigUpdate& update) {
  ForgetStream(facts, update.before, update.found.consumers.size());
  RestorePlan plan;
  plan.target.stream = update.stream;
  plan.config = update.after;
  // What is there takes its place already.
  plan.consumers.created.resize(update.found.consumers.size() + update.absent.size());
  AddRestored(facts, plan);
}

}  // namespace jetkeep
