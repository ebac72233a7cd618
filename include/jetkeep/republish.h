// Publishing messages of a backup again, as new ones. Values only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/backup.h"
#include "jetkeep/job.h"
#include "jetkeep/message_selection.h"

namespace jetkeep {

// Headers of the messages that were published again, besides their own.
inline constexpr std::string_view kOldSequenceHeader = "Jetkeep-Sequence";
inline constexpr std::string_view kOldTimeHeader = "Jetkeep-Time";
inline constexpr std::string_view kOldBackupHeader = "Jetkeep-Backup";
inline constexpr std::string_view kOldMessageIdHeader = "Jetkeep-Msg-Id";

struct RepublishSpec {
  std::string backup;  // an id
  MessageSelection messages = {};
  // This stream is read first: what it holds of an earlier publishing of the backup is left out,
  // and every message must be stored by it. Empty: none is, and any stream may store them.
  std::string into = {};
  // With `into`: leave out the messages that it still holds under their old sequences.
  bool missing = false;
  // Subjects that are `from`, or begin with its tokens, begin with `to` instead; without `from`
  // all subjects get `to` in front.
  std::string from = {};
  std::string to = {};
  bool keep_message_id = false;  // the Nats-Msg-Id of a message that has one
  std::uint64_t rate = 0;        // messages a second; 0: as fast as they are acknowledged
  bool paced = false;            // with the pauses that their times have
  bool dry_run = false;          // publish nothing
  // Patterns of subjects that no message may get, besides those of servers: the requests and
  // events of the service itself.
  std::vector<std::string> reserved = {};
  std::string account = std::string(kDefaultAccount);
  friend bool operator==(const RepublishSpec&, const RepublishSpec&) = default;
};

struct RepublishReport {
  std::string backup;
  std::string stream;  // that it is a backup of
  std::string into;    // the stream that was read first; empty: none was
  bool dry_run = false;
  std::uint64_t selected = 0;
  std::uint64_t living = 0;  // of these: the living stream still has them
  // Of these: published again before; or older than one of the same subject that was, where the
  // target keeps only so many messages of each subject.
  std::uint64_t already = 0;
  std::uint64_t messages = 0;  // published and acknowledged; of a dry run: to be published
  std::uint64_t bytes = 0;     // of `messages`
  // Acknowledged, but not stored: the target took them for ones that it has, by their Nats-Msg-Id.
  std::uint64_t duplicates = 0;
  // Sequences in the backup of what was published, with `duplicates`: the first ranges.
  std::vector<SequenceRange> sequences;
  std::uint64_t more_ranges = 0;
  double duration_seconds = 0;
  int attempts = 1;
  std::vector<std::string> warnings;
};

}  // namespace jetkeep
