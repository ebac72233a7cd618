// JetStream: what the engine asks of a NATS server. The one implementation is service/nats.
//
// Thread-safety: a JetStream may be used from any number of threads. Every call has a deadline; a
// lost connection is an error of the call, never a hang.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/chunk.h"
#include "jetkeep/error.h"
#include "jetkeep/publisher.h"
#include "jetkeep/stream.h"
#include "jetkeep/stream_state.h"

namespace jetkeep {

struct SnapshotOptions {
  // 0: 512 KiB from a leader that is near, else the server's default.
  std::uint32_t chunk_bytes = 0;
  // 0: the server's default. Sent only to servers that know it (2.12.5, 2.14).
  std::uint64_t window_bytes = 0;
  std::chrono::milliseconds idle_timeout{std::chrono::seconds(30)};
};

struct SnapshotReply {
  std::string config_json;  // the server's bytes
  std::string state_json;   // the server's bytes
  StreamState state;
};

// Takes a snapshot as it arrives. Called on the thread that called Snapshot; must not wait for a
// disk.
class SnapshotSink {
 public:
  virtual ~SnapshotSink() = default;
  virtual Status OnReply(const SnapshotReply& reply) = 0;
  virtual Status OnChunk(Chunk chunk) = 0;
};

// One restore under way. Destroying it unfinished abandons the restore (the server drops it).
class RestoreSession {
 public:
  virtual ~RestoreSession() = default;
  // Sends one chunk (at most MaxChunk bytes, copied before return); waits while the window is full.
  // An answer with an error, to this or an earlier chunk, is this call's error.
  virtual Status Send(std::string_view chunk) = 0;
  // Ends the transfer and waits for the server's verdict.
  virtual Result<StreamInfo> Finish(std::chrono::milliseconds timeout) = 0;
  virtual std::size_t MaxChunk() const = 0;
};

// Takes the deleted sequences of a stream as they are read.
using DeletedTaker = std::function<void(std::uint64_t sequence)>;
// Takes one message that was asked for; null: the stream holds none under that sequence. The
// message may be moved away.
using MessageTaker = std::function<Status(std::uint64_t sequence, StoredMessage* message)>;

// Asks the leader of one stream for its state and for single messages, with many requests on their
// way at once. Changes nothing on the server, whatever the stream's retention. Thread-safety: one
// thread at a time.
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  // The stream's state. If `deleted` is set it gets the server's list of deleted sequences, which
  // is of the same moment. The `count` messages from `ahead` on are asked for in the same breath,
  // so that their answers are but moments younger; `take` gets all of them before this returns, in
  // any order. A null there may also be a message that was stored meanwhile.
  virtual Result<StreamInfo> State(const DeletedTaker& deleted, std::uint64_t ahead,
                                   std::uint64_t count, const MessageTaker& take) = 0;
  // The messages whose sequences `next` returns, until it returns 0. All are asked for after this
  // was called; `take` gets them in the order of `next`.
  virtual Status Read(const std::function<std::uint64_t()>& next, const MessageTaker& take) = 0;
  // The first live message at or above `sequence`; no value if there is none.
  virtual Result<std::optional<StoredMessage>> FirstFrom(std::uint64_t sequence) = 0;
  // The live sequences from `first` to `last` in rising order, without their messages: by a
  // consumer in memory, made and deleted by this. A server may answer from a replica that is behind
  // its leader. Only for streams that do not remove what is acknowledged: there a consumer makes
  // the stream keep messages. Fails if the server refuses the consumer, or the user may not make
  // one.
  virtual Status ListLive(std::uint64_t first, std::uint64_t last,
                          const std::function<Status(std::uint64_t sequence)>& take) = 0;
};

struct RestoreOptions {
  std::uint32_t chunks_in_flight = 16;
  std::size_t chunk_bytes = 512 * 1024;
  std::chrono::milliseconds answer_timeout{std::chrono::seconds(60)};
};

class JetStream {
 public:
  virtual ~JetStream() = default;
  virtual Result<ServerIdentity> Server() = 0;
  virtual Result<AccountInfo> Account() = 0;
  virtual Result<std::vector<std::string>> StreamNames() = 0;
  virtual Result<StreamListing> ListStreams() = 0;
  // The streams that take messages on the subject, which may hold wildcards.
  virtual Result<std::vector<std::string>> StreamsOn(const std::string& subject) = 0;
  virtual Result<StreamInfo> GetStream(const std::string& stream) = 0;
  virtual Result<StreamInfo> UpdateStream(const std::string& stream,
                                          const std::string& config_json) = 0;
  // The first live message at or above `sequence`, asked of the stream's leader; no value if there
  // is none. Changes nothing, whatever the stream's retention.
  virtual Result<std::optional<StoredMessage>> NextMessage(const std::string& stream,
                                                           std::uint64_t sequence) = 0;
  // largest_message: of those the stream is known to hold; bounds how many are on their way at
  // once. The JetStream must outlive the reader.
  virtual Result<std::unique_ptr<StreamReader>> ReadStream(const std::string& stream,
                                                           std::uint64_t largest_message,
                                                           const CancelToken& cancel) = 0;
  virtual Result<std::vector<ConsumerInfo>> Consumers(const std::string& stream) = 0;
  virtual Result<ConsumerInfo> CreateConsumer(const std::string& stream, const std::string& name,
                                              const std::string& config_json) = 0;
  // Changes a consumer that is there, or creates one that is not. A server from 2.10 on refuses an
  // update of one that has gone, and the creation of one that has come with another configuration.
  virtual Result<ConsumerInfo> PutConsumer(const std::string& stream, const std::string& name,
                                           const std::string& config_json, bool exists) {
    static_cast<void>(exists);
    return CreateConsumer(stream, name, config_json);
  }
  virtual Status DeleteConsumer(const std::string& stream, const std::string& consumer) = 0;
  // Runs one snapshot to its end; success means only that the server ended it without saying
  // otherwise.
  virtual Status Snapshot(const std::string& stream, const SnapshotOptions& options,
                          const CancelToken& cancel, SnapshotSink& sink) = 0;
  virtual Result<std::unique_ptr<RestoreSession>> BeginRestore(const std::string& stream,
                                                               const std::string& config_json,
                                                               const StreamState& state,
                                                               const RestoreOptions& options,
                                                               const CancelToken& cancel) = 0;
  virtual Status DeleteStream(const std::string& stream) = 0;
  // The JetStream must outlive the publisher.
  virtual Result<std::unique_ptr<MessagePublisher>> OpenPublisher(const AckTaker& taker,
                                                                  const CancelToken& cancel) {
    static_cast<void>(taker);
    static_cast<void>(cancel);
    return Fail(Errc::kInternal, "this server takes no messages");
  }

  // Whether the server would take such a request of this user: sends one that no server carries
  // out. kPermissionDenied names the subject.
  virtual Status MayUpdateStream(const std::string& stream) = 0;
  virtual Status MayDeleteStream(const std::string& stream) = 0;
  virtual Status MayCreateConsumer(const std::string& stream, const std::string& name,
                                   const std::string& config_json) = 0;
};

}  // namespace jetkeep
