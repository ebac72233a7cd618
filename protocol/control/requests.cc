#include "protocol/control/requests.h"

#include <algorithm>
#include <cctype>

#include "protocol/base/names.h"
#include "protocol/control/field_reader.h"

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

Status RefuseBoth(const FieldReader& fields) {
  if (fields.Has("backup") && fields.Has("stream")) {
    return Fail(Errc::kInvalidRequest, "both \"backup\" and \"stream\" are given",
                "Name the backup by its id, or the stream, not both.");
  }
  return {};
}

void Put(Document& document, const char* field, const std::string& value) {
  if (!value.empty()) document[field] = value;
}

void Put(Document& document, const char* field, bool value) {
  if (value) document[field] = true;
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

Result<BackupRequest> ParseBackupRequest(const Document& body) {
  BackupRequest request;
  FieldReader fields(body);
  fields.Read("stream", request.stream);
  Read(fields, request.options);
  fields.Read("accept_damaged", request.accept_damaged);
  JETKEEP_TRY(fields.Finish());
  if (!fields.Has("stream")) return Fail(Missing("stream").error());
  JETKEEP_TRY(CheckNames(fields, request.stream, {}, request.options.job));
  return request;
}

Result<RestoreRequest> ParseRestoreRequest(const Document& body) {
  RestoreRequest request;
  FieldReader fields(body);
  fields.Read("backup", request.backup);
  fields.Read("stream", request.stream);
  fields.Read("allow_older", request.allow_older);
  fields.Read("drop_unknown", request.drop_unknown);
  fields.Read("skip_refused_consumers", request.skip_refused_consumers);
  fields.Read("dry_run", request.dry_run);
  Read(fields, request.options);
  JETKEEP_TRY(fields.Finish());
  JETKEEP_TRY(RefuseBoth(fields));
  if (!fields.Has("backup") && !fields.Has("stream")) {
    return Fail(Errc::kInvalidRequest, "neither \"backup\" nor \"stream\" is given",
                "Name a backup by its id, or a stream to restore its newest backup.");
  }
  if (request.allow_older && fields.Has("backup")) {
    return Fail(Errc::kInvalidRequest, "\"allow_older\" is given together with \"backup\"",
                "\"allow_older\" applies where a stream is named. Leave it out, or name the stream "
                "in place of the backup.");
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
  fields.Read("drill", request.drill);
  Read(fields, request.options);
  JETKEEP_TRY(fields.Finish());
  JETKEEP_TRY(RefuseBoth(fields));
  JETKEEP_TRY(CheckNames(fields, request.stream, request.backup, request.options.job));
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
  if (request.limit == 0 || request.limit > kMaxListLimit) {
    return Fail(Errc::kInvalidRequest,
                "the field \"limit\" must be from 1 to " + std::to_string(kMaxListLimit));
  }
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
  JETKEEP_TRY(FinishWithBackup(fields, request.backup));
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
  Put(document, "accept_damaged", request.accept_damaged);
  Put(document, request.options);
  return document;
}

Document ToDocument(const RestoreRequest& request) {
  Document document = Document::object();
  Put(document, "backup", request.backup);
  Put(document, "stream", request.stream);
  Put(document, "allow_older", request.allow_older);
  Put(document, "drop_unknown", request.drop_unknown);
  Put(document, "skip_refused_consumers", request.skip_refused_consumers);
  Put(document, "dry_run", request.dry_run);
  Put(document, request.options);
  return document;
}

Document ToDocument(const VerifyRequest& request) {
  Document document = Document::object();
  Put(document, "backup", request.backup);
  Put(document, "stream", request.stream);
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
  Document document = {{"backup", request.backup}};
  Put(document, "last", request.last);
  return document;
}

Document ToDocument(const StatusRequest& request) {
  Document document = Document::object();
  Put(document, "job", request.job);
  return document;
}

Document ToDocument(const CancelRequest& request) { return {{"job", request.job}}; }

}  // namespace jetkeep
