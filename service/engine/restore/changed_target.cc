#include "service/engine/restore/changed_target.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "protocol/base/join.h"
#include "protocol/base/names.h"
#include "protocol/js_config/config_edit.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"
#include "protocol/subjects/match.h"
#include "service/engine/restore/mapped_config.h"

namespace jetkeep {
namespace {

constexpr std::string_view kObjects = "OBJ_";

Result<SubjectMap> MapOf(const std::string& stream, const std::string& as,
                         const RestoreChanges& changes) {
  std::vector<SubjectRule> rules = changes.map_subjects;
  if (as != stream) {
    const std::vector<SubjectRule> bucket = BucketRules(stream, as);
    rules.insert(rules.end(), bucket.begin(), bucket.end());
  }
  return SubjectMap::Make(rules);
}

// The configuration that was given, or the backup's with its subjects mapped; under the name `as`.
Result<std::string> BaseConfig(const Manifest& manifest, const std::string& as,
                               const RestoreChanges& changes, const SubjectMap& map,
                               std::vector<std::string>& warnings) {
  if (changes.config_json.empty()) {
    JETKEEP_ASSIGN(std::string config, WithFieldAt(manifest.config_json, "name", QuoteJson(as)));
    if (map.empty()) return config;
    return MappedStreamConfig(config, map, warnings);
  }
  JETKEEP_ASSIGN(const StreamConfigFacts given, ReadStreamConfig(changes.config_json));
  const bool own = given.name == manifest.stream && !changes.as.empty();
  if (!given.name.empty() && given.name != as && !own) {
    return Fail(
        Errc::kInvalidRequest,
        "the configuration is that of stream " + given.name + ", and the restore makes " + as,
        "Nothing was changed. Name the new stream with --as (field as), or leave the name "
        "out of the configuration.");
  }
  return WithFieldAt(changes.config_json, "name", QuoteJson(as));
}

Result<std::string> ConfigOfTarget(const Manifest& manifest, const std::string& as,
                                   const RestoreChanges& changes, const SubjectMap& map,
                                   std::vector<std::string>& warnings) {
  JETKEEP_ASSIGN(std::string config, BaseConfig(manifest, as, changes, map, warnings));
  for (const auto& [path, value] : changes.set) {
    JETKEEP_TRY(CheckSettablePath(path));
    JETKEEP_ASSIGN(config, WithFieldAt(config, path, value));
    if (const auto read = ReadStreamConfig(config); !read) {
      return Fail(Error(read.error()).Within("the field \"" + path + "\""));
    }
  }
  return config;
}

// Servers refuse two subjects of a stream that overlap, and say so only at the end of a restore.
Status CheckOverlap(const StreamConfigFacts& config) {
  const std::vector<std::string>& subjects = config.subjects;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!SubjectsOverlap(subjects[i], subjects[j])) continue;
      return Fail(Errc::kInvalidRequest,
                  "stream " + config.name + " would have the subjects " + subjects[j] + " and " +
                      subjects[i] + ", which overlap",
                  "Nothing was changed. Give other rules for subjects, or other subjects.");
    }
  }
  return {};
}

// A bucket under another name has subjects of that name, also where its subjects were given.
Status CheckBucket(const std::string& stream, const StreamConfigFacts& before,
                   const StreamConfigFacts& config, const SubjectMap& map) {
  if (config.name == stream) return {};
  if (config.subjects.empty() && !config.origins.empty()) return {};
  for (const SubjectRule& rule : BucketRules(stream, config.name)) {
    for (const std::string& subject : before.subjects) {
      if (!SubjectIsSubset(subject, rule.from)) continue;
      for (const std::string& image : map.ImagesOf(subject)) {
        const bool covered = std::any_of(
            config.subjects.begin(), config.subjects.end(),
            [&](const std::string& pattern) { return SubjectIsSubset(image, pattern); });
        if (covered) continue;
        return Fail(Errc::kInvalidRequest,
                    "the messages of bucket stream " + stream + " would be on " + image +
                        ", which is no subject of stream " + config.name,
                    "Nothing was changed. Name " + image +
                        " among the subjects of the configuration that is given.");
      }
    }
  }
  return {};
}

// Streams whose payloads servers or clients read.
Status CheckObfuscation(const Manifest& manifest, const Obfuscation& what,
                        std::vector<std::string>& warnings) {
  JETKEEP_TRY(CheckObfuscation(what));
  if (!what.payloads) return {};
  JETKEEP_ASSIGN(const auto counter, FindRawMember(manifest.config_json, "allow_msg_counter"));
  if (counter && *counter == "true") {
    return Fail(Errc::kInvalidRequest,
                "stream " + manifest.stream + " holds counters, whose payloads the server reads",
                "Obfuscate its subjects and headers only.");
  }
  if (manifest.stream.starts_with(kObjects)) {
    warnings.emplace_back(
        "the objects of the bucket cannot be read: what describes them is "
        "obfuscated, too");
  }
  return {};
}

// Consumers that deliver by themselves reach the same clients as those of the other stream.
void WarnOfDelivery(const Manifest& manifest, std::vector<std::string>& warnings) {
  for (const ConsumerBackup& consumer : manifest.consumers) {
    const std::string subject = ReadConsumerConfig(consumer.config_json).deliver_subject;
    if (subject.empty()) continue;
    warnings.push_back("consumer " + consumer.name + " delivers to " + subject +
                       ": who listens there gets the messages of both streams if the stream that "
                       "was backed up still exists");
  }
}

Status MapConsumers(Manifest& manifest, const SubjectMap& map) {
  for (ConsumerBackup& consumer : manifest.consumers) {
    JETKEEP_ASSIGN(consumer.config_json, MappedConsumerConfig(consumer.config_json, map));
  }
  return {};
}

RecordRewrite RewriteFor(const std::string& stream, const std::string& as, SubjectMap map,
                         const StreamConfigFacts& before, const StreamConfigFacts& target) {
  RecordRewrite rewrite;
  rewrite.schedules = before.message_schedules && !map.empty();
  rewrite.subjects = std::move(map);
  rewrite.in_memory = target.in_memory;
  if (as != stream && stream.starts_with(kObjects) && as.starts_with(kObjects)) {
    rewrite.from_bucket = stream.substr(kObjects.size());
    rewrite.to_bucket = as.substr(kObjects.size());
  }
  return rewrite;
}

// The size of what comes back; exact only once it is sent, where it depends on each message.
void Resize(Manifest& manifest, const StreamConfigFacts& before,
            const std::vector<std::string>& subjects, RestoreTarget& target) {
  const RecordRewrite& rewrite = target.rewrite;
  const auto growth = rewrite.subjects.GrowthOf(subjects);
  const bool same_for_all = growth && growth->least == growth->most &&
                            rewrite.from_bucket.empty() && !rewrite.schedules &&
                            !rewrite.obfuscator.any() && rewrite.in_memory == before.in_memory;
  if (!same_for_all) {
    target.unchecked.emplace_back(
        "the size of the restored stream in bytes, which is counted while its messages are sent");
    return;
  }
  const std::int64_t more = growth->most * static_cast<std::int64_t>(manifest.state.messages);
  manifest.state.bytes += static_cast<std::uint64_t>(more);
}

// What nobody may acknowledge any more, and what everybody had, goes where acknowledging removes.
void RefuseNewRetention(const Manifest& manifest, const StreamConfigFacts& before,
                        RestoreTarget& target, const StreamConfigFacts& config,
                        bool allow_removal) {
  if (!config.removes_on_ack || manifest.state.messages == 0) return;
  // Interest removes more than a work queue, which keeps what no consumer takes.
  const bool by_interest = !config.work_queue;
  const bool was_by_interest = before.removes_on_ack && !before.work_queue;
  if (by_interest ? was_by_interest : before.removes_on_ack) return;
  const std::string what = "the new retention may remove up to " +
                           std::to_string(manifest.state.messages) +
                           " messages: those that no consumer waits for";
  if (allow_removal) {
    target.warnings.push_back(what);
  } else {
    target.refusals.push_back({Errc::kRestoreRefused, what,
                               "Nothing was sent. Restore with --allow-removal (field "
                               "allow_removal), or keep the retention of the backup."});
  }
}

Status FitLimits(Repository& repository, BackupPart& part, const StreamConfigFacts& config,
                 bool allow_removal, const ServerLimits& server, RestoreTarget& target,
                 std::vector<std::string>& subjects, const CancelToken& cancel) {
  JETKEEP_ASSIGN(LimitRemoval removal, FindLimitRemoval(repository, part.manifest, config,
                                                        target.rewrite, server, cancel));
  for (std::string& warning : removal.warnings) target.warnings.push_back(std::move(warning));
  subjects = std::move(removal.subjects);
  if (removal.removed == 0) return {};
  const std::uint64_t all = part.manifest.state.messages;
  const std::string count =
      std::to_string(removal.removed) + " of " + std::to_string(all) + " messages";
  const std::string limits = JoinFirst(removal.limits, 8, ", ", ", ");
  const std::uint64_t left_out = removal.removed - removal.expiring;
  if (left_out >= all) {
    target.refusals.push_back({Errc::kRestoreRefused,
                               "the limits of stream " + target.stream + " allow none of the " +
                                   std::to_string(all) + " messages: " + limits,
                               "Nothing was sent. Restore with other limits."});
    return {};
  }
  if (!allow_removal) {
    target.refusals.push_back(
        {Errc::kRestoreRefused,
         count + " would be removed by the limits of stream " + target.stream + ": " + limits,
         "Nothing was sent. Restore with --allow-removal (field allow_removal) without them, or "
         "with other limits."});
    return {};
  }
  if (removal.expiring > 0) {
    target.warnings.push_back(std::to_string(removal.expiring) +
                              " messages are about as old as max_age allows: they are sent, and "
                              "the server removes those that are too old by its own clock");
  }
  if (left_out == 0) return {};
  KeepMessages(removal.kept, part.manifest);
  target.resized = true;
  target.left_out.push_back(std::to_string(left_out) + " of " + std::to_string(all) +
                            " messages are left out, as the limits of stream " + target.stream +
                            " do not allow them: " + limits);
  return {};
}

}  // namespace

Result<RestoreTarget> ChangeTarget(Repository& repository, BackupPart& part,
                                   const RestoreChanges& changes, bool allow_removal,
                                   const ServerLimits& server, const CancelToken& cancel) {
  Manifest& manifest = part.manifest;
  const std::string as = changes.as.empty() ? manifest.stream : changes.as;
  RestoreTarget target = SameStream(manifest);
  target.left_out = part.left_out;
  if (changes.none()) return target;
  JETKEEP_TRY(CheckStreamName(as));
  JETKEEP_ASSIGN(const StreamConfigFacts before, ReadStreamConfig(manifest.config_json));
  JETKEEP_TRY(CheckObfuscation(manifest, changes.obfuscate, target.warnings));
  const Obfuscator obfuscator(changes.obfuscate);
  JETKEEP_ASSIGN(SubjectMap map, MapOf(manifest.stream, as, changes));
  if (obfuscator.subjects()) {
    map.ThenEdit([obfuscator](std::string& subject, bool literal) {
      subject = obfuscator.Subject(subject, literal);
    });
  }
  target.stream = as;
  target.frozen = changes.frozen;
  JETKEEP_ASSIGN(target.config_json, ConfigOfTarget(manifest, as, changes, map, target.warnings));
  JETKEEP_ASSIGN(const StreamConfigFacts config, ReadStreamConfig(target.config_json));
  if (config.subjects != before.subjects) JETKEEP_TRY(CheckOverlap(config));
  JETKEEP_TRY(CheckBucket(manifest.stream, before, config, map));
  if (!map.empty()) JETKEEP_TRY(MapConsumers(manifest, map));
  if (as != manifest.stream) WarnOfDelivery(manifest, target.warnings);
  target.rewrite = RewriteFor(manifest.stream, as, std::move(map), before, config);
  target.rewrite.given_rules = !changes.map_subjects.empty();
  target.rewrite.obfuscator = obfuscator;
  target.rewritten = target.rewrite.ChangesMessages() || config.in_memory != before.in_memory;
  RefuseNewRetention(manifest, before, target, config, allow_removal);
  StreamConfigFacts limits = config;
  if (changes.frozen) limits.max_age_ns = 0;
  std::vector<std::string> subjects;
  JETKEEP_TRY(FitLimits(repository, part, limits, allow_removal, server, target, subjects, cancel));
  if (target.rewritten && !target.resized) Resize(manifest, before, subjects, target);
  return target;
}

}  // namespace jetkeep
