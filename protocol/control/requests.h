// The requests of SUBJECTS.md, from body to struct and back.
//
// Parsing errors: kUnknownField and kWrongType name the field; kInvalidName is about what a name
// holds; kInvalidRequest is about fields that are missing, that exclude each other or are out of
// range.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/error.h"
#include "protocol/control/document.h"

namespace jetkeep {

inline constexpr std::uint64_t kDefaultListLimit = 100;
inline constexpr std::uint64_t kMaxListLimit = 1000;

// The account that a request names, as every one may; empty: none is named. The parsers below pass
// over it.
Result<std::string> ParseAccount(const Document& body);

// What every request for a job may say.
struct JobOptions {
  std::string job;  // the client's own id; empty: Jetkeep chooses one
  bool wait = false;
};

struct BackupRequest {
  std::string stream;
  bool accept_damaged = false;
  JobOptions options;
};

struct RestoreRequest {
  std::string backup;  // exactly one of backup and stream is set
  std::string stream;
  bool allow_older = false;  // goes with stream only
  bool drop_unknown = false;
  bool skip_refused_consumers = false;
  bool dry_run = false;  // is no job: goes without `options`
  JobOptions options;
};

struct VerifyRequest {
  std::string backup;  // at most one of backup and stream is set
  std::string stream;
  bool drill = false;
  JobOptions options;
};

struct ListRequest {
  std::string stream;  // empty: all
  std::uint64_t offset = 0;
  std::uint64_t limit = kDefaultListLimit;
};

struct ShowRequest {
  std::string backup;
};

struct DeleteRequest {
  std::string backup;
  bool last = false;  // also the last good backup of its stream
};

struct StatusRequest {
  std::string job;  // empty: all jobs
};

struct CancelRequest {
  std::string job;
};

Result<BackupRequest> ParseBackupRequest(const Document& body);
Result<RestoreRequest> ParseRestoreRequest(const Document& body);
Result<VerifyRequest> ParseVerifyRequest(const Document& body);
Result<ListRequest> ParseListRequest(const Document& body);
Result<ShowRequest> ParseShowRequest(const Document& body);
Result<DeleteRequest> ParseDeleteRequest(const Document& body);
Result<StatusRequest> ParseStatusRequest(const Document& body);
Result<CancelRequest> ParseCancelRequest(const Document& body);

// What a client sends; fields at their defaults are left out.
Document ToDocument(const BackupRequest& request);
Document ToDocument(const RestoreRequest& request);
Document ToDocument(const VerifyRequest& request);
Document ToDocument(const ListRequest& request);
Document ToDocument(const ShowRequest& request);
Document ToDocument(const DeleteRequest& request);
Document ToDocument(const StatusRequest& request);
Document ToDocument(const CancelRequest& request);

// A backup's id as a client may name it: letters, digits, '_', '-', '.', ':', starting with a
// letter or digit, at most 128 bytes. Wider than the ids that Jetkeep makes, narrow enough never to
// be a path or a subject of its own.
Status CheckBackupReference(std::string_view id);

}  // namespace jetkeep
