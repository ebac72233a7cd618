#include "service/nats/snapshot_transfer.h"

#include "protocol/js_api/api_subjects.h"
#include "protocol/js_api/responses.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kSlice{200};
constexpr milliseconds kFlushTimeout{5000};
// Half of what servers wait for the next acknowledgement (2 s before 2.14).
constexpr milliseconds kLongestPause{1000};
// The first chunk comes at once, or it is sent to where nobody listens.
constexpr milliseconds kImportedSilence{1500};

// A server sends at most its window of 32 MiB ahead. Servers before 2.10.12 can ignore the window;
// what they send beyond this limit is dropped, and the transfer fails.
constexpr int kPendingBytes = 64 * 1024 * 1024;
constexpr int kPendingMessages = 256 * 1024;

std::string Where(std::uint64_t chunk, std::uint64_t bytes) {
  return " after chunk " + std::to_string(chunk) + " (" + std::to_string(bytes) + " bytes)";
}

}  // namespace

SnapshotTransfer::SnapshotTransfer(Connection& connection, std::string request_subject,
                                   SnapshotRequest request, milliseconds answer_timeout,
                                   milliseconds idle_timeout, CancelToken cancel)
    : connection_(connection),
      request_subject_(std::move(request_subject)),
      request_(std::move(request)),
      answer_timeout_(answer_timeout),
      idle_timeout_(idle_timeout),
      cancel_(std::move(cancel)) {}

Status SnapshotTransfer::Run(SnapshotSink& sink) {
  generation_ = connection_.generation();
  denial_mark_ = connection_.DenialMark();
  // A literal subject of our own, subscribed before the request: servers wait only 2 s for
  // interest, and some take a wildcard without a word.
  request_.deliver_subject = connection_.NewInbox();
  JETKEEP_ASSIGN(const auto chunks, connection_.SubscribeSync(request_.deliver_subject,
                                                              kPendingMessages, kPendingBytes));
  JETKEEP_TRY(connection_.Flush(kFlushTimeout));
  JETKEEP_ASSIGN(const Message answer, connection_.Request(request_subject_, Encode(request_),
                                                           answer_timeout_, {}, cancel_));
  JETKEEP_ASSIGN(const SnapshotReply reply, ParseSnapshotReply(answer.data()));
  JETKEEP_TRY(sink.OnReply(reply));
  return Receive(*chunks, sink);
}

Status SnapshotTransfer::Receive(SyncSubscription& chunks, SnapshotSink& sink) {
  auto last_bytes = steady_clock::now();
  while (true) {
    JETKEEP_TRY(cancel_.Check());
    auto message = chunks.Next(kSlice);
    if (!message) {
      if (message.error().code != Errc::kTimeout) {
        return Fail(Errc::kTransferInterrupted,
                    message.error().message + Where(last_index_, bytes_));
      }
      JETKEEP_TRY(CheckSilence(last_bytes));
      continue;
    }
    if (message->data().empty()) return End(*message, chunks);
    // The server goes on only as fast as it gets acknowledgements.
    if (pace_ != nullptr) JETKEEP_TRY(pace_->Pass(message->data().size(), kLongestPause, cancel_));
    JETKEEP_TRY(Acknowledge(*message));
    bytes_ += message->data().size();
    last_bytes = steady_clock::now();
    JETKEEP_TRY(sink.OnChunk(std::move(*message).IntoChunk()));
  }
}

Status SnapshotTransfer::Acknowledge(const Message& message) {
  if (saw_last_chunk_) {
    return Fail(Errc::kTransferInterrupted,
                "a chunk follows the last one" + Where(last_index_, bytes_));
  }
  if (message.reply().empty()) {
    saw_last_chunk_ = true;
    return {};
  }
  const auto chunk = ParseChunkReply(message.reply());
  if (!chunk) {
    return Fail(Errc::kServerError, "unknown reply subject " + std::string(message.reply()) +
                                        Where(last_index_, bytes_));
  }
  if (chunk->index != last_index_ + 1) {
    return Fail(Errc::kTransferInterrupted, "chunk " + std::to_string(chunk->index) +
                                                " follows chunk " + std::to_string(last_index_) +
                                                ": chunks between them were lost");
  }
  if (chunk->length != message.data().size()) {
    return Fail(Errc::kTransferInterrupted, "chunk " + std::to_string(chunk->index) + " has " +
                                                std::to_string(message.data().size()) +
                                                " bytes, the server sent " +
                                                std::to_string(chunk->length));
  }
  last_index_ = chunk->index;
  // Not kept for a later connection: the snapshot has ended by then.
  auto sent = connection_.PublishRequest(std::string(message.reply()), {}, {});
  if (sent) return {};
  return Fail(Errc::kTransferInterrupted, sent.error().message + Where(last_index_, bytes_));
}

Status SnapshotTransfer::CheckDenied() const {
  auto denied = connection_.DeniedSince(denial_mark_, "$JS.SNAPSHOT.ACK.");
  if (denied) {
    return Fail(Errc::kPermissionDenied, "permission denied to publish on " + *denied,
                "Grant this user permission to publish on $JS.SNAPSHOT.ACK.>.");
  }
  denied = connection_.DeniedSince(denial_mark_, request_.deliver_subject);
  if (denied) {
    return Fail(Errc::kPermissionDenied, "permission denied to subscribe to " + *denied,
                "Grant this user permission to subscribe to its inboxes.");
  }
  return {};
}

Status SnapshotTransfer::CheckConnection() const {
  if (connection_.connected() && connection_.generation() == generation_) return {};
  return Fail(Errc::kTransferInterrupted, "the connection was lost" + Where(last_index_, bytes_));
}

Status SnapshotTransfer::CheckSilence(steady_clock::time_point last_bytes) const {
  JETKEEP_TRY(CheckDenied());
  JETKEEP_TRY(CheckConnection());
  const auto silence = steady_clock::now() - last_bytes;
  if (imported_ && bytes_ == 0 && silence >= kImportedSilence) {
    return Fail(Errc::kPermissionDenied,
                "the server answers through the import of its API, but its chunks do not come",
                "Export the inboxes of this user from the account that holds the streams as a "
                "stream, and import them (set an inbox prefix of its own): deploy/OPERATIONS.md.");
  }
  if (silence < idle_timeout_) return {};
  return Fail(Errc::kTransferInterrupted, "nothing came from the server for " +
                                              std::to_string(idle_timeout_.count()) + " ms" +
                                              Where(last_index_, bytes_));
}

Status SnapshotTransfer::End(const Message& message, const SyncSubscription& chunks) const {
  const std::string status(message.header("Status").value_or(""));
  const std::string description(message.header("Description").value_or(""));
  const std::string words = description.empty() ? "no reason given" : description;
  JETKEEP_TRY(CheckDenied());
  if (status == "408") {
    return Fail(Errc::kFlowTimeout,
                "the server gave up waiting for acknowledgements (" + words + ")" +
                    Where(last_index_, bytes_),
                imported_ ? "Import $JS.SNAPSHOT.ACK.> from the account that holds the streams."
                          : "The link or this machine is too slow; a smaller backup.chunk_size or "
                            "window_size may help.");
  }
  if (!status.empty() && status.front() != '2') {
    return Fail(Errc::kSnapshotIncomplete, "the server ended the snapshot with status " + status +
                                               " (" + words + ")" + Where(last_index_, bytes_));
  }
  JETKEEP_TRY(CheckConnection());
  if (const std::uint64_t dropped = chunks.Dropped(); dropped != 0) {
    return Fail(Errc::kTransferInterrupted,
                std::to_string(dropped) + " chunks came faster than they could be taken");
  }
  return {};
}

}  // namespace jetkeep
