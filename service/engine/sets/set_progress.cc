#include "service/engine/sets/set_progress.h"

#include <algorithm>
#include <utility>

namespace jetkeep {
namespace {

// Whoever publishes looks a few times a second.
constexpr std::chrono::milliseconds kTellEvery{50};

}  // namespace

class SetProgressView::MemberObserver : public JobObserver {
 public:
  MemberObserver(SetProgressView& view, std::string stream)
      : view_(view), stream_(std::move(stream)) {}
  void OnStarted(const std::string&, const std::string&) override {}
  void OnProgress(const JobProgress& progress) override {
    const MutexLock lock(view_.mutex_);
    const auto member = view_.running_.find(stream_);
    if (member == view_.running_.end()) return;
    member->second.progress = progress;
    view_.Tell(false);
  }
  void OnRetry(int attempt, const Error& reason, std::int64_t delay_ms) override {
    const MutexLock lock(view_.mutex_);
    view_.observer_.OnRetry(attempt, Error(reason).Within("stream " + stream_), delay_ms);
  }

 private:
  SetProgressView& view_;
  const std::string stream_;
};

SetProgressView::SetProgressView(JobObserver& observer, std::uint64_t streams,
                                 std::uint64_t messages, std::uint64_t bytes)
    : observer_(observer) {
  total_.messages_expected = messages;
  total_.bytes_expected = bytes;
  total_.set.streams_expected = streams;
}

std::unique_ptr<JobObserver> SetProgressView::Begin(const std::string& stream,
                                                    std::uint64_t messages, std::uint64_t bytes) {
  const MutexLock lock(mutex_);
  running_[stream] = {messages, bytes, {}};
  return std::make_unique<MemberObserver>(*this, stream);
}

void SetProgressView::End(const std::string& stream, bool failed, std::uint64_t messages,
                          std::uint64_t bytes) {
  const MutexLock lock(mutex_);
  const auto member = running_.find(stream);
  if (member != running_.end()) {
    // What was expected of it becomes what it was.
    const Member& expected = member->second;
    total_.messages_expected -= std::min(total_.messages_expected, expected.messages);
    total_.bytes_expected -= std::min(total_.bytes_expected, expected.bytes);
    total_.messages_expected += messages;
    total_.bytes_expected += bytes;
    running_.erase(member);
  }
  total_.messages_done += messages;
  total_.bytes_done += bytes;
  ++total_.set.streams_done;
  if (failed) ++total_.set.streams_failed;
  Tell(total_.set.streams_done == total_.set.streams_expected);
}

void SetProgressView::Tell(bool at_once) {
  const auto now = std::chrono::steady_clock::now();
  if (!at_once && now - told_ < kTellEvery) return;
  told_ = now;
  JobProgress whole = total_;
  for (const auto& [stream, member] : running_) {
    const JobProgress& one = member.progress;
    whole.set.running.push_back({stream, one.messages_done, one.messages_expected, one.bytes_done});
    whole.messages_done += one.messages_done;
    whole.bytes_done += one.bytes_done;
  }
  whole.messages_expected = std::max(whole.messages_expected, whole.messages_done);
  whole.bytes_expected = std::max(whole.bytes_expected, whole.bytes_done);
  observer_.OnProgress(whole);
}

}  // namespace jetkeep
