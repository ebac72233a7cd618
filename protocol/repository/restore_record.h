// RestoreRecord: what a restore under way is making, kept on disk so that a process that starts
// after it was killed can remove what it left. FORMAT.md, "Restores under way".
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/stream_state.h"

namespace jetkeep {

// The stream that a restore asks a server to make, as it was sent.
struct SentStream {
  std::string stream;
  std::string config_json;  // with the token
  // By which the stream is known to be this restore's. Empty in records of jetkeep 0.1, which prove
  // nothing, and where the configuration had no room for it.
  std::string token;
  StreamState state;
  bool scratch = false;  // made for a comparison only: it goes even when it is whole
  std::vector<std::string> consumers = {};  // names of those that come back with it
  // One of several that are restored together or not at all: after a restore that did not end it
  // goes even when it is whole, unless somebody has published into it.
  bool together = false;
};

// A stream of a restore of many, with the backup that it comes from.
struct SentMember : SentStream {
  std::string backup_id;
};

// Of one stream, or, with `members`, of many; then its own stream has no name.
struct RestoreRecord : SentStream {
  std::string id;  // of the restore, of the form of a backup id
  std::string backup_id;
  std::string account;
  std::string server_name;     // of the server that was asked
  std::string cluster;         // empty: it stood alone
  std::string stream_created;  // as sent, RFC 3339
  std::int64_t started_ns = 0;
  std::string set;  // of a restore of many
  std::vector<SentMember> members;
  // The id of the record whose place it takes: while that one is there, it alone counts.
  std::string replaces;

  bool Concerns(std::string_view name) const;
};

// kInvalidName if a text is not UTF-8.
Result<std::string> EncodeRestoreRecord(const RestoreRecord& record);
Result<RestoreRecord> ParseRestoreRecord(std::string_view restore_id, std::string_view document);

// A stream's configuration fits.
inline constexpr std::size_t kMaxRestoreRecordBytes = 8 * 1024 * 1024;

}  // namespace jetkeep
