#include <array>
#include <string>
#include <utility>

#include "protocol/base/names.h"
#include "protocol/control/field_reader.h"
#include "protocol/control/request_fields.h"
#include "protocol/control/requests.h"
#include "protocol/json/raw_json.h"
#include "protocol/subjects/subject_map.h"

namespace jetkeep {
namespace {

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

void PutChanges(Document& document, const RestoreChanges& changes) {
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

}  // namespace

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
  fields.Read("target", request.target);
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
  if (fields.Has("target") && request.target.empty()) {
    return Fail(Errc::kInvalidName, "the field \"target\" is empty");
  }
  if (request.dry_run && (fields.Has("job") || fields.Has("wait"))) {
    return Fail(Errc::kInvalidRequest, "\"dry_run\" is given together with \"job\" or \"wait\"",
                "A dry run is no job: it is answered with the plan as soon as that is made.");
  }
  JETKEEP_TRY(CheckNames(fields, request.stream, request.backup, request.options.job));
  return request;
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
  Put(document, "target", request.target);
  if (!request.part.messages.all()) Put(document["messages"], request.part.messages);
  if (request.part.consumers) document["consumers"] = *request.part.consumers;
  PutChanges(document, request.changes);
  Put(document, request.options);
  return document;
}

}  // namespace jetkeep
