// StreamModel: what a stream holds, from nothing but what its writers were told, and whether a set
// of messages is what was live at one moment.
//
// The order of messages is that of their sequences. What the stream's limits remove follows from
// it. What is deleted or purged is done while nothing is being published, so that it has a place
// between two sequences. What consumers acknowledge is removed at an unknown time between the first
// acknowledgement sent and the last one answered.
//
// Thread-safety: any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tests/support/stream_dump.h"

namespace jetkeep::testing {

struct StreamRules {  // 0: no limit
  std::uint64_t max_messages = 0;
  std::uint64_t max_bytes = 0;
  std::uint64_t max_per_subject = 0;
};

struct PurgeRequest {
  std::string subject = {};  // empty: all
  std::uint64_t before = 0;  // 0, or the first sequence that stays
  std::uint64_t keep = 0;
};

class StreamModel {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Rollup { kNone, kSubject, kAll };

  struct Written {
    std::uint64_t sequence = 0;
    std::string subject = {};
    std::uint64_t content = 0;  // ContentDigest
    std::uint64_t bytes = 0;    // as a file store counts them
    Rollup rollup = Rollup::kNone;
    std::optional<Time> expires = {};  // at the earliest
    Time sent = {};
    Time acknowledged = {};
  };

  // `acknowledged_go`: what all of the consumers have acknowledged is removed.
  explicit StreamModel(StreamRules rules, std::size_t consumers = 0, bool acknowledged_go = false)
      : rules_(rules), consumers_(consumers), acknowledged_go_(acknowledged_go) {}

  void Add(Written message);
  // Nothing is being published: what is unknown up to the last sequence was never stored.
  void Settle();
  std::uint64_t last() const;

  // Of the settled stream; each is one removal, and takes effect at once.
  std::optional<std::uint64_t> LiveNear(std::uint64_t sequence) const;
  void Delete(std::uint64_t sequence, Time asked, Time answered);
  void Purge(const PurgeRequest& request, Time asked, Time answered);

  // A consumer (from 0) is about to acknowledge; the server has answered it.
  void AckAsked(std::size_t consumer, std::uint64_t sequence);
  void AckAnswered(std::size_t consumer, std::uint64_t sequence);

  struct Candidate {
    std::uint64_t last = 0;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> messages = {};  // sequence, content
    Time begun = {};  // the backup was asked for after this
    Time ended = {};  // and had ended before this
    Time seen = {};   // read before this: what expired until then may lack
    // The server may answer an acknowledgement so long before it removes the message.
    std::chrono::milliseconds slack = {};
    // The server itself is late with its limits, so what they push out may still be there.
    bool late_limits = false;
  };
  // Of the candidate's messages, those that the consumer surely had not acknowledged at its end.
  std::vector<std::uint64_t> Unacknowledged(std::size_t consumer, const Candidate& candidate) const;
  // Why the candidate was at no moment of the backup what the stream held; empty: it was. The
  // stream is settled up to the candidate's last sequence.
  std::vector<std::string> Judge(const Candidate& candidate) const;

 private:
  enum class Gone : std::uint8_t { kNo, kNeverStored, kBySequence, kByRemoval };
  struct Entry {
    std::uint32_t subject = 0;
    Gone gone = Gone::kNo;
    std::uint64_t content = 0;
    std::uint64_t bytes = 0;
    std::uint64_t gone_by = 0;  // the sequence that pushed it out, or the removal's number
    std::optional<Time> expires;
    Time sent;
    Time acknowledged;
    std::vector<std::pair<Time, Time>> acks;  // of each consumer: asked, answered
  };
  struct Removal {
    std::uint64_t after = 0;  // the last sequence then
    Time asked;
    Time answered;
  };
  struct Interval {
    Time from;
    Time until;
  };

  std::pair<Time, Time>& AckOf(std::size_t consumer, std::uint64_t sequence);
  Entry& At(std::uint64_t sequence) { return entries_[sequence - 1]; }
  const Entry& At(std::uint64_t sequence) const { return entries_[sequence - 1]; }
  void Apply(const Written& message);
  void Remove(std::uint64_t sequence, Gone how, std::uint64_t by);
  void PurgeNow(const PurgeRequest& request, Gone how, std::uint64_t by);
  std::uint64_t First();
  Interval RemovedByAcks(const Entry& entry) const;
  std::string Name(std::uint64_t sequence) const;
  std::uint32_t SubjectNumber(const std::string& subject);

  const StreamRules rules_;
  const std::size_t consumers_;
  const bool acknowledged_go_;
  mutable std::mutex mutex_;
  std::map<std::uint64_t, Written> ahead_;  // some sequence before it is not known yet
  std::vector<Entry> entries_;              // of sequences 1, 2, …
  std::vector<Removal> removals_;
  std::map<std::uint64_t, std::vector<std::pair<Time, Time>>> early_acks_;  // of unknown sequences
  std::unordered_map<std::string, std::uint32_t> subject_numbers_;
  std::vector<std::string> subjects_;
  std::vector<std::set<std::uint64_t>> live_of_subject_;
  std::uint64_t first_ = 1;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace jetkeep::testing
