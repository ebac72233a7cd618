// JetStreamClient: JetStream over a Connection.
//
// Ownership: the Connection must outlive the client, and the client all of its restore sessions.
// Thread-safety: as JetStream promises; calls run on the calling thread.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "jetkeep/jetstream.h"
#include "jetkeep/mutex.h"
#include "protocol/js_api/api_subjects.h"
#include "service/nats/connection.h"
#include "service/nats/restore_turn.h"
#include "service/work/byte_pace.h"

namespace jetkeep {

struct JetStreamOptions {
  std::string api_prefix;  // empty: $JS.API; of the two at most one is set
  std::string domain;
  std::chrono::milliseconds request_timeout{std::chrono::seconds(5)};
  // How fast archives come and go; null: as fast as they can. They outlive the client.
  BytePace* backup_pace = nullptr;
  BytePace* restore_pace = nullptr;
};

class JetStreamClient : public JetStream {
 public:
  static Result<std::unique_ptr<JetStreamClient>> Create(Connection& connection,
                                                         const JetStreamOptions& options);

  // The server we are connected to, which in a cluster need not be the one that serves a stream.
  Result<ServerIdentity> Server() override;
  Result<AccountInfo> Account() override;
  Result<std::vector<std::string>> StreamNames() override;
  Result<StreamListing> ListStreams() override;
  Result<std::vector<std::string>> StreamsOn(const std::string& subject) override;
  Result<StreamInfo> GetStream(const std::string& stream) override;
  Result<StreamInfo> UpdateStream(const std::string& stream,
                                  const std::string& config_json) override;
  Result<std::optional<StoredMessage>> NextMessage(const std::string& stream,
                                                   std::uint64_t sequence) override;
  Result<std::unique_ptr<StreamReader>> ReadStream(const std::string& stream,
                                                   std::uint64_t largest_message,
                                                   const CancelToken& cancel) override;
  Result<std::unique_ptr<MessagePublisher>> OpenPublisher(const AckTaker& taker,
                                                          const CancelToken& cancel) override;
  Result<std::vector<ConsumerInfo>> Consumers(const std::string& stream) override;
  Result<ConsumerInfo> CreateConsumer(const std::string& stream, const std::string& name,
                                      const std::string& config_json) override;
  Result<ConsumerInfo> PutConsumer(const std::string& stream, const std::string& name,
                                   const std::string& config_json, bool exists) override;
  Status DeleteConsumer(const std::string& stream, const std::string& consumer) override;
  // In a cluster, ask GetStream first: a snapshot of a stream without a leader gets no answer at
  // all.
  Status Snapshot(const std::string& stream, const SnapshotOptions& options,
                  const CancelToken& cancel, SnapshotSink& sink) override;
  // The server drops a restore that gets no chunk for 5 s: have the archive at hand before
  // beginning, and never leave more than 4 s between two calls of Send.
  Result<std::unique_ptr<RestoreSession>> BeginRestore(const std::string& stream,
                                                       const std::string& config_json,
                                                       const StreamState& state,
                                                       const RestoreOptions& options,
                                                       const CancelToken& cancel) override;
  Status DeleteStream(const std::string& stream) override;
  Status MayUpdateStream(const std::string& stream) override;
  Status MayDeleteStream(const std::string& stream) override;
  Status MayCreateConsumer(const std::string& stream, const std::string& name,
                           const std::string& config_json) override;

 private:
  Result<ConsumerInfo> SendConsumer(const std::string& stream, const std::string& name,
                                    const std::string& config_json, std::string_view action);
  JetStreamClient(Connection& connection, ApiSubjects subjects, const JetStreamOptions& options)
      : connection_(connection),
        subjects_(std::move(subjects)),
        timeout_(options.request_timeout),
        backup_pace_(options.backup_pace),
        restore_pace_(options.restore_pace),
        chosen_api_(!options.domain.empty() || !options.api_prefix.empty()) {}

  Result<Message> Call(const std::string& subject, const std::string& body);
  // Every page of STREAM.LIST, into `found`; the value names those that the server cannot tell of.
  Result<std::set<std::string>> ReadStreamList(std::map<std::string, ListedStream>& found);
  Status Probe(const std::string& subject, const char* body);
  // Whether two restores at once may kill the server.
  bool RestoresTakeTurns();
  std::string CreationSubject(const std::string& stream, const std::string& name,
                              const std::string& config_json) const;
  // The size of chunks to ask for; 0: the server's own choice.
  std::uint64_t SnapshotChunk(const std::string& stream, std::uint64_t window);

  Connection& connection_;
  const ApiSubjects subjects_;
  const std::chrono::milliseconds timeout_;
  BytePace* const backup_pace_;
  BytePace* const restore_pace_;
  const bool chosen_api_;              // a domain or a prefix was given
  std::atomic<bool> answered_{false};  // ever, by this API

  RestoreTurn restore_turn_;

  Mutex identity_mutex_;
  std::uint64_t identity_generation_ JETKEEP_GUARDED_BY(identity_mutex_) = 0;
  ServerIdentity identity_ JETKEEP_GUARDED_BY(identity_mutex_);
};

}  // namespace jetkeep
