#include "protocol/nack/nack_resource.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "protocol/js_config/config_table.h"
#include "protocol/js_config/config_value.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"

namespace jetkeep {
namespace {

enum class As : std::uint8_t {
  kSame,
  kDuration,   // nanoseconds become a text
  kDurations,  // a list of them
  kCamelCase,  // "by_start_time" becomes "byStartTime"
  kIsS2,       // a compression becomes whether there is one
  kMetadata,
  kObject,  // `below` says how
  kList,    // of such objects
};

struct Row {
  std::string_view from;  // a member, or "object.member"
  std::string_view to;
  As as = As::kSame;
  std::span<const Row> below = {};
};

constexpr Row kPlacement[] = {{"cluster", "cluster"}, {"tags", "tags"}};
constexpr Row kTransform[] = {{"src", "source"}, {"dest", "dest"}};
constexpr Row kRepublish[] = {{"src", "source"}, {"dest", "destination"}};
constexpr Row kLimits[] = {{"inactive_threshold", "inactiveThreshold", As::kDuration},
                           {"max_ack_pending", "maxAckPending"}};
constexpr Row kOrigin[] = {{"name", "name"},
                           {"opt_start_seq", "optStartSeq"},
                           {"opt_start_time", "optStartTime"},
                           {"filter_subject", "filterSubject"},
                           {"external.api", "externalApiPrefix"},
                           {"external.deliver", "externalDeliverPrefix"},
                           {"subject_transforms", "subjectTransforms", As::kList, kTransform}};
constexpr Row kStream[] = {{"name", "name"},
                           {"description", "description"},
                           {"subjects", "subjects"},
                           {"retention", "retention"},
                           {"max_consumers", "maxConsumers"},
                           {"max_msgs", "maxMsgs"},
                           {"max_bytes", "maxBytes"},
                           {"discard", "discard"},
                           {"discard_new_per_subject", "discardPerSubject"},
                           {"max_age", "maxAge", As::kDuration},
                           {"max_msgs_per_subject", "maxMsgsPerSubject"},
                           {"max_msg_size", "maxMsgSize"},
                           {"storage", "storage"},
                           {"num_replicas", "replicas"},
                           {"no_ack", "noAck"},
                           {"duplicate_window", "duplicateWindow", As::kDuration},
                           {"placement", "placement", As::kObject, kPlacement},
                           {"mirror", "mirror", As::kObject, kOrigin},
                           {"sources", "sources", As::kList, kOrigin},
                           {"sealed", "sealed"},
                           {"deny_delete", "denyDelete"},
                           {"deny_purge", "denyPurge"},
                           {"allow_rollup_hdrs", "allowRollup"},
                           {"compression", "compression"},
                           {"first_seq", "firstSequence"},
                           {"subject_transform", "subjectTransform", As::kObject, kTransform},
                           {"republish", "republish", As::kObject, kRepublish},
                           {"allow_direct", "allowDirect"},
                           {"mirror_direct", "mirrorDirect"},
                           {"allow_msg_ttl", "allowMsgTtl"},
                           {"subject_delete_marker_ttl", "subjectDeleteMarkerTtl", As::kDuration},
                           {"allow_msg_counter", "allowMsgCounter"},
                           {"allow_atomic", "allowAtomicPublish"},
                           {"allow_msg_schedules", "allowMsgSchedules"},
                           {"persist_mode", "persistMode"},
                           {"consumer_limits", "consumerLimits", As::kObject, kLimits},
                           {"metadata", "metadata", As::kMetadata}};
constexpr Row kKeyValue[] = {{"description", "description"},
                             {"max_msg_size", "maxValueSize"},
                             {"max_msgs_per_subject", "history"},
                             {"max_age", "ttl", As::kDuration},
                             {"max_bytes", "maxBytes"},
                             {"storage", "storage"},
                             {"num_replicas", "replicas"},
                             {"placement", "placement", As::kObject, kPlacement},
                             {"republish", "republish", As::kObject, kRepublish},
                             {"compression", "compression", As::kIsS2}};
constexpr Row kObjectStore[] = {{"description", "description"},
                                {"max_age", "ttl", As::kDuration},
                                {"max_bytes", "maxBytes"},
                                {"storage", "storage"},
                                {"num_replicas", "replicas"},
                                {"placement", "placement", As::kObject, kPlacement},
                                {"compression", "compression", As::kIsS2},
                                {"metadata", "metadata", As::kMetadata}};
constexpr Row kConsumer[] = {{"durable_name", "durableName"},
                             {"description", "description"},
                             {"deliver_policy", "deliverPolicy", As::kCamelCase},
                             {"opt_start_seq", "optStartSeq"},
                             {"opt_start_time", "optStartTime"},
                             {"deliver_subject", "deliverSubject"},
                             {"deliver_group", "deliverGroup"},
                             {"ack_policy", "ackPolicy"},
                             {"ack_wait", "ackWait", As::kDuration},
                             {"max_deliver", "maxDeliver"},
                             {"backoff", "backoff", As::kDurations},
                             {"filter_subject", "filterSubject"},
                             {"filter_subjects", "filterSubjects"},
                             {"replay_policy", "replayPolicy"},
                             {"sample_freq", "sampleFreq"},
                             {"rate_limit_bps", "rateLimitBps"},
                             {"max_ack_pending", "maxAckPending"},
                             {"flow_control", "flowControl"},
                             {"idle_heartbeat", "heartbeatInterval", As::kDuration},
                             {"headers_only", "headersOnly"},
                             {"max_waiting", "maxWaiting"},
                             {"max_batch", "maxRequestBatch"},
                             {"max_expires", "maxRequestExpires", As::kDuration},
                             {"max_bytes", "maxRequestMaxBytes"},
                             {"inactive_threshold", "inactiveThreshold", As::kDuration},
                             {"num_replicas", "replicas"},
                             {"mem_storage", "memStorage"},
                             {"pause_until", "pauseUntil"},
                             {"priority_policy", "priorityPolicy"},
                             {"priority_groups", "priorityGroups"},
                             {"priority_timeout", "pinnedTtl", As::kDuration},
                             {"metadata", "metadata", As::kMetadata}};

// What makes a bucket what it is, and what its clients always set: the resource's kind says it.
constexpr std::array<std::string_view, 12> kOfEachBucket = {
    "name",       "subjects",          "retention",
    "discard",    "allow_rollup_hdrs", "deny_delete",
    "deny_purge", "allow_direct",      "max_consumers",
    "max_msgs",   "duplicate_window",  "mirror_direct"};

// The nats command line pauses consumers until then: not at all.
constexpr std::string_view kNoTime = "\"0001-01-01T00:00:00Z\"";

std::string CamelCase(std::string_view text) {
  std::string out;
  bool upper = false;
  for (const char c : text) {
    if (c == '_') {
      upper = true;
    } else {
      out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
      upper = false;
    }
  }
  return out;
}

class Mapper {
 public:
  Result<RawObject> Map(std::string_view json, std::span<const Row> rows,
                        const std::string& above = {}) {
    RawObject out;
    JETKEEP_TRY(MapInto(out, json, rows, {}, above));
    return out;
  }
  std::vector<std::string>& left_out() { return left_out_; }

 private:
  Status MapInto(RawObject& out, std::string_view json, std::span<const Row> rows,
                 const std::string& within, const std::string& above) {
    return ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
      if (value == kNoTime) return {};
      const std::string path = within + std::string(key);
      const auto row =
          std::find_if(rows.begin(), rows.end(), [&](const Row& one) { return one.from == path; });
      if (row != rows.end()) return Put(out, *row, value, above + path);
      const bool flattened = std::any_of(rows.begin(), rows.end(), [&](const Row& one) {
        return one.from.starts_with(path + ".");
      });
      if (flattened && value != "null") return MapInto(out, value, rows, path + ".", above);
      if (!MeansAbsent(nullptr, value)) left_out_.push_back(above + path);
      return {};
    });
  }

  Status Put(RawObject& out, const Row& row, std::string_view value, const std::string& path) {
    if (value == "null") return {};
    switch (row.as) {
      case As::kSame:
        out.Set(row.to, std::string(value));
        return {};
      case As::kDuration: {
        JETKEEP_ASSIGN(const std::int64_t time, RawSigned(value));
        if (time > 0) out.Set(row.to, QuoteJson(GoDuration(static_cast<std::uint64_t>(time))));
        return {};
      }
      case As::kDurations: {
        std::vector<std::string> times;
        JETKEEP_TRY(ForEachElement(value, [&](std::string_view item) -> Status {
          JETKEEP_ASSIGN(const std::uint64_t time, RawUnsigned(item));
          times.push_back(GoDuration(time));
          return {};
        }));
        if (!times.empty()) out.Set(row.to, QuoteJsonStrings(times));
        return {};
      }
      case As::kCamelCase: {
        JETKEEP_ASSIGN(const std::string text, RawString(value));
        out.Set(row.to, QuoteJson(CamelCase(text)));
        return {};
      }
      case As::kIsS2:
        if (value == "\"s2\"") out.Set(row.to, "true");
        return {};
      case As::kMetadata:
        return PutMetadata(out, row, value);
      case As::kObject: {
        JETKEEP_ASSIGN(const RawObject inner, Map(value, row.below, path + "."));
        if (!inner.empty()) out.Set(row.to, inner.Text());
        return {};
      }
      case As::kList:
        break;
    }
    std::string list = "[";
    JETKEEP_TRY(ForEachElement(value, [&](std::string_view item) -> Status {
      JETKEEP_ASSIGN(const RawObject inner, Map(item, row.below, path + "[]."));
      list += (list.size() == 1 ? "" : ",") + inner.Text();
      return {};
    }));
    if (list.size() > 1) out.Set(row.to, list + "]");
    return {};
  }

  static Status PutMetadata(RawObject& out, const Row& row, std::string_view value) {
    RawObject inner;
    JETKEEP_TRY(ForEachMember(value, [&](std::string_view key, std::string_view text) -> Status {
      if (!key.starts_with(kServerMetadataPrefix)) inner.Set(key, std::string(text));
      return {};
    }));
    if (!inner.empty()) out.Set(row.to, inner.Text());
    return {};
  }

  std::vector<std::string> left_out_;
};

// Each value is JSON, which is YAML, too.
Result<std::string> Yaml(std::string_view kind, std::string_view name, const RawObject& spec) {
  std::string yaml = "apiVersion: jetstream.nats.io/v1beta2\nkind: " + std::string(kind) +
                     "\nmetadata:\n  name: " + QuoteJson(name) + "\nspec:\n";
  JETKEEP_TRY(
      ForEachMember(spec.Text(), [&](std::string_view key, std::string_view value) -> Status {
        yaml.append("  ").append(key).append(": ").append(value).append("\n");
        return {};
      }));
  return yaml;
}

enum class BucketKind : std::uint8_t { kKeys, kObjects };

bool IsTrue(const std::string* value) { return value != nullptr && *value == "true"; }

bool NotTrue(const std::string* value) { return !IsTrue(value); }

bool NoLimit(const std::string* value) {
  return value == nullptr || *value == "0" || value->starts_with('-');
}

// As long as servers and clients make it: two minutes, and not longer than messages live.
bool UsualWindow(const StreamConfigFacts& facts) {
  constexpr std::uint64_t kUsualNs = 120'000'000'000;
  const std::uint64_t age = facts.max_age_ns == 0 ? kUsualNs : facts.max_age_ns;
  return facts.duplicate_window_ns == 0 || facts.duplicate_window_ns == std::min(kUsualNs, age);
}

// Whether the resource's controller would make just this stream of the bucket: the resource has no
// place for these fields.
bool IsAsEachBucket(const StreamConfigFacts& facts, const RawObject& config, BucketKind kind) {
  constexpr std::uint64_t kMostHistory = 64;
  const auto value = [&](std::string_view field) { return config.FindValue(field); };
  if (facts.removes_on_ack || !facts.discards_new || !facts.allow_rollup) return false;
  if (NotTrue(value("allow_direct")) || IsTrue(value("mirror_direct"))) return false;
  if (IsTrue(value("deny_purge")) || !UsualWindow(facts)) return false;
  if (!NoLimit(value("max_consumers")) || !NoLimit(value("max_msgs"))) return false;
  if (kind == BucketKind::kKeys) {
    return IsTrue(value("deny_delete")) && facts.max_per_subject >= 1 &&
           facts.max_per_subject <= kMostHistory;
  }
  return NotTrue(value("deny_delete")) && facts.max_per_subject == 0 &&
         NoLimit(value("max_msg_size"));
}

// The bucket whose stream this is; empty: it is none of that kind.
std::string BucketOf(const StreamConfigFacts& facts, std::string_view prefix,
                     std::span<const std::string> subjects) {
  if (!facts.name.starts_with(prefix) || !facts.origins.empty()) return {};
  if (facts.subjects.size() != subjects.size() ||
      !std::is_permutation(subjects.begin(), subjects.end(), facts.subjects.begin())) {
    return {};
  }
  return facts.name.substr(prefix.size());
}

Result<NackResource> Bucket(std::string_view kind, const std::string& bucket,
                            std::span<const Row> rows, std::string_view config_json,
                            std::string_view name) {
  Mapper mapper;
  JETKEEP_ASSIGN(RawObject spec, mapper.Map(config_json, rows));
  spec.SetFirst("bucket", QuoteJson(bucket));
  // No limit is told by leaving it out.
  for (const std::string_view limit : {"maxBytes", "maxValueSize"}) {
    const std::string* value = spec.Find(limit);
    if (value != nullptr && *value == "-1") spec.Remove(limit);
  }
  std::erase_if(mapper.left_out(), [](const std::string& path) {
    return std::find(kOfEachBucket.begin(), kOfEachBucket.end(), path) != kOfEachBucket.end();
  });
  NackResource resource{std::string(kind), {}, std::move(mapper.left_out())};
  // What only streams have, and means nothing here.
  std::erase(resource.left_out, "max_msgs_per_subject");
  std::erase(resource.left_out, "max_msg_size");
  JETKEEP_ASSIGN(resource.yaml, Yaml(kind, name, spec));
  return resource;
}

}  // namespace

std::string GoDuration(std::uint64_t nanoseconds) {
  struct Unit {
    std::uint64_t size;
    std::string_view name;
  };
  constexpr Unit kUnits[] = {{3'600'000'000'000, "h"},
                             {60'000'000'000, "m"},
                             {1'000'000'000, "s"},
                             {1'000'000, "ms"},
                             {1'000, "us"}};
  for (const Unit& unit : kUnits) {
    if (nanoseconds != 0 && nanoseconds % unit.size == 0) {
      return std::to_string(nanoseconds / unit.size) + std::string(unit.name);
    }
  }
  return std::to_string(nanoseconds) + "ns";
}

std::string NackNameOf(std::string_view text) {
  constexpr std::size_t kMaxBytes = 63;
  std::string name;
  for (const char c : text) {
    if (c >= 'A' && c <= 'Z') {
      name += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
    if (name.size() == kMaxBytes) break;
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "unnamed" : name;
}

Result<NackResource> NackStream(std::string_view config_json, std::string_view name) {
  JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(config_json));
  const std::string kv = facts.name.starts_with("KV_") ? facts.name.substr(3) : "";
  const std::array<std::string, 1> of_keys = {"$KV." + kv + ".>"};
  const std::string bucket = BucketOf(facts, "KV_", of_keys);
  JETKEEP_ASSIGN(const RawObject config, RawObject::Parse(config_json));
  if (!bucket.empty() && IsAsEachBucket(facts, config, BucketKind::kKeys))
    return Bucket("KeyValue", bucket, kKeyValue, config_json, name);
  const std::string store = facts.name.starts_with("OBJ_") ? facts.name.substr(4) : "";
  const std::array<std::string, 2> of_objects = {"$O." + store + ".C.>", "$O." + store + ".M.>"};
  const std::string objects = BucketOf(facts, "OBJ_", of_objects);
  if (!objects.empty() && IsAsEachBucket(facts, config, BucketKind::kObjects))
    return Bucket("ObjectStore", objects, kObjectStore, config_json, name);

  Mapper mapper;
  JETKEEP_ASSIGN(const RawObject spec, mapper.Map(config_json, kStream));
  NackResource resource{"Stream", {}, std::move(mapper.left_out())};
  JETKEEP_ASSIGN(resource.yaml, Yaml("Stream", name, spec));
  return resource;
}

Result<NackResource> NackConsumer(std::string_view stream, std::string_view consumer,
                                  std::string_view config_json, std::string_view name) {
  Mapper mapper;
  JETKEEP_ASSIGN(RawObject spec, mapper.Map(config_json, kConsumer));
  spec.Set("durableName", QuoteJson(consumer));
  spec.SetFirst("streamName", QuoteJson(stream));
  std::erase(mapper.left_out(), "name");
  NackResource resource{"Consumer", {}, std::move(mapper.left_out())};
  JETKEEP_ASSIGN(resource.yaml, Yaml("Consumer", name, spec));
  return resource;
}

}  // namespace jetkeep
