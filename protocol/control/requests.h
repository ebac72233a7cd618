// The requests of SUBJECTS.md, from body to struct and back.
//
// Parsing errors: kUnknownField and kWrongType name the field; kInvalidName is about what a name
// holds; kInvalidRequest is about fields that are missing, that exclude each other or are out of
// range.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/diff.h"
#include "jetkeep/drift.h"
#include "jetkeep/error.h"
#include "jetkeep/job.h"
#include "jetkeep/message.h"
#include "jetkeep/republish.h"
#include "jetkeep/set.h"
#include "jetkeep/stats.h"
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

// Streams of a set that are worked on at once.
inline constexpr std::uint64_t kMaxParallelStreams = 32;

struct BackupRequest {
  std::string stream;  // of one stream, or of a selection
  bool accept_damaged = false;
  JobOptions options;
  SetSelection selection = {};
  SetMetadata metadata = {};  // goes with a selection only, and so does:
  std::uint64_t parallel = 0;
  bool config_only = false;
};

struct RestoreRequest {
  std::string backup;  // exactly one of backup, stream and set is given
  std::string stream;
  bool allow_older = false;  // goes with stream only
  bool drop_unknown = false;
  bool skip_refused_consumers = false;
  bool dry_run = false;  // is no job: goes without `options`
  JobOptions options;
  std::string set = {};
  std::vector<std::string> streams = {};  // goes with set only, and so do:
  std::vector<std::string> exclude = {};
  bool keep_going = false;
  std::uint64_t parallel = 0;
  bool update_config = false;
  bool allow_removal = false;   // goes with update_config, or changes
  RestorePart part = {};        // goes with backup and stream, and so do:
  RestoreChanges changes = {};  // checked as CheckChanges says
  std::string target = {};      // the account that gets what is restored; empty: the backup's
};

struct VerifyRequest {
  std::string backup;  // at most one of backup, stream and set is given
  std::string stream;
  bool drill = false;
  JobOptions options;
  std::string set = {};
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
  bool last = false;       // also the last good backup of its stream
  bool from_sets = false;  // goes with backup only: also if a set names it
  std::string set = {};    // in place of backup
};

// Exactly one of them is given.
struct PinRequest {
  std::string backup;
  std::string set;
};

struct SetsRequest {
  std::uint64_t offset = 0;
  std::uint64_t limit = kDefaultListLimit;
};

struct SetRequest {
  std::string set;
  std::uint64_t offset = 0;  // of its streams, in the order of their names
};

struct MessagesRequest {
  std::string backup;
  MessageSelection selection;
  std::uint64_t limit = kDefaultListLimit;
};

struct RepublishRequest {
  RepublishSpec spec;
  JobOptions options;
};

inline constexpr std::uint64_t kMaxStatsTop = 1000;
inline constexpr std::uint64_t kMaxDiffLimit = 1000;

// Exactly one of backup, set and configs is given.
struct DriftRequest {
  std::string backup;
  std::string set;
  std::vector<KeptConfig> configs;
  std::vector<std::string> streams;  // patterns; empty: all
};

// This request alone holds documents, and may be larger than others.
inline constexpr std::size_t kMaxDriftRequestBytes = std::size_t{512} * 1024;

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
Result<PinRequest> ParsePinRequest(const Document& body);
Result<SetsRequest> ParseSetsRequest(const Document& body);
Result<SetRequest> ParseSetRequest(const Document& body);
Result<MessageReference> ParseGetRequest(const Document& body);
Result<MessagesRequest> ParseMessagesRequest(const Document& body);
Result<StatsSpec> ParseStatsRequest(const Document& body);
Result<DiffSpec> ParseDiffRequest(const Document& body);
Result<RepublishRequest> ParseRepublishRequest(const Document& body);
Result<DriftRequest> ParseDriftRequest(const Document& body);
Result<StatusRequest> ParseStatusRequest(const Document& body);
Result<CancelRequest> ParseCancelRequest(const Document& body);

// What a client sends; fields at their defaults are left out.
Document ToDocument(const BackupRequest& request);
Document ToDocument(const RestoreRequest& request);
Document ToDocument(const VerifyRequest& request);
Document ToDocument(const ListRequest& request);
Document ToDocument(const ShowRequest& request);
Document ToDocument(const DeleteRequest& request);
Document ToDocument(const PinRequest& request);
Document ToDocument(const SetsRequest& request);
Document ToDocument(const SetRequest& request);
Document ToDocument(const MessageReference& request);
Document ToDocument(const MessagesRequest& request);
Document ToDocument(const StatsSpec& request);
Document ToDocument(const DiffSpec& request);
Document ToDocument(const RepublishRequest& request);
Document ToDocument(const DriftRequest& request);
Document ToDocument(const StatusRequest& request);
Document ToDocument(const CancelRequest& request);

// A backup's id as a client may name it: letters, digits, '_', '-', '.', ':', starting with a
// letter or digit, at most 128 bytes. Wider than the ids that Jetkeep makes, narrow enough never to
// be a path or a subject of its own.
Status CheckBackupReference(std::string_view id);
// The same for a set's id.
Status CheckSetReference(std::string_view id);

// What is wrong with a reference to one message, wherever it comes from: exactly one of sequence,
// subject and key has to be there.
Status CheckReference(const MessageReference& reference);
// Names and rules for subjects that are none, values that are no JSON.
Status CheckChanges(const RestoreChanges& changes);
// Ranges that hold nothing, patterns that nothing can match.
Status CheckSelection(const MessageSelection& selection);

// What is wrong with a request to publish again, wherever it comes from.
Status CheckRepublish(const RepublishSpec& spec);

// What is wrong with the patterns and metadata of a set, wherever they come from.
Status CheckPatterns(const std::vector<std::string>& patterns);
Status CheckOrder(const std::vector<std::string>& groups);
Status CheckMetadata(const SetMetadata& metadata);

}  // namespace jetkeep
