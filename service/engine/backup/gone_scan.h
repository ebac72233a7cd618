// GoneScan: finds out which captured messages a stream no longer holds, where the server's list of
// deleted sequences is too long or not whole, by looking for each of them.
//
// Two ways. Single requests go to the leader, and change nothing on any stream. A listing is ten
// times as fast, but is made by a consumer: only where retention is by limits, with the grants for
// it, and of a replica that may be behind, so that what it says needs a second proof.
//
// Thread-safety: one thread.
#pragma once

#include <chrono>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/jetstream.h"
#include "protocol/sequences/sequence_set.h"

namespace jetkeep {

class GoneScan {
 public:
  // Both must outlive the scan.
  GoneScan(StreamReader& reader, const CancelToken& cancel) : reader_(reader), cancel_(cancel) {}

  enum class Outcome : std::uint8_t {
    kNothing,  // too many to ask for, or asked too often
    kLeader,   // `gone` holds all that was gone when this was called, and some that went since
    kListing,  // likewise, by what one replica says
  };
  // captured: all live messages of the state are in it. gone: grows by what is found.
  Result<Outcome> Run(const StreamState& state, bool may_list, const SequenceSet& captured,
                      SequenceSet& gone);

  int scans() const { return scans_; }
  bool listed() const { return listed_; }  // some of what is gone is known from a listing
  // Why there is no listing; empty: there is.
  const std::string& refusal() const { return refusal_; }

 private:
  using Time = std::chrono::steady_clock::time_point;
  Status List(const StreamState& state, SequenceSet& gone);
  Result<bool> LookIntoGaps(const SequenceSet& gaps, Time until, SequenceSet& gone);
  Result<bool> AskForEach(const StreamState& state, const SequenceSet& captured, Time until,
                          SequenceSet& gone);

  StreamReader& reader_;
  const CancelToken& cancel_;
  int scans_ = 0;
  bool listed_ = false;
  std::string refusal_;
};

}  // namespace jetkeep
