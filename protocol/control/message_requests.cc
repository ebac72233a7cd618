// The requests that read messages of a backup: get, messages, stats, diff, republish.
#include <string>

#include "protocol/base/names.h"
#include "protocol/base/time.h"
#include "protocol/control/field_reader.h"
#include "protocol/control/request_fields.h"
#include "protocol/control/requests.h"
#include "protocol/subjects/subject_filter.h"

namespace jetkeep {

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

}  // namespace jetkeep
