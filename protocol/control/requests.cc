#include "protocol/control/requests.h"

#include <algorithm>
#include <cctype>

#include "protocol/base/names.h"
#include "protocol/base/stream_pattern.h"
#include "protocol/control/field_reader.h"
#include "protocol/control/request_fields.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxBackupIdBytes = 128;

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

Document ToDocument(const StatusRequest& request) {
  Document document = Document::object();
  Put(document, "job", request.job);
  return document;
}

Document ToDocument(const CancelRequest& request) { return {{"job", request.job}}; }

}  // namespace jetkeep
