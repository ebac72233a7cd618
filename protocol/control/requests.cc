#include "protocol/control/requests.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <utility>

#include "protocol/base/names.h"
#include "protocol/base/stream_pattern.h"
#include "protocol/base/time.h"
#include "protocol/control/backup_document.h"
#include "protocol/control/field_reader.h"
#include "protocol/json/raw_json.h"
#include "protocol/subjects/subject_filter.h"
#include "protocol/subjects/subject_map.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxBackupIdBytes = 128;

Status Missing(std::string_view field) {
  return Fail(Errc::kInvalidRequest, "the field \"" + std::string(field) + "\" is missing");
}

// Names that are there must be good ones; an empty text is a bad name, not an absent one.
Status CheckNames(const FieldReader& fields, const std::string& stream, const std::string& backup,
                  const std::string& job) {
  if (fields.Has("stream")) JETKEEP_TRY(CheckStreamName(stream));
  if (fields.Has("backup")) JETKEEP_TRY(CheckBackupReference(backup));
  if (fields.Has("job")) JETKEEP_TRY(CheckJobId(job));
  return {};
}

// For requests that are about one backup.
Status FinishWithBackup(FieldReader& fields, const std::string& backup) {
  JETKEEP_TRY(fields.Finish());
  if (!fields.Has("backup")) return Missing("backup");
  return CheckBackupReference(backup);
}

// For requests that are about one backup or one set.
Status FinishWithBackupOrSet(FieldReader& fields, const std::string& backup,
                             const std::string& set) {
  JETKEEP_TRY(fields.Finish());
  if (fields.Has("backup") == fields.Has("set")) {
    return Fail(Errc::kInvalidRequest,
                fields.Has("set") ? "both \"backup\" and \"set\" are given"
                                  : "neither \"backup\" nor \"set\" is given",
                "Name a backup or a set by its id.");
  }
  return fields.Has("set") ? CheckSetReference(set) : CheckBackupReference(backup);
}

Status RefuseBoth(const FieldReader& fields) {
  const char* const names[] = {"backup", "stream", "set"};
  const char* first = nullptr;
  for (const char* name : names) {
    if (!fields.Has(name)) continue;
    if (first != nullptr) {
      return Fail(Errc::kInvalidRequest,
                  "both \"" + std::string(first) + "\" and \"" + name + "\" are given",
                  "Name the backup by its id, or the stream, or the set, not both.");
    }
    first = name;
  }
  return {};
}

// What is given of the fields that go with `with` only.
Status GoOnlyWith(const FieldReader& fields, const char* with,
                  std::initializer_list<const char*> only) {
  if (fields.Has(with)) return {};
  for (const char* field : only) {
    if (!fields.Has(field)) continue;
    return Fail(Errc::kInvalidRequest,
                "\"" + std::string(field) + "\" is given without \"" + with + "\"",
                "The field applies to sets of streams only.");
  }
  return {};
}

Status CheckParallel(std::uint64_t parallel, const FieldReader& fields) {
  if (!fields.Has("parallel") || (parallel >= 1 && parallel <= kMaxParallelStreams)) return {};
  return Fail(Errc::kInvalidRequest,
              "the field \"parallel\" must be from 1 to " + std::to_string(kMaxParallelStreams));
}

Status CheckLimit(std::uint64_t limit) {
  if (limit >= 1 && limit <= kMaxListLimit) return {};
  return Fail(Errc::kInvalidRequest,
              "the field \"limit\" must be from 1 to " + std::to_string(kMaxListLimit));
}

Result<std::int64_t> TimeOf(const std::string& field, const std::string& text) {
  Result<std::int64_t> time = ParseTime(text);
  if (time) return time;
  return Fail(Errc::kInvalidRequest, "the field \"" + field + "\" holds no time: " + text,
              "Give it as 2026-11-27T03:14:00Z.");
}

// The fields of a selection of messages.
class SelectionFields {
 public:
  void Read(FieldReader& fields) {
    fields.Read("subjects", selection_.subjects);
    fields.Read("exclude", selection_.exclude);
    fields.Read("first_sequence", selection_.first_sequence);
    fields.Read("last_sequence", selection_.last_sequence);
    fields.Read("since", since_);
    fields.Read("until", until_);
    fields.Read("last_of_each_subject", selection_.last_of_each_subject);
    has_since_ = fields.Has("since");
    has_until_ = fields.Has("until");
  }
  Result<MessageSelection> Finish() {
    if (has_since_) {
      JETKEEP_ASSIGN(selection_.since_ns, TimeOf("since", since_));
    }
    if (has_until_) {
      JETKEEP_ASSIGN(selection_.until_ns, TimeOf("until", until_));
    }
    JETKEEP_TRY(CheckSelection(selection_));
    return selection_;
  }

 private:
  MessageSelection selection_;
  std::string since_;
  std::string until_;
  bool has_since_ = false;
  bool has_until_ = false;
};

Status ReadPart(const Document* messages, RestorePart& part) {
  if (messages == nullptr) return {};
  SelectionFields selection;
  FieldReader fields(*messages);
  selection.Read(fields);
  JETKEEP_TRY(fields.Finish());
  JETKEEP_ASSIGN(part.messages, selection.Finish());
  return {};
}

// The fields that say how a restored stream is to differ.
class ChangeFields {
 public:
  static constexpr std::array<const char*, 6> kNames{"as",     "map_subjects", "set_fields",
                                                     "config", "frozen",       "obfuscate"};
  void Read(FieldReader& fields) {
    fields.Read("as", changes_.as);
    fields.Read("map_subjects", rules_);
    fields.Read("set_fields", set_);
    fields.Read("config", config_);
    fields.Read("frozen", changes_.frozen);
    fields.Read("obfuscate", obfuscate_);
    has_as_ = fields.Has("as");
  }
  Result<RestoreChanges> Finish() {
    if (has_as_) JETKEEP_TRY(CheckStreamName(changes_.as));
    for (const Document& document : rules_) {
      SubjectRule rule;
      FieldReader fields(document);
      fields.Read("from", rule.from);
      fields.Read("to", rule.to);
      JETKEEP_TRY(fields.Finish());
      for (const char* field : {"from", "to"}) {
        if (!fields.Has(field)) JETKEEP_TRY(Missing(field));
      }
      changes_.map_subjects.push_back(std::move(rule));
    }
    if (set_ != nullptr) {
      for (const auto& [path, value] : set_->items()) {
        changes_.set.emplace_back(path, TextOf(value));
      }
    }
    if (config_ != nullptr) changes_.config_json = TextOf(*config_);
    if (obfuscate_ != nullptr) {
      FieldReader fields(*obfuscate_);
      fields.Read("payloads", changes_.obfuscate.payloads);
      fields.Read("headers", changes_.obfuscate.headers);
      fields.Read("subject_tokens", changes_.obfuscate.subject_tokens);
      fields.Read("digests", changes_.obfuscate.digests);
      fields.Read("key", changes_.obfuscate.key);
      JETKEEP_TRY(fields.Finish());
    }
    JETKEEP_TRY(CheckChanges(changes_));
    return changes_;
  }

 private:
  static std::string TextOf(const Document& value) {
    return value.dump(-1, ' ', false, Document::error_handler_t::replace);
  }

  RestoreChanges changes_;
  std::vector<Document> rules_;
  const Document* set_ = nullptr;
  const Document* config_ = nullptr;
  const Document* obfuscate_ = nullptr;
  bool has_as_ = false;
};

Status AnyOf(const char* field, const std::vector<std::string>& patterns) {
  if (!patterns.empty()) return {};
  return Fail(Errc::kInvalidRequest, "the field \"" + std::string(field) + "\" is empty",
              "Name streams or patterns of them; * means all.");
}

void Put(Document& document, const char* field, const std::vector<std::string>& texts) {
  if (!texts.empty()) document[field] = texts;
}

void Put(Document& document, const char* field, std::uint64_t value) {
  if (value != 0) document[field] = value;
}

void Put(Document& document, const char* field, const std::string& value) {
  if (!value.empty()) document[field] = value;
}

void Put(Document& document, const char* field, bool value) {
  if (value) document[field] = true;
}

void Put(Document& document, const MessageSelection& selection) {
  Put(document, "subjects", selection.subjects);
  Put(document, "exclude", selection.exclude);
  Put(document, "first_sequence", selection.first_sequence);
  Put(document, "last_sequence", selection.last_sequence);
  if (selection.since_ns != 0) document["since"] = FormatTime(selection.since_ns);
  if (selection.until_ns != 0) document["until"] = FormatTime(selection.until_ns);
  Put(document, "last_of_each_subject", selection.last_of_each_subject);
}

void Put(Document& document, const RestoreChanges& changes) {
  Put(document, "as", changes.as);
  for (const SubjectRule& rule : changes.map_subjects) {
    document["map_subjects"].push_back({{"from", rule.from}, {"to", rule.to}});
  }
  for (const auto& [path, value] : changes.set) {
    document["set_fields"][path] = Document::parse(value, nullptr, /*allow_exceptions=*/false);
  }
  if (!changes.config_json.empty()) {
    document["config"] = Document::parse(changes.config_json, nullptr, /*allow_exceptions=*/false);
  }
  Put(document, "frozen", changes.frozen);
  const Obfuscation& what = changes.obfuscate;
  if (what == Obfuscation()) return;
  Document& obfuscate = document["obfuscate"] = Document::object();
  Put(obfuscate, "payloads", what.payloads);
  Put(obfuscate, "headers", what.headers);
  if (!what.subject_tokens.empty()) obfuscate["subject_tokens"] = what.subject_tokens;
  Put(obfuscate, "digests", what.digests);
  Put(obfuscate, "key", what.key);
}

void Read(FieldReader& fields, JobOptions& options) {
  fields.Read("job", options.job);
  fields.Read("wait", options.wait);
}

void Put(Document& document, const JobOptions& options) {
  Put(document, "job", options.job);
  Put(document, "wait", options.wait);
}

}  // namespace

Status CheckBackupReference(std::string_view id) {
  const auto alnum = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  const auto allowed = [&](char c) {
    return alnum(c) || std::string_view("_-.:").find(c) != std::string_view::npos;
  };
  if (id.empty() || id.size() > kMaxBackupIdBytes || !alnum(id.front()) ||
      !std::all_of(id.begin(), id.end(), allowed)) {
    return Fail(Errc::kInvalidName, "the backup id is not valid",
                "Use an id that backup.list shows.");
  }
  return {};
}

Result<std::string> ParseAccount(const Document& body) {
  std::string account;
  const auto found = body.find(kAccountField);
  if (found == body.end()) return account;
  if (!found->is_string()) {
    return Fail(Errc::kWrongType, "the field \"account\" must be text");
  }
  account = found->get<std::string>();
  if (account.empty()) return Fail(Errc::kInvalidName, "the field \"account\" is empty");
  return account;
}

Status CheckSetReference(std::string_view id) {
  Status good = CheckBackupReference(id);
  if (good) return good;
  return Fail(Errc::kInvalidName, "the set id is not valid", "Use an id that backup.sets shows.");
}

Status CheckChanges(const RestoreChanges& changes) {
  if (!changes.as.empty()) JETKEEP_TRY(CheckStreamName(changes.as));
  JETKEEP_TRY(SubjectMap::Make(changes.map_subjects).map([](const SubjectMap&) {}));
  for (const auto& [path, value] : changes.set) {
    if (path.empty() || path.front() == '.' || path.back() == '.') {
      return Fail(Errc::kInvalidRequest, "\"" + path + "\" is no path of a field",
                  "Name the field as the configuration does, nested ones as placement.cluster.");
    }
  }
  if (changes.config_json.empty()) return {};
  return FaultAs(RequireObject(changes.config_json), Errc::kInvalidRequest, "the configuration");
}

Status CheckPatterns(const std::vector<std::string>& patterns) {
  for (const std::string& pattern : patterns) JETKEEP_TRY(CheckStreamPattern(pattern));
  return {};
}

Status CheckOrder(const std::vector<std::string>& groups) {
  for (const std::string& group : groups) {
    const auto patterns = SplitPatterns(group);
    if (patterns.empty()) return CheckStreamPattern("");
    for (const std::string_view pattern : patterns) JETKEEP_TRY(CheckStreamPattern(pattern));
  }
  return {};
}

Status CheckMetadata(const SetMetadata& metadata) {
  constexpr std::size_t kMostPairs = 64;
  constexpr std::size_t kMostBytes = std::size_t{16} * 1024;
  std::size_t bytes = 0;
  for (const auto& [key, value] : metadata) {
    if (key.empty()) return Fail(Errc::kInvalidRequest, "a key of the metadata is empty");
    bytes += key.size() + value.size();
  }
  if (metadata.size() <= kMostPairs && bytes <= kMostBytes) return {};
  return Fail(Errc::kInvalidRequest,
              "the metadata has " + std::to_string(metadata.size()) + " keys and " +
                  std::to_string(bytes) + " bytes",
              "At most 64 keys and 16 KiB are kept.");
}

Result<BackupRequest> ParseBackupRequest(const Document& body) {
  BackupRequest request;
  FieldReader fields(body);
  fields.Read("stream", request.stream);
  fields.Read("streams", request.selection.streams);
  fields.Read("exclude", request.selection.exclude);
  fields.Read("order", request.selection.order);
  fields.Read("metadata", request.metadata);
  fields.Read("parallel", request.parallel);
  Read(fields, request.options);
  fields.Read("accept_damaged", request.accept_damaged);
  fields.Read("config_only", request.config_only);
  JETKEEP_TRY(fields.Finish());
  if (fields.Has("stream") && fields.Has("streams")) {
    return Fail(Errc::kInvalidRequest, "both \"stream\" and \"streams\" are given",
                "Name one stream, or the streams of a set.");
  }
  JETKEEP_TRY(GoOnlyWith(fields, "streams", {"exclude", "order", "metadata", "parallel"}));
  if (fields.Has("streams")) {
    JETKEEP_TRY(AnyOf("streams", request.selection.streams));
    JETKEEP_TRY(CheckPatterns(request.selection.streams));
    JETKEEP_TRY(CheckPatterns(request.selection.exclude));
    JETKEEP_TRY(CheckOrder(request.selection.order));
    JETKEEP_TRY(CheckMetadata(request.metadata));
    JETKEEP_TRY(CheckParallel(request.parallel, fields));
    JETKEEP_TRY(CheckNames(fields, {}, {}, request.options.job));
    return request;
  }
  if (!fields.Has("stream")) return Fail(Missing("stream").error());
  JETKEEP_TRY(CheckNames(fields, request.stream, {}, request.options.job));
  return request;
}

Result<RestoreRequest> ParseRestoreRequest(const Document& body) {
  RestoreRequest request;
  FieldReader fields(body);
  fields.Read("backup", request.backup);
  fields.Read("stream", request.stream);
  fields.Read("set", request.set);
  fields.Read("streams", request.streams);
  fields.Read("exclude", request.exclude);
  fields.Read("keep_going", request.keep_going);
  fields.Read("parallel", request.parallel);
  fields.Read("allow_older", request.allow_older);
  fields.Read("drop_unknown", request.drop_unknown);
  fields.Read("skip_refused_consumers", request.skip_refused_consumers);
  fields.Read("dry_run", request.dry_run);
  fields.Read("update_config", request.update_config);
  fields.Read("allow_removal", request.allow_removal);
  const Document* messages = nullptr;
  fields.Read("messages", messages);
  std::vector<std::string> consumers;
  fields.Read("consumers", consumers);
  ChangeFields changes;
  changes.Read(fields);
  Read(fields, request.options);
  JETKEEP_TRY(fields.Finish());
  JETKEEP_TRY(RefuseBoth(fields));
  JETKEEP_TRY(ReadPart(messages, request.part));
  JETKEEP_ASSIGN(request.changes, changes.Finish());
  if (fields.Has("consumers")) request.part.consumers = std::move(consumers);
  JETKEEP_TRY(GoOnlyWith(fields, "set", {"streams", "exclude", "keep_going", "parallel"}));
  if (fields.Has("set")) {
    JETKEEP_TRY(CheckSetReference(request.set));
    if (fields.Has("streams")) JETKEEP_TRY(AnyOf("streams", request.streams));
    JETKEEP_TRY(CheckPatterns(request.streams));
    JETKEEP_TRY(CheckPatterns(request.exclude));
    JETKEEP_TRY(CheckParallel(request.parallel, fields));
    if (fields.Has("messages") || fields.Has("consumers")) {
      return Fail(Errc::kInvalidRequest,
                  "\"messages\" or \"consumers\" is given together with \"set\"",
                  "A set is restored whole. Restore its backups one by one.");
    }
    for (const char* field : ChangeFields::kNames) {
      if (!fields.Has(field)) continue;
      return Fail(Errc::kInvalidRequest,
                  "\"" + std::string(field) + "\" is given together with \"set\"",
                  "A set is restored as it was. Restore its backups one by one to change them.");
    }
    if (fields.Has("allow_older")) {
      return Fail(Errc::kInvalidRequest, "\"allow_older\" is given together with \"set\"",
                  "A set names the backups of its streams. Leave it out.");
    }
  } else if (!fields.Has("backup") && !fields.Has("stream")) {
    return Fail(Errc::kInvalidRequest, "neither \"backup\" nor \"stream\" is given",
                "Name a backup by its id, a stream to restore its newest backup, or a set.");
  }
  if (request.allow_older && fields.Has("backup")) {
    return Fail(Errc::kInvalidRequest, "\"allow_older\" is given together with \"backup\"",
                "\"allow_older\" applies where a stream is named. Leave it out, or name the stream "
                "in place of the backup.");
  }
  if (request.allow_removal && !request.update_config && request.changes.none()) {
    return Fail(Errc::kInvalidRequest,
                "\"allow_removal\" is given, and nothing that may remove messages",
                "Leave it out, or add \"update_config\" or new limits (\"set_fields\").");
  }
  if (request.update_config && !request.changes.none()) {
    return Fail(Errc::kInvalidRequest,
                "\"update_config\" is given together with changes of the restored stream",
                "An update brings the stream to the backup's own configuration. Leave one out.");
  }
  if (request.update_config && !request.part.messages.all()) {
    return Fail(Errc::kInvalidRequest, "\"messages\" is given together with \"update_config\"",
                "An update of configurations restores no message. Leave one of them out.");
  }
  if (request.dry_run && (fields.Has("job") || fields.Has("wait"))) {
    return Fail(Errc::kInvalidRequest, "\"dry_run\" is given together with \"job\" or \"wait\"",
                "A dry run is no job: it is answered with the plan as soon as that is made.");
  }
  JETKEEP_TRY(CheckNames(fields, request.stream, request.backup, request.options.job));
  return request;
}

Result<VerifyRequest> ParseVerifyRequest(const Document& body) {
  VerifyRequest request;
  FieldReader fields(body);
  fields.Read("backup", request.backup);
  fields.Read("stream", request.stream);
  fields.Read("set", request.set);
  fields.Read("drill", request.drill);
  Read(fields, request.options);
  JETKEEP_TRY(fields.Finish());
  JETKEEP_TRY(RefuseBoth(fields));
  JETKEEP_TRY(CheckNames(fields, request.stream, request.backup, request.options.job));
  if (fields.Has("set")) JETKEEP_TRY(CheckSetReference(request.set));
  return request;
}

Result<ListRequest> ParseListRequest(const Document& body) {
  ListRequest request;
  FieldReader fields(body);
  fields.Read("stream", request.stream);
  fields.Read("offset", request.offset);
  fields.Read("limit", request.limit);
  JETKEEP_TRY(fields.Finish());
  JETKEEP_TRY(CheckNames(fields, request.stream, {}, {}));
  JETKEEP_TRY(CheckLimit(request.limit));
  return request;
}

Result<ShowRequest> ParseShowRequest(const Document& body) {
  ShowRequest request;
  FieldReader fields(body);
  fields.Read("backup", request.backup);
  JETKEEP_TRY(FinishWithBackup(fields, request.backup));
  return request;
}

Result<DeleteRequest> ParseDeleteRequest(const Document& body) {
  DeleteRequest request;
  FieldReader fields(body);
  fields.Read("backup", request.backup);
  fields.Read("last", request.last);
  fields.Read("from_sets", request.from_sets);
  fields.Read("set", request.set);
  JETKEEP_TRY(FinishWithBackupOrSet(fields, request.backup, request.set));
  if (fields.Has("from_sets") && fields.Has("set")) {
    return Fail(Errc::kInvalidRequest, "\"from_sets\" is given together with \"set\"",
                "\"from_sets\" applies to a single backup. Leave it out.");
  }
  return request;
}

Result<PinRequest> ParsePinRequest(const Document& body) {
  PinRequest request;
  FieldReader fields(body);
  fields.Read("backup", request.backup);
  fields.Read("set", request.set);
  JETKEEP_TRY(FinishWithBackupOrSet(fields, request.backup, request.set));
  return request;
}

Result<SetsRequest> ParseSetsRequest(const Document& body) {
  SetsRequest request;
  FieldReader fields(body);
  fields.Read("offset", request.offset);
  fields.Read("limit", request.limit);
  JETKEEP_TRY(fields.Finish());
  JETKEEP_TRY(CheckLimit(request.limit));
  return request;
}

Result<SetRequest> ParseSetRequest(const Document& body) {
  SetRequest request;
  FieldReader fields(body);
  fields.Read("set", request.set);
  fields.Read("offset", request.offset);
  JETKEEP_TRY(fields.Finish());
  if (!fields.Has("set")) return Fail(Missing("set").error());
  JETKEEP_TRY(CheckSetReference(request.set));
  return request;
}

Status CheckReference(const MessageReference& reference) {
  const int given = (reference.sequence != 0 ? 1 : 0) + (reference.subject.empty() ? 0 : 1) +
                    (reference.key.empty() ? 0 : 1);
  if (given != 1) {
    return Fail(Errc::kInvalidRequest,
                given == 0 ? "no message is named" : "a message is named in several ways",
                "Give one of: its sequence, from 1; a subject, for its last message; the key of a "
                "bucket, for its last value.");
  }
  if (!reference.subject.empty()) return CheckSubjectPattern(reference.subject);
  if (reference.key.empty()) return {};
  JETKEEP_TRY(CheckSubjectPattern(reference.key));
  if (reference.key.find_first_of("*>") == std::string::npos) return {};
  return Fail(Errc::kInvalidName, "the key \"" + reference.key + "\" holds a wildcard",
              "Name one key, or the last message with a subject.");
}

Status CheckSelection(const MessageSelection& selection) {
  for (const auto* patterns : {&selection.subjects, &selection.exclude}) {
    for (const std::string& pattern : *patterns) JETKEEP_TRY(CheckSubjectPattern(pattern));
  }
  const bool sequences =
      selection.last_sequence != 0 && selection.last_sequence < selection.first_sequence;
  const bool times = selection.until_ns != 0 && selection.until_ns <= selection.since_ns;
  if (!sequences && !times) return {};
  return Fail(Errc::kInvalidRequest,
              sequences ? "sequences " + std::to_string(selection.first_sequence) + " to " +
                              std::to_string(selection.last_sequence) + " are none"
                        : "no time is from " + FormatTime(selection.since_ns) + " on and before " +
                              FormatTime(selection.until_ns),
              "Exchange the two.");
}

Result<MessageReference> ParseGetRequest(const Document& body) {
  MessageReference request;
  FieldReader fields(body);
  fields.Read("backup", request.backup);
  fields.Read("sequence", request.sequence);
  fields.Read("subject", request.subject);
  fields.Read("key", request.key);
  JETKEEP_TRY(FinishWithBackup(fields, request.backup));
  JETKEEP_TRY(CheckReference(request));
  return request;
}

Result<MessagesRequest> ParseMessagesRequest(const Document& body) {
  MessagesRequest request;
  SelectionFields selection;
  FieldReader fields(body);
  fields.Read("backup", request.backup);
  selection.Read(fields);
  fields.Read("limit", request.limit);
  JETKEEP_TRY(FinishWithBackup(fields, request.backup));
  JETKEEP_ASSIGN(request.selection, selection.Finish());
  JETKEEP_TRY(CheckLimit(request.limit));
  return request;
}

Result<StatsSpec> ParseStatsRequest(const Document& body) {
  StatsSpec request;
  SelectionFields selection;
  FieldReader fields(body);
  std::string by(NameOf(request.by));
  fields.Read("backup", request.backup);
  selection.Read(fields);
  fields.Read("by", by);
  fields.Read("top", request.top);
  JETKEEP_TRY(FinishWithBackup(fields, request.backup));
  JETKEEP_ASSIGN(request.selection, selection.Finish());
  if (by == NameOf(StatsBy::kMessages)) {
    request.by = StatsBy::kMessages;
  } else if (by != NameOf(StatsBy::kBytes)) {
    return Fail(Errc::kInvalidRequest, "the field \"by\" is neither bytes nor messages");
  }
  if (request.top < 1 || request.top > kMaxStatsTop) {
    return Fail(Errc::kInvalidRequest,
                "the field \"top\" must be from 1 to " + std::to_string(kMaxStatsTop));
  }
  return request;
}

Status CheckRepublish(const RepublishSpec& spec) {
  JETKEEP_TRY(CheckSelection(spec.messages));
  if (!spec.into.empty()) JETKEEP_TRY(CheckStreamName(spec.into));
  for (const std::string* subject : {&spec.from, &spec.to}) {
    if (subject->empty()) continue;
    JETKEEP_TRY(CheckSubjectPattern(*subject));
    if (subject->find_first_of("*>") == std::string::npos) continue;
    return Fail(Errc::kInvalidName, "\"" + *subject + "\" holds a wildcard",
                "Give the first tokens of the subjects that are meant.");
  }
  if (!spec.from.empty() && spec.to.empty()) {
    return Fail(Errc::kInvalidRequest, "\"from\" is given without \"to\"",
                "Say what the subjects begin with instead.");
  }
  if (spec.into.empty() && spec.to.empty()) {
    return Fail(Errc::kInvalidRequest, "neither \"into\" nor \"to\" is given",
                "Name the stream that stores the messages, or other subjects.");
  }
  if (spec.missing && spec.into.empty()) {
    return Fail(Errc::kInvalidRequest, "\"missing\" is given without \"into\"",
                "Name the stream that lacks messages.");
  }
  if (spec.rate > 0 && spec.paced) {
    return Fail(Errc::kInvalidRequest, "both \"rate\" and \"paced\" are given",
                "Set a rate, or keep the pauses of the messages' own times.");
  }
  return {};
}

Result<RepublishRequest> ParseRepublishRequest(const Document& body) {
  RepublishRequest request;
  RepublishSpec& spec = request.spec;
  FieldReader fields(body);
  const Document* messages = nullptr;
  fields.Read("backup", spec.backup);
  fields.Read("messages", messages);
  fields.Read("into", spec.into);
  fields.Read("missing", spec.missing);
  fields.Read("from", spec.from);
  fields.Read("to", spec.to);
  fields.Read("keep_message_id", spec.keep_message_id);
  fields.Read("rate", spec.rate);
  fields.Read("paced", spec.paced);
  fields.Read("dry_run", spec.dry_run);
  Read(fields, request.options);
  JETKEEP_TRY(FinishWithBackup(fields, spec.backup));
  JETKEEP_TRY(CheckNames(fields, {}, spec.backup, request.options.job));
  RestorePart part;
  JETKEEP_TRY(ReadPart(messages, part));
  spec.messages = part.messages;
  JETKEEP_TRY(CheckRepublish(spec));
  return request;
}

Result<DiffSpec> ParseDiffRequest(const Document& body) {
  DiffSpec request;
  FieldReader fields(body);
  bool live = false;
  fields.Read("backup", request.a);
  fields.Read("other", request.b);
  fields.Read("live", live);
  fields.Read("stream", request.live_stream);
  fields.Read("limit", request.limit);
  JETKEEP_TRY(FinishWithBackup(fields, request.a));
  if (fields.Has("other") == live) {
    return Fail(
        Errc::kInvalidRequest,
        live ? "both \"other\" and \"live\" are given" : "neither \"other\" nor \"live\" is given",
        "Name another backup by its id, or ask for the living stream.");
  }
  if (fields.Has("stream") && !live) {
    return Fail(Errc::kInvalidRequest, "\"stream\" is given without \"live\"",
                "The field names the living stream.");
  }
  if (fields.Has("other")) JETKEEP_TRY(CheckBackupReference(request.b));
  if (fields.Has("stream")) JETKEEP_TRY(CheckStreamName(request.live_stream));
  if (request.limit < 1 || request.limit > kMaxDiffLimit) {
    return Fail(Errc::kInvalidRequest,
                "the field \"limit\" must be from 1 to " + std::to_string(kMaxDiffLimit));
  }
  return request;
}

namespace {

// One element of "configs".
Result<KeptConfig> ParseConfig(const Document& body) {
  KeptConfig config;
  FieldReader fields(body);
  const Document* content = nullptr;
  fields.Read("stream", config.stream);
  fields.Read("consumer", config.consumer);
  fields.Read("config", content);
  JETKEEP_TRY(fields.Finish());
  if (!fields.Has("stream")) return Fail(Missing("stream").error());
  if (content == nullptr) return Fail(Missing("config").error());
  JETKEEP_TRY(CheckStreamName(config.stream));
  if (fields.Has("consumer")) JETKEEP_TRY(CheckConsumerName(config.consumer));
  config.config_json = content->dump();
  return config;
}

Status CheckConfigs(const std::vector<KeptConfig>& configs) {
  if (configs.empty()) {
    return Fail(Errc::kInvalidRequest, "the field \"configs\" is empty",
                "Give the configurations of at least one stream.");
  }
  std::set<std::pair<std::string_view, std::string_view>> known;
  for (const KeptConfig& config : configs) {
    if (known.emplace(config.stream, config.consumer).second) continue;
    return Fail(Errc::kInvalidRequest,
                "\"configs\" describes stream " + config.stream +
                    (config.consumer.empty() ? "" : ", consumer " + config.consumer) + " twice");
  }
  for (const KeptConfig& config : configs) {
    if (known.contains({config.stream, std::string_view()})) continue;
    return Fail(Errc::kInvalidRequest, "\"configs\" has consumer " + config.consumer +
                                           " of stream " + config.stream +
                                           ", and not the stream itself");
  }
  return {};
}

}  // namespace

Result<DriftRequest> ParseDriftRequest(const Document& body) {
  DriftRequest request;
  FieldReader fields(body);
  std::vector<Document> configs;
  fields.Read("backup", request.backup);
  fields.Read("set", request.set);
  fields.Read("configs", configs);
  fields.Read("streams", request.streams);
  JETKEEP_TRY(fields.Finish());
  if (fields.Has("backup") + fields.Has("set") + fields.Has("configs") != 1) {
    return Fail(Errc::kInvalidRequest,
                "not exactly one of \"backup\", \"set\" and \"configs\" is given",
                "Name a backup or a set by its id, or give configurations.");
  }
  if (fields.Has("backup")) JETKEEP_TRY(CheckBackupReference(request.backup));
  if (fields.Has("set")) JETKEEP_TRY(CheckSetReference(request.set));
  if (fields.Has("streams")) JETKEEP_TRY(AnyOf("streams", request.streams));
  JETKEEP_TRY(CheckPatterns(request.streams));
  for (const Document& config : configs) {
    JETKEEP_ASSIGN(KeptConfig parsed, ParseConfig(config));
    request.configs.push_back(std::move(parsed));
  }
  if (fields.Has("configs")) JETKEEP_TRY(CheckConfigs(request.configs));
  return request;
}

Result<StatusRequest> ParseStatusRequest(const Document& body) {
  StatusRequest request;
  FieldReader fields(body);
  fields.Read("job", request.job);
  JETKEEP_TRY(fields.Finish());
  JETKEEP_TRY(CheckNames(fields, {}, {}, request.job));
  return request;
}

Result<CancelRequest> ParseCancelRequest(const Document& body) {
  CancelRequest request;
  FieldReader fields(body);
  fields.Read("job", request.job);
  JETKEEP_TRY(fields.Finish());
  if (!fields.Has("job")) return Fail(Missing("job").error());
  JETKEEP_TRY(CheckJobId(request.job));
  return request;
}

Document ToDocument(const BackupRequest& request) {
  Document document = Document::object();
  Put(document, "stream", request.stream);
  Put(document, "streams", request.selection.streams);
  Put(document, "exclude", request.selection.exclude);
  Put(document, "order", request.selection.order);
  for (const auto& [key, value] : request.metadata) document["metadata"][key] = value;
  Put(document, "parallel", request.parallel);
  Put(document, "accept_damaged", request.accept_damaged);
  Put(document, "config_only", request.config_only);
  Put(document, request.options);
  return document;
}

Document ToDocument(const RestoreRequest& request) {
  Document document = Document::object();
  Put(document, "backup", request.backup);
  Put(document, "stream", request.stream);
  Put(document, "set", request.set);
  Put(document, "streams", request.streams);
  Put(document, "exclude", request.exclude);
  Put(document, "keep_going", request.keep_going);
  Put(document, "parallel", request.parallel);
  Put(document, "allow_older", request.allow_older);
  Put(document, "drop_unknown", request.drop_unknown);
  Put(document, "skip_refused_consumers", request.skip_refused_consumers);
  Put(document, "dry_run", request.dry_run);
  Put(document, "update_config", request.update_config);
  Put(document, "allow_removal", request.allow_removal);
  if (!request.part.messages.all()) Put(document["messages"], request.part.messages);
  if (request.part.consumers) document["consumers"] = *request.part.consumers;
  Put(document, request.changes);
  Put(document, request.options);
  return document;
}

Document ToDocument(const VerifyRequest& request) {
  Document document = Document::object();
  Put(document, "backup", request.backup);
  Put(document, "stream", request.stream);
  Put(document, "set", request.set);
  Put(document, "drill", request.drill);
  Put(document, request.options);
  return document;
}

Document ToDocument(const ListRequest& request) {
  Document document = Document::object();
  Put(document, "stream", request.stream);
  if (request.offset != 0) document["offset"] = request.offset;
  if (request.limit != kDefaultListLimit) document["limit"] = request.limit;
  return document;
}

Document ToDocument(const ShowRequest& request) { return {{"backup", request.backup}}; }

Document ToDocument(const DeleteRequest& request) {
  Document document = Document::object();
  Put(document, "backup", request.backup);
  Put(document, "set", request.set);
  Put(document, "last", request.last);
  Put(document, "from_sets", request.from_sets);
  return document;
}

Document ToDocument(const PinRequest& request) {
  Document document = Document::object();
  Put(document, "backup", request.backup);
  Put(document, "set", request.set);
  return document;
}

Document ToDocument(const SetsRequest& request) {
  Document document = Document::object();
  Put(document, "offset", request.offset);
  if (request.limit != kDefaultListLimit) document["limit"] = request.limit;
  return document;
}

Document ToDocument(const SetRequest& request) {
  Document document = {{"set", request.set}};
  Put(document, "offset", request.offset);
  return document;
}

Document ToDocument(const MessageReference& request) {
  Document document = {{"backup", request.backup}};
  if (request.sequence != 0) document["sequence"] = request.sequence;
  Put(document, "subject", request.subject);
  Put(document, "key", request.key);
  return document;
}

Document ToDocument(const MessagesRequest& request) {
  Document document = {{"backup", request.backup}};
  Put(document, request.selection);
  if (request.limit != kDefaultListLimit) document["limit"] = request.limit;
  return document;
}

Document ToDocument(const StatsSpec& request) {
  Document document = {{"backup", request.backup}};
  Put(document, request.selection);
  if (request.by != StatsSpec().by) document["by"] = NameOf(request.by);
  if (request.top != StatsSpec().top) document["top"] = request.top;
  return document;
}

Document ToDocument(const DiffSpec& request) {
  Document document = {{"backup", request.a}};
  Put(document, "other", request.b);
  Put(document, "live", request.b.empty());
  Put(document, "stream", request.live_stream);
  if (request.limit != DiffSpec().limit) document["limit"] = request.limit;
  return document;
}

Document ToDocument(const RepublishRequest& request) {
  const RepublishSpec& spec = request.spec;
  Document document = {{"backup", spec.backup}};
  if (!spec.messages.all()) Put(document["messages"], spec.messages);
  Put(document, "into", spec.into);
  Put(document, "missing", spec.missing);
  Put(document, "from", spec.from);
  Put(document, "to", spec.to);
  Put(document, "keep_message_id", spec.keep_message_id);
  Put(document, "rate", spec.rate);
  Put(document, "paced", spec.paced);
  Put(document, "dry_run", spec.dry_run);
  Put(document, request.options);
  return document;
}

Document ToDocument(const DriftRequest& request) {
  Document document = Document::object();
  Put(document, "backup", request.backup);
  Put(document, "set", request.set);
  for (const KeptConfig& config : request.configs) {
    Document one = {{"stream", config.stream}};
    Put(one, "consumer", config.consumer);
    one["config"] = FromServerJson(config.config_json);
    document["configs"].push_back(std::move(one));
  }
  Put(document, "streams", request.streams);
  return document;
}

Document ToDocument(const StatusRequest& request) {
  Document document = Document::object();
  Put(document, "job", request.job);
  return document;
}

Document ToDocument(const CancelRequest& request) { return {{"job", request.job}}; }

}  // namespace jetkeep
