#include "service/nats/restore_transfer.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "protocol/js_api/responses.h"
#include "protocol/s2/frame.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kSlice{100};
constexpr milliseconds kFlushTimeout{5000};
constexpr milliseconds kDenialSlice{5};
constexpr int kDenialTries = 2;
// The server drops a restore that gets nothing for 5 s.
constexpr milliseconds kSignOfLife{2000};
// Smaller ones are counted and do not wait: they are signs of life, or the last of a restore.
constexpr std::size_t kLeastPaced = 4096;
constexpr const char* kImportHint =
    "If the JetStream API is imported from another account: servers do not take restores through "
    "an import; restore with a user of the account that holds the streams.";

// Of a stream of S2 chunks, of which this is the beginning.
std::size_t FirstBlockEnd(std::string_view archive) {
  const std::size_t identifier = s2::kChunkHeaderBytes + s2::kS2Identifier.size();
  const std::size_t header_end = identifier + s2::kChunkHeaderBytes;
  if (archive.size() < header_end) return header_end;
  return header_end + s2::LoadChunkLength(archive.data() + identifier);
}

}  // namespace

RestoreTransfer::RestoreTransfer(Connection& connection, const RestoreOptions& options,
                                 RestoreTurn* turn, BytePace* pace, CancelToken cancel)
    : connection_(connection),
      options_(options),
      turn_(turn),
      pace_(pace),
      cancel_(std::move(cancel)),
      window_(options.chunks_in_flight) {}

Result<std::unique_ptr<RestoreSession>> RestoreTransfer::Begin(
    Connection& connection, const std::string& request_subject, const std::string& request,
    milliseconds timeout, const RestoreOptions& options, RestoreTurn* turn, BytePace* pace,
    const CancelToken& cancel) {
  std::unique_ptr<RestoreTransfer> session(
      new RestoreTransfer(connection, options, turn, pace, cancel));
  if (turn != nullptr) {
    JETKEEP_ASSIGN(session->held_, turn->Take(cancel));
  }
  session->generation_ = connection.generation();
  session->denial_mark_ = connection.DenialMark();
  session->inbox_ = connection.NewInbox();
  session->max_chunk_ = std::min<std::size_t>(options.chunk_bytes, connection.MaxPayload());
  JETKEEP_ASSIGN(session->answers_, connection.SubscribeSync(session->inbox_ + ".*", -1, -1));
  JETKEEP_TRY(session->CheckMayWrite(request_subject.substr(request_subject.rfind('.') + 1)));
  JETKEEP_ASSIGN(const Message answer,
                 connection.Request(request_subject, request, timeout, {}, cancel));
  JETKEEP_ASSIGN(session->deliver_subject_, ParseRestoreReply(answer.data()));
  return session;
}

// A server that has begun a restore and gets no chunk blocks the name for seconds. So a probe tests
// the grant first, on a subject that the same grant covers and that has no subscriber.
Status RestoreTransfer::CheckMayWrite(const std::string& stream) {
  const std::string probe = "$JS.SNAPSHOT.RESTORE." + stream + ".probe";
  JETKEEP_TRY(connection_.PublishRequest(probe, {}, {}));
  JETKEEP_TRY(connection_.Flush(kFlushTimeout));
  if (connection_.NoErrorYet() && connection_.generation() == generation_) return {};
  // The denial was read before the flush ended, and another thread reports it.
  for (int i = 0; i < kDenialTries; ++i) {
    JETKEEP_TRY(CheckDenied(probe));
    std::this_thread::sleep_for(kDenialSlice);
  }
  return CheckDenied(probe);
}

Status RestoreTransfer::CheckDenied(const std::string& subject) const {
  const auto denied = connection_.DeniedSince(denial_mark_, subject);
  if (!denied) return {};
  return Fail(Errc::kPermissionDenied, "permission denied to publish on " + *denied,
              "Grant this user permission to publish on $JS.SNAPSHOT.RESTORE.>.");
}

Status RestoreTransfer::Send(std::string_view chunk) {
  if (chunk.empty()) return {};  // an empty message would end the transfer
  if (chunk.size() > max_chunk_) {
    return Fail(Errc::kInvalidRequest, "a chunk of " + std::to_string(chunk.size()) +
                                           " bytes is longer than " + std::to_string(max_chunk_));
  }
  if (turn_ == nullptr) return SendNow(chunk);
  if (held_back_.empty()) {
    held_back_ = chunk;
    return cancel_.Check();
  }
  if (sent_ == 0) first_block_end_ = FirstBlockEnd(held_back_);
  JETKEEP_TRY(SendNow(held_back_));
  held_back_ = chunk;
  // Servers from 2.15 decode the first block before they begin.
  if (!held_ || sent_bytes_ <= first_block_end_) return {};
  JETKEEP_TRY(AwaitAnswers(0));
  held_.reset();
  return {};
}

Status RestoreTransfer::SendNow(std::string_view chunk) {
  JETKEEP_TRY(cancel_.Check());
  if (pace_ != nullptr && chunk.size() >= kLeastPaced) {
    JETKEEP_TRY(pace_->Pass(chunk.size(), kSignOfLife, cancel_));
  } else if (pace_ != nullptr) {
    pace_->Reserve(chunk.size(), kSignOfLife);
  }
  JETKEEP_TRY(AwaitAnswers(window_.size() - 1));
  if (!connection_.connected() || connection_.generation() != generation_) {
    return Fail(WithProgress({Errc::kTransferInterrupted, "the connection was lost", {}}));
  }
  auto sent =
      connection_.PublishRequest(deliver_subject_, inbox_ + "." + std::to_string(sent_ + 1), chunk);
  if (!sent) {
    return Fail(WithProgress({Errc::kTransferInterrupted, std::move(sent.error().message), {}}));
  }
  window_.Sent(steady_clock::now());
  ++sent_;
  sent_bytes_ += chunk.size();
  return {};
}

Status RestoreTransfer::SendLast() {
  std::string_view last = held_back_;
  while (!held_) {
    held_ = turn_->TryTake(kSignOfLife);
    if (held_ || last.size() <= 1) break;
    JETKEEP_TRY(SendNow(last.substr(0, 1)));
    last.remove_prefix(1);
  }
  if (last.empty()) return {};
  return SendNow(last);
}

Result<StreamInfo> RestoreTransfer::Finish(milliseconds timeout) {
  if (turn_ != nullptr) JETKEEP_TRY(SendLast());
  const std::optional<RestoreTurn::Held> until_the_result = std::exchange(held_, std::nullopt);
  JETKEEP_TRY(AwaitAnswers(0));
  JETKEEP_TRY(CheckSilence());
  JETKEEP_TRY(connection_.PublishRequest(deliver_subject_, inbox_ + ".end", {}));
  const auto deadline = steady_clock::now() + timeout;
  while (true) {
    auto answer = NextAnswer(kSlice);
    if (answer) {
      // Through an import the end is no longer empty, and the server takes it for a chunk.
      if (answer->data().empty()) {
        return Fail(
            WithProgress({Errc::kPermissionDenied,
                          "the server took the end of the restore for a chunk", kImportHint}));
      }
      auto info = ParseStreamInfo(answer->data());
      if (!info) return Fail(WithProgress(std::move(info.error())));
      return info;
    }
    if (answer.error().code != Errc::kTimeout) return Fail(std::move(answer.error()));
    JETKEEP_TRY(CheckSilence());
    if (steady_clock::now() >= deadline) {
      return Fail(WithProgress(
          {Errc::kTimeout,
           "no result from the server within " + std::to_string(timeout.count()) + " ms",
           "The server may still be unpacking: look at the stream before trying again."}));
    }
  }
}

Status RestoreTransfer::AwaitAnswers(std::size_t open) {
  auto last_answer = steady_clock::now();
  while (true) {
    const bool wait = window_.open() > open;
    if (!wait && window_.open() == 0) return {};
    auto answer = NextAnswer(wait ? kSlice : milliseconds(0));
    if (answer) {
      JETKEEP_TRY(TakeAnswer(*answer));
      last_answer = steady_clock::now();
      continue;
    }
    if (answer.error().code != Errc::kTimeout) return Fail(std::move(answer.error()));
    if (!wait) return {};
    JETKEEP_TRY(CheckSilence());
    if (steady_clock::now() - last_answer >= options_.answer_timeout) {
      return Fail(
          WithProgress({Errc::kTimeout,
                        "no answer to chunk " + std::to_string(answered() + 1) + " within " +
                            std::to_string(options_.answer_timeout.count()) + " ms",
                        answered() == 0 ? kImportHint : ""}));
    }
  }
}

Result<Message> RestoreTransfer::NextAnswer(milliseconds timeout) {
  auto answer = answers_->Next(timeout);
  if (!answer) {
    if (answer.error().code == Errc::kTimeout) return answer;
    return Fail(WithProgress({Errc::kTransferInterrupted, answer.error().message, {}}));
  }
  if (answer->data().empty() && answer->header("Status") == "503") {
    return Fail(
        WithProgress({Errc::kTransferInterrupted, "the server has dropped the restore",
                      "It does so after 5 s without a whole chunk (over a very slow link set "
                      "restore.chunk_size lower), or when it loses its leader."}));
  }
  return answer;
}

Status RestoreTransfer::TakeAnswer(const Message& answer) {
  auto status = ParseChunkAnswer(answer.data());
  if (!status) return Fail(WithProgress(std::move(status.error())));
  if (window_.open() == 0) {
    return Fail(WithProgress({Errc::kServerError, "an answer to a chunk that was not sent", {}}));
  }
  window_.Answered(steady_clock::now());
  return {};
}

Status RestoreTransfer::CheckSilence() const {
  JETKEEP_TRY(cancel_.Check());
  JETKEEP_TRY(CheckDenied(deliver_subject_));
  if (!connection_.connected() || connection_.generation() != generation_) {
    return Fail(WithProgress({Errc::kTransferInterrupted, "the connection was lost", {}}));
  }
  return {};
}

Error RestoreTransfer::WithProgress(Error error) const {
  error.message += " (" + std::to_string(answered()) + " of " + std::to_string(sent_) +
                   " chunks answered, " + std::to_string(sent_bytes_) + " bytes sent)";
  return error;
}

}  // namespace jetkeep
