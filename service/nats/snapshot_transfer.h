// SnapshotTransfer: one snapshot conversation from the request to the last message. Private to this
// folder.
//
// The server sends a window of chunks ahead and gives up 2 s (5 s from 2.14) after the last
// acknowledgement, so each chunk is acknowledged on receipt, before anybody works on it. The
// numbers in the reply subjects show a hole; a changed connection ends the transfer, because
// servers before 2.12.5 go on over the gap. Thread-safety: used by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "protocol/js_api/requests.h"
#include "service/nats/connection.h"
#include "service/work/byte_pace.h"

namespace jetkeep {

class SnapshotTransfer {
 public:
  SnapshotTransfer(Connection& connection, std::string request_subject, SnapshotRequest request,
                   std::chrono::milliseconds answer_timeout, std::chrono::milliseconds idle_timeout,
                   CancelToken cancel);
  // Chunks come through another account's export, if they come at all.
  void SetImported(bool imported) { imported_ = imported; }
  // It outlives this; null: none.
  void SetPace(BytePace* pace) { pace_ = pace; }
  Status Run(SnapshotSink& sink);

 private:
  Status Receive(SyncSubscription& chunks, SnapshotSink& sink);
  // What a wait without a message has to look at.
  Status CheckSilence(std::chrono::steady_clock::time_point last_bytes) const;
  Status CheckConnection() const;
  Status CheckDenied() const;
  // Checks number and length of a chunk and acknowledges it.
  Status Acknowledge(const Message& message);
  Status End(const Message& message, const SyncSubscription& chunks) const;

  Connection& connection_;
  const std::string request_subject_;
  SnapshotRequest request_;
  const std::chrono::milliseconds answer_timeout_;
  const std::chrono::milliseconds idle_timeout_;
  const CancelToken cancel_;

  std::uint64_t generation_ = 0;
  std::uint64_t denial_mark_ = 0;
  std::uint64_t last_index_ = 0;
  std::uint64_t bytes_ = 0;
  bool imported_ = false;
  BytePace* pace_ = nullptr;
  bool saw_last_chunk_ = false;  // one that wants no acknowledgement
};

}  // namespace jetkeep
