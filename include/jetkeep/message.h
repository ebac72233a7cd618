// Messages of a backup as values, for whoever looks inside without restoring.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/message_selection.h"

namespace jetkeep {

struct BackupMessage {
  std::uint64_t sequence = 0;
  std::int64_t time_ns = 0;  // since the Unix epoch, UTC
  std::string subject;
  std::string headers;  // the raw header block, empty if there is none
  std::string payload;
};

// One message of a backup: exactly one of the three is given.
struct MessageReference {
  std::string backup;
  std::uint64_t sequence = 0;
  std::string subject;  // the last message with it; may hold wildcards
  std::string key;      // of a key-value bucket: its last value
};

// Messages of a backup, a page at a time.
struct PageRequest {
  std::string backup;
  MessageSelection selection;
  std::uint64_t limit = 100;  // messages
  std::size_t limit_bytes =
      512 * 1024;  // subjects, headers and payloads; one message may exceed it
};

struct MessagePage {
  std::vector<BackupMessage> messages;
  // Where the next page begins (its selection's first_sequence); 0: this was the last one. A page
  // may hold few messages, or none, although others follow: reading went on for long enough.
  std::uint64_t next_sequence = 0;
};

}  // namespace jetkeep
