// FencedJetStream: a JetStream that asks before everything that changes something on the server
// whether this process may still act: a process that was stopped may find that another one has gone
// on in its place. Reading is never refused. An update or a deletion of a stream whose check takes
// long is refused with kTimeout: its caller has to look at the stream again.
//
// Thread-safety: one thread at a time changes streams with it, since it remembers the check before;
// everything else is as JetStream, if `fence` may be called from any thread. Ownership: the server
// outlives it, and it outlives its sessions.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/jetstream.h"

namespace jetkeep {

using Fence = std::function<Status()>;

class FencedJetStream : public JetStream {
 public:
  FencedJetStream(JetStream& server, Fence fence) : server_(server), fence_(std::move(fence)) {}

  Result<ServerIdentity> Server() override { return server_.Server(); }
  Result<AccountInfo> Account() override { return server_.Account(); }
  Result<std::vector<std::string>> StreamNames() override { return server_.StreamNames(); }
  Result<StreamListing> ListStreams() override { return server_.ListStreams(); }
  Result<std::vector<std::string>> StreamsOn(const std::string& subject) override {
    return server_.StreamsOn(subject);
  }
  Result<StreamInfo> GetStream(const std::string& stream) override {
    return server_.GetStream(stream);
  }
  Result<StreamInfo> UpdateStream(const std::string& stream,
                                  const std::string& config_json) override;
  Result<std::optional<StoredMessage>> NextMessage(const std::string& stream,
                                                   std::uint64_t sequence) override {
    return server_.NextMessage(stream, sequence);
  }
  Result<std::unique_ptr<StreamReader>> ReadStream(const std::string& stream,
                                                   std::uint64_t largest_message,
                                                   const CancelToken& cancel) override {
    return server_.ReadStream(stream, largest_message, cancel);
  }
  Result<std::vector<ConsumerInfo>> Consumers(const std::string& stream) override {
    return server_.Consumers(stream);
  }
  Result<ConsumerInfo> CreateConsumer(const std::string& stream, const std::string& name,
                                      const std::string& config_json) override;
  Result<ConsumerInfo> PutConsumer(const std::string& stream, const std::string& name,
                                   const std::string& config_json, bool exists) override;
  Status DeleteConsumer(const std::string& stream, const std::string& consumer) override;
  Status Snapshot(const std::string& stream, const SnapshotOptions& options,
                  const CancelToken& cancel, SnapshotSink& sink) override {
    return server_.Snapshot(stream, options, cancel, sink);
  }
  Result<std::unique_ptr<RestoreSession>> BeginRestore(const std::string& stream,
                                                       const std::string& config_json,
                                                       const StreamState& state,
                                                       const RestoreOptions& options,
                                                       const CancelToken& cancel) override;
  Status DeleteStream(const std::string& stream) override;
  Status MayUpdateStream(const std::string& stream) override {
    return server_.MayUpdateStream(stream);
  }
  Status MayDeleteStream(const std::string& stream) override {
    return server_.MayDeleteStream(stream);
  }
  Status MayCreateConsumer(const std::string& stream, const std::string& name,
                           const std::string& config_json) override {
    return server_.MayCreateConsumer(stream, name, config_json);
  }

 private:
  // For changes that rest on what was read before: kTimeout if the check itself took long.
  Status CheckSoon();

  JetStream& server_;
  const Fence fence_;
  std::optional<std::chrono::steady_clock::time_point> checked_;  // one that took long
};

}  // namespace jetkeep
