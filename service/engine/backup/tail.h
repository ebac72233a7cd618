// Tail: the messages of a stream above those that its snapshot brought (all of them, if the server
// makes none), read one by one and handed on in rising order.
//
// Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "jetkeep/cancel.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/record.h"
#include "protocol/sequences/sequence_set.h"

namespace jetkeep {

class Tail {
 public:
  // Takes one message; an error ends the reading.
  using Taker = std::function<Status(const RecordView&)>;

  // Hands on what lies above `end`. The reader must outlive the tail.
  Tail(StreamReader& reader, std::uint64_t end, Taker taker)
      : reader_(reader), taker_(std::move(taker)), end_(end) {}

  // The stream's state, with the list of deleted sequences if that is wanted. Asks right
  // behind it for the messages that may have come since.
  Result<StreamInfo> Ask(SequenceSet* deleted);

  // Reads and hands on what lies above all that was read before, up to the state's last sequence.
  // Sequences in `deleted` (may be null) hold no message and are not asked for. The result: those
  // asked for, after the server gave the state, that hold none.
  Result<SequenceSet> ReadTo(const StreamState& state, const SequenceSet* deleted);

  // Up to here everything was read, or holds no message.
  std::uint64_t end() const { return end_; }
  std::uint64_t messages() const { return messages_; }  // handed on
  // The newest of them, if there was any.
  std::uint64_t newest() const { return newest_; }
  const std::string& newest_headers() const { return newest_headers_; }

 private:
  Status Add(const StoredMessage& message);
  Status AddHeld(std::uint64_t below);
  struct Run {
    std::uint64_t end = 0;  // the last sequence dealt with
    std::uint64_t gap = 0;  // how many before it were not there
  };
  // Reads from `from` on, until many in a row are not there.
  Result<Run> ReadRun(std::uint64_t from, std::uint64_t last, const SequenceSet* deleted,
                      SequenceSet& unread);

  StreamReader& reader_;
  const Taker taker_;
  std::uint64_t end_;
  std::uint64_t ahead_ = 0;                      // how many messages may come until the next answer
  std::map<std::uint64_t, StoredMessage> held_;  // read ahead of their turn
  std::uint64_t held_bytes_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t newest_ = 0;
  std::string newest_headers_;
};

}  // namespace jetkeep
