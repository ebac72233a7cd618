#include "service/engine/restore/fenced_jetstream.h"

#include <utility>

namespace jetkeep {
namespace {

class FencedSession : public RestoreSession {
 public:
  FencedSession(std::unique_ptr<RestoreSession> session, const Fence& fence)
      : session_(std::move(session)), fence_(fence) {}
  Status Send(std::string_view chunk) override {
    JETKEEP_TRY(fence_());
    return session_->Send(chunk);
  }
  Result<StreamInfo> Finish(std::chrono::milliseconds timeout) override {
    JETKEEP_TRY(fence_());
    return session_->Finish(timeout);
  }
  std::size_t MaxChunk() const override { return session_->MaxChunk(); }

 private:
  std::unique_ptr<RestoreSession> session_;
  const Fence& fence_;
};

}  // namespace

Result<StreamInfo> FencedJetStream::UpdateStream(const std::string& stream,
                                                 const std::string& config_json) {
  JETKEEP_TRY(fence_());
  return server_.UpdateStream(stream, config_json);
}

Result<ConsumerInfo> FencedJetStream::CreateConsumer(const std::string& stream,
                                                     const std::string& name,
                                                     const std::string& config_json) {
  JETKEEP_TRY(fence_());
  return server_.CreateConsumer(stream, name, config_json);
}

Status FencedJetStream::DeleteConsumer(const std::string& stream, const std::string& consumer) {
  JETKEEP_TRY(fence_());
  return server_.DeleteConsumer(stream, consumer);
}

Result<std::unique_ptr<RestoreSession>> FencedJetStream::BeginRestore(
    const std::string& stream, const std::string& config_json, const StreamState& state,
    const RestoreOptions& options, const CancelToken& cancel) {
  JETKEEP_TRY(fence_());
  JETKEEP_ASSIGN(auto session, server_.BeginRestore(stream, config_json, state, options, cancel));
  return std::make_unique<FencedSession>(std::move(session), fence_);
}

Status FencedJetStream::DeleteStream(const std::string& stream) {
  JETKEEP_TRY(fence_());
  return server_.DeleteStream(stream);
}

}  // namespace jetkeep
