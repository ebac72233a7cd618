#include "service/engine/restore/restore_plan.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "protocol/base/join.h"
#include "protocol/base/time.h"
#include "protocol/js_api/server_version.h"
#include "protocol/js_config/config_edit.h"
#include "protocol/js_config/config_fit.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/frozen.h"
#include "protocol/json/raw_json.h"
#include "protocol/subjects/match.h"
#include "protocol/v1/record.h"
#include "service/engine/restore/account_room.h"
#include "service/engine/restore/consumer_rules.h"
#include "service/engine/restore/restore_check.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxFieldsNamed = 20;
// Stands for an unknown version where a rule that is not certain may refuse nothing.
constexpr ServerVersion kUnknown{2, 10, 0};

std::string Joined(const std::vector<std::string>& parts, const char* between) {
  return JoinFirst(parts, kMaxFieldsNamed, between, between);
}

std::string NameOf(const ServerIdentity& server) {
  return server.version.empty() ? "the server, of unknown version," : "server " + server.version;
}

class Planner {
 public:
  Planner(const Manifest& manifest, const RestoreTarget& target, const ServerFacts& facts)
      : manifest_(manifest), facts_(facts), version_(ParseServerVersion(facts.identity.version)) {
    plan_.target = target;
    plan_.server = facts.identity;
    plan_.left_out = target.left_out;
    plan_.warnings = target.warnings;
    plan_.unchecked = target.unchecked;
  }

  Result<RestorePlan> Plan() {
    const RestoreTarget& target = plan_.target;
    JETKEEP_ASSIGN(plan_.config, ReadStreamConfig(target.config_json));
    JETKEEP_ASSIGN(backed_up_, ReadStreamConfig(manifest_.config_json));
    // Some servers go by the name in the configuration, not by the one asked for.
    if (plan_.config.name != target.stream) {
      return Fail(Errc::kRepositoryCorrupt, "the configuration for stream " + target.stream +
                                                " is that of " + plan_.config.name);
    }
    plan_.expected = StateAfterRestore(manifest_);
    CheckName();
    CheckWay();
    for (const Error& refusal : plan_.target.refusals) plan_.refusals.push_back(refusal);
    JETKEEP_TRY(Freeze());
    JETKEEP_TRY(FitStream());
    JETKEEP_TRY(FitConsumers());
    ReadTimes();
    RefuseUnsupported();
    RefuseConsumers();
    CheckSequences();
    CheckStorage();
    CheckAccount();
    CheckDuplicates();
    WarnOfAge();
    CheckDisk();
    CheckLargestMessage();
    CheckSubjects();
    if (!manifest_.lost.empty()) {
      LeaveOut("the backup is damaged: " + std::to_string(manifest_.lost.Count()) +
               " messages could not be read when it was taken and are not restored");
    }
    return std::move(plan_);
  }

 private:
  void Refuse(Errc code, std::string message, std::string hint, std::uint32_t server_code = 0) {
    plan_.refusals.push_back({code, std::move(message), std::move(hint), server_code});
  }
  void LeaveOut(std::string what) { plan_.left_out.push_back(std::move(what)); }
  void Warn(std::string warning) { plan_.warnings.push_back(std::move(warning)); }

  void CheckName() {
    const std::string& name = plan_.target.stream;
    const bool taken = std::any_of(facts_.streams.begin(), facts_.streams.end(),
                                   [&](const LiveStream& live) { return live.name == name; });
    if (!taken) return;
    Refuse(Errc::kStreamExists, "stream " + name + " already exists",
           "Nothing was changed. A stream cannot be renamed: delete it first if the backup shall "
           "take its place.");
  }

  void CheckWay() {
    if (!facts_.identity.api_imported) return;
    Refuse(Errc::kPermissionDenied,
           "the JetStream API is imported from another account, and servers do not take the chunks "
           "of a restore through an import",
           "Restore with a user of the account that holds the streams, without a prefix of the "
           "JetStream API.");
  }

  Status Freeze() {
    RestoreTarget& target = plan_.target;
    if (!target.frozen) return {};
    if (plan_.config.message_ttl) {
      Warn("times to live of single messages go on: --frozen takes back max_age only");
    }
    const std::string max_age = std::to_string(plan_.config.max_age_ns);
    if (plan_.config.max_age_ns == 0) {
      Warn("stream " + target.stream + " has no max_age that could be frozen");
      return {};
    }
    JETKEEP_ASSIGN(target.config_json, WithFieldAt(target.config_json, "max_age", "0"));
    if (KeepsMetadata(facts_.identity.version)) {
      JETKEEP_ASSIGN(target.config_json,
                     WithFieldAt(target.config_json, kFrozenPath, QuoteJson(max_age)));
      LeaveOut("stream " + target.stream + ": max_age " + max_age + " ns is off; `jetkeep thaw " +
               target.stream + "` puts it back");
    } else {
      LeaveOut("stream " + target.stream + ": max_age " + max_age + " ns is off, and " +
               NameOf(facts_.identity) +
               " keeps no metadata to remember it in: put it back by an update of the stream");
    }
    JETKEEP_ASSIGN(plan_.config, ReadStreamConfig(target.config_json));
    return {};
  }

  // Otherwise it shows when the messages are gone.
  void WarnOfAge() {
    const auto age = static_cast<std::int64_t>(
        std::min<std::uint64_t>(plan_.config.max_age_ns, std::numeric_limits<std::int64_t>::max()));
    const StreamState& state = manifest_.state;
    if (age == 0 || state.messages == 0 || state.first_time_ns > facts_.now_ns - age) return;
    const bool all = state.last_time_ns <= facts_.now_ns - age;
    Warn((all ? "all " + std::to_string(state.messages) + " messages"
              : "the messages from before " + FormatTime(facts_.now_ns - age)) +
         " are older than the max_age of stream " + plan_.target.stream +
         ": the server removes them at once; --frozen (field frozen) restores them without it");
  }

  Status FitStream() {
    RestoreTarget& target = plan_.target;
    if (!version_) {
      Warn(
          "the server's version is not known, so whether it honours the configuration shows "
          "only after the restore");
      return {};
    }
    JETKEEP_ASSIGN(const ConfigFit fit,
                   FitConfig(ConfigOf::kStream, target.config_json, *version_, facts_.now_ns));
    target.config_json = fit.config_json;
    JETKEEP_ASSIGN(plan_.config, ReadStreamConfig(target.config_json));
    JETKEEP_TRY(CheckFirstSequence());
    Unsupported("stream " + target.stream, fit.unsupported);
    return {};
  }

  // Some servers empty a stream that still begins at its first_seq whenever they load it.
  Status CheckFirstSequence() {
    RestoreTarget& target = plan_.target;
    const std::uint64_t first = plan_.config.first_sequence;
    const bool purges = PurgesFromFirstSeq(facts_.identity.version) && first != 0 &&
                        plan_.expected.messages != 0 && plan_.expected.first_sequence <= first;
    if (!purges) return {};
    if (!target.drop_unknown) {
      Refuse(Errc::kRestoreRefused,
             "stream " + target.stream + " begins at its first_seq, " + std::to_string(first) +
                 ", and " + NameOf(facts_.identity) + " would remove all of its messages",
             "Nothing was sent. Servers 2.10.0 to 2.10.27 empty such a stream whenever they start "
             "or restore it; restore it to 2.10.28 or later, or with --drop-unknown (field "
             "drop_unknown) without first_seq: its messages keep their sequences.");
      return {};
    }
    JETKEEP_ASSIGN(target.config_json, WithoutMember(target.config_json, "first_seq"));
    LeaveOut("stream " + target.stream + ": first_seq " + std::to_string(first) +
             " is left out, because " + NameOf(facts_.identity) +
             " would remove all messages of a stream that begins at it");
    return {};
  }

  void Unsupported(const std::string& of, const std::vector<UnsupportedField>& fields) {
    for (const UnsupportedField& field : fields) {
      if (plan_.target.drop_unknown) {
        LeaveOut(of + ": " + field.Text() + " is left out, because " + NameOf(facts_.identity) +
                 " cannot honour it");
      } else {
        unsupported_.push_back(of + ": " + field.Text());
      }
    }
  }

  void RefuseUnsupported() {
    if (unsupported_.empty()) return;
    Refuse(Errc::kConfigUnsupported,
           NameOf(facts_.identity) + " cannot honour: " + Joined(unsupported_, "; "),
           "Nothing was sent. Restore onto a newer server, or with --drop-unknown (field "
           "drop_unknown) without these settings.");
  }

  Status FitConsumers() {
    std::vector<ConsumerBackup> kept;
    ConsumerPlace place = Place();
    for (ConsumerBackup consumer : manifest_.consumers) {
      JETKEEP_ASSIGN(const bool taken, FitConsumer(consumer, place));
      if (taken) kept.push_back(std::move(consumer));
    }
    plan_.form = FormFor(facts_.identity.version, UsesV2(kept));
    plan_.form.time_ns = manifest_.completed_ns;
    if (plan_.form.v2) {
      for (ConsumerBackup& consumer : kept) {
        ForgetPendingBelow(consumer.state, plan_.expected.first_sequence);
      }
    }
    JETKEEP_ASSIGN(plan_.consumers,
                   PlanConsumers(kept, plan_.form.v2, plan_.config.removes_on_ack));
    for (const std::string& warning : plan_.consumers.warnings) Warn(warning);
    CreateConsumersInMemory();
    return {};
  }

  // Consumers of a stream in memory come back from a v1 archive and deliver nothing (2.9.10,
  // 2.10.27). Without messages none has a position to lose.
  void CreateConsumersInMemory() {
    ConsumerPlan& consumers = plan_.consumers;
    const bool created = manifest_.condition == BackupCondition::kConfigOnly &&
                         plan_.config.in_memory && !plan_.form.v2;
    if (!created) return;
    for (ConsumerBackup& consumer : consumers.archived) {
      consumer.state = {};
      consumers.created.push_back(std::move(consumer));
    }
    consumers.archived.clear();
  }

  std::string WhatGoesWithIt() const {
    const bool by_interest = plan_.config.removes_on_ack && !plan_.config.work_queue;
    return by_interest ? "; the server removes the messages that only it had not acknowledged" : "";
  }

  Result<bool> FitConsumer(ConsumerBackup& consumer, ConsumerPlace& place) {
    const RestoreTarget& target = plan_.target;
    if (target.refused_consumers.count(consumer.name) != 0) {
      LeaveOut("consumer " + consumer.name + " is not restored, because the server refused it" +
               WhatGoesWithIt());
      return false;
    }
    if (!version_) return true;
    JETKEEP_ASSIGN(const ConfigFit fit,
                   FitConfig(ConfigOf::kConsumer, consumer.config_json, *version_, facts_.now_ns));
    if (!fit.unsupported.empty() && !target.drop_unknown && target.skip_refused_consumers) {
      std::vector<std::string> fields;
      for (const UnsupportedField& field : fit.unsupported) fields.push_back(field.Text());
      LeaveOut("consumer " + consumer.name + " is not restored, because " +
               NameOf(facts_.identity) + " cannot honour " + Joined(fields, "; ") +
               WhatGoesWithIt());
      return false;
    }
    Unsupported("consumer " + consumer.name, fit.unsupported);
    consumer.config_json = fit.config_json;
    ConsumerConfigFacts config = ReadConsumerConfig(consumer.config_json);
    // Of one that is not restored as it is, the rules say nothing.
    const bool as_it_is = fit.unsupported.empty() || target.drop_unknown;
    const auto refusal = as_it_is ? RefusalOf(config, place) : std::nullopt;
    if (refusal && target.skip_refused_consumers) {
      LeaveOut("consumer " + consumer.name + " is not restored, because " +
               NameOf(facts_.identity) + " refuses it: " + refusal->why + " (err_code " +
               std::to_string(refusal->server_code) + ")" + WhatGoesWithIt());
      return false;
    }
    if (refusal) refused_.push_back({consumer.name, *refusal});
    place.others.push_back(std::move(config));
    return true;
  }

  void RefuseConsumers() {
    if (refused_.empty()) return;
    std::vector<std::string> named;
    std::string hint;
    for (const auto& [name, refusal] : refused_) {
      named.push_back("consumer " + name + ": " + refusal.why + " (err_code " +
                      std::to_string(refusal.server_code) + ")");
      if (hint.empty()) hint = refusal.hint;
    }
    if (!hint.empty()) hint += " ";
    Refuse(Errc::kConsumerRefused, NameOf(facts_.identity) + " refuses " + Joined(named, "; "),
           "Nothing was sent. " + hint +
               "Or restore with --skip-refused-consumers (field skip_refused_consumers) without "
               "them.",
           refused_.front().second.server_code);
  }

  ConsumerPlace Place() const {
    ConsumerPlace place;
    place.server = version_.value_or(ServerVersion{});
    place.stream = plan_.config;
    place.subjects = plan_.config.subjects;
    std::set<std::string> seen;
    for (const StreamOrigin& origin : plan_.config.origins) AddOrigin(place, origin, seen);
    const AccountUse* use =
        facts_.account ? UseFor(*facts_.account, plan_.config.replicas) : nullptr;
    if (use != nullptr) {
      place.account_max_ack_pending = use->max_ack_pending;
      place.account_max_consumers = use->max_consumers;
    }
    return place;
  }

  void AddOrigin(ConsumerPlace& place, const StreamOrigin& origin,
                 std::set<std::string>& seen) const {
    if (origin.external) place.subjects.reset();  // nobody here knows its subjects
    if (!place.subjects || !seen.insert(origin.name).second) return;
    const auto live =
        std::find_if(facts_.streams.begin(), facts_.streams.end(),
                     [&](const LiveStream& stream) { return stream.name == origin.name; });
    if (live == facts_.streams.end()) {
      if (place.origin_away.empty()) place.origin_away = origin.name;
      return;
    }
    if (!live->config) return place.subjects.reset();
    for (const std::string& subject : live->config->subjects) place.subjects->push_back(subject);
    for (const StreamOrigin& further : live->config->origins) AddOrigin(place, further, seen);
  }

  // The server only unpacks v1, but stores v2 message by message; what lives in memory comes back
  // only from v2. In a cluster a consumer in memory loses its state either way.
  bool UsesV2(const std::vector<ConsumerBackup>& consumers) const {
    if (facts_.stopped) return false;
    if (plan_.config.in_memory) {
      return manifest_.condition != BackupCondition::kConfigOnly ||
             RestoresIntoMemory(facts_.identity.version);
    }
    if (TooLargeForV2() || MayKeepForeignTimesToLive()) return false;
    const bool alone = facts_.identity.cluster.empty();
    return alone && RestoresIntoMemory(facts_.identity.version) &&
           std::any_of(consumers.begin(), consumers.end(), [](const ConsumerBackup& consumer) {
             return ReadConsumerConfig(consumer.config_json).in_memory;
           });
  }

  // What a server stores message by message has to be within its own limit and the stream's.
  bool TooLargeForV2() const {
    const std::uint64_t largest = manifest_.largest_message;
    const std::uint64_t payload = facts_.identity.max_payload;
    const std::int64_t size = plan_.config.max_message_size;
    return (payload > 0 && largest > payload) ||
           (size > 0 && largest > static_cast<std::uint64_t>(size));
  }

  // Mirrors and sourced streams keep messages whose time to live means nothing to them; stored from
  // a v2 archive, it counts.
  bool MayKeepForeignTimesToLive() const {
    return !backed_up_.origins.empty() && !backed_up_.message_ttl;
  }

  // Some servers honour the headers of messages whatever the stream's configuration says.
  void ReadTimes() {
    plan_.times = plan_.config;
    const auto knows = [&](const ServerVersion& since) { return !version_ || *version_ >= since; };
    plan_.times.message_ttl |= (backed_up_.message_ttl && knows({2, 11, 0})) || plan_.form.v2;
    plan_.times.message_schedules |= backed_up_.message_schedules && knows({2, 12, 0});
  }

  // The bits above mark records in the blocks of a store.
  void CheckSequences() {
    if (plan_.form.v2 || plan_.expected.last_sequence < v1::kTombstoneBit) return;
    Refuse(Errc::kRestoreRefused,
           "the last sequence of the backup is " + std::to_string(plan_.expected.last_sequence) +
               ", and an archive for " + NameOf(facts_.identity) +
               " takes sequences below 2^62 only",
           "Nothing was sent. `jetkeep cat` prints the messages of the backup.");
  }

  void CheckStorage() {
    if (!plan_.config.in_memory) return;
    if (facts_.stopped) {
      Refuse(Errc::kRestoreRefused,
             "stream " + plan_.target.stream +
                 " is kept in memory, and a server that is stopped has "
                 "no memory",
             "Start the server, and restore the stream to it.");
    }
    // Without messages there is nothing that it could lose.
    if (manifest_.condition == BackupCondition::kConfigOnly) return;
    if (facts_.stopped || RestoresIntoMemory(facts_.identity.version)) return;
    Refuse(Errc::kRestoreRefused,
           "stream " + plan_.target.stream + " is kept in memory, and " + NameOf(facts_.identity) +
               " would restore none of its messages",
           "Servers from 2.15 restore streams into memory.");
  }

  void CheckAccount() {
    if (facts_.stopped) {
      plan_.unchecked.emplace_back("the limits of the account, of a server that does not run");
      return;
    }
    if (!facts_.account) {
      Warn("the limits of the account could not be checked: " + facts_.account_unknown);
      return;
    }
    const NeededRoom needed{plan_.expected.bytes, plan_.form.v2};
    for (Error& error :
         CheckRoom(*facts_.account, plan_.config, needed, version_.value_or(kUnknown))) {
      plan_.refusals.push_back(std::move(error));
    }
  }

  // From a v1 archive servers restore and deliver such a message (2.9.10 to 2.15.3), but nobody can
  // publish it again.
  void CheckLargestMessage() {
    const std::uint64_t most = facts_.identity.max_payload;
    if (most == 0 || manifest_.state.messages == 0) return;
    if (manifest_.largest_message == 0) {
      plan_.unchecked.emplace_back("the largest message, which the backup does not name");
    } else if (plan_.form.v2 && TooLargeForV2()) {
      const bool of_server = manifest_.largest_message > most;
      Refuse(Errc::kLimitTooSmall,
             "the backup has messages of up to " + std::to_string(manifest_.largest_message) +
                 " bytes, and " + NameOf(facts_.identity) +
                 " brings back into memory only messages of at most " +
                 (of_server ? std::to_string(most) + " bytes (its max_payload)"
                            : std::to_string(plan_.config.max_message_size) +
                                  " bytes (the stream's max_msg_size)"),
             of_server ? "Nothing was sent. Raise max_payload of the server, then restore again."
                       : "Nothing was sent. The server holds restored messages in memory to the "
                         "stream's own max_msg_size.");
    } else if (manifest_.largest_message > most) {
      Warn("the backup has messages of up to " + std::to_string(manifest_.largest_message) +
           " bytes, and " + NameOf(facts_.identity) + " takes new messages of at most " +
           std::to_string(most) + " bytes (max_payload)");
    }
  }

  void CheckDuplicates() {
    const std::uint64_t window = plan_.config.duplicate_window_ns;
    const bool forgets = plan_.form.v2 && ForgetsMessageIds(facts_.identity.version);
    const std::int64_t age = facts_.now_ns - manifest_.state.last_time_ns;
    const bool inside = age < 0 || static_cast<std::uint64_t>(age) < window;
    if (!forgets || !inside || manifest_.state.messages == 0) return;
    Warn(NameOf(facts_.identity) +
         " does not learn the ids of restored messages (Nats-Msg-Id) where something is kept in "
         "memory: a message that is published again within its duplicate_window is stored again");
  }

  // The server reports it to the system account only.
  void CheckDisk() {
    if (facts_.stopped) return;  // writing shows it
    plan_.unchecked.emplace_back(plan_.config.in_memory ? "the server's free memory"
                                                        : "the server's free disk space");
  }

  // The server would say so, too, but only at the very end.
  void CheckSubjects() {
    for (const LiveStream& live : facts_.streams) {
      if (!live.config || live.name == plan_.target.stream) continue;
      for (const std::string& subject : plan_.config.subjects) {
        for (const std::string& other : live.config->subjects) {
          if (!SubjectsOverlap(subject, other)) continue;
          return Refuse(Errc::kRestoreRefused,
                        "subject " + subject + " of stream " + plan_.target.stream +
                            " overlaps subject " + other + " of stream " + live.name,
                        "Nothing was sent. Change the subjects of stream " + live.name +
                            " or delete it, then restore again; or restore with other subjects: "
                            "--map-subject FROM=TO (field map_subjects).");
        }
      }
    }
  }

  const Manifest& manifest_;
  const ServerFacts& facts_;
  const std::optional<ServerVersion> version_;
  RestorePlan plan_;
  StreamConfigFacts backed_up_;
  std::vector<std::string> unsupported_;
  std::vector<std::pair<std::string, ConsumerRefusal>> refused_;
};

}  // namespace

RestoreTarget SameStream(const Manifest& manifest) {
  return {manifest.stream, manifest.config_json};
}

Result<RestorePlan> PlanRestore(const Manifest& manifest, const RestoreTarget& target,
                                const ServerFacts& facts) {
  return Planner(manifest, target, facts).Plan();
}

}  // namespace jetkeep
