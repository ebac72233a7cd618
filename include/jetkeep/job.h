// Jobs as values: what is asked for, how far a job is, and what it came to. The interface that runs
// them is engine.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/backup.h"
#include "jetkeep/drift.h"
#include "jetkeep/error.h"
#include "jetkeep/message_selection.h"
#include "jetkeep/restore_changes.h"
#include "jetkeep/set.h"

namespace jetkeep {

// The name of the one configured connection, unless the configuration names it.
inline constexpr std::string_view kDefaultAccount = "default";

// A spec's `account` is the name of the configured connection whose streams the job is about.
struct BackupSpec {
  std::string stream;
  bool accept_damaged =
      false;  // a damaged stream ends as completed (condition damaged), not as failed
  std::string account = std::string(kDefaultAccount);
  bool config_only = false;  // configurations without messages; no snapshot is asked for
  friend bool operator==(const BackupSpec&, const BackupSpec&) = default;
};

// One job for many streams, kept as a set.
struct BackupSetSpec {
  SetSelection selection;
  SetMetadata metadata;
  bool accept_damaged = false;  // damaged streams do not make the job fail
  std::uint64_t parallel = 0;   // streams at once; 0: as the engine sees fit
  std::string account = std::string(kDefaultAccount);
  bool config_only = false;
  friend bool operator==(const BackupSetSpec&, const BackupSetSpec&) = default;
};

// What of a backup a restore brings back; sequences and times stay, and what is left out reads as
// deleted.
struct RestorePart {
  MessageSelection messages;
  // The consumers to restore, by name; no value: all of them.
  std::optional<std::vector<std::string>> consumers;
  bool all() const { return messages.all() && !consumers; }
  friend bool operator==(const RestorePart&, const RestorePart&) = default;
};

struct RestoreSpec {
  std::string backup;  // an id; or empty, and
  std::string stream;  // the stream whose newest backup is meant
  // With `stream`: take the newest usable backup although a newer one cannot be used.
  bool allow_older = false;
  // Leave out settings that the server's version cannot honour, and report them.
  bool drop_unknown = false;
  // Restore without the consumers that the server refuses, and report them.
  bool skip_refused_consumers = false;
  std::string account = std::string(kDefaultAccount);
  RestorePart part = {};
  // Bring the stream that is there, and its consumers, to the backup's configuration; messages
  // stay.
  bool update_config = false;
  RestoreChanges changes = {};
  // With update_config, or changes: also where new limits remove messages, or do not take them.
  bool allow_removal = false;
  std::string target = {};  // the account that gets the stream; empty: `account`
  friend bool operator==(const RestoreSpec&, const RestoreSpec&) = default;
};

// All streams of a set, or none of them.
struct RestoreSetSpec {
  std::string set;                   // an id; kLatestSet: the newest complete one
  std::vector<std::string> streams;  // patterns; empty: all of the set
  std::vector<std::string> exclude;
  bool keep_going = false;  // restore what can be restored, and report the rest
  bool drop_unknown = false;
  bool skip_refused_consumers = false;
  std::uint64_t parallel = 0;
  std::string account = std::string(kDefaultAccount);
  bool update_config = false;  // as of one stream
  bool allow_removal = false;
  std::string target = {};  // as of one stream
  friend bool operator==(const RestoreSetSpec&, const RestoreSetSpec&) = default;
};
inline constexpr std::string_view kLatestSet = "latest";

struct VerifySpec {
  std::string backup;  // an id; empty: all backups (of `stream`, if that is set)
  std::string stream;
  bool drill = false;
  std::string account = std::string(kDefaultAccount);
  std::string set = {};  // an id: the backups of that set
  friend bool operator==(const VerifySpec&, const VerifySpec&) = default;
};

struct DeleteSpec {
  std::string backup;
  bool last = false;       // also if no backup of its stream that is as good is left then
  bool from_sets = false;  // also if a set names it: the set then lacks its stream
};

// A backup or a set, one of them.
struct PinSpec {
  std::string backup;
  std::string set;
};

// What it took to bring a backup from the end of the copy to its cut.
struct CutFigures {
  std::uint64_t answers = 1;        // of the server about its state; the last is the cut
  std::uint64_t tail_messages = 0;  // read after the copy
  double seconds = 0;
};

struct BackupReport {
  BackupSummary backup;
  CutFigures cut;
  double duration_seconds = 0;
  int attempts = 1;
  std::vector<std::string> warnings;
};

struct BackupSetReport {
  SetSummary set;
  std::vector<MemberFailure> failures;  // the first of them, if there are many
  double duration_seconds = 0;
  int attempts = 1;
  std::vector<std::string> warnings;
};

struct RestoreSetReport {
  SetSummary set;
  std::uint64_t streams = 0;  // that were to be restored
  std::uint64_t failed = 0;   // of these
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t consumers = 0;
  std::uint64_t sent_bytes = 0;
  std::vector<MemberFailure> failures;  // the first of them, if there are many
  double duration_seconds = 0;
  int attempts = 1;
  std::vector<std::string> warnings;
  std::vector<std::string> unchecked;
  std::uint64_t updated = 0;  // streams that were there and were brought to their configurations
  ConfigChanges changes = {};
};

// What the deletion of a set came to.
struct DeletedSet {
  std::uint64_t backups = 0;      // that went with it
  std::vector<std::string> kept;  // backups that stay, each with the reason
};

struct RestoreReport {
  BackupSummary backup;
  std::string stream;
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t consumers = 0;
  std::uint64_t sent_bytes = 0;  // of the archive, as it crossed the wire
  double duration_seconds = 0;
  int attempts = 1;
  std::vector<std::string> warnings;
  // What could not be checked before the restore began, in words.
  std::vector<std::string> unchecked;
  bool updated = false;  // the stream was there: only configurations were changed
  ConfigChanges changes = {};
};

// What a restore would do, as its own checks find it before anything is sent.
struct RestorePreview {
  BackupSummary backup;
  std::string stream;       // that it would make
  std::string config_json;  // and the configuration, fit for the server
  bool v2_archive = false;  // the format that would be sent; false: v1
  StreamState expected;
  std::vector<std::string> consumers_sent;     // inside the archive
  std::vector<std::string> consumers_created;  // by a request each, after it
  // In words: what the backup holds and the stream would not.
  std::vector<std::string> left_out;
  std::vector<std::string> warnings;
  std::vector<std::string> unchecked;  // what nobody can look at before
  std::vector<Error> refusals;         // why nothing would be sent; empty: it would be
  bool updates = false;                // the stream is there: only configurations would be changed
  ConfigChanges changes = {};
};

// The same of the streams of a set.
struct RestoreSetPreview {
  struct Stream {
    std::string stream;
    std::string backup;            // empty: the set has none
    bool updates = false;          // the stream is there: only configurations would be changed
    std::optional<Error> refusal;  // why this stream would not be restored
  };
  SetSummary set;
  std::vector<Stream> streams;
  ConfigChanges changes;
  std::vector<std::string> warnings;
  std::vector<std::string> unchecked;
  std::uint64_t refused() const {
    std::uint64_t count = 0;
    for (const Stream& stream : streams) count += stream.refusal ? 1 : 0;
    return count;
  }
};

struct VerifyReport {
  std::uint64_t backups = 0;
  std::uint64_t damaged = 0;
  std::uint64_t bytes_read = 0;
  double duration_seconds = 0;
  std::vector<std::string> findings;  // each names backup, file, block and the sequences lost
  std::vector<std::string> warnings;  // for people, about backups that are not damaged
};

// How far a running job is.
struct JobProgress {
  std::uint64_t messages_done = 0;
  std::uint64_t messages_expected = 0;  // 0: not yet known
  std::uint64_t bytes_done = 0;
  std::uint64_t bytes_expected = 0;
  SetProgress set = {};
};

// The same with how fast it goes.
struct ProgressFigures {
  JobProgress counts;
  double messages_per_second = 0;
  double bytes_per_second = 0;
  std::optional<double> remaining_seconds;  // absent: unknown
  double percent = 0;
};

enum class JobKind : std::uint8_t { kBackup, kRestore, kVerify, kRepublish };
enum class JobState : std::uint8_t { kQueued, kRunning, kCompleted, kFailed, kCancelled };

// "backup", …: as answers, events and the job history name it.
constexpr std::string_view NameOf(JobKind kind) {
  switch (kind) {
    case JobKind::kBackup:
      return "backup";
    case JobKind::kRestore:
      return "restore";
    case JobKind::kVerify:
      return "verify";
    case JobKind::kRepublish:
      return "republish";
  }
  return "";
}

constexpr std::string_view NameOf(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "running";
    case JobState::kCompleted:
      return "completed";
    case JobState::kFailed:
      return "failed";
    case JobState::kCancelled:
      return "cancelled";
  }
  return "";
}

constexpr bool HasEnded(JobState state) { return state >= JobState::kCompleted; }

// What happens to a job: the kinds of its events.
enum class EventKind : std::uint8_t {
  kQueued,
  kStarted,
  kProgress,
  kRetrying,
  kCompleted,
  kFailed,
  kCancelled,
};

constexpr std::string_view NameOf(EventKind kind) {
  switch (kind) {
    case EventKind::kQueued:
      return "queued";
    case EventKind::kStarted:
      return "started";
    case EventKind::kProgress:
      return "progress";
    case EventKind::kRetrying:
      return "retrying";
    case EventKind::kCompleted:
      return "completed";
    case EventKind::kFailed:
      return "failed";
    case EventKind::kCancelled:
      return "cancelled";
  }
  return "";
}

// The stream of a job that is not about one.
inline constexpr std::string_view kAllStreams = "_all";

// A job as it stands.
struct JobStatus {
  std::string job;
  JobKind kind = JobKind::kBackup;
  JobState state = JobState::kQueued;
  std::string account = std::string(kDefaultAccount);
  std::string target;  // of a restore into another account: that one
  std::string stream;  // kAllStreams: the job is not about one stream
  std::string backup;  // empty: none yet
  std::string set;     // of a job about one; empty: none yet
  std::int64_t created_ns = 0;
  std::int64_t started_ns = 0;            // 0: not yet
  std::int64_t ended_ns = 0;              // 0: not yet
  std::optional<std::uint64_t> position;  // in the queue, from 0
  std::optional<ProgressFigures> progress;
  int attempts = 0;
  std::optional<Error> error;  // kFailed, kCancelled
};

}  // namespace jetkeep
