#include "service/control/capture_watch.h"

#include <utility>

#include "protocol/js_config/stream_config.h"

namespace jetkeep {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{1000};
constexpr seconds kInterval{60};
constexpr seconds kFreshEnough{2};
constexpr int kTicksToWait = 2;  // for a server that does not answer

// A stream that acknowledges nothing answers nothing.
bool Acknowledges(JetStream& streams, const std::string& stream) {
  const Result<StreamInfo> info = streams.GetStream(stream);
  if (!info) return true;  // as far as we know
  const Result<StreamConfigFacts> config = ReadStreamConfig(info->config_json);
  return !config || !config->no_ack;
}

std::string Listed(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

}  // namespace

CaptureWatch::CaptureWatch(EventLoop& loop, Connection& connection, JetStream* streams,
                           Subjects subjects)
    : loop_(loop), connection_(connection), streams_(streams), subjects_(std::move(subjects)) {}

CaptureWatch::~CaptureWatch() { stopping_ = true; }

void CaptureWatch::Start() {
  if (streams_ == nullptr) return;
  ticks_ = Timer::Every(loop_, kTick, [this] { OnTick(); });
  OnTick();
}

void CaptureWatch::OnTick() {
  if (!waiting_.empty() && ++ticks_waited_ >= kTicksToWait) AnswerWaiting();
  if (asking_ || !connection_.KnownConnected()) return;
  if (connection_.KnownGeneration() != generation_ || !Fresh(kInterval)) Check();
}

bool CaptureWatch::Fresh(seconds age) const {
  return checked_ != steady_clock::time_point() && steady_clock::now() - checked_ < age;
}

void CaptureWatch::Check() {
  if (asking_) return;
  asking_ = true;
  generation_ = connection_.KnownGeneration();
  worker_.Run([this] {
    Result<Captures> result = AskServer();
    loop_.Post(alive_.Guard([this, result = std::move(result)] { OnResult(result); }));
  });
}

Result<CaptureWatch::Captures> CaptureWatch::AskServer() const {
  Captures captures;
  for (std::size_t i = 0; i < kEndpoints.size(); ++i) {
    if (stopping_) return Fail(Errc::kShuttingDown, "the service is shutting down");
    const std::string subject = subjects_.Request(static_cast<EndpointId>(i));
    JETKEEP_ASSIGN(const std::vector<std::string> names, streams_->StreamsOn(subject));
    for (const std::string& name : names) captures[name].push_back(subject);
  }
  std::erase_if(captures,
                [this](const auto& entry) { return !Acknowledges(*streams_, entry.first); });
  return captures;
}

std::string CaptureWatch::Describe(const std::string& stream,
                                   const std::vector<std::string>& captured) const {
  std::string events;
  for (const JobKind work :
       {JobKind::kBackup, JobKind::kRestore, JobKind::kVerify, JobKind::kRepublish}) {
    events += (events.empty() ? "" : ", ") + subjects_.EventsOf(work, "*", "*");
  }
  return "stream " + stream + " captures " + Listed(captured) +
         ": JetStream acknowledges requests before jetkeep answers them; remove these subjects "
         "from the stream (for the events alone: " +
         events + ")";
}

void CaptureWatch::OnResult(const Result<Captures>& result) {
  asking_ = false;
  checked_ = steady_clock::now();
  Warnings found;
  if (result) {
    for (const auto& [stream, captured] : *result) found.push_back(Describe(stream, captured));
  } else {
    found.push_back("cannot tell whether a stream captures the control subjects: " +
                    result.error().message);
  }
  warnings_.Replace(std::move(found));
  AnswerWaiting();
}

void CaptureWatch::WithWarnings(Use use) {
  if (streams_ == nullptr || Fresh(kFreshEnough) || !connection_.KnownConnected()) {
    use(warnings_.now());
    return;
  }
  waiting_.push_back(std::move(use));
  Check();
}

void CaptureWatch::AnswerWaiting() {
  ticks_waited_ = 0;
  for (const Use& use : std::exchange(waiting_, {})) use(warnings_.now());
}

}  // namespace jetkeep
