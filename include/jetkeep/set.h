// Sets: backups of many streams, made by one job and kept as one. Values only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

// Which streams, by patterns: `*` stands for any characters, `?` for one.
struct SetSelection {
  std::vector<std::string> streams;
  std::vector<std::string> exclude;
  // Groups in the order in which they are backed up; each is one pattern or several with blanks
  // between. Streams of no group come last.
  std::vector<std::string> order;
  friend bool operator==(const SetSelection&, const SetSelection&) = default;
};

// The client's own words, in its order.
using SetMetadata = std::vector<std::pair<std::string, std::string>>;

enum class SetCondition : std::uint8_t {
  kComplete,  // every stream that was asked for has a complete backup
  kPartial,   // some streams failed, or could only be backed up damaged
};

struct SetMember {
  std::string stream;
  std::string backup;  // empty: none was made
  bool damaged = false;
  std::int64_t cut_time_ns = 0;  // of the server's answer, or of the end of the copy
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t stored_bytes = 0;
  std::optional<Error> error;  // why the stream has no complete backup in the set

  bool good() const { return !error && !backup.empty() && !damaged; }
};

struct SetSummary {
  std::string id;
  std::string account;
  SetCondition condition = SetCondition::kComplete;
  std::int64_t started_ns = 0;
  std::int64_t completed_ns = 0;
  std::uint64_t streams = 0;  // that were asked for
  std::uint64_t failed = 0;   // of these
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t stored_bytes = 0;
  std::int64_t first_cut_ns = 0;  // 0: no member has one
  std::int64_t last_cut_ns = 0;
  SetMetadata metadata;
  std::string server_version;
  std::string server_name;
  bool pinned = false;
  bool config_only = false;  // its backups hold configurations and no messages

  std::int64_t skew_ns() const { return last_cut_ns - first_cut_ns; }
};

struct SetDetails {
  SetSummary summary;
  SetSelection selection;
  std::string account_json;     // the server's answer about the account's limits and usage
  std::string account_unknown;  // why there is none
  std::vector<std::string> warnings;
  std::vector<SetMember> members;  // in the order of their names
};

struct SetListing {
  std::vector<SetSummary> sets;       // newest first
  std::vector<std::string> warnings;  // sets that cannot be read
};

// What became of one stream of a set that did not end well.
struct MemberFailure {
  std::string stream;
  std::string backup;  // empty: none
  Error error;
};

// How far a job about a set is, and the streams that it is at.
struct SetProgress {
  struct Running {
    std::string stream;
    std::uint64_t messages_done = 0;
    std::uint64_t messages_expected = 0;
    std::uint64_t bytes_done = 0;
  };
  std::uint64_t streams_done = 0;  // the failed ones included
  std::uint64_t streams_failed = 0;
  std::uint64_t streams_expected = 0;  // 0: the job is not about a set
  std::vector<Running> running;
};

}  // namespace jetkeep
