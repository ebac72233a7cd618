#include "service/engine/restore/fenced_jetstream.h"

#include <chrono>
#include <utility>

namespace jetkeep {
namespace {

// What was read of the server before a change is old by then, and has to be read again.
constexpr std::chrono::milliseconds kLongestFence{250};
// On a slow store every check takes longer. Whoever has read the server again since may act on the
// check before, once: a lease lasts ten seconds, and a check leaves half of it at least.
constexpr std::chrono::seconds kCheckCounts{3};

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

Status FencedJetStream::CheckSoon() {
  using Clock = std::chrono::steady_clock;
  const auto began = Clock::now();
  const auto before = std::exchange(checked_, std::nullopt);
  if (before && began - *before <= kCheckCounts) return {};
  JETKEEP_TRY(fence_());
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
  if (took <= kLongestFence) return {};
  checked_ = began;
  return Fail(Errc::kTimeout, "checking the lease took " + std::to_string(took.count()) +
                                  " ms: too long to act on "
                                  "what was read of the server before");
}

Result<StreamInfo> FencedJetStream::UpdateStream(const std::string& stream,
                                                 const std::string& config_json) {
  JETKEEP_TRY(CheckSoon());
  return server_.UpdateStream(stream, config_json);
}

Result<ConsumerInfo> FencedJetStream::CreateConsumer(const std::string& stream,
                                                     const std::string& name,
                                                     const std::string& config_json) {
  JETKEEP_TRY(fence_());
  return server_.CreateConsumer(stream, name, config_json);
}

Result<ConsumerInfo> FencedJetStream::PutConsumer(const std::string& stream,
                                                  const std::string& name,
                                                  const std::string& config_json, bool exists) {
  JETKEEP_TRY(fence_());
  return server_.PutConsumer(stream, name, config_json, exists);
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
  // It may have waited long for its turn.
  JETKEEP_TRY(fence_());
  return std::make_unique<FencedSession>(std::move(session), fence_);
}

Status FencedJetStream::DeleteStream(const std::string& stream) {
  JETKEEP_TRY(CheckSoon());
  return server_.DeleteStream(stream);
}

}  // namespace jetkeep
