// Diff: how two backups, or a backup and the living stream, differ. Values only.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/drift.h"
#include "jetkeep/stream_state.h"

namespace jetkeep {

// A is a backup. B is a backup, or a living stream.
struct DiffSpec {
  std::string a;              // a backup's id
  std::string b;              // the same; empty: a living stream, and
  std::string live_stream;    // its name; empty: the stream of A
  std::uint64_t limit = 100;  // differences between messages that are listed
};

enum class MessageChange : std::uint8_t { kOnlyInA, kOnlyInB, kDifferent };

struct MessageDifference {
  MessageChange change = MessageChange::kDifferent;
  std::uint64_t sequence = 0;
  std::string subject;  // of A's message where there is one
  // Of kDifferent: what of it differs.
  bool subject_differs = false;
  bool headers_differ = false;
  bool payload_differs = false;
  bool time_differs = false;
  friend bool operator==(const MessageDifference&, const MessageDifference&) = default;
};

// Where a consumer stands in one of the two.
struct ConsumerPosition {
  SequencePair delivered;
  SequencePair ack_floor;
  std::uint64_t pending = 0;
  friend bool operator==(const ConsumerPosition&, const ConsumerPosition&) = default;
};

struct PositionDifference {
  std::string consumer;
  ConsumerPosition a;
  ConsumerPosition b;
};

struct DiffSide {
  std::string backup;  // empty: a living stream
  std::string stream;
  StreamState state;         // of the cut
  std::int64_t time_ns = 0;  // of the cut; 0: unknown
};

struct DiffReport {
  DiffSide a;
  DiffSide b;
  // B is known to be of another life of the stream, or of another stream: equal sequences need not
  // mean equal messages.
  bool other_life = false;

  std::uint64_t equal = 0;
  std::uint64_t only_in_a = 0;
  std::uint64_t before_b = 0;  // of these: below B's first sequence
  std::uint64_t only_in_b = 0;
  std::uint64_t different = 0;
  // In one of the two, and the other backup lacks the message because it could not be read.
  std::uint64_t unknown = 0;
  // With a living stream: its messages above A's last sequence, which are no difference.
  std::uint64_t newer = 0;
  // With a living stream: how many messages left it while it was read. They may count as only in A
  // or among the newer ones.
  std::uint64_t left_meanwhile = 0;
  std::vector<MessageDifference> messages;  // the first of them

  std::vector<Drift> configs;  // of stream and consumers; kept is A's value, found is B's
  std::uint64_t more_configs = 0;
  // Of consumers with the same name. A living stream's consumer that is ahead of A's is no
  // difference.
  std::vector<PositionDifference> positions;
  std::uint64_t more_positions = 0;
  std::vector<std::string> warnings;

  std::uint64_t MessageDifferences() const { return only_in_a + only_in_b + different; }
  std::uint64_t Differences() const {
    return MessageDifferences() + configs.size() + more_configs + positions.size() + more_positions;
  }
};

}  // namespace jetkeep
