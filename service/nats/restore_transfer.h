// RestoreTransfer: one restore conversation. Private to this folder.
//
// Chunks carry replies to one subscription (`<inbox>.<number>`); a window of them is under way at a
// time. The server takes chunks in order and answers each: empty if it is good, JSON with an error
// if not. A changed connection ends the session: what was under way may be lost or may not, and the
// server cannot tell us.
//
// Where restores take turns, the last chunk so far is held back until more comes or the end: the
// server makes a stream of the archive as soon as it is whole. Thread-safety: used by one thread at
// a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "jetkeep/jetstream.h"
#include "service/nats/connection.h"
#include "service/nats/restore_turn.h"
#include "service/nats/send_window.h"
#include "service/work/byte_pace.h"

namespace jetkeep {

class RestoreTransfer : public RestoreSession {
 public:
  // turn: null where restores need not take turns; else it outlives the session. pace: null where
  // none is set; else likewise.
  static Result<std::unique_ptr<RestoreSession>> Begin(
      Connection& connection, const std::string& request_subject, const std::string& request,
      std::chrono::milliseconds timeout, const RestoreOptions& options, RestoreTurn* turn,
      BytePace* pace, const CancelToken& cancel);

  Status Send(std::string_view chunk) override;
  Result<StreamInfo> Finish(std::chrono::milliseconds timeout) override;
  std::size_t MaxChunk() const override { return max_chunk_; }

 private:
  RestoreTransfer(Connection& connection, const RestoreOptions& options, RestoreTurn* turn,
                  BytePace* pace, CancelToken cancel);

  Status SendNow(std::string_view chunk);
  // Waits for its turn, and sends what was held back.
  Status SendLast();

  // Takes answers until at most `open` chunks are without one; does not wait if that is so already.
  Status AwaitAnswers(std::size_t open);
  std::uint64_t answered() const { return sent_ - window_.open(); }
  Result<Message> NextAnswer(std::chrono::milliseconds timeout);
  Status TakeAnswer(const Message& answer);
  Status CheckSilence() const;
  Status CheckMayWrite(const std::string& stream);
  Status CheckDenied(const std::string& subject) const;
  Error WithProgress(Error error) const;

  Connection& connection_;
  const RestoreOptions options_;
  RestoreTurn* const turn_;
  BytePace* const pace_;
  std::optional<RestoreTurn::Held> held_;
  const CancelToken cancel_;
  std::uint64_t generation_ = 0;
  std::uint64_t denial_mark_ = 0;
  std::size_t max_chunk_ = 0;
  std::string inbox_;
  std::unique_ptr<SyncSubscription> answers_;
  std::string deliver_subject_;
  SendWindow window_;
  std::string held_back_;
  std::uint64_t first_block_end_ = 0;  // in the archive
  std::uint64_t sent_ = 0;
  std::uint64_t sent_bytes_ = 0;
};

}  // namespace jetkeep
