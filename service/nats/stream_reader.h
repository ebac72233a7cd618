// StreamReaderClient: StreamReader over a Connection. Private to this folder.
//
// One subscription takes all answers; the last two tokens of an answer's subject are the number of
// the call and what was asked for, so that an answer to an earlier call is never taken for one to
// this. What gets no answer (a leader that changes drops requests) is asked again.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "jetkeep/cancel.h"
#include "jetkeep/jetstream.h"
#include "protocol/js_api/api_subjects.h"
#include "service/nats/connection.h"
#include "service/nats/live_list.h"

namespace jetkeep {

class StreamReaderClient : public StreamReader {
 public:
  static Result<std::unique_ptr<StreamReader>> Open(
      Connection& connection, const ApiSubjects& subjects, const std::string& stream,
      std::uint64_t largest_message, std::chrono::milliseconds timeout, CancelToken cancel);

  Result<StreamInfo> State(const DeletedTaker& deleted, std::uint64_t ahead, std::uint64_t count,
                           const MessageTaker& take) override;
  Status Read(const std::function<std::uint64_t()>& next, const MessageTaker& take) override;
  Result<std::optional<StoredMessage>> FirstFrom(std::uint64_t sequence) override;
  Status ListLive(std::uint64_t first, std::uint64_t last,
                  const std::function<Status(std::uint64_t sequence)>& take) override {
    return jetkeep::ListLive(connection_, subjects_, stream_, {first, last, timeout_}, take,
                             cancel_);
  }

 private:
  StreamReaderClient(Connection& connection, const ApiSubjects& subjects, std::string stream,
                     CancelToken cancel)
      : connection_(connection),
        subjects_(subjects),
        stream_(std::move(stream)),
        cancel_(std::move(cancel)) {}

  // Begins a call: answers to earlier ones are passed over from now on.
  void BeginCall();
  // `what`: a sequence, or 0 for the state.
  Status Ask(std::uint64_t what, std::string request);
  // The next answer to something that is still open, and what it answers (0: the state).
  struct Answer {
    std::uint64_t what = 0;
    Message message;
  };
  Result<Answer> Next();
  std::optional<std::uint64_t> WhatOf(std::string_view subject) const;
  Status CheckSilence(std::chrono::steady_clock::time_point since) const;
  Status AskAgain();
  // How many messages may be on their way, of so many that may be wanted.
  std::size_t Window(std::size_t most) const;
  Status Hand(std::uint64_t sequence, const Message& answer, const MessageTaker& take);

  Connection& connection_;
  const ApiSubjects subjects_;
  const std::string stream_;
  const CancelToken cancel_;
  std::string info_subject_;
  std::string get_subject_;
  std::chrono::milliseconds timeout_{};
  std::uint64_t generation_ = 0;
  std::uint64_t denial_mark_ = 0;
  std::string inbox_;
  std::unique_ptr<SyncSubscription> answers_;
  std::uint64_t largest_ = 0;  // answer with a message

  std::uint64_t call_ = 0;
  std::map<std::uint64_t, std::string> open_;  // without an answer, and the request
};

}  // namespace jetkeep
