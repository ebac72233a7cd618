#include "protocol/control/request_fields.h"

#include "protocol/base/names.h"
#include "protocol/base/time.h"

namespace jetkeep {

Status Missing(std::string_view field) {
  return Fail(Errc::kInvalidRequest, "the field \"" + std::string(field) + "\" is missing");
}

Status CheckNames(const FieldReader& fields, const std::string& stream, const std::string& backup,
                  const std::string& job) {
  if (fields.Has("stream")) JETKEEP_TRY(CheckStreamName(stream));
  if (fields.Has("backup")) JETKEEP_TRY(CheckBackupReference(backup));
  if (fields.Has("job")) JETKEEP_TRY(CheckJobId(job));
  return {};
}

Status FinishWithBackup(FieldReader& fields, const std::string& backup) {
  JETKEEP_TRY(fields.Finish());
  if (!fields.Has("backup")) return Missing("backup");
  return CheckBackupReference(backup);
}

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

namespace {

Result<std::int64_t> TimeOf(const std::string& field, const std::string& text) {
  Result<std::int64_t> time = ParseTime(text);
  if (time) return time;
  return Fail(Errc::kInvalidRequest, "the field \"" + field + "\" holds no time: " + text,
              "Give it as 2026-11-27T03:14:00Z.");
}

}  // namespace

void SelectionFields::Read(FieldReader& fields) {
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

Result<MessageSelection> SelectionFields::Finish() {
  if (has_since_) {
    JETKEEP_ASSIGN(selection_.since_ns, TimeOf("since", since_));
  }
  if (has_until_) {
    JETKEEP_ASSIGN(selection_.until_ns, TimeOf("until", until_));
  }
  JETKEEP_TRY(CheckSelection(selection_));
  return selection_;
}

Status ReadPart(const Document* messages, RestorePart& part) {
  if (messages == nullptr) return {};
  SelectionFields selection;
  FieldReader fields(*messages);
  selection.Read(fields);
  JETKEEP_TRY(fields.Finish());
  JETKEEP_ASSIGN(part.messages, selection.Finish());
  return {};
}

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

void Read(FieldReader& fields, JobOptions& options) {
  fields.Read("job", options.job);
  fields.Read("wait", options.wait);
}

void Put(Document& document, const JobOptions& options) {
  Put(document, "job", options.job);
  Put(document, "wait", options.wait);
}

}  // namespace jetkeep
